"""The tree made of the interpreter's parse: extraction says of it what it says of the one made of libcst's."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from prodlint.extract import SyntaxFailure, extract, from_ast
from prodlint.facts import FileFacts

ROOT = Path(__file__).parents[2]

SHAPES = {
    "arguments": """
        f((a), (b, c), *(d), k=(1), **(e))
        f(a=1, *b, c=2)
        f((  # a comment (with parentheses)
            a
        ), b)
        (f or g)((lambda x: x)(1), (yield))
        f(x for x in y)
        f((x for x in y))
        f(  # for (x)
            x for x in (y) if (z)  # a tail )
        )
    """,
    "dicts": """
        a = {"k": (1), ("l"): 2, **(b), **c, ("m", "n"): {}, "o": ((3))}
        b = {**a}
        f({(1): (2)}, {})
    """,
    "comprehensions": """
        async def f():
            a = [x async for x in y if (x) if await z]
            b = {k: (v) for k, v in (c) for w in v}
            d = {g(e)  # for nothing
                 for e in
                 h()}
            return (i for j in k for i in j if i)
    """,
    "strings": '''
        a = "one" 'two' """three"""
        b = f"{a!r:>{width()}} {{literal}} {g(a)['k']}"
        c = ("long "
             f"{h(1, x='y')} and "  # a comment
             b"bytes" if a else rb"raw")
        d = f"""
        {i(
            2
        )}
        """ + """docu
        mentation"""
        e = "\\N{BULLET}" u"\\u2022" f'{a=}'
        f = f"\\N{BULLET} {b:\\x20>{c}} \\{d!s} {{{e}}} {f'{g(1)}'} {h['}']} {i != j} {k == l = !r:^5}"
        g = rf"\\{h(2)}\\d{{3}}" r"\\{" f"""{ {"a": i(3)}["a"] } '{j(4)}' {k[1:2]} {(lambda: 5)()}"""
        h = (f"{l(6), *m}" # {n}
             \\
             'o' F"" fR"{p:{q}{r(7):s}}")
        j(f"x{k('\u4e2d')}", "\u4e2d\u6587", l=1)
    '''.replace('b"bytes" if', '"text" if'),
    "numbers": "a = 0x1f + 1_000 + 1e3 - 2j + .5 + 10**2\nb = ...\nc = not -a\nd = True is None is not False\n",
    "subscripts": """
        a[1], a[1:2], a[1:2, ::3], a[(1, 2)], a[1, 2], a[()], a[(1), 2], a[b, *c], a[f(), (g())]
        a[1, 2] = f()
        del a[0], (b), c.d
        del (e, f)
    """,
    "definitions": '''
        @decorator(1)
        # a comment
        @other
        async  def  f(a, /, b: int = (1), *args: (str), c, d="x:y", **kwargs) -> ("Optional[int]"):  # a comment: (
            """documentation"""
            def g(*, a=1): return a
            class C(B, *bases, metaclass=(M), **more): x: int = 1; y: str
            class D : pass
            class E(
                # nothing
            ):
                z: "list[str]"
            return lambda a, *b, c=1, **d: (a, b)
        def defdef(): ...
        def f \\
            (a): return a
    ''',
    "statements": """
        import a.b as c, d.e
        from . import f
        from .g.h import (i as j, k)
        from l import *
        global m
        m: int = 1
        n: "T"
        o.p: int
        m += 1; m |= n; m @= o
        assert a, (b)
        with (open(a)) as b, c, d as e.f, g() as (h, i):
            pass
        for a, *b in c: break
        else: d()
        while a:
            if b: continue
            elif c(): pass
            else:
                if d(): pass
                elif e(): pass
        else:
            f()
        try: a()
        except (B, C) as d: raise E from f
        except: raise
        else: g()
        finally: h()
    """,
    "awaiting": """
        async def f():
            async with a() as b, c:
                async for d in (e()): await (g())
            nonlocal_ = (yield), (yield x)
            h = (i := await j())
            k = l if m() else n
    """,
    "boolean": "a = b and (c and d) or e or (f or g)\nh = i < j <= k not in l in m\n",
    "match": """
        match a(), b:
            case {"k": v, **rest} if c(): d(v)
            case [1, *others, (x)]: e()
            case P(y, z=Q(w)) | (R(y) as t): pass
            case None | 1 | "s" | f.g: pass
            case (other): h()
            case _: i()
    """,
    "crlf": 'a = f(1,\r\n  (2))\r\nb = """x\r\ny"""\r\nc = ("d"\r\n  f"{e()}")\r\n',
    "wide": 'x = "\U0001f600"; f("\U0001f600", (g()), h=f"{i()}")\n\u03c0 = j(\u03c0=1)\n',
    "no_end": "def f():\n    return g()",
    "nothing": "",
    "comment": "# nothing",
}

NEWER = {
    "alias": ("type A[T: int] = list[f()]\n", "A = list[f()]\n"),
    "function": (
        "def f[T: dict[str, list[int]], *U](a: T, b) -> T: return g(a)\n",
        "def f(a: T, b) -> T: return g(a)\n",
    ),
    "over_lines": ("def f[\n    T,\n](a: T): return g(a)\n", "def f(a: T): return g(a)\n"),
    "class": ("class C[T = int]:\n    def g(self): return T\n", "class C:\n    def g(self): return T\n"),
}


def by_libcst(text: str, monkeypatch: pytest.MonkeyPatch) -> FileFacts | str:
    """What extraction says when libcst's own parser has to do."""

    def refuse(text: str) -> None:
        raise from_ast.NotHereError

    with monkeypatch.context() as patch:
        patch.setattr(from_ast, "tree", refuse)
        return facts_of(text)


