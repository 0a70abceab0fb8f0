"""What stands around a request: time bounds, retries, caches, other threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prodlint.facts import Attr, CallSite, Element, Global, Imported, Item, Op, Param, Result, Span, Value
from prodlint.frameworks.tables import Frameworks
from prodlint.link.callers import Callers
from prodlint.link.entries import chain
from prodlint.link.flow import mention
from prodlint.link.program import Program
from prodlint.link.resolve import Resolver, name_of, place
from prodlint.link.terms import Attribute, Function, Known, Made, Module, Term
from prodlint.model import Guard

CALLER_LEVELS = 2
"""How far up a retry or a cache around the callers counts."""


class Guards:
    """Finds guards of requests."""

    def __init__(self, program: Program, resolver: Resolver, callers: Callers, frameworks: Frameworks) -> None:
        self.program = program
        self.resolver = resolver
        self.callers = callers
        self.frameworks = frameworks
        self._switch: Guard | None = None
        self._switches_in: int = -1

    # time bounds

    def time_bound(self, module: Module, site: int, *, is_async: bool) -> Guard | None:
        """A bound around the request here, or around every direct caller."""
        here = self._bound_at(module, site, is_async=is_async)
        if here is not None:
            return here
        function = module.facts.calls[site].function
        edges = self.callers.edges(module, function) if function else ()
        found = [self._bound_at(edge.module, edge.site, is_async=is_async) for edge in edges]
        return found[0] if found and all(guard is not None for guard in found) else None

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
            for term in self._callees(module, around):
                row = self.frameworks.time_bounds.find(name_of(term), module.imports) if name_of(term) else None
                if row is not None and row.form in ("call", "method") and (is_async or not row.asynchronous):
                    return self._bound(row.title, row.seconds, row.scale, around, module)
        for name, decorated, decorator in self._decorators(module, call.function):
            row = self.frameworks.time_bounds.find(name, module.imports)
            if row is None or row.form != "decorator":
                continue
            given = place(decorator.arguments, row.seconds) if decorator is not None else None
            if given is not None or row.default is not None or not row.seconds:
                return Guard(what=row.title, location=module.location(decorated))
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

    def _around(self, module: Module, site: int) -> Iterator[int]:
        """Calls of the same function that are handed the call at `site`, or a task made of it."""
        function = module.facts.calls[site].function
        wanted = {site}
        for index, other in enumerate(module.facts.calls):
            if other.function != function or index == site:
                continue
            direct = any(is_result(argument.value, wanted) for argument in other.arguments)
            on_it = isinstance(other.callee, Attr) and is_result(other.callee.base, wanted)
            if direct or on_it:
                yield index
                if last(other.callee) in (
                    "create_task",
                    "ensure_future",
                    "submit",
                    "run_coroutine_threadsafe",
                    "shield",
                ):
                    wanted.add(index)

    # retries

    def retry(self, module: Module, site: int) -> Guard | None:
        """Whatever repeats the request, here or around its callers."""
        return self._retry(module, site, 0, set())

    def _retry(self, module: Module, site: int, level: int, seen: set[tuple[str, int]]) -> Guard | None:
        here = self._retry_at(module, site)
        if here is not None:
            return here
        function = module.facts.calls[site].function
        if level >= CALLER_LEVELS or (module.path, function) in seen or not function:
            return None
        seen.add((module.path, function))
        facts = module.facts.functions[function]
        if facts.is_lambda or (facts.owner < 0 and facts.parent > 0):
            for call in module.facts.calls:
                if call.function == facts.parent and self._is_retry_wrapper(module, call):
                    return Guard(what=last(call.callee), location=module.location(call.span))
        for edge in self.callers.edges(module, function):
            if edge.is_reference:
                call = edge.module.facts.calls[edge.site]
                if self._is_retry_wrapper(edge.module, call):
                    return Guard(what=last(call.callee), location=edge.module.location(call.span))
            found = self._retry(edge.module, edge.site, level + 1, seen)
            if found is not None:
                return found
        return None

    def _is_retry_wrapper(self, module: Module, call: CallSite) -> bool:
        for term in self._callees(module, call):
            name = name_of(term) or (f".{term.name}" if isinstance(term, Attribute) else "")
            row = self.frameworks.retries.find(name, module.imports) if name else None
            if row is not None and row.form in ("wrapper", "instance"):
                return True
            if isinstance(term, Made):
                row = self.frameworks.retries.find(name_of(term.callee))
                if row is not None:
                    return True
            if isinstance(term, Function) and "retr" in term.facts.name.lower():
                return True
        return False

    def _retry_at(self, module: Module, site: int) -> Guard | None:
        call = module.facts.calls[site]
        for name, span, decorator in self._decorators(module, call.function):
            row = self.frameworks.retries.find(name)
            if row is not None and self._is_on(row.requires, decorator):
                return Guard(what=row.title, location=module.location(span))
            if row is None and "retr" in name.lower():
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
        return self._own_loop(module, call)

    def _repeating_decorator(self, module: Module, function: int) -> Guard | None:
        """A decorator of the project that calls what it decorates in a retry loop, or hands it to a retry."""
        facts = module.facts.functions[function]
        for decorator in facts.decorators:
            for term in self.resolver.resolve(decorator, module.top):
                if not isinstance(term, Function):
                    continue
                inside = nested_functions(term.module, term.index)
                for site, call in enumerate(term.module.facts.calls):
                    if call.function not in inside or not isinstance(call.callee, Param):
                        continue
                    if call.callee.function in (term.index, *inside) and (
                        self._own_loop(term.module, call) is not None
                        or (call.function != term.index and self._retry_at(term.module, site) is not None)
                    ):
                        return Guard(what=term.facts.qualname, location=module.location(facts.span))
        return None

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

    # caches

    def cache(self, module: Module, site: int) -> Guard | None:
        """A cache that is asked before the request is made, here, around the callers, or for the whole process."""
        switch = self._switched_on()
        if switch is not None:
            return switch
        return self._cache(module, module.facts.calls[site].function, 0, set())

    def _cache(self, module: Module, function: int, level: int, seen: set[tuple[str, int]]) -> Guard | None:
        if (module.path, function) in seen:
            return None
        seen.add((module.path, function))
        for name, span, _ in self._decorators(module, function):
            row = self.frameworks.caches.find(name, module.imports)
            if row is not None and row.form == "decorator" and row.results:
                return Guard(what=row.title, location=module.location(span))
            if row is None and self.frameworks.cache_hints.is_cache_name(name.rpartition(".")[2]):
                return Guard(what=name, location=module.location(span))
        looked_up = self._lookup(module, function)
        if looked_up is not None or level >= CALLER_LEVELS + 1 or not function:
            return looked_up
        facts = module.facts.functions[function]
        if facts.parent > 0 and facts.owner < 0:
            return self._cache(module, facts.parent, level + 1, seen)
        for edge in self.callers.edges(module, function):
            found = self._cache(edge.module, edge.module.facts.calls[edge.site].function, level + 1, seen)
            if found is not None:
                return found
        return None

    def _lookup(self, module: Module, function: int) -> Guard | None:
        hints = self.frameworks.cache_hints
        for call in module.facts.calls:
            if call.function != function or not isinstance(call.callee, Attr | Imported | Global):
                continue
            owner = _base_name(call.callee.base) if isinstance(call.callee, Attr) else ""
            method = call.callee.name
            is_hint = bool(owner) and hints.is_cache_name(owner) and method in hints.methods
            if is_hint or ("cache" in method.lower() and "get" in method.lower()):
                return Guard(what=f"{owner}.{method}".lstrip("."), location=module.location(call.span))
            for term in self._callees(module, call):
                row = self.frameworks.caches.find(name_of(term), module.imports) if name_of(term) else None
                if row is not None and row.form == "lookup":
                    return Guard(what=row.title, location=module.location(call.span))
        written = {
            _base_name(change.base)
            for change in module.facts.assignments
            if change.function == function and not isinstance(change.key, str)
        }
        for block in module.facts.blocks:
            is_test = block.function == function and block.kind in ("if", "while")
            if is_test and _tests_cache(block.value, lambda name: name in written or hints.is_cache_name(name)):
                return Guard(what="a cache", location=module.location(block.span))
        for change in module.facts.assignments:
            name = _base_name(change.base)
            if change.function == function and not isinstance(change.key, str) and hints.is_cache_name(name):
                return Guard(what=name, location=module.location(change.span))
        return None

    def _switched_on(self) -> Guard | None:
        if self._switches_in == len(self.program.modules):
            return self._switch
        self._switches_in = len(self.program.modules)
        table = self.frameworks.caches
        for module in list(self.program.modules.values()):
            for call in module.facts.calls:
                if "cache" not in last(call.callee).lower() and "init" not in last(call.callee).lower():
                    continue
                for term in self._callees(module, call):
                    row = table.find(name_of(term), module.imports) if name_of(term) else None
                    if row is not None and row.form == "switch":
                        self._switch = Guard(what=row.title, location=module.location(call.span))
                        return self._switch
            for change in module.facts.assignments:
                if isinstance(change.key, str) and "cache" in change.key:
                    for term in self.resolver.resolve(change.base, self.resolver.frame_of(module, change.function)):
                        row = table.find(f"{name_of(term)}.{change.key}") if name_of(term) else None
                        if row is not None and row.form == "assignment":
                            self._switch = Guard(what=row.title, location=module.location(change.span))
                            return self._switch
            for name in sorted(module.imports):
                row = table.find(name)
                if row is not None and row.form == "import":
                    self._switch = Guard(what=row.title)
                    return self._switch
        return None

    # threads

    def is_offloaded(self, module: Module, site: int) -> bool:
        """True when the function around the call runs in another thread because it is only handed over."""
        call = module.facts.calls[site]
        function = call.function
        facts = module.facts.functions[function]
        if any(self.frameworks.offloads.find(name) for name, _, _ in self._decorators(module, function)):
            return True
        if not facts.is_lambda:
            return False
        for other in module.facts.calls:
            if other.function == facts.parent:
                for term in self._callees(module, other):
                    name = name_of(term) or (f".{term.name}" if isinstance(term, Attribute) else "")
                    if name and self.frameworks.offloads.find(name, module.imports) is not None:
                        return True
        return False

    def hands_over(self, module: Module, call: CallSite) -> bool:
        """True when the call runs a function it is given in another thread."""
        for term in self._callees(module, call):
            name = name_of(term) or (f".{term.name}" if isinstance(term, Attribute) else "")
            if name and self.frameworks.offloads.find(name, module.imports) is not None:
                return True
        return False

    # shared

    def _callees(self, module: Module, call: CallSite) -> tuple[Term, ...]:
        return self.resolver.resolve(call.callee, self.resolver.frame_of(module, call.function))

    def _decorators(self, module: Module, function: int) -> Iterator[tuple[str, Span, CallSite | None]]:
        """(canonical name, span of the function, the decorator's call) for each decorator, and of outer functions."""
        facts = module.facts.functions[function]
        for decorator in facts.decorators:
            for term in self.resolver.resolve(decorator, module.top):
                if isinstance(term, Made):
                    yield name_of(term.callee), facts.span, term.call
                elif isinstance(term, Function):
                    yield term.facts.qualname, facts.span, None
                else:
                    yield name_of(term) or last(decorator), facts.span, None


def is_result(value: Value, sites: set[int]) -> bool:
    """True for the value of one of the calls. By type, for `Result(4)` and `Const(4)` are equal as tuples."""
    return isinstance(value, Result) and value.site in sites


def nested_functions(module: Module, function: int) -> set[int]:
    """A function and all those defined in it, at any depth."""
    inside = {function}
    for index, facts in enumerate(module.facts.functions):
        if facts.parent in inside and index:
            inside.add(index)
    return inside


def last(value: Value) -> str:
    """The last name of a callee as written."""
    name = getattr(value, "name", "")
    return name if isinstance(name, str) else ""


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


def _holds_element(value: Value, iterated: Value) -> bool:
    return bool(mention(value, (Element(iterated),))) or _contains(value, Element(iterated), 0)


def _contains(value: object, wanted: Value, depth: int) -> bool:
    if value == wanted and type(value) is type(wanted):
        return True
    if depth > 12 or not isinstance(value, tuple):
        return False
    return any(_contains(part, wanted, depth + 1) for part in value)
