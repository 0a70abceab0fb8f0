"""The guards notice every way in which a fix could harm a file."""

from __future__ import annotations

import pytest

from prodlint.fixes.documents import document
from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.guards import checked
from prodlint.fixes.plan import Plan

SOURCE = "import openai\n\n# ours\nclient = openai.OpenAI(max_retries=3)  # shared\nother = 1\n"
END = SOURCE.index(")  # shared")


def plan(*replacements: Replacement, source: str = SOURCE) -> Plan:
    return Plan(document("service.py", source.encode()), replacements, (), ())


def test_an_added_keyword_passes() -> None:
    assert b"max_retries=3, timeout=60)" in checked(plan(Replacement(END, END, ", timeout=60")))


@pytest.mark.parametrize(
    "replacement",
    [
        Replacement(END, END, ", timeout=("),  # does not parse
        Replacement(END, END, ") and print(1"),  # another tree around it
        Replacement(END, END + 1, ""),  # a bracket lost
        Replacement(SOURCE.index("# ours"), SOURCE.index("# ours") + 6, ""),  # a comment lost
        Replacement(SOURCE.index("# ours"), SOURCE.index("# ours") + 6, "# theirs"),  # another comment
        Replacement(SOURCE.index("other"), SOURCE.index("other"), "if client:\n    "),  # a statement moved inside
        Replacement(SOURCE.index("  # shared"), SOURCE.index("  # shared"), ".copy(max_retries=1)"),  # wrapped
    ],
)
def test_anything_else_is_refused(replacement: Replacement) -> None:
    with pytest.raises(Refused):
        checked(plan(replacement))


def test_a_keyword_that_is_there_already_is_refused() -> None:
    with pytest.raises(Refused):
        checked(plan(Replacement(END, END, ", max_retries=4")))


def test_text_that_the_encoding_lacks_is_refused() -> None:
    source = "# coding: latin-1\n" + SOURCE
    at = source.index(")  # shared")
    with pytest.raises(Refused, match="iso-8859-1"):
        checked(plan(Replacement(at, at, ", name='→'"), source=source))
