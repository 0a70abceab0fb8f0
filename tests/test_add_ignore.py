"""`check --add-ignore`: the comments it writes silence what was found, and change nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import findings, prodlint, repository, write
from prodlint.add_ignore import add_ignores
from prodlint.api import Severity
from prodlint.findings import Finding, Run, Summary
from prodlint.model import Location
from prodlint.suppress import apply, suppressions

COUNTS = Summary(files=1, files_screened_out=0, files_parsed=1, calls=0, findings=0, suppressed=0, seconds=0)


def finding(path: str, line: int, end_line: int, rule: str = "a-rule", cell: int | None = None) -> Finding:
    place = Location(path=path, line=line, column=1, end_line=end_line, end_column=2, cell=cell)
    return Finding(rule=rule, severity=Severity.ERROR, location=place, message="m", help="h")


def run_of(root: Path, *found: Finding) -> Run:
    return Run(root=str(root), findings=found, failures=(), summary=COUNTS, rules=(), sources={})


def ignored(tmp_path: Path, text: str, line: int, end_line: int, *rules: str, reason: str = "why") -> str:
    """The text with comments for findings of these rules in a range of lines."""
    path = tmp_path / "a.py"
    path.write_bytes(text.encode())
    found = [finding("a.py", line, end_line, rule) for rule in rules or ("a-rule",)]
    added = add_ignores(run_of(tmp_path, *found), reason)
    assert (added.findings, added.files, added.left) == (len(found), 1, ())
    return path.read_bytes().decode()


IGNORE = "# prodlint: ignore[a-rule] why"


@pytest.mark.parametrize(
    ("before", "place", "after"),
    [
        ("f()\n", (1, 1), f"f()  {IGNORE}\n"),
        ("f()", (1, 1), f"f()  {IGNORE}"),
        ("x = 1\r\nf()\r\n", (2, 2), f"x = 1\r\nf()  {IGNORE}\r\n"),
        ("\ufefff()\n", (1, 1), f"\ufefff()  {IGNORE}\n"),
        ("f()  # noqa: E501\n", (1, 1), f"f()  # noqa: E501  {IGNORE}\n"),
        ("f(\n    a,\n)\n", (1, 3), f"f(  {IGNORE}\n    a,\n)\n"),
        ("f('''a\nb''')\n", (1, 2), f"f('''a\nb''')  {IGNORE}\n"),
        ("x = \\\n  f()\n", (1, 2), f"x = \\\n  f()  {IGNORE}\n"),
        ("if a:\n    x = '''\n  ''' + \\\n'''\n''' ; y = '''\n'''\n", (2, 2), None),
        ("def g():\n\tx = '''\n''' + f('''\n''')\n", (3, 4), f"def g():\n\tx = '''\n''' + f('''\n''')  {IGNORE}\n"),
        ("# key\n", (1, 1), f"# key  {IGNORE}\n"),
        ("f()  # prodlint: ignore[b-rule] old\n", (1, 1), "f()  # prodlint: ignore[b-rule, a-rule] old\n"),
        ("é('😀')  # prodlint: ignore[b]  # x\n", (1, 1), "é('😀')  # prodlint: ignore[b, a-rule] why  # x\n"),
        ("# prodlint: ignore[b] old\nf()\n", (2, 2), "# prodlint: ignore[b, a-rule] old\nf()\n"),
        ("f()  # prodlint: ignore[b] x until=2099-01-01\n", (1, 1), None),
    ],
)
def test_a_comment_goes_where_it_counts(tmp_path: Path, before: str, place: tuple[int, int], after: str | None) -> None:
    text = ignored(tmp_path, before, *place)
    assert after is None or text == after
    line, end_line = place
    applied = apply([finding("a.py", line, end_line)], suppressions(text), path="a.py", known=("a-rule",), ran=())
    assert applied.kept == ()


def test_several_rules_on_a_line_share_a_comment(tmp_path: Path) -> None:
    text = ignored(tmp_path, "f()\n", 1, 1, "a-rule", "b-rule", reason="")
    assert text == "f()  # prodlint: ignore[a-rule, b-rule]\n"


def test_the_encoding_is_kept(tmp_path: Path) -> None:
    source = "# coding: latin-1\nf('é')\n".encode("latin-1")
    (tmp_path / "a.py").write_bytes(source)
    add_ignores(run_of(tmp_path, finding("a.py", 2, 2)), "für é")
    assert (tmp_path / "a.py").read_bytes() == source[:-1] + "  # prodlint: ignore[a-rule] für é\n".encode("latin-1")
    (tmp_path / "a.py").write_bytes(source)
    (left,) = add_ignores(run_of(tmp_path, finding("a.py", 2, 2)), "😀").left
    assert "encoding" in left[1]
    assert (tmp_path / "a.py").read_bytes() == source


@pytest.mark.parametrize("path", ["a.env", "b.json", "c.yaml"])
def test_other_files_are_left_and_said_so(tmp_path: Path, path: str) -> None:
    (tmp_path / path).write_text("KEY=x\n", encoding="utf-8")
    added = add_ignores(run_of(tmp_path, finding(path, 1, 1)), "")
    assert added.findings == 0
    assert "use a baseline" in added.left[0][1]
    assert (tmp_path / path).read_text(encoding="utf-8") == "KEY=x\n"


LIST_CELLS = """{
 "cells": [
  {"cell_type": "markdown", "source": ["# f()"], "metadata": {}},
  {
   "cell_type": "code", "outputs": [{"text": ["\\u00e9"]}],
   "source": [
    "!pip install 'x\\n",
    "caf\\u00e9 = 1\\n",
    "f()"
   ],
   "metadata": {"source": "f()"}
  },
  {"source": "%%time\\nf()\\n", "cell_type": "code"}
 ], "metadata": {},   "nbformat": 4
}
"""


def test_only_the_changed_lines_of_a_notebook_change(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text(LIST_CELLS, encoding="utf-8")
    found = [finding("n.ipynb", 3, 3, cell=0), finding("n.ipynb", 2, 2, cell=1)]
    assert add_ignores(run_of(tmp_path, *found), "é").left == ()
    text = (tmp_path / "n.ipynb").read_text(encoding="utf-8")
    comment = "  # prodlint: ignore[a-rule] \\u00e9"
    assert text == LIST_CELLS.replace('    "f()"\n', f'    "f(){comment}"\n').replace(
        "%%time\\nf()\\n", f"%%time\\nf(){comment}\\n"
    )
    assert json.loads(text)["cells"][1]["source"][1] == "café = 1\n"


PROGRAM = """from openai import OpenAI

