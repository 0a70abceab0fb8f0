"""Names, attributes and subscripts: what they hold, and binding them."""

from __future__ import annotations

import libcst as cst

from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.state import Held, Scope, Walk
from prodlint.facts import NONE, Attr, Const, Global, Item, Op, Opaque, SeqOf, Value


def dotted(node: cst.BaseExpression) -> str:
    """`a.b.c` for a chain of plain names, else the empty string."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ""
    names.append(node.value)
    return ".".join(reversed(names))


def read_name(walk: Walk, scope: Scope, name: str) -> Held:
    """What a bare name holds here."""
    if name in scope.module_names and not scope.is_module:
        return scope.flow.names.get(name, Global(name))
    held = scope.flow.names.get(name)
    if held is not None:
        return held
    outer = scope.outer.get(name)
    if outer is not None:
        return outer
    return Global(name)


def name(walk: Walk, scope: Scope, node: cst.Name) -> Held:
    """A bare name or a keyword constant."""
    match node.value:
        case "None":
            return NONE
        case "True":
            return Const(True)
        case "False":
            return Const(False)
    return read_name(walk, scope, node.value)


def attribute(walk: Walk, scope: Scope, node: cst.Attribute) -> Held:
    """`base.name`, or what was assigned to that path before."""
    path = dotted(node)
    if path:
        held = scope.flow.names.get(path)
        if held is not None:
            return held
    base = value_of(walk, scope, node.value)
    return Attr(base, node.attr.value)


def subscript(walk: Walk, scope: Scope, node: cst.Subscript) -> Held:
    """`base[index]`, or the item itself where the list is known."""
    base = value_of(walk, scope, node.value)
    found: list[Value] = []
    for element in node.slice:
        if isinstance(element.slice, cst.Index):
            found.append(value_of(walk, scope, element.slice.value))
        elif isinstance(element.slice, cst.Slice):
            for part in (element.slice.lower, element.slice.upper, element.slice.step):
                if part is not None:
                    evaluate(walk, scope, part)
            return Op("slice", (base,))
    index = found[0] if len(found) == 1 else SeqOf("tuple", tuple(found), False)
    known = item_at(base, index.value) if isinstance(base, SeqOf) and isinstance(index, Const) else None
    return known if known is not None else Item(base, index)


def item_at(sequence: SeqOf, index: object) -> Value | None:
    """The item of a list or tuple that is known whole; None when it is not known or there is none."""
    if sequence.open or not isinstance(index, int) or not -len(sequence.items) <= index < len(sequence.items):
        return None
    return sequence.items[index]


def bind_target(walk: Walk, scope: Scope, target: cst.BaseExpression, held: Held) -> None:
    """Assign to a name or a tuple of names, as loops, comprehensions and `with` do."""
    if isinstance(target, cst.Name):
        scope.flow.names[target.value] = held
    elif isinstance(target, cst.Tuple | cst.List):
        frozen = walk.freeze(held, scope.flow)
        for position, element in enumerate(target.elements):
            bind_target(walk, scope, element.value, item_of(frozen, position))
    elif isinstance(target, cst.StarredElement):
        bind_target(walk, scope, target.value, Opaque("the rest of an unpacking"))


def item_of(value: Value, position: int) -> Value:
    """Element `position` of an unpacked value."""
    if isinstance(value, SeqOf) and not value.open and position < len(value.items):
        return value.items[position]
    return Item(value, Const(position))
