"""Values of settings: what a term means in the unit of a setting, and what several alternatives amount to."""

from __future__ import annotations

from prodlint.facts import Span
from prodlint.frameworks.tables import Frameworks
from prodlint.link.binding import place
from prodlint.link.lookup import Present
from prodlint.link.resolve import Resolver
from prodlint.link.terms import (
    INJECTED,
    NOTHING,
    Environment,
    External,
    Known,
    Made,
    Module,
    Parameter,
    Term,
    Unknown,
    name_of,
)
from prodlint.model import Location, Setting, SettingValue, State
from prodlint.sdks.schema import Spelling
from prodlint.values import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """One alternative for a setting that is given."""

    value: SettingValue
    constant: bool
    origin: Location
    is_none: bool = False
    may_be_none: str = ""
    """Not empty: why it may be None, which nobody can tell here."""


class Values:
    """Reads terms as values of settings."""

    def __init__(self, resolver: Resolver, frameworks: Frameworks) -> None:
        self.resolver = resolver
        self.frameworks = frameworks

    def of(self, term: Term, spelling: Spelling, at: Present) -> Value | None:
        """One alternative; None when it amounts to not being given."""
        origin = at.module.location(at.span) if at.span is not None else at.module.location(_TOP)
        if spelling.present is not None and term != NOTHING:
            return Value(spelling.present, True, origin)
        match term:
            case Known(None):
                return Value(None, True, origin, is_none=True) if spelling.none == "value" else None
            case Known(0) if spelling.none == "falsy":
                return None
            case Known(value):
                return Value(_scaled(value, spelling), True, origin)
            case Environment(_, default):
                value = _scaled(default.value, spelling) if isinstance(default, Known) else None
                return Value(value, False, origin)
            case External(name) if self.frameworks.sentinels.find(name) is not None:
                return None
            case Parameter(module, function, name):
                return self._parameter(module, function, name, spelling, origin)
            case Made():
                return self._duration(term, spelling, origin)
            case Unknown() if term == INJECTED:
                return Value(None, False, origin)
        return Value(None, False, origin)

    def _parameter(self, module: Module, function: int, name: str, spelling: Spelling, origin: Location) -> Value:
        declared = next(item for item in module.facts.functions[function].parameters if item.name == name)
        if declared.default is None:
            return Value(None, False, origin)
        default = self.resolver.one(declared.default, module.top)
        if default == NOTHING or (isinstance(default, External) and self.frameworks.sentinels.find(default.name)):
            why = f"{from_callers(module, function, name)}, and is None when they leave it out"
            return Value(None, False, origin, may_be_none=why)
        if isinstance(default, Known):
            return Value(_scaled(default.value, spelling), False, origin)
        return Value(None, False, origin)

    def _duration(self, made: Made, spelling: Spelling, origin: Location) -> Value:
        """`httpx.Timeout(30)`: the bound it sets."""
        row = self.frameworks.durations.find(name_of(made.callee))
        if row is None or row.form != "timeout":
            return Value(None, False, origin)
        value = place(made.call.arguments, row.bounds)
        if value is None:
            if any(item.stars for item in made.call.arguments):
                return Value(None, False, origin)
            return Value(row.default, True, origin, is_none=row.default is None)
        term = self.resolver.one(value, made.frame)
        if isinstance(term, Known):
            return Value(_scaled(term.value, spelling), True, origin, is_none=term.value is None)
        return Value(None, False, origin)


def merged(values: list[Value]) -> Setting:
    """What the alternatives for a setting have in common."""
    first = values[0]
    unsure = next((value.may_be_none for value in values if value.may_be_none), "")
    if unsure:
        return unknown(unsure)
    nones = [value for value in values if value.is_none]
    if nones and len(nones) < len(values):
        return unknown("None on some paths")
    constant = all(value.constant and value.value == first.value for value in values)
    known = first.value if all(value.value == first.value for value in values) else None
    why = "" if constant else "known at run time only"
    return Setting(state=State.SET, value=known, constant=constant, origin=first.origin, why=why)


def _scaled(value: SettingValue, spelling: Spelling) -> SettingValue:
    """The number in the normalised unit; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        result = value * spelling.scale + spelling.offset
        return int(result) if isinstance(value, int) and result == int(result) else result
    except OverflowError:  # digits beyond what a float holds, or no number at all
        return value


def unknown(why: str) -> Setting:
    return Setting(state=State.UNKNOWN, constant=False, why=why)


def from_callers(module: Module, function: int, name: str) -> str:
    facts = module.facts.functions[function]
    return f"`{name}` of `{facts.qualname}` comes from callers outside the project"


_TOP = Span(1, 1, 1, 1)
