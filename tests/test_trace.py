"""`lrviz.trace`: copies of live schedulers stepped, and the objects left as they were."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import threading
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as schedulers

import lrviz
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.real.schedule import in_double_precision
from lrviz.schedulers import SCHEDULERS
from tests.cli import COMMAND, Ended, environment
from tests.here import torch_is_here
from tests.processes import LIGHT_TORCH

TICKS = 60
METRIC = "max(0.2, 0.9 ** t)"


def documents() -> dict[str, ScheduleDocument]:
    """Return a document for every scheduler of torch, as `lrviz check` takes them, over two groups."""
    return {
        one.__name__: lrviz.document(
            {
                "name": one.__name__,
                "epochs": TICKS,
                "optimizer": {
                    "name": "SGD",
                    "lr": 0.1,
                    "momentum": 0.9,
                    "groups": [{"lr": 0.01}, {"name": "head"}],
                },
                "scheduler": {"name": one.__name__, **one.example},
                "metric": {"expression": METRIC},
            }
        )
        for one in SCHEDULERS
        if one.module.startswith("torch.")
    }


DOCUMENTS = documents()
DESCRIBED = {
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "PolynomialLR",
    "SequentialLR",
    "StepLR",
}
"""Those whose attributes are their arguments: the reference can compute them."""


def built(document: ScheduleDocument) -> Any:
    """Return the real scheduler of a document, from the script that lrviz prints of it, up to its loop."""
    from lrviz.runs.scripting.script import torch_script

    names: dict[str, Any] = {}
    exec(torch_script(document).partition("\nlrs = []")[0], names)
    return names["scheduler"]


def stepped(scheduler: Any, ticks: int, first: int = 0) -> list[list[float]]:
    """Step the real thing, and return what a training loop would see."""
    metric = [max(0.2, 0.9**t) for t in range(first + ticks)]
    optimizer, rows = optimizer_of(scheduler), []
    for t in range(first, first + ticks):
        rows.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step(*([metric[t]] if isinstance(scheduler, schedulers.ReduceLROnPlateau) else []))
    return rows


def optimizer_of(scheduler: Any) -> Any:
    return scheduler.optimizer if hasattr(scheduler, "optimizer") else scheduler._schedulers[0].optimizer


def held(value: Any, seen: dict[int, Any]) -> Any:
    """Return all that an object holds, closures, tensors and who is who included, as plain values to compare."""
    if id(value) in seen:
        return f"as {list(seen).index(id(value))}"
    if isinstance(value, int | float | str | bytes | type(None)):
        return repr(value)
    seen[id(value)] = value  # kept, so that no other gets its id
    if isinstance(value, torch.Tensor):
        return id(value), value.tolist()
    if isinstance(value, dict):
        return [(str(key), held(one, seen)) for key, one in value.items()]
    if isinstance(value, list | tuple | set):
        return [held(one, seen) for one in value]
    cells = [held(cell.cell_contents, seen) for cell in getattr(value, "__closure__", None) or ()]
    return id(value), cells, held(dict(getattr(value, "__dict__", {})), seen)


def everything(*objects: Any) -> Any:
    states = (random.getstate(), np.random.get_state(), torch.get_rng_state())
    return held(list(objects), {}), [str(one) for one in states[:2]], states[2].tolist()


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("first", [0, 7])
def test_each_scheduler_of_torch_is_traced_to_the_last_bit_and_stays_as_it_was(
    document: ScheduleDocument, first: int
) -> None:
    with in_double_precision(), torch_is_here():
        scheduler = built(document)
        # The optimizer has a state of its own, as in the middle of a run.
        for group in optimizer_of(scheduler).param_groups:
            for weight in group["params"]:
                weight.grad = torch.ones_like(weight)
        before = stepped(scheduler, first)
        as_it_was = everything(scheduler, optimizer_of(scheduler))
        metric = [max(0.2, 0.9**t) for t in range(first, TICKS)]
        traced = lrviz.trace(scheduler, epochs=TICKS - first, metric=metric)
        assert everything(scheduler, optimizer_of(scheduler)) == as_it_was
        after = stepped(scheduler, TICKS - first, first)
        known = lrviz.simulate(document, engine="torch")
    assert traced.curves.lr.tolist() == after
    # A formula is NumPy's in a document, and Python's in the script.
    formulas = "t" in document.chain and document.chain in {"LambdaLR", "MultiplicativeLR"}
    np.testing.assert_allclose([*before, *after], known.curves.lr, rtol=1e-13 if formulas else 0)
    for name, table in known.curves.params.items():
        np.testing.assert_array_equal(traced.curves.params[name], table[first:])
    assert traced.curves.groups[0] == "0"
    assert traced.curves.unit == "epoch"
    told_as_a_document = not first and document.scheduler.name in DESCRIBED  # type: ignore[union-attr]
    assert traced.verdict.verdict == ("agree" if told_as_a_document else "skipped"), traced.verdict.reason
    if told_as_a_document:
        assert (traced.curves.phases, traced.curves.marks) == (known.curves.phases, known.curves.marks)
    assert [f"stepped {first} times before" in one for one in traced.warnings].count(True) == bool(first)


# Loops --------------------------------------------------------------------------------------------------


def an_optimizer(lr: float = 0.1, count: int = 1, cls: Any = torch.optim.SGD) -> Any:
    return cls([{"params": [torch.nn.Parameter(torch.ones(2))], "name": f"part {index}"} for index in range(count)], lr)


def test_schedulers_of_one_loop_share_the_copy_of_their_optimizer() -> None:
    optimizer = an_optimizer(count=2)
    warm_up = schedulers.LinearLR(optimizer, 0.1, total_iters=3)
    both = [warm_up, schedulers.ExponentialLR(optimizer, 0.5)]
    found = lrviz.trace((optimizer, *both), steps=6)
    assert found.curves.groups == ("part 0", "part 1")
    assert (found.curves.chain, found.curves.optimizer, found.curves.unit) == (
        "LinearLR + ExponentialLR",
        "SGD",
        "step",
    )
    rows = []
    for _ in range(6):
        rows.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        for one in both:
            one.step()
    assert found.curves.lr.tolist() == rows


def test_a_trace_may_begin_anywhere_in_a_run_and_goes_on_from_there() -> None:
    optimizer = an_optimizer()
    stages = [schedulers.LinearLR(optimizer, 0.1, total_iters=5), schedulers.CosineAnnealingLR(optimizer, 20)]
    scheduler = schedulers.SequentialLR(optimizer, stages, milestones=[5])
    whole = lrviz.trace(scheduler, steps=25)
    assert whole.curves.chain == "LinearLR → CosineAnnealingLR"
    stepped(scheduler, 7)
    rest = lrviz.trace(scheduler, steps=18)
    assert rest.curves.lr.tolist() == whole.curves.lr[7:].tolist()
    begins = "the curve begins there, with what is t = 7 of the run as its t = 0"
    assert rest.warnings == (f"trace: SequentialLR has been stepped 7 times before: {begins}",)
    assert lrviz.trace(scheduler, steps=18).curves.lr.tolist() == rest.curves.lr.tolist()


@pytest.mark.parametrize("metric", ["1 if t < 3 else 0.5", [1, 1, 1, *[0.5] * 9], np.array([1.0] * 3 + [0.5] * 9)])
def test_who_watches_a_metric_is_handed_it(metric: Any) -> None:
    scheduler = schedulers.ReduceLROnPlateau(an_optimizer(), factor=0.5, patience=1)
    lr = lrviz.trace(scheduler, epochs=12, steps_per_epoch=10, metric=metric).curves.lr[:, 0]
    values = [1.0] * 3 + [0.5] * 9
    assert lr.tolist() == [row for (row,) in watched(scheduler, values)]
    with pytest.raises(lrviz.LrvizError, match="needs metrics"):
        lrviz.trace(scheduler, epochs=12)


def watched(scheduler: Any, values: list[float]) -> list[list[float]]:
    rows = []
    for value in values:
        rows.append([group["lr"] for group in scheduler.optimizer.param_groups])
        scheduler.step(value)
    return rows


class Own:
    """A scheduler of no library, over an optimizer of no library."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer, self.made = optimizer, 0

    def step(self) -> None:
        self.made += 1
        for group in self.optimizer.param_groups:
            group["lr"] = 1 / (1 + self.made)


