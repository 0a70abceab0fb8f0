"""One line for each finding."""

from __future__ import annotations

from prodlint.findings import Run
from prodlint.report.footer import footer
from prodlint.report.full import headline
from prodlint.report.style import Style


def render(run: Run, style: Style) -> str:
    """`path:line:column: severity[rule] message` lines, then the counts."""
    lines = [headline(finding, style) + "\n" for finding in run.findings]
    return "".join(lines) + footer(run, style)
