"""Objects of outside classes whose attributes are assigned after they are made: `config.max_output_tokens = 100`."""

from __future__ import annotations

from prodlint.facts import ANY_NAME, Assignment, CallSite, Result, Value
from prodlint.link.entries import chain
from prodlint.link.lookup import Choice, Choices, Present, Undecided, set_again
from prodlint.link.resolve import Resolver
from prodlint.link.terms import Bound, Frame, Made, Module, name_of
from prodlint.model import Location
from prodlint.values import NamedTuple


class Use(NamedTuple):
    """A call that is given an object."""

    module: Module
    call: CallSite


class Change(NamedTuple):
    """One assignment to an attribute of an object."""

    module: Module
    assignment: Assignment
    is_on_copy: bool
    """True when it may be a copy of the object that is changed."""


class Afterwards:
    """Finds what is assigned to the attributes of objects."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._changes: dict[str, tuple[dict[tuple[Module, int], list[Change]], int]] = {}

    def first(self, made: Made, name: str) -> Location | None:
        """Where an attribute of that name is first assigned to an object."""
        changes = self._of(made, name)
        return changes[0].module.location(changes[0].assignment.span) if changes else None

    def over(self, given: Choices, made: Made, name: str, use: Use) -> Choices:
        """What an attribute of an object is where a call is given it; `given` is what it was made with."""
        found: list[Choice] = []
        if self._of(made, ANY_NAME):
            found.append(Undecided("attributes are set whose names are only known at run time"))
        changes = sorted(self._of(made, name), key=lambda change: _moment(change, made, use))
        for change in reversed(changes):
            module, assignment, _ = change
            bound = Bound(assignment.value, self.resolver.frame_of(module, assignment.function))
            present = Present(bound, module, assignment.span)
            if _is_sure(change, made, use):
                return (*set_again(found, present), present)
            found.append(Undecided("set on some paths only", present))
        first = given[0] if given else None
        if isinstance(first, Present) and all(isinstance(choice, Present) for choice in given):
            found = set_again(found, first)
        return (*found, *given)

    def _of(self, made: Made, name: str) -> list[Change]:
        """The assignments to an attribute of that name of the object that a call makes, in order."""
        found, done = self._changes.get(name, ({}, 0))
        # What is resolved here may take in further modules, with changes of their own.
        while done < len(changes := self.resolver.program.changes_of(name)):
            module, change = changes[done]
            done += 1
            self._changes[name] = (found, done)
            frame = self.resolver.frame_of(module, change.function)
            for term in self.resolver.resolve(change.base, frame):
                if isinstance(term, Made):
                    is_on_copy = self._is_copy(change.base, frame)
                    found.setdefault((term.module, term.site), []).append(Change(module, change, is_on_copy))
        return found.get((made.module, made.site), [])

    def _is_copy(self, base: Value, frame: Frame) -> bool:
        """True for `copy.deepcopy(config)`, which is followed to what it copies."""
        if not isinstance(base, Result):
            return False
        callees = self.resolver.resolve(frame.module.facts.calls[base.site].callee, frame)
        rows = [self.resolver.frameworks.values.find(name_of(callee)) for callee in callees]
        return any(row is not None and row.effect == "same" for row in rows)


def _moment(change: Change, made: Made, use: Use) -> tuple[int, int, int]:
    """By which changes are in order: where it is made, then where it is used, then those of which nothing is known."""
    at = (change.module, change.assignment.function)
    here, there = (use.module, use.call.function), (made.module, made.call.function)
    span = change.assignment.span
    return 1 if at == here else 0 if at == there else 2, span.line, span.column


def _is_sure(change: Change, made: Made, use: Use) -> bool:
    """True for an assignment on every path to the use: it stands before the use in a block around that; in another
    function, behind the call that makes the object in a block around that."""
    module, assignment, is_on_copy = change
    if is_on_copy:
        return False
    if (module, assignment.function) == (use.module, use.call.function):
        return assignment.span < use.call.span and _is_around(assignment.block, use.call, module)
    is_there = (module, assignment.function) == (made.module, made.call.function)
    return is_there and assignment.span > made.call.span and _is_around(assignment.block, made.call, module)


def _is_around(block: int, call: CallSite, module: Module) -> bool:
    return block < 0 or block in chain(module, call.block)
