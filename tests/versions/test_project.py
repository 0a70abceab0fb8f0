"""Which version holds for a file: the nearest word that is exact, within the nearest range."""

from __future__ import annotations

from pathlib import Path

import pytest

from prodlint.versions.project import Choice, ProjectVersions, choose

KNOWN = ("3.54.0", "2.54.0", "1.109.1", "0.28.1")
LOCK = '[[package]]\nname = "openai"\nversion = "{}"\n'
PROJECT = '[project]\ndependencies = ["openai{}"]\n'


def chosen(root: Path, files: dict[str, str], path: str = "services/chat/app/llm.py") -> Choice | None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return choose(ProjectVersions(root).statements(path, "OpenAI"), KNOWN)


CASES = {
    "nothing": ({}, None),
    "no_version": ({"requirements.txt": "openai"}, None),
    "lock": ({"uv.lock": LOCK.format("1.40.0")}, ("1.40.0", "locked in uv.lock")),
    "pin": ({"requirements.txt": "openai==1.40.0"}, ("1.40.0", "pinned in requirements.txt")),
    "range": ({"pyproject.toml": PROJECT.format(">=1,<2")}, ("1.109.1", "allowed by pyproject.toml")),
    "open_range": ({"pyproject.toml": PROJECT.format(">=1")}, ("3.54.0", "allowed by pyproject.toml")),
    "range_without_a_known_version": (
        {"pyproject.toml": PROJECT.format("~=1.40.2")},
        ("1.40.2", "allowed by pyproject.toml"),
    ),
    "unreadable_range": ({"requirements.txt": "openai latest"}, None),
    "lock_before_range": (
        {"pyproject.toml": PROJECT.format(">=1"), "poetry.lock": LOCK.format("1.40.0")},
        ("1.40.0", "locked in poetry.lock"),
    ),
    "nearest_pin": (
        {"requirements.txt": "openai==0.28.1", "services/chat/requirements.txt": "openai==2.1"},
        ("2.1", "pinned in services/chat/requirements.txt"),
    ),
    "lock_of_the_workspace": (
        {"uv.lock": LOCK.format("1.40.0"), "services/chat/pyproject.toml": PROJECT.format(">=1")},
        ("1.40.0", "locked in uv.lock"),
    ),
    "lock_of_something_else": (
        {"uv.lock": LOCK.format("0.28.1"), "services/chat/pyproject.toml": PROJECT.format(">=1,<3")},
        ("2.54.0", "allowed by services/chat/pyproject.toml"),
    ),
    "neighbour": ({"services/mail/requirements.txt": "openai==0.28.1"}, None),
    "main_before_others": (
        {"requirements-dev.txt": "openai==2.1", "requirements.txt": "openai==2.2"},
        ("2.2", "pinned in requirements.txt"),
    ),
    "included": (
        {
            "requirements.txt": "-r requirements/base.txt",
            "requirements/base.txt": "-c ../pins.txt",
            "pins.txt": "openai==2.3",
        },
        ("2.3", "pinned in pins.txt"),
    ),
    "included_in_a_circle": (
        {"requirements.txt": "-r requirements.txt\nopenai==2.4"},
        ("2.4", "pinned in requirements.txt"),
    ),
    "installed": (
        {
            "services/chat/openai-1.40.0.dist-info/METADATA": "Name: openai\nVersion: 1.40.0\n",
            "services/chat/langchain-1.0.dist-info/METADATA": "Name: langchain\nVersion: 1.0\nRequires-Dist: openai>=1",
        },
        ("1.40.0", "pinned in services/chat/openai-1.40.0.dist-info/METADATA"),
    ),
    "unpacked": (
        {"chat-1.0.dist-info/METADATA": "Name: chat\nVersion: 1.0\nRequires-Dist: openai<2,>=1"},
        ("1.109.1", "allowed by chat-1.0.dist-info/METADATA"),
    ),
    "integration": (
        {"services/chat/manifest.json": '{"requirements": ["openai==2.1"]}', "requirements.txt": "openai==2.2"},
        ("2.1", "pinned in services/chat/manifest.json"),
    ),
    "folder": ({"requirements/prod.txt": "openai==2.5"}, ("2.5", "pinned in requirements/prod.txt")),
}


@pytest.mark.parametrize("name", CASES)
def test_the_version_for_a_file(name: str, tmp_path: Path) -> None:
    files, expected = CASES[name]
    found = chosen(tmp_path, files)
    assert (None if found is None else (found.version, found.origin)) == expected


def test_a_file_outside_the_project_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("openai==1.0", encoding="utf-8")
    assert chosen(tmp_path / "project", {"requirements.txt": "-r ../outside.txt"}) is None


def test_directories_and_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").mkdir()
    (tmp_path / "requirements.txt").write_bytes(b"openai==1.5\n\xff\xfe\n")
    found = choose(ProjectVersions(tmp_path).statements("app.py", "openai"), KNOWN)
    assert found == Choice(version="1.5", origin="pinned in requirements.txt", allowed="==1.5")
