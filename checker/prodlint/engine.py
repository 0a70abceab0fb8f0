"""The pipeline: discover, screen, extract, link, rules, suppressions; from a request to a run."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint import registry
from prodlint.analysis import Analysis, analyse
from prodlint.api import Profile, Report, RuleContext, Severity
from prodlint.config import Config, ConfigError, check_rule_names, rules_ignored_for
from prodlint.discover import UsageError
from prodlint.findings import Failure, Finding, RuleInfo, Run, Summary
from prodlint.model import Client, Context, Location, ModelCall
from prodlint.suppress import apply, join, suppressions

if TYPE_CHECKING:
    from prodlint.registry import LoadedRule

__all__ = ["Inventory", "Request", "Selection", "UsageError", "check", "inventory", "rule_infos"]

MILDER = frozenset({Context.SCRIPT, Context.NOTEBOOK, Context.EXAMPLE})
"""Contexts in which posture rules are one severity lower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rules that the command line asks for; it beats the configuration."""

    select: tuple[str, ...] = ()
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
    stdin: tuple[str, bytes] | None = None
    """File name and content of a source that is not read from disk."""
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Every request of a project."""

    root: str
    calls: tuple[ModelCall, ...]
    clients: tuple[Client, ...]
    failures: tuple[Failure, ...]


def rule_infos() -> tuple[RuleInfo, ...]:
    """All installed rules, by name. Raises UsageError."""
    try:
        return tuple(registry.rule_info(rule) for rule in registry.load_rules())
    except registry.RegistryError as error:
        raise UsageError(str(error)) from error


def inventory(request: Request) -> Inventory:
    """The requests in the given paths. Raises UsageError."""
    found = analyse(request.paths, request.config, jobs=request.jobs, stdin=request.stdin)
    project = found.project
    return Inventory(
        root=found.root,
        calls=tuple(call for call in project.calls if call.location.path in found.targets),
        clients=project.clients,
        failures=found.failures,
    )


def check(request: Request) -> Run:
    """Findings and failures in the given paths. Raises UsageError."""
    started = time.monotonic()
    rules = _selected(request)
    found = analyse(request.paths, request.config, jobs=request.jobs, stdin=request.stdin)
    context = RuleContext(project=found.project, defaults=request.config.defaults)
    failures = list(found.failures)
    raw: list[Finding] = []
    for loaded, outcome in registry.run_rules(found.project, rules, context) if found.has_subjects else ():
        if isinstance(outcome, Failure):
            failures.append(outcome)
            continue
        finding = _finding(loaded, outcome, request.config)
        if finding is not None and finding.location.path in found.targets:
            raw.append(finding)
    kept, suppressed = _sorted_out(raw, found, request.config, [rule.name for rule in rules])
    findings = tuple(sorted(_fingerprinted(_once(kept), found), key=_order))
    infos = tuple(registry.rule_info(rule) for rule in rules)
    return Run(
        root=found.root,
        findings=findings,
        failures=tuple(failures),
        summary=Summary(
            files=found.files,
            files_screened_out=found.files - found.parsed,
            files_parsed=found.parsed,
            calls=sum(1 for call in found.project.calls if call.location.path in found.targets),
            findings=len(findings),
            suppressed=suppressed,
            seconds=time.monotonic() - started,
        ),
        rules=infos,
        sources={path: found.text(path) for path in sorted(_paths(findings))},
    )


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each rule and place: a request on several clients has several subjects but one fault."""
    seen: dict[tuple[str, Location], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.rule, finding.location), finding)
    return list(seen.values())


def _selected(request: Request) -> tuple[LoadedRule, ...]:
    config, selection = request.config, request.selection
    try:
        rules = registry.load_rules()
        known = {rule.name for rule in rules} | {rule.category for rule in rules} | {registry.ALL}
        check_rule_names(config, known | {"unused-suppression", "invalid-suppression"})
        levels = {name: level for name, level in config.severity.items() if level is not None}
        off = tuple(name for name, level in config.severity.items() if level is None)
        own = {rule.name for rule in rules} | {rule.category for rule in rules}
        return registry.select_rules(
            rules,
            select=selection.select or config.select or (),
            ignore=(*config.ignore, *selection.ignore, *(name for name in off if name in own)),
            extend_select=(*config.extend_select, *selection.extend_select),
            profile=Profile[selection.profile.upper()] if selection.profile else config.profile,
            severity={name: level for name, level in levels.items() if name in own},
        )
    except (registry.RegistryError, ConfigError) as error:
        raise UsageError(str(error)) from error


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
    )


def _sorted_out(
    raw: Sequence[Finding], found: Analysis, config: Config, ran: Sequence[str]
) -> tuple[list[Finding], int]:
    """Findings that are neither ignored for their file nor suppressed in it; and how many were suppressed."""
    by_path: dict[str, list[Finding]] = {}
    for finding in raw:
        if finding.rule not in rules_ignored_for(config, finding.location.path):
            by_path.setdefault(finding.location.path, []).append(finding)
    kept: list[Finding] = []
    suppressed = 0
    for path in sorted({*by_path, *found.with_pragmas}):
        ignored = rules_ignored_for(config, path)
        applied = apply(
            by_path.get(path, []),
            _pragmas(path, found),
            path=path,
            known={rule.name for rule in registry.load_rules()},
            ran=[name for name in ran if name not in ignored] if found.is_parsed(path) else [],
        )
        kept.extend(applied.kept)
        kept.extend(
            item
            for item in applied.about_suppressions
            if item.rule not in ignored and config.severity.get(item.rule, Severity.WARNING) is not None
        )
        suppressed += len(applied.suppressed)
    return kept, suppressed


def _pragmas(path: str, found: Analysis):  # type: ignore[no-untyped-def]  # suppress.Suppressions
    source = found.source(path)
    if not source.cells:
        return suppressions(source.text, python=path.endswith(".py"))
    lines = source.text.split("\n")
    ends = (*source.cells[1:], len(lines) + 1)
    return join(
        suppressions("\n".join(lines[start - 1 : end - 1]), cell=index)
        for index, (start, end) in enumerate(zip(source.cells, ends, strict=True))
    )


def _fingerprinted(findings: Iterable[Finding], found: Analysis) -> list[Finding]:
    """Findings with an identity that survives moved lines: rule, path, symbol, source of the range, n-th."""
    seen: dict[str, int] = {}
    result: list[Finding] = []
    for finding in sorted(findings, key=_order):
        excerpt = "".join(found.excerpt(finding.location).split())
        base = "\0".join((finding.rule, finding.location.path, finding.symbol, excerpt))
        count = seen.get(base, 0)
        seen[base] = count + 1
        digest = hashlib.sha256(f"{base}\0{count}".encode("utf-8", "surrogatepass")).hexdigest()
        result.append(_with_fingerprint(finding, digest))
    return result


def _with_fingerprint(finding: Finding, digest: str) -> Finding:
    from dataclasses import replace

    return replace(finding, fingerprint=digest)


def _order(finding: Finding) -> tuple[str, int, int, int, str]:
    place = finding.location
    return place.path, -1 if place.cell is None else place.cell, place.line, place.column, finding.rule


def _paths(findings: Iterable[Finding]) -> set[str]:
    places: set[str] = set()
    for finding in findings:
        places.add(finding.location.path)
        places.update(related.location.path for related in finding.related)
    return places
