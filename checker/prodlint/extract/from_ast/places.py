"""Where the interpreter's nodes stand in a text, and what stands between them."""

from __future__ import annotations

import ast
import re
from typing import Any, TypeVar

from prodlint.extract import syntax
from prodlint.extract.positions import Ranges, line_starts

N = TypeVar("N", bound=syntax.Node)

_SPACE = r"(?:\s|\\\n|#[^\n]*)*"
_BLANK = re.compile(_SPACE)
_CLOSING = re.compile(_SPACE + r"\)")
_COMMENT = re.compile(r"#[^\n]*")


class NotHereError(Exception):
    """The text has syntax that cannot be made of the interpreter's nodes."""


class Places:
    """Places in one text, as offsets in characters."""

    def __init__(self, written: str, text: str) -> None:
        """`text` is what was parsed, in which everything stands where it does in what is written."""
        self.written = written
        self.text = text
        self.starts = line_starts(text)
        self.is_ascii = text.isascii()
        self.ranges: Ranges = {}
        self._tables: dict[int, list[int]] = {}
        """For lines: which character each byte is of; empty where each is one."""

    def offset(self, line: int, column: int) -> int:
        """Where a place is that the interpreter gives: lines from 1, columns in bytes of UTF-8 from 0."""
        start = self.starts[line - 1]
        if self.is_ascii or not column:
            return start + column
        table = self._tables.get(line)
        if table is None:
            end = self.starts[line] if line < len(self.starts) else len(self.text)
            table = self._tables[line] = _characters(self.text[start:end])
        return start + (table[column] if table else column)

    def start(self, node: Any) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: Any) -> int:
        return self.offset(node.end_lineno, node.end_col_offset)

    def at(self, made: N, start: int, end: int) -> N:
        """A node, of which it is noted that it stands there."""
        self.ranges[id(made)] = start, end
        return made

    def placed(self, made: N, node: ast.AST) -> N:
        """A node that was made of another one, and stands where that does."""
        return self.at(made, self.start(node), self.end(node))

    def _opened(self, start: int, end: int) -> int:
        """How many parentheses are open at the end of a stretch without other code, beyond those of its beginning."""
        gap = self.text[start:end]
        if "(" not in gap and ")" not in gap:
            return 0
        return _COMMENT.sub("", gap).count("(")

    def _closing(self, start: int, end: int) -> int:
        """How many parentheses are closed in a stretch without other code."""
        return _COMMENT.sub("", self.text[start:end]).count(")")

    def _behind_blank(self, position: int) -> int:
        found = _BLANK.match(self.text, position)
        return position if found is None else found.end()

    def _closed(self, position: int, count: int) -> int:
        """Behind so many closing parentheses."""
        for _ in range(count):
            found = _CLOSING.match(self.text, position)
            if found is None:
                raise NotHereError
            position = found.end()
        return position

    def _leading(self, start: int, end: int, count: int) -> int:
        """Where the last `count` opening parentheses of a stretch without other code begin; its end for none."""
        if not count:
            return end
        gap = self._without_comments(start, end)
        for _ in range(count):
            gap = gap[: gap.rindex("(")]
        return start + len(gap)

    def _last(self, word: str, start: int, end: int) -> int:
        """Where a word stands for the last time in a stretch."""
        return start + self._without_comments(start, end).rindex(word)

    def _without_comments(self, start: int, end: int) -> str:
        """A stretch without other code, with blanks for its comments."""
        return _COMMENT.sub(lambda comment: " " * len(comment[0]), self.text[start:end])


def _characters(line: str) -> list[int]:
    if line.isascii():
        return []
    found = [number for number, char in enumerate(line) for _ in char.encode("utf-8", "surrogatepass")]
    return [*found, len(line)]
