"""docs/ci.md says what is so: its files are read, its prodlint commands run, its tables compared with the program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from prodlint import cli
from prodlint.report import FORMATS

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
FAULTY = "import openai\n\nclient = openai.OpenAI(timeout=None)\nclient.responses.create(model='m', input='')\n"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)


def table(first_heading: str) -> list[list[str]]:
    (rows,) = re.findall(rf"^\| {first_heading} \|.*\n\|[ |-]+\|\n((?:\|.*\n)+)", TEXT, flags=re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def texts(node: Any) -> Iterator[str]:
    """All strings in a document."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def commands() -> list[str]:
    """The `prodlint check` commands of the recipes."""
    scripts = [text for block in blocks("yaml") for text in texts(yaml.safe_load(block))]
    scripts += re.findall(r"sh '\S*?(prodlint check .*?)'", "".join(blocks("groovy")))
    return [line for line in scripts if line.startswith("prodlint ")]


def test_there_is_a_recipe_for_every_system() -> None:
    headings = re.findall(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    assert headings == [
        "GitHub",
        "GitLab",
        "Azure DevOps",
        "Bitbucket",
        "Jenkins",
        "CircleCI",
        "pre-commit and pre-commit.ci",
    ]
    assert len(blocks("yaml")) + len(blocks("groovy")) == len(headings)
    assert len(commands()) == 5


@pytest.mark.parametrize("command", commands())
def test_the_commands_work_and_write_what_the_recipe_collects(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").write_text(FAULTY)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)
    files = [word.partition(":")[2] for word in words if ":" in word]
    for file in files:
        folder = Path(file).parent
        assert folder == Path() or f"mkdir -p {folder.as_posix()}\n" in TEXT
        folder.mkdir(parents=True, exist_ok=True)
    assert cli.main(words[1:]) == 1
    for file in files:
        assert Path(file).stat().st_size
        # Named again by what collects it, or found in its folder.
        assert TEXT.count(file) >= 2 or TEXT.count(Path(file).parts[0]) >= 3


def test_the_formats_are_those_of_the_program() -> None:
    assert [name for row in table("format") for name in names(row[0])] == list(FORMATS)


def test_the_inputs_are_those_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert [names(row[0])[0] for row in table("input")] == list(action["inputs"])
    for row in table("input"):
        default = action["inputs"][names(row[0])[0]]["default"]
        assert names(row[2]) == ([default] if default else [])


def test_the_workflow_uses_inputs_and_permissions_that_exist() -> None:
    workflow = yaml.safe_load(blocks("yaml")[0])
    (job,) = workflow["jobs"].values()
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert set(job["steps"][-1]["with"]) <= set(action["inputs"])
    assert workflow["permissions"] == {"contents": "read", "security-events": "write"}


def test_the_hooks_are_those_of_the_repository() -> None:
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [names(row[0])[0] for row in table("hook")] == [hook["id"] for hook in offered]
    configured = yaml.safe_load(blocks("yaml")[-1])
    assert {hook["id"] for repo in configured["repos"] for hook in repo["hooks"]} <= {hook["id"] for hook in offered}
