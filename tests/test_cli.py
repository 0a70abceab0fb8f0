"""The command line: exit codes, streams, options. The engine is a stand-in with given answers, handed over at the
seam that `main` offers; what the real one finds is tested elsewhere."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from prodlint import cli
from prodlint.api import Severity
from prodlint.cli.output import FORMAT_NAMES
from prodlint.findings import Failure, Finding, RuleInfo, Run, Summary
from prodlint.model import UNKNOWN, Client, Context, Location, ModelCall
from prodlint.report import FORMATS

SOURCE_ROOT = Path(cli.__file__).parents[1]


class AnyUsageError(Exception):
    """The engine's complaint about a request."""


@dataclass(frozen=True, kw_only=True)
class AnySelection:
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    profile: str | None = None


@dataclass(frozen=True, kw_only=True)
class AnyRequest:
    paths: tuple[Path, ...]
    config: Any
    jobs: int
    stdin: tuple[str, bytes] | None
    selection: AnySelection
    use_cache: bool
    cache_folder: str | None
    progress: Any
    baseline: Path | None = None
    use_baseline: bool = True
    diff_base: str | None = None
    as_of: date | None = None
    use_suppressions: bool = True


@dataclass(frozen=True, kw_only=True)
class AnyInventory:
    root: str = "/nowhere"
    calls: tuple[ModelCall, ...] = ()
    clients: tuple[Client, ...] = ()
    failures: tuple[Failure, ...] = ()
    as_of: str = "2026-01-01"


def rule_info(name: str, category: str) -> RuleInfo:
    return RuleInfo(
        name=name,
        category=category,
        severity=Severity.WARNING,
        summary=f"summary of {name}",
        page=f"The page of {name}.",
        precision="high",
        security_severity=None,
        tags=(),
        profile="regular",
    )


@dataclass
class GivenAnswers:
    """An engine that says what it is told to, and keeps what it was asked."""

    severities: tuple[Severity, ...] = ()
    failures: tuple[Failure, ...] = ()
    error: BaseException | None = None
    files: int = 3
    path: str = "a.py"
    requests: list[AnyRequest] = field(default_factory=list)
    Request: Callable[..., Any] = AnyRequest
    Selection: Callable[..., Any] = AnySelection
    UsageError: type[Exception] = AnyUsageError

    def check(self, request: AnyRequest) -> Run:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        findings = tuple(
            Finding(
                rule="missing-timeout",
                severity=severity,
                location=Location(path=self.path, line=line, column=1, end_line=line, end_column=5),
                message=f"message {line}",
                help="do something",
            )
            for line, severity in enumerate(self.severities, start=1)
        )
        summary = Summary(
            files=self.files,
            files_screened_out=0,
            files_parsed=1,
            calls=2,
            findings=len(findings),
            suppressed=0,
            seconds=0.5,
        )
        return Run(
            root="/nowhere",
            findings=findings,
            failures=self.failures,
            summary=summary,
            rules=self.rule_infos(),
            sources={},
        )

    def inventory(self, request: AnyRequest) -> AnyInventory:
        self.requests.append(request)
        call = ModelCall(
            location=Location(path=self.path, line=1, column=1, end_line=1, end_column=5),
            sdk="openai",
            sdk_version="3.0",
            operation="responses.create",
            kind="generate",
            is_async=False,
            symbol="",
            settings={"timeout": UNKNOWN},
            spelling={},
            context=Context.SCRIPT,
        )
        return AnyInventory(calls=(call,), failures=self.failures)

    def rule_infos(self) -> tuple[RuleInfo, ...]:
        return (rule_info("missing-retries", "reliability"), rule_info("missing-timeout", "reliability"))


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Invoke = Callable[..., Outcome]


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs the command line in an empty directory, without colour variables of the outside."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR", "GITHUB_ACTIONS", "PRODLINT_OUTPUT_FORMAT"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, engine: GivenAnswers | None = None) -> Outcome:
        code = cli.main(list(arguments), engine=engine or GivenAnswers())
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def python(*code: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A fresh interpreter that sees only the engine's sources."""
    variables = {**os.environ, "PYTHONPATH": str(SOURCE_ROOT), **environment}
    return subprocess.run([sys.executable, *code], input=stdin, capture_output=True, env=variables, check=False)


NOTE, WARNING, ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR
BROKEN = (Failure(path="b.py", line=2, message="does not parse"),)


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    ("arguments", "severities", "failures", "code"),
    [
        ((), (), (), 0),
        ((), (NOTE,), (), 0),
        ((), (NOTE, WARNING), (), 1),
        (("--fail-on", "note"), (NOTE,), (), 1),
        (("--fail-on", "error"), (WARNING,), (), 0),
        (("--fail-on", "error"), (ERROR,), (), 1),
        (("--exit-zero",), (ERROR,), (), 0),
        ((), (), BROKEN, 2),
        ((), (ERROR,), BROKEN, 2),
        (("--exit-zero",), (ERROR,), BROKEN, 2),
    ],
)
def test_the_exit_code_is_the_same_in_every_format(
    invoke: Invoke,
    format_name: str,
    arguments: tuple[str, ...],
    severities: tuple[Severity, ...],
    failures: tuple[Failure, ...],
    code: int,
) -> None:
    engine = GivenAnswers(severities=severities, failures=failures)
    assert invoke("check", "--output-format", format_name, *arguments, engine=engine).code == code


