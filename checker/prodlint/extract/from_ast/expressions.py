"""Expressions and parameters."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from prodlint.extract.from_ast import nodes
from prodlint.extract.from_ast.places import NotHereError, Places
from prodlint.extract.positions import ranges_of


class Expressions(Places):
    """Makes the expressions of one text."""

    def expression(self, node: ast.expr) -> Any:
        return _TABLE[type(node)](self, node)

    def optional(self, node: ast.expr | None) -> Any:
        return None if node is None else _TABLE[type(node)](self, node)

    def _constant(self, node: ast.Constant) -> Any:
        value = node.value
        if isinstance(value, str | bytes):
            start, end = self.start(node), self.end(node)
            source = self.written[start:end]
            if self.written is not self.text and source != self.text[start:end]:
                value = ast.literal_eval(f"({source})")
            made = nodes.string(source, value)
            self.ranges[id(made)] = start, end
            return made
        if value is None or value is True or value is False:
            return nodes.name(repr(value))
        if isinstance(value, int):
            return nodes.integer(self.text[self.start(node) : self.end(node)])
        if isinstance(value, float):
            return nodes.float_(self.text[self.start(node) : self.end(node)])
        return nodes.ELLIPSIS if value is ... else nodes.IMAGINARY

    def _formatted(self, node: ast.JoinedStr) -> Any:
        start, end = self.start(node), self.end(node)
        expression = f"({self.written[start:end]})"
        try:
            made = cst.parse_expression(expression)
        except RecursionError:
            raise
        except Exception:  # libcst refuses some that Python takes, `f"{not(lambda: 1)()}"`, with one error or another
            return self.placed(nodes.formatted_string([]), node)
        ranges = ranges_of(made, expression, start - 1)
        if ranges is None:
            raise NotHereError
        self.ranges.update(ranges)
        return made

    def _display(self, node: ast.List | ast.Tuple | ast.Set) -> Any:
        return nodes.displays[type(node)]([self._item(item) for item in node.elts])

    def _item(self, node: ast.expr) -> Any:
        made = self.expression(node)
        return made if type(node) is ast.Starred else nodes.element(made)

    def _dict(self, node: ast.Dict) -> Any:
        elements = []
        before = self.start(node)
        for key, value in zip(node.keys, node.values, strict=True):
            made_value, end = self.expression(value), self.end(value)
            if key is None:
                made = nodes.starred_dict_element(made_value)
                start = self._last("**", before, self.start(value))
                end = self._closed(end, self._opened(start, self.start(value)))
            else:
                start = self.start(key)
                made = nodes.dict_element(self.expression(key), made_value)
                end = self._closed(end, self._opened(self.end(key), self.start(value)))
                start = self._leading(before, start, self._opened(before, start))
            self.ranges[id(made)] = start, end
            elements.append(made)
            before = end
        return nodes.dict_(elements)

    def _call(self, node: ast.Call) -> Any:
        func = self.expression(node.func)
        args = []
        given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        if node.args and node.keywords and _place(node.args[-1]) > _place(node.keywords[0]):
            given.sort(key=_place)
        before, outer = self.end(node.func), 1
        for argument in given:
            if isinstance(argument, ast.keyword):
                keyword = None if argument.arg is None else nodes.name(argument.arg)
                made = nodes.arg(keyword, "**" if keyword is None else "", self.expression(argument.value))
                start, end = self.start(argument), self.end(argument)
            elif type(argument) is ast.Starred:
                made = nodes.arg(None, "*", self.expression(argument.value))
                start, end = self.start(argument), self.end(argument)
            else:
                made = nodes.arg(None, "", self.expression(argument))
                start, end = self.start(argument), self.end(argument)
                own = self._opened(before, start) - outer
                if own > 0:
                    start, end = self._leading(before, start, own), self._closed(end, own)
                elif own < 0:  # a generator expression in the parentheses of the call
                    start, end = self._inside(argument)
            self.ranges[id(made)] = start, end
            args.append(made)
            before, outer = end, 0
        return self.placed(nodes.call(func, args), node)

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
        return nodes.subscript(
            self.expression(node.value), [nodes.subscript_element(self._index(part)) for part in parts]
        )

    def _is_bracketed(self, node: ast.Tuple) -> bool:
        """True for `x[(1, 2)]`, which is one index; `x[1, 2]` has two."""
        return self.text[self.start(node)] == "(" and self.text[self.end(node) - 1] == ")"

    def _index(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Slice):
            return nodes.slice_(self.optional(node.lower), self.optional(node.upper), self.optional(node.step))
        return nodes.index(self.expression(node))

    def _binary(self, node: ast.BinOp) -> Any:
        return nodes.binary(self.expression(node.left), nodes.BINARY[type(node.op)], self.expression(node.right))

    def _boolean(self, node: ast.BoolOp) -> Any:
        operator = nodes.BOOLEAN[type(node.op)]
        made = self.expression(node.values[0])
        for value in node.values[1:]:
            made = nodes.boolean(made, operator, self.expression(value))
        return made

    def _comparison(self, node: ast.Compare) -> Any:
        targets = [
            nodes.comparison_target(nodes.COMPARING[type(operator)], self.expression(operand))
            for operator, operand in zip(node.ops, node.comparators, strict=True)
        ]
        return nodes.comparison(self.expression(node.left), targets)

    def _conditional(self, node: ast.IfExp) -> Any:
        made = nodes.if_exp(self.expression(node.test), self.expression(node.body), self.expression(node.orelse))
        return self.placed(made, node)

    def _lambda(self, node: ast.Lambda) -> Any:
        return self.placed(nodes.lambda_(self._parameters(node.args), self.expression(node.body)), node)

    def _comp(self, node: Any) -> Any:
        return nodes.comps[type(node)](self.expression(node.elt), self._clauses(node.generators, self.end(node.elt)))

    def _dict_comp(self, node: ast.DictComp) -> Any:
        clauses = self._clauses(node.generators, self.end(node.value))
        return nodes.dict_comp(self.expression(node.key), self.expression(node.value), clauses)

    def _clauses(self, generators: Sequence[ast.comprehension], before: int) -> Any:
        places = []
        for generator in generators:
            start = self._blank_before("async" if generator.is_async else "for", before, self.start(generator.target))
            before = self.end(generator.iter)
            conditions = []
            for test in generator.ifs:
                made = nodes.comp_if(self.expression(test))
                place = self._blank_before("if", before, self.start(test))
                self.ranges[id(made)] = place, place
                conditions.append(made)
                before = self.end(test)
            places.append((generator, start, conditions))
        inner = None
        for generator, start, conditions in reversed(places):
            asynchronous = nodes.ASYNC if generator.is_async else None
            inner = nodes.comp_for(
                self.expression(generator.target), self.expression(generator.iter), conditions, inner, asynchronous
            )
            self.ranges[id(inner)] = start, start
        return inner

    def _blank_before(self, keyword: str, start: int, end: int) -> int:
        """Where the white space in front of a keyword begins, which stands between two expressions."""
        return self._closed(start, self._closing(start, self._last(keyword, start, end)))

    def _parameters(self, node: ast.arguments) -> Any:
        plain = [*node.posonlyargs, *node.args]
        missing = len(plain) - len(node.defaults)
        made = [
            self._parameter(argument, None if number < missing else node.defaults[number - missing])
            for number, argument in enumerate(plain)
        ]
        only = [self._parameter(*pair) for pair in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        star = cst.MaybeSentinel.DEFAULT if node.vararg is None else self._parameter(node.vararg, None, "*")
        stars = None if node.kwarg is None else self._parameter(node.kwarg, None, "**")
        count = len(node.posonlyargs)
        return nodes.parameters(made[:count], made[count:], star, only, stars)

    def _parameter(self, node: ast.arg, default: ast.expr | None, star: str = "") -> Any:
        annotation = None if node.annotation is None else nodes.annotation(self.expression(node.annotation))
        made = nodes.param(nodes.name(node.arg), self.optional(default), annotation)
        start = self.start(node)
        end = start + len(node.arg)
        if star:
            start = self.text.rindex(star, 0, start)
        self.ranges[id(made)] = start, end
        return made


_TABLE: dict[type[ast.expr], Callable[[Any, Any], Any]] = {
    ast.Name: lambda made, node: nodes.name(node.id),
    ast.Attribute: lambda made, node: nodes.attribute(made.expression(node.value), nodes.name(node.attr)),
    ast.Constant: Expressions._constant,
    ast.JoinedStr: Expressions._formatted,
    ast.Call: Expressions._call,
    ast.Dict: Expressions._dict,
    ast.Await: lambda made, node: nodes.await_(made.expression(node.value)),
    ast.Subscript: Expressions._subscript,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: lambda made, node: nodes.unary(nodes.UNARY[type(node.op)], made.expression(node.operand)),
    ast.BoolOp: Expressions._boolean,
    ast.Compare: Expressions._comparison,
    ast.IfExp: Expressions._conditional,
    ast.Lambda: Expressions._lambda,
    ast.NamedExpr: lambda made, node: nodes.named(made.expression(node.target), made.expression(node.value)),
    ast.DictComp: Expressions._dict_comp,
    ast.Yield: lambda made, node: nodes.yield_(made.optional(node.value)),
    ast.YieldFrom: lambda made, node: nodes.yield_(nodes.from_(made.expression(node.value))),
    ast.Starred: lambda made, node: nodes.starred(made.expression(node.value)),
    **dict.fromkeys(nodes.displays, Expressions._display),
    **dict.fromkeys(nodes.comps, Expressions._comp),
}


def _place(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset
