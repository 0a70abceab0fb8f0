"""What a parameter holds: in one activation, or over all callers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prodlint.facts import CallSite, Global, Result
from prodlint.facts import Parameter as ParameterFacts
from prodlint.link.binding import DEFAULT, bind, is_empty, place
from prodlint.link.classes import annotated_parts, is_receiver, takes_self
from prodlint.link.terms import (
    CHOSEN,
    Attribute,
    Class,
    Frame,
    Function,
    Instance,
    Module,
    Parameter,
    Term,
    Terms,
    Typed,
    Unknown,
    is_vague,
    name_of,
    root_of,
)
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


class Caller(NamedTuple):
    """One call of a function; what hands it over (`to_thread(f, x)`) counts as the call `f(x)`."""

    call: CallSite
    frame: Frame


class CallsOf(NamedTuple):
    """The calls of one function."""

    certain: tuple[Caller, ...] = ()
    possible: tuple[Caller, ...] = ()
    """Calls of a method of the same name on an object of which nothing is known."""
    is_open: bool = False
    """True when the function is handed over, too: then it is not seen who calls it."""


class Parameters:
    """Values of parameters."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def in_frame(self, function: int, name: str, frame: Frame) -> Iterable[Term]:
        """What a parameter is in an activation of its function or of one nested in it."""
        at: Frame | None = frame
        while at is not None:
            if at.function == function:
                if at.arguments is not None and name in at.arguments:
                    return self.resolver.all(at.arguments[name])
                if at.receiver is not None and is_receiver(at.module, function, name):
                    return (at.receiver,)
                break
            at = at.closure
        return self.from_callers(frame.module, function, name)

    def from_callers(self, module: Module, function: int, name: str) -> Terms:
        """What a parameter can be over all callers."""
        facts = module.facts.functions[function]
        if is_receiver(module, function, name):
            owner = Class(module, facts.owner)
            is_class = any(isinstance(item, Global) and item.name == "classmethod" for item in facts.decorators)
            return (owner,) if is_class else (Instance(owner, None, None),)
        declared = next((item for item in facts.parameters if item.name == name), None)
        if declared is None:
            return (Unknown("a parameter that is not declared"),)
        injected = self._injected(declared, module)
        if injected and not all(isinstance(term, Unknown | Parameter | Attribute) for term in injected):
            return injected
        calls, possible, is_open = self.resolver.callers_of(module, function)
        found: list[Term] = []
        for site, frame in calls:
            bound = bind(facts.parameters, site, frame, skip=self._skips_self(module, function, site, frame))
            argument = bound.get(name)
            if self._is_chosen(site, frame):
                found.append(CHOSEN)
            elif argument is None:
                found.append(Unknown("it is not visible what the caller passes"))
            elif argument.frame is DEFAULT:
                found.extend(self._default(declared, module))
            else:
                found.extend(self.resolver.all(argument))
        typed = self.resolver.classes.typed(declared.annotation, module.top)
        useful = [term for term in found if not is_vague(term)]
        if calls and not is_open and (useful or not typed):
            is_public = self.resolver.is_public(module, function)
            if (is_public and not self._is_given(facts.parameters, declared, calls, module, function)) or any(
                self._may_give(facts.parameters, declared, call) for call in possible
            ):
                is_like_others = len(typed) == 1 and _has_arguments(typed[0])
                return (*found, *(typed if is_like_others else (Parameter(module, function, name),)))
            return tuple(found)
        if typed and not useful:
            return tuple(typed)
        if injected:
            return injected
        return (*useful, Parameter(module, function, name))

    def _is_given(
        self,
        parameters: tuple[ParameterFacts, ...],
        declared: ParameterFacts,
        calls: tuple[Caller, ...],
        module: Module,
        function: int,
    ) -> bool:
        """True when some caller in the project passes the parameter, or every caller has to."""
        if declared.kind == "**":
            return False  # whatever the callers here pass, others may pass more
        if declared.kind != "*" and declared.default is None:
            return True
        for site, frame in calls:
            skip = self._skips_self(module, function, site, frame)
            given = bind(parameters, site, frame, skip=skip).get(declared.name)
            is_left_out = given is not None and (given.frame is DEFAULT or is_empty(given.value))
            if not is_left_out:
                return True
        return False

    @staticmethod
    def _may_give(parameters: tuple[ParameterFacts, ...], declared: ParameterFacts, caller: Caller) -> bool:
        """True when a call of an unknown object's method fits this one, and gives the parameter."""
        site, frame = caller
        names = {item.name for item in parameters}
        kinds = {item.kind for item in parameters}
        if "**" not in kinds and any(
            given.keyword is not None and given.keyword not in names for given in site.arguments
        ):
            return False
        positional = sum(1 for given in site.arguments if given.keyword is None and not given.stars)
        if "*" not in kinds and positional > sum(1 for item in parameters[1:] if item.kind == "positional"):
            return False
        given = bind(parameters, site, frame, skip=True).get(declared.name)
        return given is None or not (given.frame is DEFAULT or is_empty(given.value))

    def _skips_self(self, module: Module, function: int, call: CallSite, frame: Frame) -> bool:
        """True when a call of a method does not give `self` itself: all do but `Base.method(self, ...)`."""
        if not takes_self(module, function):
            return False
        terms = self.resolver.resolve(call.callee, frame)
        return not any(
            isinstance(term, Function) and term.module is module and term.index == function and term.receiver is None
            for term in terms
        )

    def _is_chosen(self, call: CallSite, frame: Frame) -> bool:
        """True for a call of one of several functions, by a key that is not known: what it passes reaches one."""
        return any(root_of(term) == CHOSEN for term in self.resolver.resolve(call.callee, frame))

    def _default(self, declared: ParameterFacts, module: Module) -> Terms:
        if declared.default is None:
            return (Unknown("a required argument is missing"),)
        return self.resolver.resolve(declared.default, module.top)

    def _injected(self, declared: ParameterFacts, module: Module) -> Terms:
        """FastAPI's `Depends(f)`, as default or inside `Annotated`: what `f` returns."""
        parts = [] if declared.default is None else [(value, module) for value in annotated_parts(declared.default)]
        if declared.annotation is not None:
            parts.extend(self.resolver.classes.parts(declared.annotation, module))
        for candidate, at in parts:
            if not isinstance(candidate, Result):
                continue
            site = at.facts.calls[candidate.site]
            rows = [
                self.resolver.frameworks.values.find(name_of(callee))
                for callee in self.resolver.resolve(site.callee, at.top)
            ]
            row = next((row for row in rows if row is not None and row.effect == "injected"), None)
            provider = place(site.arguments, row.value) if row is not None else None
            if provider is not None:
                made = [
                    term
                    for maker in self.resolver.resolve(provider, at.top)
                    for term in self.resolver.results.called(maker, at, candidate.site, at.top, bare=True)
                ]
                return tuple(term for maker in made for term in self.resolver.results.entered(maker))
        return ()


def _has_arguments(term: Term) -> bool:
    """True for an object of a type with arguments, `Entry[Data]`: what is set on one holds for all of that type."""
    return isinstance(term, Instance | Typed) and bool(term.of)
