"""What `prodlint check --fix` and its neighbours do, and `prodlint fix` shares."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from prodlint.cli.running import Engine, asked
from prodlint.values import replace

if TYPE_CHECKING:
    from prodlint.findings import Finding, Run
    from prodlint.fixes.plan import Planner
    from prodlint.fixes.rounds import Outcome


def fixed(engine: Engine, request: Any, wanted: Callable[[Finding, Run, Planner], bool]) -> Outcome:
    """Every wanted fix that holds, in memory."""
    from prodlint.fixes.rounds import fix_all

    return fix_all(_checking(engine, request), wanted, request.stdin[1] if request.stdin else None)


def chosen(engine: Engine, request: Any, findings: Iterable[Finding]) -> Outcome:
    """The fixes of these findings, in memory, and no others."""
    from prodlint.fixes.rounds import fix_chosen

    return fix_chosen(_checking(engine, request), {finding.fingerprint for finding in findings})


def _checking(engine: Engine, request: Any) -> Callable[[Mapping[str, bytes]], Run]:
    def check(overlay: Mapping[str, bytes]) -> Run:
        return asked(engine, engine.check, replace(request, overlay=overlay))

    return check


def allowed(unsafe: bool) -> Callable[[Finding, Run, Planner], bool]:
    """The fixes that may be applied: the safe ones, or all."""

    def wanted(finding: Finding, run: Run, planner: Planner) -> bool:
        del run, planner
        return unsafe or is_safe(finding)

    return wanted


def is_safe(finding: Finding) -> bool:
    """True when nobody needs to read the finding's fix."""
    if finding.repair is not None:
        return finding.repair.is_safe
    return finding.fix is not None and finding.fix.is_safe


def saved(engine: Engine, request: Any, outcome: Outcome) -> Outcome:
    """Write the changed files; a source on standard input goes to standard output.

    What fixing came to on the disk: where a file could not be written, its findings are still there.
    """
    from prodlint.findings import Failure
    from prodlint.fixes import store
    from prodlint.fixes.edits import Refused
    from prodlint.fixes.plan import target

    if request.stdin:
        _write_bytes(next((new for _, new in outcome.changed.values()), request.stdin[1]))
        return outcome
    unwritten = []
    for path, (old, new) in sorted(outcome.changed.items()):
        try:
            store.write(outcome.run.root, path, old, new)
        except Refused as error:
            unwritten.append(Failure(path=path, line=None, message=str(error), of_fix=True))
    if not unwritten:
        return outcome
    failed = {failure.path for failure in unwritten}
    return replace(
        outcome,
        run=asked(engine, engine.check, request),
        changed={path: change for path, change in outcome.changed.items() if path not in failed},
        applied=[finding for finding in outcome.applied if target(finding) not in failed],
        failures=[*outcome.failures, *unwritten],
    )


def _write_bytes(data: bytes) -> None:
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(data.decode("utf-8", "replace"))
    else:
        stream.write(data)
        stream.flush()


def tell(outcome: Outcome, unsafe: bool, *, verb: str) -> None:
    """On standard error, what was fixed and what more could be."""
    from prodlint.report import delivery
    from prodlint.report.printable import counted

    done = counted(len(outcome.applied), "finding")
    files = counted(len(outcome.changed), "file")
    if outcome.applied:
        delivery.say(f"{verb} {done} in {files}")
    more = 0 if unsafe else sum(1 for finding in _planned(outcome) if finding.fix is not None and not is_safe(finding))
    if more:
        delivery.say(f"{more} more can be fixed with --unsafe-fixes")


def _planned(outcome: Outcome) -> Iterable[Finding]:
    from prodlint.fixes.rounds import planner_for

    planner = planner_for(outcome.run, {path: new for path, (_, new) in outcome.changed.items()})
    return (planner.fixed(finding) for finding in outcome.run.findings)


def list_fixes(findings: Iterable[Finding], *, color: str) -> None:
    """On standard output, one line for each fix."""
    from prodlint.report.printable import printable, redacted
    from prodlint.report.terminal import stream_style, write

    style = stream_style(color, sys.stdout)
    lines = []
    for finding in findings:
        fix = finding.repair or finding.fix
        if fix is not None:
            place = f"{finding.location.path}:{finding.location.line}"
            safety = "safe" if fix.is_safe else "unsafe"
            text = printable(redacted(f"{place}: {finding.rule} ({safety}): {fix.description}"), style)
            lines.append(f"{text}\n")
    write(sys.stdout, "".join(lines))


def diff(engine: Engine, request: Any, unsafe: bool) -> tuple[Outcome, bool]:
    """Print the patch of all fixes that may be applied. What they come to, and whether there are any.

    A patch shows the lines it takes away and those around them: fixes of keys, and beside keys, are left out.
    """
    from prodlint.fixes.patch import patch
    from prodlint.report import delivery
    from prodlint.report.repository import repository_prefix

    withheld: set[str] = set()
    may = allowed(unsafe)

    def wanted(finding: Finding, run: Run, planner: Planner) -> bool:
        if not may(finding, run, planner):
            return False
        if _shows_key(finding, run, planner):
            withheld.add(finding.fingerprint)
            return False
        return True

    outcome = fixed(engine, request, wanted)
    shown = {}
    for path, (old, new) in outcome.changed.items():
        if _is_secret(path, old, new, outcome.first):
            withheld.add(path)
        else:
            shown[path] = (old, new)
    _write_bytes(patch(shown, repository_prefix(outcome.run.root)))
    if withheld:
        flags = "--fix --unsafe-fixes" if unsafe else "--fix"
        count = f"{len(withheld)} more" if shown else f"{len(withheld)}"
        delivery.say(f"{count} left out, since the patch would show a key; {flags} applies them")
    return outcome, bool(shown or withheld)


def _shows_key(finding: Finding, run: Run, planner: Planner) -> bool:
    from prodlint.fixes.edits import Refused
    from prodlint.fixes.plan import target

    path = target(finding)
    try:
        plan = planner.plan(path, [finding])
        return bool(plan.findings) and _is_secret(
            path, plan.document.data, plan.document.rewritten(plan.replacements), run
        )
    except Refused:
        return False


def _is_secret(path: str, old: bytes, new: bytes, run: Run) -> bool:
    """True when the patch from one content to the other shows a key of the run."""
    from prodlint.fixes.patch import shows_key

    places = [place for place in run.key_places if place.path == path]
    in_cells = [place for place in places if place.cell is not None]
    if in_cells:  # the lines of a cell are not those of the file
        from prodlint.notebook_lines import places as in_file

        found = in_file(in_cells, lambda _: old.decode("utf-8"))
        if len(found) < len(set(in_cells)):
            return True
        places = [found.get(place, place) for place in places]
    lines = {line for place in places for line in range(place.line, place.end_line + 1)}
    return shows_key(old.decode("latin-1"), new.decode("latin-1"), lines)


def refuse_without_terminal() -> None:
    """Raises click.UsageError unless there is somebody to ask."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("`prodlint fix` asks on a terminal; `prodlint check --fix` does not ask")
