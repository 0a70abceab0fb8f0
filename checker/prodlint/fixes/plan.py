"""From findings to edits: what each repair would change in its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from prodlint.findings import Edit, Finding, Fix
from prodlint.fixes.documents import Document, Documents
from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.functions import cache_function, run_in_thread
from prodlint.fixes.imports import Names
from prodlint.fixes.keys import read_variable
from prodlint.fixes.settings import pass_setting, replace_number
from prodlint.fixes.sheet import Changes, Sheet
from prodlint.fixes.streaming import stream_answer
from prodlint.fixes.tree import Tree, UnparsableError
from prodlint.model import Location
from prodlint.repairs import (
    Action,
    CacheFunction,
    PassSetting,
    ReadVariable,
    ReplaceNumber,
    RunInThread,
    StreamAnswer,
)
from prodlint.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Plan:
    """What a group of findings changes in one file."""

    document: Document
    replacements: tuple[Replacement, ...]
    free: tuple[tuple[int, int], ...]
    """Ranges in which the tree may look different afterwards."""
    findings: tuple[Finding, ...]
    """Those that are repaired by it."""
    refused: tuple[Finding, ...] = ()
    """Those whose repair the source has not the shape for."""


@dataclass(slots=True)
class Planner:
    """Makes plans for the findings of one run; parses each file once."""

    documents: Documents
    sources: Mapping[str, str] = field(default_factory=dict)
    """The text that was analysed, by path, as far as it is known; of a notebook, its JSON."""
    _sheets: dict[str, tuple[Tree, Names]] = field(default_factory=dict)

    def fixed(self, finding: Finding) -> Finding:
        """The finding with the fix its repair comes to; without one when the source has not the shape it takes."""
        repair = finding.repair
        if repair is None or finding.fix is not None:
            return finding
        try:
            plan = self.plan(target(finding), [finding])
        except Refused:
            return finding
        if not plan.findings:
            return finding
        path, tree = plan.document.path, self._tree(plan.document)[0]
        edits = tuple(
            Edit(location=tree.location(path, start, end), content=content) for start, end, content in plan.replacements
        )
        return replace(finding, fix=Fix(is_safe=repair.is_safe, description=repair.description, edits=edits))

    def plan(self, path: str, findings: Sequence[Finding]) -> Plan:
        """The plan for findings whose fixes are all in one file; those that meet others are left for the next pass.
        Raises Refused when that file cannot be read, or has changed."""
        document = self.documents.get(path)
        if self.sources.get(path, document.written) != document.written:
            raise Refused("the file was changed meanwhile")
        if not document.is_program:
            return self._text_plan(document, findings)
        try:
            tree, names = self._tree(document)
        except Refused:
            return Plan(document, (), (), (), tuple(findings))
        sheet = Sheet(tree, names)
        done: list[Finding] = []
        refused: list[Finding] = []
        for finding in sorted(findings, key=_is_late):
            try:
                changes = _changes(sheet, finding)
                Sheet(tree, names, [changes]).replacements()
            except Refused:
                refused.append(finding)
                continue
            if sheet.take(changes):
                done.append(finding)
        return Plan(document, tuple(sheet.replacements()), tuple(sheet.free), tuple(done), tuple(refused))

    def span(self, location: Location) -> tuple[int, int]:
        """Where a location is in the text of its file. Raises Refused when the file cannot be read or parsed."""
        document = self.documents.get(location.path)
        return self._tree(document)[0].span(location) if document.is_program else document.span(location)

    def _text_plan(self, document: Document, findings: Sequence[Finding]) -> Plan:
        """For files that are no Python: comments that silence nothing."""
        replacements = [
            Replacement(*document.span(edit.location), edit.content)
            for finding in findings
            if finding.fix is not None
            for edit in finding.fix.edits
        ]
        return Plan(document, tuple(sorted(set(replacements))), (), tuple(findings))

    def _tree(self, document: Document) -> tuple[Tree, Names]:
        known = self._sheets.get(document.path)
        if known is None:
            try:
                tree = Tree(document.text, document.cells)
            except UnparsableError as error:
                raise Refused(f"the file cannot be parsed: {error}") from None
            known = self._sheets[document.path] = (tree, Names(tree))
        return known


def target(finding: Finding) -> str:
    """The file that a finding's fix is in."""
    if finding.repair is not None:
        return place(finding.repair.action).path
    if finding.fix is not None:
        return finding.fix.edits[0].location.path
    return finding.location.path


def place(action: Action) -> Location:
    """Where an action takes place."""
    return action.place if isinstance(action, ReplaceNumber | ReadVariable) else action.call


def _is_late(finding: Finding) -> bool:
    """True for all but the fixes of keys, which make lines shorter: they come before what must fit beside them."""
    return finding.repair is None or not isinstance(finding.repair.action, ReadVariable)


def has_fix(findings: Iterable[Finding]) -> bool:
    """True when any finding may be repaired."""
    return any(finding.repair is not None or finding.fix is not None for finding in findings)


def _changes(sheet: Sheet, finding: Finding) -> Changes:
    """What a finding's repair changes. Raises Refused."""
    repair = finding.repair
    if repair is None:
        edits = finding.fix.edits if finding.fix is not None else ()
        found = [Replacement(*sheet.tree.span(edit.location), edit.content) for edit in edits]
        return Changes(replacements=found)
    match repair.action:
        case PassSetting() as action:
            return pass_setting(sheet, action)
        case ReplaceNumber() as action:
            return replace_number(sheet, action)
        case ReadVariable() as action:
            return read_variable(sheet, action)
        case CacheFunction() as action:
            return cache_function(sheet, action)
        case RunInThread() as action:
            return run_in_thread(sheet, action)
        case StreamAnswer() as action:
            return stream_answer(sheet, action)
