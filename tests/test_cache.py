"""What the cache may never do: change what a run says, run code, keep a key, or get in the way of another run."""

from __future__ import annotations

import ast
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodlint import cache as cache_module
from prodlint import file_index
from prodlint.analysis import Analysis, analyse
from prodlint.cache import NAME, Cache, clean, open_cache
from prodlint.cli import main
from prodlint.config import Config, load_config
from prodlint.discover import UsageError
from prodlint.extract import extract
from prodlint.file_index import Index
from prodlint.findings import Failure
from prodlint.values import replace

PROGRAM = 'import openai\nclient = openai.OpenAI()\nclient.responses.create(model="m", input="hello")\n'
FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    (folder / "app.py").write_text(PROGRAM)
    (folder / "plain.py").write_text("x = 1\n")
    age(folder / "app.py", folder / "plain.py")
    return folder


def age(*paths: Path) -> None:
    """Give all the same time of the last write, so that this alone can tell nothing."""
    for path in paths:
        os.utime(path, ns=(1_000_000_000_000_000_000, 1_000_000_000_000_000_000))


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as old at once, so that the tests need not wait two seconds."""
    monkeypatch.setattr(file_index, "RACY_NS", -3_600_000_000_000)


def run(project: Path, *, jobs: int = 1) -> Analysis:
    return analyse([project], Config(), jobs=jobs, use_cache=True)


def entries(project: Path, kind: str) -> list[Path]:
    return sorted(path for path in (project / NAME / kind).rglob("*") if path.is_file())


def facts_files(project: Path) -> list[Path]:
    return entries(project, "facts")


def without_links(project: Path) -> Path:
    """Have the next run ask for facts: forget what the link stage made of them."""
    shutil.rmtree(project / NAME / "links")
    return project


def test_a_second_run_finds_the_same(project: Path) -> None:
    cold, warm = run(project), run(project)
    assert warm.project == cold.project and warm.failures == cold.failures and warm.parsed == cold.parsed
    assert len(cold.project.calls) == 1


def test_the_folder_tells_git_and_backups_to_leave_it_alone(project: Path) -> None:
    run(project)
    assert (project / NAME / ".gitignore").read_text() == "*\n"
    assert (project / NAME / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_an_edit_of_the_same_size_is_seen(project: Path) -> None:
    run(project)
    plain = project / "plain.py"
    plain.write_text("x = \n2")  # the same number of bytes, and no Python
    age(plain)
    assert [failure.path for failure in run(project).failures] == ["plain.py"]


def test_a_file_changed_just_now_is_not_remembered(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_index, "RACY_NS", 2_000_000_000)
    index = Index({}, {}, "index")
    status = os.stat(project / "plain.py")
    index.note("plain.py", (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))
    assert index.files == {}


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_entry_is_ignored_and_rewritten(project: Path, damage: str) -> None:
    expected = run(project)
    kept = (*facts_files(project), *entries(project, "links"), *(project / NAME).glob("index-*"))
    assert len(kept) == 3
    for path in kept:
        content = path.read_bytes()
        flipped = content[:-1] + bytes([content[-1] ^ 1])
        path.write_bytes({"cut": content[:-3], "flip": flipped, "empty": b"", "text": b"hello"}[damage])
    again = run(project)
    assert again.project == expected.project and again.failures == expected.failures
    assert Cache(str(project / NAME), open_cache(str(project), None)._key).facts(PROGRAM.encode(), "python", "app.py")
    assert all(path.stat().st_size > 100 for path in kept)


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("executed",)


def test_an_entry_that_the_project_brings_along_is_never_unpickled(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    crafted = pickle.dumps(_Trap())
    for kind in ("facts", "links"):
        run(project)
        (entry,) = entries(project, kind)
        for content in (crafted, bytes(32) + crafted, entry.read_bytes()[:32] + crafted):
            entry.write_bytes(content)
            run(project)
            assert not (project / "executed").exists()
        without_links(project)


def test_an_entry_sealed_for_another_text_does_not_hide_a_finding(project: Path) -> None:
    (project / "harmless.py").write_text("import openai\n")
    run(project)
    first, second = facts_files(project)
    first_content, second_content = first.read_bytes(), second.read_bytes()
    first.write_bytes(second_content)
    second.write_bytes(first_content)
    assert len(run(without_links(project)).project.calls) == 1


def test_entries_of_another_user_do_not_count(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(project)
    (entry,) = facts_files(project)
    before = entry.read_bytes()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    run(project)
    assert entry.read_bytes()[:32] != before[:32] and entry.read_bytes()[32:] == before[32:]


def test_without_a_place_for_the_key_a_run_works_and_leaves_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = project / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert len(run(project).project.calls) == 1
    assert not (project / NAME).exists()


def test_a_folder_that_cannot_be_written_is_no_obstacle(project: Path) -> None:
    (project / NAME).write_text("a file where the folder should be")
    assert len(run(project).project.calls) == 1
    assert (project / NAME).is_file()


def test_no_key_reaches_the_cache(project: Path) -> None:
    secret = "sk-proj-" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7d"
    (project / "app.py").write_text(f'import openai\nclient = openai.OpenAI(api_key="{secret}")\n')
    (project / ".env").write_text(f"OPENAI_API_KEY={secret}\n")
    found = run(project)
    assert {credential.location.path for credential in found.project.credentials} == {"app.py", ".env"}
    for path in (project / NAME).rglob("*"):
        if path.is_file():
            assert secret[8:].encode() not in path.read_bytes()
    assert run(project).project == found.project


SPREAD = {
    "app.py": "from openai import OpenAI\nfrom limits import CAP\nclient = OpenAI(timeout=5)\ndef ask(q, cap=CAP):\n"
    "    return client.responses.create(model='gpt-4o', input=q, max_output_tokens=cap)\n",
    "limits.py": "CAP = 100\n",
    "web.py": "x = 1\n",
    "more.py": "y = 1\n",
    "requirements.txt": "openai==1.60.0\n",
}
"""A program whose one request depends on all its files."""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limits.py", "CAP = None\n"),
        ("limits/__init__.py", "CAP = None\n"),
        ("web.py", "from flask import Flask\nfrom app import ask\napp = Flask(__name__)\n@app.get('/')\n"
         "def home():\n    return ask('hello')\n"),
        ("new.py", "from app import ask\nask('hello', cap=7)\n"),
        ("requirements.txt", "openai==1.70.0\n"),
        ("poetry.lock", '[[package]]\nname = "openai"\nversion = "1.75.0"\n'),
        ("app.py", SPREAD["app.py"].replace("timeout=5", "timeout=6")),
    ],
)  # fmt: skip
def test_what_the_link_stage_has_read_is_looked_at_again(project: Path, name: str, text: str) -> None:
    for path, content in SPREAD.items():
        (project / path).write_text(content)
    first = run(project)
    assert run(project).project == first.project
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text(text)
    if name == "limits/__init__.py":
        (project / "limits.py").unlink()
    again = run(project)
    assert again.project == analyse([project], Config(), jobs=1).project
    assert again.project != first.project


def test_the_configuration_that_linking_uses_is_part_of_what_is_remembered(project: Path) -> None:
    plain = run(project).project
    config = Config(defaults=replace(Config().defaults, timeout=7.0))
    other = analyse([project], config, jobs=1, use_cache=True).project
    assert other == analyse([project], config, jobs=1).project != plain


def test_a_file_that_nothing_depends_on_does_not_undo_the_links(project: Path) -> None:
    for path, content in SPREAD.items():
        (project / path).write_text(content)
    run(project)
    (project / "more.py").write_text("y = 2\n")
    run(project)
    assert len(entries(project, "links")) == 1
    (kept,) = entries(project, "links")
    os.utime(kept, (1_000, 1_000))  # a use of an old entry renews its time, writing it again would change its inode
    before = kept.stat().st_ino
    run(project)
    assert kept.stat().st_ino == before and kept.stat().st_mtime > 1_000


def test_a_failure_is_remembered_for_the_text_not_for_the_path(project: Path) -> None:
    (project / "app.py").write_text("import openai\ndef (\n")
    first = run(project)
    (project / "app.py").rename(project / "moved.py")
    second = run(project)
    assert [(failure.path, failure.line) for failure in first.failures] == [("app.py", 2)]
    assert [(failure.path, failure.line) for failure in second.failures] == [("moved.py", 2)]


def test_entries_that_were_not_used_for_long_go_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = open_cache(str(project), None)
    facts = extract(PROGRAM)
    for number in range(8):
        cache.keep(b"%d" % number, "python", facts)
        (path,) = (path for path in facts_files(project) if path.stat().st_mtime > 2_000)
        os.utime(path, (1_000 + number, 1_000 + number))
    size = facts_files(project)[0].stat().st_size
    monkeypatch.setattr(cache_module, "MAX_BYTES", size * 4)
    cache.finish(Index({}, {}, "index"))
    kept = [number for number in range(8) if cache.facts(b"%d" % number, "python", "x.py")]
    assert kept == [5, 6, 7]


def test_runs_at_the_same_time_do_not_disturb_each_other(project: Path) -> None:
    command = [sys.executable, "-m", "prodlint", "check", "--output-format", "concise", str(project)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    outputs = {process.communicate()[:1] for process in runs}
    assert len(outputs) == 1 and b"missing-timeout" in next(iter(outputs))[0]
    assert not [path for path in (project / NAME).rglob("*") if path.name.count(".") > 1]


@pytest.mark.parametrize("name", ["_apps/support-bot", "hardcoded-api-key", "_hostile"])
def test_cold_and_warm_one_process_and_two_report_the_same_bytes(
    name: str, project: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    shutil.copytree(FIXTURES / name, project / "copied")
    outputs = []
    for options in (("--no-cache", "-j1"), ("--no-cache", "-j2"), ("-j1",), ("-j1",), ("-j2",)):
        code = main(["check", "--output-format", "sarif", "--cache-dir", str(tmp_path / "c"), *options, str(project)])
        outputs.append((code, *capsysbinary.readouterr()))
    assert len(set(outputs)) == 1
    assert outputs[0][1]


def test_clean_removes_the_cache_and_nothing_else(project: Path) -> None:
    run(project)
    assert clean(str(project / NAME)) and not (project / NAME).exists()
    assert not clean(str(project / NAME))
    with pytest.raises(ValueError, match="no cache folder"):
        clean(str(project))
    assert (project / "app.py").exists()


def test_a_failure_keeps_the_path_it_is_asked_for(project: Path) -> None:
    cache = open_cache(str(project), None)
    cache.keep(b"text", "python", Failure(path="a.py", line=3, message="broken"))
    assert cache.facts(b"text", "python", "b.py") == Failure(path="b.py", line=3, message="broken")


def test_a_file_without_a_key_is_not_scanned_again_until_it_changes(project: Path) -> None:
    (project / "app.py").unlink()
    env = project / ".env"
    env.write_text("OPENAI_API_KEY=${OPENAI_API_KEY}\n")
    assert "keys" in run(project).seconds
    assert "keys" not in run(project).seconds
    env.write_text("OPENAI_API_KEY=sk-proj-" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7d\n")
    assert [credential.location.path for credential in run(project).project.credentials] == [".env"]
    assert len(run(project).project.credentials) == 1


NEUTRAL = frozenset(
    {"__init__.py", "compiled.py", "config.py", "config_keys.py", "exclusion.py", "git.py", "levels.py", "userdir.py"}
) | {"patterns.py", "walk.py"}
"""They say which files are looked at, or how tables are loaded, and nothing of what is found in them."""
PACKAGE = Path(cache_module.__file__).parent


def imported_by(name: str) -> Iterator[str]:
    """The modules of prodlint that one of them imports, by path."""
    tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and id(node) not in for_types
            and (node.module or "").startswith("prodlint")
        ):
            for alias in node.names:
                for dotted in (f"{node.module}.{alias.name}", node.module or ""):
                    base = dotted.removeprefix("prodlint").strip(".").replace(".", "/")
                    found = [end for end in (f"{base}.py", f"{base}/__init__.py") if (PACKAGE / end).is_file()]
                    if found:
                        yield found[0]
                        break


def needed_by(*names: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(imported_by(name))
    return seen


def test_an_entry_tells_all_the_code_that_made_it() -> None:
    """A module that is missing here would leave entries of an older prodlint in force."""
    modules, parts = cache_module._MODULES, cache_module._PARTS
    link_modules, link_parts = cache_module._LINK_MODULES, cache_module._LINK_PARTS

    def missing(needed: set[str], modules: tuple[str, ...], parts: tuple[str, ...]) -> set[str]:
        return {name for name in needed if name not in modules and not name.startswith(tuple(f"{p}/" for p in parts))}

    facts = needed_by("parallel.py", "triage.py", "credentials.py", "soundness.py", "demand.py")
    assert missing(facts, modules, parts) - NEUTRAL == set()
    links = needed_by("linking.py")
    assert missing(links, (*modules, *link_modules), (*parts, *link_parts)) - NEUTRAL == set()


def test_a_declared_pattern_of_keys_is_looked_for_in_files_that_had_none(project: Path) -> None:
    (project / "conf.toml").write_text('token = "acme-' + "Q7f2Kp9LmZ4x" + "R8tVb3Nc6WyD" + '"\n')

    def keys(length: int) -> int:
        (project / "prodlint.toml").write_text(
            '[[sdk]]\nname = "acme"\nimports = ["acme"]\n[[sdk.client]]\nnames = ["acme.Client"]\n'
            '[[sdk.surface.client]]\npath = "ask"\nkind = "generate"\n[[sdk.key]]\nprovider = "Acme"\n'
            f'variable = "ACME_KEY"\nanchors = ["acme-"]\npattern = \'acme-[0-9A-Za-z]{{{length}}}\'\n'
        )
        return len(analyse([project], load_config(project), jobs=1, use_cache=True).project.credentials)

    assert (keys(40), keys(24)) == (0, 1)


def test_where_a_file_is_read_from_changes_nothing_about_its_depth(project: Path) -> None:
    deep = "import openai\nTIMEOUT = None\nX = q" + "".join(f".a{n}({n})" for n in range(250)) + "\n"
    (project / "settings.py").write_text(deep)
    (project / "app.py").write_text(
        "from openai import OpenAI\nimport settings\nclient = OpenAI(timeout=settings.TIMEOUT)\n"
        "client.responses.create(model='m', input='q')\n"
    )
    whole = analyse([project], Config(), jobs=1)
    alone = analyse([project / "app.py"], Config(), jobs=1)
    assert whole.project == alone.project
    assert analyse([project], Config(), jobs=2).failures == whole.failures


def test_an_index_forgets_files_that_are_gone(project: Path) -> None:
    for number in range(50):
        (project / f"p{number}.py").write_text("x = 1\n")
    run(project)
    (index,) = (project / NAME).glob("index-*")
    before = index.stat().st_size
    for number in range(50):
        (project / f"p{number}.py").unlink()
    run(project)
    assert index.stat().st_size < before / 4


def test_a_folder_of_other_files_is_not_taken_for_the_cache(project: Path) -> None:
    with pytest.raises(UsageError, match="cannot be the cache folder"):
        analyse([project], Config(), jobs=1, use_cache=True, cache_folder=str(project))
    assert not (project / ".gitignore").exists()


def test_cleaning_leaves_what_is_not_of_the_cache(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    analyse([project], Config(), jobs=1, use_cache=True, cache_folder=str(folder))
    (folder / "notes.txt").write_text("mine")
    assert clean(str(folder)) and [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", [NAME, f"{NAME}/facts"])
def test_a_link_in_the_project_leads_nothing_astray(project: Path, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).symlink_to(elsewhere)
    analyse([project], Config(), jobs=1, use_cache=True)
    assert not list(elsewhere.iterdir())
