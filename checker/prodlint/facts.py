"""Facts about one file: what extraction yields and the link stage evaluates.

A file's facts depend on its text alone, hold no path and no secret, and are plain values, so they can be cached by
content. Expressions are symbolic: local variables are already replaced by what they hold at that point, so a value
mentions only constants, parameters, module globals, imports, and the results of calls.

The symbolic values are named tuples, not dataclasses: extraction makes one for nearly every expression of a file,
and a frozen dataclass costs about four times as much to build.
"""

from __future__ import annotations

from typing import TypeAlias

from prodlint.values import NamedTuple, dataclass, field

FACTS_VERSION = 10
"""Raised with every change of shape or meaning, so that cached facts of another version are not read."""


class Span(NamedTuple):
    """A range of source: 1-based lines, 1-based UTF-16 columns, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Const(NamedTuple):
    """A literal: str, int, float, bool or None."""

    value: str | int | float | bool | None


class Redacted(NamedTuple):
    """A string literal that looks like a credential; its text is not kept."""

    shown: str
    """What may be printed of it."""
    identity: str
    span: Span


class Joined(NamedTuple):
    """An f-string or a concatenation of strings, in parts."""

    parts: tuple[Value, ...]


class Imported(NamedTuple):
    """A name bound by an import."""

    module: str
    """Dotted; may be empty for `from . import x`."""
    name: str
    """The imported symbol; empty for `import module`."""
    level: int
    """Leading dots of a relative import."""


class Global(NamedTuple):
    """A module-level name (or a builtin) read inside a function."""

    name: str


class Param(NamedTuple):
    """A parameter of a function of this file."""

    function: int
    name: str


class Attr(NamedTuple):
    """`base.name`"""

    base: Value
    name: str


class Item(NamedTuple):
    """`base[key]`"""

    base: Value
    key: Value


class Element(NamedTuple):
    """What a loop over `base` yields."""

    base: Value


class Result(NamedTuple):
    """The value of a call; `site` is its index in `FileFacts.calls`. Awaiting it changes nothing here."""

    site: int


class Entry(NamedTuple):
    """One step in the making of a dict; later steps win."""

    how: str
    """`set`; `has` (found there by a condition); `weak` (`setdefault`); `splat` (`**value`, `update(value)`); `some` (a
    splat that leaves None values out); `delete`."""
    key: Value | None
    """None for a splat."""
    value: Value
    span: Span | None
    maybe: bool
    """True when the step is not taken on every path."""


class DictOf(NamedTuple):
    """A dict with its making. `touched` are calls it was handed to before this point, which may have changed it."""

    entries: tuple[Entry, ...]
    touched: tuple[int, ...]


class SeqOf(NamedTuple):
    """A list, tuple or set display. `open` is true when it may hold more than `items`."""

    kind: str
    items: tuple[Value, ...]
    open: bool


class OneOf(NamedTuple):
    """One of several values, by the path taken."""

    options: tuple[Value, ...]


class Some(NamedTuple):
    """`value` where it is known not to be None (or not falsy)."""

    value: Value


class Op(NamedTuple):
    """Any other operation; `kind` is the operator (`+`, `or`, `==`, `not`, `slice` ...)."""

    kind: str
    operands: tuple[Value, ...]


class FunctionRef(NamedTuple):
    """A function, method or lambda of this file."""

    number: int
    """Index in `FileFacts.functions`."""


class ClassRef(NamedTuple):
    """A class of this file."""

    number: int
    """Index in `FileFacts.classes`."""


class Opaque(NamedTuple):
    """Something that is not modelled."""

    why: str


class Elsewhere(NamedTuple):
    """A value to be read in another activation than those around it; made by the link stage, never part of facts."""

    value: Value
    frame: object
    """A `link.terms.Frame`."""


Value: TypeAlias = (
    Const
    | Redacted
    | Joined
    | Imported
    | Global
    | Param
    | Attr
    | Item
    | Element
    | Result
    | DictOf
    | SeqOf
    | OneOf
    | Some
    | Op
    | FunctionRef
    | ClassRef
    | Opaque
    | Elsewhere
)

REMOVED = Op("removed", ())
"""In an `Assignment` to an item: the item is deleted."""

ANY_NAME = "*"
"""In an `Assignment`, the attribute that `setattr(base, name, value)` sets."""

NONE = Const(None)


class Argument(NamedTuple):
    """One argument of a call."""

    keyword: str | None
    stars: int
    """0, or 1 for `*value`, 2 for `**value`."""
    value: Value
    span: Span


class CallSite(NamedTuple):
    """One call expression."""

    function: int
    """Index of the innermost function (0: the module body)."""
    callee: Value
    arguments: tuple[Argument, ...]
    span: Span
    block: int
    """Index of the innermost block around it in `FileFacts.blocks`; -1: none."""
    awaited: bool
    discarded: bool
    """True when the call is a statement of its own."""
    deferred: bool
    """True inside a lambda or a generator expression."""


class Handler(NamedTuple):
    """One `except` clause."""

    type: Value | None
    """None for a bare `except:`."""
    ends: str
    """How its body ends on the main path: `raise`, `return`, `continue`, `break` or `fall` (falls through)."""


class Block(NamedTuple):
    """A compound statement around calls."""

    kind: str
    """`for`, `while`, `with`, `try` (the guarded body), `except`, `finally`, `if`, `else` (of any statement), `case`,
    `comprehension`."""
    parent: int
    function: int
    value: Value | None
    """for: what is iterated; while, if, else of an `if`: the test; with: the context manager; except: the exception
    type."""
    handlers: tuple[Handler, ...]
    ends: str
    """How its body ends on the main path, like `Handler.ends`."""
    span: Span
    is_async: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    kind: str
    """`positional`, `keyword` (keyword-only), `*` or `**`."""
    default: Value | None
    annotation: Value | None
    span: Span


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """A function, method, lambda, or (index 0) the module body."""

    name: str
    qualname: str
    """`Class.method`, `outer.inner`; empty for the module body."""
    span: Span
    """From the first decorator or `def` to the end of the signature."""
    owner: int
    """Index of the class it is a method of; -1: none."""
    parent: int
    """Index of the function it is nested in; -1 for the module body itself."""
    parameters: tuple[Parameter, ...]
    decorators: tuple[Value, ...]
    annotation: Value | None
    is_async: bool
    is_generator: bool
    is_lambda: bool
    returns: tuple[Value, ...]
    yields: tuple[Value, ...]
    mutates: frozenset[str]
    """Parameters whose object the function changes in place."""
    raises: bool = False
    """True when it never comes back."""
    removes: frozenset[str] = frozenset()
    """Those of `mutates` from which it takes something away."""


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class."""

    name: str
    qualname: str
    span: Span
    bases: tuple[Value, ...]
    decorators: tuple[Value, ...]
    methods: dict[str, int]
    attributes: dict[str, Value]
    """Class-level assignments; an annotated field without a value is absent here."""
    annotations: dict[str, Value]


