"""Which file a name in an import means."""

from __future__ import annotations

import pytest

from prodlint.link.program import Program

from .project_builder import facts_of, link_program, linked, project, timeout, timeouts

MAKES = "from openai import OpenAI\nclient = OpenAI(timeout=7)\n"
ASKS = 'client.responses.create(model="m", input="q")\n'

LAYOUTS = {
    "absolute": {"llm.py": MAKES, "app.py": "from llm import client\n" + ASKS},
    "absolute_module": {"llm.py": MAKES, "app.py": "import llm\nllm." + ASKS},
    "absolute_alias": {"llm.py": MAKES, "app.py": "from llm import client as c\nc." + ASKS.partition(".")[2]},
    "module_alias": {"pkg/__init__.py": "", "pkg/llm.py": MAKES, "app.py": "import pkg.llm as x\nx." + ASKS},
    "dotted_module": {"pkg/__init__.py": "", "pkg/llm.py": MAKES, "app.py": "import pkg.llm\npkg.llm." + ASKS},
    "module_from_package": {"pkg/__init__.py": "", "pkg/llm.py": MAKES, "app.py": "from pkg import llm\nllm." + ASKS},
    "relative_sibling": {
        "pkg/__init__.py": "",
        "pkg/llm.py": MAKES,
        "pkg/app.py": "from .llm import client\n" + ASKS,
    },
    "relative_module": {"pkg/__init__.py": "", "pkg/llm.py": MAKES, "pkg/app.py": "from . import llm\nllm." + ASKS},
    "relative_parent": {
        "pkg/__init__.py": "",
        "pkg/llm.py": MAKES,
        "pkg/web/__init__.py": "",
        "pkg/web/app.py": "from ..llm import client\n" + ASKS,
    },
    "relative_from_init": {"pkg/__init__.py": MAKES, "pkg/app.py": "from . import client\n" + ASKS},
    "relative_inside_init": {"pkg/llm.py": MAKES, "pkg/__init__.py": "from .llm import client\n" + ASKS},
    "re_export": {
        "pkg/__init__.py": "from .llm import client",
        "pkg/llm.py": MAKES,
        "app.py": "from pkg import client\n" + ASKS,
    },
    "re_export_twice_and_renamed": {
        "pkg/__init__.py": "from .inner import handle as client",
        "pkg/inner/__init__.py": "from .llm import client as handle",
        "pkg/inner/llm.py": MAKES,
        "app.py": "import pkg\npkg." + ASKS,
    },
    "star": {"llm.py": MAKES, "app.py": "from llm import *\n" + ASKS},
    "star_through_init": {
        "pkg/__init__.py": "from .llm import *",
        "pkg/llm.py": MAKES,
        "app.py": "from pkg import client\n" + ASKS,
    },
    "star_of_a_star": {
        "pkg/__init__.py": "from .a import *",
        "pkg/a.py": "from .llm import *",
        "pkg/llm.py": MAKES,
        "app.py": "from pkg import *\n" + ASKS,
    },
    "src_layout": {
        "src/pkg/__init__.py": "",
        "src/pkg/llm.py": MAKES,
        "src/pkg/app.py": "from pkg.llm import client\n" + ASKS,
    },
    "src_layout_from_outside": {
        "src/pkg/__init__.py": "",
        "src/pkg/llm.py": MAKES,
        "scripts/app.py": "from pkg.llm import client\n" + ASKS,
    },
    "namespace_package": {"space/part/llm.py": MAKES, "app.py": "from space.part.llm import client\n" + ASKS},
    "namespace_package_from": {"space/part/llm.py": MAKES, "app.py": "from space.part import llm\nllm." + ASKS},
    "nested_service_folder": {
        "services/chat/app.py": "from llm import client\n" + ASKS,
        "services/chat/llm.py": MAKES,
        "services/mail/llm.py": "from openai import OpenAI\nclient = OpenAI(timeout=99)\n",
    },
    "inside_a_function": {
        "llm.py": MAKES,
        "app.py": "def ask():\n    from llm import client\n    return " + "client." + ASKS.partition(".")[2],
    },
    "in_try_except": {
        "llm.py": MAKES,
        "app.py": "try:\n    from llm import client\nexcept ImportError:\n    client = None\n" + ASKS,
    },
    "under_type_checking_and_at_run_time": {
        "llm.py": MAKES,
        "app.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from llm import client\nelse:\n"
        "    from llm import client\n" + ASKS,
    },
}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_client_is_found_across_modules(name: str) -> None:
    assert timeouts(project(LAYOUTS[name])) == [7]


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_modules_are_read_when_they_are_asked_for(name: str) -> None:
    asking = [path for path, source in LAYOUTS[name].items() if ".create(" in source]
    assert timeouts(project(LAYOUTS[name], asked_for=asking)) == [7]


