"""Workflow annotations."""

from __future__ import annotations

from pathlib import Path

from report_runs import at, finding, run

from prodlint.api import Severity
from prodlint.findings import Failure
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


def test_what_was_not_analysed_is_an_error_ahead_of_the_findings(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    in_cell = Failure(path="n.ipynb", line=2, message="not Python", cell=0)
    assert in_cell.location
    failures = [
        Failure(path="app/b,1.py", line=7, message="unterminated string"),
        Failure(path="gone.py", line=None, message="is a symbolic link to nothing"),
        in_cell,
        Failure(path="", line=None, message="rule `x` raised"),
        Failure(path="a.py", line=None, message="changed meanwhile", of_fix=True),
    ]
    found = finding(at("a.py", 1, 1, 2), severity=Severity.ERROR)
    project = tmp_path / "service"
    project.mkdir()
    case = run(found, failures=failures, root=str(project), in_file={in_cell.location: at("n.ipynb", 9, 5, 5)})
    assert FORMATS["github"](case, Style()).splitlines()[:5] == [
        "::error file=service/app/b%2C1.py,line=7,title=prodlint%3A not analysed::"
        "service/app/b,1.py:7: unterminated string",
        "::error file=service/gone.py,title=prodlint%3A not analysed::service/gone.py: is a symbolic link to nothing",
        "::error file=service/n.ipynb,line=9,title=prodlint%3A not analysed::service/n.ipynb:cell 1:2: not Python",
        "::error title=prodlint%3A not analysed::rule `x` raised",
        "::error file=service/a.py,title=prodlint%3A not fixed::service/a.py: changed meanwhile",
    ]


def test_failures_count_among_the_errors_that_github_will_not_show() -> None:
    failures = [Failure(path="a.py", line=line, message="no") for line in range(1, 9)]
    case = run(*[finding(at("a.py", 1, 1, 2), severity=Severity.ERROR)] * 3, failures=failures)
    assert FORMATS["github"](case, Style()).splitlines()[-1] == (
        "::notice title=prodlint::1 more finding in the log of this step"
    )


def test_ten_of_a_kind_are_all_shown() -> None:
    lines = FORMATS["github"](run(*[finding(at("a.py", 1, 1, 2))] * 10), Style()).splitlines()
    assert len(lines) == 10


def test_no_findings_no_output() -> None:
    assert FORMATS["github"](run(), Style()) == ""
