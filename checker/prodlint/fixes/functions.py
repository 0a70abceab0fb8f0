"""Whole calls and functions: into a worker thread, behind a cache."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from prodlint.fixes.brackets import (
    WIDTH,
    Brackets,
    call_brackets,
    columns,
    exploded,
    has_room,
    hung,
    share_own_line,
    spread,
    width,
)
from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.sheet import Changes, Sheet
from prodlint.fixes.tree import Tree, dotted
from prodlint.repairs import CacheFunction, RunInThread

HASHABLE = frozenset({"str", "int", "float", "bool", "bytes", "None", "complex"})
"""Annotations of values that can be keys of a cache, and that nobody can change in it."""

HOLDERS = frozenset({"Optional", "Union", "Literal", "Final", "tuple", "Tuple", "frozenset", "FrozenSet"})
"""Annotations that are as hashable as what stands in their brackets."""

PURE = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "title", "casefold", "replace", "split", "join", "format", "len"}
    | {"str", "int", "float", "bool", "min", "max", "round", "tuple", "list", "dict", "sorted"}
)
"""Last names of calls that change nothing."""

CACHE_SIZE = 1024
"""Answers that are kept."""


def run_in_thread(sheet: Sheet, action: RunInThread) -> Changes:
    """The changes that await a call in a worker thread. Raises Refused."""
    tree = sheet.tree
    call = tree.at(tree.span(action.call), cst.Call)
    if not isinstance(call, cst.Call):
        raise Refused("there is no call at this place")
    _require_plain_use(tree, call)
    callee = tree.code(call.func)
    if "\n" in callee or call.func.lpar or any(binding.means == "trio" for binding in sheet.names.bindings):
        raise Refused("the call is not written in a way that can be handed over")
    changes = Changes(free=[tree.range(call)])
    name = _named(sheet, changes, "asyncio.to_thread", call)
    takes_part = isinstance(tree.parent(call), cst.Attribute | cst.Subscript | cst.Call) and not call.lpar
    changes.replacements.extend(_handed_over(tree, call, callee, f"await {name}(", in_brackets=takes_part))
    return changes


def _handed_over(tree: Tree, call: cst.Call, callee: str, opening: str, *, in_brackets: bool) -> list[Replacement]:
    """`callee(` becomes `await to_thread(callee, `, in the call's own layout."""
    spot = call_brackets(tree, call)
    start, end = tree.range(call)
    before, closing = ("(", [Replacement(end, end, ")")]) if in_brackets else ("", [])
    bracket = tree.text.rindex("(", 0, spot.start)
    if not spot.items and tree.text[spot.start : spot.end].strip():
        raise Refused("a comment stands where the arguments would")
    first = spot.items[0][0] if spot.items else spot.end
    if spot.items and tree.line_start(spot.start) != tree.line_start(first):
        return [*_first_below(tree, spot, start, callee, before + opening), *closing]
    rest = Replacement(bracket, first, ", " if spot.items else "")
    inline = [Replacement(start, start, before + opening), rest, *closing]
    growth = len(opening) + len(rest.content) - 1 + 2 * in_brackets
    if tree.line_start(spot.start) != tree.line_start(spot.end) or has_room(tree, spot.end, growth):
        return inline
    around, base = hung(tree, call, spot, growth)
    if base is None:
        return _in_order([*around, *inline])
    if in_brackets:  # on lines of their own, what is awaited stands alone
        closing = [Replacement(end, end, f"{tree.newline}{base})")]
        base += tree.indent
        before = f"({tree.newline}{base}"
        if columns(base) + len(opening) + end - start + 1 <= WIDTH:
            return _in_order([*around, Replacement(start, start, before + opening), rest, *closing])
    head, *others = exploded(tree, spot, [callee], [], base)
    return [*around, Replacement(start, head.end, f"{before}{opening}{head.content}"), *others, *closing]


def _in_order(edits: Sequence[Replacement]) -> list[Replacement]:
    """Replacements with those made one that put something into the same place, the first first."""
    result: list[Replacement] = []
    for start, end, content in sorted(edits, key=lambda one: one.start):
        if result and start == end == result[-1].end:
            before = result.pop()
            result.append(Replacement(before.start, end, before.content + content))
        else:
            result.append(Replacement(start, end, content))
    return result


def _first_below(tree: Tree, spot: Brackets, start: int, callee: str, opening: str) -> list[Replacement]:
    """The callee before arguments that begin on a line below the bracket."""
    first = spot.items[0][0]
    bracket = tree.text.rindex("(", 0, spot.start)
    lead = f"{tree.newline}{tree.margin(first)}"
    head = Replacement(start, start, f"{opening}{lead}")
    if not share_own_line(tree, spot):
        return [head, Replacement(bracket, spot.start, ",")]
    if not tree.text[spot.start : first].strip() and width(tree, first) + len(callee) + 2 <= WIDTH:
        return [head, Replacement(bracket, first, ", ")]
    return [head, Replacement(bracket, spot.start, ","), *spread(spot, (), lead)]


