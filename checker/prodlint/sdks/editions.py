"""The catalogue as it holds for one file of a project: with the release of each SDK that the project uses there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from prodlint.sdks.catalogue import Catalogue, indexed
from prodlint.sdks.schema import ClientClass, Derivation, Operation, Record
from prodlint.values import dataclass, replace
from prodlint.versions.project import Choice, Statement, choose

Statements = Callable[[str, str], Iterable[Statement]]
"""What a project says of a distribution (second), seen from a file (first), nearest first."""

VersionedT = TypeVar("VersionedT", Operation, Derivation, ClientClass)

ASSUMED = "assumed"
NEWEST_WITH = "the newest known with"
"""How the origin of a release begins that a keyword in the code tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The release of an SDK whose facts are used."""

    distribution: str
    version: str
    """Empty when not even the record names one."""
    origin: str
    """For messages: `locked in uv.lock`, `allowed by pyproject.toml`, or `assumed`: the newest that is known."""
    allowed: str = ""
    """The PEP 440 range of the releases that it can be, as far as the project's files tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The catalogue with the releases that hold for some files."""

    catalogue: Catalogue
    choices: Mapping[str, Choice]
    """By distribution: what the project's files decide."""

    def release(self, record: Record, name: str = "") -> Release:
        """The release behind a record; `name` is a class or function of it, where it covers several distributions."""
        for distribution in _distributions_of(name, record):
            choice = _choice_for(record, distribution, self.choices)
            if choice is not None:
                return _released(distribution, choice)
            if version := _newest_known(record, distribution):
                return Release(distribution=distribution, version=version, origin=ASSUMED)
        return Release(
            distribution=record.distributions[0] if record.distributions else record.name, version="", origin=""
        )

    def release_in_use(self, record: Record) -> Release:
        """The release of a record as a whole: of the first of its distributions that the project's files name."""
        whole = self.release(record)
        if whole.origin not in ("", ASSUMED):
            return whole
        further = (
            _released(name, found) for name in record.distributions[1:] if (found := self.choices.get(name)) is not None
        )
        return next(further, whole)


def with_keyword(release: Release, record: Record, keyword: str, versions: str) -> Release:
    """The newest release known in which a call takes `keyword`, which those in the range `versions` alone do, where the
    project's files leave that open; else `release`."""
    from prodlint.versions.ranges import holds, newest

    if holds(versions, release.version):
        return release
    known = record.earlier.get(release.distribution, ())
    version = newest(known, ",".join(filter(None, (release.allowed, versions))))
    return replace(release, version=version, origin=f"{NEWEST_WITH} `{keyword}=`") if version else release


def _released(distribution: str, choice: Choice) -> Release:
    return Release(distribution=distribution, version=choice.version, origin=choice.origin, allowed=choice.allowed)


class Editions:
    """Gives the edition for each file of a project."""

    def __init__(self, catalogue: Catalogue, statements: Statements = lambda path, distribution: ()) -> None:
        self.whole = catalogue
        """All records, newest first facts: for what does not depend on a version."""
        self._statements = statements
        self._known: dict[str, tuple[str, ...]] = {}
        """The releases that facts were read from, by their distribution; none where no record names one."""
        for record in catalogue.records:
            for distribution in record.distributions:
                newest = _newest_known(record, distribution)
                releases = (*((newest,) if newest else ()), *record.earlier.get(distribution, ()))
                self._known[distribution] = (*self._known.get(distribution, ()), *releases)
        self._by_folder: dict[str, Edition] = {}
        self._by_choices: dict[tuple[tuple[str, Choice], ...], Edition] = {}

    def at(self, path: str) -> Edition:
        """The edition for a file, by its path relative to the project root."""
        folder = path.rpartition("/")[0]
        found = self._by_folder.get(folder)
        if found is None:
            choices = tuple(
                (distribution, choice)
                for distribution, known in self._known.items()
                if (choice := choose(self._statements(path, distribution), known)) is not None
            )
            if choices not in self._by_choices:
                self._by_choices[choices] = _edition(self.whole, dict(choices))
            found = self._by_folder[folder] = self._by_choices[choices]
        return found


