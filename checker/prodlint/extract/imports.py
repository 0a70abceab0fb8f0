"""Imports."""

from __future__ import annotations

from prodlint.extract import syntax
from prodlint.extract.names import bind
from prodlint.extract.state import Scope, Walk
from prodlint.facts import Imported


def import_(walk: Walk, scope: Scope, node: syntax.Import) -> None:
    """`import a.b as c`"""
    for alias in node.names:
        module = alias.name
        walk.imports.add(module)
        if alias.asname is not None:
            bind(walk, scope, alias.asname, Imported(module, "", 0))
        else:
            root = module.partition(".")[0]
            bind(walk, scope, root, Imported(root, "", 0))


def import_from(walk: Walk, scope: Scope, node: syntax.ImportFrom) -> None:
    """`from a import b as c`"""
    module, level = node.module, node.level
    if node.names is None:
        walk.star_imports.append(Imported(module, "*", level))
        if not level:
            walk.imports.add(module)
        return
    for alias in node.names:
        name = alias.name
        if not level:
            walk.imports.update((module, f"{module}.{name}"))
        bind(walk, scope, alias.asname or name, Imported(module, name, level))
