"""The pipeline: discover, screen, extract, link, rules, suppressions; from a request to a run."""

from __future__ import annotations

import os.path
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint import baseline
from prodlint.analysis import Analysis
from prodlint.discover import UsageError, discover, find_root
from prodlint.examination import Examined, analysed, date_of, examined
from prodlint.exclusion import relative
from prodlint.findings import Failure, Finding, Run, Summary
from prodlint.model import Client, Location, ModelCall
from prodlint.request import Request, Selection
from prodlint.selection import OWN_RULES, in_force, known_names, rule_infos, selected
from prodlint.values import dataclass, replace

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
class Inventory:
    """Every request of a project."""

    root: str
    calls: tuple[ModelCall, ...]
    clients: tuple[Client, ...]
    failures: tuple[Failure, ...]
    as_of: str
    """ISO date on which dated facts are judged."""


def inventory(request: Request) -> Inventory:
    """The requests in the given paths. Raises UsageError."""
    found = analysed(request, discover)
    project = found.project
    return Inventory(
        root=found.root,
        calls=tuple(call for call in project.calls if call.location.path in found.targets),
        clients=project.clients,
        failures=found.failures,
        as_of=date_of(request, found),
    )


def check(request: Request) -> Run:
    """Findings and failures in the given paths. Raises UsageError."""
    return compare(request).run


def compare(request: Request) -> Comparison:
    """Findings and failures in the given paths, beside the entries of the baseline. Raises UsageError."""
    started = time.monotonic()
    rules = selected(request)
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
            suppressed=sum(count for path, count in now.suppressed.items() if path in wanted),
            seconds=time.monotonic() - started,
            baselined=sum(finding.location.path in wanted for _, finding in matched.known),
            inherited=len(new) - len(findings),
        ),
        rules=in_force(rules, request),
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
) -> tuple[Examined, frozenset[str], frozenset[str] | None, tuple[str, ...]]:
    """The project as it is; the paths that were asked for; and with `diff_base` what the branch has introduced.

    The comparison needs the whole project on both sides: a call may be at fault by what another file says. Introduced
    findings are given by fingerprint; the texts are notes for the reader.
    """
    if request.diff_base is None:
        now = examined(request, rules)
        return now, now.found.targets, None, ()
    from prodlint.introduced import introduced
    from prodlint.revision import common_commits, revision_of

    if request.stdin is not None:
        raise UsageError("--diff-base compares files, not standard input")
    wanted = frozenset(file.path for file in discover(request.paths, root, request.config).files)
    whole = replace(request, paths=(root, *request.paths))
    now = examined(whole, rules)
    new = frozenset(item.fingerprint for item in now.findings)
    notes: list[str] = []
    for commit in common_commits(str(root), request.diff_base):
        with revision_of(str(root), request.diff_base, commit) as revision:
            before = examined(whole, rules, revision.discover)
        found = introduced(before.findings, now.findings, revision.renamed, lambda path: path not in now.found.targets)
        new &= {item.fingerprint for item in found}
        notes += [
            f"{item.path or 'a part of the project'} at {commit[:12]} could not be analysed ({item.message}); "
            "its findings count as new"
            for item in before.failures
            if not item.path or item.path in wanted
        ]
    return now, wanted, new, tuple(notes)


def _divided(
    left: Iterable[baseline.Entry], request: Request, now: Examined, ran: Sequence[str]
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
