"""Functions, lambdas and classes: their headers at once, their bodies when the scope around them is complete."""

from __future__ import annotations

import ast
from collections.abc import Callable

from prodlint.extract import keys, syntax
from prodlint.extract.closures import note_changes
from prodlint.extract.dispatch import suite, value_of
from prodlint.extract.literals import text_of
from prodlint.extract.names import bind
from prodlint.extract.state import Deferred, Flow, Making, Ref, Scope, Walk, one_of, same
from prodlint.facts import (
    NONE,
    Attr,
    ClassFacts,
    ClassRef,
    Entry,
    FunctionFacts,
    FunctionRef,
    Global,
    Item,
    Op,
    Param,
    Parameter,
    SeqOf,
    Value,
)
from prodlint.secrets import judge
from prodlint.values import dataclass, replace


@dataclass(slots=True)
class Pending:
    """A function body that waits for the scope around it to be complete."""

    index: int
    body: Callable[[Scope], None]
    definer: Scope
    known: dict[str, Value]
    """What the names of the scope around it held at the definition."""
    bound: int
    """How many names had been bound there then (`Scope.assigned`)."""


def define_function(walk: Walk, scope: Scope, node: syntax.FunctionDef) -> None:
    """Record a function and bind its name; the body is walked later."""
    decorators = tuple(value_of(walk, scope, decorator) for decorator in node.decorators)
    name = node.name
    index = _reserve(walk, node)
    annotation = annotation_of(walk, scope, node.returns)
    walk.functions[index] = FunctionFacts(
        name=name,
        qualname=f"{scope.qualifier}{name}",
        span=walk.positions.header(node),
        owner=scope.class_index,
        parent=scope.function,
        parameters=parameters_of(walk, scope, node.params),
        decorators=decorators,
        annotation=annotation,
        is_async=node.is_async,
        is_generator=False,
        is_lambda=False,
        returns=(),
        yields=(),
        mutates=frozenset(),
    )
    walk.tests = walk.tests or name.startswith("test_")
    bind(walk, scope, name, FunctionRef(index))
    is_nested = not scope.is_module and scope.class_index < 0
    if is_nested:
        note_changes(walk, scope, node, walk.functions[index])
    if not any(pending.index == index for pending in _queue(walk)):
        known = visible(walk, scope) if is_nested else {}
        body = Pending(index, lambda inner: suite(walk, inner, node.body), scope, known, len(scope.assigned))
        walk.pending.append(body)


def define_lambda(walk: Walk, scope: Scope, node: syntax.Lambda) -> int:
    """Record a lambda and walk its body at once: it sees the variables as they are here."""
    index = _reserve(walk, node)
    facts = FunctionFacts(
        name="<lambda>",
        qualname=f"{scope.qualifier}<lambda>",
        span=walk.positions.span(node),
        owner=-1,
        parent=scope.function,
        parameters=parameters_of(walk, scope, node.params),
        decorators=(),
        annotation=None,
        is_async=False,
        is_generator=False,
        is_lambda=True,
        returns=(),
        yields=(),
        mutates=frozenset(),
    )
    walk.functions[index] = facts
    outer, block = scope.outer, scope.block

    def body(flow: Flow) -> None:
        for parameter in facts.parameters:
            flow.names[parameter.name] = Param(index, parameter.name)
        inner = Scope(
            function=index,
            flow=flow,
            outer=outer,
            module_names=set(),
            is_module=scope.is_module,
            qualifier=scope.qualifier,
            block=block,
            deferred=True,
            parameter_names=frozenset(parameter.name for parameter in facts.parameters),
        )
        returned = value_of(walk, inner, node.body)
        walk.functions[index] = replace(facts, returns=(returned,), mutates=frozenset(inner.mutates))

    scope.lambdas.append(Deferred(body, scope.flow.fork(), len(scope.assigned)))
    body(scope.flow.fork())
    return index