CLASHES = {
    "beside_it": {
        "chat/openai.py": "class OpenAI:\n    pass\n",
        "chat/app.py": "from openai import OpenAI\nclient = OpenAI()\n" + ASKS,
    },
    "in_a_package": {
        "providers/__init__.py": "",
        "providers/openai.py": "class OpenAI:\n    pass\n",
        "app.py": "from openai import OpenAI\nclient = OpenAI()\n" + ASKS,
    },
    "imports_itself": {"providers/openai.py": "from openai import OpenAI\nclient = OpenAI()\n" + ASKS},
    "imports_itself_at_the_top": {"openai.py": "from openai import OpenAI\nclient = OpenAI()\n" + ASKS},
}


@pytest.mark.parametrize("name", sorted(CLASHES))
def test_a_file_named_like_an_sdk_does_not_hide_it(name: str) -> None:
    assert timeouts(project(CLASHES[name])) == ["default"]


def test_a_top_level_module_named_like_an_sdk_does_hide_it() -> None:
    files = {
        "openai.py": "class OpenAI:\n    pass\n",
        "app.py": "from openai import OpenAI\nclient = OpenAI()\n" + ASKS,
    }
    assert [word for word in timeouts(project(files)) if word != "unknown"] == []


def test_a_package_of_the_project_may_be_named_like_an_sdk_when_it_is_relative() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/openai.py": "from openai import OpenAI\nclient = OpenAI(timeout=7)\n",
        "pkg/app.py": "from .openai import client\n" + ASKS,
    }
    assert timeout(files) == 7


def test_import_cycles_resolve() -> None:
    files = {
        "a.py": "import b\nfrom openai import OpenAI\nclient = OpenAI(timeout=7)\n",
        "b.py": "from a import client\n" + ASKS,
    }
    assert timeout(files) == 7


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": "from b import client\n", "b.py": "from a import client\n" + ASKS},
        {"a.py": "from b import *\n", "b.py": "from a import *\n" + ASKS},
        {"a.py": "from a import client\n" + ASKS},
        {"pkg/__init__.py": "from pkg import client\n" + ASKS},
        {"pkg/__init__.py": "from . import client\n" + ASKS},
        {"pkg/__init__.py": "from .x import *\n", "pkg/x.py": "from . import *\n" + ASKS},
    ],
    ids=["names", "stars", "own_name", "own_package", "own_package_relative", "package_and_module_stars"],
)
def test_names_that_only_go_round_in_circles_are_unknown(files: dict[str, str]) -> None:
    assert set(timeouts(project(files))) <= {"unknown"}


def test_what_the_module_defines_goes_before_a_star_import() -> None:
    files = {
        "llm.py": "from openai import OpenAI\nclient = OpenAI(timeout=99)\n",
        "app.py": "from llm import *\n" + MAKES + ASKS,
    }
    assert timeout(files) == 7


def test_a_relative_import_beyond_the_root_is_unknown() -> None:
    assert timeout({"app.py": "from ...llm import client\n" + ASKS}) == "unknown"


def test_a_module_that_cannot_be_read_is_unknown() -> None:
    files = {"llm.py": MAKES, "app.py": "from llm import client\n" + ASKS}
    program = Program(facts_of({"app.py": files["app.py"]}), list(files), lambda path: None)
    assert timeouts(link_program(program).project) == ["unknown"]


def test_the_last_of_two_bindings_of_a_name_counts() -> None:
    assert timeout("from openai import OpenAI\nclient = OpenAI()\nclient = OpenAI(timeout=7)\n" + ASKS) == 7


def test_what_a_file_that_calls_it_must_mention_is_asked_for() -> None:
    files = {
        "llm.py": MAKES + "def summarise_text(text):\n    return " + ASKS,
        "web.py": "from llm import summarise_text\n",
    }
    assert ("summarise_text", "llm") in linked(files, asked_for=["llm.py"]).wanted
