"""`lrviz schedule --code`: the printed script, run by torch alone, gives the simulated values."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import math
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, note
from hypothesis import strategies as st

from lrviz.documents.load import load, loads
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.schedule_planning import plan
from lrviz.foundation.errors import Refusal
from lrviz.optimizers import Optimizer
from lrviz.runs.scripting.script import torch_script
from tests.strategies import Plain, documents, text_of
from tests.versions import MODELLED_TORCH, TORCH, differs_before_modelled

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = sorted(
    # Scripts of other libraries run where those are: tests/frameworks/test_real_schedulers.py.
    path
    for path in (ROOT / "configs").rglob("*.yaml")
    if not {"races", "libraries"} & set(path.parts)
)
LONGEST = 4000
"""Rows of a long run that are stepped: past every warm-up, and soon done."""

DOCUMENTS = {
    "a formula at which Python raises": """
        epochs: 9
        optimizer: {name: Adam, lr: 0.5}
        scheduler: {name: LambdaLR, lr_lambda: "4**-0.5 * min(t**-0.5, t * 3**-1.5)"}
    """,
    "an overflow that Python raises": """
        epochs: 9
        optimizer: {name: Adam, lr: 0.5}
        scheduler: {name: MultiplicativeLR, lr_lambda: "1 / (1 + exp(750 - 100 * t)) + 0.5"}
    """,
    "members with intervals of their own": """
        epochs: 4
        steps_per_epoch: 5
        optimizer: {name: AdamW, lr: 0.001}
        scheduler:
          - {name: LinearLR, start_factor: 0.1, total_iters: 7, interval: step}
          - {name: ReduceLROnPlateau, factor: 0.5, patience: 0, interval: epoch}
        metric: {expression: "1 + 0 * t"}
        """,
    "averaging": """
        epochs: 12
        optimizer: {name: SGD, lr: 0.1}
        scheduler: {name: CosineAnnealingLR, T_max: 12}
        swa: {start: 4, swa_lr: 0.05, anneal_epochs: 3, anneal_strategy: linear}
        """,
    "averaging, per step": """
        epochs: 3
        steps_per_epoch: 4
        interval: step
        optimizer: {name: SGD, lr: 0.1}
        scheduler: {name: ExponentialLR, gamma: 0.9}
        swa: {start: 6, swa_lr: 0.05}
        """,
    "averaging after the run": """
        epochs: 3
        optimizer: {name: SGD, lr: 0.1}
        scheduler: {name: ExponentialLR, gamma: 0.9}
        swa: {start: 10, swa_lr: 0.05}
        """,
    "groups with lists": """
        name: "Groups \\"quoted\\", # marked, and more"
        epochs: 10
        optimizer:
          name: Adam
          lr: 0.001
          betas: [0.8, 0.99]
          groups:
            - {name: "a 'quoted' # name", lr: 0.01, betas: [0.7, 0.9]}
            - {name: b, weight_decay: 0.1, amsgrad: true}
        scheduler:
          name: CyclicLR
          base_lr: [0.001, 0.0001]
          max_lr: [0.01, 0.1]
          step_size_up: 3
          base_momentum: [0.7, 0.8]
          max_momentum: [0.8, 0.9]
          mode: exp_range
          gamma: 0.95
        """,
    "a formula for each group": """
        epochs: 9
        optimizer: {name: SGD, lr: 0.1, groups: [{name: a}, {name: b, lr: 0.5}]}
        scheduler: {name: LambdaLR, lr_lambda: ["1 + cos(pi * t / 9)", "1 if t < 4 else exp(-t) + sqrt(2)"]}
        """,
    "a formula of the cycle": """
        epochs: 9
        optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
        scheduler:
          {name: CyclicLR, base_lr: 0.1, max_lr: 1, step_size_up: 2, scale_fn: "2 ** -x", scale_mode: cycle}
        """,
    "composites in a list": """
        epochs: 12
        optimizer: {name: SGD, lr: 0.1}
        scheduler:
          - name: SequentialLR
            milestones: [3, 6]
            schedulers:
              - {name: LinearLR, total_iters: 3}
              - {name: MultiplicativeLR, lr_lambda: "1 - t / 20"}
              - {name: StepLR, step_size: 2, gamma: 0.7}
          - name: ChainedScheduler
            schedulers:
              - {name: ConstantLR, factor: 0.5, total_iters: 2}
              - {name: PolynomialLR, total_iters: 12, power: 2}
        """,
    "plateaus whose metrics have values at their own ticks alone": """
        epochs: 9
        optimizer: {name: SGD, lr: 0.1}
        scheduler:
          - {name: ReduceLROnPlateau, patience: 0, factor: 0.5}
          - {name: ReduceLROnPlateau, patience: 0, factor: 0.7, frequency: 3}
          - {name: ReduceLROnPlateau, frequency: 10}
        metric: {expression: "log(ticks - t)"}
        """,
    "a metric of values": """
        epochs: 6
        optimizer: {name: SGD, lr: 0.1, groups: [{name: a}, {name: b}]}
        scheduler: {name: ReduceLROnPlateau, patience: 0, cooldown: 1, min_lr: [0.01, 0.001], mode: max}
        metric: {values: [1, 1, 1, 2, 2, 2]}
        """,
    "LBFGS, which asks for a closure": """
        epochs: 3
        optimizer: {name: LBFGS, lr: 1}
        scheduler: {name: ExponentialLR, gamma: 0.9}
        """,
    "Muon, which asks for matrices": """
        epochs: 3
        optimizer: {name: Muon}
        scheduler: {name: ExponentialLR, gamma: 0.9}
        """,
}


def printed(script: str) -> list[list[str]]:
    """Return the words of the lines that a script prints."""
    with contextlib.redirect_stdout(io.StringIO()) as stream, warnings.catch_warnings():
        # SequentialLR itself uses what torch deprecates.
        warnings.simplefilter("ignore")
        exec(compile(script, "<script>", "exec"), {"__name__": "__main__"})
    return [line.split() for line in stream.getvalue().splitlines()]


@contextlib.contextmanager
def library_of(optimizer: Optimizer) -> Iterator[None]:
    """Let scripts import the library of a host that is not installed; its class keeps hyperparameters, as all do."""

    class Keeping(torch.optim.Optimizer):
        def __init__(self, params: Any, **given: Any) -> None:
            super().__init__(params, {**optimizer.hyperparameters(), **given})

        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            """Make no update."""

    with pytest.MonkeyPatch.context() as patch:
        if not optimizer.races:
            package, _, inner = optimizer.module.partition(".")
            modules = [ModuleType(package), *([ModuleType(inner)] if inner else [])]
            setattr(modules[-1], optimizer.class_name, Keeping)
            for name, module in zip((package, optimizer.module), modules, strict=False):
                patch.setitem(sys.modules, name, module)
            if inner:
                setattr(modules[0], inner, modules[1])
        yield


def check(document: ScheduleDocument, *, scheduler_first: bool = False, rtol: float = 1e-14) -> None:
    """Run the script, the first rows of a long one, and compare all that it prints with what torch does."""
    laid = plan(document, scheduler_first=scheduler_first)
    rows = min(document.updates, LONGEST)
    beats = int(laid.updates[rows - 1]) + 1
    seen = pytorch.run(dataclasses.replace(laid, updates=laid.updates[:rows]))
    tables = [seen.lr, *(seen.params[name] for name in document.scheduled_params)]
    # A group that is added later is not there before.
    known = [
        [value for value in np.concatenate(row).tolist() if not math.isnan(value)] for row in zip(*tables, strict=True)
    ]
    script = torch_script(document, scheduler_first=scheduler_first)
    loop = f"in range({document.beats}):  # one "
    assert script.count(loop) == 1
    with library_of(document.optimizer.optimizer):
        lines = printed(script.replace(loop, f"in range({beats}):  # one "))
    if "lambda t" not in script and "lambda x" not in script:
        assert lines == [list(map(repr, [t, *values])) for t, values in enumerate(known)]
        return
    # NumPy, which evaluates a formula for all ticks at once, and math may round differently.
    assert [int(t) for t, *_ in lines] == list(range(rows))
    for (_, *values), wanted in zip(lines, known, strict=True):
        np.testing.assert_allclose([float(value) for value in values], wanted, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
@pytest.mark.slow
def test_the_script_of_a_config_gives_its_values(path: Path) -> None:
    check(load(path))


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_the_script_gives_the_values_of(text: str) -> None:
    if "Muon" in text and not MODELLED_TORCH:
        pytest.skip(f"torch {TORCH} has no Muon")
    check(loads(text))


@given(documents(), st.booleans())
def test_the_script_of_a_random_document_gives_its_values(plain: Plain, scheduler_first: bool) -> None:
    """Every key of a loop, hyperparameters with a schedule of their own and added groups included."""
    assume(MODELLED_TORCH or not differs_before_modelled(plain.get("scheduler", [])))
    text = text_of(plain)
    note(text)
    document = loads(text)
    note(torch_script(document, scheduler_first=scheduler_first))
    try:
        check(document, scheduler_first=scheduler_first, rtol=1e-12)
    except Refusal:
        # What torch refuses its script cannot run either.
        with pytest.raises((ValueError, KeyError, ZeroDivisionError, OverflowError)):
            printed(torch_script(document, scheduler_first=scheduler_first))


@pytest.mark.process
def test_the_script_runs_where_only_torch_is(tmp_path: Path) -> None:
    document = load(ROOT / "configs" / "resnet50-warmup-cosine.yaml")
    program = tmp_path / "schedule.py"
    program.write_text(torch_script(document), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", str(program)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    recording = pytorch.run(plan(document, ()))
    assert done.stdout.splitlines() == [f"{t} {lr!r}" for t, lr in enumerate(recording.lr[:, 0].tolist())]
    assert "lrviz" not in program.read_text(encoding="utf-8").split("\n", 1)[1]
