"""`prodlint calls`."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import click

from prodlint.cli.options import Command, as_of_option, common, common_options
from prodlint.cli.running import asked, configuration, deliver, destinations_of, files_read, request_of, the_engine


@click.command(cls=Command)
@click.option(
    "--output-format", multiple=True, metavar="FORMAT[:FILE]", help="How to report: text, json. [default: text]"
)
@as_of_option
@common_options
@click.pass_context
def calls(context: click.Context, /, *, output_format: tuple[str, ...], as_of: date | None, **values: Any) -> int:
    """List every LLM request with its effective settings."""
    from prodlint.report import calls_json, calls_text, delivery

    options = common(values)
    config = configuration(options)
    destinations = destinations_of(output_format, ("text", "json"), "text", read=files_read(options, config))
    engine = the_engine(context)
    request = request_of(engine, options, config, engine.Selection(), as_of=as_of)
    inventory = asked(engine, engine.inventory, request)
    for destination in delivery.files_first(destinations):
        render = calls_json.render if destination.format == "json" else calls_text.render
        deliver(destination, partial(render, inventory), color=options.color, quiet=options.quiet)
    delivery.print_failures(inventory.failures, options.color)
    return 2 if inventory.failures else 0
