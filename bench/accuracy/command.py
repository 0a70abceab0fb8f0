"""Compare what prodlint says about packages from PyPI with labels made by hand."""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.accuracy import labels, packages, report, scoring
from prodlint import __version__

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"


class RunError(Exception):
    """prodlint did not analyse a package, or what is asked for cannot be measured."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cache", type=Path, default=packages.default_cache(), help="folder for the downloads")
    parser.add_argument("--source", type=Path, help="folder with the packages already unpacked, as SOURCE/NAME")
    parser.add_argument("--package", action="append", metavar="NAME", help="only this one; can be repeated")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md")


def run(options: argparse.Namespace) -> int:
    """Prints the comparison. 0, or 2 when a package cannot be had or analysed, or a label cannot be read."""
    try:
        chosen = _chosen(options)
        score = scoring.Score()
        for package in chosen:
            print(f"{package.name} {package.version}", file=sys.stderr)
            scoring.add(score, package.labels, _observe(_folder(package, options)))
    except (labels.LabelError, packages.FetchError, RunError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(report.text(score))
    if options.write:
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        PAGE.write_text(report.page(score, chosen, __version__, today), encoding="utf-8", newline="\n")
    return 0


def _chosen(options: argparse.Namespace) -> list[labels.LabelledPackage]:
    loaded = labels.load()
    if not options.package:
        return list(loaded)
    unknown = set(options.package) - {it.name for it in loaded}
    if unknown:
        raise RunError(f"no labels for {', '.join(sorted(unknown))}")
    if options.write:
        raise RunError("docs/accuracy.md is about all packages: --write goes without --package")
    return [it for it in loaded if it.name in options.package]


def _folder(package: labels.LabelledPackage, options: argparse.Namespace) -> Path:
    if options.source:
        return packages.unpacked(package.name, package.version, options.source)
    return packages.fetched(package.name, package.version, options.cache)


def _observe(folder: Path) -> scoring.Observation:
    return scoring.observation(_prodlint("calls", folder), _prodlint("check", folder))


def _prodlint(command: str, folder: Path) -> dict[str, Any]:
    """The JSON report of one command about a whole folder, with paths from the folder's top."""
    arguments = [sys.executable, "-m", "prodlint", command, "--output-format", "json", "."]
    done = subprocess.run(arguments, cwd=folder, stdout=subprocess.PIPE, check=False)
    try:
        content: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise RunError(f"`prodlint {command}` ends with {done.returncode} in {folder}") from None
    return content
