"""Judging one literal: is it a key, a placeholder, or neither, and what of it may be shown.

Called for every literal in a key's place while a file is extracted, so it imports nothing heavy. The thresholds are
set so that of random keys in any provider's format fewer than 1 in 1,000 is taken for a placeholder
(`tests/secrets/test_secret_judge.py`).
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Sequence

from prodlint.sdks.schema import KeyFormat
from prodlint.secrets.names import is_key_name, provider_of_name

__all__ = [
    "identity",
    "is_credential",
    "is_key_name",
    "is_placeholder",
    "looks_like_token",
    "provider_of_name",
    "public_prefix",
    "redact",
    "strip_scheme",
]

_JUDGED = 512
"""Characters of a literal that are looked at."""

_SCHEME = re.compile(r"\s*(?:bearer|token|api-?key|key)\s+", re.IGNORECASE)
_TEMPLATE = re.compile(
    r"\$\{|\{\{|\}\}|%\(|%[sdr]|<[^<>]*>|\{[A-Za-z_0-9.!:\[\]]*\}|\.\.\.|\u2026|\*{3}|_{4}|-{4}|\[[A-Za-z_ -]+\]"
)
_REFERENCE = re.compile(
    r"\$[A-Za-z_(]"  # a shell variable
    r"|[A-Za-z][A-Za-z0-9+.-]{1,15}:"  # a URL, an ARN, `vault:...`, `encrypted:...`, `sha256:...`
    r"|~?\.{0,2}/[\w.-]+/[\w./-]*$"  # a path
    r"|.*\.(?:txt|json|env|pem|key|ya?ml|toml|py|cfg|ini|crt)$"
    r"|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$",  # the name of a variable
)
_PUBLISHABLE = re.compile(r"pk[-_.]|phc_|pub[-_]")
"""Keys that are meant to be shipped: publishable halves, write-only telemetry."""
_ALONE = """
your test tests testing fake dummy mock mocked example sample demo placeholder changeme change replace replaceme
redacted insert enter todo fixme tbd none null nil undefined empty invalid wrong bogus unused ignored ignore
foo bar baz qux foobar xxx yyy zzz abc abcd here needed required provide put paste fill
masked hidden removed sanitized scrubbed real notreal unit ollama whatever anything something random
"""
_WORDS = frozenset(_ALONE.split())
"""Words that, standing alone between separators, make a literal a placeholder."""

_INSIDE = """
your test fake dummy mock example sample placeholder changeme replace redacted insert invalid secret password
passwd apikey qwerty asdf zxcv foobar lorem deadbeef cafebabe hello notreal needed required todo
"""
_INSIDE_PATTERN = re.compile(
    "|".join(spelt for word in _INSIDE.split() for spelt in (word, word.upper(), word.capitalize()))
)
"""Words that do so inside a longer run as well. Only in one case, so that a random key hardly ever holds one: four
letters of 62 meet one place in 5 million."""

_VOCABULARY = re.compile(
    "|".join(
        spelt
        for word in ("api", "key", "secret", "token", "this", "that", "not", "for", "long", "super", "very", "valid")
        for spelt in (word, word.upper(), word.capitalize())
    )
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SEGMENT = re.compile(r"[A-Za-z0-9]+")
_WORDY = re.compile(
    r".{1,5}"
    r"|(?:[a-z]+|[A-Z]{1,15}|[A-Z][a-z]+)[0-9]{0,4}"
    r"|[0-9]{1,14}"
    r"|[A-Za-z]{0,2}[0-9]{1,8}[A-Za-z]{0,3}",
)
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_TOKEN_RUN = re.compile(r"[A-Za-z0-9_+/=.~-]{20,}")


def strip_scheme(text: str) -> str:
    """`Bearer X` as it stands in an `Authorization` header -> `X`; any other text unchanged."""
    return _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text


def is_placeholder(text: str) -> bool:
    """True for a literal that stands in a key's place and is none: a dummy, a template, a name, a path, a word."""
    text = strip_scheme(text[:_JUDGED].strip()).strip("'\"`")
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        return True
    return (
        _TEMPLATE.search(text) is not None
        or _REFERENCE.match(text) is not None
        or _has_placeholder_word(text)
        or _is_patterned(text)
        or _dense(text) == 0
    )


def is_credential(text: str) -> bool:
    """True for a literal that is credible as a key when it is used as one.

    That is: no placeholder and not public by design, at least 16 characters, no white space, and most of it no words.
    """
    text = strip_scheme(text.strip())
    if not 16 <= len(text) <= 4096 or _PUBLISHABLE.match(text) or is_placeholder(text):
        return False
    text = text[:_JUDGED]
    dense = _dense(text)
    return dense >= 10 and dense * 5 >= len(text) * 2 and _entropy(text) >= (3.0 if len(text) >= 24 else 2.75)


def looks_like_token(text: str) -> bool:
    """True when a text holds something token-like, whatever it is used for.

    Stricter than `is_credential` in shape (20 characters, more of them random), and blind to dummy words: what it
    says yes to must never be stored.
    """
    return any(_is_token(run.group()) for run in _TOKEN_RUN.finditer(text))


