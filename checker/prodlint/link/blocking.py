"""Requests that hold up an event loop: made in an `async def`, in a plain function that one calls directly or by way of
a function in its own body, or in a generator that it iterates."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.facts import Attr, Result
from prodlint.link.around import callees, is_result, last
from prodlint.link.callers import Callers, Edge
from prodlint.link.contexts import Contexts
from prodlint.link.entries import Entries
from prodlint.link.requests import Request
from prodlint.link.terms import External, Function, Instance, Module
from prodlint.model import AsyncBlock, Location, ModelCall

READERS = ("list", "tuple", "set", "sorted", "join")
"""Functions and methods that read all of what they are given to iterate."""

LEVELS = 3
"""Calls between an implementation of a method and its request, within which the implementation counts as blocking."""


class Blocking:
    """Finds them."""

    def __init__(self, callers: Callers, entries: Entries, contexts: Contexts) -> None:
        self.callers = callers
        self.resolver = callers.resolver
        self.entries = entries
        self.contexts = contexts
        self._blocks: dict[Location, AsyncBlock] = {}
        self._requests: dict[tuple[str, int], ModelCall] = {}
        """The first blocking request that a function makes, itself or further down, or a generator while it is read; by
        its path and number."""

    def find(self, found: list[Request]) -> list[AsyncBlock]:
        """One for each place, by location."""
        requests = [request for request in found if self._is_blocking(request)]
        self._collect(requests)
        for request in requests:
            call = request.call
            if call.in_async_function:
                block = AsyncBlock(
                    call=call, location=call.location, symbol=call.symbol, context=call.context, in_test=call.in_test
                )
                self._blocks.setdefault(call.location, block)
            elif request.function:
                for edge in self.callers.edges(request.module, request.function):
                    self._reached(edge, request)
        return [self._blocks[location] for location in sorted(self._blocks)]

    def _reached(self, edge: Edge, request: Request) -> None:
        """Add what reaches a request by one call of the function that makes it."""
        facts = request.module.facts.functions[request.function]
        if not _waits(request.module, request.function):
            if facts.is_generator and self._is_direct(edge, is_async=True) and _is_read(edge):
                self._add(edge, request, facts.qualname, is_iterated=True)
        elif self._is_direct(edge, is_async=True):
            self._add(edge, request, facts.qualname)
        elif self._is_direct(edge, is_async=False):
            caller = edge.module.facts.functions[edge.module.facts.calls[edge.site].function]
            for outer in self._calls_around(edge):
                self._add(outer, request, caller.qualname)
        elif self._is_mapped(edge):
            self._add(edge, request, facts.qualname, is_iterated=True)

    def _calls_around(self, edge: Edge) -> Iterator[Edge]:
        """Where a call stands in a function that an `async def` has in its body: the calls of it there."""
        function = edge.module.facts.calls[edge.site].function
        facts = edge.module.facts.functions[function]
        if facts.parent <= 0 or facts.owner >= 0 or not _waits(edge.module, function):
            return
        for outer in self.callers.edges(edge.module, function):
            is_inside = outer.module is edge.module and outer.module.facts.calls[outer.site].function == facts.parent
            if is_inside and self._is_direct(outer, is_async=True):
                yield outer

    def _is_mapped(self, edge: Edge) -> bool:
        """True for `map(function, ...)` in an `async def`, where it is read as a whole."""
        call = edge.module.facts.calls[edge.site]
        is_async = edge.module.facts.functions[call.function].is_async
        if not edge.is_reference or call.deferred or not is_async or not _is_read(edge):
            return False
        return any(term == External("map") for term in callees(self.resolver, edge.module, call))

    @staticmethod
    def _is_blocking(request: Request) -> bool:
        """What is awaited is no blocking request, whatever the client was taken for."""
        call = request.call
        is_elsewhere = call.is_async or call.offloaded or request.by_reference
        return not is_elsewhere and not request.module.facts.calls[request.site].awaited

    def _collect(self, requests: list[Request]) -> None:
        level = [(request.module, request.function, request.call) for request in requests]
        for _ in range(LEVELS):
            following: list[tuple[Module, int, ModelCall]] = []
            for module, function, call in level:
                key = (module.path, function)
                facts = module.facts.functions[function]
                if key in self._requests or not function or facts.is_lambda or facts.is_async:
                    continue
                self._requests[key] = call
                if facts.is_generator:
                    continue  # whoever calls it makes none yet
                for edge in self.callers.edges(module, function):
                    if self._is_direct(edge, is_async=False):
                        following.append((edge.module, edge.module.facts.calls[edge.site].function, call))
            level = following

    @staticmethod
    def _is_direct(edge: Edge, *, is_async: bool) -> bool:
        """True for a call whose caller waits for what it gives."""
        call = edge.module.facts.calls[edge.site]
        is_plain = not edge.is_reference and not call.deferred and not call.awaited
        return is_plain and edge.module.facts.functions[call.function].is_async is is_async

    def _add(self, edge: Edge, request: Request, via: str, *, is_iterated: bool = False) -> None:
        call = edge.module.facts.calls[edge.site]
        called = [term for term in callees(self.resolver, edge.module, call) if isinstance(term, Function)]
        ways = [(term, self._requests.get((term.module.path, term.index))) for term in called]
        if any(way is None for _, way in ways):
            return  # it may be an implementation that makes no request
        own = [way for term, way in ways if way is not None and _is_in(way, term) and way.symbol != request.call.symbol]
        location = edge.module.location(call.span)
        route = self.entries.route(edge.module, call.function)
        block = AsyncBlock(
            call=request.call,
            location=location,
            symbol=edge.module.facts.functions[call.function].qualname,
            via=self._declared(edge) or via,
            is_iterated=is_iterated,
            others=tuple({way.location: way for way in own}.values()),
            context=self.contexts.of(edge.module, call.function, route),
            in_test=self.contexts.is_test(edge.module),
        )
        self._blocks.setdefault(location, block)

    def _declared(self, edge: Edge) -> str:
        """The method that is called, as the class declares it of which the object is known to be; empty where no one
        class is."""
        call = edge.module.facts.calls[edge.site]
        if not isinstance(call.callee, Attr):
            return ""
        owners = self.resolver.resolve(call.callee.base, self.resolver.frame_of(edge.module, call.function))
        classes = {owner.cls for owner in owners if isinstance(owner, Instance)}
        method = self.resolver.classes.method(classes.pop(), call.callee.name) if len(classes) == 1 else None
        return method.facts.qualname if method is not None else ""


def _waits(module: Module, function: int) -> bool:
    """True for a function whose caller waits until its body has run."""
    facts = module.facts.functions[function]
    return function != 0 and not facts.is_generator and not facts.is_lambda


def _is_read(edge: Edge) -> bool:
    """True for a call whose result is iterated to its end in the function where it stands."""
    index, function = edge.module.index, edge.module.facts.calls[edge.site].function
    mentions = index.mentions(Result(edge.site))
    loops = (block for block in mentions.blocks if block.kind == "for" and not block.is_async)
    if any(block.function == function and is_result(block.value, {edge.site}) for block in loops):
        return True
    users = (edge.module.facts.calls[site] for site in mentions.calls)
    return any(
        user.function == function
        and last(user.callee) in READERS
        and any(is_result(argument.value, {edge.site}) for argument in user.arguments)
        for user in users
    )


def _is_in(call: ModelCall, function: Function) -> bool:
    """True for a request in the body of the function."""
    return call.location.path == function.module.path and call.symbol == function.facts.qualname
