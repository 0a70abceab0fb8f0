"""The options that several commands share, and how `--help` lists them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from prodlint.values import NamedTuple

HEADINGS = {
    "select": "Rule selection",
    "ignore": "Rule selection",
    "extend_select": "Rule selection",
    "profile": "Rule selection",
    "exclude": "File selection",
    "extend_exclude": "File selection",
    "force_exclude": "File selection",
    "stdin_filename": "File selection",
    "fix": "Fixes",
    "unsafe_fixes": "Fixes",
    "diff": "Fixes",
    "show_fixes": "Fixes",
    "baseline": "Known and accepted findings",
    "no_baseline": "Known and accepted findings",
    "diff_base": "Known and accepted findings",
    "as_of": "Known and accepted findings",
    "ignore_suppressions": "Known and accepted findings",
    "add_ignore": "Known and accepted findings",
    "allow_new": "Known and accepted findings",
    "force": "Known and accepted findings",
    "output_format": "Output",
    "sarif_category": "Output",
    "statistics": "Output",
    "color": "Output",
    "explain_unknown": "Output",
    "profile_rules": "Output",
    "verbose": "Output",
    "quiet": "Output",
    "fail_on": "Exit code",
    "exit_zero": "Exit code",
    "fail_on_stale": "Exit code",
    "config_file": "Configuration",
    "isolated": "Configuration",
    "jobs": "Configuration",
    "no_cache": "Configuration",
    "cache_dir": "Configuration",
}
"""Where `--help` lists an option, by parameter name."""

F = TypeVar("F", bound=Callable[..., Any])


class Common(NamedTuple):
    """The options that `check` and `calls` share."""

    paths: tuple[Path, ...]
    stdin_filename: str | None
    exclude: tuple[str, ...] | None
    extend_exclude: tuple[str, ...]
    force_exclude: bool
    config_file: Path | None
    isolated: bool
    jobs: int
    no_cache: bool
    cache_dir: Path | None
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
    """`--ignore a,b --ignore c` is three names."""
    del context, parameter
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def split_if_given(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    """The same; `--select ''` is no name, and None is said without the option."""
    return split_names(context, parameter, values) if values else None


def checked_profile(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A profile that exists."""
    from prodlint.config_keys import parse_profile

    try:
        if value is not None:
            parse_profile(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error
    return value


def _patterns(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Names of files as gitignore writes them."""
    from prodlint.patterns import fault

    patterns = split_names(context, parameter, values)
    for pattern in patterns:
        if reason := fault(pattern):
            raise click.BadParameter(reason, context, parameter)
    return patterns


def _patterns_if_given(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    return _patterns(context, parameter, values) if values else None


def listed(option: str, metavar: str, text: str, split: Callable[..., Any]) -> Callable[[F], F]:
    """An option that takes several values, which `split` parts and checks."""
    return click.option(option, multiple=True, callback=split, metavar=f"{metavar}[,{metavar}...]", help=text)


_SELECTION_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    listed("--select", "NAME", "Run these rules or categories only.", split_if_given),
    listed("--ignore", "NAME", "Do not run these rules or categories.", split_names),
    listed("--extend-select", "NAME", "Run these rules or categories as well.", split_names),
    click.option(
        "--profile",
        callback=checked_profile,
        metavar="NAME[@VERSION]",
        help="Which rules run unless selected: regular, strict or audit.",
    ),
)


def selection_options(function: F) -> F:
    """The options that choose rules."""
    for option in reversed(_SELECTION_OPTIONS):
        function = option(function)
    return function


def parsed_date(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """The day that an option names."""
    if value is None:
        return None
    from prodlint.suppress import iso_date

    day = iso_date(value)
    if day is None:
        raise click.BadParameter(f"'{value}' is no date; write YYYY-MM-DD", context, parameter)
    return day


def as_of_option(function: F) -> F:
    """The option that takes the place of the day on which a run judges what has a date."""
    return click.option(
        "--as-of",
        callback=parsed_date,
        metavar="DATE",
        help="Judge a model's retirement, and `until=` in comments, on this day. "
        "[default: the date of the model table; for comments today, in UTC]",
    )(function)


_JUDGING_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    as_of_option,
    click.option("--ignore-suppressions", is_flag=True, help="Report what comments silence, too."),
    click.option(
        "--baseline",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The known findings. [default: .prodlint-baseline.json in the root]",
    ),
)


def judging_options(function: F) -> F:
    """The options that decide which findings are known or accepted."""
    for option in reversed(_JUDGING_OPTIONS):
        function = option(function)
    return function


def color_option(function: F) -> F:
    return click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        help="When to use colour. [default: auto]",
    )(function)


def cache_dir_option(function: F) -> F:
    return click.option(
        "--cache-dir",
        type=click.Path(path_type=Path),
        envvar="PRODLINT_CACHE_DIR",
        metavar="DIR",
        help="Where the cache is: a new or empty folder, or a cache already. "
        "[default: .prodlint_cache at the project's root]",
    )(function)


_COMMON_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
    listed("--exclude", "PATTERN", "Paths to leave out, instead of the configured ones.", _patterns_if_given),
    listed("--extend-exclude", "PATTERN", "Paths to leave out as well.", _patterns),
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
    click.option("--no-cache", is_flag=True, envvar="PRODLINT_NO_CACHE", help="Neither read nor write the cache."),
    cache_dir_option,
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
    from prodlint.discover import in_repository

    return options._replace(paths=tuple(in_repository(path) for path in options.paths))
