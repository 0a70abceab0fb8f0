"""`prodlint report`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodlint.cli.options import Command, color_option
from prodlint.cli.output import (
    FORMAT_NAMES,
    output_format_option,
    refuse_category,
    sarif_category_option,
    write_reports,
)
from prodlint.cli.running import asked, destinations_of, the_engine
from prodlint.values import replace

if TYPE_CHECKING:
    from prodlint.findings import Run


@click.command(cls=Command)
@click.argument("saved", metavar="IN.json")
@output_format_option
@sarif_category_option
@color_option
@click.option("-q", "--quiet", is_flag=True, help="Leave out the counts at the end.")
@click.pass_context
def report(
    context: click.Context,
    /,
    *,
    saved: str,
    output_format: tuple[str, ...],
    sarif_category: str | None,
    color: str,
    quiet: bool,
) -> int:
    """Write reports of a run that `check --output-format json` has saved (`-` is standard input).

    The exit code says whether the reports were written, not what is in them.
    """
    destinations = destinations_of(output_format, FORMAT_NAMES, "full", read=[Path(saved)])
    refuse_category(sarif_category, destinations)
    run = replace(_load(saved, context), sarif_category=sarif_category or "")
    write_reports(run, destinations, color=color, quiet=quiet)
    return 0


def _load(saved: str, context: click.Context) -> Run:
    """The saved run, with the sources that are still what they were and the pages of the installed rules."""
    from prodlint.report.delivery import say
    from prodlint.report.saved import NotARunError, load, with_pages

    text = _text(saved)
    try:
        run, hashes = load(text)
    except NotARunError as error:
        raise click.ClickException(f"cannot report '{saved}': {error}") from error
    engine = the_engine(context)
    sources, missing = _sources(Path(run.root), hashes)
    for path, reason in missing.items():
        say(f"warning: no source lines of {path}: {reason}")
    installed = asked(engine, lambda _: engine.rule_infos(), None)
    return with_pages(replace(run, sources=sources), {rule.name: rule.page for rule in installed})


def _text(saved: str) -> str:
    try:
        data = sys.stdin.buffer.read() if saved == "-" else Path(saved).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise click.ClickException(f"cannot read '{saved}': {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"cannot report '{saved}': it is not UTF-8 text") from error


def _sources(root: Path, hashes: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of the files that read as they did in the run, and why the others are left out, by path."""
    from prodlint.reading import UnreadableError, written
    from prodlint.report.json_report import text_hash

    sources: dict[str, str] = {}
    missing: dict[str, str] = {}
    for path, expected in hashes.items():
        file = root / path
        try:
            # Only of a regular file: the saved run may come from elsewhere and name a device.
            text = written(path, file.read_bytes()) if file.is_file() else None
        except (OSError, ValueError, UnreadableError):
            text = None
        if text is None:
            missing[path] = "the file cannot be read any more"
        elif text_hash(text) != expected:
            missing[path] = "the file has changed since"
        else:
            sources[path] = text
    return sources, missing
