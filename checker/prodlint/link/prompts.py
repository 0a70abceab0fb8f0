"""What is sent to a model: whether it grows from call to call, whether it varies."""

from __future__ import annotations

from prodlint.facts import Attr, CallSite, Const, Element, Item, OneOf, Op, Param, Result, SeqOf, Some, Value
from prodlint.link.entries import chain
from prodlint.link.flow import mention
from prodlint.link.lookup import Present, argument
from prodlint.link.objects import Match
from prodlint.link.resolve import Resolver
from prodlint.link.terms import Attribute, Bound, Frame, Module, Parameter, Sequence, Typed, Unknown

GROWING = ("history", "conversation", "chat", "memory", "dialog", "turns", "transcript", "thread")
"""Words in the name of a list of messages that say it grows from call to call."""


LISTS = ("messages", "contents", "msgs")
"""What a parameter for a whole list of messages is called."""


class Prompts:
    """Looks at the prompts of requests."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def of(self, match: Match, call: CallSite, frame: Frame) -> list[Bound]:
        """The arguments of a request that hold what is sent to the model."""
        found: list[Bound] = []
        for name in match.operation.prompt:
            positional = match.operation.positional
            position = positional.index(name) if name in positional else None
            for choice in argument(self.resolver, call, frame, name, position):
                if isinstance(choice, Present):
                    found.append(choice.bound)
        return found

    def grow(self, module: Module, site: int, call: CallSite, match: Match, frame: Frame) -> bool:
        """True when what is sent holds earlier answers: a history, or what a loop extends.

        Messages that are handed in by callers nobody sees may be a conversation, too.
        """
        if match.target is not None and match.target.conversation:
            return True
        for prompt in self.of(match, call, frame):
            if mention(prompt.value, (Result(site),)) or _named_like_history(prompt.value, prompt.frame.module):
                return True
            if _contains_loop_state(prompt.value, module, call) or self._is_handed_in(prompt):
                return True
        return False

    def _is_handed_in(self, prompt: Bound) -> bool:
        """True for a parameter `messages` that nothing in the project decides, or that is a history."""
        value = prompt.value
        if not isinstance(value, Param) or not value.name.lower().endswith(LISTS):
            return False
        for caller in self.resolver.callers_of(prompt.frame.module, value.function).certain:
            given, at = [argument.value for argument in caller.call.arguments], caller.frame.module
            if any(_named_like_history(item, at) or _contains_loop_state(item, at, caller.call) for item in given):
                return True
        for term in self.resolver.all(prompt):
            if isinstance(term, Parameter | Unknown | Attribute | Typed):
                return True
            if isinstance(term, Sequence) and _named_like_history(term.value, term.frame.module):
                return True
        return False

    def vary(self, match: Match, call: CallSite, frame: Frame) -> bool | None:
        """True when what is sent depends on a parameter; None when that cannot be told."""
        for prompt in self.of(match, call, frame):
            if _has_parameter(prompt.value, 0):
                return True
        return None


def _has_parameter(value: object, depth: int) -> bool:
    if isinstance(value, Param):
        return value.name not in ("self", "cls")
    if not isinstance(value, tuple) or depth > 12:
        return False
    return any(_has_parameter(part, depth + 1) for part in value)


def _named_like_history(value: Value, module: Module) -> bool:
    """True for `self.history`, a parameter `conversation`, and lists that hold such a thing."""
    name = ""
    if isinstance(value, Attr | Param):
        name = value.name.lower()
        on_self = isinstance(value, Attr) and isinstance(value.base, Param) and value.base.name == "self"
        if on_self and "message" in name:
            return True
    if any(word in name for word in GROWING):
        return True
    if isinstance(value, SeqOf):
        return any(_named_like_history(_inside(item), module) for item in value.items)
    match value:
        case Op(_, parts) | OneOf(parts):
            return any(_named_like_history(part, module) for part in parts)
        case Item(Param(), Const(str() as key)) if "messages" in key:  # the state of a graph
            return True
        case Some(inner) | Element(inner) | Item(inner, _):
            return _named_like_history(inner, module)
    return False


def _inside(item: Value) -> Value:
    return item.base if isinstance(item, Element) else item


def _contains_loop_state(value: Value, module: Module, call: CallSite) -> bool:
    """A list that is open and extended in the loop the call stands in."""
    if not isinstance(value, SeqOf) or not value.open:
        return False
    return any(module.facts.blocks[index].kind == "while" for index in chain(module, call.block))
