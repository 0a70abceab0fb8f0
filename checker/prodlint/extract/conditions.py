"""Conditions: what they say of the variables on each path."""

from __future__ import annotations

from prodlint.extract import syntax
from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.joins import after_either
from prodlint.extract.literals import text_of
from prodlint.extract.names import dotted, set_path
from prodlint.extract.state import Held, Ref, Scope, Walk, one_of, without_none
from prodlint.facts import NONE, Block, Const, Entry, OneOf, Op, Opaque, Value


def conditional(walk: Walk, scope: Scope, node: syntax.IfExp) -> Held:
    """`a if test else b`"""
    note_test(walk, scope, node, node.test)
    before, known = scope.flow, len(scope.assigned)
    scope.flow = before.fork()
    narrow(walk, scope, node.test, True)
    taken, after_taken = value_of(walk, scope, node.body), scope.flow
    scope.flow = before.fork()
    narrow(walk, scope, node.test, False)
    otherwise = value_of(walk, scope, node.orelse)
    scope.flow = after_either(walk, before, after_taken, scope.flow, scope.assigned[known:])
    return one_of((taken, otherwise))


def note_test(walk: Walk, scope: Scope, node: syntax.Node, test: syntax.Expression) -> None:
    """Keep the condition of an expression like that of an `if`, so that it is known what is tested."""
    value = value_of(walk, scope, test)
    walk.block(
        node, "if", Block("if", scope.block, scope.function, value, (), "fall", walk.positions.point(node), False)
    )


def narrow(walk: Walk, scope: Scope, test: syntax.Expression, holds: bool) -> None:
    """Refine the variables by what a condition says of None, on the path where it holds (or does not)."""
    if isinstance(test, syntax.UnaryOperation) and test.operator == "not":
        narrow(walk, scope, test.expression, not holds)
        return
    if isinstance(test, syntax.BooleanOperation):
        if (test.operator == "and") == holds:
            narrow(walk, scope, test.left, holds)
            narrow(walk, scope, test.right, holds)
        return
    if isinstance(test, syntax.NamedExpr):
        test = test.target
    if isinstance(test, syntax.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.comparator, syntax.Name) and target.comparator.value == "None":
            if target.operator in ("Is", "Equal"):
                _narrow_path(walk, scope, test.left, is_none=holds)
            elif target.operator in ("IsNot", "NotEqual"):
                _narrow_path(walk, scope, test.left, is_none=not holds)
            if isinstance(test.left, syntax.Call) and target.operator in ("Is", "IsNot"):
                _narrow_get(walk, scope, test.left, (target.operator == "IsNot") == holds)
        elif target.operator == ("In" if holds else "NotIn"):
            _note_key(walk, scope, target.comparator, text_of(test.left), Opaque("it is there"))
        return
    if isinstance(test, syntax.Call):
        _narrow_get(walk, scope, test, holds)
        return
    if isinstance(test, syntax.Name | syntax.Attribute):
        if holds:
            _narrow_path(walk, scope, test, is_none=False)
        else:
            _narrow_falsy(walk, scope, test)


def _narrow_get(walk: Walk, scope: Scope, test: syntax.Call, is_given: bool) -> None:
    """`d.get("key")` that is neither None nor empty."""
    match test:
        case syntax.Call(func=syntax.Attribute(value=base, attr="get"), args=[syntax.Arg(value=key), *_]):
            if is_given:
                _note_key(walk, scope, base, text_of(key), NONE)


def _note_key(walk: Walk, scope: Scope, node: syntax.Expression, key: str | None, otherwise: Value) -> None:
    """On this path the dict holds the key; `otherwise` is what it cannot be."""
    held = scope.flow.names.get(node.value) if isinstance(node, syntax.Name) and key is not None else None
    making = scope.flow.heap.get(held.number) if isinstance(held, Ref) else None
    if not isinstance(held, Ref) or making is None or making.kind != "dict":
        return
    before: Value = Op("get", (walk.freeze(held, scope.flow), Const(key), otherwise))
    entry = Entry("has", Const(key), without_none(before) if otherwise == NONE else before, None, False)
    scope.flow.heap[held.number] = making._replace(entries=(*making.entries, entry))


def _narrow_falsy(walk: Walk, scope: Scope, node: syntax.Name | syntax.Attribute) -> None:
    """Of the values that a variable may have, those that are not true on their own; None is but one of them."""
    path = dotted(node)
    held = scope.flow.names.get(path) if path else None
    if isinstance(held, OneOf):
        left = [option for option in held.options if not (isinstance(option, Const) and option.value)]
        if left:
            scope.flow.names[path] = one_of(left)


def _narrow_path(walk: Walk, scope: Scope, node: syntax.Expression, *, is_none: bool) -> None:
    if isinstance(node, syntax.NamedExpr):
        node = node.target
    path = dotted(node)
    if not path:
        return
    held = scope.flow.names.get(path)
    if held is None:
        held = evaluate(walk, scope, node)
    if isinstance(held, Ref):
        return
    if not is_none:
        set_path(walk, scope, path, without_none(held))
    elif not isinstance(held, Const):
        set_path(walk, scope, path, NONE)
