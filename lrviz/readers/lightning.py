"""The run of Lightning's Trainer: how long it is, and when it steps a scheduler."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lrviz.foundation.errors import Path
from lrviz.language.marked_yaml import dotted
from lrviz.readers.config import Config, Part
from lrviz.readers.instantiated import CLASS_PATH, OPTIMIZER, SCHEDULER, found, optimizer, scheduler
from lrviz.readers.watched import metric

FACTS = ("batches_per_epoch", "dataset_size", "batch_size", "devices", "interval", "metric", "steps")
"""What is set in code, and not in a config of Lightning."""
_UNLIMITED = 1000
"""Epochs where a Trainer is given neither max_epochs nor max_steps."""


def native(config: Config, key: str) -> Mapping[str, Any]:
    """Return the native document of a config whose optimizer and scheduler are named by their classes.

    key: what gives a class, `_target_` or `class_path`.

    Formula, B batches per epoch, A = accumulate_grad_batches:
        updates per epoch = ceil(B / A), for the last batches of an epoch make an update, too
        frequency f of interval step: after each batch b of an epoch, from 1, of which b mod f = 0 and that ends an
        update
    """
    whose = _only(config, key, OPTIMIZER), _only(config, key, SCHEDULER)
    made: dict[str, Any] = {"optimizer": _optimizer(config, whose[0], whose[1])}
    if whose[1] is None:
        return {**_length(config, Part("step"), 1), **made}
    one = scheduler(config, whose[1])
    interval, frequency = _stepped(config, whose[1], key)
    made |= {**_length(config, interval, frequency.value), "scheduler": one}
    if frequency.value > 1:
        one["frequency"] = frequency.then(_updates(config, interval, frequency, made))
    if one["name"].value == "ReduceLROnPlateau":
        made["metric"] = metric(config.fact("metric"))
    return made


def _only(config: Config, key: str, kind: str) -> Path | None:
    """Return the path of the one optimizer or scheduler, None where there is none."""
    paths = [path for one, path in found(config.at(()), key) if one == kind]
    for other in paths[1:]:
        told = f"a second {kind} after {dotted(paths[0])}; a curve has one: --set {dotted(other)}=null leaves it out"
        config.wrong(other, told)
    return paths[0] if paths else None


def _optimizer(config: Config, path: Path | None, beside: Path | None) -> dict[str, Any]:
    """Return the optimizer of the native document; AdamW where only its lr is known."""
    if path is not None:
        return optimizer(config, path)
    around: Path = (*(beside or ())[:-1], "optimizer")
    lr = config.number((*around, "lr"), 1e-3, least=0.0)
    config.assume(f"an optimizer of the program's own: AdamW with lr {lr.value:g} is used for it")
    return {"name": "AdamW", "lr": lr}


def _stepped(config: Config, path: Path, key: str) -> tuple[Part[str], Part[int]]:
    """Return the interval and the frequency, which may stand beside a scheduler as its configuration.

    LightningCLI steps what stands at the top once an epoch, always.
    """
    around = path[:-1]
    if key == CLASS_PATH and around in {(), ("fit",)}:
        return Part("epoch"), Part(1)
    frequency = config.whole((*around, "frequency"), 1, least=1)
    if config.has((*around, "interval")):
        return config.word((*around, "interval"), "epoch", ("epoch", "step")), frequency
    return Part(config.fact("interval", "epoch", "scheduler.step() once an epoch")), frequency


def _trainer(config: Config) -> Path | None:
    """Return the path of the arguments of the Trainer."""
    rest: list[tuple[Path, Any]] = [((), config.at(()))]
    for path, part in rest:
        if isinstance(part, Mapping):
            if path and path[-1] == "trainer":
                return path
            rest += [((*path, key), value) for key, value in part.items() if isinstance(value, Mapping)]
    return None


def _length(config: Config, interval: Part[str], frequency: int) -> dict[str, Any]:
    """Return the keys of the native document that say how long the run is."""
    path = _trainer(config)
    around: Path = path if path is not None else ("trainer",)
    epochs, steps = config.whole((*around, "max_epochs"), -1), config.whole((*around, "max_steps"), -1)
    if epochs.value < 0 and steps.value < 0:
        if path is None or config.has((*around, "max_epochs")) or "steps" in config.facts.values:
            steps = Part(config.fact("steps"))
        else:
            config.assume(f"{_UNLIMITED} epochs, as Lightning takes without max_epochs and max_steps")
            epochs = Part(_UNLIMITED)
    if epochs.value < 0 and interval.value == "step" and frequency == 1:
        return {"steps": steps, "interval": "step"}
    counts = config.whole((*around, "accumulate_grad_batches"), 1, least=1)
    batches = _batches(config, around)
    each = math.ceil(batches.value / counts.value)
    ends = steps if epochs.value < 0 or 0 <= steps.value < epochs.value * each else None
    length = {"epochs": epochs} if ends is None else {"steps": ends}
    found: dict[str, Any] = {**length, "batches_per_epoch": batches, "interval": interval}
    return found | ({"grad_accumulation": counts} if counts.value > 1 else {})


def _batches(config: Config, around: Path) -> Part[int]:
    """Return the batches of an epoch that the Trainer takes."""
    batches, facts = Part(0), config.facts.values
    if "batches_per_epoch" not in facts and {"dataset_size", "batch_size"} <= facts.keys():
        samples = -(-facts["dataset_size"] // config.fact("devices", 1, "one device"))
        batches = Part(-(-samples // facts["batch_size"]))
    else:
        batches = Part(int(config.fact("batches_per_epoch")))
    # overfit_batches takes the place of limit_train_batches, where it is not 0.
    key = "overfit_batches" if config.at((*around, "overfit_batches")) else "limit_train_batches"
    if (limit := config.at((*around, key))) is not None:
        number = config.number((*around, key), 1.0, above=0.0)
        # 1 is one batch, and 1.0 all of them.
        count = min(batches.value, limit) if isinstance(limit, int) else int(batches.value * number.value)
        batches = number.then(count)
    if batches.value < 1:
        config.wrong(batches.path, "leaves no batch in an epoch")
        return batches.then(1)
    return batches


def _updates(config: Config, interval: Part[str], frequency: Part[int], made: Mapping[str, Any]) -> int:
    """Return the frequency in updates, which Lightning counts in the batches of each epoch."""
    if interval.value == "epoch":
        return frequency.value
    counts = made["grad_accumulation"].value if "grad_accumulation" in made else 1
    both = math.lcm(counts, frequency.value)
    batches = made["batches_per_epoch"].value
    if batches % both:
        told = f"{frequency.value} given, which Lightning counts from 0 in each epoch of {batches} batches"
        config.wrong(frequency.path, f"{told}; lrviz needs one that divides them, in updates of {counts}")
    return both // counts
