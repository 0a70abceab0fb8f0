"""What the text of an import tells before anything is parsed, and which files that leaves out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from prodlint import import_text
from prodlint.demand import may_call
from prodlint.extract import extract
from prodlint.link.program import Program
from prodlint.link.reach import Reach

from .project_builder import Files, linked, only_call, program_of, project

LLM = """
from openai import OpenAI
client = OpenAI()
class Assistant:
    def answer(self, q):
        return client.responses.create(model="m", input=q).output_text
"""
ROUTE = """
from fastapi import FastAPI
{imports}
app = FastAPI()
@app.get("/")
def home(q: str):
    return Assistant().answer(q)
"""
IMPORTS = {
    "plain": "from llm import Assistant",
    "brackets": "from llm import (\n    Assistant,\n)",
    "comment with brackets": "from llm import (  # the client (shared)\n    Assistant,\n)",
    "continued": "from llm import \\\n    Assistant",
    "behind a semicolon": "x = 1; from llm import Assistant",
    "with others": "from llm import client, Assistant",
    "tabs": "from\tllm\timport\tAssistant",
    "in a block": "if True: from llm import Assistant",
}


@pytest.mark.parametrize("name", sorted(IMPORTS))
def test_every_way_to_write_an_import_is_read(name: str) -> None:
    text = ROUTE.format(imports=IMPORTS[name]).encode()
    assert import_text.ImportedName("llm", "Assistant", 0) in list(import_text.names(text))
    assert may_call([("Assistant", "llm")], only_imports=True).answer()("a.py", text)
    files = {"llm.py": LLM, "web.py": ROUTE.format(imports=IMPORTS[name])}
    assert ("Assistant", "Assistant") in linked(files, asked_for=["llm.py"]).wanted
    call = only_call(project(files))
    assert [step.name for step in call.entry_path] == ["home", "Assistant.answer"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from . import a, b as c", [("", "a", 1), ("", "b", 1)]),
        ("from ..x.y import (a as b, # c\n d)", [("x.y", "a", 2), ("x.y", "d", 2)]),
        ("import a.b, c as d; import e", [("a.b", "", 0), ("c", "", 0), ("e", "", 0)]),
        ("import a, \\\n    b", [("a", "", 0), ("b", "", 0)]),
        ("important = 1\nfrom_here = 2\n", []),
    ],
)
def test_names_of_imports(text: str, expected: list[tuple[str, str, int]]) -> None:
    assert [tuple(name) for name in import_text.names(text.encode())] == expected


def test_a_notebook_gets_its_client_from_a_module() -> None:
    source = "from clients import chat, client\nclient.responses.create(model='m', input='q')\nchat.invoke('hello')\n"
    files = {
        "clients.py": "from openai import OpenAI\nfrom langchain_openai import ChatOpenAI\n"
        "client = OpenAI()\nchat = ChatOpenAI()\n",
        "study.py": source,
    }
    assert len(project(files).calls) == 2


def test_a_view_is_found_that_uses_what_another_module_of_its_folder_has_left() -> None:
    files: Files = {
        "app/state.py": "assistant = None\n",
        "app/llm.py": LLM,
        "app/apps.py": "from django.apps import AppConfig\nfrom . import state\nclass C(AppConfig):\n"
        "    def ready(self):\n        from .llm import Assistant\n        state.assistant = Assistant()\n",
        "app/views.py": "from django.views.decorators.http import require_POST\nfrom . import state\n"
        "@require_POST\ndef ask(request):\n    return state.assistant.answer(request.body)  # the llm\n",
    }
    from prodlint.link.reach import Reach

    from .project_builder import catalogue, program_of

    program = program_of(files, asked_for=["app/llm.py"])
    reach = Reach(program, catalogue().imports)
    assert reach.together(["app/apps.py", "app/views.py"]) == ["app/apps.py", "app/views.py"]


@pytest.mark.parametrize(
    "source",
    [
        "import pkg.tools\ncomplete = pkg.tools.bind(client.chat.completions.create, model='m')\n",
        "from pkg import tools\ncomplete = tools.bind(client.chat.completions.create, model='m')\n",
        "from pkg.tools import bind\ncomplete = bind(client.chat.completions.create, model='m')\n",
    ],
)
def test_a_partial_is_known_by_whatever_name(source: str) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/tools.py": "from functools import partial as bind\n",
        "app.py": "from openai import OpenAI\nclient = OpenAI()\n" + source + "def go():\n    complete(messages=[])\n",
    }
    assert only_call(project(files)).symbol == "go"


def test_a_loop_of_a_terminal_is_known_by_another_name_of_input() -> None:
    source = """
    from openai import OpenAI
    client = OpenAI()
    read_line = input
    def main():
        while True:
            q = read_line("> ")
            print(client.responses.create(model="m", input=q).output_text)
    """
    assert "terminal" in (only_call(project({"app.py": source})).entry_path[0].kind)


def test_a_name_that_is_bound_to_itself_ends() -> None:
    source = "from openai import OpenAI\nclient = OpenAI()\nx = y\ny = x\nx(client.responses.create)\n"
    assert project({"app.py": source}) is not None


def test_json_is_read_as_a_notebook() -> None:
    cell = {"cell_type": "code", "source": ["from clients import chat\n"], "outputs": [], "metadata": {}}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    files = {"clients.py": "import openai\nchat = openai.OpenAI()\n"}
    from prodlint.link.program import Program
    from prodlint.link.reach import Reach

    from .project_builder import catalogue, facts_of

    whole = {"study.ipynb": text, **files}
    program = Program({}, whole, lambda path: facts_of(files).get(path), text=lambda path: whole[path].encode())
    assert Reach(program, catalogue().imports).reaches("study.ipynb")


class Counting(set[str]):
    """A set that knows how often it was gone through."""

    rounds = 0

    def __iter__(self) -> Iterator[str]:
        self.rounds += 1
        return super().__iter__()


def test_what_was_asked_for_is_gone_through_once_however_many_modules_there_are() -> None:
    files = {f"plain{number}.py": "def answer(client):\n    return client.chat()\n" for number in range(50)}
    program = Program({path: extract(text) for path, text in files.items()}, files, lambda path: None)
    asked = program.asked = Counting(program.asked)
    reach = Reach(program, ["openai"])
    assert not any(reach.is_open(program.modules[path]) for path in files)
    assert asked.rounds == 1


def test_a_module_that_was_read_in_part_is_read_whole_when_it_is_searched() -> None:
    files = {
        "llm.py": "from settings import Settings\nsettings = Settings()\n",
        "settings.py": "class Settings:\n    def __init__(self):\n        self.timeout = 30\n\n"
        "def slow(settings):\n    settings.timeout = 600\n",
    }
    program = program_of(files, asked_for=["llm.py"])
    module = program.module("settings.py")
    assert module is not None and len(module.facts.unread) == 2
    assert [change.function for _, change in program.changes_of("timeout")] == [1, 2]
    program.ask(["settings.py"])
    again = program.module("settings.py")
    assert again is not None and again is not module
    assert {at for at, _ in program.changes_of("timeout")} == {again}


@pytest.mark.parametrize(
    ("body", "is_read"),
    [
        ("self.timeout = 5", True),
        ("self.timeout: int = 5", True),
        ("self.options['timeout'] = 5", True),
        ("self.options.update(timeout=5)", True),
        ("self.timeout += 5", True),
        ("a, self.timeout = 1, 5", True),
        ("setattr(self, 'timeout', 5)", True),
        ("del self.options['timeout']", True),
        ("*self.timeout, a = 1, 5", True),
        ("if a: self.timeout, b = 5, 1", True),
        ("with a as self.timeout: pass", True),
        ("(\n            self.timeout,\n            a,\n        ) = 5, 1", True),
        ("self.timeout: List[\n            int] = 5", True),
        ("self.options[\n            'timeout'\n        ] = 5", True),
        ("self.timeout \\\n            = 5", True),
        ("return self.timeout == 5", False),
        ("return wait(timeout=5)", False),
        ("self.other = self.timeout", False),
    ],
)
def test_bodies_are_read_that_may_change_an_attribute(body: str, is_read: bool) -> None:
    files = {"llm.py": "import settings\n", "settings.py": f"class Settings:\n    def change(self):\n        {body}\n"}
    program = program_of(files, asked_for=["llm.py"])
    module = program.module("settings.py")
    assert module is not None and module.facts.unread
    for name in ("timeout", "options"):
        program.read_changes(name)
    assert (not module.facts.unread) is is_read


@pytest.mark.parametrize(
    "loading", ["import_module('openai')", 'require("openai", extra="llm")', "LazyModule('openai')"]
)
def test_a_module_that_is_loaded_by_its_name_is_imported(loading: str) -> None:
    assert list(import_text.loaded(f"openai = {loading}".encode())) == ["openai"]
    loaders = "import_module = require = LazyModule = lambda name, **_: importlib.import_module(name)"
    files = {
        "loading.py": f"import importlib\n{loaders}\n",
        "sdk.py": f"from loading import *\nopenai = {loading}\n",
        "app.py": "from sdk import openai\ndef ask(q):\n    return openai.responses.create(model='m', input=q)\n",
    }
    assert only_call(project(files)).operation == "openai.responses.create"


def test_a_class_in_a_function_of_another_module_extends_what_it_extends() -> None:
    files = {
        "llm.py": "import openai\nimport base\n\ndef ask(user: base.User):\n"
        "    return user.client().responses.create(model='m', input='q', max_output_tokens=5)\n",
        "base.py": "import clients\n\nclass User:\n    def client(self):\n        raise NotImplementedError\n\n"
        "def make():\n    class Mine(User):\n        def client(self):\n            return clients.client\n"
        "    return Mine()\n",
        "clients.py": "import openai\nclient = openai.OpenAI(timeout=9)\n",
    }
    found = linked(files, asked_for=["llm.py", "clients.py"]).project
    assert [call.settings["timeout"].value for call in found.calls] == [9]
