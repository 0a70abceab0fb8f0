"""Version ranges as PEP 440 has them, and those of Poetry and conda put into these words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_EXACT = re.compile(r"\s*={2,3}\s*([^\s,*]+)\s*")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")


def exact(specifier: str) -> str:
    """The version that a range is pinned to; empty when it allows several."""
    pinned = _EXACT.fullmatch(specifier)
    return pinned[1] if pinned and _version(pinned[1]) is not None else ""


@functools.cache
def holds(specifier: str, version: str) -> bool:
    """True when the version is in the range; False too when one of them is not PEP 440."""
    known, parsed = _specifiers(specifier), _version(version)
    return known is not None and parsed is not None and known.contains(parsed, prereleases=True)


def is_range(specifier: str) -> bool:
    """True when the text is a PEP 440 range; the empty one allows every version."""
    return _specifiers(specifier) is not None


def newest(versions: Iterable[str], specifier: str = "") -> str:
    """The newest of the versions that the range allows; empty when it allows none of them."""
    allowed = [(parsed, text) for text in versions if holds(specifier, text) and (parsed := _version(text)) is not None]
    return max(allowed, default=(None, ""))[1]


def newest_named(specifier: str) -> str:
    """The newest version that the range itself names and allows, `1.40` for `~=1.40`; empty when there is none."""
    known = _specifiers(specifier)
    named = [] if known is None else [item.version.removesuffix(".*") for item in known]
    return newest(named, specifier)


def from_poetry(text: str) -> str:
    """A constraint of Poetry or Pipenv as PEP 440 has it; of alternatives (`^1 || ^2`) the last."""
    parts = [part.strip() for part in text.rpartition("||")[2].split(",")]
    return ",".join(filter(None, (_poetry_part(part) for part in parts)))


def from_conda(text: str) -> str:
    """The version part of a conda requirement as PEP 440 has it: `=1.2` is `==1.2.*`, a build string is left out."""
    text = text.rpartition("|")[2].strip()
    if text.startswith("=") and not text.startswith("=="):
        version = text[1:].partition("=")[0].strip()
        return f"=={version}" if version.endswith("*") else f"=={version}.*"
    return text


def _poetry_part(part: str) -> str:
    if part in ("", "*"):
        return ""
    number = _NUMBER.search(part)
    if part[0] in "^~" and not part.startswith("~=") and number:
        release = number[0].split(".")
        if part[0] == "^":
            kept = next((index for index, digits in enumerate(release) if int(digits)), len(release) - 1)
        else:
            kept = min(1, len(release) - 1)
        above = [*release[:kept], str(int(release[kept]) + 1)]
        return f">={part[1:].strip()},<{'.'.join(above)}"
    if part[0].isdigit():
        return f"=={part}"
    return part


@functools.cache
def _specifiers(text: str) -> SpecifierSet | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


@functools.cache
def _version(text: str) -> Version | None:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:
        return None
