"""The keyword for a cap is the one that the host, the version of its API and the model take."""

from __future__ import annotations

from pathlib import Path

import pytest

from .repairing import fixed

ELSEWHERE, OWN = "max_tokens", "max_completion_tokens"


@pytest.mark.parametrize(
    ("construction", "model", "keyword"),
    [
        ("OpenAI()", "gpt-4o", OWN),
        ("OpenAI(base_url='https://api.openai.com/v1')", "gpt-4o", OWN),
        ("OpenAI(base_url='https://eu.api.openai.com/v1/')", "gpt-4o", OWN),
        ("OpenAI(base_url='https://us.api.openai.com/v1')", "gpt-4o", OWN),
        ("OpenAI(base_url='https://API.openai.com')", "gpt-4o", OWN),
        ("OpenAI(base_url=None)", "gpt-4o", OWN),
        ("OpenAI(base_url='http://localhost:8000/v1')", "gpt-4o", ELSEWHERE),
        ("OpenAI(base_url='https://api.openai.com.example.org/v1')", "gpt-4o", ELSEWHERE),
        ("OpenAI(base_url=os.environ['BASE'])", "gpt-4o", ELSEWHERE),
        ("OpenAI(base_url=os.environ['BASE'])", "o3", OWN),
        ("OpenAI(base_url='http://localhost:8000/v1')", "gpt-5", OWN),
        ("OpenAI(base_url='http://localhost:8000/v1')", "o1", OWN),
        ("OpenAI(base_url='http://localhost:8000/v1')", "o4-mini", OWN),
        ("AzureOpenAI(azure_endpoint='https://x.openai.azure.com', api_version='2023-05-15')", "gpt-4o", ELSEWHERE),
        ("AzureOpenAI(azure_endpoint='https://x.openai.azure.com', api_version='2024-08-01-preview')", "m", ELSEWHERE),
        ("AzureOpenAI(azure_endpoint='https://x.openai.azure.com', api_version='2024-09-01-preview')", "m", OWN),
        ("AzureOpenAI(azure_endpoint='https://x.openai.azure.com', api_version='2024-10-21')", "m", OWN),
        ("AzureOpenAI(azure_endpoint='https://x.openai.azure.com', api_version=os.environ['V'])", "m", OWN),
    ],
)
def test_the_cap_is_spelled_as_the_server_takes_it(tmp_path: Path, construction: str, model: str, keyword: str) -> None:
    source = (
        f"import os\n\nfrom openai import AzureOpenAI, OpenAI\n\nclient = {construction}\n\n\ndef ask(messages):\n"
        f"    return client.chat.completions.create(model='{model}', messages=messages)\n"
    )
    result = fixed(tmp_path, source, "missing-max-tokens")
    assert f" {keyword}=1024" in result.replace("\n", " ").replace("(", " ")
