"""SDK objects: which terms are clients, models or derived from them, and which callee is a request on one."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Set

from prodlint.facts import Attr, CallSite, Value
from prodlint.link.binding import fixed_arguments
from prodlint.link.chains import Chains, distinct
from prodlint.link.lookup import Absent, Present, Undecided, argument
from prodlint.link.resolve import Resolver
from prodlint.link.terms import (
    Attribute,
    Bound,
    Class,
    Compound,
    External,
    Frame,
    Instance,
    Known,
    Made,
    Mapping,
    Module,
    Parameter,
    Term,
    Typed,
    Unknown,
    name_of,
)
from prodlint.sdks.catalogue import Catalogue
from prodlint.sdks.editions import Editions
from prodlint.sdks.schema import ClientClass, Derivation, Operation, Record, Spelling
from prodlint.values import dataclass, replace


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Arguments of one call that carry settings."""

    settings: MappingType[str, tuple[Spelling, ...]]
    call: CallSite
    frame: Frame
    positional: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    """Keywords with which this call takes back what those before it gave under the same keyword."""


@dataclass(frozen=True, slots=True, eq=False)
class SdkObject:
    """A client, a model, or something derived from one."""

    record: Record
    cls: ClientClass
    surface: str
    mode: str
    layers: tuple[Layer, ...]
    """Nearest to the request first; the constructor's last."""
    made: Made | None
    """The constructor call; None when it is not visible."""
    why: str = ""
    """When the constructor is not visible: why."""
    structured: bool = False
    tools: bool = False
    conversation: bool = False
    """True when it keeps what was said."""
    subclass: Instance | None = None
    """The project object, when its class extends an SDK class."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A callee that is a request."""

    record: Record
    operation: Operation
    target: SdkObject | None
    """None for a module-level function, and for a receiver of unknown origin."""
    why: str = ""
    """For a receiver of unknown origin: why it is not known."""


