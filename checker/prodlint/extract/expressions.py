"""Expressions: from libcst nodes to symbolic values, with the variables replaced by what they hold."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import libcst as cst

from prodlint.extract import keys
from prodlint.extract.state import Held, Making, Ref, Scope, Walk, one_of, without_none
from prodlint.facts import (
    NONE,
    Argument,
    Attr,
    Block,
    CallSite,
    Const,
    DictOf,
    Element,
    Entry,
    FunctionRef,
    Global,
    Imported,
    Item,
    Joined,
    Op,
    Opaque,
    Param,
    Redacted,
    Result,
    SeqOf,
    Some,
    Value,
)
from prodlint.secrets import judge

MAX_ITEMS = 64
"""Displays with more items than this are data tables; the rest of the items is not kept."""

MAX_TEXT = 300
"""Characters of a string constant that are kept: enough for names, models, URLs; prompts are not needed whole."""

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "|": operator.or_,
}


def evaluate(walk: Walk, scope: Scope, node: cst.BaseExpression) -> Held:
    """The value of an expression at this point; records every call inside it."""
    handler = _HANDLERS.get(type(node))
    return Opaque("an expression that is not modelled") if handler is None else handler(walk, scope, node)


def value_of(walk: Walk, scope: Scope, node: cst.BaseExpression) -> Value:
    """Like `evaluate`, but frozen: fit for the facts."""
    return walk.freeze(evaluate(walk, scope, node), scope.flow)


def dotted(node: cst.BaseExpression) -> str:
    """`a.b.c` for a chain of plain names, else the empty string."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ""
    names.append(node.value)
    return ".".join(reversed(names))


def read_name(walk: Walk, scope: Scope, name: str) -> Held:
    """What a bare name holds here."""
    if name in scope.module_names and not scope.is_module:
        return scope.flow.names.get(name, Global(name))
    held = scope.flow.names.get(name)
    if held is not None:
        return held
    outer = scope.outer.get(name)
    if outer is not None:
        return outer
    return Global(name)


def _name(walk: Walk, scope: Scope, node: cst.Name) -> Held:
    match node.value:
        case "None":
            return NONE
        case "True":
            return Const(True)
        case "False":
            return Const(False)
    return read_name(walk, scope, node.value)


def _attribute(walk: Walk, scope: Scope, node: cst.Attribute) -> Held:
    path = dotted(node)
    if path:
        held = scope.flow.names.get(path)
        if held is not None:
            return held
    base = value_of(walk, scope, node.value)
    return Attr(base, node.attr.value)


def _integer(walk: Walk, scope: Scope, node: cst.Integer) -> Value:
    return Const(ast.literal_eval(node.value))


def _float(walk: Walk, scope: Scope, node: cst.Float) -> Value:
    return Const(float(node.value.replace("_", "")))


def text_of(node: cst.BaseExpression) -> str | None:
    """The text of a string literal, concatenated parts included; None when it is not a plain string."""
    if isinstance(node, cst.SimpleString):
        if "b" in node.prefix.lower():
            return None
        try:
            value = node.evaluated_value
        except (ValueError, SyntaxError):
            return None
        return value if isinstance(value, str) else None
    if isinstance(node, cst.ConcatenatedString):
        left, right = text_of(node.left), text_of(node.right)
        return None if left is None or right is None else left + right
    return None


def _string(walk: Walk, scope: Scope, node: cst.SimpleString | cst.ConcatenatedString) -> Value:
    text = text_of(node)
    if text is None:
        if isinstance(node, cst.ConcatenatedString):
            return Joined((value_of(walk, scope, node.left), value_of(walk, scope, node.right)))
        return Opaque("bytes")
    if len(text) >= keys.SHORTEST and judge.looks_like_token(text):
        return Redacted(keys.shown(text), judge.identity(text), walk.positions.span(node))
    return Const(text[:MAX_TEXT])


def _formatted(walk: Walk, scope: Scope, node: cst.FormattedString) -> Value:
    found: list[Value] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            is_plain = not any(
                judge.looks_like_token(word) for word in part.value.split() if len(word) >= keys.SHORTEST
            )
            found.append(Const(part.value[:MAX_TEXT]) if is_plain else Opaque("a text with a credential"))
        elif isinstance(part, cst.FormattedStringExpression):
            found.append(value_of(walk, scope, part.expression))
    return walk.bounded(Joined(tuple(found)))


