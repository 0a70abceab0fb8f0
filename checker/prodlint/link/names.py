"""What a name of a module means: its own names, and what it imports."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prodlint.facts import Attr, DictOf, Entry, Global, Imported, Value
from prodlint.link.steps import CHANGING, steps_of, with_steps
from prodlint.link.terms import Bound, External, Known, Mapping, Module, Package, Term, Terms, Unknown

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver

BUILTINS = frozenset(dir(builtins))


class Names:
    """Module-level names across the project."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def of_global(self, name: str, module: Module) -> Iterable[Term]:
        """What a module-level name or a builtin holds."""
        declared = self.resolver.program.declared(module.path, name)
        if declared is not None:
            return (External(declared),)
        value = module.facts.globals.get(name)
        if value is not None:
            return self._with_changes(self.resolver.resolve(value, module.top), value, name, module)
        source = self._behind_stars(name, module, {module.path})
        if source is not None:
            return self.resolver.resolve(Global(name), source.top)
        if name in BUILTINS:
            return (External(name),)
        externals = [
            star.module for star in module.facts.star_imports if self.resolver.program.target(star, module.path) is None
        ]
        if len(externals) == 1:
            return (External(f"{externals[0]}.{name}"),)
        return (Unknown(f"`{name}` is not defined in the module"),)

    def _behind_stars(self, name: str, module: Module, seen: set[str]) -> Module | None:
        """The module that binds a name which `from ... import *` brings; of several the last one wins."""
        for star in reversed(module.facts.star_imports):
            path = self.resolver.program.target(star, module.path)
            source = self.resolver.program.module(path) if path is not None and path not in seen else None
            if path is None or source is None:
                continue
            seen.add(path)
            found = source if name in source.facts.globals else self._behind_stars(name, source, seen)
            if found is not None:
                return found
        return None

    def _with_changes(self, found: Terms, value: Value, name: str, module: Module) -> Terms:
        """A module-level dict that functions write to may hold more than its display says."""
        if not isinstance(value, DictOf):
            return found
        steps: list[Entry] = []
        module.read_changes(name)
        for change in module.index.item_changes(name):
            if change.function:
                steps.extend(steps_of(change, self.resolver.frame_of(module, change.function), module))
        for method in CHANGING:
            for call in module.index.method_calls(method):
                base = call.callee.base if isinstance(call.callee, Attr) else None
                if call.function and isinstance(base, Global) and base.name == name:
                    steps.extend(steps_of(call, self.resolver.frame_of(module, call.function), module))
        if not steps:
            return found
        return (with_steps(Mapping(value, module.top), steps, f"functions of the module change `{name}`"),)

    def by_name(self, wanted: Bound) -> Terms:
        """The module that is named at run time: `import_module("openai")`, `sys.modules["openai"]`."""
        name = self.resolver.one(wanted.value, wanted.frame)
        if isinstance(name, Known) and isinstance(name.value, str) and name.value[:1] not in ("", "."):
            return self.resolver.resolve(Imported(name.value, "", 0), wanted.frame)
        return (Unknown("the module is named at run time"),)

    def imported(self, imported: Imported, module: Module) -> Iterable[Term]:
        """What an import in `module` binds."""
        path = self.resolver.program.target(imported, module.path)
        if path is not None:
            return self._from_module(path, imported, module)
        if imported.level:
            return self._relative_symbol(imported, module)
        if not imported.name:
            return (External(imported.module),)
        submodule = self.resolver.program.find(f"{imported.module}.{imported.name}", module.path)
        if submodule is not None:
            loaded = self.resolver.program.module(submodule)
            if loaded is not None:
                return (Package(loaded),)
        return (External(f"{imported.module}.{imported.name}"),)

    def _relative_symbol(self, imported: Imported, module: Module) -> Iterable[Term]:
        dotted = f"{imported.module}.{imported.name}" if imported.module else imported.name
        path = self.resolver.program.target(Imported(dotted, "", imported.level), module.path)
        loaded = self.resolver.program.module(path) if path is not None else None
        if loaded is not None:
            return (Package(loaded),)
        return (Unknown(f"`{imported.name}` comes from a module that is not in the project"),)

    def _from_module(self, path: str, imported: Imported, module: Module) -> Iterable[Term]:
        loaded = self.resolver.program.module(path)
        if loaded is None:
            return (Unknown(f"`{path}` could not be read"),)
        if not imported.name:
            return (Package(loaded),)
        if imported.name in loaded.facts.globals:
            return self.resolver.resolve(Global(imported.name), loaded.top)
        sub = self.resolver.program.submodule(path, imported.name)
        inner = self.resolver.program.module(sub) if sub is not None else None
        if inner is not None:
            return (Package(inner),)
        return self.resolver.resolve(Global(imported.name), loaded.top)
