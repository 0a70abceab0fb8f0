"""What the name by which something is called rules out, told without resolving it, which may read further modules."""

from __future__ import annotations

import builtins
import re
from collections.abc import Container, Iterable, Iterator, Set
from functools import cached_property

from prodlint.facts import (
    Attr,
    CallSite,
    ClassRef,
    DictOf,
    FunctionRef,
    Global,
    Imported,
    Item,
    Joined,
    OneOf,
    Op,
    Param,
    Result,
    SeqOf,
    Some,
    Value,
)
from prodlint.link.program import Program
from prodlint.link.terms import Module
from prodlint.sdks.catalogue import Catalogue
from prodlint.sdks.schema import Operation, Record

OF_VALUES = frozenset(name for kind in (dict, list, set, str, bytes) for name in vars(kind))
"""The methods of plain values."""

OF_MODELS = frozenset(
    f"model_{name}"
    for name in ("construct", "copy", "dump", "dump_json", "json_schema", "rebuild", "validate", "validate_json")
)
"""The methods of pydantic's models, whose other names with `model_` in front are fields."""

_FOR_STEPS = frozenset(
    {
        *("center", "count", "difference", "expandtabs", "find", "format", "index", "intersection", "partition"),
        *("replace", "reverse", "sort", "title", "translate", "union"),
    }
)
"""Methods of plain values by whose names a step of a chain may go as well: `self.translate = dspy.Predict(...)`."""


class Wording:
    """Calls that are named like a request, and are none by what stands in front of the name."""

    def __init__(self, catalogue: Catalogue, program: Program) -> None:
        self._catalogue = catalogue
        self._program = program
        self._transparent = catalogue.transparent
        parts: dict[str, set[str]] = {}
        prompting: set[str] = set()
        for found in (found for record in catalogue.records for found in _operations(record)):
            before, _, last = found.path.rpartition(".")
            parts.setdefault(last, set()).add(before.rpartition(".")[2])
            if not before or (found.kind != "other" and last not in OF_VALUES):
                prompting.add(last)
        self._parts = {last: names for last, names in parts.items() if last not in prompting}
        """The parts of clients (`files`) to which requests belong that send no prompt, or are named like methods of
        plain values, by the last names of those requests."""

    @cached_property
    def _renamed(self) -> Set[str]:
        """The parts of clients that may be at hand under other names: `self.api = client.files`."""
        searched = [module for module in self._program.modules.values() if self._program.is_searched(module)]
        imports = frozenset[str]().union(*(module.imports for module in searched))
        known = {part for parts in self._parts.values() for part in parts}
        words = {
            part
            for record in self._catalogue.records
            if not imports.isdisjoint(record.imports)
            for found in _operations(record)
            if (part := found.path.rpartition(".")[0].rpartition(".")[2]) in known
        }
        if not words:
            return frozenset()
        named = b"|".join(re.escape(word.encode()) for word in sorted(words))
        value = re.compile(rb"\.(%s)\b(?![ \t]*\()(?!\s*\.)" % named)
        looked_up = re.compile(rb"[\"'](%s)[\"']" % named)
        found: set[bytes] = set()
        for text in (self._program.text(module.path) for module in searched):
            found.update(value.findall(text))
            if b"getattr" in text:
                found.update(looked_up.findall(text))
        return {word.decode() for word in found}

    def is_misplaced(self, callee: Value, module: Module, call: CallSite | None = None) -> bool:
        """True for `json.loads(text).get`, `items.append`, `logger.info`: named like requests of a part of a client
        (`batches.get`, `conversations.append`, `files.info`), on what is named like no such part, where none goes by
        another name. For a `call` also of `options.copy()`: a request that is named like a method of plain values takes
        arguments."""
        match callee:
            case Attr(_, name) if name in OF_VALUES and call is not None and not call.arguments:
                return True
            case Attr(Result(site), name) if name in self._parts and module.facts.calls[site].callee == Global("super"):
                return False
            case Attr(base, name) if name in self._parts and self._parts[name].isdisjoint(self._renamed):
                return self._parts[name].isdisjoint(self._names(base, module))
        return False

    def _names(self, value: Value, module: Module) -> Iterator[str]:
        """The names under which a value is at hand: of the attribute, the variable, what was imported."""
        match value:
            case Attr(base, name) if name in self._transparent:
                yield from self._names(base, module)
            case Attr(_, name) | Param(_, name):
                yield name
            case Imported(module_name, name, _):
                yield name or module_name.rpartition(".")[2]
            case Global(name):
                yield name
                bound = module.facts.globals.get(name)
                if bound is not None and not isinstance(bound, Global):
                    yield from self._names(bound, module)
            case OneOf(options):
                for option in options:
                    yield from self._names(option, module)
            case Some(inner) | Op("declared", (inner, _)):
                yield from self._names(inner, module)


def _operations(record: Record) -> Iterator[Operation]:
    for operations in record.surfaces.values():
        yield from operations
    yield from record.functions


def methods_of(modules: Iterable[Module]) -> Set[str]:
    """Names of methods of plain values and models under which these modules keep nothing that could be called."""
    kept: set[str] = set()
    for facts in (module.facts for module in modules):
        kept.update(name for name, value in facts.globals.items() if not isinstance(value, FunctionRef | ClassRef))
        kept.update(change.key for change in facts.assignments if isinstance(change.key, str))
        for cls in facts.classes:
            kept.update(
                name for name, value in cls.attributes.items() if not isinstance(value, SeqOf | DictOf | Joined)
            )
            kept.update(name for name, kind in cls.annotations.items() if not _is_plain(kind))
        kept.update(function.name for function in facts.functions if function.decorators)
    return (OF_VALUES - _FOR_STEPS | OF_MODELS) - kept


def _is_plain(annotation: Value) -> bool:
    """True for `str`, `list[...]`: none of these can be called."""
    while isinstance(annotation, Item):
        annotation = annotation.base
    return isinstance(annotation, Global) and annotation.name != "object" and hasattr(builtins, annotation.name)


def may_be_object(program: Program, module: Module, callee: Value, methods: Container[str]) -> bool:
    """False for a callee that is a method, or of a module that is none of the project's: `text.lower`, `os.getcwd`."""
    if not isinstance(callee, Attr):
        return True
    imported = _imported(callee.base, module)
    if imported is not None and program.target(imported, module.path) is None:
        return False
    return callee.name not in methods


def _imported(value: Value, module: Module) -> Imported | None:
    """What `os` and `os.path` begin with where `import os` stands."""
    while isinstance(value, Attr):
        value = value.base
    if isinstance(value, Global):
        value = module.facts.globals.get(value.name, value)
    return value if isinstance(value, Imported) and not value.name else None


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
