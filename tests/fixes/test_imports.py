"""Keys become environment variables, and `os` gets the name it has in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from .repairing import fixed

KEY = "-".join(("4f9a1c", "Qw8eRt2uI", "Zx7cVb5nM", "Kp3sLd6fG"))
CLIENT = f'client = OpenAI(api_key="{KEY}", timeout=9)\n'
READ = 'client = OpenAI(api_key=os.environ["OPENAI_API_KEY"], timeout=9)\n'
RULE = "hardcoded-api-key"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from openai import OpenAI\n\n{}", "import os\n\nfrom openai import OpenAI\n\n{}"),
        ("import os\n\nfrom openai import OpenAI\n\n{}", "import os\n\nfrom openai import OpenAI\n\n{}"),
        (
            "import json\nimport re\n\nfrom openai import OpenAI\n\n{}",
            "import json\nimport os\nimport re\n\nfrom openai import OpenAI\n\n{}",
        ),
        (
            "import json\nfrom pathlib import Path\n\nfrom openai import OpenAI\n\n{}",
            "import json\nimport os\nfrom pathlib import Path\n\nfrom openai import OpenAI\n\n{}",
        ),
        (
            "from collections import deque\nimport json\nfrom pathlib import Path\n\nfrom openai import OpenAI\n\n{}",
            "from collections import deque\nimport json\nimport os\nfrom pathlib import Path\n\n"
            "from openai import OpenAI\n\n{}",
        ),
        (
            '"""A service."""\n\nfrom openai import OpenAI\n\n{}',
            '"""A service."""\n\nimport os\n\nfrom openai import OpenAI\n\n{}',
        ),
        (
            '"""A service."""\n\nfrom __future__ import annotations\n\nfrom openai import OpenAI\n\n{}',
            '"""A service."""\n\nfrom __future__ import annotations\n\nimport os\n\nfrom openai import OpenAI\n\n{}',
        ),
        (
            "#!/usr/bin/env python\n# A service.\nfrom openai import OpenAI\n\n{}",
            "#!/usr/bin/env python\n# A service.\nimport os\n\nfrom openai import OpenAI\n\n{}",
        ),
        (
            "import json\n\n# the SDK\nfrom openai import OpenAI\n\n{}",
            "import json\nimport os\n\n# the SDK\nfrom openai import OpenAI\n\n{}",
        ),
    ],
)
def test_the_import_goes_where_the_file_has_its_imports(tmp_path: Path, before: str, after: str) -> None:
    assert fixed(tmp_path, before.format(CLIENT), RULE) == after.format(READ)


@pytest.mark.parametrize(
    ("line", "expression"),
    [
        ("import os as _os", '_os.environ["OPENAI_API_KEY"]'),
        ("from os import environ", 'environ["OPENAI_API_KEY"]'),
        ("from os import environ as env", 'env["OPENAI_API_KEY"]'),
        ("import os.path", 'os.environ["OPENAI_API_KEY"]'),
    ],
)
def test_the_name_that_is_there_is_used(tmp_path: Path, line: str, expression: str) -> None:
    before = f"{line}\n\nfrom openai import OpenAI\n\n{CLIENT}"
    assert fixed(tmp_path, before, RULE) == before.replace(f'"{KEY}"', expression)


def test_a_shadowed_name_gets_another(tmp_path: Path) -> None:
    before = f"from openai import OpenAI\n\nos = 'linux'\n{CLIENT}"
    expected = before.replace(f'"{KEY}"', '_os.environ["OPENAI_API_KEY"]')
    assert fixed(tmp_path, before, RULE) == f"import os as _os\n\n{expected}"


def test_an_import_for_the_type_checker_does_not_count(tmp_path: Path) -> None:
    before = (
        f"from typing import TYPE_CHECKING\n\nfrom openai import OpenAI\n\nif TYPE_CHECKING:\n    import os\n\n{CLIENT}"
    )
    assert "import os as _os\n" in fixed(tmp_path, before, RULE)


def test_an_import_beside_that_for_the_type_checker_counts(tmp_path: Path) -> None:
    before = (
        "from typing import TYPE_CHECKING\n\nfrom openai import OpenAI\n\nif TYPE_CHECKING:\n    import os\nelse:\n"
        f"    try:\n        import os\n    except ImportError:\n        raise\n\n{CLIENT}"
    )
    assert fixed(tmp_path, before, RULE) == before.replace(f'"{KEY}"', 'os.environ["OPENAI_API_KEY"]')


def test_an_import_in_another_function_does_not_count(tmp_path: Path) -> None:
    before = f"from openai import OpenAI\n\n\ndef path():\n    import os\n\n    return os.getcwd()\n\n\n{CLIENT}"
    result = fixed(tmp_path, before, RULE)
    assert "_os.environ" in result and result.startswith("import os as _os\n")


def test_what_a_name_means_in_another_function_does_not_count(tmp_path: Path) -> None:
    before = f"import os\n\nfrom openai import OpenAI\n\n\ndef path(os):\n    return os.getcwd()\n\n\n{CLIENT}"
    assert fixed(tmp_path, before, RULE) == before.replace(f'"{KEY}"', 'os.environ["OPENAI_API_KEY"]')
    inner = "def make(os):\n    return OpenAI(api_key={key}, timeout=9)\n"
    shadowed = f"import os\n\nfrom openai import OpenAI\n\n\n{inner}"
    assert "import os as _os\n" in fixed(tmp_path, shadowed.format(key=f'"{KEY}"'), RULE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('os.getenv("OPENAI_API_KEY", "{}")', 'os.environ["OPENAI_API_KEY"]'),
        ('os.environ.get("MY_KEY", "{}")', 'os.environ["MY_KEY"]'),
        ('"{}"', 'os.environ["OPENAI_API_KEY"]'),
        ("r'{}'", 'os.environ["OPENAI_API_KEY"]'),
    ],
)
def test_a_default_of_the_variable_goes(tmp_path: Path, before: str, after: str) -> None:
    source = "import os\n\nfrom openai import OpenAI\n\nclient = OpenAI(api_key={}, timeout=9)\n"
    assert fixed(tmp_path, source.format(before.format(KEY)), RULE) == source.format(after)


@pytest.mark.parametrize(
    "statement",
    [
        f'os.environ["OPENAI_API_KEY"] = "{KEY}"',
        f'client = OpenAI(api_key="{KEY[:10]}" "{KEY[10:]}")',
    ],
)
def test_what_has_no_certain_shape_stays(tmp_path: Path, statement: str) -> None:
    source = f"import os\n\nfrom openai import OpenAI\n\n{statement}\n"
    assert fixed(tmp_path, source, RULE) == source


def test_types_are_imported_beside_the_sdk(tmp_path: Path) -> None:
    source = (
        "def ask(text):\n    from google import genai\n\n    client = genai.Client()\n"
        "    return client.models.generate_content(model='m', contents=text)\n"
    )
    result = fixed(tmp_path, source, "missing-timeout")
    assert "    from google import genai, types" not in result
    assert "    from google import genai\n    from google.genai import types\n" in result


def test_a_taken_name_is_not_taken_again(tmp_path: Path) -> None:
    source = (
        "import types\n\nfrom google import genai\n\nclient = genai.Client()\n\n\ndef ask(text):\n"
        "    assert types\n    return client.models.generate_content(model='m', contents=text)\n"
    )
    result = fixed(tmp_path, source, "missing-timeout")
    assert "from google.genai import types as genai_types\n" in result
    assert "genai.Client(http_options=genai_types.HttpOptions(timeout=60_000))" in result


def test_objects_that_are_imported_by_name_are_used(tmp_path: Path) -> None:
    source = (
        "from google import genai\nfrom google.genai.types import HttpOptions\n\nassert HttpOptions\n"
        "client = genai.Client()\n\n\ndef ask(text):\n"
        "    return client.models.generate_content(model='m', contents=text)\n"
    )
    assert fixed(tmp_path, source, "missing-timeout") == source.replace(
        "genai.Client()", "genai.Client(http_options=HttpOptions(timeout=60_000))"
    )
