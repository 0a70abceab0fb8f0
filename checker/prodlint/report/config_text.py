"""The values of a configuration as TOML writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from prodlint.config import Config


def shown_value(config: Config, key: str) -> object:
    """One key's value as JSON and TOML know it; None for a key without one."""
    if key == "profile":
        return f"{config.profile.name.lower()}@{config.profile_version}"
    if key == "defaults":
        numbers = config.defaults
        return {"timeout": numbers.timeout, "max-tokens": numbers.max_tokens, "max-retries": numbers.max_retries}
    if key == "sdk":
        return [_plain(declared.table) for declared in config.sdk]
    return _plain(getattr(config, key.replace("-", "_")))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: "off" if inner is None else _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, Path):
        return str(value)
    return None if value == "" else value


def toml_value(value: object) -> str:
    """A value on one line; TOML has no null, so none is shown as a dash."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(name)} = {toml_value(item)}" for name, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    return "-" if value is None else json.dumps(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name)
