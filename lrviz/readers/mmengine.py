"""Configs of mmengine: mmdet, mmpretrain, mmsegmentation and their like."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.foundation.wording import did_you_mean
from lrviz.readers.config import Config, Part
from lrviz.readers.reader import Reader
from lrviz.readers.watched import metric
from lrviz.schedulers import mmengine

_SCHEDULERS = [name.partition(".")[2] for name in mmengine.MODULES]
_WATCHING = ("ReduceOnPlateauLR",)
_SETTING = ("mmengine.OneCycleLR", "mmengine.CosineRestartLR")
_ENDS = {"Momentum": "momentum", "WeightDecay": "weight_decay"}
"""Ends of the names of schedulers, and what they schedule in place of the lr."""
_BOUNDS = ("begin", "end")
_LENGTHS = ("T_max", "step_size", "total_steps")
_LISTS = ("milestones", "periods")
TORCHS = (
    "SGD",
    "Adam",
    "AdamW",
    "Adamax",
    "Adagrad",
    "RMSprop",
    "NAdam",
    "RAdam",
    "ASGD",
    "Rprop",
    "Adadelta",
    "LBFGS",
)


class MMEngine(Reader):
    """`optim_wrapper` with `param_scheduler` or `train_cfg`, in Python, JSON or YAML.

    Schedulers by epoch are stepped after each epoch, the others after each iteration; convert_to_iter_based
    multiplies begin, end, T_max, step_size, milestones, periods and total_steps by the iterations of an epoch.
    With auto_scale_lr.enable: lr = lr * devices * batch size / base_batch_size.

    Source: https://mmengine.readthedocs.io/en/latest/tutorials/param_scheduler.html
    """

    name: ClassVar[str] = "mmengine"
    title: ClassVar[str] = "mmengine"
    library: ClassVar[str] = "mmengine"
    newest: ClassVar[str] = "0.10.7"
    facts: ClassVar[tuple[str, ...]] = ("batches_per_epoch", "devices", "batch_size", "metric")
    example: ClassVar[str] = """\
