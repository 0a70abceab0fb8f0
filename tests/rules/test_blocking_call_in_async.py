from __future__ import annotations

import pytest

from prodlint.api import AsyncBlock, Context, Severity
from prodlint_rules.reliability.blocking_call_in_async import RULE

from .factories import at, call, given, reports


def block(**fields: object) -> AsyncBlock:
    one = call(20)
    defaults = {"call": one, "location": one.location, "symbol": "handler", "context": Context.SERVER}
    return AsyncBlock(**{**defaults, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("context", list(Context))
def test_it_is_an_error_in_a_server_and_a_warning_elsewhere(context: Context) -> None:
    (report,) = reports(RULE, block(context=context))
    assert report.severity is (Severity.ERROR if context is Context.SERVER else Severity.WARNING)
    assert report.context is context


def test_a_request_in_a_thread_is_silent() -> None:
    assert reports(RULE, block(call=call(fields={"offloaded": True}))) == []


def test_a_request_in_the_async_function_itself() -> None:
    (report,) = reports(RULE, block())
    assert report.message == (
        "the blocking request `chat.completions.create` is made in async `handler`: "
        "no other request is served until it returns"
    )
    assert report.related == ()


def test_a_request_behind_a_project_function() -> None:
    (report,) = reports(RULE, block(location=at(30), via="Service.summarise", context=Context.WORKER))
    assert report.location == at(30)
    assert report.message == (
        "`Service.summarise` makes the blocking request `chat.completions.create` in async `handler`: "
        "nothing else on the event loop runs until it returns"
    )
    assert "`await asyncio.to_thread(...)`" in report.help
    (report,) = reports(RULE, block(location=at(30), via="summarise"))
    assert "`await asyncio.to_thread(summarise, ...)`" in report.help
    assert [related.location for related in report.related] == [at(20)]


def test_a_stream_is_not_handed_to_a_thread() -> None:
    (report,) = reports(RULE, block(call=call(stream=given(True))))
    assert "async for" in report.help
    assert "to_thread" not in report.help


def test_tests_are_marked() -> None:
    (report,) = reports(RULE, block(in_test=True))
    assert report.in_test
    (report,) = reports(RULE, block(call=call(fields={"in_test": True}), in_test=False))
    assert not report.in_test  # what a test also calls may block elsewhere
