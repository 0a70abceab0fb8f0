"""Which further files the link stage needs: those whose text mentions what it looks for.

A question is plain data, so that it can be asked again in a later run, and its answer is a pure function of a file's
path and bytes, so that `cache.Index` can keep it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from prodlint.import_text import STATEMENT, loading, statements
from prodlint.screen import LITERAL_BYTES, compile_calls, compile_words
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.sdks.words import Words

_NO_CALL = STATEMENT + rb"|(?m:^[ \t]*class\s+\w+\s*\([^)]*\)\s*:|\bdef\s+\w+)"
"""Where a name stands without being called: imports, the bases of a class, a definition's own name. A framework's base
class is mentioned in thousands of files that do no more than derive from it."""


Answer: TypeAlias = Callable[[str, bytes], bool]
"""Says yes or no for the path and the text of a file."""


class Question(NamedTuple):
    """Something that a file answers with yes or no."""

    form: Literal["imports", "same imports", "calls", "calls from imports", "requests"]
    about: tuple[tuple[str, str], ...]
    """Pairs of words; what they mean depends on the form."""

    @property
    def identity(self) -> bytes:
        """All that the answer depends on beside the file."""
        return "\0".join((self.form, *(f"{word} {beside}" for word, beside in self.about))).encode()

    @property
    def is_about_imports(self) -> bool:
        """True for a question to the `import_text.summary` of a file, which its answer is given instead of the text."""
        return self.form in ("imports", "same imports")

    def answer(self) -> Answer:
        """The function that answers for a file."""
        match self.form:
            case "imports":
                return _importing(module for module, _ in self.about)
            case "same imports":
                known = dict(self.about)
                return lambda path, data: known.get(path) == _digest(data)
            case "requests":
                return _requesting(self.about)
        return _calling(self.about, self.form != "calls")


def _digest(data: bytes) -> str:
    from hashlib import blake2b  # which a run over a plain file does without

    return blake2b(data, digest_size=16).hexdigest()


def may_import(modules: Iterable[str]) -> Question:
    """May an import mean one of these modules (paths relative to the root)? It says yes too often, never too rarely."""
    return Question("imports", tuple((module, "") for module in sorted(modules)))


def has_imports(texts: Mapping[str, bytes]) -> Question:
    """Is the `import_text.summary` of each file, by path, still that?"""
    return Question("same imports", tuple((path, _digest(text)) for path, text in sorted(texts.items())))


def may_call(wanted: Iterable[tuple[str, str]], *, only_imports: bool) -> Question:
    """Is one of the wanted functions used, not just imported or defined, in a text that has the name beside it?

    With `only_imports` that name must stand in an import. In place of the name there may be a folder, with a slash
    behind it, below which the file must stand.
    """
    return Question("calls from imports" if only_imports else "calls", tuple(sorted(set(wanted))))


def may_request(words: Words) -> Question:
    """Is there a call in the shape of a request, on an object that another module may have made?"""
    return Question("requests", (*((name, ".") for name in words.methods), *((name, "") for name in words.functions)))


def _requesting(about: Iterable[tuple[str, str]]) -> Answer:
    words = [(word.encode(), before, word) for word, before in about]
    whole = lru_cache(maxsize=1)(lambda: compile_calls(*_by_form(words)))
    left = LITERAL_BYTES

    def answer(path: str, data: bytes) -> bool:
        del path
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


_ROOTS = ("", "src", "lib")
"""Folders from which code is imported by its own name alone, from anywhere."""

_BARE = re.compile(rb"\bfrom[ \t]*\.[. \t]*import\b")


def _importing(modules: Iterable[str]) -> Answer:
    """An import names a module by its own name and its folder's, or stands below that folder and names it alone."""
    named: dict[bytes, list[tuple[bytes, str]]] = {}
    packages: list[str] = []
    for module in modules:
        base = module.removesuffix(".py")
        if base.endswith("/__init__"):
            base = base.removesuffix("/__init__")
            packages.append(f"{base}/")
        folder, _, name = base.rpartition("/")
        beside = b"" if folder in _ROOTS else folder.rpartition("/")[2].encode()
        named.setdefault(name.encode(), []).append((beside, f"{folder}/" if folder else ""))
    inside = tuple(packages)
    pairs = {(word, *place) for word, places in named.items() for place in places}
    rarer = _Words(max(word, beside, key=len) for word, beside, _ in pairs)
    below = tuple(folder for word, beside, folder in pairs if len(beside) > len(word))

    def means(path: str, text: bytes) -> bool:
        """True when one of the modules is named in a text, and what stands beside it as well."""
        return any(
            beside in text or path.startswith(folder)
            for word in named.keys() & re.findall(rb"[\w\x80-\xff]+", text)
            for beside, folder in named[word]
        )

    def answer(path: str, data: bytes) -> bool:
        if path.startswith(inside) and _BARE.search(data):
            return True
        if not (path.startswith(below) or rarer.are_in(data)):
            return False  # the longer of two names is the rarer one
        return means(path, data) and any(means(path, part) for part in (*statements(data), *loading(data)))

    return answer


def _calling(wanted: Iterable[tuple[str, str]], only_imports: bool) -> Answer:
    needs: dict[bytes, set[bytes]] = {}
    for name, beside in wanted:
        needs.setdefault(name.encode(), set()).add(beside.encode())
    names = _Words(needs)

    def is_near(beside: bytes, path: str, text: bytes) -> bool:
        return path.startswith(beside.decode()) if beside.endswith(b"/") else _stands_in(beside, text)

    def answer(path: str, data: bytes) -> bool:
        if not names.are_in(data):
            return False
        # Most files of a large tree have some of the names. Few have what must stand beside them, and is rarer.
        at = b"\n".join(statements(data)) if only_imports else data
        near = {name for name in names.found_in(data) if any(is_near(beside, path, at) for beside in needs[name])}
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
