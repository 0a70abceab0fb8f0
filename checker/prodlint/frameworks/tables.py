"""Look-up in the framework tables by canonical name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Generic, TypeVar

from prodlint.frameworks import schema
from prodlint.values import dataclass, field

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[RowT]):
    """The rows of one table, found by canonical name. A row may be shared by several names."""

    exact: Mapping[str, RowT]
    below: Mapping[tuple[str, str], RowT]
    """(root, last attribute) for `root.**.attribute`."""
    bare: Mapping[str, tuple[tuple[str, RowT], ...]]
    """Last attribute -> (root that must be imported, or empty; row)."""
    aliases: Mapping[str, str]
    """Other import path or constructor -> the one used in the tables; the same mapping in every table."""
    _known: dict[str, RowT | None] = field(default_factory=dict, repr=False, compare=False)
    """Answers for whole names: the same few are asked for again and again."""

    def find(self, name: str, imports: Collection[str] = ()) -> RowT | None:
        """The row for a canonical name; for `.attribute`, whose owner is not known, one that `imports` allows.

        `imports` are the names that the module imports, as made by `import_names`.
        """
        last = name.rpartition(".")[2]
        if name.startswith("."):
            rows = self.bare.get(last, ())
            return next((row for root, row in rows if not root or root in imports), None)
        if name not in self._known:
            self._known[name] = self._find_whole(canonical(name, self.aliases), last)
        return self._known[name]

    def _find_whole(self, name: str, last: str) -> RowT | None:
        found = self.exact.get(name)
        if found is not None or not self.below:
            return found
        return next((row for root in _roots(name) if (row := self.below.get((root, last))) is not None), None)

    def last_names(self) -> Mapping[str, tuple[RowT, ...]]:
        """The rows by the last part of their names: nothing that ends otherwise is in the table."""
        found: dict[str, tuple[RowT, ...]] = {}
        pairs = [
            *((name.rpartition(".")[2], row) for name, row in self.exact.items()),
            *((last, row) for (_, last), row in self.below.items()),
            *((last, row) for last, rows in self.bare.items() for _, row in rows),
            *((name.rpartition(".")[2], self.exact[to]) for name, to in self.aliases.items() if to in self.exact),
        ]
        for last, row in pairs:
            if row not in found.get(last, ()):
                found[last] = (*found.get(last, ()), row)
        return found

    def is_known(self, name: str) -> bool:
        """True when some row could match a name that ends like this one, whatever the module imports."""
        return self.find(name) is not None or name.rpartition(".")[2] in self.bare


def canonical(name: str, aliases: Mapping[str, str]) -> str:
    """The name as the tables spell it: the part before the first call replaced by its alias, if it has one."""
    head, bracket, tail = name.partition("(")
    head = head.removeprefix("builtins.")
    return aliases.get(head, head) + bracket + tail


def import_names(modules: Iterable[str]) -> frozenset[str]:
    """Each dotted name and all its parents: `azure.functions` gives `azure` and `azure.functions`."""
    return frozenset(name for module in modules for name in (module, *_roots(module)))


def _roots(name: str) -> tuple[str, ...]:
    """The dotted parents of a name before its first call, longest first."""
    parts = name.partition("(")[0].split(".")
    return tuple(".".join(parts[:count]) for count in range(len(parts) - ("(" not in name), 0, -1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frameworks:
    """All tables."""

    entry_decorators: Table[schema.EntryDecorator]
    entry_bases: Table[schema.EntryBase]
    entry_calls: Table[schema.EntryCall]
    entry_annotations: Table[schema.EntryAnnotation]
    scripts: Table[schema.ScriptInterface]
    """By module name, e.g. `streamlit`."""
    named_handlers: tuple[schema.NamedHandler, ...]
    inputs: Table[schema.PersonInput]
    sinks: Table[schema.Sink]
    text_steps: Table[schema.TextStep]
    retries: Table[schema.Retry]
    retry_limits: Table[schema.RetryLimit]
    caches: Table[schema.Cache]
    cache_hints: schema.CacheHints
    time_bounds: Table[schema.TimeBound]
    offloads: Table[schema.Offload]
    background: Table[schema.Background]
    env_readers: Table[schema.EnvReader]
    settings_bases: Table[schema.SettingsBase]
    durations: Table[schema.Duration]
    values: Table[schema.ValueWrapper]
    sentinels: Table[schema.Sentinel]
    contexts: schema.ContextHints
    aliases: Mapping[str, str]
    """Other import path, or classmethod constructor, -> the name that the tables use."""

    def canonical(self, name: str) -> str:
        """The name as the tables spell it, e.g. `flask.Flask().route` for `flask.app.Flask().route`."""
        return canonical(name, self.aliases)
