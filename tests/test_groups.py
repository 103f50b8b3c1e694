"""Groups that are added in mid-run, as torch's schedulers treat them; and layer-wise decay."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

import lrviz
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.foundation.errors import DocumentError, Refusal
from lrviz.runs.scripting.script import torch_script
from tests.test_script import printed
from tests.versions import only_modelled

ADDED, TICKS = 4, 12

# What each class makes of a group that is added before update 4: of its lr, or the exception.
KINDS = {
    "StepLR": ("{name: StepLR, step_size: 3}", lambda o: lr_scheduler.StepLR(o, step_size=3)),
    "MultiStepLR": (
        "{name: MultiStepLR, milestones: [2, 7]}", lambda o: lr_scheduler.MultiStepLR(o, milestones=[2, 7]),
    ),
    "ExponentialLR": ("{name: ExponentialLR, gamma: 0.9}", lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9)),
    "PolynomialLR": ("{name: PolynomialLR, total_iters: 9}", lambda o: lr_scheduler.PolynomialLR(o, total_iters=9)),
    "a warm-up that runs": ("{name: LinearLR, total_iters: 8}", lambda o: lr_scheduler.LinearLR(o, total_iters=8)),
    "an lr held low": ("{name: ConstantLR, total_iters: 8}", lambda o: lr_scheduler.ConstantLR(o, total_iters=8)),
    "CosineAnnealingLR": (
        "{name: CosineAnnealingLR, T_max: 12}", lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=12),
    ),
    "CosineAnnealingLR past its floor": (
        "{name: CosineAnnealingLR, T_max: 6}", lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=6),
    ),
    "LambdaLR": ('{name: LambdaLR, lr_lambda: "1"}', lambda o: lr_scheduler.LambdaLR(o, lambda _: 1.0)),
    "MultiplicativeLR": (
        '{name: MultiplicativeLR, lr_lambda: "1"}', lambda o: lr_scheduler.MultiplicativeLR(o, lambda _: 1.0),
    ),
    "CosineAnnealingWarmRestarts": (
        "{name: CosineAnnealingWarmRestarts, T_0: 5}", lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=5),
    ),
    "CyclicLR": (
        "{name: CyclicLR, base_lr: 0.01, max_lr: 0.1, cycle_momentum: false}",
        lambda o: lr_scheduler.CyclicLR(o, base_lr=0.01, max_lr=0.1, cycle_momentum=False),
    ),
    "OneCycleLR": (
        "{name: OneCycleLR, max_lr: 0.1, total_steps: 20, cycle_momentum: false}",
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=20, cycle_momentum=False),
    ),
    "a stage that is entered later": (
        "{name: SequentialLR, milestones: [6], schedulers: [{name: ConstantLR}, {name: StepLR, step_size: 9}]}",
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.ConstantLR(o), lr_scheduler.StepLR(o, step_size=9)], milestones=[6]
        ),
    ),
    "a stage that was entered before": (
        "{name: SequentialLR, milestones: [3], schedulers: [{name: ConstantLR}, {name: StepLR, step_size: 3}]}",
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.ConstantLR(o), lr_scheduler.StepLR(o, step_size=3)], milestones=[3]
        ),
    ),
}  # fmt: skip


def loop(build: object) -> list[list[float]] | str:
    """Train as a practitioner writes it, and return the lr of both groups at each update, or what is raised."""
    assert callable(build)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = build(optimizer)
        rows = []
        for t in range(TICKS):
            if t == ADDED:
                optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 0.05})
            rows.append([group["lr"] for group in optimizer.param_groups])
            optimizer.step()
            try:
                scheduler.step()
            except (ValueError, KeyError) as error:
                return type(error).__name__
        return rows


@only_modelled
@pytest.mark.parametrize(("scheduler", "build"), KINDS.values(), ids=KINDS.keys())
def test_a_group_that_is_added(scheduler: str, build: object) -> None:
    wanted = loop(build)
    document = lrviz.document(
        text=f"""\
epochs: {TICKS}
optimizer:
  name: SGD
  lr: 0.1
  groups: [{{name: body}}, {{name: head, lr: 0.05, added: {ADDED}}}]
scheduler: {scheduler}
"""
    )
    if isinstance(wanted, str):
        with pytest.raises(Refusal, match=f"raises {wanted}") as caught:
            reference.run(document)
        assert [one.path for one in caught.value.problems] == [("optimizer", "groups", 1, "added")]
        with pytest.raises(Refusal, match=wanted):
            pytorch.run(plan(document))
        return
    full = np.array([[*row, *[np.nan] * (2 - len(row))] for row in wanted])
    np.testing.assert_array_equal(pytorch.run(plan(document)).lr, full)
    np.testing.assert_allclose(reference.run(document).recording.lr, full, rtol=1e-12)
    assert [[float(lr) for lr in row] for _, *row in printed(torch_script(document))] == wanted


def test_layers_get_an_lr_each() -> None:
    """As BEiT and MAE fine-tune: 0.75 per layer, from the head down to the embedding."""
    document = lrviz.document(
        text="""\
