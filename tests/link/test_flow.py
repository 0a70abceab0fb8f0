"""What becomes of a generated text."""

from __future__ import annotations

from textwrap import dedent

import pytest

from prodlint.model import ResultUse

from .project_builder import only_call, project

ROUTE = """
import json, re, logging
from fastapi import FastAPI, WebSocket
from fastapi.responses import JSONResponse
from openai import OpenAI
from pydantic import BaseModel
app = FastAPI()
client = OpenAI()
class Answer(BaseModel):
    text: str
def request(q):
    return client.responses.create(model="m", input=q)
def first_line(text):
    return text.strip()
def show(text):
    print(text)
def is_yes(text):
    return text.lower() == "yes"
def wrap(text):
    return {"text": text}
@app.post("/")
def ask(q: str):
"""

RETURNED, PARSED, PRINTED = ResultUse.RETURNED, ResultUse.PARSED, ResultUse.PRINTED
STORED, PASSED, DISCARDED = ResultUse.STORED, ResultUse.PASSED, ResultUse.DISCARDED

BODIES: dict[str, tuple[str, set[ResultUse]]] = {
    "the_response_itself": ("return request(q)", {RETURNED}),
    "its_text": ("return request(q).output_text", {RETURNED}),
    "in_a_dict": ('return {"text": request(q).output_text}', {RETURNED}),
    "in_a_list": ("return [request(q).output_text]", {RETURNED}),
    "in_an_f_string": ('return f"<b>{request(q).output_text}</b>"', {RETURNED}),
    "in_a_model": ("return Answer(text=request(q).output_text)", {RETURNED}),
    "in_a_response_class": ('return JSONResponse({"text": request(q).output_text})', {RETURNED}),
    "by_a_variable": ("reply = request(q)\n    text = reply.output_text\n    return text", {RETURNED}),
    "through_strip": ("return request(q).output_text.strip()", {RETURNED}),
    "through_a_helper": ("return first_line(request(q).output_text)", {RETURNED}),
    "wrapped_by_a_helper": ("return wrap(request(q).output_text)", {RETURNED}),
    "with_a_fallback": ('return request(q).output_text or "sorry"', {RETURNED}),
    "conditionally": ('reply = request(q)\n    return reply.output_text if reply else ""', {RETURNED}),
    "usage_only": ("return request(q).usage.total_tokens", set()),
    "id_only": ('return {"id": request(q).id}', set()),
    "json": ("return json.loads(request(q).output_text)", {PARSED}),
    "json_by_variable": ("text = request(q).output_text\n    data = json.loads(text)\n    return data", {PARSED}),
    "regular_expression": ('return re.findall(r"x", request(q).output_text)', {PARSED}),
    "compared": ('return request(q).output_text == "yes"', {PARSED}),
    "compared_in_an_if": ('if "yes" in request(q).output_text:\n        return 1\n    return 2', {PARSED}),
    "compared_by_a_helper": ("return is_yes(request(q).output_text)", {PARSED}),
    "split": ('return request(q).output_text.split(",")', {PARSED}),
    "printed": ("print(request(q).output_text)", {PRINTED}),
    "printed_by_a_helper": ("show(request(q).output_text)", {PRINTED}),
    "printed_and_returned": ("text = request(q).output_text\n    print(text)\n    return text", {PRINTED, RETURNED}),
    "thrown_away": ("request(q)\n    return 1", set()),
    "stored": ("app.state.last = request(q).output_text", {STORED}),
}

SUPERSETS = {"compared_in_an_if", "printed_by_a_helper", "stored"}


@pytest.mark.parametrize("name", sorted(BODIES))
def test_the_text_is_followed_to_what_the_person_gets(name: str) -> None:
    body, uses = BODIES[name]
    found = only_call(project({"app.py": ROUTE + f"    {body}\n"})).result_uses
    assert found == uses


INSIDE: dict[str, tuple[str, set[ResultUse]]] = {
    "statement": ("client.responses.create(model='m', input=q)", {DISCARDED}),
    "returned": ("return client.responses.create(model='m', input=q)", {RETURNED}),
    "yielded": ("yield client.responses.create(model='m', input=q).output_text", {RETURNED}),
    "yielded_in_parts": (
        "for part in client.responses.create(model='m', input=q, stream=True):\n        yield part.delta",
        {RETURNED},
    ),
    "attribute": ("self.last = client.responses.create(model='m', input=q).output_text", {STORED}),
    "item": ("CACHE[q] = client.responses.create(model='m', input=q).output_text", {STORED}),
    "written": ("open('x', 'w').write(client.responses.create(model='m', input=q).output_text)", {STORED}),
    "unknown_function": ("somewhere(client.responses.create(model='m', input=q).output_text)", {PASSED}),
    "in_a_tuple_unpacking": (
        "a, b = client.responses.create(model='m', input=q).output_text, 1\n    return a",
        {RETURNED},
    ),
    "in_a_list_that_is_joined": (
        "parts = []\n    parts.append(client.responses.create(model='m', input=q).output_text)\n"
        "    return ''.join(parts)",
        {RETURNED},
    ),
    "in_a_comprehension": (
        "return [client.responses.create(model='m', input=x).output_text for x in q]",
        {RETURNED},
    ),
    "by_a_nested_function": (
        "def inner():\n        return client.responses.create(model='m', input=q)\n    return inner().output_text",
        {RETURNED},
    ),
    "augmented": (
        "text = ''\n    text += client.responses.create(model='m', input=q).output_text\n    return text",
        {RETURNED},
    ),
    "in_try_with_fallback": (
        "try:\n        text = client.responses.create(model='m', input=q).output_text\n"
        "    except Exception:\n        text = ''\n    return text",
        {RETURNED},
    ),
    "walrus": ("if reply := client.responses.create(model='m', input=q):\n        return reply", {RETURNED}),
}


@pytest.mark.parametrize("name", sorted(INSIDE))
def test_the_text_is_followed_inside_the_function(name: str) -> None:
    body, uses = INSIDE[name]
    source = f"from openai import OpenAI\nclient = OpenAI()\nCACHE = {{}}\ndef ask(self, q):\n    {body}\n"
    assert only_call(project({"llm.py": source})).result_uses == uses


def test_what_nobody_returns_does_not_reach_the_handler() -> None:
    files = {
        "llm.py": """
            from openai import OpenAI
            client = OpenAI()
            def log_summary(text):
                print(client.responses.create(model="m", input=text).output_text)
        """,
        "app.py": """
            from flask import Flask
            from llm import log_summary
            app = Flask(__name__)
            @app.route("/")
            def ask():
                log_summary("q")
                return "ok"
        """,
    }
    assert only_call(project(files)).result_uses == {PRINTED}


def test_streamlit_renders() -> None:
    source = """
        import streamlit as st
        from openai import OpenAI
        reply = OpenAI().responses.create(model="m", input=st.text_input("?"))
        st.write(reply.output_text)
    """
    assert only_call(project({"page.py": source})).result_uses == {ResultUse.RENDERED}


def test_a_recursive_helper_ends() -> None:
    source = ROUTE.replace(
        "def show(", "def again(text, n):\n    return again(text[1:], n - 1) if n else text\ndef show("
    )
    found = only_call(project({"app.py": dedent(source) + "    return again(request(q).output_text, 3)\n"}))
    assert RETURNED in found.result_uses
