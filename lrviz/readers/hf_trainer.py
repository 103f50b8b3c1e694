"""TrainingArguments of transformers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.foundation.releases import at_least
from lrviz.optimizers import OPTIMIZERS
from lrviz.optimizers.others import ALIASES
from lrviz.readers.beside import replaced
from lrviz.readers.config import Config, Part
from lrviz.readers.reader import Reader
from lrviz.readers.watched import metric

_SINCE = {
    "linear": "4.5",
    "cosine": "4.5",
    "cosine_with_restarts": "4.5",
    "polynomial": "4.5",
    "constant": "4.5",
    "constant_with_warmup": "4.5",
    "inverse_sqrt": "4.30",
    "reduce_lr_on_plateau": "4.30",
    "cosine_with_min_lr": "4.40",
    "warmup_stable_decay": "4.42",
    "cosine_warmup_with_min_lr": "4.55",
    "greedy": "5.4",
}
"""The version of transformers that a scheduler came with."""
_WITHOUT_RATIO, _LAST_WITH_RATIO = "5.15", "5.14.0"
"""The version of transformers that takes no warmup_ratio any more, and the last before it."""
_OPTIMIZERS = {
    "adafactor": "transformers.Adafactor",
    "adagrad": "Adagrad",
    "lion_32bit": "lion_pytorch.Lion",
    "paged_lion_32bit": "lion_pytorch.Lion",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
"""What the Trainer calls some optimizers, beside the names that the registry knows; every other adamw is AdamW."""
_WITHOUT_TRAINING_STEPS = {"constant_with_warmup", "inverse_sqrt"}
SIGNS = {
    "per_device_train_batch_size",
    "lr_scheduler_type",
    "num_train_epochs",
    "learning_rate",
    "warmup_ratio",
    "warmup_steps",
    "max_steps",
    "gradient_accumulation_steps",
}
_SURE = {"per_device_train_batch_size", "lr_scheduler_type", "num_train_epochs"}


class HFTrainer(Reader):
    """TrainingArguments: at least two of its keys about the learning rate, one of them of transformers alone.

    Formula, N = dataset_size, B = per_device_train_batch_size, A = gradient_accumulation_steps:
        batches per epoch L = ceil(N / (B devices)), with dataloader_drop_last floor(floor(N / B) / devices)
        updates per epoch U = ceil(L / A), before transformers 4.52 max(1, floor(L / A))
        updates T = max_steps where that is above 0, else ceil(num_train_epochs U)
        warm-up W = warmup_steps; without it ceil(T warmup_ratio)

    Source: https://huggingface.co/docs/transformers/main_classes/trainer
    """

    name: ClassVar[str] = "hf-trainer"
    title: ClassVar[str] = "TrainingArguments of transformers"
    library: ClassVar[str] = "transformers"
    newest: ClassVar[str] = "5.23.0"
    facts: ClassVar[tuple[str, ...]] = ("dataset_size", "devices", "metric")
    optimizer_key: ClassVar[str] = "optim"
    example: ClassVar[str] = """\
