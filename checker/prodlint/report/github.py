"""GitHub Actions annotations: one workflow command for each failure and each finding, the worst first.

GitHub shows at most 10 annotations of a kind for a step, so the order decides what is seen. The rest is in the log,
which shows the message of a command but not its place: so the place is in the message, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from prodlint.api import Severity
from prodlint.findings import Failure, Finding, Run
from prodlint.report.notebook_place import on_disk
from prodlint.report.printable import counted, in_cell, printable, redacted
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import Style

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_SHOWN = 10
"""Annotations of a kind that GitHub shows for one step."""


def render(run: Run, style: Style) -> str:
    """One `::error file=...::message` line for each failure and finding; nothing for a run without any."""
    prefix = repository_prefix(run.root)
    findings = sorted(run.findings, key=lambda finding: -finding.severity)
    lines = [_failure(failure, run, prefix, style) for failure in run.failures]
    lines += [_annotation(finding, run, prefix, style) for finding in findings]
    counts = Counter([*(Severity.ERROR for _ in run.failures), *(finding.severity for finding in findings)])
    if any(count > _SHOWN for count in counts.values()):
        # Ahead of the notices, of which it is one.
        lines.insert(counts[Severity.ERROR] + counts[Severity.WARNING], _rest(counts))
    return "".join(f"{line}\n" for line in lines)


def _rest(counts: Counter[Severity]) -> str:
    room = {severity: _SHOWN - (severity is Severity.NOTE) for severity in Severity}
    hidden = sum(max(counts[severity] - room[severity], 0) for severity in Severity)
    return f"::notice title=prodlint::{counted(hidden, 'more finding')} in the log of this step"


def _annotation(finding: Finding, run: Run, prefix: str, style: Style) -> str:
    location = finding.location
    path = printable(repository_path(prefix, location.path), style)
    properties = {"file": path}
    place = on_disk(location, run.in_file)
    if place is not None:
        properties |= {"line": str(place.line), "col": str(place.column), "endLine": str(place.end_line)}
        if place.end_line == place.line:
            properties["endColumn"] = str(place.end_column)
    properties["title"] = f"prodlint {printable(finding.rule, style)}"
    text = f"{path}:{in_cell(location.cell)}{location.line}:{location.column}: {printable(finding.message, style)}"
    if finding.help:
        text = f"{text}. {printable(finding.help, style)}"
    return _command(_COMMANDS[finding.severity], properties, text)


def _failure(failure: Failure, run: Run, prefix: str, style: Style) -> str:
    properties, text = {}, printable(redacted(failure.message), style)
    if failure.path:
        path = properties["file"] = printable(repository_path(prefix, failure.path), style)
        line = "" if failure.line is None else f":{in_cell(failure.cell)}{failure.line}"
        text = f"{path}{line}: {text}"
    if failure.location is not None and (place := on_disk(failure.location, run.in_file)) is not None:
        properties["line"] = str(place.line)
    properties["title"] = f"prodlint: {failure.kind}"
    return _command("error", properties, text)


def _command(name: str, properties: Mapping[str, str], text: str) -> str:
    fields = ",".join(f"{key}={_escaped_property(value)}" for key, value in properties.items())
    return f"::{name} {fields}::{_escaped_data(text)}"


def _escaped_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped_data(text).replace(":", "%3A").replace(",", "%2C")
