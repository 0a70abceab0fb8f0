"""The JSON format, version 1 of its contract.

It holds all that the other formats need, so that `prodlint report` can write them later; `prodlint.report.saved` reads
it. Only the text of the files and the pages of the rules are left out: they are where they were, or no longer of use.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence

from prodlint import __version__
from prodlint.api import Related
from prodlint.findings import Edit, Failure, Finding, Fix, RuleInfo, Run
from prodlint.model import Location
from prodlint.report.printable import key_ranges
from prodlint.report.style import Style

SCHEMA_VERSION = 1

InFile = Mapping[Location, Location]
"""`Run.in_file`."""

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None


def render(run: Run, style: Style) -> str:
    """One JSON object, ASCII only, one finding a line. A path that is not text in the file system's encoding keeps
    its undecodable bytes as lone surrogates, as Python's `os.fsdecode` gives them."""
    del style
    summary = run.summary
    return document(
        {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "prodlint", "version": __version__},
            "root": run.root,
            "findings": [finding_object(finding, run.in_file) for finding in run.findings],
            "errors": [_failure(failure, run.in_file) for failure in run.failures],
            "summary": {
                "files": summary.files,
                "files_screened_out": summary.files_screened_out,
                "files_parsed": summary.files_parsed,
                "files_not_analysed": summary.files_not_analysed,
                "calls": summary.calls,
                "findings": summary.findings,
                "suppressed": summary.suppressed,
                "baselined": summary.baselined,
                "inherited": summary.inherited,
                "seconds": round(summary.seconds, 3) if math.isfinite(summary.seconds) else 0,
            },
            "rules": [_rule(rule) for rule in run.rules],
            "sources": [{"path": path, "sha256": text_hash(text)} for path, text in run.sources.items()],
        }
    )


def document(members: Mapping[str, Json]) -> str:
    """A JSON object with each element of a top-level array on its own line: quick to write, and diffs by element."""
    lines = [f"  {dumps(name)}: {_value(value)}" for name, value in members.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def array(elements: list[Json]) -> str:
    """A JSON array with each element on its own line."""
    return _value(elements, "") + "\n"


def dumps(value: Json) -> str:
    """ASCII JSON on one line.

    Raises:
        ValueError: for a number that JSON does not have.
    """
    return json.dumps(value, allow_nan=False)


def _value(value: Json, indent: str = "  ") -> str:
    if isinstance(value, list) and value:
        elements = ",\n".join(f"{indent}  {dumps(element)}" for element in value)
        return f"[\n{elements}\n{indent}]"
    return dumps(value)


def text_hash(text: str) -> str:
    """Tells whether a file still reads as it did."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _rule(rule: RuleInfo) -> dict[str, Json]:
    return {
        "name": rule.name,
        "category": rule.category,
        "severity": rule.severity.label,
        "summary": rule.summary,
        "precision": rule.precision,
        "security_severity": rule.security_severity,
        "profile": rule.profile,
        "tags": list(rule.tags),
    }


def _failure(failure: Failure, in_file: InFile) -> dict[str, Json]:
    place = failure.location
    return {
        "path": failure.path,
        "line": failure.line,
        "message": failure.message,
        "cell": failure.cell,
        "of_fix": failure.of_fix,
        "in_file": None if place is None else _in_file(place, in_file),
    }


def finding_object(finding: Finding, in_file: InFile) -> dict[str, Json]:
    """One entry of `findings`."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.label,
        **_range(finding.location),
        "in_file": _in_file(finding.location, in_file),
        "message": finding.message,
        "help": finding.help,
        "symbol": finding.symbol,
        "related": [_related(item, in_file) for item in finding.related],
        "flow": [_related(item, in_file) for item in finding.flow],
        "fix": None if (fix := shown_fix(finding)) is None else _fix(fix),
        "fingerprint": finding.fingerprint,
    }


def shown_fix(finding: Finding) -> Fix | None:
    """The finding's fix; none when its text carries something that looks like a key."""
    fix = finding.fix
    if fix is None or not fix.edits or any(key_ranges(edit.content) for edit in fix.edits):
        return None
    return fix


def _related(item: Related, in_file: InFile) -> dict[str, Json]:
    return {**_range(item.location), "in_file": _in_file(item.location, in_file), "message": item.message}


def _in_file(location: Location, in_file: InFile) -> dict[str, Json] | None:
    """Where a place in a notebook's cell stands in the file; null for all other places, which stand there as told."""
    there = in_file.get(location)
    if there is None:
        return None
    return {
        "line": there.line,
        "column": there.column,
        "end_line": there.end_line,
        "end_column": there.end_column,
    }


def _range(location: Location) -> dict[str, Json]:
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
        "cell": location.cell,
    }


def _fix(fix: Fix) -> dict[str, Json]:
    return {
        "safety": "safe" if fix.is_safe else "unsafe",
        "description": fix.description,
        "edits": [_edit(edit) for edit in fix.edits],
    }


def _edit(edit: Edit) -> dict[str, Json]:
    return {**_range(edit.location), "content": edit.content}
