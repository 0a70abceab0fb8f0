"""Credentials: from the scan of the text and from the literals that stand in a key's place, to one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prodlint.facts import FileFacts, KeyUse
from prodlint.model import Credential, Location
from prodlint.sdks.schema import KeyFormat
from prodlint.secrets.baseline import Baseline
from prodlint.secrets.names import provider_of_name

_ALLOWED = "pragma: allowlist secret"
_ALLOWED_NEXT = "pragma: allowlist nextline secret"


def in_text(
    text: str, path: str, formats: Sequence[KeyFormat], baseline: Baseline, *, contextual: bool
) -> Iterable[Credential]:
    """The keys in a file's text; `contextual` for configuration files, where a name makes a value a key."""
    from prodlint.secrets.scan import scan  # imports detect-secrets

    for hit in scan(text, path, formats, contextual_assignments=contextual, baseline=baseline):
        yield Credential(
            location=Location(
                path=path, line=hit.line, column=hit.column, end_line=hit.line, end_column=hit.end_column
            ),
            provider=hit.provider,
            redacted=hit.redacted,
            usage=hit.usage,
            variable=hit.variable,
            identity=hit.identity,
        )


def in_facts(
    facts: FileFacts, path: str, lines: Sequence[str], formats: Sequence[KeyFormat], baseline: Baseline
) -> Iterable[Credential]:
    """The literals that stand in a key's place in one Python file."""
    for use in facts.key_uses:
        location = _located(facts, path, use)
        line = lines[use.span.line - 1] if use.span.line <= len(lines) else ""
        before = lines[use.span.line - 2] if use.span.line >= 2 else ""
        if _ALLOWED in line or _ALLOWED_NEXT in before:
            continue
        literal = line[use.span.column - 1 : use.span.end_column - 1].strip("rbfuRBFU\"'")
        if literal and baseline.covers(path, literal):
            continue
        provider = provider_of_name(use.name)
        variable = next((row.variable for row in formats if provider and row.provider.lower() == provider.lower()), "")
        if not variable and use.name.isupper():
            variable = use.name
        yield Credential(
            location=location,
            provider=provider,
            redacted=use.shown,
            usage=_usage(use),
            variable=variable,
            symbol=facts.functions[use.function].qualname,
            identity=use.identity,
        )


def _located(facts: FileFacts, path: str, use: KeyUse) -> Location:
    cell: int | None = None
    shift = 0
    for index, start in enumerate(facts.cells):
        if start <= use.span.line:
            cell, shift = index, start - 1
    return Location(
        path=path,
        line=use.span.line - shift,
        column=use.span.column,
        end_line=use.span.end_line - shift,
        end_column=use.span.end_column,
        cell=cell,
    )


def _usage(use: KeyUse) -> str:
    match use.how:
        case "keyword":
            return f"`{use.name}=`"
        case "getenv":
            return f"the default of `{use.name}`"
        case "default":
            return f"the default of the parameter `{use.name}`"
        case "item":
            return f'`["{use.name}"]`'
    return f"`{use.name} =`"


def merged(found: Iterable[Credential]) -> tuple[Credential, ...]:
    """One credential for each place: what the text scan and the code say of the same literal is joined."""
    kept: list[Credential] = []
    for credential in sorted(found, key=lambda item: (item.location, item.usage == "")):
        twin = next((index for index, old in enumerate(kept) if _same_place(old, credential)), None)
        if twin is None:
            kept.append(credential)
            continue
        old = kept[twin]
        named, plain = (old, credential) if old.provider else (credential, old)
        kept[twin] = Credential(
            location=plain.location if plain.usage and not named.usage else named.location,
            provider=named.provider,
            redacted=named.redacted,
            usage=old.usage or credential.usage,
            variable=named.variable or plain.variable,
            symbol=old.symbol or credential.symbol,
            identity=named.identity,
        )
    return tuple(kept)


def _same_place(first: Credential, second: Credential) -> bool:
    a, b = first.location, second.location
    if (a.path, a.cell) != (b.path, b.cell):
        return False
    if first.identity == second.identity and abs(a.line - b.line) <= 1:
        return True
    return a.line == b.line and a.column < b.end_column and b.column < a.end_column
