"""Pairs of brackets and what stands in them, and how a line that becomes too long is broken at them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

import libcst as cst

from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.tree import Range, Tree
from prodlint.values import dataclass

WIDTH = 88
"""Columns that a line of one-line calls may take; a comment behind it does not count."""

TAB = 4
"""Columns that a tab takes."""

_PRAGMA = re.compile(r"#\s*(?:noqa\b|nosec\b|(?:type|pyright|pyre-\w+|mypy|ty|pylint|ruff|fmt|pragma)\s*:)")
"""Comments that type checkers, linters and formatters read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brackets:
    """The inside of a pair of brackets."""

    start: int
    """Behind the opening bracket."""
    end: int
    """Before the closing one."""
    items: tuple[Range, ...]
    comma: int | None = None
    """Behind the comma after the last item; None without such a comma."""
    separator: str = ","
    """What stands between items; nothing between the clauses of a comprehension."""
    is_call: bool = False
    """True for arguments: several may stand on one line of their own."""


def call_brackets(tree: Tree, call: cst.Call) -> Brackets:
    """The arguments of a call. Raises Refused for a generator without brackets of its own."""
    if _takes_bare_generator(call):
        raise Refused("the call takes a generator expression without brackets of its own")
    # The call's range leaves its own parentheses out, so its last character is the closing bracket.
    start = _behind(tree, tree.range(call.func)[1], call.func, "(")
    return _listed(tree, start, tree.range(call)[1] - 1, call.args, is_call=True)


def dict_brackets(tree: Tree, display: cst.Dict) -> Brackets:
    """The entries of a dict display."""
    start, end = tree.range(display)
    return _listed(tree, start + 1, end - 1, display.elements)


def _takes_bare_generator(call: cst.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0].value, cst.GeneratorExp) and not call.args[0].value.lpar


def _listed(
    tree: Tree,
    start: int,
    end: int,
    items: Sequence[cst.Arg] | Sequence[cst.BaseElement] | Sequence[cst.BaseDictElement],
    *,
    is_call: bool = False,
) -> Brackets:
    comma = None
    if items and isinstance(items[-1].comma, cst.Comma):
        # The comma's range takes the white space along.
        comma = tree.text.index(",", tree.range(items[-1])[1]) + 1
    ranges = tuple(tree.range(item) for item in items)
    return Brackets(start=start, end=end, items=ranges, comma=comma, is_call=is_call)


def _behind(tree: Tree, offset: int, node: cst.BaseExpression, bracket: str) -> int:
    """The offset behind the first opening bracket after a node, whose own parentheses are closed first."""
    for _ in node.rpar:
        offset = tree.text.index(")", offset) + 1
    return tree.text.index(bracket, offset) + 1


def _clauses(tree: Tree, start: int, end: int, display: cst.BaseComp) -> Brackets:
    """A comprehension: what it makes, then each of its clauses."""
    cuts = [start]
    clause: cst.CompFor | None = display.for_in
    while clause is not None:
        cuts.extend(tree.range(part)[0] for part in (clause, *clause.ifs))
        clause = clause.inner_for_in
    items = tuple(_stripped(tree, left, right) for left, right in zip(cuts, [*cuts[1:], end], strict=True))
    return Brackets(start=start, end=end, items=items, separator="")


def _stripped(tree: Tree, start: int, end: int) -> Range:
    text = tree.text[start:end]
    return start + len(text) - len(text.lstrip()), start + len(text.rstrip())


def _around(tree: Tree, node: cst.CSTNode, spot: Brackets) -> Iterator[Brackets]:
    """The brackets that begin and end on the line of others and hold them, innermost first."""
    inner = node
    for outer in tree.ancestors(node):
        if isinstance(outer, cst.BaseSmallStatement | cst.BaseCompoundStatement | cst.SimpleStatementLine):
            return
        found = _holding(tree, outer, inner)
        inner = outer
        if found is None:
            continue
        if tree.line_start(found.start) != tree.line_start(spot.start):
            return
        if tree.line_start(found.end) != tree.line_start(spot.end):
            return
        yield found


def _holding(tree: Tree, outer: cst.CSTNode, inner: cst.CSTNode) -> Brackets | None:
    """The brackets of a node, when the inner one stands in them."""
    start, end = tree.find(outer) or (0, 0)
    match outer:
        case cst.Call() if isinstance(inner, cst.Arg):
            if not _takes_bare_generator(outer):
                return call_brackets(tree, outer)
            value = outer.args[0].value
            assert isinstance(value, cst.GeneratorExp)
            return _clauses(tree, _behind(tree, tree.range(outer.func)[1], outer.func, "("), end - 1, value)
        case cst.Dict():
            return dict_brackets(tree, outer)
        case cst.List() | cst.Set():
            return _listed(tree, start + 1, end - 1, outer.elements)
        case cst.ListComp() | cst.SetComp() | cst.DictComp():
            return _clauses(tree, start + 1, end - 1, outer)
        case cst.GeneratorExp(lpar=[*_, opening], rpar=[closing, *_]):
            return _clauses(tree, tree.range(opening)[0] + 1, tree.range(closing)[1] - 1, outer)
        case cst.Tuple(lpar=[*_, opening], rpar=[closing, *_]):
            return _listed(tree, tree.range(opening)[0] + 1, tree.range(closing)[1] - 1, outer.elements)
    return None


# breaking lines


