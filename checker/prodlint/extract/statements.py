"""Statements: the order in which things happen."""

from __future__ import annotations

from prodlint.extract import assignments, branches, imports, syntax
from prodlint.extract.conditions import narrow
from prodlint.extract.definitions import define_class, define_function
from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.names import bind
from prodlint.extract.state import Executor, Scope, Walk


def _expression(walk: Walk, scope: Scope, node: syntax.Expr) -> None:
    evaluate(walk, scope, node.value)
    inner = node.value.expression if isinstance(node.value, syntax.Await) else node.value
    index = walk.call_index.get(id(inner))
    site = walk.calls[index] if index is not None else None
    if index is not None and site is not None:
        walk.calls[index] = site._replace(discarded=True)


def _global(walk: Walk, scope: Scope, node: syntax.Global) -> None:
    scope.module_names.update(node.names)


def _assert(walk: Walk, scope: Scope, node: syntax.Assert) -> None:
    value_of(walk, scope, node.test)
    if node.msg is not None:
        value_of(walk, scope, node.msg)
    narrow(walk, scope, node.test, True)


def _nothing(walk: Walk, scope: Scope, node: syntax.Node) -> None:
    return None


def _type_alias(walk: Walk, scope: Scope, node: syntax.TypeAlias) -> None:
    bind(walk, scope, node.name, value_of(walk, scope, node.value))


EXECUTORS: dict[type[syntax.Node], Executor] = {
    syntax.Expr: _expression,
    syntax.Assign: assignments.assign,
    syntax.AnnAssign: assignments.annotated,
    syntax.AugAssign: assignments.augmented,
    syntax.Return: branches.return_,
    syntax.Raise: branches.raise_,
    syntax.Continue: branches.continue_,
    syntax.Break: branches.break_,
    syntax.If: branches.if_,
    syntax.For: branches.for_,
    syntax.While: branches.while_,
    syntax.With: branches.with_,
    syntax.Try: branches.try_,
    syntax.Match: branches.match_,
    syntax.Global: _global,
    syntax.Del: assignments.delete,
    syntax.Import: imports.import_,
    syntax.ImportFrom: imports.import_from,
    syntax.Assert: _assert,
    syntax.Pass: _nothing,
    syntax.TypeAlias: _type_alias,
    syntax.FunctionDef: define_function,
    syntax.ClassDef: define_class,
}
