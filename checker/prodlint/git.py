"""Runs git, the only other program that prodlint starts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_LOCAL_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
"""What git sets while it runs a hook; another work tree's files would be listed under them."""


def command(directory: str, *arguments: str) -> list[str]:
    """Return the command line that runs git in a directory."""
    # `core.fsmonitor` may name a program, and the repository under analysis is not trusted to run one.
    return ["git", "-c", "core.fsmonitor=false", "-C", directory, *arguments]


def environment() -> dict[str, str]:
    """Return the variables to run git with: messages in English, no writing, no fetching."""
    kept = {name: value for name, value in os.environ.items() if name not in _LOCAL_VARIABLES}
    return kept | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}


def run(directory: str, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    """Return what git says; None when it cannot be started."""
    import subprocess

    line = command(directory, *arguments)
    try:
        return subprocess.run(line, capture_output=True, check=False, env=environment(), stdin=subprocess.DEVNULL)
    except OSError:
        return None
