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

LONGEST = 60.0
"""Seconds: a program that has taken longer in all is not run again."""


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
    """All programs in turn, again and again, so that what else the machine does hits them alike.

    The first turn writes byte code and fills the disk's cache. It does not count, except for a program that takes
    longer than `LONGEST`, which is run no more. The others are run again `runs` times, or until they have taken that.
    """
    found: dict[str, list[Sample]] = {case.name: [] for case in cases}
    spent = dict.fromkeys(found, 0.0)
    for turn in range(runs + 1):
        for case in cases:
            if spent[case.name] > LONGEST:
                continue
            if case.before is not None:
                case.before()
            sample = run(case.command, case.folder)
            spent[case.name] += sample.wall
            if turn or sample.wall > LONGEST:
                found[case.name].append(sample)
    return found


def run(command: Sequence[str | Path], folder: Path) -> Sample:
    """One run; the exit code says what was found, and is of no interest here."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    wall = time.perf_counter() - started
    return Sample(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss)


def _environment() -> dict[str, str]:
    """Byte code is kept, as it is for those who use a program: compiling it takes longer than most runs."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def table(samples: Mapping[str, list[Sample]], base: str) -> list[str]:
    """A Markdown table of medians, with ratios to one of the programs; below it, what was run fewer times."""
    lines = ["| run | wall, s | ratio | processor, s | ratio | peak, MB |", "| --- | --: | --: | --: | --: | --: |"]
    of_base = samples[base]
    for name, own in samples.items():
        wall, cpu = median(own, "wall"), median(own, "cpu")
        peak = max(sample.peak for sample in own) / 1000
        lines.append(
            f"| {name} | {wall:.2f} | {wall / median(of_base, 'wall'):.2f} | {cpu:.2f} "
            f"| {cpu / median(of_base, 'cpu'):.2f} | {peak:.0f} |"
        )
    most = max(len(own) for own in samples.values())
    rare = [f"{name} ({len(own)})" for name, own in samples.items() if len(own) < most]
    if rare:
        lines += ["", f"Runs: {most} of each, fewer of what took more than {LONGEST:.0f} s in all: {', '.join(rare)}."]
    return lines


def median(samples: Sequence[Sample], field: str) -> float:
    """The median of `wall` or `cpu`."""
    return statistics.median(sample.wall if field == "wall" else sample.cpu for sample in samples)


def instructions(command: Sequence[str | Path], folder: Path) -> int | None:
    """How many instructions a single process runs, by `perf stat` or valgrind; None where neither works."""
    words = [str(part) for part in command]
    if shutil.which("perf"):
        counting = ["perf", "stat", "-x,", "-e", "instructions:u"]
        done = subprocess.run(
            [*counting, *words], cwd=folder, env=_environment(), capture_output=True, text=True, check=False
        )
        match = re.search(r"^(\d+),.*instructions", done.stderr, re.MULTILINE)
        if match:
            return int(match[1])
    if shutil.which("valgrind"):
        with tempfile.NamedTemporaryFile() as log:
            options = ["--tool=callgrind", f"--callgrind-out-file={os.devnull}", f"--log-file={log.name}"]
            subprocess.run(
                ["valgrind", *options, *words], cwd=folder, env=_environment(), capture_output=True, check=False
            )
            match = re.search(r"Collected : (\d+)", Path(log.name).read_text())
        if match:
            return int(match[1])
    return None
