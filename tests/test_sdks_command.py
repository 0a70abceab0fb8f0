"""`prodlint sdks`, `--as-of`, and what `prodlint calls` says of versions and models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodlint.cli import main
from prodlint.sdks.catalogue import load
from prodlint.sdks.models.table import load as load_models

Run = Callable[..., tuple[int, str, str]]
CALL = 'from openai import OpenAI\n\nOpenAI().responses.create(model="gpt-4", input="q")\n'


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").write_text(CALL, encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("openai==1.40.0\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        done = capsys.readouterr()
        return code, done.out, done.err

    return call


def data(done: tuple[int, str, str]) -> Any:
    assert (done[0], done[2]) == (0, "")
    return json.loads(done[1])


def test_every_sdk_is_listed_with_its_versions_and_the_one_in_use(run: Run) -> None:
    code, out, err = run("sdks")
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line for line in out.partition("\n\n")[0].splitlines()[1:]}
    assert list(rows) == [record.name.replace("_", "-") for record in load().records]
    assert rows["openai"].endswith("1.40.0, pinned in requirements.txt")
    anthropic = load().by_name["anthropic"]
    assert rows["anthropic"].split()[-2:] == [*anthropic.proved_on, anthropic.checked]
    assert f"models as of {load_models().date}" in out


def test_of_a_framework_in_several_packages_the_one_in_use_is_named(run: Run) -> None:
    Path("requirements.txt").write_text("langchain-openai==1.2.0\n", encoding="utf-8")
    assert "here: langchain-openai 1.2.0, pinned in requirements.txt\n" in run("sdks", "langchain")[1]


def test_one_sdk_is_shown_whole(run: Run) -> None:
    code, out, _ = run("sdks", "google_genai")
    record = load().by_name["google_genai"]
    assert code == 0
    assert f"source: {record.source}" in out
    assert "here: no project file says" in out
    assert all(client.names[0] in out for client in record.clients)
    assert all(operation.path in out for found in record.surfaces.values() for operation in found)


def test_json_has_the_same_sdks(run: Run) -> None:
    listed = data(run("sdks", "--output-format", "json"))["sdks"]
    assert [sdk["name"] for sdk in listed] == [record.name.replace("_", "-") for record in load().records]
    (one,) = data(run("sdks", "openai", "--output-format", "json"))["sdks"]
    assert one == next(sdk for sdk in listed if sdk["name"] == "openai")
    assert one["here"] == {"distribution": "openai", "version": "1.40.0", "origin": "pinned in requirements.txt"}
    record = load().by_name["openai"]
    assert (one["proved_on"], one["checked"]) == ([*record.proved_on], record.checked)


def test_a_folder_inside_the_project_has_its_own_versions(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("inner").mkdir()
    Path("inner/requirements.txt").write_text("openai==1.50.0\n", encoding="utf-8")
    monkeypatch.chdir("inner")
    (one,) = data(run("sdks", "openai", "--output-format", "json"))["sdks"]
    assert one["here"]["origin"] == "pinned in inner/requirements.txt"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sdks", "opnai"), "unknown SDK 'opnai'; did you mean 'openai'"),
        (("sdks", "gpt-nought", "--models"), "has 'gpt-nought' in its name or provider"),
        (("sdks", "--isolated", "--config", "x.toml"), "exclude each other"),
        (("sdks", "--as-of", "tomorrow"), "'tomorrow' is no date; write YYYY-MM-DD"),
        (("check", "--as-of", "2026-13-01"), "'2026-13-01' is no date; write YYYY-MM-DD"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], message: str, run: Run) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert message in err


def test_models_are_judged_as_of_the_tables_date_or_the_one_asked_for(run: Run) -> None:
    def retired(*arguments: str) -> dict[str, bool]:
        document = data(run("sdks", "--models", "--output-format", "json", *arguments))
        return {model["id"]: model["retired"] for model in document["models"]}

    retires = {model.id: model.retires for model in load_models()}
    assert retired() == {name: bool(day) and day <= load_models().date for name, day in retires.items()}
    assert not any(retired("--as-of", "2000-01-01").values())
    assert retired("--as-of", "2999-01-01") == {name: bool(day) for name, day in retires.items()}
    assert (
        "gpt-4 (openai), at most 4096 tokens out, $30 in and $60 out per million tokens, retire"
        in run("sdks", "--models")[1]
    )


@pytest.mark.parametrize(("day", "word"), [("2026-01-01", "retires"), ("2027-01-01", "retired")])
def test_the_inventory_tells_the_release_and_the_model(day: str, word: str, run: Run) -> None:
    retires = next(model.retires for model in load_models() if model.id == "gpt-4")
    lines = run("calls", "--as-of", day)[1].splitlines()
    assert lines[1] == "  sdk: openai 1.40.0, pinned in requirements.txt"
    assert lines[2].startswith("  model: gpt-4 (openai), ")
    assert lines[2].endswith(f", {word} {retires}")
    document = data(run("calls", "--as-of", day, "--output-format", "json"))
    (call,) = document["calls"]
    assert document["as_of"] == day
    assert call["model"]["retired"] is (word == "retired")
    assert call["sdk_release"]["version"] == "1.40.0"


def test_a_model_that_the_table_lacks_is_told(run: Run) -> None:
    source = Path("named.py")
    source.write_text(
        "from openai import OpenAI\nOpenAI().responses.create(model='acme-1', input='')\n", encoding="utf-8"
    )
    assert f"  model: not in the model table of {load_models().date}\n" in run("calls", "named.py")[1]


@pytest.mark.parametrize("name", ["langchain", "langchain-openai", "langchain_openai", "LangChain"])
def test_an_sdk_is_found_by_what_people_call_it(name: str, run: Run) -> None:
    code, out, _ = run("sdks", name)
    assert code == 0
    assert out.startswith("# langchain\n")


def test_a_name_of_several_sdks_shows_each(run: Run) -> None:
    assert run("sdks", "OpenAI")[1].startswith("# openai\n")
    shown = run("sdks", "fireworks-ai")[1]
    assert "# fireworks\n" in shown
    assert "# fireworks-v0\n" in shown


def test_of_a_function_that_makes_many_clients_each_condition_is_shown(run: Run) -> None:
    assert "init_chat_model with model_provider=anthropic (both): no timeout, 2 retries" in run("sdks", "langchain")[1]
    assert "boto3.client with service_name=bedrock-agent-runtime (sync): 60 s" in run("sdks", "bedrock")[1]


def test_defaults_of_the_models_own_sdk_are_not_made_up(run: Run) -> None:
    assert "pydantic_ai.Agent (both): timeout unknown, retries unknown" in run("sdks", "pydantic-ai")[1]


def test_models_are_found_by_a_part_of_their_name(run: Run) -> None:
    found = {model["id"] for model in data(run("sdks", "--models", "GPT-4", "--output-format", "json"))["models"]}
    assert found == {model.id for model in load_models() if "gpt-4" in model.id}


def test_messages_name_the_release(run: Run) -> None:
    out = run("check", "--output-format", "concise", "--exit-zero")[1]
    assert "(openai 1.40.0, pinned in requirements.txt)" in out
    Path("requirements.txt").unlink()
    newest = load().by_name["openai"].proved_on[0]
    assert f"(openai {newest}, assumed)" in run("check", "--output-format", "concise", "--exit-zero")[1]
