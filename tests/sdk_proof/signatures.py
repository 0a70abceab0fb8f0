"""What can be read off a real package: names, attribute paths, keywords, kinds of functions.

Every function here raises `Unprovable` when the package does not show what is asked: it contradicts, or is silent.
"""

from __future__ import annotations

import ast
import collections.abc
import contextlib
import dataclasses
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CONTAINERS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


class Unprovable(Exception):
    """The package does not show this fact; the message says what was seen instead."""


class Open(Unprovable):
    """A keyword goes into the **kwargs of a function: neither proved nor refuted."""


def named(name: str) -> Any:
    """The object with a full name; `X()` in it stands for an instance of X, whose class answers for it.

    On the way a module counts before an attribute of its name, at the end the attribute: packages have both.
    """
    parts = [part.removesuffix("()") for part in name.split(".")]
    found: Any = _module(parts[0])
    for index, part in enumerate(parts[1:], start=1):
        here = found
        if isinstance(here, types.ModuleType) and (index < len(parts) - 1 or not hasattr(here, part)):
            with contextlib.suppress(Unprovable):
                found = _module(".".join(parts[: index + 1]))
        if found is here:
            found = walk(here, part)
        if name.split(".")[index].endswith("()") and not isinstance(found, type):
            found = found()
    return found


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise Unprovable(f"no {name}: {error}") from error
    except Exception as error:
        raise Unprovable(f"{name} cannot be imported: {error!r:.200}") from error


def walk(start: Any, path: str) -> Any:
    """The object at an attribute path. On a class, an annotated property stands for what it returns."""
    found = start
    for part in filter(None, path.split(".")):
        if part == "__call__" and not isinstance(found, type):
            continue
        try:
            found = getattr(found, part)
        except Exception as error:
            raise Unprovable(f"{path}: no attribute {part} on {found!r:.80} ({error!r:.120})") from error
        found = _returned(found)
    return found


def _returned(found: Any) -> Any:
    """What a property of a class holds, by its annotation."""
    getter = getattr(found, "fget", None) if isinstance(found, property) else getattr(found, "func", None)
    if getter is None or not (isinstance(found, property) or "cached_property" in type(found).__name__):
        return found
    return returned_class(getter)


def returned_class(function: Any) -> Any:
    """The class that a function's annotation says it returns."""
    classes = list(_classes(annotations(function).get("return")))
    if not classes:
        raise Unprovable(f"{function!r} has no annotation")
    return classes[0]


def annotations(function: Any) -> Mapping[str, Any]:
    """The annotations of a function or class, evaluated one by one; those that cannot be are left out."""
    owner = function.__init__ if isinstance(function, type) else inspect.unwrap(function)
    owner = getattr(owner, "__func__", owner)
    scope = getattr(owner, "__globals__", None) or vars(sys.modules.get(getattr(owner, "__module__", ""), types))
    found = dict(getattr(owner, "__annotations__", {}))
    for name, value in list(found.items()):
        if isinstance(value, str):
            try:
                found[name] = eval(value, dict(scope))
            except Exception:
                del found[name]
    return found


def _classes(annotation: Any) -> Iterator[Any]:
    """The classes (and parametrised containers) that an annotation names, `Optional` and the like taken apart."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated, typing.Required):
        for argument in typing.get_args(annotation):
            yield from _classes(argument)
    elif typing.get_origin(annotation) is typing.NotRequired:
        yield from _classes(typing.get_args(annotation)[0])
    elif isinstance(annotation, typing.ForwardRef) or annotation is None or annotation is type(None):
        return
    elif isinstance(annotation, (type, typing._GenericAlias, types.GenericAlias)):  # type: ignore[attr-defined]
        yield annotation
    elif hasattr(annotation, "__value__"):  # a `type` statement
        yield from _classes(annotation.__value__)


def signature(function: Any) -> inspect.Signature:
    """The signature of a function, method or class."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise Unprovable(f"no signature: {error}") from error


