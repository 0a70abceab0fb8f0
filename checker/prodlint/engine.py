"""The pipeline: discover, screen, extract, link, rules, suppressions; from a request to a run."""

from __future__ import annotations

import os.path
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint import baseline, registry
from prodlint.analysis import Analysis, Files, analyse
from prodlint.api import Report, RuleContext, Severity
from prodlint.config import Config, ConfigError, check_rule_names, parse_profile
from prodlint.discover import Discovery, UsageError, discover, find_root
from prodlint.exclusion import relative, rules_ignored_for
from prodlint.findings import Failure, Finding, RuleInfo, Run, Summary
from prodlint.identity import identified
from prodlint.model import Client, Context, Location, ModelCall
from prodlint.suppress import Suppressions, apply, join, suppressions
from prodlint.suppression_rules import CATEGORY, SUPPRESSION_RULES
from prodlint.values import dataclass, field, replace

if TYPE_CHECKING:
    from prodlint.registry import LoadedRule

__all__ = [
    "Comparison",
    "Inventory",
    "Request",
    "Selection",
    "UsageError",
    "check",
    "compare",
    "inventory",
    "known_names",
    "rule_infos",
]

OWN_RULES = frozenset(rule.name for rule in SUPPRESSION_RULES)
"""The rules that are part of the engine: they are about its own comments."""

