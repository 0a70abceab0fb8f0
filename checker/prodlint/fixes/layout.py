"""Where new entries of a call, a dict or an import go, so that they look as if the author had written them."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.tree import Range, Tree
from prodlint.values import dataclass

WIDTH = 88
"""Columns that a line of one-line calls may take; a comment behind it does not count."""

TAB = 4
"""Columns that a tab takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brackets:
    """The inside of a pair of brackets."""

    start: int
    """Behind the opening bracket."""
    end: int
    """Before the closing one."""
    items: tuple[Range, ...]
    comma: int | None
    """Behind the comma after the last item; None without such a comma."""


def call_brackets(tree: Tree, call: cst.Call) -> Brackets:
    """The arguments of a call. Raises Refused for a generator without brackets of its own."""
    if len(call.args) == 1 and isinstance(call.args[0].value, cst.GeneratorExp) and not call.args[0].value.lpar:
        raise Refused("the call takes a generator expression without brackets of its own")
    # The call's range leaves its own parentheses out, so its last character is the closing bracket.
    start = _behind(tree, tree.range(call.func)[1], call.func, "(")
    return _brackets(tree, start, tree.range(call)[1] - 1, call.args)


def _dict_brackets(tree: Tree, display: cst.Dict) -> Brackets:
    """The entries of a dict display."""
    start, end = tree.range(display)
    return _brackets(tree, start + 1, end - 1, display.elements)


def _brackets(tree: Tree, start: int, end: int, items: Sequence[cst.Arg] | Sequence[cst.BaseDictElement]) -> Brackets:
    comma = None
    if items and isinstance(items[-1].comma, cst.Comma):
        # The comma's range takes the white space along.
        comma = tree.text.index(",", tree.range(items[-1])[1]) + 1
    return Brackets(start=start, end=end, items=tuple(tree.range(item) for item in items), comma=comma)


def _behind(tree: Tree, offset: int, node: cst.BaseExpression, bracket: str) -> int:
    """The offset behind the first opening bracket after a node, whose own parentheses are closed first."""
    for _ in node.rpar:
        offset = tree.text.index(")", offset) + 1
    return tree.text.index(bracket, offset) + 1


def added(tree: Tree, container: cst.Call | cst.Dict, entries: Sequence[str]) -> list[Replacement]:
    """The replacements that put entries behind the last one of a call or dict. Raises Refused."""
    spot = call_brackets(tree, container) if isinstance(container, cst.Call) else _dict_brackets(tree, container)
    may_break = not tree.is_in_string(container)
    inner = tree.text[spot.start : spot.end]
    if "\n" not in inner and "\r" not in inner:
        inline = _inline(tree, spot, entries)
        if not may_break or _fits(tree, spot, inline):
            return [inline]
        nested = _nested(tree, container, spot, entries)
        if nested is None and _is_beside_more(tree, container, spot):
            return [inline]
        return nested or exploded(tree, spot, (), entries)
    if not may_break:
        raise Refused("the call stands in an f-string, over several lines")
    return _on_own_lines(tree, spot, entries)


def _inline(tree: Tree, spot: Brackets, entries: Sequence[str]) -> Replacement:
    joined = ", ".join(entries)
    if not spot.items:
        return Replacement(spot.start, spot.end, joined)
    if spot.comma is not None:
        return Replacement(spot.comma, spot.comma, f" {joined},")
    last = spot.items[-1][1]
    return Replacement(last, last, f", {joined}")


def _fits(tree: Tree, spot: Brackets, edit: Replacement) -> bool:
    return width(tree, spot.end) + len(edit.content) - (edit.end - edit.start) <= WIDTH


def _is_beside_more(tree: Tree, container: cst.CSTNode, spot: Brackets) -> bool:
    """True on a line that is too long already, for what stands beside the call or dict."""
    start, end = tree.range(container)
    whole = width(tree, spot.end)
    return whole > WIDTH and whole - (end - start) > end - start


def width(tree: Tree, offset: int) -> int:
    """Columns of the line that holds an offset, without the comment behind it."""
    start, end = tree.line_start(offset), tree.line_end(offset)
    for node in tree.of(cst.Comment):
        if start <= tree.range(node)[0] < end:
            end = tree.range(node)[0]
    return len(tree.text[start:end].rstrip().expandtabs(TAB))


