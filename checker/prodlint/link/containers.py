"""What a project keeps under a key of an object that is not its own: `app["llm"]`, `st.session_state["client"]`."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import TYPE_CHECKING

from prodlint.facts import (
    Assignment,
    Attr,
    CallSite,
    Const,
    DictOf,
    Global,
    Imported,
    Item,
    Joined,
    Param,
    Result,
    SeqOf,
    Value,
)
from prodlint.link.program import Cursor
from prodlint.link.steps import READING
from prodlint.link.terms import (
    NOTHING,
    Attribute,
    External,
    Frame,
    Instance,
    Known,
    Made,
    Mapping,
    Module,
    Sequence,
    Term,
    Terms,
    Typed,
    Unknown,
    name_of,
)
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver

WRITING = ("set", "setdefault")
"""Methods that keep their second argument under their first."""
SAME = {"application": "app"}
"""Classes whose objects go by another name."""


class Place(NamedTuple):
    """A place in a container, as it is written: `app["llm"]`, `hub.data.setdefault(DOMAIN, {})[entry.id]`."""

    root: Value
    """The container."""
    keys: tuple[Value, ...]
    """From the container inward."""


class Kept(NamedTuple):
    """Something that is put there."""

    module: Module
    function: int
    place: Place
    value: Value


class Containers:
    """Finds what was put where something is read."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._news = Cursor(resolver.program)
        self._kept: dict[tuple[str, int], _Shelf] = {}
        """By the name of the container, and how many keys lead to the place."""
        self._asked: set[tuple[str, str]] = set()
        """The places that were read, each by the names of the container and of the last key."""

    def item(self, value: Item, frame: Frame) -> Terms:
        """What is kept at `base[key]`."""
        return self._at(_place(value, frame.module), frame)

    def result(self, call: CallSite, frame: Frame) -> Terms:
        """What `base.get(key)` gives of what is kept."""
        if not isinstance(call.callee, Attr) or call.callee.name not in READING or not call.arguments:
            return ()
        return self._at(_under(call, frame.module), frame)

    def attribute(self, value: Attr, frame: Frame) -> Terms:
        """What is kept at `base["name"]`, for an object that has its keys as attributes, too."""
        return self._at(Place(value.base, (Const(value.name),)), frame)

    def sought(self, module: Module, methods: Container[str]) -> Iterator[tuple[str, str]]:
        """The names of the containers and keys from which calls of these methods have their objects: any module that
        mentions both may keep one there."""
        seen: set[int] = set()
        for call in module.facts.calls if self._asked else ():
            if isinstance(call.callee, Attr) and call.callee.name in methods:
                yield from self._asked.intersection(_names_in(call.callee.base, module, seen))

    def _at(self, place: Place, frame: Frame) -> Terms:
        """What is kept at a place, by bodies that had been left unread, too."""
        name = _name(place.root, frame.module)
        if not name:
            return ()
        self.resolver.program.read_changes(name)
        self._take_in()
        if place.keys and isinstance(key := place.keys[-1], Const) and isinstance(key.value, str):
            self._asked.add((name, key.value))
        shelf = self._kept.get((name, len(place.keys)))
        roots: Terms = ()
        if shelf is not None and shelf.under(place):
            roots = tuple(root for root in self.resolver.resolve(place.root, frame) if not isinstance(root, Unknown))
        if shelf is None or not roots or not all(_is_foreign(root) for root in roots):
            return ()
        found: list[Term] = []
        done = 0
        # What is resolved here may take in further modules, which keep something there, too.
        while done < len(kept := shelf.under(place)):
            for it in kept[done:]:
                at = self.resolver.frame_of(it.module, it.function)
                if self._is_same_place(place, frame, it.place, at) and self._may_be_one(roots, it.place.root, at):
                    found.extend(term for term in self.resolver.resolve(it.value, at) if term != NOTHING)
            done = len(kept)
        is_clear = all(isinstance(term, Made | Instance | Typed) for term in found)
        return tuple(found) if is_clear else ()

    def _is_same_place(self, one: Place, frame: Frame, other: Place, at: Frame) -> bool:
        """True when the keys may be the same ones, and at least one of them is known to be."""
        pairs = list(zip(one.keys, other.keys, strict=True))
        if any(isinstance(a, Const) and isinstance(b, Const) and a != b for a, b in pairs):
            return False
        is_certain = False
        for key, of_other in pairs:
            known, known_other = self._constants(key, frame), self._constants(of_other, at)
            if known and known_other and known.isdisjoint(known_other):
                return False
            is_certain = is_certain or bool(known and known_other)
        return is_certain

    def _constants(self, key: Value, frame: Frame) -> frozenset[object]:
        """The constants that a key can be, or the objects made once; empty where it can be something else."""
        found: set[object] = set()
        for term in self.resolver.resolve(key, frame):
            if isinstance(term, Known):
                found.add(term.value)
            elif isinstance(term, Instance) and term.frame is not None and not term.frame.function:
                found.add((term.frame.module.path, term.site))
            elif isinstance(term, Made) and not term.frame.function:
                found.add((term.module.path, term.site))
            else:
                return frozenset()
        return frozenset(found)

    def _may_be_one(self, roots: Terms, other: Value, at: Frame) -> bool:
        """True unless it shows that the containers are different ones."""
        for term in self.resolver.resolve(other, at):
            if isinstance(term, Mapping | Sequence):
                continue
            for root in roots:
                if isinstance(root, Instance) and isinstance(term, Instance):
                    if root.cls == term.cls:
                        return True
                elif not (library := _library(root)) or not _library(term) or library == _library(term):
                    return True
        return False

    def _take_in(self) -> None:
        for module, calls, changes in self._news.fresh():
            for kept in (*_assigned(module, changes), *_set(module, calls)):
                key = (_name(kept.place.root, module), len(kept.place.keys))
                if key[0]:
                    self._kept.setdefault(key, _Shelf()).add(kept)


