"""Strange programs end soon, and the same program always gives the same model."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from .project_builder import Files, facts_of, link_program, linked, only_call, project, timeouts, word

SECONDS = 5.0
HEAD = "from openai import OpenAI\n"
ASK = 'responses.create(model="m", input="q")'


def import_cycle() -> Files:
    files = {f"m{i}.py": f"from m{(i + 1) % 30} import *\nimport m{(i + 7) % 30}\n" for i in range(30)}
    files["m0.py"] += HEAD + "client = OpenAI(timeout=7)\n"
    files["app.py"] = f"from m1 import client\nclient.{ASK}\n"
    return files


def recursion() -> Files:
    return {
        "app.py": HEAD
        + f"""
def even(n, client):
    return odd(n - 1, client) if n else client.{ASK}
def odd(n, client):
    return even(n - 1, client) if n else client.{ASK}
def own(n, client=None):
    return own(n, client or own(n)) if n else client.{ASK}
even(3, OpenAI(timeout=7))
own(3)
"""
    }


def keywords_to_itself() -> Files:
    return {
        "app.py": HEAD
        + f"""
client = OpenAI()
def ask(n, **kwargs):
    if n:
        kwargs["n"] = n
        return ask(n - 1, **kwargs)
    return client.chat.completions.create(**kwargs)
def more(*args, **kwargs):
    more(*args, **{{**kwargs, "a": 1}})
    more(*args, *args, **kwargs, **kwargs)
    return client.{ASK[:-1]}, **kwargs)
ask(3, model="m", messages=[], timeout=7)
more()
"""
    }


def dicts_in_themselves() -> Files:
    return {
        "app.py": HEAD
        + f"""
client = OpenAI()
A = {{}}
A["a"] = A
A.update(A)
B = {{**A}}
A.update(B)
def ask(options):
    options = {{**options, "deep": options}}
    while options:
        options = {{**options, **options}}
        options["again"] = options
    options.update(options)
    return client.{ASK[:-1]}, **options, **A, **B)
ask(A)
ask({{**B}})
"""
    }


def classes_that_hold_each_other() -> Files:
    return {
        "a.py": HEAD
        + f"""
from b import Child
class Parent:
    def __init__(self, child=None, client=None):
        self.child = child or Child(self)
        self.client = client or self.child.client
    def ask(self):
        return self.child.parent.child.parent.client.{ASK}
Parent(Child(Parent(client=OpenAI(timeout=7)))).ask()
""",
        "b.py": HEAD
        + f"""
import a
class Child:
    def __init__(self, parent=None):
        self.parent = parent or a.Parent(self)
        self.client = self.parent.client
    def ask(self):
        return self.parent.child.client.{ASK}
class Node(Child):
    left: "Node"
    right: "Node"
    def __init__(self, left, right):
        super().__init__(left)
        self.left, self.right = left, right
        self.left.right = self.right.left = self
    def ask(self):
        return self.left.right.left.right.client.{ASK}
""",
    }


def classes_that_inherit_from_each_other() -> Files:
    return {
        "a.py": f"from b import B\nclass A(B):\n    def ask(self):\n        return self.client.{ASK}\nA().ask()\n",
        "b.py": "from a import A\nclass B(A):\n    pass\nclass C(C):\n    def ask(self):\n"
        f"        return self.x.{ASK}\n",
    }


def wrapper_chain(length: int) -> Files:
    lines = [HEAD, f"def f0(client, **kwargs):\n    return client.{ASK[:-1]}, **kwargs)\n"]
    lines += [f"def f{i}(client, **kwargs):\n    return f{i - 1}(client, **kwargs)\n" for i in range(1, length)]
    return {"app.py": "".join(lines) + f"f{length - 1}(OpenAI(), timeout=7)\n"}


def method_chain(length: int) -> Files:
    lines = [HEAD, f"class C0:\n    client = OpenAI(timeout=7)\n    def ask(self):\n        return self.client.{ASK}\n"]
    for i in range(1, length):
        lines.append(
            f"class C{i}:\n    def __init__(self):\n        self.inner = C{i - 1}()\n"
            "    def ask(self):\n        return self.inner.ask()\n"
        )
    return {"app.py": "".join(lines) + f"C{length - 1}().ask()\n"}


def many_callers(count: int) -> Files:
    lines = [HEAD, f"def ask(seconds, prompt, **kwargs):\n    return OpenAI(timeout=seconds, **kwargs).{ASK}\n"]
    lines += [f"def caller_{i}(prompt):\n    return ask(7, prompt + '{i}')\n" for i in range(count)]
    return {"app.py": "".join(lines)}


def callers_of_callers() -> Files:
    lines = [HEAD, f"def f0_0(x):\n    return OpenAI(timeout=x).{ASK}\n"]
    for level in range(1, 8):
        for i in range(8):
            calls = "".join(f"    f{level - 1}_{k}(x)\n" for k in range(8 if level > 1 else 1))
            lines.append(f"def f{level}_{i}(x):\n{calls}")
    return {"app.py": "".join(lines) + "f7_0(7)\n"}


def subclasses(count: int) -> Files:
    lines = [
        HEAD,
        f"class B0:\n    def __init__(self, c):\n        self.c = c\n    def ask(self):\n        return self.c.{ASK}\n",
    ]
    lines += [
        f"class B{i}(B{i - 1}):\n    def __init__(self, c):\n        super().__init__(c)\n" for i in range(1, count)
    ]
    return {"app.py": "".join(lines) + f"B{count - 1}(OpenAI(timeout=7)).ask()\n"}


def many_requests(count: int) -> Files:
    body = "".join(f"    r{i} = client.{ASK}\n    print(r{i}.output_text)\n" for i in range(count))
    return {"app.py": f"{HEAD}client = OpenAI()\ndef run():\n{body}"}


def doubling() -> Files:
    lines = [HEAD, "def g0():\n    return OpenAI(timeout=7)\n"]
    lines += [f"def g{i}(flag=1):\n    return g{i - 1}() if flag else g{i - 1}()\n" for i in range(1, 40)]
    return {"app.py": "".join(lines) + f"g39().{ASK}\n"}


def doubling_with_arguments() -> Files:
    lines = [HEAD, "def g0(x):\n    return OpenAI(timeout=x)\n"]
    lines += [f"def g{i}(x):\n    return g{i - 1}(x) if x else g{i - 1}(x or 7)\n" for i in range(1, 40)]
    return {"app.py": "".join(lines) + f"g39(7).{ASK}\n"}


def decorators_in_a_circle() -> Files:
    return {
        "app.py": HEAD
        + f"""
@b
def a(f):
    return a(b(f))
@a
def b(f):
    return b(a(f))
@a
@b
def ask():
    return ask.{ASK}
"""
    }


def properties_in_a_circle() -> Files:
    return {
        "app.py": HEAD
        + f"""
class Bot:
    @property
    def client(self):
        return self.backup or OpenAI(timeout=7)
    @property
    def backup(self):
        return self.client
    def ask(self):
        return self.client.{ASK}
    def __call__(self):
        return self()
    def __enter__(self):
        return self.__enter__()
with Bot() as bot:
    bot().{ASK}
"""
    }


def defaults_in_a_circle() -> Files:
    return {
        "app.py": HEAD
        + f"def f(x=lambda: f()):\n    return x().{ASK}\ng = lambda g=g: g(g)\ng(g).{ASK}\nx = x.y[x](x)\n"
    }


def pipes_of_pipes() -> Files:
    steps = "".join(f"def pipe{i}(x):\n    return pipe{i + 1}(x) | pipe{(i + 2) % 41}(x)\n" for i in range(40))
    return {
        "app.py": "from langchain_openai import ChatOpenAI\n"
        + f"def pipe40(x):\n    return x | ChatOpenAI(timeout=7)\n{steps}pipe0(PROMPT).invoke('q')\n"
    }


def dicts_of_dicts() -> Files:
    steps = "".join(
        f"def more{i}(k):\n    return {{**more{i + 1}(k), **more{(i + 2) % 41}(k), k: {i}}}\n" for i in range(40)
    )
    return {
        "app.py": f"{HEAD}{steps}def more40(k):\n    return {{'model': 'm'}}\n"
        f"OpenAI().responses.create(input='q', **more0(KEY))\n"
    }


def methods_that_try_again(methods: int) -> Files:
    steps = "".join(
        f"    def run{i}(self, q):\n        try:\n            return self.run{i + 1}(q) or self.next{i}(q)\n"
        f"        except ValueError as error:\n            return self.mend{i}(error, q)\n"
        f"    def mend{i}(self, error, q):\n        return self.run{i}(q + str(error)) or self.mend{i // 2}(error, q)\n"
        f"    def next{i}(self, q):\n        return self.run{(i * 7 + 3) % methods}(q).text\n"
        for i in range(methods)
    )
    last = f"    def run{methods}(self, q):\n        return self.client.{ASK}\n"
    init = "class Bot:\n    def __init__(self, client):\n        self.client = client\n"
    return {"app.py": f"{HEAD}{init}{steps}{last}Bot(OpenAI(timeout=7)).run0('q').run1('q')\n"}


STRANGE: dict[str, Callable[[], Files]] = {
    "import_cycle": import_cycle,
    "recursion": recursion,
    "keywords_to_itself": keywords_to_itself,
    "dicts_in_themselves": dicts_in_themselves,
    "classes_that_hold_each_other": classes_that_hold_each_other,
    "classes_that_inherit_from_each_other": classes_that_inherit_from_each_other,
    "wrapper_chain": lambda: wrapper_chain(200),
    "method_chain": lambda: method_chain(200),
    "many_callers": lambda: many_callers(300),
    "callers_of_callers": callers_of_callers,
    "subclasses": lambda: subclasses(50),
    "many_requests": lambda: many_requests(120),
    "doubling": doubling,
    "doubling_with_arguments": doubling_with_arguments,
    "decorators_in_a_circle": decorators_in_a_circle,
    "properties_in_a_circle": properties_in_a_circle,
    "defaults_in_a_circle": defaults_in_a_circle,
    "pipes_of_pipes": pipes_of_pipes,
    "dicts_of_dicts": dicts_of_dicts,
    "methods_that_try_again": lambda: methods_that_try_again(30),
}


@pytest.mark.parametrize("name", sorted(STRANGE))
def test_strange_programs_are_linked_soon(name: str) -> None:
    facts = facts_of(STRANGE[name]())
    from prodlint.link.program import Program

    started = time.process_time()
    found = link_program(Program(facts, list(facts), lambda path: None)).project
    assert time.process_time() - started < SECONDS
    assert found.calls


def test_short_wrapper_chains_are_still_followed() -> None:
    assert timeouts(project(wrapper_chain(4))) == [7]
    assert timeouts(project(method_chain(4))) == [7]


def test_deep_chains_are_followed_or_unknown() -> None:
    assert set(timeouts(project(wrapper_chain(200)))) <= {7, "unknown"}
    assert set(timeouts(project(method_chain(200)))) <= {7, "unknown"}


def test_many_callers_that_agree_give_a_fact() -> None:
    assert timeouts(project(many_callers(300))) in ([7], ["unknown"])


DETERMINED = sorted(set(STRANGE) - {"callers_of_callers", "many_requests", "many_callers", "method_chain"})


@pytest.mark.parametrize("name", DETERMINED)
def test_the_order_of_the_files_and_a_second_run_change_nothing(name: str) -> None:
    files = STRANGE[name]()
    first = linked(files)
    shuffled = list(files)
    random.Random(7).shuffle(shuffled)
    for order in (list(files), list(reversed(files)), shuffled):
        again = linked({path: files[path] for path in order})
        assert again.project == first.project
        assert again.wanted == first.wanted


def test_what_is_parsed_first_or_on_demand_changes_nothing() -> None:
    files = {
        "llm.py": HEAD + "client = OpenAI(timeout=7)\n",
        "services/__init__.py": "from .chat import Chat\n",
        "services/chat.py": f"from llm import client\nclass Chat:\n    def ask(self):\n        return client.{ASK}\n",
        "app.py": "from services import Chat\nChat().ask()\n",
    }
    everything = project(files)
    assert project(files, asked_for=["services/chat.py"]).clients == everything.clients
    assert project(files, asked_for=["services/chat.py", "app.py"]).calls == everything.calls


def test_a_circle_gives_the_same_answer_from_every_side() -> None:
    source = f"""
        from openai import OpenAI
        def primary(broken):
            if broken:
                return secondary(broken)
            return OpenAI(timeout=7)
        def secondary(broken):
            if broken:
                return primary(broken)
            return OpenAI()
        def one(broken):
            return primary(broken).{ASK}
        def two(broken):
            return secondary(broken).{ASK}
        """
    found = project({"llm.py": source})
    assert [word(only_call(found, symbol).settings["timeout"]) for symbol in ("one", "two")] == ["unknown", "unknown"]


def test_a_circle_without_arguments_gives_the_same_answer_from_every_side() -> None:
    source = f"""
        from openai import OpenAI
        def primary():
            if BROKEN:
                return secondary()
            return OpenAI(timeout=7)
        def secondary():
            if BROKEN:
                return primary()
            return OpenAI()
        def one():
            return primary().{ASK}
        def two():
            return secondary().{ASK}
        """
    found = project({"llm.py": source})
    assert [word(only_call(found, symbol).settings["timeout"]) for symbol in ("one", "two")] == ["unknown", "unknown"]
