"""The tree of a text that libcst has parsed, which the interpreter cannot: it may be older than the code.

libcst's `PositionProvider` computes line and column of every node with a regular expression per token, at about twice
the cost of parsing. Here code generation only counts characters, and only the nodes that facts refer to are noted.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import Any

import libcst as cst

from prodlint.extract import limits, syntax
from prodlint.extract.positions import Ranges
from prodlint.extract.problems import SyntaxFailure

_PLACED: frozenset[type[cst.CSTNode]] = frozenset(
    {
        cst.Call,
        cst.Arg,
        cst.SimpleString,
        cst.ConcatenatedString,
        cst.FormattedString,
        cst.DictElement,
        cst.StarredDictElement,
        cst.FunctionDef,
        cst.ClassDef,
        cst.Lambda,
        cst.Param,
        cst.Assign,
        cst.AnnAssign,
        cst.AugAssign,
        cst.For,
        cst.While,
        cst.If,
        cst.With,
        cst.Try,
        cst.TryStar,
        cst.Del,
        cst.NamedExpr,
        cst.IfExp,
        cst.CompIf,
        cst.CompFor,
        cst.MatchCase,
        cst.IndentedBlock,
        cst.SimpleStatementSuite,
    }
)
"""The nodes whose places are asked for."""


def parse(text: str) -> cst.Module:
    """The whole syntax tree, as libcst has it. Raises SyntaxFailure."""
    limits.check(text)
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise _syntax_failure(text, error) from None
    except RecursionError:
        raise SyntaxFailure("the code is nested too deeply to be parsed", None) from None
    except (TypeError, cst.CSTValidationError):
        raise SyntaxFailure("libcst cannot parse it, `not(lambda: 1)` for instance", None) from None
    except UnicodeError:
        raise SyntaxFailure("it holds half of a pair of surrogates, which is no character", None) from None


def _syntax_failure(text: str, error: cst.ParserSyntaxError) -> SyntaxFailure:
    """What is wrong, in the interpreter's words where it refuses the text as well: they are far better."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<file>", "exec", ast.PyCF_ONLY_AST, True)
        except SyntaxError as better:
            return SyntaxFailure(f"not valid Python: {better.msg}", better.lineno)
        except (ValueError, RecursionError, MemoryError):
            pass
    message = str(error.message).strip().splitlines()
    return SyntaxFailure(f"not valid Python: {message[0] if message else 'syntax error'}", error.raw_line)


def tree(text: str) -> tuple[syntax.Module, Ranges, str]:
    """The tree, where its nodes stand, and the text in which they do: libcst drops some form feeds. Raises
    SyntaxFailure."""
    parsed = parse(text)
    counter = Counter(parsed.default_indent, parsed.default_newline)
    state: Any = counter
    parsed._codegen(state)
    conversion = _Conversion(counter.ranges)
    return conversion.of(parsed), conversion.ranges, parsed.code


class _NoRecord:
    """A context manager that does nothing, made once."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class _Record:
    def __init__(self, counter: Counter, key: int) -> None:
        self.counter = counter
        self.key = key
        self.start = counter.offset

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.counter.ranges[self.key] = (self.start, self.counter.offset)


_NO_RECORD = _NoRecord()


class Counter:
    """Stands in for libcst's `CodegenState`: counts characters instead of collecting tokens."""

    def __init__(self, default_indent: str, default_newline: str) -> None:
        self.default_indent = default_indent
        self.default_newline = default_newline
        self.tokens = ("",)  # libcst only asks whether there are any
        self.indents: list[str] = []
        self.indent_width = 0
        self.offset = 0
        self.starts: dict[int, int] = {}
        self.ranges: Ranges = {}

    def increase_indent(self, value: str) -> None:
        self.indents.append(value)
        self.indent_width += len(value)

    def decrease_indent(self) -> None:
        self.indent_width -= len(self.indents.pop())

    def add_indent_tokens(self) -> None:
        self.offset += self.indent_width

    def add_token(self, value: str) -> None:
        self.offset += len(value)

    def pop_trailing_newline(self) -> None:
        return None

    def is_wanted(self, node: cst.CSTNode) -> bool:
        """True for the nodes whose range is noted."""
        return type(node) in _PLACED

    def before_codegen(self, node: cst.CSTNode) -> None:
        if self.is_wanted(node):
            self.starts[id(node)] = self.offset

    def after_codegen(self, node: cst.CSTNode) -> None:
        if self.is_wanted(node):
            key = id(node)
            if key not in self.ranges:
                self.ranges[key] = (self.starts[key], self.offset)

    def record_syntactic_position(self, node: cst.CSTNode, **_: object) -> _NoRecord | _Record:
        return _Record(self, id(node)) if self.is_wanted(node) else _NO_RECORD