class _Shelf:
    """What is kept in containers of one name, by the last key where that is a constant: a dict of a program's own may
    have thousands."""

    def __init__(self) -> None:
        self._all: list[Kept] = []
        self._under: dict[Const, list[int]] = {}
        self._open: list[int] = []
        """Those with another key."""

    def add(self, kept: Kept) -> None:
        key = kept.place.keys[-1] if kept.place.keys else None
        at = self._under.setdefault(key, []) if isinstance(key, Const) else self._open
        at.append(len(self._all))
        self._all.append(kept)

    def under(self, place: Place) -> list[Kept]:
        """What may be kept at a place, in the order in which it was added."""
        key = place.keys[-1] if place.keys else None
        if not isinstance(key, Const):
            return self._all
        return [self._all[at] for at in sorted((*self._under.get(key, ()), *self._open))]


def _assigned(module: Module, changes: Iterable[Assignment]) -> Iterator[Kept]:
    for change in changes:
        if isinstance(change.value, Const | Joined | DictOf | SeqOf):
            continue
        if not isinstance(change.key, str):
            yield Kept(module, change.function, _place(Item(change.base, change.key), module), change.value)
        elif isinstance(change.base, Attr | Imported | Global):
            yield Kept(module, change.function, Place(change.base, (Const(change.key),)), change.value)


def _set(module: Module, calls: Iterable[CallSite]) -> Iterator[Kept]:
    for call in calls:
        is_writing = isinstance(call.callee, Attr) and call.callee.name in WRITING and len(call.arguments) == 2
        if is_writing and isinstance(call.arguments[1].value, Result):
            yield Kept(module, call.function, _under(call, module), call.arguments[1].value)


def _names_in(value: Value, module: Module, seen: set[int]) -> Iterator[tuple[str, str]]:
    """The names of the containers and keys that may be in what a value is read from, step by step: of containers that
    others may have, too, so of no module, no parameter, and nothing that is made on the spot. `seen` has the calls that
    were followed before."""
    while not isinstance(value, Result) or value.site not in seen:
        place = Place(value.base, (Const(value.name),)) if isinstance(value, Attr) else _place(value, module)
        root = module.facts.globals.get(place.root.name) if isinstance(place.root, Global) else place.root
        is_shared = isinstance(place.root, Attr | Global | Imported) and not _is_module(root)
        if is_shared and place.keys and isinstance(key := place.keys[-1], Const) and isinstance(key.value, str):
            yield _name(place.root, module), key.value
        if isinstance(value, Result):
            seen.add(value.site)
            value = module.facts.calls[value.site].callee
        if not isinstance(value, Attr | Item):
            return
        value = value.base


def _is_module(value: Value | None) -> bool:
    return isinstance(value, Imported) and not value.name


def _under(call: CallSite, module: Module) -> Place:
    """The place that a method of a container is called for: its first argument is the key."""
    assert isinstance(call.callee, Attr)
    return _place(Item(call.callee.base, call.arguments[0].value), module)


def _place(value: Value, module: Module) -> Place:
    keys: list[Value] = []
    while True:
        if isinstance(value, Item):
            keys.append(value.key)
            value = value.base
            continue
        call = module.facts.calls[value.site] if isinstance(value, Result) else None
        if call is None or not isinstance(call.callee, Attr) or call.callee.name not in READING or not call.arguments:
            return Place(value, tuple(reversed(keys)))
        keys.append(call.arguments[0].value)
        value = call.callee.base


def _name(root: Value, module: Module) -> str:
    """What a container is called where it is used: its last name, for a fresh object that of its class."""
    match root:
        case Attr(_, name) | Global(name) | Param(_, name):
            return name
        case Imported(dotted, name, _):
            return name or dotted
        case Result(site):
            made = _name(module.facts.calls[site].callee, module).lower()
            return SAME.get(made, made)
    return ""


def _is_foreign(root: Term) -> bool:
    """True for an object that the project is handed by a library, or for a project's object that is a dict itself."""
    return isinstance(root, Attribute | External | Made | Typed | Instance)


def _library(term: Term) -> str:
    """The package that a term comes from; empty when that is not known."""
    name = name_of(term)
    return "" if name.startswith(".") else name.partition(".")[0]
