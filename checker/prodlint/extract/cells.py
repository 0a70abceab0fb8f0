"""Notebooks of which some cells are not Python: what is left of them."""

from __future__ import annotations

from prodlint.extract import SyntaxFailure, parses
from prodlint.facts import BrokenCell


def without_broken_cells(text: str, cells: tuple[int, ...]) -> tuple[str, tuple[BrokenCell, ...]]:
    """The joined text of a notebook with each cell blanked that does not parse; all lines stay where they are.

    `cells` are the first lines (1-based) of the cells.
    """
    lines = text.split("\n")
    broken: list[BrokenCell] = []
    for cell, (start, end) in enumerate(zip(cells, (*cells[1:], len(lines)), strict=True)):
        try:
            parses("\n".join(lines[start - 1 : end - 1]) + "\n")
        except SyntaxFailure as error:
            broken.append(BrokenCell(cell, error.line or 1, str(error)))
            lines[start - 1 : end - 1] = [""] * (end - start)
    return "\n".join(lines), tuple(broken)
