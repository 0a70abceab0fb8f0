"""The README says what is so: its commands are run, its examples loaded, its lists compared with the program.

Commands are run in a copy of what a checkout holds, under the name `prodlint` and with this interpreter. When the
program says something new, the failing test shows what the README must say.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from prodlint import config, engine
from prodlint.api import Defaults, Profile, Severity
from prodlint.config_keys import KEYS
from prodlint.findings import RuleInfo
from prodlint.report import FORMATS
from prodlint.sdks.catalogue import load as load_catalogue
from prodlint.suppression_rules import CATEGORY

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SAMPLE = "fixtures/_apps/support-bot"
SHELLS = ("sh", "bash", "shell", "console")
"""The languages of the blocks that `.ci/run` counts."""


class Block(NamedTuple):
    """One fenced block."""

    language: str
    text: str


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str


def blocks(*languages: str) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [Block(*each) for each in found if not languages or each[0] in languages]


def table(first_heading: str) -> list[list[str]]:
    """The cells of the rows of the table whose first column has this heading."""
    (rows,) = re.findall(rf"^\| {first_heading} \|.*\n\|[ |-]+\|\n((?:\|.*\n)+)", README, flags=re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]


def code_in(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample app, and with the README's programs where a reader would put them."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / SAMPLE, folder / SAMPLE, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".git").mkdir()  # the root, without what this repository pins for its own tests
    for name, program in programs():
        (folder / name).write_text(program, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command `prodlint`."""
    script = tmp_path_factory.mktemp("bin") / "prodlint"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m prodlint "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script.parent


@pytest.fixture(scope="module")
def shell(checkout: Path, command: Path) -> Shell:
    return Shell(checkout, command)


class Shell(NamedTuple):
    """Runs command lines in the copy."""

    folder: Path
    command: Path

    def __call__(self, line: str) -> Done:
        kept = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG", "TMPDIR")}
        environment = {
            **kept,
            "PATH": f"{self.command}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT / 'checker'}{os.pathsep}{ROOT / 'rules'}",
            "PYTHONIOENCODING": "utf-8",
        }
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def report(shell: Shell) -> Done:
    """What the README's first command prints last."""
    return shell(f"prodlint check {SAMPLE}")


def programs() -> Iterator[tuple[str, str]]:
    """The Python blocks, by the file name in their first line."""
    for block in blocks("python"):
        name = re.match(r"# (\w+\.py)\n", block.text)
        assert name, "a program begins with its file's name"
        yield name[1], block.text


def test_every_block_is_of_a_kind_that_is_tested_here() -> None:
    assert {block.language for block in blocks()} <= {"sh", "text", "python", "console", "toml", "yaml"}
    assert len(re.findall("^```", README, flags=re.MULTILINE)) == 2 * len(blocks())


def test_it_is_short() -> None:
    assert len(README.splitlines()) < 250


# the two commands


def test_the_first_two_shell_blocks_are_the_only_ones_and_one_command_line_each() -> None:
    assert [block.language for block in blocks(*SHELLS)][:2] == ["sh", "sh"]
    assert len(blocks("sh")) == 2
    assert all(block.text.count("\n") == 1 for block in blocks("sh"))


def test_both_commands_begin_with_an_environment_and_hide_no_failure() -> None:
    for block in blocks("sh"):
        steps = block.text.strip().split(" && ")
        assert steps[0] == "python3 -m venv .venv"
        assert steps[1].startswith(".venv/bin/python -m pip install -q -e ")
        assert not re.search(r"\|\||;|--exit-zero", block.text)


def test_the_first_command_ends_in_a_check_that_exits_with_1_as_the_text_says(report: Done) -> None:
    step = blocks("sh")[0].text.strip().split(" && ")[-1]
    assert step == f".venv/bin/prodlint check {SAMPLE}"
    assert report.code == 1, report.err
    assert "ends with exit code 1" in README


