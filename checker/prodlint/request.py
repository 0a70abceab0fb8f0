"""What a run is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from prodlint.config import Config
from prodlint.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rules that the command line asks for; it beats the configuration."""

    select: tuple[str, ...] | None = None
    """None: the configured ones; empty: none."""
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to analyse and how."""

    paths: tuple[Path, ...]
    config: Config
    jobs: int = 0
    """Processes; 0: as many as pay off."""
    use_cache: bool = False
    cache_folder: str | None = None
    """None: `.prodlint_cache` at the project's root."""
    progress: Callable[[str, int, int], None] | None = None
    """Is told the stage, how many files are done, and how many there are."""
    stdin: tuple[str, bytes] | None = None
    """File name and content of a source that is not read from disk."""
    selection: Selection = field(default_factory=Selection)
    baseline: Path | None = None
    """The baseline to use; None: the configured one, else `.prodlint-baseline.json` in the root when it exists."""
    use_baseline: bool = True
    diff_base: str | None = None
    """A git revision: only findings that are not in the commit at which the branch left it."""
    as_of: date | None = None
    """The day on which what has a date is judged. None: today, in UTC, for `until=` of a suppression, and the date of
    the model table for what stands in it."""
    use_suppressions: bool = True
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    """Content of files, by path below the root, in place of what is on the disk."""
