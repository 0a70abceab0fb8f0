"""The options that several commands share, and how `--help` lists them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

HEADINGS = {
    "select": "Rule selection",
    "ignore": "Rule selection",
    "extend_select": "Rule selection",
    "profile": "Rule selection",
    "exclude": "File selection",
    "extend_exclude": "File selection",
    "force_exclude": "File selection",
    "stdin_filename": "File selection",
    "output_format": "Output",
    "statistics": "Output",
    "color": "Output",
    "explain_unknown": "Output",
    "verbose": "Output",
    "quiet": "Output",
    "fail_on": "Exit code",
    "exit_zero": "Exit code",
    "config_file": "Configuration",
    "isolated": "Configuration",
    "jobs": "Configuration",
}
"""Where `--help` lists an option, by parameter name."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The options that `check` and `calls` share."""

    paths: tuple[Path, ...]
    stdin_filename: str | None
    exclude: tuple[str, ...]
    extend_exclude: tuple[str, ...]
    force_exclude: bool
    config_file: Path | None
    isolated: bool
    jobs: int
    color: str
    verbose: bool
    quiet: bool


class Command(click.Command):
    """A command whose options are grouped under headings in `--help`."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS.values()}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                groups.setdefault(HEADINGS.get(parameter.name or "", "Help"), []).append(record)
        for heading, records in groups.items():
            if not records:
                continue
            with formatter.section(heading):
                formatter.write_dl(records)


def split_names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """`--select a,b --select c` is three names."""
    del context, parameter
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def names(option: str, text: str) -> Callable[[F], F]:
    return click.option(option, multiple=True, callback=split_names, metavar="NAME[,NAME...]", help=text)


def patterns(option: str, text: str) -> Callable[[F], F]:
    return click.option(option, multiple=True, callback=split_names, metavar="PATTERN[,PATTERN...]", help=text)


def color_option(function: F) -> F:
    return click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        help="When to use colour. [default: auto]",
    )(function)


_COMMON_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
    patterns("--exclude", "Paths to leave out, instead of the configured ones."),
    patterns("--extend-exclude", "Paths to leave out as well."),
    click.option("--force-exclude", is_flag=True, help="Leave out excluded files even when they are named."),
    click.option("--stdin-filename", metavar="FILE", help="Check the source on standard input, as if it were FILE."),
    click.option(
        "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="Use this configuration file."
    ),
    click.option("--isolated", is_flag=True, help="Ignore all configuration files."),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Processes to use. [default: automatic]",
    ),
    color_option,
    click.option("-v", "--verbose", is_flag=True, help="Say more on standard error, with tracebacks."),
    click.option("-q", "--quiet", is_flag=True, help="Leave out the counts at the end."),
)


def common_options(function: F) -> F:
    for option in reversed(_COMMON_OPTIONS):
        function = option(function)
    return function


def common(values: dict[str, Any]) -> Common:
    """The shared options, with paths that exist."""
    options = Common(**values)
    names = [str(path) for path in options.paths]
    if options.stdin_filename is not None or "-" in names:
        others = [name for name in names if name not in {"-", options.stdin_filename}]
        if others:
            raise click.UsageError(f"standard input and '{others[0]}' cannot be checked together")
        return options
    for name in names:
        if not os.path.lexists(name):
            raise click.UsageError(f"no such file or directory: {name}")
    return options
