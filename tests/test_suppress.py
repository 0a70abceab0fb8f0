"""Suppressing comments: where they count, what they leave, and what is said about the useless ones."""

from __future__ import annotations

import io
import sysconfig
import tokenize
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodlint.api import Severity
from prodlint.findings import Edit, Finding
from prodlint.model import Location
from prodlint.suppress import Applied, apply, join, suppressions
from prodlint.suppression_rules import EXPIRED, INVALID, UNEXPLAINED, UNUSED

KNOWN = ("missing-timeout", "missing-retries", "hardcoded-api-key")


def finding(line: int, end_line: int | None = None, rule: str = "missing-timeout", cell: int | None = None) -> Finding:
    place = Location(path="a.py", line=line, column=1, end_line=end_line or line, end_column=9, cell=cell)
    return Finding(rule=rule, severity=Severity.ERROR, location=place, message="m", help="h")


def run(text: str, *findings: Finding, ran: tuple[str, ...] = KNOWN, python: bool = True) -> Applied:
    return apply(findings, suppressions(text, python=python), path="a.py", known=KNOWN, ran=ran)


@pytest.mark.parametrize(
    ("text", "line", "end_line"),
    [
        ("f()  # prodlint: ignore[missing-timeout]", 1, 1),
        ("f()  #prodlint:ignore[ missing-timeout , ] we know", 1, 1),
        ("f()  # noqa: E501  # prodlint: ignore[missing-timeout]  # type: ignore[x]", 1, 1),
        ("f()  # PRODLINT: Ignore[missing-retries,missing-timeout]", 1, 1),
        ("f(\n    a,\n)  # prodlint: ignore[missing-timeout]", 1, 3),
        ("f(  # prodlint: ignore[missing-timeout]\n    a,\n)", 1, 3),
        ("f(\n    a,  # prodlint: ignore[missing-timeout]\n)", 1, 3),
        ("f(\n    # prodlint: ignore[missing-timeout]\n    a,\n)", 1, 3),
        ("# prodlint: ignore[missing-timeout]\nf()", 2, 2),
        ("# prodlint: ignore[missing-timeout]\n# because\nf()", 3, 3),
        ("# prodlint: ignore[missing-timeout]\n# prodlint: ignore[missing-retries]\nf()", 3, 3),
        ("# prodlint: ignore[missing-timeout]\nx = g(\n    f(),\n)", 3, 3),
        ("x = g(\n    f(),\n)  # prodlint: ignore[missing-timeout]", 2, 2),
        ("x = g(\n    # prodlint: ignore[missing-timeout]\n    f(),\n)", 3, 3),
        ("x = 1 + \\\n  f()  # prodlint: ignore[missing-timeout]", 1, 1),
        ("f('''\n''')  # prodlint: ignore[missing-timeout]", 1, 1),
        ("x = 1\r\nf()  # prodlint: ignore[missing-timeout]\r\n", 2, 2),
        ("x = 1\rf()  # prodlint: ignore[missing-timeout]\r", 2, 2),
        ("\ufefff()  # prodlint: ignore[missing-timeout]", 1, 1),
        ("x = '\\\r\n#'\r\nf()  # prodlint: ignore[missing-timeout]", 3, 3),
        ("# prodlint: file-ignore[missing-timeout] generated\n\n\nf()", 4, 4),
        ("f()\n# prodlint: file-ignore[missing-timeout]", 1, 1),
    ],
)
def test_a_comment_silences(text: str, line: int, end_line: int) -> None:
    applied = run(text, finding(line, end_line), ran=("missing-timeout",))
    assert applied.suppressed == (finding(line, end_line),)
    assert applied.kept == ()
    assert applied.about_suppressions == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("f()  # prodlint: ignore[missing-retries]", 1),
        ("x = 1  # prodlint: ignore[missing-timeout]\nf()", 2),
        ("f()\nx = 1  # prodlint: ignore[missing-timeout]", 1),
        ("# prodlint: ignore[missing-timeout]\n\nf()", 3),
        ("# prodlint: ignore[missing-timeout]\nx = 1\nf()", 3),
        ("x = [\n    1,  # prodlint: ignore[missing-timeout]\n    f(),\n]", 3),
        ('s = "# prodlint: ignore[missing-timeout]"; f()', 1),
        ('s = """\n# prodlint: ignore[missing-timeout]\n"""\nf()', 4),
        ("s = r'\\'  # prodlint: ignore[missing-timeout]'; f()", 1),
        ("f()  # prodlint: ignore", 1),
        ("f()  # prodlint: ignore[]", 1),
        ("f()  # prodlint: ignore[missing-timeout", 1),
        ("f()  # prodlint: disable=missing-timeout", 1),
        ("f()  # prodlint ignore[missing-timeout]", 1),
        ("f()  # noqa", 1),
    ],
)
def test_a_comment_does_not_silence(text: str, line: int) -> None:
    assert run(text, finding(line)).kept == (finding(line),)


