"""Finding keys in any text: source, comments, notebook outputs, configuration files.

The shapes are the SDK catalogue's, run as detect-secrets plugins together with its own OpenAI one, and followed by
those of its filters that help. Its `is_indirect_reference` filter and its gibberish model are left out: measured on
1.5.0, the former loses every key in `client = OpenAI(api_key="...")`. Its AWS plugin is left out too: it adds any 40
characters near the word `aws` to what the catalogue's row finds. Its verification of keys over the network is never
reached, because only the plugins' `analyze_string` is called.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from prodlint.screen import Finder
from prodlint.sdks.schema import KeyFormat
from prodlint.secrets.baseline import NAME as BASELINE_NAME
from prodlint.secrets.baseline import Baseline
from prodlint.secrets.names import is_key_name, nearby_pattern
from prodlint.values import dataclass

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector

_REACH = 330
"""Characters around an anchor that are searched: more than any key of bounded length is long."""
_WIDEST = 4096
"""Characters over which anchors that stand close together are searched at once."""
_BEFORE, _AFTER = 1500, 800
"""Characters around a shape in which its provider must be named, where the shape alone proves nothing."""
_OPENAI_MARK = "T3BlbkFJ"

_ESCAPES = re.compile(r"\\[nrtbf]|\\u[0-9a-fA-F]{4}|\\x1b|%[0-9A-Fa-f]{2}|\[[0-9;]{0,8}m")
_KEY_RUN = re.compile(r"[A-Za-z0-9_+/=-]*")
_NAME_BEFORE = re.compile(
    r"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{0,80})(?P<gap>\\?[\"']?\s?\]?\s{0,3})(?P<operator>=>|:=|=|:)\s{0,3}"
    r"[brufBRUF]{0,2}\\?[\"'`]?(?:(?:Bearer|bearer|Token|token)\s+)?$"
)
_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A key in a text; the key itself is not kept."""

    line: int
    """1-based."""
    column: int
    """1-based, in UTF-16 code units: the first character of the key."""
    end_column: int
    """Exclusive, on the same line."""
    provider: str
    """As the catalogue writes it; empty when only the surroundings tell that it is an LLM provider's key."""
    variable: str
    """The environment variable that should hold it; empty when not known."""
    redacted: str
    usage: str
    """How it stands there, in backticks, e.g. `OPENAI_API_KEY=`; empty for a bare key."""
    identity: str
    """Digest of the key, see `judge.identity`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A key that may be one: where it stands in the text, and whose it is."""

    start: int
    end: int
    provider: str
    variable: str
    rank: int
    """Of two at one place the lower counts."""


_STRICT, _ASSIGNED, _CONTEXTUAL, _FOREIGN = range(4)
"""Ranks: a catalogue shape; a value under a key's name; a shape that needs its provider's name; detect-secrets' own."""


