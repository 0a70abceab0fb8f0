"""Changed files as a patch that `git apply` takes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from prodlint.report.printable import key_ranges

CONTEXT = 3
"""Unchanged lines around a change."""


def patch(changed: Mapping[str, tuple[bytes, bytes]], prefix: str) -> bytes:
    """The patch for files by path; `prefix` leads to them from the top of the repository, with a final slash."""
    return b"".join(_file(f"{prefix}{path}", old, new) for path, (old, new) in sorted(changed.items()))


def _file(path: str, old: bytes, new: bytes) -> bytes:
    # Latin-1 keeps every byte: a patch has the encoding of its files.
    before, after = (_lines(data.decode("latin-1")) for data in (old, new))
    hunks = list(difflib.unified_diff(before, after, n=CONTEXT, lineterm="\n"))[2:]
    if not hunks:
        return b""
    left, right = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    head = f"diff --git {left} {right}\n--- {left}\n+++ {right}\n".encode("utf-8", "surrogateescape")
    return head + "".join(_ended(line) for line in hunks).encode("latin-1")


def _lines(text: str) -> list[str]:
    """Lines as git sees them: only a line feed ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _quoted(path: str) -> str:
    """A path as git writes it: in quotes, with escapes, when it holds what would end or change it."""
    if not any(character in '"\\' or ord(character) < 32 or ord(character) == 127 for character in path):
        return path
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(named.get(one, one if ord(one) >= 32 else f"\\{ord(one):03o}") for one in path) + '"'


def shown_lines(old: str, new: str) -> set[int]:
    """The 1-based lines of the old text that its patch shows."""
    matcher = difflib.SequenceMatcher(None, _lines(old), _lines(new), autojunk=False)
    groups = matcher.get_grouped_opcodes(CONTEXT)
    return {line + 1 for group in groups for _, start, end, _, _ in group for line in range(start, end)}


def shows_key(old: str, new: str, key_lines: Iterable[int]) -> bool:
    """True when a patch would show a key: on one of the given 1-based lines, or anything that looks like one."""
    shown = shown_lines(old, new)
    lines = _lines(old)
    return not shown.isdisjoint(key_lines) or any(key_ranges(lines[line - 1]) for line in shown)


def excerpt(old: str, new: str, hidden: Iterable[int]) -> Iterator[str]:
    """The lines of a patch for people, without its head; what stands on the hidden lines (1-based) is left out."""
    secret = set(hidden)
    matcher = difflib.SequenceMatcher(None, _lines(old), _lines(new), autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        yield f"@@ line {group[0][1] + 1} @@"
        for tag, start, end, new_start, new_end in group:
            for number, line in enumerate(_lines(old)[start:end], start + 1):
                text = "…" if number in secret else line.rstrip("\n")
                yield f"{' ' if tag == 'equal' else '-'}{text}"
            if tag != "equal":
                yield from (f"+{line.rstrip()}" for line in _lines(new)[new_start:new_end])
