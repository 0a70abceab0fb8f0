"""Tells for each file of a run what it is needed for: reads it once, screens it, and looks whether it is sound.

Where there are many files, other processes take their share: reading and screening hold the interpreter's lock, so
threads gain nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from prodlint.discover import OnDisk, bytes_of
from prodlint.file_index import Index
from prodlint.screen import Sieve
from prodlint.soundness import encoding_fault
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.discover import Content, SourceFile
    from prodlint.file_index import Signature
    from prodlint.findings import Failure
    from prodlint.sdks.words import Words

T = TypeVar("T")

MARKER = b"prodlint:"
"""Stands in every suppressing comment."""
KEY_PLACES = (b"uthorization", b"api-key", b"api_key")
"""Beside the names of the variables: what stands before a key in a request."""
MIN_FILES = 1500
"""Below this many files to read a second process costs more than it saves: forking and joining take some 20 ms."""


class Verdict(NamedTuple):
    """What one file is needed for; a `plain` one for nothing."""

    pragma: bool
    """It has a suppressing comment."""
    parse: bool
    scan: bool
    """It may hold a key."""
    fault: tuple[str, int | None] | None
    """Why it cannot be read as text at all, and on which line (1-based)."""

    @property
    def is_plain(self) -> bool:
        """True when no later stage has an interest in the file, but for what other files say of it."""
        return not (self.pragma or self.parse or self.scan or self.fault)


PLAIN = Verdict(False, False, False, None)


def state_of(verdict: Verdict) -> int:
    """What the index keeps of a verdict without a fault."""
    flags = verdict.pragma + 2 * verdict.parse + 4 * verdict.scan
    return Index.OF_INTEREST + flags if flags else Index.SOUND


def _verdict(flags: int) -> Verdict:
    return Verdict(bool(flags & 1), bool(flags & 2), bool(flags & 4), None)


class Judge:
    """Judges the files of one run by their bytes."""

    def __init__(self, words: Words) -> None:
        self._sieve = Sieve(words, [MARKER.decode()])
        self._places = (*KEY_PLACES, *(variable.encode() for variable in words.variables))

    def prepare(self) -> None:
        """Get ready for many files."""
        self._sieve.prepare()

    def verdict(self, category: str, data: bytes) -> Verdict:
        """Return what a file is needed for."""
        if self._sieve.rejects(data):
            return Verdict(False, False, category == "text" and _assigns(data), _fault(category, data))
        pragma = MARKER in data
        if category == "text":
            return Verdict(pragma, False, self._sieve.holds_credentials(data) or _assigns(data), None)
        hit = self._sieve.passes(data)
        # A piece of a key needs no parse: its shape is proof enough. A key's place does.
        parse = hit.parse or (hit.credentials and any(name in data for name in self._places))
        return Verdict(pragma, parse, hit.credentials, None if parse else _fault(category, data))


def _fault(category: str, data: bytes) -> tuple[str, int | None] | None:
    return encoding_fault(data) if category == "python" else None


def _assigns(data: bytes) -> bool:
    from prodlint.secrets.hints import may_assign

    return may_assign(data)


class Sorted(NamedTuple):
    """One file with its verdict."""

    file: SourceFile
    place: str
    """Absolute path; empty for what does not come from disk."""
    verdict: Verdict
    data: bytes | None
    """None for a plain file that was not read in this process."""
    size: int
    """Bytes."""
    signature: Signature | None = None
    """What the file had before it was read; None for what does not come from disk."""


def sort_out(
    files: Sequence[SourceFile], contents: Mapping[str, Content | bytes], judge: Judge, index: Index, jobs: int
) -> Iterator[Sorted | Failure]:
    """Every file with what it is needed for, in the order given; a failure for each that cannot be read."""
    from prodlint.findings import Failure

    on_disk = {file.path: str(file.absolute) for file in files if isinstance(contents[file.path], OnDisk)}
    known = {path: (PLAIN, signature) for path, place in on_disk.items() if (signature := index.plain(place))}
    unread = [file for file in files if file.path in on_disk and file.path not in known]
    if len(unread) >= MIN_FILES:
        judge.prepare()
        known.update(_judged_elsewhere(unread, judge, jobs))
    for file in files:
        place = on_disk.get(file.path, "")
        verdict, before = known.get(file.path, (None, None))
        if verdict is PLAIN and before is not None:
            index.note(place, before)
            yield Sorted(file, place, PLAIN, None, before[0])
            continue
        try:
            data, signature = read(place) if place else (bytes_of(contents[file.path]), None)
        except OSError as error:
            yield Failure(path=file.path, line=None, message=f"cannot be read: {error.strerror}")
            continue
        if verdict is None or signature != before:
            kept = index.needed_for(place, signature) if signature is not None else None
            verdict = judge.verdict(file.category, data) if kept is None else _verdict(kept)
        if signature is not None and not verdict.fault:
            index.note(place, signature, state_of(verdict))
        yield Sorted(file, place, verdict, data, len(data), signature)


def _judged_elsewhere(
    files: Sequence[SourceFile], judge: Judge, jobs: int
) -> Iterator[tuple[str, tuple[Verdict, Signature]]]:
    """The verdicts on many files on disk, by path, and the signatures they had; those that cannot be read left out."""
    from prodlint.parallel import spread

    def judged(share: Sequence[SourceFile]) -> list[tuple[str, tuple[object, ...] | None, Signature]]:
        found: list[tuple[str, tuple[object, ...] | None, Signature]] = []
        for file in share:
            try:
                data, signature = read(file.absolute)
            except OSError:
                continue
            verdict = judge.verdict(file.category, data)
            found.append((file.path, None if verdict.is_plain else tuple(verdict), signature))
        return found

    for path, verdict, signature in spread(files, judged, jobs=jobs):
        yield path, (Verdict._make(verdict) if verdict else PLAIN, signature)


def each(
    places: Sequence[str], ask: Callable[[str, bytes], T], jobs: int, least: int = 0
) -> list[tuple[str, T, Signature]]:
    """What `ask` says of each file's place and content, and the signature that the file had before it was read.

    It says plain values (of `marshal`). Files that cannot be read are left out. From `least` files on (unless given,
    `MIN_FILES`) other processes take their share.
    """

    def said(share: Sequence[str]) -> list[tuple[str, T, Signature]]:
        found = []
        for place in share:
            try:
                data, signature = read(place)
            except OSError:
                continue
            found.append((place, ask(place, data), signature))
        return found

    if len(places) < (least or MIN_FILES):
        return said(places)
    from prodlint.parallel import spread

    return spread(places, said, jobs=jobs)


def read(place: str) -> tuple[bytes, Signature]:
    """A file's content, and the signature it had before it was read. Raises OSError."""
    descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        status = os.fstat(descriptor)
        data = os.read(descriptor, status.st_size + 1)
        if len(data) != status.st_size:  # it grows, or is no plain file: read on to the end
            parts = [data]
            while part := os.read(descriptor, 1 << 20):
                parts.append(part)
            data = b"".join(parts)
    finally:
        os.close(descriptor)
    return data, signature_of(status)


def signature_of(status: os.stat_result) -> Signature:
    """What changes when a file does: size, both times in nanoseconds, and the number of its inode."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
