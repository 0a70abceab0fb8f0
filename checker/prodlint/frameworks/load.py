"""Read the framework tables from the TOML files beside this module."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from typing import Generic

from prodlint.frameworks import schema
from prodlint.frameworks.tables import Frameworks, RowT, Table
from prodlint.model import Context
from prodlint.values import dataclass

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_FILES = ("aliases", "caches", "contexts", "entry_points", "retries", "sinks", "text", "threads", "time", "values")
_SELF = "self"
_Value = str | float | bool | tuple[str, ...] | tuple[float, ...]
_Data = Mapping[str, object]


class DataError(ValueError):
    """A framework table that cannot be read; the message names the file and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spec(Generic[RowT]):
    """How one table is written. Every other field of the row is an option of the same name."""

    row: Callable[..., RowT]
    section: str
    """The field that the section's name goes to."""
    sections: tuple[str, ...]
    """The allowed names."""
    places: str = ""
    """The field that the places go to; empty: rows have none."""


_DECORATORS = _Spec(row=schema.EntryDecorator, section="kind", sections=schema.KINDS)
_BASES = _Spec(row=schema.EntryBase, section="kind", sections=schema.KINDS, places="methods")
_CALLS = _Spec(row=schema.EntryCall, section="kind", sections=schema.KINDS, places="handler")
_ANNOTATIONS = _Spec(row=schema.EntryAnnotation, section="kind", sections=schema.KINDS)
_SCRIPTS = _Spec(row=schema.ScriptInterface, section="kind", sections=schema.KINDS)
_INPUTS = _Spec(row=schema.PersonInput, section="kind", sections=("terminal", "ui"))
_SINKS = _Spec(
    row=schema.Sink,
    section="use",
    sections=("rendered", "returned", "sent", "printed", "logged", "stored", "messaged"),
    places="text",
)
_TEXT_STEPS = _Spec(row=schema.TextStep, section="effect", sections=("parsed", "kept"), places="text")
_RETRIES = _Spec(
    row=schema.Retry,
    section="form",
    sections=("decorator", "loop", "wrapper"),
    places="function",
)
_RETRY_LIMITS = _Spec(row=schema.RetryLimit, section="unit", sections=("attempts", "seconds", "never"), places="count")
_CACHES = _Spec(
    row=schema.Cache,
    section="form",
    sections=("decorator", "lookup", "switch", "assignment", "import"),
    places="function",
)
_TIME_BOUNDS = _Spec(
    row=schema.TimeBound,
    section="form",
    sections=("context", "call", "method", "decorator", "statement"),
    places="bounded",
)
_OFFLOADS = _Spec(row=schema.Offload, section="form", sections=("call", "decorator"), places="function")
_BACKGROUND = _Spec(row=schema.Background, section="form", sections=("function", "coroutine", "task"), places="work")
_ENV_READERS = _Spec(row=schema.EnvReader, section="form", sections=("call", "subscript"), places="variable")
_SETTINGS = _Spec(row=schema.SettingsBase, section="form", sections=("base", "decorator"))
_DURATIONS = _Spec(row=schema.Duration, section="form", sections=("timeout", "sum"), places="bounds")
_VALUES = _Spec(
    row=schema.ValueWrapper,
    section="effect",
    sections=(
        *("same", "number", "text", "secret", "mapping", "json"),
        *("partial", "awaited", "injected", "held", "proxy", "namespace"),
    ),
    places="value",
)
_SENTINELS = _Spec(row=schema.Sentinel, section="meaning", sections=("not-given",))


@functools.cache
def load() -> Frameworks:
    """All tables, read once per process.

    Raises DataError for a file that does not have the shape that `schema` describes.
    """
    import pickle

    from prodlint.compiled import stored

    tables = stored(_FOLDER, "frameworks", lambda: pickle.dumps(read(_FOLDER), protocol=5))
    frameworks: Frameworks = pickle.loads(tables)
    return frameworks


