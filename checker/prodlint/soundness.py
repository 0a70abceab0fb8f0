"""Whether a file that has nothing of interest is at all what its name says, so that a broken one is not passed over.

Files that the screen lets through are read by the extraction, which says what is wrong with them. For all others, the
encoding is always looked at (it costs next to nothing), and the syntax as long as they are few: the interpreter's own
parser goes through about 5 MB per second, which is nothing for a commit and far too long for a large tree.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator

from prodlint.findings import Failure
from prodlint.reading import UnreadableError, read_python

BUDGET = 1_000_000
"""Bytes of source without LLM code up to which the syntax is checked, in one run."""

_PARSE_ONLY = 0x400
"""`ast.PyCF_ONLY_AST`; the module itself takes longer to import than most files take to parse."""


def encoding_fault(path: str, data: bytes) -> Failure | None:
    """What keeps a Python file from being text; None when nothing does."""
    if b"\0" not in data:
        try:
            data.decode()
            return None
        except UnicodeDecodeError:
            pass
    try:
        read_python(data)
    except UnreadableError as error:
        return Failure(path=path, line=error.line, message=str(error))
    return None


def syntax_faults(files: Iterable[tuple[str, bytes]]) -> Iterator[Failure]:
    """One failure for each file that is no Python, whichever version of it."""
    for path, data in files:
        if not _compiles(data) and (failure := _second_opinion(path, data)) is not None:
            yield failure


def _compiles(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "<file>", "exec", _PARSE_ONLY, True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _second_opinion(path: str, data: bytes) -> Failure | None:
    """What the extraction says: it knows syntax that is newer than the interpreter."""
    from prodlint.parallel import extract_one

    outcome = extract_one(path, data)
    return outcome if isinstance(outcome, Failure) else None
