"""The files of a commit, read from git's object store: nothing is checked out, no file is written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from prodlint import git
from prodlint.config import Config
from prodlint.discover import MAX_TEXT_BYTES, Discovery, OnDisk, SourceFile, UsageError, category, shown
from prodlint.exclusion import Exclusion, relative
from prodlint.values import dataclass

if TYPE_CHECKING:
    import subprocess

_DEPTH = "fetch the whole history (`fetch-depth: 0` in actions/checkout, `git fetch --unshallow` elsewhere)"


@dataclass(frozen=True, slots=True)
class Blob:
    """One file's content."""

    store: IO[bytes]
    """Where its number is asked for."""
    answers: IO[bytes]
    number: str
    """The object's hexadecimal name."""

    def read_bytes(self) -> bytes:
        """Return the content. Raises OSError when the object is missing, as in a partial clone."""
        self.store.write(f"{self.number}\n".encode())
        self.store.flush()
        header = self.answers.readline().split()
        if len(header) != 3:
            raise OSError(0, f"git has no object {self.number}")
        content = self.answers.read(int(header[2]))
        self.answers.read(1)
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The files of one commit."""

    commit: str
    files: tuple[tuple[str, int, Blob], ...]
    """Absolute path in the work tree, size in bytes, content."""
    renamed: Mapping[str, str]
    """New paths by old ones, both as reports name them; of files that are staged or committed."""

    def discover(self, paths: Sequence[Path], root: Path, config: Config) -> Discovery:
        """Return the files below `paths`, as `discover.discover` does for the disk. Symbolic links are left out."""
        base = os.path.abspath(root)
        rules_from = os.path.abspath(config.directory or root)
        given = dict.fromkeys(os.path.abspath(path) for path in paths)
        exclusions = [Exclusion(config, start, rules_from) for start in given]
        found: list[SourceFile] = []
        for path, size, blob in self.files:
            kind = category(os.path.basename(path))
            if path in given:
                kind = kind or ("python" if path.endswith((".pyi", ".pyw")) else "text")
            elif (
                kind is None
                or (kind == "text" and size > MAX_TEXT_BYTES)
                or not any(relative(path, one.start) and not one.covers(path) for one in exclusions)
            ):
                continue
            found.append(SourceFile(path=shown(path, base), absolute=OnDisk(path), category=kind, blob=blob))
        return Discovery(files=tuple(sorted(found, key=lambda file: file.path)), failures=())


@contextmanager
def revision_of(root: str, ref: str, commit: str) -> Iterator[Revision]:
    """Give a commit that `ref` led to, with its files, while the block runs. Raises UsageError."""
    import subprocess

    entries = list(_entries(root, ref, commit))
    renamed = dict(_renamed(root, ref, commit))
    line = git.command(root, "cat-file", "--batch")
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=git.environment()) as process:
        store, answers = process.stdin, process.stdout
        assert store and answers
        files = tuple((path, size, Blob(store, answers, number)) for path, size, number in entries)
        yield Revision(commit=commit, files=files, renamed=renamed)


def _entries(root: str, ref: str, commit: str) -> Iterator[tuple[str, int, str]]:
    """Yield absolute path in the work tree, size in bytes and object number of each regular file in a commit."""
    listing = _listed(root, ref, commit, "ls-tree", "-r", "-z", "--long", "--full-tree")
    for record in filter(None, listing.split(b"\0")):
        fields, _, name = record.partition(b"\t")
        mode, _, number, size = fields.decode("ascii").split()
        if not mode.startswith("100"):
            continue
        path = os.path.join(root, os.fsdecode(name))
        if not size.isdigit():
            missing = f"the content of {shown(path, root)} in {commit[:12]} is missing"
            raise UsageError(f"--diff-base {ref}: {missing}; repair the clone, or fetch without `--filter`")
        yield path, int(size), number


def _renamed(root: str, ref: str, commit: str) -> Iterator[tuple[str, str]]:
    """Yield old and new path of each file that git finds renamed, as reports name them.

    The index is compared, not the work tree: for that git would run the filters that the repository configures.
    """
    changes = _listed(root, ref, commit, "diff-index", "--cached", "-z", "--find-renames", "--diff-filter=R")
    fields = iter(changes.split(b"\0"))
    for _, old, new in zip(fields, fields, fields, strict=False):
        yield _shown(root, old), _shown(root, new)


def _shown(root: str, name: bytes) -> str:
    return shown(os.path.join(root, os.fsdecode(name)), root)


def _listed(root: str, ref: str, commit: str, *arguments: str) -> bytes:
    """Return what git lists about a commit."""
    listing = git.run(root, *arguments, commit)
    if listing is None or listing.returncode:
        raise UsageError(f"--diff-base {ref}: git cannot list the files of {commit[:12]}: {_words(listing)}")
    return listing.stdout


def _words(refused: subprocess.CompletedProcess[bytes] | None) -> str:
    """Return on one line why git has failed."""
    return "it cannot be started" if refused is None else " ".join(refused.stderr.decode("utf-8", "replace").split())


def common_commits(root: str, ref: str) -> list[str]:
    """Return the commits at which the checked-out branch left `ref`: several when the two have merged each other.

    Raises UsageError when there is no git, no such revision or no common commit.
    """
    if not os.path.exists(os.path.join(root, ".git")):
        raise UsageError(f"--diff-base {ref}: {root} is not a git work tree")
    shallow = git.run(root, "rev-parse", "--is-shallow-repository")
    if shallow is None or shallow.returncode:
        # Such as that the files belong to somebody else, which is usual in the containers of CI services.
        raise UsageError(f"--diff-base {ref}: git cannot read {root}: {_words(shallow)}")
    remedy = f"; this clone is shallow: {_DEPTH}" if shallow.stdout.strip() == b"true" else ""
    # A dash would make it an option of git's.
    known = None if ref.startswith("-") else git.run(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if known is None or known.returncode:
        raise UsageError(f"--diff-base {ref}: there is no such revision{remedy}")
    common = git.run(root, "merge-base", "--all", known.stdout.decode("ascii").strip(), "HEAD")
    if common is None or common.returncode:
        raise UsageError(f"--diff-base {ref}: it has no commit in common with the checked-out one{remedy}")
    return common.stdout.decode("ascii").split()
