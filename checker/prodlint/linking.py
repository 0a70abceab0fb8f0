"""The link stage of one run: which files of the project it reads, and what it says when they have not changed.

Linking looks beyond the files that hold LLM code: at those that import them, those that may call what they define, and
those that names in an import lead to. All that it reads is noted by digest, and all that it asks by the answer. A later
run can so tell, without parsing anything, whether the linked model would be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prodlint.demand import Question, imports_one_of, may_call, may_request
from prodlint.discover import OnDisk, bytes_of
from prodlint.findings import Failure
from prodlint.model import Project
from prodlint.sdks import words
from prodlint.values import NamedTuple
from prodlint.versions.project import ProjectVersions

if TYPE_CHECKING:
    from prodlint.cache import Cache, Index
    from prodlint.config import Config
    from prodlint.discover import Content
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

KEPT = 128
"""Texts of modules that are kept in memory while a project is linked."""

Extracted: TypeAlias = "Callable[[Sequence[tuple[str, bytes]]], Mapping[str, FileFacts | Failure]]"
"""Gives the facts of files, by path, or why there are none."""

Outlined: TypeAlias = "Callable[[str, bytes], FileFacts | Failure]"
"""Gives the facts of one file without most of its function bodies, or why there are none."""

Contents: TypeAlias = "Mapping[str, Content | bytes]"
"""Where the bytes of files are, by path."""


class Outcome(NamedTuple):
    """What a run needs to know of its files with LLM code, once they are linked."""

    project: Project
    failures: tuple[Failure, ...]
    """What could not be extracted or linked whole."""
    parsed: tuple[str, ...]
    """Paths of those that were, a notebook's good cells at least."""
    with_keys: tuple[str, ...]
    """Paths of those in which something is used as a key."""


class _Evidence(NamedTuple):
    """What an outcome rests on beside its description."""

    texts: dict[str, bytes]
    """Digests of project files, by path."""
    answers: list[tuple[str, Question, tuple[str, ...]]]
    """The group of files, the question, and the paths of those that say yes."""
    folders: dict[str, bytes]
    """Digests of what the project says of versions, by directory."""


class Surroundings:
    """The Python files of a project beside those with LLM code that were asked for. What is read of them is noted."""

    def __init__(self, files: Contents, unparsed: Contents, neighbours: Contents, index: Index, jobs: int = 1) -> None:
        """`unparsed` were asked for, `neighbours` were not; `files` has all that were, those with LLM code too."""
        self.groups: dict[str, Contents] = {"unparsed": unparsed, "neighbours": neighbours}
        self.texts: dict[str, bytes] = {}
        self.answers: list[tuple[str, Question, tuple[str, ...]]] = []
        self._files = files
        self._index = index
        self._jobs = jobs
        self._bytes = lru_cache(maxsize=KEPT)(self._bytes_now)
        """A module is asked for its imports, for a definition, and for its facts, at nearly the same time."""

    def read(self, path: str) -> bytes | None:
        """The content of a file; None where it cannot be read."""
        data = self._bytes(path)
        if path not in self.texts:
            self.texts[path] = digest(data or b"")
        return data

    def answering(self, group: str, question: Question) -> list[str]:
        """The files of a group that answer a question with yes, by path."""
        found = self._answering(group, question)
        self.answers.append((group, question, tuple(found)))
        return found

    def bears_out(self, evidence: _Evidence) -> bool:
        """True when all files still say what they said."""
        return all(digest(self._bytes(path) or b"") == known for path, known in evidence.texts.items()) and all(
            tuple(self._answering(group, question)) == known for group, question, known in evidence.answers
        )

    def _bytes_now(self, path: str) -> bytes | None:
        content = next(group[path] for group in (*self.groups.values(), self._files) if path in group)
        with suppress(OSError):
            return bytes_of(content)
        return None

    def _answering(self, group: str, question: Question) -> list[str]:
        files = self.groups[group]
        places = {str(content): path for path, content in files.items() if isinstance(content, OnDisk)}
        found = [
            places[place] for place in self._index.ask(question.identity, places, question.answer, jobs=self._jobs)
        ]
        if len(places) < len(files):
            says = question.answer()
            for path, content in files.items():
                if not isinstance(content, OnDisk):
                    with suppress(OSError):
                        found += [path] if says(bytes_of(content)) else []
        return sorted(found)


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
        kept = self._cache.linked(self._about)
        if not isinstance(kept, tuple):
            return None
        evidence, outcome = kept
        if not isinstance(evidence, _Evidence) or not isinstance(outcome, Outcome):
            return None
        versions = self.versions
        if any(versions.digest(folder) != known for folder, known in evidence.folders.items()):
            return None
        return outcome if self.around.bears_out(evidence) else None

    def keep(self, outcome: Outcome) -> None:
        """Remember an outcome for later runs."""
        if self._cache.folder:
            folders = {folder: self.versions.digest(folder) for folder in self.versions.folders}
            evidence = _Evidence(self.around.texts, self.around.answers, folders)
            self._cache.keep_linked(self._about, (evidence, outcome))