def read(folder: str) -> Frameworks:
    """The tables in a folder that has the same files as the one of this module."""
    files = {name: _File(folder, f"{name}.toml") for name in _FILES}
    aliases = files["aliases"].aliases()
    entries, caches, retries = files["entry_points"], files["caches"], files["retries"]
    threads, values, times, sinks = files["threads"], files["values"], files["time"], files["sinks"]
    frameworks = Frameworks(
        entry_decorators=entries.table("decorator", _DECORATORS, aliases),
        entry_bases=entries.table("base", _BASES, aliases),
        entry_calls=entries.table("register", _CALLS, aliases),
        entry_annotations=entries.table("annotation", _ANNOTATIONS, aliases),
        scripts=entries.table("script", _SCRIPTS, aliases),
        named_handlers=entries.named_handlers(),
        inputs=entries.table("input", _INPUTS, aliases),
        sinks=sinks.table("sink", _SINKS, aliases),
        text_steps=files["text"].table("text", _TEXT_STEPS, aliases),
        retries=retries.table("retry", _RETRIES, aliases),
        retry_limits=retries.table("retry_limit", _RETRY_LIMITS, aliases),
        caches=caches.table("cache", _CACHES, aliases),
        cache_hints=caches.cache_hints(),
        time_bounds=times.table("time_bound", _TIME_BOUNDS, aliases),
        offloads=threads.table("offload", _OFFLOADS, aliases),
        background=threads.table("background", _BACKGROUND, aliases),
        env_readers=values.table("env", _ENV_READERS, aliases),
        settings_bases=values.table("settings", _SETTINGS, aliases),
        durations=times.table("duration", _DURATIONS, aliases),
        values=values.table("value", _VALUES, aliases),
        sentinels=values.table("sentinel", _SENTINELS, aliases),
        contexts=files["contexts"].contexts(),
        aliases=aliases,
    )
    for file in files.values():
        file.finish()
    return frameworks


