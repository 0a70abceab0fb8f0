"""The JSON contract, member by member."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from report_runs import RULES, at, finding, run

from prodlint import __version__
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
            "in_file": None,
            "related": [
                {
                    "path": "b.py",
                    "line": 7,
                    "column": 5,
                    "end_line": 7,
                    "end_column": 9,
                    "cell": None,
                    "in_file": None,
                    "message": "affected call",
                }
            ],
            "flow": [],
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
    failure = Failure(path="b.py", line=None, message="not UTF-8")
    assert rendered(run(suppressed=1, failures=[failure], rules=RULES[:1], sources={"a.py": ""})) == {
        "schema_version": 1,
        "tool": {"name": "prodlint", "version": __version__},
        "root": "/nowhere/project",
        "findings": [],
        "errors": [
            {"path": "b.py", "line": None, "message": "not UTF-8", "cell": None, "of_fix": False, "in_file": None}
        ],
        "summary": {
            "files": 12,
            "files_screened_out": 9,
            "files_parsed": 3,
            "files_not_analysed": 0,
            "calls": 5,
            "findings": 0,
            "suppressed": 1,
            "baselined": 0,
            "inherited": 0,
            "seconds": 0.25,
        },
        "rules": [
            {
                "name": "hardcoded-api-key",
                "category": "security",
                "severity": "error",
                "summary": "A request can wait for ever",
                "precision": "high",
                "security_severity": 8.0,
                "profile": "regular",
                "tags": ["external/cwe/cwe-798"],
            }
        ],
        "sources": [{"path": "a.py", "sha256": hashlib.sha256().hexdigest()}],
    }


def test_a_notebook_finding_carries_its_cell_counted_from_zero_and_its_place_in_the_file() -> None:
    place = at("n.ipynb", 1, 1, 2, cell=0)
    related = [Related(location=place, message="here")]
    case = run(finding(place, related=related), in_file={place: at("n.ipynb", 30, 5, 6)})
    (shown,) = rendered(case)["findings"]
    for item in (shown, shown["related"][0]):
        assert item["cell"] == 0
        assert item["in_file"] == {"line": 30, "column": 5, "end_line": 30, "end_column": 6}


def test_the_output_is_ascii_and_keeps_any_file_name() -> None:
    name = "日本 #%\udcff\U0001f600.py"
    text = FORMATS["json"](run(finding(at(name, 1, 1, 2))), Style())
    assert text.isascii()
    assert json.loads(text)["findings"][0]["path"] == name
