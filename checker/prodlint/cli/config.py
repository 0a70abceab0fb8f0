"""`prodlint config show|verify|schema`."""

from __future__ import annotations

import json
import os.path
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodlint.cli.running import asked, the_engine

if TYPE_CHECKING:
    from prodlint.config import Config

config_option = click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="Use this configuration file."
)


@click.group()
def config() -> None:
    """Show or verify the configuration."""


def _loaded(context: click.Context, path: Path, file: Path | None) -> Config:
    """The configuration for a path, with every rule name in it checked."""
    from prodlint.config import ConfigError, check_rule_names, load_config

    if not os.path.lexists(path):
        raise click.UsageError(f"no such file or directory: {path}")
    engine = the_engine(context)
    try:
        loaded = load_config(path, file=file)
        check_rule_names(loaded, engine.known_names())
    except (ConfigError, engine.UsageError) as error:
        raise click.ClickException(str(error)) from error
    return loaded


@config.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@config_option
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="[default: text]")
@click.pass_context
def show(context: click.Context, /, *, path: Path, config_file: Path | None, output_format: str) -> int:
    """Show the configuration in force for PATH, which files set each key, and what is left out for PATH."""
    from prodlint.config_keys import KEYS
    from prodlint.discover import find_root, shown
    from prodlint.exclusion import Exclusion, rules_ignored_for
    from prodlint.report import terminal
    from prodlint.report.config_text import shown_value, toml_value

    loaded = _loaded(context, path, config_file)
    root = str(find_root([path]))
    ignored = sorted(rules_ignored_for(loaded, shown(str(path.absolute()), root), root))
    values = {key: shown_value(loaded, key) for key in KEYS if key != "extend"}
    origins = {key: [str(file) for file in loaded.origins.get(key, ())] for key in values}
    is_excluded = Exclusion(loaded, root, str(loaded.directory or root)).covers_any(os.path.abspath(path))
    if output_format == "json":
        document = {
            "root": root,
            "files": [str(file) for file in loaded.files],
            "values": values,
            "origins": origins,
            "ignored_for_path": ignored,
            "excluded": is_excluded,
        }
        text = json.dumps(document, indent=2) + "\n"
    else:
        files = [str(file) for file in loaded.files] or ["none"]
        lines = [f"# root: {root}", f"# files: {', extends '.join(files)}"]
        lines += [
            f"{key} = {toml_value(value)}  # {', '.join(origins[key]) or 'default'}" for key, value in values.items()
        ]
        if is_excluded:
            lines.append(f"# {path} is left out of a run over the project, by `exclude` or `extend-exclude`")
        lines.append(f"# left out for {path} by per-file-ignores: {', '.join(ignored) or 'nothing'}")
        text = "\n".join(lines) + "\n"
    terminal.write(sys.stdout, text)
    return 0


@config.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@config_option
@click.pass_context
def verify(context: click.Context, /, *, paths: tuple[Path, ...], config_file: Path | None) -> int:
    """Look for mistakes in the configuration: in each TOML file that is named, and in what is in force for other files
    and for folders. Checked are its keys and values, the names of rules, the declared SDKs, and the baseline's file."""
    if config_file is not None and paths:
        raise click.UsageError(f"--config and '{paths[0]}' exclude each other")
    code = 0
    for path in (config_file,) if config_file is not None else paths or (Path(),):
        try:
            click.echo(_verified(context, path, is_own=config_file is not None or _is_toml(path)))
        except click.ClickException as error:
            error.show()
            code = 2
    return code


def _is_toml(path: Path) -> bool:
    return path.suffix == ".toml" and not path.is_dir()


def _verified(context: click.Context, path: Path, *, is_own: bool) -> str:
    """What to say of a configuration without a mistake: of the file itself, or of that which is in force for a path."""
    from prodlint.config import ConfigError, check_baseline, holds_configuration
    from prodlint.sdks.declared import catalogue_with
    from prodlint.sdks.schema import CatalogueError

    try:
        if is_own and os.path.lexists(path) and not holds_configuration(path):
            return f"{path}: holds no configuration of prodlint"
        loaded = _loaded(context, path, path if is_own else None)
        catalogue_with(loaded.sdk)
        check_baseline(loaded)
    except (ConfigError, CatalogueError) as error:
        raise click.ClickException(str(error)) from error
    return f"{loaded.source or 'no configuration file'}: no mistake found"


@config.command()
@click.pass_context
def schema(context: click.Context, /) -> int:
    """Print the JSON schema of the [tool.prodlint] table, with the rules that are installed."""
    from prodlint.config_schema import json_schema

    engine = the_engine(context)
    names = asked(engine, lambda _: engine.known_names(), None)
    click.echo(json.dumps(json_schema(names), indent=2))
    return 0
