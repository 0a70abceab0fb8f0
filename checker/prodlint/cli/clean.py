"""`prodlint clean`."""

from __future__ import annotations

from pathlib import Path

import click

from prodlint.cli.options import cache_dir_option


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=".")
@cache_dir_option
def clean(path: Path, cache_dir: Path | None) -> int:
    """Remove the cache of the project around PATH (the current directory when none is given)."""
    from prodlint import cache
    from prodlint.discover import find_root

    folder = str(cache_dir or find_root([path]) / cache.NAME)
    try:
        is_removed = cache.clean(folder)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise click.ClickException(f"cannot remove {folder}: {reason}") from error
    click.echo(f"removed {folder}" if is_removed else f"there is no {folder}")
    return 0
