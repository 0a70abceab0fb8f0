"""What a function that is defined inside another one may change of its variables, told from the text of it.

By the time its body is walked, the calls of the function around it have been recorded.
"""

from __future__ import annotations

import re

from prodlint.extract import syntax
from prodlint.extract.names import CHANGED_INSIDE, CHANGES, open_up
from prodlint.extract.state import Ref, Scope, Walk, one_of
from prodlint.facts import FunctionFacts

_CHANGE = re.compile(
    r"\bnonlocal[ \t]+(?P<nonlocal>[\w, \t]+)"
    r"|\bdel[ \t]+(?P<emptied>\w+)\["
    r"|(?<![\w.])(?P<item>\w+)\[[^\n]*\][ \t]*(?:[-+*|]|//?)?=(?!=)"
    rf"|(?<![\w.])(?P<method>\w+)[ \t]*(?:\.[ \t]*(?:{'|'.join(sorted(CHANGES))})[ \t]*\(|\|=)"
)


def note_changes(walk: Walk, scope: Scope, node: syntax.FunctionDef, function: FunctionFacts | None) -> None:
    """Open the variables of `scope` that a function defined here may change. What its text says of other names alike
    does no harm: it leaves open what would be known."""
    text = walk.positions.text_of(node)
    own = {parameter.name for parameter in function.parameters} if function is not None else set()
    for change in _CHANGE.finditer(text):
        for name in (change["nonlocal"] or "").replace(",", " ").split():
            _share(walk, scope, name)
        name = change["emptied"] or change["item"] or change["method"] or ""
        if name in scope.flow.names and name not in own and not _binds(text, name):
            held = scope.flow.names[name]
            if isinstance(held, Ref):
                open_up(scope, held, CHANGED_INSIDE.why)


def _binds(text: str, name: str) -> bool:
    return re.search(rf"^[ \t]*{name}[ \t]*(?::[^=\n]*)?=(?!=)", text, re.MULTILINE) is not None


def _share(walk: Walk, scope: Scope, name: str) -> None:
    scope.shared.add(name)
    held = scope.flow.names.get(name)
    if held is not None:
        scope.flow.names[name] = one_of((walk.freeze(held, scope.flow), CHANGED_INSIDE))
