"""Operations that something holds: `self._create = client.responses.create`, whose calls are the requests."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.facts import Attr, CallSite, OneOf, Param, Value
from prodlint.link.classes import is_receiver
from prodlint.link.objects import Objects
from prodlint.link.terms import Class, Frame, Function, Instance, Module
from prodlint.link.wording import Wording
from prodlint.values import replace


class Held:
    """The names under which operations are held."""

    def __init__(self, objects: Objects, wording: Wording) -> None:
        self.objects = objects
        self.wording = wording
        self.resolver = objects.resolver
        self.operations = objects.operation_tails
        self.names: set[str] = set()
        """Of variables and attributes that hold an operation, or a partial of one."""

    def may_be(self, value: Value, module: Module) -> bool:
        """True for an attribute that is named like an operation, or like what holds one."""
        if not isinstance(value, Attr):
            return False
        is_named = value.name in self.operations and not self.wording.is_misplaced(value, module)
        return is_named or value.name in self.names

    def collect(self, module: Module) -> None:
        """Note the names under which a module holds operations, itself or in objects it makes of the project's
        classes."""
        bound = [(change.key, change.value) for change in module.facts.assignments if isinstance(change.key, str)]
        bound.extend(module.facts.globals.items())
        for facts in module.facts.classes:
            bound.extend(facts.attributes.items())
        for name, value in bound:
            options = value.options if isinstance(value, OneOf) else (value,)
            if any(
                isinstance(option, Attr)
                and option.name in self.operations
                and not self.wording.is_misplaced(option, module)
                for option in options
            ):
                self.names.add(name)
        for site, call in enumerate(module.facts.calls):
            for given in call.arguments:
                is_named = isinstance(given.value, Attr) and given.value.name in self.operations
                if is_named and not self.wording.is_misplaced(given.value, module):
                    self.names.update(name for _, name in self.kept(module, site, call, given.value))

    def kept(self, module: Module, site: int, call: CallSite, given: Value) -> Iterator[tuple[Module, str]]:
        """The attributes in which a class of the project keeps an operation that a call hands to its constructor, each
        with the module of the class."""
        frame = self.resolver.frame_of(module, call.function)
        for cls in self.resolver.resolve(call.callee, frame):
            if not isinstance(cls, Class) or not self._is_operation(given, call, frame):
                continue
            init = self.resolver.classes.method(cls, "__init__")
            if init is None:
                continue
            made = replace(init, receiver=Instance(cls, site, frame))
            held = self.resolver.activations.of_call(made, call, frame).arguments or {}
            for change in init.module.index.changes_in(init.index):
                source = change.value if isinstance(change.value, Param) else None
                given_here = source is not None and source.name in held and held[source.name].value == given
                if isinstance(change.key, str) and given_here and _is_own(change.base, init):
                    yield init.module, change.key

    def _is_operation(self, value: Value, call: CallSite, frame: Frame) -> bool:
        return any(self.objects.matches(term, call, frame) for term in self.resolver.resolve(value, frame))


def _is_own(base: Value, method: Function) -> bool:
    """True for the `self` of a method."""
    return isinstance(base, Param) and is_receiver(method.module, method.index, base.name)
