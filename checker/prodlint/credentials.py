"""Credentials: from the scan of the text and from the literals that stand in a key's place, to one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prodlint.facts import FileFacts, KeyUse
from prodlint.model import Credential, Location
from prodlint.sdks.schema import KeyFormat
from prodlint.secrets.baseline import Baseline
from prodlint.secrets.names import provider_of_name

_ALLOWED = "pragma: allowlist secret"
HEADERS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key"})
"""Names that are a key's place in any request, in a file that has to do with LLMs at all."""

_ALLOWED_NEXT = "pragma: allowlist nextline secret"


def in_text(
    text: str,
    path: str,
    formats: Sequence[KeyFormat],
    baseline: Baseline,
    *,
    contextual: bool,
    cells: Sequence[int] = (),
) -> Iterable[Credential]:
    """The keys in a file's text; `contextual` for configuration files, where a name makes a value a key.

    `cells` are the first lines of a notebook's code cells in the joined text.
    """
    from prodlint.secrets.scan import scan  # imports detect-secrets

    for hit in scan(text, path, formats, contextual_assignments=contextual, baseline=baseline):
        cell, shift = _cell(cells, hit.line)
        line = hit.line - shift
        yield Credential(
            location=Location(
                path=path, line=line, column=hit.column, end_line=line, end_column=hit.end_column, cell=cell
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
        if is_allowed(lines, use.span.line):
            continue
        line = lines[use.span.line - 1] if use.span.line <= len(lines) else ""
        literal = line[use.span.column - 1 : use.span.end_column - 1].strip("rbfuRBFU\"'")
        if literal and baseline.covers(path, literal):
            continue
        provider = provider_of_name(use.name)
        if not provider and use.name.lower() not in HEADERS:
            continue  # `api_key=` of whatever; the link stage knows the clients it is given to
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


def is_allowed(lines: Sequence[str], line: int) -> bool:
    """True when detect-secrets' pragma stands on the line (1-based) or, in its form for that, on the one before."""
    at = lines[line - 1] if line <= len(lines) else ""
    before = lines[line - 2] if 2 <= line <= len(lines) + 1 else ""
    return _ALLOWED in at or _ALLOWED_NEXT in before


def in_outputs(
    raw: str, path: str, formats: Sequence[KeyFormat], baseline: Baseline, known: Iterable[Credential]
) -> Iterable[Credential]:
    """The keys in a notebook's outputs and texts: those of the whole file, but for the known ones of its code cells."""
    found = list(in_text(raw, path, formats, baseline, contextual=False))
    if not found:
        return
    from prodlint.notebook_lines import places

    in_cells = list(places([credential.location for credential in known], lambda _: raw).values())
    for credential in found:
        if not any(_overlap(credential.location, place) for place in in_cells):
            yield credential


def _cell(cells: Sequence[int], line: int) -> tuple[int | None, int]:
    """The code cell a line of the joined text is in, and how many lines stand before that cell."""
    cell: int | None = None
    shift = 0
    for index, start in enumerate(cells):
        if start <= line:
            cell, shift = index, start - 1
    return cell, shift


def _located(facts: FileFacts, path: str, use: KeyUse) -> Location:
    cell, shift = _cell(facts.cells, use.span.line)
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
        twin = next((index for index, old in enumerate(kept) if _overlap(old.location, credential.location)), None)
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
            variable=(plain.variable if plain.host else "") or named.variable or plain.variable,
            symbol=old.symbol or credential.symbol,
            identity=named.identity,
            host=old.host or credential.host,
        )
    return tuple(kept)


def _overlap(a: Location, b: Location) -> bool:
    if (a.path, a.cell) != (b.path, b.cell):
        return False
    return (a.line, a.column) < (b.end_line, b.end_column) and (b.line, b.column) < (a.end_line, a.end_column)
