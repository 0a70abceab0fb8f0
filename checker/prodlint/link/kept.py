"""Answers that a function keeps by its own means: in a file, a table, or a store of the project.

What shows it: before the request something is looked up, tested, and given back without the request; after it, the
answer is put where it was looked up, under the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from prodlint.facts import (
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

MAX_VALUES = 400
"""Values beyond which it is not asked what something is made of."""

MAX_STEPS = 40
"""Calls in a chain (`db.select(...).where(...)`) behind which its beginning is not looked for; it may have none."""

_TRUE_WHERE_GIVEN = ("compare:IsNot", "compare:NotEqual", "compare:GreaterThan")
_TRUE_WHERE_MISSING = ("compare:Is", "compare:Equal")

Parts = frozenset[tuple[type, Value]]
"""What values are made of, each part with its type: `Result(4)` and `Const(4)` are equal as tuples."""


def look_up_before(module: Module, site: int, hints: CacheHints) -> Block | None:
    """The test, before the request at `site`, of what was kept of an earlier one."""
    tests = [block for block in module.index.blocks_in(module.facts.calls[site].function) if block.value is not None]
    request = _Request(module, site, hints)
    return next((block for block in tests if request.is_spared_by(block)), None)


class _Request:
    """A request, and what the function around it does with what it looked up before."""

    def __init__(self, module: Module, site: int, hints: CacheHints) -> None:
        self.module = module
        self.hints = hints
        self.answer = Result(site)
        self.call = module.facts.calls[site]

    def is_spared_by(self, test: Block) -> bool:
        """True for a test of what was looked up that keeps the request from being made."""
        is_around = self._is_in(test, self.call)
        if test.kind == "if" and not is_around:
            if test.ends not in ("return", "continue") or test.span > self.call.span:
                return False
        elif test.kind not in ("if", "else") or not is_around:
            return False
        assert test.value is not None
        return any(
            self._is_kept_in(tested)
            if isinstance(tested, Attr | Item)
            else self._is_kept_by(tested, test, is_around=is_around)
            for tested in _tested(test.value, test.kind == "else" or not is_around)
        )

    def _is_in(self, block: Block, call: CallSite) -> bool:
        return any(self.module.facts.blocks[index] is block for index in chain(self.module, call.block))

    def _is_kept_in(self, place: Attr | Item) -> bool:
        """`if self.answer is None: self.answer = ask()`"""
        return any(
            _same(change.base, place.base)
            and (change.key == place.name if isinstance(place, Attr) else _same(change.key, place.key))
            and self._has_answer(self._parts((change.value,)))
            for change in self.module.index.changes_in(self.call.function)
        )

    def _is_kept_by(self, look: Result, test: Block, *, is_around: bool) -> bool:
        call = self.module.facts.calls[look.site]
        if look == self.answer or call.function != self.call.function or call.span > self.call.span:
            return False
        is_function = _dotted(call.callee) in self.hints.file_tests and bool(call.arguments)
        is_method = isinstance(call.callee, Attr) and f".{call.callee.name}" in self.hints.file_tests
        is_file = is_function or (is_method and not call.arguments)
        owner = call.arguments[0].value if is_function else self._owner(call)
        if owner is None:
            return False
        keys = self._variable(self._parts((look,))) - self._variable(self._parts((owner,)))
        is_kept = any(
            (type(owner), owner) in parts and (is_file or not keys.isdisjoint(parts)) for parts in self._puts
        ) or (not is_file and not is_around and self._is_asked_by_prompt(look, owner, keys))
        is_alone = not is_around and test.ends == "return"
        return is_kept and (is_file or self._comes_back(look, owner, test, is_alone=is_alone))

    def _is_asked_by_prompt(self, look: Result, owner: Value, keys: Parts) -> bool:
        """True for a look-up by what the prompt is made of, in something that is not."""
        names = {part.name for _, part in self._parts((look,)) if isinstance(part, Attr)}
        asked = self._variable(self._parts(argument.value for argument in self.call.arguments))
        is_module = isinstance(owner, Imported) and not owner.name
        return (
            not is_module
            and not names.isdisjoint(self.hints.lookups)
            and not keys.isdisjoint(asked)
            and asked.isdisjoint(self._variable(self._parts((owner,))))
        )

    def _comes_back(self, look: Result, owner: Value, test: Block, *, is_alone: bool) -> bool:
        """True when the function gives back what was looked up, or reads it where the test has found it.

        `is_alone`: the answer of the request is not among it.
        """
        if any((Result, look) in parts and not (is_alone and self._has_answer(parts)) for parts in self._given_back):
            return True
        calls = self.module.facts.calls
        inside = (
            Result(site)
            for site in self.module.index.calls_in(self.call.function)
            if site != self.answer.site and self._is_in(test, calls[site])
        )
        return test.kind == "if" and any((type(owner), owner) in self._parts((result,)) for result in inside)

    @cached_property
    def _given_back(self) -> list[Parts]:
        """What the function returns and yields."""
        function = self.module.facts.functions[self.call.function]
        return [self._parts((value,)) for value in (*function.returns, *function.yields)]

    @cached_property
    def _puts(self) -> list[Parts]:
        """The calls and the assignments to items that are given the answer."""
        index, calls = self.module.index, self.module.facts.calls
        given = [
            (change.value, (change.base, change.key, change.value))
            for change in index.changes_in(self.call.function)
            if not isinstance(change.key, str)
        ]
        found = [self._parts(values) for value, values in given if self._has_answer(self._parts((value,)))]
        for site in index.calls_in(self.call.function):
            arguments = self._parts(argument.value for argument in calls[site].arguments)
            if self._has_answer(arguments):
                found.append(arguments | self._parts((calls[site].callee,)))
        return found

    def _has_answer(self, parts: Parts) -> bool:
        return (Result, self.answer) in parts or not self._given_the_answer.isdisjoint(parts)

    @cached_property
    def _given_the_answer(self) -> Parts:
        """The objects to which it is assigned: `row.text = answer`."""
        return frozenset(
            (Result, change.base)
            for change in self.module.index.changes_in(self.call.function)
            if isinstance(change.key, str)
            and isinstance(change.base, Result)
            and (Result, self.answer) in self._parts((change.value,))
        )

    def _owner(self, call: CallSite) -> Value | None:
        """In what a call looks something up: `db` in `db.execute(query).fetchone()`; None for a function or `self`."""
        if not isinstance(call.callee, Attr):
            return None
        owner = call.callee.base
        for _ in range(MAX_STEPS):
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
        return None

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
                if value.site != self.answer.site:
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
