"""Decides which paths a run leaves out, and which rules it leaves out for a path, by the project's own patterns."""

from __future__ import annotations

import os
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from prodlint.config import Config
from prodlint.patterns import PLAIN, as_git_reads, is_anchored

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Exclusion:
    """The exclusions for what stands below one directory.

    What the directory itself is called, and where it lies, does not count: it was asked for. (A clone below a
    directory named `site-packages` is read, and so is `prodlint check node_modules/x`.)
    """

    def __init__(self, config: Config, start: str, patterns_from: str) -> None:
        """Take absolute paths: the directory that was asked for, and the one from which patterns count."""
        self.start = start
        self._prefix = _as_prefix(start)
        self._patterns_from = patterns_from
        patterns = [as_git_reads(pattern) for pattern in (*config.exclude, *config.extend_exclude)]
        # Names are looked up in a set, which is far cheaper; a `!` makes the order of the patterns count.
        plain = [] if any(p.startswith("!") for p in patterns) else [p for p in patterns if PLAIN.fullmatch(p)]
        self._names = frozenset(pattern for pattern in plain if not pattern.endswith("/"))
        self._directory_names = frozenset((".git", *(pattern.rstrip("/") for pattern in plain)))
        self._globs = [pattern for pattern in patterns if pattern not in plain]
        self._anchors = {as_git_reads(pattern): str(folder) for pattern, folder in config.anchors.items()}
        self._seen: dict[str, bool] = {start: False}

    def covers(self, path: str) -> bool:
        """Tell whether a file (absolute) is left out, itself or with a directory on the way to it."""
        cut = path.rfind(os.sep)
        if not path.startswith(self._prefix):
            return False
        return self.covers_directory(path[:cut] or os.sep) or path[cut + 1 :] in self._names or self._matches(path)

    def covers_any(self, path: str) -> bool:
        """The same for a file or a directory."""
        return self.covers_directory(path) if os.path.isdir(path) else self.covers(path)

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
        verdict = False
        for directory, spec in self._specs:
            inner = relative(path, directory)
            include = spec.check_file(inner).include if inner else None
            verdict = verdict if include is None else include
        return verdict

    @cached_property
    def _specs(self) -> list[tuple[str, GitIgnoreSpec]]:
        """The patterns in their order, with the directory from which each counts."""
        from pathspec import GitIgnoreSpec

        specs: list[tuple[str, GitIgnoreSpec]] = []
        for directory, group in groupby(self._globs, self._directory_of):
            patterns = list(group)
            if start := relative(self.start, directory):
                # A pattern that covers the directory itself would cover all below it.
                patterns = [p for p in patterns if not GitIgnoreSpec.from_lines([p]).match_file(start + "/")]
            specs.append((directory, GitIgnoreSpec.from_lines(patterns)))
        return specs

    def _directory_of(self, pattern: str) -> str:
        return self._anchors.get(pattern, self._patterns_from) if is_anchored(pattern) else self.start


def rules_ignored_for(config: Config, path: str, root: str) -> frozenset[str]:
    """Return the rules and categories that `per-file-ignores` switches off for a file, `path` counting from `root`."""
    if not config.per_file_ignores:
        return frozenset()
    from pathspec import GitIgnoreSpec

    absolute = os.path.join(root, path)
    usual = os.path.abspath(config.directory or root)
    names: set[str] = set()
    for pattern, rules in config.per_file_ignores.items():
        start = str(config.anchors.get(pattern, usual))
        inner = relative(absolute, start) or ("" if is_anchored(pattern) else path)
        if inner and GitIgnoreSpec.from_lines([as_git_reads(pattern)]).match_file(inner):
            names.update(rules)
    return frozenset(names)


def relative(path: str, directory: str) -> str:
    """Return an absolute path as seen from a directory above it, `/` separated; empty when it is not below.

    Unlike `os.path.relpath` it looks at nothing but the text: it is called for each file of a run.
    """
    prefix = _as_prefix(directory)
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else ""


def _as_prefix(directory: str) -> str:
    """What an absolute path below a directory begins with."""
    return directory.rstrip(os.sep) + os.sep
