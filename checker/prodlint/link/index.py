"""Where things stand in one module: calls by function, what mentions a result, assignments by name.

Each table is made when it is first asked for and costs one pass over the facts, so that questions about one request
need no pass of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import TypeVar

from prodlint.facts import Assignment, Attr, Block, CallSite, FileFacts, FunctionRef, Global, Param, Result, Value
from prodlint.values import NamedTuple

KeyT = TypeVar("KeyT")
ItemT = TypeVar("ItemT")


class Mentions(NamedTuple):
    """Where the result of a call, or a parameter, is mentioned."""

    calls: list[int]
    """Sites, ascending, in whose callee or arguments it stands."""
    returns: list[tuple[int, Value]]
    """(function, what it returns)"""
    yields: list[tuple[int, Value]]
    """(function, what it yields)"""
    blocks: list[Block]
    """Those whose `value` holds it."""
    assignments: list[Assignment]
    """Assignments of something with it to an attribute or item."""


NOWHERE = Mentions([], [], [], [], [])


class Index:
    """Tables over the facts of one module."""

    def __init__(self, facts: FileFacts, read: Callable[[int], Index]) -> None:
        """`read` takes in the body of a function, if that has not been done, and gives the tables with it."""
        self._facts = facts
        self._read = read

    def calls_in(self, function: int) -> list[int]:
        """The sites of the calls in a function's own body, ascending."""
        return self._read(function)._calls.get(function, [])

    def blocks_in(self, function: int) -> list[Block]:
        """The blocks of a function's own body."""
        return self._read(function)._blocks.get(function, [])

    def changes_in(self, function: int) -> list[Assignment]:
        """The assignments to attributes and items in a function's own body."""
        return self._read(function)._changes.get(function, [])

    def own_changes(self, cls: int) -> list[Assignment]:
        """The assignments to attributes of parameters of a class's methods, `self` among them, and in its `__new__` to
        attributes of what a call gives, in bodies that have been read."""
        return self._own_changes.get(cls, [])

    def item_changes(self, name: str) -> list[Assignment]:
        """The assignments to items of a module-level name, in bodies that have been read."""
        return self._item_changes.get(name, [])

    def method_calls(self, name: str) -> list[CallSite]:
        """The calls of methods of that name, in bodies that have been read."""
        return self._method_calls.get(name, [])

    def handed(self, function: int) -> list[int]:
        """The sites of the calls that are given a function defined in this module as it is."""
        return self._handed.get(function, [])

    def nested(self, function: int) -> list[int]:
        """The functions defined directly in a function's body, methods of classes in there included."""
        return self._read(function)._nested.get(function, [])

    def mentions(self, value: Result | Param) -> Mentions:
        """Everything that mentions the result of a call or a parameter."""
        tables = self._read(value.function) if isinstance(value, Param) else self
        return tables._mentions.get(value, NOWHERE)

    def follow(self, seeds: Iterable[Result | Param], visit: Callable[[int], bool]) -> None:
        """Visit the calls that mention what is followed: `seeds`, and from each call on for which `visit` returns True,
        its result. The lowest site comes first: `f` in `f(g(x))`, which is visited again once `g` is followed."""
        waiting = [site for seed in seeds for site in self.mentions(seed).calls]
        heapify(waiting)
        followed: set[int] = set()
        last = -1
        while waiting:
            site = heappop(waiting)
            if site != last and site not in followed and visit(site):
                followed.add(site)
                for other in self._read(0).mentions(Result(site)).calls:
                    if other not in followed:
                        heappush(waiting, other)
            last = site

    @cached_property
    def _calls(self) -> dict[int, list[int]]:
        return _grouped((call.function, site) for site, call in enumerate(self._facts.calls))

    @cached_property
    def _blocks(self) -> dict[int, list[Block]]:
        return _grouped((block.function, block) for block in self._facts.blocks)

    @cached_property
    def _changes(self) -> dict[int, list[Assignment]]:
        return _grouped((change.function, change) for change in self._facts.assignments)

    @cached_property
    def _own_changes(self) -> dict[int, list[Assignment]]:
        return _grouped(
            (self._facts.functions[function].owner, change)
            for change in self._facts.assignments
            if isinstance(change.key, str) and (function := self._method_of(change)) is not None
        )

    def _method_of(self, change: Assignment) -> int | None:
        """The function whose parameter an assignment changes, or the `__new__` that changes what it has made."""
        if isinstance(change.base, Param):
            return change.base.function
        is_made = isinstance(change.base, Result) and self._facts.functions[change.function].name == "__new__"
        return change.function if is_made else None

    @cached_property
    def _item_changes(self) -> dict[str, list[Assignment]]:
        return _grouped(
            (change.base.name, change)
            for change in self._facts.assignments
            if isinstance(change.base, Global) and not isinstance(change.key, str)
        )

    @cached_property
    def _method_calls(self) -> dict[str, list[CallSite]]:
        return _grouped((call.callee.name, call) for call in self._facts.calls if isinstance(call.callee, Attr))

    @cached_property
    def _handed(self) -> dict[int, list[int]]:
        return _grouped(
            (argument.value.number, site)
            for site, call in enumerate(self._facts.calls)
            for argument in call.arguments
            if isinstance(argument.value, FunctionRef)
        )

    @cached_property
    def _nested(self) -> dict[int, list[int]]:
        return _grouped((facts.parent, index) for index, facts in enumerate(self._facts.functions) if index)

    @cached_property
    def _mentions(self) -> dict[Result | Param, Mentions]:
        found: dict[Result | Param, Mentions] = {}

        def of(values: Iterable[Value | None]) -> Iterator[Mentions]:
            for value in _mentioned(values):
                yield found.setdefault(value, Mentions([], [], [], [], []))

        for site, call in enumerate(self._facts.calls):
            for at in of((call.callee, *(argument.value for argument in call.arguments))):
                at.calls.append(site)
        for index, facts in enumerate(self._facts.functions):
            for value in facts.returns:
                for at in of((value,)):
                    at.returns.append((index, value))
            for value in facts.yields:
                for at in of((value,)):
                    at.yields.append((index, value))
        for block in self._facts.blocks:
            for at in of((block.value,)):
                at.blocks.append(block)
        for change in self._facts.assignments:
            for at in of((change.value,)):
                at.assignments.append(change)
        return found


def _grouped(pairs: Iterable[tuple[KeyT, ItemT]]) -> dict[KeyT, list[ItemT]]:
    found: dict[KeyT, list[ItemT]] = {}
    for key, item in pairs:
        found.setdefault(key, []).append(item)
    return found


def _mentioned(values: Iterable[Value | None]) -> set[Result | Param]:
    """The results and parameters in some values, at any depth."""
    found: set[Result | Param] = set()
    waiting: list[object] = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, Result | Param):
            found.add(value)
        elif isinstance(value, tuple):
            waiting.extend(value)
    return found
