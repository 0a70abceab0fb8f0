"""Which further files the link stage needs: those whose text mentions what it looks for.

A question is plain data, so that it can be asked again in a later run, and its answer is a pure function of a file's
bytes, so that `cache.Index` can keep it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from prodlint.import_text import STATEMENT
from prodlint.screen import LITERAL_BYTES, compile_calls, compile_words
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.sdks.words import Words

_NO_CALL = STATEMENT + rb"|(?m:^[ \t]*class\s+\w+\s*\([^)]*\)\s*:|\bdef\s+\w+)"
"""Where a name stands without being called: imports, the bases of a class, a definition's own name. A framework's base
class is mentioned in thousands of files that do no more than derive from it."""


class Question(NamedTuple):
    """Something that the text of a file answers with yes or no."""

    form: Literal["imports", "calls", "calls from imports", "requests"]
    about: tuple[tuple[str, str], ...]
    """Pairs of words; what they mean depends on the form."""

    @property
    def identity(self) -> bytes:
        """All that the answer depends on beside the text."""
        return "\0".join((self.form, *(f"{word} {beside}" for word, beside in self.about))).encode()

    def answer(self) -> Callable[[bytes], bool]:
        """The function that answers for the bytes of a file."""
        match self.form:
            case "imports":
                return _importing(self.about)
            case "requests":
                return _requesting(self.about)
        return _calling(self.about, self.form != "calls")


def imports_one_of(paths: Iterable[str]) -> Question:
    """Is one of these modules (paths relative to the root) named in an import?"""
    stems = {path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py") for path in paths}
    return Question("imports", tuple((stem, "") for stem in sorted(stems)))


def may_call(wanted: Iterable[tuple[str, str]], *, only_imports: bool) -> Question:
    """Is one of the wanted functions used, not just imported or defined, in a text that has the name beside it?

    With `only_imports` that name must stand in an import.
    """
    return Question("calls from imports" if only_imports else "calls", tuple(sorted(set(wanted))))


def may_request(words: Words) -> Question:
    """Is there a call in the shape of a request, on an object that another module may have made?"""
    return Question("requests", (*((name, ".") for name in words.methods), *((name, "") for name in words.functions)))


def _requesting(about: Iterable[tuple[str, str]]) -> Callable[[bytes], bool]:
    words = [(word.encode(), before, word) for word, before in about]
    whole = lru_cache(maxsize=1)(lambda: compile_calls(*_by_form(words)))
    left = LITERAL_BYTES

    def answer(data: bytes) -> bool:
        nonlocal left
        patterns: Iterable[re.Pattern[bytes]] = ()
        if left <= 0:
            patterns = whole()
        elif there := [word for word in words if word[0] in data]:
            patterns = compile_calls(*_by_form(there))
        left -= len(data)
        return any(pattern.search(data) for pattern in patterns)

    return answer


def _by_form(words: Iterable[tuple[bytes, str, str]]) -> tuple[list[str], list[str]]:
    """The methods and the functions."""
    found: tuple[list[str], list[str]] = ([], [])
    for _, before, word in words:
        found[0 if before else 1].append(word)
    return found


def _importing(about: Iterable[tuple[str, str]]) -> Callable[[bytes], bool]:
    mentions = _Words(stem.encode() for stem, _ in about)
    return lambda data: mentions.are_in(data) and any(mentions.are_in(line) for line in re.findall(STATEMENT, data))


def _calling(wanted: Iterable[tuple[str, str]], only_imports: bool) -> Callable[[bytes], bool]:
    needs: dict[bytes, set[bytes]] = {}
    for name, beside in wanted:
        needs.setdefault(name.encode(), set()).add(beside.encode())
    names = _Words(needs)

    def answer(data: bytes) -> bool:
        if not names.are_in(data):
            return False
        # Most files of a large tree have some of the names. Few have what must stand beside them, and is rarer.
        at = b"\n".join(re.findall(STATEMENT, data)) if only_imports else data
        near = {name for name in names.found_in(data) if any(_stands_in(beside, at) for beside in needs[name])}
        return bool(near) and not near.isdisjoint(names.found_in(re.sub(_NO_CALL, b"", data)))

    return answer


def _stands_in(word: bytes, data: bytes) -> bool:
    return word in data and re.search(rb"\b" + re.escape(word) + rb"\b", data) is not None


class _Words:
    """Identifiers to look for."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self.words = frozenset(words)
        self._fast = compile_words(word.decode() for word in self.words if word.isascii())
        self._is_ascii = all(word.isascii() for word in self.words)

    @cached_property
    def _exact(self) -> re.Pattern[bytes]:
        return re.compile(rb"\b(?:" + b"|".join(sorted(re.escape(word) for word in self.words)) + rb")\b")

    def are_in(self, data: bytes) -> bool:
        """False only when none of the words stands there, not even as a part of another one; fast."""
        return not self._is_ascii or any(pattern.search(data) for pattern in self._fast)

    def found_in(self, data: bytes) -> Set[bytes]:
        """Those that stand there."""
        return set(self._exact.findall(data))
