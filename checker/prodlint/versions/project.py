"""What a project says of a library's version, seen from one of its files: the nearest directory first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from prodlint.values import dataclass
from prodlint.versions import manifests
from prodlint.versions.ranges import exact, holds, is_range, newest, newest_named

MAX_BYTES = 20_000_000
"""A longer file is no lock file."""

FOLDERS = ("requirements",)
"""Beside the directory itself: where some projects keep their requirement files."""

INSTALLED = ".dist-info"
"""End of the name of a directory that lies beside a distribution's packages, and has its `METADATA`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one project file says of one distribution."""

    specifier: str
    """PEP 440 range, empty for any version."""
    file: str
    """Relative to the project root, `/` separated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The version that a project uses, as far as its files tell."""

    version: str
    origin: str
    """For messages: `locked in uv.lock`, `pinned in requirements.txt`, `allowed by pyproject.toml`."""
    allowed: str = ""
    """The PEP 440 range that the files allow."""


class ProjectVersions:
    """Reads the lock and requirement files of a project when they are asked for, each once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._by_folder: dict[str, dict[str, tuple[Statement, ...]]] = {}

    def statements(self, path: str, distribution: str) -> tuple[Statement, ...]:
        """What is said of a distribution in the directories around a file, from the nearest to the root.

        `path` is relative to the root and `/` separated; `distribution` is written in any way.
        """
        name = manifests.normalised(distribution)
        found: list[Statement] = []
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            found.extend(self._in_folder(folder).get(name, ()))
        return tuple(found)

    @property
    def folders(self) -> Iterable[str]:
        """The directories, relative to the root, whose files were asked for so far."""
        return self._by_folder

    def digest(self, folder: str) -> bytes:
        """Tells what a directory's project files say from all else that they could say."""
        digest = blake2b(digest_size=16)
        for file, text in self._files(folder):
            digest.update(f"{file}\0{len(text)}\0{text}".encode("utf-8", "surrogatepass"))
        return digest.digest()

    def _in_folder(self, folder: str) -> dict[str, tuple[Statement, ...]]:
        known = self._by_folder.get(folder)
        if known is None:
            known = {}
            for file, text in self._files(folder):
                for name, specifier in manifests.read(file.rpartition("/")[2], text):
                    known[name] = (*known.get(name, ()), Statement(specifier=specifier, file=file))
            self._by_folder[folder] = known
        return known

    def _files(self, folder: str) -> Iterator[tuple[str, str]]:
        """The project files of a directory with their texts, by precedence, each followed by those it includes."""
        present = list(self._names(folder))
        names = [name for name in present if manifests.is_manifest(name)]
        names.extend(f"{name}/METADATA" for name in present if name.endswith(INSTALLED))
        for inner in FOLDERS:
            names.extend(f"{inner}/{name}" for name in self._names(_joined(folder, inner)) if name.endswith(".txt"))
        seen: set[str] = set()
        waiting = [_joined(folder, name) for name in sorted(names, key=manifests.precedence)]
        while waiting:
            file = waiting.pop(0)
            text = None if file in seen else self._text(file)
            seen.add(file)
            if text is not None:
                yield file, text
                included = manifests.includes(text) if file.endswith((".txt", ".in")) else ()
                waiting[:0] = [inside for name in included if (inside := self._inside(file, name))]

    def _names(self, folder: str) -> Iterable[str]:
        try:
            return os.listdir(self._root / folder)
        except OSError:
            return ()

    def _text(self, file: str) -> str | None:
        path = self._root / file
        try:
            if path.stat().st_size > MAX_BYTES or not path.is_file():
                return None
            return path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            return None

    @staticmethod
    def _inside(file: str, included: str) -> str:
        """The path of an included file; empty for one outside the project, which is none of its own."""
        path = os.path.normpath(os.path.join(os.path.dirname(file), included)).replace(os.sep, "/")
        return "" if os.path.isabs(path) or path.startswith("..") or "://" in included else path


def choose(statements: Iterable[Statement], known: Iterable[str]) -> Choice | None:
    """The version in use: the nearest exact one that the nearest range allows, else the newest known in that range.

    `known` are the releases about which facts exist. None when nothing narrows the version down.
    """
    limit: Statement | None = None
    for statement in statements:
        pinned = exact(statement.specifier)
        if pinned and (limit is None or holds(limit.specifier, pinned)):
            is_lock = statement.file.rpartition("/")[2] in manifests.LOCKS
            origin = f"{'locked' if is_lock else 'pinned'} in {statement.file}"
            return Choice(version=pinned, origin=origin, allowed=f"=={pinned}")
        if not pinned and statement.specifier and limit is None and is_range(statement.specifier):
            limit = statement
    if limit is None:
        return None
    version = newest(known, limit.specifier) or newest_named(limit.specifier)
    return Choice(version=version, origin=f"allowed by {limit.file}", allowed=limit.specifier) if version else None


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
