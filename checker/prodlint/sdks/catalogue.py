"""All SDK records, and the look-ups into them that the link stage needs."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from prodlint.sdks.schema import ClientClass, Derivation, KeyFormat, Operation, Record
from prodlint.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All records, and the ways into them."""

    records: tuple[Record, ...]
    """By name, or those first whose versions the project uses."""
    by_name: Mapping[str, Record]
    clients: Mapping[str, tuple[tuple[Record, ClientClass], ...]]
    """By every full name; several where `when` or the record's versions differ."""
    functions: Mapping[str, tuple[tuple[Record, Operation], ...]]
    """By full name, as for `wrappers`; several where the records' versions differ."""
    wrappers: Mapping[str, tuple[tuple[Record, Derivation], ...]]
    distinctive: Mapping[str, tuple[tuple[Record, Operation], ...]]
    """By attribute path: the operations that count on a receiver of unknown origin."""
    imports: tuple[str, ...]
    """Import roots of all records, sorted."""
    transparent: frozenset[str]
    """Attributes of any record that may stand anywhere in a path and change nothing."""
    keys: tuple[KeyFormat, ...]


@functools.cache
def load() -> Catalogue:
    """The records that come with prodlint. Raises CatalogueError."""
    import pickle

    from prodlint.compiled import stored

    folder = os.path.dirname(os.path.abspath(__file__))
    catalogue: Catalogue = pickle.loads(stored(folder, "catalogue", lambda: pickle.dumps(read(), protocol=5)))
    return catalogue


def read() -> Catalogue:
    """The same, from the TOML files. Raises CatalogueError."""
    from prodlint.sdks.record_file import load_file

    records: list[Record] = []
    keys: list[KeyFormat] = []
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        found = load_file(path.read_text(encoding="utf-8"), path.name)
        if isinstance(found, Record):
            records.append(found)
        else:
            keys.extend(found)
    return combine(records, keys)


def combine(records: Iterable[Record], keys: Iterable[KeyFormat] = ()) -> Catalogue:
    """A catalogue of the given records, and of keys beside those the records hold. Raises CatalogueError.

    A later record replaces an earlier one of its name, so that a project may correct a shipped one.
    """
    by_name = {record.name: record for record in records}
    return indexed(tuple(by_name[name] for name in sorted(by_name)), keys)


def indexed(ordered: tuple[Record, ...], keys: Iterable[KeyFormat] = ()) -> Catalogue:
    """A catalogue whose look-ups give the candidates in the order of the records; each name stands once."""
    return Catalogue(
        records=ordered,
        by_name={record.name: record for record in ordered},
        clients=_index((name, (r, c)) for r in ordered for c in r.clients for name in c.names),
        functions=_index((o.path, (r, o)) for r in ordered for o in r.functions),
        wrappers=_index((w.path, (r, w)) for r in ordered for w in r.wrappers),
        distinctive=_index(
            (o.path, (r, o)) for r in ordered for ops in r.surfaces.values() for o in ops if o.distinctive
        ),
        imports=tuple(sorted({root for record in ordered for root in record.imports})),
        transparent=frozenset(name for record in ordered for name in record.transparent),
        keys=(*keys, *(key for record in ordered for key in record.keys)),
    )


def _index(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    index: dict[str, tuple[T, ...]] = {}
    for name, value in pairs:
        index[name] = (*index.get(name, ()), value)
    return index
