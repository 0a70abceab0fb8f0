"""Workflow annotations."""

from __future__ import annotations

from pathlib import Path

from report_runs import at, finding, run

from prodlint.api import Severity
from prodlint.report import FORMATS, Style


def test_an_annotation_names_file_range_rule_and_message() -> None:
    case = run(finding(at("app/llm.py", 3, 10, 18), severity=Severity.ERROR, message="bad", help="do"))
    assert FORMATS["github"](case, Style()) == (
        "::error file=app/llm.py,line=3,col=10,endLine=3,endColumn=18,title=prodlint missing-timeout::bad. do\n"
    )


def test_errors_come_first_and_notes_are_notices() -> None:
    case = run(*(finding(at("a.py", n, 1, 2), severity=Severity(n)) for n in (1, 2, 3)))
    commands = [line.split(" ")[0] for line in FORMATS["github"](case, Style()).splitlines()]
    assert commands == ["::error", "::warning", "::notice"]


def test_properties_and_message_are_escaped() -> None:
    case = run(finding(at("a,b:c%.py", 1, 1, 2), message="50%\r\n::error::x", help=""))
    line = FORMATS["github"](case, Style())
    assert "file=a%2Cb%3Ac%25.py," in line
    assert line.endswith("::50%25\\r\\n::error::x\n")


def test_paths_count_from_the_git_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    project = tmp_path / "services" / "bot"
    project.mkdir(parents=True)
    case = run(finding(at("llm.py", 1, 1, 2)), root=str(project))
    assert "file=services/bot/llm.py," in FORMATS["github"](case, Style())


def test_a_notebook_place_is_told_in_words() -> None:
    line = FORMATS["github"](run(finding(at("n.ipynb", 3, 1, 2, cell=1))), Style())
    assert ",line=" not in line
    assert "::code cell 2, line 3: " in line


def test_no_findings_no_output() -> None:
    assert FORMATS["github"](run(), Style()) == ""