per_device_train_batch_size: 8
gradient_accumulation_steps: 4
num_train_epochs: 3
learning_rate: 2.0e-5
lr_scheduler_type: cosine
warmup_steps: 100
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        if "log_history" in config or ("stage" in config and {"finetuning_type", "template"} & config.keys()):
            return False
        return len(SIGNS & config.keys()) >= 2 and bool(_SURE & config.keys())

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        version = self.version(config)
        lr = config.number("learning_rate", 5e-5, least=0.0)
        run, updates = self.length(config, version)
        warm_up = self.warm_up(config, version, updates.value)
        kind = self.kind(config, version)
        beside = replaced(config, lr=lr, warm_up=warm_up, updates=updates)
        scheduler = {"scheduler": beside} if beside else self.scheduler(config, version, kind, warm_up, updates)
        return {
            **run,
            "interval": "step",
            "optimizer": {**self.optimizer(config), "lr": lr, "groups": self.groups(config, lr)},
            **scheduler,
        }

    def version(self, config: Config) -> str:
        """Return the version of transformers that is meant: the newest that takes the arguments where none is given."""
        if config.has("warmup_ratio") and at_least(self.newest, _WITHOUT_RATIO):
            return config.version(self.library, _LAST_WITH_RATIO, "the newest that takes warmup_ratio")
        return config.version(self.library, self.newest)

    def optimizer(self, config: Config) -> dict[str, Any]:
        """Return the optimizer of the native document, without its lr and its groups."""
        kind = config.word(self.optimizer_key, "adamw_torch")
        name = _OPTIMIZERS.get(kind.value) or ALIASES.get(kind.value)
        if name is None:
            name = "AdamW"
            if not kind.value.startswith("adamw"):
                config.assume(f"{self.optimizer_key} {kind.value}: AdamW stands for it, whose lr is the same")
        made: dict[str, Any] = {"name": kind.then(name), "weight_decay": config.number("weight_decay", 0.0)}
        found = OPTIMIZERS.find(name)
        if found is not None and "betas" in found.model_fields:
            made["betas"] = [config.number("adam_beta1", 0.9), config.number("adam_beta2", 0.999)]
            if "eps" in found.model_fields:
                made["eps"] = config.number("adam_epsilon", 1e-8)
        if name == "transformers.Adafactor":
            made["relative_step"] = False
        return made

    def kind(self, config: Config, version: str) -> Part[str]:
        """Return the name of the scheduler."""
        return config.word("lr_scheduler_type", "linear", self.known(version), f"transformers {version}")

    def known(self, version: str) -> list[str]:
        """Return the names of the schedulers that a version has."""
        return [name for name, since in _SINCE.items() if at_least(version, since)]

    def groups(self, config: Config, lr: Part[float]) -> list[dict[str, Any]]:  # noqa: ARG002 - for others
        """Return the parameter groups, which differ in their weight decay."""
        return [{"name": "decay"}, {"name": "no_decay", "weight_decay": 0.0}]

    def length(self, config: Config, version: str) -> tuple[dict[str, Any], Part[int]]:
        """Return the keys of the native document that say how long the run is, and its updates."""
        steps = config.whole("max_steps", -1)
        batch = config.whole("per_device_train_batch_size", 8, least=1)
        accumulate = config.whole("gradient_accumulation_steps", 1, least=1)
        epochs = config.number("num_train_epochs", 3.0, above=0.0)
        given = "dataset_size" in config.facts.values
        if steps.value > 0 and not given:
            return {"steps": steps}, steps
        size, devices = config.fact("dataset_size"), config.fact("devices", 1, "one device")
        if config.flag("dataloader_drop_last").value:
            batches = size // batch.value // devices
        else:
            batches = math.ceil(size / (batch.value * devices))
        whole = math.ceil(batches / accumulate.value)
        each = max(1, whole if at_least(version, "4.52") else batches // accumulate.value)
        updates = steps if steps.value > 0 else epochs.then(math.ceil(epochs.value * each))
        return {"steps": updates, "steps_per_epoch": each}, updates

    def warm_up(self, config: Config, version: str, updates: int) -> Part[int]:
        """Return the ticks of the warm-up."""
        steps, ratio = config.number("warmup_steps", 0.0, least=0.0), config.number("warmup_ratio", 0.0, least=0.0)
        share = ratio.then(math.ceil(updates * ratio.value))
        if not at_least(version, "5.0"):
            return steps.then(int(steps.value)) if steps.value > 0 else share
        if config.has("warmup_ratio"):
            if at_least(version, _WITHOUT_RATIO):
                config.wrong("warmup_ratio", f"given; transformers {version} takes warmup_steps below 1 in its place")
            return share
        return steps.then(int(steps.value) if steps.value >= 1 else math.ceil(updates * steps.value))

    def scheduler(
        self, config: Config, version: str, kind: Part[str], warm_up: Part[int], updates: Part[int]
    ) -> dict[str, Any]:
        """Return the scheduler of the native document, and what it watches."""
        kwargs = config.mapping("lr_scheduler_kwargs")
        given: dict[str, Part[Any]] = {key: Part(value, (*kwargs.path, key)) for key, value in kwargs.value.items()}
        if kind.value == "reduce_lr_on_plateau":
            return self.watching({"name": kind.then("ReduceLROnPlateau"), **given}, config)
        name = kind.then(f"transformers.{kind.value}")
        if kind.value == "greedy":
            return self.watching({"name": name, **given}, config)
        if kind.value == "constant":
            return {"scheduler": {"name": name}}
        made: dict[str, Any] = {"name": name, "num_warmup_steps": warm_up, **given}
        if kind.value not in _WITHOUT_TRAINING_STEPS:
            made["num_training_steps"] = updates
        if kind.value == "warmup_stable_decay":
            made["version"] = version
        return {"scheduler": made}

    def watching(self, scheduler: dict[str, Part[Any]], config: Config) -> dict[str, Any]:
        """Return a scheduler that is stepped at each evaluation, and what it watches."""
        old = not config.has("eval_strategy") and config.has("evaluation_strategy")
        key = "evaluation_strategy" if old else "eval_strategy"
        strategy = config.word(key, "no", ("no", "steps", "epoch"))
        if strategy.value == "no":
            config.wrong(key, f"{strategy.value} given; {scheduler['name'].value} is stepped at each evaluation")
        elif strategy.value == "epoch":
            scheduler["interval"] = strategy.then("epoch")
        else:
            every = config.whole("eval_steps", config.whole("logging_steps", 500).value, least=1)
            scheduler |= {"interval": strategy.then("step"), "frequency": every}
        return {"scheduler": scheduler, "metric": metric(config.fact("metric"))}
