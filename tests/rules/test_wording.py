from __future__ import annotations

import pytest

from prodlint_rules._wording import count, duration, number


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.5, "0.5 s"),
        (60.0, "60 s"),
        (119.9, "119.9 s"),
        (120.0, "2 minutes"),
        (150.0, "2.5 minutes"),
        (1800.0, "30 minutes"),
        (7199.0, "120 minutes"),
        (7200.0, "2 hours"),
        (9720.0, "2.7 hours"),
        (18000.0, "5 hours"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("value", "digits"), [(60.0, "60"), (600.0, "600"), (2.5, "2.5"), (0.25, "0.2"), (10, "10")])
def test_numbers_have_no_needless_fraction(value: float, digits: str) -> None:
    assert number(value) == digits


def test_one_is_singular() -> None:
    assert [count(amount, "retry", "retries") for amount in (0, 1, 2)] == ["0 retries", "1 retry", "2 retries"]
