"""Any text gives facts or a clean failure, soon, and the same ones every time."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import prodlint
from prodlint.extract import SyntaxFailure, extract
from prodlint.facts import FileFacts

PACKAGE = Path(prodlint.__file__).parent
REAL = [path for path in sorted(PACKAGE.glob("*.py")) if path.stat().st_size < 16_000]
SECONDS = 2.0


def facts_or_failure(text: str) -> FileFacts | None:
    """The facts; None for a clean failure."""
    try:
        return extract(text)
    except SyntaxFailure as failure:
        assert str(failure)
        assert failure.line is None or failure.line >= 1
        return None


@settings(max_examples=120)
@given(st.text(max_size=200))
def test_arbitrary_text_never_crashes(text: str) -> None:
    facts_or_failure(text)


TOKENS = [
    "def f(x):",
    "class A:",
    "if x:",
    "else:",
    "try:",
    "except E:",
    "finally:",
    "for i in x:",
    "while x:",
    "with x as y:",
]
TOKENS += [
    "match x:",
    "case [a, *b]:",
    "case {'k': v, **r}:",
    "case _:",
    "x = 1",
    "x: int",
    "x += 1",
    "del x",
    "return x",
]
TOKENS += [
    "global x",
    "nonlocal x",
    "yield x",
    "await x",
    "pass",
    "break",
    "continue",
    "raise",
    "lambda: x",
    "x = {**x}",
]
TOKENS += [
    "x['a'] = x",
    "x.update(x)",
    "x.append(x)",
    "x = x or x",
    "assert x",
    "from . import x",
    "import x.y as z",
    "@x",
]
TOKENS += [
    "(x := x)",
    "[x for x in x if x]",
    "f'{x!r:{x}}'",
    "x = [x, *x]",
    "async def f():",
    "async with x: pass",
    "x |= x",
]
TOKENS += [
    "x.y.z = x",
    "x, (y, *z) = x",
    "type X = int",
    "except* E:",
    "print(x, *x, **x)",
    "x[1:2] = x",
    "x[()]",
    "...",
]


@settings(max_examples=120)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(TOKENS)), max_size=25))
def test_arbitrary_statements_never_crash(lines: list[tuple[int, str]]) -> None:
    facts_or_failure("\n".join("    " * level + token for level, token in lines) + "\n")


ONE_LINERS = (
    "def g(): pass",
    "class C: x = f(x)",
    "async def h(x): return f(x)",
    "with f(x) as y: f(y)",
    "if x: x = 3",
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Statements with their suites in order, so that most of them parse."""
    lines: list[str] = ["async def f(x, y=None, *z, **w):", "    pass"]
    level = 1
    for token in draw(
        st.lists(st.sampled_from([token for token in TOKENS if not token.startswith(("case", "@"))]), max_size=30)
    ):
        level = max(1, level - draw(st.sampled_from([0, 0, 0, 1, 2])))
        if token.startswith(("except", "finally", "else")):
            continue
        lines.append("    " * level + token)
        if token == "try:":
            lines.append("    " * level + "    x = 2")
            lines.append("    " * level + draw(st.sampled_from(["except E as x:", "finally:"])))
            level += 1
        elif token == "match x:":
            lines.append("    " * level + "    case {'k': x, **y}: x = y")
            lines.append("    " * level + "    case [*x] if x: pass")
        elif token.endswith(":"):
            level += 1
        if lines[-1].endswith(":"):
            lines.append("    " * level + "x = f(x, **w)")
    lines.extend(draw(st.lists(st.sampled_from(ONE_LINERS), max_size=2)))
    return "\n".join(lines) + draw(st.sampled_from(["\n", "", "  # end", "\r\n"]))


@settings(max_examples=100)
@given(programs())
def test_mostly_valid_programs_never_crash(text: str) -> None:
    facts_or_failure(text)


def mutations(text: str, chance: random.Random) -> str:
    """The text with lines deleted, doubled, moved, indented or cut."""
    lines = text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 6)):
        if not lines:
            break
        at = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = "    " + lines[at]
            case 4:
                lines[at] = lines[at][4:]
            case 5:
                start = chance.randrange(len(lines))
                part = lines[start : start + chance.randint(2, 10)]
                chance.shuffle(part)
                lines[start : start + len(part)] = part
    return "".join(lines)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_mutated_real_sources_never_crash(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    chance = random.Random(path.name)
    assert facts_or_failure(text) is not None
    parsed = sum(facts_or_failure(mutations(text, chance)) is not None for _ in range(5))
    assert parsed >= 0


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.sampled_from(["walk.py", "facts.py", "model.py", "exclusion.py"]))
def test_cut_real_sources_never_crash(seed: int, name: str) -> None:
    text = (PACKAGE / name).read_text(encoding="utf-8")
    chance = random.Random(seed)
    start = chance.randrange(len(text))
    facts_or_failure(text[start : start + 3_000])


