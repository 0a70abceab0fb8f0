"""SARIF before two judges: the OASIS schema, and Microsoft's multitool with the rules of SARIF and of GitHub."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from report_runs import at, finding, run

from external_tools import ROOT, external, sarif_multitool
from prodlint.api import Related, Severity
from prodlint.report import FORMATS, Style

pytestmark = external

FAULTY = "import openai\n\nclient = openai.OpenAI()\n\n\ndef ask(q):\n    return client.responses.create(input=q)\n"
ODD_NAMES = ["with space.py", "hash#.py", "50%.py", "a:b.py", "q?&.py", "日本/é.py", "\U0001f600.py", "[x](1).py"]
CASES = ["sample app", "clean", "broken", "odd names", "notebook", "25001 findings"]


def checked(folder: Path) -> str:
    command = [sys.executable, "-m", "prodlint", "check", "--output-format", "sarif", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.stdout, done.stderr
    return done.stdout


def log_of(case: str, folder: Path) -> str:
    (folder / ".git").mkdir()
    match case:
        case "sample app":
            shutil.copytree(ROOT / "fixtures" / "_apps", folder / "apps")
        case "broken":
            (folder / "bad.py").write_text("import openai\ndef (:\n")
        case "odd names":
            for name in ODD_NAMES:
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(FAULTY)
        case "notebook":
            cells = [{"cell_type": "code", "source": source} for source in ("(", FAULTY)]
            (folder / "study.ipynb").write_text(json.dumps({"cells": cells}, indent=1))
        case "25001 findings":
            related = [Related(location=at("b.py", 1, 1, 2), message="a call")]
            one = finding(at("a.py", 1, 1, 5), severity=Severity.NOTE, related=related)
            return FORMATS["sarif"](run(*[one] * 25_001, sources={"a.py": "x()\n"}), Style())
    return checked(folder)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {case: log_of(case, tmp_path_factory.mktemp("case")) for case in CASES}


@cache
def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((sarif_multitool() / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    return jsonschema.Draft202012Validator(schema)


def complaints(text: str, folder: Path) -> list[str]:
    """What the multitool says; its exit code says nothing, and its own report begins with a byte order mark."""
    log, verdict = folder / "log.sarif", folder / "verdict.sarif"
    log.write_text(text, encoding="utf-8")
    program = str(sarif_multitool() / "Sarif.Multitool")
    options = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--quiet", "true", "--log", "ForceOverwrite"]
    options += ["--max-file-size-in-kb", "100000"]
    subprocess.run([program, "validate", str(log), *options, "--output", str(verdict)], check=True, capture_output=True)
    (only,) = json.loads(verdict.read_text(encoding="utf-8-sig"))["runs"]
    (invocation,) = only["invocations"]
    told = [*invocation.get("toolExecutionNotifications", ()), *invocation.get("toolConfigurationNotifications", ())]
    assert invocation["executionSuccessful"] is True
    return [json.dumps(item) for item in (*only.get("results", ()), *told)]


@pytest.mark.parametrize("case", CASES)
def test_the_oasis_schema_accepts_it(case: str, logs: dict[str, str]) -> None:
    document = json.loads(logs[case])
    # The many results are alike, and the validator takes seconds for a thousand.
    del document["runs"][0]["results"][200:]
    assert [error.message for error in validator().iter_errors(document)] == []


@pytest.mark.parametrize("case", CASES)
def test_the_multitool_finds_no_error_and_no_warning(case: str, logs: dict[str, str], tmp_path: Path) -> None:
    assert complaints(logs[case], tmp_path) == []


def test_the_cases_are_what_they_are_called(logs: dict[str, str]) -> None:
    results = {case: json.loads(text)["runs"][0]["results"] for case, text in logs.items()}
    assert {case: bool(found) for case, found in results.items()} == {
        case: case not in ("clean", "broken") for case in CASES
    }
    assert any("codeFlows" in result for result in results["sample app"])
    assert len(results["25001 findings"]) == 25_000
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results["odd names"]]
    assert len(set(places)) == len(ODD_NAMES)


def test_the_judges_would_notice_a_fault(logs: dict[str, str], tmp_path: Path) -> None:
    document = json.loads(logs["sample app"])
    region = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    region["startLine"] = 0
    assert list(validator().iter_errors(document))
    region["startLine"] = 1
    del document["runs"][0]["tool"]["driver"]["informationUri"]
    assert "SARIF2005" in "".join(complaints(json.dumps(document), tmp_path))