class _File:
    """One TOML file, whose tables are taken out one by one, so that what is left over is unknown."""

    __slots__ = ("_data", "_name")

    def __init__(self, folder: str, name: str) -> None:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib

        self._name = name
        try:
            with open(os.path.join(folder, name), "rb") as stream:
                self._data: dict[str, object] = tomllib.load(stream)
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise DataError(f"{name}: {error}") from error

    def table(self, key: str, spec: _Spec[RowT], aliases: Mapping[str, str]) -> Table[RowT]:
        """The rows under a key; names that are aliases are refused, since a look-up never gets there."""
        rows = _Rows(spec)
        for section, blocks in self._take(key).items():
            where = f"{self._name}: {key}.{section}"
            if section not in spec.sections:
                raise DataError(f"{where}: unknown section, not one of {', '.join(spec.sections)}")
            for title, text in _mapping(blocks, where).items():
                rows.add_block(f"{where}.{title!r}", section, title, text)
        for name in aliases:
            if name in rows.exact:
                raise DataError(f"{self._name}: {key}: `{name}` is an alias of `{aliases[name]}`")
        return Table(exact=rows.exact, below=rows.below, bare=rows.bare, aliases=aliases)

    def aliases(self) -> Mapping[str, str]:
        """The other names of each canonical name, turned round."""
        found: dict[str, str] = {}
        for name, text in self._take("aliases").items():
            for other in _words(text, f"{self._name}: aliases.{name}"):
                if found.setdefault(other, name) != name or other == name:
                    raise DataError(f"{self._name}: aliases.{name}: `{other}` stands here twice")
        return found

    def named_handlers(self) -> tuple[schema.NamedHandler, ...]:
        """The rows of `[named.TITLE]`."""
        rows = []
        for title, value in self._take("named").items():
            where = f"{self._name}: named.{title}"
            row = dict(_mapping(value, where))
            parameters = row.pop("parameters", ())
            if not isinstance(parameters, list):
                raise DataError(f"{where}: `parameters` must be an array of strings")
            rows.append(
                schema.NamedHandler(
                    title=title,
                    kind=_choice(row.pop("kind", ""), schema.KINDS, where),
                    names=frozenset(_words(row.pop("names", ""), where)),
                    parameters=tuple(frozenset(_words(names, where)) for names in parameters),
                    returns=row.pop("returns", False) is True,
                )
            )
            _refuse_rest(row, where)
        return tuple(rows)

    def cache_hints(self) -> schema.CacheHints:
        """`[cache_hints]`."""
        where = f"{self._name}: cache_hints"
        data = dict(self._take("cache_hints"))
        hints = schema.CacheHints(
            words=frozenset(_words(data.pop("words", ""), where)),
            other=frozenset(_words(data.pop("other", ""), where)),
            methods=frozenset(_words(data.pop("methods", ""), where)),
            lookups=frozenset(_words(data.pop("lookups", ""), where)),
            file_tests=frozenset(_words(data.pop("file_tests", ""), where)),
        )
        _refuse_rest(data, where)
        return hints

    def contexts(self) -> schema.ContextHints:
        """The tables of `contexts.toml`."""
        known = tuple(context.value for context in Context)
        found: dict[str, list[tuple[str, str]]] = {}
        for key in ("imports", "directories", "files"):
            pairs = found.setdefault(key, [])
            for context, text in self._take(key).items():
                where = f"{self._name}: {key}.{context}"
                pairs.extend((word, _choice(context, known, where)) for word in _words(text, where))
        order = _words(self._data.pop("order", ""), f"{self._name}: order")
        return schema.ContextHints(
            imports=dict(found["imports"]),
            order=tuple(_choice(context, known, f"{self._name}: order") for context in order),
            directories=dict(found["directories"]),
            files=tuple(found["files"]),
        )

    def finish(self) -> None:
        """Raise DataError when the file has a key that was not taken."""
        _refuse_rest(self._data, self._name)

    def _take(self, key: str) -> _Data:
        return _mapping(self._data.pop(key, {}), f"{self._name}: {key}")


class _Rows(Generic[RowT]):
    """The rows of one table, by how their names are spelled."""

    __slots__ = ("_converters", "_known", "_spec", "bare", "below", "exact")

    def __init__(self, spec: _Spec[RowT]) -> None:
        self._spec = spec
        self._converters = _converters(spec)
        self._known: dict[str, dict[str, _Value]] = {"": {}}
        self.exact: dict[str, RowT] = {}
        self.below: dict[tuple[str, str], RowT] = {}
        self.bare: dict[str, tuple[tuple[str, RowT], ...]] = {}

    def add_block(self, where: str, section: str, title: str, text: object) -> None:
        """Take in one block; lines that say the same of their names share a row, unless each is titled by its name."""
        if not isinstance(text, str):
            raise DataError(f"{where}: must be a string of rows")
        shared: dict[str, _Value] = {self._spec.section: section}
        made: dict[str, RowT] = {}
        for line in text.splitlines():
            name, _, rest = line.partition(" ")
            if not name or name.startswith("#"):
                continue
            if name == ":":
                shared = {self._spec.section: section, **self._fields(rest, where)}
                made = {}
                continue
            names = _expand(name, where) if "{" in name or "}" in name else (name,)
            if title == _SELF:
                fields = {**shared, **self._fields(rest, where)}
                for each in names:
                    self._add(each, self._make(_own_title(each), fields, where), where)
                continue
            row = made.get(rest)
            if row is None:
                row = made[rest] = self._make(title, {**shared, **self._fields(rest, where)}, where)
            for each in names:
                self._add(each, row, where)

    def _make(self, title: str, fields: Mapping[str, _Value], where: str) -> RowT:
        try:
            return self._spec.row(title=title, **fields)
        except TypeError as error:
            raise DataError(f"{where}: {error}") from error

    def _fields(self, text: str, where: str) -> Mapping[str, _Value]:
        """The fields that the part of a line after its name gives."""
        known = self._known.get(text)
        if known is not None:
            return known
        fields: dict[str, _Value] = {}
        places: list[str] = []
        for word in text.split():
            name, equals, value = word.partition("=")
            if not equals:
                places.append(word)
            elif name not in self._converters:
                raise DataError(f"{where}: unknown option `{name}` in `{text}`")
            else:
                fields[name] = _convert(value, self._converters[name], f"{where}: {name}")
        if places and not self._spec.places:
            raise DataError(f"{where}: `{text}`: rows of this table have no places")
        if places:
            fields[self._spec.places] = tuple(places)
        self._known[text] = fields
        return fields

    def _add(self, name: str, row: RowT, where: str) -> None:
        """Put a row where its name's spelling says; the same name twice is an error."""
        if "*" in name:
            root, _, last = name.partition(".**.")
            twice = self.below.setdefault((root, last), row) is not row
        elif "?" in name:
            owner, _, last = name.partition("?.")
            root = owner.rstrip(".")
            rows = self.bare.get(last, ())
            twice = any(other == root for other, _ in rows)
            self.bare[last] = (*rows, (root, row))
        else:
            last = ""
            twice = self.exact.setdefault(name, row) is not row
        if twice:
            raise DataError(f"{where}: `{name}` stands in this table twice")
        if "." in last:
            raise DataError(f"{where}: `{name}`: one attribute only after `**` and `?`")


