"""How the rules put numbers and code into sentences."""

from __future__ import annotations

from prodlint.api import Client, ModelCall


def code(text: str) -> str:
    """`text` as code; unchanged when it is prose that marks its code itself."""
    return text if "`" in text else f"`{text}`"


def number(value: float) -> str:
    """A number without a needless fraction: `60`, `2.5`."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def duration(seconds: float) -> str:
    """A length of time as people say it: `90 s`, `30 minutes`, `2.7 hours`."""
    if seconds < 120:
        return f"{number(seconds)} s"
    if seconds < 7200:
        return f"{number(seconds / 60)} minutes"
    return f"{number(seconds / 3600)} hours"


def count(amount: int, singular: str, plural: str) -> str:
    """An amount with its noun: `1 retry`, `2 retries`."""
    return f"{amount} {singular if amount == 1 else plural}"


def assumed_version(subject: Client | ModelCall) -> str:
    """The SDK version whose facts a message relies on and how it is known, as its last words; empty without one."""
    if not subject.sdk_version:
        return ""
    origin = f", {subject.sdk_version_origin}" if subject.sdk_version_origin else ""
    return f" ({subject.sdk_distribution or subject.sdk} {subject.sdk_version}{origin})"


def instruction(name: str, client: Client, call: ModelCall) -> str:
    """What to type to give setting `name` to a client, or to a request whose client is elsewhere; empty if unknown."""
    if name in client.instead:
        return client.instead[name]
    if client.is_constructor and name in client.spelling:
        return pass_to(client.spelling[name], constructor(client))
    if name in call.spelling:
        return pass_to(call.spelling[name], "the call")
    return pass_to(client.spelling.get(name, ""), "the call")


def constructor(client: Client) -> str:
    """A client's constructor as code: `OpenAI(...)`."""
    return f"`{client.constructor or client.name}(...)`"


def pass_to(spelling: str, place: str) -> str:
    """The instruction to write a keyword at a place, or what is no keyword: a statement (`litellm.num_retries = 3`), or
    a client to make the request with (`ollama.Client(timeout=60)`)."""
    if not spelling:
        return ""
    if "(" in spelling.partition("=")[0]:
        return f"Make the request with {code(spelling)}"
    return f"Set {code(spelling)}" if " = " in spelling else f"Pass {code(spelling)} to {place}"
