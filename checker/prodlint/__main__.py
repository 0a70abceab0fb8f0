"""The program: `run` is what the command `prodlint` calls, and `python -m prodlint` does the same in the usual way."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line, and end the process at once: to free one object after the other takes up to a tenth of a
    run over one file. The garbage collector rests meanwhile: to look through what a run holds on to takes as long."""
    gc.disable()
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
