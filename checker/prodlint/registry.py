"""Rule packs: finding them, loading their rules, choosing among them, and running them.

A pack is a package that an installed distribution names under the entry-point group `prodlint.rules`. The engine
knows no pack by name; the built-in one is found like any other.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, cast

from prodlint.api import PROFILE_VERSION, Profile, Report, Rule, RuleContext, Severity
from prodlint.faults import described
from prodlint.findings import Failure, RuleInfo
from prodlint.model import AsyncBlock, Client, Credential, ModelCall, Project, Subject
from prodlint.values import dataclass, replace

if TYPE_CHECKING:
    AnyRule = Rule[ModelCall] | Rule[Client] | Rule[Credential] | Rule[AsyncBlock]

GROUP = "prodlint.rules"
"""The entry-point group; an entry's name is the pack's, its value the package."""

ALL = "all"
"""Stands for every rule of the profile in options and configuration."""

_SUBJECTS: tuple[type, ...] = (ModelCall, Client, Credential, AsyncBlock)
_MODULE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class RegistryError(Exception):
    """A rule pack, or a choice of rules, that cannot be used; the run ends with exit code 2."""


class UnknownRuleError(RegistryError):
    """A name in options or configuration that is neither a rule nor a category."""

    def __init__(self, name: str, suggestion: str) -> None:
        """`suggestion` is the nearest known name, or empty."""
        hint = f"; did you mean `{suggestion}`?" if suggestion else "; `prodlint rule --all` lists them"
        super().__init__(f"unknown rule or category `{name}`{hint}")
        self.name = name
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A package of rules."""

    name: str
    """The entry point's name, for messages."""
    package: str
    """The import name, e.g. `acme_rules`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRule:
    """One rule with all that is read from the module it stands in."""

    name: str
    """The file name with dashes."""
    category: str
    """The name of its folder, with dashes."""
    page: str
    """Markdown, the module's docstring; empty only under `python -OO`."""
    pack: str
    module: str
    """Import name, for messages."""
    rule: AnyRule
    severity: Severity | None = None
    """What the project's configuration says; it beats the rule's own and each report's. None: nothing."""


def load_rules() -> tuple[LoadedRule, ...]:
    """Every rule of every installed pack, by name.

    Raises `RegistryError` when there is no pack, for a pack or module that cannot be imported, for a module that holds
    no rule, and for a name that is given twice.
    """
    packs = installed_packs(sys.path)
    if not packs:
        raise RegistryError(
            f"no rule pack is installed: no distribution has an entry point in the group `{GROUP}`; "
            "reinstall prodlint (in a checkout of it: `pip install -e .`)"
        )
    return merge_rules([rule for pack in packs for rule in load_pack(pack)])


def merge_rules(rules: Sequence[LoadedRule]) -> tuple[LoadedRule, ...]:
    """The rules by name. Raises `RegistryError` when a name stands for two things."""
    by_name: dict[str, LoadedRule] = {}
    categories = {rule.category for rule in rules}
    for rule in rules:
        other = by_name.setdefault(rule.name, rule)
        if other is not rule:
            raise RegistryError(
                f"two rules are named `{rule.name}`: `{other.module}` of pack `{other.pack}` and `{rule.module}` "
                f"of pack `{rule.pack}`; uninstall one of the packs, or rename one of the modules"
            )
        if rule.name == ALL or rule.name in categories:
            fault = f"its name `{rule.name}` also stands for a group of rules"
            raise _error(rule.pack, rule.module, fault, "rename the module")
    return tuple(by_name[name] for name in sorted(by_name))


def load_pack(pack: Pack) -> tuple[LoadedRule, ...]:
    """The rules of one pack, in the order of their module names.

    Every module under the package is a rule and stands in the folder of its category; modules and folders that start
    with an underscore are private. Raises `RegistryError` for anything else.
    """
    package = _import(pack, pack.package)
    roots = [root for root in getattr(package, "__path__", ()) if os.path.isdir(root)]
    if not roots:
        raise _error(pack.name, pack.package, "it is no package on disk", "let the entry point name a package")
    modules = sorted({module for root in roots for module in _modules(root, pack.package)})
    if not modules:
        raise _error(pack.name, pack.package, "it holds no rule", "reinstall the distribution, or uninstall it")
    return tuple(_load(pack, module) for module in modules)


