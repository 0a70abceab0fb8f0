"""What a module, a class or a function is called at a place, and the import that is missing for it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import libcst as cst

from prodlint.fixes.brackets import WIDTH
from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.tree import Tree, dotted
from prodlint.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Binding:
    """One name that an import binds."""

    name: str
    means: str
    """Dotted, absolute."""
    statement: cst.Import | cst.ImportFrom


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """An import to be added."""

    means: str
    name: str
    beside: int = -1
    """The end of the statement to put it behind; -1: at the top."""
    cell: int | None = None

    @property
    def base(self) -> str:
        """The module of `from module import ...`; empty for a plain import."""
        return self.means.rpartition(".")[0]

    @property
    def last(self) -> str:
        """The name itself."""
        return self.means.rpartition(".")[2]

    @property
    def line(self) -> str:
        """The statement."""
        alias = "" if self.name == self.last else f" as {self.name}"
        return f"from {self.base} import {self.last}{alias}" if self.base else f"import {self.means}{alias}"


@dataclass(slots=True)
class Names:
    """The names of one file."""

    tree: Tree
    bindings: list[Binding] = field(init=False)
    others: dict[str, list[cst.CSTNode]] = field(init=False)
    """Names that anything but an import binds, with the functions that do, and the module."""

    def __post_init__(self) -> None:
        tree = self.tree
        statements = sorted((*tree.of(cst.Import), *tree.of(cst.ImportFrom)), key=tree.range)
        self.bindings = [binding for statement in statements for binding in _bound(statement)]
        self.others = {}
        for node in (node for kind in _BINDING for node in tree.of(kind)):
            for name in _assigned(tree, node):
                self.others.setdefault(name, []).append(_owner(tree, node))

    def call(self, means: str, node: cst.CSTNode) -> str | None:
        """What the meaning is called where a node stands; None when no import in sight gives it a name."""
        for binding in self.bindings:
            if binding.means == means and not self._is_ambiguous(binding, node) and self._is_visible(binding, node):
                return binding.name
        return None

    def missing(self, means: str, name: str, node: cst.CSTNode) -> Missing:
        """The import that gives the meaning a name; `name` unless that is taken. Raises Refused."""
        taken = {binding.name for binding in self.bindings} | set(self.others)
        parent = means.rpartition(".")[0].rpartition(".")[2]
        for candidate in (name, f"{parent}_{name}", f"_{name}"):
            if candidate not in taken:
                break
        else:
            raise Refused(f"every likely name for `{means}` is taken")
        start = self.tree.range(node)[0]
        cell, _ = self.tree.cell_of(self.tree.line_number(start))
        beside = -1 if means.partition(".")[0] in sys.stdlib_module_names else self._beside(means, node)
        return Missing(means, candidate, beside, cell)

    def _beside(self, means: str, node: cst.CSTNode) -> int:
        """The end of the import beside which the new one must stand, since that library is not imported at the top."""
        root = ".".join(means.split(".")[:2])
        related = [one for one in self.bindings if one.means == root or one.means.startswith(f"{root}.")]
        if not related or any(self._is_top(one.statement) for one in related):
            return -1
        for one in related:
            if self._is_visible(one, node):
                return self.tree.range(one.statement)[1]
        raise Refused(f"`{root}` is imported in other functions only")

    def _is_ambiguous(self, binding: Binding, node: cst.CSTNode) -> bool:
        """True when the name may mean anything else between a node and the scope of the import."""
        tree, scope = self.tree, self.tree.scope(binding.statement)
        owners = list(self.others.get(binding.name, ()))
        for other in self.bindings:
            if other.name == binding.name and other.means != binding.means:
                owners.append(tree.scope(other.statement))
        around = [tree.scope(node), *tree.ancestors(tree.scope(node))]
        inside = around[: around.index(scope) + 1] if scope in around else around
        return any(owner is one for owner in owners for one in inside)

    def _is_top(self, statement: cst.CSTNode) -> bool:
        line = self.tree.parent(statement)
        return self.tree.parent(line) is self.tree.module

    def _is_visible(self, binding: Binding, node: cst.CSTNode) -> bool:
        scope = self.tree.scope(binding.statement)
        if self._is_for_type_checkers(binding.statement):
            return False
        user = self.tree.scope(node)
        if scope is self.tree.module:
            return user is not scope or self._stands_before(binding, node)
        around = [user, *self.tree.ancestors(user)]
        return any(outer is scope for outer in around) and self._stands_before(binding, node)

    def _is_for_type_checkers(self, statement: cst.CSTNode) -> bool:
        inner = statement
        for outer in self.tree.ancestors(statement):
            if isinstance(outer, cst.If) and inner is outer.body and "TYPE_CHECKING" in self.tree.code(outer.test):
                return True
            inner = outer
        return False

    def _stands_before(self, binding: Binding, node: cst.CSTNode) -> bool:
        return self.tree.range(binding.statement)[0] < self.tree.range(node)[0]


def _bound(node: cst.CSTNode) -> Iterator[Binding]:
    if isinstance(node, cst.Import):
        for alias in node.names:
            whole = dotted(alias.name)
            if alias.asname is not None:
                yield Binding(dotted(alias.asname.name), whole, node)
            else:
                yield Binding(whole.partition(".")[0], whole.partition(".")[0], node)
    elif isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
        module = "." * len(node.relative) + dotted(node.module)
        for alias in node.names:
            name = dotted(alias.name)
            yield Binding(dotted(alias.asname.name) if alias.asname else name, f"{module}.{name}", node)


_BINDING: tuple[type[cst.CSTNode], ...] = (
    *(cst.Param, cst.FunctionDef, cst.ClassDef, cst.AssignTarget, cst.AnnAssign, cst.NamedExpr, cst.For, cst.CompFor),
    *(cst.AugAssign, cst.AsName, cst.Global, cst.Nonlocal, cst.MatchAs, cst.MatchStar),
)


def _assigned(tree: Tree, node: cst.CSTNode) -> Iterator[str]:
    """The names that a node of one of these types binds."""
    match node:
        case cst.Param(name=name) | cst.FunctionDef(name=name) | cst.ClassDef(name=name):
            yield dotted(name)
        case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.NamedExpr(target=target):
            yield from _names(target)
        case cst.For(target=target) | cst.CompFor(target=target) | cst.AugAssign(target=target):
            yield from _names(target)
        case cst.AsName(name=name) if not isinstance(tree.parent(node), cst.ImportAlias):
            yield from _names(name)
        case cst.Global() | cst.Nonlocal():
            yield from (dotted(item.name) for item in node.names)
        case cst.MatchAs(name=name) | cst.MatchStar(name=name) if name is not None:
            yield dotted(name)


def _owner(tree: Tree, node: cst.CSTNode) -> cst.CSTNode:
    """The function or lambda that has the name as its own, else the module; the module, too, for all it may reach."""
    if isinstance(node, cst.Param):
        return next((one for one in tree.ancestors(node) if isinstance(one, cst.FunctionDef | cst.Lambda)), tree.module)
    return tree.module if isinstance(node, cst.Global | cst.Nonlocal) else tree.scope(node)


def _names(target: cst.CSTNode) -> Iterator[str]:
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from _names(element.value)


# where a new import goes


def additions(tree: Tree, wanted: Iterable[Missing]) -> list[Replacement]:
    """The replacements that add imports; those for one place become one. Raises Refused."""
    spots: dict[int, dict[tuple[str, str], list[str]]] = {}
    result: list[Replacement] = []
    for missing in sorted(set(wanted), key=lambda one: (one.base != "", one.base or one.means, one.name)):
        extended = _extended(tree, missing) if missing.beside < 0 else None
        if extended is not None:
            result.append(extended)
            continue
        if missing.beside >= 0:
            place = tree.line_end(missing.beside)
            start, before, after = place, f"{tree.newline}{tree.margin(missing.beside)}", ""
        else:
            start, before, after = _spot(tree, missing)
        spots.setdefault(start, {}).setdefault((before, after), []).append(missing.line)
    for start, groups in spots.items():
        texts = [f"{before}{tree.newline.join(lines)}{after}" for (before, after), lines in groups.items()]
        result.append(Replacement(start, start, "".join(texts)))
    return result


def _block(tree: Tree, cell: int | None) -> tuple[list[cst.SimpleStatementLine], cst.CSTNode | None]:
    """The imports at the top, and the first statement behind docstring and `__future__`; of the cell in a notebook."""
    imports: list[cst.SimpleStatementLine] = []
    first: cst.CSTNode | None = None
    for number, statement in enumerate(tree.module.body):
        start = tree.range(statement)[0]
        if cell is not None and tree.cell_of(tree.line_number(start))[0] != cell:
            continue
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        is_docstring = (
            number == 0
            and isinstance(small, cst.Expr)
            and isinstance(small.value, cst.SimpleString | cst.ConcatenatedString)
        )
        if is_docstring or (isinstance(small, cst.ImportFrom) and dotted(small.module) == "__future__"):
            continue
        first = first or statement
        if isinstance(statement, cst.SimpleStatementLine) and isinstance(small, cst.Import | cst.ImportFrom):
            imports.append(statement)
            continue
        if cell is not None and isinstance(small, cst.Pass) and first is statement:
            first = None  # a magic: it must stay first
            continue
        break
    return imports, first


def _extended(tree: Tree, missing: Missing) -> Replacement | None:
    """`from module import a` with the new name in its list, when that is there and has room."""
    imports, _ = _block(tree, missing.cell)
    for line in imports:
        statement = line.body[0]
        if not isinstance(statement, cst.ImportFrom) or statement.relative or dotted(statement.module) != missing.base:
            continue
        if isinstance(statement.names, cst.ImportStar) or statement.lpar is not None or len(line.body) != 1:
            continue
        start, end = tree.range(statement)
        name = missing.last if missing.name == missing.last else f"{missing.last} as {missing.name}"
        if "\\" in tree.text[start:end] or end - start + len(name) + 2 > WIDTH:
            continue
        place = tree.range(statement.names[-1])[1]
        return Replacement(place, place, f", {name}")
    return None


def _key(tree: Tree, line: cst.SimpleStatementLine) -> tuple[int, str]:
    """How isort orders statements of one section: plain imports first, each kind by module."""
    statement = line.body[0]
    if isinstance(statement, cst.Import):
        return 0, dotted(statement.names[0].name).lower()
    assert isinstance(statement, cst.ImportFrom)
    return 1, dotted(statement.module).lower()


def _section(tree: Tree, line: cst.SimpleStatementLine) -> int:
    """0 for the standard library, 1 for distributions, 2 for relative imports."""
    statement = line.body[0]
    if isinstance(statement, cst.ImportFrom) and statement.relative:
        return 2
    return 0 if _key(tree, line)[1].partition(".")[0] in sys.stdlib_module_names else 1


def _spot(tree: Tree, missing: Missing) -> tuple[int, str, str]:
    """Where the statement goes, and what stands before and behind it."""
    imports, first = _block(tree, missing.cell)
    nl = tree.newline
    own = 0 if missing.means.partition(".")[0] in sys.stdlib_module_names else 1
    if not imports:
        return _before_code(tree, first, missing)
    section = [line for line in imports if _section(tree, line) == own]
    if not section:
        later = [line for line in imports if _section(tree, line) > own]
        if later:
            return _line_of(tree, later[0]), "", f"{nl}{nl}"
        return tree.next_line(tree.range(imports[-1])[1]), f"{_end(tree, imports[-1])}{nl}", nl
    module = (missing.base or missing.means).lower()
    keys = [_key(tree, line) for line in section]
    by_module = keys != sorted(keys) and [key[1] for key in keys] == sorted(key[1] for key in keys)
    kind = 0 if by_module else int(bool(missing.base))
    for line in section:
        key = _key(tree, line)
        if ((0 if by_module else key[0]), key[1]) > (kind, module):
            return _line_of(tree, line), "", nl
    last = section[-1]
    return tree.next_line(tree.range(last)[1]), _end(tree, last), nl


def _end(tree: Tree, line: cst.SimpleStatementLine) -> str:
    """The line break that is missing when a statement ends the file without one."""
    end = tree.line_end(tree.range(line)[1])
    return tree.newline if end == len(tree.text) else ""


def _line_of(tree: Tree, statement: cst.CSTNode) -> int:
    """Where a statement begins, with the comments right above it; not those that begin the file."""
    start = tree.line_start(tree.range(statement)[0])
    above = start
    while above > 0:
        previous = tree.line_start(above - 1)
        if not tree.text[previous:above].lstrip().startswith("#"):
            return above
        above = previous
    return start


def _before_code(tree: Tree, first: cst.CSTNode | None, missing: Missing) -> tuple[int, str, str]:
    nl = tree.newline
    if first is None:
        raise Refused("there is no place for an import")
    start = _line_of(tree, first)
    gap = nl * 2 if isinstance(first, cst.FunctionDef | cst.ClassDef) else nl
    if missing.cell is not None:
        return start, "", nl
    before = tree.text[:start]
    lead = nl if before.strip() and not before.endswith((nl * 2, "\n\n")) else ""
    return start, lead, f"{nl}{gap}"


__all__ = ["Missing", "Names", "additions"]