def hung(tree: Tree, node: cst.CSTNode, spot: Brackets, growth: int) -> tuple[list[Replacement], str | None]:
    """The replacements that break the brackets around those of a node, from the outermost inward, until what becomes
    longer by some columns fits; and the margin at which its own must be broken, too, None when that is not necessary.

    All of it stands on one line.
    """
    edits: list[Replacement] = []
    base = tree.margin(spot.start)
    for around in reversed(list(_around(tree, node, spot))):
        edits.extend(exploded(tree, around, (), (), base, growth=growth))
        base += tree.indent
        texts = [tree.text[start:end] for start, end in around.items]
        start, end = next(item for item in around.items if item[0] <= spot.start <= item[1])
        line = end - start + len(_last_comma(around, texts))
        if _share_line(around, texts, base, growth) or columns(base) + line + growth <= WIDTH:
            return edits, None
    return edits, base


def exploded(
    tree: Tree, spot: Brackets, first: Sequence[str], last: Sequence[str], base: str, *, growth: int = 0
) -> list[Replacement]:
    """Entries before and behind those of one-line brackets that become too long: all on a line of their own when they
    may and fit there, else each; only what stands between them is replaced.

    `base` is the margin of the closing bracket, `growth` how much longer one of the entries becomes.
    """
    margin = f"{base}{tree.indent}"
    below = f"{tree.newline}{margin}"
    texts = [*first, *(tree.text[start:end] for start, end in spot.items), *last]
    if _share_line(spot, texts, margin, growth):
        between, comma, added = ", ", "", list(last)
    else:
        between, comma = f"{spot.separator}{below}", _last_comma(spot, texts)
        added = [broken(tree, text, margin) for text in last]
    ending = f"{comma}{tree.newline}{base}"
    if not spot.items:
        return [Replacement(spot.start, spot.end, f"{below}{between.join([*first, *added])}{ending}")]
    gaps = [spot.start, *(edge for item in spot.items for edge in item), spot.end]
    contents = [between] * (len(spot.items) + 1)
    contents[0] = below + "".join(f"{text}{between}" for text in first)
    contents[-1] = "".join(f"{between}{text}" for text in added) + ending
    return [
        Replacement(left, right, content)
        for left, right, content in zip(gaps[::2], gaps[1::2], contents, strict=True)
        if tree.text[left:right] != content
    ]


def share_own_line(tree: Tree, spot: Brackets) -> bool:
    """True when all items stand on one line without brackets, and no comment behind them."""
    (first, _), (_, last) = spot.items[0], spot.items[-1]
    lines = [tree.line_start(offset) for offset in (spot.start, first, last, spot.end)]
    is_last = not tree.text[spot.comma or last : spot.end].strip()
    return lines[0] < lines[1] == lines[2] < lines[3] and is_last


def spread(spot: Brackets, entries: Sequence[str], lead: str) -> list[Replacement]:
    """Each item of one line on its own, with entries behind them."""
    last = spot.items[-1][1]
    between = [Replacement(left, right, f",{lead}") for (_, left), (right, _) in itertools.pairwise(spot.items)]
    text = "".join(f",{lead}{entry}" for entry in entries)
    return [*between, Replacement(last, spot.comma or last, f"{text},")]


def broken(tree: Tree, text: str, margin: str) -> str:
    """An entry over several lines when it does not fit behind a margin; for entries that are written by a fix."""
    if columns(margin) + len(text) + 1 <= WIDTH or text[-1] not in ")}":
        return text
    opening = text.index("(" if text[-1] == ")" else "{")
    deeper = f"{margin}{tree.indent}"
    inside = text[opening + 1 : -1]
    if columns(deeper) + len(inside) > WIDTH:
        inside = broken(tree, inside, deeper)
    return f"{text[: opening + 1]}{tree.newline}{deeper}{inside}{tree.newline}{margin}{text[-1]}"


def _share_line(spot: Brackets, texts: Sequence[str], margin: str, growth: int) -> bool:
    """True when entries may stand on one line between the brackets, and fit there."""
    may = spot.comma is None and (spot.is_call or len(texts) == 1)
    return may and columns(margin) + len(", ".join(texts)) + growth <= WIDTH


def _last_comma(spot: Brackets, texts: Sequence[str]) -> str:
    """The comma behind the last of the entries, when each stands on a line of its own."""
    return spot.separator if spot.comma is not None or len(texts) > 1 else ""


def has_room(tree: Tree, offset: int, growth: int) -> bool:
    """True when the line that holds an offset may become so many columns longer: as far as it fits, and always when a
    comment behind it speaks to a tool, which looks for it on that very line."""
    comment = _comment(tree, offset)
    return width(tree, offset) + growth <= WIDTH or (comment is not None and _PRAGMA.search(comment.value) is not None)


def width(tree: Tree, offset: int) -> int:
    """Columns of the line that holds an offset, without the comment behind it."""
    comment = _comment(tree, offset)
    end = tree.line_end(offset) if comment is None else tree.range(comment)[0]
    return columns(tree.text[tree.line_start(offset) : end].rstrip())


def _comment(tree: Tree, offset: int) -> cst.Comment | None:
    """The comment on the line that holds an offset."""
    start, end = tree.line_start(offset), tree.line_end(offset)
    return next((node for node in tree.of(cst.Comment) if start <= tree.range(node)[0] < end), None)


def columns(text: str) -> int:
    """Columns that a text takes at the start of a line."""
    return len(text.expandtabs(TAB))
