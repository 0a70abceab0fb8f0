"""Replacements in one text: what all parts of a fix come down to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prodlint.values import NamedTuple


class Refused(Exception):
    """The source has not the shape that a repair takes; the text says which, for people."""


class Replacement(NamedTuple):
    """New text for a range of offsets in code points; an insertion has an empty range."""

    start: int
    end: int
    content: str


def overlap(first: Replacement, second: Replacement) -> bool:
    """True when two replacements cannot both be made; the very same one twice counts as one."""
    if first == second:
        return False
    if first.start == first.end and second.start == second.end:
        return first.start == second.start
    return first.start < second.end and second.start < first.end


def applied(text: str, replacements: Iterable[Replacement]) -> str:
    """The text with all replacements made, which do not overlap."""
    parts: list[str] = []
    position = 0
    for start, end, content in sorted(set(replacements)):
        parts.append(text[position:start])
        parts.append(content)
        position = end
    parts.append(text[position:])
    return "".join(parts)


def moved(ranges: Sequence[tuple[int, int]], replacements: Iterable[Replacement]) -> list[tuple[int, int]]:
    """Where ranges of the old text are in the new one; what is put in at a border counts as inside."""
    ordered = sorted(set(replacements))
    result = []
    for start, end in ranges:
        before = sum(len(item.content) - (item.end - item.start) for item in ordered if item.end < start)
        upto = sum(len(item.content) - (item.end - item.start) for item in ordered if item.start <= end)
        result.append((start + before, end + upto))
    return result


def line_moved(line: int, replacements: Iterable[Replacement], text: str) -> int:
    """Which 1-based line of the new text begins where one of the old text does."""
    starts = [0, *(position + 1 for position, character in enumerate(text) if character == "\n")]
    start = starts[min(line, len(starts)) - 1]
    return line + sum(
        item.content.count("\n") - text.count("\n", item.start, item.end)
        for item in set(replacements)
        if item.end <= start
    )
