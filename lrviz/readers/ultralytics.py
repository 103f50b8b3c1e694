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

_OPTIMIZERS = ("SGD", "MuSGD", "Adam", "Adamax", "AdamW", "NAdam", "RAdam", "RMSprop", "auto")
"""What `optimizer` may be, in any case."""
_HAS_MUON = "8.4"
"""From this version on there is MuSGD, and `auto` takes it where it took SGD."""
_KNOWS_GROUPS = "8.4.3"
"""From this version on the warm-up asks for the name of a group, and not for its place."""
_MOST = 10**8
_LONG = 10_000
"""Iterations above which `auto` takes SGD."""


class Ultralytics(Reader):
    """`lr0` and `lrf`, with `epochs` or `warmup_epochs`.

    Formula, for `optimizer: auto`, which ignores lr0, N = dataset_size:
        iterations = ceil(N / max(batch, nbs)) epochs
        above 10,000: SGD, from 8.4 on MuSGD, lr 0.01; else AdamW, lr round(0.002 * 5 / (4 + classes), 6); its
        momentum or beta1 is 0.9

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
        if not epochs.path:
            config.assume("100 epochs, the default; --set epochs=... says otherwise")
        batch, nominal = config.whole("batch", 16, least=1), config.whole("nbs", 64, least=1)
        batches = self.batches(config, batch.value)
        asked = self.asked(config, version)
        name, lr, momentum = self.optimizer(config, asked, epochs.value, max(batch.value, nominal.value))
        automatic = asked.value == "auto"
        bias = Part(0.0) if automatic else config.number("warmup_bias_lr", 0.1)
        muon = name.value == "MuSGD"
        names = self.groups(version, muon)
        # For a while the warm-up asked for the place of the bias, which the weights had taken, under MuSGD those of
        # the head.
        warmed = "bias" if at_least(version, _KNOWS_GROUPS) else "" if muon else names[0]
        if muon:
            config.assume("MuSGD: the head's last layers have three times the lr of their group")
            name = name.then("SGD")
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
            "target_momentum": config.number("momentum", 0.937) if sgd and automatic else None,
            "version": version,
        }
        plain = {key: part.value if isinstance(part, Part) else part for key, part in trainer.items()}
        plain["warmup_bias_lr"] = 0.0
        if epochs.value * batches > _MOST:
            told = f"{epochs.value:,} given, {batches:,} batches each; at most {_MOST:,} batches are simulated"
            config.wrong("epochs", told)
        updates = 1 if config.problems else len(BaseTrainer.model_validate(plain).iterations)
        if not updates:
            told = f"{epochs.value} given, {batches} batches each: too few for an update, which needs the gradients of"
            config.wrong("epochs", f"{told} {nominal.value} images")
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
            return -(-self.images(config) // batch)
        found: int = config.fact("batches_per_epoch")
        return found

    def images(self, config: Config) -> int:
        """Return the images that are trained on: the data set, or the fraction of it that is asked for."""
        whole, share = int(config.fact("dataset_size")), config.number("fraction", 1.0, above=0.0)
        if share.value >= 1:
            return whole
        found = max(1, round(whole * share.value))
        config.assume(f"fraction {share.value:g}: {found:,} of the {whole:,} images of dataset_size are trained on")
        return found

    def groups(self, version: str, muon: bool) -> list[str]:
        """Return the names of the parameter groups, in the optimizer's order."""
        if not at_least(version, _HAS_MUON):
            return ["bias", "weight", "bn"]
        return ["weight", "bn", "bias", *(["muon"] if muon else [])]

    def asked(self, config: Config, version: str) -> Part[str]:
        """Return the optimizer that is asked for, as Ultralytics writes it."""
        known = [one for one in _OPTIMIZERS if one != "MuSGD" or at_least(version, _HAS_MUON)]
        if not at_least(version, "8.0"):
            known.remove("auto")
        written = config.at("optimizer")
        found = [one for one in known if isinstance(written, str) and one.lower() == written.lower()]
        if found:
            return Part(found[0], ("optimizer",))
        return config.word("optimizer", "auto" if "auto" in known else "SGD", known, f"Ultralytics {version}")

    def optimizer(
        self, config: Config, asked: Part[str], epochs: int, images: int
    ) -> tuple[Part[str], Part[float], Part[float]]:
        """Return the name of the optimizer, its lr, and its momentum or beta1; images: those of an update."""
        if asked.value != "auto":
            return asked, config.number("lr0", 0.01, least=0.0), config.number("momentum", 0.937)
        iterations = math.ceil(self.images(config) / images) * epochs
        if iterations > _LONG:
            name, lr = (
                asked.then("MuSGD" if at_least(config.version(self.library, self.newest), _HAS_MUON) else "SGD"),
                0.01,
            )
        else:
            name, lr = asked.then("AdamW"), round(0.002 * 5 / (4 + config.fact("classes")), 6)
        config.assume(f"optimizer auto takes {name.value} with lr {lr:g} and ignores lr0 {config.at('lr0')}")
        return name, asked.then(lr), asked.then(0.9)
