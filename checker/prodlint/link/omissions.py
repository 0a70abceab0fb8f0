"""Callers that leave out what a wrapper hands on and its other callers give."""

from __future__ import annotations

from collections.abc import Sequence

from prodlint.link.activations import MAX_CONTEXT
from prodlint.link.callers import Callers, Edge
from prodlint.link.contexts import Contexts
from prodlint.link.entries import Entries
from prodlint.link.guards import Guards
from prodlint.link.objects import Layer, Match
from prodlint.link.resolve import Resolver
from prodlint.link.settings import Settings
from prodlint.link.terms import Class, Function, Instance
from prodlint.model import ModelCall, Omission, Setting, State
from prodlint.values import NamedTuple, dataclass, replace

NAMES = ("max_tokens", "timeout")
"""The settings that are looked for."""

MAX_CALLERS = 40
"""Callers that are looked at for one wrapper."""

MAX_STEPS = MAX_CONTEXT
"""Wrappers around one another that are looked through: as many as are told apart by their arguments."""


class _Step(NamedTuple):
    """A call of a wrapper."""

    callee: Function
    edge: Edge


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """Who leaves out a setting of a request."""

    name: str
    match: Match
    layers: tuple[Layer, ...]
    position: int
    """The layer that stands in the wrapper."""
    is_async: bool
    most: bool


