"""Every rule's page has its sections, and its code is a program. That the example raises the rule is for the engine's
tests, which run `example(page)` and `remedy(page)`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prodlint.api import Severity
from prodlint.registry import LoadedRule, Pack, load_pack

ROOT = Path(__file__).resolve().parents[2]
RULES = load_pack(Pack(name="prodlint", package="prodlint_rules"))
SECTIONS = [
    "What it does",
    "Why it matters",
    "Example",
    "Use instead",
    "When it stays silent",
    "Fix",
    "References",
]

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def sections(page: str) -> dict[str, str]:
    """The text under each second-level heading."""
    _, *parts = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def code_of(page: str, section: str) -> str:
    """The one code block of a section."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", sections(page)[section], flags=re.MULTILINE | re.DOTALL)
    return str(code)


def example(page: str) -> str:
    """The program that raises exactly this rule."""
    return code_of(page, "Example")


def remedy(page: str) -> str:
    """The program that raises none."""
    return code_of(page, "Use instead")


@each_rule
def test_the_sections_are_complete_and_in_order(rule: LoadedRule) -> None:
    assert list(sections(rule.page)) == SECTIONS
    assert all(text.strip() for text in sections(rule.page).values())


@each_rule
def test_the_page_begins_with_one_sentence(rule: LoadedRule) -> None:
    first, second = rule.page.splitlines()[:2]
    assert first.endswith(".")
    assert second == ""


@each_rule
def test_example_and_remedy_are_different_programs(rule: LoadedRule) -> None:
    bad, good = ast.parse(example(rule.page)), ast.parse(remedy(rule.page))
    assert ast.dump(bad) != ast.dump(good)


@each_rule
def test_why_it_matters_cites_a_reference_that_exists(rule: LoadedRule) -> None:
    text = sections(rule.page)
    cited = {number for group in re.findall(r"\[([\d, ]+)\]", text["Why it matters"]) for number in group.split(", ")}
    listed = set(re.findall(r"^(\d+)\. ", text["References"], flags=re.MULTILINE))
    assert cited
    assert cited <= listed


@each_rule
def test_the_metadata_reads_well(rule: LoadedRule) -> None:
    assert rule.rule.summary
    assert not rule.rule.summary.endswith(".")
    assert rule.rule.precision in {"very-high", "high", "medium", "low"}
    assert (rule.rule.security_severity is not None) == (rule.category == "security")
    assert not rule.name.startswith(("no-", "add-"))


@each_rule
def test_a_rule_module_is_short_and_knows_no_syntax(rule: LoadedRule) -> None:
    source = Path(str(sys.modules[rule.module].__file__)).read_text(encoding="utf-8")
    code = source[source.index("from __future__") :]
    assert len(code.splitlines()) <= 150
    imported = set(re.findall(r"^\s*(?:from|import) ([\w.]+)", code, flags=re.MULTILINE))
    own = {name for name in imported if name.startswith("prodlint")}
    assert own <= {"prodlint.api", "prodlint_rules._causes", "prodlint_rules._repairs", "prodlint_rules._wording"}
    assert code.rstrip().endswith(")")
    assert "\nRULE = Rule(" in code


def test_the_core_pack_is_complete() -> None:
    assert {(rule.category, rule.name, rule.rule.severity) for rule in RULES} >= {
        ("security", "hardcoded-api-key", Severity.ERROR),
        ("cost", "missing-max-tokens", Severity.WARNING),
        ("cost", "uncached-deterministic-call", Severity.WARNING),
        ("reliability", "missing-timeout", Severity.WARNING),
        ("reliability", "disabled-timeout", Severity.ERROR),
        ("reliability", "missing-retries", Severity.WARNING),
        ("reliability", "blocking-call-in-async", Severity.WARNING),
        ("latency", "unstreamed-response", Severity.WARNING),
    }


def test_only_the_security_rules_look_at_tests() -> None:
    assert {rule.category for rule in RULES if rule.rule.applies_to_tests} == {"security"}


def run_script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of the checkout with this interpreter and its search path."""
    command = [sys.executable, str(ROOT / "scripts" / name), *arguments]
    paths = "; ".join(f"sys.path.insert(0, {path!r})" for path in reversed(sys.path) if path)
    launcher = (
        f"import sys, runpy; {paths}; sys.argv = {command[1:]!r}; runpy.run_path({command[1]!r}, run_name='__main__')"
    )
    return subprocess.run([sys.executable, "-c", launcher], capture_output=True, text=True, check=False)


def test_the_generated_pages_are_current() -> None:
    result = run_script("generate_docs.py", "--check")
    assert (result.returncode, result.stderr) == (0, "")


def test_stale_pages_are_named_and_rewritten(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("of a rule that was removed", encoding="utf-8")
    result = run_script("generate_docs.py", "--check", "--output", str(tmp_path))
    assert result.returncode == 1
    assert "gone.md is not current" in result.stderr
    assert "missing-timeout.md is not current" in result.stderr
    assert run_script("generate_docs.py", "--output", str(tmp_path)).returncode == 0
    assert not (tmp_path / "gone.md").exists()
    assert run_script("generate_docs.py", "--check", "--output", str(tmp_path)).returncode == 0
