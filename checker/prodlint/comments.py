"""Comments and statements of a file, told apart without parsing it.

Unlike `tokenize` this knows the syntax of no particular version of Python, and a broken file does not stop it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from prodlint.values import dataclass, field

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')'''
    r"|(?P<comment>\#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<continued>\\\n)|(?P<end>\n)",
    re.DOTALL,
)


_PLAIN_TOKEN = re.compile(r"""(?<![^\s=:,\[({])(?:"(?:\\.|[^"\\])*"|'[^']*')|#.*""")
"""A quoted value, which begins where a value can (an apostrophe does not), or a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment, from its `#` to the end of the line."""

    line: int
    """1-based."""
    start: int
    """Of its `#` in the line, 0-based, in code points."""
    text: str


@dataclass(slots=True)
class Layout:
    """How the lines of one file, all 1-based, make statements."""

    lines: Sequence[str]
    comments: list[Comment] = field(default_factory=list)
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    """First and last line of each statement that has more than one, by each of its lines."""
    bare: set[int] = field(default_factory=set)
    """Lines with nothing but a comment."""
    closed: set[int] = field(default_factory=set)
    """Lines to which no comment can be added: they end inside a string, or go on behind a backslash."""

    def span(self, line: int) -> tuple[int, int]:
        """Return the first and the last line of the statement that holds a line."""
        return self.spans.get(line, (line, line))


def python_layout(text: str) -> Layout:
    """Return the layout of Python source with `\\n` as its only line end."""
    found = Layout(text.split("\n"))
    line, line_start, depth, first = 1, 0, 0, 1
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "comment":
            if not text[line_start : token.start()].strip():
                found.bare.add(line)
            found.comments.append(Comment(line=line, start=token.start() - line_start, text=token[0]))
        elif kind in ("open", "close"):
            depth = max(depth + (1 if kind == "open" else -1), 0)
        newlines = token[0].count("\n")
        if newlines:
            if kind != "end":
                found.closed.update(range(line, line + newlines))
            line += newlines
            line_start = token.start() + token[0].rindex("\n") + 1
        if kind == "end" and depth == 0:
            _note(found, first, line - 1)
            first = line
    _note(found, first, line)
    return found


def plain_layout(text: str) -> Layout:
    """Return the layout of a file in which each `#` outside of quotes begins a comment: `.env`, YAML, TOML."""
    found = Layout(text.split("\n"))
    for number, line in enumerate(found.lines, 1):
        comment = next((match for match in _PLAIN_TOKEN.finditer(line) if match[0].startswith("#")), None)
        if comment is not None:
            if not line[: comment.start()].strip():
                found.bare.add(number)
            found.comments.append(Comment(line=number, start=comment.start(), text=comment[0]))
    return found


def _note(found: Layout, first: int, last: int) -> None:
    for line in range(first, last + 1) if last > first else ():
        found.spans[line] = (first, last)


def unix_lines(text: str) -> str:
    """Return a text with `\\n` as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
