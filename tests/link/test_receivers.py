"""Which clients a request can run on: all of them, or none where the program does not decide it."""

from __future__ import annotations

import pytest

from .project_builder import Files, link_program, linked, module, program_of, project, timeouts

REGISTRY = """
    from openai import OpenAI

    class Plain:
        def __init__(self, client):
            self.client = client

        def ask(self, q):
            return self.client.responses.create(model="m", input=q)

    class Chatty:
        def __init__(self, client):
            self.client = client

        def ask(self, q):
            return self.client.chat.completions.create(model="m", messages=q)

    class PlainMaker:
        def bot(self, client):
            return Plain(client)

    class ChattyMaker:
        def bot(self, client):
            return Chatty(client)

    MAKERS = {"plain": PlainMaker(), "chatty": ChattyMaker()}

    def get_maker(name):
        return MAKERS[name]

    def main(kind):
        client = OpenAI()
        return get_maker(NAME).bot(client).ask("q")
"""


def clients_of(files: Files | str) -> dict[str, list[str]]:
    """The requests on each constructor call in the project, by the line where it stands: `service.py:3`."""
    found = module(files) if isinstance(files, str) else project(files)
    return {
        f"{client.location.path}:{client.location.line}": [call.operation for call in client.calls]
        for client in found.clients
        if client.is_constructor
    }


def test_a_registry_read_with_an_unknown_name_decides_no_client() -> None:
    assert clients_of(REGISTRY.replace("NAME", "kind")) == {}


def test_a_registry_read_with_a_constant_name_decides_the_client() -> None:
    assert clients_of(REGISTRY.replace("NAME", '"plain"')) == {"service.py:32": ["responses.create"]}


def test_a_registry_of_clients_read_with_an_unknown_name_stands_for_each() -> None:
    found = clients_of("""
        from openai import OpenAI

        CLIENTS = {
            "fast": OpenAI(timeout=3),
            "slow": OpenAI(),
        }

        def ask(kind, q):
            return CLIENTS[kind].responses.create(model="m", input=q)
    """)
    assert found == {"service.py:5": ["responses.create"], "service.py:6": ["responses.create"]}


def test_a_wrapper_around_one_of_several_clients_is_followed_to_each() -> None:
    found = clients_of("""
        import instructor
        from openai import AzureOpenAI, OpenAI

        def make(azure):
            if azure:
                client = AzureOpenAI()
            else:
                client = OpenAI()
            return instructor.from_openai(client)

        def ask(q, shape, azure):
            return make(azure).chat.completions.create(model="m", messages=q, response_model=shape)
    """)
    assert found == {"service.py:7": ["chat.completions.create"], "service.py:9": ["chat.completions.create"]}


def test_a_request_belongs_to_the_clients_of_its_kind() -> None:
    found = clients_of("""
        from openai import AsyncOpenAI, OpenAI

        def make(is_async):
            return (
                AsyncOpenAI()
                if is_async
                else OpenAI()
            )

        class Bot:
            def __init__(self, is_async):
                self.client = make(is_async)

            def ask(self, q):
                reply = self.client.responses.create(model="m", input=q)
                return reply.output_text

            async def aask(self, q):
                reply = await self.client.chat.completions.create(model="m", messages=q)
                return reply.choices

            async def stream(self, q):
                async with self.client.chat.completions.stream(model="m", messages=q) as events:
                    async for event in events:
                        print(event)

            def start(self, q):
                return self.client.completions.create(model="m", prompt=q)
    """)
    assert found == {
        "service.py:6": ["chat.completions.create", "chat.completions.stream", "completions.create"],
        "service.py:8": ["responses.create", "completions.create"],
    }


def test_an_awaited_request_is_not_that_of_a_synchronous_client() -> None:
    source = """
        from openai import OpenAI
        client = OpenAI()

        async def ask(q):
            return await client.responses.create(model="m", input=q)
    """
    assert clients_of(source) == {}
    assert [call.is_async for call in module(source).calls] == [True]


@pytest.mark.parametrize(
    ("imported", "made", "name"),
    [
        ("from xai_sdk.aio.client import Client as Async", "Async", "xai_sdk.AsyncClient"),
        ("import xai_sdk", "xai_sdk.Client", "xai_sdk.Client"),
        ("from google.genai.client import Client", "Client", "genai.Client"),
        ("from openai._client import Client as C", "C", "openai.Client"),
        ("from openai import Client", "Client", "openai.Client"),
    ],
)
def test_a_client_is_named_as_its_sdk_offers_it(imported: str, made: str, name: str) -> None:
    found = module(f"""
        {imported}
        client = {made}()
        client.chat.create(model="m").sample()
        client.models.generate_content(model="m", contents="q")
        client.responses.create(model="m", input="q")
    """)
    assert [client.name for client in found.clients if client.is_constructor] == [name]


SUPER = """
    import openai
    from openai import OpenAI

    class Client(OpenAI):
        def ask(self, q):
            def handle():
                return super(Client, self).responses.create(model="m", input=q)
            return run(handle)

    class Audio(openai.Audio):
        @classmethod
        def transcribe(cls, file):
            def handle(*args, **kwargs):
                return super(Audio, cls).transcribe(*args, **kwargs)
            return run(handle, file)

    class Base:
        def transcribe(self, file):
            return file

    class Recorder(Base):
        def transcribe(self, file):
            return super(Recorder, self).transcribe(file)
"""


def test_super_with_arguments_is_followed_in_a_nested_function() -> None:
    assert [(call.operation, call.symbol) for call in module(SUPER).calls] == [
        ("responses.create", "Client.ask.handle"),
        ("openai.Audio.transcribe", "Audio.transcribe.handle"),
    ]


