"""The fixtures say what the engine must find; every fixture also yields the derived tests here.

How to write one: the module docstring of `fixture_harness`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import fixture_harness as harness

if TYPE_CHECKING:
    from prodlint.findings import Finding

RULE_FOLDERS = harness.rule_folders()
RULE_CASES = harness.collect(*RULE_FOLDERS)
ANNOTATED = [*RULE_CASES, *harness.collect("_apps")]
CLEAN = harness.collect("_clean")
RESOLUTION = harness.collect("_resolution")
JUDGED = [*ANNOTATED, *CLEAN]
BLANK_LINES = 3

MINIMAL_SERVICE = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI(timeout=None, max_retries=3)


@app.get("/caption")
def caption(name: str) -> dict[str, str]:
    reply = client.chat.completions.create(
        model="gpt-5.4-mini", max_completion_tokens=60, messages=[{"role": "user", "content": f"Caption {name}"}]
    )
    return {"caption": reply.choices[0].message.content or ""}
"""
DISABLED_TIMEOUT_LINE = 5


def assert_no_differences(problems: list[str]) -> None:
    if problems:
        pytest.fail("\n" + "\n".join(problems), pytrace=False)


@pytest.mark.parametrize("case", JUDGED, ids=harness.by_name)
def test_the_findings_are_exactly_the_annotated_ones(case: harness.Case, copy: harness.Copy) -> None:
    assert_no_differences(harness.differences(case, harness.run(copy(case))))


@pytest.mark.parametrize("case", RESOLUTION, ids=harness.by_name)
def test_the_settings_of_every_request_resolve_as_annotated(case: harness.Case, copy: harness.Copy) -> None:
    assert_no_differences(harness.call_differences(case, harness.resolved_calls(copy(case))))


@pytest.mark.parametrize("case", [*JUDGED, *RESOLUTION], ids=harness.by_name)
def test_every_fixture_compiles(case: harness.Case) -> None:
    for file in case.python_files:
        compile(file.text, file.path, "exec", dont_inherit=True)


@pytest.mark.parametrize("case", ANNOTATED, ids=harness.by_name)
def test_an_ignore_comment_above_silences_each_finding(case: harness.Case, copy: harness.Copy) -> None:
    commented = harness.ignored(case)
    left = harness.judged(case, harness.run(copy(commented)))
    assert [describe(finding) for finding in left if finding.location.path.endswith(".py")] == []


@pytest.mark.parametrize("case", ANNOTATED, ids=harness.by_name)
def test_blank_lines_above_shift_the_findings_and_change_nothing_else(case: harness.Case, copy: harness.Copy) -> None:
    before = harness.judged(case, harness.run(copy(case)))
    after = harness.judged(case, harness.run(copy(case.rewritten(lambda text: "\n" * BLANK_LINES + text))))
    assert [identity(finding) for finding in after] == [
        identity(finding, shift=BLANK_LINES if finding.location.path.endswith(".py") else 0) for finding in before
    ]


@pytest.mark.parametrize("case", ANNOTATED, ids=harness.by_name)
def test_windows_line_ends_change_nothing(case: harness.Case, copy: harness.Copy) -> None:
    before = harness.judged(case, harness.run(copy(case)))
    after = harness.judged(case, harness.run(copy(case.rewritten(lambda text: text.replace("\n", "\r\n")))))
    assert [identity(finding) for finding in after] == [identity(finding) for finding in before]


def identity(finding: Finding, *, shift: int = 0) -> tuple[object, ...]:
    """All of a finding that lines above it may not touch; its own line moved by `shift`."""
    where = finding.location
    place = (where.path, where.cell, where.line + shift, where.column, where.end_line + shift, where.end_column)
    return (*place, finding.rule, finding.severity, finding.symbol, finding.message, finding.help, finding.fingerprint)


def describe(finding: Finding) -> str:
    return f"{finding.location.path}:{finding.location.line}: {finding.severity.label}: [{finding.rule}]"


@pytest.mark.parametrize("folder", RULE_FOLDERS)
def test_a_rule_folder_shows_the_rule_at_work_and_at_rest(folder: str) -> None:
    cases = harness.collect(folder)
    near_misses = [case for case in cases if case.name == f"{folder}/near_misses"]
    assert near_misses, "near_misses.py is missing"
    assert [expected for expected in harness.expectations(near_misses[0]) if expected.keyword != "todo-ok"] == []
    raised = {expected.rule for case in cases for expected in harness.expectations(case)}
    assert folder in raised


