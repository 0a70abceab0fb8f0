"""Requests to a server in this process, and what is seen of them: time limits, attempts, JSON, headers."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.server
import inspect
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prodlint.sdks.schema import ClientClass, Spelling
from sdk_proof.build import KEY, Workshop, called, merged, without_keys
from sdk_proof.plan import Wire
from sdk_proof.signatures import Unprovable, named, walk

UNBOUNDED = float("inf")


@dataclass(slots=True)
class Seen:
    """What one call did. `limits` are seconds, `inf` for none, one for each wait for an answer."""

    bodies: list[Any] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    error: str = ""

    @property
    def attempts(self) -> int:
        """Requests with a body: those for a token or a list of models have none."""
        return len(self.bodies)

    def limit(self) -> float:
        """The time limit of the request. Raises Unprovable when there was no request, or several limits."""
        if not self.limits or max(self.limits) - min(self.limits) > 0.5:
            raise Unprovable(f"limits {self.limits}, {self.attempts} requests, {self.error}")
        return self.limits[0] if self.limits[0] == UNBOUNDED else round(self.limits[0], 1)


class Server:
    """A server on the loopback that refuses every request."""

    def __init__(self) -> None:
        self.seen = Seen()
        self.status = 503
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                with contextlib.suppress(ValueError):
                    outer.seen.bodies.append(json.loads(body))
                outer.seen.headers.append(str(self.headers))
                answer = json.dumps({"error": {"message": "refused", "code": outer.status}}).encode()
                self.send_response(outer.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextlib.contextmanager
    def watch(self, status: int) -> Iterator[Seen]:
        """What is seen while the block runs; every answer has the status. Waiting between attempts takes no time."""
        self.seen, self.status = Seen(), status
        with _sockets(self.port, self.seen.limits), _async_clients(self.seen.limits), _no_pauses():
            yield self.seen


@contextlib.contextmanager
def _sockets(port: int, limits: list[float]) -> Iterator[None]:
    """Notes the time limit of every socket at the moment it waits for an answer from the port."""

    def noting(original: Callable[..., Any]) -> Callable[..., Any]:
        def receive(this: socket.socket, *arguments: Any) -> Any:
            with contextlib.suppress(OSError):
                limit = this.gettimeout()
                if this.getpeername()[1] == port and limit != 0.0:
                    limits.append(UNBOUNDED if limit is None else limit)
            return original(this, *arguments)

        return receive

    with _replaced(socket.socket, "recv", noting), _replaced(socket.socket, "recv_into", noting):
        yield


@contextlib.contextmanager
def _async_clients(limits: list[float]) -> Iterator[None]:
    """Notes the read limit that asynchronous HTTP clients are handed: an event loop's sockets carry none."""

    def httpx(original: Callable[..., Any]) -> Callable[..., Any]:
        async def send(this: Any, request: Any, **options: Any) -> Any:
            read = request.extensions.get("timeout", {}).get("read")
            limits.append(UNBOUNDED if read is None else float(read))
            return await original(this, request, **options)

        return send

    def aiohttp(original: Callable[..., Any]) -> Callable[..., Any]:
        async def request(this: Any, *arguments: Any, **options: Any) -> Any:
            limit = options.get("timeout")
            read = getattr(limit, "sock_read", None) or getattr(limit, "total", None)
            limits.append(UNBOUNDED if read is None else float(read))
            return await original(this, *arguments, **options)

        return request

    clients = {
        "httpx.AsyncClient.send": httpx,
        "httpx2.AsyncClient.send": httpx,
        "aiohttp.ClientSession._request": aiohttp,
    }
    with contextlib.ExitStack() as stack:
        for name, change in clients.items():
            owner, _, method = name.rpartition(".")
            with contextlib.suppress(Unprovable):
                stack.enter_context(_replaced(named(owner), method, change))
        yield


@contextlib.contextmanager
def _no_pauses() -> Iterator[None]:
    def at_once(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def sleep(seconds: float, *arguments: Any) -> Any:
            return original(min(seconds, 0.001), *arguments)

        return sleep

    with _replaced(time, "sleep", at_once), _replaced(asyncio, "sleep", at_once):
        yield


@contextlib.contextmanager
def _replaced(owner: Any, name: str, change: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    own = name in vars(owner)
    original = getattr(owner, name)
    setattr(owner, name, change(original))
    try:
        yield
    finally:
        if own:
            setattr(owner, name, original)
        else:
            delattr(owner, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A `[[proof.wire]]` for one of its clients or functions."""

    workshop: Workshop
    wire: Wire
    name: str

    @property
    def client(self) -> ClientClass | None:
        """None for a function."""
        return next((client for client in self.workshop.plan.record.clients if client.names[0] == self.name), None)

    def send(
        self,
        server: Server,
        *,
        to_client: Mapping[str, Any] | None = None,
        to_call: Mapping[str, Any] | None = None,
        variable: str = "",
        status: int = 400,
    ) -> Seen:
        """What one call does, with keywords beside those of the record.

        `variable` holds the key instead of an argument. The answer's `status` is 400, on which nothing is tried again,
        unless the number of attempts is of interest.
        """
        arguments = merged(self.workshop.filled(dict(self.wire.arguments)), to_call or {})
        positional = [arguments.pop(key) for key in sorted(arguments) if key.startswith("@")]
        loop = asyncio.get_event_loop()
        with server.watch(status) as seen, without_keys(**({variable: KEY} if variable else {})):
            client = self._client_for(
                to_client or {}, variable
            )  # alive until the call is over: some close when they die
            try:
                method = self._method(client)
                result = method(*positional, **arguments)
                _finish(result, loop)
            except Exception as error:
                seen.error = repr(error)[:300]
        asyncio.set_event_loop(loop)  # `asyncio.run` inside a package leaves none behind
        return seen

    def _client_for(self, to_client: Mapping[str, Any], variable: str) -> Any:
        client = self.client
        if client is None:
            return None
        if not variable:
            return self.workshop.client(client, self.name, to_client)
        given = self.workshop.arguments(client)
        given = {key: value for key, value in given.items() if key not in client.key_arguments}
        positional = [given.pop(key) for key in sorted(given) if key.startswith("@")]
        return named(self.name)(*positional, **given)

    def _method(self, client: Any) -> Any:
        if client is None:
            return named(self.name)
        *derivations, path = self.wire.call.split("().")
        for step in derivations:
            client = called(walk(client, step), self.workshop.filled(dict(self.workshop.plan.derive.get(step, {}))))
        return walk(client, path)

    def keyword(self, spelling: Spelling, value: float) -> dict[str, Any]:
        """The keywords that give a setting the normalised `value` in this spelling."""
        number = (value - spelling.offset) / spelling.scale
        result: Any = int(number) if number == int(number) else number
        if spelling.present is not None:
            result = {}
        objects = self.workshop.objects()
        for part in reversed(spelling.path):
            result = {part: result}
            if part in objects and len(spelling.path) > 1 and part != spelling.path[-1]:
                result = {part: called(objects[part], result[part])}
        return result  # type: ignore[no-any-return]


def _finish(result: Any, loop: asyncio.AbstractEventLoop) -> None:
    if inspect.isawaitable(result):

        async def wait() -> Any:
            return await result

        loop.run_until_complete(wait())


def at(body: Any, path: Sequence[str]) -> Any:
    """What stands at a path of the JSON; None when nothing does."""
    for part in path:
        body = body.get(part) if isinstance(body, Mapping) else None
    return body