def test_the_gate_of_the_configuration_counts_unless_the_command_line_names_one(invoke: Invoke) -> None:
    Path("prodlint.toml").write_text('fail-on = "error"\n')
    engine = GivenAnswers(severities=(WARNING,))
    assert invoke("check", engine=engine).code == 0
    assert invoke("check", "--fail-on", "warning", engine=engine).code == 1
    assert invoke("check", "--isolated", engine=engine).code == 1


def test_findings_go_to_standard_output_and_everything_else_to_standard_error(invoke: Invoke) -> None:
    outcome = invoke(
        "check",
        "-v",
        "--output-format",
        "json",
        "--explain-unknown",
        engine=GivenAnswers(severities=(ERROR,), failures=BROKEN),
    )
    assert len(json.loads(outcome.out)["findings"]) == 1
    assert "b.py:2: not analysed: does not parse\n" in outcome.err
    assert "timeout of responses.create is unknown: not decided" in outcome.err
    assert "3 files" in outcome.err


def test_one_run_writes_several_reports(invoke: Invoke) -> None:
    outcome = invoke(
        "check",
        "--output-format",
        "concise",
        "--output-format",
        "sarif:out.sarif",
        "--output-format=json:out.json",
        engine=GivenAnswers(severities=(ERROR,)),
    )
    assert outcome.out.startswith("a.py:1:1: error[missing-timeout] message 1\n")
    assert json.loads(Path("out.sarif").read_text())["version"] == "2.1.0"
    assert json.loads(Path("out.json").read_text())["schema_version"] == 1


