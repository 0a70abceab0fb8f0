"""The timeout of a request is switched off with an explicit `None`.

## What it does
Reports the place where `None` stands as the timeout of a request: on a call, a constructor, `with_options`, the
`http_client` or options object handed to a client, or a module-level setting. However many requests it reaches, a
place is reported once, with the requests as related locations.

## Why it matters
The SDKs tell "not given" from `None`. Left out, OpenAI's client gives up after 600 s; with `timeout=None` it sends
no connect, read, write or pool limit at all (measured on openai 2.54.0). A peer that dies without closing the
connection then holds the worker until it is restarted. LangChain's chat models pass such a `None` by default, which
is how their users found out [1]; in another project a `null` in a configuration file had the same effect [2].

## Example
```python
from openai import OpenAI

client = OpenAI(timeout=None, max_retries=3)


def summarise(text: str) -> str:
    response = client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Summarise in five sentences: {text}"}],
        max_completion_tokens=300,
    )
    return response.choices[0].message.content or ""
```

## Use instead
```python
from openai import OpenAI

client = OpenAI(timeout=60, max_retries=3)


def summarise(text: str) -> str:
    response = client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Summarise in five sentences: {text}"}],
        max_completion_tokens=300,
    )
    return response.choices[0].message.content or ""
```

## When it stays silent
- `None` means the default to that SDK (cohere, mistralai, litellm, ChatDeepSeek ...).
- A nearer setting overrides it: `OpenAI(timeout=None)` with `create(..., timeout=30)`.
- `asyncio.timeout`, `asyncio.wait_for` or a like of them bounds the request, here or up to two callers up, on every
  way.
- The value comes from outside (`timeout=settings.timeout`) and cannot be decided.

## Fix
Replaces a literal `None` by `timeout` from `[tool.prodlint.defaults]`, 60 s unless set. The fix is safe when the
project has set that number, else unsafe: a request that used to succeed after a longer wait fails now.

## References
1. <https://github.com/langchain-ai/langchain/issues/35597>
2. <https://github.com/cognizant-ai-lab/neuro-san/issues/1220>
"""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.api import Client, ModelCall, Related, Report, Rule, RuleContext, Setting, Severity
from prodlint_rules._causes import Cause, causes_of_value
from prodlint_rules._repairs import replace_number
from prodlint_rules._wording import code, number


def check(client: Client, context: RuleContext) -> Iterator[Report]:
    for cause in causes_of_value(client, context.project, "timeout", _is_switched_off):
        yield Report(
            location=cause.location,
            message=_message(client),
            help=_help(client, cause, context.defaults.timeout),
            symbol=cause.symbol,
            context=cause.context,
            in_test=cause.in_test,
            related=_related(cause),
            repair=replace_number("timeout", cause.location, client, cause.calls[0], context.defaults),
        )


def _is_switched_off(call: ModelCall, timeout: Setting) -> bool:
    return timeout.is_explicit_none and call.time_bound is None


def _message(client: Client) -> str:
    default = client.timeout_default
    lost = "" if default is None else f", which removes the SDK's default of {number(default)} s"
    return f"the timeout is set to `None`{lost}: a call can wait for ever"


def _help(client: Client, cause: Cause, seconds: float) -> str:
    spelling = cause.calls[0].spelling.get("timeout") or client.spelling.get("timeout")
    if spelling:
        return f"Replace `None` by a bound: {code(spelling)}"
    return f"Replace `None` by a bound, e.g. {number(seconds)} s"


def _related(cause: Cause) -> tuple[Related, ...]:
    return tuple(
        Related(location=call.location, message=f"`{call.operation}` can wait for ever")
        for call in cause.calls
        if call.location != cause.location
    )


RULE = Rule(
    on=Client,
    check=check,
    severity=Severity.ERROR,
    summary="A timeout is switched off with an explicit `None`",
    tags=("timeout",),
)
