"""The comparison with the labels: what counts as found, right, false and missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bench.__main__ import main
from bench.accuracy import labels, packages, report, scoring

LABELS = """
package = "shop"
version = "1.0"

[[call]]
path = "shop/a.py"
line = 4
what = "chat create"
settings = { timeout = "default", max_tokens = { set = 100 }, stream = "unknown" }
faults = ["missing-timeout", "missing-retries"]
undecided = ["unstreamed-response"]

[[call]]
path = "shop/b.py"
line = 9
what = "another one"
settings = { timeout = "set" }
faults = ["missing-max-tokens"]
"""


def setting(state: str, value: object = None) -> dict[str, object]:
    return {"state": state, "value": value}


def call(path: str, line: int, **settings: dict[str, object]) -> dict[str, object]:
    return {"path": path, "line": line, "settings": settings}


def finding(rule: str, path: str, line: int, related: Sequence[tuple[str, int]] = ()) -> dict[str, object]:
    places = [{"path": where, "line": number} for where, number in related]
    return {"rule": rule, "path": path, "line": line, "related": places}


def scored(calls: Sequence[Any] = (), findings: Sequence[Any] = ()) -> scoring.Score:
    score = scoring.Score()
    seen = scoring.observation({"calls": calls}, {"findings": findings})
    scoring.add(score, labels.parse(LABELS, "shop.toml").labels, seen)
    return score


def test_a_finding_counts_at_the_call_and_at_its_cause() -> None:
    score = scored(
        findings=[
            finding("missing-retries", "shop/a.py", 4),
            finding("missing-timeout", "shop/client.py", 1, related=[("shop/a.py", 4)]),
        ]
    )
    assert score.rules["missing-retries"].right == 1
    assert score.rules["missing-timeout"].right == 1


def test_a_finding_on_a_call_without_that_fault_is_a_false_alarm() -> None:
    tally = scored(findings=[finding("missing-timeout", "shop/b.py", 9)]).rules["missing-timeout"]
    assert (tally.right, tally.false, tally.missed) == (0, 1, 1)
    assert (tally.precision, tally.recall) == (0.0, 0.0)


def test_a_fault_that_is_not_reported_is_a_missed_alarm() -> None:
    tally = scored().rules["missing-max-tokens"]
    assert (tally.missed, tally.recall) == (1, 0.0)
    assert tally.precision is None


def test_undecided_alarms_are_in_neither_rate() -> None:
    tally = scored(findings=[finding("unstreamed-response", "shop/a.py", 4)]).rules["unstreamed-response"]
    assert tally.undecided == 1
    assert tally.precision is tally.recall is None


def test_findings_elsewhere_do_not_count() -> None:
    score = scored(findings=[finding("missing-timeout", "shop/a.py", 5), finding("missing-timeout", "shop/c.py", 4)])
    assert score.rules["missing-timeout"].false == 0


def test_a_setting_is_right_when_state_and_labelled_value_agree() -> None:
    found = call(
        "shop/a.py", 4, timeout=setting("default", 600.0), max_tokens=setting("set", 50), stream=setting("set")
    )
    score = scored(calls=[found])
    assert score.settings["timeout"].right == 1
    assert (score.settings["max_tokens"].right, score.settings["max_tokens"].false) == (0, 1)
    assert (score.settings["stream"].right, score.settings["stream"].false) == (0, 1)


def test_a_setting_that_is_left_out_is_wrong() -> None:
    score = scored(calls=[call("shop/b.py", 9)])
    assert score.settings["timeout"].false == 1
    assert "left out" in {it.actual for it in score.disagreements}


def test_a_call_that_is_not_found_misses_all_its_settings() -> None:
    score = scored(calls=[call("shop/b.py", 9, timeout=setting("set", 20))])
    assert (score.found, score.calls) == (1, 2)
    assert (score.settings["timeout"].right, score.settings["timeout"].missed) == (1, 1)
    assert (score.all_settings().right, score.all_settings().missed) == (1, 3)


def test_each_disagreement_is_named_with_its_place() -> None:
    text = report.text(scored(calls=[call("shop/b.py", 9, timeout=setting("default", 600.0))]))
    assert "shop: shop/b.py:9: timeout: expected set, prodlint: default" in text
    assert "shop: shop/a.py:4: call: expected a request, prodlint: not found" in text
    assert "1 of 2 calls found" in text


def test_the_page_holds_the_tables_and_the_disagreements() -> None:
    score = scored(calls=[call("shop/b.py", 9, timeout=setting("default", 600.0))])
    page = report.page(score, [labels.parse(LABELS, "shop.toml")], "1.2.3", "2026-01-31")
    assert "| missing-max-tokens | - | 0.000 | 0 | 0 | 1 | 0 |" in page
    assert "- shop `shop/b.py:9`: missing-max-tokens: expected reported, prodlint: silent; timeout: expected" in page
    assert "prodlint 1.2.3" in page and "2026-01-31" in page


@pytest.mark.parametrize(
    "change",
    [
        ('faults = ["missing-max-tokens"]', 'faults = ["missing-max-tokes"]'),
        ('timeout = "set"', 'timeout = "sett"'),
        ('timeout = "set"', 'timeuot = "set"'),
        ('undecided = ["unstreamed-response"]', 'undecided = ["missing-timeout"]'),
        ('path = "shop/b.py"\nline = 9', 'path = "shop/a.py"\nline = 4'),
        ("line = 9\n", ""),
        ("line = 9", "line = "),
    ],
)
def test_a_label_that_is_not_well_formed_is_refused(change: tuple[str, str]) -> None:
    assert change[0] in LABELS
    with pytest.raises(labels.LabelError, match=r"shop\.toml"):
        labels.parse(LABELS.replace(*change), "shop.toml")


def test_the_labels_of_this_repository_are_well_formed() -> None:
    loaded = labels.load()
    assert sum(len(package.labels) for package in loaded) >= 160
    assert all(package.labels for package in loaded)


@pytest.mark.parametrize("arguments", [["--package", "no-such-package"], ["--package", "vanna", "--write"]])
def test_a_measurement_of_nothing_or_a_part_of_the_page_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accuracy", *arguments]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_another_release_than_the_labelled_one_is_refused(tmp_path: Any) -> None:
    (tmp_path / "shop" / "Shop-1.1.dist-info").mkdir(parents=True)
    with pytest.raises(packages.FetchError, match=r"shop 1\.0"):
        packages.unpacked("shop", "1.0", tmp_path)
    assert packages.unpacked("shop", "1.1", tmp_path) == tmp_path / "shop"
