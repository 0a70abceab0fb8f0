"""What the name by which something is called rules out, told without resolving it, which may read further modules."""

from __future__ import annotations

from collections.abc import Container

from prodlint.facts import Attr, ClassRef, FunctionRef, Global, Imported, Value
from prodlint.link.program import Program
from prodlint.link.terms import Module


def may_be_named(program: Program, module: Module, callee: Value, names: Container[str]) -> bool:
    """False when a callee has none of these last names outside the project, whatever it is renamed to on the way."""
    seen: set[str] = set()
    while isinstance(callee, Global):  # `ask = input`
        bound = module.facts.globals.get(callee.name)
        if callee.name in names or callee.name in seen:
            return True
        if bound is None:
            return bool(module.facts.star_imports)
        seen.add(callee.name)
        callee = bound
    match callee:
        case Attr(base, name):
            if name in names or program.changes_of(name):
                return True
            owner = _owner(base, module)
            return owner is not None and _is_renamed(program, module, Imported(owner[0], name, owner[1]))
        case Imported():
            return callee.name in names or _is_renamed(program, module, callee)
        case FunctionRef() | ClassRef():
            return False
    return True


def _owner(value: Value, module: Module) -> tuple[str, int] | None:
    """The dotted name and level of the module that `pkg.tools` means, when `pkg` is imported."""
    rest: list[str] = []
    while isinstance(value, Attr):
        rest.insert(0, value.name)
        value = value.base
    if isinstance(value, Global):
        value = module.facts.globals.get(value.name, value)
    if not isinstance(value, Imported):
        return None
    return ".".join(part for part in (value.module, value.name, *rest) if part), value.level


def _is_renamed(program: Program, module: Module, imported: Imported) -> bool:
    """True when a module of the project may bind the name to something that is called otherwise."""
    path = program.target(imported, module.path)
    return path is not None and not program.is_defined_in(path, imported.name)
