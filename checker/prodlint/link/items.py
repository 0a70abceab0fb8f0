"""Items, elements and methods of dicts and lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prodlint.facts import CallSite, Value
from prodlint.link.lookup import Absent, Present, changed_by, lookup
from prodlint.link.terms import (
    CHOSEN,
    NOTHING,
    Attribute,
    Bound,
    Class,
    Compound,
    Environment,
    Frame,
    Function,
    Instance,
    ItemOf,
    Known,
    Mapping,
    Sequence,
    Term,
    Unknown,
    name_of,
)

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


MAX_SPLATS = 4
"""Dicts within dicts that are looked into for a key that is not constant."""

MAX_ELEMENTS = 10
"""Items of a list up to which a loop over it stands for each of them."""


class Items:
    """What stands inside a container."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def item(self, owner: Term, key: Bound) -> Iterable[Term]:
        """`owner[key]`"""
        if isinstance(owner, Mapping):
            name = self.resolver.one(key.value, key.frame)
            if not isinstance(name, Known):
                return self._chosen(self._any_of(owner, 0)) or (Unknown("the key is not constant"),)
            found: list[Term] = []
            for choice in lookup(self.resolver, owner, name.value):
                if isinstance(choice, Present):
                    found.extend(self.resolver.all(choice.bound))
                elif isinstance(choice, Absent):
                    found.append(Unknown("no such key"))
                else:
                    found.append(Unknown(choice.why))
            return found
        if isinstance(owner, Sequence):
            index = self.resolver.one(key.value, key.frame)
            items = owner.value.items
            at = index.value if isinstance(index, Known) else None
            if isinstance(at, int) and not owner.value.open and -len(items) <= at < len(items):
                return self.resolver.resolve(items[at], owner.frame)
            return (ItemOf(owner, key),)
        mapping = name_of(owner)
        if mapping and self.resolver.frameworks.env_readers.find(mapping) is not None and not mapping.endswith("get"):
            term = self.resolver.one(key.value, key.frame)
            return (Environment(str(term.value) if isinstance(term, Known) else "", None),)
        if mapping == "sys.modules":
            return self.resolver.names.by_name(key)
        return (ItemOf(owner, key),)

    @staticmethod
    def _chosen(found: list[Term]) -> list[Term]:
        """What a registry may give. Where it holds different code of the project, which of it runs is not known."""
        code = [term for term in found if isinstance(term, Function | Class | Instance)]
        return [*found, CHOSEN] if any(term != code[0] for term in code) else found

    def _any_of(self, owner: Mapping, depth: int) -> list[Term]:
        """What a key that is only known at run time gives: any of the values, and Unknown where more may be there."""
        changed, _ = changed_by(self.resolver, owner)
        found: list[Term] = [Unknown(changed)] if changed else []
        for entry in owner.value.entries:
            if entry.how in ("set", "weak"):
                found.extend(self.resolver.resolve(entry.value, owner.frame))
            elif entry.how in ("splat", "some"):
                for term in self.resolver.resolve(entry.value, owner.frame):
                    if isinstance(term, Mapping) and depth < MAX_SPLATS:
                        found.extend(self._any_of(term, depth + 1))
                    elif term != NOTHING:
                        found.append(Unknown("the key is not constant"))
        return found

    def element(self, owner: Term, base: Value, frame: Frame) -> Iterable[Term]:
        """What a loop over `owner`, the value of `base`, yields."""
        if isinstance(owner, Sequence) and not owner.value.open and 0 < len(owner.value.items) <= MAX_ELEMENTS:
            return [term for item in owner.value.items for term in self.resolver.resolve(item, owner.frame)]
        return (Compound("element", (Bound(base, frame),)),)

    def method(self, callee: Attribute, call: CallSite, frame: Frame) -> Iterable[Term]:
        """What a method of a visible dict or list gives."""
        owner = callee.base
        if isinstance(owner, Mapping) and callee.name in ("get", "pop", "setdefault") and call.arguments:
            found = list(self.item(owner, Bound(call.arguments[0].value, frame)))
            missing = [term for term in found if isinstance(term, Unknown) and term.why == "no such key"]
            is_constant = isinstance(self.resolver.one(call.arguments[0].value, frame), Known)
            if missing or not is_constant:
                rest = [term for term in found if term not in missing]
                if len(call.arguments) > 1:
                    return [*rest, *self.resolver.resolve(call.arguments[1].value, frame)]
                return [*rest, NOTHING]
            return found
        if callee.name == "copy":
            return (owner,)
        return (Unknown(f"the result of `{callee.name}`"),)
