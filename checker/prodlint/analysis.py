"""Files in, linked model out: reading, screening, extraction and linking of one project."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint import soundness
from prodlint.cache import Cache, open_cache
from prodlint.config import Config
from prodlint.demand import Question, imports_one_of, may_call
from prodlint.discover import Category, Content, Discovery, SourceFile, UsageError, discover, find_root
from prodlint.findings import Failure
from prodlint.model import Credential, Location, Project
from prodlint.reading import Source, UnreadableError, read_notebook, read_python, read_text
from prodlint.triage import Judge, sort_out
from prodlint.values import dataclass, field

if TYPE_CHECKING:
    from prodlint.facts import FileFacts
    from prodlint.link.program import Program
    from prodlint.sdks.catalogue import Catalogue
    from prodlint.sdks.words import Words

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
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall-clock time by stage."""

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
    use_cache: bool = False,
    cache_folder: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Analysis:
    """Analyse the files under `paths`. Raises discover.UsageError."""
    started = time.perf_counter()
    given = [Path(stdin[0])] if stdin is not None else list(paths)
    root = find_root(given)
    discovery = _standard_input(stdin, root) if stdin is not None else files(given, root, config)
    found = Analysis(root=str(root))
    found.seconds["discover"] = time.perf_counter() - started
    found.failures = discovery.failures
    found.targets = frozenset(file.path for file in discovery.files)
    found.files = len(discovery.files)
    for file in discovery.files:
        found.contents[file.path] = file.content
    if stdin is not None:
        found.contents[discovery.files[0].path] = stdin[1]
    cache = open_cache(str(root), cache_folder) if use_cache else Cache()
    run = _Pass(found, config, root, jobs, files, cache, progress or _no_progress)
    run.is_whole = any(os.path.abspath(path) == str(root) for path in given)
    run.run(discovery)
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


def _no_progress(stage: str, done: int, total: int) -> None:
    del stage, done, total


