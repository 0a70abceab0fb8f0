"""The JSON format, version 1 of its contract."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from prodlint.findings import Edit, Failure, Finding, Fix, Run
from prodlint.model import Location
from prodlint.report.printable import key_ranges
from prodlint.report.style import Style

SCHEMA_VERSION = 1

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None


def render(run: Run, style: Style) -> str:
    """One JSON object, ASCII only, one finding a line. A path that is not text in the file system's encoding keeps
    its undecodable bytes as lone surrogates, as Python's `os.fsdecode` gives them."""
    del style
    summary = run.summary
    return document(
        {
            "schema_version": SCHEMA_VERSION,
            "root": run.root,
            "findings": [_finding(finding) for finding in run.findings],
            "errors": [failure_object(failure) for failure in run.failures],
            "summary": {
                "files": summary.files,
                "files_screened_out": summary.files_screened_out,
                "files_parsed": summary.files_parsed,
                "calls": summary.calls,
                "findings": summary.findings,
                "suppressed": summary.suppressed,
                "baselined": summary.baselined,
                "inherited": summary.inherited,
                "seconds": round(summary.seconds, 3) if math.isfinite(summary.seconds) else 0,
            },
        }
    )


def document(members: Mapping[str, Json]) -> str:
    """A JSON object with each element of a top-level array on its own line: quick to write, and diffs by element."""
    lines = [f"  {dumps(name)}: {_value(value)}" for name, value in members.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def dumps(value: Json) -> str:
    """ASCII JSON on one line.

    Raises:
        ValueError: for a number that JSON does not have.
    """
    return json.dumps(value, allow_nan=False)


def _value(value: Json) -> str:
    if isinstance(value, list) and value:
        elements = ",\n".join(f"    {dumps(element)}" for element in value)
        return f"[\n{elements}\n  ]"
    return dumps(value)


def failure_object(failure: Failure) -> dict[str, Json]:
    """One entry of `errors`."""
    return {"path": failure.path, "line": failure.line, "message": failure.message}


def _finding(finding: Finding) -> dict[str, Json]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.label,
        **_range(finding.location),
        "message": finding.message,
        "help": finding.help,
        "symbol": finding.symbol,
        "related": [
            {
                "path": related.location.path,
                "line": related.location.line,
                "column": related.location.column,
                "message": related.message,
            }
            for related in finding.related
        ],
        "fix": None if (fix := shown_fix(finding)) is None else _fix(fix),
        "fingerprint": finding.fingerprint,
    }


def shown_fix(finding: Finding) -> Fix | None:
    """The finding's fix; none when its text carries something that looks like a key."""
    fix = finding.fix
    if fix is None or not fix.edits or any(key_ranges(edit.content) for edit in fix.edits):
        return None
    return fix


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
