"""`python -m bench MEASUREMENT`: each measurement is a module with `configure(parser)` and `run(options) -> int`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench import fixes, linking
from bench.accuracy import command as accuracy
from bench.speed import command as speed

MEASUREMENTS = {"accuracy": accuracy, "fixes": fixes, "linking": linking, "speed": speed}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure prodlint.")
    commands = parser.add_subparsers(required=True, metavar="MEASUREMENT")
    for name, module in MEASUREMENTS.items():
        summary = (module.__doc__ or "").splitlines()[0]
        command = commands.add_parser(name, help=summary, description=summary)
        module.configure(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