def _modules(folder: str, package: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.name.startswith(("_", ".")):
            continue
        if entry.is_dir():
            yield from _modules(entry.path, f"{package}.{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{package}.{entry.name.removesuffix('.py')}"


def _load(pack: Pack, module_name: str) -> LoadedRule:
    inner = module_name.removeprefix(pack.package + ".").split(".")
    if len(inner) != 2 or not all(map(_MODULE.fullmatch, inner)):
        raise _error(
            pack.name,
            module_name,
            "it is not a lower-case module in the folder of a category",
            "move it to `<category>/<rule_name>.py`, or let its name begin with an underscore if it is no rule",
        )
    module = _import(pack, module_name)
    rule = getattr(module, "RULE", None)
    if rule is None:
        remedy = "end it with `RULE = Rule(...)`, or let its name begin with an underscore if it is no rule"
        raise _error(pack.name, module_name, "it has no `RULE`", remedy)
    if not isinstance(rule, Rule):
        raise _error(pack.name, module_name, f"its `RULE` is of type `{type(rule).__name__}`", "make it a `Rule(...)`")
    if rule.on not in _SUBJECTS:
        known = ", ".join(f"`{subject.__name__}`" for subject in _SUBJECTS)
        raise _error(pack.name, module_name, f"its `RULE.on` is `{rule.on!r}`", f"choose one of {known}")
    page = (module.__doc__ or "").strip()
    if not page and sys.flags.optimize < 2:
        raise _error(pack.name, module_name, "it has no docstring", "write one: it is the rule's page")
    category, name = (part.replace("_", "-") for part in inner)
    return LoadedRule(
        name=name, category=category, page=page, pack=pack.name, module=module_name, rule=cast("AnyRule", rule)
    )


def _import(pack: Pack, module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:  # a pack is foreign code: whatever it raises is its fault, and reported
        fault = f"it cannot be imported: {type(error).__name__}: {error}"
        raise _error(pack.name, module, fault, "reinstall the distribution that brings it, or uninstall it") from error


def _error(pack: str, module: str, fault: str, remedy: str) -> RegistryError:
    return RegistryError(f"rule pack `{pack}`, module `{module}`: {fault}; {remedy}")


# `importlib.metadata.entry_points` costs three times as much as loading every built-in rule: importing it brings the
# e-mail parser, and it parses the metadata of every distribution. The few files in question are read here instead.
def installed_packs(search_path: Iterable[str]) -> tuple[Pack, ...]:
    """The packs of the distributions on `search_path` (as `sys.path`), by name.

    Where a distribution is found twice, the first one counts, as it does for imports. The working directory is left
    out: it may be the repository under analysis, which must not be able to bring code of its own.
    Raises `RegistryError` for an entry that does not name a package.
    """
    seen: set[str] = set()
    packs: list[Pack] = []
    for folder in search_path:
        if _is_working_directory(folder):
            continue
        for distribution, text in _entry_point_files(folder):
            if distribution not in seen:
                seen.add(distribution)
                packs.extend(_packs_in(text, distribution))
    return tuple(sorted(packs, key=lambda pack: (pack.name, pack.package)))


def _is_working_directory(folder: str) -> bool:
    try:
        return folder in ("", os.curdir) or os.path.samefile(folder, os.curdir)
    except OSError:
        return False


def _entry_point_files(folder: str) -> Iterator[tuple[str, str]]:
    """Each distribution in `folder`, by its normalised name, with the text of its `entry_points.txt`."""
    try:
        names = sorted(os.listdir(folder))
    except NotADirectoryError:
        yield from _archived_entry_points(folder)
        return
    except OSError:
        return  # `sys.path` may name folders that do not exist
    for name in names:
        if name.endswith((".dist-info", ".egg-info")):
            distribution = re.sub(r"[-_.]+", "_", name.rpartition(".")[0].partition("-")[0]).lower()
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), encoding="utf-8") as file:
                    yield distribution, file.read()
            except (OSError, UnicodeDecodeError):
                yield distribution, ""


def _archived_entry_points(archive: str) -> Iterator[tuple[str, str]]:
    """The same for a zip file on the path."""
    import importlib.metadata

    for found in importlib.metadata.distributions(path=[archive]):
        distribution = re.sub(r"[-_.]+", "_", found.metadata["Name"] or "").lower()
        yield distribution, found.read_text("entry_points.txt") or ""


def _packs_in(text: str, distribution: str) -> Iterator[Pack]:
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section == GROUP and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            package = value.partition("[")[0].strip()
            if not all(part.isidentifier() for part in package.split(".")):
                fault = f"the entry point `{line}` of `{distribution}` does not name a package"
                raise RegistryError(f"{fault}; write `{name.strip()} = package` without an attribute")
            yield Pack(name=name.strip(), package=package)


def rule_info(loaded: LoadedRule) -> RuleInfo:
    """What the reports say about a rule, with the severity that the configuration gives it."""
    rule = loaded.rule
    return RuleInfo(
        name=loaded.name,
        category=loaded.category,
        severity=rule.severity if loaded.severity is None else loaded.severity,
        summary=rule.summary,
        page=loaded.page,
        precision=rule.precision,
        security_severity=rule.security_severity,
        tags=rule.tags,
        profile=rule.profile.name.lower(),
    )


def select_rules(
    rules: Sequence[LoadedRule],
    *,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    extend_select: Sequence[str] = (),
    profile: Profile = Profile.REGULAR,
    version: int = PROFILE_VERSION,
    severity: Mapping[str, Severity | None] | None = None,
    others: Collection[str] = (),
) -> tuple[LoadedRule, ...]:
    """The rules that are to run, by name, with the configured severities; None switches off, as `ignore` does.

    Each name is a rule, a category, or `all`. With `select` None the profile decides; an empty one selects nothing. A
    rule named itself is selected in any profile, a category or `all` brings the rules of the profile's version. The
    more exact name wins: a rule survives that its category ignores; of two equally exact ones `ignore` does.
    Raises `UnknownRuleError` for a name that means nothing and is not among `others`, which mean no rule of these.
    """
    severities = severity or {}
    known = {ALL, *others, *(rule.name for rule in rules), *(rule.category for rule in rules)}
    _check_names([*(select or ()), *ignore, *extend_select, *severities], known)
    wanted = [*([ALL] if select is None else select), *extend_select]
    chosen = []
    for rule in sorted(rules, key=lambda loaded: loaded.name):
        exactness = _exactness(rule, wanted)
        in_profile = rule.rule.profile <= profile and rule.rule.profile_since <= version
        level, of_level = _configured_severity(rule, severities)
        ignored = max(_exactness(rule, ignore), of_level if level is None else 0)
        if exactness > ignored and (exactness == _BY_NAME or in_profile):
            chosen.append(replace(rule, severity=level))
    return tuple(chosen)


def _configured_severity(rule: LoadedRule, severities: Mapping[str, Severity | None]) -> tuple[Severity | None, int]:
    """What the most exact name says of a rule, and how exact it is: 0 when no name means the rule."""
    by_exactness = {_exactness(rule, [name]): level for name, level in severities.items()}
    exactness = max(by_exactness, default=0)
    return (by_exactness[exactness], exactness) if exactness else (None, 0)


_BY_NAME = 3


def _exactness(rule: LoadedRule, names: Sequence[str]) -> int:
    if rule.name in names:
        return _BY_NAME
    if rule.category in names:
        return 2
    return 1 if ALL in names else 0


def _check_names(names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownRuleError(name, _nearest(name, sorted(known)))


def _nearest(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower().replace("_", "-"), known, n=1)), "")


