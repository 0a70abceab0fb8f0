"""Programs that change a setting in ways that are easily overlooked: the default must not be stated as a fact."""

from __future__ import annotations

from textwrap import dedent

import pytest

from .project_builder import Files, project, timeouts

HEAD = "from openai import OpenAI\n"
ASK = 'responses.create(model="m", input="q")'
WITH = 'responses.create(model="m", input="q", **params)'

CHANGED: dict[str, str] = {
    "helper_of_a_helper": """
        def add(p):
            p["timeout"] = 5
        def prepare(p):
            add(p)
        def ask():
            params = {}
            prepare(params)
            return OpenAI().WITH
    """,
    "lambda": """
        def ask():
            params = {}
            (lambda p: p.update(timeout=5))(params)
            return OpenAI().WITH
    """,
    "in_place_or_in_a_helper": """
        def add(p):
            p |= {"timeout": 5}
        def ask():
            params = {}
            add(params)
            return OpenAI().WITH
    """,
    "closure": """
        def ask():
            params = {}
            def add():
                params["timeout"] = 5
            add()
            return OpenAI().WITH
    """,
    "in_a_list": """
        def add(items):
            for item in items:
                item["timeout"] = 5
        def ask():
            params = {}
            add([params])
            return OpenAI().WITH
    """,
    "second_item_of_a_module_dict": """
        params = {}
        def first():
            params["user"] = "me"
        def second():
            params["timeout"] = 5
        def ask():
            return OpenAI().WITH
    """,
    "update_of_a_module_dict": """
        params = {}
        def add():
            params.update(timeout=5)
        def ask():
            return OpenAI().WITH
    """,
    "method_with_the_dict_as_attribute": """
        class Bot:
            def __init__(self):
                self.params = {}
            def add(self):
                self.params["timeout"] = 5
            def ask(self):
                params = self.params
                return OpenAI().WITH
    """,
    "update_of_an_attribute": """
        class Bot:
            def __init__(self):
                self.params = {}
            def add(self):
                self.params.update(timeout=5)
            def ask(self):
                params = self.params
                return OpenAI().WITH
    """,
    "class_attribute_dict": """
        class Bot:
            params = {}
            def add(self):
                self.params["timeout"] = 5
            def ask(self):
                params = self.params
                return OpenAI().WITH
    """,
    "rebound_then_broken_off": """
        def ask(xs):
            client = OpenAI()
            for x in xs:
                if x:
                    client = OpenAI(timeout=5)
                    break
            return client.ASK
    """,
    "dict_changed_before_continue": """
        def ask(xs):
            params = {}
            for x in xs:
                if x:
                    params["timeout"] = 5
                    continue
                print(x)
            return OpenAI().WITH
    """,
    "raised_in_a_branch": """
        def ask(x):
            client = OpenAI()
            try:
                if x:
                    client = OpenAI(timeout=5)
                    raise ValueError
            except ValueError:
                pass
            return client.ASK
    """,
    "nonlocal": """
        def outer():
            client = OpenAI()
            def replace():
                nonlocal client
                client = OpenAI(timeout=5)
            replace()
            return client.ASK
    """,
    "attribute_set_by_a_caller": """
        class Bot:
            def __init__(self):
                self.client = OpenAI()
            def ask(self):
                return self.client.ASK
        bot = Bot()
        bot.client = OpenAI(timeout=5)
    """,
    "attribute_set_in_another_method_through_a_local": """
        class Bot:
            def __init__(self):
                self.client = OpenAI()
            def ask(self):
                return self.client.ASK
            def patch(self):
                me = self
                me.client = OpenAI(timeout=5)
    """,
    "setattr": """
        class Bot:
            def __init__(self):
                self.client = OpenAI()
            def ask(self):
                return self.client.ASK
        setattr(Bot(), "client", OpenAI(timeout=5))
    """,
    "timeout_attribute_of_the_client": """
        client = OpenAI()
        client.timeout = 5
        def ask():
            return client.ASK
    """,
    "overridden_method": """
        class Base:
            def make(self):
                return OpenAI()
            def ask(self):
                return self.make().ASK
        class Bot(Base):
            def make(self):
                return OpenAI(timeout=5)
        Bot().ask()
    """,
    "overridden_attribute": """
        class Base:
            client = OpenAI()
            def ask(self):
                return self.client.ASK
        class Bot(Base):
            client = OpenAI(timeout=5)
        Bot().ask()
    """,
    "overridden_init": """
        class Base:
            def __init__(self):
                self.client = OpenAI()
            def ask(self):
                return self.client.ASK
        class Bot(Base):
            def __init__(self):
                self.client = OpenAI(timeout=5)
        Bot().ask()
    """,
    "two_star_imports": """
        from first import *
        from second import *
        def ask():
            return shared.ASK
    """,
    "monkeypatched_module": """
        import settings
        settings.client = OpenAI(timeout=5)
        def ask():
            return settings.client.ASK
    """,
    "lambda_sees_a_later_client": """
        def outer():
            client = OpenAI()
            ask = lambda: client.ASK
            client = OpenAI(timeout=5)
            return ask()
    """,
    "conditional_update": """
        def ask(x):
            params = {}
            x and params.update(timeout=5)
            return OpenAI().WITH
    """,
    "globals_dict": """
        client = OpenAI()
        def replace():
            globals()["client"] = OpenAI(timeout=5)
        def ask():
            return client.ASK
    """,
    "exec": """
        def ask(code):
            params = {}
            exec(code)
            return OpenAI().WITH
    """,
    "global_in_a_for": """
        client = OpenAI()
        def replace():
            global client
            for client in [OpenAI(timeout=5)]:
                pass
        def ask():
            return client.ASK
    """,
    "item_of_a_dict_of_dicts": """
        OPTIONS = {"a": {}}
        OPTIONS["a"]["timeout"] = 5
        def ask():
            params = OPTIONS["a"]
            return OpenAI().WITH
    """,
    "local_item_of_a_dict_of_dicts": """
        def ask():
            options = {"a": {}}
            options["a"]["timeout"] = 5
            params = options["a"]
            return OpenAI().WITH
    """,
    "returned_dict_is_changed": """
        def base():
            return {}
        def ask():
            params = base()
            params["timeout"] = 5
            return OpenAI().WITH
    """,
    "returned_dict_is_updated": """
        def base():
            return {}
        def ask():
            params = base()
            params.update(timeout=5)
            return OpenAI().WITH
    """,
    "module_dict_is_changed_locally": """
        BASE = {}
        def ask():
            params = BASE
            params["timeout"] = 5
            return OpenAI().WITH
    """,
    "module_dict_copy_is_changed_locally": """
        BASE = {}
        def ask():
            params = BASE.copy()
            params["timeout"] = 5
            return OpenAI().WITH
    """,
    "deep_copy_is_changed": """
        import copy
        BASE = {}
        def ask():
            params = copy.deepcopy(BASE)
            params["timeout"] = 5
            return OpenAI().WITH
    """,
    "parameter_dict_is_changed": """
        def ask(params):
            params["timeout"] = 5
            return OpenAI().WITH
        ask({})
    """,
    "parameter_dict_is_updated": """
        def ask(params):
            params.update(timeout=5)
            return OpenAI().WITH
        ask({})
    """,
    "element_of_a_list": """
        def ask():
            everything = [{}]
            for params in everything:
                params["timeout"] = 5
            return OpenAI().WITH
    """,
    "operator_setitem": """
        import operator
        def ask():
            params = {}
            operator.setitem(params, "timeout", 5)
            return OpenAI().WITH
    """,
    "dict_update_unbound": """
        def ask():
            params = {}
            dict.update(params, timeout=5)
            return OpenAI().WITH
    """,
    "bound_method": """
        def ask():
            params = {}
            add = params.update
            add(timeout=5)
            return OpenAI().WITH
    """,
}

OTHERS = {
    "two_star_imports": {
        "first.py": HEAD + "shared = OpenAI()\n",
        "second.py": HEAD + "shared = OpenAI(timeout=5)\n",
    },
    "monkeypatched_module": {"settings.py": HEAD + "client = OpenAI()\n"},
}


@pytest.mark.parametrize("name", sorted(CHANGED))
def test_a_default_is_not_stated_where_something_sets_it(name: str) -> None:
    source = HEAD + dedent(CHANGED[name]).replace("WITH", WITH).replace("ASK", ASK)
    files: Files = {"service.py": source, **OTHERS.get(name, {})}
    found = timeouts(project(files))
    assert found, "the request is not seen"
    assert "default" not in found
