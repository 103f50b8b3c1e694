"""Mistakes in the schedulers of DeepSpeed, alone and in other configs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeGuard

from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.foreign import Foreign
from lrviz.linting.rule import DialectRule, Edit, Found, Severity

_PARAMS = ("scheduler", "params")
_SAME = 0.01
"""Learning rates nearer than this, as a share, are the same one, rounded."""


class PeakUnlikeOptimizer(DialectRule):
    """A warm-up of DeepSpeed that does not peak at the optimizer's lr.

    The scheduler overwrites the optimizer's lr. WarmupDecayLR rises to warmup_max_lr, 0.001 by default, and so did
    WarmupLR before DeepSpeed 0.17.2.
    """

    id = "LR107"
    name = "peak-unlike-optimizer"
    severity = Severity.error
    dialects = ("deepspeed",)
    file = "ds_config.json"
    fires = """\
{
  "optimizer": {"type": "AdamW", "params": {"lr": 3e-5}},
  "scheduler": {
    "type": "WarmupDecayLR",
    "params": {"warmup_min_lr": 1e-8, "warmup_num_steps": 100, "total_num_steps": 1000}
  }
}
"""
    near = """\
{
  "optimizer": {"type": "AdamW", "params": {"lr": 3e-5}},
  "scheduler": {
    "type": "WarmupDecayLR",
    "params": {"warmup_min_lr": 1e-8, "warmup_max_lr": 3e-5, "warmup_num_steps": 100, "total_num_steps": 1000}
  }
}
"""

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        kind = _kind(config)
        lr, top = (config.marked.written(path) for path in (("optimizer", "params", "lr"), (*_PARAMS, "warmup_max_lr")))
        if kind not in {"WarmupLR", "WarmupDecayLR"} or not _is_number(lr):
            return
        if top is None and kind == "WarmupLR" and config.since("0.17.2"):
            return
        peak, default = (0.001, " by default") if top is None else (top, "")
        if _is_number(peak) and abs(peak - lr) > _SAME * abs(lr):
            path = (*_PARAMS, "warmup_max_lr")
            yield Found(
                path if top is not None else ("scheduler", "type"),
                f"{kind} goes up to warmup_max_lr {short(peak)}{default}, not to the optimizer's lr {short(lr)}",
                (Edit(path, lr),),
            )


class TwoUpdatesAtZero(DialectRule):
    """A warm-up of DeepSpeed from 0, in which two updates have lr 0.

    DeepSpeed sets the lowest lr when it builds the scheduler, and again after the first update: both updates are
    computed for nothing. With a warmup_min_lr (WarmupCosineLR: warmup_min_ratio) above 0 they train.
    """

    id = "LR108"
    name = "two-updates-at-zero"
    severity = Severity.note
    dialects = ("deepspeed",)
    file = "ds_config.json"
    fires = """\
{
  "optimizer": {"type": "AdamW", "params": {"lr": 3e-5}},
  "scheduler": {
    "type": "WarmupDecayLR",
    "params": {"warmup_max_lr": 3e-5, "warmup_num_steps": 100, "total_num_steps": 1000}
  }
}
"""
    near = """\
{
  "optimizer": {"type": "AdamW", "params": {"lr": 3e-5}},
  "scheduler": {
    "type": "WarmupDecayLR",
    "params": {"warmup_min_lr": 3e-7, "warmup_max_lr": 3e-5, "warmup_num_steps": 100, "total_num_steps": 1000}
  }
}
"""

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        kind = _kind(config)
        key = {"WarmupLR": "warmup_min_lr", "WarmupDecayLR": "warmup_min_lr", "WarmupCosineLR": "warmup_min_ratio"}
        if kind not in key or not config.since("0.15.3"):
            return
        path = (*_PARAMS, key[kind])
        if config.marked.written(path) in (None, 0):
            where = path if config.marked.written(path) is not None else ("scheduler", "type")
            yield Found(where, f"{key[kind]} is 0: the first 2 updates have lr 0 and change no weight")


class FirstUpdateAtFullLr(DialectRule):
    """A warm-up of DeepSpeed before 0.15.3, whose first update has the optimizer's full lr.

    These versions set the lr of the warm-up only after the first update, which is made without a warm-up: the largest
    step of the whole run, on weights that have learned nothing yet. DeepSpeed 0.15.3 sets it from the start.
    """

    id = "LR109"
    name = "first-update-at-full-lr"
    severity = Severity.warning
    dialects = ("deepspeed",)
    file = "ds_config.json"
    fires = TwoUpdatesAtZero.near
    near = """\
{
  "optimizer": {"type": "AdamW", "params": {"lr": 3e-5}},
  "scheduler": {"type": "OneCycle", "params": {"cycle_min_lr": 3e-6, "cycle_max_lr": 3e-5}}
}
"""
    given: ClassVar[Mapping[str, Any]] = {"deepspeed": "0.15.2", "steps": 4000}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        kind = _kind(config)
        lr = config.marked.written(("optimizer", "params", "lr"))
        if kind in {"WarmupLR", "WarmupDecayLR", "WarmupCosineLR"} and not config.since("0.15.3"):
            told = f" {short(lr)}" if _is_number(lr) else ""
            yield Found(
                ("scheduler", "type"),
                f"deepspeed {config.version} makes the first update with the optimizer's full lr{told}, before the "
                f"warm-up of {kind} begins",
            )


class CosineClimbsAgain(DialectRule):
    """WarmupCosineLR of DeepSpeed before 0.19.3 in a run that is longer than its total_num_steps.

    In these versions the cosine does not stop at its floor: past total_num_steps the lr climbs again. DeepSpeed
    0.19.3 stays at the floor.
    """

    id = "LR110"
    name = "cosine-climbs-again"
    severity = Severity.error
    dialects = ("deepspeed",)
    file = "ds_config.json"
    fires = """\
{
  "optimizer": {"type": "AdamW", "params": {"lr": 3e-5}},
  "scheduler": {
    "type": "WarmupCosineLR",
    "params": {"warmup_min_ratio": 0.01, "warmup_num_steps": 100, "total_num_steps": 3000}
  }
}
"""
    near = """\
{
  "optimizer": {"type": "AdamW", "params": {"lr": 3e-5}},
  "scheduler": {
    "type": "WarmupCosineLR",
    "params": {"warmup_min_ratio": 0.01, "warmup_num_steps": 100, "total_num_steps": 4000}
  }
}
"""
    given: ClassVar[Mapping[str, Any]] = {"deepspeed": "0.19.2", "steps": 4000}

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        path = (*_PARAMS, "total_num_steps")
        total, steps = config.marked.written(path), config.fact("steps")
        cosine = _kind(config) == "WarmupCosineLR"
        if cosine and _is_number(total) and steps is not None and steps > total + 1 and not config.since("0.19.3"):
            told = f"the cosine ends after {plural(int(total), 'update')} and climbs again to the end of {steps:,}"
            yield Found(path, f"{told} (deepspeed {config.version})", (Edit(path, steps),))


class SchedulerOfDeepSpeed(DialectRule):
    """A scheduler of DeepSpeed that replaces `lr_scheduler_type`.

    If the DeepSpeed config has a scheduler, the Trainer uses that one and does not warn: lr_scheduler_type and its
    kwargs have no effect. Remove one of the two.
    """

    id = "LR111"
    name = "scheduler-of-deepspeed"
    severity = Severity.error
    dialects = ("hf-trainer", "llama-factory")
    fires = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: cosine
deepspeed:
  scheduler: {type: WarmupDecayLR, params: {warmup_max_lr: 2.0e-5, total_num_steps: 1000}}
"""
    near = """\
per_device_train_batch_size: 8
max_steps: 1000
learning_rate: 2.0e-5
lr_scheduler_type: cosine
deepspeed:
  zero_optimization: {stage: 2}
"""

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        asked, beside = config.values.at("lr_scheduler_type"), _deepspeed(config)
        scheduler = beside.get("scheduler")
        if isinstance(asked, str) and isinstance(scheduler, Mapping) and isinstance(scheduler.get("type"), str):
            told = f"{asked} is not used: the scheduler {scheduler['type']} of the deepspeed config takes its place"
            yield Found(("lr_scheduler_type",), told)


def _deepspeed(config: Foreign) -> Mapping[str, object]:
    """Return the config of DeepSpeed that a config names, as far as it can be read."""
    given = config.values.at("deepspeed")
    if isinstance(given, Mapping):
        return given
    if not isinstance(given, str) or not given.endswith((".json", ".yaml", ".yml")):
        return {}
    from lrviz.documents.load import read_text
    from lrviz.documents.parsing import parsed
    from lrviz.foundation.errors import DocumentError

    path = str(config.folder / given)
    try:
        found = parsed(read_text(path, named=True), path, path).data
    except DocumentError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _kind(config: Foreign) -> str:
    return str(config.marked.written(("scheduler", "type")))


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
