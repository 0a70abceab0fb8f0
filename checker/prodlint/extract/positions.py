"""Where the nodes of a tree stand: offsets become lines and columns when a fact asks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeAlias

from prodlint.extract import syntax
from prodlint.facts import Span

_BEHIND = " \t\f\r\n\\:"
"""What stands between the header of a definition and its body."""


Ranges: TypeAlias = dict[int, tuple[int, int]]
"""Start and end of wanted nodes, in characters, by `id`."""


class Positions:
    """Ranges of the wanted nodes of one module, as spans."""

    def __init__(self, ranges: Ranges, text: str, numbers: Sequence[int] = (), written: str = "") -> None:
        """`numbers`: which line of the file each line of the text is (1-based); empty where the text is all of it.
        `written` is the text of which libcst has dropped some form feeds in front of statements."""
        self._ranges = ranges
        self._text = text
        self._numbers = numbers
        self._has_pairs = not text.isascii() and max(text) > "\uffff"
        self._starts = line_starts(text)
        self._left_out = _left_out(written, text) if "\f" in written else {}

    def span(self, node: syntax.Node) -> Span:
        """The range of a wanted node; of its parentheses only what is inside."""
        start, end = self._ranges[id(node)]
        return Span(*self._point(start), *self._point(end))

    def text_of(self, node: syntax.Node) -> str:
        """The source of a wanted node."""
        start, end = self._ranges[id(node)]
        return self._text[start:end]

    def header(self, node: syntax.FunctionDef | syntax.ClassDef | syntax.Lambda) -> Span:
        """From the start of the definition to the start of its body."""
        start, end = self._ranges[id(node)]
        body = self._ranges.get(id(node.body))
        if body is not None:
            end = body[0]
        text = self._text[start:end].rstrip(_BEHIND)
        comment = node.body.comment if isinstance(node.body, syntax.Suite) else None
        if comment is not None and text.endswith(comment):
            text = text[: -len(comment)].rstrip(_BEHIND)
        end = start + len(text)
        return Span(*self._point(start), *self._point(end))

    def point(self, node: syntax.Node) -> Span:
        """The first line of a wanted node only, for compound statements."""
        line, column = self._point(self._ranges[id(node)][0])
        return Span(line, column, line, column)

    def _point(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        column = offset - start + self._left_out.get(line, 0) + 1
        number = self._numbers[line - 1] if self._numbers else line
        if not self._has_pairs:
            return number, column
        return number, column + sum(1 for char in self._text[start:offset] if ord(char) > 0xFFFF)


def _left_out(written: str, kept: str) -> dict[int, int]:
    """How many characters are missing from the beginning of a line, by line."""
    lines = zip(written.split("\n"), kept.split("\n"), strict=False)
    return {number: len(full) - len(left) for number, (full, left) in enumerate(lines, 1) if full != left}


def line_starts(text: str) -> list[int]:
    """Offsets of the first character of each line; lines end as Python sees them: LF, CR LF or CR."""
    if "\r" not in text:
        return [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]
    starts = [0]
    for index, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[index + 1 : index + 2] != "\n"):
            starts.append(index + 1)
    return starts
