from __future__ import annotations

import pytest

from prodlint.api import Context, Setting, Severity
from prodlint_rules.cost.missing_max_tokens import RULE

from .factories import AT_RUN_TIME, UNKNOWN, at, call, client, default, elsewhere, given, reports

CHAT_MODEL = {"max_tokens": "max_tokens=1024", "timeout": "timeout=60"}
"""The spelling of a client that takes the cap itself."""


@pytest.mark.parametrize("spelling", [{}, CHAT_MODEL])
@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("cap", [UNKNOWN, AT_RUN_TIME, given(1), given(300), given(100_000)])
def test_a_cap_and_what_may_be_one_are_silent(cap: Setting, required: bool, spelling: dict[str, str]) -> None:
    assert reports(RULE, client(call(max_tokens=cap, fields={"cap_is_required": required}), spelling=spelling)) == []


@pytest.mark.parametrize("cap", [default(), given(None)])
@pytest.mark.parametrize("kind", ["embed", "image", "audio", "other"])
def test_requests_that_write_no_text_are_silent(kind: str, cap: Setting) -> None:
    assert reports(RULE, client(call(max_tokens=cap, fields={"kind": kind}))) == []


def test_an_operation_without_a_cap_is_silent() -> None:
    assert reports(RULE, client(call(without=["max_tokens"]))) == []


def test_a_default_that_is_a_cap_is_fine_but_none_removes_it() -> None:
    assert reports(RULE, client(call(max_tokens=default(16), fields={"cap_default": 16}))) == []
    assert len(reports(RULE, client(call(max_tokens=given(None), fields={"cap_default": 16})))) == 1


@pytest.mark.parametrize(
    ("cap", "fault"), [(default(), "has no output cap"), (given(None, at(20, 30)), "sets its output cap to `None`")]
)
def test_a_missing_cap_is_reported_at_each_call(cap: Setting, fault: str) -> None:
    found = reports(RULE, client(call(20, max_tokens=cap), call(30, max_tokens=cap), call(40)))
    assert [report.location for report in found] == [at(20), at(30)]
    report = found[0]
    assert report.severity is None
    assert report.context is Context.SERVER
    assert report.message == f"`chat.completions.create` {fault}: its answer is billed up to the model's own limit"
    start = "Replace `None` by" if cap.is_explicit_none else "Pass `max_completion_tokens=1024` to the call"
    assert report.help.startswith(start) and "`max_completion_tokens=1024`" in report.help
    assert report.related == ()


def test_a_none_that_stands_elsewhere_is_a_related_place() -> None:
    (report,) = reports(RULE, client(call(20, max_tokens=given(None, at(15, 3, 30)))))
    assert report.location == at(20)
    assert [related.location for related in report.related] == [at(15, 3, 30)]


@pytest.mark.parametrize("cap", [default(), given(None, at(20, 30))])
@pytest.mark.parametrize("spelling", [{}, CHAT_MODEL])
@pytest.mark.parametrize("context", [Context.SERVER, Context.SCRIPT])
def test_a_required_cap_is_an_error_in_every_program(cap: Setting, spelling: dict[str, str], context: Context) -> None:
    one = call(max_tokens=cap, fields={"cap_is_required": True, "context": context})
    (report,) = reports(RULE, client(one, spelling=spelling))
    assert report.location == one.location
    assert report.severity is Severity.ERROR
    assert report.context is None
    assert report.message.endswith(", and the SDK refuses the call without one (someai 1.2.3)")


def test_a_cap_of_the_constructor_is_reported_there_once() -> None:
    calls = call(20, max_tokens=default()), call(30, max_tokens=default()), call(40)
    (report,) = reports(RULE, client(*calls, spelling=CHAT_MODEL))
    assert report.location == at(10)
    assert report.message == (
        "the `SomeAI` model is built without an output cap: its answers are billed up to the model's own limit"
    )
    assert report.help.startswith("Pass `max_tokens=1024` to `SomeAI(...)`")
    assert [related.location for related in report.related] == [at(20), at(30)]


def test_a_none_in_the_constructor_is_reported_there_and_one_in_a_call_at_the_call() -> None:
    calls = call(20, max_tokens=given(None, at(10, 20, 30))), call(30, max_tokens=given(None, at(30, 20, 30)))
    found = reports(RULE, client(*calls, spelling=CHAT_MODEL))
    assert [report.location for report in found] == [at(10), at(30)]
    assert "is built with its output cap set to `None`" in found[0].message


def test_one_none_in_the_constructor_is_enough_to_say_so() -> None:
    calls = call(20, max_tokens=given(None, at(10, 20, 30))), call(30, max_tokens=default())
    (report,) = reports(RULE, client(*calls, spelling=CHAT_MODEL))
    assert "is built with its output cap set to `None`" in report.message


def test_a_call_is_reported_when_the_constructor_is_elsewhere() -> None:
    one = call(33, max_tokens=default(), fields={"in_test": True})
    (report,) = reports(RULE, elsewhere(one, spelling=CHAT_MODEL))
    assert (report.location, report.symbol, report.in_test) == (one.location, "summarise", True)


def test_the_help_without_a_spelling_names_the_configured_number() -> None:
    (report,) = reports(RULE, client(call(max_tokens=default(), fields={"spelling": {}})))
    assert "1024 tokens" in report.help