def test_only_files_leave_standard_output_empty(invoke: Invoke) -> None:
    assert invoke("check", "--output-format", "sarif:out.sarif").out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "--output-format", "full", "--output-format", "json"), "two reports would go to standard output"),
        (("check", "--output-format", "json:x", "--output-format", "sarif:x"), "two reports would go to 'x'"),
        (("check", "--output-format", "json:x", "--output-format", "sarif:./x"), "two reports would go to './x'"),
        (("check", "--add-ignore", "--fix"), "--add-ignore and --fix exclude each other"),
        (("check", "--add-ignore=why", "--output-format", "json:x"), "--add-ignore and --output-format exclude"),
        (("check", "--diff", "--output-format", "json"), "--diff and --output-format exclude each other"),
        (("check", "--diff", "--add-ignore"), "--add-ignore and --diff exclude each other"),
        (("check", "--diff", "--statistics"), "--diff and --statistics exclude each other"),
        (("check", "--output-format", "sarf"), "did you mean 'sarif'?"),
        (("check", "--output-format", "sarif:"), "names no file"),
        (("check", "--output-format", "json:missing/out.json"), "there is no folder 'missing'; create it first"),
        (("check", "--output-format", "json:."), "cannot write '.': it is a folder; name a file in it"),
        (("check", "--output-format", "junit:.git/config/out.xml"), "cannot write '.git/config/out.xml'"),
        (("report",), "IN.json"),
        (("report", "no-such-file.json"), "cannot read 'no-such-file.json'"),
        (("report", ".git/config"), "cannot read '.git/config'"),
        (("check", "--output-format", "json", "--statistics"), "--statistics and json"),
        (("check", "no-such-file.py"), "no such file or directory: no-such-file.py"),
        (("check", "--stdin-filename", "a.py", "setup.py"), "cannot be checked together"),
        (("check", "--fail-on", "fatal"), "--fail-on"),
        (("check", "--jobs", "-1"), "--jobs"),
        (("check", "--config", "missing.toml"), "missing.toml"),
        (("check", "--as-of", "20260228"), "write YYYY-MM-DD"),
        (("check", "--exclude", "gen,[z-a]"), "holds `[z-a]`, which is no gitignore pattern"),
        (("check", "--extend-exclude", "!"), "holds `!`, which is no gitignore pattern"),
        (("check", "--profile", "regular@99"), "must be `regular` or"),
        (("check", "--baseline", "x.json", "--no-baseline"), "exclude each other"),
        (("check", "--config", "a.toml", "--isolated"), "exclude each other"),
        (("check", "--no-such-option"), "--no-such-option"),
        (("calls", "--output-format", "sarif"), "unknown output format"),
        (("rule", "missing-timout"), "did you mean 'missing-timeout'"),
        (("rule",), "--all"),
        (("rule", "missing-timeout", "--all"), "--all"),
        (("chekc",), "chekc"),
    ],
)
def test_wrong_usage_is_exit_code_2_with_a_message(invoke: Invoke, arguments: tuple[str, ...], words: str) -> None:
    outcome = invoke(*arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert outcome.out == ""
    assert "internal error" not in outcome.err


def test_a_wrong_configuration_is_exit_code_2(invoke: Invoke) -> None:
    Path("prodlint.toml").write_text("selct = []\n")
    outcome = invoke("check")
    assert outcome.code == 2
    assert "selct" in outcome.err


def test_what_the_engine_refuses_is_exit_code_2(invoke: Invoke) -> None:
    outcome = invoke("check", engine=GivenAnswers(error=AnyUsageError("unknown rule `x`")))
    assert (outcome.code, outcome.out) == (2, "")
    assert "unknown rule `x`" in outcome.err
    assert "internal error" not in outcome.err


def test_an_internal_error_asks_for_a_report_and_shows_its_traceback_under_v_only(invoke: Invoke) -> None:
    broken = GivenAnswers(error=ZeroDivisionError("by zero"))
    short, long = invoke("check", engine=broken), invoke("check", "-v", engine=broken)
    assert short.code == long.code == 2
    assert "internal error: ZeroDivisionError: by zero" in short.err
    assert "report" in short.err
    assert "Traceback" not in short.err
    assert "Traceback" in long.err


def test_an_interrupt_is_130(invoke: Invoke) -> None:
    assert invoke("check", engine=GivenAnswers(error=KeyboardInterrupt())).code == 130


def test_rule_selection_reaches_the_engine(invoke: Invoke) -> None:
    engine = GivenAnswers()
    invoke("check", "--select", "a, b", "--select=c", "--ignore", "d", "--profile", "strict", "-j", "3", engine=engine)
    (request,) = engine.requests
    assert request.selection == AnySelection(select=("a", "b", "c"), ignore=("d",), profile="strict")
    assert request.jobs == 3
    assert request.paths == (Path(),)
    assert request.stdin is None


def test_an_empty_selection_is_not_a_missing_one(invoke: Invoke) -> None:
    engine = GivenAnswers()
    invoke("check", "--select", "", engine=engine)
    invoke("check", engine=engine)
    assert [request.selection.select for request in engine.requests] == [(), None]


def test_what_is_known_and_accepted_reaches_the_engine(invoke: Invoke) -> None:
    engine = GivenAnswers()
    invoke("check", "--as-of", "2026-02-28", "--ignore-suppressions", "--baseline", "b.json", engine=engine)
    invoke("check", "--no-baseline", "--diff-base", "main", engine=engine)
    first, second = engine.requests
    assert (first.as_of, first.use_suppressions, first.baseline) == (date(2026, 2, 28), False, Path("b.json"))
    assert (second.as_of, second.use_suppressions, second.baseline) == (None, True, None)
    assert (first.use_baseline, second.use_baseline, second.diff_base) == (True, False, "main")


def test_file_selection_lies_over_the_configuration(invoke: Invoke) -> None:
    Path("prodlint.toml").write_text('exclude = ["one"]\nextend-exclude = ["two"]\n')
    engine = GivenAnswers()
    invoke("check", "--extend-exclude", "three", "--force-exclude", engine=engine)
    invoke("check", "--exclude", "four,five", engine=engine)
    first, second = (request.config for request in engine.requests)
    assert (first.exclude, first.extend_exclude, first.force_exclude) == (("one",), ("two", "three"), True)
    assert (second.exclude, second.extend_exclude, second.force_exclude) == (("four", "five"), ("two",), False)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("--stdin-filename", "app/x.py"), "app/x.py"),
        (("--stdin-filename", "app/x.py", "-"), "app/x.py"),
        (("--stdin-filename", "app/x.py", "app/x.py"), "app/x.py"),
        (("-",), "stdin.py"),
    ],
)
def test_source_is_read_from_standard_input(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], name: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x = '\xff'\n")))
    engine = GivenAnswers()
    invoke("check", *arguments, engine=engine)
    (request,) = engine.requests
    assert request.stdin == (name, b"x = '\xff'\n")
    assert request.paths == ()


