"""Callers that leave out what others give: what the request's setting says of them."""

from __future__ import annotations

from .project_builder import project

WRAPPERS = """
from openai import OpenAI
client = OpenAI(timeout=9)
def low(**options):
    return client.responses.create(model="m", input="q", **options)
def middle(**options):
    return low(**options)
"""
USES = "from llm import low, middle\n"


def test_the_reason_names_the_caller_that_leaves_it_out() -> None:
    uses = f"{USES}low(max_output_tokens=5)\nlow()\n"
    (call,) = project({"llm.py": WRAPPERS, "app.py": uses}).calls
    assert call.settings["max_tokens"].why == "some callers give it; left out at app.py:3"


def test_the_reason_says_how_many_more_there_are() -> None:
    given = "low(max_output_tokens=5)\n" * 2
    (call,) = project({"llm.py": WRAPPERS, "app.py": f"{USES}{given}low()\nlow()\n"}).calls
    assert call.settings["max_tokens"].why == "some callers give it; left out at app.py:4 and 1 more"


def test_callers_of_a_wrapper_around_the_wrapper_are_looked_at() -> None:
    uses = f"{USES}middle(max_output_tokens=5)\nmiddle()\n"
    (call,) = project({"llm.py": WRAPPERS, "app.py": uses}).calls
    (left_out,) = call.settings["max_tokens"].left_out
    assert (left_out.location.line, left_out.wrapper) == (3, "middle")


def test_wrappers_that_call_each_other_end() -> None:
    circle = WRAPPERS + "def again(**options):\n    return middle(**options) or circle(**options)\n"
    circle += "def circle(**options):\n    return again(**options)\n"
    uses = "from llm import again\nagain(max_output_tokens=5)\nagain()\n"
    (call,) = project({"llm.py": circle, "app.py": uses}).calls
    assert [it.location.line for it in call.settings["max_tokens"].left_out] == [3]


def test_nobody_is_named_where_no_caller_gives_it() -> None:
    (call,) = project({"llm.py": WRAPPERS, "app.py": f"{USES}middle()\nmiddle()\nlow(**unknown())\n"}).calls
    assert call.settings["max_tokens"].left_out == ()
