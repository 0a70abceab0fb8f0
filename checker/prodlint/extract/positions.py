"""Source positions for chosen nodes of a libcst tree.

libcst's `PositionProvider` computes line and column for every node with a regular expression per token, at about
twice the cost of parsing. Here code generation only counts characters, and only the nodes that facts refer to are
noted; offsets become lines and columns when a fact asks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, TypeAlias

import libcst as cst

from prodlint.facts import Span

WANTED: frozenset[type[cst.CSTNode]] = frozenset(
    {
        cst.Call,
        cst.Arg,
        cst.SimpleString,
        cst.ConcatenatedString,
        cst.FormattedString,
        cst.DictElement,
        cst.StarredDictElement,
        cst.FunctionDef,
        cst.ClassDef,
        cst.Lambda,
        cst.Param,
        cst.Assign,
        cst.AnnAssign,
        cst.AugAssign,
        cst.For,
        cst.While,
        cst.If,
        cst.With,
        cst.Try,
        cst.TryStar,
        cst.Del,
        cst.NamedExpr,
        cst.IfExp,
        cst.CompIf,
        cst.CompFor,
        cst.MatchCase,
        cst.IndentedBlock,
        cst.SimpleStatementSuite,
    }
)


_BEHIND = " \t\f\r\n\\:"
"""What stands between the header of a definition and its body."""


class _NoRecord:
    """A context manager that does nothing, made once."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class _Record:
    def __init__(self, counter: Counter, key: int) -> None:
        self.counter = counter
        self.key = key
        self.start = counter.offset

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.counter.ranges[self.key] = (self.start, self.counter.offset)


_NO_RECORD = _NoRecord()


class Counter:
    """Stands in for libcst's `CodegenState`: counts characters instead of collecting tokens."""

    def __init__(self, default_indent: str, default_newline: str) -> None:
        self.default_indent = default_indent
        self.default_newline = default_newline
        self.tokens = ("",)  # libcst only asks whether there are any
        self.indents: list[str] = []
        self.indent_width = 0
        self.offset = 0
        self.starts: dict[int, int] = {}
        self.ranges: dict[int, tuple[int, int]] = {}

    def increase_indent(self, value: str) -> None:
        self.indents.append(value)
        self.indent_width += len(value)

    def decrease_indent(self) -> None:
        self.indent_width -= len(self.indents.pop())

    def add_indent_tokens(self) -> None:
        self.offset += self.indent_width

    def add_token(self, value: str) -> None:
        self.offset += len(value)

    def pop_trailing_newline(self) -> None:
        return None

    def is_wanted(self, node: cst.CSTNode) -> bool:
        """True for the nodes whose range is noted."""
        return type(node) in WANTED

    def before_codegen(self, node: cst.CSTNode) -> None:
        if self.is_wanted(node):
            self.starts[id(node)] = self.offset

    def after_codegen(self, node: cst.CSTNode) -> None:
        if self.is_wanted(node):
            key = id(node)
            if key not in self.ranges:
                self.ranges[key] = (self.starts[key], self.offset)

    def record_syntactic_position(self, node: cst.CSTNode, **_: object) -> _NoRecord | _Record:
        if self.is_wanted(node):
            return _Record(self, id(node))
        return _NO_RECORD


Ranges: TypeAlias = dict[int, tuple[int, int]]
"""Start and end of wanted nodes, in characters, by `id`."""


def ranges_of_module(module: cst.Module) -> Ranges:
    """The ranges of a tree that libcst has parsed, in the text that it makes of it."""
    return _ranges(module, Counter(module.default_indent, module.default_newline))


def ranges_of(node: cst.BaseExpression, text: str, start: int) -> Ranges | None:
    """The ranges of an expression that libcst has parsed of a text that begins at `start` of a file; None where libcst
    has not kept all of the text."""
    counter = Counter("", "\r\n" if "\r\n" in text else "\n")
    counter.offset = start
    found = _ranges(node, counter)
    return found if counter.offset == start + len(text) else None


def _ranges(node: cst.CSTNode, counter: Counter) -> Ranges:
    state: Any = counter
    node._codegen(state)
    return counter.ranges


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

    def span(self, node: cst.CSTNode) -> Span:
        """The range of a wanted node; of its parentheses only what is inside."""
        start, end = self._ranges[id(node)]
        return Span(*self._point(start), *self._point(end))

    def text_of(self, node: cst.CSTNode) -> str:
        """The source of a wanted node."""
        start, end = self._ranges[id(node)]
        return self._text[start:end]

    def header(self, node: cst.FunctionDef | cst.ClassDef | cst.Lambda) -> Span:
        """From the start of the definition to the start of its body."""
        start, end = self._ranges[id(node)]
        body = self._ranges.get(id(node.body))
        if body is not None:
            end = body[0]
        text = self._text[start:end].rstrip(_BEHIND)
        comment = node.body.header.comment if isinstance(node.body, cst.IndentedBlock) else None
        if comment is not None and text.endswith(comment.value):
            text = text[: -len(comment.value)].rstrip(_BEHIND)
        end = start + len(text)
        return Span(*self._point(start), *self._point(end))

    def point(self, node: cst.CSTNode) -> Span:
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
    starts = [0]
    if "\r" not in text:
        position = text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = text.find("\n", position + 1)
        return starts
    for index, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[index + 1 : index + 2] != "\n"):
            starts.append(index + 1)
    return starts