def test_the_reason_is_kept() -> None:
    (pragma,) = suppressions("f()  # prodlint: ignore[a] the gateway does it   # noqa").pragmas
    assert pragma.reason == "the gateway does it"


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# prodlint: ignore", "`ignore` names no rule"),
        ("# prodlint: ignore missing-timeout", "`ignore` names no rule"),
        ("# prodlint: file-ignore[]", "`file-ignore[]` names no rule"),
        ("# prodlint: ignore[missing-timeout", "the bracket of `ignore[` is not closed"),
        ("# prodlint: disable=missing-timeout", "`disable` is not a suppression"),
        ("# prodlint: ingore[missing-timeout]", "`ingore` is not a suppression, did you mean `ignore`?"),
        ("# prodlint:", "the comment says nothing"),
        ("# prodlint: ignore[mising-timeout]", "unknown rule `mising-timeout`, did you mean `missing-timeout`?"),
        ("# prodlint: ignore[security]", "unknown rule `security`"),
    ],
)
def test_what_cannot_be_understood_is_a_finding(comment: str, message: str) -> None:
    (about,) = run(f"é = '😀'  {comment}").about_suppressions
    assert (about.rule, about.severity, about.message) == (INVALID, Severity.WARNING, message)
    start = len("é = '😀'  ") + 2
    assert (about.location.line, about.location.column) == (1, start)
    assert about.location.end_column == start + len(comment)


def test_what_silences_nothing_is_a_finding() -> None:
    applied = run("f()  # prodlint: ignore[missing-timeout, missing-retries]", finding(1))
    (about,) = applied.about_suppressions
    assert about.rule == UNUSED
    assert "`missing-retries`" in about.message


def test_rules_that_did_not_run_are_not_called_unused() -> None:
    text = "f()  # prodlint: ignore[missing-timeout]\n# prodlint: file-ignore[missing-retries]"
    assert run(text, ran=()).about_suppressions == ()
    assert len(run(text).about_suppressions) == 2


def test_findings_about_suppressions_can_be_silenced_too() -> None:
    applied = run("x = 1  # prodlint: ignore[missing-timeout, unused-suppression]")
    assert applied.about_suppressions == ()
    assert [item.rule for item in applied.suppressed] == [UNUSED]


