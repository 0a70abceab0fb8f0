"""`prodlint report`: what a saved run can show, and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prodlint import cli
from prodlint.report import FORMATS

FAULTY = "import openai\n\nclient = openai.OpenAI(timeout=None)\nclient.responses.create(model='m', input='')\n"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    """A run over a faulty file, a notebook with a broken cell, and a comment that cannot be understood."""
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "app.py").write_text(FAULTY + "x = 1  # prodlint: ignore\n")
    cells = [{"cell_type": "code", "source": source} for source in ("(", FAULTY)]
    (project / "study.ipynb").write_text(json.dumps({"cells": cells}))
    monkeypatch.chdir(project)
    cli.main(["check", *(f"--output-format={name}:{tmp_path / name}" for name in FORMATS)])
    capsys.readouterr()
    return tmp_path / "json"


@pytest.mark.parametrize("name", FORMATS)
def test_every_report_is_the_same_as_that_of_the_run(saved: Path, name: str) -> None:
    again = saved.parent / "again"
    assert cli.main(["report", str(saved), "--output-format", f"{name}:{again}"]) == 0
    assert again.read_text(encoding="utf-8") == (saved.parent / name).read_text(encoding="utf-8")


def test_lines_of_a_file_that_has_changed_or_gone_are_not_shown(saved: Path, capsys: Captured) -> None:
    with open("app.py", "a") as file:
        file.write("\n")
    Path("study.ipynb").unlink()
    assert cli.main(["report", str(saved)]) == 0
    told = capsys.readouterr()
    assert "no source lines of app.py: the file has changed since" in told.err
    assert "no source lines of study.ipynb: the file cannot be read any more" in told.err
    assert "disabled-timeout" in told.out
    assert " | client" not in told.out


def test_the_place_in_a_notebook_is_known_without_the_notebook(saved: Path) -> None:
    Path("study.ipynb").unlink()
    again = saved.parent / "again"
    cli.main(["report", str(saved), "--output-format", f"gitlab:{again}"])
    assert again.read_text() == (saved.parent / "gitlab").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "it is not JSON"),
        ("[]", "not what `prodlint check --output-format json` writes"),
        ('{"schema_version": 1, "calls": []}', "not what `prodlint check --output-format json` writes"),
        ('{"schema_version": 2, "findings": []}', "its schema_version is 2"),
        ('{"schema_version": 1, "findings": []}', "is missing or not what it should be"),
    ],
)
def test_what_is_no_saved_run_is_refused(tmp_path: Path, capsys: Captured, text: str, words: str) -> None:
    (tmp_path / "in.json").write_text(text)
    assert cli.main(["report", str(tmp_path / "in.json")]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("member", ["root", "errors", "summary", "rules", "sources"])
def test_a_run_without_a_member_is_refused_by_its_name(saved: Path, capsys: Captured, member: str) -> None:
    document = json.loads(saved.read_text())
    del document[member]
    saved.write_text(json.dumps(document))
    assert cli.main(["report", str(saved)]) == 2
    assert f"`{member}` is missing or not what it should be" in capsys.readouterr().err


def test_a_category_goes_into_sarif_and_is_refused_elsewhere(saved: Path, capsys: Captured) -> None:
    for command in (["check", "."], ["report", str(saved)]):
        cli.main([*command, "--output-format", "sarif", "--sarif-category", "leg 1"])
        assert json.loads(capsys.readouterr().out)["runs"][0]["automationDetails"] == {"id": "leg 1/"}
        assert cli.main([*command, "--sarif-category", "leg 1"]) == 2
        assert "means something to `--output-format sarif` alone" in capsys.readouterr().err
        assert cli.main([*command, "--output-format", "sarif", "--sarif-category", "/"]) == 2
        assert "it names nothing" in capsys.readouterr().err
