"""The model table: what it says, and that the packages it names say so."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prodlint.model import KnownModel
from prodlint.sdks.models.table import load, read

ROOT = Path(__file__).resolve().parents[2]
TABLE = load()
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def test_every_model_is_read_and_has_a_fact() -> None:
    text = (ROOT / "checker/prodlint/sdks/models/models.toml").read_text(encoding="utf-8")
    models = list(TABLE)
    assert len(models) == text.count('\n"') == sum(len(lines) for lines in TABLE.lines.values())
    for model in models:
        assert model.max_output or model.input_price or model.retires, model
        assert model.max_output is None or model.max_output > 0
        assert all(price is None or price >= 0 for price in (model.input_price, model.output_price))
        assert all(not date or DATE.fullmatch(date) for date in (model.retires, model.announced))
        assert model.endpoint in ("chat", "responses", "completion", "embedding")
        assert set(model.rejects) <= {"max_tokens", "temperature"}
    assert DATE.fullmatch(TABLE.date)


def test_a_successor_is_in_the_table_and_works_longer() -> None:
    successors = [model for model in TABLE if model.successor]
    assert successors
    for model in successors:
        after = TABLE.find(f"{model.provider}/{model.successor}")
        assert after is not None and not after.is_retired(model.retires or TABLE.date), model


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("gpt-4o", "openai"),
        ("openai/gpt-4o", "openai"),
        ("openai:gpt-4o", "openai"),
        ("anthropic/claude-sonnet-4-5", "anthropic"),
        ("us.anthropic.claude-opus-4-7", "bedrock"),
        ("groq/openai/gpt-oss-120b", "groq"),
        ("gpt-4o-for-us", None),
        ("azure/gpt-4o", None),
        ("us.gpt-4o", None),
        ("", None),
    ],
)
def test_a_model_is_found_by_its_exact_id_alone(name: str, provider: str | None) -> None:
    found = TABLE.find(name)
    assert (found and found.provider) == provider


def test_an_id_of_two_providers_is_found_with_its_provider_only() -> None:
    line = '"large" = { endpoint = "chat", max_output = '
    table = read(f'date = "2026-01-01"\nsources = ["a"]\n\n[acme]\n{line}1 }}\n\n[other]\n{line}2 }}\n')
    assert table.find("large") is None
    found = table.find("other/large")
    assert found == KnownModel(id="large", provider="other", endpoint="chat", max_output=2)


def test_retirement_is_judged_by_the_day_asked_for() -> None:
    model = KnownModel(id="m", provider="p", endpoint="chat", retires="2026-10-23")
    assert [model.is_retired(day) for day in ("2026-10-22", "2026-10-23", "2027-01-01")] == [False, True, True]
    assert not KnownModel(id="m", provider="p", endpoint="chat").is_retired("9999-12-31")


def test_reasoning_models_reject_the_old_cap() -> None:
    rejecting = {model.id for model in TABLE if "max_tokens" in model.rejects}
    assert {"o1", "o3", "gpt-5", "gpt-5.4-mini"} <= rejecting
    assert rejecting.isdisjoint({"gpt-4o", "gpt-4.1", "gpt-5-chat-latest"})


def missing_sources() -> list[str]:
    """The sources that are not installed in the version the table was made from."""
    found = []
    for source in TABLE.sources:
        named = re.match(r"([\w-]+) (\d[\w.]*): ", source)
        if named:
            try:
                installed = importlib.metadata.version(named[1])
            except importlib.metadata.PackageNotFoundError:
                installed = "no version"
            if installed != named[2]:
                found.append(f"{named[1]} {named[2]} (there is {installed})")
    return found


def test_the_packages_give_the_same_table_again() -> None:
    missing = missing_sources()
    if missing:
        pytest.skip(f"not installed: {', '.join(dict.fromkeys(missing))}; `pip install --no-deps` the extra `models`")
    script = [sys.executable, str(ROOT / "scripts" / "generate_models.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_extra_pins_the_sources() -> None:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {found[1] + "==" + found[2] for s in TABLE.sources if (found := re.match(r"([\w-]+) (\d[\w.]*): ", s))}
    assert set(project["optional-dependencies"]["models"]) == named