def _display(walk: Walk, scope: Scope, node: cst.List | cst.Tuple | cst.Set) -> Held:
    kind = {cst.List: "list", cst.Tuple: "tuple", cst.Set: "set"}[type(node)]
    items: list[Value] = []
    is_open = len(node.elements) > MAX_ITEMS
    for element in node.elements:
        value = value_of(walk, scope, element.value)
        if isinstance(element, cst.StarredElement):
            if isinstance(value, SeqOf):
                items.extend(value.items)
                is_open = is_open or value.open
            else:
                items.append(Element(value))
                is_open = True
        else:
            items.append(value)
    kept = tuple(items[:MAX_ITEMS])
    if kind == "tuple":
        return walk.bounded(SeqOf(kind, kept, is_open))
    return walk.new_ref(scope.flow, Making(kind, (), (), kept, is_open))


def _dict(walk: Walk, scope: Scope, node: cst.Dict) -> Held:
    entries: list[Entry] = []
    for element in node.elements:
        span = walk.positions.span(element)
        if isinstance(element, cst.DictElement):
            key = value_of(walk, scope, element.key)
            if isinstance(key, Const) and isinstance(key.value, str):
                keys.note(walk, scope, key.value, "item", element.value)
            value = value_of(walk, scope, element.value)
            if len(entries) < MAX_ITEMS:
                entries.append(Entry("set", key, value, span, False))
        else:
            value = value_of(walk, scope, element.value)
            entries.append(Entry("splat", None, value, span, False))
    if len(node.elements) > MAX_ITEMS:
        entries.append(Entry("splat", None, Opaque("a large dict"), None, False))
    return walk.new_ref(scope.flow, Making("dict", tuple(entries), (), (), False))


def _call(walk: Walk, scope: Scope, node: cst.Call) -> Held:
    if isinstance(node.func, cst.Attribute):
        path = dotted(node.func)
        known = scope.flow.names.get(path) if path else None
        target = known if known is not None else evaluate(walk, scope, node.func.value)
        if known is None:
            changed = _method_on_making(walk, scope, node, node.func.attr.value, target)
            if changed is not None:
                return changed
            callee: Value = Attr(walk.freeze(target, scope.flow), node.func.attr.value)
        else:
            callee = walk.freeze(known, scope.flow)
    else:
        callee = value_of(walk, scope, node.func)
    index = walk.call_index.get(id(node))
    if index is None:
        index = len(walk.calls)
        walk.call_index[id(node)] = index
        walk.calls.append(None)
    held_arguments: list[Held] = []
    arguments: list[Argument] = []
    for arg in node.args:
        keyword = arg.keyword.value if arg.keyword is not None else None
        if keyword is not None:
            keys.note(walk, scope, keyword, "keyword", arg.value)
        held = evaluate(walk, scope, arg.value)
        held_arguments.append(held)
        value = walk.freeze(held, scope.flow)
        arguments.append(Argument(keyword, len(arg.star), value, walk.positions.span(arg)))
    keys.note_getenv(walk, scope, callee, node)
    made = _builtin_making(walk, scope, callee, arguments)
    _touch(scope, index, node.args, held_arguments)
    walk.calls[index] = CallSite(
        function=scope.function,
        callee=callee,
        arguments=tuple(arguments),
        span=walk.positions.span(node),
        block=scope.block,
        awaited=False,
        discarded=False,
        deferred=scope.deferred,
    )
    return Result(index) if made is None else made


def _touch(scope: Scope, site: int, nodes: Any, held: list[Held]) -> None:
    """Note that a dict in the making was handed to a call, which may change it."""
    for arg, value in zip(nodes, held, strict=True):
        if isinstance(value, Ref) and not arg.star:
            making = scope.flow.heap.get(value.number)
            if making is not None and making.kind == "dict" and site not in making.touched:
                scope.flow.heap[value.number] = making._replace(touched=(*making.touched, site))


