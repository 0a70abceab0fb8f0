"""`[[tool.prodlint.sdk]]`: the guide's example works, and mistakes are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prodlint.cli import main
from prodlint.config import load_config
from prodlint.engine import Request, UsageError, inventory
from prodlint.model import State

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "in-house-clients.md").read_text(encoding="utf-8")
LIBRARY, CONFIGURATION, SERVICE, SESSION = re.findall(r"^```\w+\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)
SMALL = """
[[sdk]]
name = "acme"
imports = ["acme"]
[[sdk.client]]
names = ["acme.Client"]
[[sdk.surface.client]]
path = "ask"
kind = "generate"
settings = { max_tokens = ["cap"] }
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    done = capsys.readouterr()
    return code, done.out, done.err


def test_the_session_of_the_guide_is_the_programs_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command, _, expected = SESSION.partition("\n")
    assert run(capsys, *command.split()[2:]) == (1, expected, "")


def test_it_makes_no_difference_whether_the_project_defines_the_class(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = run(capsys, "check", "--output-format", "concise", "service.py")
    (project / "src" / "acme").mkdir(parents=True)
    (project / "src" / "acme" / "__init__.py").write_text("", encoding="utf-8")
    (project / "src" / "acme" / "llm.py").write_text(LIBRARY, encoding="utf-8")
    assert run(capsys, "check", "--output-format", "concise", "service.py") == before


@pytest.mark.parametrize(
    "use",
    [
        "import acme.llm\nacme.llm.LLMClient().ask('q')",
        "from acme import llm\nllm.LLMClient().ask('q')",
        "from acme import LLMClient\nLLMClient().ask('q')",
        "from acme.llm import LLMClient as C\n\n\ndef f(client: C):\n    return client.ask('q')",
    ],
)
def test_every_way_to_import_a_class_of_the_project_is_followed(use: str, project: Path) -> None:
    (project / "acme").mkdir()
    (project / "acme" / "__init__.py").write_text("from .llm import LLMClient\n", encoding="utf-8")
    (project / "acme" / "llm.py").write_text(LIBRARY, encoding="utf-8")
    (project / "use.py").write_text(use, encoding="utf-8")
    calls = inventory(Request(paths=(project / "use.py",), config=load_config(project), jobs=1)).calls
    assert [(call.sdk, call.operation) for call in calls] == [("acme", "ask")]


def test_the_version_of_the_library_comes_from_the_lock_file(project: Path) -> None:
    (project / "uv.lock").write_text('[[package]]\nname = "acme-llm"\nversion = "4.2"\n', encoding="utf-8")
    (call,) = inventory(Request(paths=(project,), config=load_config(project), jobs=1)).calls
    assert (call.sdk_version, call.sdk_version_origin) == ("4.2", "locked in uv.lock")


def test_without_a_declaration_nothing_is_seen(project: Path) -> None:
    (project / "pyproject.toml").write_text("", encoding="utf-8")
    assert inventory(Request(paths=(project,), config=load_config(project), jobs=1)).calls == ()


def test_what_an_extended_file_declares_counts_too(project: Path) -> None:
    (project / "shared.toml").write_text(SMALL, encoding="utf-8")
    (project / "pyproject.toml").write_text('[tool.prodlint]\nextend = "shared.toml"\n', encoding="utf-8")
    assert [sdk.table["name"] for sdk in load_config(project).sdk] == ["acme"]


def test_a_declared_name_replaces_a_shipped_record(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = SMALL.replace('"acme"', '"openai"').replace("acme.Client", "openai.OpenAI")
    (project / "pyproject.toml").unlink()
    (project / "prodlint.toml").write_text(own, encoding="utf-8")
    assert "openai.AsyncOpenAI" not in run(capsys, "sdks", "openai")[1]
    assert "openai.AsyncOpenAI" in run(capsys, "sdks", "openai", "--isolated")[1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "acme"', "", "sdk without a name: `name` is missing"),
        ('imports = ["acme"]', "", "sdk `acme`: `imports` is missing"),
        ('imports = ["acme"]', "imports = []", "sdk `acme`: `imports` names no package"),
        ('imports = ["acme"]', 'imports = [""]', "sdk `acme`: `imports` names no package"),
        (SMALL[SMALL.index("[[sdk.client]]") :], "", "sdk `acme`: no file can match it"),
        ('["acme.Client"]', "[]", "sdk `acme`: [client]: `names` is empty"),
        ("names =", "nams =", "unknown key `nams`, did you mean `names`?"),
        ('["acme.Client"]', '["other.Client"]', "`other.Client` begins with none of `imports`"),
        ("max_tokens =", "max_token =", "unknown setting `max_token`, did you mean `max_tokens`?"),
        ('"generate"', '"talk"', "expected one of"),
        ('imports = ["acme"]', 'imports = ["acme"]\nversions = "^1"', "[top.versions]: not a PEP 440 range: '^1'"),
        ('kind = "generate"', "kind = 'generate'\nvariants = [{ versions = '~1' }]", "not a PEP 440 range: '~1'"),
        ('name = "acme"', "name = 3", "sdk without a name: [top.name]: expected text, not 3"),
        (SMALL, SMALL + SMALL, "sdk `acme`: `name` stands there twice"),
        (SMALL[SMALL.index("[[sdk.client]]") :], "exceptions = { roots = ['acme.Error'] }", "no file can match it"),
        (
            "[[sdk.surface.client]]",
            "[[sdk.surface.other]]\npath = 'ask'\nkind = 'generate'\n[[sdk.surface.client]]",
            '[surface.other]: nothing leads to it; give a `[[client]]` `surface = "other"`',
        ),
        (
            "[[sdk.client]]",
            "key = [{ provider = 'A', pattern = 'ab', variable = 'A_KEY', anchors = [] }]\n[[sdk.client]]",
            "[key A]: `anchors` is empty",
        ),
    ],
)
def test_a_mistake_names_the_file_the_key_and_the_nearest_valid_one(
    old: str, new: str, message: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in SMALL
    (project / "pyproject.toml").unlink()
    (project / "prodlint.toml").write_text(SMALL.replace(old, new, 1), encoding="utf-8")
    for command in ("check", "calls", "sdks", "config verify"):
        code, _, err = run(capsys, *command.split())
        assert code == 2
        assert f"{project / 'prodlint.toml'}: " in err
        assert message in err
    with pytest.raises(UsageError):
        inventory(Request(paths=(project,), config=load_config(project), jobs=1))


def test_a_file_may_say_anew_what_the_one_it_extends_says(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").unlink()
    (project / "shared.toml").write_text(SMALL, encoding="utf-8")
    own = SMALL.replace("acme.Client", "acme.Session")
    (project / "prodlint.toml").write_text(f'extend = "shared.toml"\n{own}', encoding="utf-8")
    shown = run(capsys, "sdks", "acme")[1]
    assert "acme.Session" in shown and "acme.Client" not in shown


def test_of_a_function_without_defaults_neither_timeout_nor_retries_are_known(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    function = '[[sdk]]\nname = "acme"\nimports = ["acme"]\n[[sdk.function]]\npath = "acme.ask"\nkind = "generate"\n'
    (project / "prodlint.toml").write_text(function, encoding="utf-8")
    (project / "service.py").write_text("import acme\n\nacme.ask('Hello')\n", encoding="utf-8")
    (call,) = inventory(Request(paths=(project,), config=load_config(project), jobs=1)).calls
    assert [call.settings[name].state for name in ("timeout", "retries")] == [State.UNKNOWN, State.UNKNOWN]


def test_a_single_table_is_told_to_be_a_list(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text("[tool.prodlint.sdk]\nname = 'acme'\n", encoding="utf-8")
    code, _, err = run(capsys, "check")
    assert code == 2
    assert "`sdk` must be a list of tables: write `[[tool.prodlint.sdk]]`" in err
