"""How fast prodlint is, beside other tools, on pinned packages; writes docs/performance.md.

Everything is downloaded and installed below `--scratch`. The programs of one table run in turn, so their ratios hold
on a busy machine, too; seconds do not.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.accuracy.packages import default_cache, fetched
from bench.speed import material
from bench.speed.measure import Case, instructions, interleaved, median, table
from bench.speed.measure import run as run_once

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
PARTS = ("start", "large", "llm", "growth")

PARSE = """
import gc, sys, libcst
gc.disable()
for line in sys.stdin.read().splitlines():
    try:
        libcst.parse_module(open(line, "rb").read())
    except Exception:
        pass
"""
"""The bare parse of the files that pass the screen."""
BUDGET = {"files without LLM code": 0.12, "file with LLM code, cold": 0.6, "file with LLM code, warm": 0.25}
"""Seconds above the start of the interpreter."""
PROGRAM = "from openai import OpenAI\n\nclient = OpenAI()\nprint(client.responses.create(model='m', input='hello'))\n"


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of this bench."""
    parser.add_argument("--scratch", type=Path, default=default_cache(), help="working folder")
    parser.add_argument("--runs", type=int, default=5, help="runs of each program (single files: four times as many)")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--semgrep", type=Path, help="the semgrep program, if it shall be compared")
    parser.add_argument("--semgrep-rules", help="its --config")
    parser.add_argument("--growth", default="1000,10000,100000", help="sizes of the made-up projects, in files")


def run(arguments: argparse.Namespace) -> int:
    """Measure, and write the tables into the page."""
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    measured: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
        "start": start,
        "large": large,
        "llm": llm,
        "growth": growth,
    }
    for part in arguments.parts.split(","):
        lines = list(measured[part](arguments))
        print("\n".join(lines), flush=True)
        write_part(part, lines)
    return 0


def write_part(part: str, lines: Sequence[str]) -> None:
    """Put a part between its marks on the page."""
    place = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} processors"
    text = "\n".join([f"<!-- {part} -->", f"Measured with {place}.", "", *lines, f"<!-- end of {part} -->"])
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"<!-- {part} -->.*?<!-- end of {part} -->", page, re.DOTALL)
    if found is None:
        raise SystemExit(f"{PAGE} has no place for `{part}`")
    PAGE.write_text(page[: found.start()] + text + page[found.end() :], encoding="utf-8")


def _prodlint(*arguments: str | Path) -> list[str | Path]:
    return [Path(sys.executable).parent / "prodlint", "check", "--isolated", *arguments]


def _cold_and_warm(name: str, folder: Path, target: Path, cache: Path) -> list[Case]:
    command = _prodlint("--cache-dir", cache, target)

    def fill() -> None:
        if not cache.exists():
            run_once(command, folder)

    return [
        Case(name=f"{name}, cold", command=command, folder=folder, before=lambda: shutil.rmtree(cache, True)),
        Case(name=f"{name}, warm", command=command, folder=folder, before=fill),
    ]


def _package(requirement: str, scratch: Path) -> Path:
    name, _, version = requirement.partition("==")
    return fetched(name, version, scratch)


def start(arguments: argparse.Namespace) -> Iterator[str]:
    """One file: what a commit hook costs."""
    folder = arguments.scratch / "start"
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text("")
    (folder / "plain.py").write_text("import os\n\n\ndef home() -> str:\n    return os.getcwd()\n" * 20)
    (folder / "llm.py").write_text(PROGRAM)
    python = Path(sys.executable)
    bare = Path(python).parent / "prodlint"
    cases = [
        Case(name="interpreter", command=[python, "-c", "pass"], folder=folder),
        Case(name="import click", command=[python, "-c", "import click"], folder=folder),
        Case(name="files without LLM code", command=[bare, "check", "plain.py"], folder=folder),
        *_cold_and_warm("file with LLM code", folder, folder / "llm.py", folder / "cache"),
    ]
    samples = interleaved(cases, arguments.runs * 4)
    yield from table(samples, "import click")
    yield ""
    floor = samples["interpreter"]
    for name, budget in BUDGET.items():
        wall, cpu = (median(samples[name], field) - median(floor, field) for field in ("wall", "cpu"))
        yield f"- {name}: {wall:.3f} s above the interpreter's start ({cpu:.3f} s of processor; budget {budget} s)"
    for case in cases[:3]:
        count = instructions(case.command, folder)
        yield f"- instructions of {case.name}: {f'{count:,}' if count else 'no counter available'}"