def _builtin_making(walk: Walk, scope: Scope, callee: Value, arguments: list[Argument]) -> Held | None:
    """`dict(...)`, `list(...)`: a new object of known content."""
    if not isinstance(callee, Global) or callee.name not in ("dict", "list"):
        return None
    if callee.name == "list":
        if not arguments:
            return walk.new_ref(scope.flow, Making("list", (), (), (), False))
        if len(arguments) == 1 and isinstance(arguments[0].value, SeqOf):
            seq = arguments[0].value
            return walk.new_ref(scope.flow, Making("list", (), (), seq.items, seq.open))
        return None
    entries: list[Entry] = []
    for argument in arguments:
        if argument.keyword is not None:
            entries.append(Entry("set", Const(argument.keyword), argument.value, argument.span, False))
        elif argument.stars == 1:
            return None
        else:
            entries.append(Entry("splat", None, argument.value, argument.span, False))
    return walk.new_ref(scope.flow, Making("dict", tuple(entries), (), (), False))


def _opened(walk: Walk, scope: Scope, node: cst.BaseExpression, held: Value) -> Held:
    """A local name that holds a dict of unknown making, which is changed in place: from here on what it held, and
    more. The call itself is kept by the caller of this function where it may be something else."""
    path = dotted(node)
    if not path or "." in path or isinstance(held, Imported | Global | Const | FunctionRef):
        return held
    entries = (Entry("splat", None, held, None, False),)
    made = walk.new_ref(scope.flow, Making("dict", entries, (), (), False))
    scope.flow.names[path] = made
    return made


_DICT_METHODS = frozenset({"update", "setdefault", "pop", "clear", "copy", "get"})
_LIST_METHODS = frozenset({"append", "add", "insert", "extend", "pop", "remove", "clear", "reverse", "sort"})


def _method_on_making(walk: Walk, scope: Scope, node: cst.Call, method: str, target: Held) -> Held | None:
    """`params.update(...)`, `messages.append(...)` and their like, on a dict or list in the making."""
    is_change = method in (_DICT_METHODS | _LIST_METHODS) - {"copy", "get"}
    if is_change and isinstance(target, Param) and target.name in scope.parameter_names:
        scope.mutates.add(target.name)
    if not isinstance(target, Ref):
        if method in ("update", "setdefault", "pop") and isinstance(node.func, cst.Attribute) and not scope.is_module:
            target = _opened(walk, scope, node.func.value, target)
        if not isinstance(target, Ref):
            return None
    making = scope.flow.heap.get(target.number)
    if making is None or method not in (_DICT_METHODS if making.kind == "dict" else _LIST_METHODS):
        return None
    args = [(arg.keyword.value if arg.keyword else None, arg.star, arg) for arg in node.args]
    values = [value_of(walk, scope, arg.value) for arg in node.args]
    span = walk.positions.span(node)
    result: Held = Opaque(f"the result of {method}")
    if making.kind == "dict":
        entries = list(making.entries)
        match method:
            case "update":
                for (keyword, _, arg), value in zip(args, values, strict=True):
                    if keyword is None:
                        entries.append(Entry("splat", None, value, walk.positions.span(arg), False))
                    else:
                        keys.note(walk, scope, keyword, "keyword", arg.value)
                        entries.append(Entry("set", Const(keyword), value, walk.positions.span(arg), False))
                result = NONE
            case "setdefault" if values:
                entries.append(Entry("weak", values[0], values[1] if len(values) > 1 else NONE, span, False))
                result = Item(walk.freeze(target, scope.flow), values[0])
            case "pop" if values:
                frozen = walk.freeze(target, scope.flow)
                got: Value = Item(frozen, values[0])
                result = got if len(values) == 1 else Op("get", (frozen, values[0], values[1]))
                entries.append(Entry("delete", values[0], NONE, span, False))
            case "clear":
                entries = []
                result = NONE
            case "copy":
                return walk.new_ref(scope.flow, making)
            case "get" if values:
                default = values[1] if len(values) > 1 else NONE
                return Op("get", (walk.freeze(target, scope.flow), values[0], default))
            case _:
                return None
        scope.flow.heap[target.number] = making._replace(entries=tuple(entries[-MAX_ITEMS:]))
        return result
    match method:
        case "append" | "add" | "insert" if values:
            items = (*making.items, values[-1])
            scope.flow.heap[target.number] = making._replace(items=items[:MAX_ITEMS])
            return NONE
        case "extend" if values:
            more = values[0].items if isinstance(values[0], SeqOf) else (Element(values[0]),)
            opened = making.open or not isinstance(values[0], SeqOf) or values[0].open
            items = (*making.items, *more)[:MAX_ITEMS]
            scope.flow.heap[target.number] = making._replace(items=items, open=opened)
            return NONE
        case "pop" | "remove" | "clear" | "reverse" | "sort":
            scope.flow.heap[target.number] = making._replace(open=True)
    return None


