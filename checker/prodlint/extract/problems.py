"""Why a text has no facts."""

from __future__ import annotations


class SyntaxFailure(Exception):
    """The text is not Python that can be parsed. `line` is 1-based."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line
