"""The answer of a check over a few named files that hold nothing of interest, without the engine.

A commit hook is started for each commit, mostly for files without LLM code: what it costs then is what it costs. The
engine imports the model, the rules and the reports; for such files nothing of these is needed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint.demand import may_request
from prodlint.discover import discover, find_root
from prodlint.import_text import names
from prodlint.sdks import words
from prodlint.soundness import BUDGET, compiles
from prodlint.triage import Judge, read

if TYPE_CHECKING:
    from prodlint.config import Config

BASELINE = ".prodlint-baseline.json"
"""`prodlint.baseline.NAME`, written out because that module imports much."""
MAX_FILES = 50
"""Of more files one is sure to be of interest, and they would have been looked at in vain."""


def count(paths: Sequence[Path], config: Config) -> int | None:
    """How many files these are, if no rule can have a word on any; None when it takes the engine to tell.

    Raises discover.UsageError.
    """
    root = find_root(paths)
    if config.mentions or config.sdk or len(paths) > MAX_FILES or not all(map(os.path.isfile, paths)):
        return None  # whether configured rules exist, only the rule packs know; configured SDKs are not in the words
    if config.baseline is not None or os.path.lexists(root / BASELINE):
        return None  # which may list what is not found any more
    discovery = discover(paths, root, config)
    if discovery.failures:
        return None
    known = words.load()
    judge, requests = Judge(known), may_request(known).answer()
    left = BUDGET
    for file in discovery.files:
        try:
            data, _ = read(file.absolute)
        except OSError:
            return None
        left -= len(data)
        if file.category != "python" or left < 0:
            return None
        if not judge.verdict(file.category, data).is_plain or not compiles(data):
            return None
        if requests(file.path, data) and _imports_project(data, Path(str(file.absolute)), root):
            return None  # what it calls may be a model that another module of the project has made
    return len(discovery.files) or None


def _imports_project(data: bytes, path: Path, root: Path) -> bool:
    """True when a file imports a module that stands beside it, in a folder above, or at the root of the code."""
    above = path.relative_to(root).parents if path.is_relative_to(root) else ()
    folders = (path.parent, *(root / folder for folder in above), root / "src", root / "lib")
    tops = {"" if imported.level else imported.module.partition(".")[0] for imported in names(data)}
    return "" in tops or any(
        os.path.exists(folder / top) or os.path.exists(folder / f"{top}.py") for top in tops for folder in folders
    )
