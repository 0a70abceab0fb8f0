"""The inventory as JSON, version 1 of its contract."""

from __future__ import annotations

import math

from prodlint.model import Client, Guard, Location, ModelCall, Setting, SettingValue, Step
from prodlint.report.inventory import Inventory, constructors
from prodlint.report.json_report import SCHEMA_VERSION, Json, document
from prodlint.report.models import model_object
from prodlint.report.printable import redacted
from prodlint.report.style import Style


def render(inventory: Inventory, style: Style) -> str:
    """One JSON object, ASCII only, one call a line."""
    del style
    clients = constructors(inventory)
    return document(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": inventory.as_of,
            "calls": [_call(call, clients.get(call.location), inventory.as_of) for call in inventory.calls],
        }
    )


def _call(call: ModelCall, client: Client | None, as_of: str) -> dict[str, Json]:
    return {
        "path": call.location.path,
        "line": call.location.line,
        "column": call.location.column,
        "cell": call.location.cell,
        "sdk": call.sdk,
        "sdk_release": {
            "distribution": call.sdk_distribution,
            "version": call.sdk_version,
            "origin": call.sdk_version_origin,
        },
        "model": None if call.known_model is None else model_object(call.known_model, as_of),
        "operation": call.operation,
        "kind": call.kind,
        "async": call.is_async,
        "client": None if client is None else _place(client.location),
        "context": call.context.value,
        "entry_path": [_step(step) for step in call.entry_path],
        "guards": {
            "time_bound": _guard(call.time_bound),
            "retry": _guard(call.retry),
            "cache": _guard(call.cache),
        },
        "settings": {name: _setting(setting) for name, setting in call.settings.items()},
    }


def _step(step: Step) -> dict[str, Json]:
    return {"name": step.name, "kind": step.kind, **_place(step.location)}


def _guard(guard: Guard | None) -> Json:
    """What stands around a request; its value is seconds for a time bound, further attempts for a retry."""
    if guard is None:
        return None
    location = guard.location
    return {
        "what": guard.what,
        "value": _value(guard.value),
        "origin": None if location is None else _place(location),
    }


def _place(location: Location) -> dict[str, Json]:
    return {"path": location.path, "line": location.line, "cell": location.cell}


def _setting(setting: Setting) -> dict[str, Json]:
    origin = setting.origin
    return {
        "state": setting.state.value,
        "value": _value(setting.value),
        "origin": None if origin is None else _place(origin),
        "why": redacted(setting.why),
    }


def _value(value: SettingValue) -> SettingValue:
    """The value as JSON can hold it: a key-like string redacted, an infinite bound as none."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
