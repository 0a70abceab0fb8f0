"""Assignments: to names, attributes and items."""

from __future__ import annotations

import builtins

from prodlint.extract import keys, syntax
from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.literals import text_of
from prodlint.extract.names import bind, dotted, forget_paths, set_path, unpacked
from prodlint.extract.state import MAX_ITEMS, Held, Making, Ref, Scope, Walk, add_step, parameter_in
from prodlint.facts import (
    REMOVED,
    Assignment,
    Attr,
    Const,
    DictOf,
    Element,
    Entry,
    Global,
    Imported,
    Item,
    Op,
    Opaque,
    Param,
    Result,
    SeqOf,
    Value,
)


def assign(walk: Walk, scope: Scope, node: syntax.Assign) -> None:
    """`a = b = value`"""
    held = evaluate(walk, scope, node.value)
    for target in node.targets:
        store(walk, scope, target, held, node, node.value)


def annotated(walk: Walk, scope: Scope, node: syntax.AnnAssign) -> None:
    """`a: T = value`; without a value, an object of that type."""
    if node.value is not None:
        held = evaluate(walk, scope, node.value)
        if isinstance(held, Attr | Item) and isinstance(node.target, syntax.Name) and scope.class_index < 0:
            annotation = value_of(walk, scope, node.annotation)
            if _names_class(annotation):
                held = Op("declared", (held, annotation))
        store(walk, scope, node.target, held, node, node.value)
    elif isinstance(node.target, syntax.Name) and not scope.is_module and scope.class_index < 0:
        annotation = value_of(walk, scope, node.annotation)
        scope.flow.names.setdefault(node.target.value, Op("annotated", (annotation,)))
    elif not isinstance(node.target, syntax.Name):
        evaluate(walk, scope, node.target)


def _names_class(annotation: Value) -> bool:
    """True for an annotation that may be a class of clients: no builtin, and nothing with brackets."""
    if isinstance(annotation, Global):
        return not hasattr(builtins, annotation.name)
    return isinstance(annotation, Attr | Imported | Op)


def store(
    walk: Walk, scope: Scope, target: syntax.Expression, held: Held, node: syntax.Node, source: syntax.Expression
) -> None:
    """Put a value into a target. `node` is the statement, `source` the expression that is assigned."""
    if isinstance(target, syntax.Name):
        name = target.value
        keys.note(walk, scope, name, "assignment", source)
        bind(walk, scope, name, held)
        forget_paths(walk, scope, name)
    elif isinstance(target, syntax.Attribute):
        keys.note(walk, scope, target.attr, "attribute", source)
        path = dotted(target)
        if path:
            set_path(walk, scope, path, held)
            forget_paths(walk, scope, path)
        base = value_of(walk, scope, target.value)
        span = walk.positions.point(node)
        value = walk.freeze(held, scope.flow)
        walk.assignments[id(target)] = Assignment(base, target.attr, value, span, scope.function, scope.block)
        if isinstance(held, Ref):
            scope.held.append((id(target), held))
    elif isinstance(target, syntax.Subscript):
        _store_item(walk, scope, target, held, node, source)
    elif isinstance(target, syntax.Tuple | syntax.List):
        for inner, value in unpacked(walk.freeze(held, scope.flow), target):
            store(walk, scope, inner, value, node, inner)


