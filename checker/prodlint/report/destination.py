"""Where reports go: `--output-format full --output-format sarif:out.sarif`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from prodlint.values import NamedTuple


class Destination(NamedTuple):
    """One report of a run."""

    format: str
    file: str | None = None
    """None: standard output."""


def parse_destinations(texts: Iterable[str], known: Sequence[str], default: str) -> tuple[Destination, ...]:
    """Reads `FORMAT` and `FORMAT:FILE`; `default` on standard output when there is none at all.

    Raises:
        ValueError: an unknown format, an empty or repeated file name, or two reports on standard output; the message
            is for the user.
    """
    destinations: list[Destination] = []
    for text in texts:
        name, colon, file = text.partition(":")
        if name not in known:
            raise ValueError(unknown("output format", name, known))
        if colon and not file:
            raise ValueError(f"'{text}' names no file; write FORMAT or FORMAT:FILE")
        destination = Destination(format=name, file=None if file in {"", "-"} else file)
        if any(_place(other) == _place(destination) for other in destinations):
            where = "standard output" if destination.file is None else f"'{destination.file}'"
            raise ValueError(f"two reports would go to {where}; give one of them its own file as FORMAT:FILE")
        destinations.append(destination)
    return tuple(destinations) or (Destination(format=default),)


def _place(destination: Destination) -> str | None:
    return None if destination.file is None else os.path.realpath(destination.file)


def obstacle(file: str, read: Iterable[Path] = ()) -> str:
    """Why a report cannot be written to a file, and what to do; empty when nothing is in the way.

    It is asked before the analysis, which may take a while. `read` are files that the run reads, beside those whose
    name says so: code, configuration, lock files, texts with keys in them. A report may replace an earlier one, so
    other JSON files, which are looked through for keys, are no obstacle.
    """
    folder = os.path.dirname(file) or "."
    if not os.path.exists(folder):
        return f"there is no folder '{folder}'; create it first"
    if not os.path.isdir(folder):
        return f"'{folder}' is a file and not a folder"
    if os.path.isdir(file):
        return "it is a folder; name a file in it"
    if os.path.isfile(file) and (is_source(file) or any(_is_same(file, other) for other in read)):
        return "it is a file that prodlint reads; choose another"
    if os.path.exists(file):
        return "" if os.access(file, os.W_OK) else "it is write-protected; choose another file or change that"
    return "" if os.access(folder, os.W_OK) else f"the folder '{folder}' is write-protected; choose another"


def is_source(file: str) -> bool:
    """True for a file which by its name, or that of the file it leads to, is read and not written."""
    from prodlint.discover import category
    from prodlint.versions.manifests import is_manifest

    names = {os.path.basename(path) for path in (file, os.path.realpath(file))}
    return any(
        name in _READ
        or is_manifest(name)
        or name.endswith((".pyi", ".pyw"))
        # What `json`, `sarif` and others write is called *.json, as a rule.
        or (category(name) is not None and not name.endswith(".json"))
        for name in names
    )


_READ = (".prodlint-baseline.json", ".secrets.baseline", ".gitignore")


def _is_same(file: str, other: Path) -> bool:
    return other.is_file() and os.path.samefile(file, other)


def unknown(kind: str, name: str, known: Sequence[str]) -> str:
    """`unknown rule 'missing-timout'; did you mean 'missing-timeout'?`"""
    import difflib

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"unknown {kind} '{name}'; did you mean {' or '.join(f'{item!r}' for item in near)}?"
    return f"unknown {kind} '{name}'; there are {', '.join(known)}"
