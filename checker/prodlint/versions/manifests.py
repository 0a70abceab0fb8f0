"""Reads one lock, requirement or metadata file: which versions of which distributions it names.

Each reader takes the text of a file and gives (distribution, PEP 440 range, marker) for every requirement in it, in
order. What cannot be read says nothing: the release is then an assumption, and every message says so.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prodlint.versions.ranges import from_conda, from_poetry

Named = Iterator[tuple[str, str, str]]
"""The marker is what stands behind `;`, empty for none: `python_version < "3.9"`."""

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
"""By precedence within a directory; before all others, for they name one version."""

HEAD = 400
"""Characters at the beginning of a package's table in a lock file: its name and version come first."""

_PACKAGE = re.compile(r"^\[\[packages?\]\][ \t]*$", re.MULTILINE)
_FIELD = re.compile(r"^(name|version)[ \t]*=[ \t]*[\"']([^\"'\n]*)[\"']", re.MULTILINE)
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;@#)]*)")
_INCLUDE = re.compile(r"\s*(?:-[rc]|--(?:requirement|constraint))(?:\s*=\s*|\s+|(?=[^\s-]))(\S+)")
_HEADER = re.compile(r"^(Name|Version|Requires-Dist):[ \t]*(.+)$", re.MULTILINE)
_CONDA = re.compile(r"^\s*-\s+[\"']?(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*)\s*([^\"'#\n]*)", re.MULTILINE)


def normalised(name: str) -> str:
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_manifest(name: str) -> bool:
    """True for the name of a file that `read` can read."""
    return name in _READERS or _is_requirements(name)


def precedence(name: str) -> tuple[int, str]:
    """Sorts the files of one directory: locks, then those that people write."""
    order = [*LOCKS, "requirements.txt"]
    return (order.index(name) if name in order else len(order) + (not _is_requirements(name)), name)


def read(name: str, text: str) -> tuple[tuple[str, str], ...]:
    """What a file says, by its name: (normalised distribution, range). Empty for what cannot be read.

    Of lines for one distribution that differ by markers, which one counts hangs on where the program runs: their range
    is empty.
    """
    reader = _READERS.get(name) or _requirements
    found: list[tuple[str, str, str]] = []
    with contextlib.suppress(ValueError, RecursionError):  # what the readers of TOML and JSON raise
        found.extend((normalised(entry), specifier, marker) for entry, specifier, marker in reader(text))
    ranges: dict[str, set[str]] = {}
    for entry, specifier, _ in found:
        ranges.setdefault(entry, set()).add(specifier)
    split = {entry for entry, _, marker in found if marker and len(ranges[entry]) > 1}
    return tuple((entry, "" if entry in split else specifier) for entry, specifier, _ in found)


def includes(text: str) -> tuple[str, ...]:
    """The files that a requirements file refers to (`-r`, `-c`), relative to its directory."""
    return tuple(found[1] for line in _logical_lines(text) if (found := _INCLUDE.match(line)))


def _is_requirements(name: str) -> bool:
    return name.endswith((".txt", ".in")) and ("requirements" in name or "constraints" in name)


def _lock(text: str) -> Named:
    # Machine-written, in one form, and up to megabytes long: a TOML reader takes seconds.
    for table in reversed(_PACKAGE.split(text)[1:]):  # of several versions of one package the last is the newest
        found = dict(_FIELD.findall(table[:HEAD].partition("\n[")[0]))
        if "name" in found and "version" in found:
            yield found["name"], f"=={found['version']}", ""


def _pipfile_lock(text: str) -> Named:
    import json

    data = _table(json.loads(text))
    for section in ("default", "develop"):
        for name, entry in _table(data.get(section)).items():
            version = _table(entry).get("version")
            if isinstance(version, str):
                yield name, version, ""


def _logical_lines(text: str) -> Iterable[str]:
    return re.sub(r"\\\r?\n", " ", text).splitlines()


def _requirements(text: str) -> Named:
    for line in _logical_lines(text):
        if not line.lstrip().startswith(("-", "#")):
            yield from _requirement(line.partition(" --")[0])


def _requirement(line: str) -> Named:
    found = _REQUIREMENT.match(line)
    if found:
        marker = line.partition(" #")[0].partition(";")[2].strip()
        yield found[1], found[2].strip(), "" if "extra" in marker else marker  # extras are for one environment all


def _pyproject(text: str) -> Named:
    data = _toml(text)
    project, tool = _table(data.get("project")), _table(data.get("tool"))
    lists = [project.get("dependencies")]
    for groups in (
        project.get("optional-dependencies"),
        data.get("dependency-groups"),
        _table(tool.get("pdm")).get("dev-dependencies"),
        {"uv": _table(tool.get("uv")).get("dev-dependencies")},
    ):
        lists.extend(_table(groups).values())
    for requirements in lists:
        for line in _texts(requirements):  # a dependency group may include another: that one is read anyway
            yield from _requirement(line)
    poetry = _table(tool.get("poetry"))
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables.extend(_table(group).get("dependencies") for group in _table(poetry.get("group")).values())
    for table in tables:
        yield from _constraints(table)


def _pipfile(text: str) -> Named:
    data = _toml(text)
    for section in ("packages", "dev-packages"):
        yield from _constraints(data.get(section))


def _constraints(table: object) -> Named:
    """Poetry's and Pipenv's form: a range, a table with one, or a list of such tables, of which the last counts."""
    for name, value in _table(table).items():
        entry = value[-1] if isinstance(value, list) and value else value
        text = entry.get("version", "") if isinstance(entry, dict) else entry
        if isinstance(text, str):
            yield name, from_poetry(text), ""


def _setup_cfg(text: str) -> Named:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    with contextlib.suppress(configparser.Error):
        parser.read_string(text)  # what stands before and after a line that is no option is kept
    options = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        options.extend(value for _, value in parser.items("options.extras_require"))
    for option in options:
        yield from _requirements(option)


def _conda(text: str) -> Named:
    for name, version in _CONDA.findall(text):
        yield name, from_conda(version.strip()), ""


def _metadata(text: str) -> Named:
    """Of a distribution, built or installed: its own version, and what it requires."""
    headers = _HEADER.findall(re.split(r"\r?\n\r?\n", text, maxsplit=1)[0])
    own = dict(headers)
    if "Name" in own and "Version" in own:
        yield own["Name"].strip(), f"=={own['Version'].strip()}", ""
    for field, value in headers:
        if field == "Requires-Dist":
            yield from _requirement(value)


def _manifest(text: str) -> Named:
    """Home Assistant's form: an integration's requirements lie beside its code."""
    import json

    for line in _texts(_table(json.loads(text)).get("requirements")):
        yield from _requirement(line)


def _table(value: object) -> dict[str, Any]:
    """The value, if it is a table: one of another kind says nothing."""
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    """The texts of a list; what is none in there says nothing."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data: dict[str, Any] = tomllib.loads(text)
    return data


_READERS: Mapping[str, Callable[[str], Named]] = {
    **dict.fromkeys(LOCKS, _lock),
    "Pipfile.lock": _pipfile_lock,
    "Pipfile": _pipfile,
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "environment.yml": _conda,
    "environment.yaml": _conda,
    "METADATA": _metadata,
    "PKG-INFO": _metadata,
    "manifest.json": _manifest,
}
