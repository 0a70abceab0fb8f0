"""Where the findings of a first run stand after each pass of fixes, and so which of them are those that are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prodlint.findings import Finding
from prodlint.fixes.edits import Refused, moved
from prodlint.fixes.plan import Plan, Planner
from prodlint.fixes.tree import Range
from prodlint.values import dataclass, field


@dataclass(slots=True)
class Origins:
    """The places of findings that are not fixed yet, moved along with the text around them.

    A fingerprint holds the flagged source and counts repetitions, so a fix nearby may give it to another finding.
    """

    _places: dict[tuple[str, str], dict[str, Range]] = field(default_factory=dict)
    """By rule and path: the range now, by fingerprint in the first run."""

    def note(self, findings: Iterable[Finding], planner: Planner) -> None:
        """Begin with the findings of the first run."""
        for finding in findings:
            place = _place(finding, planner)
            if place is not None:
                self._places.setdefault(_kind(finding), {})[finding.fingerprint] = place

    def of(self, finding: Finding, planner: Planner) -> str | None:
        """The fingerprint that a finding of a later run had in the first; None for one that was not there."""
        here = _place(finding, planner)
        known = self._places.get(_kind(finding), {})
        if here is None:
            return finding.fingerprint if finding.fingerprint in known else None
        around = [
            (start != here[0], end - start, name) for name, (start, end) in known.items() if start <= here[0] <= end
        ]
        return min(around)[2] if around else None

    def move(self, plans: Sequence[Plan], planner: Planner) -> None:
        """Follow the changes of one pass; what it has fixed is forgotten."""
        for plan in plans:
            for finding in plan.findings:
                name = self.of(finding, planner)
                if name is not None:
                    del self._places[_kind(finding)][name]
        for plan in plans:
            for (_rule, path), known in self._places.items():
                if path == plan.document.path:
                    ranges = moved(list(known.values()), plan.replacements)
                    known.update(zip(list(known), ranges, strict=True))


def _kind(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.location.path


def _place(finding: Finding, planner: Planner) -> Range | None:
    try:
        return planner.span(finding.location)
    except Refused:
        return None
