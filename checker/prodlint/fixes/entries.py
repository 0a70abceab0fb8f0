"""Settings to be written, as data: `config=types.GenerateContentConfig(max_output_tokens=1024)` in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import libcst as cst

from prodlint.fixes.edits import Refused
from prodlint.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One keyword with its value."""

    key: str
    text: str = ""
    """The value's source, for one without parts."""
    maker: str = ""
    """What makes the object that holds `parts`: a dotted name; empty for a dict display."""
    parts: tuple[Entry, ...] = ()


def parse(spelling: str) -> Entry:
    """The parts of a keyword with its value. Raises Refused when it is no keyword."""
    try:
        call = cst.parse_expression(f"f({spelling})")
    except cst.ParserSyntaxError:
        raise Refused(f"`{spelling}` is not a keyword of the call") from None
    if not isinstance(call, cst.Call) or len(call.args) != 1 or call.args[0].keyword is None:
        raise Refused(f"`{spelling}` is not a keyword of the call")
    return _entry(call.args[0].keyword.value, call.args[0].value)


def _entry(key: str, value: cst.BaseExpression) -> Entry:
    plain = cst.Module([]).code_for_node
    if isinstance(value, cst.Call):
        named = [(given.keyword.value, given.value) for given in value.args if given.keyword is not None]
        if named and len(named) == len(value.args):
            return Entry(key=key, maker=plain(value.func), parts=tuple(_entry(*pair) for pair in named))
    if isinstance(value, cst.Dict):
        parts = []
        for element in value.elements:
            if not isinstance(element, cst.DictElement) or not isinstance(element.key, cst.SimpleString):
                break
            parts.append(_entry(str(element.key.evaluated_value), element.value))
        else:
            return Entry(key=key, parts=tuple(parts))
    return Entry(key=key, text=plain(value))


def leaf(entry: Entry) -> Entry:
    """The innermost keyword."""
    while entry.parts:
        entry = entry.parts[0]
    return entry


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Entries with those of one key made one. Raises Refused when they contradict each other."""
    kept: dict[str, Entry] = {}
    for entry in entries:
        known = kept.get(entry.key)
        if known is None:
            kept[entry.key] = entry
        elif known != entry:
            if not (known.parts and entry.parts) or known.maker != entry.maker:
                raise Refused(f"two fixes give `{entry.key}` different values")
            kept[entry.key] = replace(known, parts=tuple(merged((*known.parts, *entry.parts))))
    return list(kept.values())


def as_keyword(entry: Entry, name: Callable[[str], str]) -> str:
    """`key=value`; `name` gives what a maker is called here."""
    return f"{entry.key}={_value(entry, name)}"


def as_item(entry: Entry, quote: str) -> str:
    """`"key": value`; inside a dict all objects are dicts."""
    return f"{quote}{entry.key}{quote}: {_dict(entry, quote) if entry.parts else entry.text}"


def _value(entry: Entry, name: Callable[[str], str]) -> str:
    if not entry.parts:
        return entry.text
    if not entry.maker:
        return _dict(entry, '"')
    return f"{name(entry.maker)}({', '.join(as_keyword(part, name) for part in entry.parts)})"


def _dict(entry: Entry, quote: str) -> str:
    return "{" + ", ".join(as_item(part, quote) for part in entry.parts) + "}"
