"""The side process: what crosses to it and back, whatever the size, and what is left of it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from lrviz.documents.averaging import Averaging
from lrviz.documents.load import loads
from lrviz.engines.real import race as recorder
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.race import Descent, Tape
from lrviz.engines.tasks.task import Task
from lrviz.engines.work import InProcess, Lent, SideProcess, started
from lrviz.foundation.errors import Refusal, UnfinishedError
from lrviz.foundation.progress import Progress
from lrviz.optimizers import OPTIMIZERS
from tests.races import descent_of
from tests.versions import TORCH

pytestmark = pytest.mark.process

DECAY = "epochs: {epochs}\noptimizer: {{name: SGD, lr: 0.1}}\nscheduler: {{name: LambdaLR, lr_lambda: '{formula}'}}"


@pytest.fixture(scope="module")
def side() -> Iterator[SideProcess]:
    """Return a process for tests after which it goes on; to start one is to import torch."""
    with SideProcess() as worker:
        yield worker


def test_plans_and_recordings_larger_than_the_pipes_pass_each_other(side: SideProcess) -> None:
    """Both ways hold 64 kB: a process that wrote while the other side did too would wait for ever."""
    documents = [loads(DECAY.format(epochs=12_000, formula=f"1 / ({n} + t)")) for n in range(1, 9)]
    signal.alarm(120)
    futures = [side.submit(plan(document)) for document in documents]
    # In whatever order they are asked for.
    recordings = [future.result() for future in futures[::-1]][::-1]
    signal.alarm(0)
    for n, recording in enumerate(recordings, start=1):
        np.testing.assert_allclose(recording.lr[:, 0], 0.1 / (n + np.arange(12_000)))


def test_the_side_process_records_what_this_one_would(side: SideProcess) -> None:
    laid = plan(loads(DECAY.format(epochs=50, formula="0.9 ** t")), ["momentum"])
    there = side.submit(laid).result()
    here = pytorch.run(laid)
    assert there.ran == here.ran == {"torch": TORCH}
    np.testing.assert_array_equal(there.lr, here.lr)
    np.testing.assert_array_equal(there.params["momentum"], here.params["momentum"])


def test_a_refusal_crosses_with_its_path_and_the_next_plan_still_runs(side: SideProcess) -> None:
    wrong = side.submit(plan(loads(DECAY.format(epochs=9, formula="1 / (5 - t)"))))
    right = side.submit(plan(loads(DECAY.format(epochs=9, formula="0.5"))))
    with pytest.raises(Refusal, match="inf at 5") as refused:
        wrong.result()
    assert refused.value.problems[0].path == ("scheduler",)
    assert "in run" in str(refused.value.__cause__)
    assert right.result().lr[-1, 0] == 0.05


@dataclass(frozen=True, slots=True)
class Call(Task[Any]):
    """A task of these tests: any call of a function with one argument."""

    performed_by: ClassVar[str] = "tests.test_worker:call"

    function: Any
    argument: Any


def call(task: Call, _: Progress | None) -> Any:
    return task.function(task.argument)


def test_a_task_that_kills_its_process_is_an_error_with_its_code_and_so_are_all_after_it() -> None:
    """No future stays without a result, not even one that is submitted long after the process has ended."""
    with SideProcess() as worker:
        futures = [worker.submit(one) for one in (Call(len, "four"), Call(os._exit, 7), Call(len, "gone"))]
        assert futures[0].result() == 4
        for future in (*futures[1:], worker.submit(Call(len, "late"))):
            with pytest.raises(UnfinishedError, match=r"ended with code 7\Z"):
                future.result(60)
    with SideProcess() as worker:
        os.kill(worker._process.pid, signal.SIGKILL)
        with pytest.raises(UnfinishedError, match="code -9"):
            worker.submit(Call(len, "four")).result(60)


def test_what_fails_is_an_error_with_its_cause_wherever_it_ran(side: SideProcess) -> None:
    with ThreadPoolExecutor(2) as threads:
        for worker in (side, InProcess(), Lent(threads)):
            for task, told in ((Call(int, "x"), "invalid literal"), (Call(lambda _: 0, 1), "")):
                future = worker.submit(task)
                if told or worker is side:
                    with pytest.raises(UnfinishedError, match=f"torch failed: .*{told}") as failed:
                        future.result(60)
                    assert told in str(failed.value.__cause__)
                else:
                    assert future.result() == 0
            assert worker.submit(Call(len, "four")).result(60) == 4


def test_an_executor_whose_process_dies_is_an_error_with_its_cause() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        worker = Lent(executor)
        assert worker.submit(Call(len, "four")).result(60) == 4
        with pytest.raises(UnfinishedError, match=r"torch failed: .*BrokenProcessPool") as failed:
            worker.submit(Call(os._exit, 7)).result(60)
        assert isinstance(failed.value.__cause__, BrokenProcessPool)


def test_a_progress_that_fails_fails_its_task_alone(side: SideProcess) -> None:
    def broken(*_: int) -> None:
        raise BrokenPipeError("nobody reads")

    failed, fine = side.submit(descent_of({"name": "SGD"}), broken), side.submit(Call(len, "four"))
    with pytest.raises(BrokenPipeError):
        failed.result(60)
    assert fine.result(60) == 4


def test_without_a_side_process_plans_run_in_this_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-such-python"))
    with started() as worker:
        assert worker.submit(plan(loads(DECAY.format(epochs=9, formula="0.5")))).result().lr[-1, 0] == 0.05
        assert worker.submit(descent_of({"name": "SGD"})).result()


def every_implementation() -> list[Descent]:
    """Return a run of every optimizer, in every implementation that torch has of it."""
    implementations: list[dict[str, Any]] = [
        {},
        {"foreach": False},
        {"foreach": True},
        {"fused": True},
        {"line_search_fn": "strong_wolfe"},
    ]
    return [
        descent_of({"name": cls.__name__, "lr": 1e-3, **one}, steps=25, averaging=Averaging("ema", 3, 0.9))
        for cls in OPTIMIZERS
        for one in implementations
        if one.keys() <= cls.model_fields.keys()
    ]


def test_torch_without_its_compiler_does_what_a_whole_torch_does() -> None:
    descents = every_implementation()
    with SideProcess() as worker:
        tapes = [worker.submit(descent) for descent in descents]
        for descent, tape in zip(descents, tapes, strict=True):
            there, here = tape.result(), recorder.descend(descent)
            for part in fields(Tape):
                np.testing.assert_equal(getattr(there, part.name), getattr(here, part.name), err_msg=str(descent))
    assert isinstance(sys.modules["torch._dynamo"].__file__, str)


def run_alone(program: str) -> list[str]:
    """Return what a program prints, run in a process of its own."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


