"""Files that say nothing of LLMs, and make requests on what another module defines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from command_line import findings, prodlint, write

MODELS = "from langchain_openai import ChatOpenAI\n\nllm = ChatOpenAI(model='gpt-4o-mini')\n"
RAG = """
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI


class Rag:
    def __init__(self):
        self.chain = ChatPromptTemplate.from_template("{q}") | ChatOpenAI(model="gpt-4o-mini")
"""
CLIENTS = """
import cohere
import ollama
from mistralai import Mistral
from litellm import completion

co = cohere.ClientV2()
mi = Mistral()
local = ollama.Client()


def get_client():
    return mi
"""
PROJECTS = {
    "a model": {"models.py": MODELS, "app.py": "from models import llm\n\nprint(llm.invoke('hello').content)\n"},
    "a module": {"models.py": MODELS, "app.py": "import models\n\nprint(models.llm.predict('hello'))\n"},
    "a chain in an object": {
        "services/__init__.py": "",
        "services/rag.py": RAG,
        "main.py": "from services.rag import Rag\n\nrag = Rag()\n\n\n"
        "def ask(q):\n    return rag.chain.invoke({'q': q})\n",
    },
    "by a package": {
        "services/__init__.py": "from .rag import Rag\n",
        "services/rag.py": RAG,
        "app/main.py": "from services import Rag\n\nprint(Rag().chain.invoke({}))\n",
    },
    "by a factory": {
        "app/clients.py": CLIENTS,
        "app/factory.py": "from .clients import get_client\n\n\ndef make():\n    return get_client()\n",
        "app/use.py": "from .factory import make\n\nprint(make().chat.complete(model='m', messages=[]))\n",
    },
    "other SDKs": {
        "clients.py": CLIENTS,
        "use.py": "from clients import co\n\nco.chat(model='m', messages=[])\n",
    },
    "a function that is handed on": {
        "clients.py": CLIENTS,
        "use.py": "from clients import completion\n\ncompletion(model='m', messages=[])\n",
    },
}


def calls(folder: Path, *arguments: str) -> str:
    done = prodlint(folder, "calls", *arguments)
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_requests_are_found_where_nothing_else_speaks_of_llms(name: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, PROJECTS[name])
    last = list(PROJECTS[name])[-1]
    assert f"{last}:" in calls(tmp_path)


def test_a_file_that_only_looks_so_makes_no_request(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(
        tmp_path,
        {
            "models.py": MODELS,
            "jobs.py": "import subprocess\nimport models\n\n\ndef job(engine):\n    subprocess.run(['ls'])\n"
            "    engine.invoke('x')\n    return models.llm\n",
            "other.py": "import engine\n\nengine.llm.invoke('q')\n",
        },
    )
    assert "jobs.py:" not in calls(tmp_path)
    assert "other.py:" not in calls(tmp_path)


def test_far_callers_are_followed_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    files = {"step0.py": f"{MODELS}\n\ndef ask0():\n    return llm.invoke('q')\n"}
    for number in range(1, 4):
        below = f"import step{number - 1}\n\n\ndef ask{number}():\n    return step{number - 1}.ask{number - 1}()\n"
        files[f"step{number}.py"] = below
    files["web.py"] = (
        "from fastapi import FastAPI\nimport step3\napp = FastAPI()\n\n\n@app.get('/')\ndef home():\n    step3.ask3()\n"
    )
    write(tmp_path, files)
    assert "FastAPI route home" in calls(tmp_path, "--no-cache")
    monkeypatch.setattr("prodlint.linking.CALLERS_BYTES", 100)
    monkeypatch.setattr("prodlint.linking.CALLERS_SHARE", 0)
    assert "FastAPI route home" not in calls(tmp_path, "--no-cache")
    monkeypatch.setattr("prodlint.linking.NEAR_ROUNDS", 4)
    assert "FastAPI route home" in calls(tmp_path, "--no-cache")


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_a_file_that_is_named_alone_says_the_same(name: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, PROJECTS[name])
    last = list(PROJECTS[name])[-1]
    whole = [found for found in findings(tmp_path, "--no-cache") if found["path"] == last]
    alone = findings(tmp_path, "--no-cache", last)
    assert [(found["rule"], found["line"]) for found in alone] == [(found["rule"], found["line"]) for found in whole]
    listed = calls(tmp_path, last)
    assert f"{last}:" in listed
    assert listed == calls(tmp_path, last)  # from what was kept


def test_a_named_file_that_runs_a_program_is_answered_at_once(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, {"a.py": "import subprocess\n\nsubprocess.run(['ls'])\n", "b.py": "x = 1\n"})
    code = "import sys; from prodlint.cli import main; main(['check', 'a.py']); print('prodlint.engine' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
