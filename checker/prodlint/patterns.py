"""The gitignore patterns that a project writes to name files: what each means, and what is wrong with one."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[\w.+ -]+/?")
"""A pattern that is just a name: it counts at any depth."""


def as_git_reads(pattern: str) -> str:
    """Return a pattern without its `./`: git knows none; people mean what stands right here."""
    return pattern[1:] if pattern.startswith("./") else pattern


def is_anchored(pattern: str) -> bool:
    """Tell whether a pattern counts from one directory, and not at every depth."""
    return "/" in pattern.rstrip("/") and not pattern.lstrip("!").startswith("**/")


def fault(pattern: str) -> str:
    """Return what makes a pattern unusable, to be read behind its key's name; empty when it can be used."""
    if PLAIN.fullmatch(pattern):
        return ""
    if not pattern.strip() or pattern.startswith("#"):
        return f"holds `{pattern}`, which matches nothing"
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([as_git_reads(pattern)])
    except re.error as error:
        return f"holds `{pattern}`, which is no gitignore pattern: {error.msg}"
    except ValueError:
        return f"holds `{pattern}`, which is no gitignore pattern"
    return ""