def run_rules(
    project: Project,
    rules: Sequence[LoadedRule],
    context: RuleContext,
    seconds: dict[str, float] | None = None,
) -> Iterator[tuple[LoadedRule, Report | Failure]]:
    """What each rule says about the project: by rule name, then in the order of the project's subjects.

    A rule that raises goes on with the next subject; one `Failure` per rule, after its reports, names it and its
    first error. `seconds` takes the time of each rule, with what is made of its reports.
    """
    subjects: dict[type, Sequence[Subject]] = {
        ModelCall: project.calls,
        Client: project.clients,
        Credential: project.credentials,
        AsyncBlock: project.async_blocks,
    }
    for loaded in sorted(rules, key=lambda each: each.name):
        errors: list[Failure] = []
        started = time.perf_counter()
        for subject in subjects[loaded.rule.on]:
            try:
                yield from ((loaded, report) for report in _reports(loaded, subject, context))
            except _RuleRaisedError as error:
                errors.append(_failure(loaded, subject, error))
        if seconds is not None:
            seconds[loaded.name] = time.perf_counter() - started
        if errors:
            others = len(errors) - 1
            more = f" (and on {others} more subject{'' if others == 1 else 's'})" if others else ""
            yield loaded, replace(errors[0], message=errors[0].message + more)


class _RuleRaisedError(Exception):
    """Tells an error inside a rule from one in the code that consumes its reports."""


def _reports(loaded: LoadedRule, subject: Subject, context: RuleContext) -> Iterator[Report]:
    check = cast("Callable[[Subject, RuleContext], Iterable[Report]]", loaded.rule.check)
    try:
        reports = iter(check(subject, context))
    except Exception as error:
        raise _RuleRaisedError from error
    while True:
        try:
            report = next(reports)
            if not isinstance(report, Report):
                raise TypeError(f"`check` yielded `{type(report).__name__}` instead of a `Report`")
        except StopIteration:
            return
        except Exception as error:
            raise _RuleRaisedError from error
        yield report


def _failure(loaded: LoadedRule, subject: Subject, error: _RuleRaisedError) -> Failure:
    cause = error.__cause__
    return Failure(
        path=subject.location.path,
        line=subject.location.line,
        message=f"rule `{loaded.name}` of pack `{loaded.pack}` raised {described(cause)}",
    )
