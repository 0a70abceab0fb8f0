"""Expressions and parameters."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from prodlint.extract import syntax
from prodlint.extract.from_ast import formatted
from prodlint.extract.from_ast.operators import BINARY, COMPARING, UNARY
from prodlint.extract.from_ast.places import Places


class Expressions(Places):
    """Makes the expressions of one text."""

    def expression(self, node: ast.expr) -> Any:
        return _TABLE[type(node)](self, node)

    def optional(self, node: ast.expr | None) -> Any:
        return None if node is None else _TABLE[type(node)](self, node)

    def _constant(self, node: ast.Constant) -> syntax.Expression:
        value = node.value
        if isinstance(value, str | bytes):
            start, end = self.start(node), self.end(node)
            source = self.written[start:end]
            if self.written is not self.text and source != self.text[start:end]:
                value = ast.literal_eval(f"({source})")
            return self.at(syntax.SimpleString(value), start, end)
        if value is None or value is True or value is False:
            return syntax.Name(repr(value))
        if isinstance(value, int):
            return syntax.Integer(self.text[self.start(node) : self.end(node)])
        if isinstance(value, float):
            return syntax.Float(self.text[self.start(node) : self.end(node)])
        return syntax.Ellipsis() if value is ... else syntax.Imaginary()

    def _formatted(self, node: ast.JoinedStr) -> syntax.Expression:
        """Strings in a row, at least one of them formatted."""
        made: syntax.Expression | None = None
        end = self.end(node)
        for literal in reversed(formatted.literals(self.written, self.start(node), end)):
            one: syntax.Expression
            if literal.parts is None:
                one = syntax.SimpleString(ast.literal_eval(self.written[literal.start : literal.end]))
            else:
                one = syntax.FormattedString(self._parts(literal.parts))
            self.at(one, literal.start, literal.end)
            made = one if made is None else self.at(syntax.ConcatenatedString(one, made), literal.start, end)
        assert made is not None  # there is no string without literals
        return made

    def _parts(self, parts: Sequence[formatted.Text | formatted.Field]) -> list[syntax.Node]:
        return [
            syntax.FormattedStringText(part.text)
            if isinstance(part, formatted.Text)
            else syntax.FormattedStringExpression(self._inside_string(part), self._parts(part.spec))
            for part in parts
        ]

    def _inside_string(self, field: formatted.Field) -> syntax.Expression:
        source = f"({self.written[field.start : field.end]})"
        inside = type(self)(source, source)
        made: syntax.Expression = inside.expression(ast.parse(source, mode="eval").body)
        shift = field.start - 1
        self.ranges.update((key, (start + shift, end + shift)) for key, (start, end) in inside.ranges.items())
        return made

    def _display(self, node: ast.List | ast.Tuple | ast.Set) -> syntax.Expression:
        return _DISPLAYS[type(node)]([self.expression(item) for item in node.elts])

    def _dict(self, node: ast.Dict) -> Any:
        elements = []
        before = self.start(node)
        for key, value in zip(node.keys, node.values, strict=True):
            made_value, end = self.expression(value), self.end(value)
            if key is None:
                made = syntax.DictElement(None, made_value)
                start = self._last("**", before, self.start(value))
                end = self._closed(end, self._opened(start, self.start(value)))
            else:
                start = self.start(key)
                made = syntax.DictElement(self.expression(key), made_value)
                end = self._closed(end, self._opened(self.end(key), self.start(value)))
                start = self._leading(before, start, self._opened(before, start))
            self.ranges[id(made)] = start, end
            elements.append(made)
            before = end
        return syntax.Dict(elements)

    def _call(self, node: ast.Call) -> Any:
        func = self.expression(node.func)
        args = []
        given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        if node.args and node.keywords and _place(node.args[-1]) > _place(node.keywords[0]):
            given.sort(key=_place)
        before, outer = self.end(node.func), 1
        for argument in given:
            if isinstance(argument, ast.keyword):
                keyword = argument.arg
                made = syntax.Arg(keyword, "**" if keyword is None else "", self.expression(argument.value))
                start, end = self.start(argument), self.end(argument)
            elif type(argument) is ast.Starred:
                made = syntax.Arg(None, "*", self.expression(argument.value))
                start, end = self.start(argument), self.end(argument)
            else:
                made = syntax.Arg(None, "", self.expression(argument))
                start, end = self.start(argument), self.end(argument)
                own = self._opened(before, start) - outer
                if own > 0:
                    start, end = self._leading(before, start, own), self._closed(end, own)
                elif own < 0:  # a generator expression in the parentheses of the call
                    start, end = self._inside(argument)
            self.ranges[id(made)] = start, end
            args.append(made)
            before, outer = end, 0
        return self.placed(syntax.Call(func, args), node)

    def _inside(self, node: Any) -> tuple[int, int]:
        """Where a generator expression begins and ends between its parentheses."""
        last = node.generators[-1]
        end = self.end(last.ifs[-1] if last.ifs else last.iter)
        return self._behind_blank(self.start(node) + 1), self._closed(end, self._closing(end, self.end(node) - 1))

    def _subscript(self, node: ast.Subscript) -> Any:
        inside = node.slice
        parts: list[ast.expr] = [inside]
        if isinstance(inside, ast.Tuple) and inside.elts and not self._is_bracketed(inside):
            parts = inside.elts
        return syntax.Subscript(self.expression(node.value), [self.expression(part) for part in parts])

    def _is_bracketed(self, node: ast.Tuple) -> bool:
        """True for `x[(1, 2)]`, which is one index; `x[1, 2]` has two."""
        return self.text[self.start(node)] == "(" and self.text[self.end(node) - 1] == ")"

    def _slice(self, node: ast.Slice) -> Any:
        return syntax.Slice(self.optional(node.lower), self.optional(node.upper), self.optional(node.step))

    def _binary(self, node: ast.BinOp) -> Any:
        return syntax.BinaryOperation(self.expression(node.left), BINARY[type(node.op)], self.expression(node.right))

    def _boolean(self, node: ast.BoolOp) -> Any:
        operator = "and" if isinstance(node.op, ast.And) else "or"
        made = self.expression(node.values[0])
        for value in node.values[1:]:
            made = syntax.BooleanOperation(made, operator, self.expression(value))
        return made

    def _comparison(self, node: ast.Compare) -> Any:
        targets = [
            syntax.ComparisonTarget(COMPARING[type(operator)], self.expression(operand))
            for operator, operand in zip(node.ops, node.comparators, strict=True)
        ]
        return syntax.Comparison(self.expression(node.left), targets)

    def _conditional(self, node: ast.IfExp) -> Any:
        made = syntax.IfExp(self.expression(node.test), self.expression(node.body), self.expression(node.orelse))
        return self.placed(made, node)

    def _lambda(self, node: ast.Lambda) -> Any:
        return self.placed(
            syntax.Lambda(self._parameters(node.args, self.start(node)), self.expression(node.body)), node
        )

    def _comp(self, node: Any) -> Any:
        return _COMPREHENSIONS[type(node)](
            self.expression(node.elt), self._clauses(node.generators, self.end(node.elt))
        )

    def _dict_comp(self, node: ast.DictComp) -> Any:
        clauses = self._clauses(node.generators, self.end(node.value))
        return syntax.DictComp(self.expression(node.key), self.expression(node.value), clauses)

    def _clauses(self, generators: Sequence[ast.comprehension], before: int) -> Any:
        places = []
        for generator in generators:
            start = self._blank_before("async" if generator.is_async else "for", before, self.start(generator.target))
            before = self.end(generator.iter)
            conditions = []
            for test in generator.ifs:
                made = syntax.CompIf(self.expression(test))
                place = self._blank_before("if", before, self.start(test))
                self.ranges[id(made)] = place, place
                conditions.append(made)
                before = self.end(test)
            places.append((generator, start, conditions))
        inner = None
        for generator, start, conditions in reversed(places):
            target, iterated = self.expression(generator.target), self.expression(generator.iter)
            inner = syntax.CompFor(target, iterated, conditions, inner, bool(generator.is_async))
            self.ranges[id(inner)] = start, start
        return inner

    def _blank_before(self, keyword: str, start: int, end: int) -> int:
        """Where the white space in front of a keyword begins, which stands between two expressions."""
        return self._closed(start, self._closing(start, self._last(keyword, start, end)))

    def _parameters(self, node: ast.arguments, before: int) -> Any:
        """`before` is where their definition begins."""
        plain = [*node.posonlyargs, *node.args]
        missing = len(plain) - len(node.defaults)
        made = [
            self._parameter(argument, None if number < missing else node.defaults[number - missing])
            for number, argument in enumerate(plain)
        ]
        only = [self._parameter(*pair) for pair in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        star = None if node.vararg is None else self._parameter(node.vararg, None, "*", before)
        stars = None if node.kwarg is None else self._parameter(node.kwarg, None, "**", before)
        count = len(node.posonlyargs)
        return syntax.Parameters(made[:count], made[count:], star, only, stars)

    def _parameter(self, node: ast.arg, default: ast.expr | None, star: str = "", before: int = 0) -> Any:
        made = syntax.Param(node.arg, self.optional(default), self.optional(node.annotation))
        start = self.start(node)
        end = start + len(node.arg)
        if star:
            start = self._last(star, before, start)
        self.ranges[id(made)] = start, end
        return made


_DISPLAYS = {ast.List: syntax.List, ast.Tuple: syntax.Tuple, ast.Set: syntax.Set}

_COMPREHENSIONS = {
    ast.ListComp: syntax.ListComp,
    ast.SetComp: syntax.SetComp,
    ast.GeneratorExp: syntax.GeneratorExp,
}

_TABLE: dict[type[ast.expr], Callable[[Any, Any], Any]] = {
    ast.Name: lambda made, node: syntax.Name(node.id),
    ast.Attribute: lambda made, node: syntax.Attribute(made.expression(node.value), node.attr),
    ast.Constant: Expressions._constant,
    ast.JoinedStr: Expressions._formatted,
    ast.Call: Expressions._call,
    ast.Dict: Expressions._dict,
    ast.Await: lambda made, node: syntax.Await(made.expression(node.value)),
    ast.Subscript: Expressions._subscript,
    ast.Slice: Expressions._slice,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: lambda made, node: syntax.UnaryOperation(UNARY[type(node.op)], made.expression(node.operand)),
    ast.BoolOp: Expressions._boolean,
    ast.Compare: Expressions._comparison,
    ast.IfExp: Expressions._conditional,
    ast.Lambda: Expressions._lambda,
    ast.NamedExpr: lambda made, node: syntax.NamedExpr(made.expression(node.target), made.expression(node.value)),
    ast.DictComp: Expressions._dict_comp,
    ast.Yield: lambda made, node: syntax.Yield(made.optional(node.value)),
    ast.YieldFrom: lambda made, node: syntax.YieldFrom(made.expression(node.value)),
    ast.Starred: lambda made, node: syntax.StarredElement(made.expression(node.value)),
    **dict.fromkeys(_DISPLAYS, Expressions._display),
    **dict.fromkeys(_COMPREHENSIONS, Expressions._comp),
}


def _place(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset
