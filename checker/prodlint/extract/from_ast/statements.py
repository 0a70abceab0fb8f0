"""Statements, and with them whole modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prodlint.extract import syntax
from prodlint.extract.from_ast.expressions import Expressions
from prodlint.extract.from_ast.operators import CHANGING
from prodlint.extract.from_ast.places import NotHereError

_KEYWORDS = re.compile(r"(?:async[\s\\]+)?(?:def|class)[\s\\]+")
_COLON = re.compile(r"(?:[\s()\[\],*/\\]|#[^\n]*)*:")
"""From the last name of a definition's header to its colon."""

_TRIES = tuple(getattr(ast, name) for name in ("Try", "TryStar") if hasattr(ast, name))
_TYPE_ALIASES = tuple(getattr(ast, name) for name in ("TypeAlias",) if hasattr(ast, name))


class Statements(Expressions):
    """Makes the statements of one text."""

    def __init__(self, written: str, text: str) -> None:
        super().__init__(written, text)
        self.left_out: Mapping[int, tuple[int, int]] = {}
        """The functions (by `id`) that get `...` for a body."""

    def module(self, node: ast.Module) -> Any:
        return syntax.Module(self.body(node.body))

    def body(self, statements: Iterable[ast.stmt]) -> list[Any]:
        made = []
        for node in statements:
            handler = _TABLE.get(type(node))
            if handler is None:
                raise NotHereError
            made.append(handler(self, node))
        return made

    def _suite(self, statements: Iterable[ast.stmt]) -> Any:
        return syntax.Suite(self.body(statements), None)

    def _or_else(self, statements: Sequence[ast.stmt]) -> Any:
        return self._suite(statements) if statements else None

    def _assign(self, node: ast.Assign) -> Any:
        targets = [self.expression(target) for target in node.targets]
        return self.placed(syntax.Assign(targets, self.expression(node.value)), node)

    def _annotated(self, node: ast.AnnAssign) -> Any:
        target, annotation = self.expression(node.target), self.expression(node.annotation)
        return self.placed(syntax.AnnAssign(target, annotation, self.optional(node.value)), node)

    def _augmented(self, node: ast.AugAssign) -> Any:
        operator = CHANGING[type(node.op)]
        return self.placed(syntax.AugAssign(self.expression(node.target), operator, self.expression(node.value)), node)

    def _type_alias(self, node: Any) -> Any:
        return syntax.TypeAlias(node.name.id, self.expression(node.value))

    def _raise(self, node: ast.Raise) -> Any:
        return syntax.Raise(self.optional(node.exc), self.optional(node.cause))

    def _delete(self, node: ast.Delete) -> Any:
        targets = [self.expression(target) for target in node.targets]
        return self.placed(syntax.Del(targets[0] if len(targets) == 1 else syntax.Tuple(targets)), node)

    def _import_from(self, node: ast.ImportFrom) -> Any:
        names = None if node.names[0].name == "*" else _aliases(node.names)
        return syntax.ImportFrom(node.module or "", names, node.level)

    def _if(self, node: ast.If) -> Any:
        orelse: Any = None
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If) and self._is_elif(node.orelse[0]):
            orelse = self._if(node.orelse[0])
        else:
            orelse = self._or_else(node.orelse)
        return self.placed(syntax.If(self.expression(node.test), self._suite(node.body), orelse), node)

    def _is_elif(self, node: ast.If) -> bool:
        return self.text.startswith("elif", self.start(node))

    def _for(self, node: ast.For | ast.AsyncFor) -> Any:
        target, iterated = self.expression(node.target), self.expression(node.iter)
        is_async = isinstance(node, ast.AsyncFor)
        made = syntax.For(target, iterated, self._suite(node.body), self._or_else(node.orelse), is_async)
        return self.placed(made, node)

    def _while(self, node: ast.While) -> Any:
        made = syntax.While(self.expression(node.test), self._suite(node.body), self._or_else(node.orelse))
        return self.placed(made, node)

    def _with(self, node: ast.With | ast.AsyncWith) -> Any:
        items = [
            syntax.WithItem(self.expression(item.context_expr), self.optional(item.optional_vars))
            for item in node.items
        ]
        return self.placed(syntax.With(items, self._suite(node.body), isinstance(node, ast.AsyncWith)), node)

    def _try(self, node: Any) -> Any:
        handlers = [
            syntax.ExceptHandler(self.optional(clause.type), clause.name, self._suite(clause.body))
            for clause in node.handlers
        ]
        orelse, last = self._or_else(node.orelse), self._or_else(node.finalbody)
        return self.placed(syntax.Try(self._suite(node.body), handlers, orelse, last), node)

    def _match(self, node: ast.Match) -> Any:
        return syntax.Match(self.expression(node.subject), self._cases(node))

    def _cases(self, node: ast.Match) -> list[syntax.MatchCase]:
        befores = [self.end(node.subject), *(self.end(case.body[-1]) for case in node.cases)]
        return [self._case(case, before) for case, before in zip(node.cases, befores, strict=False)]

    def _case(self, case: ast.match_case, before: int) -> syntax.MatchCase:
        body = self._body_behind(self.end(case.guard or case.pattern), case.body)
        made = syntax.MatchCase(self._pattern(case.pattern), self.optional(case.guard), body)
        start = self._last("case", before, self.start(case.pattern))
        self.ranges[id(made)] = start, start
        return made

    def _pattern(self, node: ast.pattern) -> syntax.Pattern:
        name = getattr(node, "rest", None) if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
        inside = getattr(node, "pattern", None)
        parts = [
            *getattr(node, "patterns", ()),
            *getattr(node, "kwd_patterns", ()),
            *([] if inside is None else [inside]),
        ]
        takes_all = isinstance(node, ast.MatchAs) and inside is None
        return syntax.Pattern(name, [self._pattern(part) for part in parts], takes_all)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
        start = self.start(node)
        parameters = self._parameters(node.args, start)
        header: list[ast.AST | None] = [*_type_parameters(node), *_every(node.args), node.returns]
        made = syntax.FunctionDef(
            node.name,
            parameters,
            self._body_of(node, header),
            self._decorators(node),
            self.optional(node.returns),
            isinstance(node, ast.AsyncFunctionDef),
        )
        self.ranges[id(made)] = start, self.end(node)
        return made

    def _class(self, node: ast.ClassDef) -> Any:
        bases = []
        for base in node.bases:
            is_starred = isinstance(base, ast.Starred)
            value = base.value if isinstance(base, ast.Starred) else base
            bases.append(syntax.Arg(None, "*" if is_starred else "", self.expression(value)))
        keywords = [syntax.Arg(keyword.arg, "", self.expression(keyword.value)) for keyword in node.keywords]
        body = self._body_of(node, [*_type_parameters(node), *node.bases, *node.keywords])
        made = syntax.ClassDef(node.name, body, bases, keywords, self._decorators(node))
        return self.placed(made, node)

    def _decorators(self, node: Any) -> list[Any]:
        return [self.expression(decorator) for decorator in node.decorator_list]

    def _body_of(self, node: Any, header: Iterable[ast.AST | None]) -> Any:
        """The body of a definition, which begins at the colon behind these parts of the header."""
        behind = max((self.end(part) for part in header if part is not None), default=0)
        if not behind:
            keywords = _KEYWORDS.match(self.text, self.start(node))
            behind = (keywords.end() if keywords is not None else 0) + len(node.name)
        return self._body_behind(behind, node.body, is_left_out=id(node) in self.left_out)

    def _body_behind(self, header: int, body: Sequence[ast.stmt], *, is_left_out: bool = False) -> Any:
        colon = _COLON.match(self.text, header)
        if colon is None:
            raise NotHereError
        made = syntax.Suite([syntax.Expr(syntax.Ellipsis())], None) if is_left_out else self._suite(body)
        self.ranges[id(made)] = colon.end(), self.end(body[-1])
        return made


