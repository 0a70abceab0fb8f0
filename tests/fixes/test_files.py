"""Files as they are on a disk: cells of notebooks however they are written, and writing that goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from prodlint.fixes import store
from prodlint.fixes.edits import Refused

from .repairing import fixed_outcome

CLIENT = "import openai\nclient = openai.OpenAI()"
USE = "%%time\nclient.responses.create(model='m', input='\N{GRINNING FACE}', max_output_tokens=9)\n"


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(
    "source",
    [
        CLIENT,
        CLIENT.splitlines(keepends=True),
        [CLIENT[:16], CLIENT[16:]],
        CLIENT.replace("\n", "\r\n"),
        CLIENT.replace("\n", "\r"),
        f"'a\N{LINE SEPARATOR}b'; {CLIENT}",
        ["'a'\n", "\f\n", *CLIENT.splitlines(keepends=True)],
    ],
)
def test_a_cell_is_changed_however_it_is_written(
    tmp_path: Path, source: str | list[str], plain: bool, indent: int | None
) -> None:
    cells = [{"cell_type": "code", "source": one, "outputs": [], "metadata": {}} for one in ([], source, USE)]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, indent=indent, ensure_ascii=plain)
    (tmp_path / "study.ipynb").write_text(notebook)
    outcome = fixed_outcome(tmp_path, "missing-timeout")
    assert outcome.failures == []
    old, new = outcome.changed["study.ipynb"]
    assert old == notebook.encode()
    before, after = json.loads(old), json.loads(new)
    text = "".join(before["cells"][1].pop("source"))
    assert "".join(after["cells"][1].pop("source")) == text.replace("OpenAI()", "OpenAI(timeout=60)")
    assert after == before


def test_a_file_that_went_away_stays_away(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written: No such file"):
        store.write(str(tmp_path), "service.py", b"old", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_file_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    path = tmp_path / f"{'long' * 60}.py"
    path.write_bytes(b"old")
    program = (
        "import resource, sys\nfrom prodlint.fixes import store\nfrom prodlint.fixes.edits import Refused\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2, 2))\n"
        "try:\n    store.write(sys.argv[1], sys.argv[2], b'old', b'longer')\n"
        "except Refused as error:\n    print(error)\n"
    )
    command = [sys.executable, "-B", "-c", program, str(tmp_path), path.name]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == "the file cannot be written: File too large\n"
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"old"
