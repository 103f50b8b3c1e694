"""Mistakes in the configs of transformers' Trainer, and of those who build on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.foreign import Foreign
from lrviz.linting.rule import DROP, DialectRule, Edit, Found, Severity

_TRAINER = ("hf-trainer", "llama-factory")
_ALL = (*_TRAINER, "axolotl")
_ABOVE_ZERO = {"constant", "reduce_lr_on_plateau", "greedy", "cosine_warmup_with_min_lr", "rex", "one_cycle"}
"""Schedulers without a warm-up, or whose warm-up does not begin at 0."""


def scheduler_key(config: Foreign) -> str:
    """Return the key of a dialect that names the scheduler."""
    return "lr_scheduler" if config.reader.name == "axolotl" else "lr_scheduler_type"


def kind(config: Foreign) -> str:
    """Return the name of the scheduler."""
    default = "cosine" if config.reader.name == "axolotl" else "linear"
    return config.values.word(scheduler_key(config), default).value


def warm_ups(config: Foreign) -> list[str]:
    """Return the keys that ask for a warm-up."""
    return [key for key in ("warmup_steps", "warmup_ratio") if config.values.number(key).value > 0]


class WarmUpFromZero(DialectRule):
    """A warm-up of transformers, whose first update has lr 0.

    In update k transformers multiplies the lr by k / warm-up, and the first one is update 0: its batches are computed
    for nothing. In a long run that does not matter; cosine_warmup_with_min_lr begins above 0.
    """

    id = "LR101"
    name = "warm-up-from-zero"
    severity = Severity.note
    dialects = _ALL
    fires = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: cosine
warmup_steps: 100
"""
    near = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: cosine_warmup_with_min_lr
lr_scheduler_kwargs: {min_lr: 2.0e-6}
warmup_steps: 100
"""

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        asked = warm_ups(config)
        if not asked or kind(config) in _ABOVE_ZERO:
            return
        length = config.values.number(asked[0]).value
        told = f"{int(length):,} updates" if length >= 1 else f"{length:.0%} of the run"
        yield Found((asked[0],), f"the warm-up of {told} begins at lr 0, so the first update changes no weight")


class WarmUpIgnored(DialectRule):
    """A warm-up for the scheduler `constant`, which ignores it.

    transformers passes the warm-up to the schedulers that take one. constant takes none, and nothing warns: the run
    begins at the full lr. Use constant_with_warmup for a warm-up.
    """

    id = "LR102"
    name = "warm-up-ignored"
    severity = Severity.error
    dialects = _ALL
    fires = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: constant
warmup_steps: 100
"""
    near = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: constant
"""

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        asked = warm_ups(config)
        if asked and kind(config) == "constant":
            value = short(config.values.number(asked[0]).value)
            told = f"{asked[0]} is {value} and {scheduler_key(config)} is constant, which ignores it"
            yield Found((asked[0],), told, (Edit((scheduler_key(config),), "constant_with_warmup"),))


class WarmUpRatioRemoved(DialectRule):
    """`warmup_ratio`, which transformers removed in 5.15.

    5.15 refuses warmup_ratio as an unknown argument. From 5.0 on, a warmup_steps below 1 is a share of the run and
    means the same.
    """

    id = "LR103"
    name = "warmup-ratio-removed"
    severity = Severity.error
    dialects = _TRAINER
    fires = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: cosine_warmup_with_min_lr
lr_scheduler_kwargs: {min_lr: 2.0e-6}
warmup_ratio: 0.1
"""
    near = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: cosine_warmup_with_min_lr
lr_scheduler_kwargs: {min_lr: 2.0e-6}
warmup_steps: 0.1
"""
    given: ClassVar[Mapping[str, Any]] = {"transformers": "5.23.0"}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        ratio = config.values.number("warmup_ratio")
        if not ratio.path or not config.since("5.15"):
            return
        # In the place of warmup_steps it was read before, so that its value takes that place.
        dropped = Edit(("warmup_ratio",), DROP)
        fix = [Edit(("warmup_steps",), ratio.value), dropped] if 0 <= ratio.value < 1 else []
        told = f"transformers {config.version} does not know it; warmup_steps: {short(ratio.value)} means the same"
        if ratio.value == 0 and (steps := config.values.number("warmup_steps").value) > 0:
            # transformers 4 writes this 0 where warmup_steps was in force.
            lost = f"5.0 to 5.14 put it in the place of warmup_steps {short(steps)}, and so do not warm up"
            told, fix = f"transformers {config.version} does not know it; {lost}", [dropped]
        yield Found(("warmup_ratio",), told, tuple(fix))


class WarmUpTwice(DialectRule):
    """Both `warmup_steps` and `warmup_ratio`, of which one is ignored.

    transformers 4 takes warmup_steps, 5.0 to 5.14 warmup_ratio, so that the same file gives another schedule after
    an update of the library. axolotl takes warmup_steps.
    """

    id = "LR104"
    name = "warm-up-twice"
    severity = Severity.warning
    dialects = _ALL
    fires = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: cosine_warmup_with_min_lr
lr_scheduler_kwargs: {min_lr: 2.0e-6}
warmup_steps: 20
warmup_ratio: 0.1
"""
    near = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: cosine_warmup_with_min_lr
