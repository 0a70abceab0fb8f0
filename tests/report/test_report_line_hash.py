"""GitHub's line hash, against the values its own tests expect."""

from __future__ import annotations

import pytest

from prodlint.report.line_hash import line_hashes

LINES = "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n"
EXPECTED = (
    "e54938cc54b302f1:1",
    "bb609acbe9138d60:1",
    "1131fd5871777f34:1",
    "5c482a0f8b35ea28:1",
    "54517377da7028d2:1",
    "2c644846cb18d53e:1",
    "f1b89f20de0d133:1",
    "c129715d7a2bc9a3:1",
)


def test_an_empty_file_has_one_line() -> None:
    assert line_hashes("") == ("c129715d7a2bc9a3:1",)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_matter(line_end: str) -> None:
    assert line_hashes(LINES.replace("\n", line_end)) == EXPECTED


def test_blanks_do_not_matter() -> None:
    assert line_hashes(LINES.replace("x", " \tx")) == EXPECTED


def test_equal_stretches_are_numbered() -> None:
    block = "a\n" * 200
    hashes = line_hashes(block)
    first = [value.split(":")[0] for value in hashes[:150]]
    assert len(set(first)) == 1
    assert [value.split(":")[1] for value in hashes[:3]] == ["1", "2", "3"]


def rolling(text: str) -> list[str]:
    """The same by a rolling hash over a ring buffer, as the rule is worded."""
    units = [u for c in text for u in memoryview(c.encode("utf-16-le", "surrogatepass")).cast("H").tolist()]
    kept, after_cr = [], False
    for unit in units:
        if unit in (32, 9) or (after_cr and unit == 10):
            after_cr = False
            continue
        after_cr = unit == 13
        kept.append(10 if unit == 13 else unit)
    window, value, begin = [0] * 100, 0, True
    starts: list[int] = []
    seen: dict[str, int] = {}
    out = []
    padded = [*kept, 65535, *[0] * 100]
    for index, unit in enumerate(padded):
        if starts and index - starts[0] == 100:
            digits = f"{value:x}"
            seen[digits] = seen.get(digits, 0) + 1
            out.append(f"{digits}:{seen[digits]}")
            starts.pop(0)
        if begin and index <= len(kept):
            starts.append(index)
        begin = unit == 10 and index < len(kept)
        value = (37 * value + unit - pow(37, 100) * window[index % 100]) % (1 << 64)
        window[index % 100] = unit
    return out


@pytest.mark.parametrize(
    "text", ["s = '\U0001f600'\r\r\n\n x\ty\r \n", "é = 1\n" * 70, "no end", "\n\n\n", "a" * 250 + "\n" + "b" * 99]
)
def test_the_rolling_definition_gives_the_same(text: str) -> None:
    assert list(line_hashes(text)) == rolling(text)
