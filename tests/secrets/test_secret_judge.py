"""What is a key, what is a placeholder, and what of a key is shown."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from secret_forms import ALNUM, FORMS, HEX, body, env_name, rows

from prodlint.secrets import judge

_PLACEHOLDERS = """
sk-... sk-ant-... your-api-key YOUR_API_KEY <KEY> <your-key> ${VAR} $OPENAI_API_KEY ${{secrets.KEY}} {{x}} {api_key}
%(x)s xxx sk-xxxxxxxxxxxxxxxxxxxxxxxx EMPTY ollama lm-studio not-needed none NA test fake dummy changeme example sk-1234
sk-test token-abc123 sk-no-key-required sk-test-key sk-default sk-litellm-master-key sk-your-actual-key-here
sk-proj-xxxx-xxxx-xxxx sk-1234567890abcdef1234567890abcdef sk-abc123def456ghi789jkl012 abcd1234efgh5678ijkl9012
1a2b3c4d5e6f7g8h9i0j
a1b2c3d4-e5f6-7890-abcd-ef1234567890 00000000-0000-0000-0000-000000000000 sk-or-v1-0000000000000000000000000000
deadbeefdeadbeefdeadbeefdeadbeef qwertyuiopasdfgh12 sk-summary-test-key-0123456789 AKIAIOSFODNN7EXAMPLE
OPENAI_API_KEY config.openai.api_key settings.llm.key /run/secrets/openai ~/.keys/openai.txt https://api.openai.com/v1
vault:secret/openai arn:aws:secretsmanager:eu-west-1:123456789012:secret:openai op://vault/openai/key
my-secret-key-2024-long-enough ThisIsASecretKeyForMyApplication mySuperSecretApiKey gpt-4o-2024-08-06 k8s-secret-ref
************************ sk-********************abcd sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAAA key api_key
"""
NAMES = {
    "OPENAI_API_KEY": "OpenAI",
    "AZURE_OPENAI_API_KEY": "Azure OpenAI",
    "ANTHROPIC_AUTH_TOKEN": "Anthropic",
    "CLAUDE_CODE_OAUTH_TOKEN": "Anthropic",
    "HF_TOKEN": "Hugging Face",
    "HUGGINGFACEHUB_API_TOKEN": "Hugging Face",
    "openai_api_key": "OpenAI",
    "openaiApiKey": "OpenAI",
    "openai.api_key": "OpenAI",
    "MY_OPENAI_API_KEY_2": "OpenAI",
    "NEXT_PUBLIC_OPENAI_API_KEY": "OpenAI",
    "_groq_key": "Groq",
    "CO_API_KEY": "Cohere",
    "google_api_key": "Google",
    "AWS_BEARER_TOKEN_BEDROCK": "AWS Bedrock",
    "AWS_SECRET_ACCESS_KEY": "AWS",
    "LANGFUSE_SECRET_KEY": "Langfuse",
    "api_key": "",
    "apiKey": "",
    "x-api-key": "",
    "Authorization": "",
    "LLM_API_KEY": "",
}
_OTHER_NAMES = """
POSTHOG_API_KEY SERPER_API_KEY GOOGLE_MAPS_API_KEY GOOGLE_CLIENT_SECRET google_access_token LANGFUSE_PUBLIC_KEY
OPENAI_API_KEY_NAME OPENAI_MAX_TOKENS openai_cache_key cache_key token key company_key eos_token pad_token
"""


@pytest.mark.parametrize("text", _PLACEHOLDERS.split())
def test_a_placeholder_is_no_credential(text: str) -> None:
    assert judge.is_placeholder(text)
    assert not judge.is_credential(text)


@pytest.mark.parametrize("text", ["", " ", "your key here", "k\u00e9y" * 9, "a\tb" * 9])
def test_what_cannot_be_a_key_is_a_placeholder(text: str) -> None:
    assert judge.is_placeholder(text)


@pytest.mark.parametrize("form", FORMS)
def test_random_keys_are_credentials(form: str) -> None:
    chance = random.Random(form)
    keys = [FORMS[form](chance) for _ in range(400)]
    assert sum(not judge.is_credential(key) for key in keys) <= 2
    assert sum(not judge.looks_like_token(key) for key in keys) <= 3


def test_the_scheme_of_a_header_is_not_part_of_the_key() -> None:
    key = FORMS["mistral"](random.Random(1))
    assert judge.strip_scheme(f"Bearer {key}") == key
    assert judge.is_credential(f"Bearer {key}")
    assert judge.is_placeholder("Bearer your-key")
    assert judge.redact(f"Bearer {key}", ()) == judge.redact(key, ())


@pytest.mark.parametrize("prefix", ["phc_", "pk-lf-", "pk_live_"])
def test_a_key_that_is_public_by_design_is_no_credential(prefix: str) -> None:
    assert not judge.is_credential(prefix + body(random.Random(2), ALNUM, 43))


@pytest.mark.parametrize(
    "text",
    [
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "accounts/fireworks/models/llama-v3p1-70b-instruct",
        "sentence-transformers/all-MiniLM-L6-v2",
        "https://api.openai.com/v1/chat/completions",
        "You are a helpful assistant. Answer in one sentence.",
    ],
)
def test_names_and_prose_do_not_look_like_tokens(text: str) -> None:
    assert not judge.looks_like_token(text)


def test_a_token_inside_a_text_is_seen_even_with_a_dummy_word_in_it() -> None:
    chance = random.Random(3)
    assert judge.looks_like_token(f"use the key {FORMS['groq'](chance)} please")
    assert judge.looks_like_token("sk-test-" + body(chance, ALNUM, 40))


@pytest.mark.parametrize(("name", "provider"), NAMES.items())
def test_names_that_hold_keys(name: str, provider: str) -> None:
    assert judge.is_key_name(name)
    assert judge.provider_of_name(name) == provider


@pytest.mark.parametrize("name", _OTHER_NAMES.split())
def test_names_of_other_things(name: str) -> None:
    assert not judge.is_key_name(name)
    assert judge.provider_of_name(name) == ""


def test_the_conventional_variable_of_every_form_is_a_key_name() -> None:
    assert [form for form in FORMS if not judge.provider_of_name(env_name(form))] == []


@pytest.mark.parametrize(
    ("form", "prefix"),
    [
        ("openai-project-74", "sk-proj-"),
        ("openai-legacy", "sk-"),
        ("anthropic", "sk-ant-api"),
        ("groq", "gsk_"),
        ("huggingface", "hf_"),
        ("tavily", "tvly-dev-"),
        ("google", "AIza"),
        ("mistral", ""),
        ("azure_openai", ""),
    ],
)
def test_redaction_shows_the_public_prefix_and_the_length(form: str, prefix: str) -> None:
    key = FORMS[form](random.Random(4))
    assert judge.redact(key, rows()) == f"{prefix}… ({len(key)} characters)"


@given(
    st.text(max_size=80),
    st.sampled_from(["", "sk-", "sk-proj-", "hf_", "gsk_", "mistral_key=", "Bearer sk-ant-api03-"]),
)
def test_redaction_never_shows_more_than_a_public_prefix(text: str, start: str) -> None:
    shown = judge.redact(start + text, rows()).partition("…")[0]
    assert shown in {"", "sk-", "sk-proj-", "sk-svcacct-", "sk-admin-", "sk-ant-api", "sk-or-v1-", "gsk_", "hf_"} | {
        "api_org_", "tvly-", "tvly-dev-", "tvly-prod-", "ABSK", "AIza",
    }  # fmt: skip


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    judge.is_credential(text)
    judge.looks_like_token(text)
    judge.provider_of_name(text)
    assert len(judge.identity(text)) == 16


def test_identities_tell_keys_apart_and_are_stable() -> None:
    one, two = (FORMS["groq"](random.Random(seed)) for seed in (1, 2))
    assert judge.identity(one) == judge.identity(one) != judge.identity(two)


def test_a_long_literal_is_judged_in_bounded_time() -> None:
    for text in ("sk-" * 200_000, "a_" * 300_000, body(random.Random(5), HEX, 500_000)):
        judge.is_placeholder(text)
        judge.is_credential(text)
        judge.looks_like_token(text[:100_000])
        judge.provider_of_name(text)


def test_judging_imports_nothing_heavy() -> None:
    code = (
        "import sys, prodlint.secrets.judge; print(bool({'detect_secrets', 'libcst', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
