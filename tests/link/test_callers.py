"""Who calls a function, and what that gives its parameters and attributes."""

from __future__ import annotations

import pytest

from .project_builder import module, only_call, project, timeout, timeouts, word

HEAD = "from openai import OpenAI\n"
ASK = 'responses.create(model="m", input="q")'

SEVEN = {
    "method_through_self": """
        class Bot:
            def ask(self):
                return self.request(7)
            def request(self, seconds):
                return OpenAI(timeout=seconds).{ask}
    """,
    "instance_in_attribute": """
        class Llm:
            def __init__(self, seconds):
                self.client = OpenAI(timeout=seconds)
            def ask(self):
                return self.client.{ask}
        class Service:
            def __init__(self):
                self.llm = Llm(7)
            def run(self):
                return self.llm.ask()
    """,
    "instance_in_module_global": """
        class Llm:
            def __init__(self, *, seconds=99):
                self.client = OpenAI(timeout=seconds)
            def ask(self):
                return self.client.{ask}
        llm = Llm(seconds=7)
        llm.ask()
    """,
    "keyword": """
        def ask(prompt, *, seconds=99):
            return OpenAI(timeout=seconds).{ask}
        ask("x", seconds=7)
    """,
    "two_callers_that_agree": """
        def ask(seconds):
            return OpenAI(timeout=seconds).{ask}
        def one():
            return ask(7)
        def two():
            return ask(seconds=7)
    """,
    "keywords_passed_on": """
        def ask(**kwargs):
            return OpenAI(**kwargs).{ask}
        ask(timeout=7)
    """,
    "keywords_from_a_visible_dict": """
        def ask(seconds):
            return OpenAI(timeout=seconds).{ask}
        options = {{"seconds": 7}}
        ask(**options)
    """,
    "positional_splat_of_a_tuple": """
        def ask(*args):
            return OpenAI(timeout=args[0]).{ask}
        ask(7)
    """,
    "inherited_init": """
        class Base:
            def __init__(self, seconds):
                self.client = OpenAI(timeout=seconds)
        class Bot(Base):
            def ask(self):
                return self.client.{ask}
        Bot(7).ask()
    """,
    "super_init": """
        class Base:
            def __init__(self, seconds):
                self.client = OpenAI(timeout=seconds)
        class Bot(Base):
            def __init__(self):
                super().__init__(7)
            def ask(self):
                return self.client.{ask}
        Bot().ask()
    """,
    "super_init_old_style": """
        class Base:
            def __init__(self, seconds):
                self.client = OpenAI(timeout=seconds)
        class Bot(Base):
            def __init__(self):
                super(Bot, self).__init__(seconds=7)
            def ask(self):
                return self.client.{ask}
        Bot().ask()
    """,
    "super_init_two_levels_up": """
        class Root:
            def __init__(self, seconds):
                self.client = OpenAI(timeout=seconds)
        class Middle(Root):
            pass
        class Bot(Middle):
            def __init__(self):
                super().__init__(7)
            def ask(self):
                return self.client.{ask}
    """,
    "classmethod_constructor": """
        class Bot:
            def __init__(self, client):
                self.client = client
            @classmethod
            def create(cls):
                return cls(OpenAI(timeout=7))
            def ask(self):
                return self.client.{ask}
        Bot.create().ask()
    """,
    "classmethod_by_self": """
        class Bot:
            @classmethod
            def client(cls, seconds):
                return OpenAI(timeout=seconds)
            def ask(self):
                return self.client(7).{ask}
    """,
    "staticmethod": """
        class Bot:
            @staticmethod
            def client(seconds):
                return OpenAI(timeout=seconds)
            def ask(self):
                return self.client(7).{ask}
    """,
    "staticmethod_through_the_class": """
        class Bot:
            @staticmethod
            def client(seconds=7):
                return OpenAI(timeout=seconds)
        def ask():
            return Bot.client().{ask}
    """,
    "alias_of_a_function": """
        def make(seconds):
            return OpenAI(timeout=seconds)
        build = make
        def ask():
            return build(7).{ask}
    """,
    "alias_of_a_class": """
        Client = OpenAI
        def ask():
            return Client(timeout=7).{ask}
    """,
    "alias_of_a_method": """
        client = OpenAI(timeout=7)
        create = client.responses.create
        def ask():
            return create(model="m", input="q")
    """,
    "property": """
        class Bot:
            @property
            def client(self):
                return OpenAI(timeout=self.seconds)
            seconds = 7
            def ask(self):
                return self.client.{ask}
    """,
    "method_of_a_parameter": """
        class Llm:
            client = OpenAI(timeout=7)
        def ask(llm: Llm):
            return llm.client.{ask}
    """,
    "context_manager_function": """
        from contextlib import contextmanager
        @contextmanager
        def connect(seconds):
            yield OpenAI(timeout=seconds)
        def ask():
            with connect(7) as client:
                return client.{ask}
    """,
    "context_manager_class": """
        class Connection:
            def __enter__(self):
                return OpenAI(timeout=7)
            def __exit__(self, *error):
                return None
        def ask():
            with Connection() as client:
                return client.{ask}
    """,
    "callable_instance": """
        class Maker:
            def __call__(self, seconds):
                return OpenAI(timeout=seconds)
        make = Maker()
        def ask():
            return make(7).{ask}
    """,
    "nested_function_closure": """
        def outer(seconds):
            client = OpenAI(timeout=seconds)
            def ask():
                return client.{ask}
            return ask()
        outer(7)
    """,
    "lambda_factory": """
        make = lambda seconds: OpenAI(timeout=seconds)
        def ask():
            return make(7).{ask}
    """,
    "dict_of_clients": """
        CLIENTS = {{"fast": OpenAI(timeout=7), "slow": OpenAI()}}
        def ask():
            return CLIENTS["fast"].{ask}
    """,
    "tuple_of_clients": """
        def make():
            return OpenAI(timeout=7), 1
        def ask():
            client, _ = make()
            return client.{ask}
    """,
    "global_statement": """
        client = None
        def connect():
            global client
            client = OpenAI(timeout=7)
        def ask():
            return client.{ask}
    """,
    "lazy_singleton": """
        _client = None
        def get():
            global _client
            if _client is None:
                _client = OpenAI(timeout=7)
            return _client
        def ask():
            return get().{ask}
    """,
    "walrus": """
        def ask():
            if (client := OpenAI(timeout=7)):
                return client.{ask}
    """,
    "subclass_of_the_sdk_class_is_not_needed": """
        def make(kind):
            match kind:
                case "a":
                    client = OpenAI(timeout=7)
                case _:
                    client = OpenAI(timeout=7, max_retries=1)
            return client
        def ask(kind):
            return make(kind).{ask}
    """,
}