MILDER = frozenset({Context.SCRIPT, Context.NOTEBOOK, Context.EXAMPLE})
"""Contexts in which posture rules are one severity lower."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run beside the baseline."""

    run: Run
    """Its findings are those that are not in the baseline."""
    file: Path
    """The baseline, which need not exist."""
    known: tuple[tuple[baseline.Entry, Finding], ...] = ()
    stale: tuple[baseline.Entry, ...] = ()
    """Entries that this run has looked for and not found."""
    unseen: tuple[baseline.Entry, ...] = ()
    """Entries of files or rules that are no part of this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Examined:
    """The findings of one state of the project."""

    found: Analysis
    findings: tuple[Finding, ...]
    """Those that no comment silences, with their identity, in the order of the report."""
    failures: tuple[Failure, ...]
    suppressed: int
    rule_seconds: tuple[tuple[str, float], ...]
    """By rule."""
    seconds: float
    """All rules together, with what is made of their reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Every request of a project."""

    root: str
    calls: tuple[ModelCall, ...]
    clients: tuple[Client, ...]
    failures: tuple[Failure, ...]
    as_of: str
    """ISO date on which dated facts are judged."""


def rule_infos() -> tuple[RuleInfo, ...]:
    """All rules, the installed ones and those about suppressions, by name. Raises UsageError."""
    try:
        installed = [registry.rule_info(rule) for rule in registry.load_rules()]
        return tuple(sorted([*installed, *SUPPRESSION_RULES], key=lambda rule: rule.name))
    except registry.RegistryError as error:
        raise UsageError(str(error)) from error


def known_names() -> frozenset[str]:
    """All that options and configuration can call rules: names, categories, `all`. Raises UsageError."""
    infos = rule_infos()
    return frozenset({registry.ALL, *(info.name for info in infos), *(info.category for info in infos)})


def inventory(request: Request) -> Inventory:
    """The requests in the given paths. Raises UsageError."""
    found = _analysed(request, discover)
    project = found.project
    return Inventory(
        root=found.root,
        calls=tuple(call for call in project.calls if call.location.path in found.targets),
        clients=project.clients,
        failures=found.failures,
        as_of=_date(request, found),
    )


def check(request: Request) -> Run:
    """Findings and failures in the given paths. Raises UsageError."""
    return compare(request).run


def compare(request: Request) -> Comparison:
    """Findings and failures in the given paths, beside the entries of the baseline. Raises UsageError."""
    started = time.monotonic()
    rules = _selected(request)
    root = find_root(request.paths if request.stdin is None else [Path(request.stdin[0])])
    book = _book(request, root)
    try:
        entries = baseline.read(book) if book and request.use_baseline else ()
    except baseline.BaselineError as error:
        raise UsageError(str(error)) from None
    now, wanted, introduced, notes = _examined_now(request, rules, root)
    matched = baseline.match(now.findings, entries, lambda path: not os.path.lexists(root / path))
    new = tuple(item for item in matched.new if item.location.path in wanted)
    findings = tuple(item for item in new if introduced is None or item.fingerprint in introduced)
    stale, unseen = _divided(matched.left, request, now, [rule.name for rule in rules])
    found = now.found
    # With `diff_base` the whole project was read; what is asked about may be a part of it.
    failures = tuple(item for item in now.failures if item.path in wanted or item.path not in found.targets)
    run = Run(
        root=found.root,
        findings=findings,
        failures=failures,
        summary=replace(
            _counts(found, wanted, failures),
            findings=len(findings),
            suppressed=now.suppressed,
            seconds=time.monotonic() - started,
            baselined=sum(finding.location.path in wanted for _, finding in matched.known),
            inherited=len(new) - len(findings),
        ),
        rules=(*(registry.rule_info(rule) for rule in rules), *SUPPRESSION_RULES),
        sources={path: found.written(path) for path in sorted({place.path for place in _places(findings)})},
        key_places=tuple(credential.location for credential in found.project.credentials),
        in_file=_in_file(findings, now.failures, found),
        stale=tuple(f"{entry.path}: {entry.rule} in {entry.symbol or 'the module'}" for entry in stale),
        notes=notes,
        stage_seconds=(*found.seconds.items(), ("rules", now.seconds)),
        rule_seconds=now.rule_seconds,
    )
    return Comparison(run=run, file=book or root / baseline.NAME, known=matched.known, stale=stale, unseen=unseen)


def _counts(found: Analysis, wanted: frozenset[str], failures: Iterable[Failure]) -> Summary:
    """How many of the wanted files came how far, and the requests in them."""
    failed = {failure.path for failure in failures if failure.path}
    files, parsed, not_analysed = len(wanted | failed), len(wanted & found.parsed), len(failed - found.parsed)
    return Summary(
        files=files,
        files_screened_out=files - parsed - not_analysed,
        files_parsed=parsed,
        files_not_analysed=not_analysed,
        calls=sum(1 for call in found.project.calls if call.location.path in wanted),
    )


def _book(request: Request, root: Path) -> Path | None:
    """The baseline to read; None when none is named and there is none in the root."""
    if request.baseline is not None:
        return request.baseline
    if request.config.baseline is not None:
        return request.config.baseline
    usual = root / baseline.NAME
    return usual if usual.is_file() else None


def _examined_now(
    request: Request, rules: Sequence[LoadedRule], root: Path
) -> tuple[_Examined, frozenset[str], frozenset[str] | None, tuple[str, ...]]:
    """The project as it is; the paths that were asked for; and with `diff_base` what the branch has introduced.

    The comparison needs the whole project on both sides: a call may be at fault by what another file says. Introduced
    findings are given by fingerprint; the texts are notes for the reader.
    """
    if request.diff_base is None:
        now = _examined(request, rules)
        return now, now.found.targets, None, ()
    from prodlint.revision import merge_base

    if request.stdin is not None:
        raise UsageError("--diff-base compares files, not standard input")
    wanted = frozenset(file.path for file in discover(request.paths, root, request.config).files)
    whole = replace(request, paths=(root, *request.paths))
    with merge_base(str(root), request.diff_base) as revision:
        before = _examined(whole, rules, revision.discover)
    now = _examined(whole, rules)
    entries = baseline.entries_of(before.findings)
    matched = baseline.match(now.findings, entries, lambda path: path not in now.found.targets)
    notes = tuple(
        f"{item.path} at {revision.commit[:12]} could not be analysed ({item.message}); its findings count as new"
        for item in before.failures
    )
    return now, wanted, frozenset(item.fingerprint for item in matched.new), notes


def _examined(request: Request, rules: Sequence[LoadedRule], files: Files = discover) -> _Examined:
    """What the rules say about the files of a project, on disk or in a commit."""
    stdin = request.stdin
    if request.overlay and files is discover:  # what is in a commit stays as it was
        stdin = None if stdin is None else (stdin[0], next(iter(request.overlay.values())))
        files = _overlaid(request.overlay)
    found = _analysed(replace(request, stdin=stdin), files)
    context = RuleContext(project=found.project, defaults=request.config.defaults, as_of=_date(request, found))
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
    kept, suppressed = _sorted_out(raw, found, request, [rule.name for rule in rules])
    ordered = sorted(_once(kept), key=_order)
    return _Examined(
        found=found,
        findings=tuple(identified(ordered, found.excerpt)),
        failures=tuple(failures),
        suppressed=suppressed,
        rule_seconds=tuple(sorted(rule_seconds.items())),
        seconds=time.monotonic() - began,
    )


def _analysed(request: Request, files: Files) -> Analysis:
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


def _divided(
    left: Iterable[baseline.Entry], request: Request, now: _Examined, ran: Sequence[str]
) -> tuple[tuple[baseline.Entry, ...], tuple[baseline.Entry, ...]]:
    """Entries without a finding: those that this run would have found, and those that it has not looked for."""
    root = Path(now.found.root)
    rules = {*ran, *OWN_RULES}
    folders = [os.path.abspath(path) for path in request.paths]
    failed = {failure.path for failure in now.failures}
    stale: list[baseline.Entry] = []
    unseen: list[baseline.Entry] = []
    for entry in left:
        absolute = os.path.abspath(root / entry.path)
        is_gone = not os.path.lexists(absolute) and any(relative(absolute, folder) for folder in folders)
        seen = entry.rule in rules and entry.path not in failed and (entry.path in now.found.targets or is_gone)
        (stale if seen else unseen).append(entry)
    return tuple(stale), tuple(unseen)


def _date(request: Request, found: Analysis) -> str:
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


def _selected(request: Request) -> tuple[LoadedRule, ...]:
    config, selection = request.config, request.selection
    try:
        rules = registry.load_rules()
        own = {rule.name for rule in rules} | {rule.category for rule in rules}
        check_rule_names(config, known_names())
        levels = {name: level for name, level in config.severity.items() if level is not None}
        off = tuple(name for name, level in config.severity.items() if level is None)
        select = selection.select if selection.select is not None else config.select
        configured = (config.profile, config.profile_version)
        profile, version = parse_profile(selection.profile) if selection.profile else configured
        return registry.select_rules(
            rules,
            select=None if select is None else _without_own(select),
            ignore=_without_own((*config.ignore, *selection.ignore, *(name for name in off if name in own))),
            extend_select=_without_own((*config.extend_select, *selection.extend_select)),
            profile=profile,
            version=version,
            severity={name: level for name, level in levels.items() if name in own},
        )
    except (registry.RegistryError, ConfigError, ValueError) as error:
        raise UsageError(str(error)) from error


def _without_own(names: Iterable[str]) -> tuple[str, ...]:
    """The names that the rule packs know: the rules about suppressions are the engine's own."""
    return tuple(name for name in names if name not in OWN_RULES and name != CATEGORY)