def redact(text: str, formats: Sequence[KeyFormat]) -> str:
    """What may be shown of a key: the provider's public prefix and the length, e.g. `sk-proj-… (164 characters)`."""
    text = strip_scheme(text)
    prefix = public_prefix(text, formats)
    return f"{prefix}… ({len(text)} characters)"


def public_prefix(text: str, formats: Sequence[KeyFormat]) -> str:
    """The longest constant start of a key format that `text` starts with; empty when hardly anything would follow."""
    prefixes = [match.group() for row in formats if (match := _constant_start(row.pattern).match(text))]
    prefix = max(prefixes, key=len, default="")
    return prefix if len(text) - len(prefix) >= 8 else ""


def identity(text: str) -> str:
    """A salted digest of 16 hex digits: tells two secrets apart, and is the same in every run."""
    import hashlib

    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, salt=b"prodlint").hexdigest()


_ATOM = re.compile(
    r"(?:\\[-._+/]|[A-Za-z0-9_/-])(?![*+?{])"
    r"|\(\?:(?:\\[-._+/]|[A-Za-z0-9_/|-])*\)(?:\?|(?![*+?{]))"
)
"""One constant part of a regular expression: a character, or a group of alternatives."""


@functools.lru_cache(maxsize=256)
def _constant_start(pattern: str) -> re.Pattern[str]:
    """The start of a key pattern up to the first part that varies from key to key.

    Empty for a pattern with a group: such a one starts with the name of the variable, not with the key.
    """
    start = end = 2 if pattern.startswith(r"\b") else 0
    if not re.compile(pattern).groups:
        while atom := _ATOM.match(pattern, end):
            end = atom.end()
    return re.compile(pattern[start:end])


def _has_placeholder_word(text: str) -> bool:
    """True when a word that only dummies hold stands in the text."""
    segments = [segment.lower() for segment in _SEGMENT.findall(text)]
    return (
        any(segment in _WORDS for segment in segments)
        or (bool(segments) and segments[0] == "my")
        or _INSIDE_PATTERN.search(text) is not None
    )


def _is_patterned(text: str) -> bool:
    """True for repeated or sequential characters: `xxxx`, `123456`, `abc123def456`, `a1b2c3d4`, `abcabcabc`."""
    body = "".join(_SEGMENT.findall(text)).lower()
    if len(body) < 6:
        return False
    if len(body) >= 16 and len(set(body)) <= (8 if len(body) >= 32 else 6):
        return True
    steps = _steps(body, 1)
    if _longest(steps, 0) >= 5 or _longest(steps, 1) >= 5 or _longest(steps, -1) >= 5 or "xxxx" in body:
        return True
    if len(body) >= 12 and (_share(steps) > 0.4 or _share(_steps(body, 2)) > 0.5):
        return True
    return any(_is_periodic(segment) for segment in (body, *_SEGMENT.findall(text)) if len(segment) >= 8)


def _steps(body: str, stride: int) -> list[int]:
    """Differences of the characters that stand `stride` apart; 9 is followed by 0."""
    return [
        1 if (a, b) == ("9", "0") else -1 if (a, b) == ("0", "9") else ord(b) - ord(a)
        for a, b in zip(body, body[stride:], strict=False)
    ]


def _longest(steps: Sequence[int], wanted: int) -> int:
    """Length of the longest run of one difference."""
    longest = current = 0
    for step in steps:
        current = current + 1 if step == wanted else 0
        longest = max(longest, current)
    return longest


def _share(steps: Sequence[int]) -> float:
    """Share of the differences that repeat or count up."""
    return sum(step in (0, 1) for step in steps) / len(steps)


def _is_periodic(body: str) -> bool:
    """True when the text is a shorter one repeated at least twice."""
    return any(body[period:] == body[:-period] for period in range(1, len(body) // 2 + 1))


def _dense(text: str) -> int:
    """Number of characters in UUIDs, and in those alphanumeric runs that are no word, no number and not short."""
    if "-" in text:
        text = _UUID.sub(lambda uuid: uuid.group().replace("-", "") + "x", text)  # the x: never a mere number
    return sum(len(segment) for segment in _SEGMENT.findall(text) if not _is_wordy(segment))


def _is_wordy(segment: str) -> bool:
    """True for a run as people write it in names: `gpt4`, `MyKey`, `70b`, `20241022`."""
    if _WORDY.fullmatch(segment):
        return True
    letters = segment.rstrip("0123456789")
    if len(segment) - len(letters) > 4 or not letters.isalpha() or (letters.isupper() and len(letters) >= 16):
        return False
    if len(letters) >= 24:
        return len(_VOCABULARY.findall(letters)) >= 2
    return len(letters) >= 4 * len(_HUMPS.findall(letters))


def _entropy(text: str) -> float:
    """Shannon entropy of the characters, bits each."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values())


def _is_token(run: str) -> bool:
    """True for a run of token characters that is too random to be a name, a path or a version."""
    run = run[: _JUDGED * 4]
    dense = _dense(run)
    return dense >= 16 and dense * 2 >= len(run) and len(set(run)) >= 8