class Omissions:
    """Finds them for one request at a time."""

    def __init__(
        self,
        resolver: Resolver,
        settings: Settings,
        callers: Callers,
        contexts: Contexts,
        entries: Entries,
        guards: Guards,
    ) -> None:
        self.resolver = resolver
        self.settings = settings
        self.callers = callers
        self.contexts = contexts
        self.entries = entries
        self.guards = guards

    def added_to(
        self, settings: dict[str, Setting], match: Match, given: tuple[Layer, ...], *, is_async: bool
    ) -> dict[str, Setting]:
        """The settings of a request, the undecided ones with the callers that leave them out.

        `given` are the arguments of the request itself; the layers of its client come behind them.
        """
        found = dict(settings)
        for name in NAMES:
            setting = settings.get(name)
            if setting is not None and setting.state is State.UNKNOWN:
                left_out = tuple(self._of(name, match, given, is_async=is_async))
                if left_out:
                    found[name] = replace(setting, why=_told(left_out), left_out=left_out)
        return found

    def told_by_callers(self, call: ModelCall, match: Match) -> ModelCall:
        """A request on a client that a function makes for its callers, of which some give what others leave out: the
        constructor is not where a setting is missing that they leave out."""
        target = match.target
        made = target.made if target is not None else None
        if target is None or made is None or not made.call.function or made.frame.arguments is None:
            return call
        anyone = self.resolver.frame_of(made.module, made.call.function)
        layers = tuple(replace(layer, frame=anyone) if layer.call is made.call else layer for layer in target.layers)
        positions = [position for position, layer in enumerate(target.layers) if layer.call is made.call]
        settings = dict(call.settings)
        for name in NAMES:
            setting = settings.get(name)
            if setting is not None and setting.is_unset and positions:
                left_out = self._left_out(name, match, layers, positions[0], is_async=call.is_async, most=True)
                if left_out:
                    settings[name] = Setting(
                        state=State.UNKNOWN, constant=False, why=_told(left_out), left_out=tuple(left_out)
                    )
        return replace(call, settings=settings)

    def _of(self, name: str, match: Match, given: tuple[Layer, ...], *, is_async: bool) -> list[Omission]:
        layers = (*given, *(match.target.layers if match.target is not None else ()))
        for position, layer in enumerate(layers):
            outcome = self.settings.in_layer(name, layer)
            if outcome is None:
                continue
            if layer.frame.function and layer.frame.arguments is None:
                return self._left_out(name, match, layers, position, is_async=is_async, most=False)
            break
        return []

    def _left_out(
        self, name: str, match: Match, layers: tuple[Layer, ...], position: int, *, is_async: bool, most: bool
    ) -> list[Omission]:
        """The callers of the function in which a layer stands, and of those that hand on what they are given, for which
        nothing gives the setting, when others give it; `most`: even when more callers leave it out than give it."""
        frame = layers[position].frame
        question = _Question(name, match, layers, position, is_async, most)
        return self._in_callers(question, Function(frame.module, frame.function), (), set())[0]

    def _in_callers(
        self, question: _Question, wrapper: Function, steps: tuple[_Step, ...], seen: set[tuple[str, int]]
    ) -> tuple[list[Omission], bool]:
        """The callers that leave the setting out, of one wrapper and of those above it; and whether any gives it.

        `steps` are the calls that lead from the wrapper to the request, the last one first.
        """
        seen.add((wrapper.module.path, wrapper.index))
        without: list[tuple[_Step, ...]] = []
        above: list[Omission] = []
        given = 0
        edges = [edge for edge in self.callers.edges(wrapper.module, wrapper.index) if not edge.is_reference]
        for edge in edges[:MAX_CALLERS]:
            callee = self._callee(edge, wrapper)
            if callee is None:
                continue
            way = (*steps, _Step(callee, edge))
            setting = self._seen_from(way, question)
            if setting.is_unset or (question.name == "max_tokens" and setting.is_explicit_none):
                without.append(way)
            elif setting.state is State.SET and not setting.is_explicit_none:
                given += 1
            elif setting.state is State.UNKNOWN and not question.most and len(way) < MAX_STEPS:
                caller = Function(edge.module, edge.module.facts.calls[edge.site].function)
                if caller.index and (caller.module.path, caller.index) not in seen:
                    inner, gives = self._in_callers(question, caller, way, seen)
                    above.extend(inner)
                    given += gives
        if given and (len(without) <= max(1, given) or question.most):
            own = [way[-1].edge for way in without if question.name != "timeout" or not self._is_bounded(way, question)]
            return [*(self._omission(edge, wrapper) for edge in own), *above], True
        return above, given > 0

    def _seen_from(self, way: tuple[_Step, ...], question: _Question) -> Setting:
        """The setting as it is for one caller: the last of the way."""
        outermost = way[-1].edge
        frame = self.resolver.frame_of(outermost.module, outermost.module.facts.calls[outermost.site].function)
        for callee, edge in reversed(way):
            frame = self.resolver.activations.of_call(callee, edge.module.facts.calls[edge.site], frame)
        layers, position = question.layers, question.position
        seen = replace(layers[position], frame=frame)
        return self.settings.one(question.name, question.match, (*layers[:position], seen, *layers[position + 1 :]))

    def _is_bounded(self, way: tuple[_Step, ...], question: _Question) -> bool:
        """True when something bounds the time around one of the calls."""
        return any(
            self.guards.time_bound(edge.module, edge.site, is_async=question.is_async) is not None for _, edge in way
        )

    def _callee(self, edge: Edge, wrapper: Function) -> Function | None:
        """The wrapper as one call calls it; None where the call may lead elsewhere, too."""
        if self.contexts.is_staged(edge.module) and not self.contexts.is_staged(wrapper.module):
            return None
        call = edge.module.facts.calls[edge.site]
        frame = self.resolver.frame_of(edge.module, call.function)
        terms = self.resolver.resolve(call.callee, frame)
        callee = terms[0] if len(terms) == 1 else None
        if isinstance(callee, Class):
            init = self.resolver.classes.method(callee, "__init__")
            made = Instance(callee, edge.site, frame)
            callee = Function(init.module, init.index, made) if init is not None else None
        if not isinstance(callee, Function) or (callee.module, callee.index) != (wrapper.module, wrapper.index):
            return None
        return callee

    def _omission(self, edge: Edge, wrapper: Function) -> Omission:
        call = edge.module.facts.calls[edge.site]
        facts = wrapper.facts
        route = self.entries.route(edge.module, call.function)
        is_init = facts.name == "__init__" and facts.owner >= 0
        return Omission(
            location=edge.module.location(call.span),
            wrapper=wrapper.module.facts.classes[facts.owner].qualname if is_init else facts.qualname,
            symbol=edge.module.facts.functions[call.function].qualname,
            context=self.contexts.of(edge.module, call.function, route),
            in_test=self.contexts.is_test(edge.module),
        )


def _told(left_out: Sequence[Omission]) -> str:
    """Why the setting is not decided: it differs between callers."""
    first = left_out[0]
    others = "" if len(left_out) == 1 else f" and {len(left_out) - 1} more"
    return f"some callers give it; left out at {first.location.path}:{first.location.line}{others}"
