"""The GitHub Action: the shell of its steps runs here, with the runner's variables set to scratch files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
FAULTY = "import openai\n\nclient = openai.OpenAI(timeout=None)\nclient.responses.create(model='m', input='')\n"

if shutil.which("bash") is None:
    pytest.skip("needs bash", allow_module_level=True)


class Done(NamedTuple):
    """A step that has ended."""

    code: int
    out: str
    outputs: dict[str, str]


class Runner:
    """What a job's machine offers to the steps."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "work space"
        self.temp = folder / "temp dir"
        self.summary = folder / "summary.md"
        self.bin = folder / "bin"
        for each in (self.workspace, self.temp, self.bin, self.workspace / ".git"):
            each.mkdir()
        (self.bin / "python").symlink_to(sys.executable)
        prodlint = self.bin / "prodlint"
        prodlint.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m prodlint "$@"\n')
        prodlint.chmod(0o755)
        (self.workspace / "app one.py").write_text(FAULTY)

    def step(self, name: str, **variables: str) -> Done:
        """Runs a step as GitHub does; the expressions of its `env` are given as `variables`."""
        step = STEPS[name]
        assert variables.keys() <= step.get("env", {}).keys()
        outputs = self.temp.parent / "output"
        outputs.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env={
                **os.environ,
                "GITHUB_OUTPUT": str(outputs),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_ACTIONS": "true",
                "RUNNER_TEMP": str(self.temp),
                **dict.fromkeys(step.get("env", {}), ""),
                **({"BIN": str(self.bin)} if "BIN" in step["env"] else {}),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        pairs = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
        return Done(done.returncode, done.stdout + done.stderr, pairs)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_findings_do_not_end_the_check_but_the_last_step(runner: Runner) -> None:
    done = runner.step("Check")
    assert done.code == 0
    assert done.outputs == {"exit-code": "1", "sarif-file": str(runner.temp / "prodlint" / "prodlint.sarif")}
    assert json.loads(Path(done.outputs["sarif-file"]).read_text())["runs"][0]["results"]
    assert "app one.py:3:" in done.out
    assert runner.step("Result", CODE=done.outputs["exit-code"]).code == 1
    assert runner.step("Result", CODE="0").code == 0
    assert runner.step("Result", CODE="").code == 2
    assert list(STEPS)[-1] == "Result"


def test_the_summary_is_written_when_it_is_wanted(runner: Runner) -> None:
    runner.step("Check", SUMMARY="false")
    assert not runner.summary.exists()
    runner.summary.write_text("before\n")
    runner.step("Check", SUMMARY="true")
    assert runner.summary.read_text().startswith("before\n### prodlint: ")


def test_the_findings_become_annotations_without_a_second_analysis(runner: Runner) -> None:
    runner.step("Check")
    (runner.workspace / "app one.py").unlink()
    done = runner.step("Annotate")
    assert done.code == 0
    assert "::warning file=app one.py,line=3," in done.out


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, "1"),
        ({"FAIL_ON": "never"}, "0"),
        ({"FAIL_ON": "error"}, "0"),
        ({"FAIL_ON": "note", "ARGS": "--select security"}, "0"),
        ({"ARGS": "'app one.py'"}, "1"),
        ({"ARGS": "$(touch evil) `touch evil` ; touch evil"}, "2"),
        ({"ARGS": "--no-such-option"}, "2"),
        ({"FAIL_ON": "never", "ARGS": "no-such-path.py"}, "2"),
    ],
)
def test_inputs_reach_prodlint_and_no_shell(runner: Runner, variables: dict[str, str], code: str) -> None:
    assert runner.step("Check", **variables).outputs["exit-code"] == code
    assert not (runner.workspace / "evil").exists()