class Assignment(NamedTuple):
    """`base.name = value` or `base[key] = value` outside local dicts."""

    base: Value
    key: str | Value
    """Attribute name as str, `ANY_NAME` for one that is only known at run time; for an item the key's value."""
    value: Value
    """`REMOVED` for `del base[key]`."""
    span: Span
    function: int
    block: int
    """Like `CallSite.block`."""


class KeyUse(NamedTuple):
    """A literal in a key's place: `OPENAI_API_KEY = "..."`, `api_key="..."`, `{"x-api-key": "..."}`."""

    name: str
    """The variable, keyword, header or environment variable."""
    how: str
    """`keyword`, `assignment`, `attribute`, `item`, `default` (of a parameter) or `getenv`."""
    shown: str
    identity: str
    span: Span
    function: int


class BrokenCell(NamedTuple):
    """A code cell of a notebook that is not Python; the facts are those of the others."""

    cell: int
    """0-based."""
    line: int
    """1-based, within the cell."""
    message: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """All facts of one file."""

    functions: tuple[FunctionFacts, ...]
    classes: tuple[ClassFacts, ...]
    calls: tuple[CallSite, ...]
    blocks: tuple[Block, ...]
    globals: dict[str, Value]
    """Module-level names after the module body has run; what functions assign by `global` is one of the options."""
    star_imports: tuple[Imported, ...]
    assignments: tuple[Assignment, ...]
    key_uses: tuple[KeyUse, ...]
    imports: tuple[str, ...]
    """Every absolute module imported anywhere, dotted, and `module.name` for `from module import name`; sorted."""
    has_main_guard: bool
    tests: bool
    """True when the file defines `test_*` functions or `Test*` classes, or imports a test framework."""
    cells: tuple[int, ...] = ()
    """For a notebook: first line (1-based, in the joined text) of each code cell."""
    broken_cells: tuple[BrokenCell, ...] = ()
    unread: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Functions of which only the header has been read, with the first and the last line (1-based) of their bodies. Of
    their facts, what a body tells (`returns`, `mutates` ...) is empty, as are their calls, blocks and assignments."""