def test_statistics_replace_the_findings_on_standard_output_only(invoke: Invoke) -> None:
    engine = GivenAnswers(severities=(ERROR, NOTE))
    outcome = invoke("check", "--statistics", "--output-format=full", "--output-format=json:o.json", engine=engine)
    assert outcome.out.splitlines()[0] == "2  error    missing-timeout  summary of missing-timeout"
    assert "message 1" not in outcome.out
    assert len(json.loads(Path("o.json").read_text())["findings"]) == 2


def test_quiet_prints_findings_only(invoke: Invoke) -> None:
    assert invoke("check", "-q").out == ""


def test_no_files_to_check_is_said_aloud(invoke: Invoke) -> None:
    outcome = invoke("check", engine=GivenAnswers(files=0))
    assert outcome.code == 0
    assert "no files to check" in outcome.err


def test_the_inventory_is_printed_as_text_or_json(invoke: Invoke) -> None:
    assert "openai responses.create (generate, sync)" in invoke("calls").out
    assert json.loads(invoke("calls", "--output-format", "json").out)["calls"][0]["operation"] == "responses.create"
    assert invoke("calls", engine=GivenAnswers(failures=BROKEN)).code == 2


def test_rule_pages_are_printed_one_or_all(invoke: Invoke) -> None:
    one, every = invoke("rule", "missing-timeout"), invoke("rule", "--all")
    assert "severity: warning, category: reliability" in one.out
    assert "The page of missing-timeout." in one.out
    assert "missing-retries" not in one.out
    assert "The page of missing-retries." in every.out
    names = [rule["name"] for rule in json.loads(invoke("rule", "--all", "--output-format", "json").out)["rules"]]
    assert names == ["missing-retries", "missing-timeout"]


def test_the_bare_command_prints_help(invoke: Invoke) -> None:
    outcome = invoke()
    assert outcome.code == 0
    assert "Usage: prodlint" in outcome.out


