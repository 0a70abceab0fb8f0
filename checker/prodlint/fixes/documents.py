"""The files that fixes are in: their text, and how changed text becomes bytes again without touching anything else."""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence

from prodlint.extract import SyntaxFailure, parse
from prodlint.extract.cells import without_broken_cells
from prodlint.fixes.edits import Refused, Replacement, applied
from prodlint.model import Location
from prodlint.reading import UnreadableError, is_python, read_notebook, read_python, read_text
from prodlint.values import dataclass, field

BOM = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*")


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
        lines = self.text.splitlines(keepends=True)
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
    sources = list(_code_sources(raw))
    if len(sources) != len(notebook.cells):
        raise Refused("the notebook's cells cannot be told apart")
    by_cell: dict[int, list[Replacement]] = {}
    starts = _starts(notebook)
    for replacement in replacements:
        cell = max(index for index, start in enumerate(starts[:-1]) if start <= replacement.start)
        by_cell.setdefault(cell, []).append(replacement)
    edits = []
    for cell, inside in by_cell.items():
        start, end = sources[cell]
        edits.append(Replacement(start, end, _cell(notebook, starts, cell, raw[start:end], inside)))
    return applied(raw, edits).encode(encoding)


def _starts(notebook: Document) -> list[int]:
    """Where each code cell begins in the joined text; last, where the text ends."""
    lines = notebook.text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    return [*(offsets[line - 1] for line in notebook.cells), len(notebook.text)]


def _cell(notebook: Document, starts: Sequence[int], cell: int, raw: str, replacements: Sequence[Replacement]) -> str:
    """The JSON of one cell's new source."""
    value = json.loads(raw)
    source = "".join(value) if isinstance(value, list) else str(value)
    shown = notebook.text[starts[cell] : starts[cell + 1]].split("\n")
    lines = source.splitlines(keepends=True)
    moved = []
    for start, end, content in replacements:
        points = []
        for offset in (start, end):
            before = notebook.text[starts[cell] : offset]
            number, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
            if number < len(lines) and lines[number].rstrip("\r\n") != shown[number] and column > 0:
                raise Refused("the line is no plain Python")
            points.append(min(sum(len(line) for line in lines[:number]) + column, len(source)))
        moved.append(Replacement(points[0], points[1], content))
    changed = applied(source, moved)
    ascii_only = raw.isascii()
    if not isinstance(value, list):
        return json.dumps(changed, ensure_ascii=ascii_only)
    return _list(raw, value, changed.splitlines(keepends=True), ascii_only=ascii_only)


def _list(raw: str, old: Sequence[str], new: Sequence[str], *, ascii_only: bool) -> str:
    """A list of lines as JSON, in the layout of the one it takes the place of; unchanged lines as they were."""
    spans = list(_elements(raw, 0))
    written = {line: raw[start:end] for line, (start, end) in zip(old, spans, strict=True)}
    head = raw[: spans[0][0]] if spans else "["
    tail = raw[spans[-1][1] :] if spans else "]"
    between = raw[spans[0][1] : spans[1][0]] if len(spans) > 1 else f",{head[1:] or ' '}"
    return head + between.join(written.get(line) or json.dumps(line, ensure_ascii=ascii_only) for line in new) + tail


def _code_sources(raw: str) -> Iterator[tuple[int, int]]:
    """Where the JSON value of each code cell's source stands. Raises Refused."""
    try:
        members = {key: span for key, *span in _members(raw, _space(raw, 0))}
        for start, _ in _elements(raw, members["cells"][0]):
            cell = {key: span for key, *span in _members(raw, start)}
            kind = cell.get("cell_type")
            if kind is not None and raw[kind[0] : kind[1]] == '"code"':
                source = cell["source"]
                yield source[0], source[1]
    except (ValueError, KeyError, IndexError):
        raise Refused("the notebook cannot be taken apart") from None


def _members(raw: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Key, start and end of the value of each member of the JSON object at an offset."""
    decoder = json.JSONDecoder()
    at = _space(raw, at + 1)
    while raw[at] != "}":
        key, at = decoder.raw_decode(raw, at)
        start = _space(raw, _space(raw, at) + 1)
        _, end = decoder.raw_decode(raw, start)
        yield str(key), start, end
        at = _space(raw, end)
        if raw[at] == ",":
            at = _space(raw, at + 1)


def _elements(raw: str, at: int) -> Iterator[tuple[int, int]]:
    """Start and end of each element of the JSON array at an offset."""
    decoder = json.JSONDecoder()
    at = _space(raw, at + 1)
    while raw[at] != "]":
        _, end = decoder.raw_decode(raw, at)
        yield at, end
        at = _space(raw, end)
        if raw[at] == ",":
            at = _space(raw, at + 1)


def _space(raw: str, at: int) -> int:
    found = _SPACE.match(raw, at)
    return found.end() if found is not None else at