def _require_plain_use(tree: Tree, call: cst.Call) -> None:
    """Raises Refused unless the call stands in the body of an `async def`, and what it gives is used as a value."""
    scope = tree.scope(call)
    if not isinstance(scope, cst.FunctionDef) or scope.asynchronous is None:
        raise Refused("the call does not stand in the `async def` itself")
    parent = tree.parent(call)
    is_iterated = isinstance(parent, cst.For | cst.CompFor) and parent.iter is call
    if is_iterated or isinstance(parent, cst.WithItem | cst.Await | cst.From | cst.StarredElement):
        raise Refused("the result is iterated or awaited")
    if any(isinstance(outer, cst.CompFor | cst.GeneratorExp | cst.FormattedString) for outer in tree.ancestors(call)):
        raise Refused("the call stands in a comprehension or an f-string")
    name = next((dotted(target.target) for target in getattr(parent, "targets", ()) if dotted(target.target)), "")
    for node in tree.within(scope) if name else ():
        if isinstance(node, cst.For | cst.CompFor) and dotted(node.iter) == name:
            raise Refused("the result is iterated")


def cache_function(sheet: Sheet, action: CacheFunction) -> Changes:
    """The changes that cache what the function around a call returns. Raises Refused."""
    tree = sheet.tree
    call = tree.at(tree.span(action.call), cst.Call)
    function = tree.enclosing(call, cst.FunctionDef) if call is not None else None
    if call is None or function is None or tree.parent(function) is not tree.module:
        raise Refused("the request does not stand in a function of the module")
    if function.asynchronous is not None or function.decorators:
        raise Refused("the function is async or decorated")
    _require_hashable(function)
    _require_pure(tree, function, call)
    changes = Changes()
    name = _named(sheet, changes, "functools.lru_cache", function)
    start = tree.range(function)[0]
    line = f"@{name}(maxsize={CACHE_SIZE}){tree.newline}{tree.margin(start)}"
    changes.replacements.append(Replacement(start, start, line))
    return changes


def _require_hashable(function: cst.FunctionDef) -> None:
    """Raises Refused unless every parameter and the result are annotated with types that can be shared."""
    given = function.params
    parameters = [*given.posonly_params, *given.params, *given.kwonly_params]
    if isinstance(given.star_arg, cst.Param) or given.star_kwarg is not None or not parameters:
        raise Refused("the function takes any arguments, or none")
    for annotation in (function.returns, *(parameter.annotation for parameter in parameters)):
        if annotation is None or not _is_hashable(annotation.annotation):
            raise Refused("not every parameter and the result are annotated as hashable")


def _is_hashable(node: cst.CSTNode) -> bool:
    match node:
        case cst.Name(value=value):
            return value in HASHABLE or value == "Literal"
        case cst.BinaryOperation(left=left, operator=cst.BitOr(), right=right):
            return _is_hashable(left) and _is_hashable(right)
        case cst.Subscript(value=value, slice=parts):
            holder = dotted(value).rpartition(".")[2]
            inner = [part.slice.value for part in parts if isinstance(part.slice, cst.Index)]
            return holder == "Literal" or (
                holder in HOLDERS and all(isinstance(one, cst.Ellipsis) or _is_hashable(one) for one in inner)
            )
    return False


def _require_pure(tree: Tree, function: cst.FunctionDef, request: cst.CSTNode) -> None:
    """Raises Refused when a function may do more than make its request and return what comes of it."""
    for node in tree.within(function.body):
        match node:
            case cst.Call() if node is not request and _last_name(node.func) not in PURE:
                raise Refused("the function calls more than the request")
            case cst.AssignTarget(target=target) if not isinstance(target, cst.Name):
                raise Refused("the function changes something outside of it")
            case (
                cst.Global()
                | cst.Nonlocal()
                | cst.Yield()
                | cst.Await()
                | cst.With()
                | cst.Try()
                | cst.AugAssign()
                | cst.FunctionDef()
                | cst.ClassDef()
                | cst.Del()
                | cst.Import()
                | cst.ImportFrom()
                | cst.While()
            ):
                raise Refused("the function does more than make the request")


def _last_name(node: cst.BaseExpression) -> str:
    """The last name of a callee: `strip` of `(a + b).strip`."""
    return node.attr.value if isinstance(node, cst.Attribute) else dotted(node)


def _named(sheet: Sheet, changes: Changes, means: str, node: cst.CSTNode) -> str:
    """What a function of a standard module is called here, with the import of its module when it is missing."""
    whole = sheet.names.call(means, node)
    if whole is not None:
        return whole
    module, _, last = means.rpartition(".")
    known = sheet.names.call(module, node)
    if known is None:
        missing = sheet.names.missing(module, module, node)
        changes.imports.append(missing)
        known = missing.name
    return f"{known}.{last}"
