from __future__ import annotations

import pytest

from prodlint.api import Context, Setting, Severity
from prodlint_rules.reliability.missing_timeout import RULE

from .factories import AT_RUN_TIME, GUARD, UNKNOWN, at, call, client, default, elsewhere, given, reports


@pytest.mark.parametrize(
    ("sdk_default", "severity"),
    [
        (None, Severity.ERROR),
        (6000.0, Severity.WARNING),
        (600.0, Severity.WARNING),
        (120.0, Severity.WARNING),
        (119.9, None),
        (60.0, None),
        (0.0, None),
    ],
)
def test_the_sdk_default_decides_the_severity(sdk_default: float | None, severity: Severity | None) -> None:
    found = reports(RULE, client(call(timeout=default(sdk_default)), timeout_default=sdk_default))
    assert [report.severity for report in found] == ([] if severity is None else [severity])


@pytest.mark.parametrize("timeout", [UNKNOWN, AT_RUN_TIME, given(30), given(9000), given(None), given(0)])
@pytest.mark.parametrize("sdk_default", [None, 600.0])
def test_anything_but_a_default_is_silent(timeout: Setting, sdk_default: float | None) -> None:
    assert reports(RULE, client(call(timeout=timeout), timeout_default=sdk_default)) == []


@pytest.mark.parametrize("sdk_default", [None, 600.0])
def test_a_bound_around_the_request_is_a_timeout(sdk_default: float | None) -> None:
    bounded = call(timeout=default(), fields={"time_bound": GUARD})
    assert reports(RULE, client(bounded, timeout_default=sdk_default)) == []


def test_an_operation_without_a_timeout_setting_is_silent() -> None:
    assert reports(RULE, client(call(without=["timeout"]), timeout_default=None)) == []


def test_a_function_that_takes_no_timeout_is_replaced_by_a_client_that_does() -> None:
    one = call(timeout=default(), fields={"spelling": {}})
    (report,) = reports(RULE, elsewhere(one, spelling={"timeout": "ollama.Client(timeout=60)"}))
    assert report.help == "Make the request with `ollama.Client(timeout=60)`, or the longest wait your users accept"
    assert report.repair is None


def test_a_client_that_makes_no_request_is_silent() -> None:
    assert reports(RULE, client(timeout_default=None)) == []


def test_a_client_is_reported_once_with_the_affected_requests() -> None:
    first, bounded, second = call(20, timeout=default()), call(30), call(40, timeout=default())
    (report,) = reports(RULE, client(first, bounded, second, symbol="build"))
    assert report.location == at(10)
    assert report.symbol == "build"
    assert [related.location for related in report.related] == [first.location, second.location]


def test_each_request_is_reported_when_the_constructor_is_elsewhere() -> None:
    one = call(33, timeout=default(), fields={"context": Context.WORKER, "in_test": True})
    (report,) = reports(RULE, elsewhere(one))
    assert (report.location, report.symbol, report.context) == (one.location, one.symbol, Context.WORKER)
    assert report.in_test
    assert report.related == ()
    assert report.message.startswith(
        "`chat.completions.create` is called without a timeout; the SDK's default is 600 s"
    )


def test_a_client_whose_requests_share_a_spelling_with_another_is_reported_when_it_has_other_advice() -> None:
    one = client(call(timeout=default()), spelling={}, instead={"timeout": "Bound the wait"})
    (report,) = reports(RULE, one)
    assert report.location == one.location


def test_each_request_is_reported_when_the_constructor_takes_no_timeout() -> None:
    first, second = call(20, timeout=default()), call(30, timeout=default())
    found = reports(RULE, client(first, second, spelling={}))
    assert [report.location for report in found] == [first.location, second.location]
    assert all(report.message.startswith("`chat.completions.create` is called without") for report in found)
    assert all(report.related == () for report in found)


@pytest.mark.parametrize(
    ("retries", "by_default", "ending"),
    [
        (default(2), 3, ", and with 3 attempts each request can take 30 minutes"),
        (default(2), 12, ", and with 12 attempts each request can take 2 hours"),
        (given(5), 3, ", and with 6 attempts each request can take 60 minutes"),
        (given(1), 3, ", and with 2 attempts each request can take 20 minutes"),
        (given(0), 3, ""),
        (UNKNOWN, 3, ""),
        (AT_RUN_TIME, 3, ""),
    ],
)
def test_the_worst_case_is_attempts_times_default(retries: Setting, by_default: int, ending: str) -> None:
    one = call(timeout=default(), retries=retries, fields={"attempts_by_default": by_default})
    (report,) = reports(RULE, client(one))
    fact = "the `SomeAI` client is built without a timeout; the SDK's default is 600 s"
    assert report.message == f"{fact}{ending} (someai 1.2.3)"


def test_no_worst_case_without_a_retries_setting() -> None:
    (report,) = reports(RULE, client(call(timeout=default(), without=["retries"])))
    assert "attempts" not in report.message


def test_the_worst_request_of_a_client_counts() -> None:
    calls = call(20, timeout=default(), retries=given(0)), call(30, timeout=default(), retries=given(3))
    (report,) = reports(RULE, client(*calls))
    assert "with 4 attempts each request can take 40 minutes" in report.message


def test_the_message_says_that_there_is_no_default() -> None:
    (report,) = reports(RULE, client(call(timeout=default()), timeout_default=None, sdk_version=""))
    assert report.message == (
        "the `SomeAI` client is built without a timeout, and the SDK has no default: a call can wait for ever"
    )


@pytest.mark.parametrize(
    ("at_client", "at_call", "for_constructor", "for_call"),
    [
        ("timeout=60", "timeout=60.0", "Pass `timeout=60` to `SomeAI(...)`", "Pass `timeout=60.0` to the call"),
        ("", "timeout=60.0", "Pass `timeout=60.0` to the call", "Pass `timeout=60.0` to the call"),
        ("timeout=60", "", "Pass `timeout=60` to `SomeAI(...)`", "Pass `timeout=60` to the call"),
        ("someai.timeout = 60", "", "Set `someai.timeout = 60`", "Set `someai.timeout = 60`"),
        ("`t=6` in `Config`", "", "Pass `t=6` in `Config` to `SomeAI(...)`", "Pass `t=6` in `Config` to the call"),
    ],
)
def test_the_help_says_what_to_type(at_client: str, at_call: str, for_constructor: str, for_call: str) -> None:
    one = call(timeout=default(), fields={"spelling": {"timeout": at_call} if at_call else {}})
    spelling = {"timeout": at_client} if at_client else {}
    assert reports(RULE, client(one, spelling=spelling))[0].help.startswith(f"{for_constructor}, or the longest wait")
    assert reports(RULE, elsewhere(one, spelling=spelling))[0].help.startswith(f"{for_call}, or the longest wait")


def test_the_help_without_a_spelling() -> None:
    waits = call(timeout=default(), fields={"spelling": {}, "is_async": True})
    blocks = call(timeout=default(), fields={"spelling": {}})
    assert "asyncio.timeout(60)" in reports(RULE, client(waits, spelling={}))[0].help
    assert "60 s" in reports(RULE, client(blocks, spelling={}))[0].help