def facts_of(text: str) -> FileFacts | str:
    try:
        return extract(text)
    except SyntaxFailure as error:
        return str(error)


@pytest.mark.filterwarnings("ignore:invalid escape sequence")
@pytest.mark.parametrize("name", SHAPES)
def test_both_trees_say_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = dedent(SHAPES[name])
    from_ast.tree(text)  # it can be made
    assert facts_of(text) == by_libcst(text, monkeypatch)


@pytest.mark.parametrize("text", [text for pair in NEWER.values() for text in pair], ids=lambda text: text[:9])
def test_syntax_that_is_newer_than_the_interpreter_is_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from_ast.tree(text)
    made = facts_of(text)
    assert isinstance(made, FileFacts)
    assert made == by_libcst(text, monkeypatch)


@pytest.mark.parametrize("name", NEWER)
def test_type_parameters_change_nothing_else(name: str) -> None:
    newer, older = map(extract, NEWER[name])
    assert [call.callee for call in newer.calls] == [call.callee for call in older.calls]
    assert newer.globals.keys() == older.globals.keys()


@pytest.mark.parametrize("folder", ["checker", "rules", "tests", "fixtures"])
def test_both_trees_say_the_same_of_our_own_files(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in sorted((ROOT / folder).rglob("*.py"))[:: 1 if folder == "fixtures" else 4]:
        text = path.read_bytes().decode("utf-8", "replace")
        assert facts_of(text) == by_libcst(text, monkeypatch), path


def test_what_cannot_be_made_is_read_by_libcst(monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'a = f"{f"{b()}"}"\n'  # Python 3.12
    assert facts_of(text) == by_libcst(text, monkeypatch)
    assert [str(call.callee) for call in extract(text).calls]


def test_strings_say_what_is_written_where_the_interpreter_is_too_old() -> None:
    text = 'class Box[T]: pass\na = """\ntype gpt = 3\ndef f[T](x): ...\n"""\n'
    assert str(extract(text).globals["a"]) == str(extract(text.replace("[T]: pass", ": pass")).globals["a"])


def test_what_libcst_refuses_hides_nothing_else() -> None:
    facts = extract('a = f"{not(lambda: 1)()}"\nb()\n')
    assert [call.span.line for call in facts.calls] == [1, 2]


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "0x" + "f" * 3000 + " * 0x" + "f" * 3000, "9" * 5000])
def test_numbers_that_cannot_be_printed_are_not_kept(number: str) -> None:
    assert len(str(facts_of(f"a = f({number})\n"))) < 2000


def test_many_strings_in_a_row_are_one() -> None:
    text = "a = (" + "'b'\n" * 3000 + ")\nf()\n"
    assert len(extract(text).calls) == 1


def test_a_long_line_of_wide_characters_takes_no_quadratic_time() -> None:
    text = "a = {" + ", ".join(f"'\u4e2d{number}': {number}" for number in range(4000)) + "}\nf()\n"
    assert extract(text).calls[0].span.line == 2


@pytest.mark.parametrize("text", ["x = f'{" + "(" * 900 + "1" + ")" * 900 + "}'\n", "x = '\ud800'\n"])
def test_what_no_parser_survives_is_refused(text: str) -> None:
    with pytest.raises(SyntaxFailure):
        extract(text)
