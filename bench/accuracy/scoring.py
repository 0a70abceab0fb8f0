"""The comparison itself: labels and prodlint's JSON reports in, counts and disagreements out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.accuracy.labels import RULES, SETTINGS, Constant, Expected, Label

Place = tuple[str, int]
"""A path and a 1-based line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What prodlint says about one setting."""

    state: str
    value: Constant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What prodlint says about one package."""

    calls: Mapping[Place, Mapping[str, Observed]]
    """The settings of each request; of several that begin on one line, the first."""
    findings: Mapping[str, frozenset[Place]]
    """By rule, where it reports, the related locations included: there stand the calls that a cause affects."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of one rule over calls, or of one setting."""

    right: int = 0
    """Alarms that are true; settings as labelled."""
    false: int = 0
    """False alarms; settings other than labelled."""
    missed: int = 0
    """Missed alarms; settings of calls that prodlint did not find."""
    undecided: int = 0
    """Alarms about calls where the label cannot say."""

    @property
    def precision(self) -> float | None:
        return _ratio(self.right, self.right + self.false)

    @property
    def recall(self) -> float | None:
        return _ratio(self.right, self.right + self.missed)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Disagreement:
    """One thing on which prodlint and a label differ."""

    package: str
    path: str
    line: int
    subject: str
    """A rule, a setting, or `call` for a call that was not found."""
    expected: str
    actual: str


@dataclass(slots=True, kw_only=True)
class Score:
    """The sums over all labelled calls."""

    calls: int = 0
    found: int = 0
    rules: dict[str, Tally] = field(default_factory=lambda: {rule: Tally() for rule in RULES})
    settings: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in SETTINGS})
    disagreements: list[Disagreement] = field(default_factory=list)

    def all_settings(self) -> Tally:
        return Tally(
            right=sum(tally.right for tally in self.settings.values()),
            false=sum(tally.false for tally in self.settings.values()),
            missed=sum(tally.missed for tally in self.settings.values()),
        )


def observation(calls: Mapping[str, Any], check: Mapping[str, Any]) -> Observation:
    """The reports of `prodlint calls` and `prodlint check`, both as JSON with `schema_version` 1."""
    settings: dict[Place, Mapping[str, Observed]] = {}
    for call in calls["calls"]:
        found = {name: Observed(state=it["state"], value=it["value"]) for name, it in call["settings"].items()}
        settings.setdefault((call["path"], call["line"]), found)
    findings: dict[str, set[Place]] = {}
    for finding in check["findings"]:
        places = findings.setdefault(finding["rule"], set())
        places.update((where["path"], where["line"]) for where in (finding, *finding["related"]))
    return Observation(calls=settings, findings={rule: frozenset(places) for rule, places in findings.items()})


def add(score: Score, labels: Iterable[Label], seen: Observation) -> None:
    """Adds the calls of one package to the score."""
    for label in labels:
        score.calls += 1
        settings = seen.calls.get((label.path, label.line))
        if settings is not None:
            score.found += 1
        score.disagreements.extend(_compare_settings(score, label, settings))
        score.disagreements.extend(_compare_rules(score, label, seen))


def _compare_settings(score: Score, label: Label, settings: Mapping[str, Observed] | None) -> Iterator[Disagreement]:
    if settings is None:
        for name in label.settings:
            score.settings[name].missed += 1
        yield _disagreement(label, "call", "a request", "not found")
        return
    for name, expected in label.settings.items():
        observed = settings.get(name)
        if observed is not None and _agrees(expected, observed):
            score.settings[name].right += 1
            continue
        score.settings[name].false += 1
        actual = "left out" if observed is None else _shown(observed.state, observed.value)
        yield _disagreement(label, name, _shown(expected.state, expected.value), actual)


def _agrees(expected: Expected, observed: Observed) -> bool:
    """True for the same state, and the same value where the label has one."""
    return expected.state == observed.state and expected.value in (None, observed.value)


def _compare_rules(score: Score, label: Label, seen: Observation) -> Iterator[Disagreement]:
    for rule, tally in score.rules.items():
        reported = (label.path, label.line) in seen.findings.get(rule, ())
        if rule in label.undecided:
            tally.undecided += reported
        elif rule in label.faults and reported:
            tally.right += 1
        elif rule in label.faults:
            tally.missed += 1
            yield _disagreement(label, rule, "reported", "silent")
        elif reported:
            tally.false += 1
            yield _disagreement(label, rule, "silent", "reported")


def _disagreement(label: Label, subject: str, expected: str, actual: str) -> Disagreement:
    return Disagreement(
        package=label.package, path=label.path, line=label.line, subject=subject, expected=expected, actual=actual
    )


def _shown(state: str, value: Constant | None) -> str:
    return state if value is None or state != "set" else f"{state} to {value}"


def _ratio(part: int, whole: int) -> float | None:
    """None when there is nothing to divide by."""
    return part / whole if whole else None