def _description(config: Config, around: Surroundings, texts: Sequence[tuple[str, bytes]]) -> bytes:
    """All that decides the outcome, but for what the other files say and what the project says of versions."""
    paths = [sorted(group) for group in around.groups.values()]
    digests = [(path, digest(data)) for path, data in texts]
    return repr((config.sdk, config.defaults, config.max_file_size, paths, digests)).encode()


def digest(data: bytes) -> bytes:
    """Tells a text from all others; 16 bytes."""
    return blake2b(data, digest_size=16).digest()


def _read_body(facts: FileFacts, text: str, function: int) -> FileFacts:
    from prodlint.extract import read_body

    return read_body(facts, text, function)


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
        from prodlint.link.project import link
        from prodlint.link.reach import Reach
        from prodlint.sdks.editions import Editions

        frameworks = load_frameworks()
        editions = Editions(catalogue, versions.statements)
        program = self._program(catalogue)
        reach = Reach(program, catalogue.imports)
        if self.facts:
            self._parse(self.around.answering("neighbours", imports_one_of(self.facts)), program)
        self._parse_users(program, reach, catalogue)
        searched: set[tuple[str, str]] = set()
        for number in range(MAX_ROUNDS):
            linked = link(program, editions, frameworks, self.config.defaults, reach)
            wanted = linked.wanted - searched
            searched |= wanted
            callers = self._mentions(wanted, program, reach) if number < MAX_ROUNDS - 1 else []
            self._left -= sum(len(program.text(path)) for path in callers)
            if (number >= NEAR_ROUNDS and self._left < 0) or not self._parse(callers, program):
                break
        failed = sorted(linked.failed.items())
        return linked.project, tuple(Failure(path=path, line=None, message=message) for path, message in failed)

    def _program(self, catalogue: Catalogue) -> Program:
        from prodlint.link.program import Program
        from prodlint.sdks.catalogue import load as load_shipped
        from prodlint.sdks.declared import declared_names

        reserved = frozenset(root.partition(".")[0] for root in load_shipped().imports)
        declared = declared_names(self.config.sdk, catalogue)
        universe = sorted({*self.facts, *(path for group in self.around.groups.values() for path in group)})
        return Program(dict(self.facts), universe, self._load, reserved, declared, self._text, _read_body)

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

    def _parse_users(self, program: Program, reach: Reach, catalogue: Catalogue) -> None:
        """Parse the files that may make requests on what those with LLM code define."""
        question = may_request(words.of(catalogue))
        found = {path for group in self.around.groups for path in self.around.answering(group, question)}
        self._parse(reach.users(sorted(found - program.asked), self.around.groups["neighbours"].keys()), program)

    def _mentions(self, wanted: Iterable[tuple[str, str]], program: Program, reach: Reach) -> list[str]:
        """The files that may call a wanted function, by path.

        A file that was not asked for counts only where an import names what it would call, and any only when it may run
        in one program with what was found.
        """
        pairs = [pair for pair in wanted if pair[0]]
        if not pairs:
            return []
        found = {
            *self.around.answering("neighbours", may_call(pairs, only_imports=True)),
            *self.around.answering("unparsed", may_call(pairs, only_imports=False)),
        }
        return reach.together(sorted(found - program.asked))
