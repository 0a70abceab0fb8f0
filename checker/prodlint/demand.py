"""Which further files the link stage needs: those whose text mentions what it looks for.

A question is plain data, so that it can be asked again in a later run, and its answer is a pure function of a file's
path and bytes, so that `file_index.Index` can keep it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from prodlint.import_text import BY_FIRST_BYTE, loading, statements
from prodlint.screen import LITERAL_BYTES, compile_calls, compile_words
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.sdks.words import Words

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
                return _importing(_Modules(module for module, _ in self.about))
            case "same imports":
                known = dict(self.about)
                return lambda path, data: known.get(path) == digest(data).hex()
            case "requests":
                return _requesting(self.about)
        return _calling(self.about, self.form != "calls")

    def likely(self, mentions: Mentions) -> Set[str]:
        """Of the files that are known there, all that say yes to a question about imports, and some more; by path."""
        if self.form == "same imports":
            return {path for path, _ in self.about}
        return mentions.of(_Modules(module for module, _ in self.about))


class Mentions:
    """What files import, and by which words: a question about imports is put only to those that mention a module."""

    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}
        """The `import_text.summary` of each file, by path."""
        self._paths: dict[bytes, list[str]] = {}
        """The files in whose summaries a line stands; most lines stand in many."""
        self._with: defaultdict[bytes, list[list[str]]] = defaultdict(list)
        """The same, for each line in which a word stands."""
        self._bare: list[list[str]] = []
        """The same, for each line that names nothing but dots behind a `from`."""

    def add(self, path: str, text: bytes) -> None:
        """Take note of a file's summary."""
        self.texts[path] = text
        for line in text.split(b"\n"):
            paths = self._paths.get(line)
            if paths is None:
                paths = self._paths[line] = self._new(line)
            paths.append(path)

    def _new(self, line: bytes) -> list[str]:
        paths: list[str] = []
        for word in _words(line):
            self._with[word].append(paths)
        if _BARE.search(line):
            self._bare.append(paths)
        return paths

    def of(self, modules: _Modules) -> set[str]:
        """All files in which one of the modules may be meant, and few others."""
        found = {path for paths in self._bare for path in paths if path.startswith(modules.packages)}
        every = b" %s " % b" ".join(self._with)
        around = cache(lambda part: self._any(_words_around(part, every)))
        for word, places in modules.named.items():
            paths = self._any((word,))
            parts = {max(_words(beside), key=len, default=b"") for beside, _ in places if paths}
            folders = tuple(folder for _, folder in places)
            found.update(paths if b"" in parts else (path for path in paths if path.startswith(folders)))
            found.update(*(around(part) & paths for part in parts if part))
        return found

    def _any(self, words: Iterable[bytes]) -> set[str]:
        return set().union(*(paths for word in words for paths in self._with.get(word, ())))


def _words_around(part: bytes, words: bytes) -> Iterator[bytes]:
    """Of words between spaces, those in which a part stands."""
    at = words.find(part)
    while at >= 0:
        end = words.index(b" ", at)
        yield words[words.rindex(b" ", 0, at) + 1 : end]
        at = words.find(part, end)


def digest(data: bytes) -> bytes:
    """Tells a text from all others; 16 bytes."""
    from hashlib import blake2b  # which a run over a plain file does without

    return blake2b(data, digest_size=16).digest()


def may_import(modules: Iterable[str]) -> Question:
    """May an import mean one of these modules (paths relative to the root)? It says yes too often, never too rarely."""
    return Question("imports", tuple((module, "") for module in sorted(modules)))


def has_imports(texts: Mapping[str, bytes]) -> Question:
    """Is the `import_text.summary` of each file, by path, still that?"""
    return Question("same imports", tuple((path, digest(text).hex()) for path, text in sorted(texts.items())))


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

_BARE = re.compile(rb"from(?<=\bfrom)[ \t]*\.[. \t]*import\b")

_ASCII_SPACED = bytes(
    byte if byte < 0x80 and (chr(byte).isalnum() or chr(byte) == "_") else 0x20 for byte in range(256)
)
_SPACED = _ASCII_SPACED[:0x80] + bytes(range(0x80, 0x100))
"""All bytes of which no word consists become spaces: for words of ASCII, and of any letters."""


def _words(text: bytes) -> list[bytes]:
    return text.translate(_SPACED).split()


