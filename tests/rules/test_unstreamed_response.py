from __future__ import annotations

from typing import Any

import pytest

from prodlint.api import ResultUse, Setting, Step
from prodlint_rules.latency.unstreamed_response import RULE

from .factories import AT_RUN_TIME, UNKNOWN, at, call, default, given, reports, shown

WAITING = ["http", "websocket", "ui", "terminal"]


@pytest.mark.parametrize("entry_kind", [*WAITING, "worker", "bot", "cli", ""])
def test_only_where_a_person_waits(entry_kind: str) -> None:
    assert len(reports(RULE, shown(entry_kind=entry_kind))) == (entry_kind in WAITING)


@pytest.mark.parametrize("use", list(ResultUse))
@pytest.mark.parametrize("parsed", [False, True])
def test_only_text_that_is_shown_as_it_is(use: ResultUse, parsed: bool) -> None:
    shows = use in {ResultUse.RETURNED, ResultUse.RENDERED, ResultUse.PRINTED, ResultUse.SENT} and not parsed
    uses = frozenset({use, ResultUse.PARSED} if parsed else {use})
    assert len(reports(RULE, shown(result_uses=uses))) == shows


def test_no_known_use_is_silent() -> None:
    assert reports(RULE, shown(result_uses=frozenset())) == []


@pytest.mark.parametrize("stream", [default(False), default(), given(False)])
def test_what_does_not_stream_is_reported(stream: Setting) -> None:
    assert len(reports(RULE, shown(settings={"stream": stream}))) == 1


@pytest.mark.parametrize("stream", [given(True), default(True), given(None), UNKNOWN, AT_RUN_TIME])
def test_what_streams_or_may_stream_is_silent(stream: Setting) -> None:
    assert reports(RULE, shown(settings={"stream": stream})) == []


def test_an_operation_that_cannot_stream_is_silent() -> None:
    one = shown()
    fields = {"entry_kind": one.entry_kind, "entry_path": one.entry_path, "result_uses": one.result_uses}
    assert reports(RULE, call(without=["stream"], fields=fields)) == []


@pytest.mark.parametrize("fields", [{"kind": "embed"}, {"is_structured": True}, {"has_tools": True}])
def test_what_is_no_text_for_a_person_is_silent(fields: dict[str, Any]) -> None:
    assert reports(RULE, shown(**fields)) == []


@pytest.mark.parametrize(
    ("cap", "cap_default", "reported"),
    [
        (given(1), None, False),
        (given(64), None, False),
        (given(65), None, True),
        (given(None), None, True),
        (AT_RUN_TIME, None, True),
        (UNKNOWN, None, False),
        (default(), None, True),
        (default(16), 16, False),
        (default(64), 64, False),
        (default(65), 65, True),
        (default(4096), 4096, True),
    ],
)
def test_a_short_answer_needs_no_streaming(cap: Setting, cap_default: int | None, reported: bool) -> None:
    assert len(reports(RULE, shown(cap_default=cap_default, settings={"max_tokens": cap}))) == reported


def test_the_message_names_the_path() -> None:
    (report,) = reports(RULE, shown())
    assert report.message == (
        "a person waits for the whole of this answer, which is not streamed: "
        "FastAPI route `explain` -> `Service.answer` -> `chat.completions.create`"
    )
    assert [related.location for related in report.related] == [at(5), at(8)]


def test_top_level_code_goes_by_its_kind() -> None:
    script = (Step(name="<module>", location=at(1), kind="Streamlit script"),)
    (report,) = reports(RULE, shown(entry_kind="ui", entry_path=script))
    assert report.message.endswith(": Streamlit script -> `chat.completions.create`")


def test_a_request_without_a_path_still_reads_well() -> None:
    (report,) = reports(RULE, shown(entry_kind="terminal", entry_path=()))
    assert report.message.endswith("is not streamed: `chat.completions.create`")


@pytest.mark.parametrize("entry_kind", WAITING)
def test_the_help_suits_the_entry(entry_kind: str) -> None:
    (report,) = reports(RULE, shown(entry_kind=entry_kind))
    assert report.help.startswith("Pass `stream=True` to the call, and ")
    (report,) = reports(RULE, shown(entry_kind=entry_kind, spelling={}))
    assert report.help.startswith("Call the streaming form of this method, and ")
