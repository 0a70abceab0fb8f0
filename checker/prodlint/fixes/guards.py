"""What must hold of every fixed file, whatever the rule: it parses, only the edits differ, every comment is there."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

import libcst as cst

from prodlint.fixes.documents import Document, document
from prodlint.fixes.edits import Refused, Replacement, applied, moved
from prodlint.fixes.plan import Plan
from prodlint.fixes.tree import Range, Tree, UnparsableError

Spans = Sequence[Range]


def checked(plan: Plan) -> bytes:
    """The fixed file. Raises Refused when a guard does not hold."""
    old = plan.document
    data = old.rewritten(plan.replacements)
    if not old.is_program:
        return data
    new = document(old.path, data)
    try:
        before, after = Tree(old.text, old.cells), Tree(new.text, new.cells)
    except UnparsableError as error:
        raise Refused(f"the fixed file would not parse: {error}") from None
    _require_compilable(old, new)
    _require_comments(before, after, plan)
    if new.text != applied(old.text, plan.replacements):
        raise Refused("the fixed file would not read as planned")
    _require_same_tree(before, after, plan)
    return data


def _require_compilable(old: Document, new: Document) -> None:
    """What this interpreter could read, it must be able to read afterwards. libcst also knows newer syntax."""
    if old.cells:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(old.text, old.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        try:
            compile(new.text, new.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise Refused(f"the fixed file would not compile: {error}") from None


def _require_comments(before: Tree, after: Tree, plan: Plan) -> None:
    """Raises Refused when a comment is lost that no finding is about."""
    meant = [
        before.span(edit.location)
        for finding in plan.findings
        if finding.repair is None and finding.fix is not None
        for edit in finding.fix.edits
    ]
    kept = Counter(
        node.value for node in before.of(cst.Comment) if not any(_meets(before.range(node), span) for span in meant)
    )
    lost = kept - Counter(after.comments())
    if lost:
        raise Refused("a comment would be lost")


def _meets(first: Range, second: Range) -> bool:
    return first[0] < second[1] and second[0] < first[1]


def _require_same_tree(before: Tree, after: Tree, plan: Plan) -> None:
    """Raises Refused when the two trees differ anywhere but in what was put in, taken out or set free."""
    removed = [(item.start, item.end) for item in plan.replacements]
    inserted = _inserted(plan.replacements)
    free_before = list(plan.free)
    free_after = moved(free_before, plan.replacements)
    _Comparison(before, after, removed, inserted, free_before, free_after).run()


def _inserted(replacements: Sequence[Replacement]) -> list[Range]:
    """Where the new texts are in the new text."""
    shift = 0
    found = []
    for start, end, content in sorted(set(replacements)):
        found.append((start + shift, start + shift + len(content)))
        shift += len(content) - (end - start)
    return found


class _Comparison:
    """Walks two trees side by side."""

    def __init__(
        self, before: Tree, after: Tree, removed: Spans, inserted: Spans, free_before: Spans, free_after: Spans
    ) -> None:
        self.before = before
        self.after = after
        self.removed = [*removed, *free_before]
        self.inserted = [*inserted, *free_after]

    def run(self) -> None:
        waiting: list[tuple[cst.CSTNode, cst.CSTNode]] = [(self.before.module, self.after.module)]
        while waiting:
            old, new = waiting.pop()
            if type(old) is not type(new) or _own_values(old) != _own_values(new):
                raise Refused("the fix would change more than it says")
            olds = [child for child in _parts(old) if not self._is_within(self.before, child, self.removed)]
            news = [child for child in _parts(new) if not self._is_within(self.after, child, self.inserted)]
            if len(olds) != len(news):
                raise Refused("the fix would change more than it says")
            waiting.extend(zip(olds, news, strict=True))

    @staticmethod
    def _is_within(tree: Tree, node: cst.CSTNode, spans: Spans) -> bool:
        """True for a node that stands within a changed range, and for one without text."""
        place = tree.find(node)
        if place is None:
            return False
        start, end = place
        return start == end or any(low <= start and end <= high for low, high in spans)


_LAYOUT = (
    cst.BaseParenthesizableWhitespace,
    cst.TrailingWhitespace,
    cst.EmptyLine,
    cst.Newline,
    cst.Comment,
    cst.Comma,
    cst.LeftParen,
    cst.RightParen,
)
"""Nodes that do not say what a program does; comments have a guard of their own."""


def _parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The children that say what a program does, with operators among them."""
    return (child for child in node.children if not isinstance(child, _LAYOUT))


def _own_values(node: cst.CSTNode) -> tuple[object, ...]:
    """What a node says itself: a name, a literal, the stars of an argument."""
    match node:
        case cst.Name(value=value) | cst.Integer(value=value) | cst.Float(value=value) | cst.SimpleString(value=value):
            return (value,)
        case cst.Arg(star=star) | cst.Param(star=star):
            return (star,)
        case cst.FormattedStringText(value=value) | cst.Imaginary(value=value):
            return (value,)
    return ()
