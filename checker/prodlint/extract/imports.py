"""Imports."""

from __future__ import annotations

import libcst as cst

from prodlint.extract.names import bind, dotted
from prodlint.extract.state import Scope, Walk
from prodlint.facts import Imported


def import_(walk: Walk, scope: Scope, node: cst.Import) -> None:
    """`import a.b as c`"""
    for alias in node.names:
        module = dotted(alias.name)
        walk.imports.add(module)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            bind(walk, scope, alias.asname.name.value, Imported(module, "", 0))
        else:
            root = module.partition(".")[0]
            bind(walk, scope, root, Imported(root, "", 0))


def import_from(walk: Walk, scope: Scope, node: cst.ImportFrom) -> None:
    """`from a import b as c`"""
    module = dotted(node.module) if node.module is not None else ""
    level = len(node.relative)
    if isinstance(node.names, cst.ImportStar):
        walk.star_imports.append(Imported(module, "*", level))
        if not level:
            walk.imports.add(module)
        return
    for alias in node.names:
        name = dotted(alias.name)
        if not level:
            walk.imports.update((module, f"{module}.{name}"))
        bound = name
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            bound = alias.asname.name.value
        bind(walk, scope, bound, Imported(module, name, level))
