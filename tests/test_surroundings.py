"""What the link stage learns of further files, and whether it still holds."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest

from prodlint.demand import may_import
from prodlint.discover import Content, OnDisk
from prodlint.file_index import Index
from prodlint.surroundings import Evidence, Surroundings

TEXTS = {"a.py": b"import llm\n", "b.py": b'lazy_import("llm")\n', "c.py": b"import os\n"}


def around(files: Mapping[str, Content | bytes]) -> Surroundings:
    return Surroundings(files, files, {}, Index({}, {}, "i"))


def on_disk(folder: Path, texts: Mapping[str, bytes]) -> Mapping[str, Content | bytes]:
    for path, text in texts.items():
        (folder / path).write_bytes(text)
    return {path: OnDisk(folder / path) for path in texts}


@pytest.fixture(params=["on disk", "in a revision"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def files(kind: str, folder: Path, texts: Mapping[str, bytes]) -> Mapping[str, Content | bytes]:
    return on_disk(folder, texts) if kind == "on disk" else texts


def learned(found: Surroundings) -> Evidence:
    assert found.answering(TEXTS, may_import(["llm.py"])) == ["a.py", "b.py"]
    assert found.imports("c.py") == b"import os"
    assert found.read("a.py") == TEXTS["a.py"]
    evidence = found.evidence()
    assert isinstance(pickle.loads(pickle.dumps(evidence)), Evidence)
    return evidence


def test_what_was_learned_holds_while_nothing_changes(kind: str, tmp_path: Path) -> None:
    evidence = learned(around(files(kind, tmp_path, TEXTS)))
    assert around(files(kind, tmp_path, TEXTS)).bears_out(evidence)
    assert around(files(kind, tmp_path, {**TEXTS, "c.py": b"import os\nx = 1\n"})).bears_out(evidence)


@pytest.mark.parametrize(
    ("path", "text"),
    [("a.py", b"import llm\n\n"), ("b.py", b"import os\n"), ("c.py", b"import os, llm\n"), ("c.py", b"import sys\n")],
)
def test_it_does_not_hold_when_what_was_asked_for_changes(kind: str, tmp_path: Path, path: str, text: bytes) -> None:
    evidence = learned(around(files(kind, tmp_path, TEXTS)))
    assert not around(files(kind, tmp_path, {**TEXTS, path: text})).bears_out(evidence)


def test_a_file_that_can_be_read_again_is_another_one(tmp_path: Path) -> None:
    known = on_disk(tmp_path, TEXTS)
    (tmp_path / "c.py").unlink()
    found = around(known)
    assert found.imports("c.py") == b""
    evidence = found.evidence()
    assert around(known).bears_out(evidence)
    (tmp_path / "c.py").write_bytes(b"import llm\n")
    assert not around(known).bears_out(evidence)
