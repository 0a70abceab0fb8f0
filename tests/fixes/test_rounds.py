"""What is tried again after a pass, and what is not."""

from __future__ import annotations

from pathlib import Path

from .repairing import fixed


def test_a_fix_that_has_no_shape_hides_no_other_of_the_same_source(tmp_path: Path) -> None:
    ask = "client.responses.create(input=text, max_output_tokens=9)"
    source = f"""\
import asyncio

import openai

client = openai.OpenAI(timeout=5, max_retries=2)


async def ask(text):
    first = {ask}
    quoted = f"{{{ask}}}"
    second = client.responses.create(
        model='m',
        instructions={ask}.output_text,
        input=text,
        max_output_tokens=9,
    )
    return first, quoted, second
"""
    result = fixed(tmp_path, source, "blocking-call-in-async")
    assert f'    quoted = f"{{{ask}}}"\n' in result
    assert result.count("to_thread") == 3
