"""How text output may look on one stream: its encoding, and the few ANSI styles that prodlint uses."""

from __future__ import annotations

import codecs

from prodlint.values import NamedTuple

_RESET = "\x1b[0m"

_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "path": "1",
    "rule": "1",
    "gutter": "34",
    "help": "1;36",
    "set": "32",
    "default": "33",
    "unknown": "35",
    "dim": "2",
}
"""Select Graphic Rendition parameters by role."""


class Style(NamedTuple):
    """What the reader of a report can see."""

    color: bool = False
    encoding: str = "utf-8"
    """What the stream can carry; a character outside it is written as an escape, so that carets stay aligned."""
    footer: bool = True
    """False leaves out the counts at the end of the text formats (`--quiet`)."""

    def paint(self, role: str, text: str) -> str:
        """`text` in the colours of `role`; unchanged when there is no colour."""
        if not self.color or not text:
            return text
        return f"\x1b[{_CODES[role]}m{text}{_RESET}"

    @property
    def is_unicode(self) -> bool:
        """True when the stream carries every character."""
        try:
            return codecs.lookup(self.encoding).name.startswith("utf")
        except LookupError:
            return False

    @property
    def ellipsis(self) -> str:
        """`…`, or three dots where the stream has no such character."""
        try:
            "…".encode(self.encoding)
        except (UnicodeError, LookupError):
            return "..."
        return "…"


PLAIN = Style(footer=False)
