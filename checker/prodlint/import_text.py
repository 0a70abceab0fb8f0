"""What the import statements of a file seem to say, read from its bytes: in a string, too, one counts as such."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prodlint.values import NamedTuple

_NAMES = rb"[ \t]*(?:\((?:[^()#]|#[^\n]*)*\)|(?:[^\n\\;(]|\\\r?\n|\\)*)"
"""What is imported: in brackets over several lines, or up to the end of the line or statement."""

_START = rb"(?:^(?:\xef\xbb\xbf)?|[;:])[ \t\f]*"
"""What stands in front of a statement; a byte order mark in front of the first."""

STATEMENT = rb"(?m:" + _START + rb"(?:from|import)\b(?:[^\n\\;(]|\\\r?\n)*(?:" + _NAMES + rb"))"
"""One import statement, and a line that begins like one. A text, which `re` compiles when there is a file to ask."""

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
    (word, word + rb"\w{0,30}\s*\(\s*[a-zA-Z]?[\"']([\w.\x80-\xff]+)[\"']") for word in (b"import", b"require", b"azy")
)
"""Words, and what is named to a function or class that loads modules: `import_module("openai")`, `LazyModule("x")`.
One pattern would be much slower than one for each word."""
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


def statements(text: bytes) -> list[bytes]:
    """The import statements of a file, in order: by the word `import`, which is found much faster than the whole."""
    pattern = re.compile(STATEMENT)
    found: list[bytes] = []
    end = 0
    position = text.find(b"import")
    while position >= 0:
        begins = _beginning(text, position, end)
        match = None if begins is None else pattern.match(text, begins)
        if match is not None and match.end() > position:
            found.append(match[0])
            end = position = match.end()
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
    return [match[0] for word, pattern in _LOADED if word in text for match in re.finditer(pattern, text)]


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
    for word, pattern in _LOADED:
        if word in text:
            for match in re.finditer(pattern, text):
                yield match[1].decode("utf-8", "replace")


def _listed(text: bytes) -> list[str]:
    return [name.decode("utf-8", "replace") for name in re.findall(_NAME, re.sub(_NOISE, b" ", text))]
