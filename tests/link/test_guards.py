"""Time bounds, retries and caches around a request, here and around its callers."""

from __future__ import annotations

from textwrap import dedent

import pytest

from prodlint.levels import Defaults

from .project_builder import link_program, only_call, program_of, project

HEAD = """
import asyncio, functools, time
import async_timeout, backoff, tenacity
from tenacity import AsyncRetrying, retry, stop_after_attempt
from cachetools import TTLCache, cached
from openai import AsyncOpenAI, OpenAI
client = OpenAI()
aclient = AsyncOpenAI()
CACHE = {}
"""
ASK = 'client.responses.create(model="m", input=q)'
AASK = 'aclient.responses.create(model="m", input=q)'

BOUNDED: dict[str, tuple[str, float | None]] = {
    "wait_for": (f"async def ask(q):\n    return await asyncio.wait_for({AASK}, timeout=5)", 5),
    "wait_for_positional": (f"async def ask(q):\n    return await asyncio.wait_for({AASK}, 5)", 5),
    "wait_for_variable": (f"async def ask(q):\n    job = {AASK}\n    return await asyncio.wait_for(job, 5)", 5),
    "wait_for_task": (
        f"async def ask(q):\n    job = asyncio.create_task({AASK})\n    return await asyncio.wait_for(job, 5)",
        5,
    ),
    "timeout_block": (f"async def ask(q):\n    async with asyncio.timeout(5):\n        return await {AASK}", 5),
    "async_timeout": (f"async def ask(q):\n    async with async_timeout.timeout(5):\n        return await {AASK}", 5),
    "timeout_in_a_constant": (
        f"LIMIT = 5\nasync def ask(q):\n    async with asyncio.timeout(LIMIT):\n        return await {AASK}",
        5,
    ),
    "timeout_known_at_run_time": (
        f"async def ask(q, limit):\n    async with asyncio.timeout(limit):\n        return await {AASK}",
        None,
    ),
    "in_every_caller": (
        f"async def ask(q):\n    return await {AASK}\n"
        "async def one():\n    await asyncio.wait_for(ask('a'), 5)\n"
        "async def two():\n    async with asyncio.timeout(5):\n        await ask('b')",
        5,
    ),
}

MIDDLE = f"async def ask(q):\n    return await {AASK}\nasync def middle(q):\n    return await ask(q)\n"

BOUNDED |= {
    "gathered": (
        f"async def ask(q):\n    return await {AASK}\n"
        "async def top(qs):\n    return await asyncio.wait_for(asyncio.gather(*(ask(q) for q in qs)), 5)",
        5,
    ),
    "gathered_tasks": (
        f"async def ask(q):\n    return await {AASK}\n"
        "async def top(qs):\n    tasks = [asyncio.create_task(ask(q)) for q in qs]\n"
        "    return await asyncio.wait_for(asyncio.gather(*tasks), timeout=5)",
        5,
    ),
    "tasks_in_a_list": (
        f"async def ask(qs):\n    tasks = []\n    for q in qs:\n        tasks.append(asyncio.create_task({AASK}))\n"
        "    await asyncio.wait(tasks, timeout=5)",
        5,
    ),
    "each_task_in_turn": (
        f"async def ask(qs):\n    tasks = [asyncio.create_task({AASK}) for q in qs]\n"
        "    return [await asyncio.wait_for(task, 5) for task in tasks]",
        5,
    ),
    "two_callers_up": (MIDDLE + "async def top():\n    await asyncio.wait_for(middle('a'), 5)", 5),
    "two_callers_up_on_every_way": (
        MIDDLE + "async def top():\n    await asyncio.wait_for(middle('a'), 5)\n"
        "async def other():\n    async with asyncio.timeout(5):\n        return await ask('b')",
        5,
    ),
    "own_decorator": (
        "def bounded(f):\n    @functools.wraps(f)\n    async def run(*args):\n"
        "        return await asyncio.wait_for(f(*args), 7)\n    return run\n"
        f"@bounded\nasync def ask(q):\n    return await {AASK}",
        7,
    ),
    "own_decorator_with_block": (
        "def bounded(f):\n    async def run(*args):\n        async with asyncio.timeout(7):\n"
        "            return await f(*args)\n    return run\n"
        f"@bounded\nasync def ask(q):\n    return await {AASK}",
        7,
    ),
    "handed_to_a_function_that_bounds": (
        "async def run(f, *args):\n    async with asyncio.timeout(7):\n        return await f(*args)\n"
        f"async def ask(q):\n    return await {AASK}\nasync def top():\n    return await run(ask, 'q')",
        7,
    ),
}

