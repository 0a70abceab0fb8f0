"""What the linked model says of one request."""

from __future__ import annotations

from collections.abc import Mapping

from prodlint.facts import Argument, Attr, CallSite, DictOf, Element, Global, Item, Result
from prodlint.levels import Defaults
from prodlint.link.caches import Caches
from prodlint.link.contexts import Contexts
from prodlint.link.entries import Route
from prodlint.link.flow import Flow
from prodlint.link.guards import Guards
from prodlint.link.handed import HandedOut
from prodlint.link.hosts import constants, foreign_hosts, owners
from prodlint.link.lookup import Absent, Present, Undecided, argument
from prodlint.link.objects import Match
from prodlint.link.prompts import Prompts
from prodlint.link.resolve import Resolver
from prodlint.link.settings import Settings
from prodlint.link.terms import NOTHING, External, Frame, Made, Module, Sequence, Term, name_of
from prodlint.model import KnownModel, ModelCall, Setting, State, Step, Streaming
from prodlint.sdks.editions import Editions, Release, with_keyword
from prodlint.sdks.schema import ClientClass, Operation

_ENTERED = ("for", "comprehension", "with")
"""Blocks that are asynchronous for the results of an asynchronous client."""


class Calls:
    """Fills `ModelCall`s."""

    def __init__(
        self,
        resolver: Resolver,
        settings: Settings,
        flow: Flow,
        guards: Guards,
        caches: Caches,
        contexts: Contexts,
        editions: Editions,
        defaults: Defaults,
    ) -> None:
        """`defaults` has the numbers that suggestions use."""
        self.resolver = resolver
        self.settings = settings
        self.flow = flow
        self.guards = guards
        self.handed_out = HandedOut(guards)
        self.caches = caches
        self.contexts = contexts
        self.editions = editions
        self.numbers = {
            "timeout": defaults.timeout,
            "max_tokens": defaults.max_tokens,
            "retries": defaults.max_retries,
        }
        self.keeps_retries = "max_retries" in defaults.configured
        self.owners = owners(editions.whole.keys)
        self.prompts = Prompts(resolver)

    def fill(
        self,
        module: Module,
        site: int,
        call: CallSite,
        matches: tuple[Match, ...],
        settings: dict[str, Setting],
        each: tuple[dict[str, Setting], ...],
        route: Route | None,
        *,
        by_reference: bool,
    ) -> ModelCall:
        """The request at `site`, which runs on one of the clients of `matches`, with the settings of `each`; `settings`
        holds what those agree on."""
        match = matches[0]
        model = _known_model(settings)
        suggestions = self._suggestions(match, model)
        operation, record, target = match.operation, match.record, match.target
        facts = module.facts.functions[call.function]
        frame = self.resolver.frame_of(module, call.function)
        context = self.contexts.of(module, call.function, route)
        modes = {self._is_async(module, site, call, each, by_reference=by_reference) for each in matches}
        is_async = modes == {True}
        if len(modes) > 1:  # it may be either; what is done with the result tells
            is_async = call.awaited or not is_used_at_once(module, site, call)
        offloaded = self.guards.is_offloaded(module, site) or (
            by_reference and self.guards.hands_over(module, module.facts.calls[site])
        )
        cap = operation.cap_default
        if cap is None and target is not None:
            cap = target.cls.cap_default
        release = self._release(match, module, call, frame)
        retry = self.guards.retry(module, site, by_reference=by_reference)
        is_switched_off = any("retries" in one and one["retries"].is_zero for one in (settings, *each))
        return ModelCall(
            location=module.location(call.span),
            sdk=record.name.replace("_", "-"),
            sdk_version=release.version,
            sdk_distribution=release.distribution,
            sdk_version_origin=release.origin,
            operation=operation.path,
            kind=operation.kind,
            is_async=is_async,
            symbol=facts.qualname,
            settings=settings,
            known_model=model,
            spelling=self.spelled(
                suggestions, [model] if model else [], operation.suggest_otherwise, self._retries_default(match)
            ),
            names=record.names,
            contested=self.contested(module, call, suggestions),
            positional=operation.positional,
            streaming=_streaming(operation),
            context=context,
            entry_path=self._steps(route, module, call),
            entry_kind=route.entry.kind if route is not None else "",
            in_async_function=self._in_async(module, call),
            offloaded=offloaded,
            time_bound=self.guards.time_bound(module, site, is_async=is_async, by_reference=by_reference),
            retry=retry,
            may_be_repeated=retry is None
            and is_switched_off
            and self.handed_out.may_be_repeated(module, site, by_reference=by_reference),
            cache=self.caches.around(module, site),
            result_uses=self.flow.uses(module, site, route),
            is_structured=self._is_structured(match, call, frame),
            has_tools=self._has_tools(match, call, frame),
            grows_history=self.prompts.grow(module, site, call, match, frame),
            repeatable=self.contexts.repeats(module, call.function, context),
            input_varies=self.prompts.vary(match, call, frame),
            cap_is_required=operation.cap_required,
            cap_default=cap,
            attempts_by_default=1 + self._retries_default(match),
            in_test=self.contexts.is_test(module),
        )

    def _in_async(self, module: Module, call: CallSite) -> bool:
        index = call.function
        while module.facts.functions[index].is_lambda:
            index = module.facts.functions[index].parent
        return module.facts.functions[index].is_async and not module.facts.functions[call.function].is_lambda

    @staticmethod
    def _retries_default(match: Match) -> int:
        cls = match.target.cls if match.target is not None else match.record.function_defaults
        return cls.retries_default if cls is not None else 0

    def _release(self, match: Match, module: Module, call: CallSite, frame: Frame) -> Release:
        """The release behind a request: the one that holds where its client is made, when that is known, unless the
        request gives what only others take."""
        target = match.target
        if target is None:
            release = self.editions.at(module.path).release(match.record, match.operation.path)
        elif target.made is None:
            release = self.editions.at(module.path).release(match.record, target.cls.names[0])
        else:
            release = self.editions.at(target.made.module.path).release(match.record, name_of(target.made.callee))
        for keyword, versions in match.operation.only_in.items():
            if self._keyword_given((keyword,), call, frame):
                return with_keyword(release, match.record, keyword, versions)
        return release

    def _suggestions(self, match: Match, model: KnownModel | None) -> Mapping[str, str]:
        """How to give settings at the call: other hosts than the SDK's own, and older versions of it, accept less."""
        operation, target = match.operation, match.target
        made = target.made if target is not None else None
        if target is None or made is None or not operation.suggest_elsewhere:
            return operation.suggest
        if model is not None and any(
            text.partition("=")[0] in model.rejects for text in operation.suggest_elsewhere.values()
        ):
            return operation.suggest
        hosts = foreign_hosts(self.resolver, made.call, made.frame, target.cls, self.owners)
        if hosts or hosts is None or self._is_older(made, target.cls):
            return {**operation.suggest, **operation.suggest_elsewhere}
        return operation.suggest

    def _is_older(self, made: Made, cls: ClientClass) -> bool:
        """True when a client asks for a version of the API that is known to be an older one."""
        return any(
            version < first
            for name, first in cls.older_api.items()
            for version in constants(self.resolver, made.call, made.frame, name) or ()
        )

    def spelled(
        self,
        suggest: Mapping[str, str],
        models: list[KnownModel],
        otherwise: Mapping[str, str] | None = None,
        least_retries: int = 0,
    ) -> dict[str, str]:
        """The record's suggestions with the project's numbers, as far as the models allow them.

        `otherwise` has the suggestions for models that reject the usual keyword; `least_retries` is what the SDK makes
        unasked, which only a number of the project's own lowers.
        """
        found: dict[str, str] = {}
        limits = [model.max_output for model in models if model.max_output is not None]
        for name, usual in suggest.items():
            is_rejected = any(usual.partition("=")[0] in model.rejects for model in models)
            text = (otherwise or {}).get(name, usual) if is_rejected else usual
            number = self.numbers.get(name)
            if name == "max_tokens" and number is not None:
                number = min([number, *limits])
            if name == "retries" and number is not None and not self.keeps_retries:
                number = max(number, least_retries)
            if number is None:
                found[name] = text
                continue
            shown = f"{int(number)}" if number == int(number) else f"{number}"
            filled = text.replace("{value}", shown).replace("{milliseconds}", f"{int(number * 1000):_}")
            found[name] = filled.replace("{attempts}", f"{int(number) + 1}")
        return found

    def contested(self, module: Module, call: CallSite, suggest: Mapping[str, str]) -> frozenset[str]:
        """The settings whose keyword a caller may give in what a call splats, or something else that is not in sight.

        A dict that is made where it is splatted is no secret to the fix, which writes into it.
        """
        splats = tuple(given for given in call.arguments if given.stars == 2 and not self._is_in_sight(module, given))
        if not splats:
            return frozenset()
        frame = self.resolver.frame_of(module, call.function)
        open_call = call._replace(arguments=splats)
        return frozenset(
            name
            for name, text in suggest.items()
            if any(
                not isinstance(choice, Absent)
                for choice in argument(self.resolver, open_call, frame, text.partition("=")[0].strip(), None)
            )
        )

    @staticmethod
    def _is_in_sight(module: Module, given: Argument) -> bool:
        """True for a dict whose entries are all written in this file."""
        value = given.value
        if isinstance(value, Global):
            value = module.facts.globals.get(value.name, value)
        return isinstance(value, DictOf) and all(entry.key is not None for entry in value.entries)

    def _is_async(self, module: Module, site: int, call: CallSite, match: Match, *, by_reference: bool) -> bool:
        if match.operation.mode in ("sync", "async"):
            return match.operation.mode == "async"
        mode = match.target.mode if match.target is not None else ""
        if mode in ("sync", "async"):
            return mode == "async"
        if call.awaited:
            return not by_reference
        if match.target is None and not match.why:
            return False
        if by_reference:
            return False
        return module.facts.functions[call.function].is_async and not is_used_at_once(module, site, call)

    def _keyword_given(self, keywords: tuple[str, ...], call: CallSite, frame: Frame) -> bool:
        for path in keywords:
            for choice in self.settings.choices(path.split("."), call, frame):
                given = choice.possible if isinstance(choice, Undecided) else choice
                if isinstance(given, Present):
                    terms = self.resolver.all(given.bound)
                    if not all(self._is_empty(term) for term in terms):
                        return True
        return False

    def _is_empty(self, term: Term) -> bool:
        if isinstance(term, External):
            return self.resolver.frameworks.sentinels.find(term.name) is not None
        return term == NOTHING or (isinstance(term, Sequence) and not term.value.items and not term.value.open)

    def _is_structured(self, match: Match, call: CallSite, frame: Frame) -> bool:
        if match.operation.always_structured or (match.target is not None and match.target.structured):
            return True
        return self._keyword_given(match.operation.structured, call, frame)

    def _has_tools(self, match: Match, call: CallSite, frame: Frame) -> bool:
        if match.target is not None and match.target.tools:
            return True
        return self._keyword_given(match.operation.tools, call, frame)

    def _steps(self, route: Route | None, module: Module, call: CallSite) -> tuple[Step, ...]:
        if route is None:
            return ()
        first = route.entry.module.facts.functions[route.entry.function]
        name = first.qualname or "<module>"
        location = route.entry.module.location(first.span)
        if route.entry.function == 0:
            at = route.edges[0] if route.edges else None
            span = at.module.facts.calls[at.site].span if at is not None else call.span
            location = route.entry.module.location(span)
        steps = [Step(name=name, location=location, kind=route.entry.title)]
        functions = [edge.module.facts.calls[edge.site].function for edge in route.edges[1:]]
        for index, edge in enumerate(route.edges):
            if index + 1 < len(route.edges):
                at_module, function = route.edges[index + 1].module, functions[index]
            else:
                at_module, function = module, call.function
            qualname = at_module.facts.functions[function].qualname or "<module>"
            called = edge.module.facts.calls[edge.site]
            steps.append(Step(name=qualname, location=edge.module.location(called.span)))
        return tuple(steps)


