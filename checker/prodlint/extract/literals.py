"""Literals: numbers and strings. Credentials among them are not kept."""

from __future__ import annotations

from prodlint.extract import syntax
from prodlint.extract.dispatch import value_of
from prodlint.extract.state import MAX_TEXT, Scope, Walk
from prodlint.facts import Const, Joined, Opaque, Redacted, Value
from prodlint.secrets import judge

MAX_BITS = 4_000
"""Of numbers that are kept; those of more than some 14,000 cannot be printed."""
HUGE = Opaque("a number that is too large")

SHORTEST = 16
"""Characters below which no string is taken for a token by its looks alone."""


def shown(text: str) -> str:
    """What may be printed of a credential."""
    return judge.redact(text, ())


def text_of(node: syntax.Expression) -> str | None:
    """The text of a string literal, concatenated parts included; None when it is not a plain string."""
    if isinstance(node, syntax.SimpleString):
        return node.known if isinstance(node.known, str) else None
    if isinstance(node, syntax.ConcatenatedString):
        left, right = text_of(node.left), text_of(node.right)
        return None if left is None or right is None else left + right
    return None


def integer(walk: Walk, scope: Scope, node: syntax.Integer) -> Value:
    """`30`, `0x1f`, `1_000`"""
    try:
        value = int(node.value, 0)
    except ValueError:  # of some thousand digits
        return HUGE
    return Const(value) if value.bit_length() <= MAX_BITS else HUGE


def floating(walk: Walk, scope: Scope, node: syntax.Float) -> Value:
    """`0.5`, `1e-3`"""
    return Const(float(node.value.replace("_", "")))


def string(walk: Walk, scope: Scope, node: syntax.SimpleString | syntax.ConcatenatedString) -> Value:
    """A string; one that looks like a credential is redacted."""
    text = text_of(node)
    if text is None:
        if isinstance(node, syntax.ConcatenatedString):
            return Joined((value_of(walk, scope, node.left), value_of(walk, scope, node.right)))
        return Opaque("bytes")
    if len(text) >= SHORTEST and judge.looks_like_token(text):
        return Redacted(shown(text), judge.identity(text), walk.positions.span(node))
    return Const(text[:MAX_TEXT])


def formatted(walk: Walk, scope: Scope, node: syntax.FormattedString) -> Value:
    """An f-string, in parts."""
    found: list[Value] = []
    for part in node.parts:
        if isinstance(part, syntax.FormattedStringText):
            is_plain = not any(judge.looks_like_token(word) for word in part.value.split() if len(word) >= SHORTEST)
            found.append(Const(part.value[:MAX_TEXT]) if is_plain else Opaque("a text with a credential"))
        elif isinstance(part, syntax.FormattedStringExpression):
            found.append(value_of(walk, scope, part.expression))
            _walk_format(walk, scope, part)
    return walk.bounded(Joined(tuple(found)))


def _walk_format(walk: Walk, scope: Scope, node: syntax.FormattedStringExpression) -> None:
    """The calls in `{value:{width()}}`."""
    for part in node.format_spec:
        if isinstance(part, syntax.FormattedStringExpression):
            value_of(walk, scope, part.expression)
            _walk_format(walk, scope, part)
