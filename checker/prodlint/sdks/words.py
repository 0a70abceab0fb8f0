"""The words of the SDK catalogue that the screen looks for: all that a run needs of it as long as none occurs."""

from __future__ import annotations

import marshal
import os
from typing import TYPE_CHECKING

from prodlint import compiled
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prodlint.sdks.catalogue import Catalogue
    from prodlint.sdks.schema import Operation


class Words(NamedTuple):
    """Texts that stand in files with LLM code."""

    imports: tuple[str, ...]
    """Import roots, dotted."""
    tails: tuple[str, ...]
    """Attribute paths of calls that count on a receiver of unknown origin, dotted."""
    anchors: tuple[str, ...]
    """Literal pieces of keys, and the environment variables that hold one."""
    variables: tuple[str, ...]
    """Those environment variables alone."""
    methods: tuple[str, ...]
    """Names of methods that make requests where the path of the call does not tell it; without `EVERYDAY`."""
    functions: tuple[str, ...]
    """Names of functions that do."""


EVERYDAY = frozenset(
    {
        "append",
        "apply",
        "conversation",
        "create",
        "customization",
        "defer",
        "edit",
        "embeddings",
        "forward",
        "generations",
        "iter",
        "parse",
        "responses",
        "sample",
        "speech",
        "start",
        "thread",
        "translate",
    }
)
"""Methods that make requests of some SDK objects, and have the names of what objects of every kind do. A file that says
nothing else of LLMs is not read for them."""


def load() -> Words:
    """The words of the records that come with prodlint. Raises catalogue.CatalogueError."""
    return Words(*marshal.loads(compiled.stored(os.path.dirname(os.path.abspath(__file__)), "words", _made)))


def of(catalogue: Catalogue) -> Words:
    """The words of a catalogue."""
    return Words(
        imports=catalogue.imports,
        tails=tuple(path for path in catalogue.distinctive if "." in path),
        anchors=tuple(sorted({text for key in catalogue.keys for text in (*key.anchors, key.variable)} - {""})),
        variables=tuple(sorted({key.variable for key in catalogue.keys} - {""})),
        methods=_vague(
            (op for record in catalogue.records for ops in record.surfaces.values() for op in ops), catalogue
        ),
        functions=_vague((operation for record in catalogue.records for operation in record.functions), catalogue),
    )


def _vague(operations: Iterable[Operation], catalogue: Catalogue) -> tuple[str, ...]:
    paths = {operation.path for operation in operations if operation.kind != "other"} - catalogue.distinctive.keys()
    names = {path.rpartition(".")[2] for path in paths} - EVERYDAY
    return tuple(sorted(name for name in names if not name.startswith("__")))


def _made() -> bytes:
    from prodlint.sdks import catalogue

    return marshal.dumps(tuple(of(catalogue.load())))
