"""Mistakes in the configs of libraries for images: timm, Ultralytics, mmengine, detectron2."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeGuard

from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.foreign import Foreign
from lrviz.linting.rule import DialectRule, Edit, Found, Severity

_SEEN = 0.01
"""The share by which an lr must fall to count as falling."""


class DropAfterWarmUp(DialectRule):
    """A decay of timm that already runs during the warm-up.

    Without warmup_prefix timm counts the decay from the first epoch, warm-up included: the lr rises to its peak,
    drops at once to where the decay is by then, and no update is made at the peak. With warmup_prefix: true the decay
    begins after the warm-up, and the run is longer by the warm-up.
    """

    id = "LR112"
    name = "drop-after-warm-up"
    severity = Severity.warning
    dialects = ("timm",)
    file = "args.yaml"
    fires = """\
opt: sgd
sched: cosine
epochs: 100
lr: 0.1
warmup_epochs: 20
"""
    near = """\
opt: sgd
sched: cosine
epochs: 100
lr: 0.1
warmup_epochs: 20
warmup_prefix: true
"""
    given: ClassVar[Mapping[str, Any]] = {"batches_per_epoch": 100}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        values = config.values
        shape = values.word("sched", "cosine").value
        epochs, warm = values.whole("epochs", 300, least=1).value, values.number("warmup_epochs", 5.0).value
        # The warm-up of tanh aims at where its decay is by then.
        if shape not in {"cosine", "poly"} or values.flag("warmup_prefix").value or not 0 < warm < epochs:
            return
        share = (warm / epochs) ** max(0.0, values.number("lr_k_decay", 1.0).value)
        power = values.number("decay_rate", 0.1).value
        left = (1 + math.cos(math.pi * share)) / 2 if shape == "cosine" else (1 - share) ** max(0.0, power)
        if left < 1 - _SEEN:
            where = "warmup_epochs" if values.has("warmup_epochs") else "sched"
            told = f"after {warm:g} epochs of warm-up the lr drops by {1 - left:.1%}, to where the {shape} is by then"
            yield Found((where,), told)


class LrIgnoredByAuto(DialectRule):
    """`optimizer: auto` of Ultralytics, which ignores the lr0 or momentum of the config.

    auto chooses the optimizer, the lr and the momentum by the length of the run and the number of classes, and
    ignores lr0 and momentum. They take effect if the optimizer is named, as SGD or AdamW.
    """

    id = "LR113"
    name = "lr-ignored-by-auto"
    severity = Severity.error
    dialects = ("ultralytics",)
    file = "args.yaml"
    fires = """\
epochs: 100
optimizer: auto
lr0: 0.001
lrf: 0.01
"""
    near = """\
epochs: 100
optimizer: auto
lr0: 0.01
lrf: 0.01
"""
    given: ClassVar[Mapping[str, Any]] = {"dataset_size": 5000, "classes": 80}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        if config.values.word("optimizer", "auto").value != "auto":
            return
        # args.yaml also holds every default, which the user did not choose.
        for key, default in (("lr0", 0.01), ("momentum", 0.937)):
            value = config.values.number(key, default).value
            if value != default:
                yield Found((key,), f"{short(value)} is ignored by optimizer auto; name the optimizer, as SGD or AdamW")


class WarmUpOfHundred(DialectRule):
    """The warm-up of Ultralytics up to 8.4.102 in a run so short that it is mostly warm-up.

    Those versions warm up for at least 100 iterations, whatever warmup_epochs says, so that a run over a small data
    set or a few epochs never reaches the lr of the config. warmup_epochs: 0 switches it off.
    """

    id = "LR114"
    name = "warm-up-of-hundred"
    severity = Severity.warning
    dialects = ("ultralytics",)
    file = "args.yaml"
    fires = """\
epochs: 10
optimizer: SGD
lr0: 0.01
lrf: 0.01
warmup_epochs: 1
"""
    near = """\
epochs: 50
optimizer: SGD
lr0: 0.01
lrf: 0.01
warmup_epochs: 1
"""
    given: ClassVar[Mapping[str, Any]] = {"batches_per_epoch": 8, "ultralytics": "8.3.0"}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        warm = config.values.number("warmup_epochs", 3.0).value
        each = config.fact("batches_per_epoch")
        if each is None and config.fact("dataset_size") is not None:
            each = -(-config.fact("dataset_size") // config.values.whole("batch", 16, least=1).value)
        if each is None or warm <= 0 or config.since("8.4.103"):
            return
        whole = each * config.values.whole("epochs", 100, least=1).value
        if round(warm * each) < 100 and whole < 200:
            where = "warmup_epochs" if config.values.has("warmup_epochs") else "epochs"
            told = f"ultralytics {config.version} warms up for 100 iterations, and the run has {whole:,}"
            yield Found((where,), told, (Edit(("warmup_epochs",), 0.0),))


class SkippedUpdatesCounted(DialectRule):
    """A scheduler of mmengine that counts iterations, of which several make one update.

    mmengine steps it after each iteration, also those in which accumulative_counts delays the update: its lengths are
    iterations. A length that was meant in updates is too short by that factor.
    """

    id = "LR115"
    name = "skipped-updates-counted"
    severity = Severity.warning
    dialects = ("mmengine",)
    file = "config.py"
    fires = """\
train_cfg = dict(by_epoch=True, max_epochs=12)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9), accumulative_counts=4)
param_scheduler = [dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=500)]
"""
    near = """\
