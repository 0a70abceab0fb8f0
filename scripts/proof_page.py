"""The page `docs/sdk-proof.md`: how each SDK record is held against its package, and which facts no package shows."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "checker"), str(ROOT / "tests")]

from sdk_proof.plan import Plan  # noqa: E402  (the paths come first)

HEAD = """# How the SDK records are proved

<!-- Written by scripts/generate_docs.py from `[proof]` in checker/prodlint/sdks/*.toml; edit those. -->

`python scripts/prove_sdks.py` installs the packages below, each set of them in an environment of its own, and checks
every record against them: import paths, methods, keywords, positional parameters and defaults by introspection; time
limits, attempts, the place of the output cap and the key's variable by requests to a local server. The continuous
integration runs the environment `main`. A fact that no package shows is named here with its source, and the run fails
when it could be proved after all.

| record | environment | packages | requests through | unproved |
| --- | --- | --- | --- | --- |
"""


def proof_page(plans: Sequence[Plan]) -> str:
    """The page for all plans, in their order."""
    rows = "".join(_row(plan) for plan in plans)
    return HEAD + rows + "".join(part for plan in plans for part in _unproved(plan))


def _row(plan: Plan) -> str:
    where = plan.environment or f"skipped: {plan.skip}"
    packages = " ".join(f"`{package}`" for package in plan.packages) if plan.environment else ""
    names = " ".join(dict.fromkeys(f"`{name}`" for wire in plan.wires for name in wire.names))
    return f"| {plan.record.name} | {where} | {packages} | {names} | {len(plan.unproved) or ''} |\n"


def _unproved(plan: Plan) -> Iterator[str]:
    if plan.unproved:
        yield f"\n## {plan.record.name}\n"
    for source, entries in groupby(plan.unproved, key=lambda entry: entry.source):
        patterns = "".join(f"- `{entry.pattern}`\n" for entry in entries)
        yield f"\nNot proved. Source: {source}.\n\n{patterns}"
