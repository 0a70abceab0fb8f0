"""Writes what all fixes make of each fixture, beside it: read the difference before you keep it.

    python scripts/fix_fixtures.py [FOLDER...]

The folders are those below `fixtures/`; without any, all that have expectations.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import fixture_harness as harness


def main(folders: list[str]) -> int:
    for case in harness.collect(*(folders or [*harness.rule_folders(), "_apps"])):
        # The path of the copy must not say that it is a test or an example.
        with tempfile.TemporaryDirectory(prefix="app") as folder:
            harness.write_case(case, Path(folder))
            outcome = harness.fix_folder(Path(folder), case.rules)
        for failure in outcome.failures:
            print(f"{case.name}: {failure.path}:{failure.line}: {failure.message}", file=sys.stderr)
        harness.write_fixed(case, {path: new for path, (_, new) in outcome.changed.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
