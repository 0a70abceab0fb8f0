"""Which findings a branch introduces, when both states of the project have been examined.

A finding is old when the base has it as a baseline would (`prodlint.baseline`). What is left on both sides is counted:
where a function had n findings of a rule about calls of the same callee, whatever their arguments, so many are old, and
the next one is new. So the edit of a faulty call does not make its fault the branch's own. A fault that has become more
severe is new in any case: else a branch that passes could make its base fail.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from prodlint.baseline import entries_of, match
from prodlint.findings import Finding
from prodlint.values import replace


def introduced(
    before: Iterable[Finding],
    now: Sequence[Finding],
    renamed: Mapping[str, str],
    is_gone: Callable[[str], bool],
) -> list[Finding]:
    """Return those findings of `now` that `before` does not have. `renamed` gives new paths by old ones."""
    base = [_moved(finding, renamed, is_gone) for finding in before]
    entries = entries_of(base)
    origins = {id(entry): finding for entry, finding in zip(entries, base, strict=True)}
    matched = match(now, entries, is_gone)
    worse = [finding for entry, finding in matched.known if origins[id(entry)].severity < finding.severity]
    edited: defaultdict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for entry in matched.left:
        old = origins[id(entry)]
        edited[_outline(old)].append(old)
    return worse + [finding for finding in matched.new if not _taken(finding, edited[_outline(finding)])]


def _moved(finding: Finding, renamed: Mapping[str, str], is_gone: Callable[[str], bool]) -> Finding:
    place = finding.location
    if place.path not in renamed or not is_gone(place.path):
        return finding
    return replace(finding, location=replace(place, path=renamed[place.path]))


def _outline(finding: Finding) -> tuple[str, ...]:
    return finding.location.path, finding.rule, finding.outline_hash


def _taken(finding: Finding, old: list[Finding]) -> bool:
    """Take the mildest old finding that is no milder than this one; tell whether there is one."""
    old.sort(key=lambda item: item.severity)
    place = bisect_left([item.severity for item in old], finding.severity)
    if place == len(old):
        return False
    del old[place]
    return True
