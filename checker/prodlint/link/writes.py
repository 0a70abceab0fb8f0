"""Attributes that are changed from outside the class or module they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodlint.facts import Attr, DictOf, Entry, Opaque, Param, Value
from prodlint.link.classes import is_receiver
from prodlint.link.terms import Class, Instance, Mapping, Module, Package, Terms, Unknown

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


class Writes:
    """Finds changes to attributes from outside."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._writes: dict[tuple[Class | Module, str], str] = {}
        self._write_index: dict[str, list[tuple[Module, Value, int, int]]] = {}
        self._indexed = 0

    def added_to(self, found: Terms, owner: Class | Module, name: str) -> Terms:
        """The values of an attribute that is also assigned, or whose dict is changed, where `self.name = ...` in
        the methods of the class does not tell: `Settings.timeout = x`, `bot.timeout = 30`, `self.options["x"] = y`."""
        place = self._place(owner, name)
        if not place:
            return found
        why = f"`{name}` is also changed at {place}"
        if all(isinstance(term, Mapping) for term in found):
            rest = Entry("splat", None, Opaque(why), None, True)
            return tuple(
                Mapping(DictOf((*term.value.entries, rest), term.value.touched), term.frame)
                for term in found
                if isinstance(term, Mapping)
            )
        return (*found, Unknown(why))

    def _place(self, owner: Class | Module, name: str) -> str:
        """Where an attribute of a class's objects or of a module is changed from outside; empty when nowhere."""
        key = (owner, name)
        known = self._writes.get(key)
        if known is None:
            self._writes[key] = ""  # while the answer is looked for, the question may come up again
            known = self._find(owner, name)
            self._writes[key] = known
        return known

    def _find(self, owner: Class | Module, name: str) -> str:
        for module, base, function, line in self._of_name(name):
            if self._is_of(base, module, function, owner):
                return f"{module.path}:{line}"
        return ""

    def _of_name(self, name: str) -> list[tuple[Module, Value, int, int]]:
        """(module, object, function, line) of everything that changes an attribute of that name in place."""
        for module in self.resolver.program.since(self._indexed):
            for change in module.facts.assignments:
                base = change.base
                if isinstance(change.key, str):
                    if isinstance(base, Param) and is_receiver(module, base.function, base.name):
                        continue  # `self.name = ...` is read with the class it stands in
                    where = (module, base, change.function, change.span.line)
                    self._write_index.setdefault(change.key, []).append(where)
                elif isinstance(base, Attr):
                    where = (module, base.base, change.function, change.span.line)
                    self._write_index.setdefault(base.name, []).append(where)
            for call in module.facts.calls:
                callee = call.callee
                if (
                    isinstance(callee, Attr)
                    and callee.name in ("update", "setdefault")
                    and isinstance(callee.base, Attr)
                ):
                    where = (module, callee.base.base, call.function, call.span.line)
                    self._write_index.setdefault(callee.base.name, []).append(where)
        self._indexed = len(self.resolver.program.modules)
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