def _own_severity(name: str, config: Config, selection: Selection) -> Severity | None:
    """The severity of a rule about suppressions; None when it is switched off."""
    select = selection.select if selection.select is not None else config.select
    named = {*(select or ()), *config.extend_select, *selection.extend_select}
    ignored = {*config.ignore, *selection.ignore}
    # They come with any other rule, as they are about what these say.
    is_off = not named and select is not None
    if name in ignored or is_off or (not ignored.isdisjoint({CATEGORY, registry.ALL}) and name not in named):
        return None
    return config.severity.get(name, config.severity.get(CATEGORY, Severity.WARNING))


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
) -> tuple[list[Finding], int]:
    """Findings that are neither ignored for their file nor suppressed in it; and how many were suppressed."""
    config = request.config
    by_path: dict[str, list[Finding]] = {}
    categories = {rule.name: rule.category for rule in registry.load_rules()}
    for finding in raw:
        names = {finding.rule, categories.get(finding.rule, ""), registry.ALL}
        if names.isdisjoint(rules_ignored_for(config, finding.location.path, found.root)):
            by_path.setdefault(finding.location.path, []).append(finding)
    kept: list[Finding] = []
    suppressed = 0
    for path in sorted({*by_path, *found.with_pragmas}):
        ignored = rules_ignored_for(config, path, found.root)
        applied = apply(
            by_path.get(path, []),
            _pragmas(path, found) if request.use_suppressions else Suppressions(),
            path=path,
            known=set(categories),
            ran=[name for name in ran if name not in ignored] if found.is_parsed(path) else [],
            as_of=request.as_of,
            require_reason=config.require_reason,
        )
        kept.extend(applied.kept)
        for item in applied.about_suppressions:
            severity = _own_severity(item.rule, config, request.selection)
            if ignored.isdisjoint({item.rule, CATEGORY, registry.ALL}) and severity is not None:
                kept.append(replace(item, severity=severity))
        suppressed += len(applied.suppressed)
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


def _places(findings: Iterable[Finding]) -> Iterator[Location]:
    """All places that the findings speak of."""
    for finding in findings:
        yield finding.location
        yield from (item.location for item in (*finding.related, *finding.flow))


def _in_file(findings: Iterable[Finding], failures: Iterable[Failure], found: Analysis) -> dict[Location, Location]:
    """Where the places in notebooks' cells stand in the notebooks' files."""
    told = [*_places(findings), *(failure.location for failure in failures)]
    in_cells = [place for place in told if place is not None and place.cell is not None]
    if not in_cells:
        return {}
    from prodlint import notebook_lines

    return notebook_lines.places(in_cells, found.written)
