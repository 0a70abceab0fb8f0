"""What a run remembers for the next one, in `.prodlint_cache` at the project's root.

Three kinds of entries. `facts/`: what extraction says of a text, by a digest of that text; so a change of rules,
configuration or path costs nothing. `links/`: what the link stage made of a project, with the digests of all that it
has read (`linking.py`). `index-*`: files that were found to hold nothing of interest, by size, times and inode, and
what files answered to questions about their text.

The folder lies in the project under analysis, which may bring entries of its own making: to hide a finding, or to run
code when they are unpickled. So every entry is sealed with a key that only the user has (in the user's cache folder,
made on first use), and what bears no valid seal is treated as if it were not there. Sealing also catches entries cut
short or damaged. Pickle was chosen because facts share their parts: written out as a tree, a value can grow without
bound. Whatever cannot be read or written is passed over in silence: the cache never changes what a run says.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from prodlint.file_index import Index
from prodlint.findings import Failure
from prodlint.userdir import is_own, user_folder, write_whole

if TYPE_CHECKING:
    from prodlint.facts import FileFacts

NAME = ".prodlint_cache"
MAX_BYTES = 200_000_000
"""Above this the entries that were not used for the longest time are removed, down to three quarters."""
_SEAL = 32
_FRESH_SECONDS = 86_400
"""How old the time of an entry may be before a use renews it."""
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is a cache of prodlint. It may be removed at any time: `prodlint clean`.\n"
)
_LINK_PARTS = ("frameworks", "link", "sdks/models", "versions")
_LINK_MODULES = ("linking.py", "surroundings.py")
"""What a linked project depends on, and facts do not."""
_PARTS = ("extract", "extract/from_ast", "secrets", "sdks")
_MODULES = (
    "cache.py",
    "credentials.py",
    "demand.py",
    "discover.py",
    "facts.py",
    "file_index.py",
    "faults.py",
    "findings.py",
    "import_text.py",
    "magics.py",
    "model.py",
    "notebook.py",
    "notebook_lines.py",
    "parallel.py",
    "reading.py",
    "screen.py",
    "soundness.py",
    "triage.py",
    "values.py",
)
"""With the packages above: all that an entry depends on."""


class Cache:
    """The entries of one folder; `folder` is empty for a cache that holds nothing and keeps nothing."""

    def __init__(self, folder: str = "", key: bytes = b"") -> None:
        self.folder = folder
        self._key = key
        self._stamp = _stamp(_PARTS, _MODULES, _versions()) if folder else b""
        self._written = False

    def facts(self, data: bytes, kind: str, path: str) -> FileFacts | Failure | None:
        """What extraction said of this text before; None when it was not asked. `path` goes into a failure."""
        if not self.folder:
            return None
        outcome: FileFacts | tuple[int | None, str, int | None] | None = self._loaded(self._name(data, kind))
        if not isinstance(outcome, tuple):
            return outcome
        line, message, cell = outcome
        return Failure(path=path, line=line, message=message, cell=cell)

    def keep(self, data: bytes, kind: str, outcome: FileFacts | Failure) -> None:
        """Remember what extraction says of a text; facts hold no secret."""
        if self.folder:
            plain = (outcome.line, outcome.message, outcome.cell) if isinstance(outcome, Failure) else outcome
            self._store(self._name(data, kind), plain)

    def linked(self, about: bytes) -> object:
        """What was kept about a project under the same description; None when there is nothing."""
        found: object = self._loaded(self._link_name(about)) if self.folder else None
        return found

    def keep_linked(self, about: bytes, value: object) -> None:
        """Remember what the link stage made of a project; `value` can be pickled."""
        if self.folder:
            self._store(self._link_name(about), value)

    def _loaded(self, name: str) -> Any:
        """The value of an entry; None when there is none that can be read."""
        body = self._read(name)
        if body is None:
            return None
        import pickle

        try:
            value = pickle.loads(body)
        except Exception:  # sealed, and yet of another version of Python or of this module
            return None
        self._renew(name)
        return value

    def _store(self, name: str, value: object) -> None:
        import pickle

        self._write(name, pickle.dumps(value, protocol=5))

    @cached_property
    def _link_stamp(self) -> bytes:
        return _stamp(_LINK_PARTS, _LINK_MODULES, self._stamp)

    def _link_name(self, about: bytes) -> str:
        digest = blake2b(about, digest_size=24, key=self._link_stamp).hexdigest()
        return os.path.join("links", digest[:2], digest[2:])

    def index(self, root: str, screen: object) -> Index:
        """What is remembered about the files below a root; it holds for what the screen and the scan look for."""
        about = os.fsencode(root) + b"\0" + repr(screen).encode()
        name = f"index-{blake2b(about, digest_size=8).hexdigest()}"
        body = self._read(name) if self.folder else None
        try:
            stamp, files, answers = marshal.loads(body) if body is not None else (b"", {}, {})
        except (EOFError, ValueError, TypeError):
            stamp, files, answers = b"", {}, {}
        known = stamp == self._stamp
        return Index(files if known else {}, answers if known else {}, name)

    def finish(self, index: Index, *, is_whole: bool = False) -> None:
        """Write the index where it has changed, and keep the folder within its bounds.

        `is_whole`: the run has looked at all files that the index is about; what it has not seen is gone.
        """
        if not self.folder:
            return
        if is_whole:
            index.forget_unseen()
        if index.is_changed:
            self._write(index.name, marshal.dumps((self._stamp, index.files, index.answers)))
        if self._written:
            _evict(self.folder, MAX_BYTES)

    def _name(self, data: bytes, kind: str) -> str:
        digest = blake2b(data, digest_size=24, key=self._stamp, person=kind.encode()).hexdigest()
        return os.path.join("facts", digest[:2], digest[2:])

    def _seal(self, name: str, body: bytes) -> bytes:
        return blake2b(name.replace(os.sep, "/").encode() + b"\0" + body, digest_size=_SEAL, key=self._key).digest()

    def _read(self, name: str) -> bytes | None:
        """The body of an entry that this user has sealed."""
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                content = file.read()
        except OSError:
            return None
        body = content[_SEAL:]
        from hmac import compare_digest

        return body if compare_digest(content[:_SEAL], self._seal(name, body)) else None

    def _write(self, name: str, body: bytes) -> None:
        if not self._written:
            self._written = True
            _furnish(self.folder)
        path = os.path.join(self.folder, name)
        if not os.path.islink(os.path.dirname(path)):
            write_whole(path, self._seal(name, body) + body)

    def _renew(self, name: str) -> None:
        path = os.path.join(self.folder, name)
        with contextlib.suppress(OSError):
            if time.time() - os.stat(path).st_mtime > _FRESH_SECONDS:
                os.utime(path)


def open_cache(root: str, folder: str | None) -> Cache:
    """The cache of a project, or the one in `folder`; one that keeps nothing where the user has no place for a key, and
    where the project brings a link in its place.

    Raises ValueError for a `folder` that holds anything else.
    """
    place = os.path.abspath(os.path.join(root, NAME)) if folder is None else os.path.realpath(folder)
    if folder is not None and os.path.lexists(place) and not (_is_ours(place) or _is_empty(place)):
        raise ValueError("it is no cache folder of prodlint, and not empty")
    is_led_away = any(os.path.islink(path) for path in (place, *(os.path.join(place, part) for part in _FOLDERS)))
    key = b"" if is_led_away else _user_key()
    return Cache(place, key) if key else Cache()


def clean(folder: str) -> bool:
    """Remove what is kept in a cache folder, and the folder when nothing else is in it; False when there is none.
    Raises OSError, and ValueError for a folder of anything else."""
    import shutil

    if not os.path.lexists(folder):
        return False
    if os.path.islink(folder) or not _is_ours(folder):
        raise ValueError("this is no cache folder of prodlint")
    for entry in list(os.scandir(folder)):
        if entry.name in _FOLDERS and entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.name in (*_FOLDERS, ".gitignore", _TAG_NAME) or entry.name.startswith("index-"):
            os.unlink(entry.path)
    with contextlib.suppress(OSError):  # of another owner's files
        os.rmdir(folder)
    return True


_FOLDERS = ("facts", "links")
_TAG_NAME = "CACHEDIR.TAG"


def _is_ours(folder: str) -> bool:
    try:
        with open(os.path.join(folder, _TAG_NAME), encoding="utf-8") as file:
            return file.read() == _TAG
    except (OSError, UnicodeDecodeError):
        return False


def _is_empty(folder: str) -> bool:
    try:
        return not os.listdir(folder)
    except OSError:
        return True  # nothing can be kept there, which is no mistake


def _user_key() -> bytes:
    """The key of this user, made when there is none; empty where none can be kept."""
    folder = user_folder()
    if not folder:
        return b""
    path = os.path.join(folder, "cache-key")
    for _ in range(2):
        try:
            with open(path, "rb") as file:
                key = file.read()
            if len(key) == 32 and is_own(path):
                return key
        except OSError:
            pass
        # Another process may be about to do the same: whoever comes last wins, and both read again.
        if not write_whole(path, os.urandom(32)):
            break
    return b""


def _stamp(parts: Iterable[str], modules: Iterable[str], more: bytes) -> bytes:
    """Tells this extractor and this catalogue (or what else the modules make), on this interpreter, from all others;
    16 bytes. `parts` are packages, `more` is what counts beside the code."""
    from prodlint.facts import FACTS_VERSION

    here = os.path.dirname(os.path.abspath(__file__))
    digest = blake2b(f"{FACTS_VERSION} {sys.version}".encode(), digest_size=16)
    digest.update(more)
    paths = [os.path.join(here, name) for name in modules]
    for part in parts:
        folder = os.path.join(here, part)
        paths += [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith((".py", ".toml"))]
    for path in paths:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.digest()


def _versions() -> bytes:
    """The files in which libcst and detect-secrets keep their versions: importing them would cost too much."""
    from importlib.util import find_spec

    found = b""
    for package, name in (("libcst", "_version.py"), ("detect_secrets", "__version__.py")):
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations if spec else None) or ():
            with contextlib.suppress(OSError), open(os.path.join(folder, name), "rb") as file:
                found += file.read()
    return found


def _furnish(folder: str) -> None:
    """Make the folder, and tell git and backup programs to leave it alone."""
    with contextlib.suppress(OSError):
        os.makedirs(folder, exist_ok=True)
    for name, text in ((".gitignore", "*\n"), (_TAG_NAME, _TAG)):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            write_whole(path, text.encode())


def _evict(folder: str, limit: int) -> None:
    """Remove the entries that were not used for the longest time when there are too many bytes of them."""
    entries: list[tuple[float, int, str]] = []
    for path in _entries(folder):
        with contextlib.suppress(OSError):
            status = os.lstat(path)
            entries.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    if total <= limit:
        return
    for _, size, path in sorted(entries):
        with contextlib.suppress(OSError):
            os.unlink(path)
            total -= size
        if total <= limit * 3 // 4:
            break


def _entries(folder: str) -> Iterator[str]:
    """The paths of all that is kept: facts, linked projects, and the indexes of projects."""
    for part in _FOLDERS:
        with contextlib.suppress(OSError):
            for group in os.scandir(os.path.join(folder, part)):
                if group.is_dir(follow_symlinks=False):
                    yield from (entry.path for entry in os.scandir(group.path))
    with contextlib.suppress(OSError):
        yield from (entry.path for entry in os.scandir(folder) if entry.name.startswith("index-"))
