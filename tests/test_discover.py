"""Finding files: as git sees them, with git and without it, and past whatever else lies about."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from prodlint.config import Config
from prodlint.discover import MAX_TEXT_BYTES, Discovery, UsageError, category, discover, find_root

Make = Callable[..., Path]


@pytest.fixture(params=["git", "plain"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An empty project, once as a git work tree and once not; both must give the same answers."""
    root = tmp_path / "project"
    root.mkdir()
    if request.param == "git":
        git(root, "init", "-q")
    else:
        (root / "pyproject.toml").touch()
    return root


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(directory), *arguments], check=True, capture_output=True)


def put(root: Path, *names: str, text: str = "x = 1\n") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def found(root: Path, *paths: Path, config: Config | None = None) -> Discovery:
    return discover(paths or (root,), root, config or Config())


def names(discovery: Discovery) -> list[str]:
    return [
        file.path for file in discovery.files if os.path.basename(file.absolute) not in ("pyproject.toml", "pyvenv.cfg")
    ]


def failures(discovery: Discovery) -> dict[str, str]:
    return {failure.path: failure.message for failure in discovery.failures}


def test_code_and_text_are_found_in_order(tree: Path) -> None:
    put(tree, "b.py", "a/z.py", "a.ipynb", "stub.pyi", "README.md", ".env.local", "ci/conf.yml", "a-b.py")
    discovery = found(tree)
    assert names(discovery) == [".env.local", "a-b.py", "a.ipynb", "a/z.py", "b.py", "ci/conf.yml"]
    assert [file.category for file in discovery.files][:3] == ["text", "python", "notebook"]
    assert all(file.absolute == str(tree / file.path) for file in discovery.files)
    assert discovery.failures == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.py", "python"),
        ("a.ipynb", "notebook"),
        ("a.pyi", None),
        ("a.pyc", None),
        (".env", "text"),
        (".env.production", "text"),
        ("prod.env", "text"),
        ("a.toml", "text"),
        ("a.yaml", "text"),
        ("a.json", "text"),
        ("package-lock.json", None),
        ("uv.lock", None),
        ("a.properties", "text"),
        ("run.sh", "text"),
        ("Dockerfile", "text"),
        ("Dockerfile.dev", "text"),
        ("docker-compose.override.yml", "text"),
        ("docker-compose.lock", None),
        ("a.txt", None),
        ("py", None),
    ],
)
def test_files_are_told_by_their_names(name: str, expected: str | None) -> None:
    assert category(name) == expected


def test_what_git_ignores_is_left_out(tree: Path) -> None:
    put(tree, "a.py", "gen/b.py", "gen/keep/c.py", "sub/d.py", "sub/e_pb2.py", "sub/deep/e_pb2.py", "only/e_pb2.py")
    put(tree, ".gitignore", text="/gen/\n# comment\n*_pb2.py\n!/only/*_pb2.py\n")
    put(tree / "sub", ".gitignore", text="!/e_pb2.py\nd.py\n")
    assert names(found(tree)) == ["a.py", "only/e_pb2.py", "sub/e_pb2.py"]
    assert names(found(tree, tree / "sub")) == ["sub/e_pb2.py"]


def test_a_line_that_is_no_pattern_leaves_the_others_in_force(tree: Path) -> None:
    put(tree, "a.py", "gen/b.py")
    put(tree, ".gitignore", text="[z-a]\n!\ngen/\n")
    assert names(found(tree)) == ["a.py"]


def test_a_folder_that_ignores_all_in_it_is_left_out(tree: Path) -> None:
    put(tree, "a.py", "cache/b.py", "cache/deep/c.py", "half/d.py", "half/e.py")
    put(tree / "cache", ".gitignore", text="# made by a tool\n*\n\n")
    put(tree / "half", ".gitignore", text="*\n!d.py\n")
    assert names(found(tree)) == ["a.py", "half/d.py"]


def test_an_ignored_place_is_read_when_it_is_asked_for(tree: Path) -> None:
    put(tree, ".gitignore", text="gen/\n")
    put(tree, "gen/a.py", "gen/deep/b.py", "c.py")
    assert names(found(tree, tree / "gen")) == ["gen/a.py", "gen/deep/b.py"]
    assert names(found(tree, tree / "gen" / "a.py")) == ["gen/a.py"]


