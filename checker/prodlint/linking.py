"""The link stage of one run: which files of the project it reads, and what it says when they have not changed.

Linking looks beyond the files that hold LLM code: at those that import them, those that may call what they define, and
those that names in an import lead to. All that it reads is noted by digest, and all that it asks by the answer. A later
run can so tell, without parsing anything, whether the linked model would be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prodlint.demand import digest, may_call, may_import, may_request
from prodlint.findings import Failure
from prodlint.model import Project
from prodlint.sdks import words
from prodlint.surroundings import Evidence, Surroundings
from prodlint.values import NamedTuple
from prodlint.versions.project import ProjectVersions

if TYPE_CHECKING:
    from prodlint.cache import Cache
    from prodlint.config import Config
    from prodlint.facts import FileFacts
    from prodlint.link.program import Program
    from prodlint.link.reach import Reach
    from prodlint.sdks.catalogue import Catalogue

MAX_ROUNDS = 5
"""How often callers of what has been found are looked for in further files."""

NEAR_ROUNDS = 2
CALLERS_BYTES = 400_000
CALLERS_SHARE = 2
"""Callers are read whatever they are for so many rounds: what bounds or retries a request stands there. After that, up
to so many bytes, or so many times the LLM code, whichever is more: further up is a framework that calls everything."""

Extracted: TypeAlias = "Callable[[Sequence[tuple[str, bytes]]], Mapping[str, FileFacts | Failure]]"
"""Gives the facts of files, by path, or why there are none."""

Outlined: TypeAlias = "Callable[[str, bytes], FileFacts | Failure]"
"""Gives the facts of one file without most of its function bodies, or why there are none."""


class Outcome(NamedTuple):
    """What a run needs to know of its files with LLM code, once they are linked."""

    project: Project
    failures: tuple[Failure, ...]
    """What could not be extracted or linked whole."""
    parsed: tuple[str, ...]
    """Paths of those that were, a notebook's good cells at least."""
    with_keys: tuple[str, ...]
    """Paths of those in which something is used as a key."""


class Memory:
    """What earlier runs have kept about the same files under the same configuration."""

    def __init__(
        self, cache: Cache, around: Surroundings, root: Path, config: Config, texts: Sequence[tuple[str, bytes]]
    ) -> None:
        """`texts` are the files to extract and link, by path."""
        self.around = around
        self.versions = ProjectVersions(root)
        self._cache = cache
        self._about = b"" if not cache.folder else _description(config, around, texts)

    def recall(self) -> Outcome | None:
        """The outcome, when nothing that it rests on has changed."""
        match self._cache.linked(self._about):
            case dict(folders), Evidence() as evidence, Outcome() as outcome:
                same = all(self.versions.digest(folder) == known for folder, known in folders.items())
                return outcome if same and self.around.bears_out(evidence) else None
        return None

    def keep(self, outcome: Outcome) -> None:
        """Remember an outcome for later runs."""
        if self._cache.folder:
            folders = {folder: self.versions.digest(folder) for folder in self.versions.folders}
            self._cache.keep_linked(self._about, (folders, self.around.evidence(), outcome))


def _description(config: Config, around: Surroundings, texts: Sequence[tuple[str, bytes]]) -> bytes:
    """All that decides the outcome, but for what the other files say and what the project says of versions."""
    paths = [sorted(around.unparsed), sorted(around.neighbours)]
    digests = [(path, digest(data)) for path, data in texts]
    return repr((config.sdk, config.defaults, config.max_file_size, paths, digests)).encode()


def _read_bodies(facts: FileFacts, lines: Sequence[str], functions: Collection[int]) -> FileFacts:
    from prodlint.extract import read_bodies

    return read_bodies(facts, lines, functions)


