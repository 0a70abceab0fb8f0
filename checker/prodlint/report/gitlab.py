"""GitLab Code Quality: a JSON array, as `artifacts: reports: codequality:` takes it.

GitLab shows the description and not the name of the check, so the one holds the other. It folds results of the same
fingerprint into one.
"""

from __future__ import annotations

import hashlib

from prodlint.api import Severity
from prodlint.findings import Failure, Finding, Run
from prodlint.report.json_report import Json, array
from prodlint.report.notebook_place import cell_words, on_disk
from prodlint.report.printable import printable, redacted
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import PLAIN, Style

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(run: Run, style: Style) -> str:
    """The array as ASCII JSON, one failure or finding a line; `[]` when there is none."""
    del style
    prefix = repository_prefix(run.root)
    seen: set[str] = set()
    issues: list[Json] = [_failure(failure, run, prefix, seen) for failure in run.failures]
    return array([*issues, *(_issue(finding, run, prefix, seen) for finding in run.findings)])


def _failure(failure: Failure, run: Run, prefix: str, seen: set[str]) -> dict[str, Json]:
    place = failure.location and on_disk(failure.location, run.in_file)
    line = 1 if place is None else place.line
    message = redacted(failure.message)
    fingerprint = hashlib.sha256(f"{failure.kind}\0{failure.path}\0{message}".encode("utf-8", "surrogatepass"))
    return {
        "type": "issue",
        "check_name": failure.kind.replace(" ", "-"),
        "description": printable(f"{failure.kind}: {cell_words(failure.location)}{message}", PLAIN),
        "severity": _SEVERITIES[Severity.ERROR],
        "fingerprint": _unique(fingerprint.hexdigest(), seen),
        "location": {
            # What is about no file is about the whole repository.
            "path": printable(repository_path(prefix, failure.path), PLAIN) if failure.path else ".",
            "lines": {"begin": line, "end": line},
        },
    }


def _issue(finding: Finding, run: Run, prefix: str, seen: set[str]) -> dict[str, Json]:
    place = on_disk(finding.location, run.in_file)
    begin, end = (1, 1) if place is None else (place.line, max(place.line, place.end_line))
    text = f"{finding.rule}: {cell_words(finding.location)}{finding.message}"
    return {
        "type": "issue",
        "check_name": finding.rule,
        "description": printable(text, PLAIN),
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": _unique(finding.fingerprint, seen),
        "location": {
            "path": printable(repository_path(prefix, finding.location.path), PLAIN),
            "lines": {"begin": begin, "end": end},
        },
    }


def _unique(fingerprint: str, seen: set[str]) -> str:
    """The fingerprint, or one that is made of it when it was there before."""
    value = fingerprint
    while value in seen or not value:
        value = hashlib.sha256(f"{value}\0{len(seen)}".encode()).hexdigest()
    seen.add(value)
    return value
