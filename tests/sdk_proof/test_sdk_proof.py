"""The SDK records, held against the packages themselves. Run `python scripts/prove_sdks.py`; without it all is skipped.

Which SDKs there are, and what is asked of them, comes from the records alone: `sdk_proof/plan.py`.
"""

from __future__ import annotations

import asyncio
import fnmatch
import importlib.metadata
import os
from collections.abc import Iterator

import pytest

from prodlint.sdks.schema import ClientClass, Spelling
from sdk_proof.build import KEY, Workshop
from sdk_proof.facts import Fact, facts, places
from sdk_proof.plan import Plan, Wire, plans
from sdk_proof.signatures import Open, Unprovable
from sdk_proof.wires import UNBOUNDED, Request, Seen, Server, at

ENVIRONMENT = os.environ.get("PRODLINT_PROOF_ENVIRONMENT", "")
PLANS = tuple(plans())
HERE = tuple(plan for plan in PLANS if plan.environment == ENVIRONMENT)
REQUESTS = tuple((plan, wire, name) for plan in HERE for wire in plan.wires for name in wire.names)

needs_packages = pytest.mark.skipif(not ENVIRONMENT, reason="no SDKs here: python scripts/prove_sdks.py")


@needs_packages
@pytest.mark.parametrize("plan", HERE, ids=lambda plan: plan.record.name)
def test_the_newest_proved_version_is_installed(plan: Plan) -> None:
    for package in plan.packages:
        name, _, version = package.partition("==")
        assert importlib.metadata.version(name.partition("[")[0]) == version


@needs_packages
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("plan", HERE, ids=lambda plan: plan.record.name)
def test_a_package_bears_out_every_fact_but_those_marked_as_unproved(plan: Plan) -> None:
    wrong = []
    unused = {entry.pattern for entry in plan.unproved}
    for fact in facts(Workshop(plan)):
        marks = {entry.pattern for entry in plan.unproved if fnmatch.fnmatchcase(fact.name, entry.pattern)}
        unused -= marks
        problem = _problem(fact, open_is_well=fact.may_be_open and not marks)
        if problem and not marks:
            wrong.append(f"{fact.name}: {problem}")
        elif marks and not problem and not fact.may_be_open:
            wrong.append(f"{fact.name}: can be proved, but is marked as unproved by {marks}")
    wrong += [f"{pattern}: marks no fact" for pattern in sorted(unused)]
    assert not wrong, "\n".join(wrong)


def _problem(fact: Fact, *, open_is_well: bool) -> str:
    """Why the fact is not proved; empty when it is. Packages raise all sorts of things when one looks at them."""
    try:
        fact.check()
    except Unprovable as error:
        return "" if open_is_well and isinstance(error, Open) else str(error)
    except Exception as error:
        return repr(error)
    return ""


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """Some asynchronous clients ask for the loop when they are made; some packages close the one they find."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@needs_packages
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("plan", "wire", "name"), REQUESTS, ids=[f"{plan.record.name}-{name}" for plan, _, name in REQUESTS]
)
def test_a_request_is_sent_as_the_record_says(plan: Plan, wire: Wire, name: str, server: Server) -> None:
    request = Request(workshop=Workshop(plan, url=server.url), wire=wire, name=name)
    wrong = [*_defaults(request, server), *_keywords(request, server), *_variable(request, server)]
    assert not wrong, "\n".join(wrong)


def _defaults(request: Request, server: Server) -> Iterator[str]:
    """Nothing is given: the default time limit, and the default number of attempts."""
    seen = request.send(server, status=503)
    client = _client(request)
    expected = UNBOUNDED if client.timeout_default is None else client.timeout_default
    yield from _differs("default timeout", seen, seen.limit, expected)
    attempts = request.wire.attempts or client.retries_default + 1
    yield from _differs("default attempts", seen, lambda: seen.attempts, attempts)


def _keywords(request: Request, server: Server) -> Iterator[str]:
    """Every spelling that the client and the call have for the time limit, the retries and the cap."""
    for index, (label, settings) in enumerate(places(request.workshop.plan.record, request.wire, request.name)):
        on_client = index == 0 and request.client is not None
        for setting in ("timeout", "retries", "max_tokens"):
            for spelling in settings.get(setting, ()):
                if ".".join(spelling.path) not in request.wire.without and not spelling.unclear:
                    yield from _keyword(request, server, label, setting, spelling, on_client)


def _keyword(
    request: Request, server: Server, label: str, setting: str, spelling: Spelling, on_client: bool
) -> Iterator[str]:
    value = (
        spelling.present
        if spelling.present is not None
        else {"timeout": 7.0, "retries": 1.0, "max_tokens": 77.0}[setting]
    )
    given = request.keyword(spelling, value)
    seen = request.send(
        server,
        to_client=given if on_client else {},
        to_call={} if on_client else given,
        status=503 if setting == "retries" else 400,
    )
    what = f"{label}({'.'.join(spelling.path)})"
    if setting == "timeout":
        yield from _differs(what, seen, seen.limit, value)
    elif setting == "retries":
        yield from _differs(what, seen, lambda: seen.attempts, int(value) + 1)
    else:
        body = seen.bodies[0] if seen.bodies else None
        paths = [path.split(".") for path in request.wire.body] or [spelling.path, spelling.path[1:]]
        caps = [cap for path in paths if isinstance(cap := at(body, path), int)]
        yield from _differs(what, seen, lambda: caps, [int(value)])
    if setting == "timeout" and spelling.present is None:
        yield from _none(request, server, what, spelling, on_client)


def _none(request: Request, server: Server, what: str, spelling: Spelling, on_client: bool) -> Iterator[str]:
    """`None` for a time limit is no limit, or the default."""
    default = _client(request).timeout_default
    given = _nothing(request, spelling)
    try:
        seen = request.send(server, to_client=given if on_client else {}, to_call={} if on_client else given)
    except Unprovable:
        return  # the client refuses it
    expected = UNBOUNDED if spelling.none == "value" or default is None else default
    yield from _differs(f"{what} = None", seen, seen.limit, expected)


def _nothing(request: Request, spelling: Spelling) -> dict[str, object]:
    outer = spelling.path[0]
    if len(spelling.path) == 1:
        return {outer: None}
    inner = Spelling(path=spelling.path[1:])
    kind = request.workshop.objects().get(outer)
    return {outer: kind(**_nothing(request, inner)) if kind else _nothing(request, inner)}


def _variable(request: Request, server: Server) -> Iterator[str]:
    """Without a key argument, the key of the environment reaches the server."""
    client = request.client
    if client is None or not client.key_variable:
        return
    seen = request.send(server, variable=client.key_variable)
    if not any(KEY in headers for headers in seen.headers):
        yield f"{client.key_variable}: the key was not sent: {seen.error}"


def _client(request: Request) -> ClientClass:
    """Whose defaults hold: the client's, or those of the module's functions."""
    found = request.client or request.workshop.plan.record.function_defaults
    assert found is not None, f"{request.name} has no defaults"
    return found


def _differs(what: str, seen: Seen, measure: object, expected: object) -> Iterator[str]:
    assert callable(measure)
    try:
        found = measure()
    except Unprovable as error:
        found = str(error)
    if found != expected:
        yield f"{what}: expected {expected}, but {found}; {seen.error}"