class OwnOptimizer:
    def __init__(self) -> None:
        self.param_groups = [{"params": [], "lr": 1.0, "betas": (0.9, 0.999)}]

    def step(self) -> None: ...

    def zero_grad(self) -> None: ...


class ToldOfUpdates:
    """As timm's classes: `step` takes the epochs that are over, `step_update` the updates."""

    def __init__(self, optimizer: Any, *, in_epochs: bool) -> None:
        self.optimizer, self.in_epochs, self.calls = optimizer, in_epochs, list[tuple[str, int]]()

    def step(self, epoch: int, metric: float | None = None) -> None:
        self.calls.append(("epoch", epoch))
        if self.in_epochs:
            self.optimizer.param_groups[0]["lr"] = 1 / (1 + epoch)

    def step_update(self, num_updates: int, metric: float | None = None) -> None:
        self.calls.append(("update", num_updates))
        if not self.in_epochs:
            self.optimizer.param_groups[0]["lr"] = 1 / (1 + num_updates)


def test_any_class_that_steps_will_do() -> None:
    scheduler = Own(OwnOptimizer())
    found = lrviz.trace(scheduler, epochs=4, params=["beta1"])
    assert found.curves.lr[:, 0].tolist() == [1, 1 / 2, 1 / 3, 1 / 4]
    assert found.curves.params["beta1"].tolist() == [[0.9]] * 4
    assert (found.curves.optimizer, found.curves.chain) == ("OwnOptimizer", "Own")
    assert found.verdict.ran == {}
    assert (scheduler.made, scheduler.optimizer.param_groups[0]["lr"]) == (0, 1.0)


