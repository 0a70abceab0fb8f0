"""GitLab, JUnit, Azure, rdjson, JSON lines and Markdown: what their readers ask for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from report_runs import at, finding, run

from prodlint.api import Related, Severity
from prodlint.findings import Edit, Failure, Fix, Run
from prodlint.report import FORMATS, Style

CELL = at("n.ipynb", 3, 1, 9, cell=1)
IN_FILE = {CELL: at("n.ipynb", 40, 10, 18)}
NOTE, WARNING, ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR
EVIL = "a|b<script>&\"'\x00\x1b\ufffe\ud800;]%\r\n::error::"


def rendered(name: str, case: Run) -> str:
    return FORMATS[name](case, Style())


def in_git(tmp_path: Path) -> str:
    (tmp_path / ".git").mkdir()
    project = tmp_path / "services" / "bot"
    project.mkdir(parents=True)
    return str(project)


# GitLab


def issues(case: Run) -> Any:
    return json.loads(rendered("gitlab", case))


def test_gitlab_gets_what_it_requires(tmp_path: Path) -> None:
    case = run(finding(at("app/llm.py", 3, 10, 18, end_line=5), message="bad `x`"), root=in_git(tmp_path))
    assert issues(case) == [
        {
            "type": "issue",
            "check_name": "missing-timeout",
            "description": "missing-timeout: bad `x`",
            "severity": "major",
            "fingerprint": "ab" * 32,
            "location": {"path": "services/bot/app/llm.py", "lines": {"begin": 3, "end": 5}},
        }
    ]


def test_gitlab_gets_an_empty_array_for_a_clean_run() -> None:
    assert rendered("gitlab", run()) == "[]\n"


def test_gitlab_severities_are_its_own_and_fingerprints_differ() -> None:
    shown = issues(run(*(finding(at("a.py", 1, 1, 2), severity=each) for each in (NOTE, WARNING, ERROR))))
    assert [issue["severity"] for issue in shown] == ["info", "major", "critical"]
    assert len({issue["fingerprint"] for issue in shown}) == 3


def test_gitlab_sees_the_line_of_the_notebooks_file() -> None:
    (issue,) = issues(run(finding(CELL, message="bad"), in_file=IN_FILE))
    assert issue["location"]["lines"] == {"begin": 40, "end": 40}
    assert issue["description"] == "missing-timeout: code cell 2, line 3: bad"


def test_gitlab_gets_what_was_not_analysed() -> None:
    failures = [Failure(path="b.py", line=7, message="bad"), Failure(path="b.py", line=9, message="bad")]
    shown = issues(run(failures=[*failures, Failure(path="", line=None, message="rule `x` raised")]))
    assert [(issue["check_name"], issue["severity"], issue["description"]) for issue in shown] == [
        ("not-analysed", "critical", "not analysed: bad"),
        ("not-analysed", "critical", "not analysed: bad"),
        ("not-analysed", "critical", "not analysed: rule `x` raised"),
    ]
    places = [(issue["location"]["path"], issue["location"]["lines"]["begin"]) for issue in shown]
    assert places == [("b.py", 7), ("b.py", 9), (".", 1)]
    assert len({issue["fingerprint"] for issue in shown}) == 3
    moved = issues(run(failures=[Failure(path="b.py", line=70, message="bad")]))
    assert moved[0]["fingerprint"] == shown[0]["fingerprint"]


# JUnit


def suite(case: Run) -> ElementTree.Element:
    root = ElementTree.fromstring(rendered("junit", case))
    assert root.tag == "testsuites"
    (only,) = root
    for name in ("tests", "failures", "errors"):
        assert root.get(name) == only.get(name)
    assert len(only) == int(only.get("tests", ""))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert len(only.findall(f"testcase/{tag}")) == int(only.get(name, ""))
    for test in only:
        assert test.get("name") and test.get("classname") and test.get("time") == "0"
    return only


def test_junit_has_a_failed_test_for_each_finding_and_a_skipped_one_for_a_note() -> None:
    case = run(
        finding(at("app/llm.py", 3, 10, 18), severity=ERROR, message="bad <x>", help="do", symbol="Bot.make"),
        finding(at("app/llm.py", 9, 1, 2), severity=NOTE),
        failures=[Failure(path="b.py", line=2, message="does not parse")],
    )
    failed, skipped, broken = suite(case)
    assert failed.attrib == {
        "name": "missing-timeout: Bot.make",
        "classname": "app/llm",
        "file": "app/llm.py",
        "time": "0",
    }
    assert failed[0].attrib == {"type": "error", "message": "bad <x>"}
    assert failed[0].text == "app/llm.py:3:10: error[missing-timeout] bad <x>\ndo"
    assert skipped[0].tag == "skipped"
    assert broken[0].get("message") == "does not parse"


def test_junit_names_are_unique_and_free_of_lines() -> None:
    places = [at("a.py", 3, 1, 2), at("a.py", 7, 1, 2), at("b.py", 3, 1, 2)]
    names = [(test.get("classname"), test.get("name")) for test in suite(run(*map(finding, places)))]
    assert names == [
        ("a", "missing-timeout: module level"),
        ("a", "missing-timeout: module level #2"),
        ("b", "missing-timeout: module level"),
    ]


def test_junit_has_one_passing_test_for_a_clean_run() -> None:
    (test,) = suite(run())
    assert list(test) == []


def test_junit_stays_xml_whatever_the_texts_hold() -> None:
    text = rendered("junit", run(finding(at(f"{EVIL}.py", 1, 1, 2), message=EVIL, help=EVIL, symbol=EVIL)))
    assert text.isascii()
    assert len(ElementTree.fromstring(text).findall(".//failure")) == 1


# Azure


def test_azure_gets_a_command_with_place_and_rule() -> None:
    case = run(finding(at("a;b].py", 3, 10, 18), message="50% bad", help="do"))
    assert rendered("azure", case) == (
        "##vso[task.logissue type=warning;sourcepath=a%3Bb%5D.py;linenumber=3;columnnumber=10;code=missing-timeout;]"
        "50%AZP25 bad. do\n"
    )


def test_azure_gets_errors_first_and_notes_as_mild_warnings() -> None:
    case = run(*(finding(at("a.py", 1, 1, 2), severity=each, message="m", help="") for each in (NOTE, WARNING, ERROR)))
    lines = rendered("azure", case).splitlines()
    assert [re.findall(r"type=(\w+)", line)[0] for line in lines] == ["error", "warning", "warning"]
    assert lines[-1].endswith("]note: m")


def test_azure_gets_what_was_not_analysed_as_errors_ahead_of_the_findings() -> None:
    in_cell = Failure(path="n.ipynb", line=2, message="not Python", cell=0)
    assert in_cell.location
    failures = [
        Failure(path="b;.py", line=7, message="50% bad"),
        in_cell,
        Failure(path="", line=None, message="rule `x` raised"),
        Failure(path="a.py", line=None, message="changed meanwhile", of_fix=True),
    ]
    case = run(finding(CELL), failures=failures, in_file={**IN_FILE, in_cell.location: at("n.ipynb", 9, 1, 1)})
    assert rendered("azure", case).splitlines()[:4] == [
        "##vso[task.logissue type=error;sourcepath=b%3B.py;linenumber=7;code=not-analysed;]not analysed: 50%AZP25 bad",
        "##vso[task.logissue type=error;sourcepath=n.ipynb;linenumber=9;code=not-analysed;]"
        "not analysed: code cell 1, line 2: not Python",
        "##vso[task.logissue type=error;code=not-analysed;]not analysed: rule `x` raised",
        "##vso[task.logissue type=error;sourcepath=a.py;code=not-fixed;]not fixed: changed meanwhile",
    ]


def test_azure_gets_no_second_command_out_of_a_message() -> None:
    assert rendered("azure", run(finding(at("a.py", 1, 1, 2), message=EVIL))).count("\n") == 1


# rdjson


def diagnostics(case: Run) -> Any:
    document = json.loads(rendered("rdjson", case))
    assert document["source"]["name"] == "prodlint"
    return document["diagnostics"]


def test_rdjson_gets_what_was_not_analysed() -> None:
    failures = [Failure(path="b.py", line=7, message="bad"), Failure(path="c.py", line=None, message="is not UTF-8")]
    assert diagnostics(run(failures=failures)) == [
        {
            "message": "not analysed: bad",
            "location": {"path": "b.py", "range": {"start": {"line": 7}}},
            "severity": "ERROR",
            "code": {"value": "not-analysed"},
        },
        {
            "message": "not analysed: is not UTF-8",
            "location": {"path": "c.py"},
            "severity": "ERROR",
            "code": {"value": "not-analysed"},
        },
    ]


def test_rdjson_counts_columns_in_bytes() -> None:
    source = "s = '\U0001f600é'; client = OpenAI()\n"
    units = len(source[: source.index("OpenAI")].encode("utf-16-le")) // 2 + 1
    place = at("a.py", 1, units, units + 8)
    edit = Edit(location=at("a.py", 1, units + 7, units + 7), content="timeout=60")
    case = run(
        finding(place, fix=Fix(is_safe=False, description="", edits=(edit,)), message="m", help="h"),
        sources={"a.py": source},
    )
    (shown,) = diagnostics(case)
    byte = len(source[: source.index("OpenAI")].encode()) + 1
    assert shown == {
        "message": "m. h",
        "location": {
            "path": "a.py",
            "range": {"start": {"line": 1, "column": byte}, "end": {"line": 1, "column": byte + 8}},
        },
        "severity": "WARNING",
        "code": {"value": "missing-timeout"},
        "suggestions": [
            {
                "range": {"start": {"line": 1, "column": byte + 7}, "end": {"line": 1, "column": byte + 7}},
                "text": "timeout=60",
            }
        ],
    }


def test_rdjson_has_the_line_alone_when_the_source_is_not_there() -> None:
    related = [Related(location=at("b.py", 4, 5, 9), message="call")]
    (shown,) = diagnostics(run(finding(at("a.py", 3, 10, 18), related=related)))
    assert shown["location"] == {"path": "a.py", "range": {"start": {"line": 3}}}
    assert shown["relatedLocations"] == [
        {"message": "call", "location": {"path": "b.py", "range": {"start": {"line": 4}}}}
    ]


def test_rdjson_suggests_nothing_that_is_only_right_together() -> None:
    edits = tuple(Edit(location=at("a.py", 1, 1, 1), content=text) for text in ("import os\n", "x"))
    case = run(
        finding(at("a.py", 1, 1, 2), fix=Fix(is_safe=True, description="", edits=edits)), sources={"a.py": "xyz\n"}
    )
    assert "suggestions" not in diagnostics(case)[0]


# JSON lines


def test_json_lines_are_the_findings_of_the_json() -> None:
    case = run(finding(at("a.py", 1, 1, 2)), finding(CELL), in_file=IN_FILE)
    lines = [json.loads(line) for line in rendered("jsonl", case).splitlines()]
    assert lines == json.loads(rendered("json", case))["findings"]


# Markdown


def test_markdown_is_a_table_with_the_worst_first() -> None:
    case = run(
        finding(at("a.py", 1, 1, 2), severity=NOTE, message="mild", help=""),
        finding(CELL, severity=ERROR, message="pass `a|b` to @you", help="do *it*"),
        failures=[Failure(path="b.py", line=2, message="does not parse")],
    )
    assert rendered("markdown", case) == (
        "### prodlint: 1 error, 1 note, 1 file not analysed\n"
        "\n"
        "| | place | rule | finding |\n"
        "| --- | --- | --- | --- |\n"
        "| ❌ error | `n.ipynb:cell 2:3` | `missing-timeout` | pass `a\\|b` to &#64;you<br>do &#42;it&#42; |\n"
        "| \u2139\ufe0f note | `a.py:1` | `missing-timeout` | mild |\n"
        "\n"
        "1 failure, so there may be more findings:\n"
        "\n"
        "- `b.py:2`: does not parse\n"
        "\n"
        "12 files checked (3 parsed), 5 LLM calls\n"
    )


def test_markdown_places_what_was_not_analysed_as_the_code_host_does(tmp_path: Path) -> None:
    failures = [Failure(path="b.py", line=2, message="bad"), Failure(path="", line=None, message="rule raised")]
    text = rendered("markdown", run(failures=failures, root=in_git(tmp_path)))
    assert "- `services/bot/b.py:2`: bad\n- rule raised\n" in text


@pytest.mark.parametrize("text", ["<img src=x>", "[a](https://evil.example)", "one ` backtick", "``", "`a` `", EVIL])
def test_markdown_rows_hold_no_markup_of_the_analysed_code(text: str) -> None:
    table = rendered("markdown", run(finding(at(f"{text}.py", 1, 1, 2), message=text, help="")))
    row = table.splitlines()[4]
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", row)
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert not re.search(r"<(?!br>)|\]\(|://|`", prose)


def test_markdown_fits_a_step_summary_and_counts_what_it_leaves_out() -> None:
    case = run(*(finding(at(f"{'x' * 90}.py", n, 1, 2)) for n in range(1, 12_000)))
    table = rendered("markdown", case)
    assert len(table.encode()) < 1024 * 1024
    rows = len(re.findall(r"^\| \S+ warning", table, flags=re.MULTILINE))
    assert f"{11_999 - rows} more findings, which this table has no room for" in table


# the notebook's place in all of them


@pytest.mark.parametrize(
    ("name", "place"),
    [("sarif", '"startLine": 40, "startColumn": 10'), ("junit", "n.ipynb:40:10: "), ("azure", "linenumber=40;")],
)
def test_a_place_in_a_notebook_is_the_line_of_the_file(name: str, place: str) -> None:
    text = rendered(name, run(finding(CELL), in_file=IN_FILE))
    assert place in text
    assert "code cell 2, line 3: " in text
