"""The process's streams: may they be coloured, what can they carry, and what happens when the reader hangs up."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from prodlint.report.style import Style

_OFF = frozenset({"", "0"})


def wants_color(choice: str, stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Whether to colour: `always` and `never` decide, then `FORCE_COLOR` and `CLICOLOR_FORCE`, then `NO_COLOR`, then
    whether the stream is a terminal. An empty variable counts as not set."""
    if choice in {"always", "never"}:
        return choice == "always"
    if any(environment.get(name, "") not in _OFF for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb" or environment.get("GITHUB_ACTIONS") == "true":
        return False
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def stream_style(choice: str, stream: TextIO | None, *, footer: bool = True) -> Style:
    """The style for text written to `stream`."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    return Style(color=wants_color(choice, stream, os.environ), encoding=encoding, footer=footer)


def write(stream: TextIO | None, text: str) -> None:
    """Writes all of `text`; what the stream's encoding lacks becomes an escape.

    A reader that has hung up (`| head`) is not an error: the rest is dropped.

    Raises:
        OSError: the stream cannot be written for another reason, e.g. a full disk.
    """
    if stream is None or not text:
        return
    encoding = stream.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        _discard(stream)
        # Windows says EINVAL for a pipe that the reader has closed.
        if error.errno != errno.EPIPE and not (sys.platform == "win32" and error.errno == errno.EINVAL):
            raise


def _discard(stream: TextIO) -> None:
    """Sends what is still buffered to nowhere, so that the interpreter's own flush at exit does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        if stream is sys.stdout:
            sys.stdout = None
    finally:
        os.close(nowhere)
