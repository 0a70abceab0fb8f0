"""Answers that a function keeps by its own means: in a file, a table, or a store of the project.

What shows it: before the request something is looked up, tested, and given back without the request; after it, the
answer is put where it was looked up, under the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prodlint.facts import (
    REMOVED,
    Attr,
    Block,
    CallSite,
    Element,
    Imported,
    Item,
    OneOf,
    Op,
    Param,
    Result,
    Some,
    Value,
)
from prodlint.frameworks.schema import CacheHints
from prodlint.link.classes import is_receiver
from prodlint.link.entries import chain
from prodlint.link.terms import Module
from prodlint.values import dataclass

MAX_VALUES = 400
"""Values beyond which it is not asked what something is made of."""

_TRUE_WHERE_GIVEN = ("compare:IsNot", "compare:NotEqual", "compare:GreaterThan")
_TRUE_WHERE_MISSING = ("compare:Is", "compare:Equal")

Parts = frozenset[tuple[type, Value]]
"""What values are made of, each part with its type: `Result(4)` and `Const(4)` are equal as tuples."""


def look_up_before(module: Module, site: int, hints: CacheHints) -> Block | None:
    """The test, before the request at `site`, of what was kept of an earlier one."""
    tests = [block for block in module.index.blocks_in(module.facts.calls[site].function) if block.value is not None]
    if not tests:
        return None
    request = _Request(module, site, hints)
    return next((block for block in tests if request.is_spared_by(block)), None)


@dataclass(frozen=True, slots=True)
class _Request:
    """A request, and what the function around it does with what it looked up before."""

    module: Module
    site: int
    hints: CacheHints

    @property
    def call(self) -> CallSite:
        return self.module.facts.calls[self.site]

    def is_spared_by(self, test: Block) -> bool:
        """True for a test of what was looked up that keeps the request from being made."""
        blocks = self.module.facts.blocks
        is_around = any(blocks[index] is test for index in chain(self.module, self.call.block))
        if test.kind == "if" and not is_around:
            if test.ends not in ("return", "continue") or test.span > self.call.span:
                return False
        elif test.kind not in ("if", "else") or not is_around:
            return False
        is_found = (test.kind == "else") or not is_around
        assert test.value is not None
        return any(
            self._is_kept_in(tested)
            if isinstance(tested, Attr | Item)
            else self._is_kept_by(tested.site, test, is_around)
            for tested in _tested(test.value, is_found)
        )

    def _is_kept_in(self, place: Attr | Item) -> bool:
        """`if self.answer is None: self.answer = ask()`"""
        return any(
            change.span > self.call.span
            and _same(change.base, place.base)
            and (change.key == place.name if isinstance(place, Attr) else _same(change.key, place.key))
            and self._has_answer((change.value,))
            for change in self.module.index.changes_in(self.call.function)
        )

    def _is_kept_by(self, look: int, test: Block, is_around: bool) -> bool:
        call = self.module.facts.calls[look]
        if look == self.site or call.function != self.call.function or call.span > self.call.span:
            return False
        is_function = _dotted(call.callee) in self.hints.file_tests and bool(call.arguments)
        is_method = isinstance(call.callee, Attr) and f".{call.callee.name}" in self.hints.file_tests
        is_file = is_function or (is_method and not call.arguments)
        owner = call.arguments[0].value if is_function else self._owner(call)
        is_back = is_file or self._comes_back(look, owner, test, is_alone=not is_around and test.ends == "return")
        if owner is None or not is_back:
            return False
        keys = self._variable(self._parts((Result(look),))) - self._variable(self._parts((owner,)))
        stores = self._stored(owner, is_keyed=is_file, keys=keys)
        return stores or (not is_file and not is_around and self._is_asked_by_prompt(look, owner, keys))

    def _is_asked_by_prompt(self, look: int, owner: Value, keys: Parts) -> bool:
        """True for a look-up by what the prompt is made of, in something that is not."""
        names = {part.name for _, part in self._parts((Result(look),)) if isinstance(part, Attr)}
        asked = self._variable(self._parts(argument.value for argument in self.call.arguments))
        is_module = isinstance(owner, Imported) and not owner.name
        return (
            not is_module
            and not names.isdisjoint(self.hints.lookups)
            and not keys.isdisjoint(asked)
            and asked.isdisjoint(self._variable(self._parts((owner,))))
        )

    def _comes_back(self, look: int, owner: Value | None, test: Block, *, is_alone: bool) -> bool:
        """True when the function gives back what was looked up, or reads it where the test has found it.

        `is_alone`: the answer of the request is not among it.
        """
        facts = self.module.facts
        found = (Result, Result(look))
        for value in (*facts.functions[self.call.function].returns, *facts.functions[self.call.function].yields):
            parts = self._parts((value,))
            if found in parts and not (is_alone and (Result, Result(self.site)) in parts):
                return True
        inside = (
            site
            for site in self.module.index.calls_in(self.call.function)
            if any(facts.blocks[index] is test for index in chain(self.module, facts.calls[site].block))
        )
        return (
            owner is not None
            and test.kind == "if"
            and any((type(owner), owner) in self._parts((Result(site),)) for site in inside if site != self.site)
        )

    def _stored(self, owner: Value, *, is_keyed: bool, keys: Parts) -> bool:
        """True when the answer is put where it was looked up, under what it was looked up by."""
        index, calls = self.module.index, self.module.facts.calls
        puts: list[tuple[Value, ...]] = [
            (change.base, change.key, change.value)
            for change in index.changes_in(self.call.function)
            if not isinstance(change.key, str) and change.value != REMOVED and change.span > self.call.span
        ]
        puts += [
            (calls[site].callee, *(argument.value for argument in calls[site].arguments))
            for site in index.calls_in(self.call.function)
            if calls[site].span > self.call.span
        ]
        for values in puts:
            if self._has_answer(values[1:]):
                parts = self._parts(values)
                if (type(owner), owner) in parts and (is_keyed or not keys.isdisjoint(parts)):
                    return True
        return False

    def _has_answer(self, values: Iterable[Value]) -> bool:
        """True for values that are made of the answer, and for an object that was given it: `row.text = answer`."""
        parts = self._parts(values)
        if (Result, Result(self.site)) in parts:
            return True
        return any(
            (type(change.base), change.base) in parts and (Result, Result(self.site)) in self._parts((change.value,))
            for change in self.module.index.changes_in(self.call.function)
            if isinstance(change.key, str) and isinstance(change.base, Result)
        )

    def _owner(self, call: CallSite) -> Value | None:
        """In what a call looks something up: `db` in `db.execute(query).fetchone()`; None for a function or `self`."""
        if not isinstance(call.callee, Attr):
            return None
        owner = call.callee.base
        while True:
            match owner:
                case Some(inner):
                    owner = inner
                case Result(site) if isinstance(callee := self.module.facts.calls[site].callee, Attr):
                    owner = callee.base
                case Attr(Result() | Some(), _):
                    owner = owner.base
                case Param(function, name) if is_receiver(self.module, function, name):
                    return None
                case _:
                    return owner

    def _variable(self, parts: Parts) -> Parts:
        """Those that differ from call to call: parameters, and the variables of loops."""
        return frozenset(
            (kind, part)
            for kind, part in parts
            if isinstance(part, Element)
            or (isinstance(part, Param) and not is_receiver(self.module, part.function, part.name))
        )

    def _parts(self, values: Iterable[Value]) -> Parts:
        """All that values are made of, through calls; but not what the request is made of."""
        found: set[tuple[type, Value]] = set()
        waiting: list[object] = list(values)
        while waiting and len(found) < MAX_VALUES:
            value = waiting.pop()
            if not isinstance(value, tuple):
                continue
            if hasattr(value, "_fields"):
                if (type(value), value) in found:
                    continue
                found.add((type(value), value))  # type: ignore[arg-type]  # entries of dicts are harmless among values
            if isinstance(value, Result):
                if value.site != self.site:
                    call = self.module.facts.calls[value.site]
                    waiting += [call.callee, *(argument.value for argument in call.arguments)]
            else:
                waiting.extend(value)
        return frozenset(found)


def _dotted(callee: Value) -> str:
    """The name of an imported function; of all else, something else."""
    match callee:
        case Imported(module, name, _):
            return f"{module}.{name}".rstrip(".")
        case Attr(base, name):
            return f"{_dotted(base)}.{name}"
    return ""


def _same(first: Value | str, second: Value) -> bool:
    return type(first) is type(second) and first == second


def _tested(test: Value, is_found: bool) -> Iterator[Result | Attr | Item]:
    """What is known to be there (`is_found`), or to be missing, where a test holds."""
    match test:
        case Op("not", (inner,)):
            yield from _tested(inner, not is_found)
        case Op("and", operands) | OneOf(operands):
            for operand in operands:
                yield from _tested(operand, is_found)
        case Op(kind, (inner, _)) if kind in _TRUE_WHERE_GIVEN:
            yield from _tested(inner, is_found)
        case Op(kind, (inner, _)) if kind in _TRUE_WHERE_MISSING:
            yield from _tested(inner, not is_found)
        case Some(inner) if is_found:
            yield from _tested(inner, is_found)
        case Result() if is_found:
            yield test
        case Attr(base, _) | Item(base, _) if is_found:
            yield test
            yield from _tested(base, is_found)
