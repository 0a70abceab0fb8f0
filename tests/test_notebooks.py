"""Notebooks end to end: which lines are Python, where a place in a cell stands in the file, one broken cell."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

import pytest

from prodlint import notebook_lines
from prodlint.config import Config
from prodlint.engine import Request, check
from prodlint.findings import Run
from prodlint.magics import plain_python
from prodlint.model import Location

IMPORT = "import openai\n"
CLIENT = "s = '\U0001f600\"'; client = openai.OpenAI(\n    max_retries=0,\n)\n"
CALL = "client.responses.create(model='m', input='')"


def written(*cells: object, indent: int | None = 1, ascii_only: bool = False) -> str:
    """A notebook with a text cell first, and with outputs and metadata that look like sources."""
    document = {
        "cells": [
            {"cell_type": "markdown", "metadata": {"source": ["no"]}, "source": ["# text\n"]},
            *(
                {
                    "cell_type": "code",
                    "metadata": {"cell_type": "markdown"},
                    "outputs": [{"data": {"source": ["x"], "text/plain": '"}]{['}}],
                    "source": source,
                }
                for source in cells
            ),
        ],
        "metadata": {"kernelspec": {"language": "python"}},
        "nbformat": 4,
    }
    return json.dumps(document, indent=indent, ensure_ascii=ascii_only)


def checked(folder: Path, text: str, *rules: str) -> Run:
    from prodlint.engine import Selection

    (folder / "study.ipynb").write_text(text, encoding="utf-8")
    request = Request(paths=(folder / "study.ipynb",), config=Config(), selection=Selection(select=rules))
    return check(request)


def text_at(raw: str, place: Location) -> str:
    """What stands in a range of one line of the file."""
    assert place.line == place.end_line and place.cell is None
    line = raw.split("\n")[place.line - 1].encode("utf-16-le")
    return line[(place.column - 1) * 2 : (place.end_column - 1) * 2].decode("utf-16-le")


def lines_of(source: str) -> list[str]:
    return source.splitlines(keepends=True)


@pytest.mark.parametrize("indent", [1, None], ids=["pretty", "minified"])
@pytest.mark.parametrize("ascii_only", [False, True], ids=["characters", "escapes"])
@pytest.mark.parametrize("as_list", [True, False], ids=["lines", "one string"])
def test_a_place_in_a_cell_is_found_in_the_file(
    tmp_path: Path, indent: int | None, ascii_only: bool, as_list: bool
) -> None:
    cells = [lines_of(text) if as_list else text for text in (IMPORT, CLIENT, CALL)]
    raw = written(*cells, indent=indent, ascii_only=ascii_only)
    run = checked(tmp_path, raw, "missing-retries")
    (finding,) = run.findings
    assert (finding.location.cell, finding.location.line, finding.location.column) == (1, 2, 5)
    assert text_at(raw, run.in_file[finding.location]) == "max_retries=0"
    (call,) = (item.location for item in finding.related)
    assert (call.cell, call.line) == (2, 1)
    assert text_at(raw, run.in_file[call]).startswith("client.responses.create(")


def test_a_range_over_several_lines_ends_on_a_line_of_its_own(tmp_path: Path) -> None:
    raw = written(IMPORT, lines_of(CLIENT), CALL)
    run = checked(tmp_path, raw, "missing-timeout")
    (finding,) = run.findings
    there = run.in_file[finding.location]
    assert there.end_line == there.line + 2
    assert (
        raw.split("\n")[there.line - 1]
        .encode("utf-16-le")[(there.column - 1) * 2 :]
        .decode("utf-16-le")
        .startswith("openai.OpenAI(")
    )


def test_a_line_in_two_strings_is_one_line(tmp_path: Path) -> None:
    raw = written(IMPORT, ["client = openai.", "OpenAI(max_retries", "=0)\n"], CALL)
    run = checked(tmp_path, raw, "missing-retries")
    (finding,) = run.findings
    there = run.in_file[finding.location]
    assert (there.line + 1, raw.split("\n")[there.line].strip()) == (there.end_line, '"=0)\\n"')


def test_a_place_that_the_cell_does_not_have_is_left_out() -> None:
    raw = written("x = 1\n")
    beyond = [
        Location(path="n.ipynb", line=9, column=1, end_line=9, end_column=2, cell=0),
        Location(path="n.ipynb", line=1, column=1, end_line=1, end_column=2, cell=7),
        Location(path="n.ipynb", line=1, column=1, end_line=1, end_column=2),
    ]
    assert notebook_lines.places(beyond, lambda _: raw) == {}


def test_the_cells_are_those_that_json_reads(tmp_path: Path) -> None:
    texts = [IMPORT, CLIENT, "", 'a = "\\u00e9\\ud83d\\ude00\\n"\r\nb = 1']
    assert notebook_lines.sources(written(*texts)) == texts
    assert notebook_lines.sources(written(*map(lines_of, texts), indent=None, ascii_only=True)) == texts


def test_a_key_in_an_output_stands_at_its_line_of_the_file(tmp_path: Path) -> None:
    chance = random.Random(7)
    key = "gsk_" + "".join(chance.choices(string.ascii_letters + string.digits, k=52))
    document = json.loads(written(IMPORT))
    document["cells"][1]["outputs"] = [{"output_type": "stream", "text": [f"OPENAI_API_KEY={key}\n"]}]
    raw = json.dumps(document, indent=1)
    (finding,) = checked(tmp_path, raw, "hardcoded-api-key").findings
    assert finding.location.cell is None
    assert key in raw.split("\n")[finding.location.line - 1]


@pytest.mark.parametrize("indent", [1, None])
def test_a_key_in_a_cell_and_in_its_output_is_found_in_both_places(tmp_path: Path, indent: int | None) -> None:
    chance = random.Random(7)
    key = "gsk_" + "".join(chance.choices(string.ascii_letters + string.digits, k=52))
    document = json.loads(written(f"# {key}\n", f"%env GROQ_API_KEY={key}\n", "x = 1"))
    document["cells"][3]["outputs"] = [{"output_type": "stream", "text": [f"env: GROQ_API_KEY={key}\n"]}]
    raw = json.dumps(document, indent=indent)
    found = checked(tmp_path, raw, "hardcoded-api-key").findings
    assert [finding.location.cell for finding in found] == [None, None, 0], "the magic, the output, and the comment"
    lines = raw.split("\n")
    in_file = [finding.location for finding in found[:2]]
    assert [lines[place.line - 1][place.column - 1 : place.end_column - 1] for place in in_file] == [key, key]


def test_findings_come_in_the_order_of_the_cells(tmp_path: Path) -> None:
    cells = [IMPORT, "\n\n\nclient = openai.OpenAI(timeout=None)\n", "other = openai.OpenAI(timeout=None)\n", CALL]
    run = checked(tmp_path, written(*cells, "other.responses.create(model='m', input='')"), "disabled-timeout")
    assert [(finding.location.cell, finding.location.line) for finding in run.findings] == [(1, 4), (2, 1)]


@pytest.mark.parametrize("broken", ["def (:\n", "x = (1,\n", "'''never closed\n", "if True:\n"])
def test_a_broken_cell_is_reported_and_the_others_are_analysed(tmp_path: Path, broken: str) -> None:
    run = checked(tmp_path, written(IMPORT, broken, CLIENT, CALL), "missing-retries")
    (failure,) = run.failures
    assert (failure.path, failure.cell) == ("study.ipynb", 1)
    assert [finding.location.cell for finding in run.findings] == [2]
    place = failure.location
    assert place is not None and place in run.in_file


def test_a_comment_in_a_notebook_with_a_broken_cell_is_not_called_unused(tmp_path: Path) -> None:
    faulty = "client = openai.OpenAI()  # prodlint: ignore[missing-timeout] a trial\n(\n"
    run = checked(tmp_path, written(IMPORT, faulty, CALL))
    assert "unused-suppression" not in {finding.rule for finding in run.findings}


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        (["%matplotlib inline", "x = 1"], ["pass", "x = 1"]),
        (["!pip install \\", "    openai", "x = 1"], ["pass", "", "x = 1"]),
        (["files = !ls", "openai?", "if x:", "    %cd .."], ["pass", "pass", "if x:", "    pass"]),
        (["print('%d'", "      % 3)"], ["print('%d'", "      % 3)"]),
        (["x = 7 \\", "  % 3"], ["x = 7 \\", "  % 3"]),
        (['"""', "!not a command", '"""', "!ls"], ['"""', "!not a command", '"""', "pass"]),
        (["x = '(' # (", "!ls"], ["x = '(' # (", "pass"]),
        (["%time r = client.f(", "    1)"], ["None; r = client.f(", "    1)"]),
        (["%time", "%time -v"], ["pass", "pass"]),
        ([",f a b", ";f a", "/f a", "x = (1", ", 2)"], ["pass", "pass", "pass", "x = (1", ", 2)"]),
        (["%%bash", "ls (", "x"], ["", "", ""]),
        (["%%time", "x = 1"], ["pass", "x = 1"]),
        ([], [""]),
    ],
)
def test_magics_are_taken_out_where_a_statement_begins(cell: list[str], python: list[str]) -> None:
    assert plain_python(cell) == python


def test_a_timed_call_keeps_its_columns(tmp_path: Path) -> None:
    run = checked(tmp_path, written(IMPORT + "client = openai.OpenAI()", f"%time {CALL}"), "missing-max-tokens")
    (finding,) = run.findings
    assert (finding.location.cell, finding.location.line, finding.location.column) == (1, 1, 7)