def _await(walk: Walk, scope: Scope, node: cst.Await) -> Held:
    held = evaluate(walk, scope, node.expression)
    mark_awaited(walk, node.expression)
    return held


def mark_awaited(walk: Walk, node: cst.BaseExpression) -> None:
    """Note on the call itself that it is awaited."""
    if isinstance(node, cst.Call):
        index = walk.call_index.get(id(node))
        site = walk.calls[index] if index is not None else None
        if index is not None and site is not None:
            walk.calls[index] = site._replace(awaited=True)


def _subscript(walk: Walk, scope: Scope, node: cst.Subscript) -> Held:
    base = value_of(walk, scope, node.value)
    found: list[Value] = []
    for element in node.slice:
        if isinstance(element.slice, cst.Index):
            found.append(value_of(walk, scope, element.slice.value))
        elif isinstance(element.slice, cst.Slice):
            for part in (element.slice.lower, element.slice.upper, element.slice.step):
                if part is not None:
                    evaluate(walk, scope, part)
            return Op("slice", (base,))
    index = found[0] if len(found) == 1 else SeqOf("tuple", tuple(found), False)
    known = item_at(base, index.value) if isinstance(base, SeqOf) and isinstance(index, Const) else None
    return known if known is not None else Item(base, index)


def item_at(sequence: SeqOf, index: object) -> Value | None:
    """The item of a list or tuple that is known whole; None when it is not known or there is none."""
    if sequence.open or not isinstance(index, int) or not -len(sequence.items) <= index < len(sequence.items):
        return None
    return sequence.items[index]


def _binary(walk: Walk, scope: Scope, node: cst.BinaryOperation) -> Held:
    left = value_of(walk, scope, node.left)
    right = value_of(walk, scope, node.right)
    symbol = _symbol(node.operator)
    if isinstance(left, Const) and isinstance(right, Const):
        folded = _fold(symbol, left.value, right.value)
        if folded is not None:
            return folded
    if symbol == "|" and (isinstance(left, DictOf) or isinstance(right, DictOf)):
        span = None
        entries = (Entry("splat", None, left, span, False), Entry("splat", None, right, span, False))
        return walk.new_ref(scope.flow, Making("dict", entries, (), (), False))
    if symbol == "+" and isinstance(left, SeqOf) and isinstance(right, SeqOf):
        joined = (*left.items, *right.items)[:MAX_ITEMS]
        return walk.new_ref(scope.flow, Making(left.kind, (), (), joined, left.open or right.open))
    return walk.bounded(Op(symbol, (left, right)))


def _fold(symbol: str, left: object, right: object) -> Value | None:
    compute = ARITHMETIC.get(symbol)
    if compute is None or left is None or right is None:
        return None
    if isinstance(left, str) != isinstance(right, str) or (isinstance(left, str) and symbol != "+"):
        return None
    if symbol == "**" and not (isinstance(right, int) and abs(right) < 64):
        return None
    try:
        result = compute(left, right)
    except (ArithmeticError, TypeError, ValueError):
        return None
    if isinstance(result, str):
        return Const(result[:MAX_TEXT])
    return Const(result) if isinstance(result, int | float) else None


def _symbol(node: cst.CSTNode) -> str:
    value = getattr(node, "_get_token", None)
    return str(value()) if value is not None else type(node).__name__


def _unary(walk: Walk, scope: Scope, node: cst.UnaryOperation) -> Held:
    value = value_of(walk, scope, node.expression)
    if isinstance(node.operator, cst.Minus) and isinstance(value, Const) and isinstance(value.value, int | float):
        return Const(-value.value)
    return Op("not" if isinstance(node.operator, cst.Not) else _symbol(node.operator), (value,))


def _boolean(walk: Walk, scope: Scope, node: cst.BooleanOperation) -> Held:
    left = value_of(walk, scope, node.left)
    right = value_of(walk, scope, node.right)
    if isinstance(node.operator, cst.Or):
        if isinstance(left, Const):
            return left if left.value else right
        return one_of((without_none(left), right))
    return Op("and", (left, right))


