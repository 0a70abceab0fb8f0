"""The findings a project has decided to live with: a file of identities, one on a line, without line numbers.

An entry is a rule, a path, the enclosing function or class, and a hash of the flagged source without its layout
(`prodlint.identity`); it holds no source and no key. Equal entries are counted: with two known and three found, one is
new. An entry whose file is gone is looked for in other files, so that a rename makes nothing new.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from prodlint.findings import Finding
from prodlint.values import dataclass, replace

NAME = ".prodlint-baseline.json"
"""In the project's root; used when it exists."""

VERSION = 1
"""Of the file's format."""


class BaselineError(Exception):
    """A baseline that cannot be used; the run ends with exit code 2."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """One known finding."""

    path: str
    """Relative to the project root, `/` separated."""
    rule: str
    symbol: str
    """Qualified name of the enclosing function or class; empty for the module."""
    hash: str
    """`Finding.source_hash`."""
    nth: int = 1
    """1-based, among entries that are otherwise equal."""
    reason: str = ""
    """Why the finding is accepted, for readers; written by hand and kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Findings laid beside entries."""

    new: tuple[Finding, ...]
    known: tuple[tuple[Entry, Finding], ...]
    left: tuple[Entry, ...]
    """Entries without a finding."""


def read(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a file. Raises BaselineError with the remedy."""
    import json

    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BaselineError(
            f"{path}: no such baseline; `prodlint baseline create --baseline {path}` makes one"
        ) from None
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BaselineError(f"{path}: is not UTF-8") from None
    if re.search(r"^(?:<{7}|>{7}|={7})", text, re.MULTILINE):
        raise BaselineError(f"{path}: holds the marks of a merge conflict; keep the entries of both sides")
    try:
        document = json.loads(_united(text))
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{path}: is not JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("entries"), list):
        raise BaselineError(f'{path}: is not a baseline: there is no list of "entries"')
    if document.get("version") != VERSION:
        raise BaselineError(f"{path}: is of version {document.get('version')}; this prodlint reads version {VERSION}")
    return tuple(_entry(path, number, item) for number, item in enumerate(document["entries"], 1))


def _united(text: str) -> str:
    """Return the text with the commas right that git's `merge=union` puts together from two sides."""
    return re.sub(r",\s*\]", "\n]", re.sub(r"\}\s*\n(\s*)\{", r"},\n\1{", text))


def _entry(path: Path, number: int, item: object) -> Entry:
    if isinstance(item, dict):
        texts = {name: item.get(name, "") for name in ("path", "rule", "symbol", "hash", "reason")}
        nth = item.get("nth", 1)
        if all(isinstance(text, str) for text in texts.values()) and isinstance(nth, int) and texts["rule"]:
            return Entry(**texts, nth=nth)
    raise BaselineError(f"{path}: entry {number} is not an object with path, rule, symbol, hash and nth")


def render(entries: Iterable[Entry]) -> str:
    """Return the file for some entries, numbered anew: sorted, one on a line, the same bytes for the same entries."""
    import json

    counts: Counter[tuple[str, str, str, str]] = Counter()
    lines = []
    for entry in sorted(entries):
        counts[_key(entry)] += 1
        members: dict[str, str | int] = {
            "path": entry.path,
            "rule": entry.rule,
            "symbol": entry.symbol,
            "hash": entry.hash,
            "nth": counts[_key(entry)],
        }
        lines.append("    " + json.dumps(members | ({"reason": entry.reason} if entry.reason else {})))
    inner = "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "entries": {inner}\n}}\n'


def entries_of(findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """Return an entry for each finding."""
    return tuple(
        Entry(path=item.location.path, rule=item.rule, symbol=item.symbol, hash=item.source_hash) for item in findings
    )


def match(findings: Sequence[Finding], entries: Iterable[Entry], is_gone: Callable[[str], bool]) -> Matched:
    """Pair findings with entries: in the same file, then entries of files that are gone with what is left elsewhere."""
    known: list[tuple[Entry, Finding]] = []
    new, left = _paired(findings, sorted(entries), known, _key)
    gone = [entry for entry in left if is_gone(entry.path)]
    new, gone_left = _paired(new, gone, known, lambda entry: _key(entry)[1:])
    still = {id(entry) for entry in gone_left}
    return Matched(
        new=tuple(new),
        known=tuple(known),
        left=tuple(entry for entry in left if not is_gone(entry.path) or id(entry) in still),
    )


def moved(known: Iterable[tuple[Entry, Finding]]) -> tuple[Entry, ...]:
    """Return matched entries under the path at which their finding is now."""
    return tuple(replace(entry, path=finding.location.path) for entry, finding in known)


def _paired(
    findings: Iterable[Finding],
    entries: Iterable[Entry],
    known: list[tuple[Entry, Finding]],
    key: Callable[[Entry], tuple[str, ...]],
) -> tuple[list[Finding], list[Entry]]:
    """Move what has the same key to `known`, one to one, and return what is left of both."""
    waiting: defaultdict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        waiting[key(entry)].append(entry)
    new: list[Finding] = []
    for finding, own in zip(findings, entries_of(findings), strict=True):
        candidates = waiting.get(key(own))
        if candidates:
            known.append((candidates.pop(0), finding))
        else:
            new.append(finding)
    return new, [entry for candidates in waiting.values() for entry in candidates]


def _key(entry: Entry) -> tuple[str, str, str, str]:
    return entry.path, entry.rule, entry.symbol, entry.hash