def test_every_core_rule_has_a_folder() -> None:
    assert set(harness.CORE_RULES) <= set(RULE_FOLDERS)


@pytest.mark.parametrize("case", CLEAN, ids=harness.by_name)
def test_clean_programs_expect_nothing(case: harness.Case) -> None:
    assert harness.expectations(case) == []


def test_the_support_bot_shows_every_core_rule() -> None:
    app = harness.read_case(harness.FIXTURES / "_apps" / "support-bot")
    assert {expected.rule for expected in harness.expectations(app)} >= set(harness.CORE_RULES)


def test_half_of_the_resolution_cases_are_undecidable_or_dynamic() -> None:
    calls = [settings for case in RESOLUTION for settings in harness.expected_calls(case).values()]
    undecided = [
        settings for settings in calls if {"unknown", "set"}.intersection("|".join(settings.values()).split("|"))
    ]
    assert len(calls) >= 40
    assert 0.4 <= len(undecided) / len(calls) <= 0.6


def finding_for(expected: harness.Expectation, **changes: object) -> Finding:
    from prodlint.api import Severity
    from prodlint.findings import Finding
    from prodlint.model import Location

    at = Location(path=expected.path, line=expected.line, column=1, end_line=expected.line, end_column=2)
    at = replace(at, cell=expected.cell if expected.cell >= 0 else None)
    severity = Severity[expected.keyword.upper()] if expected.keyword in {"error", "warning", "note"} else Severity.NOTE
    finding = Finding(rule=expected.rule, severity=severity, location=at, message=expected.message, help="")
    return replace(finding, **changes)  # type: ignore[arg-type]  # the callers pass fields of `Finding`


@pytest.mark.parametrize("case", ANNOTATED, ids=harness.by_name)
def test_the_comparison_notices_every_change(case: harness.Case) -> None:
    expected = [one for one in harness.expectations(case) if one.keyword != "todo-error"]
    perfect = [finding_for(one) for one in expected]
    assert harness.differences(case, perfect) == []
    for index, one in enumerate(expected):
        others = perfect[:index] + perfect[index + 1 :]
        moved = replace(perfect[index].location, line=one.line + 1000)
        assert len(harness.differences(case, others)) == 1
        assert len(harness.differences(case, [*perfect, perfect[index]])) == 1
        assert len(harness.differences(case, [*others, finding_for(one, location=moved)])) == 2
        if one.keyword != "todo-ok":
            milder = perfect[index].severity.lowered()
            changed = [*others, finding_for(one, severity=milder)]
            assert len(harness.differences(case, changed)) == (milder is not perfect[index].severity)


def test_malformed_annotations_are_refused() -> None:
    file = harness.SourceFile(path="service.py", text="client = OpenAI()  # warning: [missing-timeout] 600 s\n")
    case = harness.Case(name="malformed", files=(file,), rules=None)
    with pytest.raises(ValueError, match=r"service\.py:1"):
        harness.expectations(case)


# Hostile input. Each file stands beside a sound service whose one finding must survive.


def deep_nesting(depth: int) -> bytes:
    return b"from openai import OpenAI\nvalue = " + b"(" * depth + b"1" + b")" * depth + b"\n"


def deep_blocks(depth: int) -> bytes:
    lines = [f"{'    ' * level}if OpenAI:" for level in range(depth)]
    return "\n".join(["from openai import OpenAI", *lines, "    " * depth + "pass", ""]).encode()


def long_chain(terms: int) -> bytes:
    return b"from openai import OpenAI\nvalue = " + b" + ".join([b"'x'"] * terms) + b"\n"


def giant(size: int) -> bytes:
    function = "def normalise_{0}(text: str) -> str:\n    return text.strip().replace('{0}', '').lower()\n\n\n"
    parts = ["from openai import OpenAI\n\n\n"]
    length = number = 0
    while length < size:
        parts.append(function.format(number))
        length += len(parts[-1])
        number += 1
    parts.append("def connect() -> OpenAI:\n    return OpenAI(timeout=None, max_retries=3)\n\n\n")
    parts.append("def ask(text: str) -> object:\n    return connect().responses.create(model='m', input=text)\n")
    return "".join(parts).encode()


