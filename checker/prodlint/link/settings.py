"""Effective settings: what each setting of a request is, seen from the call outwards to the SDK's default."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence as SequenceType
from fnmatch import fnmatchcase

from prodlint.facts import CallSite, Span
from prodlint.frameworks.tables import Frameworks
from prodlint.link.afterwards import Afterwards, Use
from prodlint.link.binding import place
from prodlint.link.lookup import ABSENT, Absent, Choice, Choices, Present, Undecided, argument, lookup
from prodlint.link.objects import Layer, Match
from prodlint.link.resolve import Resolver
from prodlint.link.setting_values import Value, Values, from_callers, merged, unknown
from prodlint.link.terms import (
    NOTHING,
    Attribute,
    Bound,
    External,
    Frame,
    Instance,
    Known,
    Made,
    Mapping,
    Parameter,
    Sequence,
    Term,
    Unknown,
    name_of,
)
from prodlint.model import Setting, SettingValue, State
from prodlint.sdks.schema import Spelling
from prodlint.values import replace

_NOTHING_REPLACED: MappingType[str, str] = {}
ORDER = ("model", "max_tokens", "temperature", "stream", "timeout", "retries")


class Settings:
    """Reads the settings of requests."""

    def __init__(
        self, resolver: Resolver, frameworks: Frameworks, module_writes: dict[str, list[tuple[Bound, Span]]]
    ) -> None:
        self.resolver = resolver
        self.frameworks = frameworks
        self.values = Values(resolver, frameworks)
        self.afterwards = Afterwards(resolver)
        self.module_writes = module_writes
        """Assignments to attributes of outside modules (`openai.timeout = 30`), by dotted name."""

    def of(self, match: Match, given: tuple[Layer, ...]) -> dict[str, Setting]:
        """All settings that exist for a request. `given` are the call's own arguments, before those of `partial`."""
        layers = (*given, *(match.target.layers if match.target is not None else ()))
        found = {name: self.one(name, match, layers) for name in ORDER if self._exists(name, match, layers)}
        if match.operation.kind == "other":  # who knows what it takes: only what is given counts
            of_text = ("model", "max_tokens", "temperature")
            return {name: it for name, it in found.items() if name not in of_text or it.state is State.SET}
        return found

    def _exists(self, name: str, match: Match, layers: tuple[Layer, ...]) -> bool:
        operation = match.operation
        if (name == "timeout" and not operation.has_timeout) or (name == "retries" and not operation.has_retries):
            return bool(operation.settings.get(name))
        if name == "stream":
            return operation.streams or "stream" in operation.settings or operation.kind == "generate"
        if name in ("timeout", "retries"):
            return True
        if any(layer.settings.get(name) for layer in layers):
            return name != "max_tokens" or operation.kind in ("generate", "other")
        target = match.target
        if target is not None and target.made is None and target.cls.settings.get(name):
            return name != "max_tokens" or operation.kind in ("generate", "other")
        return False

    def one(self, name: str, match: Match, layers: tuple[Layer, ...]) -> Setting:
        """One setting, as the first of the layers that says something of it has it."""
        if name == "stream" and match.operation.streams:
            origin = layers[0].frame.module.location(layers[0].call.span)
            return Setting(state=State.SET, value=True, origin=origin, why=f"`{match.operation.path}` streams")
        replaced: dict[str, str] = {}
        for position, layer in enumerate(layers):
            outcome, may_add = self._in_layer(name, layer, replaced)
            if outcome is not None and may_add and position + 1 < len(layers):
                return _set_anew(outcome, self.one(name, match, layers[position + 1 :]))
            if outcome is not None:
                return outcome
            replaced.update(self._replaced(layer))
        later = self._assigned(name, match)
        if later is not None:
            return later
        outside = self._outside(name, match)
        return outside if outside is not None else self._default(name, match)

    def _assigned(self, name: str, match: Match) -> Setting | None:
        """A setting that is assigned to the client after it was made: `llm.request_timeout = 30`."""
        target = match.target
        made = target.made if target is not None else None
        if target is None or made is None:
            return None
        keys = {spelling.path[0] for spelling in target.cls.settings.get(name, ()) if len(spelling.path) == 1}
        found = [at for key in keys if (at := self.afterwards.first(made, key)) is not None]
        if not found:
            return None
        return Setting(state=State.SET, constant=False, origin=min(found), why="assigned afterwards")

    def _replaced(self, layer: Layer) -> dict[str, str]:
        """The keywords that count for nothing in the layers behind one, each with why that is not certain, if so."""
        found: dict[str, str] = {}
        for keyword in layer.replaces:
            states = {self._is_given(choice) for choice in self.choices((keyword,), *_place_of(layer))}
            if states != {False}:
                found[keyword] = "" if states == {True} else f"`{keyword}` may be given anew"
        return found

    def _is_given(self, choice: Choice) -> bool | None:
        """None when it cannot be decided."""
        if not isinstance(choice, Present):
            return False if isinstance(choice, Absent) else None
        empty = {term == NOTHING for term in self.resolver.all(choice.bound)}
        return not empty.pop() if len(empty) == 1 else None

    def in_layer(self, name: str, layer: Layer) -> Setting | None:
        """What one call's arguments say; None when they leave the setting alone."""
        return self._in_layer(name, layer, _NOTHING_REPLACED)[0]

    def _in_layer(self, name: str, layer: Layer, replaced: MappingType[str, str]) -> tuple[Setting | None, bool]:
        """What one call's arguments say, and whether all that is not known is if they give the setting, to whatever
        value. `replaced`: see `_replaced`."""
        undecided: list[str] = []
        none: Setting | None = None
        may_add = not replaced
        spellings = [it for it in layer.settings.get(name, ()) if replaced.get(it.path[0]) != ""]
        for spelling in spellings:
            if self._is_ruled_out(spelling, layer):
                continue
            choices = self.choices(spelling.path, *_place_of(layer))
            values, why, absent = self._read(choices, spelling)
            if spelling.first and (why or (values and absent)):
                return unknown(why or "set on some paths only"), False
            if values:
                why = why or replaced.get(spelling.path[0], "")
            if values and not why and not absent:
                given = merged(values)
                if not given.is_explicit_none:
                    return given, False
                none = none or given  # unless another spelling gives it
            elif values or why:
                undecided.append(why or "set on some paths only")
                is_alone = not spelling.unclear and spelling.path[0] not in layer.replaces
                may_add = may_add and is_alone and not self._may_be_none(values, choices, spelling)
        values = self._under_any(spellings, layer) if undecided and not replaced else []
        if values:
            return merged(values), False
        return (unknown(undecided[0]), may_add and none is None) if undecided else (none, False)

    def _may_be_none(self, values: list[Value], choices: Choices, spelling: Spelling) -> bool:
        """True when one of the values, or what is given on some paths, is None or may be."""
        possible = (choice.possible for choice in choices if isinstance(choice, Undecided))
        values = values + self._read(tuple(choice for choice in possible if choice is not None), spelling)[0]
        return any(value.is_none or value.may_be_none for value in values)

    def _is_ruled_out(self, spelling: Spelling, layer: Layer) -> bool:
        """True when another argument of the call is a constant with which the spelling counts for nothing."""
        for path, patterns in spelling.unless.items():
            for choice in self.choices(path.split("."), *_place_of(layer)):
                terms = self.resolver.all(choice.bound) if isinstance(choice, Present) else ()
                values = [term.value for term in terms if isinstance(term, Known) and isinstance(term.value, str)]
                if values and all(any(fnmatchcase(value, pattern) for pattern in patterns) for value in values):
                    return True
        return False

    def _under_any(self, spellings: SequenceType[Spelling], layer: Layer) -> list[Value]:
        """The values of a setting that is always given, now in one spelling and now in another; else none."""
        alike = [it for it in spellings if it == Spelling(path=it.path, none=it.none) and len(it.path) == 1]
        names = frozenset(it.path[0] for it in alike if not it.path[0].startswith("@"))
        if len(names) < 2:
            return []
        values, why, absent = self._read(argument(self.resolver, layer.call, layer.frame, names, None), alike[0])
        return [] if why or absent or any(value.is_none for value in values) else values

    def _read(self, choices: Choices, spelling: Spelling) -> tuple[list[Value], str, bool]:
        """The values at one place; why it cannot be decided; whether it may be absent."""
        values: list[Value] = []
        why, absent = "", False
        for choice in choices:
            if isinstance(choice, Absent):
                absent = True
            elif isinstance(choice, Undecided):
                why = choice.why
            elif spelling.unclear:
                why = spelling.unclear
            else:
                for term in self.resolver.all(choice.bound) or (Unknown("it is defined by itself"),):
                    value = self.values.of(term, spelling, choice)
                    if value is None:
                        absent = True
                    else:
                        values.append(value)
        return values, why, absent

    def choices(
        self, path: SequenceType[str], call: CallSite, frame: Frame, positional: tuple[str, ...] = ()
    ) -> Choices:
        """What a call gives at a path of keywords, from the outside in."""
        head = path[0]
        position: int | None = None
        keyword: str | None = head
        if head.startswith("@"):
            position, keyword = int(head[1:]), None
        elif head in positional:
            position = positional.index(head)
        choices = argument(self.resolver, call, frame, keyword, position)
        use = Use(frame.module, call)
        for key in path[1:]:
            choices = tuple(inner for choice in choices for inner in self._inside(choice, key, use))
        return choices

    def _inside(self, choice: Choice, key: str, use: Use) -> Choices:
        """The value under a key of a dict, or the keyword of a call that makes an object."""
        if isinstance(choice, Undecided) and choice.possible is not None:
            inside = self._inside(choice.possible, key, use)
            return (ABSENT,) if all(inner == ABSENT for inner in inside) else (Undecided(choice.why),)
        if not isinstance(choice, Present):
            return (choice,)
        found: list[Choice] = []
        for term in self.resolver.all(choice.bound):
            found.extend(self._inside_term(term, key, choice, use))
        return tuple(found) or (Undecided("it is not known what is passed"),)

    def _inside_term(self, term: Term, key: str, outer: Present, use: Use) -> Choices:
        match term:
            case Sequence() if key == "*":
                if term.value.open:
                    return (Undecided("the list is not all in sight"),)
                return tuple(Present(Bound(item, term.frame), outer.module, outer.span) for item in term.value.items)
            case Mapping():
                return tuple(_placed(choice, outer) for choice in lookup(self.resolver, term, key))
            case Known(None):
                return (ABSENT,)
            case Made():
                name = name_of(term.callee)
                if isinstance(term.callee, Attribute):
                    method = self.frameworks.values.find(f".{term.callee.name}")
                    if method is not None and method.effect == "text":  # `json.dumps(body).encode()`
                        return self._inside_term(term.callee.base, key, outer, use)
                    if method is not None and method.effect == "same":
                        return self._inside_copy(term, term.callee.base, key, outer, use)
                wrapper = self.frameworks.values.find(name)
                if wrapper is not None and wrapper.effect in ("json", "mapping"):
                    value = place(term.call.arguments, wrapper.value)
                    if value is not None:
                        bound = Present(Bound(value, term.frame), term.module, outer.span)
                        return self._inside(bound, key, use)
                position = int(key[1:]) if key.startswith("@") else None
                if not _is_class_name(term, name):
                    return (Undecided(f"`{name or 'a call that is not followed'}` gives it"),)
                if position is not None:
                    return argument(self.resolver, term.call, term.frame, None, position)
                given = argument(self.resolver, term.call, term.frame, key, None)
                return self.afterwards.over(given, term, key, use)
            case Instance(_, int(site), Frame() as frame) if self._passes_on(term, key):
                return argument(self.resolver, frame.module.facts.calls[site], frame, key, None)
            case External():
                return (ABSENT,) if self.frameworks.sentinels.find(term.name) else (Undecided(f"`{term.name}`"),)
            case Unknown(why):
                return (Undecided(why),)
            case Parameter(module, function, name):
                return (Undecided(from_callers(module, function, name)),)
        return (Undecided("it is made elsewhere"),)

    def _inside_copy(self, copy: Made, copied: Term, key: str, outer: Present, use: Use) -> Choices:
        """`config.model_copy(update={...})`"""
        if any(given.keyword not in ("update", "deep") for given in copy.call.arguments):
            return (Undecided(f"`{name_of(copy.callee)}` gives it"),)
        changes = argument(self.resolver, copy.call, copy.frame, "update", None)
        changed = [inner for choice in changes for inner in self._inside(choice, key, use)]
        kept = self._inside_term(copied, key, outer, use) if ABSENT in changed else ()
        given = (*(choice for choice in changed if choice != ABSENT), *kept)
        return self.afterwards.over(given, copy, key, use)

    def _passes_on(self, made: Instance, key: str) -> bool:
        """True for an object of a project class that leaves a keyword to the library's class that it extends:
        `class Http(httpx.AsyncClient): ...`"""
        classes, outside = self.resolver.classes.ancestry(made.cls)
        has_own = any("__init__" in at.facts.methods or key in at.facts.annotations for at in classes)
        return not has_own and not key.startswith("@") and any(isinstance(base, External) for base in outside)

    def _outside(self, name: str, match: Match) -> Setting | None:
        """Module attributes (`openai.timeout = 30`) and clients that are not visible."""
        target = match.target
        if target is not None:
            may_set = target.subclass is not None and name in ("timeout", "retries")
            # With `when`, it is not even known which of several classes it is.
            if target.made is None and (may_set or target.cls.when or target.cls.settings.get(name)):
                return unknown(target.why)
            return None
        if match.why:
            carried = any(
                cls.settings.get(name)
                for cls in match.record.clients
                if any(operation is match.operation for operation in match.record.surfaces.get(cls.surface, ()))
            )
            return unknown(match.why) if carried or name in ("timeout", "retries") else None
        defaults = match.record.function_defaults
        for spelling in defaults.settings.get(name, ()) if defaults is not None else ():
            written = self.module_writes.get(".".join(spelling.path), [])
            for bound, span in written:
                at = Present(bound, bound.frame.module, span)
                values = [self.values.of(term, spelling, at) for term in self.resolver.all(bound)]
                given = [value for value in values if value is not None]
                if given:
                    return merged(given)
        return None

    def _default(self, name: str, match: Match) -> Setting:
        if match.record.unknown_release:
            return unknown(f"nothing is known of {match.record.unknown_release}")
        cls = match.target.cls if match.target is not None else match.record.function_defaults
        why = f"the default of {match.record.title}"
        value: SettingValue = None
        if cls is not None and name in cls.no_one_default:
            return unknown(f"{match.record.title} has no one default for it")
        if name == "max_tokens":
            value = match.operation.cap_default
            if value is None and cls is not None:
                if cls.cap_of_model:
                    return unknown("the SDK takes what the model can write, if it knows the model")
                value = cls.cap_default
        elif name == "timeout":
            value = cls.timeout_default if cls is not None else None
        elif name == "retries":
            value = cls.retries_default if cls is not None else 0
        elif name == "stream":
            value = False
        general = match.operation.has_timeout if name == "timeout" else match.operation.has_retries
        if name in ("timeout", "retries") and (cls is None or not general):
            return unknown(f"{match.record.title} has no one default for it")
        return Setting(state=State.DEFAULT, value=value, why=why)