train_cfg = dict(by_epoch=True, max_epochs=12)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9), accumulative_counts=4)
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[8, 11])]
"""
    given: ClassVar[Mapping[str, Any]] = {"batches_per_epoch": 1000}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        each = config.values.whole("optim_wrapper.accumulative_counts", 1, least=1).value
        for path, one in _schedulers(config):
            if each > 1 and one.get("by_epoch", True) is False:
                end = one.get("end")
                length = (
                    f"end {end:,} is {end // each:,} updates" if _is_whole(end) else f"{each} of them are an update"
                )
                told = f"counts iterations, with accumulative_counts {each}: {length}"
                yield Found((*path, "end" if _is_whole(end) else "by_epoch"), told)


class IterationsAsEpochs(DialectRule):
    """A length of mmengine in iterations, for a scheduler that counts epochs.

    by_epoch is true by default: the scheduler is stepped once per epoch, and never gets beyond the last epoch.
    by_epoch=False counts iterations.
    """

    id = "LR116"
    name = "iterations-as-epochs"
    severity = Severity.error
    dialects = ("mmengine",)
    file = "config.py"
    fires = """\
train_cfg = dict(by_epoch=True, max_epochs=12)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=90000)]
"""
    near = """\
train_cfg = dict(by_epoch=True, max_epochs=12)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=90000, by_epoch=False)]
"""
    given: ClassVar[Mapping[str, Any]] = {"batches_per_epoch": 7500}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        epochs = config.values.whole("train_cfg.max_epochs").value
        for path, one in _schedulers(config) if epochs else ():
            if one.get("by_epoch", True) is not True:
                continue
            for key in ("T_max", "total_steps", "step_size", "end", "begin"):
                length = one.get(key)
                # An end without end is how mmengine's own default is written.
                if _is_whole(length) and 10 * epochs <= length < 10**9:
                    told = (
                        f"{key} is {length:,} and counts epochs, of which the run has {epochs}; by_epoch=False counts"
                    )
                    yield Found((*path, key), f"{told} iterations", (Edit((*path, "by_epoch"), False),))
                    break


class CosineTurnsBackInRange(DialectRule):
    """CosineAnnealingLR of mmengine with a T_max below its range from begin to end.

    Like torch's, it climbs again past T_max. Without a T_max it takes the length of its range.
    """

    id = "LR117"
    name = "cosine-turns-back-in-range"
    severity = Severity.error
    dialects = ("mmengine",)
    file = "config.py"
    fires = """\
train_cfg = dict(by_epoch=True, max_epochs=100)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=50, by_epoch=True, begin=0, end=100)]
"""
    near = """\
train_cfg = dict(by_epoch=True, max_epochs=100)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=95, by_epoch=True, begin=5, end=100)]
"""
    given: ClassVar[Mapping[str, Any]] = {"batches_per_epoch": 100}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        epochs, iterations = (config.values.whole(f"train_cfg.{key}").value for key in ("max_epochs", "max_iters"))
        for path, one in _schedulers(config):
            length, begin = one.get("T_max"), one.get("begin", 0)
            by_epoch = one.get("by_epoch", True) is True
            run = epochs if by_epoch else iterations
            end = min(one["end"], run or one["end"]) if _is_whole(one.get("end")) else run
            cosine = str(one.get("type")).rpartition(".")[2].startswith("CosineAnnealing")
            if cosine and end and _is_whole(length) and _is_whole(begin) and length < (1 - _SEEN) * (end - begin - 1):
                told = f"T_max is {length:,}, and it is stepped from {begin:,} to {end:,}: it climbs again after that"
                yield Found((*path, "T_max"), told, (Edit((*path, "T_max"), end - begin),))


class StepsBeyondRun(DialectRule):
    """STEPS of detectron2 at or beyond MAX_ITER.

    The run ends before these steps, so the lr is not reduced there; detectron2 only mentions it in its log. If you
    shorten MAX_ITER, shorten STEPS too.
    """

    id = "LR118"
    name = "steps-beyond-run"
    severity = Severity.error
    dialects = ("detectron2",)
    fires = """\
SOLVER:
  BASE_LR: 0.02
  STEPS: (60000, 80000)
  MAX_ITER: 45000
"""
    near = """\
SOLVER:
  BASE_LR: 0.02
  STEPS: (30000, 40000)
  MAX_ITER: 45000
"""

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        values = config.values
        if values.word("SOLVER.LR_SCHEDULER_NAME", "WarmupMultiStepLR").value != "WarmupMultiStepLR":
            return
        length = values.whole("SOLVER.MAX_ITER", 40_000, least=1).value
        steps = _numbers(values.at("SOLVER.STEPS"))
        beyond = [one for one in steps if one >= length]
        if beyond:
            named = ", ".join(f"{one:,}" for one in beyond)
            told = f"MAX_ITER is {length:,}, so {plural(len(beyond), 'step')} beyond it never happen: {named}"
            kept = tuple(one for one in steps if one < length)
            text = f"({', '.join(map(str, kept))}{',' if len(kept) == 1 else ''})"
            yield Found(("SOLVER", "STEPS"), told, (Edit(("SOLVER", "STEPS"), text),))


def _numbers(given: Any) -> list[int]:
    """Return the whole numbers of a list, or of a tuple that is written as text."""
    if isinstance(given, str):
        parts = [part.strip().replace("_", "") for part in given.strip("()[] ").split(",")]
        return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19]
    listed = given if isinstance(given, list) else [given]
    return [one for one in listed if _is_whole(one)]


def _schedulers(config: Foreign) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Yield the schedulers of mmengine, each with its path."""
    listed = config.values.at("param_scheduler")
    if isinstance(listed, Mapping):
        yield ("param_scheduler",), listed
    for index, one in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(one, Mapping):
            yield ("param_scheduler", index), one


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
