"""Files in, linked model out: reading, screening, extraction and linking of one project."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint import soundness
from prodlint.config import Config
from prodlint.discover import Category, Content, Discovery, SourceFile, UsageError, discover, find_root
from prodlint.findings import Failure
from prodlint.model import Credential, Location, Project
from prodlint.reading import Source, UnreadableError, read_notebook, read_python, read_text

if TYPE_CHECKING:
    from prodlint.facts import FileFacts
    from prodlint.screen import Screen
    from prodlint.sdks.catalogue import Catalogue

MARKER = b"prodlint:"
KEY_PLACES = (b"uthorization", b"api-key", b"api_key")
"""Beside the names of the variables: what stands before a key in a request."""

_IMPORT = re.compile(rb"^[ \t]*(?:from|import)\b(?:[^\n(]*\([^)]*\)|[^\n]*)", re.MULTILINE)

MAX_ROUNDS = 5
"""How often callers of what has been found are looked for in further files."""


@dataclass(slots=True)
class Analysis:
    """One project, analysed."""

    root: str
    project: Project = field(default_factory=Project)
    targets: frozenset[str] = frozenset()
    """Paths whose findings are wanted; other files are only read for what they say about these."""
    failures: tuple[Failure, ...] = ()
    files: int = 0
    parsed: int = 0
    with_pragmas: frozenset[str] = frozenset()
    """Target files with a suppressing comment."""
    facts: dict[str, FileFacts] = field(default_factory=dict)
    read: dict[str, Source] = field(default_factory=dict)
    contents: dict[str, Content | bytes] = field(default_factory=dict)
    """Where a file's bytes are, by path."""

    @property
    def has_subjects(self) -> bool:
        """True when there is anything for a rule to look at."""
        project = self.project
        return bool(project.calls or project.clients or project.credentials or project.async_blocks)

    def is_parsed(self, path: str) -> bool:
        """True when all rules have seen the file: it was parsed, or there was no reason to."""
        return not any(failure.path == path for failure in self.failures)

    def source(self, path: str) -> Source:
        """The text of a file of this run."""
        known = self.read.get(path)
        if known is None:
            try:
                known = _read(path, _bytes(self.contents[path]))
            except (UnreadableError, OSError, KeyError):
                known = Source(text="")
            self.read[path] = known
        return known

    def written(self, path: str) -> str:
        """The text of a file as it is written; of a notebook, its JSON."""
        source = self.source(path)
        return source.raw or source.text

    def excerpt(self, location: Location) -> str:
        """The source of a range; columns that do not fit give the nearest text."""
        source = self.source(location.path)
        lines = source.text.split("\n")
        shift = source.cells[location.cell] - 1 if location.cell is not None and source.cells else 0
        chosen = lines[location.line - 1 + shift : location.end_line + shift]
        if not chosen:
            return ""
        chosen[-1] = _cut(chosen[-1], location.end_column - 1)[0]
        chosen[0] = _cut(chosen[0], location.column - 1)[1]
        return "\n".join(chosen)


def _cut(line: str, units: int) -> tuple[str, str]:
    """A line before and behind a column in UTF-16 units."""
    if line.isascii():
        return line[:units], line[units:]
    data = line.encode("utf-16-le", "surrogatepass")
    before = data[: units * 2].decode("utf-16-le", "replace")
    return before, data[units * 2 :].decode("utf-16-le", "replace")


Files = Callable[[Sequence[Path], Path, Config], Discovery]
"""Finds the files below paths, given the root: on disk (`discover`), or in a commit (`Revision.discover`)."""


