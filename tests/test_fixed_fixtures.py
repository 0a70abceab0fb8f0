"""What all fixes make of every fixture: exactly what stands beside it, and nothing that the rules still object to."""

from __future__ import annotations

import io
import tokenize
from collections import Counter

import pytest

import fixture_harness as harness
from prodlint.findings import Finding

CASES = harness.collect(*harness.rule_folders(), "_apps")
CLEAN = harness.collect("_clean")


def comments(data: bytes) -> Counter[str]:
    tokens = tokenize.tokenize(io.BytesIO(data).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


@pytest.mark.parametrize("case", CASES, ids=harness.by_name)
def test_fixing_gives_the_file_beside_the_fixture(case: harness.Case, copy: harness.Copy) -> None:
    outcome = harness.fix_folder(copy(case), case.rules)
    fixed = {path: new for path, (_, new) in outcome.changed.items()}
    assert outcome.failures == []
    assert {path: data.decode() for path, data in fixed.items()} == {
        path: data.decode() for path, data in harness.fixed_files(case).items()
    }
    for path, (old, new) in outcome.changed.items():
        if path.endswith(".py"):
            compile(new, path, "exec", dont_inherit=True)
            assert comments(old) == comments(new)


@pytest.mark.parametrize("case", [case for case in CASES if harness.fixed_files(case)], ids=harness.by_name)
def test_a_fixed_fixture_has_fewer_findings_and_nothing_left_to_fix(case: harness.Case, copy: harness.Copy) -> None:
    folder = copy(case)
    before = harness.fix_folder(folder, case.rules)
    for path, data in harness.fixed_files(case).items():
        (folder / path).write_bytes(data)
    after = harness.fix_folder(folder, case.rules)
    assert after.changed == {} and after.applied == []
    expected = Counter(map(kind, before.first.findings)) - Counter(map(kind, before.applied))
    assert Counter(map(kind, after.first.findings)) == expected


def kind(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.location.path


@pytest.mark.parametrize("case", CLEAN, ids=harness.by_name)
def test_clean_programs_stay_as_they_are(case: harness.Case, copy: harness.Copy) -> None:
    assert harness.fix_folder(copy(case), None).changed == {}


def test_every_core_rule_with_a_fix_has_a_fixed_fixture() -> None:
    fixed = {case.name.partition("/")[0] for case in CASES if harness.fixed_files(case)}
    assert fixed >= set(harness.CORE_RULES)


def test_no_fixed_fixture_stands_alone() -> None:
    known = {case.name for case in CASES}
    for path in harness.FIXTURES.glob("*/*.fixed*"):
        assert f"{path.parent.name}/{path.name.partition('.')[0]}" in known
