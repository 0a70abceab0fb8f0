"""What holds for every SDK record that prodlint ships, and for every key format.

Keys are made from the patterns while the tests run; none stands in this repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prodlint.sdks import catalogue
from prodlint.sdks.schema import ClientClass, KeyFormat, Operation, Record, Spelling

RECORDS = catalogue.load().records
KEYS = catalogue.load().keys
ASCII = st.characters(max_codepoint=127)
NUMBERS = ("{value}", "{milliseconds}", "{attempts}")


def _key_id(key: KeyFormat) -> str:
    return f"{key.provider}-{KEYS.index(key)}"


@pytest.mark.parametrize("key", KEYS, ids=_key_id)
@settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_match_of_a_key_pattern_contains_an_anchor(key: KeyFormat, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(key.pattern, fullmatch=True, alphabet=ASCII))
    assert re.search(key.pattern, text)
    assert any(anchor in text for anchor in key.anchors)


@pytest.mark.parametrize("key", KEYS, ids=_key_id)
def test_key_patterns_need_no_look_behind_and_hold_one_group_at_most(key: KeyFormat) -> None:
    assert "(?<" not in key.pattern
    compiled = re.compile(key.pattern)
    assert compiled.groups <= 1
    assert compiled.groups == 0 or key.contextual, "a pattern that starts with a variable's name is contextual"


@pytest.mark.parametrize("key", KEYS, ids=_key_id)
@settings(max_examples=3, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_key_is_not_found_inside_a_longer_word(key: KeyFormat, data: st.DataObject) -> None:
    if re.compile(key.pattern).groups:
        return
    text = data.draw(st.from_regex(key.pattern, fullmatch=True, alphabet=ASCII))
    found = re.search(key.pattern, f'"{text}"')
    assert found is not None and found.group() == text
    inside = re.search(key.pattern, f"x{text}")
    assert inside is None or inside.start() > 1


def test_key_anchors_are_ascii_and_variables_are_names() -> None:
    for key in KEYS:
        assert key.anchors
        assert all(anchor.isascii() and len(anchor) >= 3 for anchor in key.anchors), key
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", key.variable), key


def test_no_record_holds_anything_with_the_shape_of_a_key() -> None:
    for path in Path(catalogue.__file__).parent.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        for key in KEYS:
            assert not re.search(key.pattern, text), f"{path.name}: {key.provider}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_record_says_where_its_facts_come_from(record: Record) -> None:
    assert record.title and record.distributions and record.imports and record.proved_on
    assert re.search(r"\d+\.\d+", record.source), "the source names a version"
    assert all(re.fullmatch(r"\d+(\.\w+)*", version) for version in record.proved_on)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_suggestion_writes_a_keyword_that_the_record_reads(record: Record) -> None:
    places = [owner.settings for owner in _owners(record)]
    places += [derivation.settings for found in record.derivations.values() for derivation in found]
    for owner in _owners(record):
        for name, text in owner.suggest.items():
            keyword, equals, value = text.partition("=")
            if not equals or not keyword.isidentifier():
                continue  # a sentence, not a keyword
            assert name == "stream" or any(number in value for number in NUMBERS), text
            heads = {spelling.path[0] for found_here in places for spelling in found_here.get(name, ())}
            assert keyword in heads, f"{text}: `{name}` is read from {sorted(heads)}"


def test_a_function_without_the_setting_has_a_client_to_take_instead() -> None:
    for record in RECORDS:
        for name, text in record.function_defaults.suggest.items() if record.function_defaults else ():
            client, bracket, inner = text.partition("(")
            if not bracket or "=" in client:
                continue
            (cls,) = [cls for cls in record.clients if client in cls.names]
            assert inner.partition("=")[0] in {spelling.path[0] for spelling in cls.settings[name]}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_suggestions_use_the_unit_of_the_keyword_they_write(record: Record) -> None:
    for owner in _owners(record):
        for name, text in owner.suggest.items():
            keyword = text.partition("=")[0]
            for spelling in owner.settings.get(name, ()):
                if spelling.path == (keyword,):
                    assert ("{milliseconds}" in text) == (spelling.scale == 0.001), text
                    assert ("{attempts}" in text) == (spelling.offset == -1), text


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_sentence_stands_in_for_settings_that_nothing_takes(record: Record) -> None:
    for client in record.clients:
        owners = (client, *record.surfaces.get(client.surface, ()))
        assert not client.instead.keys() & {name for owner in owners for name in (*owner.settings, *owner.suggest)}
    for operation in record.functions:
        assert not operation.instead.keys() & {*operation.settings, *operation.suggest}


@pytest.mark.parametrize("name", ["bedrock", "mistralai"])
def test_paths_that_count_on_an_unknown_receiver_need_telling_keywords(name: str) -> None:
    distinctive = [operation for operation in _operations(catalogue.load().by_name[name]) if operation.distinctive]
    assert distinctive
    assert all(operation.requires for operation in distinctive)


def test_an_explicit_none_is_a_setting_where_langchain_has_no_timeout_and_its_default_elsewhere() -> None:
    for client in catalogue.load().by_name["langchain"].clients:
        for spelling in client.settings.get("timeout", ()):
            if len(spelling.path) == 1 and "HuggingFace" not in client.names[0]:
                expected = "value" if client.timeout_default is None else "default"
                assert spelling.none == expected, client.names[0]


@pytest.mark.parametrize(
    ("name", "timeout", "retries", "cap"),
    [
        ("langchain_openai.ChatOpenAI", None, 2, None),
        ("langchain_openai.OpenAI", None, 2, 256),
        ("langchain_anthropic.ChatAnthropic", None, 2, 4096),
        ("langchain_google_genai.ChatGoogleGenerativeAI", None, 5, None),
        ("langchain_ollama.ChatOllama", None, 0, None),
        ("langchain_deepseek.ChatDeepSeek", 600.0, 2, None),
        ("mistralai.Mistral", None, 0, None),
        ("mistralai.client.Mistral", 300.0, 0, None),
        ("groq.Groq", 60.0, 2, None),
        ("perplexity.Perplexity", 900.0, 2, None),
        ("ollama.Client", None, 0, None),
        ("huggingface_hub.InferenceClient", None, 0, 100),
        ("boto3.client", 60.0, 2, None),
    ],
)
def test_measured_defaults(name: str, timeout: float | None, retries: int, cap: int | None) -> None:
    client = catalogue.load().clients[name][0][1]
    assert (client.timeout_default, client.retries_default, client.cap_default) == (timeout, retries, cap)


def test_units_are_normalised() -> None:
    by_name = catalogue.load().clients
    assert _first(by_name["mistralai.client.Mistral"][0][1].settings, "timeout").scale == 0.001
    assert _first(by_name["langchain_google_genai.ChatGoogleGenerativeAI"][0][1].settings, "retries").offset == -1


def _first(found: Mapping[str, tuple[Spelling, ...]], name: str) -> Spelling:
    return found[name][0]


def _owners(record: Record) -> tuple[ClientClass | Operation, ...]:
    return (*record.clients, *_operations(record))


def _operations(record: Record) -> Iterator[Operation]:
    for operations in record.surfaces.values():
        yield from operations
    yield from record.functions
