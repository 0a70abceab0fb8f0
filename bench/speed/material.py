"""What the speed bench measures on, and what it compares with: pinned packages, other tools, made-up projects."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

LARGE = "homeassistant==2025.4.4"
"""A large tree with little LLM code."""
LLM_HEAVY = ("gptcache==0.1.44", "vanna==2.0.2", "knowledge-storm==1.1.1", "ragas==0.4.3", "langroid==0.69.16")
TOOLS = ("ruff==0.15.8", "bandit", "overllm", "llmdoctor")


def tool(requirement: str, scratch: Path) -> Path | None:
    """The program of a tool, installed into an environment of its own; None where that fails."""
    name = requirement.partition("==")[0]
    folder = scratch / "tools" / name
    program = folder / "bin" / name
    if not program.exists():
        try:
            _run(sys.executable, "-m", "venv", folder)
            _run(folder / "bin" / "python", "-m", "pip", "install", "-q", requirement)
        except subprocess.CalledProcessError as error:
            print(f"{requirement} cannot be installed: {error}", file=sys.stderr)
            return None
    return program if program.exists() else None


def python_only(source: Path, scratch: Path) -> Path:
    """A copy of a package's Python files alone: what the tools for Python have in common."""
    target = scratch / "python" / source.name
    if not target.is_dir():
        for path in source.rglob("*.py"):
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return target


def synthetic(files: int, scratch: Path) -> Path:
    """A project of many files of which one in a hundred makes a request on a shared client."""
    target = scratch / "synthetic" / str(files)
    if target.is_dir():
        return target
    plain = "\n".join(f"def step_{n}(value: int) -> int:\n    return value * {n} + 1\n\n" for n in range(20))
    for number in range(files):
        folder = target / f"part{number // 1000}" / f"group{number // 50 % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        text = plain
        if number % 100 == 0:
            text += (
                "from openai import OpenAI\n\nclient = OpenAI()\n\n\n"
                f"def ask_{number}(question: str) -> str:\n"
                '    answer = client.responses.create(model="gpt-4.1", input=question, temperature=0.5)\n'
                "    return answer.output_text\n"
            )
        (folder / f"module_{number}.py").write_text(text)
    return target


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)
