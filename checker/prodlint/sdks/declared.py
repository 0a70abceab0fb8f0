"""SDKs that a project declares in its configuration: records like the shipped ones, of which they take precedence."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

from prodlint.config import DeclaredSdk
from prodlint.sdks.catalogue import Catalogue, combine, load
from prodlint.sdks.record_checks import idle, names
from prodlint.sdks.schema import CatalogueError, Record
from prodlint.values import replace

REQUIRED = ("name", "imports")
"""What a declaration must have at its top; everything else there has a default."""


def catalogue_with(declared: Sequence[DeclaredSdk]) -> Catalogue:
    """The shipped catalogue and the declared records; one of a shipped name replaces that record.

    The key formats of a replaced record stay. Raises CatalogueError, with file, table and key.
    """
    shipped = load()
    if not declared:
        return shipped
    own = [_record(item, shipped.by_name) for item in declared]
    _refuse_repeated(declared)
    keys = (*shipped.keys, *(key for record in own for key in record.keys))
    return replace(combine([*shipped.records, *own]), keys=keys)


def declared_names(declared: Sequence[DeclaredSdk], catalogue: Catalogue) -> frozenset[str]:
    """The full names of the declared clients and functions: what they do is known, wherever they are defined."""
    records = [catalogue.by_name[str(item.table["name"])] for item in declared]
    return frozenset(name for record in records for name in names(record))


def _says_something(record: Record) -> bool:
    """True when there is code that a run can recognise by the record."""
    distinctive = any(operation.distinctive for found in record.surfaces.values() for operation in found)
    return distinctive or any((record.clients, record.functions, record.wrappers, record.keys))


def _refuse_repeated(declared: Sequence[DeclaredSdk]) -> None:
    """One file says what an SDK is once; a file that extends another may say it anew."""
    seen: set[tuple[Path, object]] = set()
    for item in declared:
        place = (item.path, item.table["name"])
        if place in seen:
            raise CatalogueError(f"{item.path}: sdk `{place[1]}`: `name` stands there twice; join the two tables")
        seen.add(place)


def _record(item: DeclaredSdk, shipped: Container[str]) -> Record:
    from prodlint.sdks.record_file import record_of

    name = item.table.get("name")
    where = f"{item.path}: sdk {f'`{name}`' if isinstance(name, str) else 'without a name'}"
    for key in REQUIRED:
        if key not in item.table:
            raise CatalogueError(f"{where}: `{key}` is missing")
    if not isinstance(name, str) or not name:
        raise CatalogueError(f"{where}: [top.name]: expected text, not {name!r}")
    assumed = {"title": name, "distributions": [], "versions": "", "proved_on": [], "checked": ""}
    record = record_of({**assumed, "source": item.path.name, **item.table}, where)
    if not _says_something(record) and record.name not in shipped:
        raise CatalogueError(
            f"{where}: no file can match it, as it has no client, function, wrapper or key; "
            'name a class that is imported, as in `[[tool.prodlint.sdk.client]]` with `names = ["..."]`'
        )
    for table, problem in idle(record):
        raise CatalogueError(f"{where}: {problem}" if table == "top" else f"{where}: [{table}]: {problem}")
    return record
