"""Frames: one activation of a function by a call, and the parameters it has there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodlint.facts import CallSite, Const, DictOf, SeqOf, Value
from prodlint.link.binding import DEFAULT, bind
from prodlint.link.classes import takes_self
from prodlint.link.terms import Bound, Class, Frame, Function, Instance

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


MAX_CONTEXT = 4
"""Nested calls that are told apart by their arguments; below that a function stands for all its activations, whose
values are shared, so that the work stays proportional to the code."""


class Activations:
    """Makes frames, the same for the same call where that can be told."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._plain_activations: dict[tuple[object, ...], Frame] = {}
        self._of_calls: dict[tuple[object, ...], tuple[CallSite, Frame, Frame]] = {}
        """(call, frame of the call, frame it makes), by the callee and the identities of the first two. One call makes
        one frame, so that a recursive function comes back to itself."""

    def of_call(self, callee: Function, call: CallSite, frame: Frame, *, bare: bool = False) -> Frame:
        """The frame of one call of a function."""
        if frame.depth >= MAX_CONTEXT and callee.closure in (None, callee.module.top):
            return self.resolver.frame_of(callee.module, callee.index)
        skip = takes_self(callee.module, callee.index) and callee.receiver is not None
        if bare or not call.arguments:
            return self._plain(callee, frame, bare=bare, skip=skip)
        key = (callee.module, callee.index, callee.receiver, callee.closure, id(call), id(frame))
        try:
            known = self._of_calls.get(key)
        except TypeError:  # a receiver that holds a constant of an unhashable kind
            return self._with_arguments(callee, call, frame, skip=skip)
        if known is None:
            known = (call, frame, self._with_arguments(callee, call, frame, skip=skip))
            self._of_calls[key] = known
        return known[2]

    def _with_arguments(self, callee: Function, call: CallSite, frame: Frame, *, skip: bool) -> Frame:
        arguments = bind(callee.facts.parameters, call, frame, skip=skip)
        for name, argument in arguments.items():
            if argument.frame is DEFAULT:
                arguments[name] = Bound(argument.value, callee.module.top)
        return Frame(
            module=callee.module,
            function=callee.index,
            arguments=arguments,
            receiver=callee.receiver,
            closure=callee.closure,
            depth=frame.depth + 1,
        )

    def _plain(self, callee: Function, frame: Frame, *, bare: bool, skip: bool) -> Frame:
        """The frame of a call without arguments: one for each receiver, however often it is called."""
        key = (callee.module, callee.index, callee.receiver, callee.closure, bare)
        try:
            known = self._plain_activations.get(key)
        except TypeError:  # a receiver that holds a constant of an unhashable kind
            known = None
        if known is not None:
            return known
        parameters = callee.facts.parameters[1:] if skip else callee.facts.parameters
        nothing: dict[str, Value] = {"*": SeqOf("tuple", (), False), "**": DictOf((), ())}
        defaults = {item.name: nothing.get(item.kind, item.default) for item in parameters}
        arguments = {name: Bound(value, callee.module.top) for name, value in defaults.items() if value is not None}
        made = Frame(
            module=callee.module,
            function=callee.index,
            arguments=None if bare else arguments,
            receiver=callee.receiver,
            closure=callee.closure,
            depth=frame.depth + 1,
        )
        self._plain_activations[key] = made
        return made

    def of_lookup(self, method: Function, name: str) -> Frame:
        """The frame in which `__getattr__` is asked for an attribute."""
        facts = method.facts
        asked = {item.name: Bound(Const(name), method.module.top) for item in facts.parameters[1:2]}
        made = Frame(module=method.module, function=method.index, arguments=asked, receiver=method.receiver)
        try:
            return self._plain_activations.setdefault((method.module, method.index, method.receiver, name), made)
        except TypeError:  # a receiver that holds a constant of an unhashable kind
            return made

    def of_method(self, owner: Instance, at: Class, function: int) -> Frame:
        """The frame of a method of an object: of `__init__`, the call that made the object, where it is known."""
        facts = at.module.facts.functions[function]
        if facts.name == "__init__" and owner.site is not None and owner.frame is not None:
            init = Function(at.module, function, owner)
            runs = self.resolver.classes.method(owner.cls, "__init__")
            if runs is not None and runs.module is init.module and runs.index == init.index:
                call = owner.frame.module.facts.calls[owner.site]
                return self.of_call(init, call, owner.frame)
        return self.resolver.frame_of(at.module, function)
