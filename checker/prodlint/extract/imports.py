"""Imports."""

from __future__ import annotations

import libcst as cst

from prodlint.extract.names import dotted
from prodlint.extract.state import Scope, Walk
from prodlint.facts import Imported


def import_(walk: Walk, scope: Scope, node: cst.Import) -> None:
    """`import a.b as c`"""
    for alias in node.names:
        module = dotted(alias.name)
        walk.imports.add(module)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            _bind_import(walk, scope, alias.asname.name.value, Imported(module, "", 0))
        else:
            root = module.partition(".")[0]
            _bind_import(walk, scope, root, Imported(root, "", 0))


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
        _bind_import(walk, scope, bound, Imported(module, name, level))


def _bind_import(walk: Walk, scope: Scope, name: str, value: Imported) -> None:
    scope.flow.names[name] = value
    if name in scope.module_names and not scope.is_module:
        walk.module_writes.setdefault(name, []).append(value)
