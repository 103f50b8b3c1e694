"""args.yaml of Ultralytics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.foundation.releases import at_least
from lrviz.readers.config import Config, Part
from lrviz.readers.reader import Reader
from lrviz.schedulers.ultralytics.base_trainer import BaseTrainer

_OPTIMIZERS = {
    "SGD": "SGD",
    "MuSGD": "SGD",
    "Adam": "Adam",
    "Adamax": "Adamax",
    "AdamW": "AdamW",
    "NAdam": "NAdam",
    "RAdam": "RAdam",
    "RMSProp": "RMSprop",
    "RMSprop": "RMSprop",
    "auto": "",
}
"""What `optimizer` may be, and torch's name of it."""
_LONG = 10_000
"""Iterations above which `auto` takes SGD."""


class Ultralytics(Reader):
    """`lr0` and `lrf`, with `epochs` or `warmup_epochs`.

    Formula, for `optimizer: auto`, which ignores lr0, N = dataset_size:
        iterations = ceil(N / max(batch, nbs)) epochs
        above 10,000: SGD, lr 0.01; else AdamW, lr round(0.002 * 5 / (4 + classes), 6); momentum or beta1 0.9

    Source: https://docs.ultralytics.com/usage/cfg
    """

    name: ClassVar[str] = "ultralytics"
    title: ClassVar[str] = "Ultralytics"
    library: ClassVar[str] = "ultralytics"
    newest: ClassVar[str] = "8.4.190"
    facts: ClassVar[tuple[str, ...]] = ("dataset_size", "batches_per_epoch", "classes")
    example: ClassVar[str] = """\
model: yolo11n.pt
data: coco128.yaml
epochs: 100
batch: 16
optimizer: SGD
lr0: 0.01
lrf: 0.01
warmup_epochs: 3.0
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        return {"lr0", "lrf"} <= config.keys() and bool({"epochs", "warmup_epochs"} & config.keys())

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        version = config.version(self.library, self.newest)
        if config.has("time"):
            config.wrong("time", "given, which stops the run by the clock; write epochs, and leave time out")
        epochs = config.whole("epochs", 100, least=1)
        batch, nominal = config.whole("batch", 16, least=1), config.whole("nbs", 64, least=1)
        batches = self.batches(config, batch.value)
        name, lr, momentum = self.optimizer(config, epochs.value, batch.value, nominal.value)
        automatic = config.at("optimizer") in (None, "auto")
        bias = Part(0.0) if automatic else config.number("warmup_bias_lr", 0.1)
        names = self.groups(version)
        old_index = at_least(version, "8.4") and not at_least(version, "8.4.30")
        # For a while the warm-up asked for the place of the bias, which the weights had taken.
        warmed = names[0] if old_index else "bias"
        sgd = name.value in {"SGD", "RMSprop"}
        trainer: dict[str, Any] = {
            "name": "ultralytics.BaseTrainer",
            "epochs": epochs,
            "batches_per_epoch": batches,
            "batch": batch,
            "nbs": nominal,
            "lrf": config.number("lrf", 0.01),
            "cos_lr": config.flag("cos_lr"),
            "warmup_epochs": config.number("warmup_epochs", 3.0, least=0.0),
            "warmup_bias_lr": [bias if each == warmed else 0.0 for each in names],
            "warmup_momentum": config.number("warmup_momentum", 0.8) if sgd else None,
            "version": version,
        }
        plain = {key: part.value if isinstance(part, Part) else part for key, part in trainer.items()}
        plain["warmup_bias_lr"] = 0.0
        updates = 1 if config.problems else len(BaseTrainer.model_validate(plain).iterations)
        own = {"momentum": momentum} if sgd else {"betas": [momentum, 0.999]}
        return {
            "steps": epochs.then(updates),
            "steps_per_epoch": max(1, round(updates / epochs.value)),
            "interval": "step",
            "optimizer": {"name": name, "lr": lr, **own, "groups": [{"name": each} for each in names]},
            "scheduler": trainer,
        }

    def batches(self, config: Config, batch: int) -> int:
        """Return the batches in an epoch."""
        if "batches_per_epoch" not in config.facts.values and "dataset_size" in config.facts.values:
            return -(-int(config.fact("dataset_size")) // batch)
        found: int = config.fact("batches_per_epoch")
        return found

    def groups(self, version: str) -> list[str]:
        """Return the names of the parameter groups, in the optimizer's order."""
        return ["weight", "bn", "bias"] if at_least(version, "8.4") else ["bias", "weight", "bn"]

    def optimizer(
        self, config: Config, epochs: int, batch: int, nominal: int
    ) -> tuple[Part[str], Part[float], Part[float]]:
        """Return torch's name of the optimizer, its lr, and its momentum or beta1."""
        asked = config.word("optimizer", "auto", list(_OPTIMIZERS), "Ultralytics")
        if asked.value != "auto":
            name = asked.then(_OPTIMIZERS[asked.value])
            return name, config.number("lr0", 0.01, least=0.0), config.number("momentum", 0.937)
        iterations = math.ceil(config.fact("dataset_size") / max(batch, nominal)) * epochs
        if iterations > _LONG:
            name, lr = asked.then("SGD"), 0.01
        else:
            name, lr = asked.then("AdamW"), round(0.002 * 5 / (4 + config.fact("classes")), 6)
        config.assume(f"optimizer auto takes {name.value} with lr {lr:g} and ignores lr0 {config.at('lr0')}")
        return name, asked.then(lr), asked.then(0.9)
