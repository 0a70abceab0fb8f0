"""Expressions: from nodes to symbolic values, with the variables replaced by what they hold."""

from __future__ import annotations

from prodlint.extract import calls, conditions, displays, keys, literals, names, operators, syntax
from prodlint.extract.definitions import define_lambda
from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.state import Evaluator, Held, Scope, Walk
from prodlint.facts import Element, FunctionRef, Opaque


def _lambda(walk: Walk, scope: Scope, node: syntax.Lambda) -> Held:
    return FunctionRef(define_lambda(walk, scope, node))


def _named(walk: Walk, scope: Scope, node: syntax.NamedExpr) -> Held:
    held = evaluate(walk, scope, node.value)
    if isinstance(node.target, syntax.Name):
        keys.note(walk, scope, node.target.value, "assignment", node.value)
        names.bind(walk, scope, node.target.value, held)
        names.forget_paths(walk, scope, node.target.value)
    return held


def _yield(walk: Walk, scope: Scope, node: syntax.Yield) -> Held:
    scope.is_generator = True
    if node.value is None:
        return Opaque("what is sent to the generator")
    scope.yields[id(node)] = value_of(walk, scope, node.value)
    return Opaque("what is sent to the generator")


def _yield_from(walk: Walk, scope: Scope, node: syntax.YieldFrom) -> Held:
    scope.is_generator = True
    scope.yields[id(node)] = Element(value_of(walk, scope, node.item))
    return Opaque("what is sent to the generator")


def _starred(walk: Walk, scope: Scope, node: syntax.StarredElement) -> Held:
    return Element(value_of(walk, scope, node.value))


EVALUATORS: dict[type[syntax.Node], Evaluator] = {
    syntax.Name: names.name,
    syntax.Attribute: names.attribute,
    syntax.Integer: literals.integer,
    syntax.Float: literals.floating,
    syntax.SimpleString: literals.string,
    syntax.ConcatenatedString: literals.string,
    syntax.FormattedString: literals.formatted,
    syntax.List: displays.display,
    syntax.Tuple: displays.display,
    syntax.Set: displays.display,
    syntax.Dict: displays.dictionary,
    syntax.Call: calls.call,
    syntax.Await: calls.awaited,
    syntax.Subscript: names.subscript,
    syntax.BinaryOperation: operators.binary,
    syntax.UnaryOperation: operators.unary,
    syntax.BooleanOperation: operators.boolean,
    syntax.Comparison: operators.comparison,
    syntax.IfExp: conditions.conditional,
    syntax.Lambda: _lambda,
    syntax.NamedExpr: _named,
    syntax.ListComp: displays.comprehension,
    syntax.SetComp: displays.comprehension,
    syntax.GeneratorExp: displays.comprehension,
    syntax.DictComp: displays.comprehension,
    syntax.Yield: _yield,
    syntax.YieldFrom: _yield_from,
    syntax.StarredElement: _starred,
}
