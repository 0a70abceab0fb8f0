"""`--diff-base`: what a branch introduces, wherever its effect shows, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from command_line import commit, findings, git, prodlint, repository, write

CLIENT = "from openai import OpenAI\n\nclient = OpenAI(timeout=20, max_retries=4)\n"
CALL = """from app.client import client


def ask(question):
    return client.responses.create(model="m", input=question, max_output_tokens=9, temperature=1).output_text
"""
FAULT = CALL.replace("max_output_tokens=9, ", "").replace("def ask", "def other")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository whose `main` has one fault; its branch is checked out."""
    files = {"app/__init__.py": "", "app/client.py": CLIENT, "app/ask.py": CALL, "app/old.py": FAULT}
    folder = repository(tmp_path / "project", files)
    git(folder, "switch", "-q", "-c", "branch")
    return folder


def introduced(folder: Path, *arguments: str) -> list[tuple[str, str]]:
    return [(item["path"], item["rule"]) for item in findings(folder, "--diff-base", "main", *arguments)]


def test_a_branch_without_changes_introduces_nothing(project: Path) -> None:
    assert [item["path"] for item in findings(project)] == ["app/old.py"]
    assert introduced(project) == []
    assert "1 not introduced here" in prodlint(project, "check", "--diff-base", "main").out


def test_a_fault_that_both_sides_have_merged_is_not_introduced(project: Path) -> None:
    git(project, "switch", "-q", "main")
    git(project, "switch", "-q", "-c", "side")
    write(project, {"app/side.py": FAULT})
    commit(project)
    git(project, "switch", "-q", "branch")
    write(project, {"app/new.py": CALL})
    commit(project)
    git(project, "merge", "-q", "--no-edit", "side")
    git(project, "switch", "-q", "main")
    write(project, {"app/z.py": CALL})
    commit(project)
    git(project, "switch", "-q", "-c", "before")
    git(project, "switch", "-q", "main")
    git(project, "merge", "-q", "--no-edit", "side")
    git(project, "switch", "-q", "branch")
    git(project, "merge", "-q", "--no-edit", "before")
    assert len(git(project, "merge-base", "--all", "main", "branch").split()) == 2
    assert introduced(project) == []


def test_a_change_in_the_client_counts_where_its_effect_is(project: Path) -> None:
    write(project, {"app/client.py": CLIENT.replace("timeout=20", "timeout=None")})
    assert introduced(project) == [("app/client.py", "disabled-timeout")]
    commit(project)
    assert introduced(project) == [("app/client.py", "disabled-timeout")]
    assert introduced(project, "app/ask.py") == []


def test_a_change_elsewhere_makes_an_unchanged_call_faulty(project: Path) -> None:
    options = "OPTIONS = {'max_output_tokens': 9}\n"
    call = FAULT.replace('model="m"', 'model="m", **OPTIONS').replace(
        "client import client", "client import OPTIONS, client"
    )
    git(project, "switch", "-q", "main")
    write(project, {"app/client.py": CLIENT + options, "app/splat.py": call})
    commit(project)
    git(project, "switch", "-q", "-c", "second")
    write(project, {"app/client.py": CLIENT + "OPTIONS = {}\n"})
    assert introduced(project) == [("app/splat.py", "missing-max-tokens")]


def test_renamed_moved_and_reindented_code_is_not_new(project: Path) -> None:
    git(project, "mv", "app/old.py", "app/moved.py")
    text = (project / "app" / "moved.py").read_text(encoding="utf-8")
    write(project, {"app/moved.py": "# more\n" * 30 + text.replace("(model", "(\n        model")})
    assert introduced(project) == []
    assert introduced(project, "app/moved.py") == []


EDITED = FAULT.replace("input=question", "input=question.strip(), store=False")


def test_a_faulty_call_that_is_edited_is_no_new_fault(project: Path) -> None:
    write(project, {"app/old.py": EDITED})
    assert introduced(project) == []


def test_of_calls_that_are_alike_but_for_their_arguments_the_one_too_many_is_new(project: Path) -> None:
    second = EDITED.splitlines(keepends=True)[-1].replace("return client", "client")
    write(project, {"app/old.py": EDITED.replace("    return", f"{second}    return")})
    assert introduced(project) == [("app/old.py", "missing-max-tokens")]


