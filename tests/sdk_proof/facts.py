"""The facts of a record, each with the check that proves it against the installed package.

A fact's name says what it claims: `openai.OpenAI(timeout)` that the class takes the keyword, `client: chat.create` that
objects of the surface `client` have the method, `client: chat.create(max_tokens)` that the method takes the keyword.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prodlint.sdks.schema import ClientClass, Derivation, Operation, Record, Spelling
from sdk_proof.build import KEY, Workshop, first_present, without_keys
from sdk_proof.plan import Plan, Wire
from sdk_proof.signatures import Unprovable, accepts, is_awaited, model_fields, named, signature, walk

Settings = Mapping[str, tuple[Spelling, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A claim of a record. `check` raises Unprovable when the package does not bear it out."""

    name: str
    check: Callable[[], None]
    may_be_open: bool = False
    """True for prompts and structured output: they may go into **kwargs, and marks for settings may cover them."""


def facts(workshop: Workshop) -> Iterator[Fact]:
    """Every fact of the workshop's record that a package shows without a request."""
    on_the_wire = sent(workshop.plan)
    seen: set[str] = set()
    for fact in _all(workshop):
        if fact.name not in on_the_wire and fact.name not in seen:
            seen.add(fact.name)
            yield fact


def sent(plan: Plan) -> set[str]:
    """Names of the keyword facts that requests of the plan prove."""
    found: set[str] = set()
    for wire in plan.wires:
        for name in wire.names:
            for label, settings in places(plan.record, wire, name):
                for setting in ("timeout", "retries", "max_tokens"):
                    for spelling in settings.get(setting, ()):
                        if ".".join(spelling.path) not in wire.without:
                            found.add(f"{label}({'.'.join(spelling.path)})")
    return found


def places(record: Record, wire: Wire, name: str) -> list[tuple[str, Settings]]:
    """Where a request takes settings: at its client, and at its call. Each with the label of its facts."""
    for client in record.clients:
        if client.names[0] == name:
            start, _, method = wire.call.rpartition("().")
            surface = client.surface
            for derivation in record.derivations.get(surface, ()):
                surface = derivation.to if derivation.path == start else surface
            operation = next(item for item in record.surfaces[surface] if item.path == method)
            return [(name, client.settings), (f"{surface}: {method}", operation.settings)]
    operation = next(item for item in record.functions if item.path == name)
    return [(name, operation.settings)]


def _all(workshop: Workshop) -> Iterator[Fact]:
    record = workshop.plan.record
    for client in record.clients:
        yield from _client(workshop, client)
    if record.function_defaults is not None:
        yield from _function_defaults(workshop, record.function_defaults)
    surfaces = workshop.surfaces()
    for surface, operations in record.surfaces.items():
        for operation in operations:
            yield from _operation(workshop, surface, operation, surfaces.get(surface, []))
    for operation in record.functions:
        yield from _function(workshop, operation)
    for surface, derivations in record.derivations.items():
        for derivation in derivations:
            yield from _derivation(workshop, surface, derivation, surfaces.get(surface, []))
    for wrapper in record.wrappers:
        yield from _wrapper(workshop, wrapper)
    yield from _exceptions(workshop)


def _client(workshop: Workshop, client: ClientClass) -> Iterator[Fact]:
    for name in client.names:
        yield Fact(name=name, check=lambda name=name: _exists(name))
    label = client.names[0]

    def takes(path: Sequence[str]) -> Callable[[], None]:
        return lambda: _accepts(workshop, _made(client), path, label, client.mode)

    for path in _paths(client.settings):
        yield Fact(name=f"{label}({'.'.join(path)})", check=takes(path))
    arguments = {*client.key_arguments, *([client.endpoint_argument] if client.endpoint_argument else [])}
    for argument in sorted(arguments - {path[0] for path in _paths(client.settings) if len(path) == 1}):
        yield Fact(name=f"{label}({argument})", check=takes((argument,)))
    if client.positional:
        yield Fact(
            name=f"{label} positional",
            check=lambda: _positional_or_through(workshop, client),
        )
    if client.key_variable and not any(label in wire.names for wire in workshop.plan.wires):
        yield Fact(name=f"{label} reads {client.key_variable}", check=lambda: _reads_variable(workshop, client))
    if not any(label in wire.names for wire in workshop.plan.wires):
        for setting, default in _defaults(workshop.plan.record, client):
            yield Fact(
                name=f"{label} {setting} default",
                check=lambda setting=setting, default=default: _default(workshop, client, setting, default),
            )
    if client.cap_default is not None:
        yield Fact(
            name=f"{label} max_tokens default",
            check=lambda: _default(workshop, client, "max_tokens", float(client.cap_default or 0)),
        )


