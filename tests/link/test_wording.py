"""What the words in front of a call's name rule out, without resolving them."""

from __future__ import annotations

import pytest

from .project_builder import link_program, module, program_of

REQUESTS = {
    "in_sight": "client.files.get(name='a')",
    "by_a_variable": "files.get(name='a')",
    "by_a_parameter": "describe(client.files)",
    "by_an_attribute": "Store().files.get(name='a')",
    "handed_over": "asyncio.to_thread(client.files.get, name='a')",
    "held": "get(name='a')",
}


@pytest.mark.parametrize("call", REQUESTS.values(), ids=REQUESTS)
def test_a_request_of_a_part_of_a_client_is_found_where_the_part_is_named(call: str) -> None:
    found = module(f"""
        import asyncio
        from google import genai

        client = genai.Client()
        files = client.files
        get = client.files.get

        class Store:
            def __init__(self):
                self.files = client.files

        def describe(files):
            return files.get(name="a")

        def main():
            return {call}
    """)
    assert [call.operation for call in found.calls] == ["files.get"]


@pytest.mark.parametrize(
    ("call", "is_read"),
    [
        ("options.get('timeout')", False),
        ("options.logger.info('x')", False),
        ("print(options.get)", False),
        ("print(options.content)", False),
        ("options.schema.extend([])", False),
        ("options.videos.extend('a')", True),
        ("options.messages.append('a')", False),
        ("options.conversations.append('a')", True),
        ("options.copy()", False),
        ("options.copy('a', 'b')", True),
        ("options.files.get('a')", True),
        ("options.generate_content('a')", True),
    ],
)
def test_no_module_is_read_for_what_is_named_like_something_else(call: str, is_read: bool) -> None:
    files = {
        "app.py": f"""
            from google import genai
            from settings import options

            def main():
                genai.Client()
                return {call}
        """,
        "settings.py": "options = {}\n",
    }
    program = program_of(files, asked_for=["app.py"])
    assert not link_program(program).project.calls
    assert ("settings.py" in program.modules) == is_read


CALLED = """
    from langchain_openai import ChatOpenAI
    import settings

    class Bot:
        @property
        def own(self):
            return self.llm

        def plain(self):
            return settings.options

        def __init__(self):
            self.llm = ChatOpenAI()

        def ask(self, q):
            return {call}
"""


@pytest.mark.parametrize(
    ("call", "is_read"),
    [
        ("settings.options.lower(q)", False),
        ("settings.options.model_dump_json()", False),
        ("settings.options.plain(q)", True),
        ("settings.options.translate(q)", True),
        ("settings.options.llm(q)", True),
        ("settings.options.somewhere(q)", True),
        ("settings.options(q)", True),
    ],
)
def test_no_module_is_read_for_methods_where_objects_can_be_called(call: str, is_read: bool) -> None:
    files = {"app.py": CALLED.format(call=call), "settings.py": "options = {}\n"}
    program = program_of(files, asked_for=["app.py"])
    assert not link_program(program).project.calls
    assert ("settings.py" in program.modules) == is_read


@pytest.mark.parametrize("call", ["self.llm(q)", "self.own(q)", "Bot().llm(q)"])
def test_objects_that_are_called_make_requests(call: str) -> None:
    assert [found.operation for found in module(CALLED.format(call=call)).calls] == ["__call__"]


ELSEWHERE = {
    "held": ("self.process = client.responses.create", "self.process(model='m', input=q)", "responses.create"),
    "held_without_arguments": (
        "self.count = partial(client.responses.create, model='m', input='x')",
        "self.count()",
        "responses.create",
    ),
    "attribute": ("self.index = client.vector_stores", "self.index.search('a', query=q)", "vector_stores.search"),
    "property": ("self.client = client", "self.part.search('a', query=q)", "vector_stores.search"),
    "function": ("pass", "part_of().search('a', query=q)", "vector_stores.search"),
    "item": (
        "self.parts = {'a': client.vector_stores}",
        "self.parts['a'].search('a', query=q)",
        "vector_stores.search",
    ),
    "default": ("pass", "with_default(q)", "vector_stores.search"),
    "looked_up": ("pass", "getattr(client, 'vector_stores').search('a', query=q)", "vector_stores.search"),
}


@pytest.mark.parametrize(("before", "call", "operation"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_part_of_a_client_is_known_under_another_name(before: str, call: str, operation: str) -> None:
    found = module(f"""
        from functools import partial
        from openai import OpenAI

        client = OpenAI()

        def part_of():
            return client.vector_stores

        def with_default(q, part=client.vector_stores):
            return part.search("a", query=q)

        class Service:
            def __init__(self):
                {before}

            @property
            def part(self):
                return self.client.vector_stores

            def ask(self, q):
                return {call}

        Service().ask("q")
    """)
    assert operation in {call.operation for call in found.calls}


STEPS = {
    "global": ("import predictors", "predictors.answer(q=q)"),
    "named_like_a_method": ("translate = dspy.Predict('q -> a')", "translate(q=q)"),
    "attribute_like_a_method": ("s = Service()\ns.title = dspy.Predict('q -> a')", "s.title(q=q)"),
    "injected": ("from deps import Deps\ndeps = Deps(answer=dspy.Predict('q -> a'))", "deps.answer(q=q)"),
}


@pytest.mark.parametrize(("before", "call"), STEPS.values(), ids=STEPS)
def test_an_object_named_like_a_method_is_called(before: str, call: str) -> None:
    files = {
        "predictors.py": "import dspy\n\nanswer = dspy.Predict('q -> a')\n",
        "deps.py": "from dataclasses import dataclass\n\n@dataclass\nclass Deps:\n    answer: object\n",
        "app.py": "import dspy\n\nclass Service:\n    def answer(self, q):\n        return q\n\n"
        f"{before}\n\ndef main(q):\n    return {call}\n",
    }
    program = program_of(files, asked_for=["app.py", "predictors.py"])
    assert [call.operation for call in link_program(program).project.calls] == ["__call__"]
