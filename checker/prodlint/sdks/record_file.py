"""Reads the text of an SDK record, and says how one is written.

The file format
===============
One TOML file is one record, `schema.Record`. A file without `name` may hold `[[key]]` tables and nothing else. A
table's keys are the fields of its dataclass in `schema.py`, with the same meaning; every other key is an error.

    name, title, distributions, imports, versions, proved_on, checked, source    required, before the first table
    transparent, earlier                                                         optional, likewise at the top

    [releases]             a version for each further distribution; optional
    [[client]]             ClientClass; `names` is required
    [[surface.NAME]]       Operation of the surface NAME; `path` (or `paths`) and `kind` are required
    [[derive.NAME]]        Derivation that starts from the surface NAME; `path` (or `paths`) and `to` are required
    [[function]]           Operation; `path` is the full name; or `module` and `surface` alone, see below
    [function_defaults]    ClientClass for those functions; `settings` are module attributes ("openai.timeout")
    [[wrapper]]            Derivation; `path` is the full name
    [[key]]                KeyFormat
    [exceptions]           Exceptions
    [template.KIND.NAME]   KIND is `client`, `operation`, `derivation` or `settings`
    [proof]                stands last; for tests/sdk_proof alone, not even parsed here

Additions to the fields of `schema.py`:
* `use = "NAME"` in a client, operation or derivation starts from `[template.KIND.NAME]`: the table's own keys replace
  the template's key by key, whole values (`suggest` and `settings` are not merged). `[[function]]` uses operation
  templates, `[[wrapper]]` derivation templates, `[function_defaults]` client templates. A template may itself `use`
  another of its kind. Templates may leave out required keys.
* `paths = [...]` instead of `path` makes one operation or derivation of each.
* A `[[function]]` of `module = "openai"` and `surface = "client"`, and nothing else, makes a function of that module of
  each of the surface's operations: `openai.files.create`.
* `settings` is a table from a name in `schema.SETTINGS` to a list of spellings, or the NAME of a
  `[template.settings.NAME]` table. Such a table may hold `use = "NAME"` to start from another one; an empty list takes
  a setting away.
* A spelling is a dotted string (`"config.http_options.timeout"`), or a table
  `{ path = "...", scale = 0.001, offset = -1, none = "default", present = 0, unclear = "why", first = true,
  unless = { model = ["a*"] } }`, of which `path` alone is needed.
* TOML has no null: `timeout_default = "none"` and `cap_default = "none"` take back what a template says.
* `structured` and `tools` may hold dotted paths, like spellings: `config.response_schema`.
* In `suggest`, `{value}`, `{milliseconds}` and `{attempts}` are replaced as text; any other brace stands for itself. A
  text that reads `name=...` is a keyword for the call it is about; any other is to be shown only: a statement
  (`openai.max_retries = {value}`), or in `[function_defaults]` the client to take in the function's place
  (`ollama.Client(timeout={value})`).
* `variants = [{ versions = "<1.45", suggest = { ... } }]` in a client, operation or derivation says what differs in
  older versions: each table's keys replace those around it, like a template's. The first whose range holds counts, of
  the distribution that the class or function is called after (`langchain_anthropic.ChatAnthropic`).
* Text fields with a fixed set of values are checked: `mode` of a client is `sync`, `async` or `both`, of others "",
  `sync` or `async`; `kind` is `generate`, `embed`, `image`, `audio` or `other`; `none` is `value`, `default` or
  `falsy`.
* A `[[function]]` in a record without `[function_defaults]` has a timeout and retries of which nothing is known.
* Checked across tables, by `record_checks`: a client's `surface` and a derivation's `to` (unless `same`) must have
  operations or derivations in the record. A path must be unique within its surface.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from prodlint.config import nearest
from prodlint.sdks.record_checks import problems
from prodlint.sdks.record_values import (
    Reader,
    Settings,
    Source,
    Table,
    mapping,
    one_of,
    or_none,
    read_by_setting,
    read_day,
    read_dotted,
    read_items,
    read_number,
    read_pattern,
    read_pep440,
    read_streaming,
    read_table,
    read_text,
    read_texts,
    read_truth,
    read_whole,
)
from prodlint.sdks.schema import (
    SETTINGS,
    CatalogueError,
    ClientClass,
    Derivation,
    Exceptions,
    KeyFormat,
    Operation,
    Record,
    Spelling,
)
from prodlint.values import replace

T = TypeVar("T")
PathT = TypeVar("PathT", Operation, Derivation)
VersionedT = TypeVar("VersionedT", Operation, Derivation, ClientClass)


def load_file(text: str, filename: str) -> Record | tuple[KeyFormat, ...]:
    """The record or the key formats in the text of a TOML file; `filename` is for messages. Raises CatalogueError."""
    document = _parse(text, filename)
    return record_of(document, filename) if "name" in document else _key_file(document, filename)


def load_record(text: str, filename: str) -> Record:
    """The same for a text that must be a record. Raises CatalogueError."""
    return record_of(_parse(text, filename), filename)


def _parse(text: str, filename: str) -> Table:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    facts, _, _ = text.partition("\n[proof]\n")
    try:
        return tomllib.loads(facts)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{filename}: not valid TOML: {error}") from error


def _spellings(value: Any, source: Source, where: str) -> tuple[Spelling, ...]:
    return tuple(
        Spelling(path=read_dotted(item, source, where))
        if isinstance(item, str)
        else _build(Spelling, read_table(item, source, where), source, where)
        for item in read_items(value, source, where)
    )


def _settings(value: Any, source: Source, where: str) -> Settings:
    if isinstance(value, str):
        return _shared_settings(value, source, where)
    own = dict(read_table(value, source, where))
    result: dict[str, tuple[Spelling, ...]] = {}
    if "use" in own:
        result.update(_shared_settings(read_text(own.pop("use"), source, f"{where}.use"), source, where))
    for name, spellings in own.items():
        if name not in SETTINGS:
            raise source.error(where, f"unknown setting `{name}`{nearest(name, SETTINGS)}")
        result[name] = _spellings(spellings, source, f"{where}.{name}")
    return {name: spellings for name, spellings in result.items() if spellings}


def _shared_settings(name: str, source: Source, where: str) -> Settings:
    if name not in source.settings:
        template = source.templates.get("settings", {}).get(name)
        if template is None:
            raise source.error(where, f"`use`: no [template.settings.{name}]")
        if name in source.unfinished:
            raise source.error(where, "`use`: goes in a circle")
        source.unfinished.add(name)
        source.settings[name] = _settings(template, source, f"template.settings.{name}")
    return source.settings[name]


# How a value is read follows from its field's annotation in `schema.py`, but for these.
_BY_FIELD: Mapping[tuple[type, str], Reader] = {
    (Spelling, "path"): read_dotted,
    (Spelling, "none"): one_of("value", "default", "falsy"),
    (Record, "checked"): read_day,
    (KeyFormat, "pattern"): read_pattern,
    (Operation, "streaming"): read_streaming,
    (Operation, "only_in"): mapping(read_pep440),
    **{(kind, "versions"): read_pep440 for kind in (Record, Operation, Derivation, ClientClass)},
    **{(Operation, name): read_by_setting for name in ("suggest", "instead", "suggest_elsewhere", "suggest_otherwise")},
    **{(ClientClass, name): read_by_setting for name in ("suggest", "instead")},
    (Operation, "kind"): one_of("generate", "embed", "image", "audio", "other"),
    (Operation, "mode"): one_of("", "sync", "async"),
    (Derivation, "mode"): one_of("", "sync", "async"),
    (ClientClass, "mode"): one_of("sync", "async", "both"),
}
_BY_ANNOTATION: Mapping[Any, Reader] = {
    "str": read_text,
    "bool": read_truth,
    "int": read_whole,
    "float": read_number,
    "int | None": or_none(read_whole),
    "float | None": or_none(read_number),
    "tuple[str, ...]": read_texts,
    "Mapping[str, str]": mapping(read_text),
    "Mapping[str, tuple[str, ...]]": mapping(read_texts),
    "Mapping[str, tuple[Spelling, ...]]": _settings,
}


@functools.cache
def _readers(kind: Any) -> tuple[dict[str, Reader], tuple[str, ...]]:
    """The keys that a table of this kind may have, and those it must have."""
    from dataclasses import MISSING, fields

    readers: dict[str, Reader] = {}
    required: list[str] = []
    for item in fields(kind):
        reader = _BY_FIELD.get((kind, item.name)) or _BY_ANNOTATION.get(item.type)
        if reader is None or item.name == "unknown_release":
            continue  # a part of Record that has tables of its own, or what an edition says
        readers[item.name] = reader
        if item.default is MISSING and item.default_factory is MISSING:
            required.append(item.name)
    return readers, tuple(required)


def _values(kind: Any, table: Table, source: Source, where: str) -> Table:
    readers, required = _readers(kind)
    values: Table = {}
    for key, value in table.items():
        reader = readers.get(key)
        if reader is None:
            raise source.error(where, f"unknown key `{key}`{nearest(key, readers)}")
        values[key] = reader(value, source, f"{where}.{key}")
    for key in required:
        if key not in values:
            raise source.error(where, f"`{key}` is missing")
    return values


def _build(kind: type[T], table: Table, source: Source, where: str) -> T:
    """`kind` from `table`, whose templates and `paths` are already resolved."""
    return kind(**_values(kind, table, source, where))


def _with_variants(kind: type[VersionedT], table: Table, source: Source, where: str) -> VersionedT:
    """As `_build`, for what can differ between versions."""
    own = {key: value for key, value in table.items() if key != "variants"}
    if "versions" in own:
        raise source.error(where, "`versions` belongs into `variants`")
    variants = []
    for item in read_items(table.get("variants", []), source, f"{where}.variants"):
        changed = read_table(item, source, f"{where}.variants")
        if "versions" not in changed:
            raise source.error(f"{where}.variants", "`versions` is missing")
        variants.append(_build(kind, {**own, **changed}, source, f"{where}.variants"))
    return replace(_build(kind, own, source, where), variants=tuple(variants))


def _expand(table: Table, template_kind: str, source: Source, where: str) -> Table:
    """`table` with its chain of templates merged below it."""
    seen: list[str] = []
    while "use" in table:
        name = read_text(table["use"], source, where)
        template = source.templates.get(template_kind, {}).get(name)
        if template is None or name in seen:
            problem = "goes in a circle" if template else f"no [template.{template_kind}.{name}]"
            raise source.error(where, f"`use`: {problem}")
        seen.append(name)
        own = {key: value for key, value in table.items() if key != "use"}
        # `path` and `paths` exclude each other: the own one wins over either.
        table = {**{k: v for k, v in template.items() if not (k == "paths" and "path" in own)}, **own}
    return table


def _tables(value: Any, template_kind: str, source: Source, where: str) -> list[Table]:
    """The tables of one array, templates merged and `paths` spread out."""
    result: list[Table] = []
    for item in read_items(value, source, where):
        table = dict(_expand(read_table(item, source, where), template_kind, source, where))
        paths = table.pop("paths", None) if template_kind in ("operation", "derivation") else None
        if paths is None:
            result.append(table)
        else:
            result.extend({"path": path, **table} for path in read_texts(paths, source, f"{where}.paths"))
    return result


def _with_paths(kind: type[PathT], value: Any, source: Source, where: str) -> tuple[PathT, ...]:
    """The operations or derivations of one array; each path stands there once."""
    found: dict[str, PathT] = {}
    for table in _tables(value, "operation" if kind is Operation else "derivation", source, where):
        item = _with_variants(kind, table, source, f"{where} {table.get('path', '')}".rstrip())
        if item.path in found:
            raise source.error(where, f"`{item.path}` stands there twice")
        found[item.path] = item
    return tuple(found.values())


def _functions(value: Any, surfaces: Mapping[str, tuple[Operation, ...]], source: Source) -> tuple[Operation, ...]:
    """The operations that are functions of a module, those that repeat the ones of a surface last."""
    tables = [read_table(item, source, "function") for item in read_items(value, source, "function")]
    found = _with_paths(Operation, [table for table in tables if "module" not in table], source, "function")
    for table in tables:
        if "module" in table:
            found += tuple(_of_module(table, surfaces, source))
    if len({item.path for item in found}) < len(found):
        raise source.error("function", "a `path` stands there, and in the `surface` of a `module` again")
    return found


def _of_module(table: Table, surfaces: Mapping[str, tuple[Operation, ...]], source: Source) -> Iterator[Operation]:
    module, surface = (read_text(table.get(key), source, f"function.{key}") for key in ("module", "surface"))
    if len(table) > 2 or surface not in surfaces:
        raise source.error(f"function {module}", "a `module` needs the name of a `surface`, and nothing else")
    for operation in surfaces[surface]:
        path = f"{module}.{operation.path}"
        variants = tuple(replace(variant, path=path, distinctive=False) for variant in operation.variants)
        yield replace(operation, path=path, distinctive=False, variants=variants)


def _keys(value: Any, source: Source) -> tuple[KeyFormat, ...]:
    return tuple(_build(KeyFormat, table, source, "key") for table in _tables(value, "key", source, "key"))


def _key_file(document: Table, filename: str) -> tuple[KeyFormat, ...]:
    source = Source(filename=filename, templates={})
    for key in document.keys() - {"key"}:
        raise source.error("top", f"unknown key `{key}` in a file without `name`")
    return _keys(document.get("key", []), source)


def record_of(document: Table, filename: str) -> Record:
    """One record from what TOML made of it; `filename` is for messages. Raises CatalogueError."""
    source = Source(filename=filename, templates=document.get("template", {}))
    for section in ("template", "surface", "derive"):
        read_table(document.get(section, {}), source, section)
    for kind, templates in source.templates.items():
        if kind not in ("client", "operation", "derivation", "settings"):
            raise source.error("template", f"unknown key `{kind}`")
        for name, template in read_table(templates, source, f"template.{kind}").items():
            read_table(template, source, f"template.{kind}.{name}")
    defaults = [document["function_defaults"]] if "function_defaults" in document else []
    surfaces = {
        name: _with_paths(Operation, value, source, f"surface.{name}")
        for name, value in document.get("surface", {}).items()
    }
    record = Record(
        **_values(Record, {k: v for k, v in document.items() if k not in _SECTIONS}, source, "top"),
        clients=_clients(document.get("client", []), source, "client"),
        surfaces=surfaces,
        derivations={
            name: _with_paths(Derivation, value, source, f"derive.{name}")
            for name, value in document.get("derive", {}).items()
        },
        functions=_functions(document.get("function", []), surfaces, source),
        function_defaults=next(iter(_clients(defaults, source, "function_defaults")), None),
        wrappers=_with_paths(Derivation, document.get("wrapper", []), source, "wrapper"),
        keys=_keys(document.get("key", []), source),
        exceptions=_exceptions(document, source),
    )
    for table, problem in problems(record):
        raise source.error(table, problem)
    return record


_SECTIONS = frozenset(
    {"client", "surface", "derive", "function", "function_defaults", "wrapper", "key", "exceptions", "template"}
)


def _exceptions(document: Table, source: Source) -> Exceptions | None:
    if "exceptions" not in document:
        return None
    return _build(Exceptions, read_table(document["exceptions"], source, "exceptions"), source, "exceptions")


def _clients(value: Any, source: Source, where: str) -> tuple[ClientClass, ...]:
    tables = _tables(value, "client", source, where)
    return tuple(_with_variants(ClientClass, table, source, f"{where} {table.get('names', '')}") for table in tables)
