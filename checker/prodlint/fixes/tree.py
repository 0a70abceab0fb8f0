"""One parsed program with the place of every node, for edits of its text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

import libcst as cst

from prodlint.extract import limits
from prodlint.extract.by_libcst import Counter
from prodlint.extract.positions import line_starts
from prodlint.extract.problems import SyntaxFailure
from prodlint.model import Location

NodeT = TypeVar("NodeT", bound=cst.CSTNode)
Range = tuple[int, int]
"""Half-open, offsets in code points."""


class UnparsableError(Exception):
    """The text is no Python that libcst can parse."""


class _EveryNode(Counter):
    """Notes every node, its range, and the node around it: all while the code is written, as `CSTNode.children` takes
    three times as long as parsing."""

    def __init__(self, default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent, default_newline)
        self.nodes: list[cst.CSTNode] = []
        self.parents: dict[int, cst.CSTNode] = {}
        self.extents: dict[int, Range] = {}
        """Where a node and all that stands in it are in `nodes`."""
        self._around: list[cst.CSTNode] = []

    def is_wanted(self, node: cst.CSTNode) -> bool:
        return True

    def before_codegen(self, node: cst.CSTNode) -> None:
        if self._around:
            self.parents[id(node)] = self._around[-1]
        self._around.append(node)
        self.extents[id(node)] = (len(self.nodes), 0)
        self.nodes.append(node)
        self.starts[id(node)] = self.offset

    def after_codegen(self, node: cst.CSTNode) -> None:
        self._around.pop()
        self.extents[id(node)] = (self.extents[id(node)][0], len(self.nodes))
        super().after_codegen(node)


class Tree:
    """A program's text, its nodes, where they stand, and what they stand in."""

    def __init__(self, text: str, cells: tuple[int, ...] = ()) -> None:
        """Raises UnparsableError."""
        try:
            limits.check(text)
            self.module = cst.parse_module(text)
            state: Any = _EveryNode(self.module.default_indent, self.module.default_newline)
            self.module._codegen(state)
            self._ranges: dict[int, Range] = state.ranges
            self.parents: dict[int, cst.CSTNode] = state.parents
            self.nodes: list[cst.CSTNode] = state.nodes
            self._extents: dict[int, Range] = state.extents
        except (cst.ParserSyntaxError, SyntaxFailure, RecursionError) as error:
            raise UnparsableError(str(error).partition("\n")[0]) from None
        if "\f" in text and self.module.code != text:
            # libcst loses form feeds in front of statements: every place behind one would be wrong.
            raise UnparsableError("it has a form feed in front of a statement")
        self.text = text
        self.cells = cells
        self.newline = self.module.default_newline
        self.indent = self.module.default_indent
        self._lines = line_starts(text)

    @cached_property
    def _by_type(self) -> dict[type[cst.CSTNode], list[cst.CSTNode]]:
        found: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        for node in self.nodes:
            found.setdefault(type(node), []).append(node)
        return found

    @cached_property
    def _by_range(self) -> dict[Range, list[cst.CSTNode]]:
        """Not made for a file that was fixed already, in which no place is looked for."""
        found: dict[Range, list[cst.CSTNode]] = {}
        for node in self.nodes:
            found.setdefault(self._ranges[id(node)], []).append(node)
        return found

    # places

    def range(self, node: cst.CSTNode) -> Range:
        """Where a node stands, without the parentheses and the comma around it."""
        return self._ranges[id(node)]

    def find(self, node: cst.CSTNode) -> Range | None:
        """`range`; None for the few nodes that are not written as a whole."""
        return self._ranges.get(id(node))

    def code(self, node: cst.CSTNode) -> str:
        """The source of a node."""
        start, end = self.range(node)
        return self.text[start:end]

    def line_start(self, offset: int) -> int:
        """Where the line begins that holds an offset."""
        return self._lines[bisect_right(self._lines, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where the text of the line ends that holds an offset."""
        index = bisect_right(self._lines, offset)
        end = self._lines[index] if index < len(self._lines) else len(self.text)
        while end > offset and self.text[end - 1] in "\r\n":
            end -= 1
        return end

    def next_line(self, offset: int) -> int:
        """Where the line after the one that holds an offset begins; the end of the text after the last."""
        index = bisect_right(self._lines, offset)
        return self._lines[index] if index < len(self._lines) else len(self.text)

    def margin(self, offset: int) -> str:
        """The white space at the start of the line that holds an offset."""
        start = self.line_start(offset)
        end = start
        while end < len(self.text) and self.text[end] in " \t\f":
            end += 1
        return self.text[start:end]

    def offset(self, line: int, column: int, cell: int | None) -> int:
        """The offset of a 1-based line and UTF-16 column; of a line within a notebook's cell."""
        number = line + (self.cells[cell] - 1 if cell is not None else 0)
        if number > len(self._lines):
            return len(self.text)
        start = self._lines[number - 1]
        units, position = 1, start
        while units < column and position < len(self.text):
            units += 2 if ord(self.text[position]) > 0xFFFF else 1
            position += 1
        return position

    def span(self, location: Location) -> Range:
        """A location's range."""
        return (
            self.offset(location.line, location.column, location.cell),
            self.offset(location.end_line, location.end_column, location.cell),
        )

    def location(self, path: str, start: int, end: int) -> Location:
        """A range as a location; one that begins in a notebook's cell ends in it."""
        line, column = self._point(start)
        end_line, end_column = self._point(end)
        cell, shift = self.cell_of(line)
        return Location(
            path=path,
            line=line - shift,
            column=column,
            end_line=end_line - shift,
            end_column=end_column,
            cell=cell,
        )

    def cell_of(self, line: int) -> tuple[int | None, int]:
        """The cell of a line of the joined text, and how many lines stand before it."""
        index = bisect_right(self.cells, line) - 1
        return (index, self.cells[index] - 1) if index >= 0 else (None, 0)

    def line_number(self, offset: int) -> int:
        """The 1-based line that holds an offset."""
        return bisect_right(self._lines, offset)

    def _point(self, offset: int) -> tuple[int, int]:
        line = self.line_number(offset)
        before = self.text[self._lines[line - 1] : offset]
        return line, len(before) + sum(1 for character in before if ord(character) > 0xFFFF) + 1

    # nodes

    def of(self, kind: type[NodeT]) -> list[NodeT]:
        """The nodes of exactly one type, in the order of the text."""
        return cast("list[NodeT]", self._by_type.get(kind, []))

    def at(self, span: Range, *kinds: type[cst.CSTNode]) -> cst.CSTNode | None:
        """The outermost node of these kinds that takes up exactly a range."""
        return next((node for node in self._by_range.get(span, ()) if isinstance(node, kinds)), None)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a node stands in, innermost first."""
        current = self.parents.get(id(node))
        while current is not None:
            yield current
            current = self.parents.get(id(current))

    def parent(self, node: cst.CSTNode) -> cst.CSTNode:
        """What a node stands in; the module for the module."""
        return self.parents.get(id(node), self.module)

    def enclosing(self, node: cst.CSTNode, kind: type[NodeT]) -> NodeT | None:
        """The innermost node of a kind that a node stands in."""
        return next((outer for outer in self.ancestors(node) if isinstance(outer, kind)), None)

    def within(self, node: cst.CSTNode) -> Sequence[cst.CSTNode]:
        """A node and everything in it."""
        start, end = self._extents[id(node)]
        return self.nodes[start:end]

    def scope(self, node: cst.CSTNode) -> cst.FunctionDef | cst.Lambda | cst.Module:
        """The innermost function or lambda around a node, else the module. A decorator, a default and an annotation
        stand outside of their function."""
        inner = node
        for outer in self.ancestors(node):
            if isinstance(outer, cst.Lambda) and inner is outer.body:
                return outer
            if isinstance(outer, cst.FunctionDef) and inner is outer.body:
                return outer
            inner = outer
        return self.module

    def is_in_string(self, node: cst.CSTNode) -> bool:
        """True inside an f-string, where a line break is not allowed before Python 3.12."""
        kinds = (cst.FormattedString, cst.FormattedStringExpression, cst.TemplatedString)
        return any(isinstance(outer, kinds) for outer in self.ancestors(node))

    def comments(self) -> list[str]:
        """The text of every comment, in order."""
        return [node.value for node in self.of(cst.Comment)]


def dotted(node: cst.BaseExpression | cst.CSTNode | None) -> str:
    """`a.b.c` for a chain of names; empty for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr.value}" if base else ""
    return ""