@pytest.mark.parametrize("name", sorted(SEVEN))
def test_the_timeout_is_followed_to_where_it_is_given(name: str) -> None:
    from textwrap import dedent

    source = HEAD + dedent(SEVEN[name].format(ask=ASK))
    assert timeout({"service.py": source}) == 7


def test_the_default_of_a_parameter_holds_in_an_application() -> None:
    source = f"{HEAD}def ask(seconds=7):\n    return OpenAI(timeout=seconds).{ASK}\nask()\n"
    assert timeout({"service.py": source, "app.py": "from fastapi import FastAPI\napp = FastAPI()\n"}) == 7


UNDECIDED = {
    "default_that_users_of_a_library_may_replace": """
        def ask(seconds=7):
            return OpenAI(timeout=seconds).{ask}
        ask()
    """,
    "two_callers_that_differ": """
        def ask(seconds):
            return OpenAI(timeout=seconds).{ask}
        ask(7)
        ask(None)
    """,
    "one_caller_unknown": """
        def ask(seconds):
            return OpenAI(timeout=seconds).{ask}
        ask(7)
        register(ask)
        ask(settings().seconds)
    """,
    "no_caller_and_a_none_default": """
        def ask(seconds=None):
            return OpenAI(timeout=seconds).{ask}
    """,
    "client_from_nowhere": """
        def ask(client):
            return client.{ask}
    """,
    "client_of_either_kind": """
        def ask(slow):
            client = OpenAI(timeout=None) if slow else OpenAI(timeout=7)
            return client.{ask}
    """,
    "client_given_or_made": """
        class Bot:
            def __init__(self, client=None):
                self.client = client or OpenAI()
            def ask(self, prompt):
                return self.client.{ask}
        Bot(client=OpenAI(timeout=7))
    """,
    "setattr": """
        class Bot:
            def __init__(self, **options):
                for name, value in options.items():
                    setattr(self, name, value)
            def ask(self):
                return self.client.{ask}
    """,
    "fields_of_a_settings_object": """
        def ask(config):
            return OpenAI(timeout=config.timeout, max_retries=config.retries).{ask}
    """,
}


