"""What becomes of a generated text: inside the function that asks for it, and up to the entry point."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from prodlint.facts import (
    Attr,
    CallSite,
    Const,
    DictOf,
    Element,
    Item,
    Joined,
    OneOf,
    Op,
    Param,
    Result,
    SeqOf,
    Some,
    Value,
)
from prodlint.frameworks.tables import Frameworks
from prodlint.link.binding import bind
from prodlint.link.entries import Route
from prodlint.link.index import Mentions
from prodlint.link.resolve import Resolver
from prodlint.link.terms import Attribute, Class, Function, Instance, Module, Term, name_of
from prodlint.model import ResultUse

MAX_DEPTH = 3
"""Project functions into which a text is followed."""

NOT_TEXT = frozenset(
    {"usage", "id", "type", "model", "created", "finish_reason", "stop_reason", "tool_calls", "function_call"}
    | {"tool_use_id", "usage_metadata", "response_metadata", "logprobs", "role", "index", "total_tokens"}
    | {"prompt_tokens", "completion_tokens", "headers", "status_code"}
)
"""Attributes of an answer that are not what the model wrote."""

USES = {
    "rendered": ResultUse.RENDERED,
    "returned": ResultUse.RETURNED,
    "sent": ResultUse.SENT,
    "printed": ResultUse.PRINTED,
    "stored": ResultUse.STORED,
    "messaged": ResultUse.PASSED,
    "logged": ResultUse.PASSED,
}


class Flow:
    """Follows texts."""

    def __init__(self, resolver: Resolver, frameworks: Frameworks) -> None:
        self.resolver = resolver
        self.frameworks = frameworks
        self._inside: dict[tuple[str, int], set[int]] = {}

    def uses(self, module: Module, site: int, route: Route | None) -> frozenset[ResultUse]:
        """Everything that happens to the answer of the call at `site`, along `route` where there is one."""
        function = module.facts.calls[site].function
        found = self._in_function(module, function, (Result(site),), 0)
        if route is not None:
            for edge in reversed(route.edges):
                if ResultUse.RETURNED not in found:
                    break
                found.discard(ResultUse.RETURNED)
                caller = edge.module.facts.calls[edge.site].function
                found |= self._in_function(edge.module, caller, (Result(edge.site),), 0)
            if ResultUse.RETURNED in found and not route.entry.returns:
                found.discard(ResultUse.RETURNED)
                found.add(ResultUse.PASSED)
        if not found and module.facts.calls[site].discarded:
            found.add(ResultUse.DISCARDED)
        return frozenset(found)

    def _functions(self, module: Module, function: int) -> set[int]:
        """A function and those defined in it, without methods; the module body alone."""
        key = (module.path, function)
        known = self._inside.get(key)
        if known is None:
            known = {function}
            waiting = [function] if function else []
            while waiting:
                for index in module.index.nested(waiting.pop()):
                    if module.facts.functions[index].owner < 0:
                        known.add(index)
                        waiting.append(index)
            self._inside[key] = known
        return known

    def _in_function(
        self, module: Module, function: int, seeds: Iterable[Result | Param], depth: int
    ) -> set[ResultUse]:
        found: set[ResultUse] = set()
        followed = set(seeds)
        inside = self._functions(module, function)

        def visit(site: int) -> bool:
            call = module.facts.calls[site]
            if call.function not in inside or Result(site) in followed:
                return False
            is_text = self._at_call(module, site, call, followed, found, depth)
            if is_text:
                followed.add(Result(site))
            return is_text

        module.index.follow(seeds, visit)
        for value in followed:
            found.update(self._at_the_end(module.index.mentions(value), function, followed))
        return found

    @staticmethod
    def _at_the_end(mentions: Mentions, function: int, followed: set[Result | Param]) -> Iterator[ResultUse]:
        """What a function does with the texts apart from calls."""
        for at, value in mentions.returns:
            kind = mention(value, followed) if at == function else ""
            if kind:
                yield ResultUse.PARSED if kind == "parsed" else ResultUse.RETURNED
        for at, value in mentions.yields:
            if at == function and mention(value, followed):
                yield ResultUse.RETURNED
        for block in mentions.blocks:
            is_test = block.function == function and block.kind in ("if", "while", "else")
            if is_test and block.value is not None and mention(block.value, followed) == "parsed":
                yield ResultUse.PARSED
        for change in mentions.assignments:
            if change.function == function and mention(change.value, followed):
                yield ResultUse.STORED

    def _at_call(
        self,
        module: Module,
        site: int,
        call: CallSite,
        followed: set[Result | Param],
        found: set[ResultUse],
        depth: int,
    ) -> bool:
        """Note what a call does with a followed text; True when its result still is that text."""
        receiver = call.callee.base if isinstance(call.callee, Attr) else None
        on_text = receiver is not None and mention(receiver, followed) != ""
        given = [argument for argument in call.arguments if mention(argument.value, followed)]
        if not on_text and not given:
            return False
        if any(mention(argument.value, followed) == "parsed" for argument in given):
            found.add(ResultUse.PARSED)
        frame = self.resolver.frame_of(module, call.function)
        keeps = False
        for callee in self.resolver.resolve(call.callee, frame):
            keeps = self._by_callee(callee, module, site, call, followed, found, depth, on_text) or keeps
        return keeps

    def _by_callee(
        self,
        callee: Term,
        module: Module,
        site: int,
        call: CallSite,
        followed: set[Result | Param],
        found: set[ResultUse],
        depth: int,
        on_text: bool,
    ) -> bool:
        if isinstance(callee, Class):
            return True  # a model or message object around the text
        if isinstance(callee, Function):
            return self._into(callee, call, followed, found, depth)
        name = name_of(callee)
        if isinstance(callee, Attribute) and (not name or name.startswith(".")):
            name = self._of_base(callee) or name or f".{callee.name}"
        if on_text and isinstance(callee, Attribute):
            name = f".{callee.name}"
        sink = self.frameworks.sinks.find(name, module.imports) if name else None
        if sink is not None:
            use = USES.get(sink.use, ResultUse.PASSED)
            if use is ResultUse.RETURNED:
                return True
            found.add(use)
            return False
        step = self.frameworks.text_steps.find(name, module.imports) if name else None
        if step is not None:
            if step.effect == "parsed":
                found.add(ResultUse.PARSED)
                return False
            return True
        wrapper = self.frameworks.values.find(name) if name else None
        if wrapper is not None or self.frameworks.offloads.find(name, module.imports) or self._bounds(name):
            return True
        found.add(ResultUse.PASSED)
        return on_text

    def _of_base(self, callee: Attribute) -> str:
        """The name of a method that an object has from a base class outside the project: `self.write`; else empty."""
        names: list[str] = []
        root: Term = callee
        while isinstance(root, Attribute):
            names.append(root.name)
            root = root.base
        outside = self.resolver.classes.ancestry(root.cls)[1] if isinstance(root, Instance) else []
        base = next((name for term in outside if (name := name_of(term))), "")
        return ".".join([f"{base}()", *reversed(names)]) if base else ""

    def _bounds(self, name: str) -> bool:
        row = self.frameworks.time_bounds.find(name) if name else None
        return row is not None and row.form == "call"

    def _into(
        self, callee: Function, call: CallSite, followed: set[Result | Param], found: set[ResultUse], depth: int
    ) -> bool:
        """Follow the text into a project function; True when the function gives it back."""
        if depth >= MAX_DEPTH:
            found.add(ResultUse.PASSED)
            return False
        facts = callee.facts
        skip = callee.receiver is not None and bool(facts.parameters)
        bound = bind(facts.parameters, call, callee.module.top, skip=skip)
        seeds = tuple(
            Param(callee.index, name) for name, argument in bound.items() if mention(argument.value, followed)
        )
        if not seeds:
            found.add(ResultUse.PASSED)
            return False
        inside = self._in_function(callee.module, callee.index, seeds, depth + 1)
        comes_back = ResultUse.RETURNED in inside
        inside.discard(ResultUse.RETURNED)
        found |= inside
        return comes_back


def mention(value: Value, followed: Container[Value]) -> str:
    """How a value contains a followed text: `whole`, `parsed` (compared, measured, cut), or empty for not at all."""
    match value:
        case Result() | Param():
            return "whole" if value in followed else ""
        case Attr(base, name):
            return "" if name in NOT_TEXT else mention(base, followed)
        case Item(base, Const(str(key))) if key in NOT_TEXT:
            return ""
        case Item(base, _) | Element(base) | Some(base):
            return mention(base, followed)
        case OneOf(parts) | Joined(parts):
            return _first(parts, followed)
        case SeqOf(_, items, _):
            return _first(items, followed)
        case DictOf(entries, _):
            return _first([entry.value for entry in entries], followed)
        case Op(kind, operands):
            inner = _first(operands, followed)
            if inner and kind.startswith("compare:") and not _is_none_test(operands):
                return "parsed"
            return "" if kind in ("not",) or kind.startswith("compare:") else inner
    return ""


def _is_none_test(operands: tuple[Value, ...]) -> bool:
    return any(isinstance(operand, Const) and operand.value is None for operand in operands)


def _first(parts: Iterable[Value], followed: Container[Value]) -> str:
    kinds = [mention(part, followed) for part in parts]
    return "parsed" if "parsed" in kinds else next((kind for kind in kinds if kind), "")