class _Conversion:
    """Makes the nodes of `syntax` of libcst's."""

    def __init__(self, ranges: Ranges) -> None:
        """`ranges` by the `id` of libcst's nodes."""
        self._before = ranges
        self.ranges: Ranges = {}

    def of(self, node: Any) -> Any:
        """The node for one of libcst's, a list for several; None for one that says nothing."""
        if isinstance(node, list | tuple):
            return [self.of(item) for item in node]
        name = type(node).__name__
        if name in _WRAPPED:
            return self.of(getattr(node, _WRAPPED[name]))
        if name in _SPECIAL:
            made = _SPECIAL[name](self, node)
        else:
            cls = getattr(syntax, _RENAMED.get(name, name), None)
            if cls is None:
                return None
            made = cls(*[self._field(node, field) for field in cls.fields])
        place = self._before.get(id(node))
        if place is not None:
            self.ranges[id(made)] = place
        return made

    def _field(self, node: Any, field: str) -> Any:
        if field == "is_async":
            return node.asynchronous is not None
        value = getattr(node, field)
        if field == "operator":
            return type(value).__name__ if isinstance(value, cst.BaseCompOp | cst.BaseAugOp) else value._get_token()
        if field in _NAMES:
            return _dotted(value)
        return value if isinstance(value, str) else self.of(value)

    def body(self, node: Any) -> list[syntax.Statement]:
        """The statements of a suite, whatever line they stand in."""
        lines = [statement.body if _is_line(statement) else [statement] for statement in node.body]
        return [self.of(statement) for line in lines for statement in line]

    def suite(self, node: cst.IndentedBlock) -> syntax.Suite:
        comment = node.header.comment
        return syntax.Suite(self.body(node), None if comment is None else comment.value)

    def index(self, node: cst.Index) -> syntax.Expression:
        value: syntax.Expression = self.of(node.value)
        return syntax.StarredElement(value) if node.star else value

    def yields(self, node: cst.Yield) -> syntax.Expression:
        return (syntax.YieldFrom if isinstance(node.value, cst.From) else syntax.Yield)(self.of(node.value))

    def import_from(self, node: cst.ImportFrom) -> syntax.ImportFrom:
        names = None if isinstance(node.names, cst.ImportStar) else self.of(node.names)
        return syntax.ImportFrom(_dotted(node.module) or "", names, len(node.relative))

    def case(self, node: cst.MatchCase) -> syntax.MatchCase:
        return syntax.MatchCase(_pattern(node.pattern), self.of(node.guard), self.of(node.body))


def _is_line(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine)


def _evaluated(node: cst.SimpleString) -> str | bytes | None:
    try:
        return node.evaluated_value
    except (ValueError, SyntaxError):
        return None


def _dotted(node: object) -> str | None:
    """`a.b.c` of a chain of names, `b` of `as b`."""
    match node:
        case cst.Name(value=name):
            return name
        case cst.Attribute(value=base, attr=cst.Name(value=name)):
            return f"{_dotted(base)}.{name}"
        case cst.AsName(name=name):
            return _dotted(name)
    return None


def _pattern(node: cst.CSTNode) -> syntax.Pattern:
    name: object = None
    if isinstance(node, cst.MatchAs | cst.MatchStar):
        name = node.name
    elif isinstance(node, cst.MatchMapping):
        name = node.rest
    parts: list[syntax.Pattern] = []
    for field in ("pattern", "patterns", "elements", "kwds", "value"):
        inside = getattr(node, field, None)
        parts += [
            _pattern(part)
            for part in (inside if isinstance(inside, list | tuple) else [inside])
            if isinstance(part, cst.CSTNode)
        ]
    return syntax.Pattern(_dotted(name), parts, isinstance(node, cst.MatchAs) and node.pattern is None)


_NAMES = frozenset({"attr", "keyword", "name", "asname"})
"""Fields that hold a name and no node."""

_WRAPPED = {
    "Annotation": "annotation",
    "AssignTarget": "target",
    "AsName": "name",
    "Decorator": "decorator",
    "Element": "value",
    "Else": "body",
    "Finally": "body",
    "From": "item",
    "SubscriptElement": "slice",
}
"""Nodes around others that are left out, and where those stand."""

_RENAMED = {"TryStar": "Try", "ExceptStarHandler": "ExceptHandler"}

_SPECIAL: dict[str, Callable[[_Conversion, Any], syntax.Node]] = {
    "Module": lambda made, node: syntax.Module(made.body(node)),
    "IndentedBlock": _Conversion.suite,
    "SimpleStatementSuite": lambda made, node: syntax.Suite(made.body(node), None),
    "SimpleString": lambda made, node: syntax.SimpleString(_evaluated(node)),
    "FormattedStringExpression": lambda made, node: syntax.FormattedStringExpression(
        made.of(node.expression), made.of(node.format_spec or ())
    ),
    "StarredDictElement": lambda made, node: syntax.DictElement(None, made.of(node.value)),
    "Index": _Conversion.index,
    "Yield": _Conversion.yields,
    "Global": lambda made, node: syntax.Global([item.name.value for item in node.names]),
    "Nonlocal": lambda made, node: syntax.Pass(),
    "ImportFrom": _Conversion.import_from,
    "WithItem": lambda made, node: syntax.WithItem(made.of(node.item), made.of(node.asname)),
    "MatchCase": _Conversion.case,
}