def accepts(function: Any, path: Sequence[str], objects: Mapping[str, Any]) -> None:
    """`function` has the keyword `path[0]`, and the object it takes the rest.

    `objects` gives the classes of keywords by name, where annotations do not tell.
    """
    head, rest = path[0], path[1:]
    fields = model_fields(function) if isinstance(function, type) else None
    if fields is not None and head in fields:
        return _inside(fields[head], head, rest, objects)
    parameters = signature(function).parameters
    if head.startswith("@"):
        taken = [p for p in parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        spread = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
        if not spread and len(taken) <= int(head[1:]):
            raise Unprovable(f"takes {len(taken)} positional arguments")
        return None
    kinds = {p.kind: p for p in parameters.values()}
    known = annotations(function)
    if head in parameters and parameters[head].kind not in (inspect.Parameter.VAR_KEYWORD,):
        return _inside(known.get(head), head, rest, objects)
    spread_keywords = kinds.get(inspect.Parameter.VAR_KEYWORD)
    if spread_keywords is None:
        raise Unprovable(f"no keyword {head}: it takes {', '.join(parameters)[:300]}")
    if (shape := _service_shape(function)) is not None:
        return _inside_shape(shape, path)
    packed = known.get(spread_keywords.name)
    for typed in typing.get_args(packed) or ():
        if head in (model_fields(typed) or {}):
            return _inside(model_fields(typed)[head], head, rest, objects)  # type: ignore[index]
    raise Open(f"{head} goes into **{spread_keywords.name}")


def _service_shape(function: Any) -> Any:
    """The input shape of a method that botocore makes from its service description; None: another function."""
    model = getattr(getattr(getattr(function, "__self__", None), "meta", None), "service_model", None)
    if model is None:
        return None
    operation = function.__self__.meta.method_to_api_mapping[function.__name__]
    return model.operation_model(operation).input_shape


def _inside_shape(shape: Any, path: Sequence[str]) -> None:
    for part in path:
        members = getattr(shape, "members", {})
        if part not in members:
            raise Unprovable(f"no member {part} in {shape.name}: {', '.join(members)}")
        shape = members[part]


def _inside(annotation: Any, head: str, rest: Sequence[str], objects: Mapping[str, Any]) -> None:
    if not rest:
        return
    candidates = [objects[head]] if head in objects else list(_classes(annotation))
    reasons = []
    for candidate in candidates:
        origin = typing.get_origin(candidate) or candidate
        if not isinstance(origin, type) or origin in (str, int, float, bool, object):
            continue
        if origin in CONTAINERS:
            reasons.append(f"{head} is any mapping")
            continue
        try:
            return _holds(origin, rest, objects)
        except Unprovable as error:
            reasons.append(str(error))
    raise Unprovable("; ".join(reasons) or f"{head} has no telling annotation")


def _holds(kind: type, path: Sequence[str], objects: Mapping[str, Any]) -> None:
    """Objects of a class are made with the keyword, or have the attribute, at `path`."""
    fields = model_fields(kind)
    if fields is not None:
        if path[0] not in fields:
            raise Unprovable(f"no field {path[0]} in {kind.__name__}")
        return _inside(fields[path[0]], path[0], path[1:], objects)
    try:
        return accepts(kind, path, objects)
    except Unprovable:
        if len(path) == 1 and path[0] in vars(kind):
            return None
        raise


def model_fields(kind: Any) -> Mapping[str, Any] | None:
    """Annotations of the fields of a pydantic model (aliases too), typed dict or dataclass; None: another class."""
    fields = getattr(kind, "model_fields", None) or getattr(kind, "__pydantic_fields__", None)
    if isinstance(fields, dict) and isinstance(kind, type):
        by_name = getattr(kind, "model_config", {})
        names = {name: field.annotation for name, field in fields.items()}
        found = {}
        for name, field in fields.items():
            for alias in (field.alias, field.validation_alias):
                for choice in getattr(alias, "choices", [alias]):
                    if isinstance(choice, str):
                        found[choice] = names[name]
            if field.alias is None or by_name.get("populate_by_name") or by_name.get("validate_by_name"):
                found[name] = names[name]
        return found
    if hasattr(kind, "__required_keys__"):  # a typed dict; `typing` does not know those of `typing_extensions`
        return {name: _evaluated(value, kind) for name, value in kind.__annotations__.items()}
    if dataclasses.is_dataclass(kind):
        return {field.name: _evaluated(field.type, kind) for field in dataclasses.fields(kind) if field.init}
    return None


def _evaluated(value: Any, owner: Any) -> Any:
    text = value.__forward_arg__ if isinstance(value, typing.ForwardRef) else value
    if not isinstance(text, str):
        return value
    try:
        return eval(text, dict(vars(sys.modules[owner.__module__])))
    except Exception:
        return None


def is_awaited(function: Any) -> bool:
    """True when the result of a call is awaited, iterated with `async for`, or entered with `async with`."""
    plain = inspect.unwrap(function)
    plain = getattr(plain, "__func__", plain)
    if inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain):
        return True
    returned = str(getattr(plain, "__annotations__", {}).get("return", ""))
    # Of several results each must be: otherwise the function may be called by an asynchronous one.
    return all(
        any(word in result for word in ("Async", "Awaitable", "Coroutine")) for result in _alternatives(returned)
    )


def _alternatives(annotation: str) -> list[str]:
    """The members of a union, as text; the annotation itself where it is none."""
    try:
        pending: list[ast.expr] = [ast.parse(annotation, mode="eval").body]
    except SyntaxError:  # the representation of a class or of another object
        return [annotation]
    members = []
    while pending:
        match pending.pop():
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                pending += [left, right]
            case ast.Subscript(value=value, slice=ast.Tuple(elts=several)) if ast.unparse(value).endswith("Union"):
                pending += several
            case member:
                members.append(ast.unparse(member))
    return members