def define_class(walk: Walk, scope: Scope, node: syntax.ClassDef) -> None:
    """Record a class: its body is walked at once, its methods later."""
    index = walk.class_index.get(id(node))
    if index is None:
        index = len(walk.classes)
        walk.class_index[id(node)] = index
        walk.classes.append(None)
    for decorator in node.decorators:
        value_of(walk, scope, decorator)
    bases = tuple(value_of(walk, scope, base.value) for base in node.bases if not base.star)
    for keyword in node.keywords:
        value_of(walk, scope, keyword.value)
    name = node.name
    inner = Scope(
        function=scope.function,
        flow=Flow(),
        outer={**scope.outer, **({} if scope.is_module else visible(walk, scope))},
        module_names=set(),
        is_module=False,
        class_index=index,
        qualifier=f"{scope.qualifier}{name}.",
        block=scope.block,
    )
    walk.tests = walk.tests or name.startswith("Test")
    if scope.is_module:  # names of the module that are already bound hold what they hold now
        inner.outer = {**inner.outer}
    suite(walk, inner, node.body)
    methods: dict[str, int] = {}
    attributes: dict[str, Value] = {}
    for attribute, held in inner.flow.names.items():
        if isinstance(held, FunctionRef):
            methods[attribute] = held.number
        elif "." not in attribute:
            attributes[attribute] = walk.freeze(held, inner.flow)
    annotations: dict[str, Value] = {}
    for statement in node.body.body:
        if isinstance(statement, syntax.AnnAssign) and isinstance(statement.target, syntax.Name):
            found = annotation_of(walk, inner, statement.annotation)
            if found is not None:
                annotations[statement.target.value] = found
    walk.classes[index] = ClassFacts(
        name=name,
        qualname=f"{scope.qualifier}{name}",
        span=walk.positions.header(node),
        bases=bases,
        decorators=tuple(value_of(walk, scope, decorator) for decorator in node.decorators),
        methods=methods,
        attributes=attributes,
        annotations=annotations,
    )
    bind(walk, scope, name, ClassRef(index))


def complete(walk: Walk, scope: Scope) -> None:
    """Settle what could not be told before the end of a function or module."""
    for target, held in scope.held:
        walk.assignments[target] = walk.assignments[target]._replace(value=walk.freeze(held, scope.flow))
    for deferred in scope.lambdas:
        flow, is_changed = deferred.flow, False
        for name in set(scope.assigned[deferred.before :]) & scope.flow.names.keys():
            before, after = flow.names.get(name), scope.flow.names[name]
            if before is None and scope.is_module:
                continue  # a name of the module is read when the lambda runs
            if before is None or not same(before, after):
                options = [walk.freeze(after, scope.flow)]
                flow.names[name] = one_of([*options, *([] if before is None else [walk.freeze(before, flow)])])
                is_changed = True
        if is_changed:
            deferred.walk(flow)


def visible(walk: Walk, scope: Scope) -> dict[str, Value]:
    """The plain names of a function scope, frozen, for functions defined inside it."""
    return {name: walk.freeze(held, scope.flow) for name, held in scope.flow.names.items() if "." not in name}


def run_pending(walk: Walk) -> None:
    """Walk the bodies of the functions that the scope just finished has defined, and theirs in turn."""
    while walk.pending:
        batch = _queue(walk)
        walk.pending = []
        for pending in batch:
            _walk_body(walk, pending)


def read_function(walk: Walk, index: int, body: syntax.Suite) -> None:
    """Walk the body of a function of the module, or of a method of one of its classes, of which the header is known."""
    facts = walk.functions[index]
    assert facts is not None
    around = Scope(
        function=0, flow=Flow(), outer={}, module_names=set(), is_module=facts.owner < 0, class_index=facts.owner
    )
    _walk_body(walk, Pending(index, lambda inner: suite(walk, inner, body), around, {}, 0))


