"""SDKs that a project declares in its configuration: records like the shipped ones, of which they take precedence."""

from __future__ import annotations

from collections.abc import Container, Sequence

from prodlint.config import DeclaredSdk
from prodlint.sdks.catalogue import Catalogue, combine, load
from prodlint.sdks.schema import CatalogueError, ClientClass, Derivation, Operation, Record
from prodlint.values import replace
from prodlint.versions.ranges import is_range

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
    keys = (*shipped.keys, *(key for record in own for key in record.keys))
    return replace(combine([*shipped.records, *own]), keys=keys)


def declared_names(declared: Sequence[DeclaredSdk], catalogue: Catalogue) -> frozenset[str]:
    """The full names of the declared clients and functions: what they do is known, wherever they are defined."""
    records = [catalogue.by_name[str(item.table["name"])] for item in declared]
    return frozenset(name for record in records for name in _names(record))


def _names(record: Record) -> list[str]:
    """The full names that a record gives a meaning to."""
    clients = [name for client in record.clients for name in client.names]
    return [*clients, *(item.path for item in record.functions), *(item.path for item in record.wrappers)]


def _says_something(record: Record) -> bool:
    """True when there is code that a run can recognise by the record."""
    distinctive = any(operation.distinctive for found in record.surfaces.values() for operation in found)
    tables = (record.clients, record.functions, record.wrappers, record.keys, record.exceptions)
    return distinctive or any(tables)


def _record(item: DeclaredSdk, shipped: Container[str]) -> Record:
    from prodlint.sdks.record_file import record_of

    name = item.table.get("name")
    where = f"{item.path}: sdk {f'`{name}`' if isinstance(name, str) else 'without a name'}"
    for key in REQUIRED:
        if key not in item.table:
            raise CatalogueError(f"{where}: `{key}` is missing")
    assumed = {
        "title": name,
        "distributions": [],
        "versions": "",
        "proved_on": [],
        "checked": "",
        "source": item.path.name,
    }
    record = record_of({**assumed, **item.table}, where)
    if not all(record.imports) or not record.imports:
        raise CatalogueError(f'{where}: `imports` names no package, so no file uses it; write `imports = ["{name}"]`')
    if not _says_something(record) and record.name not in shipped:
        raise CatalogueError(
            f"{where}: no file can match it, as it has no client, function, wrapper or key; "
            'name a class that is imported, as in `[[tool.prodlint.sdk.client]]` with `names = ["..."]`'
        )
    for full in _names(record):
        if not any(full.startswith(f"{root}.") or full == root for root in record.imports):
            raise CatalogueError(f"{where}: `{full}` begins with none of `imports`")
    for text in (record.versions, *_variant_ranges(record)):
        if not is_range(text):
            raise CatalogueError(f"{where}: `versions`: not a PEP 440 range: {text!r}")
    return record


def _variant_ranges(record: Record) -> list[str]:
    items: list[Operation | Derivation | ClientClass] = [*record.functions, *record.wrappers, *record.clients]
    items += [item for found in record.surfaces.values() for item in found]
    items += [item for found in record.derivations.values() for item in found]
    return [variant.versions for item in items for variant in item.variants]
