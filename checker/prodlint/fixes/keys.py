"""Keys: from a literal to the environment variable."""

from __future__ import annotations

import libcst as cst

from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.sheet import Changes, Sheet
from prodlint.fixes.tree import dotted
from prodlint.repairs import ReadVariable

READERS = ("getenv", "get")
"""Last names of the functions that read a variable and take a default."""


def read_variable(sheet: Sheet, action: ReadVariable) -> Changes:
    """The changes that read a variable instead of a literal. Raises Refused."""
    tree = sheet.tree
    place = tree.span(action.place)
    text = _literal(sheet, place)
    if _is_variable_itself(sheet, text):
        raise Refused("the literal is written into the environment; remove the statement")
    expression, changes = _reading(sheet, text, action.variable)
    call = _reader(sheet, text)
    if call is not None:
        mapping = expression.partition("[")[0]
        expression = f"{mapping}[{tree.code(call.args[0].value)}]"
        changes.replacements.append(Replacement(*tree.range(call), expression))
        changes.free.append(tree.range(call))
        return changes
    start, end = tree.range(text)
    raw = tree.text[start:end]
    prefix = "" if place[0] <= start else _prefix(raw, place[0] - start, end - place[1])
    joined = f"{prefix} + {expression}" if prefix else expression
    if prefix and not isinstance(tree.parent(text), cst.Arg | cst.DictElement | cst.Assign):
        raise Refused("the key is a part of a longer text")
    changes.replacements.append(Replacement(start, end, joined))
    return changes


def _literal(sheet: Sheet, place: tuple[int, int]) -> cst.SimpleString:
    """The one plain string at a place, around it or in it."""
    tree = sheet.tree
    found = [
        node for node in tree.of(cst.SimpleString) if tree.range(node)[0] < place[1] and place[0] < tree.range(node)[1]
    ]
    around = [node for node in found if tree.range(node)[0] <= place[0] and place[1] <= tree.range(node)[1]]
    chosen = around or found
    if len(chosen) > 1:  # `os.getenv("NAME", "key")`: the last one
        chosen = [node for node in chosen if _reader(sheet, node) is not None]
    if len(chosen) != 1:
        raise Refused("the key is not one plain literal")
    node = chosen[0]
    parent = tree.parent(node)
    if isinstance(parent, cst.ConcatenatedString | cst.Expr | cst.MatchValue) or "b" in node.prefix:
        raise Refused("the key is a part of another literal, or of a docstring")
    if isinstance(parent, cst.Subscript | cst.SubscriptElement | cst.Index | cst.Annotation):
        raise Refused("the literal is no value")
    return node


def _prefix(raw: str, before: int, after: int) -> str:
    """The literal that is left of `"Bearer <key>"` without its end. Raises Refused when anything follows the key."""
    quote = raw[-1]
    if raw.endswith(quote * 3) or after != 1:
        raise Refused("the key is a part of a longer text")
    kept = raw[:before]
    return "" if kept.strip("rRuU") == quote else kept + quote


def _reader(sheet: Sheet, text: cst.CSTNode) -> cst.Call | None:
    """`os.getenv("NAME", text)`, when the literal is the default in it."""
    given = sheet.tree.parent(text)
    call = sheet.tree.parent(given)
    if not isinstance(given, cst.Arg) or not isinstance(call, cst.Call) or len(call.args) != 2:
        return None
    name = dotted(call.func)
    if call.args[1] is not given or name.rpartition(".")[2] not in READERS or "env" not in name:
        return None
    return call if isinstance(call.args[0].value, cst.SimpleString) else None


def _is_variable_itself(sheet: Sheet, text: cst.CSTNode) -> bool:
    """True for the literal of `os.environ["NAME"] = ...` and `os.environ.setdefault("NAME", ...)`."""
    tree = sheet.tree
    parent = tree.parent(text)
    if isinstance(parent, cst.Assign):
        return any("environ" in tree.code(target) for target in parent.targets)
    call = tree.parent(parent)
    return isinstance(call, cst.Call) and dotted(call.func).endswith(("environ.setdefault", "environ.update", "putenv"))


def _reading(sheet: Sheet, node: cst.CSTNode, variable: str) -> tuple[str, Changes]:
    """The expression that reads a variable here, with the import it needs."""
    changes = Changes()
    mapping = sheet.names.call("os.environ", node)
    if mapping is None:
        module = sheet.names.call("os", node)
        if module is None:
            missing = sheet.names.missing("os", "os", node)
            changes.imports.append(missing)
            module = missing.name
        mapping = f"{module}.environ"
    return f'{mapping}["{variable}"]', changes
