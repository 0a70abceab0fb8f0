"""Which hosts a client talks to, as far as the source says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from prodlint.facts import CallSite
from prodlint.link.lookup import Present, argument
from prodlint.link.resolve import Resolver
from prodlint.link.terms import NOTHING, Frame, Known
from prodlint.sdks.schema import ClientClass, KeyFormat


def constants(resolver: Resolver, call: CallSite, frame: Frame, keyword: str) -> frozenset[str] | None:
    """The texts that a call gives for a keyword; empty where none is seen, and None where they are no literals."""
    found: set[str] = set()
    for choice in argument(resolver, call, frame, keyword, None):
        if not isinstance(choice, Present):
            continue
        for term in resolver.all(choice.bound):
            if term == NOTHING:
                continue
            if not isinstance(term, Known) or not isinstance(term.value, str):
                return None
            found.add(term.value)
    return frozenset(found)


def owners(keys: Iterable[KeyFormat]) -> dict[str, str]:
    """By host, the variable with the key that is meant for it."""
    return {host: key.variable for key in keys for host in key.hosts}


def foreign_hosts(
    resolver: Resolver, call: CallSite, frame: Frame, cls: ClientClass, owners: Mapping[str, str]
) -> frozenset[str] | None:
    """The hosts, not the SDK's own, that a constructor is given as literals; None where they are no literals."""
    if not cls.endpoint_argument or cls.hosts_are_own:
        return frozenset()
    addresses = constants(resolver, call, frame, cls.endpoint_argument)
    if addresses is None:
        return None
    hosts = frozenset(_host(address) for address in addresses)
    return frozenset(host for host in hosts if host not in owners or owners[host] != cls.key_variable)


def _host(address: str) -> str:
    """The host of an address, which may come without its scheme; the text itself where it has none."""
    try:
        return urlsplit(address if "//" in address else f"//{address}").hostname or address
    except ValueError:
        return address