class _Modules:
    """An import names a module by its own name and its folder's, or stands below that folder and names it alone."""

    def __init__(self, modules: Iterable[str]) -> None:
        self.named: dict[bytes, list[tuple[bytes, str]]] = {}
        """By a module's own name: what must stand beside it, or else the folder below which the import must stand."""
        packages: list[str] = []
        for module in modules:
            base = module.removesuffix(".py")
            if base.endswith("/__init__"):
                base = base.removesuffix("/__init__")
                packages.append(f"{base}/")
            folder, _, name = base.rpartition("/")
            beside = b"" if folder in _ROOTS else folder.rpartition("/")[2].encode()
            self.named.setdefault(name.encode(), []).append((beside, f"{folder}/" if folder else ""))
        self.packages = tuple(packages)
        """The folders of those that are packages."""

    def are_meant(self, path: str, text: bytes) -> bool:
        """True when one of them is named in a text, and what stands beside it as well."""
        return any(
            beside in text or path.startswith(folder)
            for word in self.named.keys() & _words(text)
            for beside, folder in self.named[word]
        )


def _importing(modules: _Modules) -> Answer:
    def answer(path: str, data: bytes) -> bool:
        if path.startswith(modules.packages) and _BARE.search(data):
            return True
        if not modules.are_meant(path, data):
            return False
        return any(modules.are_meant(path, part) for part in (*statements(data), *loading(data)))

    return answer


def _calling(wanted: Iterable[tuple[str, str]], only_imports: bool) -> Answer:
    needs: dict[bytes, set[bytes]] = {}
    for name, beside in wanted:
        needs.setdefault(name.encode(), set()).add(beside.encode())
    besides = frozenset().union(*needs.values())
    folders = {beside: beside.decode() for beside in besides if beside.endswith(b"/")}
    patterns = compile_words(name.decode() for name in needs if name.isascii())
    is_ascii = all(name.isascii() for name in needs)
    names, others = _Words(needs), _Words(besides - folders.keys())
    either = _Words({*names.words, *others.words})

    def answer(path: str, data: bytes) -> bool:
        if is_ascii and not any(pattern.search(data) for pattern in patterns):
            return False
        # Most files of a large tree have some of the names. Few have what must stand beside them.
        here = names.found_in(data) if only_imports else either.found_in(data)
        near = {beside for beside, folder in folders.items() if path.startswith(folder)}
        near |= others.found_in(b"\n".join(statements(data))) if only_imports else here
        called = {name for name in needs.keys() & here if not near.isdisjoint(needs[name])}
        return bool(called) and bool(_Words(called).found_in(_without_definitions(data)))

    return answer


class _Words:
    """Words to look for. They stand between other bytes than letters of ASCII, digits and underscores."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self.words = frozenset(words)
        self._plain = frozenset(word for word in self.words if word.translate(_ASCII_SPACED).split() == [word])

    def found_in(self, data: bytes) -> Set[bytes]:
        """Those that stand there."""
        others = {word for word in self.words - self._plain if _stands_in(word, data)}
        return others.union(self._plain.intersection(data.translate(_ASCII_SPACED).split()))


_NO_CALL = (*BY_FIRST_BYTE, rb"\n[ \t]*class\s+\w+\s*\([^)]*\)\s*:", rb"def(?<=\bdef)\s+\w+")
"""Where a name stands without being called: imports, the bases of a class, a definition's own name, each with the end
of the line before where it begins a line. A framework's base class is mentioned in thousands of files that do no more
than derive from it."""


def _without_definitions(data: bytes) -> bytes:
    """A text without all that `_NO_CALL` finds, from left to right; one alternation is three times slower."""
    text = b"\n" + data
    patterns = [re.compile(pattern) for pattern in _NO_CALL]
    found = [pattern.search(text) for pattern in patterns]
    left: list[bytes] = []
    end = 1
    while first := min(filter(None, found), key=re.Match.start, default=None):
        left.append(text[end : first.start() + first[0].startswith(b"\n")])
        end = first.end()
        since = end - text.startswith(b"\n", end - 1)
        found = [
            pattern.search(text, since) if match and match.start() < since else match
            for pattern, match in zip(patterns, found, strict=True)
        ]
    return b"".join((*left, text[end:]))


def _stands_in(word: bytes, data: bytes) -> bool:
    return word in data and re.search(rb"\b" + re.escape(word) + rb"\b", data) is not None
