"""From options to the engine, and from what it says to the reports: what the commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

if TYPE_CHECKING:
    from prodlint.api import Severity
    from prodlint.cli.options import Common
    from prodlint.config import Config
    from prodlint.engine import Comparison
    from prodlint.findings import RuleInfo, Run
    from prodlint.report import Style
    from prodlint.report.destination import Destination
    from prodlint.report.inventory import Inventory

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

    def compare(self, request: Any, /) -> Comparison: ...

    def inventory(self, request: Any, /) -> Inventory: ...

    def known_names(self) -> frozenset[str]: ...

    def rule_infos(self) -> tuple[RuleInfo, ...]: ...


def the_engine(context: click.Context) -> Engine:
    """The engine that was handed to `main`, else the real one, imported now."""
    if context.obj is None:
        from prodlint import engine

        return engine
    given: Engine = context.obj
    return given


def configuration(options: Common) -> Config:
    """The configuration in force, with the command line's file selection over it."""
    from prodlint.config import ConfigError
    from prodlint.values import replace

    try:
        config = _configured(options)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    return replace(
        config,
        exclude=config.exclude if options.exclude is None else options.exclude,
        extend_exclude=(*config.extend_exclude, *options.extend_exclude),
        force_exclude=config.force_exclude or options.force_exclude,
    )


def _configured(options: Common) -> Config:
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


def files_read(options: Common, config: Config, baseline: Path | None = None) -> list[Path]:
    """The files that a run reads whatever they are called; some may be folders, or not exist."""
    named = [*options.paths, *config.files, Path(options.stdin_filename or "-")]
    return [*named, *(file for file in (baseline, config.baseline) if file is not None)]


def request_of(engine: Engine, options: Common, config: Config, selection: object, **judging: object) -> Any:
    """What the engine is asked: the paths or the standard input, with everything that decides how."""
    stdin = _stdin(options)
    paths = () if stdin else options.paths or (Path(),)
    return engine.Request(
        paths=paths,
        config=config,
        jobs=options.jobs,
        stdin=stdin,
        selection=selection,
        use_cache=not options.no_cache,
        cache_folder=None if options.cache_dir is None else str(options.cache_dir),
        progress=_progress(options),
        **judging,
    )


def _progress(options: Common) -> Callable[[str, int, int], None] | None:
    """A bar on standard error, where that is a terminal."""
    if options.quiet or sys.stderr is None or not sys.stderr.isatty():
        return None
    from prodlint.cli.progress import Progress

    return Progress(sys.stderr).update


def _stdin(options: Common) -> tuple[str, bytes] | None:
    """The name and the content of the source on standard input, when that is what shall be checked."""
    if options.stdin_filename is None and Path("-") not in options.paths:
        return None
    return options.stdin_filename or "stdin.py", sys.stdin.buffer.read()


def asked(engine: Engine, question: Callable[[Any], T], request: object) -> T:
    """What the engine says, with its complaints about the request turned into click's."""
    try:
        return question(request)
    except engine.UsageError as error:
        raise click.ClickException(str(error)) from error


def destinations_of(
    texts: tuple[str, ...], known: Sequence[str], default: str, *, read: Sequence[Path]
) -> tuple[Destination, ...]:
    """The reports that `--output-format` asks for, to files that can be written as far as can be told now.

    `read` are files that the command reads: no report may take their place.
    """
    from prodlint.report.destination import obstacle, parse_destinations

    try:
        destinations = parse_destinations(texts, known, default)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--output-format") from error
    for destination in destinations:
        if destination.file is not None and (reason := obstacle(destination.file, read)):
            raise click.ClickException(f"cannot write '{destination.file}': {reason}")
    return destinations


def deliver(destination: Destination, render: Callable[[Style], str], *, color: str, quiet: bool) -> None:
    """Writes one report where it belongs."""
    from prodlint.report import delivery

    try:
        delivery.deliver(destination, render, color=color, footer=not quiet)
    except OSError as error:
        where = "standard output" if destination.file is None else f"'{destination.file}'"
        raise click.ClickException(f"cannot write {where}: {error.strerror or error}") from error


def exit_code(run: Run, gate: Severity, *, exit_zero: bool = False) -> int:
    """2 when something failed; 1 when there are findings of that severity or above."""
    if run.failures:
        return 2
    return int(not exit_zero and any(finding.severity >= gate for finding in run.findings))
