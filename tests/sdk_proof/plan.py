"""What the `[proof]` section of an SDK record says: how its facts are held against the real package.

The section stands last in a record; prodlint itself reads the text above it only.

    [proof]
    environment = "main"         the virtual environment that holds the packages; records share one where they can
    packages = ["openai==1.2"]   default: the first distribution, at the first version of `proved_on`
    skip = "needs torch"         instead of all else: why the record is never proved
    objects = { http_client = "httpx.Client" }
                                 classes of arguments whose annotation does not tell, by the argument's name
    open = ["extra_body"]        keywords whose mapping goes to the server as it is: no signature tells its keys
    [proof.through]              functions that hand their **kwargs on: by attribute path or client name, the
                                 functions whose signatures count instead, the synchronous one first
    [proof.construct]            arguments beside the key, by a client's first name; `"*"`: for all that take them
    [proof.derive]               arguments of derivations and wrappers, by path
    [[proof.wire]]               a request to a local server: see `Wire`
    [[proof.fact]]               what no package shows: `names` (with `*`), `proved = false`, `source`

In arguments, `{url}` is replaced by the address of a local server, `{key}` by a made-up key, and a text
`@package.Class` by an object of that class, made with the arguments that `[proof.construct]` has under that name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodlint.sdks import record_file
from prodlint.sdks.schema import Record

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECORDS = Path(record_file.__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A request that the test sends to a local server, once for every default and keyword of its client.

    The server answers 503. What is looked at: the time limit of the connection, the number of requests, the JSON.
    """

    names: tuple[str, ...]
    """Clients by their first names, or full names of functions. The call is the same for all of them."""
    call: str
    """Attribute path of the method, as in the record; `chats.create().send_message` for one on what is derived."""
    arguments: Mapping[str, Any]
    """Of the call; `@0` and so on are positional."""
    body: tuple[str, ...]
    """Dotted paths in the JSON that is sent at one of which the output cap stands; none: its spelling, with or without
    the first keyword."""
    attempts: int | None
    """Requests on 503, where they are not the record's retries plus one: what is tried again differs by status."""
    without: tuple[str, ...]
    """Spellings that this request does not try, since they take no number or do not work here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproved:
    """A pattern for facts that no test can see, and where they come from."""

    pattern: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A record, and how it is proved."""

    record: Record
    filename: str
    environment: str
    packages: tuple[str, ...]
    skip: str
    objects: Mapping[str, str]
    open: tuple[str, ...]
    through: Mapping[str, tuple[str, ...]]
    construct: Mapping[str, Mapping[str, Any]]
    derive: Mapping[str, Mapping[str, Any]]
    wires: tuple[Wire, ...]
    unproved: tuple[Unproved, ...]


class PlanError(ValueError):
    """A `[proof]` section is missing or has an unknown key."""


def plans() -> Iterator[Plan]:
    """The plan of every record, by file name. Raises PlanError."""
    for path in sorted(RECORDS.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        if text.startswith("name ="):
            yield plan(text, path.name)


def plan(text: str, filename: str) -> Plan:
    """The plan in a record's text. Raises PlanError."""
    record = record_file.load_record(text, filename)
    section = dict(tomllib.loads(text).get("proof", {}))
    result = Plan(
        record=record,
        filename=filename,
        environment=section.pop("environment", ""),
        packages=tuple(section.pop("packages", [f"{record.distributions[0]}=={record.proved_on[0]}"])),
        skip=section.pop("skip", ""),
        objects=section.pop("objects", {}),
        open=tuple(section.pop("open", ())),
        through={path: tuple(names) for path, names in section.pop("through", {}).items()},
        construct=section.pop("construct", {}),
        derive=section.pop("derive", {}),
        wires=tuple(_wire(table, filename) for table in section.pop("wire", [])),
        unproved=tuple(entry for table in section.pop("fact", []) for entry in _unproved(table, filename)),
    )
    if section:
        raise PlanError(f"{filename}: [proof]: unknown keys {sorted(section)}")
    if bool(result.environment) == bool(result.skip):
        raise PlanError(f"{filename}: [proof] needs either `environment` or `skip`")
    return result


def _wire(table: Mapping[str, Any], filename: str) -> Wire:
    if unknown := table.keys() - {"names", "call", "arguments", "body", "attempts", "without"}:
        raise PlanError(f"{filename}: [[proof.wire]]: unknown keys {sorted(unknown)}")
    return Wire(
        names=tuple(table["names"]),
        call=table.get("call", ""),
        arguments=table.get("arguments", {}),
        body=tuple(table.get("body", ())),
        attempts=table.get("attempts"),
        without=tuple(table.get("without", ())),
    )


def _unproved(table: Mapping[str, Any], filename: str) -> Iterator[Unproved]:
    if table.keys() != {"names", "proved", "source"} or table["proved"] is not False:
        raise PlanError(f"{filename}: [[proof.fact]] needs `names`, `proved = false` and `source`")
    for pattern in table["names"]:
        yield Unproved(pattern=pattern, source=table["source"])
