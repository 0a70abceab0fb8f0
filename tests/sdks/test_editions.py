"""The records as of the releases that a project uses, and what that changes for its requests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from prodlint.config import Config
from prodlint.engine import Request, inventory
from prodlint.model import ModelCall, State
from prodlint.sdks.catalogue import combine, load
from prodlint.sdks.editions import ASSUMED, Edition, Editions, Release, _distributions_of
from prodlint.sdks.record_file import load_record
from prodlint.sdks.schema import CatalogueError, ClientClass, Derivation, Operation, Record
from prodlint.versions.project import Statement
from prodlint.versions.ranges import holds, is_range, newest

RECORD = """
name = "{name}"
title = "Acme"
distributions = ["acme", "acme-extra"]
imports = ["acme", "acme_extra"]
versions = "{versions}"
proved_on = ["{proved}"]
checked = 2026-11-22
source = "acme"

[[client]]
names = ["acme.Client"]
timeout_default = 60
variants = [{{ versions = "<2.5", timeout_default = "none", retries_default = 1 }}]

[[surface.client]]
path = "ask"
kind = "generate"
settings = {{ max_tokens = ["cap"] }}
variants = [
  {{ versions = "<2.2", settings = {{ max_tokens = ["limit"] }} }},
  {{ versions = "<2.4", settings = {{ max_tokens = ["maximum"] }} }},
]
"""
NEW = load_record(RECORD.format(name="acme", versions=">=2", proved="3.0"), "acme.toml")
OLD = load_record(RECORD.format(name="acme_v1", versions="<2", proved="1.9"), "acme_v1.toml")


def edition(**specifiers: str) -> Edition:
    def statements(path: str, distribution: str) -> Iterable[Statement]:
        specifier = specifiers.get(distribution.replace("-", "_"))
        return [Statement(specifier=specifier, file="pins.txt")] if specifier is not None else []

    return Editions(combine([NEW, OLD]), statements).at("app.py")


def caps(found: Edition) -> list[str]:
    record, _ = found.catalogue.clients["acme.Client"][0]
    (operation,) = record.surfaces["client"]
    return [spelling.path[0] for spelling in operation.settings["max_tokens"]]


@pytest.mark.parametrize(
    ("specifier", "name", "cap", "timeout"),
    [
        ("==2.1", "acme", "limit", None),
        ("==2.3", "acme", "maximum", None),
        ("==2.4", "acme", "cap", None),
        ("==2.6", "acme", "cap", 60),
        (">=2", "acme", "cap", 60),
        ("==1.5", "acme_v1", "limit", None),
        ("<2", "acme_v1", "limit", None),
    ],
)
def test_the_record_and_its_variants_follow_the_version(
    specifier: str, name: str, cap: str, timeout: float | None
) -> None:
    found = edition(acme=specifier)
    record, client = found.catalogue.clients["acme.Client"][0]
    assert (record.name, client.timeout_default, caps(found)) == (name, timeout, [cap])


def test_without_a_word_of_the_project_the_newest_facts_hold_and_are_called_assumed() -> None:
    found = edition()
    assert caps(found) == ["cap"]
    assert found.release(NEW) == Release(distribution="acme", version="3.0", origin=ASSUMED)


def test_a_version_is_told_only_of_the_record_it_belongs_to() -> None:
    found = edition(acme="==1.5")
    assert found.release(OLD) == Release(
        distribution="acme", version="1.5", origin="pinned in pins.txt", allowed="==1.5"
    )
    assert found.release(NEW) == Release(distribution="acme", version="3.0", origin=ASSUMED)


def test_a_name_of_another_distribution_has_its_version() -> None:
    found = edition(acme="==2.6", acme_extra="==0.3")
    assert found.release(NEW, "acme_extra.Client").distribution == "acme-extra"
    assert found.release(NEW, "acme_extra.Client").version == "0.3"
    assert found.release(NEW, "acme.Client").version == "2.6"


def test_a_name_of_another_distribution_has_the_release_that_its_facts_are_from() -> None:
    text = RECORD.format(name="acme", versions=">=2", proved="3.0")
    record = load_record(text.replace("[[client]]", '[releases]\nacme-extra = "0.4"\n[[client]]'), "acme.toml")
    named = "acme_extra.Client"
    assert Editions(combine([record])).at("app.py").release(record, named).version == "0.4"
    allowed = Statement(specifier=">=0.1", file="pins.txt")
    found = Editions(combine([record]), lambda path, name: [allowed] if name == "acme-extra" else []).at("app.py")
    assert found.release(record, named) == Release(
        distribution="acme-extra", version="0.4", origin="allowed by pins.txt", allowed=">=0.1"
    )
    assert found.release_in_use(record) == found.release(record, named)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("versions = '<1'", "`versions` belongs into `variants`"),
        ("variants = [{ kind = 'embed' }]", "`versions` is missing"),
        ("variants = [{ versions = '<1', colour = 1 }]", "unknown key `colour`"),
    ],
)
def test_a_mistake_in_a_variant_is_named(table: str, message: str) -> None:
    head = RECORD.format(name="acme", versions="", proved="1").partition("[[client]]")[0]
    with pytest.raises(CatalogueError, match=message):
        load_record(f"{head}[[surface.client]]\npath = 'ask'\nkind = 'generate'\n{table}\n", "acme.toml")


def test_a_variant_follows_the_distribution_that_its_class_is_called_after() -> None:
    text = RECORD.format(name="acme", versions=">=2", proved="3.0")
    text = text.replace('names = ["acme.Client"]', 'names = ["acme_extra.Client"]')
    record = load_record(text.replace("[[client]]", '[releases]\nacme-extra = "2.9"\n[[client]]', 1), "acme.toml")

    def timeout(**pins: str) -> float | None:
        stated = {name: [Statement(specifier=pin, file="pins.txt")] for name, pin in pins.items()}
        found = Editions(combine([record]), lambda path, name: stated.get(name.replace("-", "_"), [])).at("app.py")
        return found.catalogue.clients["acme_extra.Client"][0][1].timeout_default

    assert timeout(acme_extra="==0.3") is None
    assert timeout(acme="==2.9", acme_extra="==0.3") is None
    assert timeout(acme="==2.1", acme_extra="==2.8") == 60
    assert timeout(acme="==2.1") == 60, "what is not named is the newest"


def test_a_range_stands_for_the_last_release_in_it_that_the_record_names() -> None:
    text = RECORD.format(name="acme", versions=">=2", proved="3.0")
    text = text.replace("source =", 'earlier = { acme = ["2.9", "2.3"] }\nsource =')
    stated = {">=2,<3": "2.9", "<2.4": "2.3", ">=2": "3.0"}
    for specifier, version in stated.items():
        statement = Statement(specifier=specifier, file="pins.txt")
        catalogue = combine([load_record(text, "acme.toml")])
        found = Editions(catalogue, lambda path, name, said=statement: [said] if name == "acme" else []).at("app.py")
        assert found.release(catalogue.by_name["acme"]).version == version


def test_of_a_release_that_no_record_is_for_nothing_is_known() -> None:
    def statements(path: str, name: str) -> Iterable[Statement]:
        return [Statement(specifier="==1.5", file="pins.txt")] if name == "acme" else []

    alone = Editions(combine([NEW]), statements).at("app.py")
    (record,) = alone.catalogue.records
    assert record.unknown_release == "acme 1.5 (pinned in pins.txt)"
    assert alone.release(record) == Release(
        distribution="acme", version="1.5", origin="pinned in pins.txt", allowed="==1.5"
    )
    both = Editions(combine([NEW, OLD]), statements).at("app.py")
    assert [record.unknown_release for record in both.catalogue.records] == ["", ""]


@pytest.mark.parametrize(
    ("name", "pin", "default"),
    [
        ("boto3.client", "boto3==1.43.127", (60.0, 4)),
        ("boto3.client", "boto3<1.44", (60.0, 4)),
        ("boto3.client", "boto3==1.44.0", (60.0, 2)),
        ("botocore.session.Session().create_client", "botocore==1.34.162", (60.0, 4)),
        ("aioboto3.Session().client", "boto3==1.44.0", (60.0, 4)),
        ("cohere.ClientV2", "cohere==5.1.7", (60.0, 0)),
        ("cohere.ClientV2", "cohere==5.20.4", (300.0, 0)),
        ("cohere.ClientV2", "cohere==5.21.1", (300.0, 2)),
    ],
)
def test_measured_defaults_of_older_releases(name: str, pin: str, default: tuple[float, int]) -> None:
    distribution, specifier = re.fullmatch(r"(\w+)(.*)", pin).groups()  # type: ignore[union-attr]
    statement = Statement(specifier=specifier, file="pins.txt")
    found = Editions(load(), lambda path, asked: [statement] if asked == distribution else []).at("app.py")
    client = found.catalogue.clients[name][0][1]
    assert (client.timeout_default, client.retries_default) == default


def test_cohere_before_7_0_5_takes_retries_with_the_request_alone() -> None:
    statement = Statement(specifier="<7", file="pins.txt")
    found = Editions(load(), lambda path, asked: [statement] if asked == "cohere" else []).at("app.py")
    record, client = found.catalogue.clients["cohere.ClientV2"][0]
    assert "retries" not in client.settings and "retries" not in client.suggest
    for operation in record.surfaces["client"]:
        assert operation.suggest["timeout"] == 'request_options={"timeout_in_seconds": {value}}'
        assert operation.suggest["retries"] == 'request_options={"max_retries": {value}}'
        assert [spelling.path[-1] for spelling in operation.settings["timeout"]] == ["timeout_in_seconds"]


@pytest.mark.parametrize("pin", ["==0.3.22", "<1.0"])
def test_chat_anthropic_before_1_0_caps_answers_at_1024_tokens(pin: str) -> None:
    statement = Statement(specifier=pin, file="pins.txt")
    found = Editions(load(), lambda path, asked: [statement] if asked == "langchain-anthropic" else []).at("app.py")
    client = found.catalogue.clients["langchain_anthropic.ChatAnthropic"][0][1]
    assert (client.cap_default, client.cap_of_model) == (1024, False)


@pytest.mark.parametrize("record", load().records, ids=lambda record: record.name)
def test_shipped_ranges_are_pep_440_and_hold_what_was_proved(record: Record) -> None:
    named = {**dict.fromkeys(record.distributions[:1], *record.proved_on[:1]), **record.releases}
    assert all(holds(record.versions, version) for version in record.proved_on)
    assert len(record.proved_on) == 1
    assert all(newest([named[name], *found]) == named[name] for name, found in record.earlier.items())
    functions = [record.function_defaults] if record.function_defaults is not None else []
    tables = (*record.surfaces.values(), *record.derivations.values())
    items = [
        *record.clients,
        *functions,
        *record.functions,
        *record.wrappers,
        *(each for found in tables for each in found),
    ]
    for variant in (variant for item in items for variant in item.variants):
        assert variant.versions and is_range(variant.versions)
        own = [named[name] for name in _distributions_of(_name_of(variant), record) if name in named]
        assert not holds(variant.versions, own[0]), "the table itself holds for the newest version"


def _name_of(item: ClientClass | Operation | Derivation) -> str:
    return item.names[0] if isinstance(item, ClientClass) else item.path


def test_shipped_suggestions_for_models_that_reject_the_usual_keyword_can_be_typed() -> None:
    texts = [
        text
        for record in load().records
        for operation in (*record.functions, *(item for found in record.surfaces.values() for item in found))
        for each in (operation, *operation.variants)
        for text in each.suggest_otherwise.values()
    ]
    assert texts
    for text in texts:
        compile(f"call({text.replace('{value}', '3')})", "suggestion", "exec")


CHAT = 'from openai import OpenAI\n\nOpenAI().chat.completions.create(model="{}", messages=[])\n'


def only_call(folder: Path, model: str, requirements: str | None = None, config: Config | None = None) -> ModelCall:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "app.py").write_text(CHAT.format(model), encoding="utf-8")
    if requirements is not None:
        (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    (call,) = inventory(Request(paths=(folder,), config=config or Config(), jobs=1)).calls
    return call


@pytest.mark.parametrize(
    ("requirements", "model", "cap"),
    [
        (None, "gpt-4o", "max_completion_tokens=1024"),
        ("openai==1.45.0", "gpt-4o", "max_completion_tokens=1024"),
        # openai 1.44.1 has no such parameter
        ("openai==1.44.1", "gpt-4o", "max_tokens=1024"),
        ("openai==1.44.1", "o1", "extra_body={'max_completion_tokens': 1024}"),
        ("openai==1.44.1", "some-model", "max_tokens=1024"),
    ],
)
def test_the_suggested_cap_is_one_that_this_version_and_model_accept(
    requirements: str | None, model: str, cap: str, tmp_path: Path
) -> None:
    assert only_call(tmp_path, model, requirements).spelling["max_tokens"] == cap


@pytest.mark.parametrize(
    ("program", "requirement", "spellings"),
    [
        (
            "from google import genai\ngenai.Client().models.generate_content()\n",
            "google-genai==1.20.0",
            (False, False),
        ),
        ("from google import genai\ngenai.Client().models.generate_content()\n", "google-genai==1.21.0", (True, False)),
        ("from google import genai\ngenai.Client().models.generate_content()\n", "google-genai==1.28.0", (True, True)),
        ("import cohere\ncohere.ClientV2().chat()\n", "cohere==7.0.4", (False, True)),
        ("import cohere\ncohere.ClientV2().chat()\n", "cohere==7.0.5", (True, False)),
    ],
)
def test_retries_are_suggested_where_the_version_takes_them(
    program: str, requirement: str, spellings: tuple[bool, bool], tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(program, encoding="utf-8")
    (tmp_path / "requirements.txt").write_text(f"{requirement}\n", encoding="utf-8")
    project = inventory(Request(paths=(tmp_path,), config=Config(), jobs=1))
    (client,) = project.clients
    (call,) = project.calls
    assert ("retries" in client.spelling, "retries" in call.spelling) == spellings


@pytest.mark.parametrize(
    ("requirement", "given", "version", "origin"),
    [
        ("", "temperature=0.2", "0.125.0", "the newest known with `temperature=`"),
        ("", "", "2.12.0", ASSUMED),
        ("anthropic>=0.49", "temperature=0.2", "0.125.0", "the newest known with `temperature=`"),
        ("anthropic>=1", "temperature=0.2", "2.12.0", "allowed by requirements.txt"),
        ("anthropic==2.1.0", "temperature=0.2", "2.1.0", "pinned in requirements.txt"),
        ("anthropic==0.60.0", "temperature=0.2", "0.60.0", "pinned in requirements.txt"),
    ],
)
def test_a_keyword_that_is_gone_tells_of_an_older_release(
    requirement: str, given: str, version: str, origin: str, tmp_path: Path
) -> None:
    program = f"import anthropic\nanthropic.Anthropic().messages.create({given})\n"
    (tmp_path / "app.py").write_text(program, encoding="utf-8")
    (tmp_path / "requirements.txt").write_text(f"{requirement}\n", encoding="utf-8")
    project = inventory(Request(paths=(tmp_path,), config=Config(), jobs=1))
    for subject in (*project.calls, *project.clients):
        assert (subject.sdk_version, subject.sdk_version_origin) == (version, origin)


def test_the_suggested_cap_is_never_above_what_the_model_can_write(tmp_path: Path) -> None:
    from prodlint.api import Defaults

    config = Config(defaults=Defaults(max_tokens=50_000))
    assert only_call(tmp_path, "gpt-4o", config=config).spelling["max_tokens"] == "max_completion_tokens=16384"
    assert only_call(tmp_path, "some-model", config=config).spelling["max_tokens"] == "max_completion_tokens=50000"


def test_what_a_request_leaves_out_is_unknown_where_no_record_is_for_the_release(tmp_path: Path) -> None:
    call = only_call(tmp_path, "gpt-4o", "openai==9.0")
    assert call.sdk_version == "9.0"
    for name in ("timeout", "retries", "max_tokens"):
        setting = call.settings[name]
        assert setting.state is State.UNKNOWN
        assert setting.why == "nothing is known of openai 9.0 (pinned in requirements.txt)"


def test_a_request_names_the_version_and_where_it_is_from(tmp_path: Path) -> None:
    call = only_call(tmp_path, "gpt-4o", "openai==1.44.1")
    found = (call.sdk, call.sdk_distribution, call.sdk_version, call.sdk_version_origin)
    assert found == ("openai", "openai", "1.44.1", "pinned in requirements.txt")


def test_a_range_that_reaches_beyond_a_record_leaves_it_to_the_code(tmp_path: Path) -> None:
    """`mistralai>=1` allows 3.x, whose modules are elsewhere: what is imported from 1.x is judged as 1.x."""
    (tmp_path / "requirements.txt").write_text("mistralai>=1.0.0\n")
    (tmp_path / "app.py").write_text("from mistralai import Mistral\nMistral().chat.complete(model='m', messages=[])\n")
    (call,) = inventory(Request(paths=(tmp_path,), config=Config(), jobs=1)).calls
    assert call.settings["timeout"].state is State.DEFAULT and call.settings["timeout"].value is None
