"""What variables hold: the order of statements, and where paths part and meet."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from prodlint.facts import REMOVED, Attr, Const, DictOf, FunctionRef, Global, Item, Op, Param, Result, SeqOf, Some

from .reading_facts import constants, entries, facts, function, is_undecided, plain, probe, probes, value

UNKNOWN = "?"

# Each source holds one `probe(x)`; beside it stands what x can be there, `?` standing for anything that is not
# constant. Of a set each member must be found: one that is missing makes the others a false fact.
FLOWS: dict[str, tuple[str, object]] = {
    "assigned": ("x = 1\nprobe(x)", 1),
    "assigned_again": ("x = 1\nx = 2\nprobe(x)", 2),
    "before_the_assignment": ("x = 1\nprobe(x)\nx = 2", 1),
    "chained": ("y = x = 1\nprobe(x)", 1),
    "annotated": ("x: int = 1\nprobe(x)", 1),
    "semicolons": ("x = 1; x = 2; probe(x); x = 3", 2),
    "swapped": ("x, y = 1, 2\nx, y = y, x\nprobe(x)", 2),
    "unpacked": ("(a, [b, x]) = (1, [2, 3])\nprobe(x)", 3),
    "unpacked_from_a_name": ("pair = 1, 2\na, x = pair\nprobe(x)", 2),
    "behind_a_star": ("a, *b, x = 1, 2, 3, None\nprobe(x)", None),
    "behind_a_star_in_a_loop": ("for a, *b, x in [(1, 2, 3, None)]:\n    probe(x)", None),
    "arithmetic": ("x = 2 * 60 + 1\nprobe(x)", 121),
    "negative": ("probe(-5)", -5),
    "or_of_constants": ("probe(0 or 5)", 5),
    "concatenated": ("probe('a' 'b' + 'c')", "abc"),
    "if": ("x = 1\nif c:\n    x = 2\nprobe(x)", {1, 2}),
    "if_else": ("if c:\n    x = 1\nelse:\n    x = 2\nprobe(x)", {1, 2}),
    "elif": ("x = 0\nif c:\n    x = 1\nelif d:\n    x = 2\nprobe(x)", {0, 1, 2}),
    "if_that_returns": ("x = 1\nif c:\n    x = 2\n    return\nprobe(x)", 1),
    "if_that_raises": ("if c:\n    x = 1\nelse:\n    raise E\nprobe(x)", 1),
    "early_return_of_the_other": ("x = None\nif not c:\n    return\nx = 2\nprobe(x)", 2),
    "conditional_expression": ("x = 1 if c else 2\nprobe(x)", {1, 2}),
    "for": ("x = 1\nfor i in c:\n    x = 2\nprobe(x)", {1, 2}),
    "for_over_constants": ("for x in (1, 2):\n    probe(x)", {1, 2}),
    "in_a_loop_before": ("x = 1\nfor i in c:\n    probe(x)\n    x = 2", {1, 2}),
    "for_break": ("x = 1\nfor i in c:\n    if i:\n        x = 2\n        break\nprobe(x)", {1, 2}),
    "for_continue": ("x = 1\nfor i in c:\n    if i:\n        x = 2\n        continue\n    y = 3\nprobe(x)", {1, 2}),
    "for_continue_seen_next_time": (
        "x = 1\nfor i in c:\n    probe(x)\n    if i:\n        x = 2\n        continue\n    x = 1",
        {1, 2},
    ),
    "for_else": ("x = 1\nfor i in c:\n    if i:\n        x = 2\n        break\nelse:\n    x = 3\nprobe(x)", {2, 3}),
    "while": ("x = 1\nwhile c:\n    x = 2\nprobe(x)", {1, 2}),
    "while_true_break": ("x = 1\nwhile True:\n    x = 2\n    if c:\n        x = 3\n        break\nprobe(x)", {3}),
    "try_body": ("x = 1\ntry:\n    x = 2\nexcept E:\n    pass\nprobe(x)", {1, 2}),
    "try_in_between": ("x = 1\ntry:\n    x = None\n    f()\n    x = 3\nexcept E:\n    pass\nprobe(x)", {1, None, 3}),
    "try_raise_in_a_branch": (
        "x = 1\ntry:\n    if c:\n        x = 2\n        raise E\nexcept E:\n    pass\nprobe(x)",
        {1, 2},
    ),
    "except": ("try:\n    x = 1\nexcept E:\n    x = 2\nprobe(x)", {1, 2}),
    "except_that_raises": ("try:\n    x = 1\nexcept E:\n    raise\nprobe(x)", 1),
    "except_that_returns": ("x = 0\ntry:\n    x = 1\nexcept E:\n    x = 2\n    return\nprobe(x)", 1),
    "except_name": ("x = 1\ntry:\n    f()\nexcept E as x:\n    probe(x)", UNKNOWN),
    "try_else": ("x = 1\ntry:\n    f()\nexcept E:\n    pass\nelse:\n    x = 2\nprobe(x)", {1, 2}),
    "finally": ("x = 1\ntry:\n    x = 2\nfinally:\n    x = 3\nprobe(x)", 3),
    "inside_finally": ("x = 1\ntry:\n    x = 2\n    f()\nfinally:\n    probe(x)", {1, 2}),
    "inside_finally_after_return": ("x = 1\ntry:\n    x = 2\n    return\nfinally:\n    probe(x)", {1, 2}),
    "try_star": ("try:\n    x = 1\nexcept* E:\n    x = 2\nprobe(x)", {1, 2}),
    "with": ("with f() as y:\n    x = 1\nprobe(x)", 1),
    "with_suppress": ("x = 1\nwith suppress(E):\n    f()\n    x = 2\nprobe(x)", {1, 2}),
    "match": ("x = 0\nmatch c:\n    case 1:\n        x = 1\n    case 2:\n        x = 2\nprobe(x)", {0, 1, 2}),
    "match_exhaustive": ("x = 0\nmatch c:\n    case 1:\n        x = 1\n    case _:\n        x = 2\nprobe(x)", {1, 2}),
    "match_capture": ("x = 0\nmatch c:\n    case x:\n        probe(x)", UNKNOWN),
    "match_capture_in_a_class": ("x = 0\nmatch c:\n    case P(x=x):\n        probe(x)", UNKNOWN),
    "match_capture_star": ("x = 0\nmatch c:\n    case [1, *x]:\n        probe(x)", UNKNOWN),
    "match_capture_rest": ("x = 0\nmatch c:\n    case {'a': 1, **x}:\n        probe(x)", UNKNOWN),
    "match_capture_as": ("x = 0\nmatch c:\n    case (1 | 2) as x:\n        probe(x)", UNKNOWN),
    "walrus": ("if (x := 1):\n    probe(x)", 1),
    "walrus_in_and": ("x = 1\nc and (x := 2)\nprobe(x)", {1, 2}),
    "walrus_in_a_conditional_expression": ("x = 1\ny = (x := 2) if c else 3\nprobe(x)", {1, 2}),
    "walrus_in_a_comprehension": ("x = 1\n[(x := 2) for i in c]\nprobe(x)", {1, 2}),
    "comprehension_keeps_its_variable": ("x = 1\n[x for x in c]\nprobe(x)", 1),
    "comprehension_variable": ("x = 1\n[probe(x) for x in c]", UNKNOWN),
    "comprehension_over_constants_of_an_outer_name": ("x = 1\n{probe(x): y for y in c}", 1),
    "first_iterable_is_read_outside": ("x = 1\n[y for x in probe(x)]", 1),
    "loop_variable_shadows": ("x = 1\nfor x in c:\n    probe(x)", UNKNOWN),
    "with_target_shadows": ("x = 1\nwith f() as x:\n    probe(x)", UNKNOWN),
    "import_shadows": ("x = 1\nfrom m import x\nprobe(x)", UNKNOWN),
    "function_shadows": ("x = 1\ndef x(): pass\nprobe(x)", UNKNOWN),
    "class_shadows": ("x = 1\nclass x: pass\nprobe(x)", UNKNOWN),
    "deleted": ("x = 1\ndel x\nprobe(x)", UNKNOWN),
    "deleted_with_others": ("x = y = 1\ndel y, x\nprobe(x)", UNKNOWN),
    "augmented": ("x = 1\nx += 1\nprobe(x)", UNKNOWN),
    "lambda_parameter": ("x = 1\nf = lambda x: probe(x)", UNKNOWN),
    "lambda_closure": ("x = 1\nf = lambda: probe(x)", 1),
    "lambda_sees_later_assignments": ("x = 1\nf = lambda: probe(x)\nx = 2\nf()", {1, 2}),
    "lambda_default_is_read_at_once": ("x = 1\nf = lambda y=probe(x): y\nx = 2", 1),
    "nested_function_sees_the_final_value": ("x = 1\ndef g():\n    probe(x)\nx = 2", 2),
    "nested_function_own_name": ("x = 1\ndef g():\n    x = 2\n    probe(x)", 2),
    "nested_function_parameter": ("x = 1\ndef g(x):\n    probe(x)", UNKNOWN),
    "nested_function_default_is_read_at_once": ("x = 1\ndef g(y=probe(x)): pass\nx = 2", 1),
    "nested_twice": ("x = 1\ndef g():\n    def h():\n        probe(x)\n    return h", 1),
    "nested_in_a_branch_that_returns": (
        "x = 1\nif c:\n    x = 2\n    def g():\n        probe(x)\n    return g\nreturn None",
        2,
    ),
    "nonlocal": ("x = 1\ndef g():\n    nonlocal x\n    x = 2\ng()\nprobe(x)", {1, 2}),
    "nonlocal_in_a_sibling": ("x = 1\ndef g():\n    nonlocal x\n    x = 2\ndef h():\n    probe(x)", {1, 2}),
    "behind_return": ("x = 1\nreturn\nprobe(x)", 1),
    "class_body": ("x = 1\nclass A:\n    probe(x)", 1),
    "class_body_name_is_not_seen_in_methods": ("x = 1\nclass A:\n    x = 2\n    def m(self):\n        probe(x)", 1),
    "narrowed_default": ("x = None\nif x is None:\n    x = 5\nprobe(x)", {5}),
    "falsy_is_not_none": ("x = 0 if c else 5\nif not x:\n    probe(x)", 0),
}


def in_function(source: str) -> str:
    return "def f(c, d):\n" + indent(source, "    ")


@pytest.mark.parametrize("name", FLOWS)
def test_a_local_variable_holds_what_it_can_hold(name: str) -> None:
    source, expected = FLOWS[name]
    found = constants(in_function(source))
    if isinstance(expected, set):
        held = found if isinstance(found, set) else {found}
        assert expected <= held or UNKNOWN in held
    else:
        assert found == expected


# Narrowing: what a test says of None.
NARROWED: dict[str, tuple[str, bool]] = {
    "not_narrowed": ("probe(x)", False),
    "if": ("if x:\n    probe(x)", True),
    "if_is_not_none": ("if x is not None:\n    probe(x)", True),
    "if_not_equal_none": ("if x != None:\n    probe(x)", True),
    "if_not": ("if not x:\n    return\nprobe(x)", True),
    "if_is_none_return": ("if x is None:\n    return\nprobe(x)", True),
    "if_is_none_raise": ("if x is None:\n    raise E\nprobe(x)", True),
    "if_is_none_continue": ("for i in d:\n    if x is None:\n        continue\n    probe(x)", True),
    "else": ("if x is None:\n    pass\nelse:\n    probe(x)", True),
    "elif": ("if x is None:\n    pass\nelif d:\n    probe(x)", True),
    "elif_own": ("if d:\n    pass\nelif x:\n    probe(x)", True),
    "and": ("if x is not None and d:\n    probe(x)", True),
    "or": ("if x is not None or d:\n    probe(x)", False),
    "not_or": ("if not (x is None or d):\n    probe(x)", True),
    "or_return": ("if x is None or d:\n    return\nprobe(x)", True),
    "assert": ("assert x is not None\nprobe(x)", True),
    "assert_with_message": ("assert x, 'needed'\nprobe(x)", True),
    "while": ("while x is not None:\n    probe(x)\n    x = d.next", True),
    "conditional_expression": ("y = probe(x) if x else 1", True),
    "conditional_expression_else": ("y = 1 if x is None else probe(x)", True),
    "and_expression": ("y = x and probe(x)", True),
    "walrus": ("if (x := d.get()) is not None:\n    probe(x)", True),
    "comprehension_condition": ("y = [probe(x) for x in d if x is not None]", True),
    "after_the_block": ("if x is not None:\n    pass\nprobe(x)", False),
    "assigned_again": ("if x is not None:\n    x = d\n    probe(x)", False),
    "replaced_when_none": ("if x is None:\n    x = 5\nprobe(x)", True),
    "or_default": ("x = x or 5\nprobe(x)", True),
    "attribute": ("if d.x is not None:\n    x = d.x\n    probe(x)", True),
    "attribute_assigned_in_between": ("if d.x is not None:\n    d = f()\n    x = d.x\n    probe(x)", False),
}


def excludes_none(found: object) -> bool:
    if isinstance(found, Some) or (isinstance(found, Const) and found.value is not None):
        return True
    options = getattr(found, "options", None)
    return bool(options) and all(excludes_none(option) for option in options)


@pytest.mark.parametrize("name", NARROWED)
def test_a_test_for_none_is_remembered_on_its_path(name: str) -> None:
    source, expected = NARROWED[name]
    assert excludes_none(value("def f(x, d):\n" + indent(source, "    "))) is expected


def test_on_the_other_path_it_is_none() -> None:
    assert constants("def f(x):\n    if x is None:\n        probe(x)") is None
    assert constants("def f(x):\n    if x is not None:\n        return\n    probe(x)") is None


SET, SPLAT, WEAK, DELETE = "set", "splat", "weak", "delete"

DICTS: dict[str, tuple[str, list[tuple[str, object, object, bool]]]] = {
    "display": ("probe({'a': 1, 'b': 2})", [(SET, "a", 1, False), (SET, "b", 2, False)]),
    "call": ("probe(dict(a=1))", [(SET, "a", 1, False)]),
    "call_with_a_dict": ("p = {'a': 1}\nprobe(dict(p, b=2))", [(SPLAT, None, "?", False), (SET, "b", 2, False)]),
    "item": ("p = {}\np['a'] = 1\nprobe(p)", [(SET, "a", 1, False)]),
    "item_in_a_branch": ("p = {}\nif c:\n    p['a'] = 1\nprobe(p)", [(SET, "a", 1, True)]),
    "item_in_both_branches": (
        "p = {}\nif c:\n    p['a'] = 1\nelse:\n    p['a'] = 1\nprobe(p)",
        [(SET, "a", 1, False)],
    ),
    "item_in_a_loop": ("p = {}\nfor i in c:\n    p['a'] = 1\nprobe(p)", [(SET, "a", 1, True)]),
    "update": ("p = {}\np.update({'a': 1})\nprobe(p)", [(SPLAT, None, "?", False)]),
    "update_keywords": ("p = {}\np.update(a=1)\nprobe(p)", [(SET, "a", 1, False)]),
    "in_place_or": ("p = {}\np |= {'a': 1}\nprobe(p)", [(SPLAT, None, "?", False)]),
    "setdefault": ("p = {}\np.setdefault('a', 1)\nprobe(p)", [(WEAK, "a", 1, False)]),
    "pop": ("p = {'a': 1}\np.pop('a')\nprobe(p)", [(SET, "a", 1, False), (DELETE, "a", None, False)]),
    "del": ("p = {'a': 1}\ndel p['a']\nprobe(p)", [(SET, "a", 1, False), (DELETE, "a", None, False)]),
    "del_in_a_branch": (
        "p = {'a': 1}\nif c:\n    del p['a']\nprobe(p)",
        [(SET, "a", 1, False), (DELETE, "a", None, True)],
    ),
    "clear": ("p = {'a': 1}\np.clear()\nprobe(p)", []),
    "alias": ("p = {}\nq = p\nq['a'] = 1\nprobe(p)", [(SET, "a", 1, False)]),
    "copy": ("p = {}\nq = p.copy()\nq['a'] = 1\nprobe(p)", []),
    "copy_by_display": ("p = {}\nq = {**p}\nq['a'] = 1\nprobe(p)", []),
    "rebuilt": ("p = {'a': 1}\np = {'b': 2}\nprobe(p)", [(SET, "b", 2, False)]),
    "attribute": ("d.p = {}\nd.p['a'] = 1\nprobe(d.p)", [(SET, "a", 1, False)]),
    "in_try": ("p = {}\ntry:\n    p['a'] = 1\nexcept E:\n    pass\nprobe(p)", [(SET, "a", 1, True)]),
    "in_with": ("p = {}\nwith c:\n    p['a'] = 1\nprobe(p)", [(SET, "a", 1, False)]),
    "in_a_branch_that_breaks": (
        "p = {}\nfor i in c:\n    if i:\n        p['a'] = 1\n        break\nprobe(p)",
        [(SET, "a", 1, True)],
    ),
    "in_a_comprehension": ("p = {}\n[p.update(a=1) for i in c]\nprobe(p)", [(SET, "a", 1, True)]),
    "in_and": ("p = {}\nc and p.update(a=1)\nprobe(p)", [(SET, "a", 1, True)]),
    "in_a_conditional_expression": ("p = {}\np.update(a=1) if c else None\nprobe(p)", [(SET, "a", 1, True)]),
    "unpacked_into": ("p = {}\np['a'], y = 1, 2\nprobe(p)", [(SET, "a", 1, False)]),
    "kwargs": ("def g(**p):\n    p['a'] = 1\n    probe(p)", [(SPLAT, None, "?", False), (SET, "a", 1, False)]),
}


@pytest.mark.parametrize("name", DICTS)
def test_a_dict_is_known_by_the_steps_of_its_making(name: str) -> None:
    source, expected = DICTS[name]
    # A body that is walked twice notes its uncertain steps twice.
    assert list(dict.fromkeys(entries(in_function(source)))) == expected


def test_a_dict_that_was_handed_over_says_so() -> None:
    found = value("p = {}\nother(p)\nprobe(p)")
    assert isinstance(found, DictOf)
    assert len(found.touched) == 1


def test_a_large_dict_is_kept_in_part_and_says_so() -> None:
    found = value("probe({" + ", ".join(f"'k{i}': {i}" for i in range(500)) + "})")
    assert is_undecided(found) or (
        isinstance(found, DictOf) and any(is_undecided(entry.value) for entry in found.entries)
    )


def test_lists_know_whether_they_may_hold_more() -> None:
    assert value("probe([1, 2])") == SeqOf("list", (Const(1), Const(2)), False)
    assert value("x = [1]\nx.append(2)\nprobe(x)") == SeqOf("list", (Const(1), Const(2)), False)
    grown = value("x = [1]\nfor i in c:\n    x.append(2)\nprobe(x)")
    assert isinstance(grown, SeqOf)
    assert grown.open


# Module level, functions and classes.


def test_functions_read_module_names_as_globals() -> None:
    found = facts("x = 1\ndef f():\n    probe(x)\nx = 2\n")
    assert [call.arguments[0].value for call in found.calls] == [Global("x")]
    assert plain(found.globals["x"]) == 2


def test_what_a_function_writes_to_a_global_is_an_option() -> None:
    assert plain(facts("x = 1\ndef f():\n    global x\n    x = 2\n").globals["x"]) == {1, 2}


def test_a_global_that_waits_for_its_value_holds_it() -> None:
    assert plain(facts("x = None\ndef f():\n    global x\n    x = 2\n").globals["x"]) == 2


GLOBAL_WRITES = ["x += 1", "x = 2", "import x", "from y import x", "x, z = y", "def x(): pass", "[x, *z] = y"]
GLOBAL_WRITES += ["with y as x: pass", "(x := 2)", "for x in y: pass", "del x", "class x: pass"]


@pytest.mark.parametrize("statement", GLOBAL_WRITES)
def test_every_way_to_write_a_global_is_seen(statement: str) -> None:
    found = facts(f"x = 1\ndef f(y):\n    global x\n    {statement}\n")
    assert found.globals["x"] != Const(1)


def test_a_local_name_goes_before_a_global_of_the_same_name() -> None:
    assert constants("x = 1\ndef f():\n    x = 2\n    probe(x)\n") == 2


def test_parameters_are_named_with_their_function() -> None:
    found = facts("def f(a, /, b, *c, d, **e):\n    probe(a, b, *c, d=d, **e)\n")
    names = [parameter.name for parameter in found.functions[1].parameters]
    kinds = [parameter.kind for parameter in found.functions[1].parameters]
    assert names == ["a", "b", "c", "d", "e"]
    assert kinds == ["positional", "positional", "*", "keyword", "**"]
    given = found.calls[0].arguments
    assert [item.stars for item in given] == [0, 0, 1, 0, 2]
    assert given[0].value == Param(1, "a")


def test_methods_owners_and_nesting() -> None:
    found = facts(
        """
        class A(Base):
            limit = 5
            name: str
            def m(self):
                def inner(): pass
                return inner
            @staticmethod
            async def s(): yield 1
            class B:
                def n(self): pass
        """
    )
    names = [item.qualname for item in found.functions]
    assert sorted(names) == sorted(["", "A.m", "A.m.inner", "A.s", "A.B.n"])
    assert [item.qualname for item in found.classes] == ["A", "A.B"] or sorted(i.qualname for i in found.classes) == [
        "A",
        "A.B",
    ]
    outer = next(item for item in found.classes if item.qualname == "A")
    assert set(outer.methods) == {"m", "s"}
    assert outer.attributes["limit"] == Const(5)
    assert outer.annotations == {"name": Global("str")}
    assert outer.bases == (Global("Base"),)
    static = function(found, "A.s")
    assert static.is_async
    assert static.is_generator
    inner = function(found, "A.m.inner")
    assert inner.owner == -1
    assert found.functions[inner.parent].qualname == "A.m"


def test_returns_and_yields_are_all_kept() -> None:
    found = facts("def f(c):\n    if c:\n        return 1\n    return 2\ndef g():\n    yield 3\n    x = yield 4\n")
    assert {plain(item) for item in function(found, "f").returns} == {1, 2}
    assert {plain(item) for item in function(found, "g").yields} == {3, 4}


MUTATIONS = ["p['a'] = 1", "p.update(a=1)", "p.setdefault('a', 1)", "p.pop('a')", "p.clear()", "p |= {'a': 1}"]
MUTATIONS += ["del p['a']", "q = p\n    q['a'] = 1", "for k in c:\n        p[k] = 1", "p['a'] += 1", "other(p)"]


@pytest.mark.parametrize("statement", MUTATIONS)
def test_a_function_that_may_change_its_parameter_says_so(statement: str) -> None:
    found = facts(f"def f(p, c):\n    {statement}\n")
    handed_on = [call for call in found.calls if any(item.value == Param(1, "p") for item in call.arguments)]
    assert found.functions[1].mutates == {"p"} or handed_on


@pytest.mark.parametrize(
    ("statement", "removes"),
    [
        ("p.pop('a')", {"p"}),
        ("del p['a']", {"p"}),
        ("p['b'] = 1\n    p.pop('a')", {"p"}),
        ("p.update(a=1)\n    del p['b']", {"p"}),
        ("p['a'] = 1", set()),
        ("q = {**p}\n    q.pop('a')", set()),
    ],
)
def test_a_function_that_takes_something_out_of_its_parameter_says_so(statement: str, removes: set[str]) -> None:
    assert facts(f"def f(p):\n    {statement}\n").functions[1].removes == removes


def test_a_deleted_item_of_a_dict_made_elsewhere_is_kept_as_a_change() -> None:
    found = facts("OPTIONS = {'a': 1}\ndef f():\n    del OPTIONS['a']\n")
    assert [(change.key, change.value) for change in found.assignments] == [(Const("a"), REMOVED)]


@pytest.mark.parametrize("statement", ["p.get('a')", "p.copy()", "x = p['a']", "p = {}\n    p['a'] = 1", "x = {**p}"])
def test_a_function_that_only_reads_its_parameter_does_not(statement: str) -> None:
    assert facts(f"def f(p):\n    {statement}\n").functions[1].mutates == frozenset()


def test_the_context_of_a_call() -> None:
    found = facts(
        """
        async def f(c):
            await probe(1)
            probe(2)
            x = probe(3)
            g = lambda: probe(4)
            h = (probe(5) for i in c)
            for i in c:
                try:
                    with d:
                        probe(6)
                except E:
                    continue
        """
    )
    calls = {plain(call.arguments[0].value): call for call in found.calls}
    assert [calls[i].awaited for i in range(1, 6)] == [True, False, False, False, False]
    assert [calls[i].discarded for i in range(1, 6)] == [True, True, False, False, False]
    assert [calls[i].deferred for i in range(1, 6)] == [False, False, False, True, True]
    kinds = []
    block = calls[6].block
    while block >= 0:
        kinds.append(found.blocks[block].kind)
        block = found.blocks[block].parent
    assert kinds == ["with", "try", "for"]
    guarded = next(item for item in found.blocks if item.kind == "try")
    assert [handler.ends for handler in guarded.handlers] == ["continue"]


def test_every_call_is_recorded_once_however_often_the_walk_comes_by() -> None:
    source = "for x in a():\n while b():\n  for y in c():\n   with d() as z:\n    e(f(), k=g())\n"
    names = [getattr(call.callee, "name", "") for call in facts(source).calls]
    assert sorted(names) == list("abcdefg")


EVERYWHERE = """
@probe(1)
def f(a: probe(2) = probe(3), *b, c=probe(4), **d) -> probe(5):
    return probe(6), [probe(7) for x in probe(8) if probe(9)], {probe(10): probe(11), **probe(12)}
