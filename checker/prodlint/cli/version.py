"""`prodlint version`."""

from __future__ import annotations

import click

from prodlint import __version__


@click.command()
def version() -> int:
    """Print the version."""
    click.echo(f"prodlint {__version__}")
    return 0
