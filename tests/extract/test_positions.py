"""Places: the spans of calls and strings are those that `ast` gives, in UTF-16 columns."""

from __future__ import annotations

import ast
import random
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodlint.extract import extract
from prodlint.facts import Span

SMILE = "\N{GRINNING FACE}"
KANJI = "\u6f22\u5b57"


def lines_of(text: str) -> list[bytes]:
    """The lines as `ast` counts them, in UTF-8."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "surrogatepass").split(b"\n")


def span_of(node: ast.expr | ast.arg | ast.keyword, lines: list[bytes]) -> Span:
    """The span of a node of `ast`, whose columns are 0-based and in UTF-8 bytes."""

    def column(line: int | None, offset: int | None) -> int:
        assert line is not None
        assert offset is not None
        before = lines[line - 1][:offset].decode("utf-8")
        return len(before.encode("utf-16-le")) // 2 + 1

    assert node.end_lineno is not None
    return Span(
        node.lineno,
        column(node.lineno, node.col_offset),
        node.end_lineno,
        column(node.end_lineno, node.end_col_offset),
    )


def expected_calls(text: str) -> list[Span]:
    """The spans of all calls outside f-strings, whose inner places `ast` of Python 3.11 and older does not know."""
    tree = ast.parse(text)
    inside = {id(node) for joined in ast.walk(tree) if isinstance(joined, ast.JoinedStr) for node in ast.walk(joined)}
    lines = lines_of(text)
    return sorted(
        span_of(node, lines) for node in ast.walk(tree) if isinstance(node, ast.Call) and id(node) not in inside
    )


def expected_arguments(text: str) -> list[Span]:
    tree = ast.parse(text)
    lines = lines_of(text)
    found = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            found += [span_of(keyword, lines) for keyword in call.keywords]
            # The brackets around an argument belong to it for us and not for `ast`.
            found += [span_of(item, lines) for item in call.args]
    return sorted(found)


def found_calls(text: str) -> list[Span]:
    return sorted(call.span for call in extract(text).calls)


SOURCES = {
    "plain": "f(1)\ng(f(2), x=h())\n",
    "kanji_before": f'x = "{KANJI}"; f("{KANJI}", g())\n',
    "astral_before": f'x = "{SMILE}"; f("{SMILE}{SMILE}", g(1)); h()\n',
    "astral_on_another_line": f'f("""{SMILE}\n{SMILE}""", g())\n',
    "combining": 'x = "e\u0301"; f()\n',
    "names": f"{KANJI} = f({KANJI}=g({KANJI}))\n",
    "tabs": "if x:\n\tf(\t1,\tg( )\t)\n",
    "tabs_and_spaces": "if x:\n  \tf()\n  \tif y:\n  \t\tg()\n",
    "form_feed": "f()\n\x0c\ng()\nif x:\n    h()\n\x0c\n    i()\n",
    "form_feed_before_a_statement": "f()\n\x0cif x:\n    h()\ni()\n",
    "crlf": "f()\r\nif x:\r\n    g(\r\n        1,\r\n    )\r\n",
    "cr": "f()\rif x:\r    g(\r        1)\r",
    "mixed": "f()\r\ng()\nh()\r\nif x:\n    i(\r\n    1)\n",
    "crlf_in_a_string": 'f("""a\r\nb""", g())\r\n',
    "no_final_newline": "f()\ng(1)",
    "comments": f"# {SMILE}\nf(  # {KANJI}\n    1,  # x\n    g(),\n)  # end\n",
    "over_lines": "x = (\n    f\n    .g()\n    .h(\n        1\n    )\n)\n",
    "in_brackets": "x = ((f()))\ny = (f)((g)((1)))\n",
    "backslash": "x = f(1) + \\\n    g(2)\n",
    "chained": "a.b().c().d(e())\n",
    "subscripts": "a[f()](g())[h()]()\n",
    "await": "async def f():\n    await g(await h())\n    return (await (i()))\n",
    "lambda": "f(lambda x=g(): h(x))\n",
    "comprehension": "[f(x) for x in g() if h(x)]\n",
    "star": "f(*g(), *i(), **h())\n",
    "semicolons": "f(); g(); h()\n",
    "one_line": "if f(): g()\nwhile h(): i(); j()\n",
    "class_body": "class A(f()):\n    x = g()\n    def m(self, y=h()): return i()\n",
    "deep": "def a():\n    def b():\n        class C:\n            def d(self):\n                return f(\n"
    "                    g())\n",
    "walrus": "if (x := f()) and (y := g(x)): h()\n",
    "conditional": "x = f() if g() else h()\n",
    "print_with_brackets": "print(('a' 'b'))\n",
    "spaces": "f  ( 1 , g (  ) )\n",
    "unicode_separators_are_no_line_ends": 'x = "\u2028\u2029\x85\x0b\x1c"; f()\ng()\n',
    "control_characters": 'x = "\x1d\x1e"; f()\n',
    "return_of_brackets": "def f():\n    return (\n        g(1)\n    )\n",
    "empty_lines_with_blanks": "if x:\n    f()\n   \n\t\n    g()\n",
    "dedented_comment": "if x:\n    f()\n# c\n    g()\n",
    "byte_string": 'f(b"abc", g())\n',
    "trailing_comma": "f(g(),)\n",
    "generator_argument": "f(g(x) for x in h())\n",
    "type_hints": "x: 'f()' = g()\ndef h(a: i() = j()) -> k(): pass\n",
    "match": "match f():\n    case [x, y] if g(x): h()\n    case A(): i()\n",
    "global": "def f():\n    global x\n    x = g()\n",
    "with_brackets": "with (f() as a, g() as b):\n    h()\n",
}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_calls_stand_where_ast_says(name: str) -> None:
    assert found_calls(SOURCES[name]) == expected_calls(SOURCES[name])


def test_calls_on_decorators() -> None:
    text = "@f(1)\n@g.h(\n    2)\nclass A:\n    @i()  # x\n    def m(self): j()\n"
    assert found_calls(text) == expected_calls(text)


def test_calls_inside_f_strings() -> None:
    text = f'x = f"{SMILE}{{f(1)}} {{g(h(2))!r:>10}}"\ny = (f"a{{i()}}" f"{{j()}}")\n'
    found = extract(text)
    lines = text.split("\n")
    texts = []
    for call in sorted(found.calls, key=lambda item: item.span):
        assert call.span.line == call.span.end_line
        units = lines[call.span.line - 1].encode("utf-16-le")
        texts.append(units[2 * call.span.column - 2 : 2 * call.span.end_column - 2].decode("utf-16-le"))
    assert sorted(texts) == ["f(1)", "g(h(2))", "h(2)", "i()", "j()"]


@pytest.mark.parametrize("name", ["plain", "kanji_before", "astral_before", "star", "spaces", "crlf", "over_lines"])
def test_arguments_stand_where_ast_says(name: str) -> None:
    found = [item for call in extract(SOURCES[name]).calls for item in call.arguments if not item.stars]
    expected = [span for span in expected_arguments(SOURCES[name])]
    assert {item.span for item in found} <= set(expected)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_dict_entries_stand_where_their_key_begins_and_their_value_ends(end: str) -> None:
    text = f'p = {{"{SMILE}": 1, "b":{end}  2}}{end}p["c"] = 3{end}p.update(d=4){end}f(**p){end}'
    entries = extract(text).calls[-1].arguments[0].value.entries
    spans = [tuple(entry.span) for entry in entries]
    assert spans[:2] == [(1, 6, 1, 13), (1, 15, 2, 4)]
    assert [span[:2] for span in spans[2:]] == [(3, 1), (4, 10)]


def test_functions_and_classes_stand_at_their_headers() -> None:
    text = dedent(
        """\
        @decorate(1)
        async def f(
            a: int,
            b=2,
        ) -> None:
            return None
        def g(): return 1
        class A(
            B,
        ):
            def m(self): pass
            x = lambda y: y
        """
    )
    found = extract(text)
    lines = text.split("\n")
    ends = {item.qualname: lines[item.span.end_line - 1][: item.span.end_column - 1] for item in found.functions[1:]}
    starts = {item.qualname: lines[item.span.line - 1][item.span.column - 1 :] for item in found.functions[1:]}
    assert starts["f"].startswith(("@decorate", "async def f("))
    assert starts["g"].startswith("def g(")
    assert starts["A.m"].startswith("def m(")
    assert starts["A.<lambda>"].startswith("lambda y")
    assert ends["f"] == ") -> None"
    assert found.classes[0].span == Span(8, 1, 10, 2)


def test_the_header_of_a_function_on_one_line_ends_before_its_body() -> None:
    assert extract("def g(): return 1\n").functions[1].span == Span(1, 1, 1, 8)


def test_the_header_of_a_function_ends_before_the_comment_behind_it() -> None:
    assert extract("def g():  # x\n    return 1\n").functions[1].span == Span(1, 1, 1, 8)


def test_cells_do_not_change_the_places_in_the_text() -> None:
    text = "f()\ng()\n"
    assert [call.span for call in extract(text, cells=(1, 2)).calls] == [call.span for call in extract(text).calls]


# Generated programs

NAMES = ["f", "obj.call", "a.b.c", KANJI, "x\u0301y"]
LITERALS = [
    "1",
    '"s"',
    f'"{SMILE}"',
    f"'{KANJI}'",
    '"""a\nb"""',
    f'"""{SMILE}\n\n{KANJI}"""',
    "r'\\d'",
    "b'x'",
    "None",
    "-1",
]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 0) -> str:
    if depth > 3 or draw(st.booleans()):
        return draw(st.sampled_from([*NAMES, *LITERALS]))
    blank = draw(st.sampled_from(["", " ", "\n ", "\t", "  # c\n", "\\\n"]))
    inside = draw(st.lists(expressions(depth=depth + 1), min_size=0, max_size=3))
    kind = draw(st.integers(0, 7))
    if blank == "\\\n" and kind in (0, 1):
        blank = " "
    if kind <= 1:
        named = [f"k{i}={item}" if draw(st.booleans()) else item for i, item in enumerate(inside)]
        named.sort(key=lambda item: item.startswith("k"))
        return f"{draw(st.sampled_from(NAMES))}({blank}{f',{blank}'.join(named)}{blank})"
    if kind == 2:
        return f"[{', '.join(inside)}]"
    if kind == 3:
        return "{" + ", ".join(f"{item}: {item}" for item in inside) + "}"
    if kind == 4 and inside:
        return f"({inside[0]})"
    if kind == 5 and len(inside) > 1:
        return f"({inside[0]} + {inside[1]})"
    if kind == 6 and inside:
        return f"(lambda: {inside[0]})"
    if kind == 7 and inside:
        return f"({inside[0]}).m({', '.join(inside[1:])})"
    return "f()"


@st.composite
def programs(draw: st.DrawFn) -> str:
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    step = draw(st.sampled_from(["    ", "\t", " "]))
    lines: list[str] = []
    level = 0
    for expression in draw(st.lists(expressions(), min_size=1, max_size=8)):
        head = draw(
            st.sampled_from(["", "", "x = ", "return ", "if y: ", "if y:", "def f():", "for z in w:", "\x0c", "# c"])
        )
        if head == "# c":
            lines.append(f"{step * level}# {SMILE}")
            head = ""
        if head == "\x0c":
            lines.append("\x0c")
            head = ""
        if head.endswith(":"):
            lines.append(step * level + head)
            level += 1
            head = ""
        if head == "return ":
            head = "x = "
        lines.append(step * level + head + expression)
        if level and draw(st.booleans()):
            level -= 1
    return end.join("\n".join(lines).split("\n")) + draw(st.sampled_from(["", end]))


@settings(max_examples=80)
@given(programs())
def test_generated_programs_have_the_places_of_ast(text: str) -> None:
    try:
        expected = expected_calls(text)
    except SyntaxError:
        return
    assert found_calls(text) == expected


def test_the_generator_makes_programs_that_compile() -> None:
    chance = random.Random(3)
    sources = [source for name, source in SOURCES.items() if name != "cr"]
    for _ in range(40):
        text = "\n".join(source.rstrip("\r\n") for source in chance.sample(sources, 4)) + "\n"
        assert found_calls(text) == expected_calls(text)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "  # why"])
@pytest.mark.parametrize("header", ["def f(x)", "async def f()", "class A", "class A(B, c=1)"])
def test_the_header_of_a_one_line_definition_ends_before_its_body(header: str, end: str) -> None:
    found = extract(f"import b\n{header}: pass{end}")
    span = found.functions[1].span if "def" in header else found.classes[0].span
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 1, 2, len(header) + 1)
