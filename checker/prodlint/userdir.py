"""The user's own cache folder: what lies there may be trusted, unlike anything in the project."""

from __future__ import annotations

import contextlib
import os
import sys


def user_folder() -> str:
    """The absolute path of prodlint's folder among the user's caches; empty when the user has no home."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            home = os.path.expanduser("~")
            base = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    return os.path.join(base, "prodlint") if base else ""


def is_own(path: str) -> bool:
    """True when the file belongs to the user who runs this and nobody else may write it (not told on Windows)."""
    if sys.platform == "win32":
        return True
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError:
        return False
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def write_whole(path: str, content: bytes) -> bool:
    """Put a file in its place at once, whatever other processes do; False where that is not possible."""
    passing = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        os.replace(passing, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(passing)
        return False
    return True
