"""Values given to key names in configuration files: `NAME=value`, `name: value`, `"name": "value"`, `ENV NAME value`.

A name without a provider (`api_key:`) counts when what stands around it tells of a language model: the section it is
in (`[openai]`, `litellm_params:`) or a `model:` beside it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from prodlint.secrets.judge import is_credential
from prodlint.secrets.names import is_key_name, provider_in, provider_of_name
from prodlint.values import dataclass

_HINT = re.compile(r"[kK][eE][yY]|[tT][oO][kK][eE][nN]|[sS][eE][cC][rR][eE][tT]|[cC]redential|CREDENTIAL")
_VALUE = r"(?:(?:Bearer|bearer|Token|token)[ ]+)?(?P<value>[A-Za-z0-9_+/=.~:-]{16,4096})(?P<next>.?)"
_ASSIGNMENT = re.compile(
    r"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{1,80})(?:\\?[\"'])?[ \t]{0,8}(?:=>|:=|\?=|=|:)[ \t]{0,8}\\?[\"'`]?" + _VALUE
)
_COMMAND = re.compile(
    r"^\s{0,40}(?:ENV|ARG|env|setx|set|%env|export)[ \t]{1,8}(?P<name>[A-Za-z_]\w{1,80})[ \t]{1,8}[\"']?" + _VALUE
)
_PAIR = re.compile(
    r"name[\"']?\s{0,8}[:=]\s{0,8}[\"']?(?P<name>[A-Za-z_][\w.-]{1,80})[\"']?\s{0,4},?\s{1,80}"
    r"[\"']?value[\"']?\s{0,8}[:=]\s{0,8}[\"']?" + _VALUE
)
"""`name: X` and `value: Y`, as Kubernetes and task definitions write environment variables."""
_REFERS = frozenset("$<{(%[*")
"""A value that goes on with one of these is an expression."""
_ENCRYPTED = ("kind: SealedSecret", "\nsops:", '"sops":', "$ANSIBLE_VAULT")
"""Files whose values are ciphertext."""

_HEADER = re.compile(r"\s{0,40}\[{1,2}\s{0,4}(?P<title>[\w.\"' -]{1,100}?)\s{0,4}\]{1,2}\s{0,4}(?:[#;].*)?$")
_KEY_LINE = re.compile(r"[ \t]*(?:- |[{\[] ?){0,3}[\"']?(?P<name>[A-Za-z_][\w.-]{0,80})[\"']?[ \t]{0,8}[:=]")
_OPENED = re.compile(r"[\"'](?P<name>[A-Za-z_][\w.-]{0,80})[\"']\s{0,8}:\s{0,8}\{")
_MODEL = re.compile(
    r"(?<![\w.-])[\"']?(?:model|model_name|llm_model|azure_deployment|deployment_name)[\"']?\s{0,8}[:=]\s{0,8}\S"
)
_LLM_SECTION = re.compile(
    r"(?i)(?:^|[_.-])(?:litellm(?:_params)?|llms?|chat_?models?|embeddings?|language_?models?)(?:$|[_.-])"
)
_SIBLINGS = 8
"""Lines above and below that are looked at for a `model:`."""
_UPWARD = 200
"""Lines above that are looked at for the section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One value that is credible as a key, under a name that holds one."""

    start: int
    """Offset of the value in the text."""
    end: int
    name: str
    provider: str
    """Empty when only the surroundings tell that a language model is meant."""


def assignments(text: str) -> Iterator[Assignment]:
    """The keys that a configuration text assigns."""
    if any(mark in text for mark in _ENCRYPTED):
        return
    lines: list[str] | None = None
    for start, end in _hinted_lines(text):
        line = text[start:end]
        for match in _matches(line):
            if not _is_candidate(match):
                continue
            provider = provider_of_name(match["name"])
            if not provider:
                lines = text.split("\n") if lines is None else lines
                about = _surroundings(lines, text.count("\n", 0, start))
                if about is None:
                    continue
                provider = about
            yield _assignment(match, start, provider)
    for match in _PAIR.finditer(text) if "value" in text else ():
        provider = provider_of_name(match["name"])
        if provider and _is_candidate(match):
            yield _assignment(match, 0, provider)


def _assignment(match: re.Match[str], offset: int, provider: str) -> Assignment:
    """The assignment of a match in a piece of text that starts at `offset`."""
    return Assignment(
        start=offset + match.start("value"), end=offset + match.end("value"), name=match["name"], provider=provider
    )


def _is_candidate(match: re.Match[str]) -> bool:
    """True when the name holds a key and the value is credible as one."""
    return is_key_name(match["name"]) and match["next"] not in _REFERS and is_credential(match["value"])


def _hinted_lines(text: str) -> Iterator[tuple[int, int]]:
    """The lines that mention a key, as offsets without the newline; a very long line in pieces."""
    done = 0
    while hint := _HINT.search(text, done):
        start = max(text.rfind("\n", 0, hint.start()) + 1, done, hint.start() - 100)
        end = text.find("\n", hint.end())
        end = min(len(text) if end < 0 else end, hint.end() + 8192)
        yield start, end
        done = end


def _matches(line: str) -> Iterator[re.Match[str]]:
    """The assignments on one line."""
    yield from _ASSIGNMENT.finditer(line)
    if command := _COMMAND.match(line):
        yield command


def _surroundings(lines: Sequence[str], index: int) -> str | None:
    """The provider that the surroundings of a line name; empty for some language model; None when there is neither."""
    titles = _sections(lines, index)
    for title in titles:
        if provider := provider_in(title):
            return provider
    if any(_LLM_SECTION.search(title) for title in titles):
        return ""
    above = lines[max(0, index - _SIBLINGS) : index]
    siblings = (*_level(reversed(above), lines[index]), *_level(lines[index + 1 : index + 1 + _SIBLINGS], lines[index]))
    return "" if any(_MODEL.search(line[:2000]) for line in (lines[index], *siblings)) else None


def _level(lines: Iterable[str], line: str) -> Iterator[str]:
    """The first of `lines` that are indented like `line`."""
    return itertools.takewhile(lambda other: _indent(other) == _indent(line), lines)


def _sections(lines: Sequence[str], index: int) -> list[str]:
    """The names of the sections around a line, innermost first: keys of lesser indentation, or a `[header]`."""
    titles = [opened["name"] for opened in _OPENED.finditer(lines[index][:2000])][::-1]
    indent = _indent(lines[index])
    for line in reversed(lines[max(0, index - _UPWARD) : index]):
        if header := _HEADER.match(line):
            titles.append(header["title"])
            break
        key = _KEY_LINE.match(line)
        if key and _indent(line) < indent:
            titles.append(key["name"])
            indent = _indent(line)
    return titles


def _indent(line: str) -> int:
    """Width of the indentation; a list item's dash belongs to it."""
    stripped = line.lstrip(" \t")
    return len(line) - len(stripped) + (2 if stripped.startswith("- ") else 0)
