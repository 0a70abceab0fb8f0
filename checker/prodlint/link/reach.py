"""Which modules can get at an SDK: only their calls are looked into.

A module that the link stage reads for a constant or a base class may be a framework's, with thousands of calls. None of
them is a request, unless the module imports an SDK, or another module from which it may have a client.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prodlint.facts import Const, Imported
from prodlint.frameworks.tables import import_names
from prodlint.link.around import last
from prodlint.link.program import Program
from prodlint.link.terms import Module

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n]*)"
    rb"|import[ \t]+(?P<plain>[^\n]*))",
    re.MULTILINE,
)
_NAME = re.compile(rb"([\w.]+)(?:\s+as\s+\w+)?")
_COMMENT = re.compile(rb"#[^\n]*")


class Reach:
    """Answers for the modules of one program."""

    def __init__(self, program: Program, roots: Iterable[str]) -> None:
        """`roots` are the import roots of the SDKs, dotted."""
        self.program = program
        self._roots = frozenset(roots)
        self._known: dict[str, bool] = {}
        self._looked_at = 0
        self._is_used = False

    def is_open(self, module: Module) -> bool:
        """True when a call of the module may be a request on an object that comes from an SDK."""
        if module.path in self.program.asked:
            return self._sdk_is_used()
        return self._reaches(module.path)

    def _sdk_is_used(self) -> bool:
        """True when a module that was asked for imports an SDK."""
        if not self._is_used:
            fresh = self.program.since(self._looked_at)
            self._looked_at += len(fresh)
            self._is_used = any(self._imports_sdk(module) for module in fresh)
        return self._is_used

    def _imports_sdk(self, module: Module) -> bool:
        return not self._roots.isdisjoint(module.imports) or any(
            isinstance(given.value, Const) and given.value.value in self._roots
            for call in module.facts.calls
            if last(call.callee) in ("import_module", "__import__")
            for given in call.arguments[:1]
        )

    def _reaches(self, path: str) -> bool:
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
                names = list(imports_in(self.program.text(at)))
                found = at in self._known or self._is_sdk(names)
                fresh = set(self._targets(names, at)) - seen
                seen |= fresh
                queue.extend(sorted(fresh))
        if found:
            self._known[path] = True
        else:
            self._known.update(dict.fromkeys(seen, False))
        return found

    def _is_sdk(self, names: Iterable[Imported]) -> bool:
        dotted = (f"{imported.module}.{imported.name}".strip(".") for imported in names if not imported.level)
        return not self._roots.isdisjoint(import_names(dotted))

    def _targets(self, names: Iterable[Imported], path: str) -> Iterator[str]:
        """The project's modules that imports may mean."""
        for imported in names:
            for name in (imported.module, f"{imported.module}.{imported.name}".strip(".")):
                target = self.program.target(Imported(name, "", imported.level), path) if name else None
                if target is not None:
                    yield target


def imports_in(text: bytes) -> Iterator[Imported]:
    """What the import statements of a file seem to name, without parsing it."""
    for match in _IMPORT.finditer(text):
        if match["plain"] is not None:
            for name in _NAME.findall(_COMMENT.sub(b"", match["plain"])):
                yield Imported(name.decode("utf-8", "replace"), "", 0)
            continue
        module = match["module"].decode("utf-8", "replace")
        level = len(module) - len(module.lstrip("."))
        for name in _NAME.findall(_COMMENT.sub(b"", match["names"])):
            yield Imported(module[level:], name.decode("utf-8", "replace"), level)
