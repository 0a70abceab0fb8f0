"""SARIF 2.1.0, as GitHub code scanning accepts it.

One run, all rules listed, one-line regions in UTF-16 columns, URIs relative to the git root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from prodlint import __version__
from prodlint.api import Related
from prodlint.findings import Edit, Failure, Finding, Fix, Run
from prodlint.model import Location
from prodlint.report.excerpt import Sources, hidden_ranges, masked, one_line_range, read_sources, source_line
from prodlint.report.json_report import Json, array, dumps, shown_fix
from prodlint.report.line_hash import line_hashes
from prodlint.report.notebook_place import cell_words, on_disk
from prodlint.report.printable import printable, redacted
from prodlint.report.repository import repository_prefix, uri
from prodlint.report.sarif_rules import rule_descriptors
from prodlint.report.style import PLAIN, Style
from prodlint.values import dataclass

MAX_RESULTS = 25_000
"""GitHub refuses a file with more results than this."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOMEPAGE = "about:blank"
"""SARIF viewers want an address here; the project has no public page yet, and this one promises none."""
_SORT_ABOVE = 5_000
"""GitHub shows this many results, by severity."""
_MAX_RELATED = 100
_LINKS = 5
_MAX_STEPS = 1_000
"""GitHub shows this many steps of a code flow."""
_SNIPPET_LIMIT = 200

Object = dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What every result needs of its run."""

    root: str
    prefix: str
    sources: Sources
    rule_index: Mapping[str, int]
    hashes: dict[str, tuple[str, ...]]
    """Line hashes by path, computed for files with findings when first asked for."""
    texts: Mapping[str, str]
    in_file: Mapping[Location, Location]


def render(run: Run, style: Style) -> str:
    """The SARIF log as ASCII JSON."""
    del style
    findings = _listed(run.findings)
    descriptors = rule_descriptors(run.rules, findings)
    context = _Context(
        root=run.root,
        prefix=repository_prefix(run.root),
        sources=read_sources(run),
        rule_index={str(descriptor["id"]): index for index, descriptor in enumerate(descriptors)},
        hashes={},
        texts=run.sources,
        in_file=run.in_file,
    )
    driver: Object = {
        "name": "prodlint",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": _HOMEPAGE,
        "rules": descriptors,
    }
    sarif_run: Object = {
        "tool": {"driver": driver},
        "invocations": [_invocation(run, context, len(findings))],
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the git repository."}}},
    }
    if run.sarif_category:
        # Up to the last slash it is the category; what follows would tell the runs of one category apart.
        sarif_run["automationDetails"] = {"id": f"{run.sarif_category.rstrip('/')}/"}
    # A result a line: some readers are slow on one line of many megabytes.
    results = array([_result(finding, context) for finding in findings])
    start = dumps({"$schema": _SCHEMA, "version": "2.1.0"})[:-1]
    return f'{start}, "runs": [{dumps(sarif_run)[:-1]}, "results": {results}}}]}}\n'


def _listed(findings: Sequence[Finding]) -> list[Finding]:
    """At most `MAX_RESULTS`; the most severe first when there are more than GitHub shows."""
    if len(findings) <= _SORT_ABOVE:
        return list(findings)
    return sorted(findings, key=lambda finding: -finding.severity)[:MAX_RESULTS]


def _invocation(run: Run, context: _Context, listed: int) -> Object:
    notifications = [_notification(failure, context) for failure in run.failures]
    if listed < len(run.findings):
        text = f"Only the {listed} most severe of {len(run.findings)} results are listed."
        notifications.append({"level": "warning", "message": {"text": text}})
    return {
        # A file that was not analysed leaves the scan finished; a failure of no file means that a part of it was not.
        "executionSuccessful": all(failure.path for failure in run.failures),
        "toolExecutionNotifications": notifications,
    }


def _notification(failure: Failure, context: _Context) -> Object:
    text = _sentence(redacted(failure.message)) or "Failure."
    notification: Object = {"level": "error", "message": {"text": cell_words(failure.location) + text}}
    if failure.path:
        physical: Object = {"artifactLocation": _artifact(failure.path, context)}
        place = failure.location
        if place is not None and (place := on_disk(place, context.in_file)) is not None:
            physical["region"] = {"startLine": place.line}
        notification["locations"] = [{"physicalLocation": physical}]
    return notification


def _result(finding: Finding, context: _Context) -> Object:
    result: Object = {
        "ruleId": finding.rule,
        "ruleIndex": context.rule_index[finding.rule],
        "level": finding.severity.label,
        "message": {"text": _message(finding)},
        "locations": [_location(finding.location, context, symbol=finding.symbol)],
    }
    related = finding.related[:_MAX_RELATED]
    if related:
        result["relatedLocations"] = [
            {"id": number, **_place(item, context)} for number, item in enumerate(related, start=1)
        ]
    if finding.flow:
        result["codeFlows"] = [_code_flow(finding.flow[:_MAX_STEPS], context)]
    fingerprints = _fingerprints(finding, context)
    if fingerprints:
        result["partialFingerprints"] = fingerprints
    fix = shown_fix(finding)
    # The lines of a notebook's cells are not the lines of its file.
    if fix is not None and all(edit.location.cell is None for edit in fix.edits):
        result["fixes"] = [_fix(fix, context)]
    return result


def _message(finding: Finding) -> str:
    """The fault, the remedy, and links to the related locations; the fault stands alone as the first sentence."""
    fault = cell_words(finding.location) + (_sentence(finding.message) or f"{finding.rule}.")
    parts = [_without_links(fault), _without_links(_sentence(finding.help)), _links(finding)]
    return " ".join(part for part in parts if part)


def _links(finding: Finding) -> str:
    links = [
        f"[{_link_text(item.message) or 'related location'}]({number})"
        for number, item in enumerate(finding.related[:_LINKS], start=1)
    ]
    if not links:
        return ""
    rest = len(finding.related) - len(links)
    return f"See {', '.join(links)}{f' and {rest} more' if rest else ''}."


def _sentence(text: str) -> str:
    """Plain text with a final stop, code in single quotes; empty for an empty text."""
    plain = printable(" ".join(text.split()), PLAIN)
    plain = re.sub(r"`([^`]*)`", r"'\1'", plain)
    return plain if not plain or plain[-1] in ".!?" else f"{plain}."


def _without_links(text: str) -> str:
    """Text in which nothing reads as a SARIF link."""
    return re.sub(r"[\\\[\]]", lambda match: f"\\{match.group()}", text) if "](" in text else text


def _link_text(text: str) -> str:
    return re.sub(r"[\\\[\]]", lambda match: f"\\{match.group()}", _sentence(text).rstrip("."))


def _code_flow(flow: Sequence[Related], context: _Context) -> Object:
    """The steps as one thread of execution."""
    return {"threadFlows": [{"locations": [{"location": _place(step, context)} for step in flow]}]}


def _place(item: Related, context: _Context) -> Object:
    text = cell_words(item.location) + (_sentence(item.message) or "Here.")
    return {**_location(item.location, context), "message": {"text": _without_links(text)}}


def _location(location: Location, context: _Context, *, symbol: str = "") -> Object:
    physical: Object = {
        "artifactLocation": _artifact(location.path, context),
        "region": _region(location, context),
    }
    result: Object = {"physicalLocation": physical}
    if symbol:
        result["logicalLocations"] = [{"fullyQualifiedName": printable(symbol, PLAIN)}]
    return result


def _artifact(path: str, context: _Context) -> Object:
    reference = uri(context.root, context.prefix, path)
    if reference.startswith("file:"):
        return {"uri": reference}
    return {"uri": reference, "uriBaseId": "%SRCROOT%"}


def _region(location: Location, context: _Context) -> Object:
    """The part of the range on its first line."""
    if location.cell is not None:
        return _region_in_notebook(location, context)
    line, column = max(location.line, 1), max(location.column, 1)
    source = source_line(context.sources, location)
    end_column = location.end_column
    snippet: str | None = None
    if source is not None:
        start, end = one_line_range(source, location)
        if location.end_line > location.line:
            end_column = len(source[:end].encode("utf-16-le", "surrogatepass")) // 2 + 1
        snippet = masked(source, hidden_ranges(context.sources, location, source), start, end)
    elif location.end_line > location.line:
        end_column = column + 1
    region: Object = {
        "startLine": line,
        "startColumn": column,
        "endLine": line,
        "endColumn": max(end_column, column + 1),
    }
    if snippet and len(snippet) <= _SNIPPET_LIMIT:
        region["snippet"] = {"text": printable(snippet, PLAIN)}
    return region


def _region_in_notebook(location: Location, context: _Context) -> Object:
    """The place in the JSON, without a snippet, which would show escapes; the first line when it is not known."""
    there = on_disk(location, context.in_file)
    if there is None:
        return {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}
    end_column = there.end_column
    if there.end_line > there.line:
        line = source_line(context.sources, there) or ""
        end_column = len(line.encode("utf-16-le", "surrogatepass")) // 2 + 1
    return {
        "startLine": there.line,
        "startColumn": there.column,
        "endLine": there.line,
        "endColumn": max(end_column, there.column + 1),
    }


def _fingerprints(finding: Finding, context: _Context) -> Object:
    fingerprints: Object = {}
    if finding.fingerprint:
        fingerprints["prodlint/v1"] = finding.fingerprint
    location = on_disk(finding.location, context.in_file)
    text = None if location is None else context.texts.get(location.path)
    if location is not None and text is not None:
        if location.path not in context.hashes:
            context.hashes[location.path] = line_hashes(text)
        hashes = context.hashes[location.path]
        if 1 <= location.line <= len(hashes):
            fingerprints["primaryLocationLineHash"] = hashes[location.line - 1]
    return fingerprints


def _fix(fix: Fix, context: _Context) -> Object:
    edits: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        edits.setdefault(edit.location.path, []).append(edit)
    return {
        "description": {"text": _sentence(fix.description) or "Repair."},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, context), "replacements": list(_replacements(group))}
            for path, group in edits.items()
        ],
    }


def _replacements(edits: list[Edit]) -> Iterator[Object]:
    for edit in edits:
        place = edit.location
        yield {
            "deletedRegion": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
            "insertedContent": {"text": edit.content},
        }
