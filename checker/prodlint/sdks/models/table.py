"""Reads `models.toml`, which `scripts/generate_models.py` writes: one table a provider, one line a model.

The file's `date` is the day on which its facts are judged unless another is asked for, so that one commit gives one
result on every day. Only the lines asked for are read as TOML: a run needs a few of hundreds, and reading them all
takes as long as reading all SDK records.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prodlint.model import KnownModel
from prodlint.values import dataclass

_LINE = re.compile(r'^(?:\[([\w-]+)\]|("[^"\n]+") = .*)$', re.MULTILINE)
_REGION = re.compile(r"(?:us|eu|apac|au|ca|in|jp|us-gov|global)\.(?=[a-z0-9-]+\.)")
"""What names a cross-region profile of a platform that writes ids as `vendor.model`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTable:
    """All models."""

    date: str
    """ISO date of the facts."""
    sources: tuple[str, ...]
    """Package, version and file of each source."""
    lines: Mapping[str, Mapping[str, str]]
    """The line of the file for each model, by provider and id."""

    def find(self, name: str) -> KnownModel | None:
        """The model that a request names, by exact id; with or without its provider (`openai/gpt-4o`, `openai:gpt-4o`).

        None for an id that is not in the table, and for one that several providers use.
        """
        for separator in "/:":
            provider, found, rest = name.partition(separator)
            if found and rest in self.lines.get(provider, {}):
                return self._model(provider, rest)
        providers = [provider for provider, lines in self.lines.items() if name in lines]
        if not providers and _REGION.match(name):
            return self.find(_REGION.sub("", name, count=1))
        return self._model(providers[0], name) if len(providers) == 1 else None

    def __iter__(self) -> Iterator[KnownModel]:
        """All models, by provider and id."""
        for provider, lines in self.lines.items():
            yield from (self._model(provider, name) for name in lines)

    def _model(self, provider: str, name: str) -> KnownModel:
        facts = _toml(self.lines[provider][name])[name]
        return KnownModel(id=name, provider=provider, **{**facts, "rejects": tuple(facts.get("rejects", ()))})


@functools.cache
def load() -> ModelTable:
    """The table that comes with prodlint."""
    return read((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))


def read(text: str) -> ModelTable:
    """The table in a text as the generator writes it. Raises ValueError or KeyError for another."""
    head, _, body = text.partition("\n[")
    facts = _toml(head)
    lines: dict[str, dict[str, str]] = {}
    for found in _LINE.finditer(f"[{body}"):
        if found[1]:
            models = lines[found[1]] = {}
        else:
            models[found[2][1:-1]] = found[0]
    return ModelTable(date=facts["date"], sources=tuple(facts["sources"]), lines=lines)


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data: dict[str, Any] = tomllib.loads(text)
    return data
