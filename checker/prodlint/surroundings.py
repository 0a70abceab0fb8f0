"""The project's files around those with LLM code: what the link stage reads of them and asks them, and proof of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from prodlint.demand import Mentions, Question, digest, has_imports
from prodlint.discover import OnDisk, bytes_of
from prodlint.import_text import summary
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.discover import Content
    from prodlint.file_index import Index, Signature

KEPT = 128
"""Texts of modules that are kept in memory while a project is linked."""

MIN_SEARCHED = 300
"""From this many files on their texts are searched in several processes: it takes some 0.2 ms for each."""

Contents: TypeAlias = "Mapping[str, Content | bytes]"
"""Where the bytes of files are, by path."""

Answered: TypeAlias = tuple[tuple[str, ...], Question, tuple[str, ...]]
"""The paths of the files that were asked, the question, and the paths of those that say yes."""


class Evidence(NamedTuple):
    """What the link stage has learned of files that it was not given."""

    texts: dict[str, bytes]
    """Digests of those read, by path."""
    answers: tuple[Answered, ...]


class Surroundings:
    """The Python files of a project beside those with LLM code that were asked for. What is read of them is noted."""

    def __init__(self, files: Contents, unparsed: Contents, neighbours: Contents, index: Index, jobs: int = 1) -> None:
        """`unparsed` were asked for, `neighbours` were not; `files` has all that were, those with LLM code too."""
        self.unparsed = unparsed
        self.neighbours = neighbours
        self.texts: dict[str, bytes] = {}
        self._contents: Contents = {**files, **neighbours, **unparsed}
        self._index = index
        self._jobs = jobs
        self._answers: list[Answered] = []
        self._imports: dict[str, bytes] = {}
        """The summaries that the link stage has seen, by path."""
        self._mentions = Mentions()
        """Of all files that were asked about their imports."""
        self._signatures: dict[str, Signature] = {}
        """What those of them that are on disk had before they were read, by place."""
        self._bytes = lru_cache(maxsize=KEPT)(self._bytes_now)
        """A module is asked for its imports, for a definition, and for its facts, at nearly the same time."""

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Those of all these files, sorted."""
        return tuple(sorted({*self.unparsed, *self.neighbours}))

    def read(self, path: str) -> bytes | None:
        """The content of a file; None where it cannot be read."""
        data = self._bytes(path)
        if path not in self.texts:
            self.texts[path] = digest(data or b"")
        return data

    def imports(self, path: str) -> bytes:
        """What a file imports (`import_text.summary`); nothing where it cannot be read."""
        known = self._imports.get(path)
        if known is None:
            known = self._imports[path] = self._summary(path)
        return known

    def answering(self, paths: Iterable[str], question: Question) -> list[str]:
        """Those of these files that answer a question with yes, by path."""
        asked = tuple(sorted(paths))
        found = self._answering(asked, question)
        self._answers.append((asked, question, tuple(found)))
        return found

    def evidence(self) -> Evidence:
        """All that was learned here."""
        imports = {path: text for path, text in self._imports.items() if path not in self.texts}
        for path in [path for path, text in imports.items() if not text]:
            if self.read(path) is None:  # from now on it is noted as one that cannot be read
                del imports[path]
        paths, question = tuple(sorted(imports)), has_imports(imports)
        self._answering(paths, question)  # to be remembered by the index
        return Evidence(self.texts, (*self._answers, (paths, question, paths)))

    def bears_out(self, evidence: Evidence) -> bool:
        """True when all files still say what they said."""
        return all(digest(self._bytes(path) or b"") == known for path, known in evidence.texts.items()) and all(
            tuple(self._answering(paths, question)) == known for paths, question, known in evidence.answers
        )

    def _summary(self, path: str) -> bytes:
        if path not in self._mentions.texts:
            self._mentions.add(path, summary(self._bytes(path) or b""))
        return self._mentions.texts[path]

    @cached_property
    def _places(self) -> dict[str, str]:
        """Where the files are that are on disk: absolute paths, by path."""
        return {path: str(content) for path, content in self._contents.items() if isinstance(content, OnDisk)}

    @cached_property
    def _paths(self) -> dict[str, str]:
        """The same the other way round."""
        return {place: path for path, place in self._places.items()}

    def _bytes_now(self, path: str) -> bytes | None:
        with suppress(OSError):
            return bytes_of(self._contents[path])
        return None

    def _answering(self, paths: Sequence[str], question: Question) -> list[str]:
        places = [self._places[path] for path in paths if path in self._places]
        asked = self._index.ask(question.identity, places, lambda unread: self._answers_on_disk(unread, question))
        found = [self._paths[place] for place in asked]
        if len(places) < len(paths):
            found += self._answering_elsewhere([path for path in paths if path not in self._places], question)
        return sorted(found)

    def _answers_on_disk(self, places: list[str], question: Question) -> Iterable[tuple[str, bool, Signature]]:
        """What files on disk say, and the signatures that they had before they were read."""
        from prodlint.triage import each

        if not question.is_about_imports:
            says = question.answer()
            return each(places, lambda place, data: says(self._paths[place], data), self._jobs, MIN_SEARCHED)
        missing = [place for place in places if place not in self._signatures]
        for place, text, signature in each(missing, lambda place, data: summary(data), self._jobs):
            self._mentions.add(self._paths[place], text)
            self._signatures[place] = signature
        known = [place for place in places if place in self._signatures]
        meant = {self._places[path] for path in self._importing((self._paths[place] for place in known), question)}
        return [(place, place in meant, self._signatures[place]) for place in known]

    def _answering_elsewhere(self, paths: Iterable[str], question: Question) -> Iterable[str]:
        """Those of these files, which are not on disk, that say yes."""
        if question.is_about_imports:
            for path in paths:
                self._summary(path)
            return self._importing(paths, question)
        says = question.answer()
        return [path for path in paths if (data := self._bytes(path)) is not None and says(path, data)]

    def _importing(self, paths: Iterable[str], question: Question) -> Set[str]:
        """Those of these files that say yes to a question about imports; their summaries are known."""
        says = question.answer()
        likely = question.likely(self._mentions) & set(paths)
        return {path for path in likely if says(path, self._mentions.texts[path])}
