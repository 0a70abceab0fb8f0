"""The requests of a project: every call that is one, found and resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TypeAlias

from prodlint.facts import Argument, CallSite, Global, Opaque, Param, Result, Value
from prodlint.faults import internal
from prodlint.link.around import callees, calls_of_given, is_result
from prodlint.link.binding import fixed_arguments
from prodlint.link.callers import called_names
from prodlint.link.calls import Calls, mode_of_use
from prodlint.link.entries import Entries, Entry, Route
from prodlint.link.guards import Guards
from prodlint.link.held import Held
from prodlint.link.objects import Layer, Match, Objects
from prodlint.link.omissions import Omissions
from prodlint.link.program import Program
from prodlint.link.reach import Reach
from prodlint.link.resolve import Resolver
from prodlint.link.settings import Settings, merge
from prodlint.link.terms import (
    INJECTED,
    Attribute,
    External,
    Frame,
    Function,
    Instance,
    Made,
    Module,
    Term,
    Typed,
    name_of,
)
from prodlint.link.wording import Wording, may_be_named, may_be_object, methods_of
from prodlint.model import ModelCall, Setting
from prodlint.values import dataclass, replace

_KEEPS = ("partial", "same")
"""Effects of calls that make an operation of an operation."""
INERT = ("inspect.", "functools.wraps", "functools.update_wrapper", "callable", "hasattr", "isinstance", "id", "repr")
"""What looks at a function it is handed, and never calls it."""


_OTHER_KIND = {
    "async": "it is awaited, and the client that is visible is a synchronous one",
    "sync": "it is not awaited, and the client that is visible is an asynchronous one",
}
"""Why the client is not known, by how the result is used."""

_Way: TypeAlias = tuple[Match, tuple[tuple[CallSite, Frame], ...], bool]
"""A request on one of the clients it can run on, the calls that give it arguments, nearest first, and whether the
client is one that a caller may bring."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A call that is a request, and what it may run on; nothing else is known of it yet."""

    module: Module
    site: int
    call: CallSite
    """As the request is made: not as it stands there, where the operation is handed to what makes it."""
    ways: tuple[_Way, ...]
    foreign: str
    """The name of a client that may stand in for the one in sight."""
    by_reference: bool

    @property
    def function(self) -> int:
        """The function in which it stands."""
        return self.call.function


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One request with what the model's `ModelCall` does not hold."""

    call: ModelCall
    module: Module
    site: int
    function: int
    matches: tuple[Match, ...]
    settings: tuple[dict[str, Setting], ...]
    """The settings on each of `matches` alone; `call.settings` holds what all of them agree on."""
    route: Route | None
    by_reference: bool

    def on(self, made: Made) -> tuple[ModelCall, Match | None]:
        """The request as it is when it runs on the client that is made there, and which of the matches that is."""
        for match, settings in zip(self.matches, self.settings, strict=True):
            maker = match.target.made if match.target is not None else None
            if maker is not None and maker.location == made.location:
                return replace(self.call, settings=settings), match
        return self.call, None

    @property
    def makers(self) -> list[Made]:
        """The constructor calls of the clients it may run on."""
        found: list[Made] = []
        for match in self.matches:
            made = match.target.made if match.target is not None else None
            if made is not None and not any(old.location == made.location for old in found):
                found.append(made)
        return found


