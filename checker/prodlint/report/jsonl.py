"""JSON lines: each finding as in the `findings` of the JSON format, on a line of its own."""

from __future__ import annotations

from prodlint.findings import Run
from prodlint.report.json_report import dumps, finding_object
from prodlint.report.style import Style


def render(run: Run, style: Style) -> str:
    """One ASCII JSON object a line; nothing for a run without findings."""
    del style
    return "".join(f"{dumps(finding_object(finding, run.in_file))}\n" for finding in run.findings)
