"""The command line. The only package that imports click.

Each command is a module of its own, imported when it is called. Findings and data go to standard output, everything
else to standard error. Exit codes, the same in every output format: 0 nothing at or above the gate; 1 findings; 2 wrong
usage or configuration, a missing path, something that could not be analysed, or an internal error; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from prodlint import __version__

if TYPE_CHECKING:
    from prodlint.cli.running import Engine

COMMANDS = {
    "check": "Find faults in files and directories.",
    "fix": "Fix faults one by one, after asking.",
    "calls": "List every LLM request with its effective settings.",
    "report": "Write the reports of a saved run.",
    "clean": "Remove the cache.",
    "rule": "Explain a rule.",
    "sdks": "List the SDKs that prodlint knows.",
    "baseline": "Keep the list of known findings.",
    "config": "Show or verify the configuration.",
    "version": "Print the version.",
}
"""The modules of this package that hold a command of the same name, and what the list of commands says of them."""


class _Commands(click.Group):
    """The commands, each imported when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"prodlint.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 no findings, 1 findings, 2 anything that went wrong.",
)
@click.version_option(__version__, "-V", "--version", prog_name="prodlint", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Find what keeps Python code that calls LLM APIs from being fit for production."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None, *, engine: Engine | None = None) -> int:
    """Runs the command line and gives the exit code.

    `engine` stands in for `prodlint.engine`, which is imported by the first command that needs it.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = cli.main(args=given, prog_name="prodlint", standalone_mode=False, obj=engine)
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:  # the last door: whatever it is, it must not look like a clean run
        return _internal_error(error, verbose=not {"-v", "--verbose"}.isdisjoint(given))
    return result if isinstance(result, int) else 0


def _internal_error(error: Exception, *, verbose: bool) -> int:
    from prodlint.report import delivery

    delivery.say(f"internal error: {type(error).__name__}: {error}")
    delivery.say("this is a bug in prodlint; please report it together with what the same command prints under -v")
    if verbose:
        import traceback

        traceback.print_exception(error)
    return 2
