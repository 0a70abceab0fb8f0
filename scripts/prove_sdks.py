"""Holds the SDK records against the newest releases of the SDKs, each set of them in an environment of its own.

python scripts/prove_sdks.py                    every environment
python scripts/prove_sdks.py main langchain     these alone; `--list` names them and what they hold
python scripts/prove_sdks.py --root FOLDER      where they are kept, default `.venv-sdks`

An environment is made once, and again when the packages that the records name have changed. What is installed, and
why a record is left out, stands in the `[proof]` sections of `checker/prodlint/sdks/*.toml`: tests/sdk_proof/plan.py.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "checker"), str(ROOT / "tests")]

from sdk_proof.plan import Plan, plans  # noqa: E402  (the paths come first)

OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "DO_NOT_TRACK": "1", "CREWAI_DISABLE_TELEMETRY": "true"}
"""Keeps packages from fetching tables and reporting their use."""
TOOLS = ("pytest>=8.0,<10", "tomli>=2.0,<3")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Hold the SDK records against the SDKs.")
    parser.add_argument("environments", nargs="*", help="names of environments, default all")
    parser.add_argument("--list", action="store_true", help="name the environments and their packages, and stop")
    parser.add_argument("--root", type=Path, default=ROOT / ".venv-sdks", help="folder of the environments")
    options = parser.parse_args(arguments)
    found = tuple(plans())
    environments = packages(found)
    if unknown := set(options.environments) - environments.keys():
        parser.error(f"no environment {', '.join(sorted(unknown))}; there are {', '.join(environments)}")
    for plan in found:
        if plan.skip:
            print(f"skipped: {plan.record.title}: {plan.skip}")
    if options.list:
        for name, wanted in environments.items():
            print(f"{name}: {' '.join(wanted)}")
        return 0
    failed = [
        name for name in options.environments or environments if not prove(name, environments[name], options.root)
    ]
    print(f"failed: {', '.join(failed)}" if failed else "every fact holds, or is marked as unproved")
    return 1 if failed else 0


def packages(found: Sequence[Plan]) -> Mapping[str, tuple[str, ...]]:
    """What each environment holds, by its name; `main` first."""
    names = sorted({plan.environment for plan in found if plan.environment}, key=lambda name: (name != "main", name))
    return {
        name: tuple(sorted({package for plan in found if plan.environment == name for package in plan.packages}))
        for name in names
    }


def prove(name: str, wanted: Sequence[str], root: Path) -> bool:
    """Whether the records of an environment hold. Its packages are installed first, where they are not yet."""
    print(f"== {name}: {' '.join(wanted)}", flush=True)
    folder = root / name
    python = folder / "bin" / "python"
    noted = folder / "packages.txt"
    text = "\n".join((*TOOLS, *wanted)) + "\n"
    if not noted.is_file() or noted.read_text(encoding="utf-8") != text:
        venv.create(folder, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *TOOLS, *wanted]
        if subprocess.run(install, check=False).returncode != 0:
            return False
        noted.write_text(text, encoding="utf-8")
    environment = {**os.environ, **OFFLINE, "PYTHONPATH": str(ROOT / "checker"), "PRODLINT_PROOF_ENVIRONMENT": name}
    # Of the suite's own requirements only pytest is here, so that its conftest stays out.
    command = [str(python), "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", "tests/sdk_proof"]
    return subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
