"""Makes the clients of a record, and what is derived from them, with a made-up key and a local address."""

from __future__ import annotations

import contextlib
import inspect
import os
import secrets
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prodlint.sdks.schema import ClientClass, Derivation
from sdk_proof.plan import Plan
from sdk_proof.signatures import Unprovable, model_fields, named, returned_class, signature, walk

KEY = f"made-up-{secrets.token_hex(16)}"
NOWHERE = "http://127.0.0.1:9"


@dataclass(slots=True)
class Workshop:
    """Objects of one record's classes. `url` is the server that they are pointed at."""

    plan: Plan
    url: str = NOWHERE
    made: dict[str, Any] = field(default_factory=dict)

    def objects(self) -> Mapping[str, Any]:
        """The classes of `[proof] objects`; those that are not installed are left out."""
        found = {}
        for name, full in self.plan.objects.items():
            with contextlib.suppress(Unprovable):
                found[name] = named(full)
        return found

    def filled(self, value: Any) -> Any:
        """A value of a record with `{url}`, `{key}` and `@package.Class` replaced."""
        if isinstance(value, Mapping):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, str) and value.startswith("@"):
            return called(named(value[1:]), self.filled(self.plan.construct.get(value[1:], {})))
        if isinstance(value, str):
            return value.replace("{url}", self.url).replace("{key}", KEY)
        return value

    def client(self, client: ClientClass, name: str = "", extra: Mapping[str, Any] | None = None) -> Any:
        """An object of a client class. Raises Unprovable when it cannot be made."""
        name = name or first_present(client.names)
        made_as = f"{name} {client.surface}"
        if extra is None and made_as in self.made:
            return self.made[made_as]
        template = self.arguments(client)
        positional = [template.pop(key) for key in sorted(template) if key.startswith("@")]
        made = called(named(name), self.key(client, name, template) | merged(template, extra or {}), positional)
        if extra is None:
            self.made[made_as] = made
        return made

    def arguments(self, client: ClientClass) -> dict[str, Any]:
        """What `[proof.construct]` gives a client beside its key; a surface's own entry is `NAME SURFACE`."""
        construct = self.plan.construct
        name = client.names[0]
        own = construct.get(f"{name} {client.surface}", construct.get(name, {}))
        return {**self._shared(name), **self.filled(own)}

    def _shared(self, name: str) -> dict[str, Any]:
        """Of the arguments that hold for all clients, those that this one takes."""
        found = self.filled(self.plan.construct.get("*", {}))
        with contextlib.suppress(Unprovable):
            target = named(name)
            taken = {*(model_fields(target) or ()), *signature(target).parameters}
            return {key: value for key, value in found.items() if key in taken}
        return {}

    def key(self, client: ClientClass, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The client's key argument with the made-up key, unless one is given or none is taken."""
        if any(argument in given for argument in client.key_arguments):
            return {}
        target = named(name)
        fields = model_fields(target) or {}
        with contextlib.suppress(Unprovable):
            fields = {**signature(target).parameters, **fields}
        return next(({argument: KEY} for argument in client.key_arguments if argument in fields), {})

    def surfaces(self) -> dict[str, list[tuple[Any, str]]]:
        """By surface, the objects that have it, each with its mode. What cannot be made is left out."""
        found: dict[str, list[tuple[Any, str]]] = {}
        for client in self.plan.record.clients:
            with contextlib.suppress(Unprovable):
                found.setdefault(client.surface, []).append((self._client_or_class(client), client.mode))
        for wrapper in self.plan.record.wrappers:
            if wrapper.path in self.plan.derive and wrapper.to != "same":
                with contextlib.suppress(Unprovable):
                    found.setdefault(wrapper.to, []).append((self.derived(None, wrapper), wrapper.mode or "both"))
        for _ in range(3):
            for start, derivations in self.plan.record.derivations.items():
                for derivation in derivations:
                    self._derive_all(found, start, derivation)
        return found

    def _client_or_class(self, client: ClientClass) -> Any:
        try:
            return self.client(client)
        except Unprovable:
            found = named(first_present(client.names))
            return getattr(found, "__self__", found)  # a class method that makes one stands for its class

    def _derive_all(self, found: dict[str, list[tuple[Any, str]]], start: str, derivation: Derivation) -> None:
        if derivation.to == "same" or (derivation.call and derivation.path not in self.plan.derive):
            return
        for source, mode in list(found.get(start, [])):
            with contextlib.suppress(Unprovable):
                result = (self.derived(source, derivation), derivation.mode or mode)
                known = found.setdefault(derivation.to, [])
                if not any(type(result[0]) is type(other) and result[1] == kept for other, kept in known):
                    known.append(result)

    def derived(self, source: Any, derivation: Derivation) -> Any:
        """What a derivation yields. Raises Unprovable."""
        target = named(derivation.path) if source is None else walk(source, derivation.path)
        if not derivation.call:
            return target
        arguments = self.filled(dict(self.plan.derive.get(derivation.path, {})))
        positional = [arguments.pop(key) for key in sorted(arguments) if key.startswith("@")]
        try:
            return called(target, arguments, positional)
        except Unprovable:
            return returned_class(target)


def called(target: Any, arguments: Mapping[str, Any], positional: Sequence[Any] = ()) -> Any:
    """The result of a call in an environment without keys. Raises Unprovable when it raises."""
    with without_keys(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = target(*positional, **arguments)
        except Exception as error:
            raise Unprovable(f"{target!r:.80} cannot be made: {error!r:.300}") from error
    if inspect.iscoroutine(result):
        result.close()
        raise Unprovable(f"{target!r:.80} is a coroutine function")
    return result


def first_present(names: Sequence[str]) -> str:
    """The first of the names that exists. Raises Unprovable."""
    for name in names:
        try:
            named(name)
        except Unprovable:
            continue
        return name
    raise Unprovable(f"none of {', '.join(names)} exists")


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two trees of keywords as one; `above` wins."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


@contextlib.contextmanager
def without_keys(**more: str) -> Iterator[None]:
    """An environment without credentials, proxies or addresses of services, and with `more`."""
    saved = dict(os.environ)
    words = ("KEY", "TOKEN", "SECRET", "PROXY", "BASE_URL", "ENDPOINT")
    for name in saved:
        if any(word in name.upper() for word in words):
            del os.environ[name]
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
