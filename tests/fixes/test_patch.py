"""Patches: what `git apply` makes of them, and that none shows more than is looked at for keys."""

from __future__ import annotations

import random
import re
import subprocess
import time
from pathlib import Path

import pytest

from prodlint.fixes.patch import excerpt, patch, shown_lines


@pytest.mark.parametrize("seed", range(12))
def test_git_makes_the_new_file_of_the_old_one(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    lines = [chance.choice(["    )\n", "\n", f"line {number}\n"]) for number in range(chance.choice([1, 9, 400]))]
    new = list(lines)
    for _ in range(4):
        place = chance.randrange(len(new) + 1)
        new[place : place + chance.randrange(2)] = [chance.choice(["    )\n", f"new {place}\n"])] * chance.randrange(3)
    old_text, new_text = "".join(lines), "".join(new).removesuffix("\n" if seed % 2 else "")
    (tmp_path / "service.py").write_text(old_text)
    made = patch({"service.py": (old_text.encode(), new_text.encode())}, "")
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    if made:
        subprocess.run(["git", "apply", "-"], input=made, cwd=tmp_path, check=True)
    assert (tmp_path / "service.py").read_text() == new_text


def test_a_line_that_stays_is_not_shown_as_changed() -> None:
    old = "".join(f"call{number}(\n    a,\n)\n" for number in range(100))
    new = old.replace("call99(\n    a,\n)", "call99(\n    a,\n    b,\n)")
    assert b"-)" not in patch({"service.py": (old.encode(), new.encode())}, "")


def test_the_lines_that_are_looked_at_are_those_of_the_patch() -> None:
    old = "".join(f"    )\nline {number % 40}\n" for number in range(300))
    new = "import os\n" + old.replace("line 7\n", "changed\n    )\n", 2)
    heads = re.findall(r"^@@ -(\d+),(\d+) ", patch({"a.py": (old.encode(), new.encode())}, "").decode(), re.MULTILINE)
    assert shown_lines(old, new) == {int(start) + more for start, count in heads for more in range(int(count))}


def test_a_hidden_line_is_left_out() -> None:
    shown = excerpt("a\n\nb\nc\n", "a\n\nx\nc\n", [3, 4])
    assert list(shown) == ["@@ line 1 @@", " a", " ", "-…", "+x", " …"]


def test_a_large_notebook_takes_no_minute() -> None:
    old = "".join(f'  {{\n   "cell_type": "code",\n   "x{number}"\n  }},\n' for number in range(4000))
    new = "import os\n" + old.replace("x3999", "changed")
    started = time.monotonic()
    assert patch({"study.ipynb": (old.encode(), new.encode())}, "")
    assert time.monotonic() - started < 20
