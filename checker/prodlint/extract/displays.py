"""Displays and comprehensions of lists, tuples, sets and dicts."""

from __future__ import annotations

from prodlint.extract import keys, syntax
from prodlint.extract.calls import mark_awaited
from prodlint.extract.conditions import narrow, note_test
from prodlint.extract.dispatch import value_of
from prodlint.extract.joins import after_either
from prodlint.extract.names import bind_target
from prodlint.extract.state import MAX_ITEMS, Held, Making, Scope, Walk
from prodlint.facts import NONE, Block, Const, DictOf, Element, Entry, Opaque, SeqOf, Value


def display(walk: Walk, scope: Scope, node: syntax.Display) -> Held:
    """`[...]`, `(...)`, `{...}` of items."""
    kind = {syntax.List: "list", syntax.Tuple: "tuple", syntax.Set: "set"}[type(node)]
    items: list[Value] = []
    is_open = len(node.elements) > MAX_ITEMS
    for element in node.elements:
        if isinstance(element, syntax.StarredElement):
            value = value_of(walk, scope, element.value)
            if isinstance(value, SeqOf):
                items.extend(value.items)
                is_open = is_open or value.open
            else:
                items.append(Element(value))
                is_open = True
        else:
            items.append(value_of(walk, scope, element))
    kept = tuple(items[:MAX_ITEMS])
    if kind == "tuple":
        return walk.bounded(SeqOf(kind, kept, is_open))
    return walk.new_ref(scope.flow, Making(kind, (), (), kept, is_open))


def dictionary(walk: Walk, scope: Scope, node: syntax.Dict) -> Held:
    """`{key: value, **more}`"""
    entries: list[Entry] = []
    for element in node.elements:
        span = walk.positions.span(element)
        if element.key is not None:
            key = value_of(walk, scope, element.key)
            if isinstance(key, Const) and isinstance(key.value, str):
                keys.note(walk, scope, key.value, "item", element.value)
            value = value_of(walk, scope, element.value)
            if len(entries) < MAX_ITEMS:
                entries.append(Entry("set", key, value, span, False))
        else:
            value = value_of(walk, scope, element.value)
            entries.append(Entry("splat", None, value, span, False))
    if len(node.elements) > MAX_ITEMS:
        entries.append(Entry("splat", None, Opaque("a large dict"), None, False))
    return walk.new_ref(scope.flow, Making("dict", tuple(entries), (), (), False))


def comprehension(walk: Walk, scope: Scope, node: syntax.Comprehension | syntax.DictComp) -> Held:
    """A comprehension or generator expression."""
    copied = _filtered_copy(walk, scope, node) if isinstance(node, syntax.DictComp) else None
    if copied is not None:
        return copied
    before, known = scope.flow, len(scope.assigned)
    scope.flow = before.fork()
    before_block, before_deferred = scope.block, scope.deferred
    comp: syntax.CompFor | None = node.for_in
    while comp is not None:
        iterated = value_of(walk, scope, comp.iter)
        if comp.is_async:
            mark_awaited(walk, comp.iter)
        bind_target(walk, scope, comp.target, Element(iterated), _as_variable)
        if not isinstance(node, syntax.GeneratorExp):
            span = walk.positions.point(comp)
            block = Block("comprehension", scope.block, scope.function, iterated, (), "fall", span, comp.is_async)
            scope.block = walk.block(comp, "comprehension", block)
        else:
            scope.deferred = True
        for condition in comp.ifs:
            note_test(walk, scope, condition, condition.test)
            narrow(walk, scope, condition.test, True)
        comp = comp.inner_for_in
    if isinstance(node, syntax.DictComp):
        key = value_of(walk, scope, node.key)
        made = value_of(walk, scope, node.value)
        result: Value = DictOf((Entry("set", key, made, None, True), _UNKNOWN_REST), ())
    else:
        kind = "set" if isinstance(node, syntax.SetComp) else "list"
        result = SeqOf(kind, (value_of(walk, scope, node.elt),), True)
    scope.flow = after_either(walk, before, before, scope.flow, scope.assigned[known:])
    scope.block, scope.deferred = before_block, before_deferred
    return walk.bounded(result)


def _as_variable(walk: Walk, scope: Scope, name: str, held: Held) -> None:
    """The variable of a comprehension is no variable of the function."""
    scope.flow.names[name] = held


def _filtered_copy(walk: Walk, scope: Scope, node: syntax.DictComp) -> Held | None:
    """`{k: v for k, v in d.items() if v is not None}`: the dict `d` without its None values."""
    match node:
        case syntax.DictComp(
            key=syntax.Name(value=key),
            value=syntax.Name(value=value),
            for_in=syntax.CompFor(
                target=syntax.Tuple(elements=[syntax.Name(value=first), syntax.Name(value=second)]),
                iter=syntax.Call(func=syntax.Attribute(value=base, attr="items"), args=[]),
                ifs=conditions,
                inner_for_in=None,
            ),
        ) if (key, value) == (first, second):
            held = value_of(walk, scope, base)
            how, maybe, left_out = "splat", False, []
            for test in [part for condition in conditions for part in _conjuncts(condition.test)]:
                match test:
                    case syntax.Name(value=name) if name == value:
                        how = "some"
                    case syntax.Comparison(
                        left=syntax.Name(value=name),
                        comparisons=[syntax.ComparisonTarget(operator="IsNot", comparator=syntax.Name(value="None"))],
                    ) if name == value:
                        how = "some"
                    case syntax.Comparison(
                        left=syntax.Name(value=name),
                        comparisons=[syntax.ComparisonTarget(operator="NotEqual" | "NotIn", comparator=others)],
                    ) if name == key:
                        left_out.append(value_of(walk, scope, others))
                    case _:
                        maybe = True
            keys, are_known = _constants(left_out)
            entries = [Entry(how, None, held, None, maybe or not are_known)]
            entries += [Entry("delete", key, NONE, None, False) for key in keys]
            return walk.new_ref(scope.flow, Making("dict", tuple(entries), (), (), False))
    return None


def _conjuncts(test: syntax.Expression) -> list[syntax.Expression]:
    """The parts of `a and b`."""
    if isinstance(test, syntax.BooleanOperation) and test.operator == "and":
        return [*_conjuncts(test.left), *_conjuncts(test.right)]
    return [test]


def _constants(values: list[Value]) -> tuple[list[Const], bool]:
    """The constants that are meant by these, one by one or in a tuple, and whether that is all there is."""
    items = [item for value in values for item in (value.items if isinstance(value, SeqOf) else (value,))]
    known = [item for item in items if isinstance(item, Const)]
    is_open = any(isinstance(value, SeqOf) and value.open for value in values)
    return known, len(known) == len(items) and not is_open


_UNKNOWN_REST = Entry("splat", None, Opaque("a comprehension"), None, False)
