"""Extraction of many files, in other processes where that pays off."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prodlint.findings import Failure
from prodlint.reading import UnreadableError, read_notebook, read_python

if TYPE_CHECKING:
    from prodlint.facts import FileFacts

MIN_BYTES = 400_000
"""Below this much source one process is faster than several: starting one costs about as much as parsing this."""


def extract_one(path: str, data: bytes) -> FileFacts | Failure:
    """The facts of one file, or why there are none."""
    from prodlint.extract import SyntaxFailure, extract

    try:
        source = read_notebook(data) if path.endswith(".ipynb") else read_python(data)
    except UnreadableError as error:
        return Failure(path=path, line=error.line, message=str(error))
    try:
        return extract(source.text, cells=source.cells)
    except SyntaxFailure as error:
        if error.line is None or not source.cells:
            return Failure(path=path, line=error.line, message=str(error))
        cell, start = max((cell, start) for cell, start in enumerate(source.cells) if start <= error.line)
        message = f"code cell {cell + 1}, line {error.line - start + 1}: {error}"
        return Failure(path=path, line=error.line - start + 1, message=message)


def extract_all(files: Sequence[tuple[str, bytes]], *, jobs: int) -> Iterator[tuple[str, FileFacts | Failure]]:
    """The facts of each file, in the order given."""
    wanted = jobs or os.cpu_count() or 1
    if wanted < 2 or len(files) < 2 or (not jobs and sum(len(data) for _, data in files) < MIN_BYTES):
        for path, data in files:
            yield path, extract_one(path, data)
        return
    yield from _in_processes(files, wanted)


def _in_processes(files: Sequence[tuple[str, bytes]], wanted: int) -> Iterator[tuple[str, FileFacts | Failure]]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    import prodlint.extract  # noqa: F401  # before the fork, so that each child need not import libcst again

    context = get_context("fork" if hasattr(os, "fork") else "spawn")
    batches = _batches(files, wanted * 4)
    with ProcessPoolExecutor(max_workers=wanted, mp_context=context, initializer=gc.disable) as pool:
        for batch, outcomes in zip(batches, pool.map(_extract_batch, batches), strict=True):
            for (path, _), outcome in zip(batch, outcomes, strict=True):
                yield path, outcome


def _batches(files: Sequence[tuple[str, bytes]], count: int) -> list[list[tuple[str, bytes]]]:
    """The files in about `count` batches of about the same size, in order."""
    limit = sum(len(data) for _, data in files) // count + 1
    batches: list[list[tuple[str, bytes]]] = [[]]
    size = 0
    for file in files:
        if size >= limit:
            batches.append([])
            size = 0
        batches[-1].append(file)
        size += len(file[1])
    return batches


def _extract_batch(files: list[tuple[str, bytes]]) -> list[FileFacts | Failure]:
    outcomes = [extract_one(path, data) for path, data in files]
    gc.collect()
    return outcomes
