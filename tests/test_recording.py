"""`lrviz.recording()`: it says of a loop what the loop has seen, to the last bit, and disturbs nothing."""

from __future__ import annotations

import ast
import contextlib
import gc
import json
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD, Optimizer, lr_scheduler

import lrviz
from lrviz.recorder.probe.lrviz_probe.hooks import Hooks
from lrviz.recorder.probe.lrviz_probe.watch import Watch
from lrviz.recorder.probe.lrviz_probe.writer import HEAD, MAGIC, frame
from lrviz.recorder.read import read
from lrviz.results import Event, Handover, RecordedOptimizer
from lrviz.runs.launching import PROBE
from tests.cli import Ended, strict
from tests.examples import examples
from tests.loops import Trained, parameter, run, trained

UPDATES = 12


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Loops in the wrong order are what this is for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def sgd(groups: int = 1, **options: Any) -> SGD:
    return SGD([{"params": [parameter()]} for _ in range(groups)], **{"lr": 0.1, **options})


def update(*optimizers: Optimizer) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            for each in group["params"]:
                each.grad = torch.ones_like(each)
        optimizer.step()


def only(run: lrviz.Recording) -> RecordedOptimizer:
    (one,) = run.recorded.optimizers
    return one


@pytest.mark.usefixtures("young")
@examples(200)
@given(loop=st.lists(trained(), min_size=1, max_size=3))
def test_the_recording_is_what_the_loop_saw(loop: list[Trained]) -> None:
    bare = run(loop, UPDATES)
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    before = random.getstate(), str(np.random.get_state())
    with lrviz.recording() as recording:
        seen, ends = run(loop, UPDATES)
    assert (random.getstate(), str(np.random.get_state())) == before
    assert (seen, ends) == bare
    assert len(recording.recorded.optimizers) == len(loop)
    # An optimizer is first seen when a scheduler is built on it, else when it makes an update.
    order = sorted(zip(seen, loop, strict=True), key=lambda each: not each[1].schedulers)
    for one, (own, asked) in zip(recording.recorded.optimizers, order, strict=True):
        assert one.updates == UPDATES
        for index, group in enumerate(one.groups):
            since = (asked.added or 0) if index == asked.groups else 0
            assert np.isnan(group.lr[:since]).all()
            assert group.added == since
            assert group.lr[since:].tolist() == [row[index] for row in own.lr[since:]]
            decay = group.params["weight_decay"][since:].tolist()
            assert decay == [row[index] for row in own.weight_decay[since:]]
        inner = {member for each in one.schedulers for member in each.members}
        stepped = [each for each in one.schedulers if each.index not in inner]
        assert [each.name for each in stepped] == list(asked.schedulers)
        assert [each.ticks.tolist() for each in stepped] == own.ticks
        assert all(not len(each.ticks) for each in one.schedulers if each.index in inner)


def test_a_scheduler_is_told_with_its_arguments_and_the_lines_that_step_it() -> None:
    with lrviz.recording() as run:
        optimizer = sgd(momentum=0.9)
        scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=0.3, total_steps=10)
        for _ in range(4):
            update(optimizer)
            scheduler.step()
        scheduler.step()
    (told,) = only(run).schedulers
    assert told.arguments is not None
    assert (told.name, told.arguments["max_lr"], told.arguments["anneal_strategy"]) == ("OneCycleLR", 0.3, "cos")
    assert "optimizer" not in told.arguments
    assert [site.count for site in told.stepped_at] == [4, 1]
    assert all(Path(site.at.rpartition(":")[0]).name == "test_recording.py" for site in told.stepped_at)
    assert told.ticks.tolist() == [1, 2, 3, 4, 4]
    momentum = only(run).groups[0].params["momentum"]
    assert momentum[0] == pytest.approx(0.95)
    assert momentum[3] != momentum[0]
    assert set(only(run).groups[0].by.tolist()) == {told.index}


