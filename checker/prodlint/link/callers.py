"""The call graph, backwards: who calls a function, and who hands it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from prodlint.facts import Attr, CallSite, ClassRef, FunctionRef, Global, Imported, OneOf, Result, Some, Value
from prodlint.link.parameters import CallsOf
from prodlint.link.program import Program
from prodlint.link.resolve import Resolver
from prodlint.link.terms import (
    Attribute,
    Bound,
    Class,
    Function,
    Instance,
    Made,
    Module,
    Parameter,
    Term,
    Typed,
    Unknown,
    name_of,
)

COMMON = frozenset(
    {"run", "call", "get", "set", "send", "invoke", "execute", "main", "start", "stop", "close", "handle", "process"}
    | {"update", "create", "delete", "save", "load", "read", "write", "open", "init", "setup", "build", "parse"}
    | {"format", "generate", "chat", "complete", "completion", "predict", "query", "search", "stream"}
)
"""Method names too common to say anything about the receiver's class."""


class Edge(NamedTuple):
    """One place from which a function is reached."""

    module: Module
    site: int
    is_reference: bool
    """True when the function is handed over (`to_thread(f)`), not called there."""


class Callers:
    """Who calls what, found by name first and then by resolution."""

    def __init__(self, program: Program, resolver: Resolver) -> None:
        self.program = program
        self.resolver = resolver
        self.is_staged: Callable[[Module], bool] = lambda _module: False
        """Set by the project: True for tests, examples and notebooks."""
        self._calls: dict[str, list[tuple[Module, int]]] = {}
        self._references: dict[str, list[tuple[Module, int]]] = {}
        self._definitions: dict[str, int] = {}
        self._indexed = 0
        self._edges: dict[tuple[str, int], tuple[Edge, ...]] = {}
        self._possible: dict[tuple[str, int], list[Edge]] = {}
        """Calls of a method of that name on an object of which nothing is known."""
        self._busy: set[tuple[str, int]] = set()
        self._subclasses: dict[str, list[Class]] = {}
        self._below: dict[Class, tuple[Class, ...]] = {}
        resolver.callers_of = self.parameters_from
        resolver.makers_of = self.makers_of
        resolver.subclasses_of = self.subclasses_of

    def _index(self) -> None:
        """Take in modules that were parsed since the last look."""
        fresh = self.program.since(self._indexed)
        if not fresh:
            return
        self._indexed += len(fresh)
        self._edges.clear()
        self._possible.clear()
        self._below.clear()
        for module in fresh:
            for function in module.facts.functions:
                self._definitions[function.name] = self._definitions.get(function.name, 0) + 1
            for index, facts in enumerate(module.facts.classes):
                for base in facts.bases:
                    for name in called_names(base, module):
                        self._subclasses.setdefault(name, []).append(Class(module, index))
            for site, call in enumerate(module.facts.calls):
                for name in called_names(call.callee, module):
                    self._calls.setdefault(name, []).append((module, site))
                for argument in call.arguments:
                    for name in called_names(argument.value, module, call=False):
                        self._references.setdefault(name, []).append((module, site))

    def parameters_from(self, module: Module, function: int) -> CallsOf:
        """The calls that give a function its parameters."""
        edges = [edge for edge in self.edges(module, function) if self._counts(edge.module, module)]
        possible = self._possible.get((module.path, function), ())
        return CallsOf(
            certain=tuple(self._as_bound(edge) for edge in edges if not edge.is_reference),
            possible=tuple(self._as_bound(edge) for edge in possible if self._counts(edge.module, module)),
            is_open=any(edge.is_reference for edge in edges),
        )

    def _as_bound(self, edge: Edge) -> Bound:
        frame = self.resolver.frame_of(edge.module, edge.module.facts.calls[edge.site].function)
        return Bound(Result(edge.site), frame)

    def _counts(self, caller: Module, called: Module) -> bool:
        """False for a test or an example that calls the program: it says nothing of what other callers pass."""
        return self.is_staged(called) or not self.is_staged(caller)

    def makers_of(self, cls: Class) -> tuple[Bound, ...]:
        """The calls that make instances of a class without an `__init__` of its own."""
        self._index()
        key = (cls.module.path, -1 - cls.index)
        if key in self._busy:
            return ()
        self._busy.add(key)
        found: list[Bound] = []
        for caller, site in self._calls.get(cls.facts.name, ()):
            if not self._counts(caller, cls.module):
                continue
            call = caller.facts.calls[site]
            frame = self.resolver.frame_of(caller, call.function)
            for term in self.resolver.resolve(call.callee, frame):
                if isinstance(term, Class) and term.module is cls.module and term.index == cls.index:
                    found.append(Bound(Result(site), frame))
        self._busy.discard(key)
        return tuple(found)

    def subclasses_of(self, cls: Class) -> tuple[Class, ...]:
        """The project's subclasses of a class, at any depth, by their order in the files."""
        self._index()
        known = self._below.get(cls)
        if known is not None:
            return known
        self._below[cls] = ()  # while the answer is looked for, the question may come up again
        found = [
            sub
            for name in self._names_below(cls.facts.name)
            for sub in self._subclasses.get(name, ())
            if sub != cls and any(at == cls for at in self.resolver.classes.ancestry(sub)[0][1:])
        ]
        self._below[cls] = tuple(dict.fromkeys(found))
        return self._below[cls]

    def _names_below(self, name: str) -> list[str]:
        """The name of a class and those of all classes that may extend it."""
        names: list[str] = []
        queue = [name]
        while queue and len(names) < 50:
            at = queue.pop()
            if at not in names:
                names.append(at)
                queue.extend(cls.facts.name for cls in self._subclasses.get(at, ()))
        return names

    def edges(self, module: Module, function: int) -> tuple[Edge, ...]:
        """Every place in the project from which a function is reached, in order."""
        self._index()
        key = (module.path, function)
        known = self._edges.get(key)
        if known is not None:
            return known
        if key in self._busy:
            return ()
        self._busy.add(key)
        try:
            found = tuple(self._find(module, function))
        finally:
            self._busy.discard(key)
        self._edges[key] = found
        return found

    def _find(self, module: Module, function: int) -> Iterator[Edge]:
        facts = module.facts.functions[function]
        for name in self._called_as(module, function):
            for caller, site in self._calls.get(name, ()):
                call = caller.facts.calls[site]
                frame = self.resolver.frame_of(caller, call.function)
                terms = self.resolver.resolve(call.callee, frame)
                is_super = _on_super(call, caller)
                if any(self._leads_to(term, module, function, is_super=is_super) for term in terms) or (
                    facts.owner >= 0 and self._must_be(name, terms)
                ):
                    yield Edge(caller, site, False)
                elif facts.owner >= 0 and any(_may_be_anything(term) for term in terms):
                    self._possible.setdefault((module.path, function), []).append(Edge(caller, site, False))
        for caller, site in self._references.get(facts.name, ()):
            call = caller.facts.calls[site]
            frame = self.resolver.frame_of(caller, call.function)
            for argument in call.arguments:
                if facts.name in called_names(argument.value, caller, call=False):
                    terms = self.resolver.resolve(argument.value, frame)
                    if any(self._leads_to(term, module, function) for term in terms):
                        yield Edge(caller, site, True)
                        break

    def _called_as(self, module: Module, function: int) -> list[str]:
        """The names under which calls of the function are indexed."""
        facts = module.facts.functions[function]
        if facts.name != "__init__" or facts.owner < 0:
            return [facts.name]
        return ["__init__", *self._names_below(module.facts.classes[facts.owner].name), "cls"]

    def _leads_to(self, term: Term, module: Module, function: int, *, is_super: bool = False) -> bool:
        if isinstance(term, Function):
            if term.module is module and term.index == function:
                return True
            return not is_super and self._is_overridden(term, module, function)
        if isinstance(term, Class):
            init = self.resolver.classes.method(term, "__init__")
            return init is not None and init.module is module and init.index == function
        if isinstance(term, Attribute) and term.name == "__init__":
            return self._is_super_init(term, module, function)
        return False

    def _is_overridden(self, called: Function, module: Module, function: int) -> bool:
        """A call of a base class's method may run this override of it."""
        owner = module.facts.functions[function].owner
        facts = called.facts
        if owner < 0 or facts.owner < 0 or facts.name != module.facts.functions[function].name:
            return False
        if facts.name == "__init__":
            return False  # only called for the class itself, or by `super()`
        if isinstance(called.receiver, Instance) and called.receiver.site is not None:
            return False  # the object's class is known
        ancestors = self.resolver.classes.ancestry(Class(module, owner))[0][1:]
        return any(at.module is called.module and at.index == facts.owner for at in ancestors)

    def _is_super_init(self, term: Attribute, module: Module, function: int) -> bool:
        """`super().__init__(...)` in a subclass."""
        base = term.base
        if not isinstance(base, Made) or name_of(base.callee) != "super":
            return False
        owner = base.module.facts.functions[base.call.function].owner
        if owner < 0:
            return False
        for ancestor in self.resolver.classes.ancestry(Class(base.module, owner))[0][1:]:
            index = ancestor.facts.methods.get("__init__")
            if index is not None:
                return ancestor.module is module and index == function
        return False

    def _must_be(self, name: str, terms: tuple[Term, ...]) -> bool:
        """A method call on a receiver of unknown class, where only one function of the project has that name."""
        if name in COMMON or name.startswith("__") or self._definitions.get(name, 0) != 1 or len(name) < 6:
            return False
        for term in terms:
            if not isinstance(term, Attribute):
                return False
            root: Term = term
            while isinstance(root, Attribute):
                root = root.base
            if isinstance(root, Typed) or (not isinstance(root, Unknown | Parameter) and name_of(root)):
                return False
        return bool(terms)


def _may_be_anything(term: Term) -> bool:
    """True for a method of an object of which nothing is known."""
    while isinstance(term, Attribute):
        term = term.base
    return isinstance(term, Unknown | Parameter)


def _on_super(call: CallSite, module: Module) -> bool:
    """True for `super().method(...)`, which never runs the override it stands in."""
    base = call.callee.base if isinstance(call.callee, Attr) else None
    return isinstance(base, Result) and module.facts.calls[base.site].callee == Global("super")


def called_names(value: Value, module: Module, *, call: bool = True) -> list[str]:
    """The names a callee (or a function handed over) goes by."""
    match value:
        case Attr(_, name):
            return [name]
        case Global(name):
            bound = module.facts.globals.get(name)
            if isinstance(bound, Imported) and bound.name and bound.name != name:
                return [name, bound.name]
            return [name]
        case Imported(_, name, _):
            return [name] if name else []
        case FunctionRef(index):
            return [module.facts.functions[index].name]
        case ClassRef(index):
            return [module.facts.classes[index].name]
        case OneOf(options) if call:
            return [name for option in options for name in called_names(option, module)]
        case Some(inner) if call:
            return called_names(inner, module)
    return []
