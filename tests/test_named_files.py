"""A file that is named alone, as by a commit hook, has the findings that a run over the whole project gives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from prodlint.analysis import analyse
from prodlint.config import Config

REQUEST = "create(model='m', input=q, max_output_tokens=5, timeout=5)"

PROJECTS = {
    "a base class that repeats what its subclasses do": {
        "app/base.py": "class Base:\n"
        "    def run(self, q):\n"
        "        for attempt in range(3):\n"
        "            try:\n                return self._ask(q)\n"
        "            except Exception:\n                continue\n",
        "app/bot.py": "from openai import OpenAI\nfrom app.base import Base\n\n\nclass Bot(Base):\n"
        "    def __init__(self):\n        self.client = OpenAI(timeout=9)\n"
        f"    def _ask(self, q):\n        return self.client.responses.{REQUEST}\n",
    },
    "a client that another module loads by name": {
        "client.py": 'import importlib\n\nlc = importlib.import_module("langchain_openai")\nllm = lc.ChatOpenAI()\n',
        "app.py": "from client import llm\n\n\ndef ask(q):\n    return llm.invoke(q)\n",
    },
    "a wrapper that blocks": {
        "models.py": f"from openai import OpenAI\n\nclient = OpenAI()\n\n\nclass Model:\n"
        f"    def invoke(self, q):\n        return client.responses.{REQUEST}\n\n\nmodel = Model()\n",
        "app.py": "from models import model\n\n\nasync def ask(q):\n    return model.invoke(q)\n",
    },
    "a setting that is made in a module with other letters": {
        "mod\u00e8le.py": "from openai import OpenAI\n\nclient = OpenAI()\n\n\n"
        f"def ask(q):\n    return client.responses.{REQUEST}\n",
        "main.py": "import mod\u00e8le\n\nmod\u00e8le.client.timeout = 5\nmod\u00e8le.client.max_retries = 4\n"
        "mod\u00e8le.ask('q')\n",
    },
}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_named_file_is_seen_as_in_the_whole_project(name: str, tmp_path: Path) -> None:
    for path, text in PROJECTS[name].items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'app'\n")
    whole = analyse([tmp_path], Config(), jobs=1).project
    assert whole.calls
    for path in PROJECTS[name]:
        alone = analyse([tmp_path / path], Config(), jobs=1).project
        for part in ("calls", "clients", "async_blocks"):
            expected = [item for item in getattr(whole, part) if item.location.path == path]
            assert [item for item in getattr(alone, part) if item.location.path == path] == expected, (path, part)


def test_files_that_it_has_nothing_to_do_with_are_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'app'\n")
    (tmp_path / "app.py").write_text(f"import openai\n\n\ndef f(q):\n    return openai.responses.{REQUEST}\n")
    (tmp_path / "other.py").write_text(f"import openai\n\n\ndef ask(q):\n    return openai.responses.{REQUEST}\n")
    (tmp_path / "user.py").write_text("import other\n\n\ndef g(q):\n    return other.ask(q).parse(q)\n")
    found = analyse([tmp_path / "app.py"], Config(), jobs=1)
    assert {call.location.path for call in found.project.calls} == {"app.py"}
