"""Imports read from bytes: the same ones as by the whole pattern, and in linear time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodlint.import_text import STATEMENT, ImportedName, _beginning, loaded, loading, names, statements, summary

ROOT = Path(__file__).parents[1]

SHAPES = {
    "plain": (b"import a.b as c, d\n", ["a.b", "d"]),
    "several in a line": (b"x = 1; import a; from b import c\n", ["a", "b.c"]),
    "behind a colon": (b"if x: import a\ntry: from b import (c)\nexcept E: pass\n", ["a", "b.c"]),
    "over lines": (b"from a import (  # nothing (here)\n    b,\n    c as d,\n)\nimport e\n", ["a.b", "a.c", "e"]),
    "continued": (b"from \\\n  a \\\n  import b\nimport c\n", ["a.b", "c"]),
    "continued by CRLF": (b"from a \\\r\n  import b\r\n", ["a.b"]),
    "behind a comment with a backslash": (b"# a folder \\\nimport a\n", ["a"]),
    "behind a continued line": (b"try: \\\n  import a\nexcept E: pass\n", ["a"]),
    "byte order mark": (b"\xef\xbb\xbfimport a\n", ["a"]),
    "form feed": (b"\x0cimport a\n\x0cfrom b import c\n", ["a", "b.c"]),
    "other letters": ("import mod\u00e8le\nfrom \u4e2d.\u6587 import b\n".encode(), ["mod\u00e8le", "\u4e2d.\u6587.b"]),
    "relative": (b"from . import a\nfrom ..b.c import d\n", [".a", "..b.c.d"]),
    "no import": (b"x = 'import a'\nimportant = 1\n# import b\nfrom_import = 2\n", []),
}


def written(imported: ImportedName) -> str:
    inner = ".".join(part for part in (imported.module, imported.name) if part)
    return "." * imported.level + inner


@pytest.mark.parametrize("name", SHAPES)
def test_imports_are_read(name: str) -> None:
    text, expected = SHAPES[name]
    assert [written(imported) for imported in names(text)] == expected
    assert list(names(summary(text))) == list(names(text))


def test_the_summary_says_what_the_file_says() -> None:
    for path in [*ROOT.glob("checker/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("fixtures/**/*.py")]:
        text = path.read_bytes()
        if path != Path(__file__):  # which has imports in its texts
            assert set(names(summary(text))) == set(names(text)), path
            assert set(loaded(summary(text))) == set(loaded(text)), path


PIECES = st.sampled_from(
    [
        "import a",
        "from b import c",
        "from d import (",
        "e)",
        "\n",
        "\n",
        "\\\n",
        "    ",
        "; ",
        "if x: ",
        "# ",
        "import (",
    ]
)


@given(st.lists(PIECES, max_size=12))
def test_no_statement_is_missed_that_begins_its_line(pieces: list[str]) -> None:
    text = "".join(pieces).encode()
    whole = [match[0] for match in re.finditer(STATEMENT, text) if b"import" in match[0]]
    if b"(" not in text and b"\\" not in text and b"#" not in text:
        assert statements(text) == whole


PLAIN = (
    rb"(?m:(?:^(?:\xef\xbb\xbf)?|[;:])[ \t\f]*(?:from|import)\b(?:[^\n\\;(]|\\\r?\n)*"
    rb"[ \t]*(?:\((?:[^()#]|#[^\n]*)*\)|(?:[^\n\\;(]|\\\r?\n|\\)*))"
)
"""A statement in the shortest words. In brackets that nothing closes it takes a time that doubles with each comment."""

TRICKY = st.lists(
    st.sampled_from(
        [
            *(b"\n", b"\n", b"\r\n", b"\\\n", b"\\\r\n", b"\\", b"\x0c", b"\t", b"    ", b"\xef\xbb\xbf", b"\n\n"),
            *(
                b"import a",
                b"from b import c",
                b"from .d import (",
                b"e)",
                b"(",
                b")",
                b", f as g",
                b"; ",
                b": ",
                b"if x: ",
            ),
            *(
                b"import",
                b"from",
                b"from h import*",
                b"from importlib import i",
                b"'import j'",
                b"important",
                b"\xc3\xa8",
            ),
            *(
                b"# k",
                b"# (l)",
                b"# import m (",
                b"n" * 120,
                b"\nfrom " + b"o" * 199 + b" import p",
                b"\nimport q; import r",
            ),
            *(
                b"\nfrom s import (\n  t,  # u\n  v\n)",
                b"\nimport w",
                b'"""\nimport x\n"""',
                b" " * 30,
                b"class Y(z.Z):",
            ),
            *(
                b"import_module('a')",
                b"reimport(\n b'c')",
                b'require("d")',
                b"LazyThing( 'e' )",
                b"azy('",
                b"azy_loading('f')",
            ),
        ]
    ),
    max_size=14,
).map(b"".join)


def one_by_one(text: bytes) -> list[bytes]:
    found: list[bytes] = []
    end = 0
    for word in re.finditer(b"import", text):
        begins = _beginning(text, word.start(), end) if word.start() >= end else None
        match = None if begins is None else re.compile(STATEMENT).match(text, begins)
        if match is not None and match.end() > word.start():
            found.append(match[0])
            end = match.end()
    return found


@given(TRICKY)
def test_statements_that_follow_each_other_are_read_as_each_alone(text: bytes) -> None:
    assert statements(text) == one_by_one(text)


@given(TRICKY.filter(lambda text: text.count(b"#") < 8))
def test_a_statement_is_what_its_plain_definition_says(text: bytes) -> None:
    assert re.findall(STATEMENT, text) == re.findall(PLAIN, text)


@given(TRICKY)
def test_loading_is_found_by_its_words(text: bytes) -> None:
    named = rb"\w{0,30}\s*\(\s*[a-zA-Z]?[\"']([\w.\x80-\xff]+)[\"']"
    found = [match for word in (b"import", b"require", b"azy") for match in re.finditer(word + named, text)]
    assert loading(text) == [match[0] for match in found]
    assert list(loaded(text)) == [match[1].decode() for match in found]


@pytest.mark.parametrize(
    "row",
    [
        b'{"from": "de", "kind": "import", "n": 1},\n',
        b"# import\n",
        b"from x: important\n",
        b"; import_ \\\n",
        b"import (" + b"#a" * 30 + b"\n",
        b"import (\n" + b"#a\n" * 30,
        b"import b\n\n",
    ],
)
def test_texts_about_imports_take_linear_time(row: bytes) -> None:
    def seconds(rows: int) -> float:
        text = b"import a\n" + row * rows
        best = 9.0
        for _ in range(3):
            started = time.process_time()
            summary(text)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(8_000) < 40 * max(seconds(1_000), 0.001)
