"""Getting text out of the process: reports to where they were asked for, everything else to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint.report.printable import counted, in_cell, printable, redacted
from prodlint.report.style import Style
from prodlint.report.terminal import stream_style, write

if TYPE_CHECKING:
    from prodlint.findings import Failure, Run
    from prodlint.report.destination import Destination
    from prodlint.report.inventory import Inventory


def deliver(destination: Destination, render: Callable[[Style], str], *, color: str, footer: bool) -> None:
    """Renders one report for where it goes, and writes it there; a file gets UTF-8 without colour.

    Raises:
        OSError: it cannot be written.
    """
    if destination.file is None:
        write(sys.stdout, render(stream_style(color, sys.stdout, footer=footer)))
    else:
        data = render(Style(footer=footer)).encode("utf-8", "backslashreplace")
        Path(destination.file).write_bytes(data)


def files_first(destinations: Iterable[Destination]) -> list[Destination]:
    """The order to write in: what happens to standard output must cost no file."""
    return sorted(destinations, key=lambda destination: destination.file is None)


def say(text: str) -> None:
    """One line on standard error."""
    write(sys.stderr, f"prodlint: {printable(text, stream_style('never', sys.stderr))}\n")


def print_failures(failures: Collection[Failure], color: str) -> None:
    """One line on standard error for each thing that could not be analysed."""
    style = stream_style(color, sys.stderr)
    lines = []
    for failure in failures:
        line = "" if failure.line is None else f":{in_cell(failure.cell)}{failure.line}"
        where = f"{style.paint('path', printable(failure.path, style))}{line}: " if failure.path else ""
        message = printable(redacted(failure.message), style)
        lines.append(f"{where}{style.paint('error', failure.kind)}: {message}\n")
    write(sys.stderr, "".join(lines))


def tell(run: Run, color: str, *, verbose: bool, names_stale: bool) -> None:
    """What belongs on standard error after a check: failures, an empty selection, and how much was done."""
    print_failures(run.failures, color)
    summary = run.summary
    if not summary.files and not run.failures:
        say("warning: no files to check")
    for note in run.notes:
        say(f"note: {note}")
    if run.stale:
        remedy = f"{'' if names_stale else '-v names them, '}`prodlint baseline prune` removes them"
        say(f"note: listed in the baseline and found no longer: {counted(len(run.stale), 'finding')}; {remedy}")
    for entry in run.stale if names_stale else ():
        say(f"stale: {entry}")
    if verbose:
        say(f"root: {run.root}")
        say(
            f"{summary.files} files: {summary.files_screened_out} screened out, {summary.files_parsed} parsed, "
            f"{summary.files_not_analysed} not analysed; {summary.calls} LLM calls, {len(run.rules)} rules, "
            f"{summary.seconds:.2f} s"
        )


def tell_seconds(run: Run, *, stages: bool, rules: bool) -> None:
    """How long the stages and the rules took, the slowest rule first."""
    if stages:
        say("; ".join(f"{name} {seconds:.3f} s" for name, seconds in run.stage_seconds))
    for name, seconds in sorted(run.rule_seconds, key=lambda each: -each[1]) if rules else ():
        say(f"{seconds * 1000:9.2f} ms {name}")


def explain_unknown(inventory: Inventory, color: str) -> None:
    """One line on standard error for each setting that could not be decided."""
    from prodlint.report.calls_text import unknowns

    write(sys.stderr, unknowns(inventory, stream_style(color, sys.stderr)))
