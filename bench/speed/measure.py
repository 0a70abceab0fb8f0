"""Running programs side by side: wall time, processor time, peak memory, instructions."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of one program."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, of the process and its children."""
    peak: int
    """Kilobytes, of the largest process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One of several programs to compare."""

    name: str
    command: Sequence[str | Path]
    folder: Path
    before: Callable[[], None] | None = None
    """Called before each run, outside the measurement: removes a cache, or fills it."""


def interleaved(cases: Sequence[Case], runs: int) -> Mapping[str, list[Sample]]:
    """All programs in turn, again and again, so that what else the machine does hits them alike."""
    found: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for _ in range(runs):
        for case in cases:
            if case.before is not None:
                case.before()
            found[case.name].append(run(case.command, case.folder))
    return found


def run(command: Sequence[str | Path], folder: Path) -> Sample:
    """One run; the exit code says what was found, and is of no interest here."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    wall = time.perf_counter() - started
    return Sample(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss)


def table(samples: Mapping[str, list[Sample]], base: str) -> list[str]:
    """A Markdown table of medians, with ratios to one of the programs."""
    lines = ["| run | wall, s | ratio | processor, s | ratio | peak, MB |", "| --- | --: | --: | --: | --: | --: |"]
    of_base = samples[base]
    for name, own in samples.items():
        wall, cpu = median(own, "wall"), median(own, "cpu")
        peak = max(sample.peak for sample in own) / 1000
        lines.append(
            f"| {name} | {wall:.2f} | {wall / median(of_base, 'wall'):.2f} | {cpu:.2f} "
            f"| {cpu / median(of_base, 'cpu'):.2f} | {peak:.0f} |"
        )
    return lines


def median(samples: Sequence[Sample], field: str) -> float:
    """The median of `wall` or `cpu`."""
    return statistics.median(sample.wall if field == "wall" else sample.cpu for sample in samples)


def instructions(command: Sequence[str | Path], folder: Path) -> int | None:
    """How many instructions a single process runs, by `perf stat` or valgrind; None where neither works."""
    words = [str(part) for part in command]
    if shutil.which("perf"):
        counting = ["perf", "stat", "-x,", "-e", "instructions:u"]
        done = subprocess.run([*counting, *words], cwd=folder, capture_output=True, text=True, check=False)
        match = re.search(r"^(\d+),.*instructions", done.stderr, re.MULTILINE)
        if match:
            return int(match[1])
    if shutil.which("valgrind"):
        with tempfile.NamedTemporaryFile() as log:
            options = ["--tool=callgrind", f"--callgrind-out-file={os.devnull}", f"--log-file={log.name}"]
            subprocess.run(["valgrind", *options, *words], cwd=folder, capture_output=True, check=False)
            match = re.search(r"Collected : (\d+)", Path(log.name).read_text())
        if match:
            return int(match[1])
    return None