class A(probe(13), metaclass=probe(14)):
    x: probe(15) = probe(16)
    y = probe(17).z[probe(18)][probe(19):probe(20)]
async def g():
    async with probe(21) as s, probe(22): pass
    async for i in probe(23): yield probe(24)
    await probe(25)
    x = not probe(26), -probe(27), probe(28) + probe(29), probe(30) < probe(31), probe(32) and probe(33)
    assert probe(34), probe(35)
    del x[probe(36)], probe(37).y
    raise probe(38) from probe(39)
    f"{probe(40):{probe(41)}}" f"{probe(42)!r}"
    lambda a=probe(43): probe(44)
    x[probe(45)] = y.z = probe(46)
    x += probe(47)
    probe(48) if probe(49) else probe(50)
    try: pass
    except probe(51): pass
    while probe(52): pass
    match probe(53):
        case 1 if probe(54): pass
    return (*probe(55), (q := probe(56)), await probe(57), (yield probe(58)), probe(59)(), [*probe(60)])
    x: probe(61)
    probe(62).x: int
    probe(63).a.b()
    {probe(64) for a in b}, {probe(65): probe(66) for a in b}, (probe(67) for a in b)
    global z
    z[probe(68)] += 1
    with probe(69) as p: pass
"""


def test_a_call_is_seen_wherever_it_stands() -> None:
    seen = {plain(call.arguments[0].value) for call in probes(EVERYWHERE)}
    assert set(range(1, 70)) - seen == set()


def test_other_values() -> None:
    assert value("probe(a.b.c)") == Attr(Attr(Global("a"), "b"), "c")
    assert value("probe(a['k'])") == Item(Global("a"), Const("k"))
    assert value("probe(f())") == Result(1)
    assert isinstance(value("probe(a + b)"), Op)
    assert isinstance(value("probe(lambda: 1)"), FunctionRef)
    assert probe("probe(a=1)").arguments[0].keyword == "a"
    assert value("import a.b as c\nprobe(c)").module == "a.b"
    assert value("import a.b\nprobe(a)").module == "a"
    assert value("from .a import b as c\nprobe(c)") == ("a", "b", 1)


def test_the_main_guard_and_tests_are_noticed() -> None:
    assert facts("if __name__ == '__main__':\n    f()\n").has_main_guard
    assert not facts("if name == '__main__':\n    f()\n").has_main_guard
    assert facts("def test_x(): pass\n").tests
    assert facts("import pytest\n").tests
    assert not facts("import os\n").tests


def test_imports_are_listed() -> None:
    found = facts(
        dedent("""
        import a.b, c as d
        from e.f import g as h
        from . import i
        from ..j import k
        from l import *
        def f():
            import m
    """)
    )
    assert found.imports == ("a.b", "c", "e.f", "e.f.g", "l", "m")
    assert found.star_imports == (("l", "*", 0),)