def _edition(whole: Catalogue, choices: Mapping[str, Choice]) -> Edition:
    """The records in the versions chosen, those first to which the chosen versions belong."""
    if not choices:
        return Edition(catalogue=whole, choices=choices)
    fitting: list[Record] = []
    others: list[Record] = []
    for record in whole.records:
        choice = choices.get(record.distributions[0]) if record.distributions else None
        if choice is None:
            others.append(_as_of(record, choices))
        elif _is_for(record, choice):
            fitting.append(_as_of(record, choices))
        elif any(_is_for(other, choice) for other in whole.records if _is_of_one_library(record, other)):
            others.append(record)  # what the code imports tells which of the distribution's records it is about
        else:
            release = f"{record.distributions[0]} {choice.version}"
            others.append(replace(record, unknown_release=f"{release} ({choice.origin})"))
    return Edition(catalogue=replace(indexed((*fitting, *others)), keys=whole.keys), choices=choices)


def _is_of_one_library(record: Record, other: Record) -> bool:
    """True for the records of different versions of one library, which may have moved its modules."""
    return record.distributions[:1] == other.distributions[:1] and not _packages(record).isdisjoint(_packages(other))


def _packages(record: Record) -> set[str]:
    return {root.partition(".")[0] for root in record.imports}


def _is_for(record: Record, choice: Choice) -> bool:
    from prodlint.versions.ranges import holds

    return holds(record.versions, choice.version)


def _choice_for(record: Record, distribution: str, choices: Mapping[str, Choice]) -> Choice | None:
    """What the project says of a distribution, unless the record is for other versions of it than another record."""
    choice = choices.get(distribution)
    if choice is None or distribution != record.distributions[0] or record.unknown_release:
        return choice
    return choice if _is_for(record, choice) else None


def _as_of(record: Record, choices: Mapping[str, Choice]) -> Record:
    """The record with the variants that hold for the versions chosen in their places."""
    if not any(distribution in choices for distribution in record.distributions):
        return record

    def variants_of(items: tuple[VersionedT, ...]) -> tuple[VersionedT, ...]:
        return tuple(_variant_of(item, record, choices) for item in items)

    defaults = record.function_defaults
    return replace(
        record,
        clients=variants_of(record.clients),
        surfaces={name: variants_of(operations) for name, operations in record.surfaces.items()},
        derivations={name: variants_of(steps) for name, steps in record.derivations.items()},
        functions=variants_of(record.functions),
        function_defaults=None if defaults is None else _variant_of(defaults, record, choices),
        wrappers=variants_of(record.wrappers),
    )


def _variant_of(item: VersionedT, record: Record, choices: Mapping[str, Choice]) -> VersionedT:
    """What it is in the version of its own distribution, as far as that one's versions are told apart."""
    from prodlint.versions.ranges import holds

    if not item.variants:
        return item
    name = item.names[0] if isinstance(item, ClientClass) else item.path
    for distribution in _distributions_of(name, record):
        choice = _choice_for(record, distribution, choices)
        if choice is not None:
            return next((variant for variant in item.variants if holds(variant.versions, choice.version)), item)
        if _newest_known(record, distribution):
            break
    return item


def _newest_known(record: Record, distribution: str) -> str:
    """The newest release of one of a record's distributions that its facts were read from; empty when it names none."""
    if record.distributions[:1] == (distribution,):
        return record.proved_on[0] if record.proved_on else ""
    return record.releases.get(distribution, "")


def _distributions_of(name: str, record: Record) -> tuple[str, ...]:
    """The distribution that is called like the beginning of a full name, the longest of several; the record's first.

    `langchain_openai.ChatOpenAI` is of `langchain-openai`, `llama_index.llms.groq.Groq` of `llama-index-llms-groq`.
    """
    spelled = re.sub(r"[._]", "-", f"{name}.")
    called = [item for item in record.distributions if spelled.startswith(f"{item}-".replace("_", "-"))]
    return tuple(dict.fromkeys((*sorted(called, key=len)[-1:], *record.distributions[:1])))
