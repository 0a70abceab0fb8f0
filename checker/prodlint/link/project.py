"""The link stage as a whole: facts in, linked model out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

from prodlint.facts import Attr, Global, Imported, Span
from prodlint.frameworks.tables import Frameworks
from prodlint.levels import Defaults
from prodlint.link.blocking import Blocking
from prodlint.link.caches import Caches
from prodlint.link.callers import Callers
from prodlint.link.calls import Calls
from prodlint.link.contexts import Contexts
from prodlint.link.credentials import credentials_of
from prodlint.link.entries import Entries
from prodlint.link.flow import Flow
from prodlint.link.guards import Guards
from prodlint.link.objects import Objects, SdkObject
from prodlint.link.omissions import Omissions
from prodlint.link.program import Program
from prodlint.link.reach import Reach
from prodlint.link.requests import Found, Request, Requests
from prodlint.link.resolve import Resolver
from prodlint.link.settings import Settings
from prodlint.link.terms import Bound, Made, Module, name_of
from prodlint.model import Client, ModelCall, Project
from prodlint.sdks.catalogue import Catalogue
from prodlint.sdks.editions import NEWEST_WITH, Editions, Release
from prodlint.values import replace

RECURSION_LIMIT = 8_000
"""Python frames: `MAX_DEPTH` evaluations of some ten frames each, several times over where questions nest."""


class Linked:
    """The requests of the modules that are parsed so far: where they are at first, and on demand the whole model."""

    def __init__(
        self, program: Program, editions: Editions, frameworks: Frameworks, defaults: Defaults, reach: Reach
    ) -> None:
        """`defaults` has the numbers that suggestions use."""
        self._program = program
        self._catalogue = editions.whole
        self._resolver = resolver = Resolver(program, frameworks)
        self._callers = callers = Callers(program, resolver)
        self._contexts = contexts = Contexts(program, frameworks)
        callers.is_staged = contexts.is_staged
        contexts.edges = callers.edges
        resolver.is_public = contexts.is_public
        resolver.is_public_class = contexts.is_public_class
        self._entries = entries = Entries(program, resolver, callers, frameworks)
        self._objects = objects = Objects(resolver, editions)
        with _frames():
            settings = Settings(resolver, frameworks, _module_writes(program, resolver, self._catalogue))
            guards = Guards(program, resolver, callers, frameworks)
            caches = Caches(program, resolver, callers, frameworks)
            flow = Flow(resolver, frameworks)
            self._calls = Calls(resolver, settings, flow, guards, caches, contexts, editions, defaults)
            self._requests = Requests(program, resolver, objects, entries, settings, guards, self._calls, reach)
            self._found = list(self._requests.find())

    @cached_property
    def wanted(self) -> frozenset[tuple[str, str]]:
        """(function name, a name that a file calling it must mention, or a folder, with a slash, below which it must
        stand): callers that files not parsed yet may hold. Also (container, key): who keeps something there."""
        with _frames():
            return frozenset((*_wanted(self._found, self._callers), *_sought(self._program, self._objects)))

    @cached_property
    def project(self) -> Project:
        """The linked model."""
        with _frames():
            requests = self._requests
            found = sorted(requests.completed(self._found), key=lambda request: request.call.location)
            return Project(
                calls=tuple(request.call for request in found),
                clients=tuple(_clients(found, self._calls, requests.omissions)),
                async_blocks=tuple(Blocking(self._callers, self._entries, self._contexts).find(found)),
                credentials=tuple(credentials_of(self._program, self._resolver, self._catalogue)),
            )

    @property
    def failed(self) -> Mapping[str, str]:
        """Modules that could not be linked whole, by path, and why."""
        return self._requests.failed


@contextmanager
def _frames() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _module_writes(program: Program, resolver: Resolver, catalogue: Catalogue) -> dict[str, list[tuple[Bound, Span]]]:
    """Assignments to the attributes of SDK modules that hold settings (`openai.timeout = 30`), by dotted name."""
    names = {
        spelling.path[-1]
        for record in catalogue.records
        if record.function_defaults is not None
        for spellings in record.function_defaults.settings.values()
        for spelling in spellings
    }
    found: dict[str, list[tuple[Bound, Span]]] = {}
    for module in filter(program.is_searched, list(program.modules.values())):
        for change in module.facts.assignments:
            if change.key in names and isinstance(change.base, Global | Imported | Attr):
                frame = resolver.frame_of(module, change.function)
                for term in resolver.resolve(change.base, frame):
                    name = name_of(term)
                    if name and not name.startswith("."):
                        found.setdefault(f"{name}.{change.key}", []).append((Bound(change.value, frame), change.span))
    return found


def _clients(found: list[Request], calls: Calls, omissions: Omissions) -> Iterable[Client]:
    """One client for each constructor in the project, and one for each request on any other client."""
    by_maker: dict[tuple[str, int], tuple[Made, list[Request]]] = {}
    loose: list[Request] = []
    for request in found:
        makers = request.makers
        for made in makers:
            by_maker.setdefault((made.module.path, made.site), (made, []))[1].append(request)
        if not makers:
            loose.append(request)
    clients = [_constructed(made, users, calls, omissions) for made, users in by_maker.values()]
    clients.extend(_loose(request, calls) for request in loose)
    return sorted(clients, key=lambda client: client.location)


def _constructed(made: Made, users: list[Request], calls: Calls, omissions: Omissions) -> Client:
    targets = [target for match in users[0].matches if (target := match.target) is not None and target.made is not None]
    target = next(target for target in targets if target.made is not None and target.made.location == made.location)
    affected = {request.call.location: _on_made(request, made, omissions) for request in users}
    facts = made.module.facts.functions[made.call.function]
    release = _release(made, target, users, calls)
    models = [request.call.known_model for request in users if request.call.known_model is not None]
    written = _written(_public(name_of(made.callee), target.cls.names))
    return Client(
        location=made.location,
        is_constructor=True,
        name=target.cls.title or written,
        constructor=written if target.cls.title else "",
        sdk=target.record.name.replace("_", "-"),
        sdk_version=release.version,
        sdk_distribution=release.distribution,
        sdk_version_origin=release.origin,
        symbol=facts.qualname,
        calls=tuple(affected.values()),
        spelling=calls.spelled(target.cls.suggest, models, least_retries=target.cls.retries_default),
        instead=calls.spelled(target.cls.instead, models),
        names=target.record.names,
        contested=calls.contested(made.module, made.call, target.cls.suggest),
        positional=target.cls.positional,
        is_handed_over=made.bare,
        timeout_default=target.cls.timeout_default,
        retries_default=target.cls.retries_default,
        timeout_covers_retries=target.cls.timeout_covers_retries,
        in_test=all(request.call.in_test for request in users) or calls.contexts.is_test(made.module),
    )


def _release(made: Made, target: SdkObject, users: list[Request], calls: Calls) -> Release:
    """The release behind a client: what its requests give may tell."""
    release = calls.editions.at(made.module.path).release(target.record, name_of(made.callee))
    for request in users:
        call = request.call
        if call.sdk_distribution == release.distribution and call.sdk_version_origin.startswith(NEWEST_WITH):
            return replace(release, version=call.sdk_version, origin=call.sdk_version_origin)
    return release


def _on_made(request: Request, made: Made, omissions: Omissions) -> ModelCall:
    """The request as it is when it runs on the client that is made there, for that caller of the function around."""
    call, match = request.on(made)
    return call if match is None else omissions.told_by_callers(call, match)


def _public(name: str, names: tuple[str, ...]) -> str:
    """The name under which an SDK offers what it also has under `name`: `xai_sdk.AsyncClient` for
    `xai_sdk.aio.client.Client`. Only for classes that are named after no SDK."""
    last = name.rpartition(".")[2]
    if last not in ("Client", "AsyncClient") or name not in names:
        return name
    return min(names, key=lambda other: (other.count("."), not other.endswith(f".{last}")))


def _written(name: str) -> str:
    """A class as people write it: `OpenAI`, but `genai.Client`, `boto3.client`."""
    *_, owner, last = ("", *name.removesuffix("()").split("."))
    if owner.endswith("()") and owner[0].islower():
        return last  # the method of an object that some function gives
    owner = owner.removesuffix("()")
    is_vague = last.lower() in ("client", "asyncclient", "create_client") or owner[:1].isupper()
    return f"{owner}.{last}" if owner and is_vague else last


def _loose(request: Request, calls: Calls) -> Client:
    match = request.matches[0]
    cls = match.target.cls if match.target is not None else match.record.function_defaults
    name = match.operation.path
    spelling = request.call.spelling
    if match.target is not None:
        name = match.target.cls.title or _written(match.target.cls.names[0])
    elif cls is not None:
        spelling = {**calls.spelled(cls.suggest, [], least_retries=cls.retries_default), **spelling}
    return Client(
        location=request.call.location,
        is_constructor=False,
        name=name,
        sdk=request.call.sdk,
        sdk_version=request.call.sdk_version,
        sdk_distribution=request.call.sdk_distribution,
        sdk_version_origin=request.call.sdk_version_origin,
        symbol=request.call.symbol,
        calls=(request.call,),
        spelling=spelling,
        instead=calls.spelled(match.operation.instead or (cls.instead if cls is not None else {}), []),
        names=request.call.names,
        positional=request.call.positional,
        timeout_default=cls.timeout_default if cls is not None else None,
        retries_default=cls.retries_default if cls is not None else 0,
        timeout_covers_retries=cls is not None and cls.timeout_covers_retries,
        in_test=request.call.in_test,
    )


def _wanted(found: list[Found], callers: Callers) -> Iterable[tuple[str, str]]:
    """Functions on the way up from requests, with a name that a file which calls them must mention, or a folder below
    which it must stand."""
    importers: dict[str, set[str]] = {}
    for module in callers.program.modules.values():
        for name in module.facts.imports:
            importers.setdefault(name.rpartition(".")[2], set()).add(_stem(module))
    seen: set[tuple[str, int]] = set()
    level: list[tuple[Module, int]] = [(request.module, request.function) for request in found]
    for _ in range(5):
        following: list[tuple[Module, int]] = []
        for module, function in level:
            key = (module.path, function)
            if function == 0 or key in seen:
                continue
            seen.add(key)
            facts = module.facts.functions[function]
            owner = module.facts.classes[facts.owner].name if facts.owner >= 0 else ""
            stem = _stem(module)
            if facts.name == "__init__":
                yield owner, owner
            elif not facts.is_lambda:
                yield facts.name, owner or stem
                if not owner and module.path.endswith("/__init__.py"):
                    yield facts.name, module.path.removesuffix("__init__.py")  # `from . import ask` names no module
                if facts.owner >= 0:
                    yield owner, owner
                    for base in module.facts.classes[facts.owner].bases:  # of which a method may call this one
                        yield facts.name, getattr(base, "name", "") or owner
                    # An object of the class may come from its module, or from one that imports it.
                    for place in (stem, *sorted(importers.get(stem, ()))):
                        yield facts.name, place
            for edge in callers.edges(module, function):
                following.append((edge.module, edge.module.facts.calls[edge.site].function))
        level = following


def _sought(program: Program, objects: Objects) -> Iterable[tuple[str, str]]:
    """Containers from which requests may have their clients, with the keys."""
    for module in filter(program.is_searched, program.modules.values()):
        yield from objects.resolver.containers.sought(module, objects.operation_tails)


def _stem(module: Module) -> str:
    """The name that an import gives a module, without the packages around it."""
    return module.path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py")
