"""One report for one cause: which requests share the place that makes them faulty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from prodlint.api import Client, Context, Location, ModelCall, Omission, Project, Setting

_DEMANDING = {context: rank for rank, context in enumerate(Context)}
"""`Context` lists the most demanding kind of program first."""


class Cause(NamedTuple):
    """One place and the requests that are faulty because of it."""

    location: Location
    calls: tuple[ModelCall, ...]
    symbol: str
    context: Context
    """The most demanding context among the requests."""
    in_test: bool
    """True when every request is in a test."""
    at_constructor: bool = False


def causes_of_default(client: Client, name: str, calls: tuple[ModelCall, ...]) -> Iterator[Cause]:
    """Where setting `name` is missing: at the constructor when it is in the project, else at each request, as where the
    requests alone take the setting."""
    of_client = name in client.spelling or name in client.instead
    for_requests = not of_client and all(name in call.spelling for call in calls)
    if client.is_constructor and not for_requests:
        if calls:
            yield Cause(
                location=client.location,
                calls=calls,
                symbol=client.symbol,
                context=_most_demanding(calls),
                in_test=client.in_test or all(call.in_test for call in calls),
                at_constructor=True,
            )
        return
    for call in calls:
        yield _cause_at(call.location, client, (call,))


def causes_of_value(
    client: Client, project: Project, name: str, is_faulty: Callable[[ModelCall, Setting], bool]
) -> Iterator[Cause]:
    """The places where the faulty value of setting `name` stands.

    A value in a module-level setting or a shared constant reaches several clients; only the first of them yields it.
    """
    origins = {_origin(call, name): None for call in client.calls if _has(call, name, is_faulty)}
    for origin in origins:
        sharing = [
            (other, call)
            for other in (project.clients or (client,))
            for call in other.calls
            if _has(call, name, is_faulty) and _origin(call, name) == origin
        ]
        if not sharing or sharing[0][0] == client:
            yield _cause_at(origin, client, tuple(call for _, call in sharing))


def causes_of_omission(
    client: Client, project: Project, name: str, counts: Callable[[ModelCall], bool] = lambda _call: True
) -> Iterator[tuple[Omission, tuple[ModelCall, ...]]]:
    """The callers that leave setting `name` out where a wrapper's other callers give it, with the requests that then
    run without. A caller that several clients suffer from is yielded for the first of them alone."""
    for omission in dict.fromkeys(it for call in client.calls if counts(call) for it in _left_out(call, name)):
        sharing = [
            (other, call)
            for other in (project.clients or (client,))
            for call in other.calls
            if counts(call) and any(it.location == omission.location for it in _left_out(call, name))
        ]
        if not sharing or sharing[0][0] == client:
            yield omission, tuple(call for _, call in sharing)


def _left_out(call: ModelCall, name: str) -> tuple[Omission, ...]:
    setting = call.settings.get(name)
    return setting.left_out if setting is not None else ()


def _has(call: ModelCall, name: str, is_faulty: Callable[[ModelCall, Setting], bool]) -> bool:
    setting = call.settings.get(name)
    return setting is not None and is_faulty(call, setting)


def _origin(call: ModelCall, name: str) -> Location:
    return call.settings[name].origin or call.location


def _cause_at(location: Location, client: Client, calls: tuple[ModelCall, ...]) -> Cause:
    symbol = client.symbol if client.is_constructor and contains(client.location, location) else ""
    for call in calls:
        if contains(call.location, location):
            symbol = call.symbol
    return Cause(
        location=location,
        calls=calls,
        symbol=symbol,
        context=_most_demanding(calls),
        in_test=all(call.in_test for call in calls),
    )


def _most_demanding(calls: tuple[ModelCall, ...]) -> Context:
    return min((call.context for call in calls), key=_DEMANDING.__getitem__)


def contains(outer: Location, inner: Location) -> bool:
    """True when `inner` lies within `outer`."""
    return (
        (inner.path, inner.cell) == (outer.path, outer.cell)
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )
