"""What a symbolic value turns out to be, seen across the whole project."""

from __future__ import annotations

from typing import TypeAlias

from prodlint.facts import CallSite, ClassFacts, DictOf, FileFacts, FunctionFacts, SeqOf, Span, Value
from prodlint.link.bodies import Bodies
from prodlint.link.index import Index
from prodlint.model import Location
from prodlint.values import NamedTuple, dataclass, field


@dataclass(slots=True, eq=False)
class Module:
    """One parsed file of the project."""

    path: str
    """Relative to the root, `/` separated."""
    facts: FileFacts
    top: Frame = field(init=False)
    """The frame of its module body."""
    imports: frozenset[str] = frozenset()
    """Every imported module and its parents, dotted."""
    index: Index = field(init=False)
    bodies: Bodies | None = None
    """Reads the bodies of the functions that are `unread` in the facts; None where there are none."""

    def __post_init__(self) -> None:
        self.top = Frame(module=self, function=0)
        self.index = Index(self.facts, self.read)

    def read(self, function: int) -> Index:
        """Take in the body of a function, if that has not been done; the tables with what it tells."""
        if self.bodies is not None and function in self.facts.unread:
            self._read(self.bodies, [function])
        return self.index

    def read_changes(self, name: str, cls: int | None = None) -> None:
        """Take in all bodies that may change what is called so, of the methods of one class or of all functions."""
        if self.bodies is None:
            return
        unread, functions = self.facts.unread, self.facts.functions
        changing = [function for function in self.bodies.changing(name) if function in unread]
        if wanted := [function for function in changing if cls is None or functions[function].owner == cls]:
            self._read(self.bodies, wanted)

    def _read(self, bodies: Bodies, functions: list[int]) -> None:
        self.facts = bodies.read(self.facts, functions)
        self.index = Index(self.facts, self.read)

    def location(self, span: Span) -> Location:
        """A span of this file as a location; for a notebook, cell and line within it."""
        cell: int | None = None
        first = 1
        for index, start in enumerate(self.facts.cells):
            if start <= span.line:
                cell, first = index, start
        shift = first - 1
        return Location(
            path=self.path,
            line=span.line - shift,
            column=span.column,
            end_line=span.end_line - shift,
            end_column=span.end_column,
            cell=cell,
        )


@dataclass(slots=True, eq=False)
class Frame:
    """One activation of a function: where its parameters come from.

    `arguments` is None for a frame that stands for all activations: a parameter is then what the callers pass.
    """

    module: Module
    function: int
    arguments: dict[str, Bound] | None = None
    receiver: Term | None = None
    """The object a method is called on, when known."""
    closure: Frame | None = None
    depth: int = 0


class Bound(NamedTuple):
    """A symbolic value and the frame in which to read it."""

    value: Value
    frame: Frame


class Known(NamedTuple):
    """A constant."""

    value: str | int | float | bool | None


class Secret(NamedTuple):
    """A literal that looks like a credential."""

    shown: str
    identity: str
    location: Location


class Environment(NamedTuple):
    """The value of an environment variable or of a field that one fills."""

    name: str
    default: Known | Secret | None
    """None when there is no default or it is not constant."""


class External(NamedTuple):
    """A name from outside the project, e.g. `openai.OpenAI`; a builtin by its bare name."""

    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """The result of a call that leads out of the project."""

    callee: Term
    module: Module
    site: int
    frame: Frame
    partial: Made | None = None
    """The call that fixed some of the arguments beforehand: `partial(OpenAI, timeout=30)`."""
    bare: bool = False
    """True when the call only hands over what is called, without arguments: `field(default_factory=OpenAI)`."""

    @property
    def call(self) -> CallSite:
        """The call expression; its arguments are those that reach what is called."""
        call = self.module.facts.calls[self.site]
        return call._replace(arguments=()) if self.bare else call

    @property
    def location(self) -> Location:
        """Where the call stands."""
        return self.module.location(self.call.span)


class Typed(NamedTuple):
    """An object of an annotated outside class, made who knows where."""

    name: str
    """The class, dotted."""
    is_optional: bool = False
    """True for an optional parameter where it is not None: beside it stands what the code falls back on."""
    of: tuple[Bound, ...] = ()
    """The types it is annotated to be of: `Entry[Data]`."""


