"""What the import statements of a file seem to say, read from its bytes: in a string, too, one counts as such."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prodlint.values import NamedTuple

_COMMENTED = rb"[^()#]*(?:#[^\n]*\n[^()#]*)*"
"""What stands in brackets, up to one. Each byte can be read in one way only, which keeps the time linear."""

_NAMES = rb"[ \t]*(?:\(" + _COMMENTED + rb"(?:#[^\n]*)?\)|[^\n\\;(]*(?:\\(?:\r?\n)?[^\n\\;(]*)*)"
"""What is imported: in brackets over several lines, or up to the end of the line or statement. Brackets that nothing
closes count as closed by the last one in a comment."""

_START = rb"(?:^(?:\xef\xbb\xbf)?|[;:])[ \t\f]*"
"""What stands in front of a statement; a byte order mark in front of the first."""

_BODY = rb"(?:from|import)\b[^\n\\;(]*(?:\\\r?\n[^\n\\;(]*)*" + _NAMES

STATEMENT = rb"(?m:" + _START + _BODY + rb")"
"""One import statement, and a line that begins like one. A text, which `re` compiles when there is a file to ask."""

BY_FIRST_BYTE = tuple(first + rb"[ \t\f]*" + _BODY for first in (rb"\n(?:\xef\xbb\xbf)?", b";", b":"))
"""The same by what stands in front of it, with the end of the line before: fast, since each begins with one byte."""

_PARTS = (
    rb"(?m:"
    + _START
    + rb"(?:from(?:[ \t]|\\\r?\n)+(?P<module>[\w.\x80-\xff]+)(?:[ \t]|\\\r?\n)+import\b(?P<names>"
    + _NAMES
    + rb")|import(?:[ \t]|\\\r?\n)+(?P<plain>"
    + _NAMES
    + rb")))"
)
_LOADED = tuple(
    (len(head) - 1, head[-1:] + rb"(?<=%s)%s\w{0,30}\s*\(\s*[a-zA-Z]?[\"']([\w.\x80-\xff]+)[\"']" % (head, tail))
    for head, tail in ((b"imp", b"ort"), (b"req", b"uire"), (b"az", b"y"))
)
"""What is named to a function or class that loads modules: `import_module("openai")`, `LazyModule("x")`, and how many
bytes before the match its word begins. One pattern for all words would be much slower, as is one that does not begin
with a single byte, the rarest of its word."""
_NAME = rb"([\w.\x80-\xff]+)(?:\s+as\s+[\w\x80-\xff]+)?"
_NOISE = rb"#[^\n]*|\\\r?\n"


class ImportedName(NamedTuple):
    """One name of an import: `from .module import name` (level 1), `import module` (no name)."""

    module: str
    name: str
    level: int


_LONGEST = 300
"""Bytes in front of the word `import` in which its statement begins."""

_INNER = rb"[;:][ \t\f]*(?:from\b[^;:\n]*)?$"
"""The beginning of a statement that does not begin its line, in front of the word `import`."""

_USUAL = (
    rb"[ \t]{0,40}(?:import|from[ \t]{1,9}[\w.]{1,200}[ \t]{1,9}import)\b[^\n\\;(]*(?:\("
    + _COMMENTED
    + rb"\)|(?![^\n]))"
)
"""A statement as nearly all are, which begins its line."""

_RUN = rb"(?:\n+" + _USUAL + rb")+"


def statements(text: bytes) -> list[bytes]:
    """The import statements of a file, in order: by the word `import`, which is found much faster than the whole; and
    behind one of them, the usual ones that follow at once."""
    pattern, run = re.compile(STATEMENT), re.compile(_RUN)
    found: list[bytes] = []
    end = 0
    position = text.find(b"import")
    while position >= 0:
        begins = _beginning(text, position, end)
        match = None if begins is None else pattern.match(text, begins)
        if match is not None and match.end() > position:
            found.append(match[0])
            end = match.end()
            if following := run.match(text, end):
                found += re.findall(_USUAL, following[0])
                end = following.end()
            position = end
        else:
            position += len(b"import")
        position = text.find(b"import", position)
    return found


def _beginning(text: bytes, position: int, end: int) -> int | None:
    """Where the statement may begin to which the word `import` at a position belongs; None in any other text. `end` is
    that of the statement before."""
    lowest = max(end, position - _LONGEST)
    start = text.rfind(b"\n", lowest, position) + 1 or lowest
    head = text[start:position].strip(b" \t\f\r\xef\xbb\xbf")
    if head and not head.startswith(b"from"):
        inner = re.search(_INNER, text[start:position]) if start == end or b";" in head or b":" in head else None
        if inner is not None:
            return start + inner.start()
    before = start
    while text.endswith((b"\\\n", b"\\\r\n"), lowest, before):
        before = text.rfind(b"\n", lowest, before - 1) + 1 or lowest
        if text[before:start].lstrip(b" \t\f").startswith(b"from"):
            return before
    return start if not head or head.startswith(b"from") else None


def loading(text: bytes) -> list[bytes]:
    """The calls by which a file seems to load modules by their names, each up to the name."""
    return [text[match.start() - before : match.end()] for before, match in _loads(text)]


def _loads(text: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
    for before, pattern in _LOADED:
        for match in re.finditer(pattern, text):
            yield before, match


def summary(text: bytes) -> bytes:
    """The parts of a file that `names` and `loaded` read: about a tenth of it."""
    return b"\n".join((*statements(text), *loading(text)))


def names(text: bytes) -> Iterator[ImportedName]:
    """What a file seems to import, in order; names that a module of its own keeps stay as they are in `as`."""
    for match in re.finditer(_PARTS, text):
        if match["plain"] is not None:
            for name in _listed(match["plain"]):
                yield ImportedName(name, "", 0)
            continue
        module = match["module"].decode("utf-8", "replace")
        level = len(module) - len(module.lstrip("."))
        for name in _listed(match["names"]):
            yield ImportedName(module[level:], name, level)


def loaded(text: bytes) -> Iterator[str]:
    """The modules that a file seems to load by their names, without an import."""
    return (match[1].decode("utf-8", "replace") for _, match in _loads(text))


def _listed(text: bytes) -> list[str]:
    return [name.decode("utf-8", "replace") for name in re.findall(_NAME, re.sub(_NOISE, b" ", text))]
