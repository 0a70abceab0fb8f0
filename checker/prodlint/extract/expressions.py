"""Expressions: from libcst nodes to symbolic values, with the variables replaced by what they hold."""

from __future__ import annotations

import libcst as cst

from prodlint.extract import calls, conditions, displays, keys, literals, names, operators
from prodlint.extract.definitions import define_lambda
from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.from_ast.nodes import EvaluatedString
from prodlint.extract.state import Evaluator, Held, Scope, Walk
from prodlint.facts import Element, FunctionRef, Opaque, Value


def _lambda(walk: Walk, scope: Scope, node: cst.Lambda) -> Held:
    return FunctionRef(define_lambda(walk, scope, node))


def _named(walk: Walk, scope: Scope, node: cst.NamedExpr) -> Held:
    held = evaluate(walk, scope, node.value)
    if isinstance(node.target, cst.Name):
        keys.note(walk, scope, node.target.value, "assignment", node.value)
        names.bind(walk, scope, node.target.value, held)
        names.forget_paths(scope.flow, node.target.value)
    return held


def _yield(walk: Walk, scope: Scope, node: cst.Yield) -> Held:
    scope.is_generator = True
    if node.value is None:
        return Opaque("what is sent to the generator")
    if isinstance(node.value, cst.From):
        value: Value = Element(value_of(walk, scope, node.value.item))
    else:
        value = value_of(walk, scope, node.value)
    scope.yields[id(node)] = value
    return Opaque("what is sent to the generator")


def _starred(walk: Walk, scope: Scope, node: cst.StarredElement) -> Held:
    return Element(value_of(walk, scope, node.value))


EVALUATORS: dict[type[cst.CSTNode], Evaluator] = {
    cst.Name: names.name,
    cst.Attribute: names.attribute,
    cst.Integer: literals.integer,
    cst.Float: literals.floating,
    cst.SimpleString: literals.string,
    EvaluatedString: literals.string,
    cst.ConcatenatedString: literals.string,
    cst.FormattedString: literals.formatted,
    cst.List: displays.display,
    cst.Tuple: displays.display,
    cst.Set: displays.display,
    cst.Dict: displays.dictionary,
    cst.Call: calls.call,
    cst.Await: calls.awaited,
    cst.Subscript: names.subscript,
    cst.BinaryOperation: operators.binary,
    cst.UnaryOperation: operators.unary,
    cst.BooleanOperation: operators.boolean,
    cst.Comparison: operators.comparison,
    cst.IfExp: conditions.conditional,
    cst.Lambda: _lambda,
    cst.NamedExpr: _named,
    cst.ListComp: displays.comprehension,
    cst.SetComp: displays.comprehension,
    cst.GeneratorExp: displays.comprehension,
    cst.DictComp: displays.comprehension,
    cst.Yield: _yield,
    cst.StarredElement: _starred,
}
