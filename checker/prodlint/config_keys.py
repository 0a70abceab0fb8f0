"""The table of configuration keys: how each value is read, what it means, and its part of the JSON schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from prodlint.levels import PROFILE_VERSION, Defaults, Profile, Severity
from prodlint.patterns import fault
from prodlint.values import NamedTuple

Json = dict[str, object]

_LEVELS = tuple(level.label for level in Severity)
SEVERITIES = (*_LEVELS, "off")
"""What a rule can be given."""
_PROFILES = tuple(profile.name.lower() for profile in Profile)
_CLAUSE = r"\s*(>=|<=|==|!=|~=|<|>|)\s*(\d+(?:\.\d+)*)\s*"


class Invalid(Exception):
    """A value of the wrong kind; `inner` are the keys below the top one."""

    def __init__(self, reason: str, *inner: str) -> None:
        """Take what is wrong, to be read behind the key's name."""
        super().__init__(reason)
        self.inner = inner


class Key(NamedTuple):
    """One key of `[tool.prodlint]`."""

    read: Callable[[object], object]
    """Turns what TOML holds into what `Config` holds. Raises Invalid."""
    schema: Json
    """Without the names of rules, which `prodlint.config_schema` adds."""
    meaning: str


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `, did you mean ...?` for the known word that is most alike, or nothing."""
    import difflib

    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f", did you mean `{close[0]}`?" if close else ""


def parse_profile(text: str) -> tuple[Profile, int]:
    """Return the profile and its version: `regular@1`, or `regular` for the newest. Raises ValueError."""
    name, at, number = text.partition("@")
    if name not in _PROFILES:
        raise ValueError(f"must be one of {', '.join(_PROFILES)}; not `{text}`{nearest(name, _PROFILES)}")
    if not at:
        return Profile[name.upper()], PROFILE_VERSION
    if not re.fullmatch(r"[1-9]\d{0,3}", number, re.ASCII) or int(number) > PROFILE_VERSION:
        versions = " to ".join(dict.fromkeys((f"`{name}@1`", f"`{name}@{PROFILE_VERSION}`")))
        raise ValueError(f"must be `{name}` or {versions} in this version, not `{text}`")
    return Profile[name.upper()], int(number)


def allows(required: str, version: str) -> bool:
    """Tell whether a version satisfies `required-version`. Raises ValueError for what is no requirement.

    A pre-release counts as its release: `>=1.2` allows `1.2rc1`.
    """
    own = _numbers(re.match(r"[\d.]*\d", version)[0])  # type: ignore[index]
    clauses = [re.fullmatch(_CLAUSE, clause) for clause in required.split(",")]
    if None in clauses:
        raise ValueError(f"must be versions like `>=0.2,<1`, not `{required}`")
    return all(_holds(own, clause) for clause in clauses if clause is not None)


def _holds(own: tuple[int, ...], parts: re.Match[str]) -> bool:
    asked = _numbers(parts[2])
    match parts[1]:
        case ">=":
            return own >= asked
        case "<=":
            return own <= asked
        case ">":
            return own > asked
        case "<":
            return own < asked
        case "!=":
            return own != asked
        case "~=":
            fixed = parts[2].count(".")
            return own >= asked and own[:fixed] == asked[:fixed]
    return own == asked


def _numbers(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in text.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Invalid(f"must be a list of strings, not {_kind(value)}")
    return tuple(value)


def _patterns(value: object) -> tuple[str, ...]:
    patterns = _strings(value)
    for pattern in patterns:
        if reason := fault(pattern):
            raise Invalid(reason)
    return patterns


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Invalid(f"must be true or false, not {_kind(value)}")
    return value


def _size(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Invalid("must be a whole number of bytes, at least 1")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid(f"must be a string, not {_kind(value)}" if value != "" else "must not be empty")
    if "\0" in value:
        raise Invalid("must not hold a NUL character")
    return value


def _tables(value: object) -> tuple[dict[str, object], ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Invalid("must be a list of tables: write `[[tool.prodlint.sdk]]`, in prodlint.toml `[[sdk]]`")
    return tuple(value)


def _choice(names: tuple[str, ...], *inner: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            shown = f"`{value}`{nearest(value, names)}" if isinstance(value, str) else _kind(value)
            raise Invalid(f"must be one of {', '.join(names)}; not {shown}", *inner)
        return value

    return read


def _profile(value: object) -> tuple[Profile, int]:
    try:
        return parse_profile(_choice(_PROFILES)(value) if not isinstance(value, str) else value)
    except ValueError as error:
        raise Invalid(str(error)) from None


def _required_version(value: object) -> str:
    text = _text(value)
    try:
        allows(text, "0")
    except ValueError as error:
        raise Invalid(str(error)) from None
    return text


def _entries(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Invalid(f"must be a table, not {_kind(value)}")
    return value


def _per_file_ignores(value: object) -> dict[str, tuple[str, ...]]:
    result = {}
    for pattern, rules in _entries(value).items():
        if reason := fault(pattern):
            raise Invalid(reason)
        try:
            result[pattern] = _strings(rules)
        except Invalid as error:
            raise Invalid(str(error), pattern) from None
    return result


def _severities(value: object) -> dict[str, Severity | None]:
    result: dict[str, Severity | None] = {}
    for rule, level in _entries(value).items():
        name = _choice(SEVERITIES, rule)(level)
        result[rule] = None if name == "off" else Severity[name.upper()]
    return result


def _defaults(value: object) -> dict[str, float | int]:
    from dataclasses import fields

    result: dict[str, float | int] = {}
    known = [item.name.replace("_", "-") for item in fields(Defaults) if item.name != "configured"]
    for key, number in _entries(value).items():
        if key not in known:
            raise Invalid(f"is an unknown key{nearest(key, known)}", key)
        is_seconds = key == "timeout"
        if isinstance(number, int) and abs(number) > _LARGEST:
            raise Invalid(f"must be at most {_LARGEST}", key)
        if isinstance(number, bool) or not isinstance(number, (int, float) if is_seconds else int):
            raise Invalid(f"must be {'a number of seconds' if is_seconds else 'a whole number'}", key)
        smallest = 0 if key == "max-retries" else 1
        # `not >=` instead of `<` so that TOML's `nan` is refused; a timeout below one second is still a timeout.
        if not (0 < number < float("inf") if is_seconds else number >= smallest):
            raise Invalid(f"must be {'more than 0 and finite' if is_seconds else f'at least {smallest}'}", key)
        result[key.replace("-", "_")] = float(number) if is_seconds else number
    return result


_LARGEST = 10**9
"""Of a default: seconds, tokens or attempts."""


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list with other things in it" if any(not isinstance(item, str) for item in value) else "a list"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", dict: "a table"}
    return names.get(type(value), "a date or time")


_LIST: Json = {"type": "array", "items": {"type": "string"}}
_RULES: Json = {"type": "array", "items": {"$ref": "#/definitions/rule"}}
_FLAG: Json = {"type": "boolean"}
_STRING: Json = {"type": "string", "minLength": 1}
_SDKS: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "imports"],
        "properties": {"name": _STRING, "imports": {"type": "array", "items": _STRING, "minItems": 1}},
    },
}
"""The head alone: `prodlint.sdks.declared` checks a record to the last key."""


def _numbers_schema() -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "timeout": {"type": "number", "exclusiveMinimum": 0, "description": "Seconds."},
            "max-tokens": {"type": "integer", "minimum": 1},
            "max-retries": {"type": "integer", "minimum": 0, "description": "Attempts after the first."},
        },
    }


KEYS: Mapping[str, Key] = {
    "select": Key(read=_strings, schema=_RULES, meaning="The only rules or categories to run."),
    "extend-select": Key(read=_strings, schema=_RULES, meaning="Rules or categories to run as well."),
    "ignore": Key(read=_strings, schema=_RULES, meaning="Rules or categories not to run."),
    "per-file-ignores": Key(
        read=_per_file_ignores,
        schema={"type": "object", "additionalProperties": _RULES},
        meaning="Rules or categories that are left out for files, by gitignore pattern.",
    ),
    "exclude": Key(read=_patterns, schema=_LIST, meaning="gitignore patterns of files to leave out."),
    "extend-exclude": Key(read=_patterns, schema=_LIST, meaning="gitignore patterns of files to leave out as well."),
    "severity": Key(
        read=_severities,
        schema={"type": "object", "additionalProperties": False},
        meaning="The severity of rules or categories.",
    ),
    "fail-on": Key(
        read=lambda value: Severity[_choice(_LEVELS)(value).upper()],
        schema={"enum": list(_LEVELS)},
        meaning="The mildest severity that makes a run fail.",
    ),
    "profile": Key(
        read=_profile,
        schema={"enum": [*_PROFILES, *(f"{name}@{n + 1}" for n in range(PROFILE_VERSION) for name in _PROFILES)]},
        meaning="Which rules run unless selected; `regular@1` stays what it is in later releases.",
    ),
    "defaults": Key(
        read=_defaults, schema=_numbers_schema(), meaning="The numbers that help texts suggest and fixes write."
    ),
    "extend": Key(
        read=_text, schema=_STRING, meaning="Another configuration file to start from; `//`: that of the repository."
    ),
    "force-exclude": Key(
        read=_flag, schema=_FLAG, meaning="Leave out excluded files even when they are named on the command line."
    ),
    "sdk": Key(
        read=_tables, schema=_SDKS, meaning="SDKs and in-house clients that prodlint does not know, or knows otherwise."
    ),
    "test-relaxations": Key(
        read=_flag, schema=_FLAG, meaning="Apply to test code only the rules that are meant for it."
    ),
    "max-file-size": Key(
        read=_size,
        schema={"type": "integer", "minimum": 1},
        meaning="Bytes; a larger file with LLM code is reported as skipped. 1000000 unless set.",
    ),
    "baseline": Key(read=_text, schema=_STRING, meaning="The file of known findings."),
    "require-reason": Key(read=_flag, schema=_FLAG, meaning="Report suppressing comments that give no reason."),
    "required-version": Key(
        read=_required_version,
        schema={"type": "string", "pattern": f"^{_CLAUSE}(,{_CLAUSE})*$"},
        meaning="The versions of prodlint that may read this, like `>=0.2,<1`.",
    ),
}
"""By name, in the order in which they are shown."""
