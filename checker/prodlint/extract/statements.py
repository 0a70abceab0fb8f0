"""Statements: the order in which things happen, and where paths part and meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from prodlint.extract import keys
from prodlint.extract.definitions import define_class, define_function
from prodlint.extract.expressions import (
    bind_target,
    dotted,
    evaluate,
    item_of,
    mark_awaited,
    narrow,
    text_of,
    value_of,
)
from prodlint.extract.state import Flow, Held, Making, Ref, Scope, Walk, join, one_of
from prodlint.facts import (
    Assignment,
    Block,
    Const,
    Element,
    Entry,
    Global,
    Handler,
    Imported,
    Op,
    Opaque,
    Param,
    SeqOf,
    Value,
)

MAX_LOOP_DEPTH = 3
"""Loops nested deeper than this are walked once, not twice: each further level would double the work."""


def execute(walk: Walk, scope: Scope, body: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> None:
    """Walk statements in order. What follows a `return` is walked too, for its calls."""
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                _run(walk, scope, small)
        else:
            _run(walk, scope, statement)


def suite(walk: Walk, scope: Scope, body: cst.BaseSuite) -> None:
    """Walk an indented block or what stands behind the colon."""
    execute(walk, scope, body.body)


def _run(walk: Walk, scope: Scope, statement: cst.CSTNode) -> None:
    handler = _HANDLERS.get(type(statement))
    if handler is not None:
        handler(walk, scope, statement)


def ends_of(body: Sequence[cst.CSTNode]) -> str:
    """How a suite ends: `raise`, `return`, `continue`, `break` or `fall`."""
    if not body:
        return "fall"
    last = body[-1]
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    if isinstance(last, cst.With):
        return ends_of(last.body.body)
    kinds = {cst.Raise: "raise", cst.Return: "return", cst.Continue: "continue", cst.Break: "break"}
    return kinds.get(type(last), "fall")


def _expression(walk: Walk, scope: Scope, node: cst.Expr) -> None:
    evaluate(walk, scope, node.value)
    inner = node.value.expression if isinstance(node.value, cst.Await) else node.value
    index = walk.call_index.get(id(inner))
    site = walk.calls[index] if index is not None else None
    if index is not None and site is not None:
        walk.calls[index] = site._replace(discarded=True)


def _assign(walk: Walk, scope: Scope, node: cst.Assign) -> None:
    held = evaluate(walk, scope, node.value)
    for target in node.targets:
        _store(walk, scope, target.target, held, node, node.value)


def _annotated(walk: Walk, scope: Scope, node: cst.AnnAssign) -> None:
    if node.value is not None:
        held = evaluate(walk, scope, node.value)
        _store(walk, scope, node.target, held, node, node.value)
    elif isinstance(node.target, cst.Name) and not scope.is_module and scope.class_index < 0:
        annotation = value_of(walk, scope, node.annotation.annotation)
        scope.flow.names.setdefault(node.target.value, Op("annotated", (annotation,)))


def _store(
    walk: Walk, scope: Scope, target: cst.BaseExpression, held: Held, node: cst.CSTNode, source: cst.BaseExpression
) -> None:
    if isinstance(target, cst.Name):
        name = target.value
        keys.note(walk, scope, name, "assignment", source)
        scope.flow.names[name] = held
        _forget_paths(scope.flow, name)
        if name in scope.module_names and not scope.is_module:
            walk.module_writes.setdefault(name, []).append(walk.freeze(held, scope.flow))
    elif isinstance(target, cst.Attribute):
        keys.note(walk, scope, target.attr.value, "attribute", source)
        path = dotted(target)
        if path:
            scope.flow.names[path] = held
            _forget_paths(scope.flow, path)
        base = value_of(walk, scope, target.value)
        span = walk.positions.point(node)
        value = walk.freeze(held, scope.flow)
        walk.assignments[id(target)] = Assignment(base, target.attr.value, value, span, scope.function)
        if isinstance(held, Ref):
            scope.held.append((id(target), held))
    elif isinstance(target, cst.Subscript):
        _store_item(walk, scope, target, held, node, source)
    elif isinstance(target, cst.Tuple | cst.List):
        frozen = walk.freeze(held, scope.flow)
        for position, element in enumerate(target.elements):
            if isinstance(element, cst.StarredElement):
                bind_target(walk, scope, element.value, Opaque("the rest of an unpacking"))
            else:
                _store(walk, scope, element.value, item_of(frozen, position), node, element.value)


def _forget_paths(flow: Flow, name: str) -> None:
    """A new value in `a` makes what is known of `a.b` stale."""
    prefix = name + "."
    for path in [path for path in flow.names if path.startswith(prefix)]:
        del flow.names[path]


def _store_item(
    walk: Walk, scope: Scope, target: cst.Subscript, held: Held, node: cst.CSTNode, source: cst.BaseExpression
) -> None:
    base = evaluate(walk, scope, target.value)
    index_node = target.slice[0].slice if len(target.slice) == 1 else None
    key: Value = Opaque("a slice")
    if isinstance(index_node, cst.Index):
        key = value_of(walk, scope, index_node.value)
        text = text_of(index_node.value)
        if text is not None:
            keys.note(walk, scope, text, "item", source)
    span = walk.positions.point(node)
    value = walk.freeze(held, scope.flow)
    if isinstance(base, Ref):
        making = scope.flow.heap.get(base.number)
        if making is not None and making.kind == "dict":
            entry = Entry("set", key, value, span, False)
            scope.flow.heap[base.number] = making._replace(entries=(*making.entries, entry)[-64:])
        elif making is not None:
            scope.flow.heap[base.number] = making._replace(open=True)
        return
    frozen = walk.freeze(base, scope.flow)
    path = dotted(target.value)
    is_parameter = isinstance(base, Param) and base.name in scope.parameter_names
    if isinstance(base, Param) and is_parameter:
        scope.mutates.add(base.name)
    if path and not scope.is_module:  # from here on the name holds what it held with one more item
        entries = (Entry("splat", None, frozen, None, False), Entry("set", key, value, span, False))
        scope.flow.names[path] = walk.new_ref(scope.flow, Making("dict", entries, (), (), False))
    if not is_parameter:
        walk.assignments[id(target)] = Assignment(frozen, key, value, span, scope.function)


def _augmented(walk: Walk, scope: Scope, node: cst.AugAssign) -> None:
    value = value_of(walk, scope, node.value)
    before = evaluate(walk, scope, node.target)
    symbol = type(node.operator).__name__
    if isinstance(before, Param) and before.name in scope.parameter_names and symbol == "BitOrAssign":
        scope.mutates.add(before.name)
    if isinstance(before, Ref) and symbol == "BitOrAssign":
        making = scope.flow.heap[before.number]
        if making.kind == "dict":
            entry = Entry("splat", None, value, walk.positions.point(node), False)
            scope.flow.heap[before.number] = making._replace(entries=(*making.entries, entry))
            return
    if isinstance(before, Ref):
        making = scope.flow.heap[before.number]
        more = value.items if isinstance(value, SeqOf) else (Element(value),)
        opened = making.open or not isinstance(value, SeqOf)
        scope.flow.heap[before.number] = making._replace(items=(*making.items, *more)[:64], open=opened)
        return
    path = dotted(node.target)
    if path:
        old = walk.freeze(before, scope.flow)
        scope.flow.names[path] = walk.bounded(Op(symbol, (old, value)))
        if isinstance(node.target, cst.Name) and path in scope.module_names and not scope.is_module:
            walk.module_writes.setdefault(path, []).append(Opaque("changed in a function"))
    elif isinstance(node.target, cst.Subscript):
        _store_item(walk, scope, node.target, Opaque("changed in place"), node, node.value)


def _return(walk: Walk, scope: Scope, node: cst.Return) -> None:
    if node.value is not None:
        scope.returns[id(node)] = value_of(walk, scope, node.value)
    scope.flow.ended = True


def _raise(walk: Walk, scope: Scope, node: cst.Raise) -> None:
    if node.exc is not None:
        evaluate(walk, scope, node.exc)
    if scope.raises and not scope.flow.ended:
        scope.raises[-1].append(scope.flow.fork())
    scope.flow.ended = True


def _jump(walk: Walk, scope: Scope, node: cst.CSTNode) -> None:
    if scope.exits and not scope.flow.ended:
        scope.exits[-1].append(scope.flow.fork())
    scope.flow.ended = True


def _if(walk: Walk, scope: Scope, node: cst.If) -> None:
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
        if isinstance(node.orelse, cst.If):
            _if(walk, scope, node.orelse)
        else:
            suite(walk, scope, node.orelse.body)
        scope.block = outer_block
    scope.flow = _meet(walk, after_body, scope.flow)


def _meet(walk: Walk, first: Flow, second: Flow) -> Flow:
    if first.ended and second.ended:
        merged = join(walk, _reachable(first), _reachable(second))
        merged.ended = True
        return merged
    return join(walk, first, second)


def _reachable(flow: Flow) -> Flow:
    """A copy taken as reachable, so that what stands behind a `return` still sees the variables."""
    return Flow(flow.names, flow.heap, False)


def _is_main_guard(test: cst.BaseExpression) -> bool:
    return (
        isinstance(test, cst.Comparison)
        and isinstance(test.left, cst.Name)
        and test.left.value == "__name__"
        and len(test.comparisons) == 1
        and text_of(test.comparisons[0].comparator) == "__main__"
    )


def _for(walk: Walk, scope: Scope, node: cst.For) -> None:
    iterated = value_of(walk, scope, node.iter)
    mark_loop_async = node.asynchronous is not None
    if mark_loop_async:
        mark_awaited(walk, node.iter)
    span = walk.positions.point(node)
    ends = ends_of(node.body.body)
    block = Block("for", scope.block, scope.function, iterated, (), ends, span, mark_loop_async)

    def body() -> None:
        element: Value = Element(iterated)
        if isinstance(iterated, SeqOf) and not iterated.open and 0 < len(iterated.items) <= 4:
            element = one_of(iterated.items)
        bind_target(walk, scope, node.target, element)
        suite(walk, scope, node.body)

    _loop(walk, scope, walk.block(node, "for", block), body)
    if node.orelse is not None:
        suite(walk, scope, node.orelse.body)


def _while(walk: Walk, scope: Scope, node: cst.While) -> None:
    test = value_of(walk, scope, node.test)
    span = walk.positions.point(node)
    block = Block("while", scope.block, scope.function, test, (), ends_of(node.body.body), span, False)

    def body() -> None:
        value_of(walk, scope, node.test)
        suite(walk, scope, node.body)

    _loop(walk, scope, walk.block(node, "while", block), body)
    if node.orelse is not None:
        suite(walk, scope, node.orelse.body)


def _loop(walk: Walk, scope: Scope, block: int, body: Callable[[], None]) -> None:
    outer_block = scope.block
    scope.block = block
    scope.loops += 1
    before = scope.flow
    for _ in range(2 if scope.loops <= MAX_LOOP_DEPTH else 1):
        start = scope.flow
        scope.flow = start.fork()
        scope.exits.append([])
        body()
        end = _reachable(scope.flow) if not scope.flow.ended or not scope.exits[-1] else scope.exits[-1][0]
        for left in scope.exits.pop():
            end = join(walk, end, left)
        scope.flow = join(walk, start, end)
    scope.loops -= 1
    scope.block = outer_block
    scope.flow.ended = before.ended


def _with(walk: Walk, scope: Scope, node: cst.With) -> None:
    outer_block = scope.block
    for item in node.items:
        manager = value_of(walk, scope, item.item)
        if node.asynchronous is not None:
            mark_awaited(walk, item.item)
        if item.asname is not None:
            _store(walk, scope, _target(item.asname.name), Op("enter", (manager,)), node, item.item)
        span = walk.positions.point(node)
        is_async = node.asynchronous is not None
        block = Block("with", scope.block, scope.function, manager, (), ends_of(node.body.body), span, is_async)
        scope.block = walk.block(item, "with", block)
    suite(walk, scope, node.body)
    scope.block = outer_block


def _target(node: cst.BaseExpression) -> cst.BaseExpression:
    """Widens the type libcst declares for `as`, which leaves attributes out that the grammar allows."""
    return node


def _try(walk: Walk, scope: Scope, node: cst.Try | cst.TryStar) -> None:
    outer_block = scope.block
    span = walk.positions.point(node)
    handlers: list[Handler] = []
    for handler in node.handlers:
        caught = value_of(walk, scope, handler.type) if handler.type is not None else None
        handlers.append(Handler(caught, ends_of(handler.body.body)))
    ends = ends_of(node.body.body)
    if ends == "fall" and node.orelse is not None:
        ends = ends_of(node.orelse.body.body)
    block = Block("try", outer_block, scope.function, None, tuple(handlers), ends, span, False)
    before = scope.flow
    scope.flow = before.fork()
    scope.block = walk.block(node, "try", block)
    scope.raises.append([])
    suite(walk, scope, node.body)
    after_body = scope.flow
    at_failure = join(walk, before, _reachable(after_body))
    for raised in scope.raises.pop():
        at_failure = join(walk, at_failure, raised)
    if node.orelse is not None:
        scope.block = outer_block
        suite(walk, scope, node.orelse.body)
    merged = scope.flow
    clauses: Sequence[cst.ExceptHandler | cst.ExceptStarHandler] = node.handlers
    for index, clause in enumerate(clauses):
        scope.flow = at_failure.fork()
        if clause.name is not None and isinstance(clause.name.name, cst.Name):
            scope.flow.names[clause.name.name.value] = Opaque("a caught exception")
        block = Block(
            "except", outer_block, scope.function, handlers[index].type, (), handlers[index].ends, span, False
        )
        scope.block = walk.block(clause, "except", block)
        suite(walk, scope, clause.body)
        merged = _meet(walk, merged, scope.flow)
    scope.flow = merged
    scope.block = outer_block
    if node.finalbody is not None:
        ended = scope.flow.ended
        scope.block = walk.block(
            node, "finally", Block("finally", outer_block, scope.function, None, (), "fall", span, False)
        )
        suite(walk, scope, node.finalbody.body)
        scope.block = outer_block
        scope.flow.ended = ended or scope.flow.ended


def _match(walk: Walk, scope: Scope, node: cst.Match) -> None:
    value_of(walk, scope, node.subject)
    before = scope.flow
    merged: Flow | None = None
    exhaustive = False
    for case in node.cases:
        scope.flow = before.fork()
        for name in _captures(case.pattern):
            scope.flow.names[name] = Opaque("a matched part")
        if case.guard is not None:
            value_of(walk, scope, case.guard)
        elif isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None:
            exhaustive = True
        suite(walk, scope, case.body)
        merged = scope.flow if merged is None else _meet(walk, merged, scope.flow)
    if merged is None:
        scope.flow = before
    else:
        scope.flow = merged if exhaustive else join(walk, before, merged)


def _captures(pattern: cst.CSTNode) -> list[str]:
    found: list[str] = []
    stack: list[cst.CSTNode] = [pattern]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.MatchAs | cst.MatchStar) and isinstance(node.name, cst.Name):
            found.append(node.name.value)
        stack.extend(node.children)
    return found


def _global(walk: Walk, scope: Scope, node: cst.Global) -> None:
    scope.module_names.update(item.name.value for item in node.names)


def _delete(walk: Walk, scope: Scope, node: cst.Del) -> None:
    targets = node.target.elements if isinstance(node.target, cst.Tuple) else ()
    for target in [element.value for element in targets] or [node.target]:
        if isinstance(target, cst.Name):
            scope.flow.names.pop(target.value, None)
        elif isinstance(target, cst.Subscript) and isinstance(target.slice[0].slice, cst.Index):
            base = evaluate(walk, scope, target.value)
            key = value_of(walk, scope, target.slice[0].slice.value)
            if isinstance(base, Ref) and scope.flow.heap[base.number].kind == "dict":
                making = scope.flow.heap[base.number]
                entry = Entry("delete", key, Const(None), walk.positions.point(node), False)
                scope.flow.heap[base.number] = making._replace(entries=(*making.entries, entry))


def _import(walk: Walk, scope: Scope, node: cst.Import) -> None:
    for alias in node.names:
        module = dotted(alias.name)
        walk.imports.add(module)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            _bind_import(walk, scope, alias.asname.name.value, Imported(module, "", 0))
        else:
            root = module.partition(".")[0]
            _bind_import(walk, scope, root, Imported(root, "", 0))


def _import_from(walk: Walk, scope: Scope, node: cst.ImportFrom) -> None:
    module = dotted(node.module) if node.module is not None else ""
    level = len(node.relative)
    if isinstance(node.names, cst.ImportStar):
        walk.star_imports.append(Imported(module, "*", level))
        if not level:
            walk.imports.add(module)
        return
    for alias in node.names:
        name = dotted(alias.name)
        if not level:
            walk.imports.update((module, f"{module}.{name}"))
        bound = name
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            bound = alias.asname.name.value
        _bind_import(walk, scope, bound, Imported(module, name, level))


def _bind_import(walk: Walk, scope: Scope, name: str, value: Imported) -> None:
    scope.flow.names[name] = value
    if name in scope.module_names and not scope.is_module:
        walk.module_writes.setdefault(name, []).append(value)


def _assert(walk: Walk, scope: Scope, node: cst.Assert) -> None:
    value_of(walk, scope, node.test)
    narrow(walk, scope, node.test, True)


def _nothing(walk: Walk, scope: Scope, node: cst.CSTNode) -> None:
    return None


def _type_alias(walk: Walk, scope: Scope, node: cst.TypeAlias) -> None:
    scope.flow.names[node.name.value] = value_of(walk, scope, node.value)


def _define_function(walk: Walk, scope: Scope, node: cst.FunctionDef) -> None:
    define_function(walk, scope, node)


def _define_class(walk: Walk, scope: Scope, node: cst.ClassDef) -> None:
    define_class(walk, scope, node)


_HANDLERS: dict[type[cst.CSTNode], Callable[[Walk, Scope, Any], None]] = {
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Continue: _jump,
    cst.Break: _jump,
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
    cst.Global: _global,
    cst.Del: _delete,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.Assert: _assert,
    cst.Pass: _nothing,
    cst.TypeAlias: _type_alias,
    cst.FunctionDef: _define_function,
    cst.ClassDef: _define_class,
}

__all__ = ["Global", "execute", "suite"]