epochs: 5
optimizer: {name: AdamW, lr: 1.0e-3, layer_decay: {layers: 12, decay: 0.75}}
scheduler: {name: CosineAnnealingLR, T_max: 5}
"""
    )
    lr = reference.run(document).recording.lr
    assert lr[0].tolist() == [1e-3 * 0.75 ** (12 - layer) for layer in range(13)]
    np.testing.assert_allclose(pytorch.run(plan(document)).lr, lr, rtol=1e-12, atol=1e-18)


HEAD = "epochs: 10\nsteps_per_epoch: 4\noptimizer: "
PLAIN = "{name: SGD, lr: 0.1}\n"
RULES = "scheduler: {name: StepLR, step_size: 3"
WRONG = {
    "frequency 0": (PLAIN + RULES + ", frequency: 0}", "scheduler.frequency: 0 given"),
    "no finite frequency": (PLAIN + RULES + ", frequency: .inf}", "scheduler.frequency: inf given"),
    "no finite repeat": (PLAIN + RULES + ", repeat: 1e400}", "scheduler.repeat: inf given"),
    "repeat beyond what is simulated": (PLAIN + RULES + ", repeat: 1e9}", "scheduler.repeat: 10,000,000,000 ticks"),
    "repeats that are too many together": (
        PLAIN + "scheduler: [{name: StepLR, step_size: 3, repeat: 9e6}, {name: StepLR, step_size: 3, repeat: 2e6}]",
        "scheduler[0].repeat: 9,000,000 given; the members' repeat, over 10 epochs, come to 110,000,000 ticks",
    ),
    "repeats that are seldom": (
        PLAIN + "interval: step\n" + RULES + ", repeat: 9e6, frequency: 9e6}", "scheduler.repeat: 9,000,000 given",
    ),
    "a negative start": (PLAIN + RULES + ", start: -1}", "scheduler.start: -1 given"),
    "a start that is no length": (PLAIN + RULES + ", start: soon}", "scheduler.start: 'soon' given"),
    "fractional where the class has no epoch": (PLAIN + RULES + ", fractional: true}", "scheduler.fractional: given"),
    "fractional and repeated": (
        PLAIN + "scheduler: {name: CosineAnnealingWarmRestarts, T_0: 5, fractional: true, repeat: 2}",
        "scheduler.repeat: given with fractional",
    ),
    "a hyperparameter that is not there": (PLAIN + RULES + ", param: beta1}", "scheduler.param: beta1 given; SGD has"),
    "one that a cycle writes": (
        "{name: SGD, lr: 0.1, momentum: 0.9}\nscheduler:\n  - {name: OneCycleLR, max_lr: 1, total_steps: 10}\n"
        "  - {name: StepLR, step_size: 3, param: momentum}",
        "scheduler[1].param: momentum given, which scheduler[0] cycles",
    ),
    "one that a cycle inside a chain writes": (
        "{name: AdamW}\nscheduler:\n  - name: ChainedScheduler\n    schedulers: [{name: StepLR, step_size: 3}, "
        "{name: OneCycleLR, max_lr: 1, total_steps: 10}]\n  - {name: StepLR, step_size: 3, param: beta1}",
        "scheduler[1].param: beta1 given, which scheduler[0].schedulers[1] cycles",
    ),
    "a cadence inside a composite": (
        PLAIN + "scheduler: {name: ChainedScheduler, schedulers: [{name: StepLR, step_size: 3, frequency: 2}]}",
        "scheduler.schedulers[0].frequency: given inside ChainedScheduler",
    ),
    "a cadence of swa": (PLAIN + "swa: {start: 3, swa_lr: 0.1, repeat: 2}", "swa.repeat: given"),
    "layer_decay beside groups": (
        "{name: SGD, lr: 0.1, groups: [{}], layer_decay: {layers: 2, decay: 0.5}}",
        "optimizer.layer_decay: given together with",
    ),
    "layer_decay without layers": (
        "{name: SGD, lr: 0.1, layer_decay: {layer: 2, decay: 0.5}}", "optimizer.layer_decay.layer: ",
    ),
    "layer_decay that is no mapping": ("{name: SGD, lr: 0.1, layer_decay: 0.75}", "optimizer.layer_decay: 0.75 given"),
    "layer_decay beyond float64": (
        "{name: SGD, lr: 0.1, layer_decay: {layers: 9999, decay: 2}}", "optimizer.layer_decay.decay: 2 given",
    ),
    "a name that cannot be printed": (
        '{name: SGD, lr: 0.1, groups: [{name: "a\\u001b[31m"}]}',
        "optimizer.groups[0].name: 'a\\x1b[31m' given; one line of",
    ),
    "a name that is none": ("{name: SGD, lr: 0.1, groups: [{name: [a]}]}", "optimizer.groups[0].name: ['a'] given"),
    "never added": ("{name: SGD, lr: 0.1, groups: [{}, {added: .inf}]}", "optimizer.groups[1].added: inf given"),
    "added past the end": ("{name: SGD, lr: 0.1, groups: [{}, {added: 10}]}", "optimizer.groups[1].added: 10 given"),
    "added first": ("{name: SGD, lr: 0.1, groups: [{added: 2}, {}]}", "optimizer.groups[0].added: "),
    "added before those it is made with": (
        "{name: SGD, lr: 0.1, groups: [{}, {added: 2}, {}]}", "optimizer.groups[2]: comes after",
    ),
    "added out of order": (
        "{name: SGD, lr: 0.1, groups: [{}, {added: 5ep}, {added: 2ep}]}", "groups[2].added: '2ep' given, earlier",
    ),
    "a list of values for groups that grow": (
        '{name: SGD, lr: 0.1, groups: [{}, {}, {added: 2}]}\nscheduler: {name: LambdaLR, lr_lambda: ["1", "1"]}',
        "scheduler.lr_lambda: a list given",
    ),
    "two lengths of an epoch": (PLAIN + "batches_per_epoch: 8", "batches_per_epoch"),
    "accumulation of unknown batches": (
        PLAIN + "grad_accumulation: 2", "grad_accumulation: given together with steps_per_epoch",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_a_loop_cannot_do_is_told_at_its_line(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        lrviz.document(text=HEAD + text + "\n", source="run.yaml")
    told = str(caught.value).splitlines()
    assert all(re.match(r"run\.yaml:\d+:\d+: ", line) for line in told)
    assert any(said in line for line in told)
