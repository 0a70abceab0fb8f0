"""What the reports of the inventory read: every request found, and where its client is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from prodlint.findings import Failure
from prodlint.model import Client, Location, ModelCall


class Inventory(Protocol):
    """The requests of a project. The engine's result has this shape."""

    @property
    def root(self) -> str:
        """Absolute path of the project root."""

    @property
    def calls(self) -> tuple[ModelCall, ...]:
        """By location."""

    @property
    def clients(self) -> tuple[Client, ...]:
        """Where the client-level settings of the calls are decided."""

    @property
    def as_of(self) -> str:
        """ISO date on which dated facts, such as a model's retirement, are judged."""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What could not be analysed."""


def constructors(inventory: Inventory) -> Mapping[Location, Client]:
    """The client by the location of the call, for calls on a client that is built in the project."""
    return {call.location: client for client in inventory.clients if client.is_constructor for call in client.calls}