def test_the_second_command_is_what_ci_runs_and_installs_the_extra_that_exists() -> None:
    (extraction,) = re.findall(
        r"^tests=\$\((awk .*?README\.md)\)$", (ROOT / ".ci" / "run").read_text(), flags=re.MULTILINE | re.DOTALL
    )
    extracted = subprocess.run(["bash", "-c", extraction], cwd=ROOT, capture_output=True, text=True, check=True)
    assert extracted.stdout == blocks("sh")[1].text
    *_, install, run = extracted.stdout.strip().split(" && ")
    extra = re.search(r'-e "\.\[(\w+)\]"$', install)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert extra and "pytest" in " ".join(project["optional-dependencies"][extra[1]])
    assert run == ".venv/bin/python -m pytest -q"


# what the program prints


def test_the_report_is_the_programs_own_trimmed_by_whole_findings(report: Done) -> None:
    (block,) = blocks("text")
    *real, footer = report.out.rstrip("\n").split("\n\n")
    *shown, end = block.text.rstrip("\n").split("\n\n")
    assert end == footer
    left = iter(real)
    missing = [part for part in shown if part not in left]
    assert not missing, f"not printed, or not in this order; the whole report is:\n{report.out}"
    assert f"\n{len(shown)} of the {len(real)} findings" in README


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.text.splitlines()[0])
def test_the_sessions_are_the_programs_own(block: Block, shell: Shell) -> None:
    for line, expected in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block.text, flags=re.MULTILINE):
        done = shell(line)
        assert done.out == expected
        assert done.err == ""


def test_every_program_compiles() -> None:
    assert [name for name, program in programs() if ast.parse(program)] == ["ask.py", "bot.py"]


def test_the_three_states_are_those_of_the_program() -> None:
    from prodlint.model import State

    assert [row[0] for row in table("state")] == [f"`{state.value}`" for state in State]
    session = next(block.text for block in blocks("console") if "prodlint calls" in block.text)
    assert all(f" {state.value} " in session for state in State)


def test_the_unknown_settings_of_the_example_raise_nothing(shell: Shell) -> None:
    findings = json.loads(shell("prodlint check --output-format json ask.py").out)["findings"]
    assert not {"missing-max-tokens", "missing-timeout", "disabled-timeout"} & {finding["rule"] for finding in findings}
    assert "max_tokens of responses.create is unknown" in shell("prodlint check --explain-unknown ask.py").err


# what the program knows


def test_the_rules_are_those_of_the_program() -> None:
    assert table("rule") == [
        [f"[`{rule.name}`](docs/rules/{rule.name}.md)", rule.severity.label, rule.summary]
        for rule in engine.rule_infos()
        if rule.category != CATEGORY
    ]


@pytest.mark.parametrize("rule", engine.rule_infos(), ids=lambda rule: rule.name)
def test_a_page_has_a_bad_and_a_good_program(rule: RuleInfo, tmp_path_factory: pytest.TempPathFactory) -> None:
    programs_of_page = re.findall(r"^```python\n(.*?)^```$", rule.page, flags=re.MULTILINE | re.DOTALL)
    raised = []
    for program in programs_of_page:
        folder = tmp_path_factory.mktemp("page")
        (folder / "service.py").write_text(program, encoding="utf-8")
        run = engine.check(engine.Request(paths=(folder,), config=config.Config(require_reason=True), jobs=1))
        raised.append({finding.rule for finding in run.findings})
    assert raised == [{rule.name}, set()]


def test_the_sdks_are_those_of_the_catalogue() -> None:
    (listed,) = re.findall(r"^The SDKs it knows: (.*?)\n\n", README, flags=re.MULTILINE | re.DOTALL)
    words = " ".join(listed.split())
    titles = {re.sub(r" \d+\.x$", "", record.title) for record in load_catalogue().records}
    assert not [title for title in titles if title not in words]
    bare = re.sub(r" \(.*?\)", "", words).rstrip(".").replace(" and ", ", ").replace(" chat models", "")
    assert sorted(bare.split(", ")) == sorted(titles)