def test_optimizers_that_share_their_groups_are_one() -> None:
    class Wrapper(Optimizer):
        def __init__(self, inner: Optimizer) -> None:
            super().__init__(inner.param_groups, {})
            self.inner = inner
            self.param_groups = inner.param_groups

        def step(self, closure: Any = None) -> Any:
            return self.inner.step()

    class Derived(SGD):
        def step(self, closure: Any = None) -> Any:
            return super().step(closure)

    with lrviz.recording() as run:
        update(sgd())
        wrapper = Wrapper(sgd())
        update(wrapper, wrapper)
        derived = Derived([parameter()], lr=0.1)
        update(derived, derived, derived)
    assert sorted(one.updates for one in run.recorded.optimizers) == [1, 2, 3]


def test_an_optimizer_that_hands_its_steps_on_is_told_as_the_inner_and_loads_nothing_when_it_is_built() -> None:
    class Handing(Optimizer):
        """As accelerate's, which gives the inner one its own state again."""

        def __init__(self, optimizer: Optimizer) -> None:
            self.optimizer = optimizer
            self.param_groups = optimizer.param_groups
            optimizer.load_state_dict(optimizer.state_dict())
            self.param_groups = optimizer.param_groups

        def step(self, closure: Any = None) -> Any:
            return self.optimizer.step()

    with lrviz.recording() as run:
        optimizer = Handing(sgd())
        scheduler = lr_scheduler.StepLR(optimizer, 2)
        for _ in range(3):
            update(optimizer)
            scheduler.step()
    assert (only(run).name, only(run).updates, only(run).events) == ("SGD", 3, ())
    assert [each.name for each in only(run).schedulers] == ["StepLR"]


def test_a_step_that_raises_is_no_update_and_hides_none() -> None:
    def fails() -> float:
        raise ZeroDivisionError

    with lrviz.recording() as run:
        optimizer = sgd()
        for closure in (fails, None, fails, None, None):
            with contextlib.suppress(ZeroDivisionError):
                optimizer.step(closure)
    assert only(run).updates == 3


def test_lbfgs_makes_one_update_of_many_closure_calls() -> None:
    with lrviz.recording() as run:
        one = torch.nn.Parameter(torch.tensor([3.0]))
        optimizer = torch.optim.LBFGS([one], lr=0.5)

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            loss = (one**4).sum()
            loss.backward()
            return loss

        for _ in range(3):
            optimizer.step(closure)
    assert only(run).updates == 3