def test_another_callee_or_function_makes_the_fault_of_an_edited_call_new(project: Path) -> None:
    for edited in (EDITED.replace("client.responses", "client.with_options().responses"), EDITED.replace("other", "y")):
        write(project, {"app/old.py": edited})
        assert introduced(project) == [("app/old.py", "missing-max-tokens")]


def test_a_file_that_is_renamed_and_edited_is_known_by_its_old_name(project: Path) -> None:
    write(project, {"app/old.py": FAULT + "# a comment\n" * 20})
    commit(project)
    git(project, "branch", "-f", "main")
    (project / "läufe").mkdir()
    git(project, "mv", "app/old.py", "läufe/new.py")
    write(project, {"läufe/new.py": EDITED + "# a comment\n" * 20})
    assert introduced(project) == []
    commit(project)
    assert introduced(project) == []


def test_a_new_file_does_not_inherit_from_one_that_was_deleted(project: Path) -> None:
    (project / "app/old.py").unlink()
    write(project, {"app/new.py": "import os\n\nHERE = os.curdir\n" * 9 + EDITED})
    commit(project)
    assert introduced(project) == [("app/new.py", "missing-max-tokens")]


def test_another_key_in_the_same_call_is_another_fault(project: Path) -> None:
    keys = ["sk-proj-" + part * 4 + "T3BlbkFJ" + "kW8vYc2nHd5P" * 4 for part in ("aB3xZ9qLm7Rt", "pQ5rS7tU9vW1")]
    with_key = [CLIENT.replace("OpenAI(", f'OpenAI(api_key="{key}", ') for key in keys]
    write(project, {"app/client.py": with_key[0]})
    commit(project)
    git(project, "branch", "-f", "main")
    write(project, {"app/client.py": with_key[0].replace("timeout=20", "timeout=30")})
    assert introduced(project) == []
    write(project, {"app/client.py": with_key[1]})
    assert introduced(project) == [("app/client.py", "hardcoded-api-key")]


@pytest.mark.parametrize("extra", ["", ", store=False"])
def test_a_fault_that_becomes_more_severe_is_introduced_whether_its_call_was_edited_or_not(
    project: Path, extra: str
) -> None:
    script = f"{FAULT}\n\nif __name__ == '__main__':\n    print(other('?'))\n"
    write(project, {"app/script.py": script})
    commit(project)
    git(project, "branch", "-f", "main")
    edited = FAULT.replace("temperature=1", f"temperature=1{extra}")
    write(project, {"app/script.py": edited + script.removeprefix(FAULT)})
    assert introduced(project) == []
    write(project, {"app/script.py": edited})
    assert introduced(project) == [("app/script.py", "missing-max-tokens")], "a note there, a warning here"


def test_what_main_gained_since_is_not_the_branchs(project: Path) -> None:
    git(project, "switch", "-q", "main")
    write(project, {"app/old.py": CALL})
    commit(project)
    git(project, "switch", "-q", "branch")
    assert introduced(project) == [], "the base is where the branch left, not the tip of main"


def test_a_copy_is_new_and_so_is_what_a_removed_comment_silenced(project: Path) -> None:
    write(project, {"app/copy.py": FAULT, "app/quiet.py": FAULT.replace("1).output_text", "1).output_text  #")})
    write(project, {"app/quiet.py": "# prodlint: file-ignore[missing-max-tokens] why\n" + FAULT})
    assert introduced(project) == [("app/copy.py", "missing-max-tokens")]
    commit(project)
    git(project, "branch", "-f", "main")
    write(project, {"app/quiet.py": FAULT})
    assert introduced(project) == [("app/quiet.py", "missing-max-tokens")]


def test_a_file_that_could_not_be_analysed_at_the_base_hides_nothing(project: Path) -> None:
    git(project, "switch", "-q", "main")
    write(project, {"app/broken.py": "import openai\ndef (:\n"})
    commit(project)
    git(project, "switch", "-q", "-c", "repair")
    write(project, {"app/broken.py": FAULT})
    assert introduced(project) == [("app/broken.py", "missing-max-tokens")]
    assert "its findings count as new" in prodlint(project, "check", "--diff-base", "main").err


