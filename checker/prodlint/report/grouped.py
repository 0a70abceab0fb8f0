"""Findings by file."""

from __future__ import annotations

from itertools import groupby

from prodlint.findings import Finding, Run
from prodlint.report.footer import footer
from prodlint.report.full import verdict
from prodlint.report.printable import in_cell, printable
from prodlint.report.style import Style


def render(run: Run, style: Style) -> str:
    """A heading for each file, its findings indented below, then the counts."""
    blocks = []
    for path, findings in groupby(run.findings, key=lambda finding: finding.location.path):
        blocks.append(f"{style.paint('path', printable(path, style))}:\n{_lines(list(findings), style)}")
    end = footer(run, style)
    return "\n".join([*blocks, end] if end else blocks)


def _lines(findings: list[Finding], style: Style) -> str:
    positions = [_position(finding) for finding in findings]
    width = max(map(len, positions))
    return "".join(
        f"  {position:>{width}} {verdict(finding, style)}\n"
        for position, finding in zip(positions, findings, strict=True)
    )


def _position(finding: Finding) -> str:
    location = finding.location
    return f"{in_cell(location.cell)}{location.line}:{location.column}"
