"""`prodlint sdks`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodlint.cli.options import Command, as_of_option, color_option

if TYPE_CHECKING:
    from prodlint.report.sdk_list import Sdk


@click.command(cls=Command)
@click.argument("name", required=False)
@click.option("--models", is_flag=True, help="List the models and their limits, prices and retirement dates instead.")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="[default: text]")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="Use this configuration file."
)
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
@as_of_option
@color_option
def sdks(
    *,
    name: str | None,
    models: bool,
    output_format: str,
    config_file: Path | None,
    isolated: bool,
    as_of: date | None,
    color: str,
) -> int:
    """List the SDKs that prodlint knows, or all it knows of one, and which version the project here uses.

    NAME is an SDK's name, title, distribution or import. With --models, it is a part of a model's name or provider.
    """
    from prodlint.report import sdk_list, terminal
    from prodlint.report.destination import unknown
    from prodlint.sdks.models.table import load

    style = terminal.stream_style(color, sys.stdout)
    if models:
        table = load()
        if name is not None and not sdk_list.named(table, name):
            raise click.UsageError(f"no model in the table of {table.date} has '{name}' in its name or provider")
        day = as_of.isoformat() if as_of is not None else table.date
        is_json = output_format == "json"
        shown = name or ""
        text = sdk_list.models_json(table, day, shown) if is_json else sdk_list.models_text(table, day, style, shown)
    else:
        known = _known(config_file, isolated=isolated)
        chosen = _chosen(known, name)
        if not chosen and name is not None:
            raise click.UsageError(unknown("SDK", name, [sdk_list.name_of(record) for record, _ in known]))
        if output_format == "json":
            text = sdk_list.list_json(chosen)
        elif name is not None:
            text = "\n".join(sdk_list.sdk_text(sdk, style) for sdk in chosen)
        else:
            text = sdk_list.list_text(chosen, load(), style)
    terminal.write(sys.stdout, text)
    return 0


def _chosen(known: list[Sdk], name: str | None) -> list[Sdk]:
    """The records of a name, of which the record's own counts before that of a distribution or an import."""
    from prodlint.report import sdk_list

    if name is None:
        return known
    own = [sdk for sdk in known if sdk_list.name_of(sdk[0]) == name.casefold().replace("_", "-")]
    return own or [sdk for sdk in known if sdk_list.is_called(sdk[0], name)]


def _known(config_file: Path | None, *, isolated: bool) -> list[Sdk]:
    """The records, those of the configuration too, by name, each with the release that the project here uses."""
    from prodlint.config import ConfigError, load_config
    from prodlint.discover import find_root
    from prodlint.sdks.declared import catalogue_with
    from prodlint.sdks.editions import Editions
    from prodlint.sdks.schema import CatalogueError
    from prodlint.versions.project import ProjectVersions

    if isolated and config_file is not None:
        raise click.UsageError("--config and --isolated exclude each other")
    try:
        catalogue = catalogue_with(load_config(Path(), file=config_file, isolated=isolated).sdk)
    except (ConfigError, CatalogueError) as error:
        raise click.ClickException(str(error)) from error
    root = find_root([Path()])
    here = (Path.cwd() / "file").relative_to(root).as_posix()
    edition = Editions(catalogue, ProjectVersions(root).statements).at(here)
    records = [edition.catalogue.by_name[record.name] for record in catalogue.records]
    return [(record, edition.release_in_use(record)) for record in records]
