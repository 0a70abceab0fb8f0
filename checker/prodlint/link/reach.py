"""Which modules can get at an SDK, and which can run together with those: only their calls are looked into.

A module that the link stage reads for a constant or a base class may be a framework's, with thousands of calls. None of
them is a request, unless the module imports an SDK, or another module from which it may have a client.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence, Set

from prodlint import import_text
from prodlint.facts import Imported
from prodlint.frameworks.tables import import_names
from prodlint.link.program import Program
from prodlint.link.terms import Module
from prodlint.reading import UnreadableError, read_notebook


class Reach:
    """Answers for the modules of one program."""

    def __init__(self, program: Program, roots: Iterable[str]) -> None:
        """`roots` are the import roots of the SDKs, dotted."""
        self.program = program
        self._roots = frozenset(roots)
        self._first = frozenset(program.asked)
        """The files with LLM code."""
        self._links: dict[str, tuple[bool, frozenset[str]]] = {}
        self._known: dict[str, bool] = {}
        self._below: dict[str, set[str]] = {group: set() for group in ("open", "together", "around", "below")}
        self._followed = 0
        """How many modules had been asked for when it was last looked at what those import that reach an SDK."""

    def is_open(self, module: Module) -> bool:
        """True when a call of the module may be a request on an object that comes from an SDK.

        A module that gets at no SDK may be handed a client by one that does: it was asked for, because it has a call in
        the shape of a request, and the one that does imports it.
        """
        if self.reaches(module.path):
            return True
        asked = self.program.asked
        if module.path not in asked:
            return False
        if self._followed != len(asked):
            self._followed = len(asked)
            self._imported_by("open", filter(self.reaches, asked))
        return module.path in self._below["open"]

    def reaches(self, path: str) -> bool:
        """True when a module imports an SDK, or one that does."""
        known = self._known.get(path)
        if known is not None:
            return known
        seen = {path}
        queue = [path]
        found = False
        while queue and not found:
            at = queue.pop()
            if self._known.get(at, True):
                is_sdk, targets = self._imports_of(at)
                found = at in self._known or is_sdk
                queue.extend(sorted(targets - seen))
                seen |= targets
        if found:
            self._known[path] = True
        else:
            self._known.update(dict.fromkeys(seen, False))
        return found

    def users(self, paths: Iterable[str], unscreened: Container[str] = ()) -> list[str]:
        """Those modules that import LLM code, themselves or by a module beside or above it: a package's `__init__`, a
        factory. Of `unscreened` ones it is not known yet which are LLM code."""
        asked = self.program.asked
        above = {folder for path in asked for folder in _folders(path)}
        targets = {target for path in paths for target in self._imports_of(path)[1]} - asked
        near = {target for target in targets if target in unscreened or _folder(target) in above}
        code = {*asked, *(target for target in near if target in unscreened and self._imports_of(target)[0])}
        for target in near:
            code.update(at for at in self._imports_of(target)[1] if at in unscreened and self._imports_of(at)[0])
        between = {target for target in near if not code.isdisjoint(self._imports_of(target)[1])}
        return [path for path in paths if not (code | between).isdisjoint(self._imports_of(path)[1])]

    def above(self, paths: Iterable[str], importers: Callable[[Set[str]], Iterable[str]]) -> set[str]:
        """These modules and all that import them, at any distance. `importers` gives what may import one of some."""
        found = set(paths)
        fresh = set(found)
        while fresh:
            near = set(importers(fresh)) - found
            fresh = {path for path in near if not fresh.isdisjoint(self.imports(path))}
            found |= fresh
        return found

    def below(self, paths: Iterable[str]) -> Set[str]:
        """These modules and all that they import, at any distance."""
        return self._imported_by("below", paths)

    def around(self, paths: Set[str], importers: Callable[[Set[str]], Iterable[str]]) -> set[str]:
        """Of modules that import LLM code, all that may run in one program with them; `together` looks closer."""
        shared = self._beside(paths)
        found = set(self._imported_by("around", paths))
        return found | {path for path in importers(shared) if not shared.isdisjoint(self.imports(path))}

    def imports(self, path: str) -> Set[str]:
        """The project's modules that a module may import."""
        return self._imports_of(path)[1]

    def has_sdk(self, path: str) -> bool:
        """True when a module imports an SDK itself."""
        return self._imports_of(path)[0]

    def together(self, paths: Sequence[str]) -> list[str]:
        """Those modules that may run in one program with the LLM code: they reach an SDK, or are imported, at any
        distance, by one that does.

        A large tree can hold a thousand programs with functions of the same names (the plugins of one host).
        """
        near = [*self._first, *filter(self.reaches, sorted(self.program.asked.union(paths) - self._first))]
        found = self._imported_by("together", near)
        shared = self._beside(near)
        return [path for path in paths if path in found or not shared.isdisjoint(self._imports_of(path)[1])]

    def _beside(self, paths: Iterable[str]) -> Set[str]:
        """What modules import from their own folder: there, one module may leave what another one uses."""
        return {target for path in paths for target in self._imports_of(path)[1] if _folder(target) == _folder(path)}

    def _imported_by(self, group: str, paths: Iterable[str]) -> Set[str]:
        """These modules and all that they import, at any distance, and what was so found for the group before."""
        found = self._below[group]
        queue = [path for path in paths if path not in found]
        while queue:
            at = queue.pop()
            if at not in found:
                found.add(at)
                queue.extend(self._imports_of(at)[1] - found)
        return found

    def _imports_of(self, path: str) -> tuple[bool, frozenset[str]]:
        """Whether a module imports an SDK itself, and the project's modules that its imports may mean."""
        known = self._links.get(path)
        if known is None:
            code = self._code(path)
            names = [Imported(*named) for named in import_text.names(code)]
            parsed = self.program.modules.get(path)
            dotted = (f"{imported.module}.{imported.name}".strip(".") for imported in names if not imported.level)
            named = parsed.imports if parsed is not None else import_names(dotted)
            named |= import_names(import_text.loaded(code))
            known = self._links[path] = not self._roots.isdisjoint(named), frozenset(self._targets(names, path))
        return known

    def _code(self, path: str) -> bytes:
        """The text of a module, or as much of it as tells what it imports."""
        if not path.endswith(".ipynb"):
            return self.program.summary(path)
        try:
            return read_notebook(self.program.text(path)).text.encode("utf-8", "replace")
        except UnreadableError:
            return b""

    def _targets(self, names: Iterable[Imported], path: str) -> Iterator[str]:
        for imported in names:
            for name in {imported.module, f"{imported.module}.{imported.name}".strip(".")}:
                target = (
                    self.program.target(Imported(name, "", imported.level), path) if name or imported.level else None
                )
                if target is not None:
                    yield target


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _folders(path: str) -> Iterator[str]:
    """The folder of a file and all around it."""
    while path:
        path = _folder(path)
        yield path
