"""Writes what is generated: `docs/rules/`, one page per rule and their index, from the rules' docstrings;
`docs/sdks.md` and `docs/sdk-proof.md`, from the SDK records; and the JSON schema of the configuration, which goes
into the wheel.

python scripts/generate_docs.py            write what has changed, remove pages of rules that are gone
python scripts/generate_docs.py --check    write nothing; exit 1 and name what is not current
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from proof_page import proof_page

from prodlint.config_schema import json_schema
from prodlint.findings import RuleInfo
from prodlint.registry import Pack, load_pack, merge_rules, rule_info
from prodlint.report.sdk_list import distributions_of, name_of, operations_of
from prodlint.sdks.catalogue import load
from prodlint.sdks.schema import Record
from prodlint.selection import names_of
from prodlint.suppression_rules import CATEGORY, SUPPRESSION_RULES
from sdk_proof.plan import plans

ROOT = Path(__file__).resolve().parent.parent
PACK = Pack(name="prodlint", package="prodlint_rules")
SCHEMA = ROOT / "checker" / "prodlint" / "prodlint.schema.json"

SDKS = "../sdks.md"
PROOF = "../sdk-proof.md"
"""Both beside the folder of the rules' pages."""

NOTICE = "<!-- Written by scripts/generate_docs.py from the rule's docstring; edit that. -->"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Write docs/rules and the JSON schema of the configuration.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is not current")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "rules", help="folder of the pages")
    options = parser.parse_args(arguments)
    pages = {**render(), SDKS: sdk_page(load().records), PROOF: proof_page(tuple(plans()))}
    stale = stale_pages(options.output, pages)
    schema = json.dumps(json_schema(names_of(built_in()), with_others=True), indent=2) + "\n"
    is_schema_stale = not SCHEMA.exists() or SCHEMA.read_text(encoding="utf-8") != schema
    if options.check:
        names = [os.path.normpath(f"docs/rules/{name}") for name in stale] + [SCHEMA.name] * is_schema_stale
        for name in names:
            print(f"{name} is not current; run `python scripts/generate_docs.py`", file=sys.stderr)
        return 1 if names else 0
    write(options.output, pages, stale)
    if is_schema_stale:
        SCHEMA.write_text(schema, encoding="utf-8", newline="\n")
    print(f"{len(pages)} pages, {len(stale)} changed")
    return 0


