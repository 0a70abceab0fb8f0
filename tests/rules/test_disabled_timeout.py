from __future__ import annotations

import pytest

from prodlint.api import Context, Setting, Severity
from prodlint_rules.reliability.disabled_timeout import RULE

from .factories import AT_RUN_TIME, GUARD, UNKNOWN, at, call, client, context, default, elsewhere, given, reports


@pytest.mark.parametrize("timeout", [UNKNOWN, AT_RUN_TIME, given(30), given(0), default(None), default(600)])
def test_anything_but_an_explicit_none_is_silent(timeout: Setting) -> None:
    assert reports(RULE, client(call(timeout=timeout))) == []


def test_an_operation_without_a_timeout_setting_is_silent() -> None:
    assert reports(RULE, client(call(without=["timeout"]))) == []


def test_a_bound_around_the_request_makes_none_harmless() -> None:
    assert reports(RULE, client(call(timeout=given(None, at(10, 20)), fields={"time_bound": GUARD}))) == []


def test_none_is_an_error_where_it_stands() -> None:
    origin = at(10, 18, 30)
    (report,) = reports(RULE, client(call(20, timeout=given(None, origin)), symbol="build"))
    assert RULE.severity is Severity.ERROR
    assert report.severity is None
    assert report.location == origin
    assert report.symbol == "build"
    assert report.message == (
        "the timeout is set to `None`, which removes the SDK's default of 600 s: a call can wait for ever"
    )
    assert report.help == "Replace `None` by a bound: `timeout=60`"


def test_no_default_is_claimed_where_the_sdk_has_none() -> None:
    (report,) = reports(RULE, client(call(timeout=given(None, at(10, 18))), timeout_default=None))
    assert report.message == "the timeout is set to `None`: a call can wait for ever"


def test_one_place_is_reported_once_with_all_its_requests() -> None:
    origin = at(10, 18, 30)
    calls = [call(line, timeout=given(None, origin)) for line in (20, 30)]
    (report,) = reports(RULE, client(*calls))
    assert [related.location for related in report.related] == [at(20), at(30)]


def test_two_places_are_two_reports() -> None:
    calls = [call(line, timeout=given(None, at(line, 5, 20)), fields={"symbol": f"f{line}"}) for line in (20, 30)]
    found = reports(RULE, client(*calls))
    assert [(report.location, report.symbol) for report in found] == [(at(20, 5, 20), "f20"), (at(30, 5, 20), "f30")]
    assert [[related.location for related in report.related] for report in found] == [[at(20)], [at(30)]]


def test_a_shared_constant_belongs_to_no_function() -> None:
    (report,) = reports(RULE, client(call(20, timeout=given(None, at(3, 1, 30))), symbol="build"))
    assert (report.location, report.symbol) == (at(3, 1, 30), "")


def test_a_module_level_setting_is_reported_once_for_all_its_clients() -> None:
    origin = at(3, 1, 30)
    clients = [elsewhere(call(line, timeout=given(None, origin))) for line in (20, 30)]
    found = [report for each in clients for report in RULE.check(each, context(*clients))]
    assert [report.location for report in found] == [origin]
    assert [related.location for related in found[0].related] == [at(20), at(30)]
    assert found[0].symbol == ""


def test_the_most_demanding_program_counts_and_tests_only_when_alone() -> None:
    origin = at(10, 18, 30)
    script = call(20, timeout=given(None, origin), fields={"context": Context.SCRIPT, "in_test": True})
    server = call(30, timeout=given(None, origin), fields={"context": Context.SERVER})
    (report,) = reports(RULE, client(script, server))
    assert (report.context, report.in_test) == (Context.SERVER, False)
    (report,) = reports(RULE, client(script))
    assert (report.context, report.in_test) == (Context.SCRIPT, True)


def test_the_request_stands_in_for_an_unknown_origin() -> None:
    (report,) = reports(RULE, client(call(20, timeout=given(None))))
    assert report.location == at(20)
    assert report.related == ()


def test_the_help_without_a_spelling_of_the_call() -> None:
    one = call(20, timeout=given(None, at(10, 18)), fields={"spelling": {}})
    assert reports(RULE, client(one))[0].help == "Replace `None` by a bound: `timeout=60`"
    assert reports(RULE, client(one, spelling={}))[0].help == "Replace `None` by a bound, e.g. 60 s"
