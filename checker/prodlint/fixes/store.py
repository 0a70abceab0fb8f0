"""Reading and writing the files of a project: whole or not at all, and only what lies within the root."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from prodlint.fixes.edits import Refused


def read(root: str, path: str) -> bytes:
    """The bytes of a file. Raises OSError."""
    return Path(root, path).read_bytes()


def write(root: str, path: str, old: bytes, new: bytes) -> None:
    """Replace a file's content in one step; its mode stays. Raises Refused, with the file as it was.

    A link is written through only when it leads to a file within the root, and the file must still hold `old`.
    """
    given = Path(root, path)
    try:
        actual = given.resolve(strict=True)
        if not actual.is_relative_to(Path(root).resolve(strict=True)):
            raise Refused("the file lies outside of the project, behind a link")
        if actual.read_bytes() != old:
            raise Refused("the file was changed meanwhile")
        _replace(actual, new)
    except OSError as error:
        raise Refused(f"the file cannot be written: {error.strerror or error}") from None


def _replace(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode
    if not os.access(path, os.W_OK):
        raise PermissionError(0, "it is write-protected")
    handle, name = tempfile.mkstemp(prefix=".prodlint-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, stat.S_IMODE(mode))
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
