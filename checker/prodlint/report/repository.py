"""Paths as a code host sees them: relative to the root of the git repository."""

from __future__ import annotations

import os
import posixpath
from urllib.parse import quote


def repository_root(root: str) -> str:
    """The nearest directory at or above `root`, symbolic links resolved, that holds `.git`; `root` when none does."""
    resolved = os.path.realpath(root)
    directory = resolved
    while True:
        # A worktree and a submodule have a file of that name.
        if os.path.lexists(os.path.join(directory, ".git")):
            return directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return resolved
        directory = parent


def repository_prefix(root: str) -> str:
    """What to put before a path relative to `root`: empty, or `packages/app/`."""
    relative = os.path.relpath(os.path.realpath(root), repository_root(root)).replace(os.sep, "/")
    return "" if relative == "." else f"{relative}/"


def repository_path(prefix: str, path: str) -> str:
    """`path`, relative to the project root, made relative to the repository; may begin with `..` when outside."""
    if posixpath.isabs(path) or os.path.isabs(path):
        return path.replace(os.sep, "/")
    return posixpath.normpath(prefix + path)


def uri(root: str, prefix: str, path: str) -> str:
    """A percent-encoded URI reference: relative to the repository, absolute `file:` for what lies outside it."""
    inside = repository_path(prefix, path)
    if posixpath.isabs(inside) or os.path.isabs(inside):
        absolute = inside
    elif inside == ".." or inside.startswith("../"):
        absolute = posixpath.normpath(posixpath.join(os.path.realpath(root).replace(os.sep, "/"), path))
    else:
        return _encoded(inside)
    return "file://" + ("" if absolute.startswith("/") else "/") + _encoded(absolute.lstrip("/") and absolute)


def _encoded(path: str) -> str:
    # A file name's undecodable bytes are lone surrogates in Python and go back to those bytes here.
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "surrogatepass")
    return quote(raw, safe="/")
