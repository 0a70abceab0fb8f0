"""The inventory for people: one block for each request."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.model import Client, Location, ModelCall, Setting, State, Step
from prodlint.report.full import place
from prodlint.report.inventory import Inventory, constructors
from prodlint.report.models import missing_model, model_facts
from prodlint.report.printable import counted, in_cell, printable, redacted
from prodlint.report.style import Style

_UNITS = {"timeout": "s", "max_tokens": "tokens"}
_ABSENT = {"timeout": "no bound", "max_tokens": "no cap"}


def render(inventory: Inventory, style: Style) -> str:
    """Each request with its context, the way to it, and its effective settings; then the count."""
    clients = constructors(inventory)
    blocks = [
        "\n".join(_block(call, clients.get(call.location), inventory.as_of, style)) + "\n" for call in inventory.calls
    ]
    if style.footer:
        files = len({call.location.path for call in inventory.calls})
        total = counted(len(inventory.calls), "LLM call")
        blocks.append(f"{total} in {counted(files, 'file')}\n" if files else "No LLM calls found\n")
    return "\n".join(blocks)


def unknowns(inventory: Inventory, style: Style) -> str:
    """One line for each setting that could not be decided, on which the rules were therefore silent."""
    lines = [
        f"{place(call.location, style)}: {name} of {printable(call.operation, style)} is unknown: "
        f"{printable(redacted(setting.why), style)}\n"
        for call in inventory.calls
        for name, setting in call.settings.items()
        if setting.state is State.UNKNOWN
    ]
    return "".join(lines)


def _block(call: ModelCall, client: Client | None, as_of: str, style: Style) -> Iterator[str]:
    mode = "async" if call.is_async else "sync"
    operation = style.paint("rule", printable(f"{call.sdk} {call.operation}", style))
    yield f"{place(call.location, style)}:{call.location.column}: {operation} ({call.kind}, {mode})"
    if call.sdk_version:
        origin = f", {call.sdk_version_origin}" if call.sdk_version_origin else ""
        yield f"  sdk: {printable(f'{call.sdk_distribution or call.sdk} {call.sdk_version}{origin}', style)}"
    if call.known_model is not None:
        yield f"  model: {printable(model_facts(call.known_model, as_of), style)}"
    elif _names_model(call):
        yield f"  model: {missing_model(str(call.settings['model'].value))}"
    yield f"  context: {call.context.value}"
    if client is not None:
        yield f"  client: {printable(client.name, style)} at {_where(client.location, style)}"
    if call.entry_path:
        yield f"  reached from: {' -> '.join(_step(step, style) for step in call.entry_path)}"
    yield from _guards(call, style)
    rows = [(name, setting, _value(name, setting, style)) for name, setting in call.settings.items()]
    names = max((len(name) for name, _, _ in rows), default=0)
    values = min(max((len(value) for _, _, value in rows), default=0), 30)
    for name, setting, value in rows:
        state = style.paint(setting.state.value, f"{setting.state.value:<7}")
        yield f"  {name:<{names}}  {state}  {value:<{values}}  {_reason(setting, style)}".rstrip()


def _names_model(call: ModelCall) -> bool:
    setting = call.settings.get("model")
    return setting is not None and setting.constant and isinstance(setting.value, str)


def _guards(call: ModelCall, style: Style) -> Iterator[str]:
    """What bounds, repeats or caches the request from outside, whatever its settings are."""
    for how, guard in (("bounded", call.time_bound), ("retried", call.retry), ("cached", call.cache)):
        if guard is not None:
            at = f" at {_where(guard.location, style)}" if guard.location is not None else ""
            seconds = f", {guard.value:g} s" if how == "bounded" and guard.value is not None else ""
            yield f"  {how} by: {printable(guard.what, style)}{at}{seconds}"


def _step(step: Step, style: Style) -> str:
    kind = f"{printable(step.kind, style)} " if step.kind else ""
    return f"{kind}{printable(step.name, style)} ({_where(step.location, style)})"


def _where(location: Location, style: Style) -> str:
    return f"{printable(location.path, style)}:{in_cell(location.cell)}{location.line}"


def _reason(setting: Setting, style: Style) -> str:
    why = printable(redacted(setting.why), style)
    if setting.origin is None:
        return why
    return f"{_where(setting.origin, style)}{f': {why}' if why else ''}"


def _value(name: str, setting: Setting, style: Style) -> str:
    """The value with its unit; `?` where it is not decided, `at run time` where only its place is known."""
    if setting.state is State.UNKNOWN:
        return "?"
    if not setting.constant:
        return "at run time"
    value = setting.value
    if value is None:
        return _ABSENT.get(name, "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(redacted(value), style)
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} {_UNITS[name]}" if name in _UNITS else number