def analyse(
    paths: Sequence[Path],
    config: Config,
    *,
    jobs: int = 0,
    stdin: tuple[str, bytes] | None = None,
    files: Files = discover,
) -> Analysis:
    """Analyse the files under `paths`. Raises discover.UsageError."""
    given = [Path(stdin[0])] if stdin is not None else list(paths)
    root = find_root(given)
    discovery = _standard_input(stdin, root) if stdin is not None else files(given, root, config)
    found = Analysis(root=str(root))
    found.failures = discovery.failures
    found.targets = frozenset(file.path for file in discovery.files)
    found.files = len(discovery.files)
    for file in discovery.files:
        found.contents[file.path] = file.content
    if stdin is not None:
        found.contents[discovery.files[0].path] = stdin[1]
    _Pass(found, config, root, jobs, files).run(discovery)
    return found


def _standard_input(stdin: tuple[str, bytes], root: Path) -> Discovery:
    absolute = Path(os.path.abspath(stdin[0]))
    try:
        path = absolute.relative_to(root).as_posix()
    except ValueError:
        path = absolute.name
    category: Category = "notebook" if path.endswith(".ipynb") else "python"
    return Discovery(files=(SourceFile(path=path, absolute=absolute, category=category),), failures=())


def _bytes(content: Content | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _read(path: str, data: bytes) -> Source:
    if path.endswith(".ipynb"):
        return read_notebook(data)
    if path.endswith(".py"):
        return read_python(data)
    return Source(text=read_text(data))


class _Plain:
    """The Python files of a run that hold nothing of interest."""

    def __init__(self) -> None:
        self._unsound: list[Failure] = []
        self._files: list[tuple[str, bytes]] = []
        self._left = soundness.BUDGET

    def add(self, path: str, data: bytes) -> None:
        fault = soundness.encoding_fault(path, data)
        if fault is not None:
            self._unsound.append(fault)
            return
        self._left -= len(data)
        if self._left >= 0:
            self._files.append((path, data))
        else:
            self._files.clear()

    def faults(self) -> list[Failure]:
        """One for each file that is broken; without a look at the syntax when there is too much to read."""
        return [*self._unsound, *soundness.syntax_faults(self._files)]


class _Pass:
    """One run over a project."""

    def __init__(self, found: Analysis, config: Config, root: Path, jobs: int, files: Files) -> None:
        self.found = found
        self.config = config
        self.root = root
        self.jobs = jobs
        self.files = files
        self.failures: list[Failure] = list(found.failures)
        self.credentials: list[Credential] = []
        self.pragmas: set[str] = set()
        self.neighbours: dict[str, Content] = {}
        """Python files of the project that were not asked for, by path."""
        self.unparsed: dict[str, Content | bytes] = {}

    def run(self, discovery: Discovery) -> None:
        """Analyse everything; the garbage collector rests meanwhile: trees and facts hold no cycles worth its time."""
        was_on = gc.isenabled()
        gc.disable()
        try:
            self._run(discovery)
        finally:
            if was_on:
                gc.enable()

    def _run(self, discovery: Discovery) -> None:
        from prodlint.secrets.names import KEY_NAME_SCREEN

        catalogue = _catalogue(self.config)
        screen = _screen(catalogue)
        variables = [*KEY_PLACES, *sorted({key.variable.encode() for key in catalogue.keys if key.variable})]
        to_parse: list[tuple[str, bytes]] = []
        to_scan: list[tuple[SourceFile, bytes]] = []
        plain = _Plain()
        for file in discovery.files:
            try:
                data = _bytes(self.found.contents[file.path])
            except OSError as error:
                self.failures.append(Failure(path=file.path, line=None, message=f"cannot be read: {error.strerror}"))
                continue
            if MARKER in data:
                self.pragmas.add(file.path)
            if file.category == "text":
                if screen.holds_credentials(data) or KEY_NAME_SCREEN.search(data):
                    to_scan.append((file, data))
                continue
            hit = screen.passes(data)
            if hit.credentials:
                to_scan.append((file, data))
            # A piece of a key needs no parse: its shape is proof enough. A key's place does.
            if hit.parse or (hit.credentials and any(name in data for name in variables)):
                to_parse.append((file.path, data))
            elif file.category == "python":
                self.unparsed[file.path] = self.found.contents[file.path]
                plain.add(file.path, data)
        self._extract(to_parse)
        self.failures.extend(plain.faults())
        if self.found.facts:
            self._link(catalogue, {file.path for file in discovery.files})
        if to_scan or self.found.project.credentials or any(facts.key_uses for facts in self.found.facts.values()):
            self._credentials(catalogue, to_scan)
        self.found.parsed = sum(1 for path, _ in to_parse if path in self.found.facts)
        self.found.failures = tuple(sorted(self.failures, key=lambda failure: (failure.path, failure.line or 0)))
        self.found.with_pragmas = frozenset(self.pragmas)

    # extraction

    def _extract(self, files: Sequence[tuple[str, bytes]]) -> None:
        from prodlint.parallel import extract_all

        for path, outcome in extract_all(files, jobs=self.jobs):
            if isinstance(outcome, Failure):
                self.failures.append(outcome)
            else:
                self.found.facts[path] = outcome
                for broken in outcome.broken_cells:
                    self.failures.append(Failure(path=path, line=broken.line, message=broken.message, cell=broken.cell))

    def _load(self, path: str) -> FileFacts | None:
        """The facts of a project file that the link stage asks for."""
        from prodlint.parallel import extract_one

        content = self.unparsed.pop(path, None) or self.neighbours.get(path)
        if content is None:
            return None
        try:
            outcome = extract_one(path, _bytes(content))
        except OSError:
            return None
        return None if isinstance(outcome, Failure) else outcome

    # linking

    def _link(self, catalogue: object, targets: set[str]) -> None:
        from prodlint.frameworks.load import load as load_frameworks
        from prodlint.link.program import Program
        from prodlint.link.project import link
        from prodlint.sdks.catalogue import Catalogue
        from prodlint.sdks.catalogue import load as load_shipped
        from prodlint.sdks.declared import declared_names
        from prodlint.sdks.editions import Editions
        from prodlint.versions.project import ProjectVersions

        assert isinstance(catalogue, Catalogue)
        self._find_neighbours(targets)
        frameworks = load_frameworks()
        defaults = self.config.defaults
        numbers = {
            "timeout": defaults.timeout,
            "max_tokens": float(defaults.max_tokens),
            "retries": float(defaults.max_retries),
        }
        reserved = frozenset(root.partition(".")[0] for root in load_shipped().imports)
        editions = Editions(catalogue, ProjectVersions(self.root).statements)
        facts = dict(self.found.facts)
        universe = sorted({*facts, *self.unparsed, *self.neighbours})
        program = Program(facts, universe, self._load, reserved, declared_names(self.config.sdk, catalogue))
        self._parse_importers(program)
        searched: set[tuple[str, str]] = set()
        for _ in range(MAX_ROUNDS):
            linked = link(program, editions, frameworks, numbers)
            self.found.project = linked.project
            wanted = linked.wanted - searched
            searched |= wanted
            if not self._parse_mentions(wanted, program):
                break
        for path in linked.failed:
            message = "nested too deeply to be analysed; its findings may not be all"
            self.failures.append(Failure(path=path, line=None, message=message))

    def _parse_importers(self, program: object) -> None:
        """Parse the neighbours that import a file that was asked for: they may use the clients it makes."""
        from prodlint.link.program import Program

        assert isinstance(program, Program)
        stems = {path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py") for path in self.found.facts}
        words = b"|".join(sorted(re.escape(stem.encode()) for stem in stems))
        mention = re.compile(rb"\b(?:" + words + rb")\b")
        for path, content in sorted(self.neighbours.items()):
            try:
                data = _bytes(content)
            except OSError:
                continue
            if mention.search(data) and any(mention.search(line) for line in _IMPORT.findall(data)):
                program.module(path)

    def _find_neighbours(self, targets: set[str]) -> None:
        """The project's other Python files, when only some were asked for."""
        for file in self.files([self.root], self.root, self.config).files:
            if file.category == "python" and file.path not in targets:
                self.neighbours[file.path] = file.content

    def _parse_mentions(self, wanted: Iterable[tuple[str, str]], program: object) -> bool:
        """Parse the files that mention a wanted function; True when there was one."""
        from prodlint.link.program import Program

        assert isinstance(program, Program)
        pairs = sorted(pair for pair in wanted if pair[0])
        if not pairs:
            return False
        pattern = re.compile(rb"\b(?:" + b"|".join(sorted({re.escape(a.encode()) for a, _ in pairs})) + rb")\b")
        needs: dict[bytes, set[bytes]] = {}
        for name, beside in pairs:
            needs.setdefault(name.encode(), set()).add(beside.encode())
        words = sorted({re.escape(beside) for group in needs.values() for beside in group})
        mentions = re.compile(rb"\b(?:" + b"|".join(words) + rb")\b")
        added = False
        for path, content in sorted({**self.neighbours, **self.unparsed}.items()):
            if path in program.modules:
                continue
            try:
                data = _bytes(content)
            except OSError:
                continue
            names = set(pattern.findall(data))
            if not names:
                continue
            # A file that was not asked for counts only where an import names what it would call.
            text = b"\n".join(_IMPORT.findall(data)) if path in self.neighbours else data
            besides = set(mentions.findall(text))
            if any(not besides.isdisjoint(needs[name]) for name in names):
                added = program.module(path) is not None or added
        return added

    # credentials

    def _credentials(self, catalogue: object, to_scan: Sequence[tuple[SourceFile, bytes]]) -> None:
        from dataclasses import replace

        from prodlint import credentials
        from prodlint.sdks.catalogue import Catalogue
        from prodlint.secrets.baseline import Baseline, load

        assert isinstance(catalogue, Catalogue)
        baseline = Baseline()
        try:
            baseline = load(self.root)
        except ValueError as error:
            self.failures.append(Failure(path=".secrets.baseline", line=None, message=str(error)))
        found = [credential for credential in self.found.project.credentials if not self._is_allowed(credential)]
        for file, data in to_scan:
            keys, path = catalogue.keys, file.path
            if file.category != "notebook":
                text = read_text(data)
                found.extend(credentials.in_text(text, path, keys, baseline, contextual=file.category == "text"))
                continue
            source = self.found.source(path)
            inside = list(credentials.in_text(source.text, path, keys, baseline, contextual=False, cells=source.cells))
            facts = self.found.facts.get(path)
            if facts is not None:
                inside.extend(credentials.in_facts(facts, path, source.text.split("\n"), keys, baseline))
            found.extend(inside)
            found.extend(credentials.in_outputs(source.raw, path, keys, baseline, inside))
        for path, facts in sorted(self.found.facts.items()):
            if facts.key_uses:
                lines = self.found.source(path).text.split("\n")
                found.extend(credentials.in_facts(facts, path, lines, catalogue.keys, baseline))
        self.found.project = replace(self.found.project, credentials=credentials.merged(found))

    def _is_allowed(self, credential: Credential) -> bool:
        from prodlint.credentials import is_allowed

        place = credential.location
        source = self.found.source(place.path)
        shift = source.cells[place.cell] - 1 if place.cell is not None and source.cells else 0
        return is_allowed(source.text.split("\n"), place.line + shift)


def _catalogue(config: Config) -> Catalogue:
    from prodlint.sdks.catalogue import CatalogueError
    from prodlint.sdks.declared import catalogue_with

    try:
        return catalogue_with(config.sdk)
    except CatalogueError as error:
        raise UsageError(str(error)) from error


def _screen(catalogue: object) -> Screen:
    from prodlint.screen import compile_screen
    from prodlint.sdks.catalogue import Catalogue

    assert isinstance(catalogue, Catalogue)
    return compile_screen(
        imports=catalogue.imports,
        tails=[path for path in catalogue.distinctive if "." in path],
        anchors=[text for key in catalogue.keys for text in (*key.anchors, key.variable)],
    )
