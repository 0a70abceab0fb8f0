"""Blocking requests on an event loop."""

from __future__ import annotations

import pytest

from .project_builder import Files, project

LLM = """
from openai import AsyncOpenAI, OpenAI
client = OpenAI()
aclient = AsyncOpenAI()
def ask_model(q):
    return client.responses.create(model="m", input=q)
"""
USES = "import asyncio\nimport anyio\nimport functools\nfrom asgiref.sync import sync_to_async\n"
USES += "from fastapi.concurrency import run_in_threadpool\nfrom concurrent.futures import ThreadPoolExecutor\n"
USES += "from llm import aclient, ask_model, client\npool = ThreadPoolExecutor()\n"
DIRECT = 'client.responses.create(model="m", input=q)'

BLOCKING: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "direct": (f"async def run(q):\n    return {DIRECT}", [(2, "")]),
    "one_level_down": ("async def run(q):\n    return ask_model(q)", [(2, "ask_model")]),
    "twice": ("async def run(q):\n    ask_model(q)\n    ask_model(q)", [(2, "ask_model"), (3, "ask_model")]),
    "in_a_method": ("class A:\n    async def run(self, q):\n        return ask_model(q)", [(3, "ask_model")]),
    "in_a_comprehension": ("async def run(qs):\n    return [ask_model(q) for q in qs]", [(2, "ask_model")]),
    "in_gather": (f"async def run(q):\n    await asyncio.gather({DIRECT})", [(2, "")]),
    "in_a_wrong_to_thread": ("async def run(q):\n    return await asyncio.to_thread(ask_model(q))", [(2, "ask_model")]),
    "under_a_timeout": (f"async def run(q):\n    async with asyncio.timeout(3):\n        return {DIRECT}", [(3, "")]),
    "nested_async": (f"def outer():\n    async def run(q):\n        return {DIRECT}\n    return run", [(3, "")]),
}

FINE = {
    "async_client": 'async def run(q):\n    return await aclient.responses.create(model="m", input=q)',
    "sync_function": f"def run(q):\n    return {DIRECT}",
    "module_level": f"q = 1\nprint({DIRECT})",
    "two_levels_down": "def middle(q):\n    return ask_model(q)\nasync def run(q):\n    return middle(q)",
    "to_thread": "async def run(q):\n    return await asyncio.to_thread(ask_model, q)",
    "to_thread_direct": "async def run(q):\n"
    '    return await asyncio.to_thread(client.responses.create, model="m", input=q)',
    "to_thread_lambda": f"async def run(q):\n    return await asyncio.to_thread(lambda: {DIRECT})",
    "to_thread_lambda_of_a_function": "async def run(q):\n    return await asyncio.to_thread(lambda: ask_model(q))",
    "to_thread_partial": "async def run(q):\n    return await asyncio.to_thread(functools.partial(ask_model, q))",
    "executor_lambda": "async def run(q):\n    loop = asyncio.get_running_loop()\n"
    f"    return await loop.run_in_executor(None, lambda: {DIRECT})",
    "executor_function": "async def run(q):\n    loop = asyncio.get_event_loop()\n"
    "    return await loop.run_in_executor(pool, ask_model, q)",
    "executor_nested_function": "async def run(q):\n    def work():\n        return "
    f"{DIRECT}\n    return await asyncio.get_event_loop().run_in_executor(None, work)",
    "threadpool": "async def run(q):\n    return await run_in_threadpool(ask_model, q)",
    "anyio": "async def run(q):\n    return await anyio.to_thread.run_sync(ask_model, q)",
    "sync_to_async": "async def run(q):\n    return await sync_to_async(ask_model)(q)",
    "sync_to_async_lambda": f"async def run(q):\n    return await sync_to_async(lambda: {DIRECT})()",
    "sync_to_async_decorator": f"@sync_to_async\ndef work(q):\n    return {DIRECT}\nasync def run(q):\n"
    "    return await work(q)",
    "sync_to_async_decorator_with_arguments": "@sync_to_async(thread_sensitive=False)\ndef work(q):\n"
    f"    return {DIRECT}\nasync def run(q):\n    return await work(q)",
    "submitted": "async def run(q):\n    return pool.submit(ask_model, q)",
    "not_called": "async def run(q):\n    return ask_model",
    "generator": f"def parts(q):\n    yield {DIRECT}\nasync def run(q):\n    return parts(q)",
    "unknown_client": "async def run(client, q):\n"
    '    return await client.chat.completions.create(model="m", messages=q)',
    "awaited_later": 'async def run(q):\n    job = aclient.responses.create(model="m", input=q)\n    return await job',
}


def files(source: str) -> Files:
    return {"llm.py": LLM, "app.py": USES + source + "\n"}


@pytest.mark.parametrize("name", sorted(BLOCKING))
def test_a_blocking_request_is_reported_where_the_event_loop_waits(name: str) -> None:
    source, expected = BLOCKING[name]
    found = [
        (block.location.line - USES.count("\n"), block.via)
        for block in project(files(source)).async_blocks
        if block.location.path == "app.py"
    ]
    assert found == expected


@pytest.mark.parametrize("name", sorted(FINE))
def test_what_blocks_no_event_loop_is_not_reported(name: str) -> None:
    assert [block.location for block in project(files(FINE[name])).async_blocks] == []


def test_a_request_is_async_by_its_client() -> None:
    found = project(files(BLOCKING["direct"][0] + "\n" + FINE["async_client"].replace("run", "other")))
    assert [call.is_async for call in found.calls if call.location.path == "app.py"] == [False, True]


IMPLEMENTED = """
from typing import Protocol
from abc import ABC, abstractmethod
from llm import client, ask_model
class Counter(BASE):
    @abstractmethod
    def count(self, q): ...
class Remote(Counter):
    def count(self, q):
        return client.responses.create(model="m", input=q)
class Other(Counter):
    def count(self, q):
        return BODY
class Compactor:
    def __init__(self, counter: Counter):
        self.counter = counter
    async def run(self, q, counter: Counter):
        self.counter.count(q)
        return counter.count(q)
"""


@pytest.mark.parametrize("base", ["Protocol", "ABC"])
def test_a_method_of_which_one_implementation_makes_no_request_is_not_reported(base: str) -> None:
    source = IMPLEMENTED.replace("BASE", base).replace("BODY", "len(q)")
    assert project({"llm.py": LLM, "app.py": source}).async_blocks == ()


def test_a_method_of_which_every_implementation_makes_a_request_is_named_as_it_is_declared() -> None:
    source = IMPLEMENTED.replace("BASE", "ABC").replace("BODY", 'client.embeddings.create(model="m", input=q)')
    blocks = project({"llm.py": LLM, "app.py": source}).async_blocks
    assert [block.via for block in blocks] == ["Counter.count", "Counter.count"]
    assert [[call.operation for call in (block.call, *block.others)] for block in blocks] == [
        ["responses.create", "embeddings.create"],
        ["responses.create", "embeddings.create"],
    ]


def test_an_implementation_may_make_its_request_further_down() -> None:
    source = IMPLEMENTED.replace("BASE", "ABC").replace("BODY", "ask_model(q)")
    blocks = project({"llm.py": LLM, "app.py": source}).async_blocks
    assert [(block.via, block.others) for block in blocks] == [("Counter.count", ()), ("Counter.count", ())]
