"""Keys in texts of all kinds."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from secret_forms import ALNUM, FORMS, HEX, body, env_name, rows

from prodlint.secrets import judge
from prodlint.secrets.baseline import Baseline, load
from prodlint.secrets.scan import Hit, scan

SHAPES = {
    "openai-legacy": "OpenAI",
    "openai-project-74": "OpenAI",
    "openai-admin": "OpenAI",
    "openai-named": "OpenAI",
    "anthropic": "Anthropic",
    "groq": "Groq",
    "huggingface": "Hugging Face",
    "openrouter": "OpenRouter",
    "tavily": "Tavily",
    "bedrock": "AWS Bedrock",
}
PYTHON = [
    'client = Client(api_key="{key}")\n',
    'client = Client(\n    api_key="{key}",\n)\n',
    'key = os.getenv("{name}", "{key}")\n',
    'os.environ["{name}"] = "{key}"\n',
    'x = "{key}"\n',
    'headers = {{"Authorization": "Bearer {key}"}}\n',
    "# the old one was {key}\n",
    'print("{name}=\\n{key}\\n")\n',
]
CONFIG = [
    "A=1\n{name}={key}\n",
    'export {name}="{key}"\n',
    "ENV {name} {key}\n",
    "    environment:\n      - {name}={key}\n",
    "{name}: {key}\n",
    "{name} = '{key}'  # production\n",
    '{{\n  "{name}": "{key}"\n}}\n',
    "env:\n  - name: {name}\n    value: {key}\n",
    '[{{"name": "{name}", "value": "{key}"}}]\n',
]


def key_of(form: str, seed: int = 0) -> str:
    """One key of a form."""
    return FORMS[form](random.Random(f"{form}{seed}"))


def in_python(text: str, path: str = "a.py") -> tuple[Hit, ...]:
    """The hits in a source text."""
    return scan(text, path, rows(), contextual_assignments=False)


def in_config(text: str, path: str = ".env") -> tuple[Hit, ...]:
    """The hits in a configuration text."""
    return scan(text, path, rows(), contextual_assignments=True)


@pytest.mark.parametrize("form", SHAPES)
@pytest.mark.parametrize("template", PYTHON)
def test_a_shaped_key_is_found_however_it_is_written(form: str, template: str) -> None:
    key = key_of(form)
    text = template.format(name=env_name(form), key=key)
    (hit,) = in_python(text)
    assert (hit.provider, hit.identity) == (SHAPES[form], judge.identity(key))
    line = text.split("\n")[hit.line - 1]
    assert line[hit.column - 1 : hit.end_column - 1] == key
    assert key not in repr(hit)


@pytest.mark.parametrize(
    "form", ["openai-project-74", "mistral", "cohere", "azure_openai", "google", "deepseek", "wandb-old"]
)
@pytest.mark.parametrize("template", CONFIG)
def test_what_a_configuration_gives_to_a_providers_name_is_found(form: str, template: str) -> None:
    key = key_of(form)
    (hit,) = in_config(template.format(name=env_name(form), key=key))
    assert hit.identity == judge.identity(key)
    assert hit.variable == env_name(form)
    assert hit.provider == judge.provider_of_name(env_name(form))


@pytest.mark.parametrize(
    "text",
    [
        "openai:\n  api_key: {key}\n",
        "[openai]\napi_key = {key}\n",
        '{{"llm": {{\n    "api_key": "{key}"\n}}}}\n',
        "litellm_params:\n  model: azure/gpt-4o\n  api_key: {key}\n",
        '[\n  {{\n    "model": "gpt-4o",\n    "api_key": "{key}"\n  }}\n]\n',
        '[{{"model": "gpt-4o", "api_key": "{key}"}}]',
    ],
)
def test_a_plain_name_counts_where_a_language_model_is_meant(text: str) -> None:
    assert len(in_config(text.format(key=key_of("azure_openai")), "config.yaml")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "weather:\n  api_key: {key}\n",
        "POSTHOG_API_KEY={key}\n",
        "OPENAI_CACHE_KEY={key}\n",
        "OPENAI_API_KEY=${{{key}}}\n",
        "OPENAI_API_KEY=vault:{key}\n",
        "kind: SealedSecret\nspec:\n  OPENAI_API_KEY: {key}\n",
        '"openai_api_key": read("{key}")\n',
        "commit: {key}\n",
    ],
)
def test_other_values_in_configurations_stay_silent(text: str) -> None:
    assert in_config(text.format(key=key_of("azure_openai")), "values.yaml") == ()


def test_a_shape_that_proves_nothing_needs_its_provider_nearby() -> None:
    google, deepseek, mistral = key_of("google"), key_of("deepseek"), key_of("mistral")
    assert in_python(f'maps = Client("{google}")') == ()
    assert [h.provider for h in in_python(f'genai.configure(transport="rest")\nk = "{google}"')] == ["Google"]
    assert in_python(f'k = "{deepseek}"') == ()
    assert [h.provider for h in in_python(f'k = "{deepseek}"\nurl = "https://api.deepseek.com"')] == ["DeepSeek"]
    assert [h.provider for h in in_python(f'# mistral_api_key = "{mistral}"')] == ["Mistral"]
    assert in_python(f'mistral_cache_key = "{mistral}"') == ()


@pytest.mark.parametrize(
    "key",
    [
        "sk-ant-api03-" + "x" * 93 + "AA",
        "gsk_" + "1234567890" * 5 + "12",
        "hf_" + "YourTokenGoesHere" * 2,
        "sk-or-v1-" + "0123456789abcdef" * 4,
        "tvly-" + "EXAMPLE" + "Ab3dE9xK2mQ7rT5wZ1yU8iO4p",
    ],
)
def test_dummies_in_a_keys_shape_stay_silent(key: str) -> None:
    assert in_python(f'k = "{key}"') == ()


def test_a_shape_inside_a_longer_run_is_no_key() -> None:
    chance = random.Random(7)
    key = key_of("groq")
    assert in_python(f'x = "{body(chance, ALNUM, 30)}{key}"') == ()
    assert in_python(f'x = "{key}{body(chance, ALNUM, 30)}"') == ()


@pytest.mark.parametrize(
    "text",
    [
        'k = "{key}"  # pragma: allowlist secret\n',
        '# pragma: allowlist nextline secret\nk = "{key}"\n',
        'if x:\n    # pragma: allowlist nextline secret\n    k = "{key}"\n',
    ],
)
def test_the_pragma_of_detect_secrets_is_obeyed(text: str) -> None:
    assert in_python(text.format(key=key_of("groq"))) == ()


def test_a_pragma_allows_its_own_line_only() -> None:
    one, two = key_of("groq", 1), key_of("groq", 2)
    (hit,) = in_python(f'a = "{one}"  # pragma: allowlist secret\nb = "{two}"\n')
    assert (hit.line, hit.identity) == (2, judge.identity(two))


def test_two_keys_on_one_line_are_two_hits() -> None:
    one, two = key_of("groq", 1), key_of("anthropic", 2)
    assert [hit.provider for hit in in_python(f'pair = ("{one}", "{two}", "{one}")')] == ["Groq", "Anthropic", "Groq"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_columns_are_utf16_and_lines_are_pythons(newline: str) -> None:
    key = key_of("groq")
    (hit,) = in_python(f"# \u2028 one line{newline}s = '\U0001f511{key}'")
    assert (hit.line, hit.column, hit.end_column) == (2, 8, 8 + len(key))


def test_the_usage_tells_what_the_key_is_given_to() -> None:
    key = key_of("groq")
    texts = [f'C(api_key="{key}")', f'GROQ_API_KEY = "{key}"', f'os.environ["GROQ_API_KEY"] = "{key}"', f'f("{key}")']
    assert [in_python(text)[0].usage for text in texts] == ["`api_key=`", "`GROQ_API_KEY =`", "`GROQ_API_KEY =`", ""]


def test_a_key_after_an_escape_in_json_is_found() -> None:
    key = key_of("groq")
    for output in (f"\n{key}\n", f"\x1b[32m{key}\x1b[0m", f"\u00e9{key}"):
        assert len(in_python(json.dumps({"text": [output]}), "a.ipynb")) == 1


def test_known_secrets_are_left_out(tmp_path: Path) -> None:
    key, other = key_of("groq"), key_of("groq", 1)
    entry = {"type": "x", "filename": "a.py", "hashed_secret": hashlib.sha1(key.encode()).hexdigest()}
    (tmp_path / ".secrets.baseline").write_text(json.dumps({"version": "1.5.0", "results": {"a.py": [entry]}}))
    text = f'a = "{key}"\nb = "{other}"\n'
    known = load(tmp_path)
    assert [h.line for h in scan(text, "a.py", rows(), contextual_assignments=False, baseline=known)] == [2]
    assert [h.line for h in scan(text, "b.py", rows(), contextual_assignments=False, baseline=known)] == [1, 2]
    assert [h.line for h in scan(text, "a.py", rows(), contextual_assignments=False, baseline=Baseline())] == [1, 2]


@given(st.text(), st.sampled_from(["", "sk-", "LLM_KEY=", "gsk_", '"api_key": "', "# pragma: allowlist"]), st.text())
def test_any_text_can_be_scanned(before: str, middle: str, after: str) -> None:
    text = before + middle + after
    for hit in scan(text, "a.yaml", rows(), contextual_assignments=True):
        assert 1 <= hit.column < hit.end_column


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_key_survives_its_surroundings(before: str, after: str) -> None:
    key = key_of("anthropic")
    hits = in_python(f"{before}\n'{key}'\n{after}")
    assert [hit.identity for hit in hits] == [judge.identity(key)]


@pytest.mark.parametrize(
    "text",
    [
        "sk-" * 100_000 + "T3Blbk" + "FJ",
        ("sk-" + "a" * 40) * 8_000 + "T3Blbk" + "FJ" * 1000,
        "OPENAI_API_KEY" * 20_000,
        "key: " * 60_000,
        "name: " * 50_000 + "value",
        "# " + " " * 300_000 + "pragma",
        '"api_key": "' + "a" * 300_000,
    ],
    ids=["prefixes", "marks", "names", "hints", "pairs", "spaces", "value"],
)
def test_hostile_texts_take_bounded_time(text: str) -> None:
    started = time.perf_counter()
    in_config(text, "a.json")
    assert time.perf_counter() - started < 5


def test_a_text_without_a_shape_costs_no_import() -> None:
    code = (
        "import sys; from prodlint.secrets.scan import scan; from prodlint.sdks.schema import KeyFormat\n"
        r"row = KeyFormat(provider='P', pattern=r'\bgsk_[a-z]{52}', variable='V', anchors=('gsk_',))"
        "\nscan('a = \"gsk_short\"', 'a.py', [row], contextual_assignments=True)"
        "\nprint('detect_secrets' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_hexadecimal_noise_is_no_key() -> None:
    chance = random.Random(8)
    text = "".join(f'"sha256:{body(chance, HEX, 64)}",\n"{body(chance, HEX, 40)}"\n' for _ in range(500))
    assert in_config(text, "package-lock.json") == ()
