"""The counts at the end of a text report."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prodlint.report.printable import counted

if TYPE_CHECKING:
    from prodlint.findings import Run
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


def nothing_found(files: int, style: Style) -> str:
    """The footer for files of which none had to be parsed."""
    return f"{style.paint('set', 'No findings')}\n{_counts(files, 0, 0)}\n" if style.footer else ""


def _found(run: Run, style: Style) -> str:
    from prodlint.levels import Severity

    counts = Counter(finding.severity for finding in run.findings)
    if not counts:
        return "No findings" if run.failures else style.paint("set", "No findings")
    return ", ".join(
        style.paint(severity.label, counted(counts[severity], severity.label))
        for severity in sorted(Severity, reverse=True)
        if counts[severity]
    )


def _not_analysed(run: Run) -> list[str]:
    broken = [failure for failure in run.failures if failure.path and not failure.of_fix]
    whole = {failure.path for failure in broken if failure.cell is None}
    part = {failure.path for failure in broken} - whole
    others = sum(1 for failure in run.failures if not failure.path)
    unfixed = sum(1 for failure in run.failures if failure.path and failure.of_fix)
    parts = []
    if unfixed:
        parts.append(f"{unfixed} {'fix' if unfixed == 1 else 'fixes'} not made")
    if whole:
        parts.append(f"{counted(len(whole), 'file')} not analysed")
    if part:
        parts.append(f"{counted(len(part), 'notebook')} analysed in part")
    if others:
        parts.append(counted(others, "failure"))
    return parts


def looked_at(run: Run) -> str:
    """`14 files checked (6 parsed), 8 LLM calls`."""
    summary = run.summary
    return _counts(summary.files - summary.files_not_analysed, summary.files_parsed, summary.calls)


def _counts(files: int, parsed: int, calls: int) -> str:
    return f"{counted(files, 'file')} checked ({parsed} parsed), {counted(calls, 'LLM call')}"
