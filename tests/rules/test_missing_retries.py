from __future__ import annotations

import pytest

from prodlint.api import Setting, Severity
from prodlint_rules.reliability.missing_retries import RULE

from .factories import AT_RUN_TIME, GUARD, UNKNOWN, at, call, client, default, elsewhere, given, reports


@pytest.mark.parametrize("sdk_default", [0, 1, 2])
@pytest.mark.parametrize("retries", [UNKNOWN, AT_RUN_TIME, given(1), given(3), given(None)])
def test_anything_but_zero_or_a_default_is_silent(retries: Setting, sdk_default: int) -> None:
    assert reports(RULE, client(call(retries=retries), retries_default=sdk_default)) == []


@pytest.mark.parametrize("sdk_default", [0, 2])
@pytest.mark.parametrize("retries", [given(0, at(10, 20)), default(0), default(2)])
def test_a_retry_around_the_request_is_enough(retries: Setting, sdk_default: int) -> None:
    guarded = call(retries=retries, fields={"retry": GUARD})
    assert reports(RULE, client(guarded, retries_default=sdk_default)) == []


def test_an_operation_without_a_retries_setting_is_silent() -> None:
    assert reports(RULE, client(call(without=["retries"]), retries_default=0)) == []


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize(
    ("sdk_default", "severity", "message"),
    [
        (
            0,
            Severity.WARNING,
            "the `SomeAI` client is built without retries, and the SDK makes none by default: "
            "one 429 or 503 fails the call (someai 1.2.3)",
        ),
        (1, Severity.NOTE, "the `SomeAI` client relies on the SDK default of 1 retry (someai 1.2.3)"),
        (2, Severity.NOTE, "the `SomeAI` client relies on the SDK default of 2 retries (someai 1.2.3)"),
    ],
)
def test_the_sdk_default_decides(sdk_default: int, severity: Severity, message: str, streams: bool) -> None:
    one = call(retries=default(sdk_default), stream=given(streams))
    (report,) = reports(RULE, client(one, retries_default=sdk_default))
    assert (report.location, report.severity, report.message) == (at(10), severity, message)
    assert report.help == "Pass `max_retries=3` to `SomeAI(...)`"


@pytest.mark.parametrize("sdk_default", [0, 2])
def test_a_zero_is_reported_once_where_it_stands(sdk_default: int) -> None:
    origin = at(10, 18, 31)
    calls = [call(line, retries=given(0, origin)) for line in (20, 30)]
    (report,) = reports(RULE, client(*calls, retries_default=sdk_default))
    assert (report.location, report.severity) == (origin, Severity.WARNING)
    assert report.message.startswith("retries are set to 0")
    assert report.help == "Replace the 0 by a number of retries: `max_retries=3`"
    assert [related.location for related in report.related] == [at(20), at(30)]


def test_a_zero_and_a_default_are_two_causes() -> None:
    zero, unset = call(20, retries=given(0, at(20, 5, 20))), call(30, retries=default(2))
    found = reports(RULE, client(zero, unset))
    assert [(report.location, report.severity) for report in found] == [
        (at(20, 5, 20), Severity.WARNING),
        (at(10), Severity.NOTE),
    ]
    assert [related.location for related in found[1].related] == [at(30)]


@pytest.mark.parametrize(
    ("sdk_default", "fact"), [(0, "is called without retries"), (2, "relies on the SDK default of 2")]
)
def test_each_request_is_reported_when_the_constructor_is_elsewhere(sdk_default: int, fact: str) -> None:
    one = call(33, retries=default(sdk_default))
    (report,) = reports(RULE, elsewhere(one, retries_default=sdk_default))
    assert report.location == one.location
    assert f"`chat.completions.create` {fact}" in report.message


def test_the_help_without_a_spelling_counts_attempts() -> None:
    one = call(retries=default(0), fields={"spelling": {}})
    (report,) = reports(RULE, client(one, retries_default=0, spelling={}))
    assert "stop_after_attempt(4)" in report.help
