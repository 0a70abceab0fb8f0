"""Short ways to read the facts of a source text."""

from __future__ import annotations

from textwrap import dedent

from prodlint.extract import extract
from prodlint.facts import Argument, CallSite, Const, DictOf, Entry, FileFacts, FunctionFacts, OneOf, Opaque, Value

PROBE = "probe"
"""Calls of this name are what the tests look at: `probe(value)`."""


def facts(source: str) -> FileFacts:
    """The facts of a dedented source."""
    return extract(dedent(source))


def probes(source: str) -> list[CallSite]:
    """The calls of `probe`, in the order of the text."""
    found = [call for call in facts(source).calls if getattr(call.callee, "name", "") == PROBE]
    return sorted(found, key=lambda call: call.span)


def probe(source: str) -> CallSite:
    """The only call of `probe`."""
    found = probes(source)
    assert len(found) == 1
    return found[0]


def value(source: str) -> Value:
    """What the only `probe(...)` is given."""
    arguments: tuple[Argument, ...] = probe(source).arguments
    assert len(arguments) == 1
    return arguments[0].value


def constants(source: str) -> object:
    """The constant that `probe` is given, a set of them, or `?` where one is not constant."""
    return plain(value(source))


def plain(found: Value) -> object:
    """A value without its wrapping, for comparison: a constant, a set of constants, or `?`."""
    match found:
        case Const(constant):
            return constant
        case OneOf(options):
            return {plain(option) for option in options}
    return "?"


def entries(source: str) -> list[tuple[str, object, object, bool]]:
    """(how, key, value, maybe) for each step in the making of the dict that `probe` is given."""
    found = value(source)
    assert isinstance(found, DictOf), found
    return [short(entry) for entry in found.entries]


def short(entry: Entry) -> tuple[str, object, object, bool]:
    """A step in the making of a dict without its place."""
    key = None if entry.key is None else plain(entry.key)
    return entry.how, key, plain(entry.value), entry.maybe


def function(found: FileFacts, qualname: str) -> FunctionFacts:
    """The function of this name."""
    return next(item for item in found.functions if item.qualname == qualname)


def is_undecided(found: Value) -> bool:
    """True for a value that says nothing."""
    return isinstance(found, Opaque)
