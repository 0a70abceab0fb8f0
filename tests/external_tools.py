"""Programs of others that judge what prodlint writes, installed once into a folder that git ignores.

They take a while and a network, so the tests that use them run where PRODLINT_EXTERNAL is set, as in `.ci/run`. There,
a tool that cannot be installed is a failure and not a reason to skip.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".test-tools"
SARIF_MULTITOOL = "5.7.0"
PRE_COMMIT = "4.7.0"

external = pytest.mark.skipif(not os.environ.get("PRODLINT_EXTERNAL"), reason="PRODLINT_EXTERNAL is not set")


def sarif_multitool() -> Path:
    """The folder of Microsoft's validator for this system; it also holds the OASIS schema."""
    system = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}[platform.system()]
    package = FOLDER / "node_modules" / "@microsoft" / f"sarif-multitool-{system}"
    if not (package / "sarif-2.1.0.json").exists():
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / "package.json").write_text("{}\n")
        _run("npm", "install", "--no-audit", "--no-fund", f"@microsoft/sarif-multitool@{SARIF_MULTITOOL}")
    program = package / "Sarif.Multitool"
    if program.exists():
        program.chmod(0o755)
    return package


def pre_commit() -> Path:
    """The command `pre-commit`, in an environment of its own."""
    venv = FOLDER / f"pre-commit-{PRE_COMMIT}"
    command = venv / "bin" / "pre-commit"
    if not command.exists():
        FOLDER.mkdir(exist_ok=True)
        _run(sys.executable, "-m", "venv", "--clear", str(venv))
        _run(str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", f"pre-commit=={PRE_COMMIT}")
    return command


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
