"""The screen: what passes it, in every spelling that Python and notebooks allow."""

from __future__ import annotations

import json
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodlint.screen import Hit, Screen, compile_screen

ANCHORS = ("T3BlbkFJ", "sk-", "sk-ant-", "gsk_", "AIza", "OPENAI_API_KEY", "_TOKEN", "a.b")


@pytest.fixture(scope="module")
def screen() -> Screen:
    return compile_screen(
        imports=["openai", "google.genai", "azure.ai.inference", "langchain", "langchain_openai", "llm"],
        tails=["chat.completions.create", ".messages.create", "generate_content"],
        anchors=ANCHORS,
    )


@pytest.mark.parametrize(
    "source",
    [
        "import openai",
        "import openai as o",
        "import openai.types",
        "import os, openai",
        "import os as o, sys , openai",
        "import os, \\\n    openai",
        "import \\\n openai",
        "import\topenai",
        "try: import openai\nexcept ImportError: pass",
        "if x:\r\n\timport openai\r\n",
        "x = 1; import openai",
        "from openai import OpenAI",
        "from openai.types.chat import (\n    A,\n)",
        "from openai import *",
        "from\\\n openai\\\n import OpenAI",
        "from google import genai",
        "from google import (\n    auth,  # (\n    genai as g,\n)",
        "from google.genai import types",
        "import google.genai as g",
        "from azure.ai import inference",
        "from azure.ai.inference.aio import C",
        "from langchain import chat_models",
        "from langchain.chat_models import x",
        "from langchain_openai import ChatOpenAI",
        'importlib.import_module("openai")',
        "import_module(\n    'openai.types')",
        "__import__('openai')",
        "client = optional_import('openai').OpenAI()",
        "openai = require('openai', extra='llm')",
        "openai = LazyModule(\n    'openai')",
        "lazy_load('google.genai')",
        "answer = client.chat.completions.create(model=m)",
        "answer = (\n    client.chat\n    .completions\n    .create()\n)",
        "self.llm.messages.create()",
        "model.generate_content(x)",
        "\ufefffrom openai import OpenAI",
        "# -*- coding: latin-1 -*-\n# \xe9\nimport openai",
    ],
)
def test_code_that_may_make_a_request_passes(screen: Screen, source: str) -> None:
    assert screen.passes(source.encode("latin-1" if "latin-1" in source else "utf-8")).parse
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": source.replace("\\\n", "")}]})
    assert screen.passes(notebook.encode()).parse


def test_the_lines_of_a_notebook_may_stand_on_their_own(screen: Screen) -> None:
    lines = ["import os\n", "from google import (\n", "    genai,\n", ")\n"]
    assert screen.passes(json.dumps({"source": lines}, indent=1).encode()).parse


@pytest.mark.parametrize(
    "source",
    [
        "",
        "import os",
        "import openai_helpers",
        "import my.openai",
        "import myopenai",
        "from .openai import x",
        "from . import x",
        "from app.openai import client",
        "the llm said: openai is down",
        "# responses from openai are cached",
        "llm = make()",
        "from google import auth",
        "from google.cloud import storage",
        "langchain_openai = 1",
        "require('my.openai')",
        "LazyModule('openai_helpers')",
        "provider('openai')",
        "require(openai)",
        "x.completions.creates",
        "chat.completions_create",
        "messages.create()",
        "generate_content(x)",
    ],
)
def test_other_code_does_not(screen: Screen, source: str) -> None:
    assert screen.passes(source.encode()) == Hit(parse=False, credentials=False)


@given(st.sampled_from(ANCHORS), st.text("sk-antg_AIzb.T3\n \"'", max_size=20), st.text("sk-_AIzaT3", max_size=20))
def test_an_anchor_is_found_wherever_it_stands(anchor: str, before: str, after: str) -> None:
    screen = compile_screen(imports=[], tails=[], anchors=ANCHORS)
    assert screen.passes(f"{before}{anchor}{after}".encode()).credentials


@given(st.text("sk-antg_AIzb.T3FJOPEN", max_size=40))
def test_anchors_are_found_exactly_where_a_plain_search_finds_them(text: str) -> None:
    screen = compile_screen(imports=[], tails=[], anchors=ANCHORS)
    assert screen.holds_credentials(text.encode()) == any(anchor in text for anchor in ANCHORS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_that_env_files_come_in(screen: Screen, encoding: str) -> None:
    assert screen.passes("OPENAI_API_KEY=x\n".encode(encoding)).credentials


def test_an_empty_catalogue_lets_nothing_pass() -> None:
    nothing = compile_screen(imports=[], tails=[], anchors=[])
    assert nothing.passes(b"import openai\nOPENAI_API_KEY") == Hit(parse=False, credentials=False)


def test_it_travels_to_worker_processes(screen: Screen) -> None:
    assert pickle.loads(pickle.dumps(screen)) == screen


def test_hostile_input_costs_no_more_than_its_size(screen: Screen) -> None:
    for piece in (
        b"import a,",
        b"import " + b"a" * 50 + b" ",
        b"from openai" + b"." * 9,
        b". \\\n",
        b"import\n",
        b"azy",
        b"require",
    ):
        screen.passes(piece * (200_000 // len(piece)))


def test_patterns_begin_with_a_literal(screen: Screen) -> None:
    """An alternation or a class at the front makes a pattern about twenty times as slow."""
    patterns = [*screen.code, *screen.anchors, screen.packages]
    assert all(pattern and re.match(rb"\\?[\w.-]", pattern.pattern) for pattern in patterns)
