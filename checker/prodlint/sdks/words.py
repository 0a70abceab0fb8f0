"""The words of the SDK catalogue that the screen looks for: all that a run needs of it as long as none occurs."""

from __future__ import annotations

import marshal
import os
from typing import TYPE_CHECKING

from prodlint import compiled
from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.sdks.catalogue import Catalogue


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
    )


def _made() -> bytes:
    from prodlint.sdks import catalogue

    return marshal.dumps(tuple(of(catalogue.load())))
