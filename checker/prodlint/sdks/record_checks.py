"""What must hold across the tables of an SDK record: each problem with the table it is in, and its remedy."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.sdks.schema import Record

Problem = tuple[str, str]
"""The table, and what is wrong there."""


def problems(record: Record) -> Iterator[Problem]:
    """What no record may say."""
    known = {*record.surfaces, *record.derivations}
    for client in record.clients:
        if not client.names:
            yield "client", "`names` is empty"
        elif client.surface not in known:
            yield f"client {client.names[0]}", f"no surface `{client.surface}`"
    for start, derivations in (*record.derivations.items(), ("wrapper", record.wrappers)):
        for derivation in derivations:
            if derivation.to not in known and derivation.to != "same":
                yield f"derive.{start} {derivation.path}", f"no surface `{derivation.to}`"


def idle(record: Record) -> Iterator[Problem]:
    """What a record may say but nothing comes of. Shipped records are free of it; a declared one is refused."""
    if not all(record.imports) or not record.imports:
        yield "top", f'`imports` names no package, so no file uses it; write `imports = ["{record.name}"]`'
    reached = {client.surface for client in record.clients}
    for derivations in (*record.derivations.values(), record.wrappers):
        reached.update(derivation.to for derivation in derivations)
    for surface, operations in record.surfaces.items():
        if surface not in reached and not all(operation.distinctive for operation in operations):
            remedy = f'give a `[[client]]` `surface = "{surface}"`, or a `[[derive]]` `to = "{surface}"`'
            yield f"surface.{surface}", f"nothing leads to it; {remedy}"
    for key in record.keys:
        if not all(key.anchors) or not key.anchors:
            yield (
                f"key {key.provider}",
                "`anchors` is empty, so no key is looked for; name a text that each key contains",
            )
    for full in names(record):
        if not any(f"{full}.".startswith(f"{root}.") for root in record.imports):
            yield "top", f"`{full}` begins with none of `imports`"


def names(record: Record) -> list[str]:
    """The full names that a record gives a meaning to."""
    clients = [name for client in record.clients for name in client.names]
    return [*clients, *(item.path for item in record.functions), *(item.path for item in record.wrappers)]