lr_scheduler_kwargs: {min_lr: 2.0e-6}
warmup_steps: 20
warmup_ratio: 0
"""
    given: ClassVar[Mapping[str, Any]] = {"transformers": "4.57.6"}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        asked = warm_ups(config)
        trainer = config.reader.name in _TRAINER
        if len(asked) < 2 or (trainer and config.since("5.15")):
            return
        ignored = "warmup_steps" if trainer and config.since("5.0") else "warmup_ratio"
        used = next(key for key in asked if key != ignored)
        value = short(config.values.number(used).value)
        whose = f"transformers {config.version}" if trainer else config.reader.title
        yield Found((ignored,), f"ignored by {whose}, which uses {used} {value}", (Edit((ignored,), DROP),))


class BatchesLost(DialectRule):
    """Batches left over at the end of an epoch, too few for an accumulated update, before transformers 4.52.

    These versions count only whole updates in an epoch, and plan the run without the updates of the batches that are
    left over. From 4.52 on the batches left over make an update, too.
    """

    id = "LR105"
    name = "batches-lost"
    severity = Severity.warning
    dialects = _TRAINER
    fires = """\
per_device_train_batch_size: 8
gradient_accumulation_steps: 16
num_train_epochs: 3
learning_rate: 2.0e-5
"""
    near = """\
per_device_train_batch_size: 8
gradient_accumulation_steps: 5
num_train_epochs: 3
learning_rate: 2.0e-5
"""
    given: ClassVar[Mapping[str, Any]] = {"transformers": "4.51.3", "dataset_size": 1000}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        size, devices = config.fact("dataset_size"), config.fact("devices") or 1
        each = config.values.whole("gradient_accumulation_steps", 1, least=1).value
        if size is None or each == 1 or config.since("4.52"):
            return
        batch = config.values.whole("per_device_train_batch_size", 8, least=1).value
        whole = config.values.flag("dataloader_drop_last").value
        batches = size // batch // devices if whole else math.ceil(size / (batch * devices))
        if batches % each and batches // each < _MANY:
            yield Found(
                ("gradient_accumulation_steps",),
                f"an epoch has {plural(batches, 'batch')}, of which transformers {config.version} counts "
                f"{batches // each * each} in {plural(max(1, batches // each), 'update')} of {each}",
            )


_MANY = 100
"""Updates in an epoch of which one more or less is not seen."""


class FloorOfGreedy(DialectRule):
    """The scheduler `greedy` with a floor above the learning rate.

    Its min_lr is 1e-3 by default, and it never sets a lower lr: a usual learning rate of
    2e-5 becomes 50 times as large after the first evaluations.
    """

    id = "LR106"
    name = "floor-of-greedy"
    severity = Severity.error
    dialects = _TRAINER
    fires = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: greedy
eval_strategy: steps
eval_steps: 100
"""
    near = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: greedy
lr_scheduler_kwargs: {min_lr: 1.0e-7}
eval_strategy: steps
eval_steps: 100
"""

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        if kind(config) != "greedy":
            return
        given = config.values.mapping("lr_scheduler_kwargs").value
        path = ("lr_scheduler_kwargs", "min_lr")
        floor = config.values.number(path, 1e-3).value
        lr = config.values.number("learning_rate", 5e-5).value
        if floor > lr:
            low = float(f"{lr / 100:.3g}")
            edit = Edit(path, low) if given else Edit(path[:1], {"min_lr": low})
            where = path if "min_lr" in given else ("lr_scheduler_type",)
            yield Found(where, f"min_lr is {short(floor)}, and learning_rate {short(lr)} is below it", (edit,))
