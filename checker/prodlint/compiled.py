"""Tables in a form that loads fast, made anew when their sources change.

Reading the SDK records from TOML takes longer than everything else that a run over a file without LLM code does, and
unpickling the result less than a tenth of that. The stored form lies in the user's own cache folder, so that it works
for installations that the user cannot write; a file there that somebody else could have written is not read. What
tells whether it holds is the content of every TOML and Python file of the folder, never a time stamp: it cannot go
stale, and where nothing can be written the tables are read from their sources every time.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from importlib.util import source_hash

from prodlint.userdir import is_own, user_folder, write_whole

_SUFFIXES = (".toml", ".py")


def stored(folder: str, name: str, make: Callable[[], bytes]) -> bytes:
    """What `make` yields for the sources in `folder`: from the last time, as long as none of them has changed."""
    own = user_folder()
    stamp = fingerprint(folder)
    place = os.path.join(own, "tables", f"{name}-{_place_of(folder)}.{sys.implementation.cache_tag}")
    try:
        if own and is_own(place):
            with open(place, "rb") as file:
                content = file.read()
            body = content[16:]
            if content[:16] == stamp + source_hash(body):
                return body
    except OSError:
        pass
    body = make()
    if own:
        write_whole(place, stamp + source_hash(body) + body)
    return body


def _place_of(folder: str) -> str:
    """Each installation has files of its own, so that two of them do not take turns in writing."""
    return source_hash(os.fsencode(folder)).hex()


@functools.cache
def fingerprint(folder: str) -> bytes:
    """8 bytes that tell the sources in `folder` from any others: the hash that Python has for its byte code."""
    parts: list[bytes] = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(_SUFFIXES):
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            parts += (name.encode(), b"%d" % len(content), content)
    return source_hash(b"\0".join(parts))
