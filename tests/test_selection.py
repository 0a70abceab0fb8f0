"""Which rules a run has: what the command line and the configuration ask for, the engine's own rules among them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import prodlint


def rules(folder: Path, *arguments: str) -> dict[str, str]:
    """The rules of a run with their severities, in the order of the report."""
    (folder / "a.py").write_text("")
    done = prodlint(folder, "check", "--output-format", "json", "a.py", *arguments)
    assert done.code == 0, done.err
    return {rule["name"]: rule["severity"] for rule in json.loads(done.out)["rules"]}


@pytest.mark.parametrize(
    ("arguments", "own"),
    [
        (("--select", "missing-timeout"), ["expired", "invalid", "unexplained", "unused"]),
        (("--select", "missing-timeout", "--ignore", "unused-suppression"), ["expired", "invalid", "unexplained"]),
        (("--select", "missing-timeout", "--ignore", "suppression"), []),
        (("--select", "missing-timeout,unused-suppression", "--ignore", "suppression"), ["unused"]),
        (("--select", ""), []),
    ],
)
def test_the_rules_of_a_run_are_listed_by_name_with_those_about_comments(
    tmp_path: Path, arguments: tuple[str, ...], own: list[str]
) -> None:
    listed = list(rules(tmp_path, *arguments))
    about_comments = [name.removesuffix("-suppression") for name in listed if name.endswith("-suppression")]
    assert (listed, about_comments) == (sorted(listed), own)


def test_their_severities_are_the_configured_ones(tmp_path: Path) -> None:
    severities = '{ suppression = "note", unused-suppression = "error", missing-timeout = "note", cost = "off" }'
    (tmp_path / "prodlint.toml").write_text(f"severity = {severities}\n")
    listed = rules(tmp_path)
    assert (listed["unused-suppression"], listed["expired-suppression"]) == ("error", "note")
    assert listed["missing-timeout"] == "note"
    assert "missing-max-tokens" not in listed


def test_a_misspelt_rule_about_comments_is_an_error_with_the_nearest_one(tmp_path: Path) -> None:
    done = prodlint(tmp_path, "check", "--select", "unused-supression")
    assert done.code == 2
    assert "did you mean `unused-suppression`?" in done.err