def _comparison(walk: Walk, scope: Scope, node: cst.Comparison) -> Held:
    operands = [value_of(walk, scope, node.left)]
    symbol = ""
    for target in node.comparisons:
        symbol = type(target.operator).__name__
        operands.append(value_of(walk, scope, target.comparator))
    return walk.bounded(Op(f"compare:{symbol}", tuple(operands)))


def _conditional(walk: Walk, scope: Scope, node: cst.IfExp) -> Held:
    _note_test(walk, scope, node, node.test)
    before = scope.flow
    scope.flow = before.fork()
    narrow(walk, scope, node.test, True)
    taken = value_of(walk, scope, node.body)
    scope.flow = before.fork()
    narrow(walk, scope, node.test, False)
    otherwise = value_of(walk, scope, node.orelse)
    scope.flow = before
    return one_of((taken, otherwise))


def _note_test(walk: Walk, scope: Scope, node: cst.CSTNode, test: cst.BaseExpression) -> None:
    """Keep the condition of an expression like that of an `if`, so that it is known what is tested."""
    value = value_of(walk, scope, test)
    walk.block(
        node, "if", Block("if", scope.block, scope.function, value, (), "fall", walk.positions.point(node), False)
    )


def narrow(walk: Walk, scope: Scope, test: cst.BaseExpression, holds: bool) -> None:
    """Refine the variables by what a condition says of None, on the path where it holds (or does not)."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        narrow(walk, scope, test.expression, not holds)
        return
    if isinstance(test, cst.BooleanOperation):
        if isinstance(test.operator, cst.And) == holds:
            narrow(walk, scope, test.left, holds)
            narrow(walk, scope, test.right, holds)
        return
    if isinstance(test, cst.NamedExpr):
        test = test.target
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.comparator, cst.Name) and target.comparator.value == "None":
            if isinstance(target.operator, cst.Is | cst.Equal):
                _narrow_path(walk, scope, test.left, is_none=holds)
            elif isinstance(target.operator, cst.IsNot | cst.NotEqual):
                _narrow_path(walk, scope, test.left, is_none=not holds)
        return
    if isinstance(test, cst.Name | cst.Attribute):
        _narrow_path(walk, scope, test, is_none=not holds)


def _narrow_path(walk: Walk, scope: Scope, node: cst.BaseExpression, *, is_none: bool) -> None:
    if isinstance(node, cst.NamedExpr):
        node = node.target
    path = dotted(node)
    if not path:
        return
    held = scope.flow.names.get(path)
    if held is None:
        held = evaluate(walk, scope, node)
    if isinstance(held, Ref):
        return
    if not is_none:
        scope.flow.names[path] = without_none(held)
    elif not isinstance(held, Const):
        scope.flow.names[path] = NONE


def _lambda(walk: Walk, scope: Scope, node: cst.Lambda) -> Held:
    from prodlint.extract.definitions import define_lambda  # the two modules need each other

    return FunctionRef(define_lambda(walk, scope, node))


def _named(walk: Walk, scope: Scope, node: cst.NamedExpr) -> Held:
    held = evaluate(walk, scope, node.value)
    if isinstance(node.target, cst.Name):
        keys.note(walk, scope, node.target.value, "assignment", node.value)
        scope.flow.names[node.target.value] = held
    return held


def _comprehension(walk: Walk, scope: Scope, node: cst.BaseComp) -> Held:
    copied = _filtered_copy(walk, scope, node) if isinstance(node, cst.DictComp) else None
    if copied is not None:
        return copied
    before_names = dict(scope.flow.names)
    before_block, before_deferred = scope.block, scope.deferred
    comp: cst.CompFor | None = node.for_in
    while comp is not None:
        iterated = value_of(walk, scope, comp.iter)
        if comp.asynchronous is not None:
            mark_awaited(walk, comp.iter)
        bind_target(walk, scope, comp.target, Element(iterated))
        if not isinstance(node, cst.GeneratorExp):
            span = walk.positions.point(comp)
            is_async = comp.asynchronous is not None
            block = Block("comprehension", scope.block, scope.function, iterated, (), "fall", span, is_async)
            scope.block = walk.block(comp, "comprehension", block)
        else:
            scope.deferred = True
        for condition in comp.ifs:
            _note_test(walk, scope, condition, condition.test)
        comp = comp.inner_for_in
    if isinstance(node, cst.DictComp):
        key = value_of(walk, scope, node.key)
        made = value_of(walk, scope, node.value)
        result: Value = DictOf((Entry("set", key, made, None, True), _UNKNOWN_REST), ())
    else:
        assert isinstance(node, cst.BaseSimpleComp)
        kind = "set" if isinstance(node, cst.SetComp) else "list"
        result = SeqOf(kind, (value_of(walk, scope, node.elt),), True)
    scope.flow.names = before_names
    scope.block, scope.deferred = before_block, before_deferred
    return walk.bounded(result)


def _filtered_copy(walk: Walk, scope: Scope, node: cst.DictComp) -> Held | None:
    """`{k: v for k, v in d.items() if v is not None}`: the dict `d` without its None values."""
    match node:
        case cst.DictComp(
            key=cst.Name(value=key),
            value=cst.Name(value=value),
            for_in=cst.CompFor(
                target=cst.Tuple(
                    elements=[cst.Element(value=cst.Name(value=first)), cst.Element(value=cst.Name(value=second))]
                ),
                iter=cst.Call(func=cst.Attribute(value=base, attr=cst.Name(value="items")), args=[]),
                ifs=conditions,
                inner_for_in=None,
            ),
        ) if (key, value) == (first, second):
            held = value_of(walk, scope, base)
            how, maybe = "splat", False
            for condition in conditions:
                match condition.test:
                    case cst.Name(value=name) if name == value:
                        how = "some"
                    case cst.Comparison(
                        left=cst.Name(value=name),
                        comparisons=[cst.ComparisonTarget(operator=cst.IsNot(), comparator=cst.Name(value="None"))],
                    ) if name == value:
                        how = "some"
                    case _:
                        maybe = True
            entry = Entry(how, None, held, None, maybe)
            return walk.new_ref(scope.flow, Making("dict", (entry,), (), (), False))
    return None


_UNKNOWN_REST = Entry("splat", None, Opaque("a comprehension"), None, False)


def bind_target(walk: Walk, scope: Scope, target: cst.BaseExpression, held: Held) -> None:
    """Assign to a name or a tuple of names, as loops, comprehensions and `with` do."""
    if isinstance(target, cst.Name):
        scope.flow.names[target.value] = held
    elif isinstance(target, cst.Tuple | cst.List):
        frozen = walk.freeze(held, scope.flow)
        for position, element in enumerate(target.elements):
            bind_target(walk, scope, element.value, item_of(frozen, position))
    elif isinstance(target, cst.StarredElement):
        bind_target(walk, scope, target.value, Opaque("the rest of an unpacking"))


def item_of(value: Value, position: int) -> Value:
    """Element `position` of an unpacked value."""
    if isinstance(value, SeqOf) and not value.open and position < len(value.items):
        return value.items[position]
    return Item(value, Const(position))


def _yield(walk: Walk, scope: Scope, node: cst.Yield) -> Held:
    scope.is_generator = True
    if node.value is None:
        return Opaque("what is sent to the generator")
    if isinstance(node.value, cst.From):
        value: Value = Element(value_of(walk, scope, node.value.item))
    else:
        value = value_of(walk, scope, node.value)
    scope.yields[id(node)] = value
    return Opaque("what is sent to the generator")


def _starred(walk: Walk, scope: Scope, node: cst.StarredElement) -> Held:
    return Element(value_of(walk, scope, node.value))


_HANDLERS: dict[type[cst.CSTNode], Callable[[Walk, Scope, Any], Held]] = {
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _string,
    cst.FormattedString: _formatted,
    cst.List: _display,
    cst.Tuple: _display,
    cst.Set: _display,
    cst.Dict: _dict,
    cst.Call: _call,
    cst.Await: _await,
    cst.Subscript: _subscript,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.Lambda: _lambda,
    cst.NamedExpr: _named,
    cst.ListComp: _comprehension,
    cst.SetComp: _comprehension,
    cst.GeneratorExp: _comprehension,
    cst.DictComp: _comprehension,
    cst.Yield: _yield,
    cst.StarredElement: _starred,
}

__all__ = ["Imported", "Some", "bind_target", "dotted", "evaluate", "item_of", "narrow", "read_name", "value_of"]
