"""Extraction: one file's text to its facts. The only part of the analysis that sees syntax."""

from __future__ import annotations

import warnings
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from prodlint.extract import from_ast, limits, syntax
from prodlint.extract.definitions import complete, read_function, run_pending
from prodlint.extract.dispatch import execute
from prodlint.extract.expressions import EVALUATORS
from prodlint.extract.positions import Positions
from prodlint.extract.problems import SyntaxFailure
from prodlint.extract.state import Flow, Scope, Walk, one_of
from prodlint.extract.statements import EXECUTORS
from prodlint.facts import NONE, Assignment, ClassFacts, FileFacts, FunctionFacts, OneOf, Opaque, Span, Value
from prodlint.values import replace

TEST_IMPORTS = ("pytest", "unittest")


def extract(text: str, *, cells: tuple[int, ...] = ()) -> FileFacts:
    """The facts of one Python file. Raises SyntaxFailure."""
    with _reading():
        return _extract(*_tree(text), cells)


def extract_outline(text: str) -> FileFacts:
    """The facts of one Python file without what most of its function bodies tell: `unread` says which. Raises
    SyntaxFailure."""
    with _reading():
        limits.check(text)
        try:
            module, ranges, bodies = from_ast.outline(text)
        except _OF_LIBCST:
            return _extract(*_by_libcst(text), ())
        facts = _extract(module, Positions(ranges, text), ())
    ends = sorted(
        (function.span.end_line, index)
        for index, function in enumerate(facts.functions)
        if index and not function.is_lambda
    )
    unread = {ends[bisect_left(ends, (first, 0)) - 1][1]: (first, last) for first, last in bodies}
    return replace(facts, unread=unread)


@contextmanager
def _reading() -> Iterator[None]:
    with limits.frames(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's about literals of the code, which are not ours to show
        try:
            yield
        except RecursionError:
            raise SyntaxFailure("the code is nested too deeply to be analysed", None) from None


def read_bodies(facts: FileFacts, lines: Sequence[str], functions: Collection[int]) -> FileFacts:
    """The facts of a file, of which the lines are given, with those of some more function bodies, which are among
    `unread`."""
    try:
        with _reading():
            known = _with_bodies(facts, lines, functions)
    except SyntaxFailure:
        if len(functions) > 1:
            for function in functions:
                facts = read_bodies(facts, lines, [function])
            return facts
        (function,) = functions
        broken = replace(facts.functions[function], returns=(Opaque("a body that cannot be read"),))
        known = replace(facts, functions=(*facts.functions[:function], broken, *facts.functions[function + 1 :]))
    return replace(known, unread={other: at for other, at in facts.unread.items() if other not in functions})


def _with_bodies(facts: FileFacts, lines: Sequence[str], functions: Collection[int]) -> FileFacts:
    trees: list[syntax.Module] = []
    """Kept: the walk knows their nodes by `id`."""
    walk: Walk | None = None
    for function in functions:
        first, last = facts.unread[function]
        source = "\n".join(["if 1:", *lines[first - 1 : last], ""])
        tree, positions = _tree(source, range(first - 1, last + 2))
        trees.append(tree)
        if walk is None:
            walk = Walk(positions=positions, expressions=EVALUATORS, statements=EXECUTORS)
            walk.functions.extend(facts.functions)
            walk.classes.extend(facts.classes)
            walk.calls.extend(facts.calls)
            walk.blocks.extend(facts.blocks)
        walk.positions = positions
        block = tree.body[0]
        assert isinstance(block, syntax.If)
        read_function(walk, function, block.body)
    if walk is None:
        return facts
    return replace(
        facts,
        functions=tuple(known for known in walk.functions if known is not None),
        classes=tuple(known for known in walk.classes if isinstance(known, ClassFacts)),
        calls=tuple(site for site in walk.calls if site is not None),
        blocks=tuple(walk.blocks),
        assignments=(*facts.assignments, *walk.assignments.values()),
        key_uses=(*facts.key_uses, *walk.key_uses.values()),
    )


def _tree(text: str, numbers: Sequence[int] = ()) -> tuple[syntax.Module, Positions]:
    """The syntax tree of a text, and where its nodes stand. `numbers`: which of the lines (1-based) of a file those of
    the text are, if not all. Raises SyntaxFailure."""
    limits.check(text)
    try:
        module, ranges = from_ast.tree(text)
    except _OF_LIBCST:
        return _by_libcst(text, numbers)
    return module, Positions(ranges, text, numbers)


_OF_LIBCST = (from_ast.NotHereError, SyntaxError, ValueError, MemoryError)
"""What the interpreter or the tree made of its parse says of a text that may still be Python."""


def _by_libcst(text: str, numbers: Sequence[int] = ()) -> tuple[syntax.Module, Positions]:
    from prodlint.extract import by_libcst  # libcst is slow to import, and the interpreter reads nearly everything

    module, ranges, kept = by_libcst.tree(text)
    return module, Positions(ranges, kept, numbers, text)


def parses(text: str) -> None:
    """Raise SyntaxFailure where there is no tree of a text."""
    with _reading():
        _tree(text)


def _extract(module: syntax.Module, positions: Positions, cells: tuple[int, ...]) -> FileFacts:
    walk = Walk(positions=positions, expressions=EVALUATORS, statements=EXECUTORS)
    top = Span(1, 1, 1, 1)
    body = FunctionFacts("", "", top, -1, -1, (), (), None, False, False, False, (), (), frozenset())
    walk.functions.append(body)
    scope = Scope(function=0, flow=Flow(), outer={}, module_names=set(), is_module=True)
    execute(walk, scope, module.body)
    complete(walk, scope)
    run_pending(walk)
    return FileFacts(
        functions=tuple(facts for facts in walk.functions if facts is not None),
        classes=tuple(facts for facts in walk.classes if isinstance(facts, ClassFacts)),
        calls=tuple(site for site in walk.calls if site is not None),
        blocks=tuple(walk.blocks),
        globals=_globals(walk, scope),
        star_imports=tuple(walk.star_imports),
        assignments=tuple(walk.assignments.values()),
        key_uses=tuple(walk.key_uses.values()),
        imports=tuple(sorted(walk.imports)),
        has_main_guard=walk.has_main_guard,
        tests=walk.tests or any(name.partition(".")[0] in TEST_IMPORTS for name in walk.imports),
        cells=cells,
    )


def _globals(walk: Walk, scope: Scope) -> dict[str, Value]:
    found = {name: walk.freeze(held, scope.flow) for name, held in scope.flow.names.items() if "." not in name}
    for name, written in walk.module_writes.items():
        before = found.get(name)
        options = [value for value in (before, *written) if value is not None]
        # A global that starts as None and is filled by a function is used once it is filled.
        if before == NONE and any(value != NONE for value in written):
            options = [value for value in written if value != NONE]
        found[name] = one_of(options)
    return found


__all__ = ["Assignment", "OneOf", "SyntaxFailure", "extract", "extract_outline", "parses", "read_bodies"]
