"""What the walk over one file carries: environments, dicts and lists in the making, and the facts so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prodlint.extract import syntax
from prodlint.extract.positions import Positions
from prodlint.facts import (
    NONE,
    Assignment,
    Attr,
    Block,
    CallSite,
    Const,
    DictOf,
    Element,
    Entry,
    FunctionFacts,
    Imported,
    Item,
    Joined,
    KeyUse,
    OneOf,
    Op,
    Opaque,
    Param,
    Redacted,
    SeqOf,
    Some,
    Value,
)
from prodlint.values import NamedTuple, dataclass, field

MAX_TEXT = 300
"""Characters of a string constant that are kept: enough for names, models, URLs; prompts are not needed whole."""

MAX_ITEMS = 64
"""Displays with more items than this are data tables; the rest of the items is not kept."""

MAX_OPTIONS = 8
MAX_WEIGHT = 400
"""A value that mentions more than this many others is not kept whole: nobody reads settings out of such a thing."""


class Ref(NamedTuple):
    """A dict or list that is still being built: a key into `Flow.heap`. Never part of the facts."""

    number: int


class Making(NamedTuple):
    """The state of a dict (`kind` "dict") or list in the making."""

    kind: str
    entries: tuple[Entry, ...]
    touched: tuple[int, ...]
    items: tuple[Value, ...]
    open: bool


Held = Value | Ref
"""What a local variable may hold during the walk."""


@dataclass(slots=True)
class Flow:
    """The variables at one point of one function, and whether that point can be reached."""

    names: dict[str, Held] = field(default_factory=dict)
    """Local names, and narrowed or assigned attribute paths as dotted text (`self.client`)."""
    heap: dict[int, Making] = field(default_factory=dict)
    ended: bool = False
    """True behind a `return`, `raise`, `continue` or `break`."""

    def fork(self) -> Flow:
        """An independent copy for one branch."""
        return Flow(dict(self.names), dict(self.heap), self.ended)

    def take(self, other: Flow) -> None:
        """Become `other`."""
        self.names, self.heap, self.ended = other.names, other.heap, other.ended


@dataclass(slots=True)
class Exits:
    """How the body of a loop is left before its end."""

    breaks: list[Flow] = field(default_factory=list)
    """The variables at each `break`."""
    continues: list[Flow] = field(default_factory=list)


@dataclass(slots=True)
class Guarded:
    """What a handler may find that stands behind the body of a `try`."""

    raises: list[Flow] = field(default_factory=list)
    """The variables at each `raise`."""
    bound: dict[str, list[Value]] = field(default_factory=dict)
    """All that the names were bound to: any of it may be the last."""


class Deferred(NamedTuple):
    """A lambda whose names may be bound anew before it is called."""

    walk: Callable[[Flow], None]
    """Walks its body once more."""
    flow: Flow
    """The variables at its definition."""
    before: int
    """How many names had been bound then (`Scope.assigned`)."""


@dataclass(slots=True)
class Scope:
    """The function (or module body, or class body) the walk is in."""

    function: int
    flow: Flow
    outer: dict[str, Value]
    """Names of the enclosing functions, frozen; the module's names are not among them."""
    module_names: set[str]
    """Names declared `global` here."""
    is_module: bool
    self_name: str = ""
    class_index: int = -1
    qualifier: str = ""
    block: int = -1
    deferred: bool = False
    returns: dict[int, Value] = field(default_factory=dict)
    yields: dict[int, Value] = field(default_factory=dict)
    is_generator: bool = False
    mutates: set[str] = field(default_factory=set)
    removes: set[str] = field(default_factory=set)
    parameter_names: frozenset[str] = frozenset()
    loops: int = 0
    exits: list[Exits] = field(default_factory=list)
    """One for each loop around this point."""
    tries: list[Guarded] = field(default_factory=list)
    """One for each `try` around this point."""
    assigned: list[str] = field(default_factory=list)
    """The names that were bound, in that order."""
    lambdas: list[Deferred] = field(default_factory=list)
    """What was walked before the scope was complete."""
    shared: set[str] = field(default_factory=set)
    """Names that a function defined here declares `nonlocal`."""
    held: list[tuple[int, Ref]] = field(default_factory=list)
    """Attribute assignments (by node id) of dicts in the making, to be frozen when the function ends."""


