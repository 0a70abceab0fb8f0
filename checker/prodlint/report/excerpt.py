"""Source excerpts: the flagged line as it may be shown, and where its carets go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prodlint.findings import Run
from prodlint.model import Location
from prodlint.reading import LINE_END
from prodlint.report.printable import cell_width, key_ranges, printable_character
from prodlint.report.style import Style
from prodlint.values import dataclass

_TAB = 4
_WINDOW = 140
"""Terminal columns shown of a longer line."""
_LEAD = 40
"""Columns kept to the left of the carets when a line is cut."""
_FAR = 1 << 30

Range = tuple[int, int]
"""Half-open, 0-based code points within one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The lines of a run's files, and what in them must never be shown."""

    lines: Mapping[tuple[str, int | None], tuple[str, ...]]
    """By path and code cell; with None for the cell, the file as it is written."""
    hidden: Mapping[tuple[str, int | None, int], tuple[Range, ...]]
    """By path, cell and line: ranges in UTF-16 units, 1-based, end exclusive, that a security rule flags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """One line, ready to print."""

    text: str
    caret: int
    """Terminal columns to the left of the first caret."""
    carets: int
    """How many; at least one."""


def read_sources(run: Run) -> Sources:
    """Splits the run's sources once, and collects the ranges that security rules flag."""
    security = {rule.name for rule in run.rules if rule.category == "security"}
    hidden: dict[tuple[str, int | None, int], tuple[Range, ...]] = {}
    for finding in run.findings:
        if finding.rule not in security:
            continue
        place = finding.location
        # A hostile or stale end line must not make this loop long.
        for line in range(place.line, min(max(place.end_line, place.line), place.line + 1000) + 1):
            first = place.column if line == place.line else 1
            last = place.end_column if line == place.end_line else _FAR
            key = (place.path, place.cell, line)
            hidden[key] = (*hidden.get(key, ()), (first, last))
    return Sources(lines=_lines(run), hidden=hidden)


def _lines(run: Run) -> dict[tuple[str, int | None], tuple[str, ...]]:
    lines: dict[tuple[str, int | None], tuple[str, ...]] = {
        (path, None): tuple(LINE_END.split(text)) for path, text in run.sources.items()
    }
    if run.in_file:
        from prodlint import notebook_lines

        for path in {place.path for place in run.in_file}:
            for cell, text in enumerate(notebook_lines.sources(run.sources.get(path, ""))):
                lines[path, cell] = tuple(notebook_lines.cell_lines(text))
    return lines


def source_line(sources: Sources, location: Location) -> str | None:
    """The first line of the range; None when the run does not carry it."""
    lines = sources.lines.get((location.path, location.cell))
    if lines is None or not 1 <= location.line <= len(lines):
        return None
    return lines[location.line - 1]


def code_point_index(line: str, column: int) -> int:
    """The 0-based code point at a 1-based UTF-16 column; the line's length when the column is beyond it."""
    if line.isascii():
        return min(max(column - 1, 0), len(line))
    units = column - 1
    for index, character in enumerate(line):
        if units <= 0:
            return index
        units -= 2 if ord(character) > 0xFFFF else 1
    return len(line)


def one_line_range(line: str, location: Location) -> Range:
    """The part of the range that stands on its first line, at least one code point long where there is one."""
    start = code_point_index(line, location.column)
    end = len(line.rstrip()) if location.end_line > location.line else code_point_index(line, location.end_column)
    return start, max(end, start + 1)


def hidden_ranges(sources: Sources, location: Location, line: str) -> list[Range]:
    """What of the line must not be shown: ranges that security rules flag, and anything that looks like a key."""
    flagged = sources.hidden.get((location.path, location.cell, location.line), ())
    ranges = [(code_point_index(line, first), code_point_index(line, last)) for first, last in flagged]
    return ranges + key_ranges(line)


def masked(line: str, ranges: list[Range], start: int, end: int) -> str:
    """`line[start:end]` with each hidden stretch replaced by one ellipsis."""
    return "".join(_masked_pieces(line, ranges)[start:end])


def _masked_pieces(line: str, ranges: list[Range]) -> list[str]:
    """One string per code point: itself, an ellipsis where a hidden stretch begins, or nothing inside one."""
    pieces = list(line)
    for first, last in ranges:
        for index in range(first, min(last, len(pieces))):
            pieces[index] = ""
    for first, last in ranges:
        if first < min(last, len(pieces)) and (first == 0 or pieces[first - 1] not in {"", "…"}):
            pieces[first] = "…"
    return pieces


def excerpt(sources: Sources, location: Location, style: Style) -> Excerpt | None:
    """The flagged line with hidden parts masked, tabs expanded and control characters escaped."""
    line = source_line(sources, location)
    if line is None:
        return None
    start, end = one_line_range(line, location)
    cells = list(_cells(_masked_pieces(line, hidden_ranges(sources, location, line)), style))
    widths = [width for _, width in cells]
    caret = sum(widths[:start])
    carets = max(sum(widths[start:end]), 1)
    total = sum(widths)
    if total <= _WINDOW:
        return Excerpt(text="".join(text for text, _ in cells).rstrip(), caret=caret, carets=carets)
    return _window(cells, caret, carets, style)


def _cells(pieces: list[str], style: Style) -> Iterator[tuple[str, int]]:
    """Each piece as printed, with its width in terminal columns."""
    column = 0
    for piece in pieces:
        if piece == "\t":
            width = _TAB - column % _TAB
            yield " " * width, width
        elif piece == "…":
            yield style.ellipsis, (width := len(style.ellipsis))
        elif piece == "":
            yield "", (width := 0)
        elif piece.isascii() and piece.isprintable():
            yield piece, (width := 1)
        else:
            text = printable_character(piece, style)
            width = cell_width(text) if len(text) == 1 else len(text)
            yield text, width
        column += width


def _window(cells: list[tuple[str, int]], caret: int, carets: int, style: Style) -> Excerpt:
    """The stretch of a long line that holds the carets, with an ellipsis where it is cut."""
    left = max(0, caret - _LEAD) if caret + min(carets, _LEAD) > _WINDOW else 0
    shown: list[str] = []
    column = begin = 0
    for text, width in cells:
        if column < left:
            begin = column + width
        elif column + width <= left + _WINDOW:
            shown.append(text)
        else:
            break
        column += width
    before = style.ellipsis if left else ""
    after = style.ellipsis if column < sum(width for _, width in cells) else ""
    room = column - caret
    return Excerpt(
        text=before + "".join(shown) + after,
        caret=caret - begin + len(before),
        carets=max(1, min(carets, room)),
    )
