"""The probe cannot break a program: whatever goes wrong in it, the program behaves as without it."""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import importlib
import inspect
import io
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch.optim import SGD, Optimizer, lr_scheduler

import lrviz
from lrviz.recorder.probe.lrviz_probe.groups import Groups
from lrviz.recorder.probe.lrviz_probe.optimizers import Optimized
from lrviz.recorder.probe.lrviz_probe.schedulers import Scheduled
from lrviz.runs.launching import PROBE
from tests.loops import Trained, parameter, run

MODULES = [
    importlib.import_module(f"lrviz.recorder.probe.lrviz_probe.{path.stem}")
    for path in sorted((PROBE / "lrviz_probe").glob("[!_]*.py"))
    if path.stem != "hooks"
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Loops in the wrong order are what this is for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def functions() -> Iterator[tuple[str, Any, str]]:
    """Give every function of the probe behind its hooks: what it is called, where it is, and its name there."""
    for module in MODULES:
        for name, one in vars(module).items():
            if getattr(one, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(one):
                yield name, module, name
            elif inspect.isclass(one):
                yield from ((f"{name}.{each}", one, each) for each, it in vars(one).items() if inspect.isfunction(it))


def _module_of(holder: Any) -> str:
    return str(getattr(holder, "__module__", None) or holder.__name__).rpartition(".")[2]


GUARDS = {"Watch.safely", "Watch.failed", "Watch.end", "_of_a_signal"}
"""What the guard itself is made of."""
ELSEWHERE = {
    *("Asked.ask", "Asked.settle", "Writer.late"),
    *("Watch.forked", "Writer._keep_tail", "_in_main_thread"),
    *(
        "Watch.__init__",
        "Here.__init__",
        "Optimizers.__init__",
        "Schedulers.__init__",
    ),
}
"""What only a device needs, a fork, or `lrviz record`; and what has run before the program."""
PROJECTING = {
    *("Watch._project", "Writer.__init__", "Writer._map"),
    *(
        name
        for name, holder, _ in functions()
        if _module_of(holder) in {"cadence", "code", "copies", "horizon", "projection"}
    ),
}
"""What may fail without a word: there is no projection then, and the recording is whole."""
FUNCTIONS = {name: (holder, attribute) for name, holder, attribute in functions() if name not in GUARDS}

LOOP = [
    Trained("SGD", 2, ("StepLR", "OneCycleLR"), 1, 1, False, frozenset({3}), None),
    Trained("Adam with a tensor lr", 1, ("ExponentialLR",), 2, 1, True, frozenset(), 4),
]


def program() -> Any:
    """Return what a loop comes to that does all that the probe looks at."""
    seen, ends = run(LOOP, 9)
    optimizer = SGD([parameter()], lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    optimizer.load_state_dict(optimizer.state_dict())
    scheduler.load_state_dict(scheduler.state_dict())
    with contextlib.suppress(ZeroDivisionError):
        optimizer.step(lambda: 1 / 0)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    for gradient in (1.0, torch.inf):
        (each,) = optimizer.param_groups[0]["params"]
        each.grad = None
        scaler.scale((each * gradient).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    return seen, ends, each.tolist(), scaler.get_scale(), torch.randn(2).tolist()


@functools.cache
def program_alone() -> Any:
    return program()


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.slow
def test_an_error_of_its_own_ends_the_recording_alone(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    expected = program_alone()
    called = []

    def fails(*_: object, **__: object) -> None:
        called.append(name)
        raise RuntimeError(name)

    holder, attribute = FUNCTIONS[name]
    real = getattr(holder, attribute)
    with monkeypatch.context() as patch, lrviz.recording():
        # A function is known to each module that imports it.
        for each in [holder, *MODULES]:
            if vars(each).get(attribute) is real:
                patch.setattr(each, attribute, fails)
        found = program()
    assert found == expected
    told = capfd.readouterr().err
    line = f"lrviz: the recording ends here: RuntimeError: {name}\n"
    if name in PROJECTING:
        assert told in {"", line}
        return
    assert told == (line if called else "")
    assert bool(called) == (name not in ELSEWHERE)


def test_what_a_handler_of_signals_raises_within_the_probe_is_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    class TooLongError(Exception):
        pass

    def handler(*_: object) -> None:
        raise TooLongError

    def interrupted(*_: object) -> None:
        signal.raise_signal(signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with lrviz.recording() as recording:
            optimizer = SGD([parameter()], lr=0.1)
            optimizer.step()
            with monkeypatch.context() as patch:
                patch.setattr(Groups, "look", interrupted)
                with pytest.raises(TooLongError):
                    optimizer.step()
            optimizer.step()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert recording.recorded.optimizers[0].updates == 2


class OnADevice(torch.Tensor):
    """A tensor that lies elsewhere: reading it would wait."""

    is_cpu = False
    is_cuda = True

    def __float__(self) -> float:
        raise AssertionError("read")

    __bool__ = __eq__ = __lt__ = __float__  # type: ignore[assignment]
    __hash__ = torch.Tensor.__hash__


class Event:
    """A device's: what was asked for before it is ready at the second look. Neither is for a graph that is made."""

    capturing = False

    def record(self) -> None:
        assert not self.capturing
        self.looks = 0

    def query(self) -> bool:
        assert not self.capturing
        self.looks += 1
        return self.looks > 1


def test_a_value_on_a_device_is_copied_and_never_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = torch.empty

    def unpinned(*args: Any, pin_memory: bool, **kwargs: Any) -> torch.Tensor:
        assert pin_memory
        return empty(*args, **kwargs)

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: Event.capturing)
    monkeypatch.setattr(torch, "empty", unpinned)
    with lrviz.recording() as recording:
        optimizer = SGD([parameter()], lr=0.5)
        optimizer.step()
        lr = torch.tensor(0.25).as_subclass(OnADevice)
        optimizer.param_groups[0]["lr"] = lr
        for _ in range(8):
            optimizer.step()
            torch.Tensor.mul_(lr, 0.5)
        monkeypatch.setattr(Event, "capturing", True)
        optimizer.step()
        monkeypatch.setattr(Event, "capturing", False)
    (one,) = recording.recorded.optimizers
    # The last was still under way.
    assert one.groups[0].lr.tolist() == [0.5] + [0.25 * 0.5 ** min(t, 6) for t in range(9)]


def kept(optimizer: Optimizer, scheduler: Any) -> list[Any]:
    """Return what checkpoints hold, and copies."""
    buffer = io.BytesIO()
    torch.save({"optimizer": optimizer.state_dict(), "whole": optimizer, "scheduler": scheduler.state_dict()}, buffer)
    copied, with_it = copy.deepcopy((optimizer, scheduler))
    unpickled = pickle.loads(pickle.dumps(optimizer))
    for each in (copied, unpickled):
        each.step()
    with_it.step()
    return [
        buffer.getvalue(),
        str([each.state_dict() for each in (copied, unpickled, with_it)]),
        [sorted(vars(each)) for each in (optimizer, scheduler, copied, unpickled, with_it)],
        pickle.dumps((lr_scheduler.StepLR.step, lr_scheduler.StepLR)),
        str(inspect.signature(type(scheduler))),
    ]


def test_checkpoints_and_copies_are_those_of_a_run_without_it() -> None:
    def once() -> list[Any]:
        torch.manual_seed(0)
        optimizer = SGD([parameter()], lr=0.1, momentum=0.9)
        scheduler = lr_scheduler.StepLR(optimizer, 2)
        for _ in range(3):
            optimizer.param_groups[0]["params"][0].grad = torch.ones(2)
            optimizer.step()
            scheduler.step()
        return kept(optimizer, scheduler)

    alone = once()
    with lrviz.recording():
        assert once() == alone


def test_thousands_of_optimizers_leave_nothing_behind_and_are_not_taken_for_each_other() -> None:
    count = 1000
    with lrviz.recording() as recording:
        shared = parameter()
        for index in range(count):
            # The next has the id of the one before.
            optimizer = SGD([shared], lr=float(index + 1))
            lr_scheduler.LambdaLR(optimizer, lambda t: 1.0)
            optimizer.step()
            del optimizer
        gc.collect()
        assert not [each for each in gc.get_objects() if type(each) in (Optimized, Scheduled)]
    assert [one.groups[0].lr.tolist() for one in recording.recorded.optimizers] == [[t + 1.0] for t in range(count)]


def replaced(optimizer: Any) -> None:
    """Wrap the step of one optimizer, as accelerate does."""
    original = optimizer.step

    def step(*args: Any) -> Any:
        return original(*args)

    optimizer.step = step


class Own(SGD):
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            for each in group["params"]:
                each.data.add_(each.grad, alpha=-group["lr"])


STEPS: dict[str, tuple[type[Optimizer], Callable[[Optimizer], object]]] = {
    "replaced on the object": (SGD, replaced),
    "a subclass that calls no other": (Own, lambda _: None),
    "under a tracer": (SGD, lambda _: sys.settrace(lambda *_: None)),
    "under a profiler": (SGD, lambda _: sys.setprofile(lambda *_: None)),
}


@pytest.mark.parametrize(("cls", "change"), STEPS.values(), ids=STEPS)
def test_steps_of_every_make_are_recorded(cls: Any, change: Callable[[Optimizer], object]) -> None:
    def once() -> tuple[list[float], list[float]]:
        torch.manual_seed(0)
        optimizer = cls([parameter()], lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
        traced = sys.gettrace(), sys.getprofile()
        change(optimizer)
        lrs = []
        for _ in range(5):
            optimizer.param_groups[0]["params"][0].grad = torch.ones(2)
            lrs.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        sys.settrace(traced[0])
        sys.setprofile(traced[1])
        return lrs, optimizer.param_groups[0]["params"][0].tolist()

    alone = once()
    with lrviz.recording() as recording:
        assert once() == alone
    (one,) = recording.recorded.optimizers
    assert one.groups[0].lr.tolist() == alone[0]


def test_threads_that_step_one_optimizer_each_lose_no_update() -> None:
    with lrviz.recording() as recording:
        optimizers = [SGD([parameter()], lr=0.1) for _ in range(3)]
        threads = [threading.Thread(target=lambda it=each: [it.step() for _ in range(3000)]) for each in optimizers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [one.updates for one in recording.recorded.optimizers] == [3000] * 3
