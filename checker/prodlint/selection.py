"""Which rules a run has, and how severe they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from prodlint import registry
from prodlint.api import Severity
from prodlint.config import Config, ConfigError, check_rule_names, parse_profile
from prodlint.discover import UsageError
from prodlint.findings import RuleInfo
from prodlint.request import Request, Selection
from prodlint.suppression_rules import CATEGORY, SUPPRESSION_RULES
from prodlint.values import replace

if TYPE_CHECKING:
    from prodlint.registry import LoadedRule

OWN_RULES = frozenset(rule.name for rule in SUPPRESSION_RULES)
"""The rules that are part of the engine: they are about its own comments."""


def rule_infos() -> tuple[RuleInfo, ...]:
    """All rules, the installed ones and those about suppressions, by name. Raises UsageError."""
    try:
        installed = [registry.rule_info(rule) for rule in registry.load_rules()]
        return tuple(sorted([*installed, *SUPPRESSION_RULES], key=lambda rule: rule.name))
    except registry.RegistryError as error:
        raise UsageError(str(error)) from error


def known_names() -> frozenset[str]:
    """All that options and configuration can call the installed rules. Raises UsageError."""
    return names_of(rule_infos())


def names_of(infos: Sequence[RuleInfo]) -> frozenset[str]:
    """All that options and configuration can call these rules: names, categories, `all`."""
    return frozenset({registry.ALL, *(info.name for info in infos), *(info.category for info in infos)})


def selected(request: Request) -> tuple[LoadedRule, ...]:
    """Return the rules of the packs that a request runs, by name. Raises UsageError."""
    config, selection = request.config, request.selection
    try:
        rules = registry.load_rules()
        check_rule_names(config, known_names())
        configured = (config.profile, config.profile_version)
        profile, version = parse_profile(selection.profile) if selection.profile else configured
        return registry.select_rules(
            rules,
            select=selection.select if selection.select is not None else config.select,
            ignore=_ignored(config, selection),
            extend_select=(*config.extend_select, *selection.extend_select),
            profile=profile,
            version=version,
            severity=_severities(config, selection),
            others={CATEGORY, *OWN_RULES},
        )
    except (registry.RegistryError, ConfigError, ValueError) as error:
        raise UsageError(str(error)) from error


def in_force(rules: Iterable[LoadedRule], request: Request) -> tuple[RuleInfo, ...]:
    """Return what the reports say about the rules of a run, the engine's own among them, by name."""
    levels = {rule: own_severity(rule.name, request.config, request.selection) for rule in SUPPRESSION_RULES}
    own = (replace(rule, severity=level) for rule, level in levels.items() if level is not None)
    return tuple(sorted([*map(registry.rule_info, rules), *own], key=lambda rule: rule.name))


def _asked_for(selection: Selection) -> frozenset[str]:
    return frozenset((*(selection.select or ()), *selection.extend_select))


def _ignored(config: Config, selection: Selection) -> tuple[str, ...]:
    """What does not run. What the command line asks for by the same name runs although the file ignores it."""
    asked_for = _asked_for(selection)
    return (*(name for name in config.ignore if name not in asked_for), *selection.ignore)


def _severities(config: Config, selection: Selection) -> dict[str, Severity | None]:
    """The configured severities by name; None is off, unless the command line asks for it by the same name."""
    asked_for = _asked_for(selection)
    return {name: level for name, level in config.severity.items() if level is not None or name not in asked_for}


def own_severity(name: str, config: Config, selection: Selection) -> Severity | None:
    """The severity of a rule about suppressions; None when it is switched off."""
    select = selection.select if selection.select is not None else config.select
    named = {*(select or ()), *config.extend_select, *selection.extend_select}
    ignored = {*_ignored(config, selection)}
    # They come with any other rule, as they are about what these say.
    is_off = not named and select is not None
    if name in ignored or is_off or (not ignored.isdisjoint({CATEGORY, registry.ALL}) and name not in named):
        return None
    severities = _severities(config, selection)
    given = (severities[key] for key in (name, CATEGORY, registry.ALL) if key in severities)
    return next(given, Severity.WARNING)