class Requests:
    """Finds every request in the parsed modules."""

    def __init__(
        self,
        program: Program,
        resolver: Resolver,
        objects: Objects,
        entries: Entries,
        settings: Settings,
        guards: Guards,
        calls: Calls,
        reach: Reach,
    ) -> None:
        self.program = program
        self.resolver = resolver
        self.objects = objects
        self.entries = entries
        self.settings = settings
        self.guards = guards
        self.calls = calls
        self.omissions = Omissions(resolver, settings, entries.callers, calls.contexts, entries, guards)
        self.reach = reach
        self._partials: set[tuple[str, int]] = set()
        """(path, site) of the calls that make a partial of an operation."""
        self.wording = Wording(objects.catalogue, program)
        self.held = Held(objects, self.wording)
        self._partial_givers: set[str] = set()
        """Names of the functions that return one."""
        rows = self.resolver.frameworks.values.last_names()
        self._partial_makers = {name for name, found in rows.items() if any(row.effect in _KEEPS for row in found)}
        self._methods: Set[str] = frozenset()
        """Names under which no object is kept."""
        self._callable = {
            root
            for record in objects.catalogue.records
            if any(op.path == "__call__" for operations in record.surfaces.values() for op in operations)
            for root in record.imports
        }
        """The import roots of SDKs whose objects are called themselves: `llm(prompt)`."""
        self.failed: dict[str, str] = {}
        """Modules whose requests could not all be found, by path, and why."""

    def find(self) -> Iterator[Found]:
        """All requests, by path and position."""
        searched = [module for _, module in sorted(self.program.modules.items()) if self.program.is_searched(module)]
        self._methods = methods_of(searched)
        for module in searched:
            if self.reach.is_open(module):
                self.held.collect(module)
                self._collect_partials(module)
        for module in searched:
            try:
                yield from self._in_module(module)
            except Exception as error:  # one module's values are beyond what can be followed: the others are not
                self.failed[module.path] = _why(error)

    def completed(self, found: Iterable[Found]) -> Iterator[Request]:
        """The requests with their settings and surroundings."""
        for request in found:
            path = request.module.path
            if path not in self.failed:
                try:
                    yield self._completed(request)
                except Exception as error:
                    self.failed[path] = _why(error)

    def _in_module(self, module: Module) -> Iterator[Found]:
        tails = self.objects.operation_tails
        is_open = self.reach.is_open(module)
        callable_objects = not self._callable.isdisjoint(module.imports)
        for site, call in enumerate(module.facts.calls):
            if not is_open and not self.objects.is_distinctive(call.callee):
                continue
            names = called_names(call.callee, module)
            if (
                self._is_of_partial(call, module)
                or (callable_objects and may_be_object(self.program, module, call.callee, self._methods))
                or _is_looked_up(call.callee, module)
                or any(name in self.held.names for name in names)
                or (any(name in tails for name in names) and not self.wording.is_misplaced(call.callee, module, call))
            ):
                request = self._request(module, site, call, call.callee, by_reference=False)
                if request is not None:
                    yield request
                    continue
            for index, given in enumerate(call.arguments):
                if self.held.may_be(given.value, module):
                    request = self._reference(module, site, call, index)
                    if request is not None:
                        yield request

    def _collect_partials(self, module: Module) -> None:
        """Note `f = partial(client.responses.create, ...)` and `f = cast(..., ...)`: calls of `f` are the requests."""
        found: set[int] = set()
        for site, call in enumerate(module.facts.calls):
            if (
                any(self.held.may_be(given.value, module) for given in call.arguments)
                and may_be_named(self.program, module, call.callee, self._partial_makers)
                and self._is_partial(module, call)
            ):
                found.add(site)
        self._partials.update((module.path, site) for site in found)
        for name, value in module.facts.globals.items():
            if is_result(value, found):
                self.held.names.add(name)
        for function in module.facts.functions if found else ():
            if any(is_result(value, found) for value in function.returns):
                self._partial_givers.add(function.name)
        for change in module.facts.assignments if found else ():
            if isinstance(change.value, Result) and change.value.site in found and isinstance(change.key, str):
                self.held.names.add(change.key)

    def _is_of_partial(self, call: CallSite, module: Module) -> bool:
        """True for a call of what `partial` gives, here or in a function that returns it."""
        if not isinstance(call.callee, Result):
            return False
        maker = module.facts.calls[call.callee.site]
        is_given = any(name in self._partial_givers for name in called_names(maker.callee, module))
        return is_given or (module.path, call.callee.site) in self._partials

    def _is_partial(self, module: Module, call: CallSite) -> bool:
        frame = self.resolver.frame_of(module, call.function)
        for term in self.resolver.resolve(call.callee, frame):
            row = self.resolver.frameworks.values.find(name_of(term)) if name_of(term) else None
            if row is not None and row.effect in _KEEPS:
                return True
        return False

    def _reference(self, module: Module, site: int, call: CallSite, index: int) -> Found | None:
        """`to_thread(client.chat.completions.create, ...)`: the request is made by what it is handed to."""
        given = call.arguments[index]
        rest = list(call.arguments[index + 1 :] if given.keyword is None else call.arguments)
        rest = [item for item in rest if item is not given]
        if (module.path, site) in self._partials:
            users = [module.facts.calls[at] for at in module.index.mentions(Result(site)).calls]
            users = [user for user in users if any(is_result(item.value, {site}) for item in user.arguments)]
            if not any(self.guards.hands_over(module, user) for user in users):
                return None  # whoever calls it makes the request
        elif not self.guards.hands_over(module, call):
            if any(name_of(term).startswith(INERT) for term in callees(self.resolver, module, call)):
                return None
            if any(self._calls_kept(*kept) for kept in self.held.kept(module, site, call, given.value)):
                return None  # whoever calls the attribute makes the request
            inner = self._inner_calls(module, call, given.value)
            if inner:
                synthetic = call._replace(callee=given.value, span=given.span)
                return self._request(module, site, synthetic, given.value, by_reference=True, inner=inner)
            why = "the function it is handed to may add keywords"
            rest.append(Argument(None, 2, Opaque(why), given.span))
        synthetic = call._replace(callee=given.value, arguments=tuple(rest), span=given.span)
        return self._request(module, site, synthetic, given.value, by_reference=True)

    def _calls_kept(self, module: Module, name: str) -> bool:
        """True when a module whose requests are looked for calls what an attribute of that name keeps."""
        is_searched = self.program.is_searched(module) and self.reach.is_open(module)
        return is_searched and bool(module.index.method_calls(name))

    def _inner_calls(self, module: Module, call: CallSite, given: Value) -> list[tuple[CallSite, Frame]]:
        """The calls of `given` that the project functions make that it is handed to, each in its activation."""
        frame = self.resolver.frame_of(module, call.function)
        found: list[tuple[CallSite, Frame]] = []
        for term in self.resolver.resolve(call.callee, frame):
            if not isinstance(term, Function):
                return []
            inside = self.resolver.activations.of_call(term, call, frame)
            for site in calls_of_given(term):
                inner = term.module.facts.calls[site]
                held = (inside.arguments or {}).get(inner.callee.name) if isinstance(inner.callee, Param) else None
                if held is not None and held.value == given and inner.function == term.index:
                    found.append((inner, inside))
        return found

    def _request(
        self,
        module: Module,
        site: int,
        call: CallSite,
        callee: Value,
        *,
        by_reference: bool,
        inner: Sequence[tuple[CallSite, Frame]] = (),
    ) -> Found | None:
        """The request that `call` makes; `inner`: the calls, elsewhere, that really make it."""
        frame = self.resolver.frame_of(module, call.function)
        ways: list[_Way] = []
        terms = self.resolver.resolve(callee, frame)
        for term in terms:
            for at, at_frame in inner or ((call, frame),):
                for target, given in self._unwrapped(term, at, at_frame):
                    matches = self.objects.matches(target, *given[-1])
                    ways.extend((match, given, _is_injected(target)) for match in matches)
        if not ways:
            return None
        foreign = next((term.name for term in terms if isinstance(term, External) and self._is_foreign(term)), "")
        return Found(module, site, call, tuple(ways), foreign, by_reference)

    def _completed(self, request: Found) -> Request:
        module, site, call = request.module, request.site, request.call
        found = list(request.ways)
        if not request.by_reference:
            found = _fitting(found, mode_of_use(module, site, call))
        if request.foreign:  # `try: from company.llm import client`, and a client made here where that is missing
            first, given, _ = found[0]
            found.append((replace(first, target=None, why=f"`{request.foreign}` may stand in for it"), given, True))
        settings = merge([self.settings.of(match, _layers(match, given)) for match, given, _ in found])
        if any(not injected for _, _, injected in found):
            found = [item for item in found if not item[2]]
        found, each = self._told_apart(found)
        matches = tuple(match for match, _, _ in found)
        if len(found) == 1:
            match, given, _ = found[0]
            own = self.omissions.added_to(each[0], match, _layers(match, given), is_async=call.awaited)
            settings = {name: own[name] if it == each[0].get(name) else it for name, it in settings.items()}
            each = (own,)
        route = self.entries.route(module, call.function)
        entry = self._entry(module, site, call, route)
        if entry is not None and (route is None or entry is not route.entry):
            route = Route(entry, ())
        by_reference = request.by_reference
        model_call = self.calls.fill(module, site, call, matches, settings, each, route, by_reference=by_reference)
        return Request(model_call, module, site, call.function, matches, each, route, by_reference)

    def _told_apart(self, found: list[_Way]) -> tuple[list[_Way], tuple[dict[str, Setting], ...]]:
        """The ways with their settings; only one of those that do not differ, as where a property gives the client that
        it makes, or the attribute in which it has kept it."""
        kept: list[tuple[tuple[object, ...], dict[str, Setting], _Way]] = []
        for way in found:
            settings = self.settings.of(way[0], _layers(*way[:2]))
            key = _identity(way[0])
            if not key or all(key != other or settings != same for other, same, _ in kept):
                kept.append((key, settings, way))
        return [way for _, _, way in kept], tuple(settings for _, settings, _ in kept)

    def _is_foreign(self, term: External) -> bool:
        """True for a name from a package that is neither in the project nor known."""
        root = term.name.partition(".")[0]
        return "." in term.name and all(root != known.partition(".")[0] for known in self.objects.catalogue.imports)

    def _unwrapped(
        self, term: Term, call: CallSite, frame: Frame
    ) -> Iterator[tuple[Term, tuple[tuple[CallSite, Frame], ...]]]:
        """What a callee really calls, and the calls that give it arguments, nearest first."""
        if isinstance(term, Made) and (term.module.path, term.site) in self._partials:
            inner = term.call
            first = next((item for item in inner.arguments if item.keyword is None), None)
            if first is not None:
                rest = inner._replace(arguments=fixed_arguments(inner))
                for function in self.resolver.resolve(first.value, term.frame):
                    yield function, ((call, frame), (rest, term.frame))
                return
        yield term, ((call, frame),)

    def _entry(self, module: Module, site: int, call: CallSite, route: Route | None) -> Entry | None:
        """A terminal chat around the request itself goes before a way from elsewhere."""
        here = self.entries.chat_loop(module, site)
        if here is not None and (route is None or route.entry.kind not in ("http", "websocket", "ui")):
            return here
        return route.entry if route is not None else None