def _accepts(workshop: Workshop, function: Any, path: Sequence[str], place: str, mode: str = "") -> None:
    """`function`, or what it hands its **kwargs on to, takes the keyword. `place` is its path or name in the record."""
    closed = _closed(workshop, path)
    through = workshop.plan.through.get(place, ())
    for instead in reversed(through) if mode == "async" else through:
        with contextlib.suppress(Unprovable):
            return accepts(named(instead), closed, workshop.objects())
    accepts(function, closed, workshop.objects())


def _closed(workshop: Workshop, path: Sequence[str]) -> Sequence[str]:
    """The part of a path above a keyword that takes any mapping."""
    for index, part in enumerate(path):
        if part in workshop.plan.open:
            return path[: index + 1]
    return path


def _made(client: ClientClass) -> Any:
    return named(first_present(client.names))


def _paths(settings: Settings) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(spelling.path for spellings in settings.values() for spelling in spellings))


def _defaults(record: Record, client: ClientClass) -> Iterator[tuple[str, float | None]]:
    """The defaults that the record claims: for operations of no known time limit or retries there is none, and what it
    says beside `no_one_default` counts for nothing."""
    reached = {client.surface, *(derivation.to for derivation in record.derivations.get(client.surface, ()))}
    operations = [operation for surface in reached for operation in record.surfaces.get(surface, ())]
    if "timeout" not in client.no_one_default and any(operation.has_timeout for operation in operations):
        yield "timeout", client.timeout_default
    if "retries" not in client.no_one_default and any(operation.has_retries for operation in operations):
        yield "retries", float(client.retries_default)


def _exists(name: str) -> None:
    if not callable(named(name)):
        raise Unprovable(f"{name} is not callable")


