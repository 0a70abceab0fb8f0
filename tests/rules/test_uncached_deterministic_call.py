from __future__ import annotations

from typing import Any

import pytest

from prodlint.api import Setting
from prodlint_rules.cost.uncached_deterministic_call import RULE

from .factories import AT_RUN_TIME, GUARD, UNKNOWN, at, call, default, deterministic, given, reports


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
@pytest.mark.parametrize("varies", [True, None])
def test_a_repeatable_request_at_zero_is_reported(zero: float, varies: bool | None) -> None:
    one = deterministic(input_varies=varies, settings={"temperature": given(zero, at(20, 10, 20))})
    (report,) = reports(RULE, one)
    assert report.location == one.location
    assert report.message == (
        "`chat.completions.create` runs at temperature 0 in `summarise`, which can run again with the same input, "
        "and no cache is consulted: every repetition is paid for"
    )
    assert report.related == ()


@pytest.mark.parametrize(
    "temperature",
    [UNKNOWN, AT_RUN_TIME, default(0), default(), given(None), given(0.1), given(1), given("0"), given(1e-9)],
)
def test_only_a_temperature_known_to_be_zero_counts(temperature: Setting) -> None:
    assert reports(RULE, deterministic(settings={"temperature": temperature})) == []


def test_an_operation_without_a_temperature_is_silent() -> None:
    assert reports(RULE, call(without=["temperature"], fields={"repeatable": True})) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "embed"},
        {"cache": GUARD},
        {"repeatable": False},
        {"input_varies": False},
        {"has_tools": True},
        {"grows_history": True},
    ],
)
def test_what_cannot_or_need_not_be_cached_is_silent(fields: dict[str, Any]) -> None:
    assert reports(RULE, deterministic(**fields)) == []


@pytest.mark.parametrize("stream", [UNKNOWN, AT_RUN_TIME, given(True), default(True)])
def test_what_streams_or_may_stream_is_silent(stream: Setting) -> None:
    assert reports(RULE, deterministic(settings={"stream": stream})) == []


@pytest.mark.parametrize("stream", [given(False), given(None), default(False), default()])
def test_what_does_not_stream_is_reported(stream: Setting) -> None:
    assert len(reports(RULE, deterministic(settings={"stream": stream}))) == 1


def test_a_temperature_set_elsewhere_is_a_related_place() -> None:
    (report,) = reports(RULE, deterministic(settings={"temperature": given(0, at(10, 20, 33))}))
    assert [related.location for related in report.related] == [at(10, 20, 33)]


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ({"symbol": "label"}, "`@functools.lru_cache(maxsize=1024)`"),
        ({"symbol": "label", "in_async_function": True}, "`@alru_cache(maxsize=1024)` from `async_lru`"),
        ({"symbol": "Labeller.label"}, "Look the answer up before the call"),
    ],
)
def test_the_help_suits_the_function(fields: dict[str, Any], advice: str) -> None:
    (report,) = reports(RULE, deterministic(**fields))
    assert advice in report.help