@pytest.mark.parametrize("name", sorted(UNDECIDED))
def test_what_cannot_be_told_is_no_fact(name: str) -> None:
    from textwrap import dedent

    source = HEAD + dedent(UNDECIDED[name].format(ask=ASK))
    found = timeouts(project({"service.py": source}))
    assert found, "the request is not seen"
    assert set(found) <= {"unknown", "set"}


def test_settings_travel_across_modules() -> None:
    files = {
        "config.py": "import os\nTIMEOUT = 7\nRETRIES = int(os.getenv('RETRIES', '4'))\n"
        "DEFAULTS = {'temperature': 0}\n",
        "llm.py": """
            from openai import OpenAI
            import config
            class Llm:
                def __init__(self, retries=config.RETRIES):
                    self.client = OpenAI(timeout=config.TIMEOUT, max_retries=retries)
                def ask(self, prompt, **options):
                    options = {**config.DEFAULTS, **options}
                    return self.client.chat.completions.create(model="m", messages=prompt, **options)
        """,
        "app.py": "from fastapi import FastAPI\nfrom llm import Llm\napp = FastAPI()\nLlm().ask([], max_tokens=5)\n",
    }
    call = only_call(project(files))
    names = ("timeout", "retries", "temperature", "max_tokens", "stream")
    assert [word(call.settings[name]) for name in names] == [7, "set", 0, 5, "default"]


def test_a_class_configured_in_another_module() -> None:
    files = {
        "settings.py": "class Settings:\n    timeout = 7\n    model = 'm'\nsettings = Settings()\n",
        "app.py": f"from settings import settings\n{HEAD}OpenAI(timeout=settings.timeout).{ASK}\n",
    }
    assert timeout(files) == 7


def test_an_override_in_a_subclass_in_another_module() -> None:
    files = {
        "base.py": f"{HEAD}class Base:\n    def client(self):\n        return OpenAI()\n    def ask(self):\n"
        f"        return self.client().{ASK}\n",
        "bot.py": f"{HEAD}from base import Base\nclass Bot(Base):\n    def client(self):\n"
        "        return OpenAI(timeout=7)\nBot().ask()\n",
    }
    assert timeout(files) in ("unknown", "set", 7)


def test_the_constructor_is_the_place_of_a_client_and_lists_its_requests() -> None:
    found = project(
        {
            "llm.py": "from openai import OpenAI\nclient = OpenAI()\n",
            "a.py": f"from llm import client\ndef one():\n    return client.{ASK}\n",
            "b.py": f"import llm\ndef two():\n    return llm.client.{ASK}\n",
        }
    )
    assert [(client.location.path, client.location.line, client.is_constructor) for client in found.clients] == [
        ("llm.py", 2, True)
    ]
    assert [call.location.path for call in found.clients[0].calls] == ["a.py", "b.py"]


def test_a_module_global_reassigned_to_another_client_in_a_function() -> None:
    found = module(
        f"""
        from openai import OpenAI
        client = OpenAI()
        def reset():
            global client
            client = OpenAI(timeout=7)
        def ask():
            return client.{ASK}
        """
    )
    assert timeouts(found) == ["unknown"]
