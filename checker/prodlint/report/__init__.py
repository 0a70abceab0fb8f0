"""The output formats: from a finished run to text.

Importing this package imports no format; `FORMATS[name]` imports the one module that is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from prodlint.report.style import Style

if TYPE_CHECKING:
    from prodlint.findings import Run

__all__ = ["DATA_FORMATS", "FORMATS", "Renderer", "Style"]

Renderer = Callable[["Run", Style], str]
"""A pure function: the same run gives the same text."""

_MODULES = {
    "full": "full",
    "concise": "concise",
    "grouped": "grouped",
    "json": "json_report",
    "jsonl": "jsonl",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "azure": "azure",
    "junit": "junit",
    "rdjson": "rdjson",
    "markdown": "markdown",
}

DATA_FORMATS = frozenset(_MODULES) - {"full", "concise", "grouped"}
"""Formats that are read by programs: nothing but the data may stand in their output."""


class _LazyFormats(Mapping[str, Renderer]):
    """`render` of each format's module, imported on first use."""

    def __getitem__(self, name: str) -> Renderer:
        module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
        renderer: Renderer = module.render
        return renderer

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


FORMATS: Mapping[str, Renderer] = _LazyFormats()
