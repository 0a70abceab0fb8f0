"""Where new entries of a call, a dict or an import go, so that they look as if the author had written them."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from prodlint.fixes.brackets import (
    WIDTH,
    Brackets,
    broken,
    call_brackets,
    dict_brackets,
    exploded,
    has_room,
    hung,
    share_own_line,
    spread,
    width,
)
from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.tree import Tree


def added(tree: Tree, container: cst.Call | cst.Dict, entries: Sequence[str]) -> list[Replacement]:
    """The replacements that put entries behind the last one of a call or dict. Raises Refused."""
    spot = call_brackets(tree, container) if isinstance(container, cst.Call) else dict_brackets(tree, container)
    may_break = not tree.is_in_string(container)
    inner = tree.text[spot.start : spot.end]
    if "\n" not in inner and "\r" not in inner:
        inline = _inline(tree, spot, entries)
        growth = len(inline.content) - (inline.end - inline.start)
        if not may_break or has_room(tree, spot.end, growth):
            return [inline]
        around, base = hung(tree, container, spot, growth)
        if base is None or (not around and _is_beside_more(tree, container, spot)):
            return [*around, inline]
        return [*around, *exploded(tree, spot, (), entries, base)]
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


def _is_beside_more(tree: Tree, container: cst.CSTNode, spot: Brackets) -> bool:
    """True on a line that is too long already, for what stands beside the call or dict."""
    start, end = tree.range(container)
    whole = width(tree, spot.end)
    return whole > WIDTH and whole - (end - start) > end - start


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
    lead = f"{tree.newline}{margin}"
    texts = [broken(tree, entry, margin) for entry in entries]
    if not begins_line and share_own_line(tree, spot):
        return spread(spot, texts, lead)
    return _below(tree, spot, texts, lead)


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
