"""A keyword goes where it reaches the one call that lacks it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from .repairing import fixed

USE = "\n    def ask(self, text):\n        return self.client.embeddings.create(model='m', input=text)\n"


@pytest.mark.parametrize(
    ("head", "construction"),
    [
        ("from dataclasses import dataclass, field\n", "@dataclass\nclass A:\n    client: OpenAI = field({})"),
        ("from pydantic import BaseModel, Field\n", "class A(BaseModel):\n    client: OpenAI = Field({})"),
        ("import attrs\n", "@attrs.define\nclass A:\n    client: OpenAI = attrs.field({})"),
    ],
)
@pytest.mark.parametrize("factory", ["OpenAI", "partial(OpenAI, organization='o')"])
def test_a_constructor_that_is_handed_over_gets_no_keywords(
    tmp_path: Path, head: str, construction: str, factory: str
) -> None:
    source = f"from functools import partial\n{head}from openai import OpenAI\n\n\n"
    source += construction.format(f"default_factory={factory}") + USE
    assert fixed(tmp_path, source, "missing-timeout", "missing-retries") == source


def test_a_constructor_in_a_factory_of_a_field_gets_its_keywords(tmp_path: Path) -> None:
    source = (
        "from dataclasses import dataclass, field\nfrom openai import OpenAI\n\n\n@dataclass\nclass A:\n"
        "    client: OpenAI = field(default_factory=lambda: OpenAI())" + USE
    )
    after = source.replace("OpenAI())", "OpenAI(timeout=60))")
    assert fixed(tmp_path, source, "missing-timeout") == after


def test_the_keywords_of_a_field_are_not_those_of_its_factory(tmp_path: Path) -> None:
    source = (
        "from pydantic import BaseModel, Field\nfrom openai import OpenAI\n\n\nclass A(BaseModel):\n"
        "    client: OpenAI = Field(default_factory=OpenAI, max_retries=0)" + USE
    )
    assert fixed(tmp_path, source, "missing-retries") == source


ASK = """from openai import OpenAI

client = OpenAI(timeout=5, max_retries=2)
{name} = {{"model": "m"}}
{rest}

def ask(text):
    return client.responses.create(input=text, **{name})
"""


@pytest.mark.parametrize(
    ("name", "rest", "at_call"),
    [
        ("OPTIONS", "", True),
        ("_OPTIONS", "", False),
        ("_OPTIONS", "__all__ = ['_OPTIONS']\n", True),
        ("_OPTIONS", "print(_OPTIONS)\n", True),
    ],
)
def test_a_dict_that_another_file_may_import_stays_as_it_is(
    tmp_path: Path, name: str, rest: str, at_call: bool
) -> None:
    source = ASK.format(name=name, rest=rest)
    after = (
        source.replace(f"**{name})", f"**{name}, max_output_tokens=1024)")
        if at_call
        else source.replace('"m"}', '"m", "max_output_tokens": 1024}')
    )
    assert fixed(tmp_path, source, "missing-max-tokens") == after


@pytest.mark.parametrize("annotation", ["", ": dict[str, object]"])
def test_a_dict_of_the_function_takes_the_setting(tmp_path: Path, annotation: str) -> None:
    source = (
        "from openai import OpenAI\n\nclient = OpenAI(timeout=5, max_retries=2)\n\n\ndef ask(text):\n"
        f"    options{annotation} = {{'model': 'm'}}\n    options['input'] = text\n"
        "    return client.responses.create(**options)\n"
    )
    after = source.replace("'m'}", "'m', 'max_output_tokens': 1024}")
    assert fixed(tmp_path, source, "missing-max-tokens") == after


@pytest.mark.parametrize("statement", ["options.pop('max_retries', None)", "del options['max_retries']"])
def test_a_keyword_that_is_taken_out_is_not_given(tmp_path: Path, statement: str) -> None:
    source = (
        "from openai import OpenAI\n\n\ndef ask(text):\n    options = dict(max_retries=2, timeout=5)\n"
        f"    {statement}\n    client = OpenAI(**options)\n"
        "    return client.embeddings.create(model='m', input=text)\n"
    )
    assert fixed(tmp_path, source, "missing-retries") == source


def test_an_object_that_another_file_may_import_stays_as_it_is(tmp_path: Path) -> None:
    source = (
        "from google import genai\nfrom google.genai import types\n\nclient = genai.Client()\n"
        "CONFIG = types.GenerateContentConfig(temperature=1)\n\n\ndef ask(text):\n"
        "    return client.models.generate_content(model='gemini-3-pro', contents=text, config=CONFIG)\n"
    )
    assert fixed(tmp_path, source, "missing-max-tokens") == source
    private = source.replace("CONFIG", "_CONFIG")
    assert "_CONFIG = types.GenerateContentConfig(temperature=1, max_output_tokens=" in fixed(
        tmp_path, private, "missing-max-tokens"
    )


@pytest.mark.parametrize(
    ("callers", "is_fixed"),
    [
        ("a = make()\nb = make(max_retries=5)\n", False),
        ("a = make()\nb = make(**options())\n", False),
        ("a = make()\nb = make(**{'max_retries': 5})\n", False),
        ("a = make()\nb = make(timeout=5)\n", True),
    ],
)
def test_a_keyword_that_a_caller_may_hand_on_is_not_given_beside_it(
    tmp_path: Path, callers: str, is_fixed: bool
) -> None:
    source = (
        "from openai import OpenAI\nfrom somewhere import options\n\n\n"
        "def _make(**kw):\n    return OpenAI(**kw)\n\n\n"
        + callers.replace("make", "_make")
        + "a.embeddings.create(model='m', input='x')\n"
        "b.embeddings.create(model='m', input='x')\n"
    )
    after = source.replace("OpenAI(**kw)", "OpenAI(**kw, max_retries=3)") if is_fixed else source
    assert fixed(tmp_path, source, "missing-retries") == after


def test_a_keyword_that_an_object_may_hold_is_not_given_beside_it(tmp_path: Path) -> None:
    source = (
        "from openai import OpenAI\n\n\nclass A:\n    def __init__(self, **kw):\n        self.kw = kw\n"
        "        self.client = OpenAI(timeout=5, max_retries=2)\n\n    def ask(self, text):\n"
        "        return self.client.responses.create(model='m', input=text, **self.kw)\n\n\n"
        "A().ask('x')\nA(max_output_tokens=5).ask('y')\n"
    )
    assert fixed(tmp_path, source, "missing-max-tokens") == source