def test_help_groups_the_options(invoke: Invoke) -> None:
    out = invoke("check", "--help").out
    headings = [
        "Rule selection:",
        "File selection:",
        "Known and accepted findings:",
        "Output:",
        "Exit code:",
        "Configuration:",
        "Help:",
    ]
    assert [line for line in out.splitlines() if line in headings] == headings


def test_help_names_every_format() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES


@pytest.mark.parametrize(
    ("choice", "environment", "colored"),
    [
        ("auto", {}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True),
        ("auto", {"CLICOLOR_FORCE": "1", "GITHUB_ACTIONS": "true"}, True),
        ("auto", {"FORCE_COLOR": ""}, False),
    ],
)
def test_colour_follows_option_then_environment(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, choice: str, environment: dict[str, str], colored: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    outcome = invoke("check", "--color", choice, engine=GivenAnswers(severities=(ERROR,)))
    assert ("\x1b[" in outcome.out) is colored


@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"GITHUB_ACTIONS": "true"}, False),
    ],
)
def test_a_terminal_is_coloured_unless_told_otherwise(environment: dict[str, str], colored: bool) -> None:
    from prodlint.report.terminal import wants_color

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert wants_color("auto", Terminal(), environment) is colored


@pytest.mark.parametrize("arguments", [["version"], ["--version"], ["--help"], ["check", "--help"], ["rule", "--help"]])
def test_version_and_help_import_neither_engine_nor_reports(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom prodlint.cli import main\n"
        f"code = main({arguments!r})\n"
        "heavy = [m for m in sys.modules if m.startswith(('prodlint.', 'libcst', 'rich', 'importlib.metadata'))]\n"
        "print(sorted(m for m in heavy if not m.startswith(('prodlint.cli', 'prodlint.values'))), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = python("-c", program)
    assert (done.returncode, done.stderr.decode().strip()) == (0, "[]")
    assert b"prodlint" in done.stdout


def test_the_module_runs_as_a_program() -> None:
    done = python("-m", "prodlint", "version")
    assert (done.returncode, done.stdout.decode().split()) == (0, ["prodlint", "0.1.0"])


REPORTING = """
import sys
sys.path.insert(0, {tests!r})
from test_cli import *
engine = GivenAnswers(severities=(ERROR,) * {count}, path="\u65e5\u672c\U0001f600\x1b.py")
sys.exit(cli.main({arguments!r}, engine=engine))
"""


def reporting(*arguments: str, count: int = 1) -> str:
    return REPORTING.format(tests=str(Path(__file__).parent), count=count, arguments=list(arguments))


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_no_encoding_of_standard_output_makes_a_report_fail(format_name: str, encoding: str) -> None:
    done = python("-c", reporting("check", "--output-format", format_name), PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (1, b"")
    done.stdout.decode(encoding)
    assert b"\x1b" not in done.stdout


def test_a_reader_that_hangs_up_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", reporting("check", count=20_000)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCE_ROOT)},
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), errors) == (1, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_an_error_not_a_clean_run() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", reporting("check")],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCE_ROOT)},
            check=False,
        )
    assert done.returncode == 2
    assert b"cannot write standard output" in done.stderr


FAULTY = """\
from openai import OpenAI

client = OpenAI()


def ask(question):
    return client.responses.create(model="gpt-4o", input=question).output_text
"""


@pytest.mark.parametrize(
    ("source", "code", "errors"), [("x = 1\n", 0, 0), (FAULTY, 1, 0), ("import openai\ndef (:\n", 2, 1)]
)
def test_the_real_engine_is_used_when_none_is_given(
    invoke: Invoke, capsys: pytest.CaptureFixture[str], source: str, code: int, errors: int
) -> None:
    Path("app.py").write_text(source)
    assert cli.main(["check", "--output-format", "json", "--select", "missing-timeout"]) == code
    report = json.loads(capsys.readouterr().out)
    assert len(report["errors"]) == errors
    assert [finding["rule"] for finding in report["findings"]] == ["missing-timeout"] * (code == 1)
