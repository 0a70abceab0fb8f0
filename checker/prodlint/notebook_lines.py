"""Where the code cells of a notebook stand in its file: from a line of a cell to a line of the JSON.

Code hosts and editors that know no notebooks show the file as it is. Usually each line of a cell is a string on a line
of its own; a cell can as well be one string, and the whole file one line, and the columns then tell the places apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from prodlint.model import Location
from prodlint.notebook import source_ranges
from prodlint.reading import LINE_END

_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)
"""One code point inside a JSON string; two escapes can make one."""

Pieces = Sequence[tuple[int, int]]
"""The source of one cell: half-open ranges of the file's text, in code points, between the quotes of each string."""


def cell_lines(text: str) -> list[str]:
    """The lines of a cell's source, without line ends; a line end at the very end begins no line."""
    lines = LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines


def sources(raw: str) -> list[str]:
    """The source text of each code cell of a notebook, which must be valid JSON."""
    return ["".join(json.loads(f'"{raw[start:end]}"') for start, end in pieces) for pieces in _cells(raw)]


def _cells(raw: str) -> list[Pieces]:
    return [[match.span(1) for match in _STRING.finditer(raw, start, end)] for start, end in source_ranges(raw)]


def places(locations: Iterable[Location], written: Callable[[str], str]) -> dict[Location, Location]:
    """Where places in the cells of notebooks stand in the files; those that a file does not have are left out.

    `written` gives the text of a file by its path.
    """
    found: dict[Location, Location] = {}
    for path, group in groupby(sorted(locations), key=lambda location: location.path):
        raw = written(path)
        cells = _cells(raw)
        for location in group:
            if location.cell is not None and location.cell < len(cells):
                place = _in_file(location, raw, cells[location.cell])
                if place is not None:
                    found[location] = place
    return found


def _in_file(location: Location, raw: str, pieces: Pieces) -> Location | None:
    text, offsets = _characters(raw, pieces)
    first = _index(text, location.line, location.column)
    last = _index(text, location.end_line, location.end_column)
    if first is None:
        return None
    line, column = _position(raw, offsets[first])
    end_line, end_column = _position(raw, offsets[first if last is None else max(first, last)])
    return Location(path=location.path, line=line, column=column, end_line=end_line, end_column=end_column)


def _characters(raw: str, pieces: Pieces) -> tuple[str, Sequence[int]]:
    """A cell's text, and for each of its code points and for its end, where that is in the file."""
    characters: list[str] = []
    offsets: list[int] = []
    for start, end in pieces:
        for match in _CHARACTER.finditer(raw, start, end):
            characters.append(match[0] if match[0][0] != "\\" else json.loads(f'"{match[0]}"'))
            offsets.append(match.start())
    offsets.append(pieces[-1][1] if pieces else 0)
    return "".join(characters), offsets


def _index(text: str, line: int, column: int) -> int | None:
    """The index of the code point at a line and a column (UTF-16 units); None when there is no such line."""
    start = 0
    for _ in range(line - 1):
        end = LINE_END.search(text, start)
        if end is None:
            return None
        start = end.end()
    units = column - 1
    index = start
    while units > 0 and index < len(text) and text[index] not in "\r\n":
        units -= 2 if ord(text[index]) > 0xFFFF else 1
        index += 1
    return index


def _position(raw: str, offset: int) -> tuple[int, int]:
    """Line and column (UTF-16 units) of a place in the file's text, 1-based."""
    # Inside a valid JSON string there is no bare line end, so the lines end where the file's own do.
    start = raw.rfind("\n", 0, offset) + 1
    units = len(raw[start:offset].encode("utf-16-le", "surrogatepass")) // 2
    return raw.count("\n", 0, offset) + 1, units + 1
