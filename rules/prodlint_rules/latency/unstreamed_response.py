"""A person waits for generated text and gets nothing until the last word of it is written.

## What it does
Reports a generating call without streaming that is reached, within a few calls of the project's own functions, from
an HTTP or websocket handler, a chat user interface or a terminal chat loop, when its text goes to the person who
waits: it is returned, rendered, sent or printed. The message names the path.

## Why it matters
The time a request takes is mostly the time of its output tokens, one after the other. Streaming does not shorten it,
but the first words arrive within a second instead of after ten or thirty [1]. Proxies and browsers that give up on
a silent connection do not give up on one that delivers.

## Example
```python
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI(timeout=60, max_retries=3)


@app.post("/explain")
async def explain(topic: str) -> dict[str, str | None]:
    response = await client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Explain in detail: {topic}"}],
        max_completion_tokens=2000,
    )
    return {"text": response.choices[0].message.content}
```

## Use instead
```python
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI(timeout=60, max_retries=3)


async def words(topic: str) -> AsyncIterator[str]:
    stream = await client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Explain in detail: {topic}"}],
        max_completion_tokens=2000,
        stream=True,
    )
    async for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


@app.post("/explain")
async def explain(topic: str) -> StreamingResponse:
    return StreamingResponse(words(topic), media_type="text/plain")
```

## When it stays silent
- The answer is structured, parsed, matched or otherwise needed as a whole before anything can be shown.
- Tools are offered: the answer may be a tool call.
- The cap is 64 tokens or less: the whole answer is there almost as soon as its first word.
- Nobody waits for it: background tasks, webhooks, workers, batch jobs, messaging bots.
- Whether the call streams, or whether its answer has a cap, cannot be decided.

## Fix
For Streamlit's `st.write` of the text and for a printing terminal loop, the streamed form, where the shape of the
code is certain; the fix is unsafe, because an error can now come after the first words. For web handlers the change
reaches the client of the API too, and it remains advice.

## References
1. <https://platform.openai.com/docs/guides/latency-optimization>
2. <https://platform.openai.com/docs/guides/streaming-responses>
"""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.api import (
    ModelCall,
    Related,
    Repair,
    Report,
    ResultUse,
    Rule,
    RuleContext,
    Severity,
    State,
    Step,
    StreamAnswer,
)
from prodlint_rules._wording import pass_to

SHORT_ANSWER = 64
"""Tokens. An answer of this length is there before streaming would pay."""

_SHOWN = frozenset({ResultUse.RETURNED, ResultUse.RENDERED, ResultUse.PRINTED, ResultUse.SENT})

_DELIVERY = {
    "http": "return a streaming response that forwards each chunk",
    "websocket": "send each chunk as it arrives",
    "ui": "hand the chunks to the page as they arrive",
    "terminal": "print each chunk as it arrives",
}
"""By entry kind: the kinds behind which a person waits, and how the chunks get there."""


def check(call: ModelCall, context: RuleContext) -> Iterator[Report]:
    if not call.generates or call.entry_kind not in _DELIVERY:
        return
    if not _is_unstreamed(call) or call.is_structured or call.has_tools or _may_be_short(call):
        return
    if ResultUse.PARSED in call.result_uses or not call.result_uses & _SHOWN:
        return
    way = _way(call)
    yield Report(
        location=call.location,
        message=f"a person waits for the whole of this answer, which is not streamed: {_path(call)}",
        help=_help(call),
        symbol=call.symbol,
        context=call.context,
        in_test=call.in_test,
        related=way,
        flow=(*way, Related(location=call.location, message=f"`{call.operation}` waits for the whole answer")),
        repair=_repair(call),
    )


def _is_unstreamed(call: ModelCall) -> bool:
    stream = call.settings.get("stream")
    if stream is None or not stream.constant:
        return False
    if stream.is_unset:
        return not stream.value
    return stream.state is State.SET and stream.value is False


def _may_be_short(call: ModelCall) -> bool:
    """True when the answer is known to be short, or when nothing is known of its length."""
    cap = call.settings.get("max_tokens")
    if cap is None:
        return False
    if cap.is_unset:
        return call.cap_default is not None and call.cap_default <= SHORT_ANSWER
    if cap.state is State.UNKNOWN:
        return True
    return isinstance(cap.value, (int, float)) and cap.value <= SHORT_ANSWER


def _path(call: ModelCall) -> str:
    names = [_step_name(step) for step in call.entry_path]
    return " -> ".join([*names, f"`{call.operation}`"])


def _step_name(step: Step) -> str:
    if step.name == "<module>":
        return step.kind or "top-level code"
    return f"{step.kind} `{step.name}`" if step.kind else f"`{step.name}`"


def _way(call: ModelCall) -> tuple[Related, ...]:
    """The steps from the entry point to the function that makes the request."""
    way = []
    for step in call.entry_path:
        if step.kind:
            way.append(Related(location=step.location, message=f"the answer goes out through this {step.kind}"))
        else:
            way.append(Related(location=step.location, message=f"`{step.name}` is called here"))
    return tuple(way)


def _repair(call: ModelCall) -> Repair | None:
    """For a page or a terminal; an HTTP route must change its contract, which is advice."""
    spelling, streaming = call.spelling.get("stream", ""), call.streaming
    if not spelling or streaming is None or call.entry_kind not in ("ui", "terminal"):
        return None
    return Repair(
        description="Show the answer as it arrives; an error may then come after its beginning",
        is_safe=False,
        action=StreamAnswer(
            call=call.location,
            spelling=spelling,
            answer=streaming.answer,
            chunk=streaming.chunk,
            guard=streaming.guard,
            is_async=call.is_async,
            for_page=streaming.for_page,
        ),
    )


def _help(call: ModelCall) -> str:
    start = pass_to(call.spelling.get("stream", ""), "the call") or "Call the streaming form of this method"
    return f"{start}, and {_DELIVERY[call.entry_kind]}"


RULE = Rule(
    on=ModelCall,
    check=check,
    severity=Severity.WARNING,
    summary="A person waits for an answer that is not streamed",
    precision="medium",
    tags=("streaming",),
)
