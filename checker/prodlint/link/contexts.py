"""What kind of program a module belongs to."""

from __future__ import annotations

from collections.abc import Callable

from prodlint.facts import Const, Global, Op
from prodlint.frameworks.tables import Frameworks
from prodlint.link.callers import Edge
from prodlint.link.entries import Route
from prodlint.link.program import Program
from prodlint.link.terms import Class, Module
from prodlint.model import Context

BY_ENTRY = {
    "http": Context.SERVER,
    "websocket": Context.SERVER,
    "mcp": Context.SERVER,
    "ui": Context.UI,
    "worker": Context.WORKER,
    "bot": Context.BOT,
    "cli": Context.CLI,
    "terminal": Context.CLI,
}

STAGED = frozenset({Context.TEST, Context.EXAMPLE, Context.NOTEBOOK, Context.SCRIPT})
"""Contexts that a path or an import settles, whatever the code looks like."""


APPLICATION = frozenset({Context.SERVER, Context.UI, Context.BOT, Context.WORKER})
"""Modules of these make the project a program and not a library."""

APPLICATION_SHARE = 0.1
"""The share of such modules from which on they do: a large library may hold one for an integration."""


MAX_FUNCTIONS = 20
"""Functions on the ways to one, after which it is not asked any more who starts them."""


class Contexts:
    """Classifies modules, from their path, imports, entry points and main guard."""

    def __init__(self, program: Program, frameworks: Frameworks) -> None:
        self.program = program
        self.frameworks = frameworks
        self.edges: Callable[[Module, int], tuple[Edge, ...]] = lambda _module, _function: ()
        """Set by the project: every place from which a function is reached."""
        self._known: dict[str, Context] = {}
        self._first = list(program.modules.values())
        self._application: bool | None = None

    def of(self, module: Module, function: int, route: Route | None) -> Context:
        """The context of a request in a function that is reached by `route`."""
        own = self.of_module(module)
        if own in (Context.TEST, Context.EXAMPLE, Context.NOTEBOOK):
            return own
        if route is not None and route.entry.kind in BY_ENTRY:
            return BY_ENTRY[route.entry.kind]
        if own is Context.SERVER and module.facts.has_main_guard and self._is_run_by_hand(module, function):
            return Context.SCRIPT
        return own

    def _is_run_by_hand(self, module: Module, function: int) -> bool:
        """True for what only the code under `if __name__ == "__main__"` leads to."""
        waiting, seen = [(module, function)], {(module.path, function)}
        while waiting:
            at, index = waiting.pop()
            edges = self.edges(at, index)
            if not edges or len(seen) > MAX_FUNCTIONS:
                return False
            for edge in edges:
                call = edge.module.facts.calls[edge.site]
                if edge.is_reference or (call.function == 0 and not _is_guarded(edge.module, call.block)):
                    return False
                if call.function and (edge.module.path, call.function) not in seen:
                    seen.add((edge.module.path, call.function))
                    waiting.append((edge.module, call.function))
        return True

    def of_module(self, module: Module) -> Context:
        """The context of a module by itself."""
        known = self._known.get(module.path)
        if known is None:
            known = self._classify(module)
            self._known[module.path] = known
        return known

    def is_test(self, module: Module) -> bool:
        """True for test code."""
        return self.of_module(module) is Context.TEST

    def is_staged(self, module: Module) -> bool:
        """True for code that shows or tries the program and is no part of it."""
        return self.of_module(module) in (Context.TEST, Context.EXAMPLE, Context.NOTEBOOK)

    def is_public(self, module: Module, function: int) -> bool:
        """True for a function of a library that its users call: what they pass is not in the project.

        A project with a server, a page, a bot or a worker is an application; its functions have no other callers.
        """
        if not self._is_library(module):
            return False
        facts = module.facts.functions[function]
        owner = module.facts.classes[facts.owner].name if facts.owner >= 0 else ""
        is_hidden = facts.name.startswith("_") and not facts.name.startswith("__")
        return not is_hidden and not owner.startswith("_") and (facts.parent == 0 or facts.owner >= 0)

    def is_public_class(self, cls: Class) -> bool:
        """True for a class of a library of which its users make objects."""
        return self._is_library(cls.module) and not cls.facts.name.startswith("_")

    def _is_library(self, module: Module) -> bool:
        return self.of_module(module) is Context.LIBRARY and not self._is_application()

    def _is_application(self) -> bool:
        if self._application is None:  # once, so that it does not hang on which files are asked for later
            running = sum(1 for module in self._first if self.of_module(module) in APPLICATION)
            self._application = running > 0 and running >= APPLICATION_SHARE * len(self._first)
        return self._application

    def _classify(self, module: Module) -> Context:
        hints = self.frameworks.contexts
        by_path = hints.of_path(module.path)
        if by_path and Context(by_path) in STAGED:
            return Context(by_path)
        if module.facts.cells:
            return Context.NOTEBOOK
        by_import = hints.of_imports(module.imports)
        if by_import == Context.TEST.value:
            if module.facts.tests:
                return Context.TEST
            by_import = hints.of_imports([name for name in module.imports if hints.imports.get(name) != by_import])
        if by_import:
            return Context(by_import)
        if by_path:
            return Context(by_path)
        if module.facts.has_main_guard or self._runs_at_top(module):
            return Context.SCRIPT
        return Context.LIBRARY

    @staticmethod
    def _runs_at_top(module: Module) -> bool:
        """True for a file that does its work at the top level: it prints, or defines nothing."""
        if len(module.facts.functions) == 1 and not module.facts.classes:
            return any(call.discarded for call in module.facts.calls)
        return False

    def repeats(self, module: Module, function: int, context: Context) -> bool:
        """True when the function may run again with the same input."""
        if context in STAGED:
            return False
        if function == 0:
            return any((row := self.frameworks.scripts.find(name)) and row.reruns for name in module.imports)
        return True


def _is_guarded(module: Module, block: int) -> bool:
    """True inside `if __name__ == "__main__"`."""
    guard = Op("compare:Equal", (Global("__name__"), Const("__main__")))
    while block >= 0:
        at = module.facts.blocks[block]
        if at.kind == "if" and at.value == guard:
            return True
        block = at.parent
    return False
