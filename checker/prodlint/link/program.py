"""The project's modules: which file a name in an import means, and reading further files on demand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from prodlint.facts import Assignment, CallSite, FileFacts, Imported
from prodlint.frameworks.tables import import_names
from prodlint.link.bodies import Bodies, BodyReader, Growth
from prodlint.link.terms import Module
from prodlint.reading import UnreadableError, read_python

Text = Callable[[str], bytes]
"""Gives the content of a project file by path."""
Loader = Callable[[str], FileFacts | None]
"""Gives the facts of a project file by path, or None when it cannot be parsed."""


class Program:
    """All Python files of the project, parsed ones and those that can be asked for."""

    def __init__(
        self,
        facts: dict[str, FileFacts],
        paths: Iterable[str],
        load: Loader,
        reserved: frozenset[str] = frozenset(),
        declared: frozenset[str] = frozenset(),
        text: Text = lambda path: b"",
        read: BodyReader = lambda facts, lines, functions: facts,
        summary: Text | None = None,
    ) -> None:
        """`facts` are those of the files in which requests are looked for. `text` gives any file's content, `read`
        reads the bodies that `load` has left out, `summary` gives the part of a file's content that tells its imports.

        `reserved` are top-level package names of known libraries: a file `openai.py` deep in a project without
        `__init__` files is not what `import openai` means. `declared` are full names (`acme.llm.Client`) that count
        as a library's even where the project defines them.
        """
        self.modules: dict[str, Module] = {}
        self._order: list[Module] = []
        self._changes: dict[str, list[tuple[Module, Assignment]]] = {}
        self._with_changes = Cursor(self)
        self._imports: set[str] = set()
        self._with_imports = 0
        self.growth = Growth()
        self._changers: dict[str, list[Module]] = {}
        """The modules with bodies, not read at first, that may change what is called so."""
        self._with_changers = 0
        self._changes_read: dict[str, int] = {}
        """How many of those have taken in these bodies."""
        self._reserved = reserved
        self._declared: dict[str, list[str]] = {}
        for dotted in sorted(declared):
            self._declared.setdefault(dotted.rpartition(".")[2], []).append(dotted)
        self._load = load
        self.text = text
        self.summary = summary or text
        self._read = read
        self.asked = set(facts)
        """Paths of the files in which requests and callers are looked for."""
        self._missing: set[str] = set()
        self._defined: dict[tuple[str, str], bool] = {}
        self._by_end: dict[str, list[str]] = {}
        """Paths by the last component of a module's name, and by the last two."""
        self._by_tail: dict[str, list[tuple[str, str]]] = {}
        self._packages: set[str] = set()
        self._paths = frozenset(path for path in paths if path.endswith(".py"))
        for path in sorted(self._paths):
            if path.endswith("__init__.py"):
                self._packages.add(path[: -len("__init__.py")])
            folders, _, last = _dotless(path).rpartition("/")
            self._by_end.setdefault(last, []).append(path)
            if folders:
                self._by_end.setdefault(f"{folders.rpartition('/')[2]}/{last}", []).append(path)
        for path in sorted(facts):
            self._add(path, facts[path])

    def ask(self, paths: Sequence[str]) -> None:
        """Look for requests and callers in these files, too, which takes all that they hold."""
        self.asked.update(paths)
        partial = {path for path in paths if path in self.modules and self.modules[path].bodies is not None}
        if partial:
            self.modules = {path: module for path, module in self.modules.items() if path not in partial}
            self._order = list(self.modules.values())
            self._changes, self._with_changes, self._with_imports = {}, Cursor(self), 0
            self._changers, self._with_changers, self._changes_read = {}, 0, {}

    def _add(self, path: str, facts: FileFacts) -> Module:
        bodies = Bodies(self._source(path), facts.unread, self._read, self.growth) if facts.unread else None
        module = Module(path=path, facts=facts, bodies=bodies)
        module.imports = import_names(facts.imports)
        self.modules[path] = module
        self._order.append(module)
        return module

    def is_searched(self, module: Module) -> bool:
        """True for a module in which requests and callers are looked for. The others are read for what they define."""
        return module.path in self.asked

    def since(self, count: int) -> list[Module]:
        """The parsed modules but for the first `count`, in the order in which they came."""
        return self._order[count:]

    def imports(self) -> Set[str]:
        """What any parsed module imports."""
        self._imports.update(*(module.imports for module in self.since(self._with_imports)))
        self._with_imports = len(self._order)
        return self._imports

    def changes_of(self, name: str) -> list[tuple[Module, Assignment]]:
        """All assignments to attributes of that name, by module."""
        self.read_changes(name)
        for module, _, changes in self._with_changes.fresh():
            for change in changes:
                if isinstance(change.key, str):
                    self._changes.setdefault(change.key, []).append((module, change))
        return self._changes.get(name, [])

    def read_changes(self, name: str) -> None:
        """Take in all bodies that may change what is called so, of the modules that are read for what they define."""
        for module in self._order[self._with_changers :]:
            for changed in module.bodies.changed() if module.bodies is not None else ():
                self._changers.setdefault(changed, []).append(module)
        self._with_changers = len(self._order)
        changers = self._changers.get(name, [])
        for module in changers[self._changes_read.get(name, 0) :]:
            module.read_changes(name)
        self._changes_read[name] = len(changers)

    def module(self, path: str) -> Module | None:
        """The module at a path, parsed now if need be."""
        found = self.modules.get(path)
        if found is not None or path in self._missing:
            return found
        facts = self._load(path)
        if facts is None:
            self._missing.add(path)
            return None
        return self._add(path, facts)

    def _source(self, path: str) -> str:
        try:
            return read_python(self.text(path)).text
        except UnreadableError:
            return ""

    def is_defined_in(self, path: str, name: str) -> bool:
        """True when a module has a function or class of that name at its top level, told without parsing it."""
        key = (path, name)
        if key not in self._defined:
            pattern = rb"^(?:class|(?:async[ \t]+)?def)[ \t]+%s\b" % re.escape(name.encode())
            self._defined[key] = re.search(pattern, self.text(path), re.MULTILINE) is not None
        return self._defined[key]

    def declared(self, path: str, name: str) -> str | None:
        """The full name under which a module-level name of a file is declared to be a library's."""
        for dotted in self._declared.get(name, ()):
            base = dotted.rpartition(".")[0].replace(".", "/")
            if any(path == end or path.endswith(f"/{end}") for end in (f"{base}.py", f"{base}/__init__.py")):
                return dotted
        return None

    def target(self, imported: Imported, importer: str) -> str | None:
        """The project path of the module an import in the file `importer` names; None for one of another project."""
        if imported.level:
            return self._relative(imported.module, imported.level, importer)
        return self.find(imported.module, importer)

    def _relative(self, name: str, level: int, importer: str) -> str | None:
        folder = importer.split("/")[:-1]
        if level - 1 > len(folder):
            return None
        folder = folder[: len(folder) - (level - 1)]
        base = "/".join([*folder, *name.split(".")] if name else folder)
        return self._at(base)

    def _at(self, base: str) -> str | None:
        """The file of a module whose path without suffix is `base`."""
        return next((path for path in (f"{base}.py", f"{base}/__init__.py") if path in self._paths), None)

    def find(self, name: str, importer_path: str) -> str | None:
        """The file of an absolutely imported module: the nearest whose path ends in the dotted name."""
        if not name:
            return None
        parts = name.split(".")
        best: str | None = None
        best_shared = -1
        elsewhere: list[str] = []
        for prefix, path in self._ending_in(parts):
            if path == importer_path:
                continue
            if prefix in self._packages or (parts[0] in self._reserved and prefix not in ("", "src/")):
                continue
            if importer_path.startswith(prefix):
                if len(prefix) > best_shared:
                    best, best_shared = path, len(prefix)
            elif len(parts) > 1 or prefix in ("src/", "lib/"):
                elsewhere.append(path)
        if best is None and len(elsewhere) == 1:
            return elsewhere[0]
        return best

    def _ending_in(self, parts: Sequence[str]) -> list[tuple[str, str]]:
        """The files whose path without suffix ends in these components: what stands before them, and the path."""
        tail = "/".join(parts)
        found = self._by_tail.get(tail)
        if found is None:
            endings = (f"{tail}.py", f"{tail}/__init__.py")
            found = self._by_tail[tail] = [
                (path[: -len(ending)], path)
                for path in self._by_end.get("/".join(parts[-2:]), ())
                for ending in endings
                if path == ending or path.endswith("/" + ending)
            ]
        return found

    def submodule(self, package_path: str, name: str) -> str | None:
        """`package/name.py` or `package/name/__init__.py` beside a package's `__init__.py`."""
        if not package_path.endswith("__init__.py"):
            return None
        folder = package_path[: -len("__init__.py")].rstrip("/")
        return self._at(f"{folder}/{name}" if folder else name)


class Cursor:
    """Goes over what the modules of a program hold, once, however it grows."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._modules = 0
        self._growing: dict[Module, tuple[int, int]] = {}
        """How much has been seen of modules that may grow."""
        self._grown = -1

    def fresh(self) -> Iterator[tuple[Module, Sequence[CallSite], Sequence[Assignment]]]:
        """The calls and assignments that were read since the last time, by module."""
        for module in self._program.since(self._modules):
            self._modules += 1
            if module.bodies is None:
                yield module, module.facts.calls, module.facts.assignments
            else:
                self._growing[module] = 0, 0
                self._grown = -1
        if self._grown == self._program.growth.count:
            return
        self._grown = self._program.growth.count
        for module, (calls, changes) in self._growing.items():
            facts = module.facts
            if len(facts.calls) > calls or len(facts.assignments) > changes:
                self._growing[module] = len(facts.calls), len(facts.assignments)
                yield module, facts.calls[calls:], facts.assignments[changes:]


def _dotless(path: str) -> str:
    """A module's path without suffix: the folder's for a package."""
    return path.removesuffix(".py").removesuffix("/__init__")
