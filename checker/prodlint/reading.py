"""Source text from bytes: encodings, byte order marks, and the code cells of notebooks."""

from __future__ import annotations

import io
import re
import tokenize
from itertools import pairwise

from prodlint.values import dataclass

LINE_END = re.compile(r"\r\n|\r|\n")
"""Python's line ends. `str.splitlines` also splits at form feeds and others, which are no line ends in Python."""


class UnreadableError(Exception):
    """The bytes are no source text. `line` is 1-based, or None."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One program as text."""

    text: str
    """Without byte order mark; a notebook's code cells joined, magics and shell lines blanked."""
    cells: tuple[int, ...] = ()
    """For a notebook: the first line (1-based) of each code cell in `text`."""
    raw: str = ""
    """For a notebook: the whole file, outputs included."""
    is_python: bool = True
    """False for a text in which only keys are looked for."""


def is_python(path: str, data: bytes) -> bool:
    """Tell whether a file is a Python program: by its name, or by its first line where the name has no suffix.

    `data` need not be more than that line.
    """
    name = path.rpartition("/")[2]
    if "." in name:
        return name.endswith((".py", ".pyi", ".pyw"))
    return data.startswith(b"#!") and b"python" in data[:200].partition(b"\n")[0]


def read_python(data: bytes) -> Source:
    """The text of a Python file, by its coding line, else UTF-8. Raises UnreadableError."""
    if b"\0" in data:
        raise UnreadableError("the file contains null bytes", data.count(b"\n", 0, data.index(b"\0")) + 1)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise UnreadableError(
            f"{error.msg or error}; save the file as UTF-8 or name its encoding in line 1", 1
        ) from None
    try:
        return Source(text=data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"not valid {encoding.upper().removesuffix('-SIG')}; save the file as UTF-8 or name its encoding in line 1",
            line,
        ) from None


def written(path: str, data: bytes) -> str:
    """The text of any file as it is written; of a notebook, its JSON. Raises UnreadableError."""
    return read_python(data).text if is_python(path, data) else read_text(data)


def read_text(data: bytes) -> str:
    """The text of a configuration file; what cannot be decoded is replaced."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def lines_with_ends(text: str) -> list[str]:
    """The lines of a text, each with its line end; the last may have none."""
    edges = [0, *(end.end() for end in LINE_END.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(edges) if start < end]


def read_notebook(data: bytes) -> Source:
    """The code cells of a notebook as one program. Raises UnreadableError."""
    import json

    from prodlint.magics import plain_python
    from prodlint.notebook_lines import cell_lines

    raw = read_text(data)
    try:
        document = json.loads(raw)
        cells = document["cells"]
        language = document.get("metadata", {}).get("kernelspec", {}).get("language", "python")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnreadableError(
            "not a notebook of format 4: no JSON with a list of cells; save it anew in Jupyter"
        ) from None
    lines: list[str] = []
    starts: list[int] = []
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = "".join(source) if isinstance(source, list) else str(source)
        starts.append(len(lines) + 1)
        lines.extend(plain_python(cell_lines(text)) if str(language).lower().startswith("python") else [])
    return Source(text="\n".join(lines) + "\n", cells=tuple(starts), raw=raw)
