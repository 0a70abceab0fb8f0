"""Literals that reach a client as its key, by whatever way."""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.link.callers import called_names
from prodlint.link.hosts import foreign_hosts, owners
from prodlint.link.lookup import Present, argument
from prodlint.link.program import Program
from prodlint.link.resolve import Resolver
from prodlint.link.terms import Environment, Frame, Known, Module, Secret, Term, name_of
from prodlint.model import Credential, Location
from prodlint.sdks.catalogue import Catalogue
from prodlint.sdks.schema import ClientClass
from prodlint.values import NamedTuple


class _User(NamedTuple):
    """A client that is given a key."""

    cls: ClientClass
    provider: str
    """Whose key it is; empty where the client talks to somebody else."""
    variable: str
    """Where that key belongs; empty where it is not known."""
    host: str
    """That of somebody else."""


def credentials_of(program: Program, resolver: Resolver, catalogue: Catalogue) -> Iterator[Credential]:
    """The literal keys of all clients that the project makes, whether or not a request runs on them."""
    owned = owners(catalogue.keys)
    lasts = {name.rpartition(".")[2] for name in catalogue.clients}
    for _, module in sorted(program.modules.items()):
        if not program.is_searched(module):
            continue
        for call in module.facts.calls:
            if not any(name in lasts for name in called_names(call.callee, module)):
                continue
            frame = resolver.frame_of(module, call.function)
            for term in resolver.resolve(call.callee, frame):
                for record, cls in catalogue.clients.get(name_of(term), ())[:1]:
                    hosts = sorted(foreign_hosts(resolver, call, frame, cls, owned) or ())
                    user = _User(cls, record.title, cls.key_variable, "")
                    if hosts:
                        user = _User(cls, "", owned.get(hosts[0], "") if len(hosts) == 1 else "", hosts[0])
                    for keyword in cls.key_arguments:
                        position = cls.positional.index(keyword) if keyword in cls.positional else None
                        for choice in argument(resolver, call, frame, keyword, position):
                            if isinstance(choice, Present) and choice.span is not None:
                                place = choice.module.location(choice.span)
                                for value in resolver.all(choice.bound):
                                    yield from _judged(value, place, keyword, user, module, frame)


def _judged(
    value: Term, place: Location, keyword: str, user: _User, module: Module, frame: Frame
) -> Iterator[Credential]:
    from prodlint.secrets import judge

    usage = f"`{keyword}=` of `{user.cls.names[0].rpartition('.')[2]}`"
    symbol = module.facts.functions[frame.function].qualname
    if isinstance(value, Environment) and value.default is not None:
        value = value.default
    if isinstance(value, Secret):
        at, shown, identity = value.location, value.shown, value.identity
    elif isinstance(value, Known) and isinstance(value.value, str) and judge.is_credential(value.value):
        at, shown, identity = place, judge.redact(value.value, ()), judge.identity(value.value)
    else:
        return
    yield Credential(
        location=at,
        provider=user.provider,
        redacted=shown,
        usage=usage,
        variable=user.variable,
        symbol=symbol if at.path == module.path else "",
        identity=identity,
        host=user.host,
    )
