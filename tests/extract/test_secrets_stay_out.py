"""Facts hold no credential, wherever one stands in the text."""

from __future__ import annotations

import random
import string

import pytest

from prodlint.extract import extract

ALPHABET = string.ascii_letters + string.digits


def key(kind: str) -> str:
    """A key-shaped text, put together here so that no file holds one."""
    chance = random.Random(f"extract {kind}")

    def body(length: int) -> str:
        return "".join(chance.choices(ALPHABET, k=length))

    match kind:
        case "openai":
            return "-".join(("sk", "proj", body(74) + "T3Blbk" + "FJ" + body(74)))
        case "anthropic":
            return "-".join(("sk", "ant", "api03", body(93) + "AA"))
        case "groq":
            return "gs" + "k_" + body(52)
        case "google":
            return "AI" + "za" + body(35)
    return body(40)


KINDS = ["openai", "google", "bare"]

PLACES = {
    "argument": 'OpenAI(api_key="{key}")',
    "positional_argument": 'genai.Client("{key}")',
    "assignment": 'OPENAI_API_KEY = "{key}"',
    "annotated_assignment": 'OPENAI_API_KEY: str = "{key}"',
    "walrus": 'f(api_key := "{key}")',
    "single_quotes": "api_key = '{key}'",
    "triple_quotes": 'api_key = """{key}"""',
    "raw_string": 'api_key = r"{key}"',
    "bytes": 'api_key = b"{key}"',
    "implicit_concatenation": 'api_key = "{left}" "{right}"',
    "concatenation": 'api_key = "{left}" + "{right}"',
    "concatenation_of_names": 'left = "{left}"\nright = "{right}"\napi_key = left + right',
    "augmented": 'api_key = "{left}"\napi_key += "{right}"',
    "f_string": 'api_key = f"{key}"',
    "f_string_with_a_prefix": 'headers = {{"Authorization": f"Bearer {key}"}}',
    "f_string_with_a_value": 'f(f"{{scheme}} {key} {{x}}")',
    "f_string_of_a_string": "f(f\"{{'{key}'}}\")",
    "header": 'headers = {{"Authorization": "Bearer {key}", "x-api-key": "{key}"}}',
    "sentence": "f(\"curl -H 'Authorization: Bearer {key}' https://api.example.com\")",
    "url": 'f("https://api.example.com/v1?key={key}")',
    "url_with_password": 'f("https://user:{key}@example.com/")',
    "json": 'f(\'{{"api_key": "{key}"}}\')',
    "docstring": '"""Call it with {key}."""\n',
    "docstring_of_a_function": 'def f():\n    """Key: {key}"""\n',
    "comment": "# {key}\nf()",
    "default": 'def f(api_key="{key}"): pass',
    "keyword_default": 'def f(*, api_key="{key}"): pass',
    "lambda_default": 'f = lambda api_key="{key}": api_key',
    "environment_default": 'import os\nx = os.getenv("OPENAI_API_KEY", "{key}")',
    "environment_item": 'import os\nos.environ["OPENAI_API_KEY"] = "{key}"',
    "dict_key": 'x = {{"{key}": 1}}',
    "subscript": 'x["{key}"]',
    "subscript_target": 'x["{key}"] = 1',
    "list": 'KEYS = ["{key}", "{key}"]',
    "set": 'KEYS = {{"{key}"}}',
    "tuple": 'KEYS = ("{key}", 1)',
    "dict_call": 'x = dict(api_key="{key}")',
    "update": 'x = {{}}\nx.update(api_key="{key}")',
    "attribute": 'openai.api_key = "{key}"',
    "class_attribute": 'class A:\n    api_key = "{key}"',
    "instance_attribute": 'class A:\n    def __init__(self):\n        self.api_key = "{key}"',
    "dataclass_field": 'class A:\n    api_key: str = field(default="{key}")',
    "annotation": 'def f(x: "{key}"): pass',
    "literal_annotation": 'def f(x: Literal["{key}"]): pass',
    "quoted_annotation": "def f(x: \"Literal['{key}']\"): pass",
    "return": 'def f():\n    return "{key}"',
    "yield": 'def f():\n    yield "{key}"',
    "comparison": 'if x == "{key}": pass',
    "membership": 'if x in ("{key}",): pass',
    "conditional": 'x = y or "{key}"',
    "conditional_expression": 'x = "{key}" if y else None',
    "match": 'match x:\n    case "{key}": pass',
    "decorator": '@f("{key}")\ndef g(): pass',
    "loop": 'for x in ["{key}"]:\n    f(x)',
    "comprehension": 'x = [y for y in ["{key}"]]',
    "dict_comprehension": 'x = {{y: "{key}" for y in z}}',
    "with": 'with f("{key}") as x: pass',
    "assertion": 'assert x == "{key}", "{key}"',
    "raise": 'raise E("{key}")',
    "print": 'print("{key}")',
    "percent": 'x = "%s" % "{key}"',
    "format": 'x = "{{}}".format("{key}")',
    "join": 'x = "".join(["{left}", "{right}"])',
    "escaped": 'x = "{escaped}"',
    "after_much_text": 'x = "{padding}{key}"',
    "before_much_text": 'x = "{key}{padding}"',
    "over_lines": 'x = """\n{key}\n"""',
    "global": 'def f():\n    global api_key\n    api_key = "{key}"',
    "default_of_get": 'x = y.get("{key}", "{key}")',
    "type_alias": 'X: TypeAlias = "{key}"',
    "getattr": 'getattr(x, "{key}")',
}


def leaked(text: str, shown: str) -> bool:
    """True when a run of 20 characters of a secret stands in the output; prefixes are shorter than that."""
    return any(text[start : start + 20] in shown for start in range(8, len(text) - 19))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_no_credential_is_kept(place: str, kind: str) -> None:
    secret = key(kind)
    half = len(secret) // 2
    source = PLACES[place].format(
        key=secret,
        left=secret[:half],
        right=secret[half:],
        escaped="".join(f"\\x{ord(char):02x}" for char in secret),
        padding="some words, " * 40,
    )
    assert not leaked(secret, repr(extract(source + "\n")))


def test_what_is_no_credential_is_kept() -> None:
    shown = repr(extract('f("gpt-5.4-mini", "https://example.com/v1/chat/completions", "a normal sentence")\n'))
    assert "gpt-5.4-mini" in shown
    assert "https://example.com/v1/chat/completions" in shown
