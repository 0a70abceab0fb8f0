"""The command line. The only module that imports click.

Findings and data go to standard output, everything else to standard error. Exit codes, the same in every output
format: 0 nothing at or above the gate; 1 findings; 2 wrong usage or configuration, a missing path, something that
could not be analysed, or an internal error; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from prodlint import __version__

if TYPE_CHECKING:
    from prodlint.config import Config
    from prodlint.findings import RuleInfo, Run
    from prodlint.report import Style
    from prodlint.report.destination import Destination
    from prodlint.report.inventory import Inventory

FORMAT_NAMES = ("full", "concise", "grouped", "json", "sarif", "github")
"""The names of `prodlint.report.FORMATS`, written out so that `--help` need not import it."""

_HEADINGS = {
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
T = TypeVar("T")


class Engine(Protocol):
    """What the commands ask of `prodlint.engine`."""

    @property
    def Request(self) -> Callable[..., Any]: ...

    @property
    def Selection(self) -> Callable[..., Any]: ...

    @property
    def UsageError(self) -> type[Exception]: ...

    def check(self, request: Any, /) -> Run: ...

    def inventory(self, request: Any, /) -> Inventory: ...

    def rule_infos(self) -> tuple[RuleInfo, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
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


class _Command(click.Command):
    """A command whose options are grouped under headings in `--help`."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading in _HEADINGS.values()}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                groups.setdefault(_HEADINGS.get(parameter.name or "", "Help"), []).append(record)
        for heading, records in groups.items():
            if not records:
                continue
            with formatter.section(heading):
                formatter.write_dl(records)


def _split(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """`--select a,b --select c` is three names."""
    del context, parameter
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def _names(option: str, text: str) -> Callable[[F], F]:
    return click.option(option, multiple=True, callback=_split, metavar="NAME[,NAME...]", help=text)


def _patterns(option: str, text: str) -> Callable[[F], F]:
    return click.option(option, multiple=True, callback=_split, metavar="PATTERN[,PATTERN...]", help=text)


def _color_option(function: F) -> F:
    return click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        help="When to use colour. [default: auto]",
    )(function)


_COMMON_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
    _patterns("--exclude", "Paths to leave out, instead of the configured ones."),
    _patterns("--extend-exclude", "Paths to leave out as well."),
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
    _color_option,
    click.option("-v", "--verbose", is_flag=True, help="Say more on standard error, with tracebacks."),
    click.option("-q", "--quiet", is_flag=True, help="Leave out the counts at the end."),
)


def _common_options(function: F) -> F:
    for option in reversed(_COMMON_OPTIONS):
        function = option(function)
    return function


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 no findings, 1 findings, 2 anything that went wrong.",
)
@click.version_option(__version__, "-V", "--version", prog_name="prodlint", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Find what keeps Python code that calls LLM APIs from being fit for production."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command()
def version() -> int:
    """Print the version."""
    click.echo(f"prodlint {__version__}")
    return 0


@cli.command(cls=_Command, short_help="Find faults in files and directories.")
@_names("--select", "Run these rules or categories only.")
@_names("--ignore", "Do not run these rules or categories.")
@_names("--extend-select", "Run these rules or categories as well.")
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
@_common_options
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
    **common: Any,
) -> int:
    """Check files and directories (the current directory when none is given; `-` is standard input)."""
    from prodlint.report import delivery

    options = _common(common)
    destinations = _destinations(output_format, FORMAT_NAMES, "full")
    _refuse_statistics(destinations, statistics)
    engine = _engine(context)
    config = _config(options)
    selection = engine.Selection(select=select, ignore=ignore, extend_select=extend_select, profile=profile)
    request = _request(engine, options, config, selection)
    run = _asked(engine, engine.check, request)
    _report(run, destinations, options, statistics=statistics)
    if explain_unknown:
        delivery.explain_unknown(_asked(engine, engine.inventory, request), options.color)
    delivery.tell(run, options.color, verbose=options.verbose)
    return _exit_code(run, fail_on, config, exit_zero=exit_zero)


@cli.command(cls=_Command)
@click.option(
    "--output-format", multiple=True, metavar="FORMAT[:FILE]", help="How to report: text, json. [default: text]"
)
@_common_options
@click.pass_context
def calls(context: click.Context, /, *, output_format: tuple[str, ...], **common: Any) -> int:
    """List every LLM request with its effective settings."""
    from prodlint.report import calls_json, calls_text, delivery

    options = _common(common)
    destinations = _destinations(output_format, ("text", "json"), "text")
    engine = _engine(context)
    request = _request(engine, options, _config(options), engine.Selection())
    inventory = _asked(engine, engine.inventory, request)
    for destination in delivery.files_first(destinations):
        render = calls_json.render if destination.format == "json" else calls_text.render
        _deliver(destination, options, partial(render, inventory))
    delivery.print_failures(inventory.failures, options.color)
    return 2 if inventory.failures else 0


