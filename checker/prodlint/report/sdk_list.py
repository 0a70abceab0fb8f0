"""The SDK catalogue and the model table as `prodlint sdks` shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prodlint.model import KnownModel
from prodlint.report.json_report import SCHEMA_VERSION, Json, document
from prodlint.report.models import model_facts, model_object
from prodlint.report.printable import printable
from prodlint.report.style import Style
from prodlint.sdks.editions import ASSUMED, Release
from prodlint.sdks.models.table import ModelTable
from prodlint.sdks.schema import ClientClass, Operation, Record

Sdk = tuple[Record, Release]
"""A record, and the release of it that the project uses."""


def list_text(sdks: Sequence[Sdk], table: ModelTable, style: Style) -> str:
    """One line for each SDK, and what the model table holds."""
    rows = [("name", "versions", "proved on", "checked", "here")]
    rows += [
        (
            name_of(record),
            record.versions or "any",
            ", ".join(record.proved_on) or "nothing",
            record.checked or "-",
            _here(record, release),
        )
        for record, release in sdks
    ]
    shown = [tuple(printable(cell, style) for cell in row) for row in rows]
    widths = [max(len(row[index]) for row in shown) for index in range(4)]
    lines = []
    for role, (name, *cells, here) in zip(("dim", *("rule" for _ in sdks)), shown, strict=True):
        middle = (f"{cell:<{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        lines.append("  ".join((style.paint(role, f"{name:<{widths[0]}}"), *middle, here)).rstrip() + "\n")
    count = sum(1 for _ in table)
    return f"{''.join(lines)}\n{len(sdks)} SDKs; {count} models as of {table.date} (`prodlint sdks --models`)\n"


def sdk_text(sdk: Sdk, style: Style) -> str:
    """All that a record says, for people."""
    record, release = sdk
    lines = [f"# {style.paint('rule', name_of(record))}", ""]
    lines += [f"{name}: {printable(value, style)}" for name, value in _facts(record) if value]
    lines.append(f"here: {printable(_here(record, release) or 'no project file says', style)}")
    for title, found in (("Clients", list(_clients(record))), ("Requests", list(_operations(record)))):
        lines += ["", f"{title}:", *(f"  {printable(line, style)}" for line in found)] if found else []
    return "\n".join(lines) + "\n"


def models_text(table: ModelTable, as_of: str, style: Style, name: str = "") -> str:
    """One line for each model whose id or provider has `name` in it, and where the facts are from."""
    lines = [printable(model_facts(model, as_of), style) for model in named(table, name)]
    return (
        "\n".join([*lines, "", f"{len(lines)} models as of {table.date}, judged on {as_of}. From:"])
        + "".join(f"\n  {source}" for source in table.sources)
        + "\n"
    )


def list_json(sdks: Iterable[Sdk]) -> str:
    """One JSON object, one SDK a line."""
    return document({"schema_version": SCHEMA_VERSION, "sdks": [_object(*sdk) for sdk in sdks]})


def models_json(table: ModelTable, as_of: str, name: str = "") -> str:
    """One JSON object, one model a line, of those that `models_text` lists."""
    return document(
        {
            "schema_version": SCHEMA_VERSION,
            "date": table.date,
            "as_of": as_of,
            "sources": list(table.sources),
            "models": [model_object(model, as_of) for model in named(table, name)],
        }
    )


def named(table: ModelTable, name: str) -> list[KnownModel]:
    """The models whose id or provider has `name` in it, in any case; or the one that a request means by it."""
    found = [model for model in table if name.casefold() in f"{model.provider}/{model.id}".casefold()]
    meant = table.find(name) if not found else None
    return [meant] if meant is not None else found


def name_of(record: Record) -> str:
    """The name by which `prodlint calls` and `prodlint sdks` know a record."""
    return record.name.replace("_", "-")


def default_of(client: ClientClass) -> str:
    """The defaults of a client: `600 s, 2 retries`; `unknown` where there is no one default."""
    seconds = "no timeout" if client.timeout_default is None else f"{client.timeout_default:g} s"
    timeout = "timeout unknown" if "timeout" in client.no_one_default else seconds
    retries = "retries unknown" if "retries" in client.no_one_default else f"{client.retries_default} retries"
    return f"{timeout}, {retries}"


def is_called(record: Record, name: str) -> bool:
    """True when people may mean a record by a name: its own, its title's, a distribution's or an import's."""
    names = (record.name, record.title, *record.distributions, *record.imports)
    return _plain(name) in {_plain(each) for each in names}


