"""The project's configuration: one table of TOML, found beside the code, checked to the last key.

The nearest file wins and nothing is merged but what `extend` names. Patterns count from the directory of the nearest
file, also those that come from an extended one, so that one shared file serves several projects.
"""

from __future__ import annotations

import os.path
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import cast

from prodlint.api import Defaults, Profile, Severity

FILE_NAMES = (".prodlint.toml", "prodlint.toml", "pyproject.toml")
"""By precedence within one directory."""

DEFAULT_EXCLUDE = (
    ".eggs",
    ".git",
    ".hg",
    ".mypy_cache",
    ".nox",
    ".prodlint_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "node_modules",
    "site-packages",
)
"""Directory names; setting `exclude` replaces them, `extend-exclude` adds to them."""


class ConfigError(Exception):
    """A configuration that cannot be used; the command line ends with exit code 2."""

    def __init__(self, path: Path, reason: str, line: int | None = None) -> None:
        """Take the file, what is wrong with it, and the 1-based line where that is known."""
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One rule name in a configuration file, kept until the known rules can be asked."""

    path: Path
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What one project has asked for."""

    source: Path | None = None
    """The file that was found; None when there is none."""
    select: tuple[str, ...] | None = None
    """The only rules to run; None: those of the profile."""
    extend_select: tuple[str, ...] = ()
    """Rules to run beside those of the profile or of `select`."""
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Rules by gitignore pattern."""
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    """gitignore patterns."""
    extend_exclude: tuple[str, ...] = ()
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    """By rule; None switches the rule off."""
    fail_on: Severity = Severity.WARNING
    """The mildest severity that makes a run fail."""
    profile: Profile = Profile.REGULAR
    defaults: Defaults = field(default_factory=Defaults)
    force_exclude: bool = False
    """True: the exclusions count for files that are named on the command line, too."""
    test_relaxations: bool = True
    """True: only the rules that say so apply to test code."""
    origins: Mapping[str, Path] = field(default_factory=dict)
    """The file that set each key, by its TOML name; for keys that accumulate, the nearest."""
    mentions: tuple[Mention, ...] = ()

    @property
    def directory(self) -> Path | None:
        """The directory from which the patterns count; None: the project root."""
        return self.source.parent if self.source else None


def find_config(start: Path) -> Path | None:
    """Return the nearest configuration file in `start` (or its directory, for a file) and above.

    The search ends at the top of the git work tree: what lies outside differs from machine to machine. Raises
    ConfigError when a file on the way cannot be read.
    """
    start = start.absolute()
    for directory in (start, *start.parents):
        for name in FILE_NAMES:
            path = directory / name
            if os.path.isfile(path) and (name != "pyproject.toml" or _table(path) is not None):
                return path
        if os.path.exists(directory / ".git"):
            return None
    return None


def load_config(start: Path, *, file: Path | None = None, isolated: bool = False) -> Config:
    """Return the configuration for `start`, a file or directory; the defaults when there is none.

    `file` is read instead of searching; `isolated` reads no file but that one. Raises ConfigError.
    """
    path = file if file or isolated else find_config(start)
    return Config() if path is None else load_config_file(path)


def load_config_file(path: Path) -> Config:
    """Return the configuration that one file holds, with what it extends. Raises ConfigError."""
    path = path.absolute()
    if path.name == "pyproject.toml" and _table(path) is None:
        raise ConfigError(path, "there is no [tool.prodlint] table")
    return replace(_load(path, ()), source=path)


def check_rule_names(config: Config, known: Collection[str]) -> None:
    """Raise ConfigError for the first name in the configuration that is not among the known rules."""
    for mention in config.mentions:
        if mention.name not in known:
            line = _line_of(_read(mention.path), mention.key, mention.name)
            reason = f"unknown rule `{mention.name}` in `{mention.key}`{nearest(mention.name, known)}"
            raise ConfigError(mention.path, reason, line)


def rules_ignored_for(config: Config, path: str) -> frozenset[str]:
    """Return the rules that `per-file-ignores` switches off for a file.

    `path` is `/` separated and counts from the configuration's directory.
    """
    if not config.per_file_ignores:
        return frozenset()
    from pathspec import GitIgnoreSpec

    names: set[str] = set()
    for pattern, rules in config.per_file_ignores.items():
        if GitIgnoreSpec.from_lines([pattern]).match_file(path):
            names.update(rules)
    return frozenset(names)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `, did you mean ...?` for the known word that is most alike, or nothing."""
    import difflib

    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f", did you mean `{close[0]}`?" if close else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(path, f"is not UTF-8 (byte {error.start})") from None


