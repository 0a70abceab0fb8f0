"""A generating call sets no limit on how much the model may write.

## What it does
Reports a call that asks a model for text without an effective output cap, and a cap that is set to `None`. Every
spelling counts, wherever it stands: `max_tokens`, `max_completion_tokens`, `max_output_tokens`, `num_predict`,
`inferenceConfig.maxTokens`, `generation_config`, the chat model's constructor. Where the SDK refuses a request
without a cap, as Anthropic's does, its absence is an error. Where the cap belongs to the constructor of a chat model
in the project, it is reported there, once. Where a function of the project hands the cap on, to the request or to
another such function, and one of its callers leaves out what the others give, that caller is reported.

## Why it matters
Output tokens are the dear ones, and time grows with each of them. An answer that does not end is billed up to the
model's own limit, on each request that provokes it. A study of 200 open-source LLM systems counts the missing bound
among five recurrent code smells [1], and OpenAI's production guide lists a lower `max_tokens` among the measures
against latency [2].

## Example
```python
from openai import OpenAI

client = OpenAI(timeout=60, max_retries=3)


def summarise(text: str) -> str:
    response = client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": f"Summarise in five sentences: {text}"}],
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
- The request writes no text: embeddings, images, speech, moderation.
- The SDK's own default is a cap (16 for OpenAI's legacy completions; ChatAnthropic's own).
- The cap is a value only known at run time (`max_tokens=settings.cap`).
- The keywords arrive from outside (`create(**options)`) and cannot be decided.

## Fix
Adds the spelling that this SDK and endpoint accept, with `max-tokens` from `[tool.prodlint.defaults]`, 1024 unless set.
The fix is safe when the project has set that number, else unsafe: a longer answer is cut off. On a reasoning model the
cap covers the hidden reasoning too, so that a small one can leave nothing for the answer.

## References
1. "Specification and Detection of LLM Code Smells", <https://arxiv.org/abs/2512.18020>
2. <https://platform.openai.com/docs/guides/production-best-practices>
3. anthropic 2.12.0, `resources/messages/messages.py`: `max_tokens` is required
"""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.api import Client, Defaults, ModelCall, Omission, Related, Repair, Report, Rule, RuleContext, Severity
from prodlint_rules._causes import Cause, causes_of_default, causes_of_omission, contains
from prodlint_rules._repairs import pass_setting, pass_to_call, replace_number
from prodlint_rules._wording import assumed_version, code, instruction, pass_to


def check(client: Client, context: RuleContext) -> Iterator[Report]:
    capless = [call for call in client.calls if _lacks_cap(call)]
    at_constructor = tuple(call for call in capless if _belongs_to_constructor(call, client))
    for cause in causes_of_default(client, "max_tokens", at_constructor):
        yield _report_constructor(client, cause, context.defaults)
    for call in capless:
        if not _belongs_to_constructor(call, client):
            yield _report_call(call, client, context.defaults)
    for omission, calls in causes_of_omission(client, context.project, "max_tokens", _can_be_capless):
        yield _report_caller(omission, calls, context.defaults)


def _can_be_capless(call: ModelCall) -> bool:
    return call.generates and call.cap_default is None and not call.cap_is_required


def _lacks_cap(call: ModelCall) -> bool:
    cap = call.settings.get("max_tokens")
    if not call.generates or cap is None:
        return False
    return cap.is_explicit_none or (cap.is_unset and call.cap_default is None)


def _belongs_to_constructor(call: ModelCall, client: Client) -> bool:
    """True when the cap is missing where the chat model is built, not where it is called."""
    if not client.is_constructor or "max_tokens" not in client.spelling or call.cap_is_required:
        return False
    origin = call.settings["max_tokens"].origin
    return origin is None or contains(client.location, origin)


def _report_constructor(client: Client, cause: Cause, defaults: Defaults) -> Report:
    is_none = any(call.settings["max_tokens"].is_explicit_none for call in cause.calls)
    fault = "with its output cap set to `None`" if is_none else "without an output cap"
    return Report(
        location=cause.location,
        message=f"the `{client.name}` model is built {fault}: its answers are billed up to the model's own limit",
        help=_replacement(client.spelling.get("max_tokens", ""), defaults.max_tokens)
        if is_none
        else _help(instruction("max_tokens", client, cause.calls[0]), defaults.max_tokens),
        symbol=cause.symbol,
        context=cause.context,
        in_test=cause.in_test,
        related=tuple(
            Related(location=call.location, message=f"`{call.operation}` sets no cap of its own")
            for call in cause.calls
        ),
        repair=_repair(cause.calls[0], client, defaults, at_constructor=True),
    )


def _report_call(call: ModelCall, client: Client, defaults: Defaults) -> Report:
    cap = call.settings["max_tokens"]
    fault = "sets its output cap to `None`" if cap.is_explicit_none else "has no output cap"
    if call.cap_is_required:
        outcome = f", and the SDK refuses the call without one{assumed_version(call)}"
    else:
        outcome = ": its answer is billed up to the model's own limit"
    is_elsewhere = cap.origin is not None and not contains(call.location, cap.origin)
    return Report(
        location=call.location,
        message=f"`{call.operation}` {fault}{outcome}",
        help=_replacement(call.spelling.get("max_tokens", ""), defaults.max_tokens)
        if cap.is_explicit_none
        else _help(pass_to(call.spelling.get("max_tokens", ""), "the call"), defaults.max_tokens),
        symbol=call.symbol,
        severity=Severity.ERROR if call.cap_is_required else None,
        # A call that is refused is no matter of posture: it fails in a script just as well.
        context=None if call.cap_is_required else call.context,
        in_test=call.in_test,
        related=(Related(location=cap.origin, message="the cap is set to `None` here"),)
        if cap.origin is not None and is_elsewhere
        else (),
        repair=_repair(call, client, defaults, at_constructor=False),
    )


def _report_caller(omission: Omission, calls: tuple[ModelCall, ...], defaults: Defaults) -> Report:
    return Report(
        location=omission.location,
        message=f"`{omission.wrapper}` is called without an output cap, which its other callers give: "
        "the answer is billed up to the model's own limit",
        help=_help("", defaults.max_tokens),
        symbol=omission.symbol,
        context=omission.context,
        in_test=omission.in_test,
        related=tuple(
            Related(location=call.location, message=f"`{call.operation}` then runs without one") for call in calls
        ),
    )


def _repair(call: ModelCall, client: Client, defaults: Defaults, *, at_constructor: bool) -> Repair | None:
    origin = call.settings["max_tokens"].origin
    if origin is not None:
        return replace_number("max_tokens", origin, client, call, defaults)
    if at_constructor:
        return pass_setting("max_tokens", client, call, defaults)
    return pass_to_call("max_tokens", call, defaults)


def _replacement(spelling: str, tokens: int) -> str:
    return f"Replace `None` by the length of the longest useful answer, e.g. {code(spelling or str(tokens))}"


def _help(what_to_type: str, tokens: int) -> str:
    if what_to_type:
        return f"{what_to_type}, or the length of the longest useful answer"
    return f"Cap the output at the length of the longest useful answer, e.g. {tokens} tokens"


RULE = Rule(
    on=Client,
    check=check,
    severity=Severity.WARNING,
    summary="The output of a generating call is not capped",
    tags=("tokens",),
)