class Attribute(NamedTuple):
    """An attribute of something that is not a project object."""

    base: Term
    name: str


class ItemOf(NamedTuple):
    """An item of something that is not a visible dict or list."""

    base: Term
    key: Bound


class Mapping(NamedTuple):
    """A dict whose making is visible."""

    value: DictOf
    frame: Frame


class Sequence(NamedTuple):
    """A list, tuple or set."""

    value: SeqOf
    frame: Frame


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method of the project."""

    module: Module
    index: int
    receiver: Term | None = None
    closure: Frame | None = None

    @property
    def facts(self) -> FunctionFacts:
        """Its facts; those that its body tells may be missing."""
        return self.module.facts.functions[self.index]

    @property
    def whole(self) -> FunctionFacts:
        """Its facts, with those that its body tells."""
        self.module.read(self.index)
        return self.facts


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the project."""

    module: Module
    index: int

    @property
    def facts(self) -> ClassFacts:
        """Its facts."""
        return self.module.facts.classes[self.index]


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a project class. `site` is the call that makes it; None stands for any instance."""

    cls: Class
    site: int | None
    frame: Frame | None
    of: tuple[Bound, ...] = ()
    """For any instance: the types it is annotated to be of, `Entry[Data]`."""


class Package(NamedTuple):
    """A module of the project."""

    module: Module


class Folder(NamedTuple):
    """A package directory of the project without a parsed `__init__`, or a namespace: the dotted name so far."""

    name: str
    near: Module


class Parameter(NamedTuple):
    """A parameter whose callers are not in the project."""

    module: Module
    function: int
    name: str


class Compound(NamedTuple):
    """Something computed: an operation, an f-string, a generator's object."""

    kind: str
    operands: tuple[Bound, ...]


class Unknown(NamedTuple):
    """Not decidable; `why` is for `prodlint calls`."""

    why: str


Term: TypeAlias = (
    Known
    | Secret
    | Environment
    | External
    | Made
    | Typed
    | Attribute
    | ItemOf
    | Mapping
    | Sequence
    | Function
    | Class
    | Instance
    | Package
    | Folder
    | Parameter
    | Compound
    | Unknown
)

Terms: TypeAlias = tuple[Term, ...]

MAX_NAMED = 64
"""Steps of which a name is made; what is further away has no part in it, for no table speaks of such chains."""
FAR = "\N{HORIZONTAL ELLIPSIS}"
"""The root in the name of something more steps away from it: none that a table has, and not unknown."""

NOTHING = Known(None)
INJECTED = Unknown("a caller may pass another one")
"""An optional parameter that is not None here: what the code falls back on is decided beside it."""
CHOSEN = Unknown("which of several is called is decided at run time")
"""Beside the entries of a registry of the project's own code that is read with a key that is not known."""


def name_of(term: Term) -> str:
    """The canonical name of a term: `openai.OpenAI().chat`; `.chat` when its owner is not known; else empty."""
    if isinstance(term, External):
        return term.name
    steps: list[str] = []
    while isinstance(term, Attribute | Made | ItemOf):
        if len(steps) == MAX_NAMED:
            return _named(FAR, steps)
        if isinstance(term, Made):
            steps.append("()")
            term = term.callee
        else:
            steps.append(f".{term.name}" if isinstance(term, Attribute) else "[]")
            term = term.base
    if isinstance(term, External):
        return _named(term.name, steps)
    return _named(f"{term.name}()" if isinstance(term, Typed) else "", steps)


def _named(root: str, steps: list[str]) -> str:
    """The name of what some steps lead to, the last one first; a call or an item of what has no owner has none."""
    if root and root[0] != ".":
        return root + "".join(reversed(steps))
    name = root
    for step in reversed(steps):
        name = name + step if step[0] == "." else ""
    return name


def root_of(term: Term) -> Term:
    """What the attributes and items of a term are read from."""
    while isinstance(term, Attribute | ItemOf):
        term = term.base
    return term


def is_vague(term: Term) -> bool:
    """True for what says less of an object than an annotation does."""
    if isinstance(term, Unknown | Parameter):
        return True
    root = root_of(term)
    return root is not term and isinstance(root, Unknown | Parameter | Typed | Instance)
