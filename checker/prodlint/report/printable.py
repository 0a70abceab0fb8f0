"""Text from analysed files, made safe to print: no terminal escapes, no keys, known width."""

from __future__ import annotations

import functools
import re
import unicodedata

from prodlint.report.style import Style

_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, line separators, invisible and direction-changing format characters, lone surrogates."""

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_KEY = (
    r"(?<![A-Za-z0-9])(?:sk|gsk|hf|xai|pplx|nvapi|tgp|r8|fw|key|ghp|pk|rk)[-_](?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{16,}"
    r"|AIza[A-Za-z0-9_-]{30,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_.-]{16,}"
    r"|(?<![A-Za-z0-9_-])(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[a-z])[A-Za-z0-9]{32,}(?![A-Za-z0-9_-])"
    r"|(?<![0-9A-Za-z_-])(?=[0-9a-f]*\d)[0-9a-f]{32,}(?![0-9A-Za-z_-])"
)
"""Runs that look like a credential whatever the rules said: an excerpt shows whole lines, also of rules other than
the key rule, and also where that rule is switched off. Loose on purpose; too much hidden costs little."""


@functools.cache
def _pattern(expression: str) -> re.Pattern[str]:
    """Compiled on first use: most runs print a few counts and no text of a file."""
    return re.compile(expression)


def escape(character: str) -> str:
    """A visible, printable-ASCII stand-in for one character."""
    named = _NAMED.get(character)
    if named:
        return named
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def printable(text: str, style: Style) -> str:
    """`text` on one line, with everything that could act on a terminal or that the stream cannot carry escaped."""
    if text.isascii() and text.isprintable():
        return text
    safe = _pattern(_UNSAFE).sub(lambda match: escape(match.group()), text)
    if style.is_unicode or safe.isascii():
        return safe
    try:
        safe.encode(style.encoding)
    except (UnicodeError, LookupError):
        return "".join(character if encodable(character, style) else escape(character) for character in safe)
    return safe


def printable_character(character: str, style: Style) -> str:
    """`printable` for one character."""
    if _pattern(_UNSAFE).match(character) or not encodable(character, style):
        return escape(character)
    return character


def encodable(character: str, style: Style) -> bool:
    """True when the stream can carry the character."""
    if character.isascii():
        return True
    try:
        character.encode(style.encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def key_ranges(text: str) -> list[tuple[int, int]]:
    """Where `text` holds something that looks like a credential: half-open ranges of code points."""
    return [match.span() for match in _pattern(_KEY).finditer(text)]


def redacted(text: str) -> str:
    """`text` with everything that looks like a credential replaced by an ellipsis."""
    return _pattern(_KEY).sub("…", text)


def cell_width(character: str) -> int:
    """Columns that a printable character takes on a terminal: 0, 1 or 2."""
    if character.isascii():
        return 1
    if character == "\u200d" or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_cell(cell: int | None) -> str:
    """What stands before a line number: `cell 3:` in a notebook, with code cells counted from 1, else nothing."""
    return "" if cell is None else f"cell {cell + 1}:"
