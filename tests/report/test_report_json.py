"""The JSON contract, member by member."""

from __future__ import annotations

import json
from typing import Any

from report_runs import at, finding, run

from prodlint.api import Related, Severity
from prodlint.findings import Edit, Failure, Fix, Run
from prodlint.report import FORMATS, Style


def rendered(case: Run) -> Any:
    return json.loads(FORMATS["json"](case, Style()))


def test_a_finding_has_exactly_the_members_of_the_contract() -> None:
    place = at("app/llm.py", 3, 10, 18)
    fix = Fix(is_safe=False, description="add a timeout", edits=(Edit(location=place, content="OpenAI(timeout=60)"),))
    case = run(
        finding(
            place,
            severity=Severity.ERROR,
            symbol="make",
            fix=fix,
            related=[Related(location=at("b.py", 7, 5, 9), message="affected call")],
        )
    )
    assert rendered(case)["findings"] == [
        {
            "rule": "missing-timeout",
            "severity": "error",
            "path": "app/llm.py",
            "line": 3,
            "column": 10,
            "end_line": 3,
            "end_column": 18,
            "cell": None,
            "message": "the client is built without a timeout; openai's default is `600 s`",
            "help": "pass `timeout=60` to `OpenAI`",
            "symbol": "make",
            "related": [{"path": "b.py", "line": 7, "column": 5, "message": "affected call"}],
            "fix": {
                "safety": "unsafe",
                "description": "add a timeout",
                "edits": [
                    {
                        "path": "app/llm.py",
                        "line": 3,
                        "column": 10,
                        "end_line": 3,
                        "end_column": 18,
                        "cell": None,
                        "content": "OpenAI(timeout=60)",
                    }
                ],
            },
            "fingerprint": "ab" * 32,
        }
    ]


def test_an_empty_run_has_every_member() -> None:
    assert rendered(run(suppressed=1, failures=[Failure(path="b.py", line=None, message="not UTF-8")])) == {
        "schema_version": 1,
        "root": "/nowhere/project",
        "findings": [],
        "errors": [{"path": "b.py", "line": None, "message": "not UTF-8"}],
        "summary": {
            "files": 12,
            "files_screened_out": 9,
            "files_parsed": 3,
            "calls": 5,
            "findings": 0,
            "suppressed": 1,
            "baselined": 0,
            "inherited": 0,
            "seconds": 0.25,
        },
    }


def test_a_notebook_finding_carries_its_cell_counted_from_zero() -> None:
    assert rendered(run(finding(at("n.ipynb", 1, 1, 2, cell=0))))["findings"][0]["cell"] == 0


def test_the_output_is_ascii_and_keeps_any_file_name() -> None:
    name = "日本 #%\udcff\U0001f600.py"
    text = FORMATS["json"](run(finding(at(name, 1, 1, 2))), Style())
    assert text.isascii()
    assert json.loads(text)["findings"][0]["path"] == name
