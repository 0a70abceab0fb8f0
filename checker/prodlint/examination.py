"""One state of a project under the rules: analysed, reported on, and sorted out by its suppressions."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint import registry
from prodlint.analysis import Analysis, Files, analyse
from prodlint.api import Report, RuleContext
from prodlint.config import Config
from prodlint.discover import Discovery, discover
from prodlint.exclusion import rules_ignored_for
from prodlint.findings import Failure, Finding
from prodlint.identity import identified
from prodlint.model import Context, Location
from prodlint.request import Request
from prodlint.selection import own_severity
from prodlint.suppress import Suppressions, apply, join, suppressions
from prodlint.suppression_rules import CATEGORY
from prodlint.values import dataclass, replace

if TYPE_CHECKING:
    from prodlint.registry import LoadedRule

MILDER = frozenset({Context.SCRIPT, Context.NOTEBOOK, Context.EXAMPLE})
"""Contexts in which posture rules are one severity lower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The findings of one state of the project."""

    found: Analysis
    findings: tuple[Finding, ...]
    """Those that no comment silences, with their identity, in the order of the report."""
    failures: tuple[Failure, ...]
    suppressed: Mapping[str, int]
    """How many findings a comment silences, by path."""
    rule_seconds: tuple[tuple[str, float], ...]
    """By rule."""
    seconds: float
    """All rules together, with what is made of their reports."""


def examined(request: Request, rules: Sequence[LoadedRule], files: Files = discover) -> Examined:
    """What the rules say about the files of a project, on disk or in a commit."""
    stdin = request.stdin
    if request.overlay and files is discover:  # what is in a commit stays as it was
        stdin = None if stdin is None else (stdin[0], next(iter(request.overlay.values())))
        files = _overlaid(request.overlay)
    found = analysed(replace(request, stdin=stdin), files)
    context = RuleContext(project=found.project, defaults=request.config.defaults, as_of=date_of(request, found))
    failures = list(found.failures)
    raw: list[Finding] = []
    rule_seconds: dict[str, float] = {}
    began = time.monotonic()
    outcomes = registry.run_rules(found.project, rules, context, rule_seconds) if found.has_subjects else ()
    for loaded, outcome in outcomes:
        if isinstance(outcome, Failure):
            failures.append(outcome)
            continue
        finding = _finding(loaded, outcome, request.config)
        if finding is not None and finding.location.path in found.targets:
            raw.append(finding)
    kept, suppressed = _sorted_out(_once(raw), found, request, [rule.name for rule in rules])
    ordered = sorted(kept, key=_order)
    return Examined(
        found=found,
        findings=tuple(identified(ordered, found.excerpt)),
        failures=tuple(failures),
        suppressed=suppressed,
        rule_seconds=tuple(sorted(rule_seconds.items())),
        seconds=time.monotonic() - began,
    )


def analysed(request: Request, files: Files) -> Analysis:
    return analyse(
        request.paths,
        request.config,
        jobs=request.jobs,
        stdin=request.stdin,
        files=files,
        use_cache=request.use_cache,
        cache_folder=request.cache_folder,
        progress=request.progress,
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """Content that is on no disk."""

    data: bytes

    def read_bytes(self) -> bytes:
        return self.data


def _overlaid(overlay: Mapping[str, bytes]) -> Files:
    """Finds the files on the disk, with other content in those of the overlay."""

    def files(paths: Sequence[Path], root: Path, config: Config) -> Discovery:
        found = discover(paths, root, config)
        changed = (
            file._replace(blob=_Given(overlay[file.path])) if file.path in overlay else file for file in found.files
        )
        return found._replace(files=tuple(changed))

    return files


def date_of(request: Request, found: Analysis) -> str:
    """The day on which facts are judged; the model table is only read where there is something to judge."""
    if request.as_of is not None:
        return request.as_of.isoformat()
    if not found.has_subjects:
        return ""
    from prodlint.sdks.models.table import load

    return load().date


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each rule and place: a request on several clients has several subjects but one fault."""
    seen: dict[tuple[str, Location], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.rule, finding.location), finding)
    return list(seen.values())


def _finding(loaded: LoadedRule, report: Report, config: Config) -> Finding | None:
    """A report with the severity its context gives it; None where the rule does not apply."""
    rule = loaded.rule
    if report.in_test and not rule.applies_to_tests and config.test_relaxations:
        return None
    if loaded.severity is not None:
        severity = loaded.severity
    else:
        severity = report.severity or rule.severity
        if rule.posture and report.context in MILDER:
            severity = severity.lowered()
    return Finding(
        rule=loaded.name,
        severity=severity,
        location=report.location,
        message=report.message,
        help=report.help,
        symbol=report.symbol,
        related=report.related,
        flow=report.flow,
        repair=report.repair,
    )


def _sorted_out(
    raw: Sequence[Finding], found: Analysis, request: Request, ran: Sequence[str]
) -> tuple[list[Finding], dict[str, int]]:
    """Findings that are neither ignored for their file nor suppressed in it; and how many were suppressed, by path."""
    config = request.config
    by_path: dict[str, list[Finding]] = {}
    categories = {rule.name: rule.category for rule in registry.load_rules()}
    for finding in raw:
        names = {finding.rule, categories.get(finding.rule, ""), registry.ALL}
        if names.isdisjoint(rules_ignored_for(config, finding.location.path, found.root)):
            by_path.setdefault(finding.location.path, []).append(finding)
    kept: list[Finding] = []
    suppressed: dict[str, int] = {}
    for path in sorted({*by_path, *found.with_pragmas}):
        ignored = rules_ignored_for(config, path, found.root)
        applied = apply(
            by_path.get(path, []),
            _pragmas(path, found) if request.use_suppressions else Suppressions(),
            path=path,
            known=set(categories),
            ran=[name for name in ran if ignored.isdisjoint({name, categories[name], registry.ALL})]
            if found.is_parsed(path)
            else [],
            as_of=request.as_of,
            require_reason=config.require_reason,
        )
        kept.extend(applied.kept)
        for item in applied.about_suppressions:
            severity = own_severity(item.rule, config, request.selection)
            if ignored.isdisjoint({item.rule, CATEGORY, registry.ALL}) and severity is not None:
                kept.append(replace(item, severity=severity))
        suppressed[path] = len(applied.suppressed)
    return kept, suppressed


def _pragmas(path: str, found: Analysis) -> Suppressions:
    if path.endswith(".json"):
        return Suppressions()  # it has no comments, whatever its strings say
    source = found.source(path)
    if not source.cells:
        return suppressions(source.text, python=source.is_python)
    lines = source.text.split("\n")
    ends = (*source.cells[1:], len(lines) + 1)
    return join(
        suppressions("\n".join(lines[start - 1 : end - 1]), cell=index)
        for index, (start, end) in enumerate(zip(source.cells, ends, strict=True))
    )


def _order(finding: Finding) -> tuple[str, int, int, int, str]:
    place = finding.location
    return place.path, -1 if place.cell is None else place.cell, place.line, place.column, finding.rule
