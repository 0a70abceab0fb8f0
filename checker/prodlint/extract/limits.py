"""Refuses text that would take libcst's parser down: it crashes or takes minutes where Python itself gives up."""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager

from prodlint.extract.problems import SyntaxFailure

MAX_BRACKETS = 200
"""Open brackets at one place; CPython refuses more. libcst 1.9 overflows its stack at some thousand."""

MAX_OPERATORS = 2_000
"""Operators in one statement; libcst 1.9 needs 2 s for these and more than quadratic time for more."""


MAX_LINKS = 1_000
"""Attributes, calls and subscripts in a row; libcst 1.9 needs quadratic time, some 2 s for these."""

MAX_BRANCHES = 2_000
"""`elif` of one `if`; libcst 1.9 overflows its stack at some thousand."""

FRAMES = 1_000
"""Python frames that one extraction may take: some four for each level of nesting."""


@contextmanager
def frames() -> Iterator[None]:
    """Gives what runs inside the same number of frames, however deep it is called: facts depend on the text alone."""
    depth = 0
    frame = sys._getframe()
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + FRAMES)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def check(text: str) -> None:
    """Raise SyntaxFailure for text beyond the limits. Costs next to nothing for text that cannot be."""
    brackets = text.count("(") + text.count("[") + text.count("{")
    operators = sum(text.count(symbol) for symbol in (*_SYMBOLS, *_WORDS))
    is_deep = brackets > MAX_BRACKETS and _may_be_deep(text) and _depth(text) > MAX_BRACKETS
    if is_deep or operators > MAX_OPERATORS or text.count("elif") > MAX_BRANCHES:
        _count(text)
    if brackets + text.count(".") > MAX_LINKS and (chain := _CHAIN.search(text)):
        line = text.count("\n", 0, chain.start()) + 1
        raise SyntaxFailure(f"more than {MAX_LINKS} attributes, calls or subscripts follow each other", line)


_SYMBOLS = "+-*/%|&~"

_WORDS = frozenset({"lambda", "not", "else", "await"})
"""Words that work as operators do; the `else` of a conditional expression among them."""

_CHAIN = re.compile(rf"(?:\.\w+\s*|\([^()\[\]]*\)\s*|\[[^()\[\]]*\]\s*){{{MAX_LINKS}}}")


def _may_be_deep(text: str) -> bool:
    """False where few brackets are left when innermost pairs are taken away some times: too few for `_depth`."""
    left = "".join(_BRACKETS.findall(text))
    for taken in range(10):
        if sum(map(left.count, _OPENING)) + 3 * taken <= MAX_BRACKETS:
            return False
        for pair in ("()", "[]", "{}"):
            left = left.replace(pair, "")
    return True


def _depth(text: str) -> int:
    """The greatest number of open brackets, strings and comments counted as code: never too small."""
    depth = deepest = 0
    for char in _BRACKETS.findall(text):
        if char in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


def _depth_inside(string: str) -> int:
    """The greatest number of open brackets in an f-string, which is one token before Python 3.12."""
    return _depth(string) if re.match("[rR]?[fF]", string) else 0


_BRACKETS = re.compile(r"[()\[\]{}]")

_OPENING = frozenset("([{")

_CLOSING = frozenset(")]}")


def _count(text: str) -> None:
    depth = operators = 0
    branches: dict[int, int] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NEWLINE:
                operators = 0
            elif token.type in (tokenize.OP, tokenize.NAME):
                depth += (token.string in _OPENING) - (token.string in _CLOSING)
                operators += token.string[0] in _SYMBOLS or token.string in _WORDS
                if token.string in ("if", "elif"):
                    column = token.start[1]
                    branches[column] = branches.get(column, 0) + 1 if token.string == "elif" else 0
                    if branches[column] > MAX_BRANCHES:
                        raise SyntaxFailure(f"an `if` has more than {MAX_BRANCHES} branches", token.start[0])
                if depth > MAX_BRACKETS:
                    raise SyntaxFailure(f"more than {MAX_BRACKETS} brackets are open", token.start[0])
                if operators > MAX_OPERATORS:
                    raise SyntaxFailure(f"a statement has more than {MAX_OPERATORS} operators", token.start[0])
            elif token.type == tokenize.STRING and depth + _depth_inside(token.string) > MAX_BRACKETS:
                raise SyntaxFailure(f"more than {MAX_BRACKETS} brackets are open", token.start[0])
    except (tokenize.TokenError, SyntaxError):
        return  # the parser says what is wrong
