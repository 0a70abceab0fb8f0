"""Azure Pipelines: one logging command for each failure and each finding, the worst first.

It knows errors and warnings only.
"""

from __future__ import annotations

from collections.abc import Mapping

from prodlint.api import Severity
from prodlint.findings import Failure, Finding, Run
from prodlint.report.notebook_place import cell_words, on_disk
from prodlint.report.printable import printable, redacted
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import Style


def render(run: Run, style: Style) -> str:
    """One `##vso[task.logissue ...]message` line for each failure and finding; nothing for a run without any."""
    prefix = repository_prefix(run.root)
    lines = [_failure(failure, run, prefix, style) for failure in run.failures]
    findings = sorted(run.findings, key=lambda finding: -finding.severity)
    lines += [_finding(finding, run, prefix, style) for finding in findings]
    return "".join(f"{line}\n" for line in lines)


def _failure(failure: Failure, run: Run, prefix: str, style: Style) -> str:
    properties, place = {"type": "error"}, failure.location
    if failure.path:
        properties["sourcepath"] = printable(repository_path(prefix, failure.path), style)
    if place is not None and (on_line := on_disk(place, run.in_file)) is not None:
        properties["linenumber"] = str(on_line.line)
    properties["code"] = failure.kind.replace(" ", "-")
    return _command(properties, f"{failure.kind}: {cell_words(place)}{redacted(failure.message)}", style)


def _finding(finding: Finding, run: Run, prefix: str, style: Style) -> str:
    properties = {
        "type": "error" if finding.severity is Severity.ERROR else "warning",
        "sourcepath": printable(repository_path(prefix, finding.location.path), style),
    }
    place = on_disk(finding.location, run.in_file)
    if place is not None:
        properties |= {"linenumber": str(place.line), "columnnumber": str(place.column)}
    properties["code"] = printable(finding.rule, style)
    mild = "note: " if finding.severity is Severity.NOTE else ""
    text = f"{mild}{cell_words(finding.location)}{finding.message}"
    if finding.help:
        text = f"{text}. {finding.help}"
    return _command(properties, text, style)


def _command(properties: Mapping[str, str], text: str, style: Style) -> str:
    fields = "".join(f"{name}={_escaped_property(value)};" for name, value in properties.items())
    return f"##vso[task.logissue {fields}]{_escaped(printable(text, style))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%AZP25")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(";", "%3B").replace("]", "%5D")
