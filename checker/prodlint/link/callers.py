"""The call graph, backwards: who calls a function, and who hands it on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial

from prodlint.facts import Attr, CallSite, ClassRef, FunctionRef, Global, Imported, OneOf, Param, Result, Some, Value
from prodlint.link.parameters import Caller, CallsOf
from prodlint.link.places import ANYTHING, UNTOLD, Making, Places, Through, To
from prodlint.link.program import Program
from prodlint.link.resolve import TOO_DEEP, Resolver
from prodlint.link.terms import (
    Attribute,
    Bound,
    Class,
    Frame,
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
from prodlint.values import NamedTuple

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


class Ways(NamedTuple):
    """How a function is reached."""

    edges: tuple[Edge, ...]
    possible: tuple[Edge, ...]
    """Calls of a method of that name on an object of which nothing is known."""


class Callers:
    """Who calls what, found by name first and then by resolution."""

    def __init__(self, program: Program, resolver: Resolver) -> None:
        self.program = program
        self.resolver = resolver
        self.is_staged: Callable[[Module], bool] = lambda _module: False
        """Set by the project: True for tests, examples and notebooks."""
        self._calls: dict[str, Places] = {}
        self._references: dict[str, Places] = {}
        self._definitions: dict[str, int] = {}
        self._indexed = 0
        self._ways: dict[tuple[str, int], Ways] = {}
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
        self._ways.clear()
        self._below.clear()
        for module in fresh:
            for function in module.facts.functions:
                self._definitions[function.name] = self._definitions.get(function.name, 0) + 1
            for index, facts in enumerate(module.facts.classes):
                for base in facts.bases:
                    for name in called_names(base, module):
                        self._subclasses.setdefault(name, []).append(Class(module, index))
            if not self.program.is_searched(module):
                continue
            for site, call in enumerate(module.facts.calls):
                for name in called_names(call.callee, module):
                    self._places(self._calls, name, self._called_at).add(module, site)
                for argument in call.arguments:
                    for name in called_names(argument.value, module, call=False):
                        self._places(self._references, name, partial(self._handed_at, name)).add(module, site)

    @staticmethod
    def _places(
        table: dict[str, Places], name: str, goals: Callable[[Module, int], Iterable[Hashable] | None]
    ) -> Places:
        found = table.get(name)
        if found is None:
            found = table[name] = Places(goals)
        return found

    def parameters_from(self, module: Module, function: int) -> CallsOf:
        """The calls that give a function its parameters."""
        ways = self.ways(module, function)
        edges = [edge for edge in ways.edges if self._counts(edge.module, module)]
        handed = [self._as_called(edge) for edge in edges if edge.is_reference]
        return CallsOf(
            certain=(
                *(self._caller(edge) for edge in edges if not edge.is_reference),
                *(caller for caller in handed if caller is not None),
            ),
            possible=tuple(self._caller(edge) for edge in ways.possible if self._counts(edge.module, module)),
            is_open=None in handed,
        )

    def _caller(self, edge: Edge) -> Caller:
        call = edge.module.facts.calls[edge.site]
        return Caller(call, self.resolver.frame_of(edge.module, call.function))

    def _as_called(self, edge: Edge) -> Caller | None:
        """`to_thread(f, x)` as `f(x)`; None where it is not seen what the function gets."""
        call, frame = self._caller(edge)
        for term in self.resolver.resolve(call.callee, frame):
            name = name_of(term) or (f".{term.name}" if isinstance(term, Attribute) else "")
            row = self.resolver.frameworks.offloads.find(name, edge.module.imports) if name else None
            if row is None or row.form != "call" or name.endswith("map"):
                return None
            position = next((int(place[1:]) for place in row.function if place.startswith("@")), None)
            plain = [item for item in call.arguments if item.keyword is None and not item.stars]
            if position is None or position >= len(plain):
                return None
            function = plain[position]
            later = call.arguments[call.arguments.index(function) + 1 :]
            return Caller(call._replace(arguments=later), frame)
        return None

    def _counts(self, caller: Module, called: Module) -> bool:
        """False for a test or an example that calls the program: it says nothing of what other callers pass."""
        return self.is_staged(called) or not self.is_staged(caller)

    def makers_of(self, cls: Class) -> tuple[Bound, ...]:
        """The calls that make instances of a class without an `__init__` of its own."""
        self._index()
        places = self._calls.get(cls.facts.name)
        found = sorted(places.to(Making(cls.module.path, cls.index))) if places is not None else []
        edges = [Edge(*places.all[at], False) for at in found] if places is not None else []
        return tuple(
            Bound(Result(edge.site), self._caller(edge).frame)
            for edge in edges
            if self._counts(edge.module, cls.module)
        )

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
        return self.ways(module, function).edges

    def may_be(self, value: Value, frame: Frame, module: Module, function: int) -> bool:
        """True when a value that goes by the name of a function is that function."""
        terms = self.resolver.resolve(value, frame)
        goals = self._goals_of(module, function)
        if any(goal in goals for term in terms for goal in self._goals(term, is_super=False)):
            return True
        facts = module.facts.functions[function]
        return facts.owner >= 0 and self._is_only(facts.name) and any(_is_untold(term) for term in terms)

    def ways(self, module: Module, function: int) -> Ways:
        """How a function is reached."""
        self._index()
        key = (module.path, function)
        known = self._ways.get(key)
        if known is not None:
            return known
        facts = module.facts.functions[function]
        goals = self._goals_of(module, function)
        edges: list[Edge] = []
        possible: list[Edge] = []
        is_settled = True
        for name in self._called_as(module, function):
            places = self._calls.get(name)
            if places is None:
                continue
            at = {at for goal in goals for at in places.to(goal)}
            if facts.owner >= 0:
                if self._is_only(name):
                    at.update(places.to(UNTOLD))
                possible.extend(Edge(*places.all[index], False) for index in sorted({*places.to(ANYTHING)} - at))
            edges.extend(Edge(*places.all[index], False) for index in sorted(at))
            is_settled = is_settled and places.is_settled
        references = self._references.get(facts.name)
        if references is not None:
            at = {at for goal in goals for at in references.to(goal)}
            edges.extend(Edge(*references.all[index], True) for index in sorted(at))
            is_settled = is_settled and references.is_settled
        found = Ways(tuple(edges), tuple(possible))
        if is_settled:
            self._ways[key] = found
        return found

    def _goals_of(self, module: Module, function: int) -> list[Hashable]:
        """What a place leads to from which the function is reached: itself, or a method it overrides."""
        facts = module.facts.functions[function]
        goals: list[Hashable] = [To(module.path, function)]
        if facts.owner >= 0 and facts.name != "__init__":  # which runs for the class itself, or by `super()`
            ancestors = self.resolver.classes.ancestry(Class(module, facts.owner))[0][1:]
            goals.extend(Through(at.module.path, at.index, facts.name) for at in ancestors)
        return goals

    def _called_at(self, module: Module, site: int) -> list[Hashable] | None:
        """What the call at a place leads to; None when it cannot be told yet."""
        call = module.facts.calls[site]
        terms = self.resolver.resolve(call.callee, self.resolver.frame_of(module, call.function))
        if not terms or terms is TOO_DEEP:
            return None
        is_super = _on_super(call, module)
        goals = [goal for term in terms for goal in self._goals(term, is_super=is_super)]
        if all(_is_untold(term) for term in terms):
            goals.append(UNTOLD)
        if any(_may_be_anything(term) for term in terms):
            goals.append(ANYTHING)
        return goals

    def _handed_at(self, name: str, module: Module, site: int) -> list[Hashable] | None:
        """What the call at a place is handed under a name; None when it cannot be told yet."""
        call = module.facts.calls[site]
        frame = self.resolver.frame_of(module, call.function)
        goals: list[Hashable] = []
        for argument in call.arguments:
            if name in called_names(argument.value, module, call=False):
                terms = self.resolver.resolve(argument.value, frame)
                if not terms or terms is TOO_DEEP:
                    return None
                goals.extend(goal for term in terms for goal in self._goals(term, is_super=False))
        return goals

    def _goals(self, term: Term, *, is_super: bool) -> Iterator[Hashable]:
        init: Function | None = None
        if isinstance(term, Function):
            yield To(term.module.path, term.index)
            facts = term.facts
            is_known = isinstance(term.receiver, Instance) and term.receiver.site is not None
            if facts.owner >= 0 and not is_super and not is_known:
                yield Through(term.module.path, facts.owner, facts.name)
        elif isinstance(term, Class):
            yield Making(term.module.path, term.index)
            init = self.resolver.classes.method(term, "__init__")
        elif isinstance(term, Attribute) and term.name == "__init__":
            init = self._super_init(term)
        if init is not None:
            yield To(init.module.path, init.index)

    def _called_as(self, module: Module, function: int) -> list[str]:
        """The names under which calls of the function are indexed."""
        facts = module.facts.functions[function]
        if facts.name != "__init__" or facts.owner < 0:
            return [facts.name]
        return ["__init__", *self._names_below(module.facts.classes[facts.owner].name), "cls"]

    def _super_init(self, term: Attribute) -> Function | None:
        """The method that `super().__init__(...)` runs."""
        base = term.base
        if not isinstance(base, Made) or name_of(base.callee) != "super":
            return None
        owner = base.module.facts.functions[base.call.function].owner
        if owner < 0:
            return None
        for ancestor in self.resolver.classes.ancestry(Class(base.module, owner))[0][1:]:
            index = ancestor.facts.methods.get("__init__")
            if index is not None:
                return Function(ancestor.module, index)
        return None

    def _is_only(self, name: str) -> bool:
        """True when one function of the project has that name, and it is no common one: then a method of that name is
        this one, whatever the object."""
        return (
            name not in COMMON and not name.startswith("__") and self._definitions.get(name, 0) == 1 and len(name) >= 6
        )


def _is_untold(term: Term) -> bool:
    """True for a method of an object whose class is not known."""
    if not isinstance(term, Attribute):
        return False
    root: Term = term
    while isinstance(root, Attribute):
        root = root.base
    return not isinstance(root, Typed) and (isinstance(root, Unknown | Parameter) or not name_of(root))


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
        case Param(_, "cls") if call:
            return ["cls"]
        case OneOf(options) if call:
            return [name for option in options for name in called_names(option, module)]
        case Some(inner) if call:
            return called_names(inner, module)
    return []
