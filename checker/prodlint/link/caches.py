"""Caches of answers: what is asked before a request is made."""

from __future__ import annotations

from collections.abc import Callable

from prodlint.facts import REMOVED, Attr, Const, Global, Imported, Item, Op, Param, Result, Value
from prodlint.frameworks.tables import Frameworks
from prodlint.link.around import callees, decorators, last
from prodlint.link.callers import Callers
from prodlint.link.kept import look_up_before
from prodlint.link.program import Program
from prodlint.link.resolve import Resolver
from prodlint.link.terms import Module, name_of
from prodlint.link.wording import may_be_named
from prodlint.model import Guard

CALLER_LEVELS = 3
"""How far up a cache around the callers counts."""


class Caches:
    """Finds the caches in front of requests."""

    def __init__(self, program: Program, resolver: Resolver, callers: Callers, frameworks: Frameworks) -> None:
        self.program = program
        self.resolver = resolver
        self.callers = callers
        self.frameworks = frameworks
        self._names = frameworks.caches.last_names()
        self._switch: Guard | None = None
        self._looked_at = 0
        self._lookups: dict[tuple[str, int], Guard | None] = {}
        self._kept_answers: dict[tuple[str, int], Guard | None] = {}

    def around(self, module: Module, site: int) -> Guard | None:
        """A cache that is asked before the request is made, here, around the callers, or for the whole process."""
        switch = self._switched_on()
        if switch is not None:
            return switch
        return self._kept(module, site) or self._cache(module, module.facts.calls[site].function, 0, set())

    def _cache(self, module: Module, function: int, level: int, seen: set[tuple[str, int]]) -> Guard | None:
        if (module.path, function) in seen:
            return None
        seen.add((module.path, function))
        for name, span, _ in decorators(self.resolver, module, function):
            row = self.frameworks.caches.find(name, module.imports)
            if row is not None and row.form == "decorator" and row.results:
                return Guard(what=row.title, location=module.location(span))
            if row is None and self.frameworks.cache_hints.is_cache_name(name.rpartition(".")[2]):
                return Guard(what=name, location=module.location(span))
        looked_up = self._lookup(module, function)
        if looked_up is not None or level >= CALLER_LEVELS or not function:
            return looked_up
        facts = module.facts.functions[function]
        if facts.parent > 0 and facts.owner < 0:
            return self._cache(module, facts.parent, level + 1, seen)
        for edge in self.callers.edges(module, function):
            caller = edge.module.facts.calls[edge.site].function
            found = self._kept(edge.module, edge.site) or self._cache(edge.module, caller, level + 1, seen)
            if found is not None:
                return found
        return None

    def _kept(self, module: Module, site: int) -> Guard | None:
        """A test, before the call at `site`, of what the function has kept of an earlier one."""
        key = (module.path, site)
        if key not in self._kept_answers:
            test = look_up_before(module, site, self.frameworks.cache_hints)
            self._kept_answers[key] = Guard(what="a look-up", location=module.location(test.span)) if test else None
        return self._kept_answers[key]

    def _lookup(self, module: Module, function: int) -> Guard | None:
        """A cache that a function asks or fills by itself."""
        key = (module.path, function)
        if key not in self._lookups:
            self._lookups[key] = self._find_lookup(module, function)
        return self._lookups[key]

    def _find_lookup(self, module: Module, function: int) -> Guard | None:
        hints = self.frameworks.cache_hints
        for site in module.index.calls_in(function):
            call = module.facts.calls[site]
            if not isinstance(call.callee, Attr | Imported | Global):
                continue
            owner = _base_name(call.callee.base) if isinstance(call.callee, Attr) else ""
            method = call.callee.name
            is_hint = bool(owner) and hints.is_cache_name(owner) and method in hints.methods
            if is_hint or ("cache" in method.lower() and "get" in method.lower()):
                return Guard(what=f"{owner}.{method}".lstrip("."), location=module.location(call.span))
            if not may_be_named(self.program, module, call.callee, self._names):
                continue
            for term in callees(self.resolver, module, call):
                row = self.frameworks.caches.find(name_of(term), module.imports) if name_of(term) else None
                if row is not None and row.form == "lookup":
                    return Guard(what=row.title, location=module.location(call.span))
        # `if "model" not in state: state["model"] = "x"` prepares a page; only what is worked out is kept from then on.
        written = {
            _base_name(change.base)
            for change in module.index.changes_in(function)
            if not isinstance(change.key, str)
            and change.value != REMOVED
            and (not isinstance(change.key, Const) or isinstance(change.value, Result))
        }
        for block in module.index.blocks_in(function):
            is_test = block.kind in ("if", "while")
            if is_test and _tests_cache(block.value, lambda name: name in written or hints.is_cache_name(name)):
                return Guard(what="a cache", location=module.location(block.span))
        for change in module.index.changes_in(function):
            name = _base_name(change.base)
            if not isinstance(change.key, str) and hints.is_cache_name(name):
                return Guard(what=name, location=module.location(change.span))
        return None

    def _switched_on(self) -> Guard | None:
        """A cache for all requests of the process."""
        while self._switch is None and (fresh := self.program.since(self._looked_at)):
            self._looked_at += len(fresh)
            self._switch = next(
                (switch for module in filter(self.program.is_searched, fresh) if (switch := self._switch_in(module))),
                None,
            )
        return self._switch

    def _switch_in(self, module: Module) -> Guard | None:
        table = self.frameworks.caches
        for call in module.facts.calls:
            if "cache" not in last(call.callee).lower() and "init" not in last(call.callee).lower():
                continue
            if not may_be_named(self.program, module, call.callee, self._names):
                continue
            for term in callees(self.resolver, module, call):
                row = table.find(name_of(term), module.imports) if name_of(term) else None
                if row is not None and row.form == "switch":
                    return Guard(what=row.title, location=module.location(call.span))
        for change in module.facts.assignments:
            if isinstance(change.key, str) and "cache" in change.key:
                for term in self.resolver.resolve(change.base, self.resolver.frame_of(module, change.function)):
                    row = table.find(f"{name_of(term)}.{change.key}") if name_of(term) else None
                    if row is not None and row.form == "assignment":
                        return Guard(what=row.title, location=module.location(change.span))
        for name in sorted(module.imports):
            row = table.find(name)
            if row is not None and row.form == "import":
                return Guard(what=row.title)
        return None


def _base_name(value: Value) -> str:
    match value:
        case Attr(_, name) | Global(name) | Param(_, name):
            return name
        case Item(base, _):
            return _base_name(base)
    return ""


def _tests_cache(value: Value | None, is_cache_name: Callable[[str], bool]) -> bool:
    """`key in self._cache`."""
    match value:
        case Op("compare:In" | "compare:NotIn", operands):
            return any(is_cache_name(_base_name(operand)) for operand in operands if _base_name(operand))
        case Op(_, operands):
            return any(_tests_cache(operand, is_cache_name) for operand in operands)
    return False