UNBOUNDED = {
    "own_decorator_bounds_something_else": "def noted(f):\n    async def run(*args):\n"
    "        await asyncio.wait_for(log(), 7)\n        return await f(*args)\n    return run\n"
    f"@noted\nasync def ask(q):\n    return await {AASK}",
    "nothing": f"async def ask(q):\n    return await {AASK}",
    "only_in_one_caller": f"async def ask(q):\n    return await {AASK}\n"
    "async def one():\n    await asyncio.wait_for(ask('a'), 5)\n"
    "async def two():\n    await ask('b')",
    "only_in_one_caller_of_the_caller": MIDDLE
    + "async def top():\n    await asyncio.wait_for(middle('a'), 5)\nasync def other():\n    await middle('b')",
    "only_on_one_way": MIDDLE
    + "async def top():\n    await asyncio.wait_for(middle('a'), 5)\nasync def other():\n    await ask('b')",
    "three_callers_up": MIDDLE + "async def upper(q):\n    return await middle(q)\n"
    "async def top():\n    await asyncio.wait_for(upper('a'), 5)",
    "around_a_caller_that_hands_it_over": f"async def ask(q):\n    return await {AASK}\n"
    "async def start(loop):\n    loop.start_soon(ask, 'a')\n"
    "async def top(loop):\n    await asyncio.wait_for(start(loop), 5)",
    "a_function_that_only_calls_itself": f"async def ask(q):\n    await ask(q)\n    return await {AASK}",
    "wait_for_others": f"async def ask(q):\n    await asyncio.wait_for(asyncio.gather(log(), log()), 5)\n"
    f"    return await {AASK}",
    "wait_for_what_is_done_with_the_answer": "async def ask(q):\n"
    f"    answers = await asyncio.gather({AASK})\n    await asyncio.wait_for(save(answers), 5)",
    "wait_for_something_else": "async def ask(q):\n    await asyncio.wait_for(asyncio.sleep(1), 5)\n"
    f"    return await {AASK}",
    "block_around_something_else": "async def ask(q):\n    async with asyncio.timeout(5):\n        pass\n"
    f"    return await {AASK}",
    "wait_for_without_limit": f"async def ask(q):\n    return await asyncio.wait_for({AASK}, None)",
    "a_blocking_request": f"async def ask(q):\n    async with asyncio.timeout(5):\n        return {ASK}",
}


@pytest.mark.parametrize("name", sorted(BOUNDED))
def test_a_time_bound_around_the_request_counts(name: str) -> None:
    source, seconds = BOUNDED[name]
    guard = only_call(project({"llm.py": HEAD + source + "\n"})).time_bound
    assert guard is not None
    assert guard.value == seconds


@pytest.mark.parametrize("name", sorted(UNBOUNDED))
def test_no_other_time_bound_counts(name: str) -> None:
    assert only_call(project({"llm.py": HEAD + UNBOUNDED[name] + "\n"})).time_bound is None


def test_a_number_is_not_taken_for_the_call_of_that_number() -> None:
    # Calls are numbered in the facts, and named tuples of different kinds compare equal: one of these must meet.
    for number in range(12):
        source = f"async def ask(q):\n    await asyncio.wait_for(other(), {number})\n    return await {AASK}\n"
        assert only_call(project({"llm.py": HEAD + source})).time_bound is None, number


