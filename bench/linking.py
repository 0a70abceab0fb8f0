"""How long the link stage takes for made-up projects of growing size; writes docs/performance.md.

    python -m bench linking [--sizes 500,1000,5000]

One module in ten makes a request, through a wrapper that passes settings on and a chain of modules that import each
other, from a route of a web application. Everything is parsed beforehand: only the link stage is measured.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Iterator, Mapping

from bench.speed.command import write_part

CHAIN = 6
"""Modules between a route and the request."""
DEEP = 40
"""Groups whose constants are made of each other, across as many imports."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of this bench."""
    parser.add_argument("--sizes", default="500,1000,5000", help="numbers of modules")
    parser.add_argument("--runs", type=int, default=3, help="runs of each size")


def run(arguments: argparse.Namespace) -> int:
    """Measure, and write the table into the page."""
    lines = list(_table([int(size) for size in arguments.sizes.split(",")], arguments.runs))
    print("\n".join(lines))
    write_part("linking", lines)
    return 0


def _table(sizes: list[int], runs: int) -> Iterator[str]:
    yield "| modules | requests | linked in, s of processor | ms/module |"
    yield "| --: | --: | --: | --: |"
    for size in sizes:
        found = [seconds(source(size)) for _ in range(runs)]
        took = statistics.median(taken for taken, _ in found)
        yield f"| {size:,} | {found[0][1]:,} | {took:.2f} | {took * 1000 / size:.2f} |"


def seconds(files: Mapping[str, str]) -> tuple[float, int]:
    """Processor time of linking a project, and the number of requests that are found."""
    from prodlint.extract import extract
    from prodlint.frameworks.load import load as load_frameworks
    from prodlint.levels import Defaults
    from prodlint.link.program import Program
    from prodlint.link.project import Linked
    from prodlint.link.reach import Reach
    from prodlint.sdks.catalogue import load
    from prodlint.sdks.editions import Editions

    catalogue, frameworks = load(), load_frameworks()
    program = Program({path: extract(text) for path, text in files.items()}, files, lambda path: None)
    gc.collect()
    gc.disable()  # as in a run
    try:
        started = time.process_time()
        linked = Linked(program, Editions(catalogue), frameworks, Defaults(), Reach(program, catalogue.imports))
        requests = len(linked.project.calls)
        return time.process_time() - started, requests
    finally:
        gc.enable()


def source(modules: int) -> Mapping[str, str]:
    """A project of about so many modules, by path."""
    files = {"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
    for group in range(modules // 10):
        files |= {f"g{group}/{name}.py": text for name, text in _group(group).items()}
    return files


def _group(group: int) -> Mapping[str, str]:
    """Ten modules: settings, a client, a wrapper, a chain of calls, and a route."""
    before = f"from g{group - 1}.settings import LIMIT as BEFORE\n\nLIMIT = BEFORE\n"
    files = {
        "__init__": "",
        "settings": before if group % DEEP else "LIMIT = 512\n",
        "client": "from openai import OpenAI\n\n\ndef get_client():\n    return OpenAI(timeout=20)\n",
        "step0": f"from g{group}.client import get_client\n\n\n"
        "def step0(question, **options):\n    client = get_client()\n"
        '    return client.responses.create(model="gpt-4.1", input=question, **options)\n',
    }
    for step in range(1, CHAIN):
        files[f"step{step}"] = (
            f"from g{group}.step{step - 1} import step{step - 1}\n\n\n"
            f"def step{step}(question, **options):\n    return step{step - 1}(question, **options)\n"
        )
    last = CHAIN - 1
    files["route"] = (
        f"from app import app\nfrom g{group}.settings import LIMIT\nfrom g{group}.step{last} import step{last}\n\n\n"
        f'@app.get("/{group}")\ndef answer(question: str):\n'
        f"    return step{last}(question, max_output_tokens=LIMIT).output_text\n"
    )
    return files