client = OpenAI()


def ask(question):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": f'''
        {question}'''}])
"""


def test_after_it_a_check_is_clean(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": PROGRAM.splitlines(keepends=True)}
    notebook = json.dumps({"cells": [cell], "metadata": {}})
    write(tmp_path, {"a.py": PROGRAM, "n.ipynb": notebook, "pyproject.toml": ""})
    assert len(findings(tmp_path)) > 4
    done = prodlint(tmp_path, "check", "--add-ignore", "a.py", "n.ipynb")
    assert (done.code, done.out) == (0, ""), done.err
    assert "in 2 files" in done.err
    assert findings(tmp_path, "--fail-on", "note") == []
    assert len(findings(tmp_path, "--ignore-suppressions")) > 4


def test_a_reason_is_asked_for_and_checked(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": PROGRAM, "prodlint.toml": "require-reason = true\n"})
    refused = prodlint(tmp_path, "check", "--add-ignore")
    assert refused.code == 2 and "--add-ignore=REASON" in refused.err
    for reason in ("a # b", "todo", "moves until=soon", "moves until=2020-01-01"):
        assert prodlint(tmp_path, "check", f"--add-ignore={reason}").code == 2, reason
    assert prodlint(tmp_path, "check", "--stdin-filename", "x.py", "--add-ignore=a").code == 2
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == PROGRAM
    assert prodlint(tmp_path, "check", "--add-ignore=the gateway bounds it").code == 0
    assert prodlint(tmp_path, "check", "--fail-on", "note").code == 0


def test_a_reason_goes_to_a_comment_that_has_none_and_a_date_to_a_comment_of_its_own(tmp_path: Path) -> None:
    bare = "f()  # prodlint: ignore[b]\n"
    assert ignored(tmp_path, bare, 1, 1) == "f()  # prodlint: ignore[b, a-rule] why\n"
    dated = ignored(tmp_path, bare, 1, 1, reason="why until=2099-01-01")
    assert dated == "f()  # prodlint: ignore[b]  # prodlint: ignore[a-rule] why until=2099-01-01\n"
    first, second = suppressions(dated).pragmas
    assert (first.until, second.until is not None, second.names) == (None, True, ("a-rule",))


def test_a_finding_outside_of_the_code_of_a_notebook_is_left(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": ["f()\n"], "outputs": [], "metadata": {}, "execution_count": None}
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    before = path.read_bytes()
    outside = finding("n.ipynb", 1, 1)
    added = add_ignores(run_of(tmp_path, outside), "why")
    assert (added.findings, added.files) == (0, 0) and added.left[0][0] is outside
    assert "baseline" in added.left[0][1] and path.read_bytes() == before
    assert add_ignores(run_of(tmp_path, outside, finding("n.ipynb", 1, 1, cell=0)), "why").findings == 1


def test_no_comment_is_written_through_a_link_that_leads_out_of_the_project(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    text = "import openai\n\nopenai.OpenAI(timeout=None, max_retries=3).embeddings.create(model='m', input='')\n"
    outside.write_text(text, encoding="utf-8")
    folder = repository(tmp_path / "project", {"inside.py": text})
    (folder / "link.py").symlink_to(outside)
    done = prodlint(folder, "check", "--add-ignore=known", "link.py", "inside.py")
    assert done.code == 1
    assert "link.py:3: disabled-timeout is left: the file lies outside of the project, behind a link" in done.err
    assert outside.read_text(encoding="utf-8") == text
    assert "# prodlint: ignore[disabled-timeout] known" in (folder / "inside.py").read_text(encoding="utf-8")
