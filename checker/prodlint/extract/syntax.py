"""The tree that extraction walks: libcst's nodes in name and kind, with no more than facts are made of.

They have no white space, no punctuation and no comments but one. `positions.Positions` knows where they stand. A node
is made with the values of its fields, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any


class _Fielded(type):
    """Makes slots of a class's annotations, and a constructor that takes a value for each."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        fields = tuple(body.get("__annotations__", ()))
        made: Any = super().__new__(cls, name, bases, {"__slots__": fields, **body})
        if fields:
            made.fields = fields
            made.__init__ = _constructor([vars(made)[field].__set__ for field in fields])
        return made


def _constructor(setters: Sequence[Callable[[object, object], None]]) -> Callable[..., None]:
    match setters:
        case [first]:

            def of_one(self: object, value: object) -> None:
                first(self, value)

            return of_one
        case [first, second]:

            def of_two(self: object, value: object, other: object) -> None:
                first(self, value)
                second(self, other)

            return of_two

    def of_more(self: object, *values: object) -> None:
        for setter, value in zip(setters, values, strict=True):
            setter(self, value)

    return of_more


class Node(metaclass=_Fielded):
    """A piece of a program."""

    fields = ()
    """The names of the fields, in order."""

    if TYPE_CHECKING:  # the metaclass makes it

        def __init__(self, *values: Any) -> None: ...


class Expression(Node):
    """What has a value."""


class Statement(Node):
    """What is carried out."""


class Suite(Node):
    """What stands behind the colon of a compound statement, indented or in the same line."""

    body: Sequence[Statement]
    comment: str | None
    """The one behind the colon, where the parser has kept it."""


class Module(Node):
    body: Sequence[Statement]


class Name(Expression):
    """A bare name, or `None`, `True`, `False`."""

    value: str


class Attribute(Expression):
    value: Expression
    attr: str


class Integer(Expression):
    value: str


class Float(Expression):
    value: str


class Imaginary(Expression):
    """A complex number, of which nothing is kept."""


class Ellipsis(Expression):
    """`...`"""


class SimpleString(Expression):
    """A string in one part, or in several of which all is known."""

    known: str | bytes | None
    """What it says; None where that cannot be told."""


class ConcatenatedString(Expression):
    """Strings in a row of which one is formatted."""

    left: Expression
    right: Expression


class FormattedString(Expression):
    parts: Sequence[FormattedStringText | FormattedStringExpression]


class FormattedStringText(Node):
    value: str
    """As it is written."""


class FormattedStringExpression(Node):
    expression: Expression
    format_spec: Sequence[FormattedStringText | FormattedStringExpression]


class Display(Expression):
    """`[...]`, `(...)`, `{...}` of items."""

    elements: Sequence[Expression]


class List(Display):
    pass


class Tuple(Display):
    pass


class Set(Display):
    pass


class StarredElement(Expression):
    """`*items`"""

    value: Expression


class Dict(Expression):
    elements: Sequence[DictElement]


class DictElement(Node):
    """`key: value`; without a key, `**value`."""

    key: Expression | None
    value: Expression


class Call(Expression):
    func: Expression
    args: Sequence[Arg]


class Arg(Node):
    """An argument of a call, a base of a class."""

    keyword: str | None
    star: str
    """Empty, `*` or `**`."""
    value: Expression


class Await(Expression):
    expression: Expression


class Subscript(Expression):
    value: Expression
    slice: Sequence[Expression]


class Slice(Expression):
    """`lower:upper:step`"""

    lower: Expression | None
    upper: Expression | None
    step: Expression | None


class BinaryOperation(Expression):
    left: Expression
    operator: str
    """As it is written."""
    right: Expression


class UnaryOperation(Expression):
    operator: str
    """As it is written."""
    expression: Expression


class BooleanOperation(Expression):
    left: Expression
    operator: str
    """`and` or `or`."""
    right: Expression


