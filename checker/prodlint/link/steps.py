"""Dicts that are changed away from where they are made: the changes as steps of their making."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.facts import NONE, REMOVED, Assignment, Attr, CallSite, Const, DictOf, Elsewhere, Entry, Opaque, Value
from prodlint.link.terms import Frame, Mapping, Module

CHANGING = ("update", "setdefault", "pop", "popitem", "clear")
"""Methods that change a dict."""

READING = ("get", "pop", "setdefault")
"""Methods that give what a dict holds under their first argument."""

MAX_STEPS = 16
"""Changes beyond which it is only said that there are some."""


def steps_of(change: Assignment | CallSite, frame: Frame, home: Module) -> Iterator[Entry]:
    """What one change does to a dict of the module `home`; whether and when it is made is not known."""
    span = change.span if frame.module is home else None

    def step(how: str, key: Value | None, value: Value) -> Entry:
        return Entry(how, Elsewhere(key, frame) if key is not None else None, Elsewhere(value, frame), span, True)

    if isinstance(change, Assignment):
        if isinstance(change.key, str):
            yield step("splat", None, Opaque("it is replaced"))
        elif change.value == REMOVED:
            yield step("delete", change.key, NONE)
        else:
            yield step("set", change.key, change.value)
        return
    method = change.callee.name if isinstance(change.callee, Attr) else ""
    plain = [given.value for given in change.arguments if given.keyword is None and not given.stars]
    if method == "setdefault" and len(plain) == 2:
        yield step("set", *plain)
    elif method == "pop" and plain:
        yield step("delete", plain[0], NONE)
    elif method == "update":
        for given in change.arguments:
            yield step("splat" if given.keyword is None else "set", _key(given.keyword), given.value)
    else:
        yield step("splat", None, Opaque(f"`{method}` changes it"))


def _key(keyword: str | None) -> Const | None:
    return Const(keyword) if keyword is not None else None


def with_steps(mapping: Mapping, steps: list[Entry], why: str) -> Mapping:
    """The dict with further steps."""
    if len(steps) > MAX_STEPS:
        steps = [Entry("splat", None, Opaque(why), None, True)]
    return Mapping(DictOf((*mapping.value.entries, *steps), mapping.value.touched), mapping.frame)