train_cfg = dict(by_epoch=True, max_epochs=12, val_interval=1)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.02, momentum=0.9))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=500),
    dict(type='MultiStepLR', begin=0, end=12, by_epoch=True, milestones=[8, 11], gamma=0.1),
]
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        return "optim_wrapper" in config and bool({"param_scheduler", "train_cfg"} & config.keys())

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        counts = config.whole("optim_wrapper.accumulative_counts", 1, least=1)
        epochs, iterations = (config.whole(f"train_cfg.max_{one}", 0, least=1) for one in ("epochs", "iters"))
        listed = config.at("param_scheduler")
        paths: list[Path] = (
            [("param_scheduler", index) for index in range(len(listed))]
            if isinstance(listed, list)
            else [("param_scheduler",)]
            if listed is not None
            else []
        )
        if not epochs.value and not iterations.value:
            if not config.has("train_cfg.max_epochs") and not config.has("train_cfg.max_iters"):
                config.wrong("train_cfg", "neither max_epochs nor max_iters given; one is the length of the run")
            epochs = Part(1)
        run = _Run(config, epochs, iterations, counts)
        schedulers = run.ordered([made for path in paths if (made := self._scheduler(config, path, run)) is not None])
        found: dict[str, Any] = {**run.length(), "optimizer": self._optimizer(config)}
        if schedulers:
            found["scheduler"] = schedulers
        if any(map(_watches, schedulers)):
            watched = metric(config.fact("metric"))
            if "values" in watched:
                # A value for each validation; a scheduler that begins later does not receive those before.
                watched["values"] = watched["values"][run.unwatched :]
            found["metric"] = watched
        return found

    def _optimizer(self, config: Config) -> dict[str, Any]:
        where = ("optim_wrapper", "optimizer")
        several = [key for key, one in config.mapping("optim_wrapper").value.items() if _is_wrapper(one)]
        if several and not config.has(where):
            told = f"an optimizer each for {' and '.join(map(str, several))}; a curve has only one"
            config.wrong("optim_wrapper", told)
        elif not config.has(where):
            config.wrong("optim_wrapper", "optimizer is missing; mmengine needs it, with its lr")
        kind = config.word((*where, "type"), "SGD")
        # A class that a config in Python imports is named with its module.
        name = kind.value.rpartition(".")[2]
        if name not in TORCHS:
            name = "AdamW"
            config.assume(f"{kind.value} is another library's optimizer; AdamW is used for it; the lr is the same")
        lr = config.number((*where, "lr"), 1e-3, least=0.0)
        if config.flag("auto_scale_lr.enable").value:
            base = config.number("auto_scale_lr.base_batch_size", 1.0, above=0.0)
            batch = config.at("train_dataloader.batch_size")
            batch = batch if isinstance(batch, int) else config.fact("batch_size")
            lr = lr.then(lr.value * (config.fact("devices", 1, "one device") * batch) / base.value)
        found: dict[str, Any] = {"name": kind.then(name), "lr": lr}
        keys = (
            ("betas", "weight_decay") if name.startswith(("Adam", "NAdam", "RAdam")) else ("momentum", "weight_decay")
        )
        for key in keys:
            if config.has((*where, key)):
                found[key] = Part(config.at((*where, key)), (*where, key))
        return found | groups(config, ("optim_wrapper", "paramwise_cfg"), lr)

    def _scheduler(self, config: Config, path: Path, run: _Run) -> dict[str, Any] | None:
        given = config.mapping(path).value
        kind = config.word((*path, "type"), "")
        name, param = self._scheduled(config, path, kind)
        by_epoch = config.flag((*path, "by_epoch"), True).value
        if name in _WATCHING:
            return self._plateau(config, path, run) | param
        if name not in _SCHEDULERS:
            told = (
                f"{kind.value!r} given; those of mmengine are {', '.join(_SCHEDULERS)}{did_you_mean(name, _SCHEDULERS)}"
            )
            config.wrong((*path, "type"), told)
            return None
        times, converts = 1, config.flag((*path, "convert_to_iter_based")).value and by_epoch
        if converts:
            times, by_epoch = run.batches, False
        left_out = {"type", "by_epoch", "convert_to_iter_based", "verbose", "last_step", "_scope_", "param_name"}
        found: dict[str, Any] = {"name": kind.then(f"mmengine.{name}")}
        for key, value in given.items():
            if key in left_out:
                continue
            at = (*path, key)
            if key in _BOUNDS and value is not None:
                bound = config.number(at)
                # Converted, mmengine cuts them off; else a scheduler acts from the first whole tick on.
                found[key] = bound.then(int(bound.value * times) if converts else math.ceil(bound.value))
            elif key in _LENGTHS and value is not None:
                found[key] = _ticks(config, config.number(at), times)
            elif key in _LISTS and isinstance(value, list):
                found[key] = [_ticks(config, one, times) for one in config.numbers(at)]
            else:
                found[key] = Part(value, at)
        if "end" not in found or found["end"].value is None:
            end = run.ends(by_epoch=by_epoch or converts)
            found["end"] = end.then(end.value * times)
        elif found["end"].value >= 10**9:
            del found["end"]
        return found | param | run.stepped(by_epoch=by_epoch)

    def _scheduled(self, config: Config, path: Path, kind: Part[str]) -> tuple[str, dict[str, Any]]:
        """Return the name of a scheduler, as that for the lr is called, and what it schedules in place of the lr."""
        name = kind.value.rpartition(".")[2]
        what = next((one for end, one in _ENDS.items() if name.endswith(end)), "lr")
        if name.endswith("ParamScheduler"):
            what = config.word((*path, "param_name"), "lr", ("lr", *_ENDS.values())).value
        for end in ("ParamScheduler", *_ENDS):
            if name.endswith(end):
                name = f"{name.removesuffix(end)}LR"
        optimizer = str(config.at(("optim_wrapper", "optimizer", "type")))
        if what == "momentum" and optimizer.startswith(("Adam", "NAdam", "RAdam")):
            what = "beta1"
        return name, {} if what == "lr" else {"param": kind.then(what)}

    def _plateau(self, config: Config, path: Path, run: _Run) -> dict[str, Any]:
        names = {"factor": "factor", "patience": "patience", "threshold": "threshold", "cooldown": "cooldown"}
        names |= {"min_value": "min_lr", "eps": "eps", "threshold_rule": "threshold_mode"}
        found: dict[str, Any] = {"name": Part("ReduceLROnPlateau", (*path, "type"))}
        for key, native in names.items():
            if config.has((*path, key)):
                found[native] = Part(config.at((*path, key)), (*path, key))
        rule = config.word((*path, "rule"), "less", ("less", "greater"))
        return found | {"mode": rule.then("min" if rule.value == "less" else "max")} | run.validated(path)


def groups(config: Config, where: Path, lr: Part[float]) -> dict[str, Any]:
    """Return the groups of the optimizer that paramwise_cfg, which stands at a path, gives an lr of their own."""
    found: list[dict[str, Any]] = [{"name": "0"}]
    keys = (*where, "custom_keys")
    shares = {
        str(key): (*keys, key, "lr_mult")
        for key, value in config.mapping(keys).value.items()
        if isinstance(value, Mapping)
    }
    shares |= {name: (*where, f"{name}_lr_mult") for name in ("bias", "dcn_offset")}
    for name, path in shares.items():
        factor = config.number(path, 1.0)
        if factor.value != 1.0:
            found.append({"name": name, "lr": factor.then(lr.value * factor.value)})
    return {"groups": found} if len(found) > 1 else {}


