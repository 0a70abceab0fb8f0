"""Attributes that are changed from outside the class or module they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodlint.facts import Assignment, Attr, CallSite, Param, Value
from prodlint.link.classes import is_receiver
from prodlint.link.program import Cursor
from prodlint.link.steps import CHANGING, steps_of, with_steps
from prodlint.link.terms import Class, Instance, Mapping, Module, Package, Term, Terms, Unknown
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


class Write(NamedTuple):
    """One change."""

    module: Module
    base: Value
    """The object whose attribute it is."""
    change: Assignment | CallSite


class Writes:
    """Finds changes to attributes from outside."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._writes: dict[tuple[Class | Module, str], tuple[Write, ...]] = {}
        self._write_index: dict[str, list[Write]] = {}
        self._news = Cursor(resolver.program)

    def added_to(self, found: Terms, owner: Class | Module, name: str) -> Terms:
        """The values of an attribute that is also assigned, or whose dict is changed, where `self.name = ...` in
        the methods of the class does not tell: `Settings.timeout = x`, `bot.timeout = 30`, `self.options["x"] = y`."""
        writes = self._of(owner, name)
        if not writes:
            return found
        why = f"`{name}` is also changed at {writes[0].module.path}:{writes[0].change.span.line}"
        if not all(isinstance(term, Mapping) for term in found):
            return (*found, Unknown(why))
        changed: list[Term] = []
        for term in found:
            assert isinstance(term, Mapping)
            steps = [
                step
                for write in writes
                for step in steps_of(
                    write.change, self.resolver.frame_of(write.module, write.change.function), term.frame.module
                )
            ]
            changed.append(with_steps(term, steps, why))
        return tuple(changed)

    def _of(self, owner: Class | Module, name: str) -> tuple[Write, ...]:
        """The changes of an attribute of a class's objects or of a module from outside."""
        key = (owner, name)
        known = self._writes.get(key)
        if known is None:
            self._writes[key] = ()  # while the answer is looked for, the question may come up again
            known = tuple(
                write
                for write in self._of_name(name)
                if self._is_of(write.base, write.module, write.change.function, owner)
            )
            self._writes[key] = known
        return known

    def _of_name(self, name: str) -> list[Write]:
        """Everything that changes an attribute of that name in place."""
        self.resolver.program.read_changes(name)
        for module, calls, changes in self._news.fresh():
            for change in changes:
                base = change.base
                if isinstance(change.key, str):
                    if isinstance(base, Param) and is_receiver(module, base.function, base.name):
                        continue  # `self.name = ...` is read with the class it stands in
                    self._write_index.setdefault(change.key, []).append(Write(module, base, change))
                elif isinstance(base, Attr):
                    self._write_index.setdefault(base.name, []).append(Write(module, base.base, change))
            for call in calls:
                if isinstance(call.callee, Attr) and call.callee.name in CHANGING:
                    owner = call.callee.base
                    if isinstance(owner, Attr):
                        self._write_index.setdefault(owner.name, []).append(Write(module, owner.base, call))
        return self._write_index.get(name, [])

    def _is_of(self, base: Value, module: Module, function: int, owner: Class | Module) -> bool:
        """True when a value is an object of the class (or the class itself), or the module."""
        for term in self.resolver.resolve(base, self.resolver.frame_of(module, function)):
            if isinstance(owner, Module):
                if isinstance(term, Package) and term.module is owner:
                    return True
                continue
            cls = term.cls if isinstance(term, Instance) else term
            if isinstance(cls, Class) and any(at == owner for at in self.resolver.classes.ancestry(cls)[0]):
                return True
        return False
