"""A file that cannot be analysed is one entry in `errors`, whether it has LLM code or not, and hides nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from prodlint import extract as extraction
from prodlint import soundness
from prodlint.cli import main
from prodlint.facts import FileFacts

FAULTY = """\
from openai import OpenAI

client = OpenAI()


def ask(question: str) -> str | None:
    answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": question}])
    return answer.choices[0].message.content
"""


def report(folder: Path, capsys: pytest.CaptureFixture[str], *paths: str) -> tuple[int, dict[str, str], list[str]]:
    """Exit code, errors by path, and the paths with findings."""
    places = [str(folder / path) for path in paths] or [str(folder)]
    code = main(["check", "--isolated", "--output-format", "json", *places])
    found = json.loads(capsys.readouterr().out)
    errors = {error["path"]: f"{error['line']}: {error['message']}" for error in found["errors"]}
    assert len(errors) == len(found["errors"])
    return code, errors, [finding["path"] for finding in found["findings"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "good.py").write_text(FAULTY)
    return tmp_path


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        (b"def f(:\n    pass\n", 1, "not valid Python"),
        (b"x = 1\nif x\n    pass\n", 2, "expected ':'"),
        (b"import openai\ndef f(:\n    pass\n", 2, "not valid Python"),
        (b"# \xe9t\xe9\nx = 1\n", 1, "encoding"),
        (b"x = 1\n# \xe9t\xe9\nimport openai\n", 2, "UTF-8"),
        (b"# coding: nonsense\nx = 1\n", 1, "encoding"),
        (b"x = 1\n\0\n", 2, "null bytes"),
        (b"print 'two'\n", 1, "not valid Python"),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_a_broken_file_is_one_entry_and_hides_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, line: int, part: str, named: bool
) -> None:
    (folder / "bad.py").write_bytes(content)
    code, errors, findings = report(folder, capsys, *(["bad.py", "good.py"] if named else []))
    assert code == 2
    assert list(errors) == ["bad.py"]
    assert errors["bad.py"].startswith(f"{line}: ")
    assert part in errors["bad.py"]
    assert findings == report(folder, capsys, "good.py")[2] != []


@pytest.mark.parametrize(
    "content",
    [
        b"# -*- coding: latin-1 -*-\n# \xe9t\xe9\n",
        b"\xef\xbb\xbfx = 1\n",
        "x = 'é'\n".encode(),
        b"type Pair[T] = tuple[T, T]\n",
        b"def f[T](x: T) -> T:\n    return x\n",
        b"x = '\\d'\n",
        b"",
    ],
)
def test_what_some_python_accepts_is_no_error(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, recwarn: pytest.WarningsRecorder
) -> None:
    (folder / "fine.py").write_bytes(content)
    assert report(folder, capsys)[:2] == (1, {})
    assert [str(warning.message) for warning in recwarn] == []


def test_a_large_tree_is_not_read_for_its_syntax_but_for_its_encoding(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundness, "BUDGET", 100)
    (folder / "bad.py").write_bytes(b"def f(:\n" + b"# far too long\n" * 10)
    (folder / "latin.py").write_bytes(b"x = 1\n# \xe9t\xe9\n")
    assert list(report(folder, capsys)[1]) == ["latin.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_an_entry(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "locked.py").write_text(FAULTY)
    (folder / "locked.py").chmod(0)
    code, errors, findings = report(folder, capsys)
    assert (code, errors) == (2, {"locked.py": "None: cannot be read: Permission denied"})
    assert findings != []


def test_a_dangling_link_and_a_directory_with_a_file_s_name_are_entries(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "gone.py").symlink_to("nowhere.py")
    (folder / "folder.py").mkdir()
    (folder / "folder.py" / "x.py").write_text("x = 1\n")
    (folder / "empty.py").mkdir()
    code, errors, findings = report(folder, capsys)
    assert (code, sorted(errors)) == (2, ["folder.py", "gone.py"])
    assert findings != []
    code, errors, _ = report(folder, capsys, "empty.py")
    assert (code, errors) == (2, {"empty.py": "None: is a directory, not a file"})


def test_every_file_is_counted_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "plain.py").write_text("x = 1\n")
    (folder / "broken.py").write_text("def f(:\n")
    (folder / "broken_too.py").write_text("import openai\ndef f(:\n")
    (folder / "gone.py").symlink_to("nowhere.py")
    (folder / "folder.py").mkdir()
    (folder / "folder.py" / "x.py").write_text("x = 1\n")
    (folder / "settings.yaml").write_text("a: 1\n")
    half = {"cells": [{"cell_type": "code", "source": source} for source in (FAULTY, "def f(:\n")]}
    (folder / "half.ipynb").write_text(json.dumps(half))
    assert main(["check", "--isolated", "--output-format", "json", str(folder)]) == 2
    document = json.loads(capsys.readouterr().out)
    counts = {name: count for name, count in document["summary"].items() if name.startswith("files")}
    assert {error["path"] for error in document["errors"]} == {
        *("broken.py", "broken_too.py", "gone.py", "folder.py", "half.ipynb")
    }
    assert counts == {
        "files": 10,
        "files_screened_out": 4,  # plain.py, folder.py/x.py, settings.yaml, pyproject.toml
        "files_parsed": 2,  # good.py, and of half.ipynb what could be
        "files_not_analysed": 4,
    }


def test_a_bug_of_prodlint_in_one_file_hides_nothing_in_others(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "other.py").write_text("import openai\n# the stumbling block\n")
    extract = extraction.extract

    def stumbling(text: str, cells: tuple[int, ...] = ()) -> FileFacts:
        if "stumbling block" in text:
            raise IndexError("string index out of range")
        return extract(text, cells=cells)

    monkeypatch.setattr(extraction, "extract", stumbling)
    code, errors, found = report(folder, capsys)
    assert code == 2 and set(found) == {"good.py"}
    assert "by a bug in prodlint; please report IndexError: string index out of range" in errors["other.py"]
