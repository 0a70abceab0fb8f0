"""A file without the bodies of its functions: enough for what it defines, and a small part of the work.

The text is cut by its indentation, not by a parse. Whoever uses the pieces parses them, so that a wrong cut shows.
"""

from __future__ import annotations

import re

from prodlint.values import NamedTuple

_TOKEN = re.compile(
    r"""
    ["'#\\\n()\[\]{}]  # one of these in front, so that `re` need not try each alternative at each character
    (?:
        (?<=") (?: ""(?:[^\\"]|\\.|"(?!""))*""\" | (?:[^\\"\n]|\\.)*" )
      | (?<=') (?: ''(?:[^\\']|\\.|'(?!''))*''' | (?:[^\\'\n]|\\.)*' )
      | (?<=\#) [^\n]*
      | (?<=\\) \n
      | (?<=\n) (?P<line>[ ]*) (?=[^\s#])
      |
    )
    """,
    re.DOTALL | re.VERBOSE,
)
"""Strings, comments, continued lines, the beginnings of lines with code, and single characters: brackets."""

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")

_DEFINITION = re.compile(r"(?:async[ \t]+)?def\b")

_KEPT = re.compile(r"(?:^|[;:])[ \t]*(?:import|from|global|class)\b|\bglobals\b", re.MULTILINE)
"""Statements in a body that say something of the whole module, and classes, which may extend those of others."""


class Outline(NamedTuple):
    """A text in which most function bodies are `...`."""

    text: str
    numbers: tuple[int, ...]
    """Which line of the whole text each line is (1-based)."""
    bodies: tuple[tuple[int, int], ...]
    """The first and the last line (1-based, inclusive) of each that was taken out, in order."""


def outline(text: str) -> Outline | None:
    """A text without the bodies of its functions and of the methods of its classes; None where it cannot be cut.

    What is defined deeper, in a branch or in another function, stays as it is.
    """
    if "\r" in text or "\f" in text or "\t" in text:
        return None
    starts = _statements(text)
    if starts is None:
        return None
    lines = text.split("\n")
    kept: list[str] = []
    numbers: list[int] = []
    bodies: list[tuple[int, int]] = []
    done = 0
    for (line, column), (first, inner), last in _definitions(starts, lines):
        if inner > column and first > line and not _must_stay("\n".join(lines[first - 1 : last])):
            bodies.append((first, last))
            kept += [*lines[done : first - 1], " " * inner + "..."]
            numbers += range(done + 1, first + 1)
            done = last
    kept += lines[done:]
    numbers += range(done + 1, len(lines) + 1)
    return Outline("\n".join(kept), tuple(numbers), tuple(bodies))


def _must_stay(body: str) -> bool:
    return ("import" in body or "global" in body or "class" in body) and _KEPT.search(body) is not None


def _statements(text: str) -> list[tuple[int, int]] | None:
    """Line (1-based) and column (0-based) at which each logical line begins, in order; None where brackets do not
    match."""
    found: list[tuple[int, int]] = []
    depth = line = position = 0
    for token in _TOKEN.finditer("\n" + text):
        line += token.string.count("\n", position, token.end())
        position = token.end()
        mark = token[0]
        if mark in _OPENING:
            depth += 1
        elif mark in _CLOSING:
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0 and token["line"] is not None:
            found.append((line, len(token["line"])))
    return None if depth else found


def _definitions(starts: list[tuple[int, int]], lines: list[str]) -> list[tuple[tuple[int, int], tuple[int, int], int]]:
    """The functions of the module and the methods of its classes: where the definition and the body begin, and the last
    line of the body."""
    found: list[tuple[tuple[int, int], tuple[int, int], int]] = []
    inside = -1
    """The column of the class body around this line; -1: none."""
    is_header = False
    number = 0
    while number < len(starts):
        line, column = starts[number]
        code = lines[line - 1][column:]
        if column == 0:
            inside, is_header = -1, code.startswith("class ")
        elif is_header:
            inside, is_header = column, False
        number += 1
        if column not in (0, inside) or not _DEFINITION.match(code) or number == len(starts):
            continue
        body = starts[number]
        while number < len(starts) and starts[number][1] > column:
            number += 1
        last = starts[number][0] - 1 if number < len(starts) else len(lines)
        found.append(((line, column), body, last))
    return found
