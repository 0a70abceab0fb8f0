"""Small projects from `{path: source}`, linked without touching a disk."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from textwrap import dedent

from prodlint.extract import extract, extract_outline, read_bodies
from prodlint.facts import FileFacts
from prodlint.frameworks.load import load as load_frameworks
from prodlint.frameworks.tables import Frameworks
from prodlint.levels import Defaults
from prodlint.link.program import Program
from prodlint.link.project import Linked
from prodlint.link.reach import Reach
from prodlint.model import ModelCall, Project, Setting, State
from prodlint.sdks.catalogue import Catalogue
from prodlint.sdks.catalogue import load as load_catalogue
from prodlint.sdks.editions import Editions

Files = Mapping[str, str]


@functools.cache
def catalogue() -> Catalogue:
    """The shipped SDK records, read once."""
    return load_catalogue()


@functools.cache
def frameworks() -> Frameworks:
    """The shipped framework tables, read once."""
    return load_frameworks()


def facts_of(files: Files) -> dict[str, FileFacts]:
    """The facts of each file, in the order given; sources are dedented."""
    return {path: extract(dedent(source)) for path, source in files.items()}


def program_of(files: Files, *, asked_for: Iterable[str] | None = None) -> Program:
    """A program of these files. Those not in `asked_for` are only parsed when the link stage asks for them."""
    first = set(files if asked_for is None else asked_for)
    parsed = facts_of({path: source for path, source in files.items() if path in first})

    def load(path: str) -> FileFacts | None:
        return extract_outline(dedent(files[path])) if path in files else None

    reserved = frozenset(root.partition(".")[0] for root in catalogue().imports)
    texts = {path: dedent(source).encode() for path, source in files.items()}
    return Program(parsed, list(files), load, reserved, text=lambda path: texts.get(path, b""), read=read_bodies)


def link_program(program: Program, defaults: Defaults | None = None) -> Linked:
    """The linked model of a program."""
    shipped = catalogue()
    reach = Reach(program, shipped.imports)
    return Linked(program, Editions(shipped), frameworks(), defaults or Defaults(), reach)


def linked(files: Files, *, asked_for: Iterable[str] | None = None) -> Linked:
    """The linked model and what it would like to see beside it."""
    return link_program(program_of(files, asked_for=asked_for))


def project(files: Files, *, asked_for: Iterable[str] | None = None) -> Project:
    """The linked model of these files."""
    return linked(files, asked_for=asked_for).project


def module(source: str, path: str = "service.py") -> Project:
    """The linked model of one file."""
    return project({path: source})


def only_call(found: Project, symbol: str | None = None) -> ModelCall:
    """The only request of a project, or of one function in it."""
    calls = [call for call in found.calls if symbol is None or call.symbol == symbol]
    assert len(calls) == 1, [(call.symbol, call.operation, call.location) for call in found.calls]
    return calls[0]


def word(setting: Setting | None) -> object:
    """A setting in one word: its constant, `set`, `default`, `unknown`, or `absent`; None for an explicit None."""
    if setting is None:
        return "absent"
    if setting.state is State.SET:
        return setting.value if setting.constant else "set"
    return setting.state.value


def timeouts(found: Project) -> list[object]:
    """The timeout of each request, by location."""
    return [word(call.settings.get("timeout")) for call in found.calls]


def timeout(files: Files | str) -> object:
    """The timeout of the only request."""
    found = module(files) if isinstance(files, str) else project(files)
    return word(only_call(found).settings.get("timeout"))
