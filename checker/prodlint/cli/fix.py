"""`prodlint fix`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from prodlint.cli import fixing
from prodlint.cli.options import Command, common, common_options, selection_options
from prodlint.cli.running import asked, configuration, request_of, the_engine

if TYPE_CHECKING:
    from prodlint.findings import Finding, Run
    from prodlint.fixes.plan import Planner
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
    """Show each fix, the unsafe ones too, and ask whether to apply it."""
    from prodlint.fixes.rounds import planned
    from prodlint.report import delivery
    from prodlint.report.terminal import stream_style

    fixing.refuse_without_terminal()
    options = common(values)
    engine = the_engine(context)
    selection = engine.Selection(select=select, ignore=ignore, extend_select=extend_select, profile=profile)
    request = request_of(engine, options, configuration(options), selection)
    run = planned(asked(engine, engine.check, request))
    accepted = _accepted(run, stream_style(options.color, sys.stdout))
    if not accepted:
        delivery.print_failures(run.failures, options.color)
        return 2 if run.failures else 0
    outcome = fixing.saved(engine, request, fixing.chosen(engine, request, accepted))
    failures = [*outcome.run.failures, *outcome.failures]
    fixing.tell(outcome, True, verb="fixed")
    delivery.print_failures(failures, options.color)
    return 2 if failures else 0


def _accepted(run: Run, style: Style) -> list[Finding]:
    """The findings whose fix the person at the terminal wants."""
    from prodlint.fixes.rounds import planner_for

    planner = planner_for(run, {})
    offered = [finding for finding in run.findings if finding.fix is not None]
    click.echo(f"{len(offered)} fixes. {ANSWERS}" if offered else "Nothing that can be fixed")
    accepted: list[Finding] = []
    for number, finding in enumerate(offered):
        _show(finding, run, planner, style)
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


def _show(finding: Finding, run: Run, planner: Planner, style: Style) -> None:
    from prodlint.fixes.edits import applied
    from prodlint.fixes.patch import excerpt
    from prodlint.fixes.plan import target
    from prodlint.report.printable import printable, redacted

    assert finding.fix is not None
    path = target(finding)
    # Findings that have been planned keep their repair, of which the plan is made anew.
    plan = planner.plan(path, [finding])
    text = plan.document.text
    hidden = {
        line + (plan.document.cells[place.cell] - 1 if place.cell is not None and plan.document.cells else 0)
        for place in run.key_places
        if place.path == path
        for line in range(place.line, place.end_line + 1)
    }
    safety = "safe" if finding.fix.is_safe else "unsafe"
    place = printable(f"{path}:{finding.location.line}", style)
    click.echo(f"\n{style.paint('path', place)}: {style.paint('rule', finding.rule)} ({safety})")
    click.echo(printable(redacted(finding.fix.description), style))
    roles = {"+": "set", "-": "error", "@": "dim"}
    for line in excerpt(text, applied(text, plan.replacements), hidden):
        shown = line[:1] + printable(redacted(line[1:].replace("\t", "    ")), style)
        click.echo(style.paint(roles.get(line[0], ""), shown) if line[0] in roles else shown)
