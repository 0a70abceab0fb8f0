"""The pre-commit hooks, run by pre-commit itself on staged files."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from external_tools import ROOT, external, pre_commit

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
FAULTY = "import openai\n\nclient = openai.OpenAI(timeout=None)\nclient.responses.create(model='m', input='')\n"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def exists(entry: str) -> bool:
    """Whether prodlint has the command of an entry, with all its options."""
    program, *words = shlex.split(entry)
    command = [word for word in words if not word.startswith("-")]
    done = subprocess.run(
        [sys.executable, "-m", program, *command, "--help"], capture_output=True, text=True, check=False
    )
    return done.returncode == 0 and all(word in done.stdout for word in words if word.startswith("-"))


def test_the_hooks_are_commands_that_exist() -> None:
    assert [hook["id"] for hook in HOOKS] == ["prodlint", "prodlint-fix", "prodlint-full", "prodlint-config-verify"]
    assert [hook["id"] for hook in HOOKS if not exists(hook["entry"])] == []


def test_hooks_that_follow_calls_across_files_run_once() -> None:
    assert all(hook["require_serial"] for hook in HOOKS)
    assert [hook["id"] for hook in HOOKS if hook.get("pass_filenames") is False] == ["prodlint-full"]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """The status and the output of each hook, on a repository with one faulty file staged and one committed."""
    folder = tmp_path_factory.mktemp("hooked")
    git(folder, "init", "-q")
    (folder / "old.py").write_text(FAULTY)
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=n", "-c", "user.email=e@example.invalid", "commit", "-q", "-m", "first")
    (folder / "new staged.py").write_text(FAULTY)
    (folder / "clean.py").write_text("x = 1\n")
    (folder / "prodlint.toml").write_text('fail-on = "warning"\n')
    (folder / "good" / "prodlint.toml").parent.mkdir()
    (folder / "good" / "prodlint.toml").write_text('profile = "strict"\n')
    (folder / "bad" / "pyproject.toml").parent.mkdir()
    (folder / "bad" / "pyproject.toml").write_text('[tool.prodlint]\nprofil = "strict"\n')
    git(folder, "add", "-A")
    (folder / "not_staged.py").write_text(FAULTY)
    done = subprocess.run(
        [str(pre_commit()), "try-repo", str(ROOT), "--verbose", "--color", "never"],
        cwd=folder,
        env={**os.environ, "PRE_COMMIT_HOME": str(folder.parent / "pre-commit-home")},
        capture_output=True,
        text=True,
        check=False,
    )
    sections = re.split(r"^(.+?)\.{3,}(?:\(.*\))?(Passed|Failed|Skipped)$", done.stdout, flags=re.MULTILINE)
    assert len(sections) == 1 + 3 * len(HOOKS), done.stdout + done.stderr
    return {
        re.findall(r"^- hook id: (.+)$", output, flags=re.MULTILINE)[0]: (status, output)
        for status, output in zip(sections[2::3], sections[3::3], strict=True)
    }


@external
def test_the_staged_files_alone_are_reported(outcome: dict[str, tuple[str, str]]) -> None:
    status, output = outcome["prodlint"]
    assert status == "Failed"
    assert "exit code: 1" in output
    assert re.findall(r"^(.+?):3:\d+: \w+\[disabled-timeout\]", output, flags=re.MULTILINE) == ["new staged.py"]


@external
def test_the_whole_project_is_reported(outcome: dict[str, tuple[str, str]]) -> None:
    status, output = outcome["prodlint-full"]
    assert status == "Failed"
    found = re.findall(r"^(.+?):3:\d+: \w+\[disabled-timeout\]", output, flags=re.MULTILINE)
    assert found == ["new staged.py", "not_staged.py", "old.py"]


@external
def test_what_cannot_be_repaired_safely_is_reported(outcome: dict[str, tuple[str, str]]) -> None:
    status, output = outcome["prodlint-fix"]
    assert status == "Failed"
    assert "new staged.py:3:" in output and "old.py" not in output


@external
def test_each_staged_configuration_is_verified(outcome: dict[str, tuple[str, str]]) -> None:
    status, output = outcome["prodlint-config-verify"]
    assert status == "Failed"
    assert "bad/pyproject.toml:2: unknown key `profil`, did you mean `profile`?" in output
    assert re.findall(r"(\w+)/prodlint\.toml: no mistake found$", output, re.MULTILINE) == ["good", "hooked0"]
