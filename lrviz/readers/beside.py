"""The DeepSpeed file that TrainingArguments name: its scheduler replaces theirs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from lrviz.foundation.errors import DocumentError
from lrviz.foundation.inputs import Unreadable, text_of
from lrviz.foundation.wording import did_you_mean, shown
from lrviz.language.marked_yaml import read
from lrviz.readers.arguments import taken
from lrviz.readers.config import Config, Part
from lrviz.readers.deepspeed import SCHEDULERS, DeepSpeed

_KEY = ("deepspeed",)
_LARGEST = 10**6
_PROJECT = (".git", "pyproject.toml")
"""What the folder of a project holds, above which no file is looked for."""


def replaced(config: Config, *, lr: Part[float], warm_up: Part[int], updates: Part[int]) -> dict[str, Any] | None:
    """Return the scheduler of the native document, None where there is no such file, or no scheduler in it.

    "auto" in it is what the arguments say, as transformers fills it in; another number than theirs is what it refuses.
    """
    beside = _file(config)
    if not beside:
        return None
    _compare(config, beside, lr.value)
    scheduler = beside.get("scheduler")
    if not isinstance(scheduler, Mapping):
        return None
    kind, params = scheduler.get("type"), scheduler.get("params") or {}
    if kind not in SCHEDULERS or not isinstance(params, Mapping):
        told = f"{shown(kind)} given; DeepSpeed has {', '.join(SCHEDULERS)}{did_you_mean(str(kind), SCHEDULERS)}"
        config.wrong(_KEY, f"scheduler.type of the file: {told}")
        return None
    arguments: dict[str, Part[Any]] = {
        "warmup_min_lr": Part(0.0, _KEY),
        "warmup_max_lr": lr,
        "warmup_num_steps": warm_up.then(max(1, warm_up.value)),
        "total_num_steps": updates,
    }
    made: dict[str, Any] = {"name": Part(f"deepspeed.{kind}", _KEY)}
    for key, value in params.items():
        if not taken(config, {key: Part(value, _KEY)}, f"deepspeed.{kind}"):
            continue
        made[key] = Part(value, _KEY)
        if value == "auto":
            if key in arguments:
                made[key] = arguments[key]
            else:
                config.wrong(_KEY, f"scheduler.params.{key} of the file is auto, which transformers does not fill in")
        elif key in arguments and key != "warmup_min_lr" and value != arguments[key].value:
            told = f"is {shown(value)}, and the arguments say {shown(arguments[key].value)}"
            config.wrong(_KEY, f"scheduler.params.{key} of the file {told}: transformers refuses that; auto is allowed")
    config.assume(f"deepspeed: its scheduler, {kind}, replaces that of the arguments")
    made["version"] = config.version(DeepSpeed.library, DeepSpeed.newest)
    return made


def _compare(config: Config, beside: Mapping[str, Any], lr: float) -> None:
    """Note where the file says another number than the arguments, which transformers refuses."""
    optimizer = beside.get("optimizer")
    params = optimizer.get("params") if isinstance(optimizer, Mapping) else None
    said = {
        "optimizer.params.lr": (params.get("lr") if isinstance(params, Mapping) else None, lr),
        "train_micro_batch_size_per_gpu": (
            beside.get("train_micro_batch_size_per_gpu"),
            config.whole("per_device_train_batch_size", 8).value,
        ),
        "gradient_accumulation_steps": (
            beside.get("gradient_accumulation_steps"),
            config.whole("gradient_accumulation_steps", 1).value,
        ),
    }
    for key, (value, argument) in said.items():
        if isinstance(value, int | float) and value != argument:
            told = f"is {value:g}, and the arguments say {argument:g}"
            config.wrong(_KEY, f"{key} of the file {told}: transformers refuses that; auto is allowed")


def _file(config: Config) -> Mapping[str, Any] | None:
    """Return what the config names, or holds; None where it does not, or the file is not here."""
    given = config.at(_KEY)
    if given is None or isinstance(given, Mapping):
        return given
    if not isinstance(given, str):
        config.wrong(_KEY, f"{shown(given)} given; the path of a JSON file is needed")
        return None
    path = _found(given, config.folder)
    if path is None:
        config.assume(f"deepspeed: {given} not found; a scheduler in it would replace that of the arguments")
        return None
    try:
        found = read(text_of(path, _LARGEST), given).data
    except DocumentError:
        config.wrong(_KEY, f"{given} given, which is not JSON")
    except Unreadable as error:
        config.wrong(_KEY, f"{given} given: {error}")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        config.wrong(_KEY, f"{given} given, which cannot be read: {reason}")
    else:
        if isinstance(found, Mapping):
            return found
        config.wrong(_KEY, f"{given} given, which is not a mapping")
    return None


def _found(given: str, folder: FilePath) -> FilePath | None:
    """Return the file of a path that is relative to the config, or to a folder above it in the same project.

    A training is mostly started in the folder of the project.
    """
    try:
        here = folder.resolve()
        above = [here, *here.parents]
        top = next((one for mark in _PROJECT for one in above if (one / mark).exists()), here)
        for one in above[: above.index(top) + 1]:
            path = (one / given).resolve()
            if path.exists() and path.is_relative_to(top):
                return path
    except (OSError, ValueError, RuntimeError):
        return None
    return None
