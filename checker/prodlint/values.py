"""`dataclass`, `field`, `replace` and `NamedTuple` as the standard library has them, but cheap to define.

A process that starts for one file defines nearly two hundred kinds of values, uses some of them, and ends. The
standard decorator compiles all methods of each: 0.7 to 1.1 ms with `frozen=True, slots=True`. Here a method is compiled
when it is first called. Until then a class costs about 0.05 ms; afterwards its values are made and compared no slower.
A named tuple costs 0.1 ms instead of 0.2, as its annotations are not looked into.

Type checkers see the standard names. Slots are always on, and what no value here needs is left out: `InitVar`, fields
of base classes, `super()` without arguments. `dataclasses.fields` and `is_dataclass` accept these classes, too.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

__all__ = ["NamedTuple", "dataclass", "field", "replace"]

T = TypeVar("T")

_MISSING = object()

_ORDER = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


class _Field:
    """What is to be known of a field besides its name and annotation; called as `field(...)`."""

    __slots__ = ("compare", "default", "default_factory", "init", "repr")

    def __init__(
        self,
        *,
        default: object = _MISSING,
        default_factory: object = _MISSING,
        init: bool = True,
        repr: bool = True,
        compare: bool = True,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare


class _StandardFields:
    """`__dataclass_fields__`, by which the standard library knows its dataclasses; made when it is asked for."""

    __slots__ = ("_fields", "_kw_only")

    def __init__(self, fields: Mapping[str, _Field], kw_only: bool) -> None:
        self._fields = fields
        self._kw_only = kw_only

    def __get__(self, instance: object, owner: type[Any]) -> Mapping[str, object]:
        import dataclasses

        body: dict[str, object] = {"__annotations__": owner.__annotations__, "__module__": owner.__module__}
        for name, item in self._fields.items():
            given = {key: getattr(item, key) for key in _Field.__slots__ if getattr(item, key) is not _MISSING}
            body[name] = dataclasses.field(**given)
        twin: type[Any] = dataclasses.dataclass(kw_only=self._kw_only)(type(owner.__name__, (), body))
        found = {item.name: item for item in dataclasses.fields(twin)}
        owner.__dataclass_fields__ = found
        return found


def _dataclass(
    *, slots: bool, frozen: bool = False, kw_only: bool = False, eq: bool = True, order: bool = False
) -> Callable[[type[T]], type[T]]:
    """The decorator; as ever with slots, it gives a new class and leaves the one it is put on alone."""
    if not slots:
        raise TypeError("a class without slots needs the decorator of the standard library")

    def decorate(cls: type[T]) -> type[T]:
        fields = _fields(cls)
        made: Any = type(cls.__name__, cls.__bases__, _body(cls, fields, frozen, kw_only))
        _write_when_called(made, "__init__", partial(_init, made, fields, frozen, kw_only))
        compared = [name for name, item in fields.items() if item.compare]
        if eq and "__eq__" not in vars(cls):
            _write_when_called(made, "__eq__", partial(_comparison, "__eq__", "==", compared))
            if frozen:
                _write_when_called(made, "__hash__", partial(_hash, compared))
            else:
                made.__hash__ = None  # as Python does where a class body has only `__eq__`
        if order:
            for name, sign in _ORDER.items():
                _write_when_called(made, name, partial(_comparison, name, sign, compared))
        return cast("type[T]", made)

    return decorate


def _replace(value: T, /, **changes: object) -> T:
    """A copy with other values in some fields."""
    kept = {name: getattr(value, name) for name in _slots(value) if name not in changes}
    return type(value)(**kept, **changes)


class _NamedTuple(type):
    """Makes of a class body what `typing.NamedTuple` makes of it, with the annotations as they are written."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        annotations = body.get("__annotations__", {})
        defaults = [body.pop(field) for field in annotations if field in body]
        made = namedtuple(name, annotations, defaults=defaults, module=body["__module__"])  # type: ignore[misc]
        for key, item in body.items():
            setattr(made, key, item)
        return made


def _fields(cls: type) -> dict[str, _Field]:
    fields: dict[str, _Field] = {}
    for name in cls.__annotations__:
        default = vars(cls).get(name, _MISSING)
        if default.__class__.__hash__ is None:
            raise ValueError(f"the default of {cls.__name__}.{name} could be changed: use default_factory")
        fields[name] = default if isinstance(default, _Field) else _Field(default=default)
    return fields