def _why(error: Exception) -> str:
    """Why the requests of a module could not all be told."""
    if isinstance(error, RecursionError):
        return "nested too deeply to be analysed; its findings may not be all"
    return internal(error)


def _fitting(found: list[_Way], mode: str) -> list[_Way]:
    """The ways on clients of the kind that is used there; when there are none, the client is not the one it seems."""
    if not mode:
        return found
    kept = [item for item in found if _mode_of(item[0]) in ("", mode)]
    if kept:
        return kept
    match, given, _ = found[0]
    return [(replace(match, target=None, why=_OTHER_KIND[mode]), given, False)]


def _mode_of(match: Match) -> str:
    """`sync` or `async` where that is certain of a request on a client; else empty."""
    if match.target is None:
        return ""
    mode = match.operation.mode or match.target.mode
    return mode if mode in ("sync", "async") else ""


def _is_looked_up(callee: Value, module: Module) -> bool:
    """True for `getattr(client.chat.completions, name)(...)`."""
    return isinstance(callee, Result) and module.facts.calls[callee.site].callee == Global("getattr")


def _identity(match: Match) -> tuple[object, ...]:
    """What tells a request on a client that is made in sight from others; empty on any other client."""
    target = match.target
    if target is None or target.made is None:
        return ()
    kind = (target.surface, target.mode, target.structured, target.tools, target.conversation)
    return (target.made.location, match.record.name, match.operation.path, *kind)


def _layers(match: Match, given: tuple[tuple[CallSite, Frame], ...]) -> tuple[Layer, ...]:
    operation = match.operation
    return tuple(
        Layer(operation.settings, call, frame, operation.positional, operation.replaces) for call, frame in given
    )


def _is_injected(term: Term) -> bool:
    """True for a client that an optional parameter may bring in place of the one made here, and for an alternative
    that has no such attribute."""
    while isinstance(term, Attribute):
        term = term.base
    return term == INJECTED or isinstance(term, Instance) or (isinstance(term, Typed) and term.is_optional)
