"""Facts without the numbers of functions, classes, calls and blocks, so that two readings of a file can be compared."""

from __future__ import annotations

from typing import Any

from prodlint.facts import ClassRef, FileFacts, FunctionRef, Param, Result, Value


def canonical(facts: FileFacts) -> dict[str, object]:
    """All that the facts say, with places in the text for numbers."""
    return _Canonical(facts).whole()


class _Canonical:
    def __init__(self, facts: FileFacts) -> None:
        self.facts = facts

    def function(self, number: int) -> object:
        if number < 0:
            return number
        facts = self.facts.functions[number]
        return facts.qualname, facts.span

    def block(self, number: int) -> object:
        return number if number < 0 else (self.facts.blocks[number].kind, self.facts.blocks[number].span)

    def value(self, value: Any) -> object:
        match value:
            case Result(site):
                return "result", self.facts.calls[site].span
            case FunctionRef(number):
                return "function", self.function(number)
            case ClassRef(number):
                return "class", self.facts.classes[number].qualname, self.facts.classes[number].span
            case Param(function, name):
                return "param", self.function(function), name
            case tuple() if hasattr(value, "touched"):
                touched = tuple(self.facts.calls[site].span for site in value.touched)
                return "dict", self.value(tuple(value.entries)), touched
            case tuple():
                return type(value).__name__, *map(self.value, value)
            case dict():
                return tuple((key, self.value(inner)) for key, inner in sorted(value.items()))
        return type(value).__name__, value

    def values(self, values: tuple[Value, ...]) -> object:
        return tuple(map(self.value, values))

    def whole(self) -> dict[str, object]:
        facts = self.facts
        functions = {
            self.function(number): (
                function.name,
                self.function(function.parent),
                facts.classes[function.owner].span if function.owner >= 0 else -1,
                tuple(
                    (item.name, item.kind, self.value(item.default), self.value(item.annotation), item.span)
                    for item in function.parameters
                ),
                self.values(function.decorators),
                self.value(function.annotation),
                (function.is_async, function.is_generator, function.is_lambda, function.raises),
                self.values(function.returns),
                self.values(function.yields),
                (function.mutates, function.removes),
            )
            for number, function in enumerate(facts.functions)
        }
        classes = {
            (cls.qualname, cls.span): (
                self.values(cls.bases),
                self.values(cls.decorators),
                {name: self.function(number) for name, number in cls.methods.items()},
                self.value(cls.attributes),
                self.value(cls.annotations),
            )
            for cls in facts.classes
        }
        calls = {
            call.span: (
                self.function(call.function),
                self.value(call.callee),
                tuple((item.keyword, item.stars, self.value(item.value), item.span) for item in call.arguments),
                self.block(call.block),
                (call.awaited, call.discarded, call.deferred),
            )
            for call in facts.calls
        }
        blocks = sorted(
            repr(
                (
                    block.kind,
                    self.block(block.parent),
                    self.function(block.function),
                    self.value(block.value),
                    [(self.value(handler.type), handler.ends) for handler in block.handlers],
                    block.ends,
                    block.span,
                    block.is_async,
                )
            )
            for block in facts.blocks
        )
        changes = sorted(
            repr(
                (
                    self.value(at.base),
                    self.value(at.key),
                    self.value(at.value),
                    at.span,
                    self.function(at.function),
                    self.block(at.block),
                )
            )
            for at in facts.assignments
        )
        return {
            "functions": functions,
            "classes": classes,
            "calls": calls,
            "blocks": blocks,
            "globals": self.value(facts.globals),
            "stars": facts.star_imports,
            "assignments": changes,
            "keys": sorted(map(repr, (use._replace(function=0) for use in facts.key_uses))),
            "imports": facts.imports,
            "flags": (facts.has_main_guard, facts.tests),
        }