def stale_pages(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """Names of pages that are missing, differ, or belong to no rule."""
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    for name in (SDKS, PROOF):
        if (folder / name).exists():
            present[name] = (folder / name).read_text(encoding="utf-8")
    return sorted(name for name in present.keys() | pages.keys() if present.get(name) != pages.get(name))


def write(folder: Path, pages: Mapping[str, str], stale: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in pages:
            (folder / name).write_text(pages[name], encoding="utf-8", newline="\n")
        else:
            (folder / name).unlink()


def built_in() -> list[RuleInfo]:
    """All rules that come with prodlint, by name; what else is installed here does not count."""
    return sorted([*map(rule_info, merge_rules(load_pack(PACK))), *SUPPRESSION_RULES], key=lambda rule: rule.name)


def render() -> dict[str, str]:
    """The text of every page, by file name."""
    in_tests = {rule.name for rule in load_pack(PACK) if rule.rule.applies_to_tests}
    in_tests |= {rule.name for rule in SUPPRESSION_RULES}
    rules = built_in()
    pages = {f"{rule.name}.md": _page(rule, is_for_tests=rule.name in in_tests) for rule in rules}
    pages["README.md"] = _index(rules)
    return pages


def _page(rule: RuleInfo, *, is_for_tests: bool) -> str:
    facts = [
        f"category: [{rule.category}](README.md#{rule.category})",
        f"severity: {rule.severity.label}",
        f"profile: {rule.profile}",
        f"precision: {rule.precision}",
        f"tests: {'checked' if is_for_tests else 'not checked'}",
    ]
    ignore = f"Silence one place with `# prodlint: ignore[{rule.name}] reason` on its line."
    return f"# {rule.name}\n\n{NOTICE}\n\n{' · '.join(facts)}\n\n{rule.page}\n\n## Silencing\n{ignore}\n"


def _index(rules: Sequence[RuleInfo]) -> str:
    parts = ["# Rules", NOTICE]
    for category in sorted({rule.category for rule in rules}):
        parts.append(f"## {category}\n\n{_category_summary(category)}")
        parts.append(_table([rule for rule in rules if rule.category == category]))
    return "\n\n".join(parts) + "\n"


def _category_summary(category: str) -> str:
    if category == CATEGORY:
        return "The comments that accept a finding. These rules are part of the engine."
    package = importlib.import_module(f"{PACK.package}.{category.replace('-', '_')}")
    return (package.__doc__ or "").strip()


SDK_INTRODUCTION = """\
# SDKs

<!-- Written by scripts/generate_docs.py from checker/prodlint/sdks/*.toml; edit those. -->

What prodlint knows of each SDK, from its records in `checker/prodlint/sdks`. `prodlint sdks` prints the list,
`prodlint sdks NAME` one record, with `--output-format json` for programs; both say which version your project uses. A
client of your own is [declared in the configuration](in-house-clients.md).

The version that counts for a file is the nearest exact one around it, in its own directory and those above: in a lock
file (`uv.lock`, `poetry.lock`, `pdm.lock`, `pylock.toml`, `Pipfile.lock`) or pinned in `requirements*.txt` (with what
these include), `pyproject.toml`, `Pipfile`, `setup.cfg`, `environment.yml`, the `requirements` of a `manifest.json`
beside the code, or the metadata of built and installed packages (`PKG-INFO`, `*.dist-info/METADATA`), if the nearest
range allows it. Lines for one distribution that differ by environment markers (`; python_version < "3.9"`) say nothing:
which one counts hangs on where the program runs. Of a range alone it is the newest version in it that the record names.
Where nothing is said it is the newest of all, and messages say "assumed". Of a version that no record is for, nothing
is known: what a request does not set itself is then unknown, and no finding is built on it."""


def sdk_page(records: Sequence[Record]) -> str:
    """The page about the SDKs: an overview, then the clients and requests of each."""
    parts = [SDK_INTRODUCTION]
    rows = [
        "| SDK | distribution | versions | proved on | checked | timeout | retries |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for record in records:
        cells = (f"[{record.title}](#{name_of(record)})", record.distributions[0], f"`{record.versions}`")
        proof = (", ".join(record.proved_on), record.checked)
        rows.append(f"| {' | '.join((*cells, *proof, *_defaults(record)))} |")
    parts.append("\n".join(rows))
    parts.append(
        "Timeout and retries are what the SDK does unasked; `-` stands for no timeout, `?` for defaults of the "
        "model's own SDK, or ones that differ between the requests."
    )
    parts.extend(_sdk(record) for record in records)
    return "\n\n".join(parts) + "\n"


def _defaults(record: Record) -> tuple[str, str]:
    """The different default timeouts and retries of a record's clients."""
    clients = [*record.clients, *([record.function_defaults] if record.function_defaults else [])]
    timeouts = sorted({client.timeout_default or 0 for client in clients if "timeout" not in client.no_one_default})
    retries = sorted({client.retries_default for client in clients if "retries" not in client.no_one_default})
    shown = [f"{seconds:g} s" if seconds else "-" for seconds in timeouts], [str(number) for number in retries]
    for cells, setting in zip(shown, ("timeout", "retries"), strict=True):
        if any(setting in client.no_one_default for client in clients):
            cells.append("?")
    return ", ".join(shown[0]), ", ".join(shown[1])


def _sdk(record: Record) -> str:
    lines = [f"## {name_of(record)}", "", f"{record.title}. Source: {record.source}.", ""]
    lines += [f"- imports: {', '.join(f'`{root}`' for root in record.imports)}"]
    if len(record.distributions) > 1:
        lines += [f"- distributions: {distributions_of(record)}"]
    variables = sorted({client.key_variable for client in record.clients} - {""})
    if variables:
        lines += [f"- keys from: {', '.join(f'`{name}`' for name in variables)}"]
    if record.clients:
        lines += [f"- clients: {', '.join(dict.fromkeys(f'`{client.names[0]}`' for client in record.clients))}"]
    paths = list(dict.fromkeys(operation.path for operation in operations_of(record)))
    if paths:
        lines += [f"- requests: {', '.join(f'`{path}`' for path in paths)}"]
    return "\n".join(lines)


def _table(rules: Sequence[RuleInfo]) -> str:
    rows = ["| rule | severity | profile | what it says |", "| --- | --- | --- | --- |"]
    for rule in rules:
        rows.append(f"| [{rule.name}]({rule.name}.md) | {rule.severity.label} | {rule.profile} | {rule.summary} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
