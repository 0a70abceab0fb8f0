"""The program: `run` is what the command `prodlint` calls, and `python -m prodlint` does the same in the usual way."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

COLLECT_AFTER = 100_000
"""So many new objects make the garbage collector look for cycles. A start makes some ten thousand, nearly all of them
modules and classes, which stay."""


def run() -> NoReturn:
    """Run the command line, and end the process at once: to free one object after the other takes up to a tenth of a
    run over one file."""
    gc.set_threshold(COLLECT_AFTER)
    from prodlint.cli import main

    code = main()
    if code > 1:
        sys.exit(code)  # after a fault or an interrupt there may be processes to wait for
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # as it is where the shell has closed it
                stream.flush()
    except (OSError, ValueError):
        sys.exit(code)  # the interpreter has its own word on a stream that is closed
    os._exit(code)


if __name__ == "__main__":
    from prodlint.cli import main

    sys.exit(main())  # profilers and tracers tell what they saw when the interpreter ends
