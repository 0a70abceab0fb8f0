"""Nothing bounds a request but the SDK's default timeout, and that is absent or longer than any user waits.

## What it does
Reports a client that is built without a timeout when at least one of its requests has no bound of its own either.
Where the SDK has no default timeout at all this is an error; where its default is 120 s or more it is a warning. A
client is reported once, at its constructor, with the affected requests as related locations. Where the constructor
is not part of the project, or takes no timeout, each request is reported. Where a function of the project hands the
timeout on, to the request or to another such function, and one of its callers leaves out what the others give, that
caller is reported.

## Why it matters
A model endpoint that accepts the connection and then stalls holds the worker, its database connection and the user's
browser for as long as the client allows. OpenAI's and Anthropic's SDKs allow 600 s and make up to three attempts:
half an hour for one call [1, 2]. google-genai, Ollama and most of LangChain's chat models allow for ever: LangChain
hands `None` to the SDK and so switches the SDK's own default off [3], and one request to Ollama hung for more than
four hours [4].

## Example
```python
from openai import OpenAI

client = OpenAI(max_retries=3)


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
- The timeout is set on the call, in `with_options`, on the constructor, on the `http_client` or options object handed
  to it, or in a module-level setting, to whatever value. `None` is the business of `disabled-timeout`.
- `asyncio.timeout`, `asyncio.wait_for` or a like of them bounds the request, here or up to two callers up, on every
  way.
- The SDK's own default is below 120 s.
- Keywords arrive from outside (`OpenAI(**options)`) and cannot be decided.

## Fix
Adds the timeout at the constructor when it is in the project, else at the call, in the unit which that SDK takes.
The value is `timeout` from `[tool.prodlint.defaults]`, 60 s unless set. The fix is safe when the project has set that
number, else unsafe: a request that used to succeed after a longer wait fails now. A reasoning model with a long answer
may need more.

## References
1. openai 3.54.0, `_constants.py`: `DEFAULT_TIMEOUT`, `DEFAULT_MAX_RETRIES`
2. anthropic 2.12.0, `_constants.py`: `DEFAULT_TIMEOUT`, `DEFAULT_MAX_RETRIES`
3. <https://github.com/langchain-ai/langchain/issues/35597>
4. <https://github.com/ollama/ollama-python/issues/483>
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from prodlint.api import Client, ModelCall, Omission, Related, Report, Rule, RuleContext, Severity, State
from prodlint_rules._causes import Cause, causes_of_default, causes_of_omission
from prodlint_rules._repairs import pass_setting
from prodlint_rules._wording import assumed_version, duration, instruction, number

LONGEST_SANE_DEFAULT = 120.0
"""Seconds. An SDK whose own timeout is below this is taken to be bounded."""


def check(client: Client, context: RuleContext) -> Iterator[Report]:
    default = client.timeout_default
    if default is not None and default < LONGEST_SANE_DEFAULT:
        return
    calls = tuple(call for call in client.calls if _has_no_bound(call))
    for cause in causes_of_default(client, "timeout", calls):
        yield Report(
            location=cause.location,
            message=_message(client, cause),
            help=_help(client, cause, context.defaults.timeout),
            symbol=cause.symbol,
            severity=Severity.ERROR if default is None else Severity.WARNING,
            context=cause.context,
            in_test=cause.in_test,
            related=_related(client, cause),
            repair=pass_setting("timeout", client, cause.calls[0], context.defaults),
        )
    for omission, calls in causes_of_omission(client, context.project, "timeout", _is_unguarded):
        yield _report_caller(omission, calls, client, context.defaults.timeout)


def _is_unguarded(call: ModelCall) -> bool:
    return call.time_bound is None


def _report_caller(omission: Omission, calls: tuple[ModelCall, ...], client: Client, seconds: float) -> Report:
    default = client.timeout_default
    fact = "the SDK has none by default" if default is None else f"the SDK's default is {number(default)} s"
    return Report(
        location=omission.location,
        message=f"`{omission.wrapper}` is called without a timeout, which its other callers give; "
        f"{fact}{assumed_version(client)}",
        help=f"Give it one here too, e.g. {number(seconds)} s, or the longest wait your users accept",
        symbol=omission.symbol,
        severity=Severity.ERROR if default is None else Severity.WARNING,
        context=omission.context,
        in_test=omission.in_test,
        related=tuple(
            Related(location=call.location, message=f"`{call.operation}` then runs without one") for call in calls
        ),
    )


def _has_no_bound(call: ModelCall) -> bool:
    timeout = call.settings.get("timeout")
    return timeout is not None and timeout.is_unset and call.time_bound is None


def _message(client: Client, cause: Cause) -> str:
    return f"{_fact(client, cause)}{_consequence(client, cause)}{assumed_version(client)}"


def _fact(client: Client, cause: Cause) -> str:
    takes_none = "timeout" in client.instead
    if cause.at_constructor:
        built = f"the `{client.name}` client is built without a timeout"
        return f"neither the `{client.name}` client nor its requests take a timeout" if takes_none else built
    return f"`{cause.calls[0].operation}` {'takes no timeout' if takes_none else 'is called without a timeout'}"


def _consequence(client: Client, cause: Cause) -> str:
    default = client.timeout_default
    if default is None:
        return ", and the SDK has no default: a call can wait for ever"
    fact = f"; the SDK's default is {number(default)} s"
    attempts = max((_attempts(call, client) for call in cause.calls), default=1)
    if attempts < 2 or client.timeout_covers_retries:
        return fact
    # "Each request": a retry or a loop around it, or in a helper that polls, makes several.
    return f"{fact}, and with {attempts} attempts each request can take {duration(attempts * default)}"


def _attempts(call: ModelCall, client: Client) -> int:
    """HTTP requests one call makes at most; 1 where that cannot be decided."""
    retries = call.settings.get("retries")
    if retries is None or retries.state is State.UNKNOWN:
        return 1
    if retries.is_unset:
        return max(call.attempts_by_default, client.retries_default + 1)
    count = retries.value
    return int(count) + 1 if isinstance(count, (int, float)) and math.isfinite(count) else 1


def _help(client: Client, cause: Cause, seconds: float) -> str:
    what_to_type = instruction("timeout", client, cause.calls[0])
    if "timeout" in client.instead:
        return what_to_type
    if what_to_type:
        return f"{what_to_type}, or the longest wait your users accept"
    if all(call.is_async for call in cause.calls):
        return f"Bound the wait: `async with asyncio.timeout({number(seconds)}):` around the call"
    return f"Set a timeout of {number(seconds)} s where the client is configured"


def _related(client: Client, cause: Cause) -> tuple[Related, ...]:
    if not cause.at_constructor:
        return ()
    what = "is not bounded here either" if "timeout" in client.instead else "sets no timeout of its own"
    return tuple(Related(location=call.location, message=f"`{call.operation}` {what}") for call in cause.calls)


RULE = Rule(
    on=Client,
    check=check,
    severity=Severity.WARNING,
    summary="A request is bounded only by an SDK default that is absent or far too long",
    tags=("timeout",),
)
