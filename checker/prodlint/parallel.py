"""Extraction of many files, in other processes where that pays off."""

from __future__ import annotations

import gc
import marshal
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from prodlint.faults import internal
from prodlint.findings import Failure
from prodlint.reading import Source, UnreadableError, read_notebook, read_python
from prodlint.values import replace

if TYPE_CHECKING:
    from prodlint.extract import SyntaxFailure
    from prodlint.facts import FileFacts

T = TypeVar("T")
R = TypeVar("R")

MAX_PROCESSES = 8
"""For reading and screening; the disk cache of the system does not feed more."""
MIN_BYTES = 400_000
"""Below this much source one process is faster than several: starting one costs about as much as parsing this."""


def extract_one(path: str, data: bytes, *, whole: bool = True) -> FileFacts | Failure:
    """The facts of one file, or why there are none. Not `whole`: without most of its function bodies."""
    try:
        return _extract_one(path, data) if whole else _extract_outline(path, data)
    except Exception as error:
        return Failure(path=path, line=None, message=internal(error))


def _extract_one(path: str, data: bytes) -> FileFacts | Failure:
    from prodlint.extract import SyntaxFailure, extract

    try:
        source = read_notebook(data) if path.endswith(".ipynb") else read_python(data)
    except UnreadableError as error:
        return Failure(path=path, line=error.line, message=str(error))
    try:
        return extract(source.text, cells=source.cells)
    except SyntaxFailure as error:
        if source.cells:
            return _extract_whole_cells(path, source, error)
        return Failure(path=path, line=error.line, message=str(error))


def _extract_outline(path: str, data: bytes) -> FileFacts | Failure:
    from prodlint.extract import SyntaxFailure, extract_outline

    try:
        return extract_outline(read_python(data).text)
    except (UnreadableError, SyntaxFailure) as error:
        return Failure(path=path, line=error.line, message=str(error))


def _extract_whole_cells(path: str, source: Source, error: SyntaxFailure) -> FileFacts | Failure:
    """The facts of a notebook without the cells that are not Python; `error` is why all together are not."""
    from prodlint.extract import SyntaxFailure, extract
    from prodlint.extract.cells import without_broken_cells

    text, broken = without_broken_cells(source.text, source.cells)
    try:
        facts = extract(text, cells=source.cells)
    except SyntaxFailure:
        return Failure(path=path, line=None, message=str(error))
    return replace(facts, broken_cells=broken)


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

    import prodlint.extract  # noqa: F401  # before the fork, so that no child has to

    context = get_context("fork" if hasattr(os, "fork") else "spawn")
    batches = _batches(files, wanted * 4)
    with ProcessPoolExecutor(max_workers=wanted, mp_context=context, initializer=gc.disable) as pool:
        for batch, outcomes in zip(batches, pool.map(_extract_batch, batches), strict=True):
            for (path, _), outcome in zip(batch, outcomes, strict=True):
                yield path, outcome


def spread(items: Sequence[T], work: Callable[[Sequence[T]], list[R]], *, jobs: int) -> list[R]:
    """What `work` yields for all items, in order, with the items shared out among forked processes.

    The results must be plain values (of `marshal`). Where there is no fork, or a process fails, the work is done here.
    """
    count = min(jobs or os.cpu_count() or 1, MAX_PROCESSES)
    if count < 2 or not hasattr(os, "fork"):
        return work(items)
    size = -(-len(items) // count)
    shares = [items[start : start + size] for start in range(0, len(items), size)]
    others = [_forked(share, work) for share in shares[1:]]
    done = work(shares[0])
    for share, (process, pipe) in zip(shares[1:], others, strict=True):
        with open(pipe, "rb") as stream:
            content = stream.read()
        _, status = os.waitpid(process, 0)
        done += marshal.loads(content) if status == 0 else work(share)
    return done


def _forked(share: Sequence[T], work: Callable[[Sequence[T]], list[R]]) -> tuple[int, int]:
    """A new process that does the work, and the pipe on which it tells the result."""
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    status = 1
    try:
        os.close(reader)
        with open(writer, "wb") as stream:
            stream.write(marshal.dumps(work(share)))
        status = 0
    finally:
        os._exit(status)  # nothing that the parent has opened or buffered may be touched


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
