"""What the whole gallery costs: time a picture, what a second core brings, memory of every process."""

from __future__ import annotations

import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path


def built(argv: tuple[str, ...]) -> tuple[float, int]:
    """Build into a new folder; return the seconds, and the peak of resident bytes of the largest process of all."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        child = subprocess.Popen([*argv, "--out", folder, "--quiet"], stdout=subprocess.DEVNULL)
        peak = 0
        while child.poll() is None:
            peak = max([peak, *(_high_water(pid) for pid in _family(child.pid))])
            time.sleep(0.1)
        if child.returncode != 0:
            raise SystemExit(f"{' '.join(argv)} failed")
        return time.perf_counter() - began, peak


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):
                waiting += map(int, task.read_text().split())
    return found


def _high_water(pid: int) -> int:
    """Return the most bytes that a process has had resident; 0 where it has ended, or the system does not report it."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