# Facts depend on the text alone.


@pytest.mark.parametrize("path", REAL[:6], ids=lambda path: path.stem)
def test_equal_text_gives_equal_facts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first, second = extract(text), extract(text)
    assert first == second
    assert repr(first) == repr(second)


def test_facts_survive_pickling() -> None:
    for path in REAL[:6]:
        found = extract(path.read_text(encoding="utf-8"))
        assert pickle.loads(pickle.dumps(found)) == found


def test_facts_are_the_same_in_another_process_with_another_hash_seed() -> None:
    script = "import sys; from prodlint.extract import extract; print(repr(extract(sys.stdin.read())))"
    text = (PACKAGE / "walk.py").read_text(encoding="utf-8")
    key = (
        "gs"
        + "k_"
        + "".join(random.Random(5).choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=52))
    )
    text += f'\nGROQ_API_KEY = "{key}"\n'
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(PACKAGE.parent), "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert key not in outputs[0]


def test_line_ends_do_not_change_the_facts() -> None:
    text = (PACKAGE / "exclusion.py").read_text(encoding="utf-8")
    assert extract(text.replace("\n", "\r\n")) == extract(text)


def test_python_does_not_comment_on_the_code_under_analysis() -> None:
    # Since 3.12 such a warning is shown by default: it would stand among the user's output.
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        extract('x = "\\.\\d"\n')
    assert seen == []


# Work in proportion to the text.

LINES = "\n".join


def nested(head: str, depth: int, body: str) -> str:
    lines = [f"{' ' * level}{head.format(level)}" for level in range(depth)]
    return LINES([*lines, f"{' ' * depth}{body}", ""])


LARGE = {
    "chain": "x = a" + ".b().c()" * 300 + "\n",
    "chain_of_names": "x = a" + ".b" * 600 + "\n",
    "chain_over_lines": "x = (a\n" + "  .b(1)\n" * 300 + ")\n",
    "dict_of_constants": "X = {" + ", ".join(f"'k{i}': {i}" for i in range(2_000)) + "}\n",
    "dict_of_calls": "X = {" + ", ".join(f"'k{i}': f({i}, a=g())" for i in range(1_000)) + "}\n",
    "dict_of_dicts": "X = {" + ", ".join(f"'k{i}': {{'a': [1, 2, {{'b': 3}}]}}" for i in range(600)) + "}\n",
    "nested_ifs": nested("if c{}:", 60, "x = f()"),
    "nested_ifs_with_dicts": "def f(p):\n p = {}\n" + nested(" if c{}:", 60, " p['a'] = f(**p)"),
    "if_else_ladder": "".join(f"{'if' if not i else 'elif'} c == {i}:\n    x = f({i})\n" for i in range(200))
    + "g(x)\n",
    "ifs_in_a_row": "p = {}\n" + "".join(f"if c{i}:\n    p['k{i % 9}'] = f(**p)\n    x = {i}\n" for i in range(300)),
    "nested_loops": nested("for i{0} in f{0}():", 12, "x = g(x)"),
    "nested_whiles": nested("while f{0}(x):", 12, "x = g(x)"),
    "nested_loops_with_dicts": "p = {}\n" + nested("for i{0} in p:", 12, "p = {**p, 'a': p}"),
    "nested_tries": nested("try:", 12, "x = f(x)")
    + LINES(f"{' ' * level}except E:\n{' ' * level} x = g(x)" for level in reversed(range(12)))
    + "\n",
    "nested_withs": nested("with f{0}() as x{0}:", 18, "g()"),
    "nested_functions": nested("def f{0}(x, y=1):", 60, "return x"),
    "nested_classes": nested("class C{0}:", 60, "x = 1"),
    "nested_lambdas": "f = " + "lambda x: " * 60 + "x\n",
    "nested_calls": "x = " + "f(" * 90 + ")" * 90 + "\n",
    "nested_lists": "x = " + "[" * 90 + "]" * 90 + "\n",
    "nested_dicts": "x = " + "{'a': " * 90 + "1" + "}" * 90 + "\n",
    "nested_comprehensions": "x = " + "[y for y in " * 30 + "z" + "]" * 30 + "\n",
    "nested_conditionals": "x = " + "(1 if a else " * 90 + "2" + ")" * 90 + "\n",
    "plus": "x = " + " + ".join(["a"] * 500) + "\n",
    "plus_of_strings": "x = " + " + ".join(["'a'"] * 500) + "\n",
    "and": "x = " + " and ".join(f"a{i}" for i in range(500)) + "\n",
    "or": "x = " + " or ".join(f"a{i}" for i in range(500)) + "\n",
    "strings_in_a_row": "x = (" + "\n".join(["'a'"] * 500) + ")\n",
    "long_f_string": "x = f'" + "{a}b" * 1_000 + "'\n",
    "long_string": "x = '" + "word " * 100_000 + "'\n",
    "long_token": "x = '" + "aB3" * 100_000 + "'\n",
    "doubling_tuple": "x = (1,)\n" + "x = (x, x)\n" * 200,
    "doubling_dict": "p = {}\n" + "p = {**p, **p, 'a': p}\n" * 200,
    "doubling_list": "x = [1]\n" + "x.append(x)\nx = x + x\n" * 100,
    "doubling_string": "x = 'a'\n" + "x = x + x\n" * 100,
    "doubling_attribute": "x = a\n" + "x = x.b\n" * 400,
    "doubling_options": "".join(f"x{i} = x{i - 1} if c else y{i}\n" for i in range(1, 300)),
    "huge_power": "x = 9 ** 63 ** 63\ny = 10 ** 60 * 10 ** 60\n" + "y = y * y\n" * 14,
    "huge_number": "x = " + "9" * 4_000 + "\n",
    "growing_dict": "p = {}\n" + "".join(f"p['k{i}'] = p.get('k{i - 1}')\n" for i in range(600)),
    "many_functions": "".join(f"def f{i}(a, b={i}):\n    return f{i - 1}(a, b)\n" for i in range(800)),
    "many_lambdas": "".join(f"f{i} = lambda a, b={i}: f{i - 1}(a)\n" for i in range(800)),
    "many_names_and_nested_functions": "def f():\n"
    + "".join(f"    x{i} = {i}\n" for i in range(200))
    + "".join(f"    def g{i}(): return x{i}\n" for i in range(200)),
    "many_attributes": "def f(self):\n" + "".join(f"    self.a{i} = self.a{i - 1}\n" for i in range(600)),
    "match": "match x:\n" + "".join(f"    case {i}: y = f({i})\n" for i in range(300)),
}