def _convert(value: str, kind: str, where: str) -> _Value:
    """An option's value in the type of its field, which is given as written in `schema`."""
    try:
        match kind:
            case "bool":
                return {"yes": True, "no": False}[value]
            case "int":
                return int(value)
            case "float" | "float | None":
                return float(value)
            case "tuple[str, ...]":
                return tuple(value.split(","))
            case "tuple[float, ...]":
                return tuple(float(part) for part in value.split(","))
            case _:
                return value
    except (KeyError, ValueError):
        raise DataError(f"{where}: `{value}` is not a {kind}") from None


def _converters(spec: _Spec[RowT]) -> Mapping[str, str]:
    """Option name -> type of the field, as written in `schema`."""
    import dataclasses

    if not (isinstance(spec.row, type) and dataclasses.is_dataclass(spec.row)):
        raise TypeError(f"{spec.row} is not a dataclass")
    taken = {"title", spec.section, spec.places}
    return {field.name: str(field.type) for field in dataclasses.fields(spec.row) if field.name not in taken}


def _expand(name: str, where: str) -> list[str]:
    """The names that `a.{b,c}.d` stands for."""
    head, *groups = name.split("{")
    names = [head]
    for group in groups:
        choices, closed, tail = group.partition("}")
        if not closed or "}" in tail:
            raise DataError(f"{where}: braces of `{name}` do not match, or are nested")
        names = [start + choice + tail for start in names for choice in choices.split(",")]
    return names


def _own_title(name: str) -> str:
    """A name as a title: `backoff.on_exception`, `redis.Redis.get`."""
    if "?" in name or "*" in name:
        name = name.replace(".**.", ".").replace(".?.", ".").removeprefix("?.")
    return name.replace("()", "")


def _mapping(value: object, where: str) -> _Data:
    if not isinstance(value, dict):
        raise DataError(f"{where}: must be a table")
    return value


def _words(value: object, where: str) -> list[str]:
    """The words of a string, braces expanded."""
    if not isinstance(value, str):
        raise DataError(f"{where}: must be a string of words")
    return [name for word in value.split() for name in _expand(word, where)]


def _choice(value: object, allowed: tuple[str, ...], where: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise DataError(f"{where}: `{value}` is not one of {', '.join(allowed)}")
    return value


def _refuse_rest(data: _Data, where: str) -> None:
    if data:
        raise DataError(f"{where}: unknown key `{next(iter(data))}`")
