"""Which clients a request can run on: all of them, or none where the program does not decide it."""

from __future__ import annotations

from .project_builder import Files, module, project

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