def _plain(name: str) -> str:
    return name.casefold().replace("_", "-").replace(".", "-").replace(" ", "-")


def distributions_of(record: Record) -> str:
    """The distributions of a record, with the release of each that its facts are from: `openai 3.54.0, langfuse`."""
    newest = {**dict(zip(record.distributions[:1], record.proved_on[:1], strict=False)), **record.releases}
    return ", ".join(f"{name} {newest.get(name, '')}".rstrip() for name in record.distributions)


def operations_of(record: Record) -> Iterator[Operation]:
    """Every kind of request that a record knows."""
    for operations in record.surfaces.values():
        yield from operations
    yield from record.functions


def _here(record: Record, release: Release) -> str:
    """The version that the project's files say; empty when they say none."""
    if release.origin in ("", ASSUMED):
        return ""
    is_main = release.distribution in record.distributions[:1]
    return f"{'' if is_main else f'{release.distribution} '}{release.version}, {release.origin}"


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    yield "title", record.title
    yield "distributions", distributions_of(record)
    yield "imports", ", ".join(record.imports)
    yield "versions", record.versions
    yield "proved on", ", ".join(record.proved_on)
    yield "checked", record.checked
    yield "source", record.source


def _clients(record: Record) -> Iterator[str]:
    for client in record.clients:
        variable = f", key from {client.key_variable}" if client.key_variable else ""
        yield f"{client.names[0]}{_condition(client)} ({client.mode}): {default_of(client)} by default{variable}"


def _condition(client: ClientClass) -> str:
    """When the record holds for a call of that name: ` with model_provider="anthropic"`; of places that hold the same,
    the keyword alone."""
    places = {allowed: place for place, allowed in sorted(client.when.items()) if allowed}
    parts = [f"{place}={' or '.join(allowed)}" for allowed, place in places.items()]
    parts += [f"no {place}" for place, allowed in client.when.items() if not allowed]
    return f" with {', '.join(parts)}" if parts else ""


def _operations(record: Record) -> Iterator[str]:
    """The requests, those with the same settings together, each group with the places of its settings below."""
    groups: dict[str, list[str]] = {}
    for operation in operations_of(record):
        places = ", ".join(
            f"{name}: {' or '.join('.'.join(spelling.path) for spelling in spellings if not spelling.unclear)}"
            for name, spellings in operation.settings.items()
        )
        groups.setdefault(f"  {operation.kind}{f'; {places}' if places else ''}", []).append(operation.path)
    for settings, paths in groups.items():
        yield ", ".join(paths)
        yield settings


def _object(record: Record, release: Release) -> dict[str, Json]:
    return {
        "name": name_of(record),
        "title": record.title,
        "distributions": list(record.distributions),
        "imports": list(record.imports),
        "versions": record.versions,
        "proved_on": list(record.proved_on),
        "checked": record.checked or None,
        "releases": dict(record.releases),
        "source": record.source,
        "here": {
            "distribution": release.distribution,
            "version": release.version or None,
            "origin": release.origin or None,
        },
        "clients": [
            {
                "names": list(client.names),
                "when": {place: list(allowed) for place, allowed in client.when.items()},
                "mode": client.mode,
                "timeout_default": None if "timeout" in client.no_one_default else client.timeout_default,
                "retries_default": None if "retries" in client.no_one_default else client.retries_default,
                "no_one_default": list(client.no_one_default),
                "key_variable": client.key_variable or None,
            }
            for client in record.clients
        ],
        "operations": [
            {
                "path": operation.path,
                "kind": operation.kind,
                "settings": {
                    name: [".".join(spelling.path) for spelling in spellings]
                    for name, spellings in operation.settings.items()
                },
            }
            for operation in operations_of(record)
        ],
    }
