"""`--fix`, `--diff` and the like: what is written, what is printed, which exit code."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from prodlint.cli import main
from prodlint.fixes import store
from prodlint.fixes.edits import Refused

KEY = "-".join(("4f9a1c", "Qw8eRt2uI", "Zx7cVb5nM", "Kp3sLd6fG"))
SOURCE = """\
from openai import OpenAI

client = OpenAI(max_retries=3)


def ask(text):
    return client.responses.create(model="m", input=text, max_output_tokens=9)
"""
FIXED = SOURCE.replace("max_retries=3", "max_retries=3, timeout=60")
CONFIGURED = "[tool.prodlint.defaults]\ntimeout = 60\n"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("app")
    (folder / "service.py").write_text(SOURCE)
    monkeypatch.chdir(folder)
    return folder


def configure(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(CONFIGURED)


def test_safe_fixes_are_applied_and_the_run_passes(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    configure(folder)
    assert main(["check", "--fix"]) == 0
    assert (folder / "service.py").read_text() == FIXED
    assert "fixed 1 finding in 1 file" in capfd.readouterr().err
    assert main(["check", "--fix"]) == 0
    assert (folder / "service.py").read_text() == FIXED


def test_unsafe_fixes_are_left_and_mentioned(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix"]) == 1
    assert (folder / "service.py").read_text() == SOURCE
    assert "1 more can be fixed with --unsafe-fixes" in capfd.readouterr().err
    assert main(["check", "--fix", "--unsafe-fixes"]) == 0
    assert (folder / "service.py").read_text() == FIXED


def test_the_diff_is_a_patch_that_git_applies(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    configure(folder)
    subprocess.run(["git", "init", "-q", "."], check=True, cwd=folder)
    assert main(["check", "--diff"]) == 1
    patch = capfd.readouterr().out
    assert (folder / "service.py").read_text() == SOURCE
    subprocess.run(["git", "apply"], input=patch.encode(), check=True, cwd=folder)
    assert (folder / "service.py").read_text() == FIXED
    assert main(["check", "--diff"]) == 0
    assert capfd.readouterr().out == ""


def test_a_patch_is_no_failure_when_none_is_wanted(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    configure(folder)
    assert main(["check", "--diff"]) == 1
    assert main(["check", "--diff", "--exit-zero"]) == 0
    assert "+client = OpenAI(max_retries=3, timeout=60)" in capfd.readouterr().out
    (folder / "broken.py").write_text("from openai import OpenAI\nclient = OpenAI(\n")
    assert main(["check", "--diff", "--exit-zero"]) == 2


@pytest.mark.parametrize("name", ["service.py", "a folder/sér vice.py"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_patch_holds_for_odd_names_and_line_ends(
    folder: Path, capfd: pytest.CaptureFixture[str], name: str, end: str
) -> None:
    configure(folder)
    (folder / "service.py").unlink()
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(SOURCE.rstrip("\n").replace("\n", end).encode())
    subprocess.run(["git", "init", "-q", "."], check=True, cwd=folder)
    assert main(["check", "--diff"]) == 1
    subprocess.run(["git", "apply"], input=capfd.readouterr().out.encode(), check=True, cwd=folder)
    assert path.read_bytes() == FIXED.rstrip("\n").replace("\n", end).encode()


def test_a_patch_never_shows_a_key(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = SOURCE.replace("max_retries=3", f'max_retries=3, api_key="{KEY}"')
    far = (
        "\n" * 9 + "other = OpenAI(max_retries=3)\nother.responses.create(model='m', input='a', max_output_tokens=9)\n"
    )
    (folder / "service.py").write_text(source + far)
    assert main(["check", "--diff", "--unsafe-fixes"]) == 1
    captured = capfd.readouterr()
    assert KEY not in captured.out + captured.err
    assert "+other = OpenAI(max_retries=3, timeout=60)" in captured.out
    assert "2 more left out, since the patch would show a key" in captured.err
    for flags in (["--show-fixes"], ["--output-format", "json"], ["--output-format", "sarif"]):
        main(["check", *flags])
        captured = capfd.readouterr()
        assert KEY not in captured.out + captured.err
    main(["check", "--fix", "--unsafe-fixes", "--show-fixes"])
    captured = capfd.readouterr()
    assert KEY not in captured.out + captured.err
    assert KEY not in (folder / "service.py").read_text()


def test_an_empty_patch_with_fixes_left_out_is_no_success(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "service.py").write_text(FIXED.replace("timeout=60", f"timeout=60, api_key='{KEY}'"))
    assert main(["check", "--diff", "--unsafe-fixes"]) == 1
    told = capfd.readouterr()
    assert told.out == ""
    assert "1 left out, since the patch would show a key; --fix --unsafe-fixes applies them" in told.err
    assert main(["check", "--diff"]) == 0


def test_a_key_in_a_notebook_keeps_no_other_cell_out_of_the_patch(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure(folder)
    (folder / "service.py").unlink()
    keyed = f"import openai\n\nother = openai.OpenAI(api_key='{KEY}', max_retries=3)\n"
    space = "".join(f"print({number})\n" for number in range(9))
    cells = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text.splitlines(True)}
        for text in (keyed, space, SOURCE)
    ]
    before = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
    (folder / "study.ipynb").write_text(before)
    assert main(["check", "--diff", "--unsafe-fixes"]) == 1
    told = capfd.readouterr()
    assert KEY not in told.out + told.err
    assert "max_retries=3, timeout=60)" in told.out
    assert "1 more left out, since the patch would show a key" in told.err


def test_json_and_sarif_carry_the_same_edits(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    main(["check", "--output-format", "json"])
    finding = json.loads(capfd.readouterr().out)["findings"][0]
    main(["check", "--output-format", "sarif"])
    result = json.loads(capfd.readouterr().out)["runs"][0]["results"][0]
    fix = finding["fix"]
    assert fix["safety"] == "unsafe"
    assert "`timeout=60`" in fix["description"] and "prodlint's own" in fix["description"]
    edit = fix["edits"][0]
    assert (edit["path"], edit["line"], edit["column"], edit["content"]) == ("service.py", 3, 30, ", timeout=60")
    replacement = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["deletedRegion"]["startLine"] == 3
    assert replacement["deletedRegion"]["startColumn"] == 30
    assert replacement["insertedContent"]["text"] == ", timeout=60"


def test_show_fixes_says_what_is_safe(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    configure(folder)
    main(["check", "--show-fixes"])
    assert "service.py:3: missing-timeout (safe): Pass `timeout=60`" in capfd.readouterr().out


def test_standard_input_goes_to_standard_output(folder: Path) -> None:
    configure(folder)
    result = subprocess.run(
        [sys.executable, "-m", "prodlint", "check", "--fix", "--stdin-filename", "other.py", "-"],
        input=SOURCE.encode(),
        capture_output=True,
        check=False,
        cwd=folder,
    )
    assert (result.returncode, result.stdout.decode()) == (0, FIXED)


def test_the_mode_of_a_file_stays(folder: Path) -> None:
    configure(folder)
    path = folder / "service.py"
    path.chmod(0o750)
    assert main(["check", "--fix"]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert [one.name for one in folder.iterdir()] == [one.name for one in folder.iterdir() if ".tmp" not in one.name]


def test_a_fix_in_another_file_is_written_there(folder: Path) -> None:
    configure(folder)
    (folder / "service.py").unlink()
    (folder / "clients.py").write_text("from openai import OpenAI\n\n\ndef make():\n    return OpenAI(max_retries=3)\n")
    (folder / "main.py").write_text(
        "from clients import make\n\nmake().responses.create(model='m', input='a', max_output_tokens=9)\n"
    )
    assert main(["check", "--fix"]) == 0
    assert "OpenAI(max_retries=3, timeout=60)" in (folder / "clients.py").read_text()


def test_a_comment_that_silences_nothing_goes(folder: Path) -> None:
    path = folder / "service.py"
    path.write_text(FIXED.replace("timeout=60)", "timeout=60)  # prodlint: ignore[missing-timeout] once"))
    assert main(["check", "--fix"]) == 0
    assert path.read_text() == FIXED


@pytest.mark.parametrize(("name", "head"), [("tool", "#!/usr/bin/env python3\n"), ("tool.pyw", ""), ("tool.pyi", "")])
def test_a_program_is_fixed_whatever_it_is_called(folder: Path, name: str, head: str) -> None:
    configure(folder)
    (folder / "service.py").unlink()
    text = '"# prodlint: ignore"\n'
    (folder / name).write_text(head + SOURCE + text)
    assert main(["check", "--fix", name]) == 0
    assert (folder / name).read_text() == head + FIXED + text
    (folder / name).write_text(head + SOURCE + text)
    assert main(["check", "--add-ignore=why not", name]) == 0
    assert main(["check", "--fail-on", "note", name]) == 0


def test_json_has_no_comments_and_is_left_alone(folder: Path) -> None:
    configure(folder)
    data = json.dumps({"a": "# prodlint: ignore[missing-timeout]", "b": "say `# prodlint:`"})
    (folder / "service.py").unlink()
    (folder / "data.json").write_text(data)
    assert main(["check", "--fix"]) == 0
    assert (folder / "data.json").read_text() == data


def test_a_comment_whose_reason_only_its_author_knows_is_left_to_him(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "pyproject.toml").write_text("[tool.prodlint]\nrequire-reason = true\n" + CONFIGURED)
    path = folder / "service.py"
    broken = FIXED.replace("timeout=60)", "timeout=60)  # prodlint: ignore[missing-timeout")
    path.write_text(broken)
    assert main(["check", "--fix"]) == 1
    told = capfd.readouterr()
    assert "invalid-suppression" in told.out
    assert told.err == ""
    assert path.read_text() == broken


@pytest.mark.parametrize("paths", [["link.py", "service.py"], ["service.py", "link.py"], [".", "link.py"]])
def test_a_file_that_is_given_twice_by_a_link_is_fixed_once(
    folder: Path, capfd: pytest.CaptureFixture[str], paths: list[str]
) -> None:
    configure(folder)
    (folder / "link.py").symlink_to("service.py")
    assert main(["check", "--fix", *paths]) == 0
    assert (folder / "service.py").read_text() == FIXED
    assert (folder / "link.py").is_symlink()
    assert "fixed 1 finding in 1 file" in capfd.readouterr().err


def test_a_changed_file_is_not_overwritten(folder: Path) -> None:
    path = folder / "service.py"
    with pytest.raises(Refused, match="changed meanwhile"):
        store.write(str(folder), "service.py", b"something else", b"new")
    assert path.read_text() == SOURCE


def test_no_link_is_followed_out_of_the_project(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_bytes(b"old")
    (folder / "link.py").symlink_to(outside)
    with pytest.raises(Refused, match="outside of the project"):
        store.write(str(folder), "link.py", b"old", b"new")
    assert outside.read_bytes() == b"old"


def test_a_file_that_cannot_be_written_is_reported(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    configure(folder)
    (folder / "service.py").chmod(0o400)
    assert main(["check", "--fix"]) == 2
    assert "not fixed" in capfd.readouterr().err
    assert (folder / "service.py").read_text() == SOURCE


def test_what_could_not_be_written_is_still_found(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure(folder)
    outside = tmp_path / "outside.py"
    outside.write_text(SOURCE)
    (folder / "service.py").unlink()
    (folder / "service.py").symlink_to(outside)
    assert main(["check", "service.py", "--output-format", "json"]) == 1
    before = [finding["rule"] for finding in json.loads(capfd.readouterr().out)["findings"]]
    assert main(["check", "--fix", "service.py", "--output-format", "json"]) == 2
    told = capfd.readouterr()
    assert [finding["rule"] for finding in json.loads(told.out)["findings"]] == before
    assert "service.py: not fixed: " in told.err
    assert "fixed 1" not in told.err
    assert outside.read_text() == SOURCE


def test_a_notebook_changes_in_its_cell_alone(folder: Path) -> None:
    (folder / "service.py").unlink()
    configure(folder)
    lines = [f"{line}\n" for line in SOURCE.splitlines()]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Grüße\n"]},
        {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [], "source": ["%time 1\n", "x = 1"]},
        {"cell_type": "code", "metadata": {}, "execution_count": 2, "outputs": [], "source": lines},
    ]
    path = folder / "explore.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, indent=1, ensure_ascii=False))
    before = path.read_text()
    assert main(["check", "--fix"]) == 0
    assert path.read_text() == before.replace("max_retries=3)", "max_retries=3, timeout=60)")


def test_a_cell_that_is_not_python_keeps_no_other_from_being_fixed(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure(folder)
    (folder / "service.py").unlink()
    sources = ["def f(:\n  pass", SOURCE, "%matplotlib\nfor x in"]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    (folder / "study.ipynb").write_text(json.dumps({"cells": cells}))
    assert main(["check", "--fix"]) == 2
    told = capfd.readouterr().err
    assert "fixed 1 finding in 1 file" in told
    assert "not fixed" not in told
    after = json.loads((folder / "study.ipynb").read_text())
    assert [cell["source"] for cell in after["cells"]] == [sources[0], FIXED, sources[2]]


def test_the_interactive_command_needs_a_terminal(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fix"]) == 2
    assert "terminal" in capfd.readouterr().err


def answered(folder: Path, answers: str) -> tuple[int, str]:
    """The exit code and the output of `prodlint fix` for one-letter answers."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "prodlint", "fix", "--color", "always"],
        stdin=child,
        stdout=child,
        stderr=child,
        cwd=folder,
        close_fds=True,
    )
    os.close(child)
    os.write(parent, "".join(f"{answer}\n" for answer in answers).encode())
    shown = b""
    while True:
        try:
            data = os.read(parent, 4096)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        shown += data
    code = process.wait(60)
    os.close(parent)
    return code, shown.decode()


