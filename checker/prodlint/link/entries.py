"""Entry points: where the outside world comes in, and how a request is reached from there."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.facts import CallSite, Const, DictOf, Joined, OneOf, Opaque, Redacted, Result, SeqOf, Value
from prodlint.frameworks.schema import PERSON_WAITS, EntryDecorator
from prodlint.frameworks.tables import Frameworks
from prodlint.link.binding import place
from prodlint.link.callers import Callers, Edge, called_names
from prodlint.link.program import Program
from prodlint.link.resolve import Resolver
from prodlint.link.terms import Class, Function, Made, Module, name_of
from prodlint.link.wording import may_be_named
from prodlint.values import dataclass

MAX_STEPS = 6
"""Functions on a path: the request's own and five project calls up."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A function that the outside world starts."""

    module: Module
    function: int
    kind: str
    title: str
    returns: bool
    """True when what it returns is what the waiting person gets."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """The way from an entry point to a function."""

    entry: Entry
    edges: tuple[Edge, ...]
    """Outermost first: the calls that lead from the entry to the function."""


class Entries:
    """The entry points of the parsed modules, and the routes from them.

    Nothing is looked at before a function is asked for: what decorates the others may lead into modules that no
    request has to do with.
    """

    def __init__(self, program: Program, resolver: Resolver, callers: Callers, frameworks: Frameworks) -> None:
        self.program = program
        self.resolver = resolver
        self.callers = callers
        self.frameworks = frameworks
        self._decorating = frozenset(frameworks.entry_decorators.last_names())
        self._registering = frameworks.entry_calls.last_names()
        self._asking = frameworks.inputs.last_names()
        self._registrations: dict[str, list[tuple[Module, int]]] = {}
        """Calls that may register a function, by a name of it; by the empty name where they do not tell."""
        self._registered_at: dict[tuple[str, int], tuple[Entry, ...]] = {}
        self._known: dict[tuple[str, int], Entry | None] = {}
        self._looked_at = 0
        self._routes: dict[tuple[str, int], Route | None] = {}
        self._inputs: dict[tuple[str, int], list[tuple[frozenset[int], str]]] = {}

    def at(self, module: Module, function: int) -> Entry | None:
        """The entry point a function is, if it is one."""
        self._take_in()
        key = (module.path, function)
        if key not in self._known:
            found = next(self._own(module, function), None)
            self._known[key] = found or next(self._registered(module, function), None)
        return self._known[key]

    def _take_in(self) -> None:
        """Index the modules that were parsed since the last look."""
        fresh = self.program.since(self._looked_at)
        if not fresh:
            return
        self._looked_at += len(fresh)
        self._routes.clear()
        self._known = {key: entry for key, entry in self._known.items() if entry is not None}
        for module in filter(self.program.is_searched, fresh):
            for site, call in enumerate(module.facts.calls):
                rows = self._registering.get(last_name(call.callee), ()) if call.arguments else ()
                handlers = [place(call.arguments, row.handler) for row in rows]
                names = {name for value in handlers if value is not None for name in _names_in(value, module)}
                for name in sorted(names):
                    self._registrations.setdefault(name, []).append((module, site))

    def _own(self, module: Module, function: int) -> Iterator[Entry]:
        """What a function's own place and decorators make it."""
        facts = module.facts.functions[function]
        if function == 0:
            yield from self._script(module)
            return
        if facts.is_lambda:
            return
        for decorator in facts.decorators:
            found = self._decorated(decorator, module)
            if found is not None:
                yield Entry(module, function, found.kind, found.title, found.returns)
        names = tuple(parameter.name for parameter in facts.parameters)
        for handler in self.frameworks.named_handlers:
            if facts.owner < 0 and facts.parent == 0 and handler.matches(facts.name, names):
                yield Entry(module, function, handler.kind, handler.title, handler.returns)
        if facts.owner >= 0 and module.facts.classes[facts.owner].bases:
            for base in self.resolver.classes.ancestry(Class(module, facts.owner))[1]:
                row = self.frameworks.entry_bases.find(name_of(base))
                if row is not None and row.handles(facts.name):
                    yield Entry(module, function, row.kind, row.title, row.returns)

    def _decorated(self, decorator: Value, module: Module) -> EntryDecorator | None:
        callee = module.facts.calls[decorator.site].callee if isinstance(decorator, Result) else decorator
        if self._decorating.isdisjoint(called_names(callee, module)):
            return None
        for term in self.resolver.resolve(decorator, module.top):
            for name in (name_of(term.callee) if isinstance(term, Made) else "", name_of(term)):
                row = self.frameworks.entry_decorators.find(name, module.imports) if name else None
                if row is not None:
                    return row
        return None

    def _registered(self, module: Module, function: int) -> Iterator[Entry]:
        """What calls make a function that hand it over."""
        for name in (module.facts.functions[function].name, ""):
            for at, site in self._registrations.get(name, ()):
                key = (at.path, site)
                if key not in self._registered_at:
                    self._registered_at[key] = tuple(self._registered_by(at, at.facts.calls[site]))
                for entry in self._registered_at[key]:
                    if entry.function == function and entry.module.path == module.path:
                        yield entry

    def _registered_by(self, module: Module, call: CallSite) -> Iterator[Entry]:
        frame = self.resolver.frame_of(module, call.function)
        for callee in self.resolver.resolve(call.callee, frame):
            row = self.frameworks.entry_calls.find(name_of(callee), module.imports) if name_of(callee) else None
            if row is None:
                continue
            handler = place(call.arguments, row.handler)
            for function in self._functions(handler, call, module) if handler is not None else ():
                yield Entry(function.module, function.index, row.kind, row.title, row.returns)

    def _functions(self, value: Value, call: CallSite, module: Module) -> Iterator[Function]:
        frame = self.resolver.frame_of(module, call.function)
        for item in _items(value):
            for term in self.resolver.resolve(item, frame):
                if isinstance(term, Function):
                    yield term

    def _script(self, module: Module) -> Iterator[Entry]:
        for name in sorted(module.imports):
            row = self.frameworks.scripts.find(name)
            if row is None:
                continue
            if not any(call.function == 0 and call.discarded for call in module.facts.calls):
                continue  # the body does nothing: the module only defines things for a page
            for call in module.facts.calls:
                terms = self.resolver.resolve(call.callee, self.resolver.frame_of(module, call.function))
                if any(name_of(term).startswith(f"{name}.") for term in terms):
                    yield Entry(module, 0, row.kind, row.title, False)
                    return

    # routes

    def route(self, module: Module, function: int) -> Route | None:
        """The shortest way from an entry point to a function; one where a person waits goes before others."""
        self._take_in()
        key = (module.path, function)
        if key in self._routes:
            return self._routes[key]
        best: Route | None = None
        seen = {key}
        level: list[tuple[Module, int, tuple[Edge, ...]]] = [(module, function, ())]
        for _ in range(MAX_STEPS):
            following: list[tuple[Module, int, tuple[Edge, ...]]] = []
            for at, index, edges in level:
                entry = self._entry_here(at, index, edges)
                if entry is not None:
                    route = Route(entry, edges)
                    if entry.kind in PERSON_WAITS:
                        self._routes[key] = route
                        return route
                    best = best or route
                for edge in self._upwards(at, index):
                    caller = edge.module.facts.calls[edge.site].function
                    if (edge.module.path, caller) not in seen and not self._is_detached(edge):
                        seen.add((edge.module.path, caller))
                        following.append((edge.module, caller, (edge, *edges)))
            level = following
        self._routes[key] = best
        return best

    def _upwards(self, module: Module, function: int) -> Iterator[Edge]:
        facts = module.facts.functions[function]
        yield from self.callers.edges(module, function)
        if facts.is_lambda or (facts.parent > 0 and facts.owner < 0):
            for site in module.index.handed(function):  # handed on inside the function that defines it
                if module.facts.calls[site].function == facts.parent:
                    yield Edge(module, site, True)
                    return

    def _entry_here(self, module: Module, function: int, edges: tuple[Edge, ...]) -> Entry | None:
        found = self.at(module, function)
        if found is not None and found.kind in PERSON_WAITS:
            return found
        chat = self._terminal(module, function, edges)
        return chat or found

    def _terminal(self, module: Module, function: int, edges: tuple[Edge, ...]) -> Entry | None:
        """A loop that reads what a person types and leads to the request."""
        if not edges:
            return None
        return self.chat_loop(module, edges[0].site)

    def chat_loop(self, module: Module, site: int) -> Entry | None:
        """The terminal chat that a call stands in, if it does."""
        call = module.facts.calls[site]
        loops = [index for index in chain(module, call.block) if module.facts.blocks[index].kind in ("while", "for")]
        if not loops:
            return None
        for around, title in self._terminal_inputs(module, call.function):
            if not around.isdisjoint(loops):
                return Entry(module, call.function, "terminal", f"terminal loop around `{title}`", False)
        return None

    def _terminal_inputs(self, module: Module, function: int) -> list[tuple[frozenset[int], str]]:
        """(blocks around it, title) of the calls in a function's loops that read what a person types."""
        key = (module.path, function)
        known = self._inputs.get(key)
        if known is None:
            known = []
            frame = self.resolver.frame_of(module, function)
            for site in module.index.calls_in(function):
                call = module.facts.calls[site]
                around = chain(module, call.block)
                if not any(module.facts.blocks[index].kind in ("while", "for") for index in around):
                    continue
                if not may_be_named(self.program, module, call.callee, self._asking):
                    continue
                for term in self.resolver.resolve(call.callee, frame):
                    row = self.frameworks.inputs.find(name_of(term)) if name_of(term) else None
                    if row is not None and row.kind == "terminal":
                        known.append((frozenset(around), row.title))
            self._inputs[key] = known
        return known

    def _is_detached(self, edge: Edge) -> bool:
        """True when nobody waits for what the call starts (`background_tasks.add_task(f)`)."""
        call = edge.module.facts.calls[edge.site]
        frame = self.resolver.frame_of(edge.module, call.function)
        callees = self.resolver.resolve(call.callee, frame)
        if edge.is_reference:
            for callee in callees:
                name = name_of(callee)
                row = self.frameworks.background.find(name, edge.module.imports) if name else None
                if row is not None and (not row.awaitable or call.discarded):
                    return True
                offload = self.frameworks.offloads.find(name, edge.module.imports) if name else None
                if offload is not None and offload.detached:
                    return True
            return False
        return self._is_background_work(edge, call)

    def _is_background_work(self, edge: Edge, call: CallSite) -> bool:
        """The call's coroutine is handed to `create_task` and forgotten."""
        for site in edge.module.index.mentions(Result(edge.site)).calls:
            other = edge.module.facts.calls[site]
            if other.function != call.function or not other.discarded:
                continue
            if any(
                isinstance(argument.value, Result) and argument.value.site == edge.site for argument in other.arguments
            ):
                frame = self.resolver.frame_of(edge.module, other.function)
                for callee in self.resolver.resolve(other.callee, frame):
                    name = name_of(callee)
                    if name and self.frameworks.background.find(name, edge.module.imports) is not None:
                        return True
        return False


def _items(value: Value) -> tuple[Value, ...]:
    if isinstance(value, SeqOf):
        return value.items
    if isinstance(value, DictOf):
        return tuple(entry.value for entry in value.entries)
    return (value,)


def _names_in(value: Value, module: Module) -> Iterator[str]:
    """The names of the functions that a value may hold; the empty name where it does not tell."""
    for item in _items(value):
        if not isinstance(item, Const | Redacted | Joined | Opaque):
            yield from called_names(item, module) or [""]


def chain(module: Module, block: int) -> list[int]:
    """The blocks around a call, innermost first."""
    found: list[int] = []
    while block >= 0:
        found.append(block)
        block = module.facts.blocks[block].parent
    return found


def last_name(value: Value) -> str:
    """The last name of a callee as written."""
    if isinstance(value, OneOf):
        return last_name(value.options[0])
    name = getattr(value, "name", "")
    if not name:
        name = getattr(value, "module", "")
    return name if isinstance(name, str) else ""
