"""A new keyword looks as if the author had written it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .repairing import fixed, fixed_bytes

HEAD = "import openai\n\n"
USE = "\n\ndef ask(text):\n    return client.responses.create(model='m', input=text, max_output_tokens=9)\n"
RULE = "missing-timeout"


def client(tmp_path: Path, construction: str, *, head: str = HEAD, use: str = USE) -> str:
    """What becomes of the statement that makes the client."""
    result = fixed(tmp_path, f"{head}{construction}{use}", RULE)
    assert result.startswith(head) and result.endswith(use)
    return result[len(head) : len(result) - len(use)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("client = openai.OpenAI()", "client = openai.OpenAI(timeout=60)"),
        ("client = openai.OpenAI( )", "client = openai.OpenAI(timeout=60)"),
        ("client = openai.OpenAI(max_retries=3)", "client = openai.OpenAI(max_retries=3, timeout=60)"),
        ("client = openai.OpenAI(max_retries=3,)", "client = openai.OpenAI(max_retries=3, timeout=60,)"),
        ("client = openai.OpenAI( max_retries=3 )", "client = openai.OpenAI( max_retries=3, timeout=60 )"),
        ("client = (openai.OpenAI)(max_retries=3)", "client = (openai.OpenAI)(max_retries=3, timeout=60)"),
        ("client = (openai.OpenAI())", "client = (openai.OpenAI(timeout=60))"),
        ("client = openai.OpenAI()  # ours", "client = openai.OpenAI(timeout=60)  # ours"),
        (
            "client = openai.OpenAI()  # " + "a long comment does not count " * 3,
            "client = openai.OpenAI(timeout=60)  # " + "a long comment does not count " * 3,
        ),
        (
            "client = openai.OpenAI(organization='an-organization', project='a-longer-project-name')  # noqa: E501",
            "client = openai.OpenAI(organization='an-organization', project='a-longer-project-name', timeout=60)"
            "  # noqa: E501",
        ),
        (
            "client = openai.OpenAI(\n    max_retries=3,\n)",
            "client = openai.OpenAI(\n    max_retries=3,\n    timeout=60,\n)",
        ),
        (
            "client = openai.OpenAI(\n    max_retries=3\n)",
            "client = openai.OpenAI(\n    max_retries=3,\n    timeout=60\n)",
        ),
        (
            "client = openai.OpenAI(\n    max_retries=3  # thrice\n)",
            "client = openai.OpenAI(\n    max_retries=3,  # thrice\n    timeout=60\n)",
        ),
        (
            "client = openai.OpenAI(\n    max_retries=3,  # thrice\n    # base_url=None,\n)",
            "client = openai.OpenAI(\n    max_retries=3,  # thrice\n    timeout=60,\n    # base_url=None,\n)",
        ),
        (
            "client = openai.OpenAI(\n    # nothing yet\n)",
            "client = openai.OpenAI(\n    # nothing yet\n    timeout=60,\n)",
        ),
        (
            "client = openai.OpenAI(organization='o',\n                       max_retries=3)",
            "client = openai.OpenAI(organization='o',\n                       max_retries=3,\n"
            "                       timeout=60)",
        ),
        (
            "client = openai.OpenAI(max_retries=3, default_headers={\n    'a': 'b',\n})",
            "client = openai.OpenAI(max_retries=3, default_headers={\n    'a': 'b',\n}, timeout=60)",
        ),
        (
            "client = openai.OpenAI(\n\tmax_retries=3,\n)",
            "client = openai.OpenAI(\n\tmax_retries=3,\n\ttimeout=60,\n)",
        ),
        (
            "client = openai.OpenAI(organization='an-organization', project='a-project-name', max_retries=3)",
            "client = openai.OpenAI(\n"
            "    organization='an-organization', project='a-project-name', max_retries=3, timeout=60\n)",
        ),
        (
            "client = openai.OpenAI(organization='an-organization', project='a-longer-project-name', max_retries=3)",
            "client = openai.OpenAI(\n    organization='an-organization',\n    project='a-longer-project-name',\n"
            "    max_retries=3,\n    timeout=60,\n)",
        ),
        (
            "client = openai.OpenAI(organization='an-organization', project='a-project-name', max_retries=3,)",
            "client = openai.OpenAI(\n    organization='an-organization',\n    project='a-project-name',\n"
            "    max_retries=3,\n    timeout=60,\n)",
        ),
        (
            "_settings = {'max_retries': 3}\nclient = openai.OpenAI(**_settings)",
            "_settings = {'max_retries': 3, 'timeout': 60}\nclient = openai.OpenAI(**_settings)",
        ),
        (
            "_settings = dict(max_retries=3)\nclient = openai.OpenAI(**_settings)",
            "_settings = dict(max_retries=3, timeout=60)\nclient = openai.OpenAI(**_settings)",
        ),
        (
            "_settings = {\n    'max_retries': 3,\n}\n_settings['project'] = 'p'\nclient = openai.OpenAI(**_settings)",
            "_settings = {\n    'max_retries': 3,\n    'timeout': 60,\n}\n_settings['project'] = 'p'\n"
            "client = openai.OpenAI(**_settings)",
        ),
        (
            "settings = {'max_retries': 3}\nprint(settings)\nclient = openai.OpenAI(**settings)",
            "settings = {'max_retries': 3}\nprint(settings)\nclient = openai.OpenAI(**settings, timeout=60)",
        ),
    ],
)
def test_the_call_keeps_its_layout(tmp_path: Path, before: str, after: str) -> None:
    assert client(tmp_path, before) == after


def test_nested_calls_are_broken_from_the_outside(tmp_path: Path) -> None:
    head = "import openai\nfrom langsmith.wrappers import wrap_openai\n\n"
    before = "client = wrap_openai(openai.OpenAI(organization='an-organization', project='a-project-name'))"
    assert client(tmp_path, before, head=head) == (
        "client = wrap_openai(\n"
        "    openai.OpenAI(organization='an-organization', project='a-project-name', timeout=60)\n)"
    )


def test_a_class_body_and_its_methods_are_fixed(tmp_path: Path) -> None:
    source = (
        "from openai import OpenAI\n\n\nclass Service:\n    client = OpenAI()\n\n    def ask(self, text):\n"
        "        return self.client.responses.create(model='m', input=text, max_output_tokens=9)\n"
    )
    assert fixed(tmp_path, source, RULE) == source.replace("OpenAI()", "OpenAI(timeout=60)")


def test_a_lambda_and_a_decorated_factory_are_fixed(tmp_path: Path) -> None:
    source = (
        "import functools\nfrom openai import OpenAI\n\nmake = lambda: OpenAI()\n\n\n@functools.cache\n"
        "def client():\n    return OpenAI()\n\n\ndef ask(text):\n"
        "    a = make().responses.create(model='m', input=text, max_output_tokens=9)\n"
        "    return a, client().responses.create(model='m', input=text, max_output_tokens=9)\n"
    )
    assert fixed(tmp_path, source, RULE) == source.replace("OpenAI()", "OpenAI(timeout=60)")


def test_a_call_in_an_f_string_stays_on_its_line(tmp_path: Path) -> None:
    call = "client.responses.create(model='a-model-with-a-name', instructions='be brief', input=text)"
    source = (
        "from openai import OpenAI\n\nclient = OpenAI(timeout=9)\n\n\ndef ask(text):\n"
        f'    return f"answer: {{{call}.output_text}}"\n'
    )
    expected = source.replace("input=text)", "input=text, max_output_tokens=1024)")
    assert fixed(tmp_path, source, "missing-max-tokens") == expected


def test_positional_and_splatted_arguments_stay_before_the_new_one(tmp_path: Path) -> None:
    source = (
        "import ollama\n\nclient = ollama.Client(timeout=9)\n\n\ndef ask(messages):\n"
        "    return client.chat('llama', messages)\n\n\n"
        "def asked(*given):\n    return client.generate('llama', *given)\n"
    )
    result = fixed(tmp_path, source, "missing-max-tokens")
    assert "client.chat('llama', messages, options={\"num_predict\": 1024})" in result


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"\n"])
def test_bytes_outside_of_the_edit_stay(tmp_path: Path, mark: bytes, end: bytes, last: bytes) -> None:
    lines = (
        "from openai import OpenAI",
        "",
        "client = OpenAI(",
        "    max_retries=3,",
        ")",
        "client.responses.create(model='m', input='Grüße 😀', max_output_tokens=9)",
    )
    before = mark + end.join(line.encode() for line in lines) + (end if last else b"")
    after = before.replace(b"max_retries=3," + end, b"max_retries=3," + end + b"    timeout=60," + end)
    assert fixed_bytes(tmp_path, before, RULE) == after


def test_another_encoding_stays(tmp_path: Path) -> None:
    before = "# -*- coding: latin-1 -*-\nfrom openai import OpenAI\n\nclient = OpenAI()  # Größe\n" + USE
    after = before.replace("OpenAI()", "OpenAI(timeout=60)")
    assert fixed_bytes(tmp_path, before.encode("latin-1"), RULE) == after.encode("latin-1")


def test_characters_beyond_the_first_plane_do_not_shift_the_edit(tmp_path: Path) -> None:
    source = "from openai import OpenAI\n\nname, client = '😀😀', OpenAI()\n" + USE
    assert fixed(tmp_path, source, RULE) == source.replace("OpenAI()", "OpenAI(timeout=60)")


@pytest.mark.parametrize(
    "source",
    [
        HEAD + "\fclient = openai.OpenAI()" + USE,
        HEAD + "client = openai.OpenAI(each for each in settings)" + USE,
    ],
)
def test_what_cannot_be_changed_is_no_fix(tmp_path: Path, source: str) -> None:
    assert fixed(tmp_path, source, RULE) == source


def test_two_fixes_in_one_call_come_at_once(tmp_path: Path) -> None:
    source = "from google import genai\nfrom google.genai import types\n\nclient = genai.Client()\n\n\ndef ask(text):\n"
    source += "    return client.models.generate_content(model='m', contents=text, config={'max_output_tokens': 9})\n"
    result = fixed(tmp_path, source, "missing-timeout", "missing-retries")
    assert (
        "client = genai.Client(\n    http_options=types.HttpOptions(\n"
        "        retry_options=types.HttpRetryOptions(attempts=4), timeout=60_000\n    )\n)\n"
    ) in result


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ("config={'temperature': 1}", "config={'temperature': 1, 'max_output_tokens': 1024}"),
        ("config=dict(temperature=1)", "config=dict(temperature=1, max_output_tokens=1024)"),
        (
            "config=types.GenerateContentConfig(temperature=1)",
            "config=types.GenerateContentConfig(temperature=1, max_output_tokens=1024)",
        ),
        (
            "config={'temperature': 1, 'max_output_tokens': None}",
            "config={'temperature': 1, 'max_output_tokens': 1024}",
        ),
    ],
)
def test_an_existing_config_takes_the_setting(tmp_path: Path, given: str, after: str) -> None:
    source = (
        "from google import genai\nfrom google.genai import types\n\nclient = genai.Client()\n\n\ndef ask(text):\n"
        "    return client.models.generate_content(\n        model='m',\n        contents=text,\n"
        f"        {given},\n    )\n"
    )
    assert fixed(tmp_path, source, "missing-max-tokens") == source.replace(given, after)


def test_an_extra_body_stays_as_it_is(tmp_path: Path) -> None:
    source = (
        "from openai import OpenAI\n\nclient = OpenAI(timeout=9)\n\n\ndef ask(text):\n"
        "    return client.responses.create(model='m', input=text, extra_body={'top_k': 1})\n"
    )
    expected = source.replace("{'top_k': 1})", "{'top_k': 1}, max_output_tokens=1024)")
    assert fixed(tmp_path, source, "missing-max-tokens") == expected.replace(
        "    return client.responses.create(model='m', input=text, extra_body={'top_k': 1}, max_output_tokens=1024)",
        "    return client.responses.create(\n"
        "        model='m', input=text, extra_body={'top_k': 1}, max_output_tokens=1024\n    )",
    )


def test_other_hosts_get_the_older_spelling(tmp_path: Path) -> None:
    source = (
        "from openai import OpenAI\n\nours = OpenAI()\nlocal = OpenAI(base_url='http://localhost:8000/v1')\n\n\n"
        "def ask(messages):\n    a = ours.chat.completions.create(model='m', messages=messages)\n"
        "    return a, local.chat.completions.create(model='m', messages=messages)\n"
    )
    result = fixed(tmp_path, source, "missing-max-tokens")
    assert "ours.chat.completions.create(model='m', messages=messages, max_completion_tokens=1024)" in " ".join(
        result.replace("(\n        ", "(").replace("\n    )", ")").split("\n")
    )
    assert "local.chat.completions.create(model='m', messages=messages, max_tokens=1024)" in result.replace(
        "(\n        ", "("
    ).replace("\n    )", ")")


def test_a_key_that_goes_counts_no_more(tmp_path: Path) -> None:
    key = "-".join(("4f9a1c", "Qw8eRt2uI", "Zx7cVb5nM", "Kp3sLd6fG")) * 2
    source = f"import os\n\nimport openai\n\nclient = openai.OpenAI(api_key='{key}')" + USE
    after = source.replace(f"'{key}'", 'os.environ["OPENAI_API_KEY"], timeout=60')
    assert fixed(tmp_path, source, RULE, "hardcoded-api-key") == after


def test_a_dict_in_a_call_leaves_no_line_too_long(tmp_path: Path) -> None:
    source = (
        "from google import genai\n\nclient = genai.Client()\n\n\ndef ask(text):\n    return client.models."
        "generate_content(model='gemini-2.5-flash-preview', contents=text, config={'temperature': 0.2})\n"
    )
    result = fixed(tmp_path, source, "missing-max-tokens")
    assert "        config={'temperature': 0.2, 'max_output_tokens': 1024},\n    )\n" in result


def test_an_attribute_of_a_call_in_a_thread_leaves_no_line_too_long(tmp_path: Path) -> None:
    source = (
        f"import asyncio\n\n{HEAD}client = openai.OpenAI(timeout=5, max_retries=2)\n\n\nasync def ask(text):\n"
        "    return client.responses.create(model='a-model', input=text, max_output_tokens=9).output_text\n"
    )
    result = fixed(tmp_path, source, "blocking-call-in-async")
    assert result.endswith(
        "    return (\n        await asyncio.to_thread(\n            client.responses.create, model='a-model', "
        "input=text, max_output_tokens=9\n        )\n    ).output_text\n"
    )


CALL = 'client.responses.create(model="a-model", input=text, temperature=0.25)'
LONGER = 'client.responses.create(model="a-model", input=text, instructions="Be brief")'


@pytest.mark.parametrize("rules", [("missing-max-tokens",), ("missing-max-tokens", "blocking-call-in-async")])
@pytest.mark.parametrize(
    "statement",
    [
        f"answers = [{CALL}]",
        f"answers = [{CALL}, text]",
        f'answers = {{"a": {CALL}}}',
        f'answers = {{"a": {CALL}, "b": text}}',
        f"answers = {{{CALL}.output_text, text}}",
        f"answers = ({CALL}, text)",
        f"return [{CALL} for text in texts if text]",
        f"return {{text: {CALL}.output_text for text in texts}}",
        f"return {{{CALL}.output_text async for text in texts}}",
        f"return any({CALL} for text in texts)",
        f"return list(({CALL}.output_text for text in texts))[0]",
        f"return json.loads({CALL}.output_text)",
        f"return json.loads({CALL}.output_text, strict=False)",
        f"return json.loads(s={CALL}.output_text, strict=False)",
        f'return {{"answers": [json.loads({LONGER}.output_text)], "text": text}}',
        f"return sorted([text, {LONGER}.output_text])",
        f"print(*[{CALL}.output_text])",
        f'return dict(**{{"a": {CALL}.output_text}})',
        f"text = {CALL}.output_text.strip()",
        f"return lambda: json.loads({CALL}.output_text)",
        f"assert json.loads({CALL}.output_text), text",
        f"if json.loads({CALL}.output_text):\n        pass",
        "return await asyncio.to_thread(client.responses.create, model='a-model-of-today', input=texts)",
        "return [client.responses.create(model='a-model', input=text) for text in texts]",
        "return [client.responses.create(model='a-model', input=text).output_text for text in texts]",
        "return [asyncio.to_thread(client.responses.create, model='a-model', input=text) for text in texts]",
        "answer = client.responses.create(\n        model='a-model', input=text, instructions='Be brief', n=1\n    )",
        "answer = client.responses.create(  # ours\n        model='a-model', input=text, user='me', n=1\n    )",
    ],
)
def test_a_formatter_finds_nothing_to_change(tmp_path: Path, statement: str, rules: tuple[str, ...]) -> None:
    head = "import asyncio\nimport json\n\nimport openai\n\nclient = openai.OpenAI(timeout=5, max_retries=2)\n"
    body = statement.replace("'", '"')
    result = fixed(tmp_path, f"{head}\n\nasync def ask(text, texts):\n    {body}\n", *rules)
    assert "max_output_tokens=1024" in result
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=88", "-"]
    assert result == subprocess.run(ruff, input=result, capture_output=True, text=True, check=True).stdout
