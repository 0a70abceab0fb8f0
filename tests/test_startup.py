"""What a run over files without LLM code, and a warm one over files with, must not import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("libcst", "detect_secrets", "rich", "multiprocessing", "importlib.metadata", "jsonschema")
UNUSED = (
    *("dataclasses", "json", "pathspec", "configparser"),
    *("prodlint.comments", "prodlint.fixes", "prodlint.secrets.assignments", "prodlint.secrets.judge"),
)
"""What takes milliseconds to import, or to define, and is for files that have more to them."""
ENGINE = ("prodlint.engine", "prodlint.model", "prodlint.registry", "prodlint.findings", "tomllib", "tomli", "pickle")
PROGRAM = 'import openai\nclient = openai.OpenAI()\nclient.responses.create(model="m", input="hello")\n'


def imported(folder: Path, *arguments: str, of: tuple[str, ...]) -> set[str]:
    code = (
        "import sys\nfrom prodlint.cli import main\n"
        f"code = main({list(arguments)!r})\n"
        f"print(*[name for name in {of!r} if name in sys.modules], file=sys.stderr)\nsys.exit(code)"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "user")}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    assert result.returncode in (0, 1), result.stderr
    return set(result.stderr.splitlines()[-1].split())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "plain.py").write_text("import os\n\n\ndef area(width: int) -> int:\n    return width * width\n")
    (tmp_path / "llm.py").write_text(PROGRAM)
    imported(tmp_path, "check", "llm.py", of=())  # the tables are compiled, and the facts are cached
    return tmp_path


@pytest.mark.parametrize("arguments", [["plain.py"], ["--force-exclude", "plain.py"], ["-q", "plain.py"]])
def test_a_file_without_llm_code_takes_neither_the_engine_nor_anything_heavy(
    project: Path, arguments: list[str]
) -> None:
    assert imported(project, "check", *arguments, of=(*HEAVY, *UNUSED, *ENGINE)) == set()


def test_a_tree_without_llm_code_takes_nothing_heavy(project: Path) -> None:
    (project / "llm.py").unlink()
    assert imported(project, "check", ".", of=HEAVY) == set()


def test_a_warm_run_parses_nothing(project: Path) -> None:
    assert imported(project, "check", "llm.py", of=(*HEAVY, *UNUSED)) == set()
    assert "prodlint.extract" in imported(project, "check", "--no-cache", "llm.py", of=("prodlint.extract",))


def test_what_the_interpreter_reads_takes_no_libcst(project: Path) -> None:
    assert "libcst" not in imported(project, "check", "--no-cache", "llm.py", of=HEAVY)
    (project / "llm.py").write_text(PROGRAM + "\ndef f(): return f'{f'{f()}'}'\n")  # Python 3.12
    if sys.version_info < (3, 12):
        assert "libcst" in imported(project, "check", "--no-cache", "llm.py", of=HEAVY)


def test_patterns_are_compiled_for_what_a_file_holds(project: Path) -> None:
    """Those for all SDKs and for all names of keys are thousands of characters long: no single file is worth them."""
    code = (
        "import re, sys\n"
        "compiled = []\n"
        "compile_pattern = re.compile\n"
        "def counting(pattern, flags=0):\n"
        "    compiled.append(len(pattern) if isinstance(pattern, (str, bytes)) else 0)\n"
        "    return compile_pattern(pattern, flags)\n"
        "re.compile = counting\n"
        "from prodlint.cli import main\n"
        "main(['check', 'llm.py'])\n"
        "print(max(compiled), file=sys.stderr)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=project, check=True)
    assert int(result.stderr.splitlines()[-1]) < 1000


def test_the_answer_without_the_engine_is_the_engines(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from prodlint.cli import main

    plain = str(project / "plain.py")
    assert main(["check", plain]) == 0
    quick = capfd.readouterr()
    assert main(["check", "--profile", "regular", plain]) == 0
    assert capfd.readouterr() == quick


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"def (\n", 2),
        (b"x = '\xff'\n", 2),
        (b"x = 1  # prodlint: ignore[nothing]\n", 1),
        (b"import openai\nopenai.OpenAI(timeout=None).responses.create(model='m', input='')\n", 1),
    ],
)
def test_what_is_of_interest_is_left_to_the_engine(project: Path, content: bytes, code: int) -> None:
    from prodlint.cli import main

    (project / "odd.py").write_bytes(content)
    assert main(["check", str(project / "plain.py"), str(project / "odd.py")]) == code


def test_unknown_rules_in_the_configuration_are_reported_for_files_without_llm_code(project: Path) -> None:
    from prodlint.cli import main

    (project / "pyproject.toml").write_text('[tool.prodlint]\nignore = ["no-such-rule"]\n')
    assert main(["check", str(project / "plain.py")]) == 2


def program(*arguments: str) -> list[str]:
    """The command of an installation."""
    return [sys.executable, "-c", "from prodlint.__main__ import run\nrun()", *arguments]


@pytest.mark.parametrize(
    "arguments", [["rule", "missing-timeout"], ["check", "--isolated", "llm.py"], ["check", "gone"]]
)
def test_a_program_that_ends_at_once_says_all_that_it_has_to_say(project: Path, arguments: list[str]) -> None:
    usual = [sys.executable, "-m", "prodlint", *arguments]
    by_program, by_module = (
        subprocess.run(command, capture_output=True, text=True, cwd=project, check=False)
        for command in (program(*arguments), usual)
    )
    assert by_program.returncode == by_module.returncode
    assert by_program.stdout == by_module.stdout and (by_module.stdout or by_module.stderr)
