"""Evaluation of symbolic values across the project, on demand.

`Resolver.resolve` takes a value and the frame to read it in, and gives every term it can be. What cannot be decided
is a term too: nothing here raises on strange code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from prodlint.facts import (
    Attr,
    ClassRef,
    Const,
    DictOf,
    Element,
    Elsewhere,
    FunctionRef,
    Global,
    Imported,
    Item,
    Joined,
    OneOf,
    Op,
    Opaque,
    Param,
    Redacted,
    Result,
    SeqOf,
    Some,
    Value,
)
from prodlint.frameworks.tables import Frameworks
from prodlint.link.activations import Activations
from prodlint.link.classes import Classes
from prodlint.link.containers import Containers
from prodlint.link.fields import Fields
from prodlint.link.items import Items
from prodlint.link.members import Members
from prodlint.link.names import Names
from prodlint.link.parameters import CallsOf, Parameters
from prodlint.link.program import Program
from prodlint.link.results import Results
from prodlint.link.terms import (
    INJECTED,
    NOTHING,
    Bound,
    Class,
    Compound,
    Environment,
    External,
    Frame,
    Function,
    ItemOf,
    Known,
    Mapping,
    Module,
    Parameter,
    Secret,
    Sequence,
    Term,
    Terms,
    Typed,
    Unknown,
    is_vague,
)
from prodlint.link.writes import Writes

T = TypeVar("T")

MAX_TERMS = 12
MAX_DEPTH = 60
"""Nested evaluations after which the answer is Unknown; each takes a few Python frames."""

MAX_STEPS = 20_000
"""Evaluations for one question, after which the answer is Unknown."""

NEVER = MAX_DEPTH + 1
"""No depth of a question."""

TOO_DEEP: Terms = (Unknown("nested too deeply"),)
"""The answer to a question that was given up; it is not remembered."""


class Resolver:
    """Evaluates values; remembers what it has found. What it says does not depend on the order of the questions."""

    def __init__(self, program: Program, frameworks: Frameworks) -> None:
        self.program = program
        self.frameworks = frameworks
        self.callers_of: Callable[[Module, int], CallsOf] = lambda _module, _function: CallsOf()
        """Set by the call graph: the calls of a function."""
        self.makers_of: Callable[[Class], tuple[Bound, ...]] = lambda _cls: ()
        """Set by the call graph: the calls that make instances of a class."""
        self.subclasses_of: Callable[[Class], tuple[Class, ...]] = lambda _cls: ()
        """Set by the call graph: the project's subclasses of a class, at any depth."""
        self.is_public_class: Callable[[Class], bool] = lambda _cls: False
        """Set by the project: True for a class of which users of a library make objects."""
        self.is_public: Callable[[Module, int], bool] = lambda _module, _function: False
        """Set by the project: True for a function that users of a library call with arguments nobody here sees."""
        self._memo: dict[tuple[int, int], tuple[Value, Frame, Terms, int]] = {}
        self._partial: dict[tuple[int, int], tuple[Value, Frame, Terms, int]] = {}
        """Answers that lack what a question around them will add, each with the depth of that question. They hold
        until it is answered: otherwise an answer would depend on what was asked before."""
        self._busy: dict[tuple[int, int], int] = {}
        """The questions that are being answered, with their depths."""
        self.cut = NEVER
        """The least depth of a question to which the one at hand has come back; -1 where it was given up."""
        self.lookups: dict[tuple[int, int, object], tuple[Mapping, tuple[Any, ...]]] = {}
        """Answers of `lookup.lookup`, each with the dict it is about, so that its id stays its own."""
        self.partial_lookups: dict[tuple[int, int, object], tuple[Mapping, tuple[Any, ...]]] = {}
        """Answers within the look-up at hand, which may lack what that will add."""
        self.lookup_cuts = 0
        """How often such an answer was taken: one during which this rose may lack something, too."""
        self._depth = 0
        self._steps = 0
        self._frames: dict[tuple[str, int], Frame] = {}
        self.activations = Activations(self)
        self.classes = Classes(self)
        self.fields = Fields(self)
        self.items = Items(self)
        self.containers = Containers(self)
        self.members = Members(self)
        self.names = Names(self)
        self.parameters = Parameters(self)
        self.results = Results(self)
        self.writes = Writes(self)

    def resolve(self, value: Value, frame: Frame) -> Terms:
        """Every term the value can be; never empty."""
        key = (id(value), id(frame))
        known = self._memo.get(key) or self._partial.get(key)
        if known is not None:
            self.cut = min(self.cut, known[3])
            return known[2]
        if key in self._busy:
            self.cut = min(self.cut, self._busy[key])
            return ()
        if self._depth == 0:
            self._steps = 0
        if self.is_exhausted() or self._depth >= MAX_DEPTH:
            self.cut = -1
            return TOO_DEEP
        around, self.cut = self.cut, NEVER
        older = len(self._partial)
        self._busy[key] = self._depth
        self._depth += 1
        try:
            found = self._limit(self._evaluate(value, frame))
        finally:
            self._depth -= 1
            del self._busy[key]
            if self._depth == 0:
                self._partial.clear()  # also when the question was given up: nobody is answering what they wait for
        if not found and self._depth == 0:
            found = (Unknown("it is defined by itself"),)
        if self._depth > 0 and self.cut < self._depth:
            self._partial[key] = (value, frame, found, self.cut)
            self.cut = min(self.cut, around)
            return found
        while len(self._partial) > older:
            self._partial.popitem()
        self.cut = around
        if found:
            self._memo[key] = (value, frame, found, NEVER)
        return found

    def told(self, find: Callable[[], T]) -> tuple[T, bool]:
        """What a function finds by questions, and whether nothing will be added to that by a question around it."""
        around, self.cut = self.cut, NEVER
        found, is_whole = find(), self.cut == NEVER
        self.cut = min(self.cut, around)
        return found, is_whole

    def is_exhausted(self) -> bool:
        """Count one step of the question at hand; True when it has taken too many."""
        self._steps += 1
        return self._steps > MAX_STEPS

    def all(self, bound: Bound) -> Terms:
        """`resolve` for a bound value."""
        return self.resolve(bound.value, bound.frame)

    def one(self, value: Value, frame: Frame) -> Term:
        """The only term, or Unknown."""
        found = self.resolve(value, frame)
        return found[0] if len(found) == 1 else Unknown("several values are possible")

    @staticmethod
    def _limit(terms: Iterable[Term]) -> Terms:
        given = tuple(terms)
        if len(given) < 2:
            return given
        found: list[Term] = []
        by_type: dict[type, list[Term]] = {}
        seen: set[int] = set()
        for term in given:
            if id(term) in seen:
                continue
            seen.add(id(term))
            alike = by_type.setdefault(type(term), [])
            if term not in alike:
                alike.append(term)
                found.append(term)
                if len(found) > MAX_TERMS:
                    return (Unknown("too many alternatives"),)
        return tuple(found)

    def frame_of(self, module: Module, function: int) -> Frame:
        """The frame that stands for all activations of a function."""
        if function == 0:
            return module.top
        key = (module.path, function)
        frame = self._frames.get(key)
        if frame is None:
            frame = Frame(module=module, function=function)
            self._frames[key] = frame
        return frame

    def _evaluate(self, value: Value, frame: Frame) -> Iterable[Term]:
        match value:
            case Const(constant):
                return (Known(constant),)
            case Redacted(shown, identity, span):
                return (Secret(shown, identity, frame.module.location(span)),)
            case Global(name):
                return self.names.of_global(name, frame.module)
            case Imported():
                return self.names.imported(value, frame.module)
            case Param(function, name):
                return self.parameters.in_frame(function, name, frame)
            case Attr(base, name):
                return self._attribute(value, base, name, frame)
            case Item(base, key):
                return self._item(value, base, key, frame)
            case Element(base):
                return [term for owner in self.resolve(base, frame) for term in self.items.element(owner, base, frame)]
            case Result(site):
                return self.results.of_call(site, frame)
            case DictOf():
                return (Mapping(value, frame),)
            case SeqOf():
                return (Sequence(value, frame),)
            case OneOf(options):
                return [term for option in options for term in self.resolve(option, frame)]
            case Some(inner):
                rest = [term for term in self.resolve(inner, frame) if term != NOTHING]
                return [_optional(term) for term in rest]
            case Joined(parts):
                return (Compound("text", tuple(Bound(part, frame) for part in parts)),)
            case FunctionRef(index):
                return (Function(frame.module, index, None, frame),)
            case ClassRef(index):
                return (Class(frame.module, index),)
            case Op(kind, operands):
                return self._operation(kind, operands, frame)
            case Opaque(why):
                return (Unknown(why),)
            case Elsewhere(inner, at):
                assert isinstance(at, Frame)
                return self.resolve(inner, at)

    def _attribute(self, value: Attr, base: Value, name: str, frame: Frame) -> Iterable[Term]:
        found = tuple(self.members.of_any(self.resolve(base, frame), name, frame.module))
        kept = self.containers.attribute(value, frame) if all(isinstance(term, External) for term in found) else ()
        return kept or found

    def _item(self, value: Item, base: Value, key: Value, frame: Frame) -> Iterable[Term]:
        found = [term for owner in self.resolve(base, frame) for term in self.items.item(owner, Bound(key, frame))]
        is_open = all(isinstance(term, ItemOf | Environment | Unknown) for term in found)
        return (self.containers.item(value, frame) if is_open else ()) or found

    def _operation(self, kind: str, operands: tuple[Value, ...], frame: Frame) -> Iterable[Term]:
        if kind == "enter":
            return [term for manager in self.resolve(operands[0], frame) for term in self.results.entered(manager)]
        if kind == "annotated":
            return self.classes.typed(operands[0], frame)
        if kind == "declared":
            held = self.resolve(operands[0], frame)
            typed = self.classes.typed(operands[1], frame) if all(is_vague(term) for term in held) else ()
            return typed or held
        if kind == "get":
            owners = self.resolve(operands[0], frame)
            found = [term for owner in owners for term in self.items.item(owner, Bound(operands[1], frame))]
            missing = [term for term in found if isinstance(term, Unknown) and term.why == "no such key"]
            rest = [term for term in found if term not in missing]
            is_sure = rest and not missing and isinstance(self.one(operands[1], frame), Known)
            return rest if is_sure else [*rest, *self.resolve(operands[2], frame)]
        return (Compound(kind, tuple(Bound(operand, frame) for operand in operands)),)


def _optional(term: Term) -> Term:
    """A parameter's value where it is known to be given."""
    if isinstance(term, Parameter):
        return INJECTED
    return term._replace(is_optional=True) if isinstance(term, Typed) else term
