"""A bar on standard error for runs that take their time."""

from __future__ import annotations

import time
from typing import Any, TextIO

import click

PATIENCE = 2.0
"""Seconds before anything is shown."""


class Progress:
    """Shows how far the present stage is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._started = time.monotonic()
        self._stage = ""
        self._bar: Any = None  # click does not export the type

    def update(self, stage: str, done: int, total: int) -> None:
        """Take note; the last file of a stage ends its bar."""
        if time.monotonic() - self._started < PATIENCE:
            return
        if stage != self._stage or self._bar is None:
            self._stage = stage
            self._bar = click.progressbar(length=total, label=f"prodlint: {stage}", file=self._stream)
        self._bar.update(done - self._bar.pos)
        if done + 1 >= total:
            self._bar.render_finish()
            self._bar = None
