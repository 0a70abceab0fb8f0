"""What stands around a request: time bounds, retries, caches, other threads."""

from __future__ import annotations

import re

from prodlint.facts import Attr, CallSite, Element, FunctionRef, Result, SeqOf, Value
from prodlint.frameworks.tables import Frameworks
from prodlint.link.around import (
    callees,
    calls_inside,
    calls_of_given,
    decorators,
    is_given,
    is_result,
    last,
    nested_functions,
    own_decorators,
)
from prodlint.link.binding import place
from prodlint.link.callers import Callers, Edge, called_names
from prodlint.link.entries import chain
from prodlint.link.flow import mention
from prodlint.link.program import Program
from prodlint.link.resolve import Resolver
from prodlint.link.terms import Attribute, Function, Known, Made, Module, name_of
from prodlint.link.wording import may_be_named
from prodlint.model import Guard

CALLER_LEVELS = 2
"""How far up a time bound or a retry around the callers counts."""

_RETRY_NAME = re.compile(r"retry|retri(?:es|ed|able)|backoff")
"""What a function of the project is called that repeats others; `retrieve` is none."""

TASKS = frozenset({"create_task", "ensure_future", "submit", "run_coroutine_threadsafe", "shield", "gather"})
"""Functions whose result stands for the calls they are handed."""