@pytest.mark.parametrize(
    ("in_epochs", "loop", "unit", "lr"),
    [
        (True, {"epochs": 3}, "epoch", [1, 1 / 2, 1 / 3]),
        (True, {"epochs": 2, "steps_per_epoch": 3}, "step", [1, 1, 1, 1 / 2, 1 / 2, 1 / 2]),
        (False, {"epochs": 1, "steps_per_epoch": 3}, "step", [1, 1 / 2, 1 / 3]),
        (False, {"steps": 4}, "step", [1, 1 / 2, 1 / 3, 1 / 4]),
        (True, {"steps": 5, "steps_per_epoch": 2}, "step", [1, 1, 1 / 2, 1 / 2, 1 / 3]),
    ],
)
def test_who_is_told_of_updates_and_epochs_is_told(
    in_epochs: bool, loop: dict[str, int], unit: str, lr: list[float]
) -> None:
    scheduler = ToldOfUpdates(an_optimizer(1.0), in_epochs=in_epochs)
    found = lrviz.trace(scheduler, **loop)  # type: ignore[arg-type]
    assert found.curves.lr[:, 0].tolist() == lr
    assert found.curves.unit == unit
    assert scheduler.calls == []
    assert found.warnings == ()
    scheduler.optimizer.param_groups[0]["lr"] = 0.5
    again = lrviz.trace(scheduler, **loop)  # type: ignore[arg-type]
    assert again.curves.lr[:, 0].tolist() == [1 / (1 + round(1 / value)) for value in lr]
    (told,) = again.warnings
    assert "ToldOfUpdates does not say how far it is: its lr is that of t = 1; the curve begins there" in told
    scheduler.optimizer.param_groups[0]["lr"] = 0.3
    (told,) = lrviz.trace(scheduler, **loop).warnings  # type: ignore[arg-type]
    assert "here its epochs and updates are counted from 0" in told