UNREADABLE = {
    "not_utf8": b"from openai import OpenAI\nclient = OpenAI()\nGREETING = 'Gr\xfc\xdfe'\n",
    "unknown_encoding": b"# -*- coding: klingon -*-\nfrom openai import OpenAI\nclient = OpenAI()\n",
    "null_bytes": b"from openai import OpenAI\nclient = OpenAI()\nblob = '\x00'\x00\n",
}
STRAINING = {
    "utf16": "from openai import OpenAI\nclient = OpenAI()\n".encode("utf-16"),
    "nested_brackets": deep_nesting(3000),
    "nested_blocks": deep_blocks(90),
    "long_chain": long_chain(20_000),
    "only_nulls": b"\x00" * 4096,
    "only_form_feeds": b"\x0c\n" * 500,
    "no_final_newline": b"from openai import OpenAI",
    "one_backslash": b"import openai\n\\",
    "old_mac_line_ends": b"from openai import OpenAI\rclient = None\r",
    "long_line": b"import openai\nDATA = '" + b"a b" * 200_000 + b"'\n",
    "bom_in_the_middle": b"import openai\n\xef\xbb\xbfclient = None\n",
}
DECODABLE = {
    "byte_order_mark": b"\xef\xbb\xbf" + MINIMAL_SERVICE.encode(),
    "latin1_cookie": b"# -*- coding: latin-1 -*-\n" + MINIMAL_SERVICE.replace("Caption", "Légende").encode("latin-1"),
    "utf8_cookie": b"# coding: utf-8\n" + MINIMAL_SERVICE.replace("Caption", "标题").encode(),
    "form_feeds": MINIMAL_SERVICE.replace("\n\n\n", "\n\n\x0c\n").encode(),
    "mixed_line_ends": MINIMAL_SERVICE.replace("\n", "\r\n", 4).encode(),
}


def hostile_files() -> dict[str, bytes]:
    committed = {path.stem: path.read_bytes() for path in sorted((harness.FIXTURES / "_hostile").glob("*.py"))}
    return {**committed, **UNREADABLE, **STRAINING}


@pytest.fixture
def sound_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    (folder / "service.py").write_text(MINIMAL_SERVICE, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", sorted(hostile_files()))
def test_a_hostile_file_is_at_most_one_failure_and_hides_nothing(name: str, sound_project: Path) -> None:
    (sound_project / "hostile.py").write_bytes(hostile_files()[name])
    result = harness.check_folder(sound_project)
    sound = [finding.rule for finding in result.findings if finding.location.path == "service.py"]
    assert "disabled-timeout" in sound
    assert {failure.path for failure in result.failures} <= {"hostile.py"}
    assert len(result.failures) <= 1


@pytest.mark.parametrize("name", [*sorted(UNREADABLE), "broken_syntax", "unclosed_bracket", "python2"])
def test_a_file_that_cannot_be_analysed_is_reported(name: str, sound_project: Path) -> None:
    (sound_project / "hostile.py").write_bytes(hostile_files()[name])
    assert [failure.path for failure in harness.check_folder(sound_project).failures] == ["hostile.py"]


@pytest.mark.parametrize("name", ["empty", "only_comments", "only_docstring", "only_form_feeds", "no_final_newline"])
def test_a_file_without_code_is_no_failure(name: str, sound_project: Path) -> None:
    (sound_project / "hostile.py").write_bytes(hostile_files()[name])
    assert harness.check_folder(sound_project).failures == ()


@pytest.mark.parametrize("name", sorted(DECODABLE))
def test_unusual_but_valid_encodings_are_analysed(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("app")
    (folder / "service.py").write_bytes(DECODABLE[name])
    result = harness.check_folder(folder)
    assert result.failures == ()
    lines = [finding.location.line for finding in result.findings if finding.rule == "disabled-timeout"]
    assert lines == [DISABLED_TIMEOUT_LINE + (1 if name.endswith("cookie") else 0)]


def test_a_giant_file_is_analysed_or_reported_but_never_skipped_in_silence(sound_project: Path) -> None:
    (sound_project / "giant.py").write_bytes(giant(1_000_000))
    result = harness.check_folder(sound_project)
    spoken_of = [finding.location.path for finding in result.findings if finding.rule == "disabled-timeout"]
    spoken_of += [failure.path for failure in result.failures]
    assert sorted(spoken_of) == ["giant.py", "service.py"]


def test_folders_and_links_with_a_python_name_do_no_harm(sound_project: Path) -> None:
    (sound_project / "package.py").mkdir()
    (sound_project / "loop").symlink_to(sound_project, target_is_directory=True)
    (sound_project / "dangling.py").symlink_to(sound_project / "nowhere.py")
    result = harness.check_folder(sound_project)
    assert [finding.location.path for finding in result.findings if finding.rule == "disabled-timeout"] == [
        "service.py"
    ]
