"""The default report: for each finding the message, the source line with carets, related places, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodlint.report.footer import footer
from prodlint.report.printable import in_cell, printable

if TYPE_CHECKING:
    from prodlint.api import Related
    from prodlint.findings import Finding, Run
    from prodlint.model import Location
    from prodlint.report.excerpt import Sources
    from prodlint.report.style import Style

_RELATED_SHOWN = 5


def render(run: Run, style: Style) -> str:
    """One block for each finding, a blank line between them, and the counts."""
    if not run.findings:
        return footer(run, style)
    from prodlint.report.excerpt import read_sources

    sources = read_sources(run)
    blocks = ["\n".join(_block(finding, sources, style)) + "\n" for finding in run.findings]
    end = footer(run, style)
    return "\n".join([*blocks, end] if end else blocks)


def place(location: Location, style: Style) -> str:
    """`path:line`, or `path:cell 3:line` in a notebook, with code cells counted from 1."""
    path = style.paint("path", printable(location.path, style))
    return f"{path}:{in_cell(location.cell)}{location.line}"


def headline(finding: Finding, style: Style) -> str:
    """`path:line:column: severity[rule] message`, always one line."""
    return f"{place(finding.location, style)}:{finding.location.column}: {verdict(finding, style)}"


def verdict(finding: Finding, style: Style) -> str:
    """`severity[rule] message`."""
    label = finding.severity.label
    rule = style.paint("rule", f"[{printable(finding.rule, style)}]")
    return f"{style.paint(label, label)}{rule} {printable(finding.message, style)}"


def _block(finding: Finding, sources: Sources, style: Style) -> Iterator[str]:
    gutter = len(str(finding.location.line))
    margin = " " * gutter
    yield headline(finding, style)
    yield from _source(finding, sources, gutter, style)
    yield from _related(finding.related, margin, style)
    if finding.help:
        first, *rest = finding.help.splitlines()
        yield f"{margin} {style.paint('gutter', '=')} {style.paint('help', 'help')}: {printable(first, style)}"
        yield from (f"{margin}         {printable(line, style)}" for line in rest)


def _source(finding: Finding, sources: Sources, gutter: int, style: Style) -> Iterator[str]:
    from prodlint.report.excerpt import excerpt

    shown = excerpt(sources, finding.location, style)
    if shown is None:
        return
    bar = style.paint("gutter", "|")
    margin = " " * gutter
    carets = style.paint(finding.severity.label, "^" * shown.carets)
    yield f"{margin} {bar}"
    yield f"{style.paint('gutter', str(finding.location.line))} {bar} {shown.text}".rstrip()
    yield f"{margin} {bar} {' ' * shown.caret}{carets}"


def _related(related: tuple[Related, ...], margin: str, style: Style) -> Iterator[str]:
    mark = style.paint("gutter", ":::")
    for item in related[:_RELATED_SHOWN]:
        yield f"{margin} {mark} {place(item.location, style)} {printable(item.message, style)}".rstrip()
    if len(related) > _RELATED_SHOWN:
        yield f"{margin} {mark} ... and {len(related) - _RELATED_SHOWN} more"
