"""Calls: recorded with what they are given at this point."""

from __future__ import annotations

from typing import Any

from prodlint.extract import keys, syntax
from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.names import CHANGES, dotted, forget_paths, open_up, set_path
from prodlint.extract.state import MAX_ITEMS, Held, Making, Ref, Scope, Walk, parameter_in
from prodlint.facts import (
    ANY_NAME,
    NONE,
    Argument,
    Assignment,
    Attr,
    CallSite,
    Const,
    Element,
    Entry,
    FunctionRef,
    Global,
    Imported,
    Item,
    Op,
    Opaque,
    Result,
    SeqOf,
    Value,
)


def call(walk: Walk, scope: Scope, node: syntax.Call) -> Held:
    """A call; a dict or list that it makes or changes is followed."""
    if isinstance(node.func, syntax.Attribute):
        path = dotted(node.func)
        known = scope.flow.names.get(path) if path else None
        target = known if known is not None else evaluate(walk, scope, node.func.value)
        if known is None:
            changed = _method_on_making(walk, scope, node, node.func.attr, target)
            if changed is not None:
                return changed
            callee: Value = Attr(walk.freeze(target, scope.flow), node.func.attr)
        else:
            callee = walk.freeze(known, scope.flow)
    else:
        callee = value_of(walk, scope, node.func)
    index = walk.call_index.get(id(node))
    if index is None:
        index = len(walk.calls)
        walk.call_index[id(node)] = index
        walk.calls.append(None)
    held_arguments: list[Held] = []
    arguments: list[Argument] = []
    for arg in node.args:
        keyword = arg.keyword
        if keyword is not None:
            keys.note(walk, scope, keyword, "keyword", arg.value)
        held = evaluate(walk, scope, arg.value)
        held_arguments.append(held)
        value = walk.freeze(held, scope.flow)
        arguments.append(Argument(keyword, len(arg.star), value, walk.positions.span(arg)))
    keys.note_getenv(walk, scope, callee, node)
    made = _builtin_making(walk, scope, callee, arguments)
    _builtin_change(walk, scope, node, callee, arguments, held_arguments)
    _touch(scope, index, node.args, held_arguments)
    walk.calls[index] = CallSite(
        function=scope.function,
        callee=callee,
        arguments=tuple(arguments),
        span=walk.positions.span(node),
        block=scope.block,
        awaited=False,
        discarded=False,
        deferred=scope.deferred,
    )
    return Result(index) if made is None else made


_SETATTR = Global("setattr")

_EXEC = Global("exec")

_OPERATOR = (Imported("operator", "", 0), Global("operator"))

_CHANGING_FIRST = frozenset(
    {
        *(Attr(Global("dict"), name) for name in CHANGES),
        *(Attr(module, name) for module in _OPERATOR for name in ("setitem", "delitem")),
        *(made for name in ("setitem", "delitem") for made in (Imported("operator", name, 0), Global(name))),
    }
)
"""Functions that change the dict they are given first."""


def _builtin_change(
    walk: Walk, scope: Scope, node: syntax.Call, callee: Value, arguments: list[Argument], held: list[Held]
) -> None:
    """Apply what functions of the language change: `setattr(...)`, `dict.update(params, ...)`, `exec(...)`."""
    if callee == _SETATTR and len(arguments) == 3:
        _set_attribute(walk, scope, node, arguments)
    elif held and isinstance(held[0], Ref) and callee in _CHANGING_FIRST:
        open_up(scope, held[0], "changed by a function")
    elif callee == _EXEC:
        for local in scope.flow.names.values():
            if isinstance(local, Ref):
                open_up(scope, local, "changed by code that is made when it runs")


def _set_attribute(walk: Walk, scope: Scope, node: syntax.Call, arguments: list[Argument]) -> None:
    """`setattr(base, "name", value)` is `base.name = value`; of a name that is not known, any attribute is changed."""
    base, name, value = (argument.value for argument in arguments)
    is_known = isinstance(name, Const) and isinstance(name.value, str)
    attribute = str(name.value) if isinstance(name, Const) and is_known else ANY_NAME
    span = walk.positions.point(node)
    walk.assignments[id(node)] = Assignment(base, attribute, value, span, scope.function, scope.block)
    path = dotted(node.args[0].value)
    if path and is_known:
        set_path(walk, scope, f"{path}.{attribute}", value)
        forget_paths(walk, scope, f"{path}.{attribute}")


def _touch(scope: Scope, site: int, nodes: Any, held: list[Held]) -> None:
    """Note that a dict in the making was handed to a call, itself or in a list: it may change it."""
    for arg, value in zip(nodes, held, strict=True):
        handed: list[Held | None] = [] if arg.star else [value]
        if isinstance(arg.value, syntax.List | syntax.Tuple):
            names = [element for element in arg.value.elements if isinstance(element, syntax.Name)]
            handed = [scope.flow.names.get(name.value) for name in names]
        for ref in handed:
            making = scope.flow.heap.get(ref.number) if isinstance(ref, Ref) else None
            if isinstance(ref, Ref) and making is not None and making.kind == "dict" and site not in making.touched:
                scope.flow.heap[ref.number] = making._replace(touched=(*making.touched, site))


