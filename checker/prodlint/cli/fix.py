"""`prodlint fix`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from prodlint.cli import fixing
from prodlint.cli.options import Command, common, common_options, selection_options
from prodlint.cli.running import asked, configuration, exit_code, request_of, the_engine
from prodlint.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodlint.findings import Finding, Run
    from prodlint.fixes.edits import Replacement
    from prodlint.fixes.plan import Plan, Planner
    from prodlint.report.style import Style

ANSWERS = "y: yes, n: no, a: this and all that follow, q: no more"


@click.command(cls=Command)
@selection_options
@common_options
@click.pass_context
def fix(
    context: click.Context,
    /,
    *,
    select: tuple[str, ...] | None,
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    profile: str | None,
    **values: Any,
) -> int:
    """Show each fix, the unsafe ones too, and ask whether to apply it.

    Exits with 1 when findings at or above `fail-on` are left, declined ones among them.
    """
    from prodlint.fixes.rounds import planned
    from prodlint.report import delivery
    from prodlint.report.terminal import stream_style

    fixing.refuse_without_terminal()
    options = common(values)
    engine = the_engine(context)
    selection = engine.Selection(select=select, ignore=ignore, extend_select=extend_select, profile=profile)
    config = configuration(options)
    request = request_of(engine, options, config, selection)
    run = planned(asked(engine, engine.check, request))
    accepted = _accepted(run, stream_style(options.color, sys.stdout))
    if not accepted:
        delivery.print_failures(run.failures, options.color)
        return exit_code(run, config.fail_on)
    outcome = fixing.saved(engine, request, fixing.chosen(engine, request, accepted))
    left = replace(outcome.run, failures=(*outcome.run.failures, *outcome.failures))
    fixing.tell(outcome, True, verb="fixed")
    delivery.print_failures(left.failures, options.color)
    return exit_code(left, config.fail_on)


def _accepted(run: Run, style: Style) -> list[Finding]:
    """The findings whose fix the person at the terminal wants."""
    from prodlint.fixes.rounds import planner_for

    planner = planner_for(run, {})
    offered = [finding for finding in run.findings if finding.fix is not None]
    click.echo(f"{len(offered)} fixes. {ANSWERS}" if offered else "Nothing that can be fixed")
    accepted: list[Finding] = []
    for number, finding in enumerate(offered):
        _show(finding, accepted, run, planner, style)
        answer = _ask()
        if answer == "a":
            return [*accepted, *offered[number:]]
        if answer == "q":
            break
        if answer == "y":
            accepted.append(finding)
    return accepted


def _ask() -> str:
    while True:
        answer: str = click.prompt("Apply this fix? [y/n/a/q]", prompt_suffix=" ").strip().lower()
        if answer in ("y", "n", "a", "q"):
            return answer
        click.echo(ANSWERS)


def _show(finding: Finding, accepted: list[Finding], run: Run, planner: Planner, style: Style) -> None:
    """Print a fix as it changes the file that the accepted ones have changed already."""
    from prodlint.fixes.edits import applied
    from prodlint.fixes.patch import excerpt
    from prodlint.fixes.plan import target
    from prodlint.report.printable import printable, redacted

    assert finding.fix is not None
    path = target(finding)
    # Findings that have been planned keep their repair, of which the plan is made anew.
    earlier = [one for one in accepted if target(one) == path]
    before, plan = _plans(path, earlier, finding, planner)
    text = plan.document.text
    hidden = _key_lines(path, run, plan.document.cells, before.replacements, text)
    safety = "safe" if finding.fix.is_safe else "unsafe"
    place = printable(f"{path}:{finding.location.line}", style)
    click.echo(f"\n{style.paint('path', place)}: {style.paint('rule', finding.rule)} ({safety})")
    click.echo(printable(redacted(finding.fix.description), style))
    roles = {"+": "set", "-": "error", "@": "dim"}
    for line in excerpt(applied(text, before.replacements), applied(text, plan.replacements), hidden):
        shown = line[:1] + printable(redacted(line[1:].replace("\t", "    ")), style)
        click.echo(style.paint(roles.get(line[0], ""), shown) if line[0] in roles else shown)


def _plans(path: str, earlier: list[Finding], finding: Finding, planner: Planner) -> tuple[Plan, Plan]:
    """The file as it is when a fix is made, and with it; a fix that cannot be made beside the earlier ones waits for a
    pass of its own and is shown alone."""
    from prodlint.fixes.edits import Refused

    try:
        before, after = planner.plan(path, earlier), planner.plan(path, [*earlier, finding])
        if finding in after.findings:
            return before, after
    except Refused:
        pass
    return planner.plan(path, []), planner.plan(path, [finding])


def _key_lines(path: str, run: Run, cells: tuple[int, ...], before: Sequence[Replacement], text: str) -> set[int]:
    """The 1-based lines of the keys in a file, after replacements that were made before."""
    from prodlint.fixes.edits import line_moved

    return {
        line_moved(line + (cells[place.cell] - 1 if place.cell is not None and cells else 0), before, text)
        for place in run.key_places
        if place.path == path
        for line in range(place.line, place.end_line + 1)
    }
