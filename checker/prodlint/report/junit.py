"""JUnit XML, for servers that show test results: a finding is a test that fails, a file not analysed one that breaks.

A note is a skipped test, so that a run which passes does not look like one that fails. The servers tell tests apart by
class name and name (GitLab drops the second of two that are equal), so the names are made different without lines.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from prodlint.api import Severity
from prodlint.findings import Failure, Finding, Run
from prodlint.report.notebook_place import cell_words, on_disk
from prodlint.report.printable import printable, redacted
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import PLAIN, Style

_ILLEGAL = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")
"""Of what `printable` lets through, the characters that XML 1.0 has no place for."""


def render(run: Run, style: Style) -> str:
    """One suite with a test for each finding and failure; a single passing test when there is neither."""
    del style
    prefix = repository_prefix(run.root)
    seen: Counter[tuple[str, str]] = Counter()
    tests = [
        *chain.from_iterable(_test_of_finding(finding, run, prefix, seen) for finding in run.findings),
        *chain.from_iterable(_test_of_failure(failure, prefix, seen) for failure in run.failures),
    ]
    skipped = sum(1 for finding in run.findings if finding.severity is Severity.NOTE)
    total = len(run.findings) + len(run.failures)
    counts = f'tests="{total or 1}" failures="{len(run.findings) - skipped}" errors="{len(run.failures)}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="prodlint" {counts}>',
        f'  <testsuite name="prodlint" {counts} skipped="{skipped}">',
        *(tests or ['    <testcase name="no findings" classname="prodlint" time="0"/>']),
        "  </testsuite>",
        "</testsuites>",
    ]
    # ASCII, because the stream may be of another encoding than the first line says.
    return "\n".join(lines).encode("ascii", "xmlcharrefreplace").decode("ascii") + "\n"


def _test_of_finding(finding: Finding, run: Run, prefix: str, seen: Counter[tuple[str, str]]) -> Iterator[str]:
    path = repository_path(prefix, finding.location.path)
    message = cell_words(finding.location) + finding.message
    place = on_disk(finding.location, run.in_file)
    where = path if place is None else f"{path}:{place.line}:{place.column}"
    body = [f"{where}: {finding.severity.label}[{finding.rule}] {message}", finding.help]
    element = "skipped" if finding.severity is Severity.NOTE else "failure"
    kind = "" if element == "skipped" else f' type="{finding.severity.label}"'
    yield _opening(path, f"{finding.rule}: {finding.symbol or 'module level'}", seen)
    yield f"      <{element}{kind} message={_attribute(message)}>{_text(body)}</{element}>"
    yield "    </testcase>"


def _test_of_failure(failure: Failure, prefix: str, seen: Counter[tuple[str, str]]) -> Iterator[str]:
    path = repository_path(prefix, failure.path) if failure.path else ""
    message = cell_words(failure.location) + redacted(failure.message)
    yield _opening(path, failure.kind, seen)
    yield f'      <error type="{failure.kind}" message={_attribute(message)}>{_text([f"{path}: {message}"])}</error>'
    yield "    </testcase>"


def _opening(path: str, name: str, seen: Counter[tuple[str, str]]) -> str:
    suite = posixpath.splitext(path)[0] or "prodlint"
    seen[suite, name] += 1
    count = seen[suite, name]
    unique = name if count == 1 else f"{name} #{count}"
    file = f" file={_attribute(path)}" if path else ""
    return f'    <testcase name={_attribute(unique)} classname={_attribute(suite)}{file} time="0">'


def _attribute(text: str) -> str:
    return quoteattr(printable(text, PLAIN).translate(_ILLEGAL))


def _text(lines: list[str]) -> str:
    return escape("\n".join(printable(line, PLAIN) for line in lines if line).translate(_ILLEGAL))