class Linking:
    """Links files with LLM code, and reads what it needs of those around them."""

    def __init__(
        self,
        facts: Mapping[str, FileFacts],
        around: Surroundings,
        config: Config,
        extracted: Extracted,
        outlined: Outlined,
    ) -> None:
        self.facts = facts
        self.around = around
        self.config = config
        self.extracted = extracted
        self.outlined = outlined
        self._ahead: dict[str, FileFacts | None] = {}
        """What was extracted for the link stage before it asks; None for what could not be."""
        size = sum(len(around.read(path) or b"") for path in facts)
        self._left = max(CALLERS_BYTES, CALLERS_SHARE * size)
        """Bytes of callers that may still be read."""

    def run(self, catalogue: Catalogue, versions: ProjectVersions) -> tuple[Project, tuple[Failure, ...]]:
        """The linked model, and what could not be linked whole."""
        from prodlint.frameworks.load import load as load_frameworks
        from prodlint.link.project import Linked
        from prodlint.link.reach import Reach
        from prodlint.sdks.editions import Editions

        frameworks = load_frameworks()
        editions = Editions(catalogue, versions.statements)
        program = self._program(catalogue)
        reach = Reach(program, catalogue.imports)
        self._parse_importers(program, reach)
        vicinity = Vicinity(self.around, program, reach, catalogue.imports)
        question = may_request(words.of(catalogue))
        users = self.around.answering(vicinity.users() - program.asked, question)
        self._parse([*reach.users(users, self.around.neighbours.keys()), *vicinity.providers()], program)
        searched: set[tuple[str, str]] = set()
        for number in range(MAX_ROUNDS):
            linked = Linked(program, editions, frameworks, self.config.defaults, reach)
            wanted = linked.wanted - searched
            searched |= wanted
            callers = self._mentions(wanted, program, reach, vicinity) if number < MAX_ROUNDS - 1 else []
            self._left -= sum(len(program.text(path)) for path in callers)
            if (number >= NEAR_ROUNDS and self._left < 0) or not self._parse(callers, program):
                break
        project = linked.project
        failed = sorted(linked.failed.items())
        return project, tuple(Failure(path=path, line=None, message=message) for path, message in failed)

    def _program(self, catalogue: Catalogue) -> Program:
        from prodlint.link.program import Program
        from prodlint.sdks.catalogue import load as load_shipped
        from prodlint.sdks.declared import declared_names

        reserved = frozenset(root.partition(".")[0] for root in load_shipped().imports)
        declared = declared_names(self.config.sdk, catalogue)
        universe = sorted({*self.facts, *self.around.paths})
        return Program(
            dict(self.facts), universe, self._load, reserved, declared, self._text, _read_bodies, self.around.imports
        )

    def _text(self, path: str) -> bytes:
        return self.around.read(path) or b""

    def _load(self, path: str) -> FileFacts | None:
        """The facts of a file that the link stage asks for: for what it defines, unless it is to be searched."""
        if path in self._ahead:
            return self._ahead.pop(path)
        data = self.around.read(path)
        if data is None or len(data) > self.config.max_file_size:
            return None
        outcome = self.outlined(path, data)
        return None if isinstance(outcome, Failure) else outcome

    def _load_all(self, paths: Iterable[str]) -> None:
        """Extract project files that the link stage is going to ask for, several at once where that pays off."""
        read = [(path, self.around.read(path)) for path in paths]
        files = [(path, data) for path, data in read if data is not None and len(data) <= self.config.max_file_size]
        for path, outcome in self.extracted(files).items():
            self._ahead[path] = None if isinstance(outcome, Failure) else outcome

    def _parse(self, paths: Sequence[str], program: Program) -> bool:
        """Take files into the program; True when there was one that could be parsed."""
        program.ask(paths)
        self._load_all(path for path in paths if path not in program.modules)
        return any([program.module(path) is not None for path in paths])

    def _parse_importers(self, program: Program, reach: Reach) -> None:
        """Parse the files that were not asked for and import those with LLM code: they may pass on a setting."""
        found = self.around.answering(self.around.neighbours, may_import(self.facts)) if self.facts else []
        self._parse([path for path in found if not reach.imports(path).isdisjoint(self.facts)], program)

    def _mentions(
        self, wanted: Iterable[tuple[str, str]], program: Program, reach: Reach, vicinity: Vicinity
    ) -> list[str]:
        """The files that may call a wanted function, by path.

        A file that was not asked for counts only where an import names what it would call, or where one that was asked
        for imports it: a base class calls the methods of others. And any counts only when it may run in one program
        with what was found.
        """
        pairs = [pair for pair in wanted if pair[0]]
        if not pairs:
            return []
        near = vicinity.paths - program.asked
        close = near & {*self.around.unparsed, *vicinity.below}
        found = {
            *self.around.answering(near - close, may_call(pairs, only_imports=True)),
            *self.around.answering(close, may_call(pairs, only_imports=False)),
        }
        return reach.together(sorted(found))


class Vicinity:
    """The files that may run in one program with LLM code: in a large tree few, and only these are asked further."""

    def __init__(self, around: Surroundings, program: Program, reach: Reach, roots: Iterable[str]) -> None:
        """`roots` are the import roots of the SDKs, dotted."""
        self._around = around
        self._reach = reach
        self._start = frozenset(program.asked)
        self._with_sdks = self._importing_sdks(roots)
        self.above: Set[str] = reach.above({*self._start, *self._with_sdks}, self._may_import)
        """Those that import LLM code, at any distance."""

    @cached_property
    def paths(self) -> Set[str]:
        """All of them, and some more."""
        everything = self._around.paths
        if 2 * len(self.above) > len(everything):
            return {*self.above, *everything}
        return self._reach.around(self.above, self._may_import)

    @cached_property
    def below(self) -> Set[str]:
        """Of the files that were not asked for, those that others import, at any distance, which were."""
        neighbours = self._around.neighbours.keys()
        if not neighbours:
            return frozenset()
        return self._reach.below({*self._start, *self._around.unparsed} - neighbours) & neighbours

    def users(self) -> Set[str]:
        """Those that may make requests on what LLM code defines: of the files that were not asked for, only those that
        use files that were, or are used by them."""
        neighbours = self._around.neighbours.keys()
        if not neighbours:
            return self.above
        near = {*self._reach.above(self._start, self._may_import), *self.below, *self._around.unparsed}
        return self.above & near

    def providers(self) -> list[str]:
        """Files with LLM code that were not asked for, and that are used by files that were: what they call."""
        return [path for path in self._with_sdks if path in self.below - self._start and self._reach.has_sdk(path)]

    def _importing_sdks(self, roots: Iterable[str]) -> list[str]:
        """The files that were not asked for and not screened, in which an SDK is imported."""
        modules = [f"{root.replace('.', '/')}.py" for root in roots]
        return self._around.answering(self._around.neighbours, may_import(modules)) if self._around.neighbours else []

    def _may_import(self, modules: Set[str]) -> list[str]:
        return self._around.answering(self._around.paths, may_import(modules)) if modules else []
