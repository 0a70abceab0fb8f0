"""The function bodies of a module that was read for what it defines: each is read when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

from prodlint.facts import ANY_NAME, FileFacts

BodyReader: TypeAlias = "Callable[[FileFacts, Sequence[str], Collection[int]], FileFacts]"
"""Gives the facts of a file, of which the lines are given, with those of some more of its `unread` functions."""


class Growth:
    """Counts what modules have read since they were taken into a program."""

    def __init__(self) -> None:
        self.count = 0


class Bodies:
    """The text of a module, and who can read it."""

    def __init__(self, text: str, unread: dict[int, tuple[int, int]], reader: BodyReader, growth: Growth) -> None:
        self._lines = text.split("\n")
        self._unread = unread
        self._reader = reader
        self._growth = growth

    def read(self, facts: FileFacts, functions: Collection[int]) -> FileFacts:
        """The facts with those of some more bodies."""
        self._growth.count += 1
        return self._reader(facts, self._lines, functions)

    def changing(self, name: str) -> list[int]:
        """The functions, of those that were unread at first, whose bodies seem to change what is called so: an
        attribute that is assigned, a dict that is given an item."""
        return self._changing.get(name, [])

    def changed(self) -> Iterable[str]:
        """The names of all that the bodies seem to change."""
        return self._changing.keys()

    @cached_property
    def _changing(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for function, (first, last) in self._unread.items():
            for name in sorted(set(_changed("\n".join(self._lines[first - 1 : last])))):
                found.setdefault(name, []).append(function)
        return found


_ASSIGNED = r"(?:[-+*/|&^%@]|//|\*\*|<<|>>)?=(?!=)"

_ATTRIBUTES = re.compile(rf"\.(\w+)[ \t]*(?:\[[^\n]*\][ \t]*)?(?::[^=\n]*)?{_ASSIGNED}")
_ITEMS = re.compile(rf"\][ \t]*{_ASSIGNED}")
_METHODS = re.compile(r"\.(?:update|setdefault|pop|popitem|clear|set)\b")
_MERGED = re.compile(r"\|=")
_TARGETS = tuple(
    re.compile(start + r"[ \t]*([(\[]?[\w.\[\]\"' \t*]+,[^=\n()]*[)\]]?[ \t]*)=(?!=)") for start in (r"\n", ":", ";")
)
_ENTERED = re.compile(r"as(?<!\was)[ \t]+\(?(\w[\w., \t]*)")
_DELETED = re.compile(r"del(?<!\wdel)\b([^\n]*)")
"""Patterns that begin with a literal, which `re` finds many times faster than a word or an alternative."""

_UNCLEAR = re.compile(r"\\\n|^[^\n(\[{=]*[)\]}][^\n]*=(?!=)", re.MULTILINE)
"""Lines that go on, and brackets that are closed in front of a `=`: targets over several lines."""


def _changed(body: str) -> Iterator[str]:
    if "setattr" in body:
        yield ANY_NAME
    if "setattr" in body or _UNCLEAR.search(body):
        yield from re.findall(r"\w+", body)
        return
    text = f"\n{body}"
    yield from _ATTRIBUTES.findall(text)
    for pattern in (_METHODS, _MERGED):
        for match in pattern.finditer(text):
            yield from re.findall(r"(\w+)[ \t]*$", _line_before(text, match.start()))
    for match in _ITEMS.finditer(text):
        yield from re.findall(r"(\w+)[ \t]*\[", _line_before(text, match.start()))
    for pattern in (*_TARGETS, _ENTERED, _DELETED):
        for part in pattern.findall(text):
            yield from re.findall(r"\w+", part)


def _line_before(text: str, position: int) -> str:
    return text[text.rfind("\n", 0, position) + 1 : position]
