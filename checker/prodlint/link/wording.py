"""What the name by which something is called rules out, told without resolving it, which may read further modules."""

from __future__ import annotations

from collections.abc import Container

from prodlint.facts import Attr, ClassRef, FunctionRef, Global, Imported, Value
from prodlint.link.program import Program
from prodlint.link.terms import Module


def may_be_named(program: Program, module: Module, callee: Value, names: Container[str]) -> bool:
    """False when a callee has none of these last names outside the project, whatever it is renamed to on the way."""
    match callee:
        case Attr(base, name):
            if name in names or program.changes_of(name):
                return True
            bound = module.facts.globals.get(base.name) if isinstance(base, Global) else base
            if not isinstance(bound, Imported):
                return False
            whole = f"{bound.module}.{bound.name}".strip(".")
            return _is_renamed(program, module, Imported(whole, name, bound.level), names)
        case Global(name):
            bound = module.facts.globals.get(name)
            if bound is None:
                return name in names or bool(module.facts.star_imports)
            return not isinstance(bound, Global) and may_be_named(program, module, bound, names)
        case Imported():
            return callee.name in names or _is_renamed(program, module, callee, names)
        case FunctionRef() | ClassRef():
            return False
    return True


def _is_renamed(program: Program, module: Module, imported: Imported, names: Container[str]) -> bool:
    """True when a module of the project may bind the name to something that is called otherwise."""
    path = program.target(imported, module.path)
    return path is not None and not program.is_defined_in(path, imported.name)
