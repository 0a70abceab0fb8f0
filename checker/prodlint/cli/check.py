"""`prodlint check`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from prodlint.cli.options import Command, Common, common, common_options, names
from prodlint.cli.running import asked, configuration, deliver, destinations_of, request_of, the_engine

if TYPE_CHECKING:
    from prodlint.config import Config
    from prodlint.findings import Run
    from prodlint.report.destination import Destination

FORMAT_NAMES = ("full", "concise", "grouped", "json", "sarif", "github")
"""The names of `prodlint.report.FORMATS`, written out so that `--help` need not import it."""


@click.command(cls=Command)
@names("--select", "Run these rules or categories only.")
@names("--ignore", "Do not run these rules or categories.")
@names("--extend-select", "Run these rules or categories as well.")
@click.option("--profile", type=click.Choice(("regular", "strict", "audit")), help="Which rules run unless selected.")
@click.option(
    "--output-format",
    multiple=True,
    metavar="FORMAT[:FILE]",
    envvar="PRODLINT_OUTPUT_FORMAT",
    help=f"How to report: {', '.join(FORMAT_NAMES)}. Repeat it to write several reports. [default: full]",
)
@click.option("--statistics", is_flag=True, help="Print how often each rule fired instead of the findings.")
@click.option("--explain-unknown", is_flag=True, help="Also say which settings could not be decided, and why.")
@click.option("--fail-on", type=click.Choice(("note", "warning", "error")), help="Exit with 1 from this severity up.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings.")
@common_options
@click.pass_context
def check(
    context: click.Context,
    /,
    *,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    profile: str | None,
    output_format: tuple[str, ...],
    statistics: bool,
    explain_unknown: bool,
    fail_on: str | None,
    exit_zero: bool,
    **values: Any,
) -> int:
    """Check files and directories (the current directory when none is given; `-` is standard input)."""
    from prodlint.report import delivery

    options = common(values)
    destinations = destinations_of(output_format, FORMAT_NAMES, "full")
    _refuse_statistics(destinations, statistics)
    engine = the_engine(context)
    config = configuration(options)
    selection = engine.Selection(select=select, ignore=ignore, extend_select=extend_select, profile=profile)
    request = request_of(engine, options, config, selection)
    run = asked(engine, engine.check, request)
    _report(run, destinations, options, statistics=statistics)
    if explain_unknown:
        delivery.explain_unknown(asked(engine, engine.inventory, request), options.color)
    delivery.tell(run, options.color, verbose=options.verbose)
    return _exit_code(run, fail_on, config, exit_zero=exit_zero)


def _refuse_statistics(destinations: tuple[Destination, ...], statistics: bool) -> None:
    from prodlint.report import DATA_FORMATS

    for destination in destinations:
        if statistics and destination.file is None and destination.format in DATA_FORMATS:
            raise click.UsageError(f"--statistics and {destination.format} cannot both go to standard output")


def _report(run: Run, destinations: tuple[Destination, ...], options: Common, *, statistics: bool) -> None:
    from prodlint.report import FORMATS, delivery
    from prodlint.report import statistics as counts

    for destination in delivery.files_first(destinations):
        render = counts.render if statistics and destination.file is None else FORMATS[destination.format]
        deliver(destination, options, partial(render, run))
        if destination.format == "sarif":
            from prodlint.report.sarif import MAX_RESULTS

            if len(run.findings) > MAX_RESULTS:
                delivery.say(f"warning: SARIF lists the {MAX_RESULTS} most severe of {len(run.findings)} findings")


def _exit_code(run: Run, fail_on: str | None, config: Config, *, exit_zero: bool) -> int:
    from prodlint.api import Severity

    gate = Severity[fail_on.upper()] if fail_on else config.fail_on
    if run.failures:
        return 2
    return int(not exit_zero and any(finding.severity >= gate for finding in run.findings))
