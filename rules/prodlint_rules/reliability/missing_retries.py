"""Nothing retries a request, or nothing but the SDK's unstated default does.

## What it does
Reports a client whose requests nothing repeats when they fail: the SDK does not retry unasked, or retries were set to
0, and no retry decorator, loop or framework retry stands around the request. That is a warning. Where the SDK retries
by default it is a note: the number is the SDK's choice and may change with its next release. A client is reported
once, at its constructor, and a 0 once, where it stands.

## Why it matters
Model endpoints answer 429 and 503 in normal operation, and most such requests succeed a second later. google-genai,
Ollama and mistralai send one request (measured on google-genai 3.4.0, ollama 0.6.3, mistralai 3.7.0), so that every
such answer reaches the user. OpenAI's guide asks for retries with exponential backoff [1].

## Example
```python
from openai import OpenAI

client = OpenAI(timeout=60, max_retries=0)


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
- Retries are set to 1 or more, or to a value only known at run time, wherever that SDK takes them.
- `tenacity`, `backoff`, `stamina`, a loop of the program's own or a framework (`.with_retry`, a Router's
  `num_retries`) repeats the request, here or in a direct caller.
- Retries are set to 0, and a function on the way to the request is handed to somebody who may call it again: returned,
  kept in a table, passed on.
- The keywords arrive from outside (`OpenAI(**options)`) and cannot be decided.

## Fix
Adds the SDK's spelling of `max_retries` at the constructor, or puts the number where a 0 stands: `max-retries` from
`[tool.prodlint.defaults]`; unless it is set there it is 3, or what the SDK makes unasked where that is more. The fix is
safe when the project has set that number, else unsafe: a call can take longer, and a request with side effects can
happen twice.

## References
1. <https://platform.openai.com/docs/guides/rate-limits>
2. google-genai 3.4.0, `_api_client.py`: retries only with `HttpOptions.retry_options`
"""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.api import Client, ModelCall, Related, Repair, Report, Rule, RuleContext, Setting, Severity
from prodlint_rules._causes import Cause, causes_of_default, causes_of_value
from prodlint_rules._repairs import pass_setting, replace_number
from prodlint_rules._wording import assumed_version, code, count, instruction

_ZERO = "retries are set to 0, and nothing else repeats the request: one 429 or 503 fails the call"


def check(client: Client, context: RuleContext) -> Iterator[Report]:
    retries = context.defaults.max_retries
    for cause in causes_of_value(client, context.project, "retries", _is_switched_off):
        repair = replace_number("retries", cause.location, client, cause.calls[0], context.defaults)
        yield _report(cause, _ZERO, _replacement(client, cause, retries), Severity.WARNING, repair)
    calls = tuple(call for call in client.calls if _relies_on_default(call))
    for cause in causes_of_default(client, "retries", calls):
        advice = _help(client, cause, retries)
        repair = pass_setting("retries", client, cause.calls[0], context.defaults)
        if client.retries_default >= 1:
            yield _report(cause, _note(client, cause), advice, Severity.NOTE, repair)
        else:
            yield _report(cause, _warning(client, cause), advice, Severity.WARNING, repair)


def _is_switched_off(call: ModelCall, retries: Setting) -> bool:
    return retries.is_zero and call.retry is None and not call.may_be_repeated


def _relies_on_default(call: ModelCall) -> bool:
    retries = call.settings.get("retries")
    return retries is not None and retries.is_unset and call.retry is None


def _subject(client: Client, cause: Cause) -> str:
    return f"the `{client.name}` client" if cause.at_constructor else f"`{cause.calls[0].operation}`"


def _warning(client: Client, cause: Cause) -> str:
    verb = "is built" if cause.at_constructor else "is called"
    return (
        f"{_subject(client, cause)} {verb} without retries, and the SDK makes none by default: "
        f"one 429 or 503 fails the call{assumed_version(client)}"
    )


def _note(client: Client, cause: Cause) -> str:
    retries = count(client.retries_default, "retry", "retries")
    return f"{_subject(client, cause)} relies on the SDK default of {retries}{assumed_version(client)}"


def _help(client: Client, cause: Cause, retries: int) -> str:
    what_to_type = instruction("retries", client, cause.calls[0])
    if what_to_type:
        return what_to_type
    attempts = f"stop_after_attempt({retries + 1})"
    return f"Retry with backoff: `@tenacity.retry(stop={attempts}, wait=wait_random_exponential(max=30))`"


def _replacement(client: Client, cause: Cause, retries: int) -> str:
    spelling = client.spelling.get("retries") or cause.calls[0].spelling.get("retries")
    return f"Replace the 0 by a number of retries: {code(spelling or str(retries))}"


def _report(cause: Cause, message: str, advice: str, severity: Severity, repair: Repair | None) -> Report:
    return Report(
        location=cause.location,
        message=message,
        help=advice,
        symbol=cause.symbol,
        severity=severity,
        context=cause.context,
        in_test=cause.in_test,
        related=tuple(
            Related(
                location=call.location,
                message=f"nothing retries `{call.operation}` beyond that"
                if severity is Severity.NOTE
                else f"nothing repeats `{call.operation}` when it fails",
            )
            for call in cause.calls
            if call.location != cause.location
        ),
        repair=repair,
    )


RULE = Rule(
    on=Client,
    check=check,
    severity=Severity.WARNING,
    summary="A request is not retried, or only as often as the SDK happens to",
    tags=("retry",),
)
