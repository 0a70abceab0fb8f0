"""Functions that are handed out: whoever gets one may call it again, which is not seen from the names of callees."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.facts import (
    Attr,
    DictOf,
    Element,
    FunctionFacts,
    FunctionRef,
    Global,
    Imported,
    Item,
    OneOf,
    Op,
    Result,
    SeqOf,
    Some,
    Value,
)
from prodlint.link.around import callees
from prodlint.link.callers import called_names
from prodlint.link.guards import Guards
from prodlint.link.terms import Module, name_of
from prodlint.values import NamedTuple

_HANDING_ON = frozenset({"and", "or", "|", "declared"})
"""Operations whose result is one of the operands, or calls it."""


class Reference(NamedTuple):
    """A place where a function is mentioned but not called."""

    module: Module
    function: int
    """The one it stands in."""
    value: Value
    site: int
    """The call that is given it; -1: none."""


class HandedOut:
    """Tells whether all that leads to a request is in sight."""

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self._references: dict[str, list[Reference]] = {}
        """By the name of what is mentioned."""
        self._modules = 0
        """How many modules there were when it was last looked at what they mention."""

    def may_be_repeated(self, module: Module, site: int, *, by_reference: bool) -> bool:
        """True when a function on the way to the request at `site` is handed to somebody who may call it again, or a
        call far up is repeated. `by_reference`: the request itself is handed over at `site`."""
        self._take_in()
        waiting = [(module, module.facts.calls[site].function)]
        if by_reference and not self._is_run(module, site):
            return True
        seen: set[tuple[str, int]] = set()
        while waiting:
            at, function = waiting.pop()
            if not function or (at.path, function) in seen:
                continue
            seen.add((at.path, function))
            for reference in self._of(at, function):
                if self._is_registered(reference):
                    continue
                if reference.site < 0 or not self._is_run(reference.module, reference.site):
                    return True
                waiting.append((reference.module, reference.function))
            ways = self.guards.callers.ways(at, function)
            calls = [edge for edge in ways.edges if not edge.is_reference]
            if any(self.guards.retry_at(edge.module, edge.site) for edge in (*calls, *ways.possible)):
                return True
            waiting.extend((edge.module, edge.module.facts.calls[edge.site].function) for edge in calls)
        return False

    def _is_registered(self, reference: Reference) -> bool:
        """True for a function that is handed to a framework as a handler, which runs it once for each request."""
        return reference.site >= 0 and any(
            self.guards.frameworks.entry_calls.find(name, reference.module.imports) is not None
            for name in self._names(reference.module, reference.site)
        )

    def _is_run(self, module: Module, site: int) -> bool:
        """True when the call at `site` runs what it is given once, where it stands: in another thread or later on."""
        if self.guards.hands_over(module, module.facts.calls[site]):
            return True
        tables = self.guards.frameworks
        names = self._names(module, site)
        if any(tables.background.find(name, module.imports) is not None for name in names):
            return True
        if names != ["functools.partial"]:
            return False
        uses = module.index.mentions(Result(site))
        others = uses.returns or uses.yields or uses.blocks or uses.assignments
        return bool(uses.calls) and not others and all(self._is_run(module, at) for at in uses.calls if at != site)

    def _names(self, module: Module, site: int) -> list[str]:
        terms = callees(self.guards.resolver, module, module.facts.calls[site])
        return [name for term in terms if (name := name_of(term))]

    def _of(self, module: Module, function: int) -> Iterator[Reference]:
        """Where a function is mentioned."""
        for reference in self._references.get(module.facts.functions[function].name, ()):
            if isinstance(reference.value, FunctionRef):
                if reference.module is module and reference.value.number == function:
                    yield reference
                continue
            frame = self.guards.resolver.frame_of(reference.module, reference.function)
            if self.guards.callers.may_be(reference.value, frame, module, function):
                yield reference

    def _take_in(self) -> None:
        """Index the modules that were parsed since the last look."""
        fresh = self.guards.program.since(self._modules)
        self._modules += len(fresh)
        for module in filter(self.guards.program.is_searched, fresh):
            for reference in _references(module):
                for name in called_names(reference.value, module, call=False):
                    self._references.setdefault(name, []).append(reference)


def _references(module: Module) -> Iterator[Reference]:
    """All mentions of functions in a module, and of much else that may be one."""
    facts = module.facts
    for site, call in enumerate(facts.calls):
        for argument in call.arguments:
            yield from (Reference(module, call.function, value, site) for value in _held(argument.value))
        for value in _choices(call.callee):
            if not isinstance(value, FunctionRef | Global | Imported):
                inner = value.base if isinstance(value, Attr) else value
                if not isinstance(inner, FunctionRef | Global | Imported | Attr):
                    yield from (Reference(module, call.function, each, -1) for each in _held(inner))
    for index, function in enumerate(facts.functions):
        for value in _kept_by(function):
            yield from (Reference(module, index, each, -1) for each in _held(value))
    for change in facts.assignments:
        yield from (Reference(module, change.function, value, -1) for value in _held(change.value))
    for block in facts.blocks:
        if block.kind in ("for", "comprehension") and block.value is not None:
            yield from (Reference(module, block.function, value, -1) for value in _held(block.value))
    for cls in facts.classes:
        for value in cls.attributes.values():
            yield from (Reference(module, 0, each, -1) for each in _held(value))
    for name, bound in facts.globals.items():
        for value in _choices(bound):
            is_own = isinstance(value, FunctionRef) and facts.functions[value.number].name == name
            if not is_own and not isinstance(value, Imported):  # where the name comes from
                yield from (Reference(module, 0, each, -1) for each in _held(value))


def _kept_by(function: FunctionFacts) -> Iterator[Value]:
    yield from function.returns
    yield from function.yields
    yield from (parameter.default for parameter in function.parameters if parameter.default is not None)


def _choices(value: Value) -> Iterator[Value]:
    """What a value can be, by the path taken."""
    if isinstance(value, OneOf):
        for option in value.options:
            yield from _choices(option)
    elif isinstance(value, Some):
        yield from _choices(value.value)
    else:
        yield value


def _held(value: Value) -> Iterator[Value]:
    """The names and functions that a value is, or holds."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case FunctionRef() | Global() | Imported() | Attr() as found:
                yield found
            case SeqOf(_, items, _):
                waiting.extend(items)
            case DictOf(entries, _):
                waiting.extend(entry.value for entry in entries)
            case OneOf(options):
                waiting.extend(options)
            case Some(inner) | Element(inner) | Item(inner, _):
                waiting.append(inner)
            case Op(kind, operands) if kind in _HANDING_ON:
                waiting.extend(operands)
