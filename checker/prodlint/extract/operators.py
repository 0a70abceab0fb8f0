"""Operators: constants are folded, strings, lists and dicts joined; the rest stays symbolic."""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import libcst as cst

from prodlint.extract.conditions import narrow
from prodlint.extract.dispatch import value_of
from prodlint.extract.joins import after_either
from prodlint.extract.literals import HUGE, MAX_BITS
from prodlint.extract.state import MAX_ITEMS, MAX_TEXT, Held, Making, Scope, Walk, one_of, without_none
from prodlint.facts import Const, DictOf, Entry, Op, SeqOf, Value

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "|": operator.or_,
}


def binary(walk: Walk, scope: Scope, node: cst.BinaryOperation) -> Held:
    """`left + right` and its like."""
    left = value_of(walk, scope, node.left)
    right = value_of(walk, scope, node.right)
    symbol = _symbol(node.operator)
    if isinstance(left, Const) and isinstance(right, Const):
        folded = _fold(symbol, left.value, right.value)
        if folded is not None:
            return folded
    if symbol == "|" and (isinstance(left, DictOf) or isinstance(right, DictOf)):
        span = None
        entries = (Entry("splat", None, left, span, False), Entry("splat", None, right, span, False))
        return walk.new_ref(scope.flow, Making("dict", entries, (), (), False))
    if symbol == "+" and isinstance(left, SeqOf) and isinstance(right, SeqOf):
        joined = (*left.items, *right.items)[:MAX_ITEMS]
        return walk.new_ref(scope.flow, Making(left.kind, (), (), joined, left.open or right.open))
    return walk.bounded(Op(symbol, (left, right)))


def _fold(symbol: str, left: object, right: object) -> Value | None:
    compute = ARITHMETIC.get(symbol)
    if compute is None or left is None or right is None:
        return None
    if isinstance(left, str) != isinstance(right, str) or (isinstance(left, str) and symbol != "+"):
        return None
    if symbol == "**" and not (isinstance(right, int) and abs(right) < 64):
        return None
    try:
        result = compute(left, right)
    except (ArithmeticError, TypeError, ValueError):
        return None
    if isinstance(result, str):
        return Const(result[:MAX_TEXT])
    if isinstance(result, int) and result.bit_length() > MAX_BITS:
        return HUGE
    return Const(result) if isinstance(result, int | float) else None


def _symbol(node: cst.CSTNode) -> str:
    value = getattr(node, "_get_token", None)
    return str(value()) if value is not None else type(node).__name__


def unary(walk: Walk, scope: Scope, node: cst.UnaryOperation) -> Held:
    """`-x`, `not x`"""
    value = value_of(walk, scope, node.expression)
    if isinstance(node.operator, cst.Minus) and isinstance(value, Const) and isinstance(value.value, int | float):
        return Const(-value.value)
    return Op("not" if isinstance(node.operator, cst.Not) else _symbol(node.operator), (value,))


def boolean(walk: Walk, scope: Scope, node: cst.BooleanOperation) -> Held:
    """`a or b or c`: the first that is true; `a and b and c`"""
    is_and = isinstance(node.operator, cst.And)
    parts = _chain(node, type(node.operator))
    result = value_of(walk, scope, parts[0])
    before, known = scope.flow, len(scope.assigned)
    scope.flow = before.fork()
    for tested, part in pairwise(parts):
        narrow(walk, scope, tested, is_and)
        value = value_of(walk, scope, part)
        if is_and:
            result = Op("and", (result, value))
        elif isinstance(result, Const):
            result = result if result.value else value
        else:
            result = one_of((without_none(result), value))
    scope.flow = after_either(walk, before, before, scope.flow, scope.assigned[known:])
    return result


def _chain(node: cst.BooleanOperation, operator: type[cst.BaseBooleanOp]) -> list[cst.BaseExpression]:
    """`a, b, c` of `a and b and c`, which is `(a and b) and c`."""
    parts: list[cst.BaseExpression] = []
    left: cst.BaseExpression = node
    while isinstance(left, cst.BooleanOperation) and isinstance(left.operator, operator):
        parts.append(left.right)
        left = left.left
    return [left, *reversed(parts)]


def comparison(walk: Walk, scope: Scope, node: cst.Comparison) -> Held:
    """`a < b < c`"""
    operands = [value_of(walk, scope, node.left)]
    symbol = ""
    for target in node.comparisons:
        symbol = type(target.operator).__name__
        operands.append(value_of(walk, scope, target.comparator))
    return walk.bounded(Op(f"compare:{symbol}", tuple(operands)))
