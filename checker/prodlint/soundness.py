"""Whether a file that has nothing of interest is at all what its name says, so that a broken one is not passed over.

Files that the screen lets through are read by the extraction, which says what is wrong with them. For all others, the
encoding is always looked at (it costs next to nothing), and the syntax as long as they are few: the interpreter's own
parser goes through about 5 MB per second, which is nothing for a commit and far too long for a large tree.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodlint.file_index import Index
    from prodlint.findings import Failure
    from prodlint.triage import Sorted

BUDGET = 1_000_000
"""Bytes of source without LLM code up to which the syntax is checked, in one run."""

_PARSE_ONLY = 0x400
"""`ast.PyCF_ONLY_AST`; the module itself takes longer to import than most files take to parse."""


class Plain:
    """The Python files of a run that hold nothing of interest."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._unsound: list[Failure] = []
        self._files: list[Sorted] = []
        self._left = BUDGET

    def add(self, item: Sorted) -> None:
        """Take in one file."""
        if item.verdict.fault is not None:
            from prodlint.findings import Failure

            message, line = item.verdict.fault
            self._unsound.append(Failure(path=item.file.path, line=line, message=message))
            return
        self._left -= item.size
        if self._left >= 0:
            self._files.append(item)
        else:
            self._files.clear()

    def faults(self) -> list[Failure]:
        """One for each file that is broken; without a look at the syntax when there is too much to read."""
        found = list(self._unsound)
        for item in self._files:
            if item.data is None and self._index.is_parsed(item.place):
                continue
            data = item.file.content.read_bytes() if item.data is None else item.data
            failure = syntax_fault(item.file.path, data)
            if failure is None:
                self._index.note_parsed(item.place)
            else:
                found.append(failure)
        return found


def encoding_fault(data: bytes) -> tuple[str, int | None] | None:
    """What keeps a Python file from being text, and on which line (1-based); None when nothing does."""
    if b"\0" not in data:
        try:
            data.decode()
            return None
        except UnicodeDecodeError:
            pass
    from prodlint.reading import UnreadableError, read_python

    try:
        read_python(data)
    except UnreadableError as error:
        return str(error), error.line
    return None


def syntax_fault(path: str, data: bytes) -> Failure | None:
    """What keeps a file from being Python, whichever version of it; None when nothing does."""
    return None if compiles(data) else _second_opinion(path, data)


def compiles(data: bytes) -> bool:
    """True for what the interpreter takes for Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "<file>", "exec", _PARSE_ONLY, True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _second_opinion(path: str, data: bytes) -> Failure | None:
    """What the extraction says: it knows syntax that is newer than the interpreter."""
    from prodlint.findings import Failure
    from prodlint.parallel import extract_one

    outcome = extract_one(path, data)
    return outcome if isinstance(outcome, Failure) else None
