"""Literals in a key's place, noted while a file is walked; the literal itself is judged here and not kept."""

from __future__ import annotations

from prodlint.extract import syntax
from prodlint.extract.literals import shown, text_of
from prodlint.extract.state import Scope, Walk
from prodlint.facts import Attr, Global, Imported, KeyUse, Value
from prodlint.secrets import judge


def note(walk: Walk, scope: Scope, name: str, how: str, node: syntax.Expression) -> None:
    """Record the literal when `name` is a key's name and the literal is credible as a key."""
    text = text_of(node)
    if text is None or len(text) < 8 or not judge.is_key_name(name):
        return
    if text.lower().startswith("bearer "):
        text = text[7:].strip()
    if not judge.is_credential(text):
        return
    span = walk.positions.span(node)
    walk.key_uses[id(node)] = KeyUse(name, how, shown(text), judge.identity(text), span, scope.function)


def note_getenv(walk: Walk, scope: Scope, callee: Value, node: syntax.Call) -> None:
    """Record the default in `os.getenv("X_API_KEY", "literal")` and `os.environ.get(...)`, `.setdefault(...)`."""
    if len(node.args) < 2 or not isinstance(callee, Attr | Imported | Global):
        return
    name = callee.name
    if name not in ("getenv", "get", "setdefault", "config", "env", "putenv"):
        return
    variable = text_of(node.args[0].value)
    if variable is not None:
        note(walk, scope, variable, "getenv", node.args[1].value)