def _walk_body(walk: Walk, pending: Pending) -> None:
    facts = walk.functions[pending.index]
    assert facts is not None
    definer = pending.definer
    outer = dict(definer.outer)
    if not definer.is_module and definer.class_index < 0:
        outer.update(pending.known)
        bound_later = frozenset(definer.assigned[pending.bound :])
        for name, value in visible(walk, definer).items():
            # A dict or list is the same object at the end, with what was done to it since.
            if name in bound_later or name not in outer or isinstance(definer.flow.names[name], Ref):
                outer[name] = value
    flow = Flow()
    names = [parameter.name for parameter in facts.parameters]
    for name in names:
        flow.names[name] = Param(pending.index, name)
    for parameter in facts.parameters:
        if parameter.kind == "**":
            flow.names[parameter.name] = _keywords(walk, flow, pending.index, parameter)
    is_static = any(isinstance(value, Global) and value.name == "staticmethod" for value in facts.decorators)
    scope = Scope(
        function=pending.index,
        flow=flow,
        outer=outer,
        module_names=set(),
        is_module=False,
        self_name=names[0] if facts.owner >= 0 and names and not is_static else "",
        qualifier=f"{facts.qualname}.",
        parameter_names=frozenset(names),
    )
    outside, walk.pending = walk.pending, []
    pending.body(scope)
    complete(walk, scope)
    walk.functions[pending.index] = replace(
        facts,
        is_generator=scope.is_generator,
        returns=tuple(scope.returns.values()),
        yields=tuple(scope.yields.values()),
        mutates=frozenset(scope.mutates),
        removes=frozenset(scope.removes),
        raises=scope.flow.ended and not scope.returns,
    )
    run_pending(walk)
    walk.pending = outside


def _keywords(walk: Walk, flow: Flow, index: int, parameter: Parameter) -> Ref:
    """`**kwargs` is a dict in the making that starts with whatever the caller gave."""
    entries = (Entry("splat", None, Param(index, parameter.name), parameter.span, False),)
    return walk.new_ref(flow, Making("dict", entries, (), (), False))


def _queue(walk: Walk) -> list[Pending]:
    return [pending for pending in walk.pending if isinstance(pending, Pending)]


def _reserve(walk: Walk, node: syntax.Node) -> int:
    index = walk.function_index.get(id(node))
    if index is None:
        index = len(walk.functions)
        walk.function_index[id(node)] = index
        walk.functions.append(None)
    return index


def parameters_of(walk: Walk, scope: Scope, params: syntax.Parameters) -> tuple[Parameter, ...]:
    """The parameters with their defaults and annotations, in order."""
    found: list[Parameter] = []
    for param in (*params.posonly_params, *params.params):
        found.append(_parameter(walk, scope, param, "positional"))
    if params.star_arg is not None:
        found.append(_parameter(walk, scope, params.star_arg, "*"))
    found.extend(_parameter(walk, scope, param, "keyword") for param in params.kwonly_params)
    if params.star_kwarg is not None:
        found.append(_parameter(walk, scope, params.star_kwarg, "**"))
    return tuple(found)


def _parameter(walk: Walk, scope: Scope, param: syntax.Param, kind: str) -> Parameter:
    default: Value | None = None
    if param.default is not None:
        keys.note(walk, scope, param.name, "default", param.default)
        default = value_of(walk, scope, param.default)
    annotation = annotation_of(walk, scope, param.annotation)
    return Parameter(param.name, kind, default, annotation, walk.positions.span(param))


def annotation_of(walk: Walk, scope: Scope, node: syntax.Expression | None) -> Value | None:
    """An annotation as a value; a quoted one is read like an unquoted one."""
    if node is None:
        return None
    text = text_of(node)
    if text is not None:
        return _read_annotation(text)
    return value_of(walk, scope, node)


def _read_annotation(text: str) -> Value | None:
    """Names, dotted names, `X | Y` and `X[Y]` of a quoted annotation; None for anything else."""
    if len(text) > 200 or judge.looks_like_token(text):
        return None
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError):
        return None
    return _annotation_value(node)


def _annotation_value(node: ast.expr) -> Value | None:
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Name(id=name):
            return Global(name)
        case ast.Attribute(value=base, attr=name):
            inner = _annotation_value(base)
            return None if inner is None else Attr(inner, name)
        case ast.BinOp(left=left, right=right):
            sides = _annotation_value(left), _annotation_value(right)
            kept = tuple(side for side in sides if side is not None)
            return Op("|", kept)
        case ast.Subscript(value=base, slice=index):
            outer = _annotation_value(base)
            indexes = index.elts if isinstance(index, ast.Tuple) else [index]
            inside = tuple(value for value in map(_annotation_value, indexes) if value is not None)
            return (
                None if outer is None else Item(outer, inside[0] if len(inside) == 1 else SeqOf("tuple", inside, False))
            )
    return None
