"""Runs `prodlint` and git in a scratch folder, as a user does."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from prodlint import cli


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str


def prodlint(folder: Path, *arguments: str, stdin: str = "") -> Done:
    """What the command line does in a folder; in this process, which spares a second for each call."""
    out, err = io.StringIO(), io.StringIO()
    before, real_stdin = os.getcwd(), sys.stdin
    os.chdir(folder)
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.main(arguments)
    finally:
        os.chdir(before)
        sys.stdin = real_stdin
    return Done(code, out.getvalue(), err.getvalue())


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


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """A git repository with these files in the first commit of its branch `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
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
