"""How the values in an SDK record's tables are read: each reader checks one kind of value, and says what is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from prodlint.config import nearest
from prodlint.sdks.schema import SETTINGS, CatalogueError, Spelling
from prodlint.values import dataclass, field
from prodlint.versions.ranges import is_range

Table: TypeAlias = dict[str, Any]  # What TOML yields: here is where it becomes typed.
Settings: TypeAlias = Mapping[str, tuple[Spelling, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that is being read: its name for messages, its templates, and the settings read so far."""

    filename: str
    templates: Mapping[str, Mapping[str, Table]]
    settings: dict[str, Settings] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    """Settings templates that were begun, so that one which uses itself is noticed."""

    def error(self, table: str, problem: str) -> CatalogueError:
        return CatalogueError(f"{self.filename}: [{table}]: {problem}")


Reader: TypeAlias = Callable[[Any, Source, str], Any]


def typed(kind: type, label: str) -> Reader:
    def read(value: Any, source: Source, where: str) -> Any:
        if type(value) is not kind:  # bool is a kind of int
            raise source.error(where, f"expected {label}, not {value!r}")
        return value

    return read


read_text = typed(str, "text")
read_truth = typed(bool, "true or false")
read_whole = typed(int, "a whole number")
read_table = typed(dict, "a table")
read_items = typed(list, "a list")


def read_number(value: Any, source: Source, where: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise source.error(where, f"expected a number without quotes, not {value!r}")
    return float(value)


def read_texts(value: Any, source: Source, where: str) -> tuple[str, ...]:
    return tuple(read_text(item, source, where) for item in read_items(value, source, where))


def one_of(*allowed: str) -> Reader:
    def read(value: Any, source: Source, where: str) -> Any:
        if value not in allowed:
            raise source.error(where, f"expected one of {list(allowed)}, not {value!r}")
        return value

    return read


def or_none(read: Reader) -> Reader:
    return lambda value, source, where: None if value == "none" else read(value, source, where)


def mapping(read: Reader) -> Reader:
    def read_all(value: Any, source: Source, where: str) -> dict[str, Any]:
        items = read_table(value, source, where).items()
        return {key: read(item, source, f"{where}.{key}") for key, item in items}

    return read_all


def read_dotted(value: Any, source: Source, where: str) -> tuple[str, ...]:
    parts = tuple(read_text(value, source, where).split("."))
    if not all(parts):
        raise source.error(where, f"expected dotted keywords, not {value!r}")
    return parts


def read_day(value: Any, source: Source, where: str) -> str:
    from datetime import date

    if value != "" and type(value) is not date:
        raise source.error(where, f"expected a date like 2026-11-22 without quotes, not {value!r}")
    return str(value)


def read_pep440(value: Any, source: Source, where: str) -> str:
    if not is_range(read_text(value, source, where)):
        raise source.error(where, f"not a PEP 440 range: {value!r}; write one like `>=1.2,<2`")
    return str(value)


def read_pattern(value: Any, source: Source, where: str) -> str:
    try:
        re.compile(read_text(value, source, where))
    except re.error as error:
        raise source.error(where, f"not a regular expression: {value!r}: {error}") from error
    return str(value)


def read_by_setting(value: Any, source: Source, where: str) -> dict[str, str]:
    found: dict[str, str] = mapping(read_text)(value, source, where)
    for name in found.keys() - {*SETTINGS}:
        raise source.error(where, f"unknown setting `{name}`{nearest(name, SETTINGS)}")
    return found


def read_streaming(value: Any, source: Source, where: str) -> dict[str, str]:
    found: dict[str, str] = mapping(read_text)(value, source, where)
    for key in found.keys() - {*_STREAMING}:
        raise source.error(where, f"unknown key `{key}`{nearest(key, _STREAMING)}")
    for key in ("answer", "chunk") if found else ():
        if key not in found:
            raise source.error(where, f"`{key}` is missing")
    return found


_STREAMING = ("answer", "chunk", "guard", "page")
