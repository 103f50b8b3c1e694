"""TrainingArguments of transformers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.foundation.releases import at_least
from lrviz.foundation.wording import shown
from lrviz.optimizers import OPTIMIZERS as MODELLED
from lrviz.optimizers.others import ALIASES
from lrviz.readers.arguments import taken
from lrviz.readers.beside import replaced
from lrviz.readers.config import Config, Part
from lrviz.readers.reader import Reader
from lrviz.readers.transformers_names import FIRST_WITH_OPTIM, LAST_WITH, OPTIMIZERS, SCHEDULERS, names_of
from lrviz.readers.watched import metric

_WITHOUT_RATIO, _LAST_WITH_RATIO = "5.15", "5.14.0"
"""The version of transformers that takes no warmup_ratio any more, and the last before it."""
_CALLED = {
    "adafactor": "transformers.Adafactor",
    "adagrad": "Adagrad",
    "lion_32bit": "lion_pytorch.Lion",
    "paged_lion_32bit": "lion_pytorch.Lion",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
"""What the Trainer calls some optimizers, beside the names that the registry knows; every other adamw is AdamW."""
_LOWEST = 1e-7
"""The lr at the end of a polynomial decay, where none is given."""
_WITHOUT_TRAINING_STEPS = {"constant_with_warmup", "inverse_sqrt"}
_FIRST_WITH_KWARGS = "4.36"
"""The version of transformers that lr_scheduler_kwargs came with."""
_TAKES_TIMESCALE = "5.4"
"""From this version on inverse_sqrt is given its kwargs."""
_NEEDS_WARM_UP = "4.39"
"""Before this version inverse_sqrt divides by its warm-up."""
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
        lr = self.lr(config)
        run, updates = self.length(config, version)
        warm_up = self.warm_up(config, version, updates.value)
        kind = self.kind(config, version)
        beside = replaced(config, lr=lr, warm_up=warm_up, updates=updates)
        scheduler = {"scheduler": beside} if beside else self.scheduler(config, version, kind, warm_up, updates)
        return {
            **run,
            "interval": "step",
            "optimizer": {**self.optimizer(config, version), "lr": lr, "groups": self.groups(config, lr)},
            **scheduler,
        }

    def version(self, config: Config) -> str:
        """Return the version of transformers that is meant: the newest that takes the arguments where none is given."""
        optim = config.at("optim")
        limits = {f"optim {name}": last for name, last in LAST_WITH.items() if name == optim}
        if config.has("warmup_ratio"):
            limits["warmup_ratio"] = _LAST_WITH_RATIO
        oldest = self.newest
        because = "the newest known"
        for key, last in limits.items():
            if at_least(oldest, last) and oldest != last:
                oldest, because = last, f"the newest that takes {key}"
        return config.version(self.library, oldest, because)

    def lr(self, config: Config) -> Part[float]:
        """Return the lr that the schedule multiplies."""
        return config.number("learning_rate", 5e-5, least=0.0)

    def optimizer(self, config: Config, version: str) -> dict[str, Any]:
        """Return the optimizer of the native document, without its lr and its groups."""
        kind = self.named_optimizer(config, version)
        name = _CALLED.get(kind.value) or ALIASES.get(kind.value)
        if name is None:
            name = "AdamW"
            if not kind.value.startswith("adamw"):
                config.assume(f"{self.optimizer_key} {kind.value}: AdamW is used for it; the lr is the same")
        made: dict[str, Any] = {"name": kind.then(name), "weight_decay": config.number("weight_decay", 0.0)}
        found = MODELLED.find(name)
        if found is not None and "betas" in found.model_fields:
            made["betas"] = [config.number("adam_beta1", 0.9), config.number("adam_beta2", 0.999)]
            if "eps" in found.model_fields:
                made["eps"] = config.number("adam_epsilon", 1e-8)
        if name == "transformers.Adafactor":
            made["relative_step"] = False
        return made

    def named_optimizer(self, config: Config, version: str) -> Part[str]:
        """Return what the config calls the optimizer."""
        known = names_of(OPTIMIZERS, version)
        if known or not config.has("optim"):
            return config.word("optim", "adamw_torch", known, f"transformers {version}")
        config.wrong("optim", f"given; transformers {version} has no such argument, which came with {FIRST_WITH_OPTIM}")
        return Part("adamw_torch")

    def kind(self, config: Config, version: str) -> Part[str]:
        """Return the name of the scheduler."""
        return config.word("lr_scheduler_type", "linear", names_of(SCHEDULERS, version), f"transformers {version}")

    def groups(self, config: Config, lr: Part[float]) -> list[dict[str, Any]]:  # noqa: ARG002 - for others
        """Return the parameter groups, which differ in their weight decay."""
        return [{"name": "decay"}, {"name": "no_decay", "weight_decay": 0.0}]

    def length(self, config: Config, version: str) -> tuple[dict[str, Any], Part[int]]:
        """Return the keys of the native document that say how long the run is, and its updates."""
        steps = config.whole("max_steps", -1)
        batch = config.whole("per_device_train_batch_size", 8, least=1)
        accumulate = config.whole("gradient_accumulation_steps", 1, least=1)
        epochs = config.number("num_train_epochs", 3.0, above=0.0)
        if steps.value > 0 and epochs.path and epochs.value == 3:
            # Arguments that the Trainer has saved hold every default.
            config.assume("num_train_epochs 3, the default, has no effect, as max_steps is given")
        elif steps.value > 0 and epochs.path:
            told = f"{epochs.value:g} given as well as max_steps {steps.value}, which overrides it; drop one of them"
            config.wrong("num_train_epochs", told)
        given = "dataset_size" in config.facts.values
        if steps.value > 0 and not given:
            return {"steps": steps}, steps
        size, devices = config.fact("dataset_size"), config.fact("devices", 1, "one device")
        if config.flag("dataloader_drop_last").value:
            batches = size // batch.value // devices
        else:
            batches = math.ceil(size / (batch.value * devices))
        if not batches:
            told = f"{batch.value} given; with dataloader_drop_last a data set of {size} on {devices} has no batch left"
            config.wrong("per_device_train_batch_size", told)
        whole = math.ceil(batches / accumulate.value)
        each = max(1, whole if at_least(version, "4.52") else batches // accumulate.value)
        updates = steps if steps.value > 0 else epochs.then(math.ceil(epochs.value * each))
        return {"steps": updates, "steps_per_epoch": each}, updates

    def warm_up(self, config: Config, version: str, updates: int) -> Part[int]:
        """Return the ticks of the warm-up."""
        old = not at_least(version, "5.0")
        ratio = config.number("warmup_ratio", 0.0, least=0.0)
        if old:
            steps = config.whole("warmup_steps", 0, least=0)
            if ratio.value > 1:
                config.wrong("warmup_ratio", f"{ratio.value:g} given; a share of the run, 0 to 1, is needed")
            return steps if steps.value > 0 else ratio.then(math.ceil(updates * ratio.value))
        asked = config.number("warmup_steps", 0.0, least=0.0)
        if config.has("warmup_ratio"):
            if at_least(version, _WITHOUT_RATIO):
                config.wrong("warmup_ratio", f"given; transformers {version} takes warmup_steps below 1 in its place")
            # It is put in the place of warmup_steps, where 1 is one step and not the whole run.
            asked = ratio
        return asked.then(int(asked.value) if asked.value >= 1 else math.ceil(updates * asked.value))

    def scheduler(
        self, config: Config, version: str, kind: Part[str], warm_up: Part[int], updates: Part[int]
    ) -> dict[str, Any]:
        """Return the scheduler of the native document, and what it watches."""
        given = self.kwargs(config, version)
        if kind.value == "reduce_lr_on_plateau":
            given = taken(config, given, "ReduceLROnPlateau")
            return self.watching({"name": kind.then("ReduceLROnPlateau"), **given}, config, updates.value)
        name = kind.then(f"transformers.{kind.value}")
        if kind.value == "greedy":
            return self.watching({"name": name, **taken(config, given, name.value)}, config, updates.value)
        timescale = at_least(version, _TAKES_TIMESCALE)
        if kind.value in {"constant", "constant_with_warmup"} or (kind.value == "inverse_sqrt" and not timescale):
            if given:
                config.assume(f"lr_scheduler_kwargs: transformers {version} does not pass them on to {kind.value}")
            given = {}
        if kind.value == "constant":
            return {"scheduler": {"name": name}}
        if kind.value == "inverse_sqrt" and not warm_up.value and not at_least(version, _NEEDS_WARM_UP):
            told = f"inverse_sqrt given without a warm-up, by which transformers {version} divides"
            config.wrong("lr_scheduler_type", told)
        given = taken(config, given, name.value, ("num_warmup_steps", "num_training_steps"))
        if kind.value == "polynomial":
            end = given.get("lr_end", Part(_LOWEST, ("learning_rate",)))
            lr = self.lr(config).value
            if isinstance(end.value, int | float) and end.value >= lr:
                told = f"an lr_end of {end.value:g} given; transformers needs one below learning_rate, {lr:g}"
                config.wrong(end.path, told)
        made: dict[str, Any] = {"name": name, "num_warmup_steps": warm_up, **given}
        if kind.value not in _WITHOUT_TRAINING_STEPS:
            made["num_training_steps"] = updates
        if kind.value == "warmup_stable_decay":
            made["version"] = version
        return {"scheduler": made}

    def kwargs(self, config: Config, version: str) -> dict[str, Part[Any]]:
        """Return the arguments of the scheduler's own; they may be JSON in a text, as on a command line."""
        where = ("lr_scheduler_kwargs",)
        value = config.at(where)
        if isinstance(value, str) and value.lstrip().startswith("{"):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                config.wrong(where, f"{shown(value)} given, which is not JSON")
                return {}
            given = {key: Part(each, where) for key, each in value.items()}
        else:
            given = {key: Part(each, (*where, key)) for key, each in config.mapping(where).value.items()}
        if given and not at_least(version, _FIRST_WITH_KWARGS):
            told = f"given; transformers {version} has no such argument, which came with {_FIRST_WITH_KWARGS}"
            config.wrong(where, told)
        return given

    def watching(self, scheduler: dict[str, Part[Any]], config: Config, updates: int) -> dict[str, Any]:
        """Return a scheduler that is stepped at each evaluation, and what it watches."""
        old = not config.has("eval_strategy") and config.has("evaluation_strategy")
        key = "evaluation_strategy" if old else "eval_strategy"
        strategy = config.word(key, "no", ("no", "steps", "epoch"))
        if strategy.value == "no":
            config.wrong(key, f"{strategy.value} given; {scheduler['name'].value} is stepped at each evaluation")
        elif strategy.value == "epoch":
            scheduler["interval"] = strategy.then("epoch")
        else:
            every = config.number("eval_steps", config.whole("logging_steps", 500).value, above=0.0)
            if every.value < 1:
                # A share of the run.
                every = every.then(math.ceil(updates * every.value))
            elif every.value % 1:
                config.wrong("eval_steps", f"{every.value:g} given; a whole number, or a share below 1, is needed")
            scheduler |= {"interval": strategy.then("step"), "frequency": every.then(int(every.value))}
        return {"scheduler": scheduler, "metric": metric(config.fact("metric"))}
