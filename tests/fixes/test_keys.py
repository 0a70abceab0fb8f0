"""A key goes to the variable of the provider that gets it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from .repairing import fixed

PLAIN = "-".join(("4f9a1c", "Qw8eRt2uI", "Zx7cVb5nM", "Kp3sLd6fG"))
OPENROUTER = "sk-or-v1-" + hashlib.sha256(b"a key").hexdigest()
DEEPSEEK = "sk-" + "4f9a1c07be62d83a" + "95e1c7b04d2f683a"


@pytest.mark.parametrize(
    ("arguments", "key", "variable"),
    [
        ("", PLAIN, "OPENAI_API_KEY"),
        (", base_url='https://api.openai.com/v1'", PLAIN, "OPENAI_API_KEY"),
        (", base_url='https://eu.api.openai.com/v1'", PLAIN, "OPENAI_API_KEY"),
        (", base_url=None", PLAIN, "OPENAI_API_KEY"),
        (", base_url='https://api.deepseek.com'", PLAIN, "DEEPSEEK_API_KEY"),
        (", base_url='https://api.deepseek.com'", DEEPSEEK, "DEEPSEEK_API_KEY"),
        (", base_url='https://openrouter.ai/api/v1'", PLAIN, "OPENROUTER_API_KEY"),
        (", base_url='https://api.groq.com/openai/v1'", PLAIN, "GROQ_API_KEY"),
        (", base_url='https://llm.example.org/v1'", OPENROUTER, "OPENROUTER_API_KEY"),
        (", base_url='https://llm.example.org/v1'", PLAIN, ""),
        (", base_url='https://api.openai.com.example.org/v1'", PLAIN, ""),
    ],
)
@pytest.mark.parametrize("name", ["openai.OpenAI", "langchain_openai.ChatOpenAI"])
def test_a_key_is_read_from_the_variable_of_whoever_gets_it(
    tmp_path: Path, name: str, arguments: str, key: str, variable: str
) -> None:
    source = f"import os\n\nimport {name.partition('.')[0]}\n\nclient = {name}(api_key='{key}'{arguments})\n"
    after = source.replace(f"'{key}'", f'os.environ["{variable}"]') if variable else source
    assert fixed(tmp_path, source, "hardcoded-api-key") == after


def test_a_key_for_azure_is_read_from_the_variable_of_azure(tmp_path: Path) -> None:
    source = (
        "import os\n\nfrom openai import AzureOpenAI\n\n"
        f"client = AzureOpenAI(api_key='{PLAIN}', azure_endpoint='https://x.openai.azure.com')\n"
    )
    assert 'os.environ["AZURE_OPENAI_API_KEY"]' in fixed(tmp_path, source, "hardcoded-api-key")
