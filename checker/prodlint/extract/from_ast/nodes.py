"""Makes libcst's nodes with the fields that extraction reads, and no others."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import libcst as cst


def _maker(cls: type[cst.CSTNode], *fields: str) -> Callable[..., Any]:
    """Makes nodes with these fields alone, set on the slots: the constructors check what a parser knows."""
    new, setters = cls.__new__, [getattr(cls, field).__set__ for field in fields]
    match setters:
        case [first]:

            def make_of_one(value: object) -> Any:
                node = new(cls)
                first(node, value)
                return node

            return make_of_one
        case [first, second]:

            def make_of_two(value: object, other: object) -> Any:
                node = new(cls)
                first(node, value)
                second(node, other)
                return node

            return make_of_two

    def make(*values: object) -> Any:
        node = new(cls)
        for setter, value in zip(setters, values, strict=True):
            setter(node, value)
        return node

    return make


class EvaluatedString(cst.SimpleString):
    """A string, in one part or several, of which the interpreter has told what it says."""

    __slots__ = ("known",)  # type: ignore[misc]  # libcst declares it for instances
    known: str | bytes

    @property
    def evaluated_value(self) -> str | bytes:
        return self.known


name = _maker(cst.Name, "value")
attribute = _maker(cst.Attribute, "value", "attr")
integer = _maker(cst.Integer, "value")
float_ = _maker(cst.Float, "value")
formatted_string = _maker(cst.FormattedString, "parts")
string = _maker(EvaluatedString, "value", "known")
element = _maker(cst.Element, "value")
starred = _maker(cst.StarredElement, "value")
dict_ = _maker(cst.Dict, "elements")
dict_element = _maker(cst.DictElement, "key", "value")
starred_dict_element = _maker(cst.StarredDictElement, "value")
call = _maker(cst.Call, "func", "args")
arg = _maker(cst.Arg, "keyword", "star", "value")
await_ = _maker(cst.Await, "expression")
subscript = _maker(cst.Subscript, "value", "slice")
subscript_element = _maker(cst.SubscriptElement, "slice")
index = _maker(cst.Index, "value")
slice_ = _maker(cst.Slice, "lower", "upper", "step")
binary = _maker(cst.BinaryOperation, "left", "operator", "right")
unary = _maker(cst.UnaryOperation, "operator", "expression")
boolean = _maker(cst.BooleanOperation, "left", "operator", "right")
comparison = _maker(cst.Comparison, "left", "comparisons")
comparison_target = _maker(cst.ComparisonTarget, "operator", "comparator")
if_exp = _maker(cst.IfExp, "test", "body", "orelse")
lambda_ = _maker(cst.Lambda, "params", "body")
named = _maker(cst.NamedExpr, "target", "value")
comp_for = _maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
comp_if = _maker(cst.CompIf, "test")
dict_comp = _maker(cst.DictComp, "key", "value", "for_in")
yield_ = _maker(cst.Yield, "value")
from_ = _maker(cst.From, "item")
param = _maker(cst.Param, "name", "default", "annotation")
parameters = _maker(cst.Parameters, "posonly_params", "params", "star_arg", "kwonly_params", "star_kwarg")
annotation = _maker(cst.Annotation, "annotation")

module = _maker(cst.Module, "body")
line = _maker(cst.SimpleStatementLine, "body")
block = _maker(cst.IndentedBlock, "body", "header")
_header = _maker(cst.TrailingWhitespace, "comment")
expr = _maker(cst.Expr, "value")
assign = _maker(cst.Assign, "targets", "value")
assign_target = _maker(cst.AssignTarget, "target")
ann_assign = _maker(cst.AnnAssign, "target", "annotation", "value")
aug_assign = _maker(cst.AugAssign, "target", "operator", "value")
return_ = _maker(cst.Return, "value")
raise_ = _maker(cst.Raise, "exc", "cause")
global_ = _maker(cst.Global, "names")
name_item = _maker(cst.NameItem, "name")
del_ = _maker(cst.Del, "target")
import_ = _maker(cst.Import, "names")
import_from = _maker(cst.ImportFrom, "module", "names", "relative")
import_alias = _maker(cst.ImportAlias, "name", "asname")
as_name = _maker(cst.AsName, "name")
assert_ = _maker(cst.Assert, "test", "msg")
if_ = _maker(cst.If, "test", "body", "orelse")
else_ = _maker(cst.Else, "body")
for_ = _maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
while_ = _maker(cst.While, "test", "body", "orelse")
with_ = _maker(cst.With, "items", "body", "asynchronous")
with_item = _maker(cst.WithItem, "item", "asname")
_handler = _maker(cst.ExceptHandler, "type", "name", "body")
_star_handler = _maker(cst.ExceptStarHandler, "type", "name", "body")
finally_ = _maker(cst.Finally, "body")
match = _maker(cst.Match, "subject", "cases")
case = _maker(cst.MatchCase, "pattern", "guard", "body")
match_as = _maker(cst.MatchAs, "pattern", "name")
match_star = _maker(cst.MatchStar, "name")
match_mapping = _maker(cst.MatchMapping, "elements", "rest")
match_mapping_element = _maker(cst.MatchMappingElement, "pattern")
match_list = _maker(cst.MatchList, "patterns")
function = _maker(cst.FunctionDef, "name", "params", "body", "decorators", "returns", "asynchronous")
type_alias = _maker(cst.TypeAlias, "name", "value")
class_ = _maker(cst.ClassDef, "name", "body", "bases", "keywords", "decorators")
decorator = _maker(cst.Decorator, "decorator")

_try_fields = ("body", "handlers", "orelse", "finalbody")
displays = {
    of: _maker(cls, "elements") for of, cls in ((ast.List, cst.List), (ast.Tuple, cst.Tuple), (ast.Set, cst.Set))
}
comps = {
    of: _maker(cls, "elt", "for_in")
    for of, cls in ((ast.ListComp, cst.ListComp), (ast.SetComp, cst.SetComp), (ast.GeneratorExp, cst.GeneratorExp))
}
tries = {
    getattr(ast, of): (_maker(cls, *_try_fields), handler)
    for of, cls, handler in (("Try", cst.Try, _handler), ("TryStar", cst.TryStar, _star_handler))
    if hasattr(ast, of)
}

TYPE_ALIAS = tuple(getattr(ast, name) for name in ("TypeAlias",) if hasattr(ast, name))

ASYNC = cst.Asynchronous()
DOT = cst.Dot()
STAR = cst.ImportStar()
HEADER = _header(None)
ELLIPSIS, IMAGINARY = cst.Ellipsis(), cst.Imaginary("0j")
BINARY: dict[type[ast.operator], cst.BaseBinaryOp] = {
    ast.Add: cst.Add(),
    ast.Sub: cst.Subtract(),
    ast.Mult: cst.Multiply(),
    ast.MatMult: cst.MatrixMultiply(),
    ast.Div: cst.Divide(),
    ast.Mod: cst.Modulo(),
    ast.Pow: cst.Power(),
    ast.LShift: cst.LeftShift(),
    ast.RShift: cst.RightShift(),
    ast.BitOr: cst.BitOr(),
    ast.BitXor: cst.BitXor(),
    ast.BitAnd: cst.BitAnd(),
    ast.FloorDiv: cst.FloorDivide(),
}
CHANGING: dict[type[ast.operator], cst.BaseAugOp] = {
    of: getattr(cst, f"{type(operator).__name__}Assign")() for of, operator in BINARY.items()
}
UNARY: dict[type[ast.unaryop], cst.BaseUnaryOp] = {
    ast.Invert: cst.BitInvert(),
    ast.Not: cst.Not(),
    ast.UAdd: cst.Plus(),
    ast.USub: cst.Minus(),
}
BOOLEAN: dict[type[ast.boolop], cst.BaseBooleanOp] = {ast.And: cst.And(), ast.Or: cst.Or()}
COMPARING: dict[type[ast.cmpop], cst.BaseCompOp] = {
    ast.Eq: cst.Equal(),
    ast.NotEq: cst.NotEqual(),
    ast.Lt: cst.LessThan(),
    ast.LtE: cst.LessThanEqual(),
    ast.Gt: cst.GreaterThan(),
    ast.GtE: cst.GreaterThanEqual(),
    ast.Is: cst.Is(),
    ast.IsNot: cst.IsNot(),
    ast.In: cst.In(),
    ast.NotIn: cst.NotIn(),
}
CONTINUE, BREAK, PASS = cst.Continue(), cst.Break(), cst.Pass()