RETRIED = {
    "tenacity": f"@retry(stop=stop_after_attempt(3))\ndef ask(q):\n    return {ASK}",
    "tenacity_bare": f"@retry\ndef ask(q):\n    return {ASK}",
    "tenacity_module": "@tenacity.retry(stop=tenacity.stop_after_attempt(3))\nasync def ask(q):\n"
    f"    return await {AASK}",
    "backoff": f"@backoff.on_exception(backoff.expo, Exception, max_tries=3)\ndef ask(q):\n    return {ASK}",
    "tenacity_loop": "async def ask(q):\n    async for attempt in AsyncRetrying(stop=stop_after_attempt(3)):\n"
    f"        with attempt:\n            return await {AASK}",
    "decorator_in_a_name": f"again = retry(stop=stop_after_attempt(3))\n@again\ndef ask(q):\n    return {ASK}",
    "on_the_caller": f"def ask(q):\n    return {ASK}\n@retry\ndef run():\n    return ask('q')",
    "two_callers_up": f"def ask(q):\n    return {ASK}\ndef middle(q):\n    return ask(q)\n@retry\ndef run():\n"
    "    return middle('q')",
    "own_loop": "def ask(q):\n    for attempt in range(3):\n        try:\n"
    f"            return {ASK}\n        except Exception:\n            time.sleep(2 ** attempt)",
    "own_loop_continue": "def ask(q):\n    for _ in range(3):\n        try:\n"
    f"            reply = {ASK}\n            break\n        except Exception:\n            continue\n    return reply",
    "own_while": "def ask(q):\n    left = 3\n    while left:\n        try:\n"
    f"            return {ASK}\n        except Exception:\n            left -= 1",
    "own_loop_with_raise_at_the_end": "def ask(q):\n    for attempt in range(3):\n        try:\n"
    f"            return {ASK}\n        except Exception:\n            if attempt == 2:\n                raise\n",
    "own_loop_around_a_caller": f"def ask(q):\n    return {ASK}\ndef run():\n    for attempt in range(3):\n"
    "        try:\n"
    "            return ask('q')\n        except Exception:\n            time.sleep(1)",
}

RETRIED |= {
    "retry_object_of_self": "class Model:\n    def __init__(self):\n"
    "        self._again = retry(stop=stop_after_attempt(3))\n"
    "    def run(self, f, *args):\n        return self._again(f)(*args)\n"
    f"    def ask(self, q):\n        return {ASK}\n"
    "    def top(self, q):\n        return self.run(self.ask, q)",
    "retry_object_made_by_a_function": "def policy():\n    return retry(stop=stop_after_attempt(3))\n"
    "class Model:\n    def __init__(self):\n        self._again = policy()\n"
    "    def run(self, f, *args):\n        return self._again(f)(*args)\n"
    f"    def ask(self, q):\n        return {ASK}\n"
    "    def top(self, q):\n        return self.run(self.ask, q)",
    "decorator_made_around_a_function_of_its_own": "def policy():\n    again = retry(stop=stop_after_attempt(3))\n"
    "    def decorate(f):\n        def attempt(*args):\n            return f(*args)\n        return again(attempt)\n"
    "    return decorate\nclass Model:\n    def __init__(self):\n        self._policy = policy()\n"
    "    def run(self, f, *args):\n        return self._policy(f)(*args)\n"
    f"    def ask(self, q):\n        return {ASK}\n"
    "    def top(self, q):\n        return self.run(self.ask, q)",
    "handed_to_a_loop": "def run(f, *args):\n    for _ in range(3):\n        try:\n            return f(*args)\n"
    "        except Exception:\n            time.sleep(1)\n"
    f"def ask(q):\n    return {ASK}\ndef top(q):\n    return run(ask, q)",
}

NOT_RETRIED = {
    "handed_to_a_function_that_calls_it_once": "def run(f, *args):\n    return f(*args)\n"
    f"def ask(q):\n    return {ASK}\ndef top(q):\n    return run(ask, q)",
    "decorator_that_retries_something_else": "def policy():\n    again = retry(stop=stop_after_attempt(3))\n"
    "    def decorate(f):\n        def prepare():\n            return connect()\n"
    "        again(prepare)()\n        return f\n    return decorate\n"
    f"def run(f, *args):\n    return policy()(f)(*args)\ndef ask(q):\n    return {ASK}\n"
    "def top(q):\n    return run(ask, q)",
    "nothing": f"def ask(q):\n    return {ASK}",
    "loop_over_items": f"def ask(qs):\n    for q in qs:\n        try:\n            print({ASK})\n"
    "        except Exception:\n"
    "            continue",
    "loop_over_numbered_items": f"def ask(qs):\n    for i in range(len(qs)):\n        q = qs[i]\n        try:\n"
    f"            print({ASK})\n        except Exception:\n            pass",
    "chat_loop": f"def chat():\n    while True:\n        q = input()\n        try:\n            print({ASK})\n"
    "        except Exception:\n            continue",
    "loop_without_try": f"def ask(q):\n    for _ in range(3):\n        print({ASK})",
    "loop_that_gives_up": f"def ask(q):\n    for _ in range(3):\n        try:\n            return {ASK}\n"
    "        except Exception:\n            raise",
    "try_around_the_loop": f"def ask(qs):\n    try:\n        for q in qs:\n            print({ASK})\n"
    "    except Exception:\n"
    "        pass",
    "request_in_the_handler": f"def ask(q):\n    for _ in range(3):\n        try:\n            return other()\n"
    f"        except Exception:\n            print({ASK})",
    "decorator_of_another_function": f"@retry\ndef other():\n    pass\ndef ask(q):\n    return {ASK}",
    "cached_decorator": f"@functools.lru_cache\ndef ask(q):\n    return {ASK}",
}


