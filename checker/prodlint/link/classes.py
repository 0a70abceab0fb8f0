"""Classes of the project: bases, methods, what they write to their objects, and annotated types."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prodlint.facts import Assignment, Attr, Const, Global, Imported, Item, Op, Param, Result, SeqOf, Value
from prodlint.link.terms import (
    Bound,
    Class,
    External,
    Frame,
    Function,
    Instance,
    ItemOf,
    Module,
    Term,
    Terms,
    Typed,
    name_of,
)

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver

NOT_OBJECTS = ("typing.", "typing_extensions.", "collections.")
"""Annotations from these modules are no classes of clients."""

MAX_ALIASES = 5
"""Names of types that are followed, one to the next."""


class Classes:
    """Looks classes up."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._attribute_index: dict[tuple[str, int], tuple[int, dict[str, list[Assignment]]]] = {}
        """With the number of bodies that were unread when it was made."""
        self._ancestry: dict[tuple[str, int], tuple[list[Class], list[Term]]] = {}

    def bases(self, cls: Class) -> Terms:
        """The direct base classes."""
        return tuple(term for base in cls.facts.bases for term in self.resolver.resolve(base, cls.module.top))

    def ancestry(self, cls: Class) -> tuple[list[Class], list[Term]]:
        """The class and its project ancestors, nearest first, and the bases from outside the project."""
        key = (cls.module.path, cls.index)
        known = self._ancestry.get(key)
        if known is not None:
            return known
        found, is_whole = self.resolver.told(lambda: self._ancestry_now(cls))
        if is_whole:
            self._ancestry[key] = found
        return found

    def _ancestry_now(self, cls: Class) -> tuple[list[Class], list[Term]]:
        seen: list[Class] = []
        outside: list[Term] = []
        queue = [cls]
        while queue and len(seen) < 30:
            at = queue.pop(0)
            if any(at.module is old.module and at.index == old.index for old in seen):
                continue
            seen.append(at)
            for base in self.bases(at):
                if isinstance(base, Class):
                    queue.append(base)
                else:
                    outside.append(base.base if isinstance(base, ItemOf) else base)
        return seen, outside

    def method(self, cls: Class, name: str) -> Function | None:
        """A method of the class or its project ancestors, unbound."""
        for at in self.ancestry(cls)[0]:
            index = at.facts.methods.get(name)
            if index is not None:
                return Function(at.module, index)
        return None

    def is_property(self, decorator: Value, module: Module) -> bool:
        """True for a decorator that makes an attribute of a method."""
        return any(
            name_of(term).rpartition(".")[2] in ("property", "cached_property", "abstractproperty")
            for term in self.resolver.resolve(decorator, module.top)
        )

    def changes(self, cls: Class, name: str) -> list[Assignment]:
        """The assignments to an attribute of `self` in the methods of one class."""
        cls.module.read_changes(name, cls.index)
        return self._changes(cls).get(name, [])

    def _changes(self, cls: Class) -> dict[str, list[Assignment]]:
        key, unread = (cls.module.path, cls.index), len(cls.module.facts.unread)
        known = self._attribute_index.get(key)
        if known is None or known[0] != unread:
            index: dict[str, list[Assignment]] = {}
            known = self._attribute_index[key] = unread, index
            for change in cls.module.index.own_changes(cls.index):
                base, name = change.base, change.key
                if isinstance(base, Param):
                    is_own = is_receiver(cls.module, base.function, base.name)
                else:  # `made = super().__new__(cls); made.name = ...`
                    callee = cls.module.facts.calls[base.site].callee if isinstance(base, Result) else None
                    is_own = isinstance(callee, Attr) and callee.name == "__new__"
                if is_own and isinstance(name, str):
                    index.setdefault(name, []).append(change)
        return known[1]

    def typed(self, annotation: Value | None, frame: Frame) -> Terms:
        """Objects of an annotated type whose making is not known: project instances, or a call-less external."""
        if annotation is None:
            return ()
        found: list[Term] = []
        for value, module in self.parts(annotation, frame.module):
            if value == Const(None):
                continue
            at = frame if module is frame.module else module.top
            base, of = (value.base, (Bound(value.key, module.top),)) if isinstance(value, Item) else (value, ())
            for term in self.resolver.resolve(base, at):
                if isinstance(term, Class):
                    if not self._is_value_class(term):
                        found.append(Instance(term, None, None, of))
                elif isinstance(term, External) and "." in term.name and not term.name.startswith(NOT_OBJECTS):
                    found.append(Typed(term.name, of=of))
        return tuple(found)

    def parts(self, annotation: Value, module: Module, depth: int = 0) -> list[tuple[Value, Module]]:
        """The types an annotation allows, each with the module it is written in: names of types are followed."""
        found: list[tuple[Value, Module]] = []
        for value in annotated_parts(annotation, lambda base: self._is_generic(base, module)):
            meant = self._alias(value, module) if depth < MAX_ALIASES else None
            found.extend(self.parts(*meant, depth + 1) if meant is not None else [(value, module)])
        return found

    def _is_generic(self, base: Value, module: Module) -> bool:
        """True for a class of the project: its objects are not of the type in the brackets, as in `Entry[Data]`. Of a
        class from outside it is not known; `Optional[Data]` is one, too."""
        return all(isinstance(term, Class) for term in self.resolver.resolve(base, module.top))

    def _alias(self, value: Value, module: Module) -> tuple[Value, Module] | None:
        """What the name of a type stands for: `Client = Annotated[OpenAI, Depends(get_client)]`, here or imported."""
        if isinstance(value, Global):
            meant = module.facts.globals.get(value.name)
            if isinstance(meant, Item) or (isinstance(meant, Op) and meant.kind == "|"):
                return meant, module
            return self._alias(meant, module) if isinstance(meant, Imported) else None
        if isinstance(value, Imported) and value.name:
            path = self.resolver.program.target(value, module.path)
            if path is None or self.resolver.program.is_defined_in(path, value.name):
                return None
            source = self.resolver.program.module(path)
            if source is not None and source is not module:
                return self._alias(Global(value.name), source)
        return None

    def _is_value_class(self, cls: Class) -> bool:
        return any(name_of(base).endswith(("Enum", "TypedDict")) for base in self.bases(cls))


def annotated_parts(value: Value, is_generic: Callable[[Value], bool] = lambda _base: False) -> list[Value]:
    """The types an annotation allows: the sides of `X | Y`, the inside of `Optional[X]`, `Annotated[X, ...]`. What is
    a generic class of its own stays as it is."""
    match value:
        case Op("|", operands):
            return [part for operand in operands for part in annotated_parts(operand, is_generic)]
        case Item(base, _) if is_generic(base):
            return [value]
        case Item(base, SeqOf("tuple", items, _)):
            return [part for item in items for part in annotated_parts(item, is_generic)]
        case Item(base, index):
            return [value, *annotated_parts(index, is_generic)]
    return [value]


def is_receiver(module: Module, function: int, name: str) -> bool:
    """True for `self` of a method and `cls` of a class method."""
    facts = module.facts.functions[function]
    if facts.owner < 0 or not facts.parameters or facts.parameters[0].name != name:
        return False
    return not any(isinstance(item, Global) and item.name == "staticmethod" for item in facts.decorators)


def takes_self(module: Module, function: int) -> bool:
    """True for a method whose first parameter is its object or class."""
    facts = module.facts.functions[function]
    return bool(facts.parameters) and is_receiver(module, function, facts.parameters[0].name)
