"""Statements, and with them whole modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from prodlint.extract.from_ast import nodes
from prodlint.extract.from_ast.expressions import Expressions
from prodlint.extract.from_ast.places import NotHereError

_KEYWORDS = re.compile(r"(?:async[\s\\]+)?(?:def|class)[\s\\]+")
_COLON = re.compile(r"(?:[\s()\[\],*/\\]|#[^\n]*)*:")
"""From the last name of a definition's header to its colon."""

_COMPOUND = frozenset(
    {
        ast.If,
        ast.For,
        ast.AsyncFor,
        ast.While,
        ast.With,
        ast.AsyncWith,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Match,
        *nodes.tries,
    }
)


class Statements(Expressions):
    """Makes the statements of one text."""

    def module(self, node: ast.Module) -> Any:
        return nodes.module(self.body(node.body))

    def body(self, statements: Iterable[ast.stmt]) -> list[Any]:
        made = []
        for node in statements:
            handler = _TABLE.get(type(node))
            if handler is None:
                raise NotHereError
            statement = handler(self, node)
            made.append(statement if type(node) in _COMPOUND else nodes.line([statement]))
        return made

    def _suite(self, statements: Iterable[ast.stmt]) -> Any:
        return nodes.block(self.body(statements), nodes.HEADER)

    def _or_else(self, statements: Sequence[ast.stmt]) -> Any:
        return nodes.else_(self._suite(statements)) if statements else None

    def _assign(self, node: ast.Assign) -> Any:
        targets = [nodes.assign_target(self.expression(target)) for target in node.targets]
        return self.placed(nodes.assign(targets, self.expression(node.value)), node)

    def _annotated(self, node: ast.AnnAssign) -> Any:
        annotation = nodes.annotation(self.expression(node.annotation))
        return self.placed(nodes.ann_assign(self.expression(node.target), annotation, self.optional(node.value)), node)

    def _augmented(self, node: ast.AugAssign) -> Any:
        operator = nodes.CHANGING[type(node.op)]
        return self.placed(nodes.aug_assign(self.expression(node.target), operator, self.expression(node.value)), node)

    def _type_alias(self, node: Any) -> Any:
        return nodes.type_alias(self.expression(node.name), self.expression(node.value))

    def _raise(self, node: ast.Raise) -> Any:
        cause = None if node.cause is None else nodes.from_(self.expression(node.cause))
        return nodes.raise_(self.optional(node.exc), cause)

    def _delete(self, node: ast.Delete) -> Any:
        targets = [self.expression(target) for target in node.targets]
        target = (
            targets[0] if len(targets) == 1 else nodes.displays[ast.Tuple]([nodes.element(each) for each in targets])
        )
        return self.placed(nodes.del_(target), node)

    def _import_from(self, node: ast.ImportFrom) -> Any:
        module = None if node.module is None else _dotted(node.module)
        names = nodes.STAR if node.names[0].name == "*" else [_alias(alias) for alias in node.names]
        return nodes.import_from(module, names, [nodes.DOT] * node.level)

    def _if(self, node: ast.If) -> Any:
        orelse: Any = None
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If) and self._is_elif(node.orelse[0]):
            orelse = self._if(node.orelse[0])
        else:
            orelse = self._or_else(node.orelse)
        return self.placed(nodes.if_(self.expression(node.test), self._suite(node.body), orelse), node)

    def _is_elif(self, node: ast.If) -> bool:
        return self.text.startswith("elif", self.start(node))

    def _for(self, node: ast.For | ast.AsyncFor) -> Any:
        target, iterated = self.expression(node.target), self.expression(node.iter)
        asynchronous = nodes.ASYNC if isinstance(node, ast.AsyncFor) else None
        made = nodes.for_(target, iterated, self._suite(node.body), self._or_else(node.orelse), asynchronous)
        return self.placed(made, node)

    def _while(self, node: ast.While) -> Any:
        made = nodes.while_(self.expression(node.test), self._suite(node.body), self._or_else(node.orelse))
        return self.placed(made, node)

    def _with(self, node: ast.With | ast.AsyncWith) -> Any:
        items = [
            nodes.with_item(self.expression(item.context_expr), self._as(self.optional(item.optional_vars)))
            for item in node.items
        ]
        asynchronous = nodes.ASYNC if isinstance(node, ast.AsyncWith) else None
        return self.placed(nodes.with_(items, self._suite(node.body), asynchronous), node)

    def _as(self, target: Any) -> Any:
        return None if target is None else nodes.as_name(target)

    def _try(self, node: Any) -> Any:
        make, handler = nodes.tries[type(node)]
        handlers = [
            handler(
                self.optional(clause.type),
                None if clause.name is None else nodes.as_name(nodes.name(clause.name)),
                self._suite(clause.body),
            )
            for clause in node.handlers
        ]
        last = nodes.finally_(self._suite(node.finalbody)) if node.finalbody else None
        return self.placed(make(self._suite(node.body), handlers, self._or_else(node.orelse), last), node)

    def _match(self, node: ast.Match) -> Any:
        return nodes.match(self.expression(node.subject), [self._case(case) for case in node.cases])

    def _case(self, case: ast.match_case) -> Any:
        body = self._body_behind(self.end(case.guard or case.pattern), case.body)
        made = nodes.case(self._pattern(case.pattern), self.optional(case.guard), body)
        start = self.text.rindex("case", 0, self.start(case.pattern))
        self.ranges[id(made)] = start, start
        return made

    def _pattern(self, node: ast.pattern | None) -> Any:
        """What a pattern captures; of one that holds others, just these, as of a list."""
        match node:
            case None:
                return None
            case ast.MatchAs():
                return nodes.match_as(self._pattern(node.pattern), _optional_name(node.name))
            case ast.MatchStar():
                return nodes.match_star(_optional_name(node.name))
            case ast.MatchMapping():
                elements = [nodes.match_mapping_element(self._pattern(pattern)) for pattern in node.patterns]
                return nodes.match_mapping(elements, _optional_name(node.rest))
            case ast.MatchClass():
                return nodes.match_list([self._pattern(pattern) for pattern in (*node.patterns, *node.kwd_patterns)])
        return nodes.match_list([self._pattern(pattern) for pattern in getattr(node, "patterns", ())])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
        start = self.start(node)
        parameters = self._parameters(node.args)
        header: list[ast.AST | None] = [*_type_parameters(node), *_every(node.args), node.returns]
        made = nodes.function(
            nodes.name(node.name),
            parameters,
            self._body_of(node, header),
            self._decorators(node),
            None if node.returns is None else nodes.annotation(self.expression(node.returns)),
            nodes.ASYNC if isinstance(node, ast.AsyncFunctionDef) else None,
        )
        self.ranges[id(made)] = start, self.end(node)
        return made

    def _class(self, node: ast.ClassDef) -> Any:
        bases = []
        for base in node.bases:
            is_starred = isinstance(base, ast.Starred)
            value = base.value if isinstance(base, ast.Starred) else base
            bases.append(nodes.arg(None, "*" if is_starred else "", self.expression(value)))
        keywords = [
            nodes.arg(None if keyword.arg is None else nodes.name(keyword.arg), "", self.expression(keyword.value))
            for keyword in node.keywords
        ]
        body = self._body_of(node, [*_type_parameters(node), *node.bases, *node.keywords])
        made = nodes.class_(nodes.name(node.name), body, bases, keywords, self._decorators(node))
        return self.placed(made, node)

    def _decorators(self, node: Any) -> list[Any]:
        return [nodes.decorator(self.expression(decorator)) for decorator in node.decorator_list]

    def _body_of(self, node: Any, header: Iterable[ast.AST | None]) -> Any:
        """The body of a definition, which begins at the colon behind these parts of the header."""
        behind = max((self.end(part) for part in header if part is not None), default=0)
        if not behind:
            keywords = _KEYWORDS.match(self.text, self.start(node))
            behind = (keywords.end() if keywords is not None else 0) + len(node.name)
        return self._body_behind(behind, node.body)

    def _body_behind(self, header: int, body: Sequence[ast.stmt]) -> Any:
        colon = _COLON.match(self.text, header)
        if colon is None:
            raise NotHereError
        made = self._suite(body)
        self.ranges[id(made)] = colon.end(), self.end(body[-1])
        return made