_TABLE: dict[type[ast.stmt], Callable[[Any, Any], Any]] = {
    ast.Expr: lambda made, node: syntax.Expr(made.expression(node.value)),
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.Return: lambda made, node: syntax.Return(made.optional(node.value)),
    ast.Raise: Statements._raise,
    ast.Continue: lambda made, node: syntax.Continue(),
    ast.Break: lambda made, node: syntax.Break(),
    ast.Pass: lambda made, node: syntax.Pass(),
    ast.Nonlocal: lambda made, node: syntax.Pass(),
    ast.Global: lambda made, node: syntax.Global(node.names),
    ast.Delete: Statements._delete,
    ast.Import: lambda made, node: syntax.Import(_aliases(node.names)),
    ast.ImportFrom: Statements._import_from,
    ast.Assert: lambda made, node: syntax.Assert(made.expression(node.test), made.optional(node.msg)),
    ast.If: Statements._if,
    ast.For: Statements._for,
    ast.AsyncFor: Statements._for,
    ast.While: Statements._while,
    ast.With: Statements._with,
    ast.AsyncWith: Statements._with,
    ast.Match: Statements._match,
    ast.FunctionDef: Statements._function,
    ast.AsyncFunctionDef: Statements._function,
    ast.ClassDef: Statements._class,
    **dict.fromkeys(_TRIES, Statements._try),
    **dict.fromkeys(_TYPE_ALIASES, Statements._type_alias),
}


def _type_parameters(node: Any) -> Sequence[ast.AST]:
    return getattr(node, "type_params", ())


def _every(node: ast.arguments) -> Iterable[ast.AST | None]:
    """All that has a place in a list of parameters."""
    yield from (*node.posonlyargs, *node.args, node.vararg, *node.kwonlyargs, node.kwarg)
    yield from (*node.defaults, *node.kw_defaults)


def _aliases(names: Iterable[ast.alias]) -> list[syntax.ImportAlias]:
    return [syntax.ImportAlias(alias.name, alias.asname) for alias in names]
