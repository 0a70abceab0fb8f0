"""Lists the files below a directory: from git, or by reading directories with git's ignore rules.

Both return absolute paths in no particular order, with what could not be read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodlint import git
from prodlint.patterns import fault

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from prodlint.exclusion import Exclusion

Unreadable = list[tuple[str, str]]
"""Absolute paths with the reason."""


def list_by_git(directory: str) -> tuple[list[str] | None, Unreadable]:
    """Return what git knows below a directory; None where there is no git, or the directory itself is ignored.

    Contents of submodules and nested repositories are not listed, as git does not track them.
    """
    if not any(os.path.exists(os.path.join(parent, ".git")) for parent in _upwards(directory)):
        return None, []
    listing = git.run(directory, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listing is None or listing.returncode != 0:
        return None, []
    names = {os.fsdecode(name) for name in listing.stdout.split(b"\0") if name}
    if not names:
        ignored = git.run(directory, "check-ignore", "-q", ".")
        if ignored is not None and ignored.returncode == 0:
            return None, []
    unreadable = [
        (os.path.join(directory, os.fsdecode(match[1])), f"cannot be read: {os.fsdecode(match[2])}")
        for match in re.finditer(rb"^warning: could not open directory '(.*)/': (.*)$", listing.stderr, re.MULTILINE)
    ]
    # With a slash at the end: a nested repository.
    return [os.path.join(directory, name) for name in names if not name.endswith("/")], unreadable


def list_by_walk(directory: str, exclusion: Exclusion, root: str) -> tuple[list[str], Unreadable]:
    """Return all below a directory that no `.gitignore` from `root` downwards ignores.

    Symbolic links are listed and never followed.
    """
    names: list[str] = []
    unreadable: Unreadable = []
    pending = [(directory, _rules_above(directory, root))]
    while pending:
        current, rules = pending.pop()
        patterns = _patterns(current)
        if patterns == ["*"]:
            continue  # what tools write into their own folders; it does not take pathspec to understand
        own = _rules(current, patterns)
        inner = [*rules, own] if own else rules
        try:
            with os.scandir(current) as entries:
                found = list(entries)
        except OSError as error:
            unreadable.append((current, f"cannot be read: {error.strerror}"))
            continue
        for entry in found:
            if not entry.is_dir(follow_symlinks=False):
                if not _is_ignored(entry.path, inner):
                    names.append(entry.path)
            elif not exclusion.covers_directory(entry.path) and not _is_ignored(entry.path + "/", inner):
                pending.append((entry.path, inner))
    return names, unreadable


_Rules = tuple[str, "GitIgnoreSpec"]
"""A directory and the patterns of its `.gitignore`."""


def _rules_above(directory: str, root: str) -> list[_Rules]:
    """Return the rules of the directories around one, outermost first; none where they ignore the directory itself."""
    above = [parent for parent in _upwards(directory) if parent.startswith(root) and parent != directory]
    rules = [own for parent in reversed(above) if (own := _rules(parent, _patterns(parent)))]
    return [] if _is_ignored(directory + "/", rules) else rules


def _rules(directory: str, patterns: list[str]) -> _Rules | None:
    if not patterns:
        return None
    from pathspec import GitIgnoreSpec

    try:
        return directory, GitIgnoreSpec.from_lines(patterns)
    except (ValueError, re.error):
        # git takes no notice of a line that is no pattern.
        return directory, GitIgnoreSpec.from_lines(pattern for pattern in patterns if not fault(pattern))


def _patterns(directory: str) -> list[str]:
    """Return the lines of the directory's `.gitignore` that say something; none for one that git cannot read either."""
    path = os.path.join(directory, ".gitignore")
    if not os.path.isfile(path):
        return []
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
    except OSError:
        return []
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _is_ignored(path: str, rules: list[_Rules]) -> bool:
    """Tell whether the innermost file that has a word on a path ignores it; a directory's ends with a slash."""
    for directory, spec in reversed(rules):
        verdict = spec.check_file(path[len(directory.rstrip(os.sep)) + 1 :]).include
        if verdict is not None:
            return verdict
    return False


def _upwards(directory: str) -> Iterator[str]:
    while True:
        yield directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return
        directory = parent
