"""The hand-made labels: what is true of a call, as someone who reads the whole package judges it.

A file `labels/<package>.toml` has `package` and `version`, and for each labelled call a `[[call]]`:

- `path`, from the top of the unpacked wheel, and `line`, 1-based, where the call's callee begins;
- `what`: a few words for the reader of a report;
- `settings`: by name, the state (`"set"`, `"default"`, `"unknown"`), or `{ set = VALUE }` when it is a constant. A
  setting that does not exist for the call, or that readers of the code could name differently, is left out;
- `faults`: the rules that are right to report this call, here or at the cause elsewhere;
- `undecided`: the rules where a reader cannot say. All other judged rules have to be silent.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RULES = (
    "missing-max-tokens",
    "missing-timeout",
    "missing-retries",
    "disabled-timeout",
    "blocking-call-in-async",
    "unstreamed-response",
    "uncached-deterministic-call",
)
"""The rules that the labels judge."""

SETTINGS = ("max_tokens", "timeout", "retries", "stream", "temperature")

FOLDER = Path(__file__).parent / "labels"

Constant = int | float | str | bool


class LabelError(Exception):
    """A label file says something that the comparison does not understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The true state of one setting."""

    state: str
    """`set`, `default` or `unknown`."""
    value: Constant | None = None
    """The constant it is set to; None when it is not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is true of one call."""

    package: str
    path: str
    """From the top of the unpacked package, `/` separated."""
    line: int
    """1-based, where the callee begins."""
    what: str
    settings: Mapping[str, Expected]
    faults: frozenset[str]
    undecided: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPackage:
    """A release on PyPI with the labels of its calls."""

    name: str
    version: str
    labels: tuple[Label, ...]


def load(folder: Path = FOLDER) -> tuple[LabelledPackage, ...]:
    """All labelled packages by name. Raises `LabelError` on the first label that is not well formed."""
    return tuple(parse(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.toml")))


def parse(text: str, source: str) -> LabelledPackage:
    """The content of one label file; `source` names it in errors."""
    try:
        content = tomllib.loads(text)
        name, version = content["package"], content["version"]
        labels = tuple(_label(name, entry) for entry in content["call"])
    except (KeyError, ValueError) as error:
        raise LabelError(f"{source}: {error!r}") from error
    places = [(label.path, label.line) for label in labels]
    for place in places:
        if places.count(place) > 1:
            raise LabelError(f"{source}: {place[0]}:{place[1]} is labelled twice")
    return LabelledPackage(name=name, version=version, labels=labels)


def _label(package: str, entry: Mapping[str, Any]) -> Label:
    faults, undecided = frozenset(entry.get("faults", ())), frozenset(entry.get("undecided", ()))
    strange = (faults | undecided) - set(RULES) | entry["settings"].keys() - set(SETTINGS) | faults & undecided
    if strange:
        raise ValueError(f"line {entry['line']} of {entry['path']}: {', '.join(sorted(strange))}")
    return Label(
        package=package,
        path=entry["path"],
        line=entry["line"],
        what=entry["what"],
        settings={name: _expected(value) for name, value in entry["settings"].items()},
        faults=faults,
        undecided=undecided,
    )


def _expected(value: str | Mapping[str, Constant]) -> Expected:
    if isinstance(value, str):
        if value not in ("set", "default", "unknown"):
            raise ValueError(f"no state: {value}")
        return Expected(state=value)
    return Expected(state="set", value=value["set"])
