"""The formats for people: full, concise, grouped, statistics."""

from __future__ import annotations

import unicodedata

import pytest
from report_runs import at, finding, run

from prodlint.api import Related, Severity
from prodlint.findings import Failure
from prodlint.report import FORMATS, Style, statistics

CLIENT = "from openai import OpenAI\n\nclient = OpenAI()\n"


def full(*findings: object, style: Style | None = None, **others: object) -> str:
    return FORMATS["full"](run(*findings, **others), style or Style())  # type: ignore[arg-type]


def columns(text: str) -> int:
    """Terminal columns, counted independently of the report."""
    return sum(
        0 if unicodedata.combining(c) or c in "\u200d\ufe0f" else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def underlined(report: str) -> str:
    """What stands above the carets, by terminal columns."""
    lines = report.splitlines()
    number = next(index for index, line in enumerate(lines) if set(line.strip(" |")) == {"^"})
    above, carets = lines[number - 1], lines[number]
    first, last = carets.index("^"), carets.rindex("^") + 1
    return "".join(c for i, c in enumerate(above) if first <= columns(above[:i]) < last)


def test_a_finding_shows_place_verdict_source_and_remedy() -> None:
    report = full(finding(at("app/llm.py", 3, 10, 18)), sources={"app/llm.py": CLIENT})
    assert report.startswith(
        "app/llm.py:3:10: warning[missing-timeout] the client is built without a timeout; openai's default is `600 s`\n"
        "  |\n"
        "3 | client = OpenAI()\n"
        "  |          ^^^^^^^^\n"
        "  = help: pass `timeout=60` to `OpenAI`\n"
    )


def test_carets_stop_at_the_end_of_the_first_line_of_a_longer_range() -> None:
    source = "client = OpenAI(   \n    max_retries=2,\n)\n"
    assert underlined(full(finding(at("a.py", 1, 10, 2, end_line=3)), sources={"a.py": source})) == "OpenAI("


@pytest.mark.parametrize(
    ("prefix", "units"),
    [
        ("x = ", 4),
        ("\tx = ", 5),
        ("  \tx = ", 7),
        ("名前 = ", 5),
        ("s = '\U0001f600'; c = ", 14),
        ("s = 'e\u0301'; c = ", 14),
        ("s = '\U0001f468\u200d\U0001f469'; c = ", 17),
    ],
)
def test_carets_stand_under_the_flagged_code(prefix: str, units: int) -> None:
    source = f"{prefix}OpenAI()\n"
    report = full(finding(at("a.py", 1, units + 1, units + 9)), sources={"a.py": source})
    assert underlined(report) == "OpenAI()"


def test_carets_are_as_wide_as_wide_characters() -> None:
    report = full(finding(at("a.py", 1, 5, 9)), sources={"a.py": "x = '日本'\n"})
    assert underlined(report) == "'日本'"


def test_a_stream_without_the_characters_gets_escapes_and_right_carets() -> None:
    report = full(finding(at("a.py", 1, 6, 14)), sources={"a.py": "名前 = OpenAI()\n"}, style=Style(encoding="ascii"))
    assert report.isascii()
    assert "\\u540d\\u524d = OpenAI()" in report
    assert underlined(report) == "OpenAI()"


def test_form_feeds_do_not_shift_the_lines() -> None:
    report = full(finding(at("a.py", 2, 1, 9)), sources={"a.py": "x = 1\x0c\x1c\u2028\nOpenAI()\n"})
    assert underlined(report) == "OpenAI()"


def test_long_lines_are_cut_around_the_carets() -> None:
    source = "x = [" + "1, " * 3000 + "OpenAI(), " + "2, " * 3000 + "]\n"
    column = source.index("OpenAI") + 1
    report = full(finding(at("a.py", 1, column, column + 8)), sources={"a.py": source})
    assert underlined(report) == "OpenAI()"
    assert max(map(len, report.splitlines())) < 200
    assert report.count("…") == 2


def test_a_place_that_the_source_does_not_have_shows_no_excerpt() -> None:
    for location in (at("gone.py", 3, 1, 5), at("a.py", 99, 1, 5)):
        assert " | " not in full(finding(location), sources={"a.py": "x\n"})


def test_at_most_five_related_places_are_shown() -> None:
    related = [Related(location=at("b.py", n, 1, 2), message=f"call {n}") for n in range(1, 8)]
    report = full(finding(at("a.py", 1, 1, 2), related=related))
    assert "::: b.py:1 call 1\n" in report
    assert "::: b.py:5 call 5\n" in report
    assert "call 6" not in report
    assert "::: ... and 2 more\n" in report


def test_a_notebook_place_names_the_cell_counted_from_one() -> None:
    assert full(finding(at("n.ipynb", 3, 10, 18, cell=0))).startswith("n.ipynb:cell 1:3:10: ")


def test_the_footer_counts_everything() -> None:
    report = full(
        finding(at("a.py", 1, 1, 2), severity=Severity.ERROR),
        finding(at("a.py", 2, 1, 2)),
        finding(at("a.py", 3, 1, 2)),
        failures=[
            Failure(path="b.py", line=1, message="bad"),
            Failure(path="b.py", line=None, message="worse"),
            Failure(path="n.ipynb", line=2, cell=3, message="bad"),
        ],
        suppressed=4,
    )
    assert report.endswith(
        "\n1 error, 2 warnings, 4 suppressed, 1 file not analysed, 1 notebook analysed in part\n"
        "12 files checked (3 parsed), 5 LLM calls\n"
    )


def test_a_clean_run_says_how_much_was_looked_at() -> None:
    assert full() == "No findings\n12 files checked (3 parsed), 5 LLM calls\n"


@pytest.mark.parametrize("format_name", ["full", "concise", "grouped"])
def test_quiet_leaves_out_the_footer(format_name: str) -> None:
    assert FORMATS[format_name](run(), Style(footer=False)) == ""


def test_concise_is_one_line_for_each_finding() -> None:
    report = FORMATS["concise"](run(finding(at("a.py", 1, 1, 2)), finding(at("b.py", 2, 3, 4))), Style(footer=False))
    assert [line.split(" ")[0] for line in report.splitlines()] == ["a.py:1:1:", "b.py:2:3:"]


def test_grouped_names_each_file_once() -> None:
    report = FORMATS["grouped"](
        run(finding(at("a.py", 1, 1, 2)), finding(at("a.py", 20, 1, 2)), finding(at("b.py", 2, 3, 4))), Style()
    )
    assert report.startswith("a.py:\n   1:1 warning[missing-timeout]")
    assert report.count("a.py") == 1
    assert "\n\nb.py:\n  2:3 warning" in report


def test_statistics_put_the_most_frequent_rule_first() -> None:
    report = statistics.render(
        run(
            finding(at("a.py", 1, 1, 2), rule="hardcoded-api-key", severity=Severity.ERROR),
            finding(at("a.py", 2, 1, 2)),
            finding(at("a.py", 3, 1, 2)),
        ),
        Style(footer=False),
    )
    assert [line.split()[:3] for line in report.splitlines()] == [
        ["2", "warning", "missing-timeout"],
        ["1", "error", "hardcoded-api-key"],
    ]


@pytest.mark.parametrize("format_name", ["full", "concise", "grouped", "github"])
def test_control_characters_of_analysed_files_never_reach_the_terminal(format_name: str) -> None:
    evil = "\x1b]0;pwned\x07\x9b31m\u202e\r\u2028"
    bad = finding(
        at(f"a{evil}.py", 1, 1, 4),
        message=f"bad {evil}",
        help=f"do {evil}",
        related=[Related(location=at(f"b{evil}.py", 1, 1, 2), message=evil)],
    )
    report = FORMATS[format_name](run(bad, sources={f"a{evil}.py": f"x = '{evil}'\n"}), Style())
    assert not {c for c in report if c != "\n" and (unicodedata.category(c) in {"Cc", "Cf", "Zl"})}
    assert "\\x1b" in report


def test_colour_is_only_added() -> None:
    import re

    case = run(finding(at("a.py", 1, 1, 4)), sources={"a.py": "OpenAI()\n"})
    colored = FORMATS["full"](case, Style(color=True))
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == FORMATS["full"](case, Style())
