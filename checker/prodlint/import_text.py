"""What the import statements of a file seem to say, read from its bytes: in a string, too, one counts as such."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prodlint.values import NamedTuple

_NAMES = rb"[ \t]*(?:\((?:[^()#]|#[^\n]*)*\)|(?:[^\n\\;(]|\\\r?\n|\\)*)"
"""What is imported: in brackets over several lines, or up to the end of the line or statement."""

STATEMENT = rb"(?m:(?:^|[;:])[ \t]*(?:from|import)\b(?:[^\n\\;(]|\\\r?\n)*(?:" + _NAMES + rb"))"
"""One import statement, and a line that begins like one. A text, which `re` compiles when there is a file to ask."""

_PARTS = (
    rb"(?m:(?:^|[;:])[ \t]*(?:from(?:[ \t]|\\\r?\n)+(?P<module>[\w.]+)(?:[ \t]|\\\r?\n)+import\b(?P<names>"
    + _NAMES
    + rb")|import(?:[ \t]|\\\r?\n)+(?P<plain>"
    + _NAMES
    + rb")))"
)
_LOADED = tuple(
    (word, word + rb"\w{0,30}\s*\(\s*[a-zA-Z]?[\"']([\w.]+)[\"']") for word in (b"import", b"require", b"azy")
)
"""Words, and what is named to a function or class that loads modules: `import_module("openai")`, `LazyModule("x")`.
One pattern would be much slower than one for each word."""
_NAME = rb"([\w.]+)(?:\s+as\s+\w+)?"
_NOISE = rb"#[^\n]*|\\\r?\n"


class ImportedName(NamedTuple):
    """One name of an import: `from .module import name` (level 1), `import module` (no name)."""

    module: str
    name: str
    level: int


def statements(text: bytes) -> list[bytes]:
    """The import statements of a file, in order: by the word `import`, which is found much faster than the whole."""
    pattern = re.compile(STATEMENT)
    found: list[bytes] = []
    end = 0
    position = text.find(b"import")
    while position >= 0:
        start = text.rfind(b"\n", end, position) + 1 or end
        while start > end and text.endswith((b"\\\n", b"\\\r\n"), end, start):
            start = text.rfind(b"\n", end, start - 1) + 1 or end
        head = text[start:position].strip()
        match = pattern.search(text, start) if not head or b"from" in head or head.endswith((b";", b":")) else None
        if match is not None and match.start() <= position < match.end():
            found.append(match[0])
            end = position = match.end()
        else:
            position += len(b"import")
        position = text.find(b"import", position)
    return found


def summary(text: bytes) -> bytes:
    """The parts of a file that `names` and `loaded` read: of both they say the same. About a tenth of it."""
    loading = [match[0] for word, pattern in _LOADED if word in text for match in re.finditer(pattern, text)]
    return b"\n".join((*statements(text), *loading))


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
