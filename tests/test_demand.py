"""Questions to files: what is asked of few, or found in several steps, is what all of it would be in one."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from prodlint.demand import Mentions, _without_definitions, _Words, has_imports, may_call, may_import
from prodlint.import_text import STATEMENT, summary

PATHS = ("a.py", "app/llm.py", "app/__init__.py", "app/llm/base.py", "lib/own.py", "x-y/mod.py", "\u00e8/mod.py")
MODULES = (*PATHS, "app/llm/__init__.py", "src/own.py", "app/base/const.py", "litellm.py", "-/mod.py", "__init__.py")
LINES = (
    *(b"import a", b"import litellm", b"from app import llm", b"from app.llm import base", b"from . import z"),
    *(
        b"from .base import q",
        b"from .. import mod",
        b"from x-y import mod",
        "import \u00e8.mod".encode(),
        b"import own",
    ),
    *(
        b"from app.base import (\n    const,  # app\n)",
        b"import_module('app.llm')",
        b"x = 'import a'",
        b"from .import mod",
    ),
    *(b"LazyModule('own')", b"from src import own", b"import q - mod", b"import app.const; import base"),
)
TEXTS = st.dictionaries(st.sampled_from(PATHS), st.lists(st.sampled_from(LINES), max_size=5).map(b"\n".join))


@given(TEXTS, st.lists(st.sampled_from(MODULES), max_size=5))
def test_no_file_that_may_import_a_module_is_left_out(texts: dict[str, bytes], modules: list[str]) -> None:
    mentions = Mentions()
    for path, text in texts.items():
        mentions.add(path, summary(text))
    question = may_import(modules)
    says = question.answer()
    meant = {path for path, text in mentions.texts.items() if says(path, text)}
    assert meant <= question.likely(mentions)
    assert meant == {path for path, text in texts.items() if says(path, text)}


def test_a_file_is_asked_only_where_it_mentions_a_module_and_its_folder() -> None:
    mentions = Mentions()
    mentions.add("a.py", b"from app.llm import x")
    mentions.add("b.py", b"from app import const")
    mentions.add("c.py", b"import llm, application")
    assert may_import(["app/llm.py"]).likely(mentions) == {"a.py", "c.py"}
    assert has_imports({"b.py": b"import os"}).likely(mentions) == {"b.py"}


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                b"\n",
                b"\n",
                b"\r\n",
                b"\\\n",
                b" ",
                b"  ",
                b":",
                b";",
                b"(",
                b")",
                b"#",
                b"\xef\xbb\xbf",
                b"\x0c",
                b"x",
            ),
            *(
                b"import a",
                b"from b import c",
                b"from d import (",
                b"class E(",
                b"class F:",
                b"class G(H):",
                b"def i",
                b"def ",
            ),
            *(b"async def j(k):", b"undef l", b"name", b"call()", b"class\\\n M (n)\n:", b"def\n o", b'"""'),
        ]
    ),
    max_size=16,
).map(b"".join)


@given(PIECES.filter(lambda text: text.count(b"#") < 8))
def test_imports_bases_and_names_of_definitions_are_left_out(text: bytes) -> None:
    whole = STATEMENT + rb"|(?m:^[ \t]*class\s+\w+\s*\([^)]*\)\s*:|\bdef\s+\w+)"
    assert _without_definitions(text) == re.sub(whole, b"", text)


@given(st.text(alphabet="ab_1 -.\u00e8\n"), st.sets(st.text(alphabet="ab-.\u00e8", min_size=1, max_size=3)))
def test_words_are_found_between_other_bytes(text: str, words: set[str]) -> None:
    data = text.encode()
    wanted = {word.encode() for word in words}
    found = {word for word in wanted if re.search(rb"\b" + re.escape(word) + rb"\b", data)}
    assert _Words(wanted).found_in(data) == found


def test_a_name_counts_beside_what_it_needs() -> None:
    pairs = [("ask", "llm"), ("ask", "app/"), ("mod", "other"), ("mod\u00e8le", "llm")]
    anywhere, imported = (may_call(pairs, only_imports=only).answer() for only in (False, True))
    assert anywhere("a.py", b"# llm\nask()\n") and not imported("a.py", b"# llm\nask()\n")
    assert imported("a.py", b"import llm\nask()\n") and imported("app/a.py", b"ask()\n")
    assert not anywhere("a.py", b"# other\nask()\n") and not anywhere("a.py", b"# llm\ntask()\n")
    assert not anywhere("app/a.py", b"from x import ask\ndef ask(): ...\n")
    assert anywhere("a.py", "# llm\nmod\u00e8le()\n".encode())
