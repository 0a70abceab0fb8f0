"""Decides which paths a run leaves out, by the directories that are never code and the project's own patterns."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from prodlint.config import Config

_PLAIN = re.compile(r"[\w.+ -]+/?")
"""A pattern that is just a name: it counts at any depth."""


class Exclusion:
    """The exclusions for what stands below one directory.

    What the directory itself is called, and where it lies, does not count: it was asked for. (A clone below a
    directory named `site-packages` is read, and so is `prodlint check node_modules/x`.)
    """

    def __init__(self, config: Config, start: str, patterns_from: str) -> None:
        """Take absolute paths: the directory that was asked for, and the one from which patterns count."""
        self.start = start
        self._patterns_from = patterns_from
        # git knows no `./`; people mean what stands right here.
        patterns = [p[1:] if p.startswith("./") else p for p in (*config.exclude, *config.extend_exclude)]
        # Names are looked up in a set, which is far cheaper; a `!` makes the order of the patterns count.
        plain = [] if any(p.startswith("!") for p in patterns) else [p for p in patterns if _PLAIN.fullmatch(p)]
        self._names = frozenset(pattern for pattern in plain if not pattern.endswith("/"))
        self._directory_names = frozenset((".git", *(pattern.rstrip("/") for pattern in plain)))
        self._globs = [pattern for pattern in patterns if pattern not in plain]
        self._seen: dict[str, bool] = {start: False}

    def covers(self, path: str) -> bool:
        """Tell whether a file (absolute) is left out, itself or with a directory on the way to it."""
        directory, name = os.path.split(path)
        if not relative(path, self.start):
            return False
        return self.covers_directory(directory) or name in self._names or self._matches(path)

    def covers_directory(self, path: str) -> bool:
        """Tell whether a directory (absolute) is left out, itself or with one above it."""
        known = self._seen.get(path)
        if known is None:
            parent, name = os.path.split(path)
            known = bool(relative(path, self.start)) and (
                self.covers_directory(parent)
                or name in self._directory_names
                or self._matches(path + "/")
                or os.path.exists(os.path.join(path, "pyvenv.cfg"))
            )
            self._seen[path] = known
        return known

    def _matches(self, path: str) -> bool:
        if not self._globs:
            return False
        inner = relative(path, self._patterns_from)
        return bool(inner) and self._spec.match_file(inner)

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        patterns = self._globs
        if start := relative(self.start, self._patterns_from):
            # A pattern that covers the directory itself would cover all below it.
            patterns = [p for p in patterns if not GitIgnoreSpec.from_lines([p]).match_file(start + "/")]
        return GitIgnoreSpec.from_lines(patterns)


def relative(path: str, directory: str) -> str:
    """Return an absolute path as seen from a directory above it, `/` separated; empty when it is not below.

    Unlike `os.path.relpath` it looks at nothing but the text: it is called for each file of a run.
    """
    prefix = directory.rstrip(os.sep) + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else ""
