"""What the commands share that write the reports of a run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from prodlint.cli.running import deliver

if TYPE_CHECKING:
    from prodlint.findings import Run
    from prodlint.report.destination import Destination

FORMAT_NAMES = (
    "full",
    "concise",
    "grouped",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "azure",
    "junit",
    "rdjson",
    "markdown",
)
"""The names of `prodlint.report.FORMATS`, written out so that `--help` need not import it."""

output_format_option = click.option(
    "--output-format",
    multiple=True,
    metavar="FORMAT[:FILE]",
    envvar="PRODLINT_OUTPUT_FORMAT",
    help=f"How to report: {', '.join(FORMAT_NAMES)}. Repeat it to write several reports. [default: full]",
)


sarif_category_option = click.option(
    "--sarif-category",
    metavar="NAME",
    help="Tell the results of several runs on one commit apart in SARIF. [default: left to the upload]",
)


def refuse_category(category: str | None, destinations: tuple[Destination, ...]) -> None:
    """Raises click.UsageError for a category that is none, or without a report that holds it."""
    if category is None:
        return
    if not category.strip("/ "):
        raise click.BadParameter("it names nothing", param_hint="--sarif-category")
    if all(destination.format != "sarif" for destination in destinations):
        raise click.UsageError("--sarif-category means something to `--output-format sarif` alone")


def write_reports(
    run: Run, destinations: tuple[Destination, ...], *, color: str, quiet: bool, statistics: bool = False
) -> None:
    """Writes each report where it belongs; `statistics` go to standard output in the place of the findings."""
    from prodlint.report import FORMATS, delivery
    from prodlint.report import statistics as counts

    for destination in delivery.files_first(destinations):
        render = counts.render if statistics and destination.file is None else FORMATS[destination.format]
        deliver(destination, partial(render, run), color=color, quiet=quiet)
        if destination.format == "sarif":
            from prodlint.report.sarif import MAX_RESULTS

            if len(run.findings) > MAX_RESULTS:
                delivery.say(f"warning: SARIF lists the {MAX_RESULTS} most severe of {len(run.findings)} findings")
