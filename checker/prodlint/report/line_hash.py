"""`primaryLocationLineHash`, GitHub code scanning's identity of a line.

The algorithm is that of GitHub's upload action: it compares a value in the SARIF file with its own and warns when
they differ. A line's hash is a polynomial over the 100 UTF-16 code units that begin at the line, blanks left out,
so it survives re-indentation and lines inserted above.
"""

from __future__ import annotations

import operator
from collections import Counter

_WINDOW = 100
_BASE = 37
_MASK = (1 << 64) - 1
_END_OF_FILE = 0xFFFF
_POWERS = tuple(pow(_BASE, exponent, 1 << 64) for exponent in range(_WINDOW - 1, -1, -1))


def line_hashes(text: str) -> tuple[str, ...]:
    """The hash of every line, first line first: hex without padding, `:`, and the how-manieth of that hex it is.

    `text` is the whole file as decoded, with its own line ends. A file that ends with a line end has one more,
    empty, line.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    units = _utf16_units(unified)
    starts = [0]
    starts += [index + 1 for index, unit in enumerate(units) if unit == 0x0A]
    units.append(_END_OF_FILE)
    units.extend([0] * _WINDOW)
    seen: Counter[str] = Counter()
    hashes = []
    for start in starts:
        value = sum(map(operator.mul, units[start : start + _WINDOW], _POWERS)) & _MASK
        digits = f"{value:x}"
        seen[digits] += 1
        hashes.append(f"{digits}:{seen[digits]}")
    return tuple(hashes)


def _utf16_units(text: str) -> list[int]:
    if text.isascii():
        return list(text.encode("ascii"))
    raw = text.encode("utf-16-le", "surrogatepass")
    return [low | high << 8 for low, high in zip(raw[::2], raw[1::2], strict=True)]
