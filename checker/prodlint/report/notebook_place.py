"""Places in notebooks for readers that know files and lines only."""

from __future__ import annotations

from collections.abc import Mapping

from prodlint.model import Location


def on_disk(location: Location, in_file: Mapping[Location, Location]) -> Location | None:
    """The place in the file as it is written, which for a notebook is its JSON; None when that is not known.

    `in_file` is `Run.in_file`.
    """
    return location if location.cell is None else in_file.get(location)


def cell_words(location: Location | None) -> str:
    """What stands before a message about a place in a notebook: `code cell 3, line 2: `, counted from 1."""
    if location is None or location.cell is None:
        return ""
    return f"code cell {location.cell + 1}, line {location.line}: "
