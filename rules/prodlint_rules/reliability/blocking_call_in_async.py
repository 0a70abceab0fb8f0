"""A synchronous request runs on the event loop, and everything else on that loop waits for it.

## What it does
Reports a request of a synchronous client inside `async def`, and the call, from an `async def`, of a project function
that makes one, of a function in its own body that calls such a one, and of a generator or `map` that makes one while it
is iterated there. It is an error in a server, a warning elsewhere.

## Why it matters
An event loop runs one thing at a time. A generation takes seconds to minutes, and until it returns no other request
is served, no health check answered and no timeout of the same loop can fire. In one service a single user's generation
froze the whole process in this way, the other users' autosaves included [1].

## Example
```python
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI(timeout=60, max_retries=3)


@app.post("/label")
async def label(text: str) -> dict[str, str | None]:
    response = client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Answer with one word, the topic of: {text}"}],
        max_completion_tokens=32,
    )
    return {"label": response.choices[0].message.content}
```

## Use instead
```python
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI(timeout=60, max_retries=3)


@app.post("/label")
async def label(text: str) -> dict[str, str | None]:
    response = await client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Answer with one word, the topic of: {text}"}],
        max_completion_tokens=32,
    )
    return {"label": response.choices[0].message.content}
```

## When it stays silent
- The request is handed to a thread: `asyncio.to_thread`, `run_in_executor`, `run_in_threadpool`,
  `anyio.to_thread.run_sync`, `sync_to_async`.
- The handler is a plain `def`: FastAPI and its like run it in a thread themselves.
- The receiver's type cannot be decided, or is that of a base class or protocol of which some implementation in the
  project makes no blocking request.

## Fix
Hands the call to `asyncio.to_thread` where its result is used as a value. The fix is unsafe: code that relied on
nothing else running in between may not be ready for it.

## References
1. <https://github.com/frankbria/auto-author/issues/175>
2. <https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code>
"""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.api import AsyncBlock, Context, Related, Repair, Report, Rule, RuleContext, RunInThread, Severity


def check(block: AsyncBlock, context: RuleContext) -> Iterator[Report]:
    if block.call.offloaded:
        return
    in_server = block.context is Context.SERVER
    yield Report(
        location=block.location,
        message=_message(block, in_server),
        help=_help(block),
        symbol=block.symbol,
        severity=Severity.ERROR if in_server else Severity.WARNING,
        context=block.context,
        in_test=block.in_test,
        related=_related(block),
        repair=_repair(block),
    )


def _message(block: AsyncBlock, in_server: bool) -> str:
    request = f"`{block.call.operation}`"
    subject = (
        f"`{block.via}` makes the blocking request {request}"
        if block.via
        else f"the blocking request {request} is made"
    )
    where = f" in async `{block.symbol}`" if block.symbol else ""
    harm = "no other request is served" if in_server else "nothing else on the event loop runs"
    return f"{subject}{where}: {harm} until it returns"


def _help(block: AsyncBlock) -> str:
    stream = block.call.settings.get("stream")
    if stream is not None and stream.value is True:
        return "Use the asynchronous client and read the stream with `async for`"
    if block.is_iterated:
        return "Use the asynchronous client and `async for`, or do all of the loop in a thread"
    if block.via:
        handed = "..." if "." in block.via else f"{block.via}, ..."  # of a method, the object is not told
        return f"Hand it to a thread, `await asyncio.to_thread({handed})`, or make it async"
    return "Await the asynchronous client, or hand the request to a thread: `await asyncio.to_thread(...)`"


def _repair(block: AsyncBlock) -> Repair | None:
    """A stream or a generator is read on the event loop even when it was asked for in a thread."""
    stream = block.call.settings.get("stream")
    if block.is_iterated or (stream is not None and (not stream.constant or stream.value is True)):
        return None
    return Repair(
        description="Await the call in a worker thread; it then runs beside other code",
        is_safe=False,
        action=RunInThread(call=block.location),
    )


def _related(block: AsyncBlock) -> tuple[Related, ...]:
    if block.call.location == block.location:
        return ()
    calls = (block.call, *block.others)
    return tuple(Related(location=call.location, message=f"`{call.operation}` blocks here") for call in calls)


RULE = Rule(
    on=AsyncBlock,
    check=check,
    severity=Severity.WARNING,
    summary="A synchronous request blocks the event loop",
    tags=("async",),
)
