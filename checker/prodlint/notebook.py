"""Changes code cells of a notebook and leaves every other byte of the file as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from prodlint.reading import lines_with_ends

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_STRING = re.compile(r'(?P<space>\s*)(?P<string>"(?:\\.|[^"\\])*")')


def with_cell_lines(raw: str, cell: int, change: Callable[[list[str]], list[str]]) -> str:
    """Return a notebook's JSON with the lines of one code cell changed.

    `cell` is 0-based among the code cells; `change` gets the lines with their ends and returns those that take their
    place. A list of lines keeps its layout, and unchanged lines their spelling.
    """
    start, end = source_ranges(raw)[cell]
    value = raw[start:end]
    if not value.startswith("["):
        new = json.dumps("".join(change(lines_with_ends(json.loads(value)))), ensure_ascii=value.isascii())
        return raw[:start] + new + raw[end:]
    items = list(_STRING.finditer(value))
    spelled = {json.loads(item["string"]): item["string"] for item in items}
    old = [line for item in items for line in lines_with_ends(json.loads(item["string"]))]
    first, rest = items[0]["space"], items[-1]["space"]
    lines = [spelled.get(line) or json.dumps(line, ensure_ascii=raw.isascii()) for line in change(old)]
    inner = first + f",{rest}".join(lines)
    return raw[: start + 1] + inner + value[items[-1].end() :] + raw[end:]


def source_ranges(raw: str) -> list[tuple[int, int]]:
    """Return where the value of `source` of each code cell stands; an empty range for a cell that has none."""
    sources: dict[int, tuple[int, int]] = {}
    code: set[int] = set()
    for path, start, end in _values(raw):
        match path:
            case ("cells", int(number), "source"):
                sources[number] = (start, end)
            case ("cells", int(number), "cell_type") if raw[start:end] == '"code"':
                code.add(number)
    return [sources.get(number, (0, 0)) for number in sorted(code)]


def _values(raw: str) -> Iterator[tuple[tuple[str | int | None, ...], int, int]]:
    """Yield each value in a JSON text: its keys and indices from the outside in, its start and its end."""
    keys: list[str | int | None] = []
    starts: list[int] = []
    for token in _TOKEN.finditer(raw):
        text = token[0]
        if text in ("{", "["):
            starts.append(token.start())
            keys.append(None if text == "{" else 0)
        elif text in ("}", "]"):
            keys.pop()
            yield tuple(keys), starts.pop(), token.end()
        elif text == ",":
            last = keys[-1]
            keys[-1] = last + 1 if isinstance(last, int) else None
        elif text != ":":
            if keys and keys[-1] is None:
                keys[-1] = json.loads(text)
            else:
                yield tuple(keys), token.start(), token.end()