class Objects:
    """Recognises SDK objects and requests."""

    def __init__(self, resolver: Resolver, editions: Editions) -> None:
        self.resolver = resolver
        self.editions = editions
        self.catalogue = editions.whole
        paths = self._paths()
        self.operation_tails = frozenset(path.rpartition(".")[2] for path in paths)
        """The last names of all operations: a call that ends in none of them is no request."""
        self._of_wrappers = self._wrapper_keywords()
        self._by_made: dict[tuple[str, str, int, int], tuple[Made, tuple[SdkObject, ...]]] = {}
        self._busy: set[tuple[str, str, int, int]] = set()
        self._chains = Chains(resolver, self)

    def _paths(self) -> Set[str]:
        """Those of all operations."""
        found = {operation.path for record in self.catalogue.records for operation in record.functions}
        for record in self.catalogue.records:
            for operations in record.surfaces.values():
                found.update(operation.path for operation in operations)
        return found

    def _wrapper_keywords(self) -> dict[str, frozenset[str]]:
        """The keywords with which wrappers around clients ask for structure, by the path of the operation. The wrapped
        client itself does not take those that its own record lacks."""
        found: dict[str, frozenset[str]] = {}
        for record, wrapper in (row for rows in self.catalogue.wrappers.values() for row in rows):
            for operation in record.surfaces.get(wrapper.to, ()):
                found[operation.path] = found.get(operation.path, frozenset()) | set(operation.structured)
        return found

    def _catalogue_at(self, module: Module) -> Catalogue:
        """The records with the releases that hold for a module."""
        return self.editions.at(module.path).catalogue

    # objects

    def objects(self, term: Term) -> tuple[SdkObject, ...]:
        """The SDK objects a term can be: several where it is made of one of several others; none for all else."""
        match term:
            case Made():
                return self._made(term)
            case Typed(name, _):
                found = self._typed(name)
                return (found,) if found is not None else ()
            case Instance():
                found = self._subclass(term)
                return (found,) if found is not None else ()
            case Attribute(base, name):
                return self._attribute(base, name)
            case Compound("|", operands):
                return self._chains.pipe(operands)
            case Mapping(value, frame):  # `{"question": ...} | prompt | llm`
                return self._chains.pipe(
                    tuple(Bound(entry.value, frame) for entry in value.entries if entry.how == "splat")
                )
        return ()

    def _typed(self, name: str) -> SdkObject | None:
        for record, cls in self.catalogue.clients.get(name, ()):
            if not cls.when:
                why = f"a `{name.rpartition('.')[2]}` that is made elsewhere is passed in"
                return SdkObject(record, cls, cls.surface, cls.mode, (), None, why)
        return None

    def _subclass(self, instance: Instance) -> SdkObject | None:
        """An object of a project class that extends an SDK class."""
        for base in self.resolver.classes.ancestry(instance.cls)[1]:
            found = self._typed(name_of(base))
            if found is not None:
                why = f"`{instance.cls.facts.name}` extends the SDK's class and may set it"
                return replace(found, why=why, subclass=instance)
        return None

    def _made(self, made: Made) -> tuple[SdkObject, ...]:
        key = (name_of(made.callee), made.module.path, made.site, id(made.frame))
        known = self._by_made.get(key)
        if known is not None:
            return known[1]
        if key in self._busy:
            return ()
        self._busy.add(key)
        constructed = None if (found := self._wrapped(made)) else self._constructed(made)
        found = found or ((constructed,) if constructed is not None else self._derived(made))
        self._busy.discard(key)
        self._by_made[key] = (made, found)
        return found

    def _constructed(self, made: Made) -> SdkObject | None:
        name = name_of(made.callee)
        candidates = self._catalogue_at(made.module).clients.get(name, ())
        for record, cls in candidates:
            if cls.when and not self._holds(cls, made):
                continue
            return SdkObject(record, cls, cls.surface, cls.mode, _layers(cls, made), made, tools=cls.tools)
        for record, cls in candidates[:1]:
            why = f"`{name.rpartition('.')[2]}` decides at run time which SDK it uses"
            return SdkObject(record, cls, cls.surface, cls.mode, _layers(cls, made), None, why, tools=cls.tools)
        return None

    def _holds(self, cls: ClientClass, made: Made) -> bool:
        """True when every argument of `when` is one of the listed constants, or absent where none is listed."""
        names: dict[str, list[str]] = {}
        for place, allowed in cls.when.items():
            names.setdefault("".join(sorted(allowed)), []).append(place)
        return all(any(self._is_among(place, cls, made) for place in places) for places in names.values())

    def _is_among(self, place: str, cls: ClientClass, made: Made) -> bool:
        position = int(place[1:]) if place.startswith("@") else None
        keyword = None if position is not None else place
        choices = argument(self.resolver, made.call, made.frame, keyword, position)
        if not cls.when[place]:
            return all(isinstance(choice, Absent) for choice in choices)
        for choice in choices:
            if isinstance(choice, Present):
                for term in self.resolver.all(choice.bound):
                    if (
                        isinstance(term, Known)
                        and isinstance(term.value, str)
                        and any(
                            term.value == text or (text.endswith("*") and term.value.startswith(text[:-1]))
                            for text in cls.when[place]
                        )
                    ):
                        return True
        return False

    def _wrapped(self, made: Made) -> tuple[SdkObject, ...]:
        """`instructor.from_openai(client)` and its like: the client with the same settings, or each that it can be."""
        for record, wrapper in self._catalogue_at(made.module).wrappers.get(name_of(made.callee), ()):
            inside = (
                self._chains.side_by_side(made)
                if wrapper.argument == "*"
                else self._argument_objects(made, wrapper.argument)
            )
            if inside:
                wrapped = (self._apply(inner, wrapper, made) for inner in inside)
                return tuple(item if wrapper.to == "same" else replace(item, record=record) for item in wrapped)
        return ()

    def _argument_objects(self, made: Made, where: str) -> tuple[SdkObject, ...]:
        position = int(where[1:]) if where.startswith("@") else None
        keyword = None if position is not None else where
        bounds = [
            choice.bound
            for choice in argument(self.resolver, made.call, made.frame, keyword, position)
            if isinstance(choice, Present)
        ]
        # Many of these functions take the model by keyword or by position, which differs between their versions.
        bounds += [Bound(given.value, made.frame) for given in made.call.arguments if not given.stars]
        for bound in bounds:
            found = distinct(inner for term in self.resolver.all(bound) for inner in self.objects(term))
            if found:
                return found
        return ()

    def _derived(self, made: Made) -> tuple[SdkObject, ...]:
        """`client.with_options(...)`, `llm.bind_tools(...)`, `client.chats.create(...)`."""
        base, names = self._flatten(made.callee)
        found: list[SdkObject] = []
        for root in self.objects(base) if names else ():
            owner, rest = self._through_attributes(root, names)
            step = self._derivation(owner, ".".join(rest), call=True)
            if step is not None:
                found.append(self._apply(owner, step, made))
        return tuple(found)

    def _attribute(self, base: Term, name: str) -> tuple[SdkObject, ...]:
        root, names = self._flatten(Attribute(base, name))
        ways = [self._through_attributes(owner, names) for owner in self.objects(root)]
        return tuple(owner for owner, rest in ways if not rest)

    def _through_attributes(self, owner: SdkObject, names: list[str]) -> tuple[SdkObject, list[str]]:
        """Follow derivations that are plain attributes (`client.aio`); give what is left of the path."""
        rest = [name for name in names if name not in self.catalogue.transparent]
        moved = True
        while moved and rest:
            moved = False
            for length in range(1, len(rest) + 1):
                step = self._derivation(owner, ".".join(rest[:length]), call=False)
                if step is not None:
                    owner = self._apply(owner, step, None)
                    rest = rest[length:]
                    moved = True
                    break
        return owner, rest

    def _derivation(self, owner: SdkObject, path: str, *, call: bool) -> Derivation | None:
        for step in owner.record.derivations.get(owner.surface, ()):
            if step.path == path and step.call is call:
                return step
        return None

    def _apply(self, owner: SdkObject, step: Derivation, made: Made | None) -> SdkObject:
        layers = owner.layers
        if made is not None and step.settings:
            layers = (Layer(step.settings, made.call, made.frame, replaces=step.replaces), *layers)
        return replace(
            owner,
            surface=owner.surface if step.to == "same" else step.to,
            mode=step.mode or owner.mode,
            layers=layers,
            structured=owner.structured or step.structured,
            tools=owner.tools or step.tools,
            conversation=owner.conversation or _is_conversation(step, made),
        )

    @staticmethod
    def _flatten(term: Term) -> tuple[Term, list[str]]:
        """The root of an attribute chain and the names behind it."""
        names: list[str] = []
        while isinstance(term, Attribute):
            names.append(term.name)
            term = term.base
        return term, names[::-1]

    # requests

    def matches(self, callee: Term, call: CallSite, frame: Frame) -> tuple[Match, ...]:
        """The request that calling `callee` makes, on each client it can run on; none when it makes none."""
        if isinstance(callee, External):
            functions = self._catalogue_at(frame.module).functions.get(callee.name, ())
            return tuple(Match(record, operation, None) for record, operation in functions[:1])
        root, names = self._flatten(callee)
        if names and names[-1] not in self.operation_tails:
            return ()
        if isinstance(root, Mapping) and (not names or hasattr(dict, names[0])):
            return ()  # a dict as such, not the first step of a chain
        owners = self.objects(root)
        found = [match for owner in owners if (match := self._on(owner, names, call, frame)) is not None]
        if found or any(owner.subclass is None for owner in owners):
            return tuple(found)
        match = self._distinctive(root, names, call, frame)
        return (match,) if match is not None else ()

    def _on(self, owner: SdkObject, names: list[str], call: CallSite, frame: Frame) -> Match | None:
        """The request that is reached by a path of attributes from an SDK object; None with a keyword that tells that
        the object is something around it."""
        owner, rest = self._through_attributes(owner, names)
        path = ".".join(rest) or "__call__"
        record = owner.record
        if owner.made is None:  # where it is made is not known: the release is the one that holds here
            record = self._catalogue_at(frame.module).by_name[record.name]
        for operation in record.surfaces.get(owner.surface, ()):
            if operation.path == path:
                return Match(record, operation, owner) if owner.structured or self._fits(operation, call) else None
        return None

    def _fits(self, operation: Operation, call: CallSite) -> bool:
        """False for a keyword that only something around the client of this operation takes."""
        foreign = self._of_wrappers.get(operation.path, frozenset()).difference(operation.structured)
        return not any(given.keyword in foreign for given in call.arguments)

    def is_distinctive(self, callee: Value) -> bool:
        """True when a callee is written like a request on a receiver of unknown origin."""
        names: list[str] = []
        while isinstance(callee, Attr):
            names.insert(0, callee.name)
            callee = callee.base
        rest = [name for name in names if name not in self.catalogue.transparent]
        return any(".".join(rest[start:]) in self.catalogue.distinctive for start in range(len(rest)))

    def _distinctive(self, root: Term, names: list[str], call: CallSite, frame: Frame) -> Match | None:
        """A request on a receiver of unknown origin, told by its path and keywords."""
        if isinstance(root, External | Known) or (isinstance(root, Made | Typed) and name_of(root)):
            return None  # an object of some other library
        rest = [name for name in names if name not in self.catalogue.transparent]
        for start in range(len(rest)):
            candidates = self._catalogue_at(frame.module).distinctive.get(".".join(rest[start:]), ())
            kept = [pair for pair in candidates if self._has_keywords(pair[1], call, frame)]
            if kept:
                record, operation = self._preferred(kept, frame.module)
                return Match(record, operation, None, _origin(root))
        return None

    def _has_keywords(self, operation: Operation, call: CallSite, frame: Frame) -> bool:
        return all(
            any(isinstance(choice, Present) for choice in argument(self.resolver, call, frame, keyword, None))
            for keyword in operation.requires
        )

    def _preferred(self, pairs: list[tuple[Record, Operation]], module: Module) -> tuple[Record, Operation]:
        """The candidate whose SDK the module imports; else one that some module of the project imports."""
        for names in (module.imports, self.resolver.program.imports()):
            imported = [pair for pair in pairs if not names.isdisjoint(pair[0].imports)]
            if imported:
                return imported[0]
        # Nothing tells: the SDK that most of these paths come from, which the others imitate.
        return max(pairs, key=lambda pair: sum(op.distinctive for ops in pair[0].surfaces.values() for op in ops))


def _layers(cls: ClientClass, made: Made) -> tuple[Layer, ...]:
    """The arguments of a constructor call, and behind them those that a partial has fixed before."""
    own = Layer(cls.settings, made.call, made.frame, cls.positional)
    if made.partial is None:
        return (own,)
    fixed = made.partial.call._replace(arguments=fixed_arguments(made.partial.call))
    return own, Layer(cls.settings, fixed, made.partial.frame, cls.positional)


def _origin(root: Term) -> str:
    match root:
        case Unknown(why):
            return why
        case Parameter(module, function, name):
            facts = module.facts.functions[function]
            return f"the client is `{name}` of `{facts.qualname or facts.name}`, whose callers are not in the project"
        case Instance():
            return f"where `{root.cls.facts.name}` gets its client is not known"
        case Class():
            return f"where `{root.facts.name}` gets its client is not known"
    return "where the client comes from is not known"


__all__ = ["Layer", "Match", "Objects", "SdkObject", "Undecided"]


def _is_conversation(step: Derivation, made: Made | None) -> bool:
    """True when what is made keeps what was said, by itself or because it is given a memory."""
    given = made.call.arguments if made is not None else ()
    return step.conversation or any(argument.keyword in step.conversation_with for argument in given)
