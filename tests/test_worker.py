"""The side process: what crosses to it and back, whatever the size, and what is left of it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from lrviz.engines import pytorch
from lrviz.engines.planning import plan
from lrviz.engines.worker import Worker
from lrviz.errors import Refusal, UnfinishedError
from lrviz.spec.load import loads

DECAY = "epochs: {epochs}\noptimizer: {{name: SGD, lr: 0.1}}\nscheduler: {{name: LambdaLR, lr_lambda: '{formula}'}}"


def test_plans_and_recordings_larger_than_the_pipes_pass_each_other() -> None:
    """Both ways hold 64 kB: a process that wrote while the other side did too would wait for ever."""
    documents = [loads(DECAY.format(epochs=12_000, formula=f"1 / ({n} + t)")) for n in range(1, 9)]
    signal.alarm(120)
    with Worker() as worker:
        for document in documents:
            worker.send(plan(document))
        recordings = [worker.receive() for _ in documents]
    signal.alarm(0)
    for n, recording in enumerate(recordings, start=1):
        np.testing.assert_allclose(recording.lr[:, 0], 0.1 / (n + np.arange(12_000)))


def test_the_side_process_records_what_this_one_would() -> None:
    laid = plan(loads(DECAY.format(epochs=50, formula="0.9 ** t")), ["momentum"])
    with Worker() as worker:
        worker.send(laid)
        there = worker.receive()
    here = pytorch.run(laid)
    assert there.torch == here.torch
    np.testing.assert_array_equal(there.lr, here.lr)
    np.testing.assert_array_equal(there.params["momentum"], here.params["momentum"])


def test_a_refusal_crosses_with_its_path_and_the_next_plan_still_runs() -> None:
    with Worker() as worker:
        worker.send(plan(loads(DECAY.format(epochs=9, formula="1 / (5 - t)"))))
        worker.send(plan(loads(DECAY.format(epochs=9, formula="0.5"))))
        with pytest.raises(Refusal, match="inf at 5") as refused:
            worker.receive()
        assert refused.value.path == ("scheduler",)
        assert worker.receive().lr[-1, 0] == 0.05


def test_a_process_that_is_killed_is_an_error_with_its_code() -> None:
    with Worker() as worker:
        assert worker._process is not None
        os.kill(worker._process.pid, signal.SIGKILL)
        worker.send(plan(loads(DECAY.format(epochs=9, formula="0.5"))))
        with pytest.raises(UnfinishedError, match="code -9"):
            worker.receive()


def test_without_a_side_process_plans_run_in_this_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-such-python"))
    with Worker() as worker:
        worker.send(plan(loads(DECAY.format(epochs=9, formula="0.5"))))
        assert worker.receive().lr[-1, 0] == 0.05


def test_nothing_is_left_of_a_process_that_was_closed() -> None:
    worker = Worker()
    assert worker._process is not None
    pid = worker._process.pid
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