def test_tracked_files_count_even_when_ignored_and_deleted_ones_do_not(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    put(tmp_path, "kept.py", "gone.py")
    git(tmp_path, "add", "-A")
    put(tmp_path, ".gitignore", text="*.py\n")
    (tmp_path / "gone.py").unlink()
    discovery = found(tmp_path)
    assert names(discovery) == ["kept.py"]
    assert discovery.failures == ()


@pytest.mark.parametrize("place", ["node_modules", "__pycache__", ".tox", "lib/site-packages", "env", ".git"])
def test_places_that_are_nobodys_code_are_skipped_unless_asked_for(tree: Path, place: str) -> None:
    put(tree, "a.py", f"{place}/b.py", f"{place}/deep/c.py")
    if place == "env":
        put(tree, "env/pyvenv.cfg")
    assert names(found(tree)) == ["a.py"]
    if place != ".git":
        assert names(found(tree, tree / place)) == [f"{place}/b.py", f"{place}/deep/c.py"]
        assert names(found(tree, tree / place / "deep")) == [f"{place}/deep/c.py"]


def test_where_the_project_lies_does_not_matter(tmp_path: Path) -> None:
    root = tmp_path / "node_modules" / "site-packages"
    put(root, "pyproject.toml", "a.py")
    for config in (Config(), Config(force_exclude=True), Config(exclude=("*", "!*.py"), extend_exclude=("x",))):
        assert names(discover([root], root, config)) == ["a.py"]


def test_patterns_count_from_the_configuration(tree: Path) -> None:
    put(tree, "app/gen/a.py", "app/b.py", "gen/c.py", "app/d_test.py", "app/old/e.py", "app/old/f.py")
    config = Config(source=tree / "app" / "prodlint.toml", extend_exclude=("/gen", "*_test.py", "./old/e.py"))
    assert names(found(tree, config=config)) == ["app/b.py", "app/old/f.py", "gen/c.py"]


def test_a_directory_that_is_asked_for_is_not_excluded_by_its_own_name(tree: Path) -> None:
    put(tree, "app/gen/a.py", "app/gen/gen/b.py", "app/gen/x.py")
    config = Config(extend_exclude=("app/gen/", "x.*"))
    assert names(found(tree, config=config)) == []
    assert names(found(tree, tree / "app" / "gen", config=config)) == ["app/gen/a.py", "app/gen/gen/b.py"]


def test_force_exclude_leaves_named_files_out(tree: Path) -> None:
    put(tree, "gen/a.py", "b.py", "node_modules/c.py")
    config = Config(extend_exclude=("gen",))
    paths = [tree / "gen" / "a.py", tree / "b.py", tree / "node_modules" / "c.py"]
    assert names(found(tree, *paths, config=config)) == ["b.py", "gen/a.py", "node_modules/c.py"]
    forced = Config(extend_exclude=("gen",), force_exclude=True)
    discovery = found(tree, *paths, config=forced)
    assert names(discovery) == ["b.py"]
    assert discovery.excluded == ("gen/a.py", "node_modules/c.py")
    assert names(found(tree, tree / "gen", config=forced)) == []
    assert names(found(tree, config=forced)) == ["b.py"]


def test_each_file_is_taken_once(tree: Path) -> None:
    put(tree, "a/b.py", "a/c.py")
    assert names(found(tree, tree, tree / "a", tree / "a" / "b.py", tree / "a" / ".." / "a" / "b.py")) == [
        "a/b.py",
        "a/c.py",
    ]


def test_named_files_are_taken_whatever_they_are_called(tree: Path) -> None:
    put(tree, "run", text="#!/usr/bin/env python3\n")
    put(tree, "notes", "data.txt", "stub.pyi", "package-lock.json")
    paths = [tree / name for name in ("run", "notes", "data.txt", "stub.pyi", "package-lock.json")]
    assert {file.path: file.category for file in found(tree, *paths).files} == {
        "run": "python",
        "notes": "text",
        "data.txt": "text",
        "stub.pyi": "python",
        "package-lock.json": "text",
    }


def test_large_text_files_are_data(tree: Path) -> None:
    put(tree, "big.json", "big.py", text="#" * (MAX_TEXT_BYTES + 1))
    assert names(found(tree)) == ["big.py"]
    assert names(found(tree, tree / "big.json")) == ["big.json"]


def test_a_path_that_does_not_exist_is_a_usage_error(tree: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.py: no such file or directory"):
        found(tree, Path("absent.py"))


def test_links_that_lead_nowhere_or_round_in_circles_are_one_failure_each(tree: Path) -> None:
    put(tree, "a.py", "sub/b.py")
    (tree / "dangling.py").symlink_to("absent")
    (tree / "loop.py").symlink_to("loop.py")
    (tree / "sub" / "up").symlink_to("..")
    (tree / "conf.yaml").symlink_to("absent")
    (tree / ".#lock.py").symlink_to("user@host.1")
    discovery = found(tree)
    assert names(discovery) == ["a.py", "sub/b.py"]
    assert failures(discovery) == {
        "dangling.py": "is a symbolic link to nothing",
        "loop.py": f"cannot be read: {os.strerror(40)}",
    }
    assert failures(found(tree, tree / "dangling.py")) == {"dangling.py": "is a symbolic link to nothing"}


def test_links_lead_neither_out_of_the_root_nor_to_a_file_twice(tree: Path) -> None:
    put(tree.parent, "outside/secret.py")
    put(tree, "a.py", "data.txt")
    (tree / "out.py").symlink_to(tree.parent / "outside" / "secret.py")
    (tree / "outdir").symlink_to(tree.parent / "outside")
    (tree / "again.py").symlink_to("a.py")
    (tree / "other.py").symlink_to("data.txt")
    (tree / "zother.py").symlink_to("data.txt")
    assert names(found(tree)) == ["a.py", "other.py"]
    assert names(found(tree, tree / "out.py")) == ["out.py"]
    assert names(found(tree, tree / "outdir")) == ["outdir/secret.py"]


def test_a_project_below_a_link_keeps_its_name(tree: Path, tmp_path: Path) -> None:
    put(tree, "a.py")
    (tree / "b.py").symlink_to("a.py")
    link = tmp_path / "link"
    link.symlink_to(tree)
    discovery = discover([link], find_root([link]), Config())
    assert names(discovery) == ["a.py"]
    assert discovery.files[0].absolute == str(link / "a.py")


def test_a_file_that_several_paths_lead_to_is_taken_once_and_under_its_own_name(tree: Path) -> None:
    put(tree, "src/a.py", "src/b.py")
    (tree / "z.py").symlink_to("src/a.py")
    (tree / "first.py").symlink_to("src/a.py")
    (tree / "linked").symlink_to("src")
    assert names(found(tree, tree / "first.py", tree / "src" / "a.py", tree / "z.py")) == ["src/a.py"]
    assert names(found(tree, tree / "z.py", tree / "first.py")) == ["first.py"]
    assert names(found(tree, tree / "first.py")) == ["first.py"]
    assert names(found(tree, tree / "src", tree / "z.py")) == ["src/a.py", "src/b.py"]
    assert names(found(tree, tree / "linked", tree / "src")) == ["src/a.py", "src/b.py"]
    assert names(found(tree, tree / "linked" / "a.py", tree / "src" / "a.py")) == ["src/a.py"]


def test_directories_named_like_code_are_one_failure_and_hide_nothing(tree: Path) -> None:
    put(tree, "pkg.py/inner.py", "pkg.py/more/x.py", "a.py", "conf.yaml/b.py")
    discovery = found(tree)
    assert names(discovery) == ["a.py", "conf.yaml/b.py", "pkg.py/inner.py", "pkg.py/more/x.py"]
    assert failures(discovery) == {"pkg.py": "is a directory, not a file"}


def test_such_a_directory_is_a_failure_with_git_or_without_and_when_it_is_named(tmp_path: Path) -> None:
    for folder in ("loose", "repo"):
        put(tmp_path, f"{folder}/pyproject.toml", f"{folder}/pkg.py/inner.py")
        (tmp_path / folder / "empty.py").mkdir()
    git(tmp_path / "repo", "init", "-q")
    for root in (tmp_path / "loose", tmp_path / "repo"):
        for discovery in (found(root), found(root, root / "pkg.py")):
            assert "pkg.py/inner.py" in names(discovery)
            assert failures(discovery) == {"pkg.py": "is a directory, not a file"}
        assert failures(found(root, root / "empty.py")) == {"empty.py": "is a directory, not a file"}


def test_a_project_may_be_called_like_a_file(tmp_path: Path) -> None:
    put(tmp_path, "bot.py/pyproject.toml", "bot.py/a.py")
    assert failures(found(tmp_path / "bot.py")) == {}


def test_without_git_and_configuration_the_root_does_not_depend_on_the_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "work/pkg/sub/a.py", "other/b.py")
    monkeypatch.chdir(tmp_path / "work")
    for argument in (".", "pkg", "pkg/sub", "pkg/sub/a.py", "pkg/new/file.py", str(tmp_path / "work" / "pkg")):
        assert find_root([Path(argument)]) == tmp_path / "work"
    assert find_root([]) == tmp_path / "work"
    assert find_root([Path("../other/b.py")]) == tmp_path / "other"
    assert find_root([Path("../gone/b.py")]) == tmp_path
    monkeypatch.setenv("HOME", str(tmp_path / "work"))
    assert find_root([Path("pkg/sub/a.py")]) == tmp_path / "work" / "pkg" / "sub", "a home directory is no project"


def test_pipes_and_sockets_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.py")
        discovery = found(tmp_path)
    assert names(discovery) == ["a.py"]
    assert failures(discovery) == {
        "pipe.py": "is a named pipe, not a file",
        "s.py": "is a socket, not a file",
    }
    assert failures(found(tmp_path, tmp_path / "pipe.py")) == {"pipe.py": "is a named pipe, not a file"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_and_directories_are_one_failure_each(tree: Path) -> None:
    put(tree, "a.py", "locked.py", "closed/b.py")
    (tree / "locked.py").chmod(0)
    (tree / "closed").chmod(0)
    try:
        discovery = found(tree)
    finally:
        (tree / "closed").chmod(stat.S_IRWXU)
    assert names(discovery) == ["a.py"]
    reason = "cannot be read: Permission denied"
    assert failures(discovery) == {"closed": reason, "locked.py": reason}


@pytest.mark.parametrize("name", ["é ü.py", "a\nb.py", "-n.py", "[x]*.py", "🙂.py", "a'b\"c.py", "x\\y.py", " .py"])
def test_odd_names(tree: Path, name: str) -> None:
    put(tree, name)
    (file,) = (file for file in found(tree).files if file.path != "pyproject.toml")
    assert (file.path, file.absolute) == (name, str(tree / name))


def test_names_that_are_not_unicode_can_be_shown(tree: Path) -> None:
    raw = os.fsencode(tree) + b"/caf\xe9.py"
    with open(raw, "wb"):
        pass
    (file,) = (file for file in found(tree).files if file.path != "pyproject.toml")
    assert file.path == "caf\\xe9.py"
    assert os.fsencode(file.absolute) == raw


def test_inside_a_git_hook_the_variables_of_the_hook_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        put(tmp_path / name, f"{name}.py")
        git(tmp_path / name, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "one" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "absent"))
    assert names(found(tmp_path / "two")) == ["two.py"]


def test_the_repository_cannot_make_git_run_a_program(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    put(tmp_path, "a.py", "b.py")
    git(tmp_path, "add", "a.py")
    put(tmp_path, "evil.sh", text=f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "evil.sh").chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", str(tmp_path / "evil.sh"))
    assert names(found(tmp_path)) == ["a.py", "b.py", "evil.sh"]
    assert not (tmp_path / "ran").exists()


def test_without_git_or_in_a_broken_repository_directories_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.py", "b.py")
    put(tmp_path, ".gitignore", text="b.py\n")
    put(tmp_path, ".git", text="gitdir: /nowhere\n")
    assert names(found(tmp_path)) == ["a.py"]
    monkeypatch.setenv("PATH", "")
    assert names(found(tmp_path)) == ["a.py"]


def test_the_root_is_the_work_tree_else_the_project_else_what_is_shared(tmp_path: Path) -> None:
    put(tmp_path, "repo/app/pyproject.toml", "repo/app/src/a.py", "repo/lib/b.py", "loose/x/c.py", "loose/y/d.py")
    put(tmp_path, "proj/prodlint.toml", "proj/src/deep/e.py")
    (tmp_path / "repo" / ".git").mkdir()
    assert find_root([tmp_path / "repo" / "app" / "src" / "a.py"]) == tmp_path / "repo"
    assert find_root([tmp_path / "repo" / "app", tmp_path / "repo" / "lib"]) == tmp_path / "repo"
    assert find_root([tmp_path / "proj" / "src" / "deep"]) == tmp_path / "proj"
    assert find_root([tmp_path / "loose" / "x" / "c.py", tmp_path / "loose" / "y"]) == tmp_path / "loose"
    assert find_root([tmp_path / "loose" / "x" / "c.py"]) == tmp_path / "loose" / "x"