class _Lines:
    """A text and its lines, as editors and Python count them."""

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(newline.end() for newline in _NEWLINE.finditer(text))]

    def index(self, offset: int) -> int:
        """The 0-based number of the line on which `offset` stands."""
        return bisect.bisect_right(self._starts, offset) - 1

    def before(self, offset: int) -> str:
        """The part of the line before `offset`."""
        return self.text[self._starts[self.index(offset)] : offset]

    def content(self, index: int) -> str:
        """A line without its newline."""
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[index] : end].rstrip("\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """The text under the scan and what it is judged by."""

    path: str
    lines: _Lines
    formats: Sequence[KeyFormat]
    baseline: Baseline


def scan(
    text: str,
    path: str,
    formats: Sequence[KeyFormat],
    *,
    contextual_assignments: bool,
    baseline: Baseline | None = None,
) -> tuple[Hit, ...]:
    """Every key in `text`, by place.

    With `contextual_assignments` (configuration files) also what is given to a provider's name, whatever its shape:
    `MISTRAL_API_KEY=...`. `path` is relative to the root; it chooses the comment syntax of `pragma: allowlist secret`
    and the entries of `baseline`, which are left out.
    """
    if path.rsplit("/", 1)[-1] == BASELINE_NAME:
        return ()
    spans = list(_shapes(text, formats))
    if contextual_assignments:
        spans += _assigned(text, formats)
    if not spans:
        return ()
    source = _Source(path=path, lines=_Lines(text), formats=formats, baseline=baseline or Baseline())
    return tuple(_hit(span, source) for span in _without_overlaps(span for span in spans if _counts(span, source)))


def _assigned(text: str, formats: Sequence[KeyFormat]) -> Iterator[_Span]:
    """What a configuration text gives to the names of keys."""
    from prodlint.secrets.assignments import assignments

    for found in assignments(text):
        variable = _variable(found.provider, found.name, formats)
        yield _Span(start=found.start, end=found.end, provider=found.provider, variable=variable, rank=_ASSIGNED)


def _shapes(text: str, formats: Sequence[KeyFormat]) -> Iterator[_Span]:
    """Everything in the text that has the shape of a key."""
    there = _finder(frozenset((_OPENAI_MARK, *(anchor for row in formats for anchor in row.anchors)))).may_be_in(text)
    for row in formats:
        for window, offset in _windows(text, [anchor for anchor in row.anchors if anchor in there]):
            pattern = re.compile(row.pattern)  # which `re` remembers; most texts have the anchors of a few only
            if pattern.search(window) is None:
                continue
            for start, end in _found(_plugin(row), window):
                span = _span(text, offset + start, offset + end, row, is_cut=end == len(window))
                if not row.contextual or pattern.groups or _is_named_nearby(text, span):
                    yield span
    if any(row.provider == "OpenAI" for row in formats):
        for window, offset in _windows(text, {_OPENAI_MARK} & there):
            for start, end in _found(_own_openai_plugin(), window):
                stop = _end_of_run(text, offset + end)
                variable = _variable("OpenAI", "OPENAI_API_KEY", formats)
                yield _Span(start=offset + start, end=stop, provider="OpenAI", variable=variable, rank=_FOREIGN)


@functools.lru_cache(maxsize=4)
def _finder(anchors: frozenset[str]) -> Finder:
    """One for all texts of a run, which knows when it pays to compile patterns."""
    return Finder(anchors)


def _span(text: str, start: int, end: int, row: KeyFormat, *, is_cut: bool) -> _Span:
    """The span of one match; a key that runs beyond the window is followed to its end."""
    stop = _end_of_run(text, end) if is_cut else end
    rank = _CONTEXTUAL if row.contextual else _STRICT
    return _Span(start=start, end=stop, provider=row.provider, variable=row.variable, rank=rank)


def _end_of_run(text: str, end: int) -> int:
    """The end of the run of key characters that goes on at `end`."""
    run = _KEY_RUN.match(text, end)
    return run.end() if run else end


def _windows(text: str, anchors: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The surroundings of every anchor, escapes blanked out, and where they start.

    Bounded pieces instead of lines: a notebook's line can be a megabyte long.
    """
    for anchor in anchors:
        at = text.find(anchor)
        while at >= 0:
            # Anchors that stand close together share a window, unless that would grow without bound.
            last = at
            while (following := text.find(anchor, last + 1, min(last + _REACH, at + _WIDEST))) >= 0:
                last = following
            start = max(0, at - _REACH)
            end = last + len(anchor) + _REACH
            window = text[start:end]
            if "\\" in window or "%" in window or "[" in window:
                # `\nsk-...` in JSON: the `n` must not look like the start of the word.
                window = _ESCAPES.sub(lambda escape: " " * len(escape.group()), window)
            yield window, start
            at = text.find(anchor, last + 1)


def _found(plugin: RegexBasedDetector, window: str) -> Iterator[tuple[int, int]]:
    """Where the secrets of a plugin stand in a window."""
    for secret in sorted(set(plugin.analyze_string(window))):
        at = window.find(secret)
        while at >= 0:
            yield at, at + len(secret)
            at = window.find(secret, at + len(secret))


@functools.lru_cache(maxsize=256)
def _plugin(row: KeyFormat) -> RegexBasedDetector:
    """A detect-secrets plugin for one row of the catalogue."""
    from detect_secrets.plugins.base import RegexBasedDetector

    pattern = re.compile(row.pattern)

    class CatalogueDetector(RegexBasedDetector):
        """Finds the keys of one provider."""

        secret_type = f"{row.provider} API key"
        denylist = (pattern,)

        def analyze_string(self, string: str) -> Iterator[str]:  # type: ignore[override]  # an iterator is all they use
            for match in pattern.finditer(string):
                yield match.group(1) if pattern.groups else match.group()

    return CatalogueDetector()


@functools.lru_cache(maxsize=1)
def _own_openai_plugin() -> RegexBasedDetector:
    """detect-secrets' plugin: it knows keys that carry a project's name, `sk-NAME-...`."""
    from detect_secrets.plugins.openai import OpenAIDetector

    return OpenAIDetector()


@functools.lru_cache(maxsize=1)
def _secret_filters() -> tuple[Callable[[str], bool], ...]:
    """Those of detect-secrets' filters on the secret itself that lose no real key."""
    from detect_secrets.filters import heuristic

    return (heuristic.is_sequential_string, heuristic.is_not_alphanumeric_string, heuristic.is_templated_secret)


def _is_named_nearby(text: str, span: _Span) -> bool:
    """True when the span's provider is named around it, outside the key itself."""
    around = text[max(0, span.start - _BEFORE) : span.start] + " " + text[span.end : span.end + _AFTER]
    return nearby_pattern(span.provider).search(around.lower()) is not None


def _without_overlaps(spans: Iterable[_Span]) -> list[_Span]:
    """The spans by place; of those that overlap, the one of lowest rank, and then the longest."""
    kept: list[_Span] = []
    starts: list[int] = []
    for span in sorted(spans, key=lambda span: (span.rank, span.start - span.end, span.start)):
        at = bisect.bisect_left(starts, span.start)
        is_free_before = at == 0 or kept[at - 1].end <= span.start
        is_free_after = at == len(kept) or span.end <= kept[at].start
        if is_free_before and is_free_after:
            kept.insert(at, span)
            starts.insert(at, span.start)
    return kept


def _counts(span: _Span, source: _Source) -> bool:
    """True unless the span is a dummy, known, or allowed on its line."""
    from prodlint.secrets import judge

    text = source.lines.text
    secret = text[span.start : span.end]
    body = secret[len(judge.public_prefix(secret, source.formats)) :]
    if judge.is_placeholder(secret) or any(is_dummy(body) for is_dummy in _secret_filters()):
        return False
    if source.baseline.covers(source.path, secret):
        return False
    name = _NAME_BEFORE.search(source.lines.before(span.start)[-160:])
    if span.rank == _CONTEXTUAL and name and "key" in name["name"].lower() and not is_key_name(name["name"]):
        return False  # `mistral_cache_key`
    return "pragma" not in text or not _is_allowed(source, source.lines.index(span.start))


def _is_allowed(source: _Source, index: int) -> bool:
    """True for `pragma: allowlist secret` on the line, or its `nextline` form alone on the line before."""
    from detect_secrets.filters.allowlist import is_line_allowlisted
    from detect_secrets.util.code_snippet import get_code_snippet

    # detect-secrets wants the comment in column 1; indented code has it further right.
    previous = source.lines.content(index - 1).strip() if index else ""
    line = source.lines.content(index)
    if "pragma" not in line and "pragma" not in previous:
        return False
    return is_line_allowlisted(source.path, line, get_code_snippet([previous, line], 2))


def _hit(span: _Span, source: _Source) -> Hit:
    """What is told of a span."""
    from prodlint.secrets import judge

    secret = source.lines.text[span.start : span.end]
    before = source.lines.before(span.start)
    column = _utf16(before) + 1
    return Hit(
        line=source.lines.index(span.start) + 1,
        column=column,
        end_column=column + _utf16(secret),
        provider=span.provider,
        variable=span.variable,
        redacted=judge.redact(secret, source.formats),
        usage=_usage(before),
        identity=judge.identity(secret),
    )


def _usage(before: str) -> str:
    """What the key is given to, from the text before it on its line."""
    from prodlint.secrets.judge import looks_like_token

    match = _NAME_BEFORE.search(before[-160:])
    if match is None or looks_like_token(match["name"]):
        return ""
    space = " " if match["gap"].endswith((" ", "\t")) else ""
    return f"`{match['name']}{space}{match['operator']}`"


def _variable(provider: str, name: str, formats: Sequence[KeyFormat]) -> str:
    """The environment variable for a key: the name itself if it is one, else the provider's."""
    if name.isupper() and name.isidentifier():
        return name
    return next((row.variable for row in formats if row.provider == provider and provider), "")


def _utf16(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
