"""`scripts/new_rule.py` makes a rule that loads at once and says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from prodlint.registry import Pack, load_pack, run_rules

from .factories import call, context
from .test_pages import SECTIONS, run_script, sections


def checkout(folder: Path, package: str = "rules/prodlint_rules") -> Path:
    """An empty checkout; returns the pack's folder."""
    pack = folder / package
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text("", encoding="utf-8")
    return pack


def test_the_new_rule_loads_and_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = checkout(tmp_path)
    result = run_script("new_rule.py", "forgotten-thing", "new-category", "--root", str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[:-1] == [
        "rules/prodlint_rules/new_category/__init__.py",
        "rules/prodlint_rules/new_category/forgotten_thing.py",
        "fixtures/forgotten-thing/basic.py",
        "fixtures/forgotten-thing/near_misses.py",
    ]
    pack.rename(tmp_path / "rules" / "pack_of_this_test")
    monkeypatch.syspath_prepend(str(tmp_path / "rules"))
    (rule,) = load_pack(Pack(name="test", package="pack_of_this_test"))
    assert (rule.name, rule.category) == ("forgotten-thing", "new-category")
    assert list(sections(rule.page)) == SECTIONS
    one = context(call())
    assert list(run_rules(one.project, [rule], one)) == []


def test_an_existing_category_is_left_as_it_is(tmp_path: Path) -> None:
    package = checkout(tmp_path) / "cost" / "__init__.py"
    package.parent.mkdir()
    package.write_text('"""What is paid for."""\n', encoding="utf-8")
    assert run_script("new_rule.py", "forgotten-thing", "cost", "--root", str(tmp_path)).returncode == 0
    assert package.read_text(encoding="utf-8") == '"""What is paid for."""\n'


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    taken = tmp_path / "fixtures" / "forgotten-thing" / "near_misses.py"
    taken.parent.mkdir(parents=True)
    taken.write_text("mine", encoding="utf-8")
    result = run_script("new_rule.py", "forgotten-thing", "cost", "--root", str(tmp_path))
    assert (result.returncode, result.stderr) == (2, "new_rule: fixtures/forgotten-thing/near_misses.py exists\n")
    assert taken.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "rules").exists()


@pytest.mark.parametrize(
    ("name", "category", "complaint"),
    [
        ("missing_timeout", "cost", "is no name for a rule"),
        ("MissingTimeout", "cost", "is no name for a rule"),
        ("timeout", "cost", "is no name for a rule"),
        ("../evil-thing", "cost", "is no name for a rule"),
        ("add-timeout", "cost", "names a remedy"),
        ("no-timeout", "cost", "names a remedy"),
        ("missing-thing", "../cost", "is no name for a category"),
    ],
)
def test_names_that_would_not_do_are_refused(tmp_path: Path, name: str, category: str, complaint: str) -> None:
    result = run_script("new_rule.py", name, category, "--root", str(tmp_path))
    assert result.returncode == 2
    assert complaint in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_fault_may_begin_like_a_remedy(tmp_path: Path) -> None:
    assert run_script("new_rule.py", "no-error-handling", "reliability", "--root", str(tmp_path)).returncode == 0
