"""What recording costs a loop: microseconds an update and its tick, and a share of a small network's loop.

And recordings of a million updates and of ten, to be read and drawn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

import lrviz
from lrviz.recorder.probe.lrviz_probe.writer import OPERATIONS, SET_BY, TICK, UPDATE, block, frame

UPDATES, REPEATS = 250, 40


def _stepped(groups: int, *, scheduled: bool) -> Callable[[], object]:
    """Return one pass of a loop that does nothing but step: AdamW over groups of one number, without gradients."""
    optimizer = torch.optim.AdamW([{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)], lr=0.1)
    if not scheduled:
        return optimizer.step
    scheduler = CosineAnnealingLR(optimizer, 10 * UPDATES)

    def once() -> None:
        optimizer.step()
        scheduler.step()

    return once


torch.set_num_threads(1)  # threads that wait for each other are no cost of ours


def _network() -> Callable[[], None]:
    """Return one pass of the loop of a network of two layers."""
    model = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    scheduler = CosineAnnealingLR(optimizer, 10 * UPDATES)
    inputs, labels = torch.randn(64, 32), torch.randint(10, (64,))

    def once() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
        scheduler.step()

    return once


def _microseconds(made: Callable[[], Callable[[], object]], *, recorded: bool) -> float:
    """Return what one pass takes this thread: others on the machine do not count."""
    with lrviz.recording() if recorded else nullcontext():
        once = made()
        once()
        began = time.thread_time()
        for _ in range(UPDATES):
            once()
        return (time.thread_time() - began) / UPDATES * 1e6


def _pair(made: Callable[[], Callable[[], object]]) -> tuple[float, float]:
    """Return the least that a pass takes, bare and recorded, measured in turns."""
    times = [(_microseconds(made, recorded=False), _microseconds(made, recorded=True)) for _ in range(REPEATS)]
    return min(bare for bare, _ in times), min(recorded for _, recorded in times)


def overhead(groups: int, *, scheduled: bool) -> float:
    """Return the microseconds that recording adds to an update, and to the tick of a scheduler if there is one."""
    bare, recorded = _pair(lambda: _stepped(groups, scheduled=scheduled))
    return recorded - bare


def network() -> float:
    """Return how much longer the loop of a small network takes when it is recorded, as a ratio."""
    bare, recorded = _pair(_network)
    return recorded / bare


def synthesize(path: Path, updates: int) -> None:
    """Write the recording of a run of so many updates, the lr of one group set by a scheduler after each."""
    events = [
        {"e": "process", "pid": 1, "rank": None, "began": 0.0, "python": "3.11.0", "torch": "2.13.0"},
        {"e": "optimizer", "o": 0, "name": "SGD", "module": "torch.optim.sgd"},
        {"e": "slot", "v": 0, "o": 0, "g": 0, "name": "lr"},
        {"e": "scheduler", "s": 0, "name": "CosineAnnealingLR", "module": "torch.optim.lr_scheduler", "o": 0},
        {"e": "site", "t": 0, "s": 0, "at": "train.py:9"},
    ]
    lr = 0.05 * (1 + np.cos(np.pi * np.arange(updates) / updates))
    in_a_block = OPERATIONS // 3
    with path.open("wb") as file:
        for event in events:
            file.write(frame(b"E", 1, json.dumps(event).encode()))
        for number, start in enumerate(range(0, updates, in_a_block)):
            values = lr[start : start + in_a_block]
            operations = np.tile(np.array([SET_BY, UPDATE, TICK], np.uint32), len(values))
            file.write(frame(b"B", 1, block(number, operations.tobytes(), values.tobytes(), float(start))))
