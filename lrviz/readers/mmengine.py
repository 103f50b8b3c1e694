"""Configs of mmengine: mmdet, mmpretrain, mmsegmentation and their like."""

from __future__ import annotations

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
_WATCHING = ("ReduceOnPlateauLR", "ReduceOnPlateauParamScheduler")
_LENGTHS = ("begin", "end", "T_max", "step_size", "total_steps")
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
        epochs, iterations = config.whole("train_cfg.max_epochs", 0), config.whole("train_cfg.max_iters", 0)
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
        schedulers = [made for path in paths if (made := self._scheduler(config, path, run)) is not None]
        found: dict[str, Any] = {**run.length(), "optimizer": self._optimizer(config)}
        if schedulers:
            found["scheduler"] = schedulers
        if any("metric_of" in one for one in schedulers):
            found["metric"] = metric(config.fact("metric"))
            for one in schedulers:
                one.pop("metric_of", None)
        return found

    def _optimizer(self, config: Config) -> dict[str, Any]:
        where = ("optim_wrapper", "optimizer")
        kind = config.word((*where, "type"), "SGD")
        # A class that a config in Python imports is named with its module.
        name = kind.value.rpartition(".")[2]
        if name not in TORCHS:
            name = "AdamW"
            config.assume(f"{kind.value} is another library's optimizer; AdamW stands for it, whose lr is the same")
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
        return found | self._groups(config, lr)

    def _groups(self, config: Config, lr: Part[float]) -> dict[str, Any]:
        where = ("optim_wrapper", "paramwise_cfg", "custom_keys")
        groups: list[dict[str, Any]] = [{"name": "0"}]
        for key, value in config.mapping(where).value.items():
            if isinstance(value, Mapping) and value.get("lr_mult", 1.0) != 1.0:
                factor = config.number((*where, key, "lr_mult"), 1.0)
                groups.append({"name": str(key), "lr": factor.then(lr.value * factor.value)})
        return {"groups": groups} if len(groups) > 1 else {}

    def _scheduler(self, config: Config, path: Path, run: _Run) -> dict[str, Any] | None:
        given = config.mapping(path).value
        kind = config.word((*path, "type"), "")
        name = kind.value.rpartition(".")[2].replace("ParamScheduler", "LR")
        momentum = name.endswith("Momentum")
        name = f"{name.removesuffix('Momentum')}LR" if momentum else name
        by_epoch = config.flag((*path, "by_epoch"), True).value
        if name in _WATCHING:
            return self._plateau(config, path, run)
        if name not in _SCHEDULERS:
            told = (
                f"{kind.value!r} given; those of mmengine are {', '.join(_SCHEDULERS)}{did_you_mean(name, _SCHEDULERS)}"
            )
            config.wrong((*path, "type"), told)
            return None
        times = 1
        if config.flag((*path, "convert_to_iter_based")).value and by_epoch:
            times, by_epoch = run.batches, False
        left_out = {"type", "by_epoch", "convert_to_iter_based", "verbose", "last_step", "_scope_", "param_name"}
        found: dict[str, Any] = {"name": kind.then(f"mmengine.{name}")}
        for key, value in given.items():
            if key in left_out:
                continue
            at = (*path, key)
            if key in _LENGTHS and value is not None:
                length = config.number(at)
                found[key] = length.then(int(length.value * times))
            elif key in _LISTS and isinstance(value, list):
                found[key] = [one.then(int(one.value * times)) for one in config.numbers(at)]
            else:
                found[key] = Part(value, at)
        if "end" not in found or found["end"].value is None:
            found["end"] = run.ends(by_epoch=by_epoch)
        elif found["end"].value >= 10**9:
            del found["end"]
        if momentum:
            optimizer = config.at(("optim_wrapper", "optimizer", "type"))
            found["param"] = "beta1" if str(optimizer).startswith(("Adam", "NAdam", "RAdam")) else "momentum"
        return found | run.stepped(by_epoch=by_epoch)

    def _plateau(self, config: Config, path: Path, run: _Run) -> dict[str, Any]:
        names = {"factor": "factor", "patience": "patience", "threshold": "threshold", "cooldown": "cooldown"}
        names |= {"min_value": "min_lr", "eps": "eps", "threshold_rule": "threshold_mode"}
        found: dict[str, Any] = {"name": Part("ReduceLROnPlateau", (*path, "type")), "metric_of": True}
        for key, native in names.items():
            if config.has((*path, key)):
                found[native] = Part(config.at((*path, key)), (*path, key))
        rule = config.word((*path, "rule"), "less", ("less", "greater"))
        return found | {"mode": rule.then("min" if rule.value == "less" else "max")} | run.stepped(by_epoch=True)


class _Run:
    """How long the run is, and how often a scheduler is stepped in it."""

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
        return {
            "frequency": self.batches
            if self.epochs.value or "batches_per_epoch" in self.config.facts.values
            else self._whole
        }

    def ends(self, *, by_epoch: bool) -> Part[int]:
        """Return the end of a scheduler that does not say one."""
        if by_epoch:
            return self.epochs if self.epochs.value else self.iterations.then(1)
        return self.epochs.then(self._whole) if self.epochs.value else self.iterations
