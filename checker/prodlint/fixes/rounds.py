"""Applies fixes, looks what is left, and goes on until nothing changes."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from prodlint.findings import Failure, Finding, Run
from prodlint.fixes import store
from prodlint.fixes.documents import Documents
from prodlint.fixes.edits import Refused
from prodlint.fixes.guards import checked
from prodlint.fixes.origins import Origins
from prodlint.fixes.plan import Plan, Planner, has_fix, target
from prodlint.suppression_rules import UNUSED
from prodlint.values import dataclass, field, replace

MAX_PASSES = 200
"""Analyses of one project: far more than any needs, for every pass has fewer findings than the one before."""

Check = Callable[[Mapping[str, bytes]], Run]
"""Analyses the project with the given files changed."""


@dataclass(slots=True)
class Outcome:
    """What fixing comes to, before anything is written."""

    first: Run
    """What was there before."""
    run: Run
    """What is left."""
    changed: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """Old and new content by path."""
    applied: list[Finding] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    """Fixes that were offered and would have broken something."""


def fix_all(check: Check, wanted: Callable[[Finding, Run, Planner], bool], stdin: bytes | None = None) -> Outcome:
    """Apply every wanted fix that holds, in memory. `stdin` is the content of the one file that is on no disk."""
    return _Rounds(check, wanted, stdin, Origins()).run()


def fix_chosen(check: Check, chosen: Collection[str]) -> Outcome:
    """Apply the fixes of the findings that have these fingerprints before anything is fixed, and no others."""
    origins = Origins()

    def wanted(finding: Finding, run: Run, planner: Planner) -> bool:
        del run
        return origins.of(finding, planner) in chosen

    return _Rounds(check, wanted, None, origins).run()


def planner_for(run: Run, overlay: Mapping[str, bytes], stdin: bytes | None = None) -> Planner:
    """The planner for a run's findings, with the content that was analysed."""

    def read(path: str) -> bytes:
        if path in overlay:
            return overlay[path]
        return store.read(run.root, path) if stdin is None else stdin

    return Planner(Documents(read), run.sources)


def planned(run: Run, stdin: bytes | None = None) -> Run:
    """The run with the fix of each finding that has one."""
    if not has_fix(run.findings):
        return run
    planner = planner_for(run, {}, stdin)
    return replace(run, findings=tuple(planner.fixed(finding) for finding in run.findings))


class _Rounds:
    """The state between passes."""

    def __init__(
        self,
        check: Check,
        wanted: Callable[[Finding, Run, Planner], bool],
        stdin: bytes | None,
        origins: Origins,
    ) -> None:
        self.check = check
        self.origins = origins
        self.wanted = wanted
        self.stdin = stdin
        self.overlay: dict[str, bytes] = {}
        self.originals: dict[str, bytes] = {}
        first = check({})
        self.outcome = Outcome(first=first, run=first)
        self.planner = planner_for(first, {}, stdin)
        origins.note([finding for finding in first.findings if has_fix([finding])], self.planner)
        self.given_up: set[str] = set()
        """Findings whose fix is not tried again, by their fingerprints in the first run."""
        self.limit: int | None = None
        """How many fixes are tried at once, while one that breaks something is looked for."""

    def run(self) -> Outcome:
        for _ in range(MAX_PASSES):
            candidates = self._candidates()
            if not candidates:
                break
            plans = self._plans(candidates)
            if plans:
                self._try(plans)
            for plan, _ in plans:
                self.originals.setdefault(plan.document.path, plan.document.data)
        for path, new in self.overlay.items():
            if self.originals[path] != new:
                self.outcome.changed[path] = (self.originals[path], new)
        return self.outcome

    def _name(self, finding: Finding) -> str:
        """The fingerprint that a finding had in the first run: fixes around it change its own. One that was not there
        yet has its own."""
        return self.origins.of(finding, self.planner) or finding.fingerprint

    def _candidates(self) -> list[Finding]:
        run = self.outcome.run
        found = [
            finding
            for finding in run.findings
            if has_fix([finding])
            and self._name(finding) not in self.given_up
            and self.wanted(finding, run, self.planner)
        ]
        return found if self.limit is None else found[: self.limit]

    def _plans(self, findings: Sequence[Finding]) -> list[tuple[Plan, bytes]]:
        """What would be changed in each file, guards kept; a fix that breaks one is given up."""
        by_path: dict[str, list[Finding]] = {}
        for finding in findings:
            by_path.setdefault(target(finding), []).append(finding)
        plans = []
        for path, group in by_path.items():
            try:
                plan = self.planner.plan(path, group)
                self.given_up.update(self._name(finding) for finding in plan.refused)
                if plan.findings:
                    plans.append((plan, checked(plan)))
            except Refused as error:
                plans.extend(self._alone(path, group, str(error)))
        return plans

    def _alone(self, path: str, group: Sequence[Finding], why: str) -> list[tuple[Plan, bytes]]:
        """The first fix of a group that holds alone: together they do not."""
        if len(group) == 1:
            self._give_up(group[0], why)
            return []
        for finding in group:
            try:
                plan = self.planner.plan(path, [finding])
                if plan.findings:
                    return [(plan, checked(plan))]
                self.given_up.add(self._name(finding))
            except Refused as error:
                self._give_up(finding, str(error))
        return []

    def _try(self, plans: Sequence[tuple[Plan, bytes]]) -> None:
        """Keep the plans when what they fix is gone and nothing new is there; else narrow down which one it is."""
        fixed = [finding for plan, _ in plans for finding in plan.findings]
        overlay = {**self.overlay, **{plan.document.path: data for plan, data in plans}}
        gc.collect()  # the project of the run before refers to itself
        run = self.check(overlay)
        problem = _problem(self.outcome.run, run, fixed)
        if not problem:
            self.origins.move([plan for plan, _ in plans], self.planner)
            self.overlay, self.outcome.run = overlay, run
            self.planner = planner_for(run, overlay, self.stdin)
            self.outcome.applied.extend(fixed)
        elif len(fixed) == 1:
            self._give_up(fixed[0], problem)
            self.limit = None
        else:
            self.limit = len(fixed) // 2

    def _give_up(self, finding: Finding, why: str) -> None:
        self.given_up.add(self._name(finding))
        message = f"the fix of `{finding.rule}` was not applied: {why}"
        where = finding.location
        self.outcome.failures.append(Failure(path=where.path, line=where.line, message=message, of_fix=True))


def _problem(before: Run, after: Run, fixed: Iterable[Finding]) -> str:
    """Why a pass cannot be kept; empty when it can."""
    known = {(failure.path, failure.message) for failure in before.failures}
    if any((failure.path, failure.message) not in known for failure in after.failures):
        return "the fixed file could not be analysed"
    allowed = Counter(_identity(finding) for finding in before.findings)
    allowed.subtract(_identity(finding) for finding in fixed)
    left = Counter(_identity(finding) for finding in after.findings)
    for (rule, path), count in left.items():
        # A comment that excused what is fixed now silences nothing: that has a fix of its own, in the next pass.
        if count > allowed[rule, path] and rule != UNUSED:
            return f"`{rule}` would be found in {path}"
    return ""


def _identity(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.location.path