class Comparison(Expression):
    left: Expression
    comparisons: Sequence[ComparisonTarget]


class ComparisonTarget(Node):
    operator: str
    """libcst's name of it: `Equal`, `NotIn`."""
    comparator: Expression


class IfExp(Expression):
    test: Expression
    body: Expression
    orelse: Expression


class Lambda(Expression):
    params: Parameters
    body: Expression


class NamedExpr(Expression):
    target: Expression
    value: Expression


class Comprehension(Expression):
    elt: Expression
    for_in: CompFor


class ListComp(Comprehension):
    pass


class SetComp(Comprehension):
    pass


class GeneratorExp(Comprehension):
    pass


class DictComp(Expression):
    key: Expression
    value: Expression
    for_in: CompFor


class CompFor(Node):
    target: Expression
    iter: Expression
    ifs: Sequence[CompIf]
    inner_for_in: CompFor | None
    is_async: bool


class CompIf(Node):
    test: Expression


class Yield(Expression):
    value: Expression | None


class YieldFrom(Expression):
    item: Expression


class Parameters(Node):
    posonly_params: Sequence[Param]
    params: Sequence[Param]
    star_arg: Param | None
    kwonly_params: Sequence[Param]
    star_kwarg: Param | None


class Param(Node):
    name: str
    default: Expression | None
    annotation: Expression | None


class Expr(Statement):
    value: Expression


class Assign(Statement):
    targets: Sequence[Expression]
    value: Expression


class AnnAssign(Statement):
    target: Expression
    annotation: Expression
    value: Expression | None


class AugAssign(Statement):
    target: Expression
    operator: str
    """libcst's name of it: `AddAssign`."""
    value: Expression


class Del(Statement):
    target: Expression


class Return(Statement):
    value: Expression | None


class Raise(Statement):
    exc: Expression | None
    cause: Expression | None


class Continue(Statement):
    pass


class Break(Statement):
    pass


class Pass(Statement):
    """Also what says nothing of values: `nonlocal`."""


class Global(Statement):
    names: Sequence[str]


class Assert(Statement):
    test: Expression
    msg: Expression | None


class Import(Statement):
    names: Sequence[ImportAlias]


class ImportFrom(Statement):
    module: str
    """Dotted; may be empty behind dots."""
    names: Sequence[ImportAlias] | None
    """None for `*`."""
    level: int
    """How many dots stand in front."""


class ImportAlias(Node):
    name: str
    """Dotted."""
    asname: str | None


class TypeAlias(Statement):
    name: str
    value: Expression


class If(Statement):
    test: Expression
    body: Suite
    orelse: If | Suite | None


class For(Statement):
    target: Expression
    iter: Expression
    body: Suite
    orelse: Suite | None
    is_async: bool


class While(Statement):
    test: Expression
    body: Suite
    orelse: Suite | None


class With(Statement):
    items: Sequence[WithItem]
    body: Suite
    is_async: bool


class WithItem(Node):
    item: Expression
    asname: Expression | None


class Try(Statement):
    """`try`, with `except` or `except*`."""

    body: Suite
    handlers: Sequence[ExceptHandler]
    orelse: Suite | None
    finalbody: Suite | None


class ExceptHandler(Node):
    type: Expression | None
    name: str | None
    body: Suite


class Match(Statement):
    subject: Expression
    cases: Sequence[MatchCase]


class MatchCase(Node):
    pattern: Pattern
    guard: Expression | None
    body: Suite


class Pattern(Node):
    """What a `case` matches."""

    name: str | None
    """What it captures."""
    parts: Sequence[Pattern]
    takes_all: bool
    """True for a name alone, and for `_`."""


class FunctionDef(Statement):
    name: str
    params: Parameters
    body: Suite
    decorators: Sequence[Expression]
    returns: Expression | None
    is_async: bool


class ClassDef(Statement):
    name: str
    body: Suite
    bases: Sequence[Arg]
    keywords: Sequence[Arg]
    decorators: Sequence[Expression]
