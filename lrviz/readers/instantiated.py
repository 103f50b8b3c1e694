"""Optimizers and schedulers that a config names by class or function, with arguments, as Hydra and jsonargparse do.

_target_: torch.optim.AdamW          class_path: torch.optim.AdamW
lr: 0.001                            init_args: {lr: 0.001}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lrviz.foundation.errors import Path
from lrviz.foundation.wording import did_you_mean, shown
from lrviz.language.marked_yaml import dotted
from lrviz.optimizers import OPTIMIZERS
from lrviz.readers.config import Config, Part
from lrviz.readers.interpolation import unresolved
from lrviz.schedulers import SCHEDULERS

TARGET, CLASS_PATH = "_target_", "class_path"
OPTIMIZER, SCHEDULER = "optimizer", "scheduler"
_SCHEDULER_KEYS = {"scheduler", "lr_scheduler"}
_NAMES_SCHEDULER = re.compile(r"(^|\.)lr_scheduler\.|(^|\.)get_\w*schedule\w*$|(^|\.)timm\.scheduler\b|\.SWALR$")
_NAMES_OPTIMIZER = re.compile(r"(^|[._])optim(izers?)?(\.|$)")
_FUNCTIONS = {
    "get_constant_schedule": "constant",
    "get_constant_schedule_with_warmup": "constant_with_warmup",
    "get_linear_schedule_with_warmup": "linear",
    "get_cosine_schedule_with_warmup": "cosine",
    "get_cosine_with_hard_restarts_schedule_with_warmup": "cosine_with_restarts",
    "get_polynomial_decay_schedule_with_warmup": "polynomial",
    "get_inverse_sqrt_schedule": "inverse_sqrt",
    "get_cosine_with_min_lr_schedule_with_warmup": "cosine_with_min_lr",
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate": "cosine_warmup_with_min_lr",
    "get_wsd_schedule": "warmup_stable_decay",
}
"""Functions of transformers, and its name of the schedule that each makes."""
_PLATEAU = "ReduceLROnPlateau"
_NO_VALUES = {"optimizer", "params", "last_epoch", "verbose", "monitor", "name_or_type", "initialize", "t_in_epochs"}
"""Arguments that have no say in the curve."""


@dataclass(frozen=True, slots=True)
class Named:
    """A class or function that a config names. path: where; target: its dotted name; arguments: by name."""

    path: Path
    target: Part[str]
    arguments: Mapping[str, Part[Any]]

    @property
    def last(self) -> str:
        """The name without its module."""
        return self.target.value.rpartition(".")[2]

    def of(self, *packages: str) -> bool:
        """Return whether it is of one of these packages, or named without any."""
        return "." not in self.target.value or self.target.value.partition(".")[0] in packages


def found(config: Mapping[str, Any], key: str) -> Iterator[tuple[str, Path]]:
    """Yield each optimizer and scheduler in a config, at any depth: which it is, and where.

    key: what gives the class, `_target_` or `class_path`. Values inside one belong to it.
    """
    rest: list[tuple[Path, Any]] = [((), config)]
    while rest:
        path, part = rest.pop()
        if isinstance(part, Mapping):
            kind = _kind(part.get(key), path)
            if kind:
                yield kind, path
            else:
                rest += [((*path, each), value) for each, value in reversed([*part.items()])]
        elif isinstance(part, list):
            rest += [((*path, index), value) for index, value in reversed([*enumerate(part)])]


def _kind(target: Any, path: Path) -> str:
    """Return what a target is, by its name or by its key."""
    if not isinstance(target, str):
        return ""
    under = path[-1] if path else ""
    # Schedulers of diffusers are of noise.
    if _NAMES_SCHEDULER.search(target) or (under in _SCHEDULER_KEYS and not target.startswith("diffusers.")):
        return SCHEDULER
    return OPTIMIZER if under == "optimizer" or (_NAMES_OPTIMIZER.search(target) and "swa_utils" not in target) else ""


def named(config: Config, path: Path) -> Named:
    """Return what the mapping at a path names."""
    part = config.mapping(path).value
    if CLASS_PATH in part:
        target, inner = config.word((*path, CLASS_PATH), ""), (*path, "init_args")
        given = config.mapping(inner).value
    else:
        target, inner = config.word((*path, TARGET), ""), path
        given = {key: value for key, value in part.items() if not key.startswith("_")}
        if part.get("_args_"):
            config.wrong((*path, "_args_"), "given; arguments are read by name, as lr: 0.1")
    kept = {key: value for key, value in given.items() if key not in _NO_VALUES and value is not None}
    return Named(path, target, {key: Part(value, (*inner, key)) for key, value in kept.items()})


def known(config: Config, arguments: Mapping[str, Part[Any]]) -> dict[str, Any]:
    """Return arguments as they are; one that only the program knows is noted."""
    for one in arguments.values():
        if unresolved(one.value):
            config.open(one.path, f"{one.value} given, which this file alone does not say")
        elif isinstance(one.value, Mapping):
            config.wrong(
                one.path, f"a mapping given, and nothing that a config names is run; --set {dotted(one.path)}=..."
            )
    return dict(arguments)


def optimizer(config: Config, path: Path) -> dict[str, Any]:
    """Return the optimizer of a native document; of one that lrviz does not know, a stand-in with its lr."""
    one = named(config, path)
    if one.of("torch") and one.last in OPTIMIZERS.names:
        return {"name": one.target.then(one.last), **known(config, one.arguments)}
    package = one.target.value.partition(".")[0]
    hosts = ((name, OPTIMIZERS.find(name)) for name in (one.target.value, f"{package}.{one.last}") if "." in name)
    name, host = next(((name, host) for name, host in hosts if host is not None), ("", None))
    if host is None:
        name = "SGD" if one.last.upper().endswith("SGD") else "AdamW"
        host = OPTIMIZERS.find(name)
        config.assume(f"{one.target.value or 'an optimizer without a name'} is not torch's; {name} is used for it")
    keys = [key for key in ("lr", "momentum", "betas", "weight_decay") if key in getattr(host, "model_fields", ())]
    return {
        "name": one.target.then(name),
        **known(config, {key: one.arguments[key] for key in keys if key in one.arguments}),
    }


def scheduler(config: Config, path: Path) -> dict[str, Any]:
    """Return a scheduler of a native document, with those inside it."""
    one = named(config, path)
    arguments = dict(one.arguments)
    inner = arguments.pop("schedulers", None)
    name = _name(config, one, arguments)
    made: dict[str, Any] = {"name": one.target.then(name), **known(config, arguments)}
    if inner is not None and isinstance(inner.value, list):
        made["schedulers"] = [scheduler(config, (*inner.path, index)) for index in range(len(inner.value))]
    elif inner is not None:
        config.wrong(inner.path, f"{shown(inner.value)} given; a list of schedulers is needed")
    return made


def _name(config: Config, one: Named, arguments: dict[str, Part[Any]]) -> str:
    """Return lrviz's name of a scheduler; what the name of get_scheduler is given by is taken out of its arguments."""
    if one.last == "get_scheduler":
        kind = arguments.pop("name", Part("", one.path))
        own = arguments.pop("scheduler_specific_kwargs", None)
        if own is not None and isinstance(own.value, Mapping):
            arguments |= {key: Part(value, (*own.path, key)) for key, value in own.value.items()}
        name = f"transformers.{kind.value}"
        if SCHEDULERS.find(name) is not None:
            return name
        names = list(_FUNCTIONS.values())
        config.wrong(kind.path, f"{shown(kind.value)} given; known are {', '.join(names)}")
        return _PLATEAU
    if one.last in _FUNCTIONS and one.of("transformers", "diffusers"):
        return f"transformers.{_FUNCTIONS[one.last]}"
    if one.last == "get_reduce_on_plateau_schedule":
        return _PLATEAU
    if one.of("timm") and SCHEDULERS.find(f"timm.{one.last}") is not None:
        return f"timm.{one.last}"
    if one.of("torch", "lightning", "pytorch_lightning") and one.last in SCHEDULERS.names:
        return one.last
    given = one.target.value or "no class"
    names = SCHEDULERS.names
    told = f"{given} given, whose formula lrviz does not know; those of torch are {', '.join(names)}"
    config.wrong(one.target.path or one.path, f"{told}{did_you_mean(one.last, names) if one.of('torch') else ''}")
    return names[0]