class Guards:
    """Finds guards of requests."""

    def __init__(self, program: Program, resolver: Resolver, callers: Callers, frameworks: Frameworks) -> None:
        self.program = program
        self.resolver = resolver
        self.callers = callers
        self.frameworks = frameworks
        self._threads = frameworks.offloads.last_names()
        self._retry_wrappers: dict[tuple[str, int], Guard | None] = {}
        self._hand_over: dict[tuple[str, int], bool] = {}
        """Whether a call in a function runs in another thread what it is given."""
        self._hands_on_given: dict[tuple[str, int], bool] = {}

    # time bounds

    def time_bound(self, module: Module, site: int, *, is_async: bool, by_reference: bool = False) -> Guard | None:
        """A bound around the request here, or around every caller, or every caller of one that has none.

        `by_reference`: the request is handed over at `site`, not made there.
        """
        return self._time_bound(Edge(module, site, by_reference), 0, set(), is_async=is_async)

    def _time_bound(self, at: Edge, level: int, seen: set[tuple[str, int]], *, is_async: bool) -> Guard | None:
        here = self._bound_at(at.module, at.site, is_async=is_async)
        if here is None and at.is_reference:
            here = self._bound_by_receiver(at.module, at.site, is_async=is_async)
        function = at.module.facts.calls[at.site].function
        key = (at.module.path, function)
        if here is not None or not function or level >= CALLER_LEVELS or key in seen:
            return here
        if level and at.is_reference:
            return None  # who hands a function over need not wait for it
        found: Guard | None = None
        for edge in self.callers.edges(at.module, function):
            guard = self._time_bound(edge, level + 1, seen | {key}, is_async=is_async)
            if guard is None:
                return None
            found = found or guard
        return found

    def _bound_by_receiver(self, module: Module, site: int, *, is_async: bool) -> Guard | None:
        """A bound that the project function puts around what it is handed at `site`."""
        for term in callees(self.resolver, module, module.facts.calls[site]):
            if isinstance(term, Function):
                for inner in calls_of_given(term):
                    bound = self._bound_at(term.module, inner, is_async=is_async)
                    if bound is not None:
                        return bound
        return None

    def _bound_at(self, module: Module, site: int, *, is_async: bool) -> Guard | None:
        call = module.facts.calls[site]
        for index in chain(module, call.block):
            block = module.facts.blocks[index]
            if block.kind == "with" and block.value is not None:
                for term in self.resolver.resolve(block.value, self.resolver.frame_of(module, block.function)):
                    row = self.frameworks.time_bounds.find(name_of(term.callee)) if isinstance(term, Made) else None
                    if row is not None and row.form == "context" and (is_async or not row.asynchronous):
                        assert isinstance(term, Made)
                        return self._bound(row.title, row.seconds, row.scale, term.call, term.module)
        for other in self._around(module, site):
            around = module.facts.calls[other]
            for term in callees(self.resolver, module, around):
                row = self.frameworks.time_bounds.find(name_of(term), module.imports) if name_of(term) else None
                if row is not None and row.form in ("call", "method") and (is_async or not row.asynchronous):
                    return self._bound(row.title, row.seconds, row.scale, around, module)
        for name, decorated, decorator in decorators(self.resolver, module, call.function):
            row = self.frameworks.time_bounds.find(name, module.imports)
            if row is None or row.form != "decorator":
                continue
            given = place(decorator.arguments, row.seconds) if decorator is not None else None
            if given is not None or row.default is not None or not row.seconds:
                return Guard(what=row.title, location=module.location(decorated))
        for term in own_decorators(self.resolver, module, call.function):
            for inner in calls_of_given(term):
                if (term.module, inner) != (module, site):
                    bound = self._bound_at(term.module, inner, is_async=is_async)
                    if bound is not None:
                        return bound
        return None

    def _bound(
        self, title: str, seconds: tuple[str, ...], scale: float, call: CallSite, module: Module
    ) -> Guard | None:
        value = place(call.arguments, seconds)
        if value is None:
            return Guard(what=title, location=module.location(call.span)) if not seconds else None
        term = self.resolver.one(value, self.resolver.frame_of(module, call.function))
        if isinstance(term, Known):
            if not isinstance(term.value, int | float):
                return None
            return Guard(what=title, location=module.location(call.span), value=term.value * scale)
        return Guard(what=title, location=module.location(call.span))

    @staticmethod
    def _around(module: Module, site: int) -> list[int]:
        """Calls of the same function that are handed the call at `site`, or a task made of it, alone or with others."""
        function = module.facts.calls[site].function
        wanted = {site}
        found: list[int] = []

        def visit(index: int) -> bool:
            other = module.facts.calls[index]
            direct = any(_stands_for(argument.value, wanted) for argument in other.arguments)
            on_it = isinstance(other.callee, Attr) and is_result(other.callee.base, wanted)
            if other.function != function or index == site or not (direct or on_it):
                return False
            if index not in found:
                found.append(index)
            if last(other.callee) not in TASKS:
                return False
            wanted.add(index)
            return True

        module.index.follow((Result(site),), visit)
        return found

    # retries

    def retry(self, module: Module, site: int, *, by_reference: bool = False) -> Guard | None:
        """Whatever repeats the request, here or around its callers. `by_reference`: it is handed over at `site`."""
        call = module.facts.calls[site]
        if by_reference and self._is_retry_wrapper(module, call):
            return Guard(what=last(call.callee), location=module.location(call.span))
        return self._retry(module, site, 0, set())

    def _retry(self, module: Module, site: int, level: int, seen: set[tuple[str, int]]) -> Guard | None:
        here = self.retry_at(module, site)
        if here is not None:
            return here
        function = module.facts.calls[site].function
        if level >= CALLER_LEVELS or (module.path, function) in seen or not function:
            return None
        seen.add((module.path, function))
        facts = module.facts.functions[function]
        if facts.is_lambda or (facts.owner < 0 and facts.parent > 0):
            wrapper = self._retry_wrapper_in(module, facts.parent)
            if wrapper is not None:
                return wrapper
        for edge in self.callers.edges(module, function):
            if edge.is_reference:
                call = edge.module.facts.calls[edge.site]
                if self._is_retry_wrapper(edge.module, call):
                    return Guard(what=last(call.callee), location=edge.module.location(call.span))
            found = self._retry(edge.module, edge.site, level + 1, seen)
            if found is not None:
                return found
        return None

    def _retry_wrapper_in(self, module: Module, function: int) -> Guard | None:
        """The first call in a function that repeats what it is handed."""
        key = (module.path, function)
        if key not in self._retry_wrappers:
            calls = (module.facts.calls[site] for site in module.index.calls_in(function))
            found = next((call for call in calls if self._is_retry_wrapper(module, call)), None)
            guard = Guard(what=last(found.callee), location=module.location(found.span)) if found is not None else None
            self._retry_wrappers[key] = guard
        return self._retry_wrappers[key]

    def _is_retry_wrapper(self, module: Module, call: CallSite, level: int = 0) -> bool:
        for term in callees(self.resolver, module, call):
            name = name_of(term) or (f".{term.name}" if isinstance(term, Attribute) else "")
            row = self.frameworks.retries.find(name, module.imports) if name else None
            if row is not None and row.form in ("wrapper", "instance"):
                return True
            if isinstance(term, Made):
                row = self.frameworks.retries.find(name_of(term.callee))
                if row is not None:
                    return True
            if isinstance(term, Function) and (
                _RETRY_NAME.search(term.facts.name.lower()) or self._repeats_given(term, level)
            ):
                return True
        return False

    def retry_at(self, module: Module, site: int) -> Guard | None:
        """Whatever repeats the call in the function it stands in, or repeats that function."""
        call = module.facts.calls[site]
        for name, span, decorator in decorators(self.resolver, module, call.function):
            row = self.frameworks.retries.find(name)
            if row is not None and self._is_on(row.requires, decorator):
                return Guard(what=row.title, location=module.location(span))
            if row is None and _RETRY_NAME.search(name.lower()):
                return Guard(what=name, location=module.location(span))  # the project's own
        own = self._repeating_decorator(module, call.function)
        if own is not None:
            return own
        for index in chain(module, call.block):
            block = module.facts.blocks[index]
            if block.kind in ("for", "with") and block.value is not None:
                for term in self.resolver.resolve(block.value, self.resolver.frame_of(module, block.function)):
                    row = self.frameworks.retries.find(name_of(term.callee)) if isinstance(term, Made) else None
                    if row is not None and row.form in ("loop", "decorator", "instance"):
                        return Guard(what=row.title, location=module.location(block.span))
        return self._own_loop(module, call) or self._calls_itself(module, call)

    def _calls_itself(self, module: Module, call: CallSite) -> Guard | None:
        """`try: return request() except ...: return the_same_function(...)`."""
        blocks = module.facts.blocks
        tries = {blocks[index].span for index in chain(module, call.block) if blocks[index].kind == "try"}
        if not tries or call.function == 0:
            return None
        name = module.facts.functions[call.function].name
        for site in module.index.calls_in(call.function):
            again = module.facts.calls[site]
            around = [blocks[index] for index in chain(module, again.block)]
            if name not in called_names(again.callee, module):
                continue
            if any(block.kind == "except" and block.span in tries for block in around) and any(
                isinstance(term, Function) and term.module is module and term.index == call.function
                for term in callees(self.resolver, module, again)
            ):
                return Guard(what=last(again.callee), location=module.location(again.span))
        return None

    def _repeating_decorator(self, module: Module, function: int) -> Guard | None:
        """A decorator of the project that calls what it decorates in a retry loop, or hands it to a retry."""
        for term in own_decorators(self.resolver, module, function):
            if self._repeats_given(term, 0):
                return Guard(what=term.facts.qualname, location=module.location(module.facts.functions[function].span))
        return None

    def _repeats_given(self, term: Function, level: int) -> bool:
        """True when the function calls in a retry loop, or under a retry, the function it is given, or one of its own
        that calls it."""
        module = term.module
        callers: set[int] = set()
        for site in calls_of_given(term):
            call = module.facts.calls[site]
            callers.add(call.function)
            if self._own_loop(module, call) is not None:
                return True
            if call.function != term.index and self.retry_at(module, site) is not None:
                return True
        if level >= CALLER_LEVELS:
            return False
        inside = nested_functions(module, term.index)
        calls = [module.facts.calls[site] for site in calls_inside(module, inside)]
        return any(
            any(
                is_given(argument.value, inside)
                or (isinstance(argument.value, FunctionRef) and argument.value.number in callers - {term.index})
                for argument in call.arguments
            )
            and self._is_retry_wrapper(module, call, level + 1)
            for call in calls
        )

    def _is_on(self, requires: tuple[str, ...], decorator: CallSite | None) -> bool:
        if not requires:
            return True
        return decorator is not None and any(item.keyword in requires for item in decorator.arguments)

    def _own_loop(self, module: Module, call: CallSite) -> Guard | None:
        """`for attempt in range(3): try: return request() except ...: sleep`."""
        blocks = module.facts.blocks
        around = chain(module, call.block)
        for position, index in enumerate(around):
            if blocks[index].kind not in ("for", "while"):
                continue
            tries = [blocks[inner] for inner in around[:position] if blocks[inner].kind == "try"]
            for guarded in tries:
                repeats = any(handler.ends in ("continue", "fall") for handler in guarded.handlers)
                succeeds = guarded.ends in ("return", "break") or blocks[index].ends in ("return", "break")
                if repeats and (succeeds or self._counts(module, blocks[index].value, call)):
                    return Guard(what="the loop around it", location=module.location(blocks[index].span))
        return None

    def _counts(self, module: Module, iterated: Value | None, call: CallSite) -> bool:
        """`for attempt in range(n)`, where the request does not depend on the loop's variable."""
        if not isinstance(iterated, Result):
            return False
        maker = module.facts.calls[iterated.site]
        if last(maker.callee) not in ("range", "count", "repeat"):
            return False
        return not any(_holds_element(argument.value, iterated) for argument in call.arguments)

    # threads

    def is_offloaded(self, module: Module, site: int) -> bool:
        """True when the function around the call runs in another thread because it is only handed over."""
        call = module.facts.calls[site]
        function = call.function
        facts = module.facts.functions[function]
        if any(self.frameworks.offloads.find(name) for name, _, _ in decorators(self.resolver, module, function)):
            return True
        if not facts.is_lambda:
            return False
        key = (module.path, facts.parent)
        if key not in self._hand_over:
            calls = (module.facts.calls[at] for at in module.index.calls_in(facts.parent))
            self._hand_over[key] = any(self.hands_over(module, call) for call in calls)
        return self._hand_over[key]

    def hands_over(self, module: Module, call: CallSite) -> bool:
        """True when the call runs a function it is given in another thread, by itself or in a project function."""
        if self._offloads(module, call):
            return True
        return any(isinstance(term, Function) and self._hands_on(term) for term in callees(self.resolver, module, call))

    def _hands_on(self, function: Function) -> bool:
        """True for a project function that has a parameter, or a partial of it, run in another thread."""
        key = (function.module.path, function.index)
        if key not in self._hands_on_given:
            calls = {at: function.module.facts.calls[at] for at in function.module.index.calls_in(function.index)}
            given = {
                at for at, call in calls.items() if any(is_given(it.value, {function.index}) for it in call.arguments)
            }
            self._hands_on_given[key] = any(
                (at in given or any(is_result(it.value, given) for it in call.arguments))
                and self._offloads(function.module, call)
                for at, call in calls.items()
            )
        return self._hands_on_given[key]

    def _offloads(self, module: Module, call: CallSite) -> bool:
        if not may_be_named(self.program, module, call.callee, self._threads):
            return False
        for term in callees(self.resolver, module, call):
            name = name_of(term) or (f".{term.name}" if isinstance(term, Attribute) else "")
            if name and self.frameworks.offloads.find(name, module.imports) is not None:
                return True
        return False


def _stands_for(value: Value, sites: set[int]) -> bool:
    """True for the value of one of the calls, for a list with it, and for what a loop over that yields."""
    if isinstance(value, Element) and isinstance(value.base, SeqOf):
        value = value.base
    if isinstance(value, SeqOf):
        return any(_stands_for(item, sites) for item in value.items)
    return is_result(value, sites)


def _holds_element(value: Value, iterated: Value) -> bool:
    return bool(mention(value, (Element(iterated),))) or _contains(value, Element(iterated), 0)


def _contains(value: object, wanted: Value, depth: int) -> bool:
    if value == wanted and type(value) is type(wanted):
        return True
    if depth > 12 or not isinstance(value, tuple):
        return False
    return any(_contains(part, wanted, depth + 1) for part in value)
