"""The function bodies that are left out where only what a file defines is wanted: the larger part of the work."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

_KEPT = re.compile(r"(?:^|[;:])[ \t]*(?:import|from|global|class)\b|\bglobals\b", re.MULTILINE)
"""Statements in a body that say something of the whole module, and classes, which may extend those of others."""


def left_out(module: ast.Module, text: str) -> dict[int, tuple[int, int]]:
    """The first and the last line (1-based, inclusive) of the body of each function of a module, and of each method of
    its classes, by the `id` of the function. None of those that stay: they say something of the module, or have no
    lines of their own. What is defined deeper, in a branch or in another function, stays as well."""
    if "\r" in text or "\f" in text:  # which the interpreter takes for ends of lines, or for nothing
        return {}
    lines = text.split("\n")
    found: dict[int, tuple[int, int]] = {}
    for function in _functions(module.body):
        start = function.body[0]
        begins = next(iter(getattr(start, "decorator_list", ())), start)
        first, last = begins.lineno, function.body[-1].end_lineno or 0
        is_alone = first > function.lineno and lines[first - 1][: begins.col_offset].strip() in ("", "@")
        if is_alone and not lines[first - 2].endswith("\\") and not _must_stay("\n".join(lines[first - 1 : last])):
            found[id(function)] = first, last
    return found


def _functions(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for statement in body:
        for inner in statement.body if isinstance(statement, ast.ClassDef) else (statement,):
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                yield inner


def _must_stay(body: str) -> bool:
    return ("import" in body or "global" in body or "class" in body) and _KEPT.search(body) is not None
