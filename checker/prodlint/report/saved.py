"""Reads a run back from the JSON that `json_report` has written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NoReturn, TypeAlias

from prodlint.api import Related, Severity
from prodlint.findings import Edit, Failure, Finding, Fix, RuleInfo, Run, Summary
from prodlint.model import Location
from prodlint.report.json_report import SCHEMA_VERSION
from prodlint.values import replace

Loaded: TypeAlias = "dict[str, Loaded] | list[Loaded] | str | int | float | bool | None"
"""What `json.loads` gives."""


class NotARunError(Exception):
    """The text is not the JSON report of a run; the message is for the user."""


def load(text: str) -> tuple[Run, dict[str, str]]:
    """The run without the sources of its files and the pages of its rules; and the SHA-256 of those sources, by path.

    Raises:
        NotARunError: the text is not JSON, of another version, or lacks what a report must have.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise NotARunError("it is not JSON") from None
    if not isinstance(document, dict) or "findings" not in document or "schema_version" not in document:
        raise NotARunError("it is not what `prodlint check --output-format json` writes")
    if document["schema_version"] != SCHEMA_VERSION:
        raise NotARunError(f"its schema_version is {document['schema_version']!r}, and this prodlint reads 1")
    try:
        report = _Object(document)
        return _run(report), {item.text("path"): item.text("sha256") for item in report.objects("sources")}
    except _WrongMemberError as error:
        raise NotARunError(f"`{error}` is missing or not what it should be") from None


class _WrongMemberError(Exception):
    """Named by its member."""


class _Object:
    """A JSON object whose members have the types that are asked for, or the report is refused."""

    def __init__(self, members: Loaded, name: str = "report") -> None:
        if not isinstance(members, dict):
            raise _WrongMemberError(name)
        self.members = members

    def text(self, name: str) -> str:
        value = self.members.get(name)
        return value if isinstance(value, str) else _wrong(name)

    def number(self, name: str) -> int:
        value = self.members.get(name)
        return value if isinstance(value, int) else _wrong(name)

    def amount(self, name: str) -> float:
        value = self.members.get(name)
        return float(value) if isinstance(value, (int, float)) else _wrong(name)

    def optional_number(self, name: str) -> int | None:
        return None if self.members.get(name) is None else self.number(name)

    def objects(self, name: str) -> Iterator[_Object]:
        value = self.members.get(name)
        yield from (_Object(item, name) for item in (value if isinstance(value, list) else _wrong(name)))

    def optional(self, name: str) -> _Object | None:
        value = self.members.get(name)
        return None if value is None else _Object(value, name)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.members.get(name)
        return tuple(str(item) for item in (value if isinstance(value, list) else _wrong(name)))


def _wrong(name: str) -> NoReturn:
    raise _WrongMemberError(name)


def _run(report: _Object) -> Run:
    in_file: dict[Location, Location] = {}
    summary = report.optional("summary") or _wrong("summary")
    return Run(
        root=report.text("root"),
        findings=tuple(_finding(item, in_file) for item in report.objects("findings")),
        failures=tuple(_failure(item, in_file) for item in report.objects("errors")),
        summary=Summary(
            files=summary.number("files"),
            files_screened_out=summary.number("files_screened_out"),
            files_parsed=summary.number("files_parsed"),
            files_not_analysed=summary.optional_number("files_not_analysed") or 0,
            calls=summary.number("calls"),
            findings=summary.number("findings"),
            suppressed=summary.number("suppressed"),
            baselined=summary.number("baselined"),
            inherited=summary.number("inherited"),
            seconds=summary.amount("seconds"),
        ),
        rules=tuple(_rule(item) for item in report.objects("rules")),
        sources={},
        in_file=in_file,
    )


def _finding(item: _Object, in_file: dict[Location, Location]) -> Finding:
    fix = item.optional("fix")
    return Finding(
        rule=item.text("rule"),
        severity=_severity(item),
        location=_location(item, in_file),
        message=item.text("message"),
        help=item.text("help"),
        symbol=item.text("symbol"),
        related=tuple(_related(other, in_file) for other in item.objects("related")),
        flow=tuple(_related(other, in_file) for other in item.objects("flow")),
        fix=None if fix is None else _fix(fix),
        fingerprint=item.text("fingerprint"),
    )


def _severity(item: _Object) -> Severity:
    label = item.text("severity")
    return next((severity for severity in Severity if severity.label == label), None) or _wrong("severity")


def _location(item: _Object, in_file: dict[Location, Location]) -> Location:
    location = _range(item, item.text("path"), item.optional_number("cell"))
    there = item.optional("in_file")
    if there is not None:
        in_file[location] = _range(there, location.path, None)
    return location


def _range(item: _Object, path: str, cell: int | None) -> Location:
    return Location(
        path=path,
        line=item.number("line"),
        column=item.number("column"),
        end_line=item.number("end_line"),
        end_column=item.number("end_column"),
        cell=cell,
    )


def _related(item: _Object, in_file: dict[Location, Location]) -> Related:
    return Related(location=_location(item, in_file), message=item.text("message"))


def _fix(item: _Object) -> Fix:
    return Fix(
        is_safe=item.text("safety") == "safe",
        description=item.text("description"),
        edits=tuple(
            Edit(location=_range(edit, edit.text("path"), edit.optional_number("cell")), content=edit.text("content"))
            for edit in item.objects("edits")
        ),
    )


def _failure(item: _Object, in_file: dict[Location, Location]) -> Failure:
    failure = Failure(
        path=item.text("path"),
        line=item.optional_number("line"),
        message=item.text("message"),
        cell=item.optional_number("cell"),
        of_fix=item.members.get("of_fix") is True,
    )
    there, place = item.optional("in_file"), failure.location
    if there is not None and place is not None:
        in_file[place] = _range(there, failure.path, None)
    return failure


def _rule(item: _Object) -> RuleInfo:
    severity = item.members.get("security_severity")
    return RuleInfo(
        name=item.text("name"),
        category=item.text("category"),
        severity=_severity(item),
        summary=item.text("summary"),
        page="",
        precision=item.text("precision"),
        security_severity=float(severity) if isinstance(severity, (int, float)) else None,
        tags=item.texts("tags"),
        profile=item.text("profile"),
    )


def with_pages(run: Run, pages: Mapping[str, str]) -> Run:
    """The run with the pages of those of its rules that have one there."""
    return replace(run, rules=tuple(replace(rule, page=pages.get(rule.name, "")) for rule in run.rules))