@pytest.mark.parametrize("name", sorted(LARGE))
def test_large_and_deep_code_is_extracted_soon(name: str) -> None:
    started = time.process_time()
    facts_or_failure(LARGE[name])
    assert time.process_time() - started < SECONDS


# Far beyond what people write: the native parser overflows its stack or works for minutes, so that the text has to be
# refused before. Each is a Python expression for the text.
OVERFLOWING = {
    "brackets": "'(' * 3000 + ')' * 3000",
    "open_brackets": "'f([{1: ' * 3000",
    "minus": "'-' * 9000 + '1'",
    "plus": "'x = ' + 'a + ' * 9000 + 'a'",
    "lambdas": "'x = ' + 'lambda: ' * 9000 + '1'",
    "elifs": "'if a: pass\\n' + 'elif a: pass\\n' * 9000",
    "attributes": "'x = a' + '.b' * 9000",
    "calls": "'x = a' + '()' * 9000",
    "subscripts": "'x = a' + '[0] ' * 9000",
    "nots": "'x = ' + 'not ' * 9000 + 'a'",
    "tildes": "'x = ' + '~' * 9000 + 'a'",
    "powers": "'x = ' + 'a ** ' * 9000 + 'a'",
    "conditionals": "'x = ' + 'a if a else ' * 9000 + 'a'",
}


@pytest.mark.parametrize("name", OVERFLOWING)
def test_what_the_parser_does_not_survive_is_refused(name: str) -> None:
    # In a process of its own: what native code does with its stack cannot be caught.
    script = f"""
from prodlint.extract import SyntaxFailure, extract
try:
    extract({OVERFLOWING[name]} + "\\n")
except SyntaxFailure:
    pass
print("survived")
"""
    command = [sys.executable, "-c", script]
    environment = {"PYTHONPATH": str(PACKAGE.parent)}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env=environment)
    except subprocess.TimeoutExpired:
        pytest.fail("it takes too long")
    assert done.stdout == "survived\n"


@pytest.mark.parametrize("name", ["nested_ifs", "dict_of_constants", "nested_loops", "nested_lists", "if_else_ladder"])
def test_what_people_write_is_not_given_up(name: str) -> None:
    assert facts_or_failure(LARGE[name]) is not None


def test_facts_grow_with_the_text_only() -> None:
    def size(text: str) -> int:
        return len(repr(extract(text)))

    for unit in ("p['k'] = f(**p)\n", "p = {**p, **p}\n", "x = (x, x)\n", "if c: p['a'] = f(p)\n", "x = f(x)\n"):
        small, large = size("p = {}\n" + unit * 50), size("p = {}\n" + unit * 200)
        assert large < small * 40, unit


def test_the_recursion_limit_is_left_as_it_was() -> None:
    before = sys.getrecursionlimit()
    assert facts_or_failure("x = a" + " + a" * 600) is None
    assert sys.getrecursionlimit() == before