def test_only_what_was_asked_for_is_counted(project: Path) -> None:
    write(project, {"app/broken.py": "def f(:\n", "other/broken.py": "def f(:\n"})
    done = prodlint(project, "check", "--diff-base", "main", "--output-format", "json", "app")
    document = json.loads(done.out)
    assert [error["path"] for error in document["errors"]] == ["app/broken.py"]
    counts = [document["summary"][f"files{kind}"] for kind in ("", "_screened_out", "_parsed", "_not_analysed")]
    assert counts == [5, 1, 3, 1]


def test_the_work_tree_stays_as_it_is(project: Path) -> None:
    write(project, {"app/ask.py": CALL + "# dirty\n", "app/untracked.py": FAULT})
    git(project, "add", "app/ask.py")
    before = git(project, "status", "--porcelain", "--branch"), git(project, "stash", "list")
    assert introduced(project) == [("app/untracked.py", "missing-max-tokens")]
    assert (git(project, "status", "--porcelain", "--branch"), git(project, "stash", "list")) == before


def test_odd_names_are_found_in_the_base(project: Path) -> None:
    names = ["app/a b#%é.py", "app/q\"uo'te.py", "app/new\nline.py", "app/🙂.py"]
    write(project, dict.fromkeys(names, FAULT))
    commit(project)
    git(project, "branch", "-f", "main")
    write(project, dict.fromkeys(names, "# above\n" + FAULT))
    assert introduced(project) == []


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "HEAD:app", ""])
def test_an_unknown_revision_is_a_clear_error(project: Path, ref: str) -> None:
    done = prodlint(project, "check", f"--diff-base={ref}")
    assert (done.code, done.out) == (2, "")
    assert "there is no such revision" in done.err
    assert "fetch-depth" not in done.err
    assert not (project / "x").exists()


def test_a_shallow_clone_is_told_how_to_become_a_whole_one(project: Path, tmp_path: Path) -> None:
    commit(project)
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=branch", project.as_uri(), "shallow")
    shallow = tmp_path / "shallow"
    assert "fetch-depth: 0" in prodlint(shallow, "check", "--diff-base", "main").err
    git(shallow, "fetch", "-q", "--depth=1", "origin", "main:main")
    done = prodlint(shallow, "check", "--diff-base", "main")
    assert done.code == 2
    assert "no commit in common" in done.err and "fetch-depth: 0" in done.err


def test_histories_without_a_common_commit_and_folders_without_git_are_clear_errors(
    project: Path, tmp_path: Path
) -> None:
    git(project, "switch", "-q", "--orphan", "alone")
    commit(project)
    assert "no commit in common" in prodlint(project, "check", "--diff-base", "main").err
    loose = tmp_path / "loose"
    write(loose, {"a.py": CALL})
    assert "is not a git work tree" in prodlint(loose, "check", "--diff-base", "main").err


def test_what_git_refuses_is_told_in_its_own_words(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    done = prodlint(project, "check", "--diff-base", "main")
    assert (done.code, done.out) == (2, "")
    assert f"git cannot read {project}: fatal: detected dubious ownership" in done.err
    assert f"safe.directory {project}" in done.err


def test_a_base_with_a_missing_object_is_an_error_and_never_nothing_new(project: Path) -> None:
    blob = git(project, "rev-parse", "HEAD:app/old.py").strip()
    os.remove(project / ".git" / "objects" / blob[:2] / blob[2:])
    done = prodlint(project, "check", "--diff-base", "main")
    assert (done.code, done.out) == (2, "")
    assert "the content of app/old.py in " in done.err and "is missing" in done.err


def test_a_worktree_and_a_detached_head_are_compared_alike(project: Path, tmp_path: Path) -> None:
    git(project, "worktree", "add", "-q", "--detach", str(tmp_path / "tree"), "branch")
    write(tmp_path / "tree", {"app/copy.py": FAULT})
    assert introduced(tmp_path / "tree") == [("app/copy.py", "missing-max-tokens")]


def test_the_baseline_counts_as_well(project: Path) -> None:
    write(project, {"app/copy.py": FAULT})
    assert prodlint(project, "baseline", "create").code == 0
    write(project, {"app/second.py": FAULT})
    assert introduced(project) == [("app/second.py", "missing-max-tokens")]
