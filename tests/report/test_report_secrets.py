"""No output shows a secret, whichever rule flags the line."""

from __future__ import annotations

import json

import pytest
from report_runs import at, finding, run

from prodlint.api import Severity
from prodlint.findings import Edit, Fix, Run
from prodlint.report import FORMATS, Style
from prodlint.report.printable import redacted

SECRET = "correct-horse-" + "battery-staple"
"""Not key-shaped: only the security rule's range can tell."""
KEY_SHAPED = "sk-" + "proj-" + "Ab3dEf6hIj9k" * 4


def leaky(secret: str, *, with_key_rule: bool) -> Run:
    line = f'client = OpenAI(api_key="{secret}", max_retries=2)'
    start = line.index(secret)
    findings = [finding(at("a.py", 1, 10, len(line) + 1))]
    if with_key_rule:
        findings.append(
            finding(
                at("a.py", 1, start + 1, start + 1 + len(secret)),
                rule="hardcoded-api-key",
                severity=Severity.ERROR,
                message="a key",
                help="read it from the environment",
            )
        )
    return run(*findings, sources={"a.py": f"{line}\n"})


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_a_security_rule_flags_is_masked_in_every_finding_on_the_line(format_name: str) -> None:
    assert SECRET not in FORMATS[format_name](leaky(SECRET, with_key_rule=True), Style())


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_key_is_masked_even_when_no_security_rule_ran(format_name: str) -> None:
    assert KEY_SHAPED not in FORMATS[format_name](leaky(KEY_SHAPED, with_key_rule=False), Style())


def test_the_masked_line_keeps_the_rest_and_its_carets() -> None:
    report = FORMATS["full"](leaky(SECRET, with_key_rule=True), Style())
    assert '1 | client = OpenAI(api_key="…", max_retries=2)\n  |                          ^\n' in report


def test_a_secret_over_several_lines_is_masked_on_each() -> None:
    source = f'KEY = """\n{SECRET}\n"""; client = OpenAI()\n'
    findings = [
        finding(at("a.py", 1, 7, 4, end_line=3), rule="hardcoded-api-key"),
        finding(at("a.py", 2, 1, 5)),
    ]
    assert SECRET not in FORMATS["full"](run(*findings, sources={"a.py": source}), Style())


def test_sarif_snippets_are_masked() -> None:
    log = json.loads(FORMATS["sarif"](leaky(SECRET, with_key_rule=True), Style()))
    snippets = [
        result["locations"][0]["physicalLocation"]["region"]["snippet"]["text"] for result in log["runs"][0]["results"]
    ]
    assert snippets == ['OpenAI(api_key="…", max_retries=2)', "…"]


@pytest.mark.parametrize("format_name", ["json", "sarif"])
def test_a_fix_that_would_repeat_a_key_is_left_out(format_name: str) -> None:
    place = at("a.py", 1, 10, 18)
    edit = Edit(location=place, content=f'OpenAI(api_key="{KEY_SHAPED}", timeout=60)')
    case = run(finding(place, fix=Fix(is_safe=False, description="add a timeout", edits=(edit,))))
    assert KEY_SHAPED not in FORMATS[format_name](case, Style())


@pytest.mark.parametrize(
    "text", ["gpt-4o-mini-2024-07-18", "claude-sonnet-4-20250514", "chat.completions.create", "sk-…", "a" * 50]
)
def test_ordinary_names_are_not_taken_for_keys(text: str) -> None:
    assert redacted(text) == text
