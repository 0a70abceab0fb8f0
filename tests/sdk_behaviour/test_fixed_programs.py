"""What a fix does to a running program, with the real SDKs and a server that stands in for the provider.

They need the `sdk` group: `python -m pip install -e ".[dev,sdk]"`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from prodlint.api import Defaults
from prodlint.config import Config
from prodlint.engine import Request, Selection, check
from prodlint.fixes.rounds import fix_all

from .loopback import run, serving

HOLDS = 3.0
"""Seconds after which a request still waits that has no timeout."""

NUMBERS = Defaults(timeout=1, max_tokens=77, max_retries=1, configured=frozenset({"max_retries"}))
KEY = "-".join(("4f9a1c", "Qw8eRt2uI", "Zx7cVb5nM", "Kp3sLd6fG"))
"""No provider's format; written into programs that are run and thrown away."""

FROM_ENVIRONMENT = "key-of-the-environment"

FRAME = """\
import os

{imports}

{client}


def ask(text):
    return {call}


try:
    ask("hello")
    print("error: ")
except Exception as error:
    print(f"error: {{type(error).__name__}}")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """One SDK: its program, and what its fixes must come to."""

    module: str
    imports: str
    client: str
    """`{settings}` and `{key}` are where further arguments go, here or in `call`."""
    call: str
    """`{cap}` is where a cap goes that the SDK insists on."""
    timeout_error: str
    cap: Callable[[dict[str, Any]], Any]
    header: str
    """The header with the key, and what stands before it; empty where there is no key."""
    variable: str = ""
    key: str = "api_key={key}, "
    """How the key is written; `{key}` is the literal."""
    switched_off: str = ""
    """How the retries are switched off, where their absence alone is no finding."""
    retries: bool = True
    requests: Callable[[int], int] = lambda retries: 1 + retries
    """How many requests a failing server sees, by the number of retries that the fix sets."""
    no_retries: str = "max_retries=0, "
    """So that a silent server is waited for once."""


CHAT = "create(model='gpt-5.4', messages=[{'role': 'user', 'content': text}])"
SDKS = {
    "openai": Sdk(
        module="openai",
        imports="from openai import OpenAI",
        client="client = OpenAI({settings}{key}base_url=os.environ['BASE'] + '/v1')",
        call=f"client.chat.completions.{CHAT}",
        timeout_error="APITimeoutError",
        cap=lambda body: body.get("max_completion_tokens"),
        header="authorization: Bearer ",
        variable="OPENAI_API_KEY",
    ),
    "anthropic": Sdk(
        module="anthropic",
        imports="from anthropic import Anthropic",
        client="client = Anthropic({settings}{key}base_url=os.environ['BASE'])",
        call="client.messages.create({cap}model='claude-sonnet-4-6', messages=[{'role': 'user', 'content': text}])",
        timeout_error="APITimeoutError",
        cap=lambda body: body.get("max_tokens"),
        header="authorization: Bearer ",
        variable="ANTHROPIC_API_KEY",
    ),
    "google-genai": Sdk(
        module="google.genai",
        imports="from google import genai\nfrom google.genai import types",
        client="client = genai.Client({settings}{key}http_options=types.HttpOptions(base_url=os.environ['BASE']))",
        call="client.models.generate_content(model='gemini-3.1-flash', contents=text)",
        timeout_error="ReadTimeout",
        cap=lambda body: body.get("generationConfig", {}).get("maxOutputTokens"),
        header="x-goog-api-key: ",
        variable="GOOGLE_API_KEY",
        no_retries="",
    ),
    "langchain-openai": Sdk(
        module="langchain_openai",
        imports="from langchain_openai import ChatOpenAI",
        client="client = ChatOpenAI({settings}{key}model='gpt-5.4', base_url=os.environ['BASE'] + '/v1')",
        call="client.invoke(text)",
        timeout_error="OpenAITimeoutError",
        cap=lambda body: body.get("max_completion_tokens"),
        header="authorization: Bearer ",
        variable="OPENAI_API_KEY",
    ),
    "litellm": Sdk(
        module="litellm",
        imports="import litellm",
        client="OPENAI_API_KEY = {key}None",
        call="litellm.completion({settings}api_key=OPENAI_API_KEY, model='openai/gpt-5.4', "
        "api_base=os.environ['BASE'] + '/v1', messages=[{'role': 'user', 'content': text}])",
        timeout_error="Timeout",
        cap=lambda body: body.get("max_tokens") or body.get("max_completion_tokens"),
        header="authorization: Bearer ",
        variable="OPENAI_API_KEY",
        key="{key}  # ",
        switched_off="num_retries=0, ",
        requests=lambda retries: 1 + 2 * retries,  # the record says why
    ),
    "ollama": Sdk(
        module="ollama",
        imports="import ollama",
        client="client = ollama.Client({settings}host=os.environ['BASE'])",
        call="client.chat(model='llama3.3', messages=[{'role': 'user', 'content': text}])",
        timeout_error="ReadTimeout",
        cap=lambda body: body.get("options", {}).get("num_predict"),
        header="",
        retries=False,
        no_retries="",
    ),
}


@pytest.fixture(params=sorted(SDKS))
def sdk(request: pytest.FixtureRequest) -> Sdk:
    found = SDKS[request.param]
    try:
        missing = importlib.util.find_spec(found.module) is None
    except ModuleNotFoundError:
        missing = True
    if missing:
        pytest.skip(f"{request.param} is not installed: it is in the `sdk` group")
    return found


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app")  # a path that does not look like a test's


def program(folder: Path, sdk: Sdk, settings: str = "", key: str = "", cap: str = "max_tokens=9, ") -> Path:
    source = FRAME.format(imports=sdk.imports, client=sdk.client, call=sdk.call)
    source = source.replace("{settings}", settings).replace("{key}", key).replace("{cap}", cap)
    path = folder / "main.py"
    path.write_text(source, encoding="utf-8")
    return path


def fix(path: Path, rule: str) -> None:
    """Apply the fixes of one rule, and see that there were any."""
    request = Request(paths=(path.parent,), config=Config(defaults=NUMBERS), selection=Selection(select=(rule,)))
    outcome = fix_all(lambda overlay: check(replace(request, overlay=overlay)), lambda finding, run, planner: True)
    assert outcome.failures == []
    assert [finding.rule for finding in outcome.applied] == [rule]
    path.write_bytes(outcome.changed["main.py"][1])


def key_of(sdk: Sdk) -> dict[str, str]:
    return {sdk.variable: FROM_ENVIRONMENT} if sdk.variable else {}


def test_a_silent_server_ends_the_call_once_it_has_a_timeout(sdk: Sdk, folder: Path) -> None:
    path = program(folder, sdk, sdk.no_retries)
    with serving("silent") as server:
        assert run(path, server, wait=HOLDS, **key_of(sdk)).error is None
        fix(path, "missing-timeout")
        ended = run(path, server, wait=60, **key_of(sdk))
    assert len(server.bodies) == 2
    assert ended.error == sdk.timeout_error


def test_the_request_carries_the_cap(sdk: Sdk, folder: Path) -> None:
    path = program(folder, sdk, cap="")
    with serving("answer") as server:
        run(path, server, wait=60, **key_of(sdk))
        assert [sdk.cap(body) for body in server.bodies] in ([], [None])
        server.bodies.clear()
        fix(path, "missing-max-tokens")
        ended = run(path, server, wait=60, **key_of(sdk))
    assert ended.error == ""
    assert [sdk.cap(body) for body in server.bodies] == [NUMBERS.max_tokens]


def test_the_header_carries_the_key_of_the_environment(sdk: Sdk, folder: Path) -> None:
    if not sdk.header:
        pytest.skip("it takes no key")
    name, _, scheme = sdk.header.partition(": ")
    path = program(folder, sdk, key=sdk.key.replace("{key}", f'"{KEY}"'))
    with serving("answer") as server:
        run(path, server, wait=60, **key_of(sdk))
        fix(path, "hardcoded-api-key")
        ended = run(path, server, wait=60, **key_of(sdk))
    assert ended.error == ""
    assert [headers[name] for headers in server.headers] == [f"{scheme}{KEY}", f"{scheme}{FROM_ENVIRONMENT}"]


def test_the_server_sees_the_attempts(sdk: Sdk, folder: Path) -> None:
    if not sdk.retries:
        pytest.skip("it has no retries of its own")
    path = program(folder, sdk, sdk.switched_off)
    with serving("fail") as server:
        fix(path, "missing-retries")
        ended = run(path, server, wait=60, **key_of(sdk))
    assert ended.error
    assert len(server.bodies) == sdk.requests(NUMBERS.max_retries)
