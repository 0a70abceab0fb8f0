"""Arguments to parameters: which value of a call goes where."""

from __future__ import annotations

from prodlint.facts import Argument, CallSite, Const, DictOf, Entry, Op, Opaque, SeqOf, Value
from prodlint.facts import Parameter as ParameterFacts
from prodlint.link.terms import Bound, Frame

DEFAULT = Frame(module=None, function=-1)  # type: ignore[arg-type]  # a mark: the parameter's default applies


def place(arguments: tuple[Argument, ...], places: tuple[str, ...]) -> Value | None:
    """The argument at the first of these places that is given: `@0` or a keyword."""
    first_star = next((at for at, argument in enumerate(arguments) if argument.stars == 1), len(arguments))
    before = arguments[:first_star]
    positional = [argument.value for argument in before if argument.keyword is None and not argument.stars]
    for where in places:
        if where.startswith("@"):
            index = int(where[1:])
            if index < len(positional):
                return positional[index]
        else:
            for argument in arguments:
                if argument.keyword == where:
                    return argument.value
    return None


def bind(parameters: tuple[ParameterFacts, ...], call: CallSite, frame: Frame, *, skip: bool) -> dict[str, Bound]:
    """The arguments of a call by parameter name.

    A parameter that the call leaves out is bound to its default in the frame `DEFAULT`; one that may be filled from
    a splat is left out, unless the splat is a visible dict, which the caller of this function cannot know: it is
    bound to the item of the dict.
    """
    declared = list(parameters[1:] if skip else parameters)
    positional = [argument for argument in call.arguments if argument.keyword is None and argument.stars == 0]
    has_star = any(argument.stars == 1 for argument in call.arguments)
    splats = [argument for argument in call.arguments if argument.stars == 2]
    keywords = {argument.keyword: argument for argument in call.arguments if argument.keyword is not None}
    bound: dict[str, Bound] = {}
    names = {item.name for item in declared if item.kind in ("positional", "keyword")}
    position = 0
    for item in declared:
        if item.kind == "*":
            rest = tuple(argument.value for argument in positional[position:])
            bound[item.name] = Bound(SeqOf("tuple", rest, has_star), frame)
            position = len(positional)
        elif item.kind == "**":
            entries = [
                Entry("set", Const(name), argument.value, argument.span, False)
                for name, argument in keywords.items()
                if name not in names
            ]
            entries = [Entry("splat", None, argument.value, argument.span, False) for argument in splats] + entries
            bound[item.name] = Bound(DictOf(tuple(entries), ()), frame)
        elif item.kind == "positional" and position < len(positional):
            bound[item.name] = Bound(positional[position].value, frame)
            position += 1
        elif item.name in keywords:
            bound[item.name] = Bound(keywords[item.name].value, frame)
        elif has_star or splats:
            if splats and not has_star:
                default = item.default if item.default is not None else Opaque("a required argument is missing")
                bound[item.name] = Bound(Op("get", (splats[-1].value, Const(item.name), default)), frame)
        elif item.default is not None:
            bound[item.name] = Bound(item.default, DEFAULT)
        else:
            bound[item.name] = Bound(Opaque("a required argument is missing"), frame)
    return bound


def fixed_arguments(call: CallSite) -> tuple[Argument, ...]:
    """The arguments that `partial(f, ...)` fixes: all but `f`."""
    first = next((item for item in call.arguments if item.keyword is None), None)
    return tuple(item for item in call.arguments if item is not first)


def is_empty(value: Value) -> bool:
    """What `*args` and `**kwargs` get from a call that gives them nothing."""
    return (isinstance(value, DictOf) and not value.entries) or (isinstance(value, SeqOf) and not value.items)
