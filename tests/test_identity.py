"""What makes two findings the same: formatting does not count, everything else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from prodlint.api import Severity
from prodlint.baseline import BaselineError, Entry, entries_of, match, read, render
from prodlint.findings import Finding
from prodlint.identity import identified
from prodlint.model import Location


def finding(source: str, *, path: str = "a.py", symbol: str = "f", line: int = 1, rule: str = "r") -> Finding:
    place = Location(path=path, line=line, column=1, end_line=line, end_column=2)
    raw = Finding(rule=rule, severity=Severity.ERROR, location=place, message="m", help="h", symbol=symbol)
    (found,) = identified([raw], lambda _: source)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f(a,b)", "f(\n    a,\n    b,\n)"),
        ("f('x')", 'f("x")'),
        ("f('it\\'s')", 'f("it\'s")'),
        ("f(U'x', R'y', F'{z}')", 'f("x", r"y", f"{z}")'),
        ("f(a + b)", "f((\n    a + b\n))"),
        ("f(a, \\\n b)", "f(a, b)"),
        ("f(0XFF, 1E5, 2J)", "f(0xff, 1e5, 2j)"),
        ("f(.5, 1., 1.e5, .5J, 1E+5, 0xE+5, x[:.5])", "f(0.5, 1.0, 1.0e5, 0.5j, 1e5, 0xE + 5, x[:0.5])"),
        ("f(['a','b',],)", "f(['a', 'b'])"),
        ("f('a' 'b')", "f('ab')"),
        ("f(f'{a}' 'b')", 'f(f"{a}b")'),
        ("f(f\"{d['k']}\")", "f(f'{d[\"k\"]}')"),
        ("f(a)  # why", "f(a)"),
        ("f(\n  a,  # first\n)", "f(a)"),
        ("# prodlint: ignore[x]", "#  prodlint: ignore[x]"),
    ],
)
def test_formatting_makes_no_difference(one: str, other: str) -> None:
    assert finding(one).source_hash == finding(other, line=90).source_hash
    assert finding(one).fingerprint == finding(other, line=90).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f(a)", "f(b)"),
        ("f('a')", "f('b')"),
        ("f(1)", "f(1.0)"),
        ("f(1e5)", "f(1e-5)"),
        ("f(0.5)", "f(5.0)"),
        ("f(a)", "f(a=a)"),
        ("f('#x')", "f('#y')"),
        ("# prodlint: ignore[x]", "# prodlint: ignore[y]"),
        ("f(a - b)", "f(a + b)"),
    ],
)
def test_the_program_does(one: str, other: str) -> None:
    assert finding(one).source_hash != finding(other).source_hash


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("f(a)", "f(b, c=(1, 2))", True),
        ("f(a)", "f()", True),
        ("a.f(b).g('(')", "a.f(c)\\\n.g(')')", True),
        ("x[1](a)", "x[1](b)", True),
        ("x[1](a)", "x[2](a)", False),
        ("(a | b).f(c)", "(a | b).f(d)", True),
        ("(a | b).f(c)", "(a | d).f(c)", False),
        ("await (a)", "await (b)", False),
        ("f(a)", "g(a)", False),
        ("'f(a)'", "'f(b)'", False),
    ],
)
def test_the_outline_of_a_call_leaves_its_arguments_out(one: str, other: str, is_same: bool) -> None:
    assert (finding(one).outline_hash == finding(other, line=90).outline_hash) is is_same


def test_the_fingerprint_is_of_rule_path_and_symbol_too() -> None:
    variants = [finding("f()"), finding("f()", path="b.py"), finding("f()", symbol="g"), finding("f()", rule="s")]
    assert len({item.fingerprint for item in variants}) == 4


def test_one_more_of_the_same_is_new_and_one_less_is_left() -> None:
    three = identified([finding("f()", line=line) for line in (1, 2, 3)], lambda _: "f()")
    assert len({item.fingerprint for item in three}) == 3
    matched = match(three, entries_of(three[:2]), lambda _: False)
    assert [item.location.line for item in matched.new] == [3]
    matched = match(three[:1], entries_of(three), lambda _: False)
    assert (matched.new, len(matched.left)) == ((), 2)


def test_entries_of_a_file_that_is_gone_are_looked_for_elsewhere_one_to_one() -> None:
    old = [finding("f()"), finding("g()")]
    now = [finding("f()", path="b.py"), finding("f()", path="c.py"), finding("h()", path="b.py")]
    matched = match(now, entries_of(old), lambda path: path == "a.py")
    assert [item.location.path for _, item in matched.known] == ["b.py"]
    assert len(matched.new) == 2 and len(matched.left) == 1
    assert len(match(now, entries_of(old), lambda _: False).new) == 3


def test_a_file_reads_back_and_keeps_its_reasons(tmp_path: Path) -> None:
    entries = (
        Entry(path="b.py", rule="r", symbol="", hash="2", reason='said "so"'),
        Entry(path="a.py", rule="r", symbol="é", hash="1"),
        Entry(path="a.py", rule="r", symbol="é", hash="1"),
    )
    book = tmp_path / "book.json"
    book.write_text(render(entries), encoding="utf-8")
    back = read(book)
    assert [(entry.path, entry.nth, entry.reason) for entry in back] == [
        ("a.py", 1, ""),
        ("a.py", 2, ""),
        ("b.py", 1, 'said "so"'),
    ]
    assert render(back) == render(reversed(entries)) == book.read_text(encoding="utf-8")
    book.write_text(render(()), encoding="utf-8")
    assert read(book) == ()


def test_what_git_unites_from_two_sides_can_be_read(tmp_path: Path) -> None:
    book = tmp_path / "book.json"
    entries = [Entry(path=f"{name}.py", rule="r", symbol="", hash="1") for name in "ab"]
    lines = render(entries).splitlines()
    united = "\n".join([*lines[:4], lines[3], *lines[3:]]).replace("},\n  ]", "},\n  ]")
    book.write_text(united, encoding="utf-8")
    assert len(read(book)) == 4
    book.write_text(united.replace("}\n  ]", "},\n  ]"), encoding="utf-8")
    assert len(read(book)) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<<<<<<< HEAD\n", "merge conflict"),
        ("[1", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a baseline"),
        ('{"version": 9, "entries": []}', "is of version 9"),
        ('{"version": 1, "entries": [7]}', "entry 1 is not an object"),
        ('{"version": 1, "entries": [{"rule": 3}]}', "entry 1 is not an object"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "book.json").write_text(text, encoding="utf-8")
    with pytest.raises(BaselineError, match=words) as caught:
        read(tmp_path / "book.json")
    assert "book.json" in str(caught.value)
