"""Sorting files by what they are needed for: the same in one process and in several, by words and by patterns."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodlint import triage
from prodlint.analysis import analyse
from prodlint.config import Config
from prodlint.demand import may_call, may_import
from prodlint.discover import discover
from prodlint.file_index import Index
from prodlint.parallel import spread
from prodlint.screen import Sieve
from prodlint.sdks import catalogue, words
from prodlint.secrets.assignments import assignments
from prodlint.secrets.hints import may_assign
from prodlint.triage import each

PIECES = (
    "import openai",
    "from google import genai",
    "client.chat . completions\n.create(",
    "google",
    "together",
    "OPENAI_API_KEY",
    "sk-",
    "x = 1",
    "prodlint: ignore",
    "import os, anthropic",
    "genai",
)


JUDGE = triage.Judge(words.load())
JUDGE.prepare()


def test_the_words_are_those_of_the_records() -> None:
    known = catalogue.read()
    assert catalogue.load() == known
    assert words.load().imports == known.imports
    assert set(words.load().variables) == {key.variable for key in known.keys} - {""}


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("\n".join))
def test_words_and_patterns_give_the_same_answer(text: str) -> None:
    data = text.encode()
    by_words, by_patterns = Sieve(words.load()), Sieve(words.load())
    by_patterns._left = 0
    assert by_words.passes(data) == by_patterns.passes(data)
    assert by_words.holds_credentials(data) == by_patterns.holds_credentials(data)


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("\n".join), st.sampled_from(["python", "notebook", "text"]))
def test_a_judge_of_many_files_says_what_one_of_few_says(text: str, category: str) -> None:
    few, many = triage.Judge(words.load()), JUDGE
    for data in (text.encode(), text.encode("utf-16"), f"{{{text}\\n}}".encode()):
        assert many.verdict(category, data) == few.verdict(category, data)


def files_of(folder: Path, count: int) -> None:
    for number in range(count):
        text = {0: "import openai\n", 1: "x = 1  # prodlint: ignore[a]\n", 2: "'\xff'\n"}.get(number % 10, "x = 1\n")
        (folder / f"f{number:03}.py").write_text(text, encoding="latin-1")


def test_one_process_and_two_sort_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files_of(tmp_path, 60)
    monkeypatch.setattr(triage, "MIN_FILES", 10)
    discovery = discover([tmp_path], tmp_path, Config())
    contents = {file.path: file.absolute for file in discovery.files}
    found = [
        [
            item.verdict
            for item in triage.sort_out(discovery.files, contents, triage.Judge(words.load()), Index({}, {}, "i"), jobs)
            if item
        ]
        for jobs in (1, 2)
    ]
    assert found[0] == found[1]
    assert sum(verdict.is_plain for verdict in found[0]) == 42


@pytest.mark.parametrize("count", [0, 1, 7, 200])
@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_of_many_processes_come_in_order(count: int, jobs: int) -> None:
    found = spread(range(count), lambda share: [number for number in share if number % 3], jobs=jobs)
    assert found == [number for number in range(count) if number % 3]


def test_a_process_that_fails_costs_no_result() -> None:
    import os

    parent = os.getpid()

    def work(share: range) -> list[int]:
        if os.getpid() != parent:
            os._exit(3)
        return list(share)

    assert spread(range(10), work, jobs=3) == list(range(10))  # type: ignore[arg-type]


KEY_LINES = st.sampled_from(
    [
        "OPENAI_API_KEY=%s",
        'openai_api_key: "%s"',
        '  "anthropic-api-key": "%s",',
        "ENV GROQ_API_KEY %s",
        "export MISTRAL_TOKEN=%s",
        "- name: OPENAI_API_KEY\n  value: %s",
        '{"name": "OPENAI_API_KEY", "value": "%s"}',
        "Authorization: Bearer %s",
        "[openai]\napi_key = %s",
        "[openai]\napikey: '%s'",
        "COHERE_API_KEY_PRODUCTION := %s",
    ]
)


VALUES = st.text(alphabet="abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=24, max_size=60)


@given(KEY_LINES, VALUES)
def test_the_fast_look_misses_no_assigned_key(line: str, value: str) -> None:
    text = line % value
    if any(True for _ in assignments(text)):
        assert may_assign(text.encode())
        assert may_assign(text.encode("utf-16"))


@pytest.mark.parametrize("line", ['"api_key": "API key",', '"key": "%key:component::x::title%"', "tokens = 12"])
def test_texts_about_keys_are_not_scanned(line: str) -> None:
    assert not may_assign(line.encode())


def test_a_use_counts_as_a_call_but_an_import_a_definition_and_a_base_do_not() -> None:
    question = may_call([("Base", "Base"), ("step", "Base")], only_imports=False)
    assert not question.answer()("app/a.py", b"from a import Base\nclass Sub(Base):\n    async def step(self): ...\n")
    assert question.answer()("app/a.py", b"from a import Base\nBase()\n")
    assert question.answer()("app/a.py", b"from a import Base\nclass Sub(Base):\n    def go(self): self.step()\n")


def test_only_imports_that_name_a_module_count() -> None:
    says = may_import(["app/llm.py", "app/core/__init__.py"]).answer()
    assert says("a.py", b"from app.llm import ask\n") and says("a.py", b"from app import (\n  core,\n)\n")
    assert not says("a.py", b"# llm\nimport os\n")


def test_a_module_is_named_with_its_folder_or_from_below_it() -> None:
    says = may_import(["app/llm/const.py", "app/llm/__init__.py", "src/own.py"]).answer()
    assert says("app/llm/a.py", b"from .const import A\n") and says("app/llm/b/c.py", b"from .. import const\n")
    assert not says("app/other/a.py", b"from .const import A\n")
    assert says("app/other/a.py", b"from ..llm.const import A\n")
    assert says("app/llm/a.py", b"from . import B\n") and not says("app/other/a.py", b"from . import B\n")
    assert says("tests/a.py", b"import own\n")
    assert not says("app/other/a.py", b"import const\n# app.llm\n")


def test_a_large_file_with_llm_code_is_reported_as_skipped(tmp_path: Path) -> None:
    (tmp_path / "big.py").write_text("import openai\n" + "x = 1\n" * 100)
    (tmp_path / "plain.py").write_text("x = 1\n" * 100)
    (failure,) = analyse([tmp_path], Config(max_file_size=500), jobs=1).failures
    assert failure.path == "big.py" and "max-file-size" in failure.message and "skipped" in failure.message


def test_answers_are_remembered_for_unchanged_files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodlint.file_index.RACY_NS", -3_600_000_000_000)
    places = [str(tmp_path / name) for name in ("a.py", "b.py")]
    for place in places:
        Path(place).write_text("x")
    first = Index({}, {}, "i")
    asked: list[str] = []

    def answered(unread: list[str]) -> list[tuple[str, bool, tuple[int, int, int, int]]]:
        asked.extend(unread)
        return each(unread, lambda place, data: data == b"yes", 1)

    assert first.ask(b"q", places, answered) == []
    Path(places[1]).write_text("yes")
    second = Index(first.files, first.answers, "i")
    assert second.ask(b"q", places, answered) == places[1:]
    assert asked == [*places, places[1]]
    third = Index(second.files, second.answers, "i")
    assert third.ask(b"another", places, answered) == places[1:] and len(asked) == 5


class Forgetful(triage.Judge):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(words.load())
        self.asked = 0

    def verdict(self, category: str, data: bytes) -> triage.Verdict:
        self.asked += 1
        return super().verdict(category, data)


def test_verdicts_are_remembered_for_unchanged_files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodlint.file_index.RACY_NS", -3_600_000_000_000)
    files_of(tmp_path, 10)
    discovery = discover([tmp_path], tmp_path, Config())
    contents = {file.path: file.absolute for file in discovery.files}

    def sorted_out(index: Index) -> tuple[list[triage.Verdict], int]:
        judge = Forgetful()
        found = triage.sort_out(discovery.files, contents, judge, index, 1)
        return [item.verdict for item in found if isinstance(item, triage.Sorted)], judge.asked

    first = Index({}, {}, "i")
    verdicts, asked = sorted_out(first)
    assert asked == 10 and [verdict.parse for verdict in verdicts[:2]] == [True, False] and verdicts[1].pragma
    second = Index(first.files, first.answers, "i")
    assert sorted_out(second) == (verdicts, 1)  # that one is no text
    assert not second.is_changed
    (tmp_path / "f000.py").write_text("x = 12345\n")
    again, asked = sorted_out(Index(second.files, second.answers, "i"))
    assert asked == 2 and again[0] == triage.PLAIN


@pytest.mark.parametrize("parse", [False, True])
def test_a_file_in_which_no_key_was_found_is_not_scanned_again(parse: bool) -> None:
    index, signature = Index({}, {}, "i"), (1, 1, 1, 1)
    index.note("/a", signature, triage.state_of(triage.Verdict(False, parse, True, None)))
    assert index.needed_for("/a", signature) == 4 + 2 * parse and index.needed_for("/a", (1, 2, 1, 1)) is None
    index.note("/a", signature, index.SEEN)
    assert index.needed_for("/a", signature) == 4 + 2 * parse
    index.note("/a", signature, triage.state_of(triage.Verdict(False, parse, False, None)))
    assert index.needed_for("/a", signature) == (2 if parse else None)
    assert index.files["/a"] == (signature, index.OF_INTEREST + 2 if parse else index.SOUND)


def test_a_file_that_takes_its_process_down_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import signal

    from prodlint import parallel

    here, whole = os.getpid(), parallel.extract_one

    def extract_one(path: str, data: bytes) -> object:
        if path == "b.py" and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(path, data)

    monkeypatch.setattr(parallel, "extract_one", extract_one)
    files = [(name, b"x = 1\n") for name in ("c.py", "d.py", "a.py", "b.py")]
    found = dict(parallel.extract_all(files, jobs=2))
    assert "ended by the system" in str(found["b.py"])
    assert found["a.py"] == found["c.py"] == found["d.py"]
