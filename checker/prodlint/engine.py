"""The pipeline: discover, screen, extract, link, rules, suppressions; from a request to a run."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint import registry
from prodlint.analysis import Analysis, analyse
from prodlint.api import Profile, Report, RuleContext, Severity
from prodlint.config import Config, ConfigError, check_rule_names, rules_ignored_for
from prodlint.discover import UsageError
from prodlint.findings import Failure, Finding, RuleInfo, Run, Summary
from prodlint.model import Client, Context, Location, ModelCall
from prodlint.suppress import SUPPRESSION_RULES, Suppressions, apply, join, suppressions

if TYPE_CHECKING:
    from prodlint.registry import LoadedRule

__all__ = ["Inventory", "Request", "Selection", "UsageError", "check", "inventory", "rule_infos"]

OWN_RULES = frozenset(rule.name for rule in SUPPRESSION_RULES)
"""The rules that are part of the engine: they are about its own comments."""

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
    kept, suppressed = _sorted_out(raw, found, request, [rule.name for rule in rules])
    findings = tuple(sorted(_fingerprinted(_once(kept), found), key=_order))
    infos = (*(registry.rule_info(rule) for rule in rules), *SUPPRESSION_RULES)
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
        check_rule_names(config, known | OWN_RULES)
        levels = {name: level for name, level in config.severity.items() if level is not None}
        off = tuple(name for name, level in config.severity.items() if level is None)
        own = {rule.name for rule in rules} | {rule.category for rule in rules}
        return registry.select_rules(
            rules,
            select=_without_own(selection.select or config.select or ()),
            ignore=_without_own((*config.ignore, *selection.ignore, *(name for name in off if name in own))),
            extend_select=_without_own((*config.extend_select, *selection.extend_select)),
            profile=Profile[selection.profile.upper()] if selection.profile else config.profile,
            severity={name: level for name, level in levels.items() if name in own},
        )
    except (registry.RegistryError, ConfigError) as error:
        raise UsageError(str(error)) from error


def _without_own(names: Iterable[str]) -> tuple[str, ...]:
    """The names that the rule packs know: the rules about suppressions are the engine's own."""
    return tuple(name for name in names if name not in OWN_RULES)


def _own_severity(name: str, config: Config, selection: Selection) -> Severity | None:
    """The severity of a rule about suppressions; None when it is switched off."""
    if name in config.ignore or name in selection.ignore:
        return None
    return config.severity.get(name, Severity.WARNING)


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
    raw: Sequence[Finding], found: Analysis, request: Request, ran: Sequence[str]
) -> tuple[list[Finding], int]:
    """Findings that are neither ignored for their file nor suppressed in it; and how many were suppressed."""
    config = request.config
    by_path: dict[str, list[Finding]] = {}
    categories = {rule.name: rule.category for rule in registry.load_rules()}
    for finding in raw:
        names = {finding.rule, categories.get(finding.rule, ""), registry.ALL}
        if names.isdisjoint(rules_ignored_for(config, finding.location.path)):
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
        for item in applied.about_suppressions:
            severity = _own_severity(item.rule, config, request.selection)
            if item.rule not in ignored and severity is not None:
                kept.append(replace(item, severity=severity))
        suppressed += len(applied.suppressed)
    return kept, suppressed


def _pragmas(path: str, found: Analysis) -> Suppressions:
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
        result.append(replace(finding, fingerprint=digest))
    return result


def _order(finding: Finding) -> tuple[str, int, int, int, str]:
    place = finding.location
    return place.path, -1 if place.cell is None else place.cell, place.line, place.column, finding.rule


def _paths(findings: Iterable[Finding]) -> set[str]:
    places: set[str] = set()
    for finding in findings:
        places.add(finding.location.path)
        places.update(related.location.path for related in finding.related)
    return places
