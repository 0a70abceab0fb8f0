"""Long module bodies take time in proportion to their length, counted in calls, which no clock disturbs."""

from __future__ import annotations

import sys

import pytest

from .project_builder import link_program, program_of

HEAD = (
    "from openai import OpenAI\nimport pandas as pd\nclient = OpenAI(timeout=9)\ntable = pd.read_csv('a')\nx = table\n"
)
LINES = {
    "requests": "client.responses.create(model='m', input='q')\n",
    "requests that are fed to one another": "x = client.responses.create(model='m', input=x)\n",
    "a chain on one name": "x = x.create(1)\n",
    "a chain over many names": "x{after} = x{before}.create(1)\n",
    "a chain on a client": "client = client.with_options(timeout=1)\n",
    "columns": "table['c{after}'] = table['c{before}'].create(table['d{after}'])\n",
    "attributes": "table.c{after} = table.c{before}.create(table.d{after})\n",
    "a chain of reads": "x = x.get('a')\n",
}


@pytest.mark.parametrize("name", sorted(LINES))
def test_long_bodies_take_time_in_proportion(name: str) -> None:
    """Four times the lines may take six times the calls, not sixteen times."""
    assert _calls_made(LINES[name], 600) < 6 * _calls_made(LINES[name], 150)


def _calls_made(line: str, count: int) -> int:
    """The calls of Python functions that it takes to link a module with so many lines."""
    body = "".join(line.format(before=number or "", after=number + 1) for number in range(count))
    program = program_of({"script.py": HEAD + body})
    made = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        link_program(program)
    finally:
        sys.setprofile(before)
    return made