def merge(alternatives: list[dict[str, Setting]]) -> dict[str, Setting]:
    """The settings of a request that may run on one of several clients: they must agree for a fact."""
    merged: dict[str, Setting] = {}
    for name in alternatives[0]:
        found = [settings[name] for settings in alternatives if name in settings]
        if len(found) < len(alternatives):
            continue
        first = found[0]
        if all(setting.state is first.state and setting.value == first.value for setting in found):
            merged[name] = first
        elif all(setting.state is State.SET for setting in found):
            merged[name] = Setting(state=State.SET, constant=False, origin=first.origin, why="differs between clients")
        elif all(setting.state is State.DEFAULT for setting in found):
            merged[name] = unknown("the default differs between the clients it may run on")
        else:
            states = [setting.why for setting in found if setting.state is State.UNKNOWN]
            merged[name] = unknown(states[0] if states else "set for some of the clients it may run on only")
    return merged


def _set_anew(nearer: Setting, outer: Setting) -> Setting:
    """What a setting is that may be given nearer to the request, too: set when it is set without that."""
    if outer.state is not State.SET or outer.is_explicit_none:
        return nearer
    return replace(outer, value=None, constant=False, why=f"it may be given anew: {nearer.why}")


def _place_of(layer: Layer) -> tuple[CallSite, Frame, tuple[str, ...]]:
    return layer.call, layer.frame, layer.positional


def _is_class_name(made: Made, name: str) -> bool:
    """True when a call makes an object of an outside class, whose keywords then are its fields; a function's or a
    method's are not: `load_config(path)`, `base.copy()`."""
    return isinstance(made.callee, External) and name.rpartition(".")[2].lstrip("_")[:1].isupper()


def _placed(choice: Choice, outer: Present) -> Choice:
    if isinstance(choice, Present) and choice.span is None:
        return Present(choice.bound, outer.module, outer.span)
    return choice
