"""The walk over a tree: each node goes to the function for its type.

Expressions hold expressions, lambdas and comprehensions, statements hold both, so that nearly every module of this
package needs the walk as a whole. They call these functions; the tables of `expressions` and `statements`, which know
all the modules, come with the `Walk`.
"""

from __future__ import annotations

from collections.abc import Sequence

from prodlint.extract import syntax
from prodlint.extract.state import Held, Scope, Walk
from prodlint.facts import Opaque, Value


def evaluate(walk: Walk, scope: Scope, node: syntax.Expression) -> Held:
    """The value of an expression at this point; records every call inside it."""
    handler = walk.expressions.get(type(node))
    return Opaque("an expression that is not modelled") if handler is None else handler(walk, scope, node)


def value_of(walk: Walk, scope: Scope, node: syntax.Expression) -> Value:
    """Like `evaluate`, but frozen: fit for the facts."""
    return walk.freeze(evaluate(walk, scope, node), scope.flow)


def execute(walk: Walk, scope: Scope, body: Sequence[syntax.Statement]) -> None:
    """Walk statements in order. What follows a `return` is walked too, for its calls."""
    for statement in body:
        handler = walk.statements.get(type(statement))
        if handler is not None:
            handler(walk, scope, statement)


def suite(walk: Walk, scope: Scope, body: syntax.Suite) -> None:
    """Walk an indented block or what stands behind the colon."""
    execute(walk, scope, body.body)