def large(arguments: argparse.Namespace) -> Iterator[str]:
    """A large tree with little LLM code."""
    whole = _package(material.LARGE, arguments.scratch)
    for title, tree in (("all its files", whole), ("its Python files", material.python_only(whole, arguments.scratch))):
        yield f"**{material.LARGE}, {title}**"
        yield ""
        cache = arguments.scratch / f"cache-{tree.parent.name}"
        cases = _cold_and_warm("prodlint", tree, tree, cache)
        if tree is not whole:
            cases += _others(arguments, tree)
        else:
            cases += [case for case in _others(arguments, tree) if case.name.startswith("ruff")]
        base = next((case.name for case in cases if case.name.startswith("ruff")), cases[0].name)
        yield from table(interleaved(cases, arguments.runs), base)
        yield ""


def _others(arguments: argparse.Namespace, tree: Path) -> list[Case]:
    how: dict[str, list[str | Path]] = {
        "ruff": ["check", "--no-cache", "--isolated", "-q", "--exit-zero", tree],
        "bandit": ["-q", "-r", tree],
        "overllm": [tree],
        "llmdoctor": ["doctor", tree],
    }
    cases = []
    for requirement in material.TOOLS:
        program = material.tool(requirement, arguments.scratch)
        if program is not None:
            name = requirement.partition("==")[0]
            cases.append(Case(name=f"{name}", command=[program, *how[name]], folder=tree))
    if arguments.semgrep and arguments.semgrep_rules:
        options = ["scan", "--metrics=off", "--disable-version-check", "-q", "--config", arguments.semgrep_rules]
        cases.append(Case(name="semgrep", command=[arguments.semgrep, *options, tree], folder=tree))
    return cases


def llm(arguments: argparse.Namespace) -> Iterator[str]:
    """Packages in which much is about LLMs, beside the bare parse of the files that pass the screen."""
    yield "| package | passing, kB | cold, ms/kB | cold / bare parse (processor) | warm / cold (wall) |"
    yield "| --- | --: | --: | --: | --: |"
    for requirement in material.LLM_HEAVY:
        tree = _package(requirement, arguments.scratch)
        passing = _passing(tree)
        size = sum(path.stat().st_size for path in passing) / 1000
        names = arguments.scratch / "passing.txt"
        names.write_text("\n".join(map(str, passing)))
        shell = ["sh", "-c", 'exec "$0" -c "$1" < "$2"', Path(sys.executable), PARSE, names]
        cache = arguments.scratch / f"cache-{tree.name}"
        cases = [*_cold_and_warm("prodlint", tree, tree, cache), Case(name="parse", command=shell, folder=tree)]
        samples = interleaved(cases, arguments.runs)
        cold, warm = median(samples["prodlint, cold"], "wall"), median(samples["prodlint, warm"], "wall")
        ratio = median(samples["prodlint, cold"], "cpu") / median(samples["parse"], "cpu")
        yield f"| {requirement} | {size:.0f} | {cold * 1000 / size:.1f} | {ratio:.2f} | {warm / cold:.2f} |"


def _passing(tree: Path) -> list[Path]:
    from prodlint.sdks import words
    from prodlint.triage import Judge

    judge = Judge(words.load())
    return [path for path in sorted(tree.rglob("*.py")) if judge.verdict("python", path.read_bytes()).parse]


def growth(arguments: argparse.Namespace) -> Iterator[str]:
    """Made-up projects, of which one file in a hundred has LLM code."""
    yield "| files | run | wall, s | wall, ms/file | processor, ms/file | peak, MB |"
    yield "| --: | --- | --: | --: | --: | --: |"
    for count in map(int, arguments.growth.split(",")):
        tree = material.synthetic(count, arguments.scratch)
        cases = _cold_and_warm("prodlint", tree, tree, arguments.scratch / f"cache-{count}")
        for name, samples in interleaved(cases, max(1, arguments.runs // 2)).items():
            wall, cpu = median(samples, "wall"), median(samples, "cpu")
            peak = max(sample.peak for sample in samples) / 1000
            state = name.rpartition(" ")[2]
            each = f"{wall * 1000 / count:.3f} | {cpu * 1000 / count:.3f}"
            yield f"| {count:,} | {state} | {wall:.2f} | {each} | {peak:.0f} |"
