"""Attributes: of modules, classes, objects, and of what comes from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prodlint.facts import Attr, Global, Imported, Param, Result, Value
from prodlint.link.binding import place
from prodlint.link.terms import (
    NOTHING,
    Attribute,
    Class,
    External,
    Frame,
    Function,
    Instance,
    Known,
    Made,
    Module,
    Package,
    Term,
    Terms,
    Typed,
    Unknown,
    is_vague,
    name_of,
)
from prodlint.values import replace

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


class Members:
    """Values of attributes."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def of_any(self, owners: Terms, name: str, near: Module) -> Iterable[Term]:
        """`owner.name`, read in the module `near`, of an object that may be any of `owners`: one of those that have
        it."""
        found = [term for owner in owners for term in self.attribute(owner, name, near)]
        if len(owners) < 2:
            return found
        return [term for term in found if not self._is_missing(term)] or found

    def _is_missing(self, term: Term) -> bool:
        """True for an attribute that nothing gives to the objects of a class, which is in sight with all its bases."""
        owner = term.base if isinstance(term, Attribute) else None
        if not isinstance(owner, Instance):
            return False
        asked = self.resolver.classes.method(owner.cls, "__getattr__")
        if asked is not None:
            return asked.whole.raises
        return owner.site is None and not self.resolver.classes.ancestry(owner.cls)[1]

    def attribute(self, owner: Term, name: str, near: Module | None = None) -> Iterable[Term]:
        """`owner.name`; `near` is the module that reads it."""
        match owner:
            case Package(module):
                return self._module_attribute(module, name)
            case External(dotted):
                return self._shared(owner, name) or (External(f"{dotted}.{name}"),)
            case Made() if name_of(owner.callee) == "super":
                return self._of_super(owner, name)
            case Attribute(_, "state" | "ctx"):
                return self._shared(owner, name) or (Attribute(owner, name),)
            case Made() | Typed():
                return self._set_on(owner, name) or self._given_to(owner, name) or (Attribute(owner, name),)
            case Instance():
                assigned = self._set_on(owner, name) if owner.of else ()
                if assigned:
                    return assigned
                found = tuple(self._instance_attribute(owner, name))
                found = self._with_overrides(owner, name, found) if owner.site is None else found
                return self._from_outside(owner, name, found, near) or found
            case Class():
                return self._class_attribute(owner, name)
            case Function() if name == "__wrapped__":
                return (owner,)
            case Known(value) if value is not None and name == "value":
                return (owner,)  # the member of an enumeration is taken for its value, and a constant has no such name
            case Known(None):
                return ()  # where a module may be missing (`types = None`), its attributes are not read
        return (Attribute(owner, name),)

    def _of_super(self, owner: Made, name: str) -> Iterable[Term]:
        """`super().name`, `super(Bot, self).name`"""
        around = self._class_around(owner)
        if around is None:
            return (Attribute(owner, name),)
        cls, is_class = around
        classes, outside = self.resolver.classes.ancestry(cls)
        receiver: Term = cls if is_class else Instance(cls, None, None)
        for at in classes[1:]:
            index = at.facts.methods.get(name)
            if index is not None:
                return (Function(at.module, index, receiver),)
        for base in outside:
            dotted = name_of(base)
            if dotted and name != "__init__":
                return (External(f"{dotted}.{name}"),) if is_class else (Attribute(Typed(dotted), name),)
        return (Attribute(owner, name),)

    def _class_around(self, owner: Made) -> tuple[Class, bool] | None:
        """The class above which `super` looks, and whether it looks for a class and not for an object."""
        named, of = place(owner.call.arguments, ("@0",)), place(owner.call.arguments, ("@1",))
        if named is not None and of is not None:
            cls = self.resolver.one(named, owner.frame)
            is_class = any(isinstance(term, Class) for term in self.resolver.resolve(of, owner.frame))
            return (cls, is_class) if isinstance(cls, Class) else None
        facts = owner.module.facts.functions[owner.call.function]
        is_class = any(isinstance(item, Global) and item.name == "classmethod" for item in facts.decorators)
        return (Class(owner.module, facts.owner), is_class) if facts.owner >= 0 else None

    def _shared(self, owner: External | Attribute, name: str) -> Terms:
        """What the project assigns to an attribute of an object it shares: `app.state.client`, Flask's `g.client`."""
        if isinstance(owner, Attribute):
            return self._assigned(name, lambda base, _: isinstance(base, Attr) and base.name == owner.name)
        proxy = self.resolver.frameworks.values.find(owner.name)
        makers = proxy.value if proxy is not None and proxy.effect == "proxy" else ()

        def is_owner(base: Value, frame: Frame) -> bool:
            return isinstance(base, Imported | Global | Attr | Result) and any(
                term == owner or name_of(term) in makers for term in self.resolver.resolve(base, frame)
            )

        return self._assigned(name, is_owner)

    def _from_outside(self, owner: Instance, name: str, found: Terms, near: Module | None) -> Terms:
        """The objects that are assigned to an attribute which the class itself leaves open: `app.llm = OpenAI()`."""
        classes = self.resolver.classes.ancestry(owner.cls)[0]
        if any(name in at.facts.methods or self.resolver.classes.changes(at, name) for at in classes):
            return ()
        is_declared = any(_is_declared(term) for term in found)
        if not all(_is_declared(term) or is_vague(term) for term in found):
            return ()
        if is_declared and self.resolver.is_public_class(owner.cls):
            return ()  # users of the library may give it, too
        assigned = self._set_on(owner, name, near)
        return assigned if all(isinstance(term, Made | Instance) for term in assigned) else ()

    def _set_on(self, owner: Made | Typed | Instance, name: str, near: Module | None = None) -> Terms:
        """What the project assigns to an attribute of a library's object: `bot.llm = AsyncOpenAI()`.

        Of an object whose class alone is known, it is what any object of the class is given; of the same types, where
        the class is generic (`entry: Entry[Data]`). Where they are not known, what is given beside the module `near`.
        """

        def is_owner(base: Value, frame: Frame) -> bool:
            is_beside = near is not None and _folder(near) == _folder(frame.module)
            return isinstance(base, Global | Imported | Attr | Result | Param) and any(
                _is_same(owner, term, is_beside=is_beside) for term in self.resolver.resolve(base, frame)
            )

        return self._assigned(name, is_owner)

    def _given_to(self, owner: Made | Typed, name: str) -> Terms:
        """The attribute of a plain holder of values: `SimpleNamespace(client=OpenAI()).client`."""
        row = self.resolver.frameworks.values.find(name_of(owner.callee)) if isinstance(owner, Made) else None
        if row is None or row.effect != "namespace" or not isinstance(owner, Made):
            return ()
        value = place(owner.call.arguments, (name,))
        return self.resolver.resolve(value, owner.frame) if value is not None else ()

    def _assigned(self, name: str, is_owner: Callable[[Value, Frame], bool]) -> Terms:
        """What the project assigns to attributes of that name, of the objects that `is_owner` accepts."""
        found: list[Term] = []
        for module, change in list(self.resolver.program.changes_of(name)):
            frame = self.resolver.frame_of(module, change.function)
            if is_owner(change.base, frame):
                found.extend(self.resolver.resolve(change.value, frame))
        return tuple(term for term in found if term != NOTHING)

    def _module_attribute(self, module: Module, name: str) -> Iterable[Term]:
        if name in module.facts.globals:
            return self.resolver.writes.added_to(self.resolver.resolve(Global(name), module.top), module, name)
        sub = self.resolver.program.submodule(module.path, name)
        inner = self.resolver.program.module(sub) if sub is not None else None
        if inner is not None:
            return (Package(inner),)
        if module.facts.star_imports:
            return self.resolver.names.of_global(name, module)
        return (Unknown(f"the module has no `{name}`"),)

    def _class_attribute(self, cls: Class, name: str) -> Iterable[Term]:
        for at in self.resolver.classes.ancestry(cls)[0]:
            index = at.facts.methods.get(name)
            if index is not None:
                method = Function(at.module, index)
                is_bound = any(
                    isinstance(item, Global) and item.name == "classmethod" for item in method.facts.decorators
                )
                return (Function(at.module, index, cls if is_bound else None),)
            if name in at.facts.attributes:
                found = self.resolver.resolve(at.facts.attributes[name], at.module.top)
                return self.resolver.writes.added_to(found, cls, name)
        return (Attribute(cls, name),)

    def _instance_attribute(self, owner: Instance, name: str) -> Iterable[Term]:
        classes, outside = self.resolver.classes.ancestry(owner.cls)
        for at in classes:
            index = at.facts.methods.get(name)
            if index is None:
                continue
            method = Function(at.module, index, owner)
            if any(self.resolver.classes.is_property(decorator, at.module) for decorator in method.facts.decorators):
                frame = Frame(module=at.module, function=index, arguments={}, receiver=owner)
                returns = [term for value in method.whole.returns for term in self.resolver.resolve(value, frame)]
                return returns or (Unknown("a property without a value"),)
            return (method,)
        written = self._written(owner, classes, name)
        if written:
            return self.resolver.writes.added_to(written, owner.cls, name)
        for at in classes:
            if name in at.facts.attributes or name in at.facts.annotations:
                found = self.resolver.fields.field(owner, at, name, outside)
                return self.resolver.writes.added_to(found, owner.cls, name) if found else (Attribute(owner, name),)
        return self._delegated(owner, name) or (Attribute(owner, name),)

    def _delegated(self, owner: Instance, name: str) -> Terms:
        """What `__getattr__` hands on for an attribute that the object does not have; of something that it makes
        first, nothing is known."""
        method = self.resolver.classes.method(owner.cls, "__getattr__")
        if method is None or name.startswith("__"):
            return ()
        frame = self.resolver.activations.of_lookup(replace(method, receiver=owner), name)
        found = tuple(term for value in method.whole.returns for term in self.resolver.resolve(value, frame))
        return found if any(not isinstance(term, Made) and not is_vague(term) for term in found) else ()

    def _with_overrides(self, owner: Instance, name: str, found: Terms) -> Terms:
        """An object of which only a base class is known may be of any of its subclasses."""
        others: list[Term] = []
        for sub in self.resolver.subclasses_of(owner.cls):
            if name in sub.facts.methods or name in sub.facts.attributes or self.resolver.classes.changes(sub, name):
                others.extend(self._instance_attribute(Instance(sub, None, None), name))
        if not others:
            return found
        kept = [term for term in found if not (isinstance(term, Function) and _is_abstract(term)) and term != NOTHING]
        return (*kept, *others)

    def _written(self, owner: Instance, classes: list[Class], name: str) -> Terms:
        """What the methods of the class assign to `self.name`; None, until there is an object, gives way to it."""
        found: list[Term] = []
        for at in classes:
            for change in self.resolver.classes.changes(at, name):
                found.extend(
                    self.resolver.resolve(change.value, self.resolver.activations.of_method(owner, at, change.function))
                )
            if found:
                break
        rest = [term for term in found if term != NOTHING]
        if any(isinstance(term, Known) for term in rest):
            return tuple(found)  # a setting that may be switched off
        return tuple(rest or found)


