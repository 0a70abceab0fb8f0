"""Chains of steps, as `prompt | llm | parser` makes them: the model that runs in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prodlint.link.resolve import MAX_TERMS, Resolver
from prodlint.link.terms import Bound, Made, Mapping, Term, name_of
from prodlint.values import replace

if TYPE_CHECKING:
    from prodlint.link.objects import Objects, SdkObject

MAX_BRANCHES = 3
"""Dicts within dicts that are looked into for the models that run in them."""

_Pipe = tuple[tuple[int, int], ...]
"""The identities of the operands, as (value, frame)."""


class Chains:
    """Looks into chains."""

    def __init__(self, resolver: Resolver, objects: Objects) -> None:
        self.resolver = resolver
        self.objects = objects
        self._by_pipe: dict[_Pipe, tuple[tuple[Bound, ...], tuple[SdkObject, ...]]] = {}
        self._inner_pipes: dict[_Pipe, tuple[SdkObject, ...]] = {}
        """What is known so far of the pipes within the one that is being looked at."""
        self._inner_dicts: dict[tuple[int, int, int], tuple[Mapping, tuple[SdkObject, ...]]] = {}
        """The same of the dicts in it, by identity and depth."""

    def pipe(self, operands: tuple[Bound, ...]) -> tuple[SdkObject, ...]:
        """`prompt | llm | parser`: the model, in a chain, or each that it can be."""
        key = tuple((id(operand.value), id(operand.frame)) for operand in operands)
        if key in self._inner_pipes:
            return self._inner_pipes[key]
        if key in self._by_pipe:
            return self._by_pipe[key][1]
        is_outermost = not self._inner_pipes
        self._inner_pipes[key] = ()  # `flags = flags | more` in a loop is made of itself
        try:
            found = self._inner_pipes[key] = self._in_pipe(operands)
        finally:
            if is_outermost:  # what was found inside may be less than the whole, where a pipe is made of itself
                self._inner_pipes.clear()
                self._inner_dicts.clear()
        if is_outermost:
            self._by_pipe[key] = (operands, found)
        return found

    def _in_pipe(self, operands: tuple[Bound, ...]) -> tuple[SdkObject, ...]:
        found: tuple[SdkObject, ...] = ()
        for operand in operands:
            terms = self.resolver.all(operand)
            inner = distinct(item for term in terms for item in self.objects.objects(term) or self._in_dict(term))
            if inner:
                found = inner
            elif any(self._parses(term) for term in terms):
                found = tuple(replace(item, structured=True) for item in found)
        return found

    def _parses(self, term: Term) -> bool:
        name = name_of(term).removesuffix("()")
        step = self.resolver.frameworks.text_steps.find(name)
        if step is not None:
            return step.effect == "parsed"
        last = name.rpartition(".")[2]
        return last.endswith("Parser") and not last.startswith("Str")

    def side_by_side(self, made: Made) -> tuple[SdkObject, ...]:
        """The model that runs in all the branches: `RunnableParallel(joke=joke, poem=prompt | llm)`."""
        return self._one_of([Bound(given.value, made.frame) for given in made.call.arguments if given.stars != 1], 0)

    def _one_of(self, branches: list[Bound], depth: int) -> tuple[SdkObject, ...]:
        """The SDK object in some branches; of which the constructor is not one, where they hold several."""
        terms = (term for branch in branches for term in self.resolver.all(branch))
        found = distinct(
            item for term in terms for item in self.objects.objects(term) or self._in_dict(term, depth + 1)
        )
        if len(found) < 2:
            return found
        return (replace(found[0], layers=(), made=None, why="it runs several models side by side"),)

    def _in_dict(self, term: Term, depth: int = 0) -> tuple[SdkObject, ...]:
        """The model in the branches of `{"joke": joke, "question": RunnablePassthrough()}`, as a step of a chain."""
        if not isinstance(term, Mapping) or depth > MAX_BRANCHES:
            return ()
        key = (id(term.value), id(term.frame), depth)
        if key in self._inner_dicts:
            return self._inner_dicts[key][1]
        entries = [entry for entry in term.value.entries if entry.how in ("set", "splat")]
        found = self._one_of([Bound(entry.value, term.frame) for entry in entries], depth)
        if self._inner_pipes:
            self._inner_dicts[key] = term, found
        return found


def distinct(objects: Iterable[SdkObject]) -> tuple[SdkObject, ...]:
    """Each model once; no more than are followed of anything else."""
    found: list[SdkObject] = []
    for item in objects:
        if len(found) < MAX_TERMS and not any(_is_same(old, item) for old in found):
            found.append(item)
    return tuple(found)


def _is_same(first: SdkObject, second: SdkObject) -> bool:
    """True for one model with the same settings."""
    return first.made is not None and first.made is second.made and first.layers == second.layers
