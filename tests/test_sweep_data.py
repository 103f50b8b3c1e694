"""The data of sweeps, written in pieces."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lrviz
from lrviz.render.records import lines, sweep
from lrviz.render.records.lines import json_line
from lrviz.render.records.sweep import sweep_csv_pieces, sweep_json_pieces, sweep_record
from lrviz.results import GridAxis, Swept


@pytest.mark.parametrize("over", [["lr=0.01..9:7"], ["lr=0.01..9:7", "momentum=0..0.9:5"], ["start:9,7"]])
def test_pieces_are_the_whole(over: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = lrviz.sweep(["sgd:lr=3", "sgd:lr=0.1"], fn="booth", over=over, steps=20, store=tmp_path)
    record, swept = sweep_record(found.swept), found.swept
    rows = "".join(sweep_csv_pieces(swept))
    for count in (1, 4, 10, 100):
        monkeypatch.setattr(sweep, "_AT_ONCE", count)
        monkeypatch.setattr(lines, "_ROWS", count)
        written = "".join(sweep_json_pieces(swept))
        assert written == json_line({"lrviz": lrviz.__version__, **record})
        assert "null" in written
        assert "".join(sweep_csv_pieces(swept)) == rows
    _, *table = csv.reader(io.StringIO(rows))
    assert [row[0] for row in table] == [one.label for one in swept.entries for _ in range(one.median.size)]
    for at, name in enumerate(("median", "low", "high", "diverged"), 1 + len(swept.axes)):
        known = np.concatenate([getattr(one, name).ravel() for one in swept.entries])
        assert [row[at] for row in table] == [repr(value) if np.isfinite(value) else "" for value in known.tolist()]


@pytest.mark.parametrize("pieces", [sweep_json_pieces, sweep_csv_pieces])
def test_they_take_little_memory(
    pieces: Callable[[Swept], Iterator[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As much as is text at once, however many points there are."""
    monkeypatch.setattr(sweep, "_AT_ONCE", 500)
    monkeypatch.setattr(lines, "_ROWS", 500)
    small = lrviz.sweep(["sgd:lr=0.1"], fn="booth", over=["start:2"], steps=1, store=tmp_path).swept
    many = np.random.default_rng(0).uniform(size=(100, 150))
    one = replace(small.entries[0], median=many, low=many, high=many, diverged=many, basin=many.astype(np.int64))
    large = replace(small, axes=(GridAxis("x", np.arange(100.0)), GridAxis("y", np.arange(150.0))), entries=(one,))
    written = 0
    tracemalloc.start()
    for piece in pieces(large):
        written += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert written > 1_000_000
    assert peak < 600_000
