"""`prodlint rule`."""

from __future__ import annotations

import sys

import click

from prodlint.cli.options import Command, color_option
from prodlint.cli.running import the_engine


@click.command(cls=Command)
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Print all rules.")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="[default: text]")
@color_option
@click.pass_context
def rule(context: click.Context, /, *, name: str | None, every: bool, output_format: str, color: str) -> int:
    """Explain a rule."""
    from prodlint.report import rule_page, terminal
    from prodlint.report.destination import unknown

    if (name is None) != every:
        raise click.UsageError("give the name of a rule, or --all", context)
    engine = the_engine(context)
    try:
        rules = engine.rule_infos()
    except engine.UsageError as error:
        raise click.ClickException(str(error)) from error
    chosen = [info for info in rules if every or info.name == name]
    if not chosen and name is not None:
        raise click.UsageError(unknown("rule", name, [info.name for info in rules]), context)
    style = terminal.stream_style(color, sys.stdout)
    text = rule_page.rule_json(chosen) if output_format == "json" else rule_page.rule_text(chosen, style)
    terminal.write(sys.stdout, text)
    return 0
