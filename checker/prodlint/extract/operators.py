"""Operators: constants are folded, strings, lists and dicts joined; the rest stays symbolic."""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from prodlint.extract import syntax
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


def binary(walk: Walk, scope: Scope, node: syntax.BinaryOperation) -> Held:
    """`left + right` and its like."""
    left = value_of(walk, scope, node.left)
    right = value_of(walk, scope, node.right)
    symbol = node.operator
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


def unary(walk: Walk, scope: Scope, node: syntax.UnaryOperation) -> Held:
    """`-x`, `not x`"""
    value = value_of(walk, scope, node.expression)
    if node.operator == "-" and isinstance(value, Const) and isinstance(value.value, int | float):
        return Const(-value.value)
    return Op(node.operator, (value,))


def boolean(walk: Walk, scope: Scope, node: syntax.BooleanOperation) -> Held:
    """`a or b or c`: the first that is true; `a and b and c`"""
    is_and = node.operator == "and"
    parts = _chain(node, node.operator)
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


def _chain(node: syntax.BooleanOperation, operator: str) -> list[syntax.Expression]:
    """`a, b, c` of `a and b and c`, which is `(a and b) and c`."""
    parts: list[syntax.Expression] = []
    left: syntax.Expression = node
    while isinstance(left, syntax.BooleanOperation) and left.operator == operator:
        parts.append(left.right)
        left = left.left
    return [left, *reversed(parts)]


def comparison(walk: Walk, scope: Scope, node: syntax.Comparison) -> Held:
    """`a < b < c`"""
    operands = [value_of(walk, scope, node.left)]
    symbol = ""
    for target in node.comparisons:
        symbol = target.operator
        operands.append(value_of(walk, scope, target.comparator))
    return walk.bounded(Op(f"compare:{symbol}", tuple(operands)))
