"""The story of a legacy repository that takes prodlint up: known findings stay quiet whatever happens around them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import commit, findings, prodlint, repository

FILES = 10
FUNCTIONS = 20

HEADER = """import os
from openai import OpenAI

client = OpenAI(api_key = os.environ['OPENAI_API_KEY'], timeout = 20, max_retries = 4)


"""
FUNCTION = """def ask_{number}(question,
      history = [ ]):
  answer = client.chat.completions.create(model = 'gpt-4o',
     messages = [ {{'role': 'user', 'content': f'{{question}}' "and {number}"}} ] + history, n = 0X{number:X}
  )
  return answer.choices[0].message.content


"""


def legacy(file: int) -> str:
    return HEADER + "".join(FUNCTION.format(number=file * FUNCTIONS + number) for number in range(FUNCTIONS))


def formatter(name: str) -> list[str]:
    pytest.importorskip(name)
    return [sys.executable, "-m", name] if name == "black" else [sys.executable, "-m", name, "format"]


def is_green(folder: Path) -> bool:
    done = prodlint(folder, "check", "-v")
    assert "stale" not in done.err
    return done.code == 0


@pytest.fixture(scope="module")
def legacy_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with 200 findings and a baseline."""
    files = {f"app/part_{file}.py": legacy(file) for file in range(FILES)}
    folder = repository(tmp_path_factory.mktemp("legacy"), files)
    assert len(findings(folder)) == FILES * FUNCTIONS
    assert prodlint(folder, "check").code == 1
    created = prodlint(folder, "baseline", "create")
    assert (created.code, created.out) == (0, ""), created.err
    commit(folder)
    return folder


@pytest.fixture
def adopted(legacy_repository: Path, tmp_path: Path) -> Path:
    return shutil.copytree(legacy_repository, tmp_path / "adopted")


def test_a_legacy_repository_is_green_until_something_new_is_wrong(adopted: Path) -> None:
    assert is_green(adopted)
    book = adopted / ".prodlint-baseline.json"
    created = book.read_text(encoding="utf-8")

    for path in sorted((adopted / "app").glob("*.py")):
        path.write_text("\n# a line\n" * 20 + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert is_green(adopted)

    (adopted / "app" / "part_3.py").rename(adopted / "app" / "renamed.py")
    assert is_green(adopted)

    fault = "\ndef new(question):\n    return client.responses.create(model='gpt-4o', input=question).output_text\n"
    with open(adopted / "app" / "part_0.py", "a", encoding="utf-8") as file:
        file.write(fault)
    (found,) = findings(adopted)
    assert (found["rule"], found["symbol"]) == ("missing-max-tokens", "new")
    assert prodlint(adopted, "check").code == 1
    assert prodlint(adopted, "baseline", "update").code == 1
    assert book.read_text(encoding="utf-8") == created, "nothing is added unless that is allowed"

    part = adopted / "app" / "part_5.py"
    part.write_text(part.read_text(encoding="utf-8").replace("model =", "max_tokens = 9, model =", 10), "utf-8")
    assert "10 findings" in prodlint(adopted, "check").err
    assert prodlint(adopted, "check", "--select", "missing-max-tokens", "app/part_1.py", "--fail-on-stale").code == 0
    pruned = prodlint(adopted, "baseline", "prune")
    assert (pruned.code, pruned.out) == (0, "")
    assert "190 known, 10 removed" in pruned.err
    assert [item["symbol"] for item in findings(adopted)] == ["new"]
    assert "stale" not in prodlint(adopted, "check", "-v").err


@pytest.mark.parametrize("name", ["black", "ruff"])
def test_reformatting_makes_nothing_new(adopted: Path, name: str) -> None:
    before = (adopted / "app" / "part_0.py").read_text(encoding="utf-8")
    subprocess.run([*formatter(name), "-q", "app"], cwd=adopted, check=True, capture_output=True)
    after = (adopted / "app" / "part_0.py").read_text(encoding="utf-8")
    assert len(set(before.splitlines()) & set(after.splitlines())) < 10
    assert is_green(adopted)
    assert len(findings(adopted, "--no-baseline")) == FILES * FUNCTIONS


def test_the_file_is_one_sorted_entry_a_line_without_source_or_line_numbers(adopted: Path) -> None:
    text = (adopted / ".prodlint-baseline.json").read_text(encoding="utf-8")
    entries = json.loads(text)["entries"]
    assert len(entries) == FILES * FUNCTIONS == len(re.findall(r"^    \{.*\},?$", text, flags=re.MULTILINE))
    keys = [(entry["path"], entry["rule"], entry["symbol"]) for entry in entries]
    assert keys == sorted(keys)
    assert set(entries[0]) == {"path", "rule", "symbol", "hash", "nth"}
    assert "gpt" not in text and "client" not in text
    assert prodlint(adopted, "baseline", "create").code == 2, "it exists"
    assert prodlint(adopted / "app", "baseline", "create", "--force", "-j", "2").code == 0
    assert (adopted / ".prodlint-baseline.json").read_text(encoding="utf-8") == text


def test_the_folder_of_a_baseline_is_made(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.prodlint]\nbaseline = "ci/lint/base.json"\n')
    (tmp_path / "app.py").write_text("import openai\nopenai.OpenAI().responses.create(model='m', input='q')\n")
    assert prodlint(tmp_path, "baseline", "create").code == 0
    assert (tmp_path / "ci" / "lint" / "base.json").is_file()
    assert prodlint(tmp_path, "check").code == 0
