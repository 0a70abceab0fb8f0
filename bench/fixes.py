"""Fixes everything that can be fixed in copies of packages, one fix at a time and all at once, and counts.

    python -m bench fixes PATH... [--scratch FOLDER]

Every guard of `prodlint check --fix` is at work; beside it, each
changed file is compiled, and fixed again, which must change nothing. Exit 1 when a guard was broken, or when fewer than
95 % of the fixes that were offered could be applied.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prodlint.config import Config
from prodlint.engine import Request, check
from prodlint.findings import Finding, Run
from prodlint.fixes import store
from prodlint.fixes.edits import Refused
from prodlint.fixes.guards import checked
from prodlint.fixes.plan import Planner, target
from prodlint.fixes.rounds import Outcome, fix_all, planned, planner_for

REQUIRED = 0.95
"""The part of the offered fixes that must apply."""


@dataclass(slots=True)
class Counts:
    """What came of the fixes of one package."""

    findings: int = 0
    asked: int = 0
    """Findings whose rule asks for a repair."""
    offered: int = 0
    """Those that the source has the shape for: they are shown to people."""
    alone: int = 0
    """Those that hold every guard when applied alone."""
    together: int = 0
    """Those that were applied in one go."""
    failed: int = 0
    """Those that were offered and would have broken something, and were not applied."""
    broken: int = 0
    """Guards that a written file breaks."""

    def add(self, other: Counts) -> None:
        """Sum up."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a package's folder")
    parser.add_argument("--scratch", type=Path, metavar="FOLDER", help="where the copies go")


def run(given: argparse.Namespace) -> int:
    """Measure; the exit code."""
    total = Counts()
    if given.scratch is not None:
        given.scratch.mkdir(parents=True, exist_ok=True)
    print(
        f"{'package':28} {'findings':>8} {'asked':>6} {'offered':>7} {'alone':>6} {'applied':>7} "
        f"{'failed':>6} {'broken':>6} {'s':>6}"
    )
    for package in given.paths:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="package", dir=given.scratch) as scratch:
            folder = Path(scratch, package.name)
            shutil.copytree(package, folder, symlinks=True, ignore=shutil.ignore_patterns(".git", "*.fixed*"))
            counts = measured(folder)
        print(_row(package.name, counts, time.monotonic() - started), flush=True)
        total.add(counts)
    print(_row("all", total, 0))
    applied = min(total.alone, total.together)
    return int(total.broken > 0 or (total.offered > 0 and applied < REQUIRED * total.offered))


def _row(name: str, counts: Counts, seconds: float) -> str:
    return (
        f"{name[:28]:28} {counts.findings:8} {counts.asked:6} {counts.offered:7} {counts.alone:6} "
        f"{counts.together:7} {counts.failed:6} {counts.broken:6} {seconds:6.1f}"
    )


def measured(folder: Path) -> Counts:
    """Fix one package in place, and count."""
    request = Request(paths=(folder,), config=Config())

    def analysed(overlay: Mapping[str, bytes]) -> Run:
        return check(replace(request, overlay=overlay))

    run = planned(analysed({}))
    counts = Counts(findings=len(run.findings))
    counts.asked = sum(1 for one in run.findings if one.repair is not None or one.fix is not None)
    offered = [finding for finding in run.findings if finding.fix is not None]
    counts.offered = len(offered)
    planner = planner_for(run, {})
    counts.alone = sum(1 for finding in offered if _holds_alone(planner, finding))
    if not offered:
        return counts
    outcome = fix_all(analysed, lambda finding, run, planner: True)
    counts.together, counts.failed = len(outcome.applied), len(outcome.failures)
    for failure in outcome.failures:
        print(f"  {failure.path}:{failure.line}: {failure.message}", file=sys.stderr)
    for path, (old, new) in outcome.changed.items():
        store.write(run.root, path, old, new)
    counts.broken = sum(1 for problem in _problems(outcome, analysed({}), Path(run.root)) if _said(problem))
    return counts


def _said(problem: str) -> bool:
    print(f"  BROKEN {problem}", file=sys.stderr)
    return True


def _holds_alone(planner: Planner, finding: Finding) -> bool:
    try:
        plan = planner.plan(target(finding), [finding])
        return bool(plan.findings) and checked(plan) != plan.document.data
    except Refused as error:
        print(f"  {finding.location.path}:{finding.location.line}: {finding.rule}: {error}", file=sys.stderr)
        return False


def _problems(outcome: Outcome, after: Run, root: Path) -> Iterator[str]:
    """What does not hold of the files as they were written."""
    for path, (old, new) in outcome.changed.items():
        if (root / path).read_bytes() != new:
            yield f"{path}: not written as planned"
        if path.endswith(".py") and _compiles(old, path) and not _compiles(new, path):
            yield f"{path}: does not compile"
    if [one.fingerprint for one in after.findings] != [one.fingerprint for one in outcome.run.findings]:
        yield "the files on the disk have other findings than they had in memory"
    if len(after.findings) > len(outcome.first.findings) - len(outcome.applied):
        yield "a finding is still there, or a new one"
    again = planned(after)
    given_up = {(failure.path, failure.line) for failure in outcome.failures}
    for finding in again.findings:
        if finding.fix is not None and (finding.location.path, finding.location.line) not in given_up:
            yield f"{finding.location.path}:{finding.location.line}: {finding.rule} could be fixed a second time"


def _compiles(data: bytes, path: str) -> bool:
    try:
        compile(data, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
