"""Every SDK has a record, a plan to prove it and a fixture; outside the records no code names a provider."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodlint.sdks import catalogue, record_file
from prodlint.sdks.schema import Record
from sdk_proof.plan import Plan, PlanError, plan, plans

ROOT = Path(__file__).parent.parent.parent
RECORDS = catalogue.load().records
PLANS = tuple(plans())
DATA = ("sdks", "frameworks", "secrets")
"""Packages of the engine that hold tables about libraries, and names of credentials."""
COMMON = {"agents", "azure", "google", "replicate", "together", "xai"}
"""Words of English, names shared with much else, and the beginning of a key."""


def test_every_record_has_a_plan() -> None:
    assert [found.record.name for found in PLANS] == [record.name for record in RECORDS]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_every_record_has_a_program_that_uses_it(record: Record) -> None:
    program = ROOT / "fixtures" / "_clean" / f"{record.name}.py"
    roots = "|".join(re.escape(root) for root in record.imports)
    assert re.search(rf"^\s*(?:from|import) (?:{roots})\b", program.read_text(encoding="utf-8"), re.MULTILINE) or any(
        f"from {root.rpartition('.')[0]} import {root.rpartition('.')[2]}" in program.read_text(encoding="utf-8")
        for root in record.imports
    )


@pytest.mark.parametrize("found", PLANS, ids=lambda found: found.record.name)
def test_packages_are_pinned(found: Plan) -> None:
    assert all(re.fullmatch(r"[\w.-]+(?:\[\w+\])?==[\w.]+", package) for package in found.packages)


@pytest.mark.parametrize("found", PLANS, ids=lambda found: found.record.name)
def test_messages_name_the_releases_that_are_proved(found: Plan) -> None:
    record = found.record
    named = {record.distributions[0]: record.proved_on[0], **record.releases}
    assert set(named) <= set(record.distributions)
    for package in found.packages:
        distribution, _, version = package.partition("==")
        assert named.get(distribution, version) == version


@pytest.mark.parametrize(
    "section",
    [
        'environment = "main"\nunheard = 1\n',
        "",
        'environment = "main"\nskip = "both"\n',
        'environment = "main"\n[[proof.fact]]\nnames = ["a"]\nproved = true\nsource = "b"\n',
        'environment = "main"\n[[proof.wire]]\nnames = ["a"]\nheaders = {}\n',
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(section: str) -> None:
    text = (
        'name = "x"\ntitle = "X"\ndistributions = ["x"]\nimports = ["x"]\nversions = ">=1"\nproved_on = ["1.0"]\n'
        "checked = 2026-11-22\n"
        f'source = "x 1.0"\n\n[proof]\n{section}'
    )
    with pytest.raises(PlanError):
        plan(text, "x.toml")


def test_the_loader_does_not_read_what_only_the_proof_needs() -> None:
    text = (
        'name = "x"\ntitle = "X"\ndistributions = ["x"]\nimports = ["x"]\nversions = ">=1"\nproved_on = ["1.0"]\n'
        "checked = 2026-11-22\n"
        'source = "x 1.0"\n\n[proof]\nnot TOML at all\n'
    )
    assert record_file.load_record(text, "x.toml").name == "x"


def test_no_rule_and_no_engine_module_names_a_provider() -> None:
    words = {word for record in RECORDS for word in _words(record)} - COMMON
    assert {"openai", "anthropic", "langchain", "mistralai"} <= words
    pattern = re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(words))})(?![a-z])")
    found = []
    for path in sorted([*(ROOT / "checker").rglob("*.py"), *(ROOT / "rules").rglob("*.py")]):
        parts = path.relative_to(ROOT).parts
        if parts[0] == "checker" and parts[2] in DATA:
            continue
        for line, text in _code(ast.parse(path.read_text(encoding="utf-8"))):
            if pattern.search(text.lower()):
                found.append(f"{path.relative_to(ROOT)}:{line}: {text[:80]}")
    assert found == []


def _words(record: Record) -> Iterator[str]:
    yield record.name
    yield from (distribution.replace("-", "_") for distribution in record.distributions)
    yield from (root.split(".")[0] for root in record.imports)


def _code(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names and texts of the code with their lines; docstrings and whole pages are prose."""
    prose = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in prose and "\n\n" not in text:
                yield node.lineno, text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