def test_arguments_that_cannot_be_split_are_refused(runner: Runner) -> None:
    done = runner.step("Check", ARGS='--select "unclosed')
    assert done.code == 2 and "::error title=prodlint::The input args cannot be split" in done.out
    assert "Traceback" not in done.out and not done.outputs


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"FAIL_ON": "fatal"}, "fail-on is 'fatal'; it takes note, warning, error, never, or nothing"),
        ({"FAIL_ON": "Warning"}, "fail-on is 'Warning'; it takes note, warning, error, never, or nothing"),
        ({"FAIL_ON": "a\n::warning::b"}, "fail-on is 'a???warning??b'; it takes"),
        ({"SARIF": "yes"}, "sarif is 'yes'; it takes true or false"),
        ({"SUMMARY": ""}, "summary is ''; it takes true or false"),
    ],
)
def test_an_input_that_means_nothing_fails_before_anything_is_installed(
    runner: Runner, variables: dict[str, str], message: str
) -> None:
    good = {"FAIL_ON": "", "SARIF": "true", "SUMMARY": "false"}
    assert next(iter(STEPS)) == "Inputs"
    assert runner.step("Inputs", **good) == Done(0, "", {})
    done = runner.step("Inputs", **{**good, **variables})
    assert done.code == 2
    assert done.out.startswith(f"::error title=prodlint::The input {message}")
    assert done.out.count("\n") == 1


def test_a_check_that_went_wrong_is_told_where_the_job_fails(runner: Runner) -> None:
    for code in ("2", ""):
        done = runner.step("Result", CODE=code)
        assert (done.code, done.out.partition("::")[2].partition(" ")[0]) == (2, "error")
        assert "the log of the step 'Check' says why" in done.out
    assert runner.step("Result", CODE="1").out == ""


def test_reports_of_an_earlier_run_are_not_taken_for_this_one(runner: Runner) -> None:
    runner.step("Check")
    assert "sarif-file" not in runner.step("Check", ARGS="--no-such-option").outputs


def test_a_base_revision_is_handed_on(runner: Runner) -> None:
    done = runner.step("Check", DIFF_BASE="no-such-revision")
    assert done.outputs["exit-code"] == "2"
    assert "no-such-revision" in done.out or "--diff-base" in done.out


def test_the_wanted_version_is_installed(runner: Runner) -> None:
    record = runner.temp / "pip arguments"
    pip = f'#!/bin/sh\nfor each in "$@"; do last="$each"; done; echo "$last" > "{record}"\n'
    (runner.bin / "pip").write_text(pip)
    (runner.bin / "python3").write_text(
        # Makes an environment whose Python writes down what pip is asked for.
        f'#!/bin/sh\nmkdir -p "$3/bin"\ncp "{runner.bin}/pip" "$3/bin/python"\nchmod +x "$3/bin/python"\n'
    )
    (runner.bin / "python3").chmod(0o755)
    path = f"{runner.bin}{os.pathsep}{os.environ['PATH']}"
    STEPS["Install prodlint"]["env"].setdefault("PATH", "")
    for version, wanted in (("1.2.3", "prodlint==1.2.3"), ("", str(ROOT))):
        done = runner.step("Install prodlint", VERSION=version, PATH=path)
        assert done.code == 0, done.out
        assert done.outputs == {"bin": str(runner.temp / "prodlint-venv" / "bin")}
        assert record.read_text().strip() == wanted


def test_no_input_is_pasted_into_a_shell() -> None:
    assert not [name for name, step in STEPS.items() if "${{" in step.get("run", "")]


def test_every_input_is_used_and_every_used_one_is_declared() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"\binputs\.([\w-]+)", text))
    assert used == set(ACTION["inputs"])
    assert all(entry["description"] for entry in ACTION["inputs"].values())


def test_what_the_upload_does_decides_on_annotations_and_never_on_the_result() -> None:
    upload, annotate = STEPS["Upload to code scanning"], STEPS["Annotate"]
    assert upload["continue-on-error"] is True
    assert "head.repo.fork != true" in upload["if"]
    assert "steps.upload.outcome != 'success'" in annotate["if"]
    assert "if" not in STEPS["Result"]
