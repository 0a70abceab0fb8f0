"""A server on the loopback interface that stands in for every provider, and programs that talk to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

OPENAI = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-5.4",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
ANTHROPIC = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-6",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
GOOGLE = {"candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}]}
OLLAMA = {"model": "llama3.3", "created_at": "2025-01-01T00:00:00Z", "done": True}
OLLAMA_CHAT = {**OLLAMA, "message": {"role": "assistant", "content": "hello"}}
ANSWERS = {"/chat/completions": OPENAI, "/messages": ANTHROPIC, ":generateContent": GOOGLE, "/api/chat": OLLAMA_CHAT}


STARTS = 120
"""Seconds in which a program must come to its first request, on a busy machine."""


@dataclass(slots=True)
class Server:
    """What a server has seen. `mode` is `answer`, `fail` (503 every time) or `silent` (never a byte)."""

    mode: str
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(mode: str) -> Iterator[Server]:
    """A server, until the block ends."""
    server = Server(mode)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.bodies.append(json.loads(body))
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
            if server.mode == "silent":
                server.over.wait(60)
                return
            answer = next((text for end, text in ANSWERS.items() if self.path.partition("?")[0].endswith(end)), {})
            data = json.dumps(answer if server.mode == "answer" else {"error": {"message": "busy"}}).encode()
            self.send_response(200 if server.mode == "answer" else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        http.shutdown()
        http.server_close()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: the name of the error it met, or empty; None when it had to be stopped."""

    error: str | None
    seconds: float
    """From the first request on."""


def _await_request(server: Server, process: subprocess.Popen[str], before: int) -> None:
    """Return when the server has more requests than before, or the program has ended: some SDKs import for long."""
    deadline = time.monotonic() + STARTS
    while len(server.bodies) == before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)


def run(program: Path, server: Server, *, wait: float, **variables: str) -> Ended:
    """Run a program against a server; it is stopped `wait` seconds after the server has its first request."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(program.parent),
        "BASE": server.url,
        "NO_PROXY": "*",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        **variables,
    }
    before = len(server.bodies)
    with subprocess.Popen(
        [sys.executable, program.name],
        cwd=program.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        _await_request(server, process, before)
        started = time.monotonic()
        try:
            output, errors = process.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            process.kill()
            return Ended(None, time.monotonic() - started)
        seconds = time.monotonic() - started
        lines = output.splitlines()
        assert lines and lines[-1].startswith("error:"), errors
        return Ended(lines[-1].removeprefix("error:").strip(), seconds)