def cut(text: str, edit: Edit) -> str:
    """Apply one edit to text of plain ASCII."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
    place = edit.location
    begin = starts[place.line - 1] + place.column - 1
    return text[:begin] + edit.content + text[starts[place.end_line - 1] + place.end_column - 1 :]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a()  # prodlint: ignore[missing-retries] why\nb()\n", "a()\nb()\n"),
        ("a()\n# prodlint: ignore[missing-retries] why\nb()\n", "a()\nb()\n"),
        ("a()\n    # prodlint: ignore[missing-retries]", "a()\n"),
        ("a()  # prodlint: ignore[missing-retries]  # noqa\n", "a()  # noqa\n"),
        ("a()  # noqa  # prodlint: ignore[missing-retries]\n", "a()  # noqa\n"),
        (
            "a()  # prodlint: ignore[missing-retries, missing-timeout]  why  # noqa\n",
            "a()  # prodlint: ignore[missing-timeout] why  # noqa\n",
        ),
        ("a()  # prodlint: ignore[missing-retries, hardcoded-api-key]\n", "a()\n"),
    ],
)
def test_the_fix_removes_what_silences_nothing(before: str, after: str) -> None:
    for about in run(before, finding(1)).about_suppressions:
        assert about.rule == UNUSED
        assert about.fix is not None
        assert about.fix.is_safe
        assert cut(before, about.fix.edits[0]) == after


def test_cells_of_a_notebook_are_apart_and_a_file_wide_comment_is_not() -> None:
    cells = ["x = 1  # prodlint: ignore[missing-timeout]", "f()", "# prodlint: file-ignore[missing-retries]\ng()"]
    found = join(suppressions(text, cell=number) for number, text in enumerate(cells))
    findings = [finding(1, cell=1), finding(1, cell=0), finding(1, rule="missing-retries", cell=1)]
    applied = apply(findings, found, path="n.ipynb", known=KNOWN, ran=KNOWN)
    assert applied.kept == (findings[0],)
    assert applied.suppressed == (findings[1], findings[2])


@pytest.mark.parametrize("above", [True, False])
def test_text_files_have_their_comments_at_any_hash(above: bool) -> None:
    comment = "# prodlint: ignore[hardcoded-api-key] revoked"
    text = f"NAME=it's\n{comment}\nKEY=x\n" if above else f"NAME=it's\nA=1\nKEY=x {comment}\n"
    hit = finding(3, rule="hardcoded-api-key")
    assert run(text, hit, python=False).suppressed == (hit,)


@pytest.mark.parametrize(
    ("line", "is_comment"),
    [
        ("KEY: 'x'  # prodlint: ignore[zzz] y", True),
        ('KEY="x"# prodlint: ignore[zzz] y', True),
        ('KEY: "a \\" # prodlint: ignore[zzz] y"', False),
        ("KEY = '# prodlint: ignore[zzz] y'", False),
        ('{"a": "# prodlint: ignore[zzz] y"}', False),
        ('KEY: "x  # prodlint: ignore[zzz] y', True),
        ("it's 5\" # prodlint: ignore[zzz] y", True),
    ],
)
def test_what_stands_in_quotes_in_a_text_file_is_no_comment(line: str, is_comment: bool) -> None:
    assert len(suppressions(line, python=False).pragmas) == is_comment


def test_no_marker_no_work() -> None:
    assert suppressions("# nothing here\n" * 10).pragmas == ()


@given(st.text("ab\"'\\#\n\r()[]{}: ", max_size=60))
def test_any_text_is_read(text: str) -> None:
    found = suppressions(text + "# prodlint: ignore[a]")
    for pragma in found.pragmas:
        assert pragma.begins[0] <= pragma.begins[1]
    suppressions("# prodlint: ignore[a]" + text)


def test_comments_are_told_from_strings_as_the_tokenizer_does() -> None:
    library = Path(sysconfig.get_path("stdlib"))
    for name in ("argparse.py", "ast.py", "tokenize.py", "textwrap.py", "typing.py", "json/decoder.py"):
        with tokenize.open(library / name) as file:
            text = file.read()
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        expected = [token.start[0] for token in tokens if token.type == tokenize.COMMENT]
        marked = "".join(
            line[: -len(end)] + " # prodlint: ignore[x]" + end
            if line.lstrip().startswith("#") or number in expected
            else line
            for number, (line, end) in enumerate(((line, "\n") for line in text.splitlines(keepends=True)), 1)
        )
        assert [pragma.line for pragma in suppressions(marked).pragmas] == expected, name


def judged(text: str, day: str, *findings: Finding, require_reason: bool = False) -> Applied:
    found = suppressions(text)
    as_of = date.fromisoformat(day)
    return apply(findings, found, path="a.py", known=KNOWN, ran=KNOWN, as_of=as_of, require_reason=require_reason)


def test_a_comment_with_a_date_counts_through_that_day() -> None:
    text = "f()  # prodlint: ignore[missing-timeout] until=2026-12-31 the gateway moves\n"
    (pragma,) = suppressions(text).pragmas
    assert (pragma.until, pragma.reason) == (date(2026, 12, 31), "the gateway moves")
    assert judged(text, "2026-12-31", finding(1)).suppressed == (finding(1),)
    late = judged(text, "2027-01-01", finding(1))
    assert late.kept == (finding(1),)
    (about,) = late.about_suppressions
    assert (about.rule, about.message) == (EXPIRED, "the comment counts until 2026-12-31, which has passed")
    assert about.fix is not None and about.fix.is_safe
    assert cut(text, about.fix.edits[0]) == "f()\n"
    assert [item.rule for item in judged(text, "2027-01-01").about_suppressions] == [EXPIRED]


@pytest.mark.parametrize(
    "text",
    [
        *(f"until={day}" for day in ("2026-13-01", "tomorrow", "", "20261231", "2026-W01-1", "\uff12026-01-01")),
        *("until=2027-01-01 until=2026-12-31", "(until=2026-12-31)", "gw,until=2026-12-31;"),
        *("until: 2026-12-31", "until:2026-12-31", "until = 2026-12-31", "until= 2026-12-31", "Until=2026-12-31"),
    ],
)
def test_a_date_that_is_none_silences_nothing_and_is_left_to_its_author(text: str) -> None:
    applied = judged(f"f()  # prodlint: ignore[missing-timeout] x {text}", "2020-01-01", finding(1))
    assert applied.kept == (finding(1),)
    (about,) = applied.about_suppressions
    assert (about.rule, about.fix) == (INVALID, None)
    assert "date" in about.message


@pytest.mark.parametrize("reason", ["until: the gateway moves", "until 2026-12-31 at least", "or until spring"])
def test_a_reason_may_say_until(reason: str) -> None:
    (pragma,) = suppressions(f"f()  # prodlint: ignore[missing-timeout] {reason}").pragmas
    assert (pragma.until, pragma.problem, pragma.reason) == (None, "", reason)


@pytest.mark.parametrize(
    ("reason", "explained"),
    [
        ("", False),
        ("until=2099-01-01", False),
        ("-- TODO:", False),
        ("<reason>", False),
        ("...", False),
        ("the gateway cuts off", True),
        ("TODO after the move, see #12", True),
    ],
)
def test_a_reason_can_be_asked_for(reason: str, explained: bool) -> None:
    text = f"f()  # prodlint: ignore[missing-timeout] {reason}"
    applied = judged(text, "2026-01-01", finding(1), require_reason=True)
    assert applied.suppressed == (finding(1),)
    assert [item.rule for item in applied.about_suppressions] == ([] if explained else [UNEXPLAINED])
    assert judged(text, "2026-01-01", finding(1)).about_suppressions == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()  # prodlint: ingore[missing-timeout] why\n", "f()  # prodlint: ignore[missing-timeout] why\n"),
        ("# prodlint: fileignore[missing-timeout]\n", "# prodlint: file-ignore[missing-timeout]\n"),
        ("f()  # prodlint: ignore[mising-timeout] why\n", "f()  # prodlint: ignore[missing-timeout] why\n"),
        (
            "f()  # prodlint: ignore[missing-timeout the gateway\n",
            "f()  # prodlint: ignore[missing-timeout] the gateway\n",
        ),
        ("f()  # prodlint: ignore[missing-timeout, zzz]\n", "f()  # prodlint: ignore[missing-timeout]\n"),
        ("f()  # prodlint: ignore[zzz, missing-retries]\n", "f()\n"),
        ("f()  # prodlint: disable=missing-timeout\n", "f()\n"),
        ("f()  # prodlint: ignore missing-timeout\n", "f()  # prodlint: ignore[missing-timeout]\n"),
        ("f()  # prodlint: ignore=missing-timeout,zzz-y why\n", "f()  # prodlint: ignore[missing-timeout] why\n"),
        ("f()  # prodlint: ignore: mising-timeout -- why\n", "f()  # prodlint: ignore[missing-timeout] -- why\n"),
        ("f()  # prodlint: ignore[MISSING-TIMEOUT] why\n", "f()  # prodlint: ignore[missing-timeout] why\n"),
        ("f()  # prodlint: ignore  # noqa\n", "f()  # noqa\n"),
    ],
)
def test_one_edit_repairs_all_that_is_wrong_with_a_comment(before: str, after: str) -> None:
    about = run(before, finding(1)).about_suppressions
    assert INVALID in {item.rule for item in about}
    for item in about:
        assert item.fix is not None and item.fix.is_safe
        assert cut(before, item.fix.edits[0]) == after
    again = run(after, finding(1))
    assert not again.about_suppressions


@pytest.mark.parametrize(
    ("comment", "is_offered"),
    [
        ("ignore the well-known fault", False),
        ("ignore[reliability] the gateway cuts off", False),
        ("disable=missing-timeout the gateway cuts off", False),
        ("ignore[missing-timeout", False),
        ("ingore[missing-timeout]", False),
        ("ingore[missing-timeout] todo", False),
        ("ingore[missing-timeout] the gateway cuts off", True),
        ("ignore[missing-timeout the gateway cuts off", True),
        ("ignore[missing-timeout moves until=2020-01-01", False),
        ("ignore[missing-timeout moves until=spring", False),
        ("ignore[missing-timeout moves until=2030-01-01", True),
        ("disable=missing-timeout", True),
        ("ignore[mising-timeout]", True),
    ],
)
def test_no_fix_is_offered_that_leaves_a_comment_to_complain_of(comment: str, is_offered: bool) -> None:
    before = f"f()  # prodlint: {comment}\n"
    known_before = judged(before, "2026-01-01", finding(1), require_reason=True).about_suppressions
    about = next(item for item in known_before if item.rule == INVALID)
    assert (about.fix is not None) == is_offered
    if about.fix is not None:
        after = judged(cut(before, about.fix.edits[0]), "2026-01-01", finding(1), require_reason=True)
        assert {item.rule for item in after.about_suppressions} <= {item.rule for item in known_before} - {INVALID}


def test_a_comment_is_one_finding_of_a_rule_however_many_names_are_unused() -> None:
    (about,) = run("x()  # prodlint: ignore[missing-timeout, missing-retries]").about_suppressions
    assert "`missing-timeout` and `missing-retries`, which are not found here" in about.message
