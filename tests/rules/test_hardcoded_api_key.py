from __future__ import annotations

import pytest

from prodlint.api import Credential, Severity
from prodlint_rules.security.hardcoded_api_key import RULE

from .factories import at, reports


def credential(**fields: object) -> Credential:
    defaults = {
        "location": at(3),
        "provider": "SomeAI",
        "redacted": "some-… (40 characters)",
        "usage": "`api_key=` of `SomeAI`",
        "variable": "SOMEAI_API_KEY",
        "symbol": "build",
    }
    return Credential(**{**defaults, **fields})  # type: ignore[arg-type]


def test_it_is_an_error_in_every_file() -> None:
    assert RULE.severity is Severity.ERROR
    assert RULE.applies_to_tests
    assert not RULE.posture
    assert RULE.security_severity


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "SomeAI API key written into the file as `api_key=` of `SomeAI`: some-… (40 characters)"),
        ({"usage": ""}, "SomeAI API key written into the file: some-… (40 characters)"),
        (
            {"provider": "", "usage": "X_API_KEY ="},
            "API key written into the file as `X_API_KEY =`: some-… (40 characters)",
        ),
    ],
)
def test_the_message_shows_the_redacted_form_alone(fields: dict[str, str], message: str) -> None:
    (report,) = reports(RULE, credential(**fields))
    assert (report.location, report.symbol, report.message) == (at(3), "build", message)


@pytest.mark.parametrize(
    ("path", "variable", "advice"),
    [
        ("app/main.py", "SOMEAI_API_KEY", '`os.environ["SOMEAI_API_KEY"]`'),
        ("app/tray.pyw", "SOMEAI_API_KEY", '`os.environ["SOMEAI_API_KEY"]`'),
        ("app/main.pyi", "SOMEAI_API_KEY", '`os.environ["SOMEAI_API_KEY"]`'),
        ("notes.ipynb", "SOMEAI_API_KEY", '`os.environ["SOMEAI_API_KEY"]`'),
        ("app/main.py", "", "an environment variable or a secret manager"),
        (".env.production", "SOMEAI_API_KEY", "out of version control"),
    ],
)
def test_the_help_revokes_first_and_suits_the_file(path: str, variable: str, advice: str) -> None:
    (report,) = reports(RULE, credential(location=at(3, path=path), variable=variable))
    assert report.help.startswith("Revoke the key")
    assert advice in report.help


def test_two_keys_are_two_reports() -> None:
    found = [report for column in (1, 40) for report in reports(RULE, credential(location=at(3, column)))]
    assert [report.location.column for report in found] == [1, 40]
