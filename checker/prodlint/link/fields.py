"""Class-level attributes: plain ones, and fields of dataclasses, models and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodlint.facts import Attr, CallSite, Result
from prodlint.link.binding import place
from prodlint.link.terms import (
    NOTHING,
    Class,
    Environment,
    External,
    Frame,
    Instance,
    Known,
    Made,
    Term,
    Terms,
    Unknown,
    name_of,
)

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


class Fields:
    """Values of fields."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def field(self, owner: Instance, at: Class, name: str, outside: list[Term]) -> Terms:
        """A class-level attribute: a plain one, or a dataclass, pydantic or settings field."""
        is_settings = any(self.resolver.frameworks.settings_bases.find(name_of(base)) for base in outside)
        has_init = self.resolver.classes.method(owner.cls, "__init__") is not None
        value = at.facts.attributes.get(name)
        found: Terms = self.resolver.resolve(value, at.module.top) if value is not None else ()
        if name in at.facts.annotations and not has_init and not is_settings:
            made = [(owner.site, owner.frame)] if owner.site is not None and owner.frame is not None else []
            if not made:
                made = [
                    (bound.value.site, bound.frame)
                    for bound in self.resolver.makers_of(owner.cls)
                    if isinstance(bound.value, Result)
                ]
            given = [self._given(at, name, frame.module.facts.calls[site], frame) for site, frame in made]
            if made and all(terms is not None for terms in given):
                return tuple(term for terms in given if terms is not None for term in terms)
            if made and (found or any(given)):
                defaults = tuple(_field_default(self.resolver, term) for term in found)
                is_made_here = owner.site is not None
                if not is_made_here and all(terms is None for terms in given) and self.resolver.is_public_class(at):
                    return (*defaults, Unknown(f"users of the library may give `{name}`"))
                return tuple(term for terms in given for term in (terms if terms is not None else defaults))
        defaults = tuple(_field_default(self.resolver, term) for term in found)
        if is_settings:
            known = defaults[0] if len(defaults) == 1 and isinstance(defaults[0], Known) else None
            return (Environment(name.upper(), known),)
        given_to_super = self._given_to_super(owner, name) if has_init and outside else ()
        if given_to_super:
            return given_to_super
        if has_init and all(term == NOTHING for term in defaults):
            return (*defaults, *self.resolver.classes.typed(at.facts.annotations.get(name), at.module.top))
        if name in at.facts.annotations and not has_init:
            typed = self.resolver.classes.typed(at.facts.annotations[name], at.module.top)
            useful = [term for term in defaults if term != NOTHING and not isinstance(term, Unknown)]
            if owner.site is not None and defaults:
                return defaults
            if useful and not typed:
                return (*useful, Unknown(f"the field `{name}` may be given when the object is made"))
            left_out = tuple(term for term in defaults if term == NOTHING)
            if useful or typed:
                return (*left_out, *useful, *typed)
            return (*left_out, Unknown(f"the field `{name}` is given when the object is made"))
        return defaults

    def _given_to_super(self, owner: Instance, name: str) -> Terms:
        """What the `__init__` of a class or of its bases hands to an outside base, by the one that is next to that:
        `super().__init__(client=OpenAI())`."""
        for at in reversed(self.resolver.classes.ancestry(owner.cls)[0]):
            for site in at.module.index.calls_in(at.facts.methods.get("__init__", -1)):
                call = at.module.facts.calls[site]
                if not isinstance(call.callee, Attr) or call.callee.name != "__init__":
                    continue
                value = place(call.arguments, (name,))
                if value is not None:
                    return self.resolver.resolve(value, self.resolver.activations.of_method(owner, at, call.function))
        return ()

    def _given(self, cls: Class, name: str, call: CallSite, frame: Frame) -> Terms | None:
        """What a construction gives for a field of a dataclass or model; None when it leaves it to the default."""
        for argument in call.arguments:
            if argument.keyword == name:
                return self.resolver.resolve(argument.value, frame)
        if any(argument.stars for argument in call.arguments):
            return (Unknown(f"the field `{name}` may be in what is splatted"),)
        positional = [argument.value for argument in call.arguments if argument.keyword is None]
        position = list(cls.facts.annotations).index(name)
        return self.resolver.resolve(positional[position], frame) if position < len(positional) else None


def _field_default(resolver: Resolver, term: Term) -> Term:
    """The default of `field(default=...)`, `Field(...)`, `field(default_factory=f)`."""
    if isinstance(term, Made) and name_of(term.callee).rpartition(".")[2] in ("field", "Field", "attrib", "ib"):
        call = term.call
        value = place(call.arguments, ("default", "@0"))
        if value is not None:
            found = resolver.resolve(value, term.frame)
            return found[0] if len(found) == 1 else Unknown("several defaults are possible")
        factory = place(call.arguments, ("default_factory", "factory"))
        if factory is not None:
            for callee in resolver.resolve(factory, term.frame):
                made = tuple(resolver.results.called(callee, term.module, term.site, term.frame, bare=True))
                if isinstance(callee, External):
                    return Made(callee, term.module, term.site, term.frame, bare=True)
                if len(made) == 1:
                    return made[0]
        return Unknown("a field without a default")
    return term