FIELDS: Files = {
    "base.py": """
        from ollama import AsyncClient
        from pydantic import BaseModel

        class Base(BaseModel):
            client: AsyncClient
            other: AsyncClient | None = None
    """,
    "chat.py": """
        from ollama import AsyncClient
        from base import Base

        class Chat(Base):
            def __init__(self, client: AsyncClient | None = None, host: str = "") -> None:
                super().__init__(
                    client=client or AsyncClient(host=host),
                    other=AsyncClient(timeout=9),
                )

            async def ask(self, q):
                await self.other.embed(model="m", input=q)
                return await self.client.chat(model="m", messages=q)
    """,
    "given.py": """
        from ollama import AsyncClient
        from base import Base

        class Given(Base):
            def __init__(self, client: AsyncClient) -> None:
                super().__init__(client=client)

            async def ask(self, q):
                return await self.client.generate(model="m", prompt=q)
    """,
}


def test_a_field_of_a_base_class_is_what_the_constructor_hands_on() -> None:
    assert clients_of(FIELDS) == {"chat.py:8": ["chat"], "chat.py:9": ["embed"]}


@pytest.mark.parametrize(
    "handed",
    [
        "asyncio.to_thread(OpenAI)",
        "asyncio.to_thread(partial(OpenAI, api_key=key))",
        "anyio.to_thread.run_sync(partial(OpenAI, api_key=key))",
        "asyncio.get_running_loop().run_in_executor(None, partial(OpenAI, api_key=key))",
        "hass.async_add_executor_job(partial(OpenAI, api_key=key))",
        "asyncio.to_thread(lambda: OpenAI(api_key=key))",
        "in_thread(partial(OpenAI, api_key=key))",
    ],
)
def test_what_a_thread_makes_is_followed(handed: str) -> None:
    found = clients_of(f"""
        import asyncio
        import anyio
        from functools import partial
        from openai import OpenAI

        async def in_thread(target, *args):
            return await asyncio.get_running_loop().run_in_executor(None, target, *args)

        async def ask(hass, key, q):
            client = await {handed}
            return await asyncio.to_thread(client.responses.create, model="m", input=q)
    """)
    assert list(found.values()) == [["responses.create"]]


def test_a_client_that_a_helper_makes_in_a_thread_stands_where_it_is_put_together() -> None:
    found = clients_of("""
        import asyncio
        from functools import partial
        from openai import OpenAI

        async def in_thread(target, *args):
            return await asyncio.get_running_loop().run_in_executor(None, target, *args)

        async def ask(q):
            client = await in_thread(
                partial(OpenAI)
            )
            return await asyncio.to_thread(client.responses.create, model="m", input=q)
    """)
    assert found == {"service.py:11": ["responses.create"]}


def test_the_settings_of_a_client_that_a_thread_makes_are_read() -> None:
    found = module("""
        import asyncio
        from functools import partial
        from openai import AsyncOpenAI

        async def ask(q):
            client = await asyncio.to_thread(partial(AsyncOpenAI, timeout=7))
            return await client.responses.create(model="m", input=q)
    """)
    assert timeouts(found) == [7]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("OpenAI()", {}),
        ("instructor.patch(OpenAI())", {"service.py:5": ["chat.completions.create"]}),
        ("instructor.from_openai(OpenAI())", {"service.py:5": ["chat.completions.create"]}),
    ],
)
def test_a_keyword_of_a_wrapper_alone_tells_that_the_client_is_wrapped(client: str, expected: object) -> None:
    found = clients_of(f"""
        import instructor
        from openai import OpenAI

        default = {client}

        def ask(q, shape):
            return default.chat.completions.create(model="m", messages=q, response_model=shape)
    """)
    assert found == expected


PAGE = "import streamlit as st, openai\nfrom store import setup\nsetup()\ndef ask(q):\n    return st.session_state{}\n"
STORE = "import streamlit as st\nfrom made import make\ndef setup():\n    st.session_state['llm'] = make()\n"
MADE = "from openai import OpenAI\ndef make():\n    return OpenAI(timeout=9)\n"


@pytest.mark.parametrize("place", [".llm", "['llm']", ".get('llm')"])
def test_who_may_keep_a_client_where_a_request_has_it_from_is_wanted(place: str) -> None:
    request = f"{place}.responses.create(model='m', input=q)"
    files = {"page.py": PAGE.format(request), "store.py": STORE, "made.py": MADE}
    assert ("session_state", "llm") in linked(files, asked_for=["page.py"]).wanted
    assert timeouts(project(files, asked_for=["page.py", "store.py"])) == [9]


@pytest.mark.parametrize("place", [".llm", "['llm']"])
def test_a_body_that_is_left_unread_may_keep_the_client(place: str) -> None:
    request = f"{place}.responses.create(model='m', input=q, max_output_tokens=setup.limit)"
    files = {"page.py": "import store\nprint(store.setup)\n" + PAGE.format(request), "store.py": STORE, "made.py": MADE}
    program = program_of(files, asked_for=["page.py"])
    assert program.module("store.py") is not None
    assert timeouts(link_program(program).project) == [9]


def test_a_container_that_nobody_else_has_is_not_looked_for() -> None:
    source = (
        "import json, os, openai\ndef ask(q):\n    json.loads(q)['llm'].create(q)\n    os.environ['llm'].create(q)\n"
    )
    assert not {pair for pair in linked({"page.py": source}).wanted if "llm" in pair and pair[0] != "environ"}
