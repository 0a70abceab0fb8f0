"""Changed files as a patch that `git apply` takes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prodlint.report.printable import key_ranges
from prodlint.values import NamedTuple

CONTEXT = 3
"""Unchanged lines around a change."""


class Change(NamedTuple):
    """Lines of the old text and those that take their place: half-open ranges from 0."""

    start: int
    end: int
    new_start: int
    new_end: int


class Hunk(NamedTuple):
    """Changes that are shown together, in order."""

    whole: Change
    """All that is shown, with the lines around."""
    changes: tuple[Change, ...]


def patch(changed: Mapping[str, tuple[bytes, bytes]], prefix: str) -> bytes:
    """The patch for files by path; `prefix` leads to them from the top of the repository, with a final slash."""
    return b"".join(_file(f"{prefix}{path}", old, new) for path, (old, new) in sorted(changed.items()))


def _file(path: str, old: bytes, new: bytes) -> bytes:
    # Latin-1 keeps every byte: a patch has the encoding of its files.
    before, after = (_lines(data.decode("latin-1")) for data in (old, new))
    body = "".join(_head(hunk) + "".join(map(_ended, _shown(hunk, before, after))) for hunk in _hunks(before, after))
    if not body:
        return b""
    left, right = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    head = f"diff --git {left} {right}\n--- {left}\n+++ {right}\n".encode("utf-8", "surrogateescape")
    return head + body.encode("latin-1")


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    """The parts of two texts that a patch shows."""
    near: list[Change] = []
    for change in _changes(old, new):
        if near and change.start - near[-1].end > 2 * CONTEXT:
            yield _hunk(near, len(old))
            near = []
        near.append(change)
    if near:
        yield _hunk(near, len(old))


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    # In files of 200 lines and more, difflib passes over lines that occur often: what it takes for changed may begin or
    # end alike. Without that it takes a minute for a large notebook.
    for tag, *lines in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield _trimmed(Change(*lines), old, new)


def _trimmed(change: Change, old: Sequence[str], new: Sequence[str]) -> Change:
    """A change without the lines that are the same at its ends."""
    start, end, new_start, new_end = change
    while start < end and new_start < new_end and old[start] == new[new_start]:
        start, new_start = start + 1, new_start + 1
    while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    return Change(start, end, new_start, new_end)


def _hunk(changes: Sequence[Change], length: int) -> Hunk:
    first, last = changes[0], changes[-1]
    start, end = max(first.start - CONTEXT, 0), min(last.end + CONTEXT, length)
    new_start, new_end = first.new_start - (first.start - start), last.new_end + end - last.end
    return Hunk(Change(start, end, new_start, new_end), tuple(changes))


def _head(hunk: Hunk) -> str:
    return f"@@ -{_extent(hunk.whole.start, hunk.whole.end)} +{_extent(hunk.whole.new_start, hunk.whole.new_end)} @@\n"


def _extent(start: int, end: int) -> str:
    """Lines as a hunk's head counts them: from 1, and from the line before when there are none."""
    return f"{start + 1 if end > start else start},{end - start}"


def _shown(hunk: Hunk, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """The lines of a hunk, with their marks."""
    position = hunk.whole.start
    for change in hunk.changes:
        yield from (f" {line}" for line in old[position : change.start])
        yield from (f"-{line}" for line in old[change.start : change.end])
        yield from (f"+{line}" for line in new[change.new_start : change.new_end])
        position = change.end
    yield from (f" {line}" for line in old[position : hunk.whole.end])


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
    hunks = _hunks(_lines(old), _lines(new))
    return {line + 1 for hunk in hunks for line in range(hunk.whole.start, hunk.whole.end)}


def shows_key(old: str, new: str, key_lines: Iterable[int]) -> bool:
    """True when a patch would show a key: on one of the given 1-based lines, or anything that looks like one."""
    shown = shown_lines(old, new)
    lines = _lines(old)
    return not shown.isdisjoint(key_lines) or any(key_ranges(lines[line - 1]) for line in shown)


def excerpt(old: str, new: str, hidden: Iterable[int]) -> Iterator[str]:
    """The lines of a patch for people, without its head; what stands on the hidden lines (1-based) is left out."""
    secret = set(hidden)
    before = ["…" if number in secret else line for number, line in enumerate(_lines(old), 1)]
    after = _lines(new)
    for hunk in _hunks(_lines(old), after):
        yield f"@@ line {hunk.whole.start + 1} @@"
        yield from (line.rstrip("\r\n") for line in _shown(hunk, before, after))