def test_the_output_formats_are_those_of_the_program() -> None:
    (listed,) = re.findall(r"`--output-format` is (.*?)\.", README, flags=re.DOTALL)
    assert code_in(listed) == list(FORMATS)


def test_the_options_are_those_of_the_program(shell: Shell) -> None:
    known = set(
        re.findall(
            r"--[a-z][a-z-]+", shell("for name in check rule baseline config sdks; do prodlint $name --help; done").out
        )
    )
    named = set(re.findall(r"--[a-z][a-z-]+", README.partition("## What it finds")[2]))
    assert named <= known, "an option that does not exist"


# configuration


def test_the_configuration_loads_and_names_rules_that_exist(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text(block.text, encoding="utf-8")
    loaded = config.load_config(tmp_path)
    config.check_rule_names(loaded, {rule.name for rule in engine.rule_infos()})
    assert loaded.source == tmp_path / "pyproject.toml"
    assert loaded.fail_on is Severity.ERROR
    assert loaded.severity == {"missing-max-tokens": Severity.ERROR, "uncached-deterministic-call": None}
    assert loaded.per_file_ignores == {"batch_*.py": ("missing-timeout",)}
    assert (loaded.defaults.timeout, loaded.defaults.max_tokens, loaded.defaults.max_retries) == (30, 800, 2)
    own = {field.name for field in fields(Defaults)}
    assert loaded.defaults.configured == own - {"configured"}, "the example shows every number there is"


def test_the_configuration_of_the_example_is_obeyed(tmp_path: Path, command: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(blocks("toml")[0].text, encoding="utf-8")
    shutil.copytree(ROOT / SAMPLE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "vendor").mkdir()
    shutil.copy(tmp_path / "app" / "worker.py", tmp_path / "vendor")
    shutil.copy(tmp_path / "app" / "services" / "llm.py", tmp_path / "batch_replies.py")
    findings = json.loads(Shell(tmp_path, command)("prodlint check --output-format json").out)["findings"]
    rules = {finding["rule"] for finding in findings}
    assert not {"missing-retries", "uncached-deterministic-call"} & rules
    assert {finding["severity"] for finding in findings if finding["rule"] == "missing-max-tokens"} == {"error"}
    assert not [finding["path"] for finding in findings if finding["path"].startswith("vendor/")]
    assert {finding["rule"] for finding in findings if finding["path"] == "batch_replies.py"} == {"missing-max-tokens"}
    assert any("timeout=30" in finding["help"] for finding in findings)


def test_the_keys_are_those_of_the_program() -> None:
    assert {key for row in table("key") for key in code_in(row[0])} == set(KEYS)
    (meaning,) = [row[1] for row in table("key") if row[0] == "`defaults`"]
    numbers = Defaults()
    assert code_in(meaning) == [f"{numbers.timeout:g}", str(numbers.max_tokens), str(numbers.max_retries)]


def test_the_categories_are_those_of_the_program() -> None:
    (meaning,) = [row[1] for row in table("key") if "`ignore`" in row[0]]
    assert code_in(meaning) == [*sorted({rule.category for rule in engine.rule_infos()}), "all"]


# exit codes


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("prodlint check bot.py", 0),
        (f"prodlint check --exit-zero {SAMPLE}", 0),
        ("prodlint check ask.py", 0),
        ("prodlint check --fail-on note ask.py", 1),
        (f"prodlint check --output-format sarif {SAMPLE}", 1),
        ("prodlint check nowhere", 2),
        ("prodlint check --select missing-timout", 2),
        (f"echo 'import openai; def (:' > bad.py; prodlint check bad.py {SAMPLE}; code=$?; rm bad.py; exit $code", 2),
    ],
)
def test_the_exit_codes_are_those_of_the_program(line: str, code: int, shell: Shell) -> None:
    assert shell(line).code == code
    assert [row[0] for row in table("code")] == ["0", "1", "2", "130"]


