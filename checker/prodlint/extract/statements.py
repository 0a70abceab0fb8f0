"""Statements: the order in which things happen."""

from __future__ import annotations

import libcst as cst

from prodlint.extract import assignments, branches, imports
from prodlint.extract.conditions import narrow
from prodlint.extract.definitions import define_class, define_function
from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.names import bind
from prodlint.extract.state import Executor, Scope, Walk


def _expression(walk: Walk, scope: Scope, node: cst.Expr) -> None:
    evaluate(walk, scope, node.value)
    inner = node.value.expression if isinstance(node.value, cst.Await) else node.value
    index = walk.call_index.get(id(inner))
    site = walk.calls[index] if index is not None else None
    if index is not None and site is not None:
        walk.calls[index] = site._replace(discarded=True)


def _global(walk: Walk, scope: Scope, node: cst.Global) -> None:
    scope.module_names.update(item.name.value for item in node.names)


def _assert(walk: Walk, scope: Scope, node: cst.Assert) -> None:
    value_of(walk, scope, node.test)
    if node.msg is not None:
        value_of(walk, scope, node.msg)
    narrow(walk, scope, node.test, True)


def _nothing(walk: Walk, scope: Scope, node: cst.CSTNode) -> None:
    return None


def _type_alias(walk: Walk, scope: Scope, node: cst.TypeAlias) -> None:
    bind(walk, scope, node.name.value, value_of(walk, scope, node.value))


EXECUTORS: dict[type[cst.CSTNode], Executor] = {
    cst.Expr: _expression,
    cst.Assign: assignments.assign,
    cst.AnnAssign: assignments.annotated,
    cst.AugAssign: assignments.augmented,
    cst.Return: branches.return_,
    cst.Raise: branches.raise_,
    cst.Continue: branches.continue_,
    cst.Break: branches.break_,
    cst.If: branches.if_,
    cst.For: branches.for_,
    cst.While: branches.while_,
    cst.With: branches.with_,
    cst.Try: branches.try_,
    cst.TryStar: branches.try_,
    cst.Match: branches.match_,
    cst.Global: _global,
    cst.Del: assignments.delete,
    cst.Import: imports.import_,
    cst.ImportFrom: imports.import_from,
    cst.Assert: _assert,
    cst.Pass: _nothing,
    cst.TypeAlias: _type_alias,
    cst.FunctionDef: define_function,
    cst.ClassDef: define_class,
}