def _body(cls: type, fields: Mapping[str, _Field], frozen: bool, kw_only: bool) -> dict[str, object]:
    """The class body once more, with slots instead of the defaults."""
    left_out = {*fields, "__dict__", "__weakref__"}
    body = {name: item for name, item in vars(cls).items() if name not in left_out}
    body["__slots__"] = tuple(fields)
    body["__match_args__"] = () if kw_only else tuple(name for name, item in fields.items() if item.init)
    body["__qualname__"] = cls.__qualname__
    body["__dataclass_fields__"] = _StandardFields(fields, kw_only)
    body["__getstate__"] = _getstate
    body["__setstate__"] = _setstate
    if "__repr__" not in body:
        body["__repr__"] = _repr_of([name for name, item in fields.items() if item.repr])
    if frozen:
        body["__setattr__"] = body["__delattr__"] = _refuse
    return body


def _write_when_called(cls: type, name: str, source: Callable[[], tuple[str, dict[str, object]]]) -> None:
    """Give `cls` a method that puts the one made of `source` (text, globals) into its own place, and calls it."""

    def method(self: object, *arguments: object, **keywords: object) -> object:
        text, names = source()
        exec(text, names)  # the names of fields, which are Python's own, are all that it depends on
        written: Any = names[name]
        written.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, written)
        return written(self, *arguments, **keywords)

    setattr(cls, name, method)


def _init(cls: type, fields: Mapping[str, _Field], frozen: bool, kw_only: bool) -> tuple[str, dict[str, object]]:
    names: dict[str, object] = {"_missing": _MISSING}
    parameters: list[str] = []
    lines: list[str] = []
    for name, item in fields.items():
        value, otherwise = name, ""
        if item.default_factory is not _MISSING:
            names[f"_of_{name}"], otherwise = item.default_factory, f"_of_{name}()"
        elif item.default is not _MISSING:
            names[f"_of_{name}"], otherwise = item.default, f"_of_{name}"
        if not item.init:
            value = otherwise  # without one, `__post_init__` gives the value
        elif otherwise.endswith("()"):
            value = f"{otherwise} if {name} is _missing else {name}"
            parameters.append(f"{name}=_missing")
        else:
            parameters.append(f"{name}={otherwise}" if otherwise else name)
        if value:
            # A frozen class refuses assignment; the slot itself does not, and is faster than `object.__setattr__`.
            names[f"_set_{name}"] = vars(cls)[name].__set__
            lines.append(f" _set_{name}(self, {value})" if frozen else f" self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    head = ["self", *(["*"] if kw_only and parameters else []), *parameters]
    return "\n".join([f"def __init__({', '.join(head)}):", *(lines or [" pass"])]), names


def _comparison(name: str, sign: str, compared: Iterable[str]) -> tuple[str, dict[str, object]]:
    left, right = _tuple("self", compared), _tuple("other", compared)
    return (
        f"def {name}(self, other):\n"
        " if other.__class__ is not self.__class__: return NotImplemented\n"
        f" return {left} {sign} {right}",
        {},
    )


def _hash(compared: Iterable[str]) -> tuple[str, dict[str, object]]:
    return f"def __hash__(self): return hash({_tuple('self', compared)})", {}


def _tuple(owner: str, names: Iterable[str]) -> str:
    return f"({''.join(f'{owner}.{name}, ' for name in names)})"


def _repr_of(names: Iterable[str]) -> Callable[[object], str]:
    def method(self: object) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return method


def _slots(value: object) -> tuple[str, ...]:
    names: tuple[str, ...] = type(value).__slots__  # type: ignore[attr-defined]
    return names


def _getstate(self: object) -> list[object]:
    return [getattr(self, name) for name in _slots(self)]


def _setstate(self: object, state: list[object]) -> None:
    for name, value in zip(_slots(self), state, strict=True):
        object.__setattr__(self, name, value)


def _refuse(self: object, name: str, *_value: object) -> None:
    from dataclasses import FrozenInstanceError  # an AttributeError

    raise FrozenInstanceError(f"{name} of {type(self).__qualname__} cannot be changed")


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
    from typing import NamedTuple
else:
    dataclass, field, replace = _dataclass, _Field, _replace
    NamedTuple = type.__new__(_NamedTuple, "NamedTuple", (), {})