def test_updates_that_grad_scaler_skips_are_no_rows() -> None:
    with lrviz.recording() as run:
        optimizer = sgd()
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
        for gradient in (1.0, torch.inf, 1.0, torch.inf, torch.inf):
            each = optimizer.param_groups[0]["params"][0]
            each.grad = None
            scaler.scale((each * gradient).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
    assert only(run).updates == 2
    assert only(run).skipped.tolist() == [1, 2, 2]


@pytest.mark.parametrize("fused", [True, False])
def test_skips_inside_a_fused_step_cannot_be_seen_and_that_is_said(fused: bool) -> None:
    with lrviz.recording() as run:
        optimizer = sgd(fused=fused)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
        for gradient in (1.0, torch.inf, torch.inf):
            each = optimizer.param_groups[0]["params"][0]
            each.grad = None
            scaler.scale((each * gradient).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
    assert only(run).updates == (3 if fused else 1)
    assert [event.kind for event in only(run).events] == ["fused"] * fused
    assert (
        any("updates that GradScaler skips are counted as made" in told for told in run.simulations[0].warnings)
        == fused
    )


def test_states_that_are_loaded_are_events() -> None:
    with lrviz.recording() as run:
        optimizer, other = sgd(), sgd(lr=0.5)
        scheduler = lr_scheduler.StepLR(optimizer, 2)
        state = optimizer.state_dict(), scheduler.state_dict()
        update(optimizer, other)
        scheduler.step()
        optimizer.load_state_dict(other.state_dict())
        scheduler.load_state_dict(state[1])
        update(optimizer)
    one = run.recorded.optimizers[0]
    assert [(event.kind, event.update, event.scheduler) for event in one.events] == [
        ("loaded", 1, None),
        ("loaded", 1, one.schedulers[0].index),
    ]
    assert one.groups[0].lr.tolist() == [0.1, 0.5]


def test_an_lr_set_by_hand_and_replaced_by_a_scheduler_is_a_handover() -> None:
    with lrviz.recording() as run:
        optimizer = sgd()
        scheduler = lr_scheduler.CosineAnnealingLR(optimizer, 10)
        scheduler2 = lr_scheduler.LambdaLR(optimizer, lambda t: 0.9**t)
        for _ in range(3):
            optimizer.param_groups[0]["lr"] = 0.7
            update(optimizer)
            scheduler2.step()
    one = only(run)
    index = one.schedulers[1].index
    assert one.groups[0].lr.tolist() == [0.7, 0.7, 0.7]
    assert one.groups[0].by.tolist() == [-1, -1, -1]
    assert Handover(group=0, before=-1, after=index, used=True, count=3, first=1) in one.handovers
    assert not len(one.schedulers[0].ticks), scheduler


def test_a_scheduler_of_another_optimizer_is_told_with_that_one() -> None:
    with lrviz.recording() as run:
        held, stepped = sgd(), sgd()
        scheduler = lr_scheduler.StepLR(held, 2)
        for _ in range(3):
            update(stepped)
            scheduler.step()
    told = {one.updates: [each.name for each in one.schedulers] for one in run.recorded.optimizers}
    assert told == {0: ["StepLR"], 3: []}


def test_threads_do_not_confuse_each_other() -> None:
    with lrviz.recording() as run:
        optimizers = [sgd(lr=0.1 * (index + 1)) for index in range(4)]

        def work(optimizer: Optimizer) -> None:
            scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
            for _ in range(50):
                update(optimizer)
                scheduler.step()

        threads = [threading.Thread(target=work, args=[each]) for each in optimizers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for one in run.recorded.optimizers:
        first = one.groups[0].lr[0]
        assert one.groups[0].lr.tolist() == [first * 0.5**t for t in range(50)]


def test_torch_is_left_as_it_was() -> None:
    def methods() -> list[Any]:
        classes = [lr_scheduler.LRScheduler, *lr_scheduler.LRScheduler.__subclasses__()]
        return [vars(each).get(name) for each in classes for name in ("step", "__init__", "load_state_dict")]

    from torch.optim import optimizer

    before = methods(), dict(optimizer._global_optimizer_pre_hooks), optimizer.Optimizer.load_state_dict
    with lrviz.recording():
        scheduler = lr_scheduler.StepLR(sgd(), 2)
        assert set(scheduler.state_dict()) == set(lr_scheduler.StepLR(sgd(), 2).state_dict())
    assert (methods(), dict(optimizer._global_optimizer_pre_hooks), optimizer.Optimizer.load_state_dict) == before
    assert "__init_subclass__" not in vars(lr_scheduler.LRScheduler)


def test_nothing_is_kept_alive_and_no_warning_changes_its_place() -> None:
    with lrviz.recording(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        optimizer = sgd()
        lr_scheduler.StepLR(optimizer, 2).step()
        update(optimizer)
        import weakref

        gone = weakref.ref(optimizer)
        del optimizer
        gc.collect()
        assert gone() is None
    assert [Path(each.filename).name for each in caught] == ["test_recording.py"]


def test_an_error_of_the_probe_ends_the_recording_and_not_the_program(capfd: pytest.CaptureFixture[str]) -> None:
    class Odd:
        def __float__(self) -> float:
            raise LookupError("odd")

    with lrviz.recording() as run:
        optimizer = sgd()
        update(optimizer, optimizer)
        optimizer.param_groups[0]["weight_decay"] = Odd()
        with contextlib.suppress(TypeError):
            optimizer.step()
        optimizer.param_groups[0]["weight_decay"] = 0.0
        update(optimizer)
    assert "the recording ends here: LookupError: odd" in capfd.readouterr().err
    assert run.recorded.optimizers == () or only(run).updates <= 2


def test_a_full_disk_ends_the_recording_and_not_the_program(capfd: pytest.CaptureFixture[str]) -> None:
    watch = Watch("/dev/full")
    hooks = Hooks(watch)
    hooks.optim(torch.optim)
    try:
        optimizer = sgd()
        update(optimizer, optimizer)
    finally:
        hooks.remove()
        watch.safely(watch.close)
    assert "the recording ends here: OSError: [Errno 28]" in capfd.readouterr().err


@pytest.mark.parametrize("path", sorted(PROBE.rglob("*.py")), ids=lambda path: path.name)
def test_the_probe_needs_python_3_9_and_its_standard_library_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    nodes = list(ast.walk(tree))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    own = {"lrviz_probe", "sitecustomize"}
    assert {name.partition(".")[0] for name in names} - own <= set(sys.stdlib_module_names)


def recorded(folder: Path, lr: float = 0.1, **options: Any) -> Path:
    path = folder / f"{lr}.lrrec"
    with lrviz.recording(path):
        optimizer = sgd(2, lr=lr, **options)
        scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
        for _ in range(3):
            for _ in range(4):
                update(optimizer)
            scheduler.step()
    return path


def test_a_recording_is_a_source_of_schedules(ended: Ended, tmp_path: Path) -> None:
    first, second = recorded(tmp_path), recorded(tmp_path, 0.2)
    document = tmp_path / "plan.yaml"
    document.write_text("steps: 12\noptimizer: {name: SGD, lr: 0.3}\n")
    done = ended("schedule", first, document, second, "--json", "-", "--engine", "reference", "-o", "out.png")
    assert done.returncode == 0, done.stderr
    told = strict(done.stdout)["schedules"]
    assert [each["groups"][0]["lr"][0] for each in told] == [0.1, 0.3, 0.2]
    assert told[0]["crosscheck"]["reason"] == "recorded, nothing to compare with"
    assert told[0]["groups"][1]["lr"] == [0.1] * 4 + [0.05] * 4 + [0.025] * 4
    assert len({each["name"] for each in told}) == 3


@pytest.mark.parametrize(
    "words",
    [("schedule", "--code"), ("schedule", "--set", "optimizer.lr=1"), ("schedule", "--order", "both"),
     ("resume", "--at", "2")],
    ids=" ".join,
)  # fmt: skip
def test_what_needs_a_document_says_so(words: tuple[str, ...], ended: Ended, tmp_path: Path) -> None:
    command, *options = words
    done = ended(command, recorded(tmp_path), *options)
    assert done.returncode == 2
    told = done.stdout + done.stderr
    assert "a recording" in told or "whose order of steps is fixed" in told
    assert not list(tmp_path.glob("*.png"))


def test_there_is_nothing_to_check_a_recording_against(ended: Ended, tmp_path: Path) -> None:
    done = ended("check", recorded(tmp_path))
    assert done.returncode == 3
    assert "recorded, nothing to compare with" in " ".join((done.stdout + done.stderr).split())


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "another version": (lambda data: MAGIC[:3] + b"\x02" + data[4:], "format version 2; this lrviz reads version 1"),
    "a byte in the middle": (lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:], "damaged at byte 0"),
    "something at the end": (lambda data: data + b"some more", "damaged at byte"),
    "nothing of it": (lambda data: b"", "without an update"),
}


@pytest.mark.parametrize(("change", "told"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_recording_is_refused(
    change: Callable[[bytes], bytes], told: str, ended: Ended, tmp_path: Path
) -> None:
    path = recorded(tmp_path)
    path.write_bytes(change(path.read_bytes()))
    done = ended("schedule", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


NONSENSE: list[object] = [
    7, [], {}, {"e": "process"}, {"e": "optimizer"}, {"e": "process", "pid": "x", "rank": [], "began": 0},
    {"e": "site", "t": 1 << 40, "s": 0, "at": ""},
    {"e": "scheduler", "s": 9, "o": 77, "name": "", "module": ""}, {"e": "built", "n": 10**9, "s": 0},
    {"e": "slot", "v": 99, "o": 77, "g": 0, "name": "lr"},
]  # fmt: skip


@pytest.mark.parametrize("event", NONSENSE, ids=str)
def test_whole_frames_of_nonsense_are_refused(event: object, tmp_path: Path) -> None:
    path = recorded(tmp_path)
    data = path.read_bytes()
    process = HEAD.unpack_from(data)[2]
    path.write_bytes(frame(b"E", process, json.dumps(event).encode()) + data)
    with pytest.raises(lrviz.DocumentError, match="damaged"):
        read(path)


def test_values_that_are_not_finite_are_drawn_and_told(ended: Ended, tmp_path: Path) -> None:
    path = tmp_path / "odd.lrrec"
    with lrviz.recording(path):
        optimizer, other = sgd(lr=float("nan")), sgd()
        for lr in (0.1, float("inf"), float("nan"), -1.0):
            other.param_groups[0]["lr"] = lr
            update(optimizer, other)
    done = ended("schedule", path, "--json", "odd.json")
    assert done.returncode == 0, done.stderr
    told = strict((tmp_path / "odd.json").read_text())["schedules"]
    assert [each["groups"][0]["lr"] for each in told] == [[None] * 4, [0.1, None, None, -1.0]]


def test_what_an_optimizer_adapts_is_recorded() -> None:
    class Adapting(SGD):
        def step(self, closure: Any = None) -> Any:
            for group in self.param_groups:
                group["d"] *= 2.0
            return super().step(closure)

    with lrviz.recording() as run:
        optimizer = Adapting([{"params": [parameter()], "d": 1.0}], lr=0.1)
        update(optimizer, optimizer, optimizer)
    assert only(run).groups[0].params["d"].tolist() == [1.0, 2.0, 4.0]
    assert run.to_json()["optimizers"][0]["groups"][0]["d"] == [1.0, 2.0, 4.0]


def test_a_recording_cut_anywhere_is_read_up_to_there(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    data = path.read_bytes()
    whole = read(path)
    for length in [*range(0, len(data), 7), len(data) - 1]:
        path.write_bytes(data[:length])
        found = read(path)
        for one in found.optimizers:
            lr = whole.optimizers[0].groups[0].lr
            assert all(group.lr.tolist() == lr[: one.updates].tolist() for group in one.groups)


def test_a_recording_knows_what_json_tells(tmp_path: Path) -> None:
    with lrviz.recording() as run:
        optimizer = torch.optim.Adam([parameter()], lr=0.1, weight_decay=0.1)
        scheduler = lr_scheduler.StepLR(optimizer, 1)
        update(optimizer)
        scheduler.step()
        update(optimizer)
    told = json.loads(json.dumps(run.to_json(), allow_nan=False))
    (one,) = told["optimizers"]
    assert one["groups"] == [{"name": "0", "lr": [0.1, 0.1 * 0.1], "projected": []}]
    (each,) = one["schedulers"]
    assert (each["class"], each["steps"], len(each["stepped_at"])) == ("StepLR", 1, 1)
    assert (told["command"], told["causes"], told["diff"]) == (None, [], None)


def test_a_group_added_under_a_standing_scheduler_is_an_event() -> None:
    with lrviz.recording() as run:
        optimizer = sgd()
        update(optimizer)
        optimizer.add_param_group({"params": [parameter()], "lr": 0.3, "name": "head"})
        update(optimizer)
    one = only(run)
    assert one.events == (Event("added", 1, group=1),)
    assert (one.groups[1].name, one.groups[1].added) == ("head", 1)


def test_a_wrapper_is_known_by_its_groups_although_the_inner_optimizer_loads_a_state() -> None:
    class Wrapper(torch.optim.Optimizer):
        def __init__(self, inner: torch.optim.Optimizer) -> None:
            self.inner = inner

        @property
        def param_groups(self) -> Any:  # type: ignore[override]
            return self.inner.param_groups

        @property
        def defaults(self) -> Any:  # type: ignore[override]
            return self.inner.defaults

    with lrviz.recording() as run:
        inner, state = sgd(), sgd(lr=0.5).state_dict()
        scheduler = lr_scheduler.StepLR(Wrapper(inner), 2)
        inner.load_state_dict(state)
        update(inner)
        scheduler.step()
    assert [(one.updates, len(one.schedulers)) for one in run.recorded.optimizers] == [(1, 1)]
