"""The files that fixes are in: their text, and how changed text becomes bytes again without touching anything else."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable, Sequence
from functools import partial

from prodlint.extract.by_libcst import parse
from prodlint.extract.cells import without_broken_cells
from prodlint.extract.problems import SyntaxFailure
from prodlint.fixes.edits import Refused, Replacement, applied
from prodlint.model import Location
from prodlint.notebook import source_ranges, with_cell_lines
from prodlint.reading import UnreadableError, is_python, lines_with_ends, read_notebook, read_python, read_text
from prodlint.values import dataclass, field

BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Document:
    """One file as it was read."""

    path: str
    data: bytes
    text: str
    """What is analysed: without byte order mark; a notebook's code cells joined, those blank that are not Python."""
    cells: tuple[int, ...] = ()
    """For a notebook: the first line (1-based) of each code cell in `text`."""
    encoding: str = "utf-8"

    @property
    def written(self) -> str:
        """The text of the file as it is written; of a notebook, its JSON."""
        return read_text(self.data) if self.path.endswith(".ipynb") else self.text

    @property
    def is_program(self) -> bool:
        """True when `text` is Python."""
        return self.path.endswith(".ipynb") or is_python(self.path, self.data)

    def span(self, location: Location) -> tuple[int, int]:
        """The range of a location in a file that is no Python."""
        lines = lines_with_ends(self.text)
        points = ((location.line, location.column), (location.end_line, location.end_column))
        start, end = (
            min(sum(len(line) for line in lines[: line - 1]) + _code_points(lines, line, column), len(self.text))
            for line, column in points
        )
        return start, end

    def rewritten(self, replacements: Sequence[Replacement]) -> bytes:
        """The file with replacements made in its text. Raises Refused."""
        if self.cells:
            return _rewritten_notebook(self, replacements)
        text = applied(self.text, replacements)
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError:
            raise Refused(f"the fix cannot be written in {self.encoding}") from None


@dataclass(slots=True)
class Documents:
    """The files of one run, read when they are wanted."""

    read: Callable[[str], bytes]
    """The bytes of a file by its path below the root. Raises OSError."""
    _known: dict[str, Document] = field(default_factory=dict)

    def get(self, path: str) -> Document:
        """A file. Raises Refused when it cannot be written back as it was."""
        if path not in self._known:
            try:
                self._known[path] = document(path, self.read(path))
            except (OSError, UnreadableError) as error:
                raise Refused(f"the file cannot be read: {error}") from None
        return self._known[path]


def document(path: str, data: bytes) -> Document:
    """A file from its bytes. Raises Refused when they do not survive being decoded, UnreadableError."""
    if path.endswith(".ipynb"):
        source = read_notebook(data)
        try:
            parse(source.text)
            text = source.text
        except SyntaxFailure:
            text, _ = without_broken_cells(source.text, source.cells)
        return Document(path, data, text, source.cells)
    if is_python(path, data):
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        found = Document(path, data, read_python(data).text, encoding=encoding)
    else:
        encoding = "utf-8-sig" if data.startswith(BOM.encode()) else "utf-8"
        try:
            found = Document(path, data, data.decode(encoding), encoding=encoding)
        except UnicodeDecodeError:
            raise Refused("the file is not UTF-8") from None
    if found.text.encode(found.encoding) != data:
        raise Refused(f"the file does not survive being written in {found.encoding}")
    return found


def _code_points(lines: Sequence[str], line: int, column: int) -> int:
    """The code points before a UTF-16 column of a line."""
    text = lines[line - 1] if line <= len(lines) else ""
    units = text.encode("utf-16-le", "surrogatepass")[: (column - 1) * 2]
    return len(units.decode("utf-16-le", "replace"))


# notebooks


def _rewritten_notebook(notebook: Document, replacements: Sequence[Replacement]) -> bytes:
    """The notebook with new sources in the cells that change; every other byte is as it was."""
    encoding = "utf-8-sig" if notebook.data.startswith(BOM.encode()) else "utf-8"
    raw = notebook.data.decode(encoding)
    if len(source_ranges(raw)) != len(notebook.cells):
        raise Refused("the notebook's cells cannot be told apart")
    starts = _starts(notebook)
    by_cell: dict[int, list[Replacement]] = {}
    for replacement in replacements:
        cell = max(index for index, start in enumerate(starts[:-1]) if start <= replacement.start)
        by_cell.setdefault(cell, []).append(replacement)
    for cell, inside in by_cell.items():
        shown = notebook.text[starts[cell] : starts[cell + 1]]
        moved = [(start - starts[cell], end - starts[cell], content) for start, end, content in inside]
        raw = with_cell_lines(raw, cell, partial(_changed, shown, moved))
    return raw.encode(encoding)


def _starts(notebook: Document) -> list[int]:
    """Where each code cell begins in the joined text; last, where the text ends."""
    lines = notebook.text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    return [*(offsets[line - 1] for line in notebook.cells), len(notebook.text)]


def _changed(shown: str, replacements: Sequence[tuple[int, int, str]], lines: list[str]) -> list[str]:
    """The lines of a cell after replacements in what is shown of it. Raises Refused where that is not what it holds."""
    source = "".join(lines)
    lines = lines_with_ends(source)
    plain = shown.split("\n")
    moved = []
    for start, end, content in replacements:
        points = []
        for offset in (start, end):
            number, column = shown.count("\n", 0, offset), offset - (shown.rfind("\n", 0, offset) + 1)
            if number < len(lines) and lines[number].rstrip("\r\n") != plain[number] and column > 0:
                raise Refused("the line is no plain Python")
            points.append(min(sum(len(line) for line in lines[:number]) + column, len(source)))
        moved.append(Replacement(points[0], points[1], content))
    return lines_with_ends(applied(source, moved))
