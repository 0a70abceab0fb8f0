"""Small programs, fixed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from prodlint.api import Defaults
from prodlint.config import Config
from prodlint.engine import Request, Selection, check
from prodlint.fixes.rounds import Outcome, fix_all


def fixed_outcome(folder: Path, *rules: str, defaults: Defaults | None = None) -> Outcome:
    """What all fixes of some rules come to in a folder."""
    config = Config(defaults=defaults or Defaults())
    request = Request(paths=(folder,), config=config, jobs=1, selection=Selection(select=rules))
    return fix_all(lambda overlay: check(replace(request, overlay=overlay)), lambda finding, run, planner: True)


def fixed(folder: Path, source: str | bytes, *rules: str) -> str:
    """One file after all fixes of some rules; its line ends as they are."""
    return fixed_bytes(folder, source, *rules).decode("utf-8")


def fixed_bytes(folder: Path, source: str | bytes, *rules: str) -> bytes:
    """`fixed` as bytes."""
    data = source.encode("utf-8") if isinstance(source, str) else source
    (folder / "service.py").write_bytes(data)
    outcome = fixed_outcome(folder, *rules)
    assert outcome.failures == []
    return outcome.changed["service.py"][1] if "service.py" in outcome.changed else data