def _table(path: Path) -> dict[str, object] | None:
    """Return the file's own table; None for a pyproject.toml without one."""
    text = _read(path)
    is_pyproject = path.name == "pyproject.toml"
    if is_pyproject and "prodlint" not in text:
        # Also keeps start-up free of the TOML reader, and of other tools' broken files.
        return None
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)| \(at end of document\)", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        raise ConfigError(path, f"is not TOML: {str(error)[: place.start()] if place else error}", line) from None
    if not is_pyproject:
        return data
    tool = data.get("tool")
    if not isinstance(tool, dict) or "prodlint" not in tool:
        return None
    table = tool["prodlint"]
    if not isinstance(table, dict):
        raise ConfigError(path, "`tool.prodlint` is not a table", _line_of(text, "prodlint"))
    return table


def _load(path: Path, chain: tuple[Path, ...]) -> Config:
    if path in chain:
        names = " -> ".join(str(link) for link in (*chain, path))
        raise ConfigError(chain[-1], f"`extend` goes in a circle: {names}", _line_of(_read(chain[-1]), "extend"))
    table = _table(path)
    if table is None:
        raise ConfigError(path, "there is no [tool.prodlint] table to extend")
    values: dict[str, object] = {}
    for key, value in table.items():
        read = _KEYS.get(key)
        if read is None:
            raise _key_error(path, key)
        try:
            values[key] = read(value)
        except _Invalid as error:
            where = ".".join((key, *error.inner))
            raise ConfigError(path, f"`{where}` {error}", _line_of(_read(path), error.inner[-1:] or key)) from None
    base = Config()
    if "extend" in values:
        target = Path(os.path.normpath(path.parent / cast("str", values["extend"])))
        if not target.is_file():
            reason = f"`extend` names a file that does not exist: {values['extend']}"
            raise ConfigError(path, reason, _line_of(_read(path), "extend"))
        base = _load(target, (*chain, path))
    return _merge(base, path, values)


def _key_error(path: Path, key: str) -> ConfigError:
    hint = nearest(key, _KEYS)
    if key == "tool" and path.name != "pyproject.toml":
        hint = f": in {path.name} the keys stand at the top, without [tool.prodlint]"
    return ConfigError(path, f"unknown key `{key}`{hint}", _line_of(_read(path), key))


def _merge(base: Config, path: Path, values: Mapping[str, object]) -> Config:
    """Lay one file's values over what it extends: lists that extend and tables add up, all else replaces."""
    changes = {key.replace("-", "_"): _over(base, key, value) for key, value in values.items() if key != "extend"}
    mentions = tuple(
        Mention(path=path, key=key, name=rule)
        for key in ("select", "extend-select", "ignore", "per-file-ignores", "severity")
        for rule in _rules_in(values.get(key, ()))
    )
    changes["mentions"] = (*base.mentions, *mentions)
    changes["origins"] = {**base.origins, **dict.fromkeys(values, path)}
    return replace(base, **changes)  # type: ignore[arg-type]


def _over(base: Config, key: str, value: object) -> object:
    old = getattr(base, key.replace("-", "_"))
    if key in ("extend-select", "extend-exclude"):
        return (*old, *cast("tuple[str, ...]", value))
    if key in ("per-file-ignores", "severity"):
        return {**old, **cast("dict[str, object]", value)}
    if key == "defaults":
        own = cast("dict[str, float | int]", value)
        configured = base.defaults.configured | set(own)
        return replace(base.defaults, **own, configured=configured)  # type: ignore[arg-type]
    return value


