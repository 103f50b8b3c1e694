"""args.yaml of timm's train.py."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers.config import Config, Part
from lrviz.readers.reader import Reader
from lrviz.readers.watched import metric

_SCHEDULERS = ("cosine", "tanh", "poly", "step", "multistep", "constant", "wsd", "rsqrt", "plateau", "none")
_CLASSES = {
    "cosine": "CosineLRScheduler",
    "tanh": "TanhLRScheduler",
    "poly": "PolyLRScheduler",
    "step": "StepLRScheduler",
    "constant": "StepLRScheduler",
    "multistep": "MultiStepLRScheduler",
    "wsd": "WSDLRScheduler",
    "rsqrt": "WSDLRScheduler",
}
_CYCLIC = ("cosine", "tanh", "poly")
_OPTIMIZERS = {"sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "adam": "Adam", "adamw": "AdamW", "nadam": "NAdam"}
_OPTIMIZERS |= {
    "radam": "RAdam",
    "adamax": "Adamax",
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
    "rmsproptf": "RMSprop",
}


class Timm(Reader):
    """`sched`, `opt` and `epochs`, and one of `lr`, `lr_base`, `warmup_lr`, `warmup_epochs`.

    Formula, with r = batch_size devices grad_accum_steps / lr_base_size:
        lr = lr where that is given and not 0, else lr_base r; lr_base sqrt(r) with lr_base_scale: sqrt, and where
        that is empty and `opt` contains "ada" or "lamb"
        updates per epoch = ceil(batches / grad_accum_steps)

    Source: https://huggingface.co/docs/timm/training_script
    """

    name: ClassVar[str] = "timm"
    title: ClassVar[str] = "timm"
    library: ClassVar[str] = "timm"
    newest: ClassVar[str] = "1.0.31"
    facts: ClassVar[tuple[str, ...]] = ("batches_per_epoch", "dataset_size", "devices", "layer_scales", "metric")
    example: ClassVar[str] = """\
