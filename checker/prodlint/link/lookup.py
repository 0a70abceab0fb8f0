"""Looking a key up in a dict whose making is visible, and an argument up in a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from prodlint.facts import Argument, CallSite, Const, Entry, Opaque, Param, Some, Span, Value
from prodlint.link.terms import (
    INJECTED,
    NOTHING,
    Attribute,
    Bound,
    Compound,
    External,
    Frame,
    Function,
    ItemOf,
    Known,
    Made,
    Mapping,
    Module,
    Parameter,
    Term,
    Unknown,
    name_of,
)
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


class Present(NamedTuple):
    """The key is there."""

    bound: Bound
    module: Module
    span: Span | None
    """Where it is given, in `module`."""


class Absent(NamedTuple):
    """The key is not there."""


class Undecided(NamedTuple):
    """It may be there."""

    why: str
    possible: Present | None = None
    """What it is if it is there, where that is known."""
    removes: bool = False
    """True when it may have been there before, and be gone."""


Choice: TypeAlias = Present | Absent | Undecided
Choices: TypeAlias = tuple[Choice, ...]
ABSENT = Absent()


def lookup(resolver: Resolver, mapping: Mapping, key: object) -> Choices:
    """What a dict holds under a constant key, or under any of a frozenset of them, one choice for each way it can have
    been made; none for a dict that is looked up inside itself."""
    question = (id(mapping.value), id(mapping.frame), key)
    known = resolver.lookups.get(question)
    if known is not None:
        return known[1]
    partial = resolver.partial_lookups.get(question)
    if partial is not None:
        resolver.lookup_cuts += 1
        return partial[1]
    if resolver.is_exhausted():
        return (Undecided("it is made in too many steps"),)
    is_outermost = not resolver.partial_lookups
    cuts = resolver.lookup_cuts
    # A dict that is splatted into itself, by a recursive function: the other ways in decide.
    resolver.partial_lookups[question] = (mapping, ())
    try:
        changed, removes = changed_by(resolver, mapping)
        found = _distinct(_in_entries(resolver, mapping.value.entries, mapping.frame, key))
        if changed and (removes or not all(isinstance(choice, Present) for choice in found)):
            found = (Undecided(changed),)
    finally:
        del resolver.partial_lookups[question]
        if is_outermost:
            resolver.partial_lookups.clear()
    is_whole = is_outermost or resolver.lookup_cuts == cuts
    (resolver.lookups if is_whole else resolver.partial_lookups)[question] = (mapping, found)
    return found


def _fits(name: object, key: object) -> bool:
    """True for the key that is looked up; a frozenset of keys stands for any of them."""
    return name in key if isinstance(key, frozenset) else name == key


def _distinct(choices: Choices) -> Choices:
    """Each choice once: dicts that are made of each other on several paths have the same ones many times over."""
    found: dict[tuple[object, ...], Choice] = {}
    for choice in choices:
        found.setdefault(_identity(choice), choice)
    return tuple(found.values())


def _identity(choice: Choice) -> tuple[object, ...]:
    if isinstance(choice, Undecided):
        return (choice.why, choice.removes, *(_identity(choice.possible) if choice.possible is not None else ()))
    return (id(choice.bound.value), id(choice.bound.frame)) if isinstance(choice, Present) else ()


def _in_entries(resolver: Resolver, entries: tuple[Entry, ...], frame: Frame, key: object) -> Choices:
    """Entries from the last to the first: the last that decides wins."""
    found: list[Choice] = []
    for position in range(len(entries) - 1, -1, -1):
        entry = entries[position]
        if entry.key is None:
            inside = splatted(resolver, entry.value, frame, key)
            if entry.how == "some":
                inside = tuple(_without_none(resolver, choice) for choice in inside)
            if entry.maybe:
                inside = tuple(Undecided("set on some paths only") if c != ABSENT else c for c in inside)
            first = inside[0] if inside else None
            if isinstance(first, Present) and all(isinstance(choice, Present) for choice in inside):
                return (*set_again(found, first), *inside)
            found.extend(choice for choice in inside if not isinstance(choice, Absent))
            continue
        names = resolver.resolve(entry.key, frame)
        if not names or not all(isinstance(name, Known) for name in names):
            found.append(Undecided("a key that is only known at run time is set"))
            continue
        fitting = [name for name in names if isinstance(name, Known) and _fits(name.value, key)]
        if not fitting:
            continue
        if len(fitting) < len(names):
            found.append(Undecided("set for some keys of a loop"))
            continue
        if entry.how == "delete":
            if not entry.maybe and not isinstance(key, frozenset):
                return (*found, ABSENT)
            found.append(Undecided("removed on some paths", removes=True))
            continue
        present = Present(Bound(entry.value, frame), frame.module, entry.span)
        if entry.how == "weak":
            return (*found, *_weak(resolver, entries[:position], frame, key, present, maybe=entry.maybe))
        if not entry.maybe:
            return (*set_again(found, present), present)
        decided = _guarded(resolver, entry.value, frame)
        if decided is True:
            return (*set_again(found, present), present)
        if decided is None:
            found.append(Undecided("set on some paths only", present))
    found.append(ABSENT)
    return tuple(found)


def set_again(later: list[Choice], present: Present) -> list[Choice]:
    """What later steps do to a key that is set: those that may set it, to whatever value, leave it set."""
    if any(isinstance(choice, Absent) or (isinstance(choice, Undecided) and choice.removes) for choice in later):
        return later
    return [
        Present(Bound(Opaque(choice.why), present.bound.frame), present.module, present.span)
        if isinstance(choice, Undecided)
        else choice
        for choice in later
    ]


def _without_none(resolver: Resolver, choice: Choice) -> Choice:
    """The choice where None values are left out."""
    if not isinstance(choice, Present):
        return choice
    terms = resolver.all(choice.bound)
    if terms and all(term == NOTHING for term in terms):
        return ABSENT
    if any(term == NOTHING or (isinstance(term, Unknown | Attribute | ItemOf) and term != INJECTED) for term in terms):
        return Undecided("left out where it is None")
    return choice


def _weak(
    resolver: Resolver, before: tuple[Entry, ...], frame: Frame, key: object, present: Present, *, maybe: bool
) -> Choices:
    """`setdefault`: what was there before, else this. Whatever callers give, the key is set afterwards."""
    if maybe:
        return (Undecided("set on some paths only"),)
    earlier = _in_entries(resolver, before, frame, key)
    kept = [choice for choice in earlier if isinstance(choice, Present)]
    return (*kept, present) if len(kept) < len(earlier) else tuple(kept)


def _guarded(resolver: Resolver, value: Value, frame: Frame) -> bool | None:
    """For `if x is not None: d[key] = x`: whether x is never None (True), always None (False), or either."""
    if not isinstance(value, Some):
        return None
    terms = resolver.resolve(value.value, frame)
    if terms and all(isinstance(term, Known) for term in terms):
        nones = [term for term in terms if term == NOTHING]
        if len(nones) == len(terms):
            return False
        if not nones:
            return True
    return None


def _effect(resolver: Resolver, function: Function, seen: set[tuple[str, int]]) -> tuple[bool, bool]:
    """Whether a function, or one that it hands a parameter on to, changes what it is given; and takes out of it."""
    seen.add((function.module.path, function.index))
    changes, removes = bool(function.whole.mutates), bool(function.whole.removes)
    for site in function.module.index.calls_in(function.index):
        call = function.module.facts.calls[site]
        if any(isinstance(argument.value, Param) and not argument.stars for argument in call.arguments):
            for callee in resolver.resolve(call.callee, resolver.frame_of(function.module, function.index)):
                if isinstance(callee, Function) and (callee.module.path, callee.index) not in seen:
                    inner = _effect(resolver, callee, seen)
                    changes, removes = changes or inner[0], removes or inner[1]
    return changes, removes


def changed_by(resolver: Resolver, mapping: Mapping) -> tuple[str, bool]:
    """Which call was handed the dict and may have put more into it, and whether it may have taken something out; empty
    when none can have."""
    found = ""
    for site in mapping.value.touched:
        call = mapping.frame.module.facts.calls[site]
        for callee in resolver.resolve(call.callee, mapping.frame):
            if isinstance(callee, Function):
                changes, removes = _effect(resolver, callee, set())
                if changes:
                    found = f"`{callee.facts.qualname}` may change it"
                if removes:
                    return found, True
            elif isinstance(callee, (Unknown, Parameter)):
                found = found or "a function that is not known may change it"
    return found, False


def splatted(resolver: Resolver, value: Value, frame: Frame, key: object) -> Choices:
    """What `**value` gives for one keyword."""
    found: list[Choice] = []
    terms = resolver.resolve(value, frame)
    for term in terms:
        if isinstance(term, Mapping):
            found.extend(lookup(resolver, term, key))
        elif term == NOTHING:
            found.append(ABSENT)
        elif isinstance(term, Made) and name_of(term.callee) in ("dict", "collections.OrderedDict"):
            names = key if isinstance(key, frozenset) else str(key)
            found.extend(argument(resolver, term.call, term.frame, names, None))
        elif isinstance(term, Parameter):
            is_open = found and all(isinstance(choice, Present) for choice in found)
            if not is_open:  # where every caller that is seen gives the key, those that are not seen change nothing
                found.append(Undecided(_from_callers(term)))
        else:
            found.append(Undecided(_why(term)))
    if not found and not terms:
        return (Undecided("it is not known what is splatted"),)
    return tuple(found)


def _from_callers(term: Parameter) -> str:
    facts = term.module.facts.functions[term.function]
    return f"`{term.name}` of `{facts.qualname}` comes from callers outside the project"


def _why(term: Term) -> str:
    match term:
        case Unknown(why):
            return why
        case Made():
            return f"`{name_of(term.callee) or 'a call'}` gives the keywords"
        case Compound(kind, _):
            return f"the keywords are computed ({kind})"
        case External(name):
            return f"`{name}` gives the keywords"
    return "the keywords come from something that is not followed"


def argument(
    resolver: Resolver,
    call: CallSite,
    frame: Frame,
    keyword: str | frozenset[str] | None,
    position: int | None,
    *,
    skip: int = 0,
) -> Choices:
    """One argument of a call, by keyword (any of several) and by position.

    `skip` leading positional arguments belong to somebody else (`to_thread(f, ...)`, `partial(f, ...)`).
    """
    module = frame.module
    positional: list[Argument] = []
    starred = False
    for given in call.arguments:
        if given.keyword is not None and _fits(given.keyword, keyword):
            return (Present(Bound(given.value, frame), module, given.span),)
        if given.keyword is None and given.stars == 0:
            positional.append(given)
        elif given.stars == 1:
            starred = True
    if position is not None and position + skip < len(positional) and not starred:
        given = positional[position + skip]
        return (Present(Bound(given.value, frame), module, given.span),)
    if keyword is None:
        return (Undecided("positional arguments are splatted"),) if starred else (ABSENT,)
    found: list[Choice] = []
    for given in reversed([item for item in call.arguments if item.stars == 2]):
        inside = splatted(resolver, given.value, frame, keyword)
        inside = tuple(_at_call(choice, module, given.span) for choice in inside)
        found.extend(choice for choice in inside if not isinstance(choice, Absent))
        if not any(isinstance(choice, Absent) for choice in inside):
            return tuple(found)
    if starred and position is not None:
        found.append(Undecided("positional arguments are splatted"))
        return tuple(found)
    found.append(ABSENT)
    return tuple(found)


def _at_call(choice: Choice, module: Module, span: Span) -> Choice:
    """A key without a place of its own (`dict(zip(...))`) is given where it is splatted."""
    if isinstance(choice, Present) and choice.span is None:
        return Present(choice.bound, module, span)
    return choice


__all__ = [
    "ABSENT",
    "Absent",
    "Choice",
    "Choices",
    "Const",
    "Param",
    "Present",
    "Undecided",
    "argument",
    "lookup",
    "splatted",
]
