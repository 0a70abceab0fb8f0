"""One repository, many ways to it: the findings' paths and fingerprints are the same."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodlint import cli

if shutil.which("git") is None:
    pytest.skip("needs git", allow_module_level=True)

CLIENT = "import openai\n\n\ndef make():\n    return openai.OpenAI(max_retries=0)\n"
USER = """\
from .clients import make

client = make()


def ask(question):
    return client.responses.create(model="m", input=question).output_text
"""
NOTEBOOK = {"cells": [{"cell_type": "code", "source": ["import openai\n", "c = openai.OpenAI(timeout=None)\n"]}]}
NOTEBOOK["cells"].append({"cell_type": "code", "source": ["c.responses.create(model='m', input='')"]})
PROJECT = Path("services") / "bot app"

Places = list[tuple[object, ...]]
Check = Callable[..., Places]


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.invalid", "-c", "protocol.file.allow=always")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository whose project is in a folder below, with a call across files and a notebook."""
    folder = tmp_path / "repository"
    project = folder / PROJECT
    (project / "src").mkdir(parents=True)
    for name, text in {"clients.py": CLIENT, "users.py": USER, "__init__.py": ""}.items():
        (project / "src" / name).write_text(text)
    (project / "study.ipynb").write_text(json.dumps(NOTEBOOK, indent=1))
    git(tmp_path, "init", "-q", "-b", "main", str(folder))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Check:
    """Checks a path from a folder, and gives what a code host sees of each finding."""

    def run(folder: Path, *arguments: str) -> Places:
        monkeypatch.chdir(folder)
        out = tmp_path / "reports"
        out.mkdir(exist_ok=True)
        formats = [f"--output-format={name}:{out / name}" for name in ("json", "sarif", "gitlab")]
        assert cli.main(["check", *formats, *arguments]) == 1
        findings, results, issues = (json.loads((out / name).read_text()) for name in ("json", "sarif", "gitlab"))
        return [
            (finding["path"], finding["line"], finding["fingerprint"], _place(result), issue["location"]["path"])
            for finding, result, issue in zip(findings["findings"], results["runs"][0]["results"], issues, strict=True)
        ]

    return run


def _place(result: Any) -> str:
    physical = result["locations"][0]["physicalLocation"]
    return json.dumps([physical, result["partialFingerprints"], result.get("relatedLocations")])


@pytest.fixture
def expected(repository: Path, check: Check) -> Places:
    """From the top of the repository."""
    places = check(repository)
    assert {str(place[0]) for place in places} == {
        "services/bot app/src/clients.py",
        "services/bot app/src/users.py",
        "services/bot app/study.ipynb",
    }
    assert all("services/bot%20app/" in str(place[3]) for place in places)
    assert all(str(place[4]) == place[0] for place in places)
    return places


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
def test_any_number_of_processes(repository: Path, check: Check, expected: Places, jobs: str) -> None:
    assert check(repository, "-j", jobs) == expected


@pytest.mark.parametrize("path", [".", "./", "services", "services/", "services/bot app//", "../repository/services"])
def test_any_spelling_of_the_path(repository: Path, check: Check, expected: Places, path: str) -> None:
    assert check(repository, path) == expected


def test_an_absolute_path_from_elsewhere(repository: Path, check: Check, expected: Places, tmp_path: Path) -> None:
    assert check(tmp_path, str(repository)) == expected


def test_the_files_one_by_one(repository: Path, check: Check, expected: Places) -> None:
    files = sorted(str(path) for path in repository.rglob("*") if path.suffix in (".py", ".ipynb"))
    assert check(repository, *files) == expected


@pytest.mark.parametrize("path", [(), ("src", "study.ipynb"), ("../..",)])
def test_a_subfolder(repository: Path, check: Check, expected: Places, path: tuple[str, ...]) -> None:
    assert check(repository / PROJECT, *path) == expected


def test_a_part_of_the_files(repository: Path, check: Check, expected: Places) -> None:
    assert check(repository / PROJECT / "src") == [place for place in expected if "/src/" in str(place[0])]


def test_a_symbolic_link_to_the_repository(repository: Path, check: Check, expected: Places, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repository)
    assert check(tmp_path, "link") == expected
    assert check(tmp_path, "link/services/") == expected
    assert check(tmp_path / "link") == expected


def test_a_symbolic_link_into_the_repository(repository: Path, check: Check, expected: Places, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repository / "services")
    assert check(tmp_path, "link") == expected
    assert check(tmp_path, "link/bot app/") == expected
    assert check(tmp_path / "link") == expected


def test_files_behind_a_symbolic_link(repository: Path, check: Check, expected: Places, tmp_path: Path) -> None:
    (tmp_path / "whole").symlink_to(repository)
    (tmp_path / "part").symlink_to(repository / PROJECT)
    (repository / "inner").symlink_to(repository / PROJECT / "src")
    files = ("src/clients.py", "src/users.py", "src/__init__.py", "study.ipynb")
    assert check(tmp_path, *(f"whole/{PROJECT}/{name}" for name in files)) == expected
    assert check(tmp_path, *(f"part/{name}" for name in files)) == expected
    assert check(repository, *(f"inner/{Path(name).name}" for name in files[:3]), f"{PROJECT}/{files[3]}") == expected


def test_a_detached_head(repository: Path, check: Check, expected: Places) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert check(repository) == expected


def test_another_worktree(repository: Path, check: Check, expected: Places, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    assert check(tmp_path / "other") == expected


def test_a_clone_and_a_shallow_clone(repository: Path, check: Check, expected: Places, tmp_path: Path) -> None:
    for name, depth in (("clone", ()), ("shallow", ("--depth=1",))):
        git(tmp_path, "clone", "-q", *depth, repository.as_uri(), name)
        assert check(tmp_path / name) == expected


def test_a_submodule(repository: Path, check: Check, expected: Places, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "outer")
    git(tmp_path / "outer", "submodule", "add", "-q", str(repository), "parts/inner")
    assert check(tmp_path / "outer" / "parts" / "inner") == expected
    assert check(tmp_path / "outer", "parts/inner") == expected


def test_a_read_only_checkout_which_stays_as_it_is(repository: Path, check: Check, expected: Places) -> None:
    shutil.rmtree(repository / ".prodlint_cache", ignore_errors=True)  # left by the run that was expected to write it
    everything = sorted(repository.rglob("*"), reverse=True)
    before = [(path, path.stat().st_mtime_ns) for path in everything]
    for path in (*everything, repository):
        path.chmod(path.stat().st_mode & 0o555)
    try:
        assert check(repository) == expected
        found = [path for path in repository.rglob("*") if ".prodlint_cache" not in path.parts]  # root may write
        assert sorted(found, reverse=True) == everything
        assert [(path, path.stat().st_mtime_ns) for path in everything if path != repository] == before
    finally:
        for path in (repository, *reversed(everything)):
            path.chmod(path.stat().st_mode | 0o200)
