"""The requests of a project: found, resolved, and put into the linked model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from prodlint.facts import (
    Argument,
    Attr,
    CallSite,
    Element,
    Item,
    OneOf,
    Op,
    Opaque,
    Param,
    Result,
    SeqOf,
    Some,
    Value,
)
from prodlint.link.caches import Caches
from prodlint.link.callers import Callers, called_names
from prodlint.link.contexts import Contexts
from prodlint.link.entries import Entries, Entry, Route, chain
from prodlint.link.flow import Flow, mention
from prodlint.link.guards import Guards
from prodlint.link.lookup import Present, argument
from prodlint.link.objects import Layer, Match, Objects
from prodlint.link.program import Program
from prodlint.link.resolve import INJECTED, NOTHING, Resolver, name_of
from prodlint.link.settings import Settings, merge
from prodlint.link.terms import Attribute, Bound, External, Frame, Instance, Made, Module, Sequence, Term, Typed
from prodlint.model import ModelCall, Setting, Step

GROWING = ("history", "conversation", "chat", "memory", "dialog", "turns", "transcript", "thread")
"""Words in the name of a list of messages that say it grows from call to call."""


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

    def on(self, made: Made) -> ModelCall:
        """The request as it is when it runs on the client that is made there."""
        for match, settings in zip(self.matches, self.settings, strict=True):
            maker = match.target.made if match.target is not None else None
            if maker is not None and maker.location == made.location:
                return replace(self.call, settings=settings)
        return self.call

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
        callers: Callers,
        entries: Entries,
        settings: Settings,
        flow: Flow,
        guards: Guards,
        caches: Caches,
        contexts: Contexts,
        numbers: Mapping[str, float],
    ) -> None:
        self.program = program
        self.resolver = resolver
        self.objects = objects
        self.callers = callers
        self.entries = entries
        self.settings = settings
        self.flow = flow
        self.guards = guards
        self.caches = caches
        self.contexts = contexts
        self.numbers = numbers
        self._partials: set[tuple[str, int]] = set()
        """(path, site) of the calls that make a partial of an operation."""
        self._partial_names: set[str] = set()
        self.failed: list[str] = []
        """Paths of modules whose requests could not all be found."""

    def find(self) -> Iterator[Request]:
        """All requests, by path and position."""
        done: set[str] = set()
        for module in list(self.program.modules.values()):
            self._collect_partials(module)
        while True:
            waiting = sorted(path for path in self.program.modules if path not in done)
            if not waiting:
                return
            for path in waiting:
                done.add(path)
                try:
                    yield from self._in_module(self.program.modules[path])
                except RecursionError:  # one module's values are beyond what can be followed: the others are not
                    self.failed.append(path)

    def _in_module(self, module: Module) -> Iterator[Request]:
        tails = self.objects.operation_tails
        callable_objects = self._has_callable_objects(module)
        for site, call in enumerate(module.facts.calls):
            names = called_names(call.callee, module)
            is_partial = isinstance(call.callee, Result) and (module.path, call.callee.site) in self._partials
            if is_partial or callable_objects or any(name in tails or name in self._partial_names for name in names):
                request = self._request(module, site, call, call.callee, by_reference=False)
                if request is not None:
                    yield request
                    continue
            for index, given in enumerate(call.arguments):
                if isinstance(given.value, Attr) and given.value.name in tails:
                    request = self._reference(module, site, call, index)
                    if request is not None:
                        yield request

    def _collect_partials(self, module: Module) -> None:
        """Note `f = partial(client.responses.create, ...)`: calls of `f` are the requests."""
        found: set[int] = set()
        for site, call in enumerate(module.facts.calls):
            if any(
                isinstance(given.value, Attr) and given.value.name in self.objects.operation_tails
                for given in call.arguments
            ) and self._is_partial(module, call):
                found.add(site)
        self._partials.update((module.path, site) for site in found)
        for name, value in module.facts.globals.items():
            if isinstance(value, Result) and value.site in found:
                self._partial_names.add(name)
        for change in module.facts.assignments:
            if isinstance(change.value, Result) and change.value.site in found and isinstance(change.key, str):
                self._partial_names.add(change.key)

    def _is_partial(self, module: Module, call: CallSite) -> bool:
        frame = self.resolver.frame_of(module, call.function)
        for term in self.resolver.resolve(call.callee, frame):
            row = self.resolver.frameworks.values.find(name_of(term)) if name_of(term) else None
            if row is not None and row.effect == "partial":
                return True
        return False

    def _has_callable_objects(self, module: Module) -> bool:
        """True when the module imports an SDK whose objects are called themselves (`llm(prompt)`)."""
        return any(
            root in module.imports
            for record in self.objects.catalogue.records
            if any(op.path == "__call__" for operations in record.surfaces.values() for op in operations)
            for root in record.imports
        )

    def _reference(self, module: Module, site: int, call: CallSite, index: int) -> Request | None:
        """`to_thread(client.chat.completions.create, ...)`: the request is made by what it is handed to."""
        given = call.arguments[index]
        rest = list(call.arguments[index + 1 :] if given.keyword is None else call.arguments)
        rest = [item for item in rest if item is not given]
        if (module.path, site) in self._partials:
            users = [
                other
                for other in module.facts.calls
                if any(isinstance(item.value, Result) and item.value.site == site for item in other.arguments)
            ]
            if not any(self.guards.hands_over(module, user) for user in users):
                return None  # whoever calls it makes the request
        elif not self.guards.hands_over(module, call):
            why = "the function it is handed to may add keywords"
            rest.append(Argument(None, 2, Opaque(why), given.span))
        synthetic = call._replace(callee=given.value, arguments=tuple(rest), span=given.span)
        return self._request(module, site, synthetic, given.value, by_reference=True)

    def _request(
        self, module: Module, site: int, call: CallSite, callee: Value, *, by_reference: bool
    ) -> Request | None:
        frame = self.resolver.frame_of(module, call.function)
        found: list[tuple[Match, tuple[tuple[CallSite, Frame], ...], bool]] = []
        for term in self.resolver.resolve(callee, frame):
            for inner, given in self._unwrapped(term, call, frame):
                match = self.objects.match(inner, *given[-1])
                if match is not None:
                    found.append((match, given, _is_injected(inner)))
        if any(not injected for _, _, injected in found):
            found = [item for item in found if not item[2]]
        matches = tuple(match for match, _, _ in found)
        if not matches:
            return None
        each = tuple(self.settings.of(match, _layers(match, given)) for match, given, _ in found)
        settings = merge(list(each))
        route = self.entries.route(module, call.function)
        entry = self._entry(module, site, call, route)
        if entry is not None and (route is None or entry is not route.entry):
            route = Route(entry, ())
        model_call = self._model_call(module, site, call, matches, settings, route, by_reference=by_reference)
        return Request(model_call, module, site, call.function, matches, each, route, by_reference)

    def _unwrapped(
        self, term: Term, call: CallSite, frame: Frame
    ) -> Iterator[tuple[Term, tuple[tuple[CallSite, Frame], ...]]]:
        """What a callee really calls, and the calls that give it arguments, nearest first."""
        if isinstance(term, Made) and (term.module.path, term.site) in self._partials:
            inner = term.call
            first = next((item for item in inner.arguments if item.keyword is None), None)
            if first is not None:
                rest = inner._replace(arguments=tuple(item for item in inner.arguments if item is not first))
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

    def _model_call(
        self,
        module: Module,
        site: int,
        call: CallSite,
        matches: tuple[Match, ...],
        settings: dict[str, Setting],
        route: Route | None,
        *,
        by_reference: bool,
    ) -> ModelCall:
        match = matches[0]
        operation, record, target = match.operation, match.record, match.target
        facts = module.facts.functions[call.function]
        frame = self.resolver.frame_of(module, call.function)
        context = self.contexts.of(module, call.function, route)
        modes = {self._is_async(module, site, call, each, by_reference=by_reference) for each in matches}
        is_async = modes == {True}
        if len(modes) > 1:  # it may be either; what is done with the result tells
            is_async = call.awaited or not self._is_used_at_once(module, site, call)
        offloaded = self.guards.is_offloaded(module, site) or (
            by_reference and self.guards.hands_over(module, module.facts.calls[site])
        )
        cap = operation.cap_default
        if cap is None and target is not None:
            cap = target.cls.cap_default
        return ModelCall(
            location=module.location(call.span),
            sdk=record.name.replace("_", "-"),
            sdk_version=record.proved_on[0] if record.proved_on else "",
            operation=operation.path,
            kind=operation.kind,
            is_async=is_async,
            symbol=facts.qualname,
            settings=settings,
            spelling=self.spelled(operation.suggest),
            context=context,
            entry_path=self._steps(route, module, call),
            entry_kind=route.entry.kind if route is not None else "",
            in_async_function=self._in_async(module, call),
            offloaded=offloaded,
            time_bound=self.guards.time_bound(module, site, is_async=is_async),
            retry=self.guards.retry(module, site),
            cache=self.caches.around(module, site),
            result_uses=self.flow.uses(module, site, route),
            is_structured=self._is_structured(match, call, frame),
            has_tools=self._has_tools(match, call, frame),
            grows_history=self._grows_history(module, site, call, match, frame),
            repeatable=self.contexts.repeats(module, call.function, context),
            input_varies=self._input_varies(match, call, frame),
            cap_is_required=operation.cap_required,
            cap_default=cap,
            attempts_by_default=1 + self._retries_default(match),
            in_test=self.contexts.is_test(module),
        )

    def _in_async(self, module: Module, call: CallSite) -> bool:
        index = call.function
        while module.facts.functions[index].is_lambda:
            index = module.facts.functions[index].parent
        return module.facts.functions[index].is_async and not module.facts.functions[call.function].is_lambda

    @staticmethod
    def _retries_default(match: Match) -> int:
        cls = match.target.cls if match.target is not None else match.record.function_defaults
        return cls.retries_default if cls is not None else 0

    def spelled(self, suggest: Mapping[str, str]) -> dict[str, str]:
        """The record's suggestions with the project's numbers."""
        found: dict[str, str] = {}
        for name, text in suggest.items():
            number = self.numbers.get(name)
            if number is None:
                found[name] = text
                continue
            shown = f"{int(number)}" if number == int(number) else f"{number}"
            filled = text.replace("{value}", shown).replace("{milliseconds}", f"{int(number * 1000):_}")
            found[name] = filled.replace("{attempts}", f"{int(number) + 1}")
        return found

    def _is_async(self, module: Module, site: int, call: CallSite, match: Match, *, by_reference: bool) -> bool:
        if match.operation.mode in ("sync", "async"):
            return match.operation.mode == "async"
        mode = match.target.mode if match.target is not None else ""
        if mode in ("sync", "async"):
            return mode == "async"
        if call.awaited:
            return not by_reference
        if match.target is None and not match.why:
            return False
        if by_reference:
            return False
        return module.facts.functions[call.function].is_async and not self._is_used_at_once(module, site, call)

    @staticmethod
    def _is_used_at_once(module: Module, site: int, call: CallSite) -> bool:
        """True when an attribute or item of the un-awaited result is read: then it is no coroutine."""
        result = Result(site)
        values: list[Value] = list(module.facts.functions[call.function].returns)
        for other in module.facts.calls:
            if other.function == call.function:
                values.append(other.callee)
                values.extend(given.value for given in other.arguments)
        return any(_reads(value, result, 0) for value in values)

    def _keyword_given(self, keywords: tuple[str, ...], call: CallSite, frame: Frame) -> bool:
        for path in keywords:
            for choice in self.settings.choices(path.split("."), call, frame):
                if isinstance(choice, Present):
                    terms = self.resolver.all(choice.bound)
                    if not all(self._is_empty(term) for term in terms):
                        return True
        return False

    def _is_empty(self, term: Term) -> bool:
        if isinstance(term, External):
            return self.resolver.frameworks.sentinels.find(term.name) is not None
        return term == NOTHING or (isinstance(term, Sequence) and not term.value.items and not term.value.open)

    def _is_structured(self, match: Match, call: CallSite, frame: Frame) -> bool:
        if match.operation.always_structured or (match.target is not None and match.target.structured):
            return True
        return self._keyword_given(match.operation.structured, call, frame)

    def _has_tools(self, match: Match, call: CallSite, frame: Frame) -> bool:
        if match.target is not None and match.target.tools:
            return True
        return self._keyword_given(match.operation.tools, call, frame)

    def _prompts(self, match: Match, call: CallSite, frame: Frame) -> list[Bound]:
        found: list[Bound] = []
        for name in match.operation.prompt:
            positional = match.operation.positional
            position = positional.index(name) if name in positional else None
            for choice in argument(self.resolver, call, frame, name, position):
                if isinstance(choice, Present):
                    found.append(choice.bound)
        return found

    def _grows_history(self, module: Module, site: int, call: CallSite, match: Match, frame: Frame) -> bool:
        for prompt in self._prompts(match, call, frame):
            if mention(prompt.value, (Result(site),)) or _named_like_history(prompt.value, prompt.frame.module):
                return True
            if _contains_loop_state(prompt.value, module, call):
                return True
        return False

    def _input_varies(self, match: Match, call: CallSite, frame: Frame) -> bool | None:
        for prompt in self._prompts(match, call, frame):
            if _has_parameter(prompt.value, 0):
                return True
        return None

    def _steps(self, route: Route | None, module: Module, call: CallSite) -> tuple[Step, ...]:
        if route is None:
            return ()
        first = route.entry.module.facts.functions[route.entry.function]
        name = first.qualname or "<module>"
        location = route.entry.module.location(first.span)
        if route.entry.function == 0:
            at = route.edges[0] if route.edges else None
            span = at.module.facts.calls[at.site].span if at is not None else call.span
            location = route.entry.module.location(span)
        steps = [Step(name=name, location=location, kind=route.entry.title)]
        functions = [edge.module.facts.calls[edge.site].function for edge in route.edges[1:]]
        for index, edge in enumerate(route.edges):
            if index + 1 < len(route.edges):
                at_module, function = route.edges[index + 1].module, functions[index]
            else:
                at_module, function = module, call.function
            qualname = at_module.facts.functions[function].qualname or "<module>"
            called = edge.module.facts.calls[edge.site]
            steps.append(Step(name=qualname, location=edge.module.location(called.span)))
        return tuple(steps)


def _layers(match: Match, given: tuple[tuple[CallSite, Frame], ...]) -> tuple[Layer, ...]:
    operation = match.operation
    return tuple(Layer(operation.settings, call, frame, operation.positional) for call, frame in given)


def _is_injected(term: Term) -> bool:
    """True for a client that an optional parameter may bring in place of the one made here, and for an alternative
    that has no such attribute."""
    while isinstance(term, Attribute):
        term = term.base
    return term == INJECTED or isinstance(term, Instance) or (isinstance(term, Typed) and term.is_optional)


def _reads(value: object, result: Result, depth: int) -> bool:
    """True when `value` holds an attribute or item of `result`."""
    if not isinstance(value, tuple) or depth > 12:
        return False
    if isinstance(value, Attr | Element | Item) and isinstance(value.base, Result) and value.base == result:
        return True
    return any(_reads(part, result, depth + 1) for part in value)


def _has_parameter(value: object, depth: int) -> bool:
    if isinstance(value, Param):
        return value.name not in ("self", "cls")
    if not isinstance(value, tuple) or depth > 12:
        return False
    return any(_has_parameter(part, depth + 1) for part in value)


def _named_like_history(value: Value, module: Module) -> bool:
    """True for `self.history`, a parameter `conversation`, and lists that hold such a thing."""
    name = ""
    if isinstance(value, Attr | Param):
        name = value.name.lower()
        on_self = isinstance(value, Attr) and isinstance(value.base, Param) and value.base.name == "self"
        if on_self and "message" in name:
            return True
    if any(word in name for word in GROWING):
        return True
    if isinstance(value, SeqOf):
        return any(_named_like_history(_inside(item), module) for item in value.items)
    match value:
        case Op(_, parts) | OneOf(parts):
            return any(_named_like_history(part, module) for part in parts)
        case Some(inner) | Element(inner) | Item(inner, _):
            return _named_like_history(inner, module)
    return False


def _inside(item: Value) -> Value:
    return item.base if isinstance(item, Element) else item


def _contains_loop_state(value: Value, module: Module, call: CallSite) -> bool:
    """A list that is open and extended in the loop the call stands in."""
    if not isinstance(value, SeqOf) or not value.open:
        return False
    return any(module.facts.blocks[index].kind == "while" for index in chain(module, call.block))
