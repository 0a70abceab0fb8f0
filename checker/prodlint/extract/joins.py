"""Where paths meet: the variables, dicts and lists as they can be after either."""

from __future__ import annotations

from collections.abc import Sequence

from prodlint.extract.state import MAX_ITEMS, Flow, Held, Making, Walk, one_of, same
from prodlint.facts import Const, DictOf, Entry, OneOf, Some, Value


def join(walk: Walk, first: Flow, second: Flow) -> Flow:
    """The variables where two paths meet."""
    if first.ended:
        return second
    if second.ended:
        return first
    heap = _join_heaps(first.heap, second.heap)
    names: dict[str, Held] = {}
    for name, held in first.names.items():
        if name not in second.names:
            if "." not in name:
                names[name] = held  # unbound on the other path: using it there would fail
            continue
        other = second.names[name]
        if same(held, other):
            names[name] = held
        else:
            names[name] = one_of((walk.freeze(held, first), walk.freeze(other, second)))
    for name, held in second.names.items():
        if name not in first.names and "." not in name:
            names[name] = held
    return Flow(names, heap)


def _join_heaps(first: dict[int, Making], second: dict[int, Making]) -> dict[int, Making]:
    heap = dict(first)
    for number, theirs in second.items():
        ours = heap.get(number)
        heap[number] = theirs if ours is None or ours is theirs else _join_makings(ours, theirs)
    return heap


def after_either(walk: Walk, before: Flow, first: Flow, second: Flow, bound: Sequence[str]) -> Flow:
    """The variables behind an expression of which one part or the other was evaluated; `bound` are names that `:=` in
    them has bound. What a test said of the variables on one path is forgotten."""
    if not bound and all(
        flow.heap.get(number) is making for flow in (first, second) for number, making in before.heap.items()
    ):
        return before
    after = Flow(dict(before.names), _join_heaps(first.heap, second.heap), before.ended)
    for name in bound:
        options = [walk.freeze(flow.names[name], flow) for flow in (first, second) if name in flow.names]
        if options:
            after.names[name] = one_of(options)
    return after


def _join_makings(ours: Making, theirs: Making) -> Making:
    if ours.kind != "dict":
        items = ours.items if ours.items == theirs.items else _merge_items(ours.items, theirs.items)
        return Making(ours.kind, (), (), items, ours.open or theirs.open or ours.items != theirs.items)
    shared = 0
    for left, right in zip(ours.entries, theirs.entries, strict=False):
        if left is not right and left != right:
            break
        shared += 1
    left_new, right_new = ours.entries[shared:], theirs.entries[shared:]
    merged = list(ours.entries[:shared])
    left_sets = _last_sets(left_new)
    right_sets = _last_sets(right_new)
    both = [key for key in left_sets if key in right_sets]
    either = _alternatives(left_sets, right_sets)
    settled = [*both, *(entry.key for side in either for entry in side.entries)]
    for entry in (*left_new, *right_new):
        if entry.how == "has" or (entry.how == "set" and isinstance(entry.key, Const) and entry.key in settled):
            continue  # that a path has found a key says nothing once it meets one that has not
        merged.append(entry._replace(maybe=True))
    if either:
        merged.append(Entry("splat", None, OneOf(either), None, False))
    for key in both:
        entry, other = left_sets[key], right_sets[key]
        if entry.how == "has":
            entry, other = other, entry
        merged.append(entry._replace(value=one_of((entry.value, other.value))))
    touched = tuple(dict.fromkeys((*ours.touched, *theirs.touched)))
    return Making("dict", tuple(merged), touched, (), False)


def _last_sets(entries: tuple[Entry, ...]) -> dict[Const, Entry]:
    found: dict[Const, Entry] = {}
    for entry in entries:
        if isinstance(entry.key, Const) and entry.how == "delete":
            found.pop(entry.key, None)
        elif isinstance(entry.key, Const) and entry.how in ("set", "has") and not entry.maybe:
            found[entry.key] = entry
    return found


def _alternatives(left: dict[Const, Entry], right: dict[Const, Entry]) -> tuple[DictOf, ...]:
    """For `if x: d["a"] = 1` and `else: d["b"] = 2`, which go together: the dicts of which one is put in; else none."""
    sides = [
        tuple(entry for key, entry in ours.items() if key not in theirs and entry.how == "set")
        for ours, theirs in ((left, right), (right, left))
    ]
    if not all(sides) or any(isinstance(entry.value, Some) for side in sides for entry in side):
        return ()  # what is set for being given is told by its own value
    return tuple(DictOf(side, ()) for side in sides)


def _merge_items(ours: tuple[Value, ...], theirs: tuple[Value, ...]) -> tuple[Value, ...]:
    known = list(ours)
    known.extend(item for item in theirs if item not in known)
    return tuple(known[:MAX_ITEMS])


def meet(walk: Walk, first: Flow, second: Flow) -> Flow:
    """`join`, for paths of which both may have ended."""
    if first.ended and second.ended:
        merged = join(walk, reachable(first), reachable(second))
        merged.ended = True
        return merged
    return join(walk, first, second)


def reachable(flow: Flow) -> Flow:
    """A copy taken as reachable, so that what stands behind a `return` still sees the variables."""
    return Flow(flow.names, flow.heap, False)
