"""Which files hold nothing of interest, and what files answer to questions, for as long as they do not change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import TypeAlias

Signature: TypeAlias = tuple[int, int, int, int]
"""Size in bytes, time of the last write and of the last change of status in nanoseconds, inode."""

RACY_NS = 2_000_000_000
"""A file that was changed this shortly before it was read may change again without a new time stamp: the coarsest
file systems count in steps of two seconds. Such a file is not remembered by its signature."""

Answered: TypeAlias = Callable[[list[str]], Iterable[tuple[str, bool, Signature]]]
"""What files say, each with the signature it had before it was read; without those that cannot be read."""


class Index:
    """Files of nothing of interest, and the answers of files to questions, as far as they have not changed since."""

    def __init__(self, files: dict[str, tuple[Signature, int]], answers: dict[bytes, dict[str, bool]], name: str):
        self.files = dict(files)
        """Absolute path -> signature, and what is known: one of the constants below."""
        self.answers: dict[bytes, dict[str, bool]] = {}
        """Digest of a question -> absolute path -> answer; only those of this run."""
        self.name = name
        self.is_changed = False
        self._before = answers
        self._current: dict[str, Signature | None] = {}
        self._renewed: set[str] = set()
        """Those whose answers from before are about another text."""
        self._started = time.time_ns()

    SEEN, SOUND, PARSED = range(3)
    """Only looked at; plain and valid text; plain, and its syntax is right as well."""
    OF_INTEREST = 8
    """Not plain; to this is added what the file is needed for, less than this."""

    def plain(self, place: str) -> Signature | None:
        """The signature of a file that is unchanged since it was found plain."""
        known = self.files.get(place)
        is_plain = known is not None and known[1] in (self.SOUND, self.PARSED)
        return known[0] if known and is_plain and self._is_unchanged(place, known[0]) else None

    def needed_for(self, place: str, signature: Signature) -> int | None:
        """What a file of interest is needed for, when it has that signature since this was noted."""
        known = self.files.get(place)
        return known[1] - self.OF_INTEREST if known and known[0] == signature and known[1] >= self.OF_INTEREST else None

    def is_parsed(self, place: str) -> bool:
        """True for a plain file whose syntax is known to be right."""
        known = self.files.get(place)
        return known is not None and known[1] == self.PARSED and self._is_unchanged(place, known[0])

    def note(self, place: str, signature: Signature, state: int = SOUND) -> None:
        """Remember a file by the signature it had before it was read."""
        if max(signature[1], signature[2]) > self._started - RACY_NS:
            return
        self._current[place] = signature
        known = self.files.get(place)
        if known is None or known[0] != signature:
            self._renewed.add(place)
        elif known[1] == state or state == self.SEEN or (known[1] in (self.SOUND, self.PARSED) and known[1] > state):
            return
        self.files[place] = (signature, state)
        self.is_changed = True

    def note_parsed(self, place: str) -> None:
        """Remember that the syntax of a plain file is right, too."""
        known = self.files.get(place)
        if known is not None and known[1] == self.SOUND:
            self.files[place] = (known[0], self.PARSED)
            self.is_changed = True

    def ask(self, question: bytes, places: Iterable[str], answered: Answered) -> list[str]:
        """The files that answer with yes; those that have not changed are not asked again.

        `question` must tell all that the answer depends on beside the file.
        """
        digest = blake2b(question, digest_size=16).digest()
        before = self._before.get(digest, {})
        answers = self.answers.setdefault(digest, {})
        asked = list(places)
        unread: list[str] = []
        for place in asked:
            known = self.files.get(place)
            is_same = known is not None and place not in self._renewed and self._is_unchanged(place, known[0])
            says = before.get(place) if is_same else None
            if says is None:
                unread.append(place)
            else:
                answers[place] = says
        if unread:
            self.is_changed = True
            for place, says, signature in answered(unread):
                answers[place] = says
                if self._current.get(place) is not signature:  # which was noted with the answer to another question
                    self.note(place, signature, self.SEEN)
        return [place for place in asked if answers.get(place)]

    def forget_unseen(self) -> None:
        """Drop the files that this run has not come across."""
        left = {place: known for place, known in self.files.items() if self._current.get(place) is not None}
        if len(left) < len(self.files):
            self.files = left
            self.is_changed = True

    def _is_unchanged(self, place: str, signature: Signature) -> bool:
        if place not in self._current:
            try:
                status = os.stat(place)
                self._current[place] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            except OSError:
                self._current[place] = None
        return self._current[place] == signature