def _rules_in(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        for key, rules in value.items():
            yield from (rules if isinstance(rules, tuple) else (key,))
    else:
        yield from cast("tuple[str, ...]", value)


class _Invalid(Exception):
    """A value of the wrong kind; `inner` are the keys below the top one."""

    def __init__(self, reason: str, *inner: str) -> None:
        super().__init__(reason)
        self.inner = inner


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _Invalid(f"must be a list of strings, not {_kind(value)}")
    return tuple(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Invalid(f"must be true or false, not {_kind(value)}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Invalid(f"must be a string, not {_kind(value)}")
    return value


def _choice(names: tuple[str, ...], *inner: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            shown = f"`{value}`{nearest(value, names)}" if isinstance(value, str) else _kind(value)
            raise _Invalid(f"must be one of {', '.join(names)}; not {shown}", *inner)
        return value

    return read


def _entries(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _Invalid(f"must be a table, not {_kind(value)}")
    return value


def _per_file_ignores(value: object) -> dict[str, tuple[str, ...]]:
    result = {}
    for pattern, rules in _entries(value).items():
        try:
            result[pattern] = _strings(rules)
        except _Invalid as error:
            raise _Invalid(str(error), pattern) from None
    return result


def _severities(value: object) -> dict[str, Severity | None]:
    names = (*(level.label for level in Severity), "off")
    result: dict[str, Severity | None] = {}
    for rule, level in _entries(value).items():
        name = _choice(names, rule)(level)
        result[rule] = None if name == "off" else Severity[name.upper()]
    return result


def _defaults(value: object) -> dict[str, float | int]:
    result: dict[str, float | int] = {}
    known = [item.name.replace("_", "-") for item in fields(Defaults) if item.name != "configured"]
    for key, number in _entries(value).items():
        if key not in known:
            raise _Invalid(f"is an unknown key{nearest(key, known)}", key)
        is_seconds = key == "timeout"
        if isinstance(number, bool) or not isinstance(number, (int, float) if is_seconds else int):
            raise _Invalid(f"must be {'a number of seconds' if is_seconds else 'a whole number'}", key)
        smallest = 0 if key == "max-retries" else 1
        # `not >=` instead of `<` so that TOML's `nan` is refused; a timeout below one second is still a timeout.
        if not (0 < number < float("inf") if is_seconds else number >= smallest):
            raise _Invalid(f"must be {'more than 0 and finite' if is_seconds else f'at least {smallest}'}", key)
        result[key.replace("-", "_")] = float(number) if is_seconds else number
    return result


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list with other things in it" if any(not isinstance(item, str) for item in value) else "a list"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", dict: "a table"}
    return names.get(type(value), "a date or time")


_KEYS: Mapping[str, Callable[[object], object]] = {
    "select": _strings,
    "extend-select": _strings,
    "ignore": _strings,
    "per-file-ignores": _per_file_ignores,
    "exclude": _strings,
    "extend-exclude": _strings,
    "severity": _severities,
    "fail-on": lambda value: Severity[_choice(tuple(level.label for level in Severity))(value).upper()],
    "profile": lambda value: Profile[_choice(tuple(profile.name.lower() for profile in Profile))(value).upper()],
    "defaults": _defaults,
    "extend": _text,
    "force-exclude": _flag,
    "test-relaxations": _flag,
}


def _line_of(text: str, key: str | tuple[str, ...], value: str = "") -> int | None:
    """Return the 1-based line on which our table sets a key, or the first from there on that holds `value`.

    TOML readers keep no positions, so this looks at the text; in an odd layout it finds nothing.
    """
    name = re.escape(key if isinstance(key, str) else key[0])
    own = r"\[+\s*tool\.prodlint\b"
    in_table = not re.search(own, text)
    is_ours = in_table
    found: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[+[^]=]+\]+)\s*(?:#.*)?$", line):
            in_table = is_ours or bool(re.match(own, header[1]))
            matches = re.search(rf"[\[.][\s\"']*{name}[\s\"']*[].]", header[1])
        else:
            matches = re.search(rf"(?:^|[\s{{,.])[\"']?{name}[\"']?\s*[=.]", line)
        if in_table and found is None and matches:
            found = number
        if found and (not value or re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", line)):
            return number
    return found
