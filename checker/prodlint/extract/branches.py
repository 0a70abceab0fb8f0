"""Where paths part and meet: conditions, loops, handlers, matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prodlint.extract import syntax
from prodlint.extract.assignments import store
from prodlint.extract.calls import mark_awaited
from prodlint.extract.conditions import narrow
from prodlint.extract.dispatch import evaluate, suite, value_of
from prodlint.extract.joins import join, meet, reachable
from prodlint.extract.literals import text_of
from prodlint.extract.names import bind, bind_target
from prodlint.extract.state import Exits, Flow, Guarded, Scope, Walk, one_of
from prodlint.facts import Block, Const, Element, Handler, Op, Opaque, SeqOf, Value

MAX_LOOP_DEPTH = 3
"""Loops nested deeper than this are walked once, not twice: each further level would double the work."""


def ends_of(body: Sequence[syntax.Statement]) -> str:
    """How a suite ends: `raise`, `return`, `continue`, `break` or `fall`."""
    if not body:
        return "fall"
    last = body[-1]
    if isinstance(last, syntax.With):
        return ends_of(last.body.body)
    return _ENDS.get(type(last), "fall")


_ENDS: dict[type[syntax.Statement], str] = {
    syntax.Raise: "raise",
    syntax.Return: "return",
    syntax.Continue: "continue",
    syntax.Break: "break",
}


def return_(walk: Walk, scope: Scope, node: syntax.Return) -> None:
    """`return value`"""
    if node.value is not None:
        scope.returns[id(node)] = value_of(walk, scope, node.value)
    scope.flow.ended = True


def raise_(walk: Walk, scope: Scope, node: syntax.Raise) -> None:
    """`raise error`"""
    if node.exc is not None:
        evaluate(walk, scope, node.exc)
    if node.cause is not None:
        evaluate(walk, scope, node.cause)
    if scope.tries and not scope.flow.ended:
        scope.tries[-1].raises.append(scope.flow.fork())
    scope.flow.ended = True


def break_(walk: Walk, scope: Scope, node: syntax.Break) -> None:
    """`break`"""
    if scope.exits and not scope.flow.ended:
        scope.exits[-1].breaks.append(scope.flow.fork())
    scope.flow.ended = True


def continue_(walk: Walk, scope: Scope, node: syntax.Continue) -> None:
    """`continue`"""
    if scope.exits and not scope.flow.ended:
        scope.exits[-1].continues.append(scope.flow.fork())
    scope.flow.ended = True


def if_(walk: Walk, scope: Scope, node: syntax.If) -> None:
    """`if`, `elif`, `else`"""
    test = value_of(walk, scope, node.test)
    if _is_main_guard(node.test):
        walk.has_main_guard = True
    span, outer_block = walk.positions.point(node), scope.block
    before = scope.flow
    taken = before.fork()
    scope.flow = taken
    narrow(walk, scope, node.test, True)
    block = Block("if", outer_block, scope.function, test, (), ends_of(node.body.body), span, False)
    scope.block = walk.block(node, "if", block)
    suite(walk, scope, node.body)
    after_body = scope.flow
    scope.flow = before.fork()
    narrow(walk, scope, node.test, False)
    scope.block = outer_block
    if node.orelse is not None:
        block = Block("else", outer_block, scope.function, test, (), "fall", span, False)
        scope.block = walk.block(node, "else", block)
        if isinstance(node.orelse, syntax.If):
            if_(walk, scope, node.orelse)
        else:
            suite(walk, scope, node.orelse)
        scope.block = outer_block
    scope.flow = meet(walk, after_body, scope.flow)


def _is_main_guard(test: syntax.Expression) -> bool:
    return (
        isinstance(test, syntax.Comparison)
        and isinstance(test.left, syntax.Name)
        and test.left.value == "__name__"
        and len(test.comparisons) == 1
        and text_of(test.comparisons[0].comparator) == "__main__"
    )


def for_(walk: Walk, scope: Scope, node: syntax.For) -> None:
    """`for x in items`"""
    iterated = value_of(walk, scope, node.iter)
    if node.is_async:
        mark_awaited(walk, node.iter)
    span = walk.positions.point(node)
    ends = ends_of(node.body.body)
    block = Block("for", scope.block, scope.function, iterated, (), ends, span, node.is_async)

    def body() -> None:
        element: Value = Element(iterated)
        if isinstance(iterated, SeqOf) and not iterated.open and 0 < len(iterated.items) <= 4:
            element = one_of(iterated.items)
        bind_target(walk, scope, node.target, element)
        suite(walk, scope, node.body)

    def exhausted() -> None:
        _else(walk, scope, node)

    _loop(walk, scope, walk.block(node, "for", block), body, exhausted)


def while_(walk: Walk, scope: Scope, node: syntax.While) -> None:
    """`while test`"""
    test = value_of(walk, scope, node.test)
    span = walk.positions.point(node)
    block = Block("while", scope.block, scope.function, test, (), ends_of(node.body.body), span, False)

    def body() -> None:
        value_of(walk, scope, node.test)
        narrow(walk, scope, node.test, True)
        suite(walk, scope, node.body)

    def exhausted() -> None:
        narrow(walk, scope, node.test, False)
        _else(walk, scope, node)

    is_endless = isinstance(test, Const) and bool(test.value)
    _loop(walk, scope, walk.block(node, "while", block), body, None if is_endless else exhausted)


def _loop(walk: Walk, scope: Scope, block: int, body: Callable[[], None], exhausted: Callable[[], None] | None) -> None:
    """Walk a loop. `exhausted` is what happens when there is nothing left; None: it is left by a `break` alone."""
    outer_block, was_ended = scope.block, scope.flow.ended
    scope.block = block
    scope.loops += 1
    scope.flow = reachable(scope.flow)
    exits = Exits()
    for _ in range(2 if scope.loops <= MAX_LOOP_DEPTH else 1):
        start = scope.flow
        scope.flow = start.fork()
        exits = Exits()
        scope.exits.append(exits)
        body()
        scope.exits.pop()
        for end in (scope.flow, *exits.continues):
            start = start if end.ended else join(walk, start, end)
        scope.flow = start
    scope.loops -= 1
    scope.block = outer_block
    breaks = exits.breaks
    if exhausted is not None:
        scope.flow = scope.flow.fork()
        exhausted()
    elif breaks:
        scope.flow, breaks = breaks[0], breaks[1:]
    for left in breaks:
        scope.flow = join(walk, scope.flow, left)
    scope.flow.ended = scope.flow.ended or was_ended


def _else(walk: Walk, scope: Scope, node: syntax.For | syntax.While | syntax.Try) -> None:
    """The `else` of a loop or a `try`."""
    if node.orelse is None:
        return
    outer_block, span = scope.block, walk.positions.point(node)
    scope.block = walk.block(node, "else", Block("else", outer_block, scope.function, None, (), "fall", span, False))
    suite(walk, scope, node.orelse)
    scope.block = outer_block


def with_(walk: Walk, scope: Scope, node: syntax.With) -> None:
    """`with manager as x`"""
    outer_block = scope.block
    for item in node.items:
        manager = value_of(walk, scope, item.item)
        if node.is_async:
            mark_awaited(walk, item.item)
        if item.asname is not None:
            store(walk, scope, item.asname, Op("enter", (manager,)), node, item.item)
        span = walk.positions.point(node)
        block = Block("with", scope.block, scope.function, manager, (), ends_of(node.body.body), span, node.is_async)
        scope.block = walk.block(item, "with", block)
    if any(_swallows(item.item) for item in node.items):
        at_failure = _attempt(walk, scope, node.body)
        scope.flow = meet(walk, at_failure, scope.flow)
    else:
        suite(walk, scope, node.body)
    scope.block = outer_block


def _swallows(node: syntax.Expression) -> bool:
    """True for `contextlib.suppress(...)`: what fails inside is forgotten."""
    match node:
        case syntax.Call(func=syntax.Name(value="suppress") | syntax.Attribute(attr="suppress")):
            return True
    return False


def _attempt(walk: Walk, scope: Scope, body: syntax.Suite) -> Flow:
    """Walk what may fail at any point; returns the variables as whoever catches that may find them."""
    before, guarded = scope.flow, Guarded()
    scope.flow = before.fork()
    scope.tries.append(guarded)
    suite(walk, scope, body)
    scope.tries.pop()
    at_failure = join(walk, before, reachable(scope.flow)).fork()
    for raised in guarded.raises:
        at_failure = join(walk, at_failure, raised)
    for name, values in guarded.bound.items():
        if len(values) > 1 and name in at_failure.names:
            at_failure.names[name] = one_of((walk.freeze(at_failure.names[name], at_failure), *values))
    if scope.tries:
        scope.tries[-1].raises += guarded.raises
        for name, values in guarded.bound.items():
            scope.tries[-1].bound.setdefault(name, []).extend(values)
    return at_failure


def try_(walk: Walk, scope: Scope, node: syntax.Try) -> None:
    """`try`, `except`, `else`, `finally`"""
    outer_block = scope.block
    span = walk.positions.point(node)
    handlers: list[Handler] = []
    for handler in node.handlers:
        caught = value_of(walk, scope, handler.type) if handler.type is not None else None
        handlers.append(Handler(caught, ends_of(handler.body.body)))
    ends = ends_of(node.body.body)
    if ends == "fall" and node.orelse is not None:
        ends = ends_of(node.orelse.body)
    block = Block("try", outer_block, scope.function, None, tuple(handlers), ends, span, False)
    scope.block = walk.block(node, "try", block)
    at_failure = _attempt(walk, scope, node.body)
    scope.block = outer_block
    _else(walk, scope, node)
    merged = scope.flow
    for index, clause in enumerate(node.handlers):
        scope.flow = at_failure.fork()
        if clause.name is not None:
            bind(walk, scope, clause.name, Opaque("a caught exception"))
        block = Block(
            "except", outer_block, scope.function, handlers[index].type, (), handlers[index].ends, span, False
        )
        scope.block = walk.block(clause, "except", block)
        suite(walk, scope, clause.body)
        merged = meet(walk, merged, scope.flow)
    scope.flow = merged
    scope.block = outer_block
    if node.finalbody is not None:
        scope.block = walk.block(
            node, "finally", Block("finally", outer_block, scope.function, None, (), "fall", span, False)
        )
        _finally(walk, scope, node.finalbody, at_failure)
        scope.block = outer_block


def _finally(walk: Walk, scope: Scope, body: syntax.Suite, at_failure: Flow) -> None:
    """Walk what is done in any case: it sees success and failure, what follows it sees success alone."""
    either = join(walk, at_failure, reachable(scope.flow)).fork()
    suite(walk, scope, body)
    if scope.loops < MAX_LOOP_DEPTH:  # like a loop, it is walked twice
        after = scope.flow
        scope.flow = either
        scope.loops += 1
        suite(walk, scope, body)
        scope.loops -= 1
        scope.flow = after


def match_(walk: Walk, scope: Scope, node: syntax.Match) -> None:
    """`match`"""
    value_of(walk, scope, node.subject)
    before, outer_block = scope.flow, scope.block
    merged: Flow | None = None
    exhaustive = False
    for case in node.cases:
        scope.flow = before.fork()
        for name in _captures(case.pattern):
            bind(walk, scope, name, Opaque("a matched part"))
        if case.guard is not None:
            value_of(walk, scope, case.guard)
        elif case.pattern.takes_all:
            exhaustive = True
        span = walk.positions.point(case)
        scope.block = walk.block(
            case, "case", Block("case", outer_block, scope.function, None, (), "fall", span, False)
        )
        suite(walk, scope, case.body)
        scope.block = outer_block
        merged = scope.flow if merged is None else meet(walk, merged, scope.flow)
    if merged is None:
        scope.flow = before
    else:
        scope.flow = merged if exhaustive else join(walk, before, merged)


def _captures(pattern: syntax.Pattern) -> list[str]:
    """The names that a pattern binds."""
    found: list[str] = []
    stack = [pattern]
    while stack:
        node = stack.pop()
        if node.name is not None:
            found.append(node.name)
        stack.extend(node.parts)
    return found
