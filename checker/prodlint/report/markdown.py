"""Markdown for a job's summary or a comment on a pull request: a table, the worst first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prodlint.api import Severity
from prodlint.findings import Finding, Run
from prodlint.report.footer import looked_at, tally
from prodlint.report.printable import counted, in_cell, printable, redacted
from prodlint.report.repository import repository_path, repository_prefix
from prodlint.report.style import PLAIN, Style

_LIMIT = 900_000
"""Bytes of the rows. GitHub drops a step's summary of more than 1 MiB as a whole."""
_MARKS = {Severity.ERROR: "\u274c", Severity.WARNING: "\u26a0\ufe0f", Severity.NOTE: "\u2139\ufe0f"}
_SPECIAL = re.compile(r"[\\*_\[\]<&#~|$@]|:(?=//)")
"""Characters outside code that mean something: emphasis, links, HTML, mathematics, and `@`, which calls people."""


def render(run: Run, style: Style) -> str:
    """A heading with the counts, a table of findings, and what was not analysed."""
    parts = [f"### prodlint: {', '.join(tally(run, PLAIN))}\n"]
    if run.findings:
        parts.append("\n".join(_table(run, style)) + "\n")
    if run.failures:
        parts.append("\n".join(_failures(run, style)) + "\n")
    parts.append(f"{looked_at(run)}\n")
    return "\n".join(parts)


def _table(run: Run, style: Style) -> Iterator[str]:
    prefix = repository_prefix(run.root)
    yield "| | place | rule | finding |"
    yield "| --- | --- | --- | --- |"
    size = 0
    for number, finding in enumerate(sorted(run.findings, key=lambda finding: -finding.severity)):
        row = _row(finding, prefix, style)
        size += len(row.encode()) + 1
        if size > _LIMIT:
            yield f"\n{counted(len(run.findings) - number, 'more finding')}, which this table has no room for"
            return
        yield row


def _row(finding: Finding, prefix: str, style: Style) -> str:
    place = finding.location
    label = finding.severity.label
    mark = f"{_MARKS[finding.severity]} {label}" if style.is_unicode else label
    where = _code(printable(f"{repository_path(prefix, place.path)}:{in_cell(place.cell)}{place.line}", style))
    message = _prose(finding.message, style)
    advice = f"<br>{_prose(finding.help, style)}" if finding.help else ""
    return f"| {mark} | {where} | {_code(printable(finding.rule, style))} | {message}{advice} |"


def _failures(run: Run, style: Style) -> Iterator[str]:
    prefix = repository_prefix(run.root)
    yield f"{counted(len(run.failures), 'failure')}, so there may be more findings:\n"
    for failure in run.failures[:100]:
        line = "" if failure.line is None else f":{in_cell(failure.cell)}{failure.line}"
        path = repository_path(prefix, failure.path) if failure.path else ""
        where = f"{_code(printable(path + line, style))}: " if path else ""
        yield f"- {where}{_prose(redacted(failure.message), style)}"
    if len(run.failures) > 100:
        yield f"- {len(run.failures) - 100} more"


def _prose(text: str, style: Style) -> str:
    """Text in which only pairs of backticks keep their meaning."""
    parts = printable(text, style).split("`")
    if len(parts) % 2 == 0:
        # The last backtick has no partner.
        parts[-2:] = [f"{parts[-2]}'{parts[-1]}"]
    shown = [_code(part) if index % 2 and part else _escaped(part) for index, part in enumerate(parts)]
    return "".join(shown)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", text)


def _code(text: str) -> str:
    """A code span, also of text with backticks in it; safe in a table's cell."""
    runs = [len(found) for found in re.findall("`+", text)]
    fence = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")