@dataclass(slots=True)
class Walk:
    """Everything collected from one file."""

    positions: Positions
    expressions: Mapping[type[syntax.Node], Evaluator]
    """What evaluates each type of expression."""
    statements: Mapping[type[syntax.Node], Executor]
    """What carries out each type of statement."""
    functions: list[FunctionFacts | None] = field(default_factory=list)
    function_index: dict[int, int] = field(default_factory=dict)
    classes: list[object] = field(default_factory=list)
    class_index: dict[int, int] = field(default_factory=dict)
    calls: list[CallSite | None] = field(default_factory=list)
    call_index: dict[int, int] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    block_index: dict[tuple[int, str], int] = field(default_factory=dict)
    assignments: dict[int, Assignment] = field(default_factory=dict)
    key_uses: dict[int, KeyUse] = field(default_factory=dict)
    star_imports: list[Imported] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    module_writes: dict[str, list[Value]] = field(default_factory=dict)
    """What functions assign to names they declare `global`."""
    pending: list[object] = field(default_factory=list)
    """Function bodies to walk once the scope that defines them is complete."""
    with_paths: set[str] = field(default_factory=set)
    """The names of which attributes have been held under their paths (`Flow.names`), in any function."""
    next_ref: int = 0
    weights: dict[int, tuple[Value, int]] = field(default_factory=dict)
    has_main_guard: bool = False
    tests: bool = False

    def new_ref(self, flow: Flow, making: Making) -> Ref:
        """Put a dict or list in the making on the heap."""
        self.next_ref += 1
        flow.heap[self.next_ref] = making
        return Ref(self.next_ref)

    def block(self, node: object, kind: str, make: Block) -> int:
        """The index of the block for a node, stable when a loop body is walked twice."""
        key = (id(node), kind)
        index = self.block_index.get(key)
        if index is None:
            index = len(self.blocks)
            self.block_index[key] = index
            self.blocks.append(make)
        else:
            self.blocks[index] = make
        return index

    def freeze(self, held: Held, flow: Flow) -> Value:
        """The value as it is now, fit for the facts."""
        if isinstance(held, Ref):
            making = flow.heap.get(held.number)
            if making is None:
                return Opaque("a dict or list of another branch")
            if making.kind == "dict":
                return self.bounded(DictOf(making.entries, making.touched))
            return self.bounded(SeqOf(making.kind, making.items, making.open))
        return held

    def bounded(self, value: Value) -> Value:
        """The value itself, or an opaque stand-in when it is too large to be worth keeping."""
        return value if self.weight(value) <= MAX_WEIGHT else Opaque("too large a value")

    def weight(self, value: Value) -> int:
        """How many values this one mentions, counted once per value object."""
        known = self.weights.get(id(value))
        if known is not None:
            return known[1]
        total = 1
        for part in parts(value):
            total += self.weight(part)
            if total > MAX_WEIGHT:
                break
        self.weights[id(value)] = (value, total)  # holds the value, so that its id stays its own
        return total


Evaluator = Callable[[Walk, Scope, Any], Held]
Executor = Callable[[Walk, Scope, Any], None]


def parts(value: Value) -> Iterable[Value]:
    """The values directly inside a value."""
    if isinstance(value, Const | Redacted):
        return ()
    if isinstance(value, DictOf):
        inside: list[Value] = []
        for entry in value.entries:
            if entry.key is not None:
                inside.append(entry.key)
            inside.append(entry.value)
        return inside
    if isinstance(value, SeqOf):
        return value.items
    if isinstance(value, OneOf):
        return value.options
    if isinstance(value, Op):
        return value.operands
    if isinstance(value, Joined):
        return value.parts
    if isinstance(value, Item):
        return (value.base, value.key)
    if isinstance(value, Attr | Element):
        return (value.base,)
    return (value.value,) if isinstance(value, Some) else ()


def same(first: Held, second: Held) -> bool:
    """Equality that keeps `Const("x")` and `Global("x")`, and `Const(1)` and `Const(True)`, apart."""
    if first is second:
        return True
    if type(first) is not type(second) or first != second:
        return False
    return not isinstance(first, Const) or type(first.value) is type(second[0])


def one_of(options: Iterable[Value]) -> Value:
    """The union of values, flattened and without repeats."""
    flat: list[Value] = []
    for option in options:
        for value in option.options if isinstance(option, OneOf) else (option,):
            if not any(same(value, known) for known in flat):
                flat.append(value)
    if len(flat) == 1:
        return flat[0]
    if len(flat) > MAX_OPTIONS:
        return Opaque("too many alternatives")
    return OneOf(tuple(flat))


def without_none(value: Value) -> Value:
    """`value`, known not to be None."""
    if isinstance(value, OneOf):
        rest = [option for option in value.options if option != NONE]
        return one_of(without_none(option) for option in rest) if rest else Opaque("unreachable")
    if isinstance(value, Const | Some | DictOf | SeqOf | Joined | Redacted):
        return value
    return Some(value)


def add_step(flow: Flow, held: Held, entry: Entry) -> None:
    """Note one more step in the making of a dict; of anything else nothing is noted."""
    making = flow.heap.get(held.number) if isinstance(held, Ref) else None
    if isinstance(held, Ref) and making is not None and making.kind == "dict":
        flow.heap[held.number] = making._replace(entries=(*making.entries, entry)[-MAX_ITEMS:])


def parameter_in(scope: Scope, held: Held | None) -> str:
    """The parameter whose dict or list a value is or stands in, or whose dict it has become by changes in place; empty:
    none."""
    if isinstance(held, Ref):
        making = scope.flow.heap.get(held.number)
        first = making.entries[0] if making is not None and making.entries else None
        if first is None or first.how != "splat" or first.span is not None:
            return ""
        held = first.value
    while isinstance(held, Element | Item):
        held = held.base
    return held.name if isinstance(held, Param) and held.name in scope.parameter_names else ""
