"""Runs `prodlint` and git as a user does, in a scratch folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

SOURCE = Path(__file__).resolve().parent.parent


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str


def prodlint(folder: Path, *arguments: str, stdin: str = "") -> Done:
    environment = {**os.environ, "PYTHONPATH": f"{SOURCE / 'checker'}{os.pathsep}{SOURCE / 'rules'}"}
    done = subprocess.run(
        [sys.executable, "-m", "prodlint", *arguments],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def findings(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """The findings of a check, from its JSON."""
    done = prodlint(folder, "check", "--output-format", "json", *arguments)
    assert done.code in (0, 1), done.err
    found: list[dict[str, Any]] = json.loads(done.out)["findings"]
    return found


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def repository(folder: Path, files: Mapping[str, str], names: Sequence[str] = ("main",)) -> Path:
    """A git repository with these files in its first commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", names[0])
    write(folder, files)
    commit(folder)
    return folder


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")


def commit(folder: Path) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x", "--allow-empty")
    return git(folder, "rev-parse", "HEAD").strip()