class Wrapper(torch.optim.Optimizer):
    """As accelerate's: an optimizer that holds another one and shows its groups."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> Any:  # type: ignore[override]
        return self.optimizer.param_groups


def test_an_optimizer_and_its_wrapper_are_one() -> None:
    optimizer = an_optimizer()
    scheduler = scheduler_with(optimizer=Wrapper(optimizer), inner=schedulers.StepLR(optimizer, 2))
    found = lrviz.trace(scheduler, steps=3)
    assert (found.curves.optimizer, found.curves.lr.shape) == ("SGD", (3, 1))
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_two_optimizers_have_a_curve_each() -> None:
    pair = [schedulers.StepLR(an_optimizer(), 2), schedulers.ExponentialLR(an_optimizer(cls=torch.optim.Adam), 0.5)]
    with pytest.raises(lrviz.LrvizError, match=r"2 optimizers \(SGD, Adam\), which have a curve each"):
        lrviz.trace(pair, steps=5)
    step, exponential = (lrviz.trace(one, steps=5).curves.lr[:, 0] for one in pair)
    drawn = lrviz.plot(pair, steps=5, log=False)
    lines = [np.asarray(line.get_ydata()) for line in drawn.axes[0].lines]
    for curve in (step, exponential):
        assert any(set(curve) <= set(line) for line in lines)


def test_simulate_takes_what_trace_does() -> None:
    scheduler = schedulers.StepLR(an_optimizer(), 2)
    assert lrviz.simulate(scheduler, epochs=5).curves.lr.tolist() == lrviz.trace(scheduler, epochs=5).curves.lr.tolist()


# Documents ----------------------------------------------------------------------------------------------


def test_what_a_document_can_tell_is_cross_checked_and_linted() -> None:
    optimizer = an_optimizer(count=2)
    scheduler = schedulers.CosineAnnealingLR(optimizer, 10)
    found = lrviz.trace(scheduler, epochs=20, params=["momentum"])
    assert found.verdict.verdict == "agree"
    assert found.curves.params["momentum"].tolist() == [[0, 0]] * 20
    (finding,) = lrviz.lint(scheduler, epochs=20)
    assert (finding.id, finding.field) == ("LR001", "scheduler.T_max")
    assert [str(one) for one in found.findings] == list(found.warnings)
    assert finding.message == found.findings[0].message
    assert lrviz.lint(scheduler, epochs=10) == ()


UNTOLD: dict[str, tuple[Callable[[], Any], str]] = {
    "stepped": (lambda: begun(schedulers.StepLR(an_optimizer(), 2)), "StepLR has been stepped before"),
    "a member": (
        lambda: schedulers.ChainedScheduler([begun(schedulers.StepLR(an_optimizer(), 2))]),
        "ChainedScheduler has been stepped before",
    ),
    "a function": (lambda: schedulers.LambdaLR(an_optimizer(), lambda t: 1), "LambdaLR does not keep lr_lambda"),
    "its own class": (lambda: Own(an_optimizer()), "Own is a class that the reference does not know"),
    "a class of the name": (lambda: StepLR(an_optimizer(), 2), "StepLR is a class that the reference does not know"),
    "a changed lr": (lambda: overwritten(schedulers.StepLR(an_optimizer(), 2)), "the learning rate has been changed"),
    "changed base_lrs": (lambda: rebased(schedulers.StepLR(an_optimizer(), 2)), "the base_lrs of StepLR are not those"),
    "no valid document": (lambda: schedulers.StepLR(an_optimizer(), 2, gamma=float("nan")), "scheduler.gamma"),
}


class StepLR(schedulers.StepLR):
    """Of the same name, but of no library."""


def begun(scheduler: Any) -> Any:
    stepped(scheduler, 1)
    return scheduler


def overwritten(scheduler: Any) -> Any:
    scheduler.optimizer.param_groups[0]["lr"] = 7.0
    return scheduler


def rebased(scheduler: Any) -> Any:
    scheduler.base_lrs = [7.0]
    return scheduler


@pytest.mark.parametrize(("make", "told"), UNTOLD.values(), ids=UNTOLD)
def test_what_no_document_tells_is_traced_without_a_cross_check(make: Callable[[], Any], told: str) -> None:
    scheduler = make()
    found = lrviz.trace(scheduler, steps=5)
    assert found.verdict.verdict == "skipped"
    assert told in (found.verdict.reason or "")
    assert found.findings == ()
    with pytest.raises(lrviz.LrvizError, match="lint: rules check documents") as raised:
        lrviz.lint(scheduler, steps=5)
    assert told in str(raised.value)


# Copies -------------------------------------------------------------------------------------------------

GLOBAL = 0
SEEN: list[int] = []
COUNT = itertools.count(1)
GENERATED = (1 / t for t in itertools.count(1))


def counting(t: int) -> float:
    global GLOBAL  # noqa: PLW0603 - what people write
    GLOBAL += 1
    return 1 / GLOBAL


def remembering(t: int) -> float:
    SEEN.append(t)
    return 1 / len(SEEN)


def taking(t: int) -> float:
    return 1 / next(COUNT)


def closed_over() -> Callable[[int], float]:
    calls = 0

    def factor(t: int) -> float:
        nonlocal calls
        calls += 1
        return 1 / calls

    return factor


def by_default(t: int, calls: list[int] = []) -> float:  # noqa: B006 - what people write
    calls.append(t)
    return 1 / len(calls)


class Callable_:  # noqa: N801
    calls = 0
    everyone: ClassVar[list[int]] = []

    def __call__(self, t: int) -> float:
        self.calls += 1
        self.everyone.append(t)
        return 1 / self.calls


def drawing(t: int) -> float:
    return random.random() + float(np.random.rand()) + float(torch.rand(()))


STATEFUL: dict[str, tuple[Callable[[], Any], str]] = {
    "a global": (lambda: counting, "counting changes GLOBAL, which other code may change too"),
    "a list of the module": (lambda: remembering, "remembering changes SEEN, which"),
    "a counter of the module": (lambda: taking, "taking changes COUNT, which"),
    "a closure": (closed_over, "factor changes calls, which"),
    "a class": (Callable_, "Callable_ changes everyone, which"),
    "random numbers": (lambda: drawing, "a step draws random numbers"),
}


@pytest.mark.parametrize(("make", "told"), STATEFUL.values(), ids=STATEFUL)
def test_a_lambda_with_a_state_is_traced_on_a_copy_of_it_and_that_is_said(make: Callable[[], Any], told: str) -> None:
    scheduler = schedulers.LambdaLR(an_optimizer(1.0), make())
    outside = (GLOBAL, list(SEEN), repr(COUNT), list(Callable_.everyone))
    as_it_was = everything(scheduler)
    found = lrviz.trace(scheduler, steps=20)
    assert (GLOBAL, list(SEEN), repr(COUNT), list(Callable_.everyone)) == outside
    assert everything(scheduler) == as_it_was
    assert [one for one in found.warnings if told in one]
    assert found.curves.lr[:, 0].tolist() == [row for (row,) in stepped(scheduler, 20)]


@pytest.mark.parametrize("make", [make for make, _ in STATEFUL.values()], ids=STATEFUL)
def test_what_a_trace_warns_of_no_recording_projects(make: Callable[[], Any]) -> None:
    optimizer = an_optimizer(1.0)
    with lrviz.recording(until=40) as run:
        scheduler = schedulers.LambdaLR(optimizer, make())
        stepped(scheduler, 10)
    assert [told for told in run.simulations[0].warnings if "not projected" in told]
    assert lrviz.trace(scheduler, steps=3).warnings


class Kind(Enum):
    COSINE = 1


class Counted(Own):
    """Counts its steps in itself, and goes by a member of an enumeration."""

    steps = 0
    kind = Kind.COSINE

    def step(self) -> None:
        Counted.steps += 1
        self.optimizer.param_groups[0]["lr"] = 1 / (self.kind.value + Counted.steps)


def test_what_a_class_holds_stays() -> None:
    scheduler = Counted(an_optimizer(1.0))
    found = lrviz.trace(scheduler, steps=4)
    assert found.curves.lr[:, 0].tolist() == [1, 1 / 2, 1 / 3, 1 / 4]
    assert (Counted.steps, scheduler.kind) == (0, Kind.COSINE)
    (told,) = found.warnings
    assert "changes steps, which other code may change too" in told


def test_what_a_function_keeps_in_its_default_is_copied() -> None:
    scheduler = schedulers.LambdaLR(an_optimizer(1.0), by_default)
    found = lrviz.trace(scheduler, steps=5)
    assert found.curves.lr[:, 0].tolist() == [row for (row,) in stepped(scheduler, 5)]


def test_what_is_only_read_needs_no_word() -> None:
    config = {"warm_up": 4}
    scheduler = schedulers.LambdaLR(an_optimizer(1.0), lambda t: min(1.0, (t + 1) / config["warm_up"]) * len(TOLD))
    found = lrviz.trace(scheduler, steps=5)
    assert found.warnings == ()
    assert found.curves.lr[:, 0].tolist() == [0.25, 0.5, 0.75, 1.0, 1.0]


TOLD = {"a": 1}


def scheduler_with(**attributes: Any) -> Own:
    scheduler = Own(an_optimizer())
    vars(scheduler).update(attributes)
    return scheduler


class Normed(Own):
    def step(self) -> None:
        self.optimizer.param_groups[0]["lr"] = float(self.optimizer.param_groups[0]["params"][0].norm())


class Failing(Own):
    def step(self) -> None:
        raise ValueError("no\x1b[31m more")


REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a file": (lambda path: scheduler_with(log=path.open("w")), "Own.log cannot be copied: cannot pickle"),
    "a lock": (lambda _: scheduler_with(lock=threading.Lock()), "Own.lock cannot be copied: cannot pickle"),
    "a generator": (lambda _: scheduler_with(values=(t for t in [1])), "Own.values cannot be copied: cannot pickle"),
    "a generator of the module": (
        lambda _: schedulers.LambdaLR(an_optimizer(), lambda t: next(GENERATED)),
        "a lambda reads GENERATED, which cannot be copied: cannot pickle 'generator' object",
    ),
    "one that reads the weights": (lambda _: Normed(an_optimizer()), "The copies of a model's tensors have no values"),
    "one that raises": (lambda _: Failing(an_optimizer()), "Failing.step() after update 1: no\\x1b[31m more"),
    "no optimizer": (lambda _: Own(None), "Own holds no optimizer: nothing in it has param_groups"),
}


@pytest.mark.parametrize(("make", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_copied_is_refused_and_left_as_it_was(
    make: Callable[[Path], Any], told: str, tmp_path: Path
) -> None:
    scheduler = make(tmp_path / "log")
    as_it_was = everything(getattr(scheduler, "optimizer", None))
    with pytest.raises(lrviz.LrvizError) as raised:
        lrviz.trace(scheduler, steps=5)
    assert told in str(raised.value)
    assert everything(getattr(scheduler, "optimizer", None)) == as_it_was
    for one in vars(scheduler).values():
        if hasattr(one, "close"):
            one.close()


def test_weights_and_the_state_of_an_optimizer_are_not_copied() -> None:
    """A copy of the weights alone would be 400 MB."""
    weight = torch.nn.Parameter(torch.zeros(1).expand(10**8))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    optimizer.state[weight]["momentum_buffer"] = weight.detach()
    scheduler = scheduler_with(optimizer=optimizer, model=torch.nn.ParameterList([weight]))
    from lrviz.engines.real.copying import copied

    (copy,) = copied([scheduler]).objects
    (stand_in,) = copy.optimizer.param_groups[0]["params"]
    assert (stand_in.device.type, stand_in.shape, type(stand_in)) == ("meta", weight.shape, torch.nn.Parameter)
    assert copy.model[0] is stand_in
    assert copy.optimizer.state == {}


def test_a_learning_rate_in_a_tensor_is_read_and_stays() -> None:
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))], lr=torch.tensor(0.5), capturable=True)
    scheduler = schedulers.ExponentialLR(optimizer, 0.5)
    rate = optimizer.param_groups[0]["lr"]
    assert lrviz.trace(scheduler, steps=3).curves.lr[:, 0].tolist() == [0.5, 0.25, 0.125]
    assert optimizer.param_groups[0]["lr"] is rate
    assert float(rate) == 0.5


# py:module:name -----------------------------------------------------------------------------------------

TRAIN = f"""{LIGHT_TORCH}
print("imported")

