"""`--output-format FORMAT:FILE`: a report replaces an earlier report, and nothing that prodlint reads."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from command_line import prodlint, write

FAULTY = "import openai\n\nclient = openai.OpenAI(timeout=None)\nclient.responses.create(model='m', input='')\n"
FILES = {
    "app.py": FAULTY,
    "script": f"#!/usr/bin/env python\n{FAULTY}",
    "stub.pyi": "",
    "study.ipynb": json.dumps({"cells": []}),
    "prodlint.toml": "baseline = 'known.json'\n",
    "known.json": '{"version": 1, "entries": []}',
    "requirements.txt": "openai\n",
    "uv.lock": "",
    ".env": "A=1\n",
    "settings.yaml": "a: 1\n",
    ".secrets.baseline": '{"results": {}}',
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, FILES)
    (tmp_path / ".git").mkdir()
    (tmp_path / "linked.json").symlink_to("app.py")
    os.link(tmp_path / "known.json", tmp_path / "same.json")
    return tmp_path


@pytest.mark.parametrize(
    "file",
    [
        *("./app.py", "stub.pyi", "study.ipynb", "prodlint.toml", "known.json", "requirements.txt", "uv.lock"),
        *(".env", "settings.yaml", ".secrets.baseline", "linked.json", "same.json"),
    ],
)
def test_what_prodlint_reads_is_not_overwritten(project: Path, file: str) -> None:
    before = (project / file).read_bytes()
    for command in ("check", "calls"):
        done = prodlint(project, command, "--output-format", "json:new.json", "--output-format", f"json:{file}")
        assert done.code == 2
        assert f"cannot write '{file}': it is a file that prodlint reads; choose another" in done.err
        assert (project / file).read_bytes() == before
        assert not (project / "new.json").exists()


@pytest.mark.parametrize(
    ("file", "arguments"),
    [
        ("script", ("script",)),
        ("data.json", ("data.json",)),
        ("other.json", ("--baseline", "other.json")),
        ("name.txt", ("--stdin-filename", "name.txt")),
    ],
)
def test_nor_is_what_the_command_line_names(project: Path, file: str, arguments: tuple[str, ...]) -> None:
    (project / file).write_text("{}", encoding="utf-8")
    done = prodlint(project, "check", "--output-format", f"sarif:{file}", *arguments)
    assert done.code == 2
    assert f"cannot write '{file}': it is a file that prodlint reads" in done.err
    assert (project / file).read_text(encoding="utf-8") == "{}"


def test_an_earlier_report_is_replaced(project: Path) -> None:
    for _ in range(2):
        done = prodlint(project, "check", "--output-format", "json:run.json", "--output-format", "markdown:out.md")
        assert done.code == 1, done.err
    assert json.loads((project / "run.json").read_text(encoding="utf-8"))["findings"]


def test_a_saved_run_is_not_replaced_by_its_own_report(project: Path) -> None:
    prodlint(project, "check", "--output-format", "json:run.json")
    before = (project / "run.json").read_bytes()
    done = prodlint(project, "report", "run.json", "--output-format", "sarif:./run.json")
    assert (done.code, (project / "run.json").read_bytes()) == (2, before)
