"""Files in, linked model out: reading, screening, extraction and linking of one project."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prodlint import soundness
from prodlint.cache import Cache, open_cache
from prodlint.config import Config
from prodlint.demand import may_request
from prodlint.discover import (
    Category,
    Content,
    Discovery,
    OnDisk,
    SourceFile,
    UsageError,
    bytes_of,
    discover,
    find_root,
)
from prodlint.findings import Failure
from prodlint.model import Credential, Location, Project
from prodlint.reading import Source, UnreadableError, is_python, read_notebook, read_python, read_text
from prodlint.triage import Judge, Sorted, sort_out, state_of
from prodlint.values import dataclass, field

if TYPE_CHECKING:
    from prodlint.facts import FileFacts
    from prodlint.linking import Outcome
    from prodlint.sdks.catalogue import Catalogue
    from prodlint.sdks.words import Words


@dataclass(slots=True)
class Analysis:
    """One project, analysed."""

    root: str
    project: Project = field(default_factory=Project)
    targets: frozenset[str] = frozenset()
    """Paths whose findings are wanted; other files are only read for what they say about these."""
    failures: tuple[Failure, ...] = ()
    parsed: frozenset[str] = frozenset()
    """Paths of target files."""
    with_pragmas: frozenset[str] = frozenset()
    """Target files with a suppressing comment."""
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
                known = _read(path, bytes_of(self.contents[path]))
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
    for file in discovery.files:
        found.contents[file.path] = file.content
    if stdin is not None:
        found.contents[discovery.files[0].path] = stdin[1]
    try:
        cache = open_cache(str(root), cache_folder) if use_cache else Cache()
    except ValueError as error:
        raise UsageError(f"{cache_folder} cannot be the cache folder: {error}") from error
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
    return Discovery(files=(SourceFile(path=path, absolute=OnDisk(absolute), category=category),), failures=())


def _read(path: str, data: bytes) -> Source:
    if path.endswith(".ipynb"):
        return read_notebook(data)
    if is_python(path, data):
        return read_python(data)
    return Source(text=read_text(data), is_python=False)


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
        self.index = cache.index(str(root), (self.words, config.sdk))
        self.config = config
        self.root = root
        self.jobs = jobs
        self.files = files
        self.is_whole = False
        """True when the root itself was asked for, so that no file of the project is left."""
        self.failures: list[Failure] = list(found.failures)
        self.credentials: list[Credential] = []
        self.pragmas: set[str] = set()
        self.unparsed: dict[str, Content | bytes] = {}
        """Python files that were asked for and hold no LLM code, by path."""
        self.texts: dict[str, bytes] = {}
        """The content of the files with LLM code, by path."""
        self.facts: dict[str, FileFacts] = {}

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
        to_scan: list[Sorted] = []
        with self._stage("screen"):
            self._screen(discovery, to_parse, to_scan)
        with_keys: tuple[str, ...] = ()
        if to_parse or self._may_use_models():
            self.texts = dict(to_parse)
            outcome = self._outcome(to_parse, {file.path for file in discovery.files})
            with_keys = outcome.with_keys
            self.found.project = outcome.project
            self.found.parsed = frozenset(outcome.parsed)
            self.failures.extend(outcome.failures)
        if to_scan or self.found.project.credentials or with_keys:
            with self._stage("keys"):
                self._credentials(_catalogue(self.config), to_scan, with_keys)
        self.cache.finish(self.index, is_whole=self.is_whole)
        self.found.failures = tuple(sorted(self.failures, key=lambda failure: (failure.path, failure.line or 0)))
        self.found.with_pragmas = frozenset(self.pragmas)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.found.seconds[name] = self.found.seconds.get(name, 0.0) + time.perf_counter() - started

    # screening

    def _screen(self, discovery: Discovery, to_parse: list[tuple[str, bytes]], to_scan: list[Sorted]) -> None:
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
                to_scan.append(item)
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

    def _extract(self, files: Sequence[tuple[str, bytes]]) -> list[Failure]:
        """Take in the facts of files; returns what failed."""
        failures: list[Failure] = []
        for path, outcome in self._extracted(files).items():
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                self.facts[path] = outcome
                failures.extend(
                    Failure(path=path, line=broken.line, message=broken.message, cell=broken.cell)
                    for broken in outcome.broken_cells
                )
        return failures

    def _facts_of(self, path: str) -> FileFacts | None:
        """The facts of a file with LLM code, extracted now when the linked model came from an earlier run."""
        if path in self.texts and path not in self.facts:
            self._extract([(path, self.texts[path])])
        return self.facts.get(path)

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

    def _outline(self, path: str, data: bytes) -> FileFacts | Failure:
        """What extraction says of a file without most of its function bodies, or said before."""
        from prodlint.parallel import extract_one

        known = self.cache.facts(data, "outline", path)
        if known is None:
            known = extract_one(path, data, whole=False)
            self.cache.keep(data, "outline", known)
        return known

    # linking

    def _outcome(self, to_parse: Sequence[tuple[str, bytes]], targets: set[str]) -> Outcome:
        """Extract and link the files with LLM code, or take what was made of them before."""
        from prodlint import linking
        from prodlint.surroundings import Surroundings

        with self._stage("link"):
            neighbours = self._neighbours(targets)
            around = Surroundings(self.found.contents, self.unparsed, neighbours, self.index, self.jobs)
            memory = linking.Memory(self.cache, around, self.root, self.config, to_parse)
            kept = memory.recall()
        if kept is not None:
            return kept
        with self._stage("extract"):
            failures = self._extract(to_parse)
        project = Project()
        with self._stage("link"):
            if self.facts or not to_parse:
                stage = linking.Linking(self.facts, around, self.config, self._extracted, self._outline)
                project, failed = stage.run(_catalogue(self.config), memory.versions)
                failures.extend(failed)
        with_keys = tuple(path for path, facts in sorted(self.facts.items()) if facts.key_uses)
        outcome = linking.Outcome(project, tuple(failures), tuple(sorted(self.facts)), with_keys)
        memory.keep(outcome)
        return outcome

    def _may_use_models(self) -> bool:
        """True when one of a few named files may make a request on what a module defines that was not asked for."""
        from prodlint.plain import MAX_FILES

        if self.is_whole or len(self.unparsed) > MAX_FILES:
            return False
        requests = may_request(self.words).answer()
        return any(requests(path, data) for path, data in self._plain_texts())

    def _plain_texts(self) -> Iterator[tuple[str, bytes]]:
        for path, content in self.unparsed.items():
            with suppress(OSError):
                yield path, bytes_of(content)

    def _neighbours(self, targets: set[str]) -> dict[str, Content]:
        """The project's other Python files, when only some were asked for, by path."""
        if self.is_whole:
            return {}
        found = self.files([self.root], self.root, self.config).files
        return {file.path: file.content for file in found if file.category == "python" and file.path not in targets}

    # credentials

    def _credentials(self, catalogue: Catalogue, to_scan: Sequence[Sorted], with_keys: Sequence[str]) -> None:
        """`with_keys` are the paths of files in which something is used as a key."""
        from prodlint import credentials
        from prodlint.secrets.baseline import Baseline, load
        from prodlint.values import replace

        baseline = Baseline()
        try:
            baseline = load(self.root)
        except ValueError as error:
            self.failures.append(Failure(path=".secrets.baseline", line=None, message=str(error)))
        found = [credential for credential in self.found.project.credentials if not self._is_allowed(credential)]
        for item in to_scan:
            keys, path, category = catalogue.keys, item.file.path, item.file.category
            if category != "notebook":
                text = read_text(item.data or b"")
                inside = list(credentials.in_text(text, path, keys, baseline, contextual=category == "text"))
                found.extend(inside)
                if not inside and not baseline.hashes and item.signature is not None:  # it need not be scanned again
                    self.index.note(item.place, item.signature, state_of(item.verdict._replace(scan=False)))
                continue
            source = self.found.source(path)
            inside = list(credentials.in_text(source.text, path, keys, baseline, contextual=False, cells=source.cells))
            facts = self._facts_of(path)
            if facts is not None:
                inside.extend(credentials.in_facts(facts, path, source.text.split("\n"), keys, baseline))
            found.extend(inside)
            found.extend(credentials.in_outputs(source.raw, path, keys, baseline, inside))
        for path in with_keys:
            if (facts := self._facts_of(path)) is not None:
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
    from prodlint.sdks.declared import catalogue_with
    from prodlint.sdks.schema import CatalogueError

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
