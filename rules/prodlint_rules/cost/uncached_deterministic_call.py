"""A request at temperature 0 is sent again for each repetition of the same input.

## What it does
Reports a generating call whose effective temperature is exactly 0, which stands in a function that can run again with
the same input, and before which no cache is consulted, neither there nor in the callers.

## Why it matters
Whoever sets the temperature to 0 wants the same answer to the same question: classification, extraction, scoring,
translation. Such questions repeat, and each repetition costs the full price and the full wait again, for an answer
that was there already. OpenAI's production guide names caching as the first way to avoid repeated calls [1].

## Example
```python
from openai import OpenAI

client = OpenAI(timeout=60, max_retries=3)


def translate(text: str) -> str:
    response = client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Translate to French: {text}"}],
        reasoning_effort="none",
        temperature=0,
        max_completion_tokens=300,
    )
    return response.choices[0].message.content or ""
```

## Use instead
```python
import functools

from openai import OpenAI

client = OpenAI(timeout=60, max_retries=3)


@functools.lru_cache(maxsize=1024)
def translate(text: str) -> str:
    response = client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Translate to French: {text}"}],
        reasoning_effort="none",
        temperature=0,
        max_completion_tokens=300,
    )
    return response.choices[0].message.content or ""
```

## When it stays silent
- A cache is in sight: `lru_cache`, `cachetools`, `diskcache`, `joblib.Memory`, `st.cache_data`, a dict, Redis or
  memcached lookup before the call, `set_llm_cache`, `litellm.cache`, GPTCache, DSPy.
- The function, or a caller, gives back what it has looked up in a file, a table or a store, and puts the answer there
  afterwards, or has looked it up by what the prompt is made of.
- The conversation grows, tools are offered, or the answer is streamed: no two requests are alike, or none can be kept.
- The function runs once: top-level code, one-shot scripts, notebook cells.
- The temperature is the SDK's default, or only known at run time.

## Fix
Adds `@functools.lru_cache(maxsize=1024)` to a plain function of the module whose parameters and result are all
annotated hashable and which does nothing but the call. Elsewhere it is advice. The fix is unsafe: answers are kept for
the life of the process.

## References
1. <https://platform.openai.com/docs/guides/production-best-practices>
2. <https://docs.python.org/3/library/functools.html#functools.lru_cache>
"""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.api import CacheFunction, ModelCall, Related, Repair, Report, Rule, RuleContext, Setting, Severity, State
from prodlint_rules._causes import contains


def check(call: ModelCall, context: RuleContext) -> Iterator[Report]:
    temperature = call.settings.get("temperature")
    if temperature is None or not _is_zero(temperature):
        return
    if not call.generates or call.cache is not None or not _can_repeat(call):
        return
    where = f" in `{call.symbol}`" if call.symbol else ""
    origin = temperature.origin
    is_elsewhere = origin is not None and not contains(call.location, origin)
    yield Report(
        location=call.location,
        message=f"`{call.operation}` runs at temperature 0{where}, which can run again with the same input, "
        "and no cache is consulted: every repetition is paid for",
        help=_help(call),
        symbol=call.symbol,
        context=call.context,
        in_test=call.in_test,
        related=(Related(location=origin, message="the temperature is set to 0 here"),)
        if origin is not None and is_elsewhere
        else (),
        repair=_repair(call),
    )


def _is_zero(temperature: Setting) -> bool:
    value = temperature.value
    return temperature.state is State.SET and temperature.constant and isinstance(value, (int, float)) and value == 0


def _can_repeat(call: ModelCall) -> bool:
    """True when the very same request can be sent twice, and its answer be kept."""
    if not call.repeatable or call.input_varies is False:
        return False
    return not (call.has_tools or call.grows_history or _may_stream(call))


def _may_stream(call: ModelCall) -> bool:
    stream = call.settings.get("stream")
    return stream is not None and (stream.state is State.UNKNOWN or not stream.constant or stream.value is True)


def _repair(call: ModelCall) -> Repair | None:
    """Only where the prompt is known to be made of the arguments: they are the key."""
    if not call.input_varies or call.in_async_function:
        return None
    return Repair(
        description="Cache the answers with `functools.lru_cache`; they are kept for the life of the process",
        is_safe=False,
        action=CacheFunction(call=call.location),
    )


def _help(call: ModelCall) -> str:
    function = f" `{call.symbol}`" if call.symbol else " the function"
    if "." in call.symbol:
        return "Look the answer up before the call, in a cache keyed by the model and the messages"
    if call.in_async_function:
        return f"Cache the answers of{function} by its arguments: `@alru_cache(maxsize=1024)` from `async_lru`"
    return f"Cache the answers of{function} by its arguments: `@functools.lru_cache(maxsize=1024)`"


RULE = Rule(
    on=ModelCall,
    check=check,
    severity=Severity.WARNING,
    summary="A repeatable request at temperature 0 is not cached",
    precision="medium",
    tags=("cache",),
)