@pytest.mark.parametrize(("answer", "expected"), [("y", FIXED), ("n", SOURCE), ("a", FIXED), ("q", SOURCE)])
def test_the_interactive_command_asks(folder: Path, answer: str, expected: str) -> None:
    code, shown = answered(folder, answer)
    assert code == (0 if answer in "ya" else 1)
    assert "+client = OpenAI(max_retries=3, timeout=60)" in shown
    assert (folder / "service.py").read_text() == expected


@pytest.mark.parametrize("answers", ["nyyn", "ynny", "nnny", "ynnn"])
def test_a_fix_that_was_declined_stays_declined_beside_others(folder: Path, answers: str) -> None:
    (folder / "prodlint.toml").write_text('fail-on = "note"\n[defaults]\ntimeout = 30\nmax-retries = 2\n')
    (folder / "service.py").write_text(
        "from openai import OpenAI\n\n"
        'client = OpenAI()\nclient.embeddings.create(model="m", input="x")\n'
        'c2 = OpenAI()\nc2.embeddings.create(model="m", input="x")\n'
    )
    answered(folder, answers)
    lines = (folder / "service.py").read_text().splitlines()
    written = [word in lines[line] for line in (2, 4) for word in ("max_retries=2", "timeout=30")]
    assert written == [answer == "y" for answer in answers]


def test_the_next_fix_is_shown_on_top_of_the_accepted_ones(folder: Path) -> None:
    (folder / "prodlint.toml").write_text('fail-on = "note"\n[defaults]\ntimeout = 30\nmax-retries = 2\n')
    (folder / "service.py").write_text(
        'from openai import OpenAI\n\nclient = OpenAI()\nclient.embeddings.create(model="m", input="x")\n'
    )
    code, shown = answered(folder, "yy")
    assert code == 0
    assert "-client = OpenAI(max_retries=2)" in shown
    assert "+client = OpenAI(max_retries=2, timeout=30)" in shown