# other tools


def test_the_hooks_are_those_that_the_repository_offers() -> None:
    configured = yaml.safe_load(next(block.text for block in blocks("yaml") if "hooks:" in block.text))
    offered = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {hook["id"] for repository in configured["repos"] for hook in repository["hooks"]} <= offered
    assert all(f"`{hook}`" in README for hook in offered)


# promises


def test_no_network_is_used_and_no_program_started_but_git(checkout: Path) -> None:
    (checkout / ".git").mkdir(exist_ok=True)
    code = (
        "import sys\n"
        "def watch(event, arguments):\n"
        "    if event.startswith('socket.'): sys.exit(f'{event}{arguments}')\n"
        "    if event == 'subprocess.Popen' and arguments[0] != 'git': sys.exit(f'{event}{arguments}')\n"
        "sys.addaudithook(watch)\n"
        "from prodlint.cli import main\n"
        f"sys.exit(main(['check', '-q', {SAMPLE!r}]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'checker'}{os.pathsep}{ROOT / 'rules'}"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=checkout, env=environment, capture_output=True, text=True, check=False
        )
    finally:
        (checkout / ".git").rmdir()
    assert (done.returncode, done.stderr) == (1, "")


def test_the_key_of_the_sample_is_in_no_output(checkout: Path, shell: Shell) -> None:
    source = (checkout / SAMPLE / "app" / "services" / "translation.py").read_text(encoding="utf-8")
    (key,) = re.findall(r'api_key="(.+?)"', source)
    done = shell(f"prodlint check -v {' '.join(f'--output-format {name}:out.{name}' for name in FORMATS)} {SAMPLE}")
    written = sorted(checkout.glob("out.*"))
    texts = [path.read_text(encoding="utf-8") for path in written]
    for path in written:
        path.unlink()
    assert len(written) == len(FORMATS)
    assert all("hardcoded-api-key" in text for text in texts)
    shown = [*texts, done.out, done.err, shell(f"prodlint calls {SAMPLE}").out, README]
    assert not [text for text in shown if key in text or key[5:20] in text]


def test_a_run_leaves_nothing_but_its_cache_behind(checkout: Path, shell: Shell) -> None:
    def files() -> list[Path]:
        return sorted(path for path in checkout.rglob("*") if ".prodlint_cache" not in path.parts)

    before = files()
    shell("prodlint check")
    assert files() == before


# what is there, and what is not yet; whoever adds it also changes the README


def test_findings_have_fixes_of_both_kinds(shell: Shell) -> None:
    findings = json.loads(shell(f"prodlint check --output-format json {SAMPLE}").out)["findings"]
    fixes = [finding["fix"] for finding in findings if finding["fix"]]
    assert fixes and all(fix["edits"] and fix["safety"] in ("safe", "unsafe") for fix in fixes)


def test_every_rule_is_in_the_regular_profile_so_far() -> None:
    assert {rule.profile for rule in engine.rule_infos()} == {Profile.REGULAR.name.lower()}


# the documents around it


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/ci.md"])
def test_every_link_leads_to_a_file(name: str) -> None:
    path = ROOT / name
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (path.parent / target).exists()]


def test_the_architecture_names_files_that_exist_and_leaves_no_module_out() -> None:
    named = {name for name in code_in(ARCHITECTURE) if re.fullmatch(r"[\w./-]+/[\w.-]*|\w+\.(?:py|toml)", name)}
    package = ROOT / "checker" / "prodlint"
    assert not [name for name in named if not (package / name).exists() and not (ROOT / name).exists()]
    modules = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if not path.name.startswith("_")}
    covered = {name for name in named if name.endswith(".py")}
    folders = tuple(name for name in named if name.endswith("/") and name not in ("checker/", "checker/prodlint/"))
    assert not sorted(module for module in modules if module not in covered and not module.startswith(folders))
