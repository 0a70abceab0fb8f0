"""`prodlint baseline` and what a check makes of the baseline, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import findings, prodlint, repository, write

CALL = """from openai import OpenAI

client = OpenAI(timeout=20, max_retries=4)


def ask(question):
    return client.responses.create(model="m", input=question, temperature=1).output_text
"""
REPAIRED = CALL.replace('model="m"', 'model="m", max_output_tokens=9')
BOOK = ".prodlint-baseline.json"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a known fault in each of two files."""
    folder = repository(tmp_path / "project", {"a.py": CALL, "b/b.py": CALL})
    assert prodlint(folder, "baseline", "create").code == 0
    return folder


def book(folder: Path, name: str = BOOK) -> list[str]:
    return [entry["path"] for entry in json.loads((folder / name).read_text(encoding="utf-8"))["entries"]]


def test_known_findings_are_counted_and_can_be_asked_for(project: Path) -> None:
    done = prodlint(project, "check")
    assert (done.code, done.out.splitlines()[0]) == (0, "No findings, 2 in the baseline")
    summary = json.loads(prodlint(project, "check", "--output-format", "json").out)["summary"]
    assert (summary["findings"], summary["baselined"]) == (0, 2)
    assert len(findings(project, "--no-baseline")) == 2
    assert prodlint(project / "b", "check").code == 0, "the file in the root counts in every folder"


def test_creating_replaces_nothing_unless_told_to(project: Path) -> None:
    write(project, {"a.py": REPAIRED})
    done = prodlint(project, "baseline", "create")
    assert done.code == 2
    assert "exists" in done.err and "baseline update" in done.err
    assert book(project) == ["a.py", "b/b.py"]
    assert prodlint(project, "baseline", "create", "--force").code == 0
    assert book(project) == ["b/b.py"]


def test_updating_adds_only_what_is_allowed(project: Path) -> None:
    write(project, {"a.py": REPAIRED, "c.py": CALL})
    done = prodlint(project, "baseline", "update")
    assert (done.code, book(project)) == (1, ["a.py", "b/b.py"])
    assert "new: c.py:7: missing-max-tokens" in done.err
    done = prodlint(project, "baseline", "update", "--allow-new")
    assert (done.code, book(project)) == (0, ["b/b.py", "c.py"])
    assert "1 known, 1 added, 1 removed" in done.err


def test_pruning_touches_only_what_was_looked_at(project: Path) -> None:
    write(project, {"a.py": REPAIRED, "b/b.py": REPAIRED})
    assert prodlint(project, "baseline", "prune", "b").code == 0
    assert book(project) == ["a.py"]
    assert prodlint(project, "baseline", "prune", "--select", "missing-timeout").code == 0
    assert book(project) == ["a.py"]
    write(project, {"a.py": "import openai\ndef (:\n"})
    assert prodlint(project, "baseline", "prune").code == 2
    assert book(project) == ["a.py"]
    (project / "a.py").unlink()
    assert prodlint(project, "baseline", "prune").code == 0
    assert book(project) == []


def test_a_moved_file_is_written_under_its_new_name_and_keeps_its_reason(project: Path) -> None:
    path = project / BOOK
    path.write_text(path.read_text(encoding="utf-8").replace('"nth": 1}', '"nth": 1, "reason": "why"}'), "utf-8")
    (project / "a.py").rename(project / "z.py")
    assert prodlint(project, "check").code == 0
    assert prodlint(project, "baseline", "prune").code == 0
    assert book(project) == ["b/b.py", "z.py"]
    assert path.read_text(encoding="utf-8").count('"reason": "why"') == 2


def test_stale_entries_are_told_and_fail_on_request(project: Path) -> None:
    write(project, {"a.py": REPAIRED})
    done = prodlint(project, "check", "-v")
    assert done.code == 0
    assert "listed in the baseline and found no longer: 1 finding" in done.err
    assert "stale: a.py: missing-max-tokens in ask" in done.err
    assert "stale: " not in prodlint(project, "check").err
    failed = prodlint(project, "check", "--fail-on-stale")
    assert failed.code == 1
    assert "stale: a.py: missing-max-tokens in ask" in failed.err, "what fails a run is named"
    assert prodlint(project, "check", "--fail-on-stale", "b").code == 0


def test_another_file_can_be_named_by_option_or_configuration(project: Path) -> None:
    (project / BOOK).unlink()
    missing = prodlint(project, "check", "--baseline", "known.json")
    assert missing.code == 2
    assert "known.json: no such baseline; `prodlint baseline create" in missing.err
    assert prodlint(project, "baseline", "create", "--baseline", "known.json").code == 0
    assert prodlint(project, "check", "--baseline", "known.json").code == 0
    assert prodlint(project, "check").code == 1
    write(project, {"prodlint.toml": 'baseline = "known.json"\n'})
    assert prodlint(project, "check", "b").code == 0
    assert prodlint(project, "baseline", "prune").code == 0


