"""What stands where in f-strings: the interpreter places their parts only from Python 3.12 on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from prodlint.extract.from_ast.places import NotHereError
from prodlint.values import NamedTuple


class Text(NamedTuple):
    """What an f-string says as it stands."""

    text: str
    """As it is written."""


class Field(NamedTuple):
    """`{value!r:spec}`"""

    start: int
    end: int
    """Where its expression stands, in characters."""
    spec: Sequence[Text | Field]


class Literal(NamedTuple):
    """One of several strings in a row."""

    start: int
    end: int
    parts: Sequence[Text | Field] | None
    """None for one that is not formatted."""


_BETWEEN = re.compile(r"(?:\s|\\\r?\n|#[^\n]*)*")
_OPENING = r"(?P<quote>\"\"\"|'''|\"|')"
_LITERAL = re.compile(r"(?P<prefix>[a-zA-Z]*)" + _OPENING)
_INSIDE = re.compile(rf"[()\[\]{{}}:]|!=?|#[^\n]*|(?:(?<!\w)(?P<prefix>[a-zA-Z]{{1,2}}))?{_OPENING}")
"""What counts in an expression: brackets, what ends it, and strings, in which neither counts."""
_CONVERSION = re.compile(r"!\s*\w+\s*")
_COMPARISONS = ("==", "!=", "<=", ">=")


def literals(text: str, start: int, end: int) -> list[Literal]:
    """The strings between two places, in order. Raises NotHereError."""
    found: list[Literal] = []
    try:
        while start < end:
            opening = _LITERAL.match(text, start)
            if opening is None:
                raise NotHereError
            parts, behind = _string(text, opening)
            found.append(Literal(start, behind, parts))
            between = _BETWEEN.match(text, behind)
            start = behind if between is None else between.end()
    except (IndexError, ValueError, RecursionError):
        raise NotHereError from None
    return found


def _string(text: str, opening: re.Match[str]) -> tuple[Sequence[Text | Field] | None, int]:
    """The parts of a string whose beginning is given, and where it ends."""
    prefix, quote = (opening["prefix"] or "").lower(), opening["quote"]
    if "f" in prefix:
        parts, behind = _parts(text, opening.end(), quote, is_raw="r" in prefix, in_spec=False)
        return parts, behind
    closing = _plain(quote).match(text, opening.end())
    if closing is None:
        raise NotHereError
    return None, closing.end()


@lru_cache(maxsize=4)
def _plain(quote: str) -> re.Pattern[str]:
    return re.compile(rf"(?:[^\\]|\\.)*?{quote}", re.DOTALL)


@lru_cache(maxsize=4)
def _stops(quote: str) -> re.Pattern[str]:
    return re.compile(rf"[\\{{}}]|{quote}")


def _parts(text: str, position: int, quote: str, *, is_raw: bool, in_spec: bool) -> tuple[list[Text | Field], int]:
    """The parts of an f-string from a place on, up to its end, and where that is; of a format, up to its brace."""
    parts: list[Text | Field] = []
    begin = position
    while True:
        stop = _stops(quote).search(text, position)
        if stop is None:
            raise NotHereError
        at = stop.start()
        if stop[0] == "\\":
            position = _behind_escape(text, at, is_raw)
        elif stop[0] == "{" and (in_spec or text[at + 1] != "{"):
            if begin < at:
                parts.append(Text(text[begin:at]))
            field, position = _field(text, at + 1, quote, is_raw)
            parts.append(field)
            begin = position
        elif stop[0] in "{}" and not in_spec:
            position = at + 2
        else:
            if begin < at:
                parts.append(Text(text[begin:at]))
            return parts, stop.end() - (1 if in_spec else 0)


def _behind_escape(text: str, at: int, is_raw: bool) -> int:
    if text[at + 1] in "{}":
        return at + 1
    if not is_raw and text.startswith("N{", at + 1):
        return text.index("}", at) + 1
    return at + 2


def _field(text: str, start: int, quote: str, is_raw: bool) -> tuple[Field, int]:
    """The field whose expression begins at a place, and where it ends, behind its brace."""
    depth = 0
    position = start
    while True:
        found = _INSIDE.search(text, position)
        if found is None:
            raise NotHereError
        token, at, position = found[0], found.start(), found.end()
        if found["quote"] is not None:
            position = _string(text, found)[1]
        elif token in "([{":
            depth += 1
        elif depth:
            depth -= token in ")]}"
        elif token in ("!", ":", "}"):
            break
    end = _without_sign(text, start, at)
    if token == "!":
        conversion = _CONVERSION.match(text, at)
        if conversion is None:
            raise NotHereError
        at = conversion.end()
    spec: Sequence[Text | Field] = ()
    if text[at] == ":":
        spec, at = _parts(text, at + 1, quote, is_raw=is_raw, in_spec=True)
    return Field(start, end, spec), at + 1


def _without_sign(text: str, start: int, end: int) -> int:
    """Where an expression ends that may have a `=` behind it, to be shown with its value."""
    shown = text[start:end].rstrip()
    return start + len(shown) - 1 if shown.endswith("=") and not shown.endswith(_COMPARISONS) else end