@cli.command(cls=_Command)
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Print all rules.")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="[default: text]")
@_color_option
@click.pass_context
def rule(context: click.Context, /, *, name: str | None, every: bool, output_format: str, color: str) -> int:
    """Explain a rule."""
    from prodlint.report import rule_page, terminal
    from prodlint.report.destination import unknown

    if (name is None) != every:
        raise click.UsageError("give the name of a rule, or --all", context)
    engine = _engine(context)
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


def main(arguments: Sequence[str] | None = None, *, engine: Engine | None = None) -> int:
    """Runs the command line and gives the exit code.

    `engine` stands in for `prodlint.engine`, which is imported by the first command that needs it.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = cli.main(args=given, prog_name="prodlint", standalone_mode=False, obj=engine)
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:  # the last door: whatever it is, it must not look like a clean run
        return _internal_error(error, verbose=not {"-v", "--verbose"}.isdisjoint(given))
    return result if isinstance(result, int) else 0


def _internal_error(error: Exception, *, verbose: bool) -> int:
    from prodlint.report import delivery

    delivery.say(f"internal error: {type(error).__name__}: {error}")
    delivery.say("this is a bug in prodlint; please report it together with what the same command prints under -v")
    if verbose:
        import traceback

        traceback.print_exception(error)
    return 2


def _engine(context: click.Context) -> Engine:
    if context.obj is None:
        from prodlint import engine

        return engine
    given: Engine = context.obj
    return given


def _config(options: _Common) -> Config:
    """The configuration in force, with the command line's file selection over it."""
    from dataclasses import replace

    from prodlint.config import ConfigError

    try:
        config = _configured(options)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    return replace(
        config,
        exclude=options.exclude or config.exclude,
        extend_exclude=(*config.extend_exclude, *options.extend_exclude),
        force_exclude=config.force_exclude or options.force_exclude,
    )


def _configured(options: _Common) -> Config:
    """What the configuration file says: the one that is named, else the nearest to the first path."""
    from prodlint.config import Config, load_config, load_config_file

    if options.isolated:
        if options.config_file is not None:
            raise click.UsageError("--config and --isolated exclude each other")
        return Config()
    if options.config_file is not None:
        return load_config_file(options.config_file)
    start = next((path for path in options.paths if str(path) != "-"), Path(options.stdin_filename or "."))
    return load_config(start)


def _request(engine: Engine, options: _Common, config: Config, selection: object) -> object:
    stdin = _stdin(options)
    paths = () if stdin else options.paths or (Path(),)
    return engine.Request(paths=paths, config=config, jobs=options.jobs, stdin=stdin, selection=selection)


def _common(values: dict[str, Any]) -> _Common:
    """The shared options, with paths that exist."""
    options = _Common(**values)
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


def _stdin(options: _Common) -> tuple[str, bytes] | None:
    """The name and the content of the source on standard input, when that is what shall be checked."""
    if options.stdin_filename is None and Path("-") not in options.paths:
        return None
    return options.stdin_filename or "stdin.py", sys.stdin.buffer.read()


def _asked(engine: Engine, question: Callable[[Any], T], request: object) -> T:
    """What the engine says, with its complaints about the request turned into click's."""
    try:
        return question(request)
    except engine.UsageError as error:
        raise click.ClickException(str(error)) from error


def _destinations(texts: tuple[str, ...], known: Sequence[str], default: str) -> tuple[Destination, ...]:
    from prodlint.report.destination import parse_destinations

    try:
        return parse_destinations(texts, known, default)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--output-format") from error


def _refuse_statistics(destinations: tuple[Destination, ...], statistics: bool) -> None:
    from prodlint.report import DATA_FORMATS

    for destination in destinations:
        if statistics and destination.file is None and destination.format in DATA_FORMATS:
            raise click.UsageError(f"--statistics and {destination.format} cannot both go to standard output")


def _report(run: Run, destinations: tuple[Destination, ...], options: _Common, *, statistics: bool) -> None:
    from prodlint.report import FORMATS, delivery
    from prodlint.report import statistics as counts

    for destination in delivery.files_first(destinations):
        render = counts.render if statistics and destination.file is None else FORMATS[destination.format]
        _deliver(destination, options, partial(render, run))
        if destination.format == "sarif":
            from prodlint.report.sarif import MAX_RESULTS

            if len(run.findings) > MAX_RESULTS:
                delivery.say(f"warning: SARIF lists the {MAX_RESULTS} most severe of {len(run.findings)} findings")


def _deliver(destination: Destination, options: _Common, render: Callable[[Style], str]) -> None:
    from prodlint.report import delivery

    try:
        delivery.deliver(destination, render, color=options.color, footer=not options.quiet)
    except OSError as error:
        where = "standard output" if destination.file is None else f"'{destination.file}'"
        raise click.ClickException(f"cannot write {where}: {error.strerror or error}") from error


def _exit_code(run: Run, fail_on: str | None, config: Config, *, exit_zero: bool) -> int:
    from prodlint.api import Severity

    gate = Severity[fail_on.upper()] if fail_on else config.fail_on
    if run.failures:
        return 2
    return int(not exit_zero and any(finding.severity >= gate for finding in run.findings))
