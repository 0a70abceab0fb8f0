"""Extraction of many files, in other processes where that pays off."""

from __future__ import annotations

import gc
import marshal
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
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
BLOCKS = 16
"""Parts of the work that each process gets."""
MIN_BYTES = 200_000
"""Below this much source one process is faster than several: forking one, and handing the facts over, costs about as
much as extracting the facts of this."""


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
    """The facts of each file."""
    wanted = jobs or os.cpu_count() or 1
    if wanted < 2 or len(files) < 2 or (not jobs and sum(len(data) for _, data in files) < MIN_BYTES):
        for path, data in files:
            yield path, extract_one(path, data)
    elif hasattr(os, "fork"):
        yield from _in_forks(files, wanted)
    else:
        yield from _in_processes(files, wanted)


def _in_forks(files: Sequence[tuple[str, bytes]], wanted: int) -> Iterator[tuple[str, FileFacts | Failure]]:
    """Each process takes a share, this one too."""
    import prodlint.extract  # noqa: F401  # before the fork, so that no child has to

    batches = _batches(files, wanted)
    others = [_forked(partial(_pickled, batch)) for batch in batches[1:]]
    for path, data in batches[0]:
        yield path, extract_one(path, data)
    for batch, other in zip(batches[1:], others, strict=True):
        content = _told(*other)
        outcomes = map(_extract_apart, batch) if content is None else pickle.loads(content)
        yield from zip((path for path, _ in batch), outcomes, strict=True)


def _extract_apart(file: tuple[str, bytes]) -> FileFacts | Failure:
    """The facts of a file that may be one that takes its process down."""
    content = _told(*_forked(partial(_pickled, [file])))
    if content is None:
        return Failure(path=file[0], line=None, message="the process that read it was ended by the system")
    (outcome,) = pickle.loads(content)
    return outcome  # type: ignore[no-any-return]


def _in_processes(files: Sequence[tuple[str, bytes]], wanted: int) -> Iterator[tuple[str, FileFacts | Failure]]:
    """Where there is no fork."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    batches = _batches(files, wanted * 4)
    with ProcessPoolExecutor(max_workers=wanted, mp_context=get_context("spawn"), initializer=gc.disable) as pool:
        for batch, outcomes in zip(batches, pool.map(_extract_batch, batches), strict=True):
            yield from zip((path for path, _ in batch), outcomes, strict=True)


def spread(items: Sequence[T], work: Callable[[Sequence[T]], list[R]], *, jobs: int) -> list[R]:
    """What `work` yields for all items, in order, with the items dealt out among forked processes, a block at a time:
    neighbours are alike, and half of a tree can be three quarters of its text.

    The results must be plain values (of `marshal`). Where there is no fork, or a process fails, the work is done here.
    """
    count = min(jobs or os.cpu_count() or 1, MAX_PROCESSES)
    if count < 2 or not hasattr(os, "fork"):
        return work(items)
    size = -(-len(items) // (count * BLOCKS)) or 1
    blocks = [items[start : start + size] for start in range(0, len(items), size)]

    def share(number: int) -> list[list[R]]:
        return [work(block) for block in blocks[number::count]]

    def told(number: int) -> bytes:
        return marshal.dumps(share(number))

    others = [_forked(partial(told, number)) for number in range(1, count)]
    done: list[list[R]] = [[] for _ in blocks]
    done[::count] = share(0)
    for number, other in enumerate(others, start=1):
        content = _told(*other)
        done[number::count] = share(number) if content is None else marshal.loads(content)
    return list(chain.from_iterable(done))


def _forked(work: Callable[[], bytes]) -> tuple[int, int]:
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
            stream.write(work())
        status = 0
    finally:
        os._exit(status)  # nothing that the parent has opened or buffered may be touched


def _told(process: int, pipe: int) -> bytes | None:
    """What a process tells that was forked; None where it has failed."""
    with open(pipe, "rb") as stream:
        content = stream.read()
    _, status = os.waitpid(process, 0)
    return content if status == 0 else None


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


def _extract_batch(files: Sequence[tuple[str, bytes]]) -> list[FileFacts | Failure]:
    return [extract_one(path, data) for path, data in files]


def _pickled(files: Sequence[tuple[str, bytes]]) -> bytes:
    return pickle.dumps(_extract_batch(files), pickle.HIGHEST_PROTOCOL)
