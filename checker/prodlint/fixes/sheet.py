"""All that shall change in one file, collected from its repairs before it becomes replacements."""

from __future__ import annotations

import itertools

import libcst as cst

from prodlint.fixes.edits import Refused, Replacement, overlap
from prodlint.fixes.entries import Entry, as_item, as_keyword, merged
from prodlint.fixes.imports import Missing, Names, additions
from prodlint.fixes.layout import added
from prodlint.fixes.tree import Range, Tree
from prodlint.values import dataclass, field


@dataclass(slots=True)
class Changes:
    """What one repair changes."""

    entries: list[tuple[cst.Call | cst.Dict, Entry]] = field(default_factory=list)
    """Keywords or items to be added, with the call or dict they go into."""
    replacements: list[Replacement] = field(default_factory=list)
    imports: list[Missing] = field(default_factory=list)
    free: list[Range] = field(default_factory=list)
    """Ranges in which the tree may look different afterwards, beyond what is put in."""
    makers: dict[str, str] = field(default_factory=dict)
    """What makers of entries are called here: `types.HttpOptions` may be `genai_types.HttpOptions`."""


@dataclass(slots=True)
class Sheet:
    """The changes of several repairs in one file, as far as they go together."""

    tree: Tree
    names: Names
    taken: list[Changes] = field(default_factory=list)

    def take(self, changes: Changes) -> bool:
        """Add a repair's changes; False when they do not go together with those taken before: they must wait for the
        next pass."""
        mine, own = self._spans(changes), self._containers(changes)
        for other in self.taken:
            shared = own & self._containers(other)
            for span in mine:
                for theirs in self._spans(other):
                    same = shared and span in shared and theirs in shared
                    if not same and _touch(span, theirs) and not self._equal(changes, other):
                        return False
        self.taken.append(changes)
        return True

    def _equal(self, first: Changes, second: Changes) -> bool:
        return not first.entries and not second.entries and first.replacements == second.replacements

    def _containers(self, changes: Changes) -> set[Range]:
        return {self.tree.range(container) for container, _ in changes.entries}

    def _spans(self, changes: Changes) -> list[Range]:
        """The ranges that must not be changed by another repair, too."""
        if changes.free:
            return [*self._containers(changes), *changes.free]
        return [*self._containers(changes), *((item.start, item.end) for item in changes.replacements)]

    def replacements(self) -> list[Replacement]:
        """All changes as replacements that do not overlap. Raises Refused."""
        tree = self.tree
        by_container: dict[int, tuple[cst.Call | cst.Dict, list[Entry]]] = {}
        makers: dict[str, str] = {}
        result: list[Replacement] = []
        for changes in self.taken:
            makers.update(changes.makers)
            result.extend(changes.replacements)
            for container, entry in changes.entries:
                by_container.setdefault(id(container), (container, []))[1].append(entry)
        for container, entries in by_container.values():
            result.extend(self._added(container, merged(entries), makers))
        result.extend(additions(tree, [missing for changes in self.taken for missing in changes.imports]))
        result = sorted(set(result))
        for first, second in itertools.pairwise(result):
            if overlap(first, second):
                raise Refused("two changes meet in one place")
        return result

    def _added(self, container: cst.Call | cst.Dict, entries: list[Entry], makers: dict[str, str]) -> list[Replacement]:
        if isinstance(container, cst.Dict):
            texts = [as_item(entry, _quote(container, self.tree)) for entry in entries]
        else:
            texts = [as_keyword(entry, lambda maker: makers.get(maker, maker)) for entry in entries]
        return added(self.tree, container, texts)

    @property
    def free(self) -> list[Range]:
        """Ranges of the old text in which the tree may look different afterwards."""
        return [span for changes in self.taken for span in changes.free]


def _touch(first: Range, second: Range) -> bool:
    return first[0] <= second[1] and second[0] <= first[1]


def _quote(display: cst.Dict, tree: Tree) -> str:
    """The quotation mark of the first key; double when there is none."""
    for element in display.elements:
        if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
            return "'" if tree.code(element.key).endswith("'") else '"'
    return '"'