def _positional(function: Any, names: Sequence[str]) -> None:
    parameters = [
        p.name
        for p in signature(function).parameters.values()
        if p.name not in ("self", "_self") and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if tuple(parameters[: len(names)]) != tuple(names):
        raise Unprovable(f"the positional parameters are {parameters}")


def _positional_or_through(workshop: Workshop, client: ClientClass) -> None:
    try:
        _positional(_made(client), client.positional)
    except Unprovable:
        through = workshop.plan.through.get(client.names[0], ())
        if not through:
            raise
        _positional(named(through[0]), client.positional)


def _reads_variable(workshop: Workshop, client: ClientClass) -> None:
    with without_keys():
        kept = {argument: "" for argument in client.key_arguments}
        arguments = workshop.arguments(client)
        positional = [arguments.pop(key) for key in sorted(arguments) if key.startswith("@")]
        arguments = {key: value for key, value in arguments.items() if key not in kept}
    with without_keys(**{client.key_variable: KEY}):
        try:
            made = _made(client)(*positional, **arguments)
        except Exception as error:
            raise Unprovable(f"cannot be made: {error!r:.200}") from error
        if not _holds_key(made, 5, set()):
            raise Unprovable("the made-up key is nowhere in the object")


def _holds_key(value: Any, depth: int, seen: set[int]) -> bool:
    if isinstance(value, (str, bytes)):
        return KEY in (value if isinstance(value, str) else value.decode("latin-1"))
    if depth == 0 or id(value) in seen or isinstance(value, (int, float, type, type(None))):
        return False
    seen.add(id(value))
    inner: list[Any] = list(value.values()) if isinstance(value, Mapping) else []
    inner += list(value) if isinstance(value, (list, tuple)) else []
    inner += list(getattr(value, "__dict__", {}).values())
    for owner in type(value).__mro__:
        slots = vars(owner).get("__slots__", ())
        for slot in [slots] if isinstance(slots, str) else slots:
            inner.append(getattr(value, slot, None))
    return any(_holds_key(item, depth - 1, seen) for item in inner)


def _default(workshop: Workshop, client: ClientClass, setting: str, expected: float | None) -> None:
    spellings = client.settings.get(setting, ())
    if not spellings:
        raise Unprovable("no keyword sets it")
    if expected is None:
        raise Unprovable("that there is no bound shows on the wire only")
    seen = []
    for spelling in spellings:
        for value in _values(workshop, client, spelling.path):
            number = _number(value)
            if number is None:
                continue
            normal = number * spelling.scale + spelling.offset
            if abs(normal - expected) < 1e-9:
                return
            seen.append(f"{'.'.join(spelling.path)} is {number}")
    raise Unprovable("; ".join(seen) or "no such attribute or default")


def _values(workshop: Workshop, client: ClientClass, path: Sequence[str]) -> Iterator[Any]:
    """What stands for a keyword in the signature, in the fields of a model, and on an object."""
    kind = _made(client)
    if len(path) != 1:
        return
    with contextlib.suppress(Unprovable, KeyError):
        yield signature(kind).parameters[path[0]].default
    if model_fields(kind) is not None:
        for name, item in getattr(kind, "model_fields", {}).items():
            if path[0] in (name, item.alias):
                yield workshop.client(client).__dict__.get(name)
        return
    made = workshop.client(client)
    for name in (path[0], f"_{path[0]}"):
        yield getattr(made, name, None)


def _number(value: Any) -> float | None:
    read = getattr(value, "read", None)
    if isinstance(read, (int, float)):
        return float(read)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _function_defaults(workshop: Workshop, defaults: ClientClass) -> Iterator[Fact]:
    objects = workshop.objects()
    for name in defaults.names:
        yield Fact(name=name, check=lambda name=name: _found(name))
    for path in _paths(defaults.settings):
        yield Fact(name=f"attribute {'.'.join(path)}", check=lambda path=path: _module_attribute(path, objects))


def _found(name: str) -> None:
    named(name)


def _module_attribute(path: Sequence[str], objects: Mapping[str, Any]) -> None:
    if len(path) <= 2 or path[1] not in objects:
        named(".".join(path))
        return
    named(".".join(path[:2]))
    accepts(objects[path[1]], path[2:], objects)


def _operation(
    workshop: Workshop, surface: str, operation: Operation, owners: Sequence[tuple[Any, str]]
) -> Iterator[Fact]:
    label = f"{surface}: {operation.path}"

    def methods() -> list[tuple[Any, str]]:
        owning = [(owner, operation.mode or mode) for owner, mode in owners]
        return _present(owning, operation.path)

    yield from _callable(workshop, label, operation, methods)


def _present(owners: Sequence[tuple[Any, str]], path: str) -> list[tuple[Any, str]]:
    """What stands at the path of the objects that have it: some may not, but one of each mode must."""
    if not owners:
        raise Unprovable("no object of this surface could be made")
    found = []
    for owner, mode in owners:
        with contextlib.suppress(Unprovable):
            found.append((walk(owner, path), mode))
    for missing in {mode for _, mode in owners} - {mode for _, mode in found}:
        raise Unprovable(f"no {missing} object has it: {', '.join(sorted({_kind(owner) for owner, _ in owners}))}")
    return found


def _present_anywhere(owners: Sequence[tuple[Any, str]], path: str) -> list[Any]:
    return [found for found, _ in _present([(owner, "") for owner, _ in owners], path)]


def _kind(owner: Any) -> str:
    return owner.__name__ if isinstance(owner, type) else type(owner).__name__


def _function(workshop: Workshop, operation: Operation) -> Iterator[Fact]:
    yield from _callable(
        workshop, operation.path, operation, lambda: [(named(operation.path), operation.mode or "sync")]
    )


def _callable(
    workshop: Workshop, label: str, operation: Operation, methods: Callable[[], list[tuple[Any, str]]]
) -> Iterator[Fact]:

    def exists() -> None:
        for method, mode in methods():
            if not callable(method):
                raise Unprovable(f"{method!r:.100} is not callable")
            through = workshop.plan.through.get(operation.path, ())
            told = named(through[-1]) if mode == "async" and through else method
            if mode in ("sync", "async") and is_awaited(told) != (mode == "async"):
                raise Unprovable(f"{method!r:.100} is {'not ' if mode == 'async' else ''}asynchronous")

    def takes(path: Sequence[str]) -> Callable[[], None]:
        def check() -> None:
            for method, mode in methods():
                _accepts(workshop, method, path, operation.path, mode)

        return check

    def refuses(keyword: str) -> Callable[[], None]:
        def check() -> None:
            for method, _ in methods():
                if keyword in signature(method).parameters:
                    raise Unprovable(f"it takes {keyword} after all")

        return check

    def positional() -> None:
        for method, _ in methods():
            _positional(method, operation.positional)

    yield Fact(name=label, check=exists)
    for keyword in operation.only_in:
        yield Fact(name=f"{label} without {keyword}", check=refuses(keyword))
    settings = _paths(operation.settings)
    for path in settings:
        yield Fact(name=f"{label}({'.'.join(path)})", check=takes(path))
    keywords = [tuple(keyword.split(".")) for keyword in (*operation.structured, *operation.prompt)]
    for path in dict.fromkeys(path for path in keywords if path not in settings):
        yield Fact(name=f"{label}({'.'.join(path)})", check=takes(path), may_be_open=True)
    if operation.positional:
        yield Fact(name=f"{label} positional", check=positional)
    if operation.cap_default is not None:
        yield Fact(name=f"{label} max_tokens default", check=lambda: _signature_default(methods, operation))
    if operation.cap_required:
        yield Fact(name=f"{label} max_tokens required", check=lambda: _required(methods, operation))


def _signature_default(methods: Callable[[], list[tuple[Any, str]]], operation: Operation) -> None:
    heads = [spelling.path[0] for spelling in operation.settings.get("max_tokens", ())]
    for method, _ in methods():
        defaults = [
            signature(method).parameters[head].default for head in heads if head in signature(method).parameters
        ]
        if operation.cap_default not in defaults:
            raise Unprovable(f"the signature's defaults are {defaults}")


def _required(methods: Callable[[], list[tuple[Any, str]]], operation: Operation) -> None:
    head = operation.settings["max_tokens"][0].path[0]
    for method, _ in methods():
        parameter = signature(method).parameters.get(head)
        if parameter is None or parameter.default is not parameter.empty:
            raise Unprovable(f"{head} may be left out")


def _derivation(
    workshop: Workshop, surface: str, derivation: Derivation, owners: Sequence[tuple[Any, str]]
) -> Iterator[Fact]:
    label = f"{surface}: {derivation.path}"

    def exists() -> None:
        for found in _present_anywhere(owners, derivation.path):
            if derivation.call and not callable(found):
                raise Unprovable(f"{found!r:.100} is not callable")

    def takes(path: Sequence[str]) -> Callable[[], None]:
        def check() -> None:
            for found in _present_anywhere(owners, derivation.path):
                _accepts(workshop, found, path, derivation.path)

        return check

    yield Fact(name=label, check=exists)
    for path in _paths(derivation.settings):
        yield Fact(name=f"{label}({'.'.join(path)})", check=takes(path))


def _wrapper(workshop: Workshop, wrapper: Derivation) -> Iterator[Fact]:
    yield Fact(name=wrapper.path, check=lambda: _exists(wrapper.path))
    arguments = [(wrapper.argument,)] if wrapper.argument != "*" else []
    for path in [*arguments, *_paths(wrapper.settings)]:
        yield Fact(
            name=f"{wrapper.path}({'.'.join(path)})",
            check=lambda path=path: _accepts(workshop, named(wrapper.path), path, wrapper.path),
        )


def _exceptions(workshop: Workshop) -> Iterator[Fact]:
    known = workshop.plan.record.exceptions
    if known is None:
        return
    roots = known.roots

    def is_error(name: str) -> None:
        found = named(name)
        if not (isinstance(found, type) and issubclass(found, Exception)):
            raise Unprovable(f"{found!r} is no exception")
        if not any(issubclass(found, named(root)) for root in roots):
            raise Unprovable(f"{name} derives from none of {roots}")

    for name in dict.fromkeys((*roots, *known.retryable, *known.permanent)):
        yield Fact(name=f"exception {name}", check=lambda name=name: is_error(name))
