"""Time and memory of whole processes; everything is a ratio to a neighbour measured in the same run."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measured:
    """One process from its start to its end. peak: resident bytes, of its largest descendant at most."""

    seconds: float
    peak: int


def process(argv: Sequence[str]) -> Measured:
    """Run a command in a new empty folder and wait for it; a failure stops the benchmark."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        child = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=errors)
        # wait4 tells the memory of this child alone; getrusage would tell that of the largest so far.
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            errors.seek(0)
            raise SystemExit(f"{' '.join(argv)} failed:\n{errors.read().decode(errors='replace')}")
    # Linux counts ru_maxrss in kilobytes, macOS in bytes.
    return Measured(seconds, usage.ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024))


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def paired(first: Callable[[], float], second: Callable[[], float], pairs: int) -> tuple[float, float]:
    """Measure A B A B ..., so that a busy moment meets both; return the medians of A and of B."""
    times = [(first(), second()) for _ in range(pairs)]
    return median(one for one, _ in times), median(other for _, other in times)
