"""The screen: what passes it, in every spelling that Python and notebooks allow."""

from __future__ import annotations

import json
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodlint.screen import LITERAL_BYTES, Finder, Gate, Hit, Screen, compile_calls, compile_screen, compile_words
from prodlint.sdks import words

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


KNOWN = words.load()
CODE = (*KNOWN.imports, *KNOWN.tails, *(part for tail in KNOWN.tails for part in tail.split(".")), *KNOWN.anchors)
AROUND = (
    "import",
    "from",
    "require",
    "azy",
    "as",
    "google",
    "azure.ai",
    "(",
    "('",
    '("',
    ".",
    ",",
    " ",
    "\n",
    "\\\n",
    "_",
)
WRITTEN = st.lists(st.sampled_from(CODE) | st.sampled_from(AROUND), max_size=7).map("".join)


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate(KNOWN, ["prodlint:"])


@pytest.fixture(scope="module")
def whole() -> Screen:
    return compile_screen(imports=KNOWN.imports, tails=KNOWN.tails, anchors=KNOWN.anchors)


@given(WRITTEN)
def test_the_gate_rejects_nothing_that_the_screen_lets_through(gate: Gate, whole: Screen, text: str) -> None:
    if gate.rejects(text.encode()):
        assert whole.passes(text.encode()) == Hit(parse=False, credentials=False)


@pytest.mark.parametrize("word", [*KNOWN.anchors, "prodlint:"])
def test_the_gate_lets_each_word_through(gate: Gate, word: str) -> None:
    assert not gate.rejects(f"x = '{word}'".encode())
    assert not gate.rejects(word.encode())


@pytest.mark.parametrize("root", KNOWN.imports)
def test_the_gate_lets_each_import_through(gate: Gate, root: str) -> None:
    package, _, name = root.rpartition(".")
    for source in (
        f"import os, {root}",
        f"from {root} import x",
        f"from {package} import {name}" if package else f"import {root} as x",
        f"import_module('{root}')",
        f"require('{root}')",
        f"LazyModule('{root}')",
    ):
        assert not gate.rejects(source.encode())


@pytest.mark.parametrize(
    "source",
    [
        "import os\nfrom pathlib import Path\nfrom . import models\n",
        "import requests as r, sys\n",
        "answer = session.messages.fetch()\nrequire(admin)\nlazy = crazy(x)\n",
        "API_KEY = KEY\npath = 'prodlint'\nkick = 'k_'\n",
    ],
)
def test_the_gate_rejects_plain_code(gate: Gate, source: str) -> None:
    assert gate.rejects(source.encode())


@given(st.lists(st.text("abcAB_.-", min_size=1, max_size=4), max_size=6), st.text("abcAB_.-", max_size=20))
def test_words_are_found_exactly_where_a_plain_search_finds_them(sought: list[str], text: str) -> None:
    there = {word for word in sought if word in text}
    assert any(pattern.search(text.encode()) for pattern in compile_words(sought)) == bool(there)
    finder = Finder(sought)
    assert there <= finder.may_be_in(text + "." * LITERAL_BYTES)
    assert finder.may_be_in(text) == there


@given(st.lists(st.text("ab_", min_size=1, max_size=3)), st.lists(st.text("ab_", min_size=1, max_size=3)), st.data())
def test_calls_are_found_exactly_where_a_simple_pattern_finds_them(
    methods: list[str], functions: list[str], data: st.DataObject
) -> None:
    text = data.draw(st.text("ab_. (", max_size=20))
    simple = [rf"\.\s*{name}\s*\(" for name in methods] + [rf"{name}\s*\(" for name in functions]
    found = any(pattern.search(text.encode()) for pattern in compile_calls(methods, functions))
    assert found == any(re.search(pattern, text) for pattern in simple)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_that_env_files_come_in(screen: Screen, encoding: str) -> None:
    assert screen.passes("OPENAI_API_KEY=x\n".encode(encoding)).credentials


def test_an_empty_catalogue_lets_nothing_pass() -> None:
    nothing = compile_screen(imports=[], tails=[], anchors=[])
    assert nothing.passes(b"import openai\nOPENAI_API_KEY") == Hit(parse=False, credentials=False)


def test_it_travels_to_worker_processes(screen: Screen) -> None:
    assert pickle.loads(pickle.dumps(screen)) == screen


def test_hostile_input_costs_no_more_than_its_size(screen: Screen, gate: Gate) -> None:
    for piece in (
        b"import a,",
        b"import " + b"a" * 50 + b" ",
        b"from openai" + b"." * 9,
        b". \\\n",
        b"import\n",
        b"azy",
        b"require",
    ):
        data = piece * (200_000 // len(piece))
        screen.passes(data)
        gate.rejects(data)


def test_patterns_begin_with_a_literal(screen: Screen, gate: Gate) -> None:
    """An alternation or a class at the front makes a pattern about twenty times as slow."""
    patterns = [*screen.code, *screen.anchors, screen.packages, *(pattern for _, pattern in gate._passes)]
    assert all(pattern and re.match(rb"\\?[\w.-]", pattern.pattern) for pattern in patterns)
