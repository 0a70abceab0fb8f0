"""The score as text for the terminal, and as the page docs/accuracy.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bench.accuracy.labels import LabelledPackage
from bench.accuracy.scoring import Disagreement, Score

PAGE = """\
<!-- Written by `python -m bench accuracy --write`; edit bench/accuracy/report.py. -->
# Accuracy

How often prodlint is right about code that nobody wrote for it: {calls} calls in {packages} packages from PyPI, each
labelled by hand, compared with what prodlint {version} says. Measured on {date}.

## Rules

{rules}

A call counts for a rule when a finding stands at the call, or at its cause with the call among the related locations.
Precision is the share of true alarms among all alarms about labelled calls; recall is the share of the labelled faults
that are reported. *Undecided* counts alarms about calls where the label does not say; they are in neither. A rate over
few calls says little: mind the counts.

## Settings

{settings}

A setting is right when its state (set, default, unknown) is the labelled one, and so is its value where the label has
a constant. *Not found* are the settings of calls that prodlint does not list: {found} of {calls} calls are listed.
*Of all* counts those as wrong.

## How it was made

- The calls were chosen with text searches for requests, before prodlint was run on the packages: a spread of SDKs,
  idioms and wrappers, from each package a few to two dozen. Tests and documentation folders are left out.
- Each label was made by reading the code. After that prodlint was run, and each disagreement read again; a label was
  changed only when the code showed that it was wrong. Agreements were not read a second time, so a mistake that both
  make stays unseen.
- *set* means that the program always passes something: a constant, or a value that cannot be `None`. *default* means
  that nothing in the package sets it. *unknown* means that the package alone does not tell: keywords from outside, a
  client that the caller may pass in, a key that is set on some paths only, an optional parameter handed on.
- A *fault* is a rule that a maintainer of the package would accept as true. Where a client is either passed in or built
  without limits, honest readers differ: there the label is undecided.
- These are mostly libraries: most calls get their settings from outside, and few are reached from a request handler.
  What the numbers say about `unstreamed-response` and `uncached-deterministic-call` is correspondingly little.
- Labels: `bench/accuracy/labels/`. None of the packages' code is in this repository.

Repeat it with `python -m bench accuracy`; it downloads the wheels, and runs nothing of them.

## Packages

{list}

## Where prodlint and the labels differ

{disagreements}
"""


def text(score: Score) -> str:
    """For the terminal: each disagreement with its place, then the tables."""
    lines = [
        f"{it.package}: {it.path}:{it.line}: {it.subject}: expected {it.expected}, prodlint: {it.actual}"
        for it in sorted(score.disagreements)
    ]
    tables = (_columns(_rule_rows(score)), _columns(_setting_rows(score)))
    return "\n".join([*lines, "", *tables[0], "", *tables[1], "", f"{score.found} of {score.calls} calls found"])


def page(score: Score, packages: Sequence[LabelledPackage], version: str, date: str) -> str:
    """The text of docs/accuracy.md."""
    return PAGE.format(
        calls=score.calls,
        found=score.found,
        packages=len(packages),
        version=version,
        date=date,
        rules="\n".join(_table(_rule_rows(score))),
        settings="\n".join(_table(_setting_rows(score))),
        list=", ".join(f"{it.name} {it.version} ({len(it.labels)})" for it in packages) + ".",
        disagreements="\n".join(_differences(score.disagreements)) or "Nowhere.",
    )


def _rule_rows(score: Score) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("rule", "precision", "recall", "true alarms", "false alarms", "missed alarms", "undecided")
    ]
    for rule, it in score.rules.items():
        counts = (str(it.right), str(it.false), str(it.missed), str(it.undecided))
        rows.append((rule, _rate(it.precision), _rate(it.recall), *counts))
    return rows


def _setting_rows(score: Score) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("setting", "right", "of all", "as labelled", "otherwise", "not found")]
    for name, it in (*score.settings.items(), ("all settings", score.all_settings())):
        judged = it.right + it.false
        rates = (_rate(it.precision), _rate(it.right / (judged + it.missed) if judged + it.missed else None))
        rows.append((name, *rates, str(it.right), str(it.false), str(it.missed)))
    return rows


def _differences(disagreements: Sequence[Disagreement]) -> Iterator[str]:
    """A bullet for each call, the packages one after the other."""
    places = groupby(sorted(disagreements), key=lambda it: (it.package, it.path, it.line))
    for (package, path, line), found in places:
        details = "; ".join(f"{it.subject}: expected {it.expected}, prodlint: {it.actual}" for it in found)
        yield f"- {package} `{path}:{line}`: {details}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *body = rows
    yield f"| {' | '.join(head)} |"
    yield f"| --- | {' | '.join('---:' for _ in head[1:])} |"
    yield from (f"| {' | '.join(row)} |" for row in body)


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for first, *rest in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