class _Pass:
    """One run over a project."""

    def __init__(
        self,
        found: Analysis,
        config: Config,
        root: Path,
        jobs: int,
        files: Files,
        cache: Cache,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self.found = found
        self.progress = progress
        self.cache = cache
        self.words = _words(config)
        self.index = cache.index(str(root), self.words)
        self.config = config
        self.root = root
        self.jobs = jobs
        self.files = files
        self.is_whole = False
        """True when the root itself was asked for, so that no file of the project is left."""
        self.failures: list[Failure] = list(found.failures)
        self.credentials: list[Credential] = []
        self.pragmas: set[str] = set()
        self.neighbours: dict[str, Content] = {}
        """Python files of the project that were not asked for, by path."""
        self.unparsed: dict[str, Content | bytes] = {}
        self.ahead: dict[str, FileFacts | None] = {}
        """What was extracted for the link stage before it asks; None for what could not be."""

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
        to_parse: list[tuple[str, bytes]] = []
        to_scan: list[tuple[SourceFile, bytes]] = []
        with self._stage("screen"):
            self._screen(discovery, to_parse, to_scan)
        with self._stage("extract"):
            self._extract(to_parse)
        if self.found.facts:
            with self._stage("link"):
                self._link(_catalogue(self.config), {file.path for file in discovery.files})
        if to_scan or self.found.project.credentials or any(facts.key_uses for facts in self.found.facts.values()):
            with self._stage("keys"):
                self._credentials(_catalogue(self.config), to_scan)
        self.cache.finish(self.index)
        self.found.parsed = sum(1 for path, _ in to_parse if path in self.found.facts)
        self.found.failures = tuple(sorted(self.failures, key=lambda failure: (failure.path, failure.line or 0)))
        self.found.with_pragmas = frozenset(self.pragmas)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.found.seconds[name] = time.perf_counter() - started

    # screening

    def _screen(
        self, discovery: Discovery, to_parse: list[tuple[str, bytes]], to_scan: list[tuple[SourceFile, bytes]]
    ) -> None:
        plain = soundness.Plain(self.index)
        total = len(discovery.files)
        files = sort_out(discovery.files, self.found.contents, Judge(self.words), self.index, self.jobs)
        for number, item in enumerate(files):
            self.progress("reading", number, total)
            if isinstance(item, Failure):
                self.failures.append(item)
                continue
            path, verdict = item.file.path, item.verdict
            if verdict.pragma:
                self.pragmas.add(path)
            if verdict.scan and item.data is not None:
                to_scan.append((item.file, item.data))
            if verdict.parse and item.data is not None:
                if item.size <= self.config.max_file_size:
                    to_parse.append((path, item.data))
                else:
                    self.failures.append(_oversized(path, item.size, self.config.max_file_size))
            elif item.file.category == "python":
                self.unparsed[path] = self.found.contents[path]
                plain.add(item)
        self.failures.extend(plain.faults())

    # extraction

    def _extract(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Take in the facts of files that were asked for; what fails is reported."""
        done = self._extracted(files)
        for path, outcome in done.items():
            if isinstance(outcome, Failure):
                self.failures.append(outcome)
            else:
                self.found.facts[path] = outcome
                self.failures.extend(
                    Failure(path=path, line=broken.line, message=broken.message, cell=broken.cell)
                    for broken in outcome.broken_cells
                )

    def _extracted(self, files: Sequence[tuple[str, bytes]]) -> dict[str, FileFacts | Failure]:
        """What extraction says of each file, or said before."""
        known = {path: self.cache.facts(data, _kind(path), path) for path, data in files}
        missing = [(path, data) for path, data in files if known[path] is None]
        done = {path: outcome for path, outcome in known.items() if outcome is not None}
        if missing:
            from prodlint.parallel import extract_all

            contents = dict(missing)
            for path, outcome in extract_all(missing, jobs=self.jobs):
                self.progress("parsing", len(done), len(files))
                self.cache.keep(contents[path], _kind(path), outcome)
                done[path] = outcome
        return {path: done[path] for path, _ in files}

    def _load(self, path: str) -> FileFacts | None:
        """The facts of a project file that the link stage asks for."""
        if path not in self.ahead:
            self._load_all([path])
        return self.ahead.pop(path, None)

    def _text(self, path: str) -> bytes:
        """The content of a project file; empty where it cannot be read."""
        content = self.unparsed.get(path) or self.neighbours.get(path) or self.found.contents.get(path)
        try:
            return _bytes(content) if content is not None else b""
        except OSError:
            return b""

    def _load_all(self, paths: Iterable[str]) -> None:
        """Extract project files that the link stage is going to ask for, several at once where that pays off."""
        files: list[tuple[str, bytes]] = []
        for path in paths:
            content = self.unparsed.pop(path, None) or self.neighbours.get(path)
            try:
                data = _bytes(content) if content is not None else b""
            except OSError:
                continue
            if content is not None and len(data) <= self.config.max_file_size:
                files.append((path, data))
        for path, outcome in self._extracted(files).items():
            self.ahead[path] = None if isinstance(outcome, Failure) else outcome

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
        declared = declared_names(self.config.sdk, catalogue)
        program = Program(facts, universe, self._load, reserved, declared, self._text)
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

    def _parse_importers(self, program: Program) -> None:
        """Parse the neighbours that import a file that was asked for: they may use the clients it makes."""
        self._parse(self._answering(imports_one_of(self.found.facts), self.neighbours), program)

    def _parse(self, paths: Sequence[str], program: Program) -> bool:
        """Take files into the program; True when there was one that could be parsed."""
        self._load_all(paths)
        program.asked.update(paths)
        return any([program.module(path) is not None for path in paths])

    def _answering(self, question: Question, files: Mapping[str, Content | bytes]) -> list[str]:
        """The files that answer a question with yes, by path."""
        places = {str(content): path for path, content in sorted(files.items()) if isinstance(content, Path)}
        found = [places[place] for place in self.index.ask(question.identity, places, question.answer)]
        for path, content in files.items():
            if not isinstance(content, Path):
                with suppress(OSError):
                    found += [path] if question.answer(_bytes(content)) else []
        return sorted(found)

    def _find_neighbours(self, targets: set[str]) -> None:
        """The project's other Python files, when only some were asked for."""
        if self.is_whole:
            return
        for file in self.files([self.root], self.root, self.config).files:
            if file.category == "python" and file.path not in targets:
                self.neighbours[file.path] = file.content

    def _parse_mentions(self, wanted: Iterable[tuple[str, str]], program: Program) -> bool:
        """Parse the files that may call a wanted function; True when there was one.

        A file that was not asked for counts only where an import names what it would call.
        """
        pairs = sorted(pair for pair in wanted if pair[0])
        if not pairs:
            return False
        found: list[str] = []
        for files, only_imports in ((self.neighbours, True), (self.unparsed, False)):
            left = {path: content for path, content in files.items() if path not in program.modules}
            found += self._answering(may_call(pairs, only_imports=only_imports), left)
        return self._parse(sorted(found), program)

    # credentials

    def _credentials(self, catalogue: object, to_scan: Sequence[tuple[SourceFile, bytes]]) -> None:
        from prodlint import credentials
        from prodlint.sdks.catalogue import Catalogue
        from prodlint.secrets.baseline import Baseline, load
        from prodlint.values import replace

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


def _words(config: Config) -> Words:
    """What the screen looks for; the project may have declared SDKs of its own."""
    from prodlint.sdks import words

    return words.of(_catalogue(config)) if config.sdk else words.load()


def _catalogue(config: Config) -> Catalogue:
    from prodlint.sdks.catalogue import CatalogueError
    from prodlint.sdks.declared import catalogue_with

    try:
        return catalogue_with(config.sdk)
    except CatalogueError as error:
        raise UsageError(str(error)) from error


def _kind(path: str) -> str:
    """What decides beside the text how a file is read."""
    return "notebook" if path.endswith(".ipynb") else "python"


def _oversized(path: str, size: int, limit: int) -> Failure:
    message = f"{size} bytes are more than `max-file-size`, which is {limit}; skipped"
    return Failure(path=path, line=None, message=message)
