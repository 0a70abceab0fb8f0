"""What the search for guards asks of the program: callees, decorators, and calls of functions that are handed over."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.facts import CallSite, Param, Result, Span, Value
from prodlint.link.resolve import Resolver
from prodlint.link.terms import Function, Made, Module, Term, name_of


def callees(resolver: Resolver, module: Module, call: CallSite) -> tuple[Term, ...]:
    """What a call can call."""
    return resolver.resolve(call.callee, resolver.frame_of(module, call.function))


def decorators(resolver: Resolver, module: Module, function: int) -> Iterator[tuple[str, Span, CallSite | None]]:
    """(canonical name, span of the function, the decorator's call) for each decorator."""
    facts = module.facts.functions[function]
    for decorator in facts.decorators:
        for term in resolver.resolve(decorator, module.top):
            if isinstance(term, Made):
                yield name_of(term.callee), facts.span, term.call
            elif isinstance(term, Function):
                yield term.facts.qualname, facts.span, None
            else:
                yield name_of(term) or last(decorator), facts.span, None


def own_decorators(resolver: Resolver, module: Module, function: int) -> Iterator[Function]:
    """The decorators of a function that the project defines; of `@decorator(...)`, what the call returns."""
    for decorator in module.facts.functions[function].decorators:
        for term in resolver.resolve(decorator, module.top):
            if isinstance(term, Function):
                yield term


def is_given(value: Value, functions: set[int]) -> bool:
    """True for a parameter of one of the functions."""
    return isinstance(value, Param) and value.function in functions


def calls_of_given(term: Function) -> Iterator[int]:
    """The calls that a function, or one defined in it, makes of a parameter: of the function it is handed."""
    inside = nested_functions(term.module, term.index)
    for site in calls_inside(term.module, inside):
        if is_given(term.module.facts.calls[site].callee, inside):
            yield site


def calls_inside(module: Module, functions: set[int]) -> list[int]:
    """The sites of the calls in some functions, ascending."""
    return sorted(site for function in functions for site in module.index.calls_in(function))


def is_result(value: Value | None, sites: set[int]) -> bool:
    """True for the value of one of the calls. By type, for `Result(4)` and `Const(4)` are equal as tuples."""
    return isinstance(value, Result) and value.site in sites


def nested_functions(module: Module, function: int) -> set[int]:
    """A function and all those defined in it, at any depth."""
    inside: set[int] = set()
    waiting = [function]
    while waiting:
        at = waiting.pop()
        inside.add(at)
        waiting.extend(module.index.nested(at))
    return inside


def last(value: Value) -> str:
    """The last name of a callee as written."""
    name = getattr(value, "name", "")
    return name if isinstance(name, str) else ""
