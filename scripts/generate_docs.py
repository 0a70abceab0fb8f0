"""Writes `docs/rules/`: one page per built-in rule, from the rules' docstrings, and their index.

python scripts/generate_docs.py            write what has changed, remove pages of rules that are gone
python scripts/generate_docs.py --check    write nothing; exit 1 and name the pages that are not current
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from prodlint.registry import LoadedRule, Pack, load_pack, merge_rules, rule_info

ROOT = Path(__file__).resolve().parent.parent
PACK = Pack(name="prodlint", package="prodlint_rules")

NOTICE = "<!-- Written by scripts/generate_docs.py from the rule's docstring; edit that. -->"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Write docs/rules from the docstrings of the built-in rules.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is not current")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "rules", help="folder of the pages")
    options = parser.parse_args(arguments)
    pages = render(merge_rules(load_pack(PACK)))
    stale = stale_pages(options.output, pages)
    if options.check:
        for name in stale:
            print(f"docs/rules/{name} is not current; run `python scripts/generate_docs.py`", file=sys.stderr)
        return 1 if stale else 0
    write(options.output, pages, stale)
    print(f"{len(pages)} pages, {len(stale)} changed")
    return 0


def stale_pages(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """Names of pages that are missing, differ, or belong to no rule."""
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in present.keys() | pages.keys() if present.get(name) != pages.get(name))


def write(folder: Path, pages: Mapping[str, str], stale: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in pages:
            (folder / name).write_text(pages[name], encoding="utf-8", newline="\n")
        else:
            (folder / name).unlink()


def render(rules: Sequence[LoadedRule]) -> dict[str, str]:
    """The text of every page, by file name."""
    pages = {f"{rule.name}.md": _page(rule) for rule in rules}
    pages["README.md"] = _index(rules)
    return pages


def _page(rule: LoadedRule) -> str:
    info = rule_info(rule)
    facts = [
        f"category: [{rule.category}](README.md#{rule.category})",
        f"severity: {info.severity.label}",
        f"profile: {info.profile}",
        f"precision: {info.precision}",
        f"tests: {'checked' if rule.rule.applies_to_tests else 'not checked'}",
    ]
    ignore = f"Silence one place with `# prodlint: ignore[{rule.name}] reason` on its line."
    return f"# {rule.name}\n\n{NOTICE}\n\n{' · '.join(facts)}\n\n{rule.page}\n\n## Silencing\n{ignore}\n"


def _index(rules: Sequence[LoadedRule]) -> str:
    parts = ["# Rules", NOTICE]
    for category in sorted({rule.category for rule in rules}):
        parts.append(f"## {category}\n\n{_category_summary(category)}")
        parts.append(_table([rule for rule in rules if rule.category == category]))
    return "\n\n".join(parts) + "\n"


def _category_summary(category: str) -> str:
    package = importlib.import_module(f"{PACK.package}.{category.replace('-', '_')}")
    return (package.__doc__ or "").strip()


def _table(rules: Sequence[LoadedRule]) -> str:
    rows = ["| rule | severity | profile | what it says |", "| --- | --- | --- | --- |"]
    for rule in rules:
        info = rule_info(rule)
        rows.append(f"| [{rule.name}]({rule.name}.md) | {info.severity.label} | {info.profile} | {info.summary} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
