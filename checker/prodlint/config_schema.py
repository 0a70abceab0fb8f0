"""The JSON schema of the configuration, by which editors complete it and show its mistakes."""

from __future__ import annotations

from collections.abc import Iterable

from prodlint.config_keys import KEYS, SEVERITIES, Json

_FORM = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
"""Of the name of a rule or category: that of a Python module, with dashes."""


def json_schema(names: Iterable[str], *, with_others: bool = False) -> Json:
    """Return the JSON schema (draft 7) of the `[tool.prodlint]` table and of `prodlint.toml`.

    `names` are those by which the configuration can call rules; `with_others` allows for rules of packs that are not
    installed here, so that any name which could be one is right.
    """
    known = sorted(names)
    rule: Json = {"enum": known}
    level: Json = {"$ref": "#/definitions/severity"}
    properties = {name: {**key.schema, "description": key.meaning} for name, key in KEYS.items()}
    # One by one: not every editor completes what `propertyNames` allows.
    properties["severity"]["properties"] = dict.fromkeys(known, level)
    if with_others:
        rule = {"anyOf": [rule, {"type": "string", "pattern": _FORM}]}
        properties["severity"]["patternProperties"] = {_FORM: level}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "prodlint",
        "description": "The [tool.prodlint] table of pyproject.toml; in prodlint.toml the keys stand at the top.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "definitions": {"rule": rule, "severity": {"enum": list(SEVERITIES)}},
    }