def _ticks(config: Config, length: Part[float], times: int) -> Part[int]:
    """Return a length in ticks, which is whole."""
    ticks = length.value * times
    if ticks % 1:
        config.wrong(length.path, f"{length.value:g} given; a whole number is needed")
    return length.then(int(ticks))


def _is_wrapper(value: Any) -> bool:
    return isinstance(value, Mapping) and "optimizer" in value


def _watches(scheduler: Mapping[str, Any]) -> bool:
    return bool(scheduler["name"].value == "ReduceLROnPlateau")


class _Run:
    """How long the run is, and how often a scheduler is stepped in it.

    unwatched: the first values of the metric that are not looked at.
    """

    unwatched = 0

    def __init__(self, config: Config, epochs: Part[int], iterations: Part[int], counts: Part[int]) -> None:
        self.config, self.epochs, self.iterations, self.counts = config, epochs, iterations, counts

    @property
    def batches(self) -> int:
        """Iterations of an epoch."""
        return int(self.config.fact("batches_per_epoch"))

    @property
    def _whole(self) -> int:
        """Iterations of the run."""
        return self.iterations.value if not self.epochs.value else self.epochs.value * self.batches

    @property
    def _even(self) -> bool:
        """Whether each epoch holds a whole number of updates."""
        return bool(self.epochs.value) and self.batches % self.counts.value == 0

    def length(self) -> dict[str, Any]:
        """Return the keys of the native document that say how long the run is."""
        if self.counts.value == 1 and not self.epochs.value:
            return {"steps": self.iterations, "interval": "step"}
        batches = self.batches if self._even else self._whole
        epochs = self.epochs if self._even else 1
        found: dict[str, Any] = {"epochs": epochs, "batches_per_epoch": batches, "interval": "batch"}
        return found | ({"grad_accumulation": self.counts} if self.counts.value > 1 else {})

    def stepped(self, *, by_epoch: bool) -> dict[str, Any]:
        """Return how often a scheduler is stepped."""
        if not by_epoch:
            return {}
        if self._even:
            return {"interval": "epoch"}
        # A run of iterations is one epoch, whatever the batches of the data set.
        return {"frequency": self.batches if self.epochs.value else self._whole}

    def validated(self, path: Path) -> dict[str, Any]:
        """Return how often the scheduler at a path is stepped, which is after each validation.

        That is where train_cfg says it: after val_begin every val_interval epochs, or iterations.
        """
        config = self.config
        every = config.whole("train_cfg.val_interval", 1 if self.epochs.value else 1000, least=1)
        first = config.whole("train_cfg.val_begin", 1, least=0).value
        begin, end = (config.number((*path, key), default) for key, default in (("begin", 0.0), ("end", math.inf)))
        if begin.value >= (end.value if end.path else self.ends(by_epoch=True).value):
            config.wrong(begin.path or end.path, f"{begin.value:g} given, and it ends there; mmengine refuses that")
        elif end.value < self.ends(by_epoch=True).value or (begin.value > 0 and not self.epochs.value):
            odd = end if end.path else begin
            config.wrong(odd.path, f"{odd.value:g} given; lrviz reads only plateau schedulers that run to the end")
        start = max(first, math.ceil(begin.value) if self.epochs.value else 0)
        found: dict[str, Any] = {"interval": "epoch"} if self._even else {}
        each = self.batches if self.epochs.value and not self._even else 1
        self.unwatched = (start - 1) // every.value - max(0, first - 1) // every.value if start > first else 0
        if every.value * each > 1:
            found["frequency"] = every.then(every.value * each)
        return found | ({"start": start * each - 2} if start * each > 1 else {})

    def ordered(self, schedulers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return schedulers in the order in which those that are due at once are stepped.

        After an iteration those by iteration, then those by epoch, then, validated, those that watch a metric. By
        epoch comes last by itself, but where it is counted in iterations.
        """
        uneven = bool(self.epochs.value) and not self._even

        def turn(one: dict[str, Any]) -> int:
            return 2 if _watches(one) else int(uneven and "frequency" in one)

        turns = [turn(one) for one in schedulers if not _watches(one)]
        for one in schedulers:
            # They are constructed in the order of the config, which matters to those that set the lr.
            if turns != sorted(turns) and uneven and one["name"].value in _SETTING:
                told = f"epochs of {self.batches} iterations end within an update of {self.counts.value} here"
                self.config.wrong(one["name"].path, f"{told}; put the schedulers by iteration first")
        return sorted(schedulers, key=turn)

    def ends(self, *, by_epoch: bool) -> Part[int]:
        """Return the end of a scheduler that does not say one."""
        if by_epoch:
            return self.epochs if self.epochs.value else self.iterations.then(1)
        return self.epochs.then(self._whole) if self.epochs.value else self.iterations
