"""Azure Pipelines: one logging command for each finding, the worst first; it knows errors and warnings only."""

from __future__ import annotations

from prodlint.api import Severity
from prodlint.findings import Finding, Run
from prodlint.report.notebook_place import cell_words, on_disk
from prodlint.report.printable import printable
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import Style


def render(run: Run, style: Style) -> str:
    """One `##vso[task.logissue ...]message` line for each finding; nothing for a run without findings."""
    prefix = repository_prefix(run.root)
    findings = sorted(run.findings, key=lambda finding: -finding.severity)
    return "".join(f"{_command(finding, run, prefix, style)}\n" for finding in findings)


def _command(finding: Finding, run: Run, prefix: str, style: Style) -> str:
    properties = {
        "type": "error" if finding.severity is Severity.ERROR else "warning",
        "sourcepath": printable(repository_path(prefix, finding.location.path), style),
    }
    place = on_disk(finding.location, run.in_file)
    if place is not None:
        properties |= {"linenumber": str(place.line), "columnnumber": str(place.column)}
    properties["code"] = printable(finding.rule, style)
    fields = "".join(f"{name}={_escaped_property(value)};" for name, value in properties.items())
    mild = "note: " if finding.severity is Severity.NOTE else ""
    text = f"{mild}{cell_words(finding.location)}{finding.message}"
    if finding.help:
        text = f"{text}. {finding.help}"
    return f"##vso[task.logissue {fields}]{_escaped(printable(text, style))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%AZP25")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(";", "%3B").replace("]", "%5D")
