"""Names, attributes and subscripts: what they hold, and binding them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prodlint.extract import syntax
from prodlint.extract.dispatch import evaluate, value_of
from prodlint.extract.state import Held, Ref, Scope, Walk, add_step, one_of
from prodlint.facts import NONE, Attr, Const, Entry, Global, Item, Op, Opaque, SeqOf, Value


def dotted(node: syntax.Expression) -> str:
    """`a.b.c` for a chain of plain names, else the empty string."""
    names: list[str] = []
    while isinstance(node, syntax.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, syntax.Name):
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


def name(walk: Walk, scope: Scope, node: syntax.Name) -> Held:
    """A bare name or a keyword constant."""
    match node.value:
        case "None":
            return NONE
        case "True":
            return Const(True)
        case "False":
            return Const(False)
    return read_name(walk, scope, node.value)


def attribute(walk: Walk, scope: Scope, node: syntax.Attribute) -> Held:
    """`base.name`, or what was assigned to that path before."""
    path = dotted(node)
    if path:
        held = scope.flow.names.get(path)
        if held is not None:
            return held
    base = evaluate(walk, scope, node.value)
    if isinstance(base, Ref) and node.attr in CHANGES:  # a call of it comes by another way
        open_up(scope, base, "a method that changes it is handed on")
    return Attr(walk.freeze(base, scope.flow), node.attr)


CHANGES = frozenset({"update", "setdefault", "pop", "popitem", "clear"})
"""Methods that change a dict."""


def open_up(scope: Scope, held: Ref, why: str) -> None:
    """From here on a dict may hold anything besides, or no longer what it held."""
    making = scope.flow.heap.get(held.number)
    entry = Entry("splat", None, Opaque(why), None, True)
    if making is not None and entry not in making.entries:
        add_step(scope.flow, held, entry)


def subscript(walk: Walk, scope: Scope, node: syntax.Subscript) -> Held:
    """`base[index]`, or the item itself where the list is known."""
    base = value_of(walk, scope, node.value)
    found: list[Value] = []
    for element in node.slice:
        if isinstance(element, syntax.Slice):
            for part in (element.lower, element.upper, element.step):
                if part is not None:
                    evaluate(walk, scope, part)
            return Op("slice", (base,))
        found.append(value_of(walk, scope, element))
    index = found[0] if len(found) == 1 else SeqOf("tuple", tuple(found), False)
    known = item_at(base, index.value) if isinstance(base, SeqOf) and isinstance(index, Const) else None
    return known if known is not None else Item(base, index)


def item_at(sequence: SeqOf, index: object) -> Value | None:
    """The item of a list or tuple that is known whole; None when it is not known or there is none."""
    if sequence.open or not isinstance(index, int) or not -len(sequence.items) <= index < len(sequence.items):
        return None
    return sequence.items[index]


def bind(walk: Walk, scope: Scope, name: str, held: Held) -> None:
    """From here on the name holds this."""
    if name in scope.shared:
        held = one_of((walk.freeze(held, scope.flow), CHANGED_INSIDE))
    scope.flow.names[name] = held
    scope.assigned.append(name)
    if scope.tries:
        scope.tries[-1].bound.setdefault(name, []).append(walk.freeze(held, scope.flow))
    if name in scope.module_names and not scope.is_module:
        walk.module_writes.setdefault(name, []).append(walk.freeze(held, scope.flow))


CHANGED_INSIDE = Opaque("a function that is defined here may change it")


def set_path(walk: Walk, scope: Scope, path: str, held: Held) -> None:
    """From here on a name, or the attribute of one (`a.b`), holds this."""
    scope.flow.names[path] = held
    root, dot, _ = path.partition(".")
    if dot:
        walk.with_paths.add(root)


def forget_paths(walk: Walk, scope: Scope, name: str) -> None:
    """A new value in `a` makes what is known of `a.b` stale."""
    if name.partition(".")[0] not in walk.with_paths:
        return
    names, prefix = scope.flow.names, name + "."
    for path in [path for path in names if path.startswith(prefix)]:
        del names[path]


def bind_target(
    walk: Walk,
    scope: Scope,
    target: syntax.Expression,
    held: Held,
    to: Callable[[Walk, Scope, str, Held], None] = bind,
) -> None:
    """Bind a name or a tuple of names, as loops and comprehensions do."""
    if isinstance(target, syntax.Name):
        to(walk, scope, target.value, held)
        forget_paths(walk, scope, target.value)
    elif isinstance(target, syntax.Tuple | syntax.List):
        for inner, value in unpacked(walk.freeze(held, scope.flow), target):
            bind_target(walk, scope, inner, value, to)


def unpacked(value: Value, target: syntax.Tuple | syntax.List) -> Iterator[tuple[syntax.Expression, Value]]:
    """What each part of `a, *b, c` gets of a value."""
    is_behind = False
    for position, element in enumerate(target.elements):
        if isinstance(element, syntax.StarredElement):
            is_behind = True
            yield element.value, Opaque("the rest of an unpacking")
        else:
            yield element, _item_of(value, position - len(target.elements) if is_behind else position)


def _item_of(value: Value, position: int) -> Value:
    known = item_at(value, position) if isinstance(value, SeqOf) else None
    return Item(value, Const(position)) if known is None else known
