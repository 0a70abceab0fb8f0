"""The tree from the interpreter's own parse, which takes a tenth of the time of libcst's.

What cannot be made here is `NotHereError`, upon which the whole text goes to libcst, as does what the interpreter is
too old for.
"""

from __future__ import annotations

import ast
import re

from prodlint.extract import syntax
from prodlint.extract.from_ast.bodies import left_out
from prodlint.extract.from_ast.places import NotHereError
from prodlint.extract.from_ast.statements import Statements
from prodlint.extract.positions import Ranges


def tree(text: str) -> tuple[syntax.Module, Ranges]:
    """The tree, and where its nodes stand. Raises NotHereError, and what `ast.parse` raises for text that is no Python
    of this interpreter."""
    made, parsed = _parsed(text)
    return _module(made, parsed), made.ranges


def outline(text: str) -> tuple[syntax.Module, Ranges, list[tuple[int, int]]]:
    """The tree without most function bodies (`bodies.left_out`), where its nodes stand, and the first and the last line
    (1-based, inclusive) of each body that is left out, in order. Raises what `tree` raises."""
    made, parsed = _parsed(text)
    made.left_out = left_out(parsed, text)
    return _module(made, parsed), made.ranges, sorted(made.left_out.values())


def _parsed(text: str) -> tuple[Statements, ast.Module]:
    code = text
    try:
        parsed = ast.parse(code)
    except SyntaxError:
        code = _without_type_syntax(text)
        if code == text:
            raise
        parsed = ast.parse(code)
    return Statements(text, code), parsed


def _module(made: Statements, parsed: ast.Module) -> syntax.Module:
    try:
        module: syntax.Module = made.module(parsed)
    except KeyError:  # a node that the tables do not have: the interpreter is newer than they are
        raise NotHereError from None
    return module


_TYPE_PARAMETERS = r"\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\]"
_TYPE_SYNTAX = re.compile(
    rf"""
      (?P<head> ^[ \t]* (?:(?:async[ \t]+)? def | class) [ \t]+ \w+ [ \t]*) (?P<parameters>{_TYPE_PARAMETERS})
    | (?P<indent> ^[ \t]*) type (?P<name> [ \t]+ \w+ [ \t]*) (?P<of>(?:{_TYPE_PARAMETERS})?) (?= [ \t]* =)
    """,
    re.MULTILINE | re.VERBOSE,
)
"""What Python 3.12 brought for types, and what no older interpreter reads."""


def _without_type_syntax(text: str) -> str:
    """The text with everything at its place, without type parameters, and with assignments for `type` statements."""

    def older(match: re.Match[str]) -> str:
        if match["head"] is not None:
            return match["head"] + _blank(match["parameters"])
        return f"{match['indent']}0;  {match['name']}{_blank(match['of'])}"

    return _TYPE_SYNTAX.sub(older, text)


def _blank(text: str) -> str:
    return re.sub(r" \n", r"\\\n", re.sub(r"[^\n]", " ", text))


__all__ = ["NotHereError", "outline", "tree"]
