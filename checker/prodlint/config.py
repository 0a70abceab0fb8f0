"""The project's configuration: one table of TOML, found beside the code, checked to the last key.

The nearest file wins and nothing is merged but what `extend` names. A pattern with a slash counts from the directory of
the file that holds it, any other (and one that begins with `**/`) at every depth, so that one shared file can serve
several projects.
"""

from __future__ import annotations

import os.path
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from prodlint import __version__
from prodlint.config_keys import KEYS, Invalid, allows, nearest, parse_profile
from prodlint.levels import PROFILE_VERSION, Defaults, Profile, Severity
from prodlint.patterns import is_anchored
from prodlint.values import NamedTuple, dataclass, field, replace

__all__ = [
    "Config",
    "ConfigError",
    "Mention",
    "check_baseline",
    "check_rule_names",
    "find_config",
    "holds_configuration",
    "load_config",
    "load_config_file",
    "nearest",
    "parse_profile",
]

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


class Mention(NamedTuple):
    """One rule name in a configuration file, kept until the known rules can be asked."""

    path: Path
    key: str
    name: str


class DeclaredSdk(NamedTuple):
    """One `[[tool.prodlint.sdk]]`: an SDK that the project describes itself; `prodlint.sdks.declared` reads it."""

    path: Path
    """The configuration file it stands in."""
    table: Mapping[str, object]


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
    profile_version: int = PROFILE_VERSION
    defaults: Defaults = field(default_factory=Defaults)
    force_exclude: bool = False
    """True: the exclusions count for files that are named on the command line, too."""
    test_relaxations: bool = True
    """True: only the rules that say so apply to test code."""
    baseline: Path | None = None
    """Absolute; None: the usual file, when it exists."""
    require_reason: bool = False
    """True: a suppressing comment without a reason is reported."""
    required_version: str = ""
    anchors: Mapping[str, Path] = field(default_factory=dict)
    """The directory from which each pattern with a slash counts; without an entry it is `directory`."""
    files: tuple[Path, ...] = ()
    """All that was read: the file that was found, then what it extends."""
    max_file_size: int = 1_000_000
    """Bytes; a larger file with LLM code is reported as skipped."""
    origins: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    """The file that set each key, by its TOML name; several, the nearest first, for keys that accumulate."""
    mentions: tuple[Mention, ...] = ()
    sdk: tuple[DeclaredSdk, ...] = ()
    """SDKs beside those that prodlint knows, those of an extended file first."""

    @property
    def directory(self) -> Path | None:
        """The directory from which the patterns count; None: the project root."""
        return self.source.parent if self.source else None


def find_config(start: Path) -> Path | None:
    """Return the nearest configuration file in `start` (or its directory, for a file) and above.

    The search ends at the top of the git work tree: what lies outside differs from machine to machine. Raises
    ConfigError when a file on the way cannot be read.
    """
    start = Path(os.path.abspath(start))
    for directory in (start, *start.parents):
        if own := _own_file(directory):
            return own
        if os.path.exists(directory / ".git"):
            return None
    return None


def _own_file(directory: Path) -> Path | None:
    """Return the configuration file of one directory."""
    for name in FILE_NAMES:
        path = directory / name
        if os.path.isfile(path) and holds_configuration(path):
            return path
    return None


def holds_configuration(path: Path) -> bool:
    """Tell whether a TOML file is one for prodlint: of pyproject.toml, those with our table. Raises ConfigError."""
    return path.name != "pyproject.toml" or _table(path) is not None


def load_config(start: Path, *, file: Path | None = None, isolated: bool = False) -> Config:
    """Return the configuration for `start`, a file or directory; the defaults when there is none.

    `file` is read instead of searching; `isolated` reads no file but that one. Raises ConfigError.
    """
    path = file if file or isolated else find_config(start)
    return Config() if path is None else load_config_file(path)


def load_config_file(path: Path) -> Config:
    """Return the configuration that one file holds, with what it extends. Raises ConfigError."""
    path = path.absolute()
    if not holds_configuration(path):
        raise ConfigError(path, "there is no [tool.prodlint] table")
    return replace(_load(path, ()), source=path)


def check_rule_names(config: Config, known: Collection[str]) -> None:
    """Raise ConfigError for the first name in the configuration that is not among the known rules."""
    for mention in config.mentions:
        if mention.name not in known:
            line = _line_of(_read(mention.path), mention.key, mention.name)
            reason = f"unknown rule `{mention.name}` in `{mention.key}`{nearest(mention.name, known)}"
            raise ConfigError(mention.path, reason, line)