def schedulers():
    made = [torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr) for lr in (0.1, 0.2)]
    step, exponential = torch.optim.lr_scheduler.StepLR, torch.optim.lr_scheduler.ExponentialLR
    return made[0], step(made[0], 2), made[1], exponential(made[1], 0.5)

def fails():
    raise ValueError("no data")
"""


@pytest.mark.process
def test_code_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "train_for_lrviz.py").write_text(TRAIN, encoding="utf-8")

    def run(function: str, *words: str, command: str = "schedule") -> subprocess.CompletedProcess[str]:
        whole = [*COMMAND, command, f"py:train_for_lrviz:{function}", "--steps", "4", *words]
        return subprocess.run(whole, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)

    done = run("schedulers", "--json", "-", "--quiet")
    schedules = json.loads(done.stdout)["schedules"]
    assert [(one["name"], one["groups"][0]["lr"]) for one in schedules] == [
        ("SGD", [0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1]),
        ("SGD #2", [0.2, 0.1, 0.05, 0.025]),
    ]
    assert schedules[0]["crosscheck"]["verdict"] == "agree"
    assert done.stderr == "imported\n"
    checked = run("schedulers", command="check")
    assert (checked.returncode, checked.stdout.count("agree")) == (0, 2), checked.stderr
    linted = run("schedulers", "--format", "json", command="lint")
    assert linted.returncode == 0
    assert "py:train_for_lrviz:schedulers" in linted.stdout
    failed = run("fails")
    assert failed.returncode == 3
    assert failed.stdout == ""
    assert "in fails" in failed.stderr
    assert failed.stderr.endswith("ValueError: no data\npy:train_for_lrviz:fails: ValueError: no data\n")
    assert "lrviz/" not in failed.stderr


CODE: dict[str, tuple[list[str], str]] = {
    "no length": (["schedule", "py:a:b"], "py:a:b: --epochs N or --steps N is needed"),
    "no function": (["schedule", "py:a", "--steps", "3"], "py:a: py:module:name is needed"),
    "an optimizer": (["schedule", "py:a:b", "--steps", "3", "--optimizer", "sgd"], "--optimizer: given with py:a:b"),
    "a setting": (["schedule", "py:a:b", "--steps", "3", "--set", "optimizer.lr=1"], "py:a:b has no such key; allowed"),
    "no number": (["schedule", "py:a:b", "--steps", "3.5"], "--steps 3.5: a whole number is needed"),
    "the reference": (
        ["schedule", "py:a:b", "--steps", "3", "--engine", "reference"],
        "--engine reference: given with",
    ),
    "another order": (["schedule", "py:a:b", "--steps", "3", "--order", "both"], "--order both: given with py:"),
    "a script": (["schedule", "py:a:b", "--steps", "3", "--code"], "py:a:b: runs code and holds no document"),
    "lint": (["lint", "py:a:b"], "py:a:b: --epochs N or --steps N is needed"),
    "fixes": (["lint", "--fix", "py:a:b", "--steps", "3"], "--fix: py:a:b is not a file of yours"),
    "check": (["check", "py:a:b"], "py:a:b: --epochs N or --steps N is needed"),
    "resume": (["resume", "py:a:b", "--steps", "3", "--at", "1"], "py:a:b: runs code and holds no document"),
    "in a race document": (["race", "race.yaml"], "py:a:b"),
    "under a race": (["race", "sgd", "--fn", "booth", "--schedule", "py:a:b"], "runs code and holds no document"),
}


@pytest.mark.parametrize(("words", "told"), CODE.values(), ids=CODE)
def test_code_is_run_by_a_right_command_line_alone(
    words: list[str], told: str, ended: Ended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrviz.runs.sources.code.SideProcess", None)
    (tmp_path / "race.yaml").write_text("entries: [sgd, 'py:a:b']\nfn: booth\n", encoding="utf-8")
    done = ended(*words)
    assert done.returncode == 2
    assert told in done.stdout + done.stderr
