"""GitHub Actions annotations: one workflow command for each finding, the worst first.

GitHub shows at most 10 annotations of a kind for a step, so the order decides what is seen.
"""

from __future__ import annotations

from prodlint.api import Severity
from prodlint.findings import Finding, Run
from prodlint.report.printable import printable
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import Style

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(run: Run, style: Style) -> str:
    """One `::error file=...::message` line for each finding; nothing for a run without findings."""
    prefix = repository_prefix(run.root)
    findings = sorted(run.findings, key=lambda finding: -finding.severity)
    return "".join(f"{_annotation(finding, prefix, style)}\n" for finding in findings)


def _annotation(finding: Finding, prefix: str, style: Style) -> str:
    location = finding.location
    properties = {"file": printable(repository_path(prefix, location.path), style)}
    where = ""
    if location.cell is None:
        properties |= {"line": str(location.line), "col": str(location.column), "endLine": str(location.end_line)}
        if location.end_line == location.line:
            properties["endColumn"] = str(location.end_column)
    else:
        # The lines of a notebook's cells are not the lines of its file.
        where = f"code cell {location.cell + 1}, line {location.line}: "
    properties["title"] = f"prodlint {printable(finding.rule, style)}"
    text = where + printable(finding.message, style)
    if finding.help:
        text = f"{text}. {printable(finding.help, style)}"
    fields = ",".join(f"{name}={_escaped_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {fields}::{_escaped_data(text)}"


def _escaped_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped_data(text).replace(":", "%3A").replace(",", "%2C")