def _known_model(settings: Mapping[str, Setting]) -> KnownModel | None:
    """What the model table knows of the model that a request names in the source."""
    setting = settings.get("model")
    if setting is None or setting.state is not State.SET or not isinstance(setting.value, str) or not setting.constant:
        return None
    from prodlint.sdks.models.table import load

    return load().find(setting.value)


def _streaming(operation: Operation) -> Streaming | None:
    row = operation.streaming
    if not row:
        return None
    return Streaming(answer=row["answer"], chunk=row["chunk"], guard=row.get("guard", ""), for_page="page" in row)


def mode_of_use(module: Module, site: int, call: CallSite) -> str:
    """`async` for a request whose result is awaited or the subject of `async for` or `async with`, `sync` for one whose
    result is used as it is, else empty."""
    if call.awaited:
        return "async"
    blocks = module.index.mentions(Result(site)).blocks
    ways = {block.is_async for block in blocks if block.value == Result(site) and block.kind in _ENTERED}
    if True in ways:
        return "async"
    return "sync" if ways or is_used_at_once(module, site, call) else ""


def is_used_at_once(module: Module, site: int, call: CallSite) -> bool:
    """True when an attribute or item of the un-awaited result is read: then it is no coroutine."""
    result = Result(site)
    mentions = module.index.mentions(result)
    values = [value for function, value in mentions.returns if function == call.function]
    for at in mentions.calls:
        other = module.facts.calls[at]
        if other.function == call.function:
            values.append(other.callee)
            values.extend(given.value for given in other.arguments)
    return any(_reads(value, result, 0) for value in values)


def _reads(value: object, result: Result, depth: int) -> bool:
    """True when `value` holds an attribute or item of `result`."""
    if not isinstance(value, tuple) or depth > 12:
        return False
    if isinstance(value, Attr | Element | Item) and isinstance(value.base, Result) and value.base == result:
        return True
    return any(_reads(part, result, depth + 1) for part in value)