def exploded(
    tree: Tree,
    spot: Brackets,
    first: Sequence[str],
    last: Sequence[str],
    base: str | None = None,
    *,
    growth: int = 0,
) -> list[Replacement]:
    """Entries before and behind those of a one-line call that becomes too long: all on a line of their own when they
    fit there, else each; only what stands between them is replaced.

    `base` is the margin of the closing bracket, `growth` how much longer one of the entries becomes.
    """
    base = tree.margin(spot.start) if base is None else base
    margin = f"{base}{tree.indent}"
    inner = f"{tree.newline}{margin}"
    texts = [*first, *(tree.text[start:end] for start, end in spot.items), *last]
    fits = spot.comma is None and _columns(margin) + len(", ".join(texts)) + growth <= WIDTH
    between, end = (", ", "") if fits else (f",{inner}", ",")
    added_last = last if fits else [broken(tree, text, margin) for text in last]
    edits: list[Replacement] = []
    gaps = [spot.start, *(edge for item in spot.items for edge in item), spot.end]
    pairs = list(zip(gaps[::2], gaps[1::2], strict=True))
    for number, (left, right) in enumerate(pairs):
        is_first, is_last = number == 0, number == len(pairs) - 1
        content = inner + "".join(f"{text}{between}" for text in first) if is_first else between
        if is_last:
            head = content if is_first else (between if last else "")
            content = f"{head}{between.join(added_last)}{end}{tree.newline}{base}"
        if tree.text[left:right] != content:
            edits.append(Replacement(left, right, content))
    return edits


def broken(tree: Tree, text: str, margin: str) -> str:
    """An entry over several lines when it does not fit behind a margin; for entries that are written by a fix."""
    if _columns(margin) + len(text) + 1 <= WIDTH or text[-1] not in ")}":
        return text
    opening = text.index("(" if text[-1] == ")" else "{")
    deeper = f"{margin}{tree.indent}"
    inside = text[opening + 1 : -1]
    if _columns(deeper) + len(inside) > WIDTH:
        inside = f"{broken(tree, inside, deeper)},"
    return f"{text[: opening + 1]}{tree.newline}{deeper}{inside}{tree.newline}{margin}{text[-1]}"


def _columns(margin: str) -> int:
    return len(margin.expandtabs(TAB))


def _nested(tree: Tree, node: cst.CSTNode, spot: Brackets, entries: Sequence[str]) -> list[Replacement] | None:
    """For brackets inside a one-line call: the outer call is broken first; None when there is none."""
    outer = _outermost(tree, node, spot)
    if outer is None:
        return None
    around = call_brackets(tree, outer)
    margin = f"{tree.margin(around.start)}{tree.indent}"
    item = next(item for item in around.items if item[0] <= spot.start <= item[1])
    inline = _inline(tree, spot, entries)
    edits = exploded(tree, around, (), (), growth=len(inline.content) - (inline.end - inline.start))
    if _columns(margin) + item[1] - item[0] + len(inline.content) + 1 <= WIDTH:
        return [*edits, inline]
    return [*edits, *exploded(tree, spot, (), entries, margin)]


def _outermost(tree: Tree, node: cst.CSTNode, spot: Brackets) -> cst.Call | None:
    """The outermost call on the same line that takes the node, or a call that takes it, as an argument."""
    found = None
    inner = node
    while isinstance(given := tree.parent(inner), cst.Arg) and isinstance(call := tree.parent(given), cst.Call):
        if tree.line_start(call_brackets(tree, call).start) != tree.line_start(spot.start):
            break
        if tree.line_start(tree.range(call)[1]) != tree.line_start(spot.end):
            break
        found = inner = call
    return found


def _on_own_lines(tree: Tree, spot: Brackets, entries: Sequence[str]) -> list[Replacement]:
    if not spot.items:  # nothing but comments
        inner = f"{tree.newline}{tree.margin(spot.start)}{tree.indent}"
        place = tree.line_end(max(tree.line_start(spot.end) - 1, spot.start))
        return [Replacement(place, place, "".join(f"{inner}{entry}," for entry in entries))]
    start, _end = spot.items[-1]
    margin = tree.margin(start)
    begins_line = tree.line_start(start) + len(margin) == start
    if not begins_line and not _wants_line(tree, spot, entries):
        return [_inline(tree, spot, entries)]
    return _below(tree, spot, [broken(tree, entry, margin) for entry in entries], f"{tree.newline}{margin}")


def _wants_line(tree: Tree, spot: Brackets, entries: Sequence[str]) -> bool:
    """True when entries behind the last line's others make it too long, and it is not the line of the bracket."""
    start, end = spot.items[-1]
    if tree.line_start(start) == tree.line_start(spot.start):
        return False
    return width(tree, end) + sum(len(entry) + 2 for entry in entries) > WIDTH


def _below(tree: Tree, spot: Brackets, entries: Sequence[str], lead: str) -> list[Replacement]:
    last = spot.items[-1][1]
    behind = spot.comma if spot.comma is not None else last
    is_closed = tree.line_end(behind) > spot.end
    place = behind if is_closed else tree.line_end(behind)
    if spot.comma is not None:
        return [Replacement(place, place, "".join(f"{lead}{entry}," for entry in entries))]
    text = ",".join(f"{lead}{entry}" for entry in entries)
    if place == last:
        return [Replacement(last, last, f",{text}")]
    return [Replacement(last, last, ","), Replacement(place, place, text)]
