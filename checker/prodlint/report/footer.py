"""The counts at the end of a text report."""

from __future__ import annotations

from collections import Counter

from prodlint.api import Severity
from prodlint.findings import Run
from prodlint.report.printable import counted
from prodlint.report.style import Style


def footer(run: Run, style: Style) -> str:
    """What was found, what was left out, and how much was looked at; empty when the style wants no footer."""
    if not style.footer:
        return ""
    return f"{', '.join(tally(run, style))}\n{looked_at(run)}\n"


def tally(run: Run, style: Style) -> list[str]:
    """`2 errors`, `1 note`, `3 suppressed`, `1 file not analysed`."""
    parts = [_found(run, style)]
    if run.summary.suppressed:
        parts.append(f"{run.summary.suppressed} suppressed")
    if run.summary.baselined:
        parts.append(f"{run.summary.baselined} in the baseline")
    if run.summary.inherited:
        parts.append(f"{run.summary.inherited} not introduced here")
    parts.extend(_not_analysed(run))
    return parts


def _found(run: Run, style: Style) -> str:
    counts = Counter(finding.severity for finding in run.findings)
    if not counts:
        return "No findings" if run.failures else style.paint("set", "No findings")
    return ", ".join(
        style.paint(severity.label, counted(counts[severity], severity.label))
        for severity in sorted(Severity, reverse=True)
        if counts[severity]
    )


def _not_analysed(run: Run) -> list[str]:
    paths = {failure.path for failure in run.failures if failure.path}
    others = sum(1 for failure in run.failures if not failure.path)
    parts = []
    if paths:
        parts.append(f"{counted(len(paths), 'file')} not analysed")
    if others:
        parts.append(counted(others, "failure"))
    return parts


def looked_at(run: Run) -> str:
    """`14 files checked (6 parsed), 8 LLM calls`."""
    summary = run.summary
    files = f"{counted(summary.files, 'file')} checked ({summary.files_parsed} parsed)"
    return f"{files}, {counted(summary.calls, 'LLM call')}"
