"""Places in the program under one name, found again by what they lead to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable

from prodlint.link.terms import Module
from prodlint.values import dataclass


@dataclass(frozen=True, slots=True)
class To:
    """A function that certainly runs there."""

    path: str
    function: int


@dataclass(frozen=True, slots=True)
class Through:
    """A method that runs there, or an override of it in a subclass."""

    path: str
    cls: int
    """The class that defines it."""
    name: str


@dataclass(frozen=True, slots=True)
class Making:
    """A class that an object is made of there."""

    path: str
    cls: int


ANYTHING = "anything"
"""A method of an object of which nothing is known."""

UNTOLD = "untold"
"""A method of an object whose class is not known."""


class Places:
    """Calls that go by one name. Each is resolved once, so that asking for each of many functions of that name costs
    no more than asking for one."""

    def __init__(self, goals: Callable[[Module, int], Iterable[Hashable] | None]) -> None:
        """`goals` tells what a place leads to; None when that cannot be told yet, for the question has come up while
        it was being answered."""
        self.all: list[tuple[Module, int]] = []
        """(module, site), in the order of the modules."""
        self._goals = goals
        self._waiting: deque[int] = deque()
        self._by_goal: dict[Hashable, list[int]] = {}

    def add(self, module: Module, site: int) -> None:
        """One more place."""
        self._waiting.append(len(self.all))
        self.all.append((module, site))

    def to(self, goal: Hashable) -> list[int]:
        """The places that lead there, as indices in `all`, in no order."""
        if self._waiting:
            self._settle()
        return self._by_goal.get(goal, [])

    @property
    def is_settled(self) -> bool:
        """True when it is known of every place where it leads."""
        return not self._waiting

    def _settle(self) -> None:
        again: list[int] = []
        try:
            while self._waiting:
                at = self._waiting.popleft()
                again.append(at)
                goals = self._goals(*self.all[at])
                if goals is not None:
                    again.remove(at)
                    for goal in dict.fromkeys(goals):
                        self._by_goal.setdefault(goal, []).append(at)
        finally:
            self._waiting.extendleft(reversed(again))
