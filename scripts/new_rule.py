"""Starts a rule: its module, its fixtures, and its category when that is new.

    python scripts/new_rule.py unbounded-retry reliability

The rule loads at once and reports nothing. Its page and fixtures are drafts, which the tests refuse until they are
written: the example must raise the rule.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACK = Path("rules", "prodlint_rules")

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
CATEGORY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
REMEDY_PREFIXES = ("no-", "add-", "use-", "require-", "prefer-")
"""A rule is named for the fault, so that it reads well after "ignore"; these name a remedy."""
FAULTS = ("no-error-handling", "no-fallback")
"""Names that begin like a remedy and are a fault."""

MODULE = '''\
"""TODO: one sentence: what is wrong with the code that this rule reports.

## What it does
TODO: what is reported, where, and how often.

## Why it matters
TODO: what happens in production, with a source [1].

## Example
```python
# TODO: a small program that raises this rule and no other
```

## Use instead
```python
# TODO: the same program, as it should be; no rule may fire
```

## When it stays silent
- TODO: what looks like the fault and is none.
- The facts cannot be decided.

## Fix
TODO: what the fix writes and why it is safe or unsafe; or: None.

## References
1. TODO
"""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.api import ModelCall, Report, Rule, RuleContext, Severity


def check(call: ModelCall, context: RuleContext) -> Iterator[Report]:
    if not _is_faulty(call):
        return
    yield Report(
        location=call.location,
        message=f"`{call.operation}` TODO: what is wrong, with the fact that makes it so",
        help="TODO: what to do, imperative",
        symbol=call.symbol,
        context=call.context,
        in_test=call.in_test,
    )


def _is_faulty(call: ModelCall) -> bool:
    return False


RULE = Rule(
    on=ModelCall,
    check=check,
    severity=Severity.WARNING,
    summary="TODO: one line for lists",
)
'''

FIXTURE = '''\
"""TODO: a real-looking program with the fault; mark each faulty line `# warning: [{name}]`."""
'''

NEAR_MISSES = '''\
"""TODO: what looks like {name} and is none; nothing is reported here."""
'''

CATEGORY_PACKAGE = '''\
"""TODO: one line: what the rules of this category have in common."""
'''


class UsageError(Exception):
    """The rule cannot be started as asked."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Start a rule: module and fixtures.")
    parser.add_argument("name", help="the fault, in lower case with dashes, e.g. unbounded-retry")
    parser.add_argument("category", help="folder of the rule, e.g. reliability")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to write to")
    options = parser.parse_args(arguments)
    try:
        check_names(options.name, options.category)
        files = rule_files(options.name, options.category)
        create(options.root, files)
    except UsageError as error:
        print(f"new_rule: {error}", file=sys.stderr)
        return 2
    for path in files:
        print(path.as_posix())
    print("Next: write the module and the fixtures, then `python scripts/generate_docs.py`.")
    return 0


def check_names(name: str, category: str) -> None:
    """Raises `UsageError` when a name would not do."""
    if not NAME.fullmatch(name):
        raise UsageError(f"`{name}` is no name for a rule: write at least two lower-case words joined by dashes")
    if name.startswith(REMEDY_PREFIXES) and name not in FAULTS:
        raise UsageError(f"`{name}` names a remedy; name the fault, e.g. `missing-timeout`")
    if not CATEGORY.fullmatch(category):
        raise UsageError(f"`{category}` is no name for a category: write lower-case words joined by dashes")


def rule_files(name: str, category: str) -> dict[Path, str]:
    """The files of a new rule, relative to the root, with their text."""
    folder = PACK / category.replace("-", "_")
    fixtures = Path("fixtures", name)
    return {
        folder / "__init__.py": CATEGORY_PACKAGE,
        folder / f"{name.replace('-', '_')}.py": MODULE,
        fixtures / "basic.py": FIXTURE.format(name=name),
        fixtures / "near_misses.py": NEAR_MISSES.format(name=name),
    }


def create(root: Path, files: Mapping[Path, str]) -> None:
    """Writes the files. Raises `UsageError`, and writes nothing, when one of the rule's own is there already."""
    for path in files:
        if path.name != "__init__.py" and (root / path).exists():
            raise UsageError(f"{path.as_posix()} exists")
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