def check_baseline(config: Config) -> None:
    """Raise ConfigError for a baseline that is configured and does not exist."""
    if config.baseline is not None and not config.baseline.is_file():
        path = config.origins["baseline"][0]
        reason = f"`baseline` names a file that does not exist: {config.baseline}; `prodlint baseline create` makes it"
        raise ConfigError(path, reason, _line_of(_read(path), "baseline"))


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
    except (ValueError, RecursionError) as error:  # an endless number, or brackets in brackets
        raise ConfigError(path, f"is not TOML that can be read: {error}", None) from None
    if not is_pyproject:
        return data
    tool = data.get("tool", {})
    if not isinstance(tool, dict):
        raise ConfigError(path, "`tool` is not a table", _line_of(text, "tool"))
    if "prodlint" not in tool:
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
    # First of all: a newer prodlint may know keys that this one does not.
    required = table.get("required-version")
    if isinstance(required, str) and not allows(_value(path, "required-version", required), __version__):
        reason = f"`required-version` is `{required}`, and this is prodlint {__version__}"
        raise ConfigError(path, reason, _line_of(_read(path), "required-version"))
    values = {key: _value(path, key, value) for key, value in table.items()}
    base = Config()
    if "extend" in values:
        base = _load(_extended(path, cast("str", values["extend"])), (*chain, path))
    return _merge(base, path, values)


def _value(path: Path, key: str, value: object) -> Any:
    """Return one key's value as `Config` holds it. Raises ConfigError."""
    if key not in KEYS:
        raise _key_error(path, key)
    try:
        return KEYS[key].read(value)
    except Invalid as error:
        where = ".".join((key, *error.inner))
        raise ConfigError(path, f"`{where}` {error}", _line_of(_read(path), error.inner[-1:] or key)) from None


def _extended(path: Path, text: str) -> Path:
    """Return the file that `extend` means; `//` is the configuration at the top of the git work tree."""
    if text != "//":
        target = Path(os.path.normpath(path.parent / text))
        if target.is_file():
            return target
        reason = f"`extend` names a file that does not exist: {text}"
    else:
        top = next((folder for folder in path.parents if os.path.exists(folder / ".git")), None)
        own = _own_file(top) if top else None
        if own:
            return own
        where = f"{top} holds no configuration" if top else "there is no git work tree around this file"
        reason = f"`extend` means the configuration at the top of the git work tree, but {where}"
    raise ConfigError(path, reason, _line_of(_read(path), "extend"))


def _key_error(path: Path, key: str) -> ConfigError:
    hint = nearest(key, KEYS)
    if key == "tool" and path.name != "pyproject.toml":
        hint = f": in {path.name} the keys stand at the top, without [tool.prodlint]"
    return ConfigError(path, f"unknown key `{key}`{hint}", _line_of(_read(path), key))


def _merge(base: Config, path: Path, values: Mapping[str, object]) -> Config:
    """Lay one file's values over what it extends: lists that extend and tables add up, all else replaces."""
    changes = {key.replace("-", "_"): _over(base, key, value) for key, value in values.items() if key != "extend"}
    if "profile" in values:
        changes["profile"], changes["profile_version"] = cast("tuple[Profile, int]", values["profile"])
    if "baseline" in values:
        changes["baseline"] = path.parent / cast("str", values["baseline"])
    patterns = [pattern for key in _PATTERNS for pattern in cast("Iterable[str]", values.get(key, ()))]
    changes["anchors"] = {**base.anchors, **{each: path.parent for each in patterns if is_anchored(each)}}
    changes["files"] = (path, *base.files)
    mentions = tuple(
        Mention(path=path, key=key, name=rule)
        for key in ("select", "extend-select", "ignore", "per-file-ignores", "severity")
        for rule in _rules_in(values.get(key, ()))
    )
    changes["mentions"] = (*base.mentions, *mentions)
    tables = cast("tuple[dict[str, object], ...]", values.get("sdk", ()))
    changes["sdk"] = (*base.sdk, *(DeclaredSdk(path=path, table=table) for table in tables))
    before = {key: base.origins.get(key, ()) if key in _ACCUMULATING else () for key in values}
    changes["origins"] = {**base.origins, **{key: (path, *others) for key, others in before.items()}}
    return replace(base, **changes)  # type: ignore[arg-type]


_ACCUMULATING = ("extend-select", "extend-exclude", "per-file-ignores", "severity", "defaults", "sdk")

_PATTERNS = ("exclude", "extend-exclude", "per-file-ignores")


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