model: resnet50
epochs: 100
batch_size: 256
opt: sgd
sched: cosine
lr_base: 0.1
warmup_epochs: 5
warmup_lr: 1.0e-05
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        signs = {"lr", "lr_base", "warmup_lr", "warmup_epochs"}
        return {"sched", "opt", "epochs"} <= config.keys() and bool(signs & config.keys())

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        devices = config.fact("devices", 1, "one device")
        kind = config.word("sched", "cosine", _SCHEDULERS, "timm")
        accumulate = config.whole("grad_accum_steps", 1, least=1).value
        each = math.ceil(self._batches(config, devices) / accumulate)
        on_updates = config.flag("sched_on_updates").value
        unit = each if on_updates else 1
        epochs, warm_up = config.whole("epochs", 300, least=1), config.number("warmup_epochs", 5.0, least=0.0)
        prefix = config.flag("warmup_prefix")
        warm_t = warm_up.then(int(warm_up.value * unit))
        if warm_up.value * unit % 1:
            config.wrong("warmup_epochs", f"{warm_up.value:g} given; a whole number is needed")
        length = epochs.then(epochs.value * unit)
        run = epochs.value + (int(warm_up.value) if prefix.value else 0)
        found: dict[str, Any] = {"optimizer": self._optimizer(config, devices, accumulate)}
        made: dict[str, Any] = {"warmup_t": warm_t, "warmup_lr_init": config.number("warmup_lr", 1e-5)}
        made |= self._noise(config, length.value)
        if kind.value == "plateau":
            found |= self._plateau(config, run, warm_t.value, made["warmup_lr_init"])
            for key in ("lr_noise", "sched_on_updates"):
                if config.at(key) and (key == "lr_noise" or on_updates):
                    config.wrong(key, "given with sched: plateau, which is read without noise, and stepped by epoch")
        elif kind.value != "none":
            made |= self._own(config, kind.value, length, warm_up=warm_t, unit=unit, prefix=prefix)
            scales = config.facts.values.get("layer_scales")
            if scales is not None:
                made["lr_scale"] = scales
                found["optimizer"]["groups"] = [{"name": f"layer_{index}"} for index in range(len(scales))]
            name = kind.then(f"timm.{_CLASSES[kind.value]}")
            found["scheduler"] = {"name": name, "interval": "step" if on_updates else "epoch", **made}
            if kind.value in _CYCLIC or kind.value in {"wsd", "rsqrt"}:
                run = self._run(config, made, kind.value, unit)
        return {"epochs": epochs.then(run), "steps_per_epoch": each, **found}

    def _batches(self, config: Config, devices: int) -> int:
        """Return the batches of an epoch, of which the last is dropped where it is not full."""
        if "batches_per_epoch" not in config.facts.values and "dataset_size" in config.facts.values:
            batch = config.whole("batch_size", 128, least=1).value
            return max(1, int(config.fact("dataset_size")) // (batch * devices))
        found: int = config.fact("batches_per_epoch")
        return found

    def _own(
        self, config: Config, kind: str, length: Part[int], *, warm_up: Part[int], unit: int, prefix: Part[bool]
    ) -> dict[str, Any]:
        """Return the arguments that a kind of scheduler has of its own."""
        least, rate = config.number("min_lr", 0.0), config.number("decay_rate", 0.1)
        if kind in _CYCLIC:
            found: dict[str, Any] = {
                "t_initial": length,
                "lr_min": least,
                "warmup_prefix": prefix,
                "cycle_mul": config.number("lr_cycle_mul", 1.0),
                "cycle_decay": config.number("lr_cycle_decay", 0.5),
                "cycle_limit": config.whole("lr_cycle_limit", 1),
            }
            if kind != "tanh":
                found["k_decay"] = config.number("lr_k_decay", 1.0)
            return found | ({"power": rate} if kind == "poly" else {})
        if kind == "constant":
            return {"decay_t": 1.0, "decay_rate": 1.0, "warmup_prefix": prefix}
        if kind == "step":
            every = config.number("decay_epochs", 90.0, above=0.0)
            return {"decay_t": every.then(every.value * unit), "decay_rate": rate, "warmup_prefix": prefix}
        if kind == "multistep":
            listed = config.numbers("decay_milestones", (90, 180, 270))
            milestones = Part([one.value * unit for one in listed], ("decay_milestones",))
            return {"decay_t": milestones, "decay_rate": rate, "warmup_prefix": prefix}
        after = length.value if prefix.value else length.value - warm_up.value
        decay = config.number("decay_epochs", 90.0, above=0.0)
        ticks = decay.value * after if decay.value < 1 else decay.value * unit
        found = {"t_initial": length.then(after), "decay_t": decay.then(round(ticks)), "lr_min": least}
        if kind == "rsqrt":
            found["stable_fn"] = "rsqrt"
            scale = config.number("lr_stable_timescale")
            if config.has("lr_stable_timescale"):
                found["stable_timescale"] = scale.then(scale.value * unit)
        shape = config.word("lr_decay_fn", "linear" if kind == "rsqrt" else "1-sqrt")
        return found | {"decay_fn": shape}

    def _run(self, config: Config, made: Mapping[str, Any], kind: str, unit: int) -> int:
        """Return the epochs of the run, which cycles, a warm-up before them and a cool-down make longer."""
        start, warm_up = made["t_initial"].value, made["warmup_t"].value
        cooldown = config.whole("cooldown_epochs", 0, least=0).value * unit
        if kind not in _CYCLIC:
            return int(warm_up + start + cooldown) // unit
        cycles, mul = max(1, made["cycle_limit"].value), made["cycle_mul"].value
        try:
            whole = start * cycles if mul == 1 else math.floor(-start * (mul**cycles - 1) / (1 - mul))
        except OverflowError:
            config.wrong("lr_cycle_limit", f"{cycles} given, whose cycles are longer than any run")
            whole = start
        return int(whole + (warm_up if made["warmup_prefix"].value else 0) + cooldown) // unit

    def _noise(self, config: Config, length: int) -> dict[str, Any]:
        if not config.has("lr_noise"):
            return {}
        points = [one.value * length for one in config.numbers("lr_noise")]
        return {
            "noise_range_t": Part(points, ("lr_noise",)),
            "noise_pct": config.number("lr_noise_pct", 0.67),
            "noise_std": config.number("lr_noise_std", 1.0),
            "noise_seed": config.whole("seed", 42),
        }

    def _plateau(self, config: Config, run: int, warm_up: int, first: Part[float]) -> dict[str, Any]:
        """Return a warm-up, and after it what watches the metric, as torch's class does."""
        lr = self._lr(config, config.fact("devices", 1), config.whole("grad_accum_steps", 1, least=1).value)
        mode = "min" if "loss" in str(config.at("eval_metric") or "top1") else "max"
        watching: dict[str, Any] = {
            "name": "ReduceLROnPlateau",
            "mode": mode,
            "factor": config.number("decay_rate", 0.1),
            "patience": config.whole("patience_epochs", 10),
            "min_lr": config.number("min_lr", 0.0),
            "interval": "epoch",
        }
        given = config.fact("metric")
        values = metric(given)
        if "values" in values:
            if given and len(given) < run:
                config.wrong("sched", f"{len(given)} values of metric given; each of the {run} epochs has one")
            values["values"] = values["values"][warm_up:]
        if not warm_up or not lr.value:
            return {"scheduler": watching, "metric": values}
        share = first.value / lr.value
        rise: dict[str, Any] = {"name": "LinearLR", "start_factor": first.then(share), "total_iters": warm_up}
        if not 0 < share <= 1:
            # torch's LinearLR begins neither at 0 nor above the lr.
            line = {"name": "LambdaLR", "lr_lambda": first.then(f"{share!r} + t * {(1 - share) / warm_up!r}")}
            then = {"name": "ConstantLR", "factor": 1.0, "total_iters": 1}
            rise = {"name": "SequentialLR", "milestones": [warm_up], "schedulers": [line, then]}
        watching["start"] = warm_up - 1
        return {"scheduler": [rise | {"interval": "epoch"}, watching], "metric": values}

    def _lr(self, config: Config, devices: int, accumulate: int) -> Part[float]:
        lr = config.number("lr", 0.0, least=0.0)
        if lr.value:
            return lr
        base, size = config.number("lr_base", 0.1, least=0.0), config.whole("lr_base_size", 256, least=1).value
        ratio = config.whole("batch_size", 128, least=1).value * devices * accumulate / size
        opt = str(config.at("opt") or "sgd").lower()
        scale = config.word("lr_base_scale", "").value or ("sqrt" if "ada" in opt or "lamb" in opt else "linear")
        return base.then(base.value * (math.sqrt(ratio) if scale == "sqrt" else ratio))

    def _optimizer(self, config: Config, devices: int, accumulate: int) -> dict[str, Any]:
        opt = config.word("opt", "sgd")
        name = _OPTIMIZERS.get(opt.value.lower(), "AdamW")
        if opt.value.lower() not in _OPTIMIZERS:
            config.assume(f"{opt.value} is timm's own; AdamW is used for it; the lr is the same")
        if config.has("layer_decay") and "layer_scales" not in config.facts.values:
            told = "layer_decay gives each layer a share of this lr; --given layer_scales=0.75,1 draws them"
            config.assume(told)
        return {"name": opt.then(name), "lr": self._lr(config, devices, accumulate)}
