"""`prodlint baseline create|update|prune|show`."""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prodlint.cli.options import Command, common, common_options, judging_options, selection_options
from prodlint.cli.running import asked, configuration, request_of, the_engine

if TYPE_CHECKING:
    from datetime import date

    from prodlint.baseline import Entry
    from prodlint.engine import Comparison


@click.group()
def baseline() -> None:
    """Keep the list of known findings, so that a check reports only new ones."""


def _compared(
    context: click.Context,
    *,
    select: tuple[str, ...] | None,
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    profile: str | None,
    baseline: Path | None,
    as_of: date | None,
    ignore_suppressions: bool,
    use_baseline: bool,
    **values: Any,
) -> Comparison:
    """The findings in the given paths beside the baseline, with what was not analysed told."""
    from prodlint.report import delivery

    options = common(values)
    engine = the_engine(context)
    selection = engine.Selection(select=select, ignore=ignore, extend_select=extend_select, profile=profile)
    request = request_of(
        engine,
        options,
        configuration(options),
        selection,
        baseline=baseline,
        use_baseline=use_baseline,
        as_of=as_of,
        use_suppressions=not ignore_suppressions,
    )
    compared = asked(engine, engine.compare, request)
    delivery.print_failures(compared.run.failures, options.color)
    if use_baseline and not compared.file.exists():
        raise click.ClickException(f"{compared.file}: no such baseline; `prodlint baseline create` makes one")
    return compared


def _write(file: Path, entries: Iterable[Entry]) -> None:
    from prodlint.baseline import render

    data = render(entries).encode()
    try:
        if not file.exists() or file.read_bytes() != data:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    except OSError as error:
        raise click.ClickException(f"cannot write '{file}': {error.strerror}") from error


def _ended(compared: Comparison, text: str, code: int = 0) -> int:
    from prodlint.report import delivery

    delivery.say(f"{compared.file.name}: {text}")
    return 2 if compared.run.failures else code


@baseline.command(cls=Command)
@selection_options
@judging_options
@click.option("--force", is_flag=True, help="Replace a baseline that exists.")
@common_options
@click.pass_context
def create(context: click.Context, /, *, force: bool, **values: Any) -> int:
    """Write all present findings to a new baseline."""
    from prodlint.baseline import NAME, entries_of
    from prodlint.report.destination import is_source

    compared = _compared(context, use_baseline=False, **values)
    if compared.file.name != NAME and is_source(str(compared.file)):
        raise click.ClickException(f"{compared.file} is a file that prodlint reads; choose another")
    if compared.file.exists() and not force:
        raise click.ClickException(
            f"{compared.file} exists; `prodlint baseline update` brings it up to date, --force replaces it"
        )
    _write(compared.file, entries_of(compared.run.findings))
    return _ended(compared, f"{len(compared.run.findings)} known")


@baseline.command(cls=Command)
@selection_options
@judging_options
@click.option("--allow-new", is_flag=True, help="Add findings that are new.")
@common_options
@click.pass_context
def update(context: click.Context, /, *, allow_new: bool, **values: Any) -> int:
    """Remove what is not found any more, and add what is new if that is allowed."""
    from prodlint.baseline import entries_of, moved
    from prodlint.report import delivery

    compared = _compared(context, use_baseline=True, **values)
    new = compared.run.findings
    for finding in new:
        place = finding.location
        delivery.say(f"new: {place.path}:{place.line}: {finding.rule}")
    if new and not allow_new:
        return _ended(compared, f"{len(new)} new; --allow-new adds them, nothing was written", 1)
    _write(compared.file, (*moved(compared.known), *compared.unseen, *entries_of(new)))
    return _ended(compared, f"{len(compared.known)} known, {len(new)} added, {len(compared.stale)} removed")


@baseline.command(cls=Command)
@selection_options
@judging_options
@common_options
@click.pass_context
def prune(context: click.Context, /, **values: Any) -> int:
    """Remove what is not found any more; add nothing."""
    from prodlint.baseline import moved

    compared = _compared(context, use_baseline=True, **values)
    _write(compared.file, (*moved(compared.known), *compared.unseen))
    return _ended(compared, f"{len(compared.known) + len(compared.unseen)} known, {len(compared.stale)} removed")


@baseline.command(cls=Command)
@click.option("--baseline", "file", type=click.Path(path_type=Path), metavar="FILE", help="The file to show.")
@click.argument("path", type=click.Path(path_type=Path), default=".")
def show(*, file: Path | None, path: Path) -> int:
    """List the known findings of the project at PATH, and how many there are of each rule."""
    from prodlint.baseline import BaselineError, read
    from prodlint.config import ConfigError, load_config
    from prodlint.discover import find_root
    from prodlint.report.printable import counted, printable
    from prodlint.report.style import Style

    if not os.path.lexists(path):
        raise click.UsageError(f"no such file or directory: {path}")
    try:
        chosen = file or load_config(path).baseline or find_root([path]) / ".prodlint-baseline.json"
        entries = sorted(read(chosen))
    except (BaselineError, ConfigError) as error:
        raise click.ClickException(str(error)) from error
    for entry in entries:
        reason = f"  {entry.reason}" if entry.reason else ""
        click.echo(printable(f"{entry.path}: {entry.rule} in {entry.symbol or 'the module'}{reason}", Style()))
    rules = sorted({entry.rule for entry in entries})
    counts = [f"{sum(entry.rule == rule for entry in entries)} {rule}" for rule in rules]
    click.echo(f"{counted(len(entries), 'known finding')}{': ' if counts else ''}{', '.join(counts)}")
    return 0
