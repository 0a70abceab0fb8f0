"""Workflow annotations."""

from __future__ import annotations

from pathlib import Path

from report_runs import at, finding, run

from prodlint.api import Severity
from prodlint.report import FORMATS, Style


def test_an_annotation_names_file_range_rule_and_message() -> None:
    case = run(finding(at("app/llm.py", 3, 10, 18), severity=Severity.ERROR, message="bad", help="do"))
    assert FORMATS["github"](case, Style()) == (
        "::error file=app/llm.py,line=3,col=10,endLine=3,endColumn=18,title=prodlint missing-timeout::"
        "app/llm.py:3:10: bad. do\n"
    )


def test_errors_come_first_and_notes_are_notices() -> None:
    case = run(*(finding(at("a.py", n, 1, 2), severity=Severity(n)) for n in (1, 2, 3)))
    commands = [line.split(" ")[0] for line in FORMATS["github"](case, Style()).splitlines()]
    assert commands == ["::error", "::warning", "::notice"]


def test_properties_and_message_are_escaped() -> None:
    case = run(finding(at("a,b:c%.py", 1, 1, 2), message="50%\r\n::error::x", help=""))
    line = FORMATS["github"](case, Style())
    assert "file=a%2Cb%3Ac%25.py," in line
    assert line.endswith("::a,b:c%25.py:1:1: 50%25\\r\\n::error::x\n")


def test_paths_count_from_the_git_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    project = tmp_path / "services" / "bot"
    project.mkdir(parents=True)
    case = run(finding(at("llm.py", 1, 1, 2)), root=str(project))
    assert "file=services/bot/llm.py," in FORMATS["github"](case, Style())


def test_a_notebook_place_is_its_line_in_the_file_and_names_the_cell() -> None:
    place = at("n.ipynb", 3, 1, 2, cell=1)
    line = FORMATS["github"](run(finding(place), in_file={place: at("n.ipynb", 40, 9, 10)}), Style())
    assert "file=n.ipynb,line=40,col=9,endLine=40,endColumn=10," in line
    assert "::n.ipynb:cell 2:3:1: " in line
    assert ",line=" not in FORMATS["github"](run(finding(place)), Style())


def test_what_github_will_not_show_is_counted_ahead_of_the_notices() -> None:
    severities = [Severity.NOTE] * 3 + [Severity.WARNING] * 15 + [Severity.ERROR] * 12
    lines = FORMATS["github"](run(*(finding(at("a.py", 1, 1, 2), severity=each) for each in severities)), Style())
    rest = "::notice title=prodlint::7 more findings in the log of this step"
    assert [line.partition(" ")[0] for line in lines.splitlines()].count("::notice") == 4
    assert lines.splitlines()[27] == rest
    assert lines.count("\n") == 31


def test_ten_of_a_kind_are_all_shown() -> None:
    lines = FORMATS["github"](run(*[finding(at("a.py", 1, 1, 2))] * 10), Style()).splitlines()
    assert len(lines) == 10


def test_no_findings_no_output() -> None:
    assert FORMATS["github"](run(), Style()) == ""
