"""What IPython adds to Python, taken out of a notebook's cell: magics, shell lines, help, calls without brackets.

The number of lines stays, and so do the columns of all that is Python.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MAGIC = re.compile(r"(\s*)(?:[%!?,;/].*|[\w.]+\?{1,2}\s*|\w+\s*=\s*[!%].*)", re.DOTALL)
_TIMED = re.compile(r"(\s*)%time(?=[ \t]+[^-\s])")
"""A line magic that runs the Python behind it. What stands in for it is as long, so that the columns stay."""
_PYTHON_CELLS = ("%%time", "%%capture", "%%prun")
"""Cell magics whose cell is Python."""

_PIECE = re.compile(
    r"""(?P<quote>(?:\"\"\"|'''|"|'))|(?P<comment>\#.*)|(?P<open>[(\[{])|(?P<close>[)\]}])|\\.?|[^"'#()\[\]{}\\]+""",
    re.DOTALL,
)


def plain_python(lines: Sequence[str]) -> list[str]:
    """The lines of a cell with magics and shell lines replaced by `pass`; a cell magic blanks the whole cell."""
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(_PYTHON_CELLS):
        return ["" for _ in lines]
    plain: list[str] = []
    state = _Statement()
    continued = False
    for line in lines:
        if continued:
            plain.append("")
            continued = line.endswith("\\")
        elif not state.is_open and (timed := _TIMED.match(line)):
            plain.append(f"{timed[1]}None;{line[timed.end() :]}")
            state.read(plain[-1])
        elif not state.is_open and (magic := _MAGIC.fullmatch(line)):
            plain.append(f"{magic[1]}pass")
            continued = line.endswith("\\")
        else:
            plain.append(line)
            state.read(line)
    return plain or [""]


class _Statement:
    """Whether the next line goes on with a statement: inside it, `%` is an operator and `!` stands in a string."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote = ""
        """The three quotes of the string that is open at the end of a line."""
        self.goes_on = False

    @property
    def is_open(self) -> bool:
        return bool(self.depth or self.quote or self.goes_on)

    def read(self, line: str) -> None:
        """Take one more line into account."""
        position = self._string_end(line, 0, self.quote) if self.quote else 0
        self.goes_on = False
        while position < len(line):
            piece = _PIECE.match(line, position)
            assert piece is not None
            position = piece.end()
            if piece["quote"]:
                position = self._string_end(line, position, piece["quote"])
            elif piece["open"]:
                self.depth += 1
            elif piece["close"]:
                self.depth = max(self.depth - 1, 0)
            elif piece[0] == "\\":
                self.goes_on = True

    def _string_end(self, line: str, position: int, quote: str) -> int:
        """Where the string ends on this line; a string of three quotes may stay open."""
        end = re.compile(rf"(?:\\.|[^\\])*?{quote}", re.DOTALL).match(line, position)
        self.quote = "" if end or len(quote) == 1 else quote
        return end.end() if end else len(line)