_TABLE: dict[type[ast.stmt], Callable[[Any, Any], Any]] = {
    ast.Expr: lambda made, node: nodes.expr(made.expression(node.value)),
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.Return: lambda made, node: nodes.return_(made.optional(node.value)),
    ast.Raise: Statements._raise,
    ast.Continue: lambda made, node: nodes.CONTINUE,
    ast.Break: lambda made, node: nodes.BREAK,
    ast.Pass: lambda made, node: nodes.PASS,
    ast.Nonlocal: lambda made, node: nodes.PASS,
    ast.Global: lambda made, node: nodes.global_([nodes.name_item(nodes.name(name)) for name in node.names]),
    ast.Delete: Statements._delete,
    ast.Import: lambda made, node: nodes.import_([_alias(alias) for alias in node.names]),
    ast.ImportFrom: Statements._import_from,
    ast.Assert: lambda made, node: nodes.assert_(made.expression(node.test), made.optional(node.msg)),
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
    **dict.fromkeys(nodes.tries, Statements._try),
    **dict.fromkeys(nodes.TYPE_ALIAS, Statements._type_alias),
}


def _optional_name(name: str | None) -> Any:
    return None if name is None else nodes.name(name)


def _type_parameters(node: Any) -> Sequence[ast.AST]:
    return getattr(node, "type_params", ())


def _every(node: ast.arguments) -> Iterable[ast.AST | None]:
    """All that has a place in a list of parameters."""
    yield from (*node.posonlyargs, *node.args, node.vararg, *node.kwonlyargs, node.kwarg)
    yield from (*node.defaults, *node.kw_defaults)


def _dotted(name: str) -> Any:
    first, *others = name.split(".")
    made = nodes.name(first)
    for part in others:
        made = nodes.attribute(made, nodes.name(part))
    return made


def _alias(alias: ast.alias) -> Any:
    return nodes.import_alias(
        _dotted(alias.name), None if alias.asname is None else nodes.as_name(nodes.name(alias.asname))
    )
