"""`prodlint check`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from prodlint.cli import fixing
from prodlint.cli.adding import ignore_all
from prodlint.cli.options import Command, Common, common, common_options, judging_options, selection_options
from prodlint.cli.output import (
    FORMAT_NAMES,
    output_format_option,
    refuse_category,
    sarif_category_option,
    write_reports,
)
from prodlint.cli.running import (
    asked,
    configuration,
    deliver,
    destinations_of,
    exit_code,
    files_read,
    request_of,
    the_engine,
)
from prodlint.values import replace

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from prodlint.cli.running import Engine
    from prodlint.config import Config
    from prodlint.findings import Finding, Run
    from prodlint.report.destination import Destination


class CheckCommand(Command):
    """Its option `--add-ignore` takes its value behind `=` only, so that a path may follow it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        bare = ["--add-ignore=" if arg == "--add-ignore" else arg for arg in args[:end]]
        return super().parse_args(ctx, [*bare, *args[end:]])


@click.command(cls=CheckCommand)
@selection_options
@output_format_option
@sarif_category_option
@click.option("--statistics", is_flag=True, help="Print how often each rule fired instead of the findings.")
@click.option("--explain-unknown", is_flag=True, help="Also say which settings could not be decided, and why.")
@click.option("--fix", is_flag=True, help="Apply the safe fixes, and report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="Take the fixes in that need to be read, too.")
@click.option("--diff", is_flag=True, help="Print the fixes as a patch instead; write nothing.")
@click.option("--show-fixes", is_flag=True, help="List the fixes: those applied, or without --fix those there are.")
@click.option("--profile-rules", is_flag=True, help="Say on standard error how long each rule took.")
@click.option("--fail-on", type=click.Choice(("note", "warning", "error")), help="Exit with 1 from this severity up.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings, and of a patch.")
@click.option("--fail-on-stale", is_flag=True, help="Exit with 1 when the baseline lists what is not found any more.")
@judging_options
@click.option("--no-baseline", is_flag=True, help="Report known findings, too.")
@click.option("--diff-base", metavar="REF", help="Report only what the branch has introduced since it left REF.")
@click.option(
    "--add-ignore",
    metavar="[=REASON]",
    help="Write a suppressing comment for each finding instead of reporting it.",
)
@common_options
@click.pass_context
def check(
    context: click.Context,
    /,
    *,
    select: tuple[str, ...] | None,
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    profile: str | None,
    as_of: date | None,
    ignore_suppressions: bool,
    baseline: Path | None,
    no_baseline: bool,
    diff_base: str | None,
    add_ignore: str | None,
    fail_on_stale: bool,
    output_format: tuple[str, ...],
    sarif_category: str | None,
    statistics: bool,
    explain_unknown: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    show_fixes: bool,
    profile_rules: bool,
    fail_on: str | None,
    exit_zero: bool,
    **values: Any,
) -> int:
    """Check files and directories (the current directory when none is given; `-` is standard input)."""
    _refuse_pairs(context)
    options = common(values)
    config = configuration(options)
    if _is_plain(context, options, config):
        return 0
    from prodlint.report import delivery

    read = files_read(options, config, baseline)
    destinations = destinations_of(output_format, FORMAT_NAMES, "full", read=read)
    _refuse_statistics(destinations, statistics)
    refuse_category(sarif_category, destinations)
    engine = the_engine(context)
    selection = engine.Selection(select=select, ignore=ignore, extend_select=extend_select, profile=profile)
    request: Any = request_of(
        engine,
        options,
        config,
        selection,
        baseline=baseline,
        use_baseline=not no_baseline,
        diff_base=diff_base,
        as_of=as_of,
        use_suppressions=not ignore_suppressions,
    )
    if add_ignore is not None:
        return ignore_all(engine, request, add_ignore, color=options.color)
    if diff:
        return _diff(engine, request, options, unsafe_fixes, exit_zero=exit_zero)
    run, applied = _fixed(engine, request, unsafe_fixes) if fix else (asked(engine, engine.check, request), ())
    run = replace(_with_fixes(run, request, destinations, show_fixes), sarif_category=sarif_category or "")
    shown = tuple(one for one in destinations if one.file is not None) if fix and request.stdin else destinations
    write_reports(run, shown, color=options.color, quiet=options.quiet, statistics=statistics)
    if show_fixes:
        fixing.list_fixes(applied if fix else [one for one in run.findings if one.fix], color=options.color)
    if explain_unknown:
        delivery.explain_unknown(asked(engine, engine.inventory, request), options.color)
    delivery.tell(run, options.color, verbose=options.verbose, names_stale=options.verbose or fail_on_stale)
    delivery.tell_seconds(run, stages=options.verbose, rules=profile_rules)
    from prodlint.api import Severity

    code = exit_code(run, Severity[fail_on.upper()] if fail_on else config.fail_on, exit_zero=exit_zero)
    return code or int(fail_on_stale and bool(run.stale))


_APART = {
    "baseline": ("no_baseline",),
    "add_ignore": ("fix", "diff", "output_format", "statistics", "show_fixes", "explain_unknown"),
    "diff": ("output_format", "statistics", "show_fixes", "explain_unknown"),
}
"""Options that ask for different things. `--diff` may stand beside `--fix`, whose patch it is."""


def _refuse_pairs(context: click.Context) -> None:
    """Raises click.UsageError when the command line asks for two things of which only one would be done."""
    given = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    for one, others in _APART.items():
        for other in others:
            if {one, other} <= given:
                names = [f"--{name.replace('_', '-')}" for name in (one, other)]
                raise click.UsageError(f"{names[0]} and {names[1]} exclude each other", context)


def _diff(engine: Engine, request: Any, options: Common, unsafe: bool, *, exit_zero: bool) -> int:
    """Prints the patch; 1 when there is anything to fix, be it left out of the patch, unless `exit_zero`."""
    from prodlint.report import delivery

    outcome, is_any = fixing.diff(engine, request, unsafe)
    failures = (*outcome.run.failures, *outcome.failures)
    fixing.tell(outcome, unsafe, verb="would fix")
    delivery.print_failures(failures, options.color)
    return 2 if failures else int(is_any and not exit_zero)


def _fixed(engine: Engine, request: Any, unsafe: bool) -> tuple[Run, tuple[Finding, ...]]:
    """Applies the fixes; what is left, with what could not be fixed among its failures, and what was fixed."""
    outcome = fixing.saved(engine, request, fixing.fixed(engine, request, fixing.allowed(unsafe)))
    fixing.tell(outcome, unsafe, verb="fixed")
    return replace(outcome.run, failures=(*outcome.run.failures, *outcome.failures)), tuple(outcome.applied)


def _with_fixes(run: Run, request: Any, destinations: tuple[Destination, ...], show: bool) -> Run:
    """The run with the edits of its fixes, when anything shows them."""
    from prodlint.report import DATA_FORMATS

    if not show and not any(destination.format in DATA_FORMATS for destination in destinations):
        return run
    from prodlint.fixes.rounds import planned

    return planned(run, request.stdin[1] if request.stdin else None)


HARMLESS = frozenset(
    {"paths", "force_exclude", "config_file", "isolated", "jobs", "no_cache", "cache_dir", "color", "quiet"}
)
"""Options that leave the answer for files without LLM code as it is."""


def _is_plain(context: click.Context, options: Common, config: Config) -> bool:
    """True when all the named files hold nothing of interest, and no option asks for more than to be told so."""
    given = {name for name in context.params if context.get_parameter_source(name) is not ParameterSource.DEFAULT}
    if not options.paths or not given <= HARMLESS or context.obj is not None:
        return False
    from prodlint import plain
    from prodlint.discover import UsageError

    try:
        files = plain.count(options.paths, config)
    except UsageError:
        return False  # the engine says what is wrong
    if files is not None:
        from prodlint.report.destination import Destination
        from prodlint.report.footer import nothing_found

        deliver(Destination(format="full"), partial(nothing_found, files), color=options.color, quiet=options.quiet)
    return files is not None


def _refuse_statistics(destinations: tuple[Destination, ...], statistics: bool) -> None:
    from prodlint.report import DATA_FORMATS

    for destination in destinations:
        if statistics and destination.file is None and destination.format in DATA_FORMATS:
            raise click.UsageError(f"--statistics and {destination.format} cannot both go to standard output")