@pytest.mark.parametrize("name", sorted(RETRIED))
def test_what_repeats_the_request_is_seen(name: str) -> None:
    assert only_call(project({"llm.py": HEAD + RETRIED[name] + "\n"})).retry is not None


@pytest.mark.parametrize("name", sorted(NOT_RETRIED))
def test_what_does_not_repeat_the_request_is_no_retry(name: str) -> None:
    assert only_call(project({"llm.py": HEAD + NOT_RETRIED[name] + "\n"})).retry is None


CACHED = {
    "lru_cache": f"@functools.lru_cache(maxsize=10)\ndef ask(q):\n    return {ASK}",
    "cache": f"@functools.cache\ndef ask(q):\n    return {ASK}",
    "cachetools": f"@cached(TTLCache(100, 60))\ndef ask(q):\n    return {ASK}",
    "memo_dict": f"def ask(q):\n    if q not in CACHE:\n        CACHE[q] = {ASK}\n    return CACHE[q]",
    "memo_dict_of_another_name": f"KNOWN = {{}}\ndef ask(q):\n    if q in KNOWN:\n        return KNOWN[q]\n"
    f"    KNOWN[q] = {ASK}\n    return KNOWN[q]",
    "memo_get": f"def ask(q):\n    found = CACHE.get(q)\n    if found is None:\n        found = {ASK}\n"
    "        CACHE[q] = found\n"
    "    return found",
    "memo_attribute": "class Bot:\n    def __init__(self):\n        self._cache = {}\n    def ask(self, q):\n"
    f"        if q in self._cache:\n            return self._cache[q]\n        self._cache[q] = {ASK}\n"
    "        return self._cache[q]",
    "on_the_caller": f"def ask(q):\n    return {ASK}\n@functools.lru_cache\ndef run(q):\n    return ask(q)",
}


@pytest.mark.parametrize("name", sorted(CACHED))
def test_a_cache_that_is_asked_first_is_seen(name: str) -> None:
    assert only_call(project({"llm.py": HEAD + CACHED[name] + "\n"})).cache is not None


@pytest.mark.parametrize(
    "source",
    [
        f"def ask(q):\n    return {ASK}",
        f"@retry\ndef ask(q):\n    return {ASK}",
        "@functools.lru_cache\ndef make():\n    return OpenAI()\ndef ask(q):\n    return make()."
        + ASK.partition(".")[2],
        f"seen = set()\ndef ask(q):\n    settings = {{}}\n    settings['a'] = 1\n    return {ASK}",
    ],
    ids=["nothing", "retry", "cached_client", "a_dict"],
)
def test_what_is_no_cache_of_answers(source: str) -> None:
    assert only_call(project({"llm.py": HEAD + source + "\n"})).cache is None


def test_a_switch_anywhere_in_the_project_counts() -> None:
    files = {
        "setup.py": "import litellm\nlitellm.cache = litellm.Cache()\n",
        "llm.py": "import litellm\ndef ask(q):\n    return litellm.completion(model='m', messages=q, temperature=0)\n",
    }
    assert only_call(project(files)).cache is not None


def test_a_guard_in_another_module_counts() -> None:
    files = {
        "llm.py": HEAD + f"def ask_model(q):\n    return {ASK}\n",
        "app.py": "from tenacity import retry\nfrom llm import ask_model\n@retry\ndef run():\n"
        "    return ask_model('q')\n",
    }
    assert only_call(project({path: dedent(text) for path, text in files.items()})).retry is not None


@pytest.mark.parametrize(("configured", "expected"), [(set(), "max_retries=2"), ({"max_retries"}, "max_retries=1")])
def test_only_a_number_of_the_project_is_lower_than_what_the_sdk_makes(configured: set[str], expected: str) -> None:
    program = program_of({"a.py": "from openai import OpenAI\nOpenAI().responses.create(model='m', input='q')\n"})
    linked = link_program(program, Defaults(max_retries=1, configured=frozenset(configured)))
    (client,) = linked.project.clients
    assert client.spelling["retries"] == expected