COMPILER = "getattr(sys.modules.get('torch._dynamo'), '__file__', 'the stub')"


def test_the_compiler_is_imported_where_the_stub_is_not_enough() -> None:
    """Also what is run afterwards has the whole of torch, and what fails all the same says why."""
    program = f"""
import sys
import time
from lrviz.engines.real.dynamo import without_compiler
from lrviz.engines.real.schedule import torch
print(without_compiler(lambda: torch.optim.SGD([torch.zeros(2)]) and {COMPILER}))
print(without_compiler(lambda: torch._dynamo.eval_frame.__name__))
print(without_compiler(lambda: {COMPILER}) != 'the stub')
try:
    without_compiler(lambda: 1 / 0)
except ZeroDivisionError as error:
    print(error)
"""
    assert run_alone(program) == ["the stub", "torch._dynamo.eval_frame", "True", "division by zero"]


def test_the_side_process_leaves_out_what_it_does_not_need() -> None:
    program = f"""
import pickle, sys
from lrviz.engines.real import dynamo, schedule
import torch
before = set(sys.modules)
pickle.loads({pickle.dumps(descent_of({"name": "Adam"}))!r})
from lrviz.engines.real import race
print(sorted({{name.partition('.')[0] for name in sys.modules if 'pydantic' in name or 'yaml' in name}}))
"""
    assert run_alone(program) == ["[]"]


def test_a_refused_optimizer_crosses_with_its_path(side: SideProcess) -> None:
    reports: list[tuple[int, int]] = []
    wrong = side.submit(descent_of({"name": "Adam", "capturable": True}))
    right = side.submit(descent_of({"name": "Adam"}), lambda *at: reports.append(at))
    with pytest.raises(Refusal, match="refuses Adam") as refused:
        wrong.result()
    assert refused.value.problems[0].path == ("optimizer",)
    assert right.result()
    assert reports == [(0, 40)]


def test_nothing_is_left_of_a_process_that_was_closed() -> None:
    worker = SideProcess()
    pid, future = worker._process.pid, worker.submit(Call(time.sleep, 60))
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(UnfinishedError, match="code -9"):
        future.result(0)
    assert not [thread for thread in worker._threads if thread.is_alive()]