def _builtin_making(walk: Walk, scope: Scope, callee: Value, arguments: list[Argument]) -> Held | None:
    """`dict(...)`, `list(...)`: a new object of known content."""
    if not isinstance(callee, Global) or callee.name not in ("dict", "list"):
        return None
    if callee.name == "list":
        if not arguments:
            return walk.new_ref(scope.flow, Making("list", (), (), (), False))
        if len(arguments) == 1 and isinstance(arguments[0].value, SeqOf):
            seq = arguments[0].value
            return walk.new_ref(scope.flow, Making("list", (), (), seq.items, seq.open))
        return None
    entries: list[Entry] = []
    for argument in arguments:
        if argument.keyword is not None:
            entries.append(Entry("set", Const(argument.keyword), argument.value, argument.span, False))
        elif argument.stars == 1:
            return None
        else:
            entries.append(Entry("splat", None, argument.value, argument.span, False))
    return walk.new_ref(scope.flow, Making("dict", tuple(entries), (), (), False))


def _opened(walk: Walk, scope: Scope, node: syntax.Expression, held: Value) -> Held:
    """A local name that holds a dict of unknown making, which is changed in place: from here on what it held, and
    more. The call itself is kept by the caller of this function where it may be something else."""
    path = dotted(node)
    if not path or "." in path or isinstance(held, Imported | Global | Const | FunctionRef):
        return held
    entries = (Entry("splat", None, held, None, False),)
    made = walk.new_ref(scope.flow, Making("dict", entries, (), (), False))
    scope.flow.names[path] = made
    return made


_DICT_METHODS = frozenset({"update", "setdefault", "pop", "clear", "copy", "get"})


_LIST_METHODS = frozenset({"append", "add", "insert", "extend", "pop", "remove", "clear", "reverse", "sort"})


_REMOVALS = frozenset({"pop", "popitem", "clear", "remove"})


_CHANGES = (_DICT_METHODS | _LIST_METHODS | _REMOVALS) - {"copy", "get"}


def _method_on_making(walk: Walk, scope: Scope, node: syntax.Call, method: str, target: Held) -> Held | None:
    """`params.update(...)`, `messages.append(...)` and their like, on a dict or list in the making."""
    changed = parameter_in(scope, target) if method in _CHANGES else ""
    if changed:
        scope.mutates.add(changed)
        if method in _REMOVALS:
            scope.removes.add(changed)
    if not isinstance(target, Ref):
        if (
            method in ("update", "setdefault", "pop")
            and isinstance(node.func, syntax.Attribute)
            and not scope.is_module
        ):
            target = _opened(walk, scope, node.func.value, target)
        if not isinstance(target, Ref):
            return None
    making = scope.flow.heap.get(target.number)
    if making is None or method not in (_DICT_METHODS if making.kind == "dict" else _LIST_METHODS):
        return None
    args = [(arg.keyword, arg.star, arg) for arg in node.args]
    values = [value_of(walk, scope, arg.value) for arg in node.args]
    span = walk.positions.span(node)
    result: Held = Opaque(f"the result of {method}")
    if making.kind == "dict":
        entries = list(making.entries)
        match method:
            case "update":
                for (keyword, _, arg), value in zip(args, values, strict=True):
                    if keyword is None:
                        entries.append(Entry("splat", None, value, walk.positions.span(arg), False))
                    else:
                        keys.note(walk, scope, keyword, "keyword", arg.value)
                        entries.append(Entry("set", Const(keyword), value, walk.positions.span(arg), False))
                result = NONE
            case "setdefault" if values:
                entries.append(Entry("weak", values[0], values[1] if len(values) > 1 else NONE, span, False))
                result = Item(walk.freeze(target, scope.flow), values[0])
            case "pop" if values:
                frozen = walk.freeze(target, scope.flow)
                got: Value = Item(frozen, values[0])
                result = got if len(values) == 1 else Op("get", (frozen, values[0], values[1]))
                entries.append(Entry("delete", values[0], NONE, span, False))
            case "clear":
                entries = []
                result = NONE
            case "copy":
                return walk.new_ref(scope.flow, making)
            case "get" if values:
                default = values[1] if len(values) > 1 else NONE
                return Op("get", (walk.freeze(target, scope.flow), values[0], default))
            case _:
                return None
        scope.flow.heap[target.number] = making._replace(entries=tuple(entries[-MAX_ITEMS:]))
        return result
    match method:
        case "append" | "add" | "insert" if values:
            items = (*making.items, values[-1])
            scope.flow.heap[target.number] = making._replace(items=items[:MAX_ITEMS])
            return NONE
        case "extend" if values:
            more = values[0].items if isinstance(values[0], SeqOf) else (Element(values[0]),)
            opened = making.open or not isinstance(values[0], SeqOf) or values[0].open
            items = (*making.items, *more)[:MAX_ITEMS]
            scope.flow.heap[target.number] = making._replace(items=items, open=opened)
            return NONE
        case "pop" | "remove" | "clear" | "reverse" | "sort":
            scope.flow.heap[target.number] = making._replace(open=True)
    return None


def awaited(walk: Walk, scope: Scope, node: syntax.Await) -> Held:
    """`await x`"""
    held = evaluate(walk, scope, node.expression)
    mark_awaited(walk, node.expression)
    return held


def mark_awaited(walk: Walk, node: syntax.Expression) -> None:
    """Note on the call itself that it is awaited."""
    if isinstance(node, syntax.Call):
        index = walk.call_index.get(id(node))
        site = walk.calls[index] if index is not None else None
        if index is not None and site is not None:
            walk.calls[index] = site._replace(awaited=True)
