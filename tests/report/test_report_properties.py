"""What holds for any finding whatever."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_runs import RULES, run

from prodlint.api import Related, Severity
from prodlint.findings import Edit, Failure, Finding, Fix, Run
from prodlint.model import Location
from prodlint.report import FORMATS, Style, saved, statistics

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
"""Control characters and lone surrogates, too."""
TEXTS = ANY_TEXT | st.text("`[](){}:,%\\\n\r\t\x1b\u202e\U0001f600é日 ", max_size=20)
NUMBERS = st.integers(1, 6) | st.integers(1, 10**9)
LOCATIONS = st.builds(
    Location,
    path=TEXTS.filter(lambda text: "\0" not in text) | st.sampled_from(["a.py", "dir/b.py"]),
    line=NUMBERS,
    column=NUMBERS,
    end_line=NUMBERS,
    end_column=NUMBERS,
    cell=st.none() | st.integers(0, 3),
)
RELATED = st.lists(st.builds(Related, location=LOCATIONS, message=TEXTS), max_size=7).map(tuple)
FIXES = st.builds(
    Fix,
    is_safe=st.booleans(),
    description=TEXTS,
    edits=st.lists(st.builds(Edit, location=LOCATIONS, content=TEXTS), max_size=2).map(tuple),
)
FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from([*(rule.name for rule in RULES), "another-rule"]),
    severity=st.sampled_from(Severity),
    location=LOCATIONS,
    message=TEXTS,
    help=TEXTS,
    symbol=TEXTS,
    related=RELATED,
    flow=RELATED,
    fix=st.none() | FIXES,
    fingerprint=st.just("") | st.just("ab" * 32),
)
FAILURES = st.builds(
    Failure,
    path=TEXTS.filter(lambda text: "\0" not in text),
    line=st.none() | NUMBERS,
    message=TEXTS,
    cell=st.none() | st.integers(0, 3),
    of_fix=st.booleans(),
)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    findings = draw(st.lists(FINDINGS, max_size=4))
    sources = {finding.location.path: draw(TEXTS) for finding in findings}
    in_file = {
        finding.location: replace(draw(LOCATIONS), path=finding.location.path, cell=None)
        for finding in findings
        if finding.location.cell is not None and draw(st.booleans())
    }
    failures = draw(st.lists(FAILURES, max_size=2))
    return run(*findings, sources={**sources, **_notebooks(in_file)}, failures=failures, in_file=in_file)


def _notebooks(places: Iterable[Location]) -> dict[str, str]:
    """A source of a notebook is a notebook: the engine has read it as one."""
    return {place.path: '{"cells": [{"cell_type": "code", "source": "x\\ny"}]}' for place in places}


STYLES = st.builds(
    Style, color=st.booleans(), encoding=st.sampled_from(["utf-8", "cp1252", "ascii", "cp932"]), footer=st.booleans()
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None)
@given(case=runs(), style=STYLES)
def test_no_run_makes_a_format_fail_or_write_what_the_stream_cannot_carry(name: str, case: Run, style: Style) -> None:
    text = FORMATS[name](case, style)
    text.encode(style.encoding)
    assert text == "" or text.endswith("\n")
    assert text == FORMATS[name](case, style)


@settings(max_examples=25, deadline=None)
@given(case=runs(), style=STYLES)
def test_statistics_count_every_finding(case: Run, style: Style) -> None:
    lines = statistics.render(case, style._replace(footer=False, color=False)).splitlines()
    assert sum(int(line.split()[0]) for line in lines) == len(case.findings)


@settings(max_examples=25, deadline=None)
@given(case=runs())
def test_json_carries_every_finding_unchanged(case: Run) -> None:
    shown = json.loads(FORMATS["json"](case, Style()))["findings"]
    assert [(item["path"], item["message"], item["line"]) for item in shown] == [
        (finding.location.path, finding.message, finding.location.line) for finding in case.findings
    ]


@settings(max_examples=25, deadline=None)
@given(case=runs())
def test_sarif_has_a_valid_place_for_every_finding(case: Run) -> None:
    results = json.loads(FORMATS["sarif"](case, Style()))["runs"][0]["results"]
    assert len(results) == len(case.findings)
    for result in results:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].isascii()
        region = place["region"]
        assert region["startLine"] == region["endLine"]
        assert 1 <= region["startColumn"] < region["endColumn"]
        assert result["message"]["text"]


@pytest.mark.parametrize("name", ["concise", "jsonl"])
@settings(max_examples=25, deadline=None)
@given(case=runs())
def test_line_formats_have_exactly_one_line_for_each_finding(name: str, case: Run) -> None:
    assert len(FORMATS[name](case, Style(footer=False)).splitlines()) == len(case.findings)


@pytest.mark.parametrize("name", ["github", "azure"])
@settings(max_examples=25, deadline=None)
@given(case=runs())
def test_commands_to_code_hosts_are_one_for_each_finding_and_failure(name: str, case: Run) -> None:
    assert len(FORMATS[name](case, Style()).splitlines()) == len(case.findings) + len(case.failures)


@settings(max_examples=25, deadline=None)
@given(case=runs())
def test_a_saved_run_is_read_back_as_it_was(case: Run) -> None:
    text = FORMATS["json"](case, Style())
    loaded, hashes = saved.load(text)
    again = replace(loaded, sources=case.sources)
    assert set(hashes) == set(case.sources)
    assert FORMATS["json"](again, Style()) == text
    again = saved.with_pages(again, {rule.name: rule.page for rule in case.rules})
    for name in FORMATS:
        assert FORMATS[name](again, Style()) == FORMATS[name](case, Style()), name


@cache
def large_run() -> Run:
    place = Location(path="a.py", line=1, column=1, end_line=1, end_column=5)
    one = Finding(rule="missing-timeout", severity=Severity.NOTE, location=place, message="m", help="h")
    return run(*(replace(one, location=replace(place, line=n)) for n in range(1, 25_002)), sources={"a.py": "x()\n"})


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "markdown"])
def test_25001_findings_are_rendered(name: str) -> None:
    assert FORMATS[name](large_run(), Style()).count("missing-timeout") >= 25_000