def _store_item(
    walk: Walk, scope: Scope, target: syntax.Subscript, held: Held, node: syntax.Node, source: syntax.Expression
) -> None:
    base = evaluate(walk, scope, target.value)
    index = target.slice[0] if len(target.slice) == 1 else None
    key: Value = Opaque("a slice")
    if index is not None and not isinstance(index, syntax.Slice):
        key = value_of(walk, scope, index)
        text = text_of(index)
        if text is not None:
            keys.note(walk, scope, text, "item", source)
    span = walk.positions.point(node)
    value = walk.freeze(held, scope.flow)
    match target.value:
        case syntax.Call(func=syntax.Name(value="globals")) if isinstance(key, Const) and isinstance(key.value, str):
            walk.module_writes.setdefault(key.value, []).append(value)
        case syntax.Subscript():
            splat = Entry("splat", None, walk.freeze(base, scope.flow), None, False)
            store_inside(walk, scope, target.value, (splat, Entry("set", key, value, span, False)))
    if changed := parameter_in(scope, base):
        scope.mutates.add(changed)
    if isinstance(base, Ref):
        making = scope.flow.heap.get(base.number)
        if making is not None and making.kind == "dict":
            add_step(scope.flow, base, Entry("set", key, value, span, False))
        elif making is not None:
            scope.flow.heap[base.number] = making._replace(open=True)
        return
    frozen = walk.freeze(base, scope.flow)
    path = dotted(target.value)
    is_parameter = isinstance(base, Param) and base.name in scope.parameter_names
    if path and not scope.is_module:  # from here on the name holds what it held with one more item
        entries = (Entry("splat", None, frozen, None, False), Entry("set", key, value, span, False))
        set_path(walk, scope, path, walk.new_ref(scope.flow, Making("dict", entries, (), (), False)))
    if not is_parameter or isinstance(value, Result):  # of what callers hand over, only what is put in as an object
        walk.assignments[id(target)] = Assignment(frozen, key, value, span, scope.function, scope.block)


def store_inside(walk: Walk, scope: Scope, node: syntax.Subscript, entries: tuple[Entry, ...]) -> None:
    """`outer["a"]` is a dict that was changed in place and is now made like this."""
    outer = evaluate(walk, scope, node.value)
    index = node.slice[0]
    if isinstance(outer, Ref) and not isinstance(index, syntax.Slice):
        inner = walk.bounded(DictOf(entries, ()))
        add_step(scope.flow, outer, Entry("set", value_of(walk, scope, index), inner, None, False))


def augmented(walk: Walk, scope: Scope, node: syntax.AugAssign) -> None:
    """`a += value`, `a |= value`"""
    value = value_of(walk, scope, node.value)
    before = evaluate(walk, scope, node.target)
    symbol = node.operator
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
        scope.flow.heap[before.number] = making._replace(items=(*making.items, *more)[:MAX_ITEMS], open=opened)
        return
    path = dotted(node.target)
    if path:
        old = walk.freeze(before, scope.flow)
        set_path(walk, scope, path, walk.bounded(Op(symbol, (old, value))))
        if isinstance(node.target, syntax.Name) and path in scope.module_names and not scope.is_module:
            walk.module_writes.setdefault(path, []).append(Opaque("changed in a function"))
    elif isinstance(node.target, syntax.Subscript):
        _store_item(walk, scope, node.target, Opaque("changed in place"), node, node.value)


def delete(walk: Walk, scope: Scope, node: syntax.Del) -> None:
    """`del a, b[key]`"""
    targets = node.target.elements if isinstance(node.target, syntax.Tuple) else ()
    for target in targets or (node.target,):
        if isinstance(target, syntax.Name):
            bind(walk, scope, target.value, Opaque("a name that was deleted"))
            del scope.flow.names[target.value]
        elif isinstance(target, syntax.Attribute):
            evaluate(walk, scope, target.value)
            scope.flow.names.pop(dotted(target), None)
        elif isinstance(target, syntax.Subscript) and not isinstance(target.slice[0], syntax.Slice):
            base = evaluate(walk, scope, target.value)
            key = value_of(walk, scope, target.slice[0])
            span = walk.positions.point(node)
            changed = parameter_in(scope, base)
            if changed:
                scope.mutates.add(changed)
                scope.removes.add(changed)
            if isinstance(base, Ref):
                making = scope.flow.heap[base.number]
                if making.kind == "dict":
                    entry = Entry("delete", key, Const(None), span, False)
                    scope.flow.heap[base.number] = making._replace(entries=(*making.entries, entry))
            elif not changed:
                walk.assignments[id(target)] = Assignment(base, key, REMOVED, span, scope.function, scope.block)
