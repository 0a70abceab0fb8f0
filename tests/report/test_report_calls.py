"""The inventory as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass

from report_runs import at

from prodlint.findings import Failure
from prodlint.model import UNKNOWN, Client, Context, Guard, KnownModel, ModelCall, Setting, State, Step
from prodlint.report import Style, calls_json, calls_text


@dataclass(frozen=True, kw_only=True)
class Found:
    root: str = "/nowhere/project"
    calls: tuple[ModelCall, ...] = ()
    clients: tuple[Client, ...] = ()
    failures: tuple[Failure, ...] = ()
    as_of: str = "2026-06-01"


CALL = ModelCall(
    location=at("app/llm.py", 12, 10, 40),
    sdk="openai",
    sdk_version="3.54.0",
    sdk_distribution="openai",
    sdk_version_origin="locked in uv.lock",
    known_model=KnownModel(
        id="gpt-4o",
        provider="openai",
        endpoint="chat",
        max_output=16384,
        input_price=2.5,
        output_price=10.0,
        retires="2026-06-01",
        rejects=("max_tokens",),
    ),
    operation="chat.completions.create",
    kind="generate",
    is_async=True,
    symbol="ChatService.answer",
    settings={
        "max_tokens": Setting(state=State.SET, value=1024, origin=at("app/llm.py", 14, 9, 13), why="at the call"),
        "timeout": Setting(state=State.DEFAULT, value=600.0, why="openai 3.54.0: DEFAULT_TIMEOUT"),
        "retries": Setting(state=State.SET, constant=False, origin=at("app/config.py", 3, 1, 9)),
        "stream": Setting(state=State.DEFAULT, value=False, why="the SDK's default"),
        "temperature": Setting(state=State.UNKNOWN, constant=False, why="`**options` comes from the caller"),
        "model": Setting(state=State.SET, value="gpt-4o", origin=at("app/llm.py", 13, 9, 13)),
    },
    spelling={},
    context=Context.SERVER,
    entry_path=(
        Step(name="chat", location=at("app/api.py", 20, 1, 2), kind="FastAPI route"),
        Step(name="ChatService.answer", location=at("app/llm.py", 10, 5, 9)),
    ),
    time_bound=Guard(what="asyncio.wait_for", location=at("app/llm.py", 11, 5, 9), value=20.0),
    retry=Guard(what="the loop around it"),
)
CLIENT = Client(
    location=at("app/llm.py", 5, 10, 23),
    is_constructor=True,
    name="AsyncOpenAI",
    sdk="openai",
    sdk_version="3.54.0",
    symbol="",
    calls=(CALL,),
    spelling={},
)


def test_json_has_exactly_the_members_of_the_contract() -> None:
    document = json.loads(calls_json.render(Found(calls=(CALL,), clients=(CLIENT,)), Style()))
    assert document == {
        "schema_version": 1,
        "as_of": "2026-06-01",
        "calls": [
            {
                "path": "app/llm.py",
                "line": 12,
                "column": 10,
                "cell": None,
                "sdk": "openai",
                "sdk_release": {"distribution": "openai", "version": "3.54.0", "origin": "locked in uv.lock"},
                "model": {
                    "id": "gpt-4o",
                    "provider": "openai",
                    "endpoint": "chat",
                    "max_output": 16384,
                    "input_price": 2.5,
                    "output_price": 10.0,
                    "announced": None,
                    "retires": "2026-06-01",
                    "retired": True,
                    "successor": None,
                    "rejects": ["max_tokens"],
                },
                "operation": "chat.completions.create",
                "kind": "generate",
                "async": True,
                "client": {"path": "app/llm.py", "line": 5, "cell": None},
                "context": "server",
                "entry_path": [
                    {"name": "chat", "kind": "FastAPI route", "path": "app/api.py", "line": 20, "cell": None},
                    {"name": "ChatService.answer", "kind": "", "path": "app/llm.py", "line": 10, "cell": None},
                ],
                "guards": {
                    "time_bound": {
                        "what": "asyncio.wait_for",
                        "value": 20.0,
                        "origin": {"path": "app/llm.py", "line": 11, "cell": None},
                    },
                    "retry": {"what": "the loop around it", "value": None, "origin": None},
                    "cache": None,
                },
                "settings": {
                    "max_tokens": {
                        "state": "set",
                        "value": 1024,
                        "origin": {"path": "app/llm.py", "line": 14, "cell": None},
                        "why": "at the call",
                    },
                    "timeout": {
                        "state": "default",
                        "value": 600.0,
                        "origin": None,
                        "why": "openai 3.54.0: DEFAULT_TIMEOUT",
                    },
                    "retries": {
                        "state": "set",
                        "value": None,
                        "origin": {"path": "app/config.py", "line": 3, "cell": None},
                        "why": "",
                    },
                    "stream": {"state": "default", "value": False, "origin": None, "why": "the SDK's default"},
                    "temperature": {
                        "state": "unknown",
                        "value": None,
                        "origin": None,
                        "why": "`**options` comes from the caller",
                    },
                    "model": {
                        "state": "set",
                        "value": "gpt-4o",
                        "origin": {"path": "app/llm.py", "line": 13, "cell": None},
                        "why": "",
                    },
                },
            }
        ],
    }


def test_json_has_no_client_where_none_is_built_in_the_project() -> None:
    (call,) = json.loads(calls_json.render(Found(calls=(CALL,)), Style()))["calls"]
    assert call["client"] is None


def test_json_has_no_numbers_that_json_lacks() -> None:
    from dataclasses import replace

    call = replace(CALL, settings={"timeout": Setting(state=State.SET, value=float("inf"))})
    (shown,) = json.loads(calls_json.render(Found(calls=(call,)), Style()))["calls"]
    assert shown["settings"]["timeout"]["value"] is None


def test_text_is_a_block_for_each_call_and_a_count() -> None:
    assert calls_text.render(Found(calls=(CALL,), clients=(CLIENT,)), Style()) == (
        "app/llm.py:12:10: openai chat.completions.create (generate, async)\n"
        "  sdk: openai 3.54.0, locked in uv.lock\n"
        "  model: gpt-4o (openai), at most 16384 tokens out, $2.5 in and $10 out per million tokens, "
        "retired 2026-06-01\n"
        "  context: server\n"
        "  client: AsyncOpenAI at app/llm.py:5\n"
        "  reached from: FastAPI route chat (app/api.py:20) -> ChatService.answer (app/llm.py:10)\n"
        "  bounded by: asyncio.wait_for at app/llm.py:11, 20 s\n"
        "  retried by: the loop around it\n"
        "  max_tokens   set      1024 tokens  app/llm.py:14: at the call\n"
        "  timeout      default  600 s        openai 3.54.0: DEFAULT_TIMEOUT\n"
        "  retries      set      at run time  app/config.py:3\n"
        "  stream       default  no           the SDK's default\n"
        "  temperature  unknown  ?            `**options` comes from the caller\n"
        "  model        set      gpt-4o       app/llm.py:13\n"
        "\n"
        "1 LLM call in 1 file\n"
    )


def test_text_says_when_there_are_no_calls() -> None:
    assert calls_text.render(Found(), Style()) == "No LLM calls found\n"


def test_keys_in_values_and_reasons_are_redacted() -> None:
    from dataclasses import replace

    key = "sk-" + "a1B2" * 8
    call = replace(CALL, settings={"model": Setting(state=State.SET, value=key, why=f"from {key}")})
    for module in (calls_text, calls_json):
        assert key not in module.render(Found(calls=(call,)), Style())


def test_unknown_settings_are_explained_a_line_each() -> None:
    from dataclasses import replace

    call = replace(CALL, settings={**CALL.settings, "model": UNKNOWN})
    assert calls_text.unknowns(Found(calls=(call,)), Style()) == (
        "app/llm.py:12: temperature of chat.completions.create is unknown: `**options` comes from the caller\n"
        "app/llm.py:12: model of chat.completions.create is unknown: not decided\n"
    )
