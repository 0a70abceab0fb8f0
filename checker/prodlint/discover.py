"""Finds the files to look at, as git sees them, and says which ones it could not take.

Inside a git work tree git itself lists the tracked files and the untracked ones that are not ignored. Elsewhere, and
where git is missing or refuses, `prodlint.walk` reads the directories with git's rules for `.gitignore`.

A directory that is called like code (`x.py`) is one failure, and what is in it is checked all the same. One that is not
named but found, and holds no file, is passed over, as git knows of none.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from prodlint.config import FILE_NAMES, Config
from prodlint.exclusion import Exclusion, relative
from prodlint.values import NamedTuple
from prodlint.walk import list_by_git, list_by_walk

if TYPE_CHECKING:
    from prodlint.findings import Failure

Category = Literal["python", "notebook", "text"]

MAX_TEXT_BYTES = 1_000_000
"""Larger text files are data, not configuration; a file that is named itself is taken whatever its size."""

_CODE: dict[str, Category] = {".py": "python", ".ipynb": "notebook"}
# Texts, and not compiled here: a run over named Python files asks neither.
_TEXT = r"(?s:\.env.*|.*\.(?:env|toml|ya?ml|json|ini|cfg|properties|sh)|Dockerfile.*|docker-compose.*)"
_NOT_TEXT = r"(?s:package-lock\.json|npm-shrinkwrap\.json|\.prodlint-baseline\.json|.*\.lock)"


class UsageError(Exception):
    """A command line that cannot be carried out; it ends with exit code 2."""


class Content(Protocol):
    """Bytes on disk (`OnDisk`) or elsewhere."""

    def read_bytes(self) -> bytes:
        """Return them. Raises OSError."""
        ...


def bytes_of(content: Content | bytes) -> bytes:
    """Return what a file holds, wherever that is. Raises OSError."""
    return content if isinstance(content, bytes) else content.read_bytes()


class OnDisk(str):
    """The absolute path of a file whose bytes are wanted. A run makes one for each file, and a `Path` takes 50 times as
    long to make."""

    __slots__ = ()

    def read_bytes(self) -> bytes:
        """Return what is in the file. Raises OSError."""
        with open(self, "rb") as file:
            return file.read()


class SourceFile(NamedTuple):
    """One file to look at."""

    path: str
    """Relative to the root, `/` separated, printable; bytes that are not UTF-8 are shown as `\\xff`."""
    absolute: OnDisk
    category: Category
    blob: Content | None = None
    """Where the bytes are, when they are not those on disk."""

    @property
    def content(self) -> Content:
        """Where the bytes are."""
        return self.blob or self.absolute


class Discovery(NamedTuple):
    """All files of a run."""

    files: tuple[SourceFile, ...]
    """By path, each once."""
    failures: tuple[Failure, ...]
    """By path: what looks like a file to take and is none that can be read."""
    excluded: tuple[str, ...] = ()
    """Files named on the command line that `force-exclude` left out."""


class _Entry(NamedTuple):
    """A path that may become a file."""

    path: str
    """Absolute."""
    category: Category


def find_root(paths: Sequence[Path]) -> Path:
    """Return the directory from which paths are reported: the git work tree's top around all the given paths.

    Without git it is the nearest directory with a prodlint configuration or a pyproject.toml. Without that it is the
    working directory, whichever paths below it are given; only for other paths, and in the home or the topmost
    directory, it is the directory that the paths have in common. Absolute; symbolic links are left as they are.
    """
    given = [os.path.abspath(path) for path in paths] or [os.getcwd()]
    common = Path(os.path.commonpath([path if os.path.isdir(path) else os.path.dirname(path) for path in given]))
    above = (common, *common.parents)
    for directory in above:
        if os.path.exists(directory / ".git"):
            return directory
    for directory in above:
        if any(os.path.isfile(directory / name) for name in FILE_NAMES):
            return directory
    here = Path(os.getcwd())
    # The whole project is searched for callers, and a home directory is no project.
    if here in above and here not in (Path(here.anchor), Path(os.path.expanduser("~"))):
        return here
    return next(directory for directory in above if os.path.isdir(directory))


def discover(paths: Sequence[Path], root: Path, config: Config) -> Discovery:
    """Return the files under `paths`, which are files and directories relative to the working directory.

    Raises UsageError for a path that does not exist.
    """
    base = os.path.abspath(root)
    rules_from = os.path.abspath(config.directory or root)
    failures: dict[str, Failure] = {}
    found: dict[str, _Entry] = {}
    forced = Exclusion(config, base, rules_from) if config.force_exclude else None
    excluded: list[str] = []
    directories: list[str] = []
    for path in paths:
        absolute = os.path.abspath(path)
        if not os.path.lexists(absolute):
            raise UsageError(f"{path}: no such file or directory")
        if forced and forced.covers(absolute):
            excluded.append(shown(absolute, base))
        elif os.path.isdir(absolute):
            directories.append(absolute)
            if _looks_like_code(absolute) and absolute != base:
                _note(failures, absolute, base, _IS_DIRECTORY)
        elif reason := _defect(absolute):
            _note(failures, absolute, base, reason)
        else:
            found[absolute] = _Entry(path=absolute, category=_category_of_named(absolute))
    for directory in dict.fromkeys(directories):
        exclusion = forced or Exclusion(config, directory, rules_from)
        for entry in _below(directory, base, exclusion, failures):
            found.setdefault(entry.path, entry)
    entries = _once(found.values()) if len(paths) > 1 else found.values()
    files = (SourceFile(path=shown(path, base), absolute=OnDisk(path), category=category) for path, category in entries)
    return Discovery(
        files=tuple(sorted(files, key=lambda file: file.path)),
        failures=tuple(failures[name] for name in sorted(failures)),
        excluded=tuple(sorted(excluded)),
    )


def _once(entries: Iterable[_Entry]) -> Iterable[_Entry]:
    """Return the entries without those that lead to the file of another one, by links that were named."""
    chosen: dict[str, _Entry] = {}
    for real, _, entry in sorted(
        (os.path.realpath(entry.path), os.path.islink(entry.path), entry) for entry in entries
    ):
        if real not in chosen or entry.path == real:
            chosen[real] = entry
    return chosen.values()


def in_repository(path: Path) -> Path:
    """A directory, or a file in one, that is reached through a symbolic link to a directory, as its own repository has
    it: so files have the same paths, and their findings the same fingerprints, whichever way leads to them. Any other
    path as it is."""
    absolute = os.path.abspath(path)
    if not os.path.isdir(absolute):
        folder, name = os.path.split(absolute)
        own = in_repository(Path(folder)) if os.path.isdir(folder) else Path(folder)
        return path if str(own) == folder else own / name
    if _is_below_git(absolute) and not os.path.islink(absolute):
        return path
    real = os.path.realpath(absolute)
    return Path(real) if real != absolute and _is_below_git(real) else path


def _is_below_git(directory: str) -> bool:
    return any(os.path.lexists(above / ".git") for above in (Path(directory), *Path(directory).parents))


def category(name: str) -> Category | None:
    """Return what a file is by its name; None when it is nothing to look at."""
    dot = name.rfind(".")
    code = _CODE.get(name[dot:]) if dot > 0 else None
    if code:
        return code
    return "text" if re.fullmatch(_TEXT, name) and not re.fullmatch(_NOT_TEXT, name) else None


def _below(directory: str, base: str, exclusion: Exclusion, failures: dict[str, Failure]) -> Iterator[_Entry]:
    """Yield what a directory holds; links last, because a link to a file that is taken anyway is left out."""
    names, unreadable = list_by_git(directory)
    if names is None:
        names, unreadable = list_by_walk(directory, exclusion, base)
    for path, reason in unreadable:
        _note(failures, path, base, reason)
    links: list[_Entry] = []
    taken: list[str] = []
    for path in _kept(names, exclusion, failures, base):
        kind = category(path[path.rfind(os.sep) + 1 :])
        if kind is None:
            continue
        entry = _Entry(path=path, category=kind)
        try:
            status = os.lstat(path)
        except OSError:
            status = None
        if status is not None and stat.S_ISLNK(status.st_mode):
            links.append(entry)
        elif _is_good_file(entry, status) or _is_wanted(entry, failures, base):
            taken.append(path)
            yield entry
    if links:
        yield from _wanted_links(links, taken, failures, base)


def _wanted_links(links: list[_Entry], taken: list[str], failures: dict[str, Failure], base: str) -> Iterator[_Entry]:
    """Yield the links that lead to a file inside the root which is not taken under another name."""
    inside = os.path.realpath(base)
    real = {os.path.realpath(path) for path in taken}
    for entry in links:
        target = os.path.realpath(entry.path)
        if os.path.exists(entry.path) and (target in real or not relative(target, inside)):
            continue
        if _is_wanted(entry, failures, base):
            real.add(target)
            yield entry


def _kept(names: Iterable[str], exclusion: Exclusion, failures: dict[str, Failure], base: str) -> Iterator[str]:
    """Yield the listed files that are not excluded, by name; a directory that looks like code is noted once."""
    for path in sorted(names):
        if exclusion.covers(path):
            continue
        if ".py/" in path or ".ipynb/" in path:
            for parent in _parents_like_code(path, exclusion.start, base):
                _note(failures, parent, base, _IS_DIRECTORY)
        yield path


def _parents_like_code(path: str, start: str, base: str) -> Iterator[str]:
    """Yield the directories around a file, up to the one that was asked for; the root is no part of the project."""
    parent = os.path.dirname(path)
    while len(parent) >= len(start) and parent != base:
        if _looks_like_code(parent):
            yield parent
        parent = os.path.dirname(parent)


def _looks_like_code(directory: str) -> bool:
    return os.path.splitext(directory)[1] in _CODE


def _is_good_file(entry: _Entry, status: os.stat_result | None) -> bool:
    """True for what `_is_wanted` is sure to take, told from one look: nearly all files of a large tree."""
    return (
        status is not None
        and stat.S_ISREG(status.st_mode)
        and (entry.category != "text" or status.st_size <= MAX_TEXT_BYTES)
        and _EDITOR_LOCK not in entry.path
        and hasattr(os, "geteuid")
        and status.st_uid == os.geteuid()
        and status.st_mode & stat.S_IRUSR != 0
    )


def _is_wanted(entry: _Entry, failures: dict[str, Failure], base: str) -> bool:
    """Tell whether a listed file can be taken, and note why not.

    One that has gone is no failure: git lists deleted files as long as they are tracked.
    """
    if not os.path.lexists(entry.path) or os.path.basename(entry.path).startswith(_EDITOR_LOCK):
        return False
    reason = _defect(entry.path)
    if reason and not (entry.category == "text" and reason in (_IS_DIRECTORY, _IS_DANGLING)):
        _note(failures, entry.path, base, reason)
    return not reason and not (entry.category == "text" and os.path.getsize(entry.path) > MAX_TEXT_BYTES)


_EDITOR_LOCK = ".#"
"""Emacs leaves a link to nothing beside each file that is being edited."""
_IS_DANGLING = "is a symbolic link to nothing"
_IS_DIRECTORY = "is a directory, not a file"
_KINDS = {
    stat.S_IFIFO: "is a named pipe, not a file",
    stat.S_IFSOCK: "is a socket, not a file",
    stat.S_IFCHR: "is a device, not a file",
    stat.S_IFBLK: "is a device, not a file",
    stat.S_IFDIR: _IS_DIRECTORY,
}


def _defect(path: str) -> str:
    """Return why a path cannot be read as a file, without opening it (a pipe would wait for ever), or nothing."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return _IS_DANGLING
    except OSError as error:
        # A loop of links, a directory on the way that must not be entered.
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISREG(mode):
        return _KINDS.get(stat.S_IFMT(mode), "is not a regular file")
    return "" if os.access(path, os.R_OK) else "cannot be read: Permission denied"


def _category_of_named(path: str) -> Category:
    """Return the category of a file that the user names, which is taken whatever it is called."""
    name = os.path.basename(path)
    if kind := category(name):
        return kind
    from prodlint.reading import is_python

    first = b""
    if "." not in name:
        with open(path, "rb") as file:
            first = file.readline(200)
    return "python" if is_python(name, first) else "text"


def _note(failures: dict[str, Failure], path: str, base: str, reason: str) -> None:
    from prodlint.findings import Failure

    name = shown(path, base)
    failures.setdefault(name, Failure(path=name, line=None, message=reason))


def shown(path: str, base: str) -> str:
    """Return an absolute path as reports name it: from `base`, `/` separated, printable."""
    inner = relative(path, base) or os.path.relpath(path, base).replace(os.sep, "/")
    return inner if inner.isascii() else os.fsencode(inner).decode("utf-8", "backslashreplace")