def _is_same(owner: Made | Typed | Instance, term: Term, *, is_beside: bool) -> bool:
    """True when two terms may be one object of a library, or of a class that leaves the attribute open; where
    `is_beside`, even when only one of them tells which types it is of."""
    if isinstance(owner, Instance):
        if not isinstance(term, Instance) or term.cls != owner.cls:
            return False
        is_other = owner.site is not None and term.site is not None and owner.site != term.site
        return not is_other and (term.of == owner.of or (is_beside and not (term.of and owner.of)))
    if isinstance(owner, Made) and isinstance(term, Made):
        return owner.module is term.module and owner.site == term.site
    made_of = name_of(owner.callee) if isinstance(owner, Made) else owner.name
    if isinstance(term, Made):
        return name_of(term.callee) == made_of
    return isinstance(term, Typed) and term.name == made_of and (isinstance(owner, Made) or term.of == owner.of)


def _is_declared(term: Term) -> bool:
    """True for what the annotation of an attribute, or a None in its place, says of it."""
    return term == NOTHING or isinstance(term, Typed) or (isinstance(term, Instance) and term.site is None)


def _folder(module: Module) -> str:
    return module.path.rpartition("/")[0]


def _is_abstract(function: Function) -> bool:
    """True for a method that gives nothing: it raises, or is there to be overridden."""
    facts = function.whole
    return not facts.returns and not facts.yields
