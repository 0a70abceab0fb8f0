"""A file read in pieces says what it says when it is read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from prodlint.extract import SyntaxFailure, extract, extract_outline, read_bodies

from .canonical import canonical

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted(
    path for folder in ("checker", "rules", "fixtures", "tests", "bench") for path in (ROOT / folder).rglob("*.py")
)

TRICKY = {
    "strings that look like code": 'def f():\n    """\ndef g():\n    """\n    return 1\n\n\nx = """\nclass A:\n"""\n',
    "brackets at the margin": "def f(\n    a,\n    b=1,\n):\n    return g(\n1,\n2)\n\nx = 1\n",
    "continued lines": "def f(): \\\n    return 1\n\ndef g():\n    x = 1 + \\\n2\n    return x\n",
    "one-line bodies": "def f(): return 1\nclass A:\n    def g(self): return 2\n    def h(self):\n        return 3\n",
    "comments between": "def f(a):  # what\n    # for\n\n# at the margin\n    return a\n# behind\nf(1)\n",
    "decorators": "@d(1)\ndef f(): ...\n@e\nasync def g(x):\n    await x\n"
    "    @f\n    def h(): return x\n    return h\n",
    "nested": "def f():\n    class A:\n        def g(self):\n            return self\n    return lambda: A()\n",
    "tabs": "def f():\n\treturn g(1)\nclass A:\n\tdef h(self):\n\t\tif self:\n\t\t\treturn 2\n",
    "a decorated beginning": "def f():\n    @d\n    def g():\n        return 1\n    return g\ndef h(\n): pass\n",
    "branches": "if x:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n",
    "a class in a class": "class A:\n    class B:\n        def f(self):\n            return 1\n"
    "    def g(self):\n        pass\n",
    "what changes the module": "a = None\ndef f():\n    global a\n    a = 1\ndef g():\n    import os\n    return os\n",
    "a method that is redefined": "class A:\n    def f(self):\n        return 1\n    def f(self):\n        return 2\n",
    "defaults and annotations": "def f(a=g(lambda: 1), *, b: 'X' = {1: 2}) -> Y:\n"
    "    a.update(b)\n    return {**b, 'x': a}\n",
    "type parameters": "def f[T: (int, str)](x: T) -> T:\n    return x\n\nclass A[T]:\n"
    "    def g(self): \n        return T\n",
    "no line end": "def f():\n    return 1",
    "wide characters": "def f():\n    return g('\U0001f600', h(1))  # \U0001f600\nx = f()\n",
    "a stub": "class A:\n    def f(self):\n        ...\n    def g(self):\n        raise NotImplementedError\n",
    "nothing but comments": "# def f():\n#    return 1\n",
}
"""What is easy to get wrong."""


def in_pieces(text: str) -> dict[str, object]:
    """What a file says of which each other body is read alone, from the end, and the rest at once."""
    facts = extract_outline(text)
    lines = text.split("\n")
    for function in list(facts.unread)[::-2]:
        facts = read_bodies(facts, lines, [function])
    facts = read_bodies(facts, lines, list(facts.unread))
    assert not facts.unread
    return canonical(facts)


@pytest.mark.parametrize("name", sorted(TRICKY))
def test_pieces_say_what_the_whole_says(name: str) -> None:
    assert in_pieces(TRICKY[name]) == canonical(extract(TRICKY[name]))


@pytest.mark.parametrize("start", range(8))
def test_pieces_of_real_files_say_what_the_whole_says(start: int) -> None:
    for path in SOURCES[start::24]:
        text = path.read_bytes().decode("utf-8", "replace")
        try:
            expected = canonical(extract(text))
        except SyntaxFailure:
            continue
        assert in_pieces(text) == expected, path


def test_bodies_are_left_out() -> None:
    text = "import a\n\n\ndef f(x):\n    y = a.b(x)\n    return y\n\n\n"
    text += "class A:\n    def g(self):\n        return f(self)\n"
    facts = extract_outline(text)
    assert [facts.functions[index].qualname for index in facts.unread] == ["f", "A.g"]
    assert facts.unread == {1: (5, 6), 2: (11, 11)}
    assert not facts.calls
    assert len(read_bodies(facts, text.split("\n"), [1]).calls) == 1


@pytest.mark.parametrize(
    "text",
    [
        "def f(): return 1\n",
        "def f(\n    a,\n): return 1\n",
        "def f():\n    global a\n    a = 1\n",
        "def f():\n    import a\n",
        "def f():\r\n    return 1\r\n",
        "if a:\n    def f():\n        return 1\n",
        "def f():\n    return f'{f'{g()}'}'\n\ndef g():\n    return [\n",
    ],
)
def test_what_cannot_be_left_out_is_read(text: str) -> None:
    try:
        assert not extract_outline(text).unread
    except SyntaxFailure as error:
        assert "not valid Python" in str(error)


def test_a_file_that_is_not_python_says_so() -> None:
    with pytest.raises(SyntaxFailure, match="not valid Python"):
        extract_outline("def f():\n    return 1\n\nclass\n")