def test_force_replaces_a_broken_baseline_and_no_code(project: Path) -> None:
    (project / BOOK).write_bytes(b"\xff\xfe")
    assert prodlint(project, "baseline", "create").code == 2
    assert prodlint(project, "baseline", "create", "--force").code == 0
    assert book(project) == ["a.py", "b/b.py"]
    refused = prodlint(project, "baseline", "create", "--force", "--baseline", "a.py")
    assert (refused.code, (project / "a.py").read_text(encoding="utf-8")) == (2, CALL)
    assert "is a file that prodlint reads" in refused.err


def test_without_a_baseline_there_is_nothing_to_prune(tmp_path: Path) -> None:
    folder = repository(tmp_path, {"a.py": CALL})
    for command in ("prune", "update", "show"):
        done = prodlint(folder, "baseline", command)
        assert (done.code, done.out) == (2, "")
        assert "no such baseline" in done.err


def test_the_known_findings_are_shown(project: Path) -> None:
    assert "no such file or directory: nowhere" in prodlint(project, "baseline", "show", "nowhere").err
    assert prodlint(project, "baseline", "show").out.splitlines() == [
        "a.py: missing-max-tokens in ask",
        "b/b.py: missing-max-tokens in ask",
        "2 known findings: 2 missing-max-tokens",
    ]


def test_one_more_of_the_same_is_new(project: Path) -> None:
    call = 'client.responses.create(model="m", input=question, temperature=1).output_text'
    write(project, {"a.py": CALL.replace(f"return {call}", f"first = {call}\n    return first, {call}")})
    assert len(findings(project)) == 1


def test_no_key_is_in_the_baseline(tmp_path: Path) -> None:
    key = "sk-proj-" + "aB3xZ9qLm7Rt" * 4 + "T3BlbkFJ" + "kW8vYc2nHd5P" * 4
    folder = repository(
        tmp_path, {"a.py": f"import openai\nopenai.api_key = '{key}'\n", ".env": f"OPENAI_API_KEY={key}\n"}
    )
    assert {item["path"] for item in findings(folder)} == {"a.py", ".env"}
    assert prodlint(folder, "baseline", "create").code == 0
    text = (folder / BOOK).read_text(encoding="utf-8")
    assert key[8:20] not in text
    assert prodlint(folder, "check").code == 0, "and none is found in it"
    write(folder, {".env": f"\n# moved\nOPENAI_API_KEY={key}\n"})
    assert prodlint(folder, "check").code == 0
    write(folder, {".env": f"OPENAI_API_KEY={key.replace('xZ9q', 'xZ8q')}\n"})
    assert [item["path"] for item in findings(folder)] == [".env"]


def test_nothing_selected_finds_nothing(project: Path) -> None:
    write(project, {"c.py": CALL + "# prodlint: ignore\n"})
    assert len(findings(project)) == 2
    assert findings(project, "--select", "") == []
    assert [item["rule"] for item in findings(project, "--select", "suppression")] == ["invalid-suppression"]
    write(project, {"prodlint.toml": "select = []\n"})
    assert findings(project) == []
    write(project, {"prodlint.toml": 'severity = {suppression = "off"}\n'})
    assert [item["rule"] for item in findings(project)] == ["missing-max-tokens"]


def test_comments_can_be_disregarded_and_dates_judged(project: Path) -> None:
    write(project, {"a.py": "# prodlint: file-ignore[missing-max-tokens] until=2026-05-31 why\n" + CALL})
    accepted = ("--no-baseline", "a.py")
    assert findings(project, "--as-of", "2026-05-31", *accepted) == []
    rules = ["expired-suppression", "missing-max-tokens"]
    assert [item["rule"] for item in findings(project, "--as-of", "2026-06-01", *accepted)] == rules
    assert [item["rule"] for item in findings(project, "--ignore-suppressions", *accepted)] == rules[1:]


def test_standard_input_can_be_a_file_in_a_folder_that_is_not_there(project: Path, tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir()
    for folder, name in ((project, "new/deep/c.py"), (loose, "new/c.py"), (project, str(loose / "x" / "c.py"))):
        done = prodlint(folder, "check", "--output-format", "concise", "--stdin-filename", name, stdin=CALL)
        assert done.code == 1, done.err
        assert "c.py:7:" in done.out
