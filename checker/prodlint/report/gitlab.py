"""GitLab Code Quality: a JSON array, as `artifacts: reports: codequality:` takes it.

GitLab shows the description and not the name of the check, so the one holds the other. It folds results of the same
fingerprint into one.
"""

from __future__ import annotations

import hashlib

from prodlint.api import Severity
from prodlint.findings import Finding, Run
from prodlint.report.json_report import Json, array
from prodlint.report.notebook_place import cell_words, on_disk
from prodlint.report.printable import printable
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import PLAIN, Style

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(run: Run, style: Style) -> str:
    """The array as ASCII JSON, one finding a line; `[]` when there is none."""
    del style
    prefix = repository_prefix(run.root)
    seen: set[str] = set()
    return array([_issue(finding, run, prefix, seen) for finding in run.findings])


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
