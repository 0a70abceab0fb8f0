"""The Reviewdog Diagnostic Format, which reviewdog turns into comments on any code host.

Its columns count bytes of UTF-8, so they need the line; where the run does not carry it, a place is its line alone.
"""

from __future__ import annotations

from prodlint.api import Severity
from prodlint.findings import Failure, Finding, Run
from prodlint.model import Location
from prodlint.report.excerpt import Sources, code_point_index, read_sources, source_line
from prodlint.report.json_report import Json, dumps, shown_fix
from prodlint.report.notebook_place import cell_words, on_disk
from prodlint.report.printable import printable, redacted
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import PLAIN, Style

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}

Object = dict[str, Json]


def render(run: Run, style: Style) -> str:
    """One `DiagnosticResult` as ASCII JSON."""
    del style
    prefix = repository_prefix(run.root)
    sources = read_sources(run)
    diagnostics: list[Json] = [_failure(failure, run, prefix) for failure in run.failures]
    diagnostics += [_diagnostic(finding, run, prefix, sources) for finding in run.findings]
    return dumps({"source": {"name": "prodlint"}, "diagnostics": diagnostics}) + "\n"


def _failure(failure: Failure, run: Run, prefix: str) -> Object:
    location: Object = {"path": printable(repository_path(prefix, failure.path), PLAIN) if failure.path else "."}
    if failure.location is not None and (place := on_disk(failure.location, run.in_file)) is not None:
        location["range"] = {"start": {"line": place.line}}
    text = f"{failure.kind}: {cell_words(failure.location)}{redacted(failure.message)}"
    return {
        "message": printable(text, PLAIN),
        "location": location,
        "severity": _SEVERITIES[Severity.ERROR],
        "code": {"value": failure.kind.replace(" ", "-")},
    }


def _diagnostic(finding: Finding, run: Run, prefix: str, sources: Sources) -> Object:
    text = f"{cell_words(finding.location)}{finding.message}"
    result: Object = {
        "message": printable(f"{text}. {finding.help}" if finding.help else text, PLAIN),
        "location": _location(finding.location, run, prefix, sources),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    suggestion = _suggestion(finding, sources)
    if suggestion is not None:
        result["suggestions"] = [suggestion]
    if finding.related:
        result["relatedLocations"] = [
            {
                "message": printable(cell_words(item.location) + item.message, PLAIN),
                "location": _location(item.location, run, prefix, sources),
            }
            for item in finding.related
        ]
    return result


def _location(location: Location, run: Run, prefix: str, sources: Sources) -> Object:
    result: Object = {"path": printable(repository_path(prefix, location.path), PLAIN)}
    place = on_disk(location, run.in_file)
    if place is not None:
        result["range"] = _range(place, sources) or {"start": {"line": place.line}}
    return result


def _range(place: Location, sources: Sources) -> Object | None:
    """Start and end in bytes; None when a line of the two is not known."""
    start = _position(sources, place.path, place.line, place.column)
    end = _position(sources, place.path, place.end_line, place.end_column)
    return None if start is None or end is None else {"start": start, "end": end}


def _position(sources: Sources, path: str, line: int, column: int) -> Object | None:
    at = Location(path=path, line=line, column=column, end_line=line, end_column=column)
    text = source_line(sources, at)
    if text is None:
        return None
    before = text[: code_point_index(text, column)]
    return {"line": line, "column": len(before.encode("utf-8", "surrogatepass")) + 1}


def _suggestion(finding: Finding, sources: Sources) -> Object | None:
    """The fix, when it is one edit of the file itself: reviewdog offers each suggestion for itself alone."""
    fix = shown_fix(finding)
    if fix is None or len(fix.edits) != 1:
        return None
    (edit,) = fix.edits
    if edit.location.path != finding.location.path or edit.location.cell is not None:
        return None
    place = _range(edit.location, sources)
    return None if place is None else {"range": place, "text": edit.content}
