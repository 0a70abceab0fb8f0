"""What the rules about settings ask to have repaired, and whether anybody needs to read it."""

from __future__ import annotations

from prodlint.api import Client, Defaults, Location, ModelCall, PassSetting, Repair, ReplaceNumber
from prodlint_rules._wording import code, constructor

OPTIONS = {"timeout": "timeout", "max_tokens": "max-tokens", "retries": "max-retries"}
"""By setting, the key in `[tool.prodlint.defaults]` that has its number."""

FIELDS = {"timeout": "timeout", "max_tokens": "max_tokens", "retries": "max_retries"}
"""By setting, the field of `Defaults`."""


def pass_setting(name: str, client: Client, call: ModelCall, defaults: Defaults) -> Repair | None:
    """Pass a setting to the constructor when it is in the project and takes it, else to the request; None where the
    constructor is handed over and so has no arguments."""
    if client.is_constructor and name in client.spelling:
        if client.is_handed_over:
            return None
        return _passing(name, client, constructor(client), defaults)
    return pass_to_call(name, call, defaults)


def pass_to_call(name: str, call: ModelCall, defaults: Defaults) -> Repair | None:
    """Pass a setting to the request; None where the SDK takes it elsewhere only."""
    return _passing(name, call, f"`{call.operation}`", defaults) if name in call.spelling else None


def _passing(name: str, subject: Client | ModelCall, place: str, defaults: Defaults) -> Repair | None:
    spelling = subject.spelling[name]
    if " = " in spelling or name in subject.contested:  # a statement has no one place
        return None
    return _repair(
        f"Pass {code(spelling)} to {place}",
        name,
        defaults,
        PassSetting(call=subject.location, spelling=spelling, names=subject.names, positional=subject.positional),
    )


def replace_number(name: str, place: Location, client: Client, call: ModelCall, defaults: Defaults) -> Repair | None:
    """Put the project's number where a setting is switched off."""
    spelling = client.spelling.get(name) or call.spelling.get(name)
    if not spelling or " = " in spelling:
        return None
    any_keyword = name == "max_tokens"
    action = ReplaceNumber(place=place, spelling=spelling, any_keyword=any_keyword)
    return _repair(f"Set {code(spelling)} instead", name, defaults, action)


def _repair(what: str, name: str, defaults: Defaults, action: PassSetting | ReplaceNumber) -> Repair:
    is_safe = FIELDS[name] in defaults.configured
    why = "" if is_safe else f"; the number is prodlint's own until `{OPTIONS[name]}` is set in the configuration"
    return Repair(description=f"{what}{why}", is_safe=is_safe, action=action)
