"""The torch side of a checkpoint: read without running anything of it, and searched for the states it holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pickle import UnpicklingError
from typing import Any

from lrviz.engines.real.schedule import torch
from lrviz.engines.tasks.resume import Contents, Reading
from lrviz.foundation.errors import CheckpointError

_DEEPEST = 3
"""Levels of mappings and lists in which a state is looked for."""
_SCHEDULES = {"last_epoch", "_step_count", "num_bad_epochs", "_schedulers"}


def read(reading: Reading) -> Contents:
    """Read a checkpoint with weights_only, which builds plain values and tensors and nothing else.

    Raises CheckpointError where that is refused, or the file is no checkpoint.
    """
    loaded = _loaded(reading.path)
    optimizers: dict[str, tuple[dict[str, Any], ...]] = {}
    schedulers: dict[str, tuple[dict[str, Any], ...]] = {}
    for key, part in _parts(loaded, "", 0):
        if _is_optimizer(part):
            optimizers[key] = tuple(
                _plain({k: v for k, v in group.items() if k != "params"}) for group in part["param_groups"]
            )
        elif _is_scheduler(part):
            schedulers[key] = (_plain(part),)
    return Contents(optimizers, schedulers, tuple(map(str, loaded)) if isinstance(loaded, Mapping) else ())


def _loaded(path: str) -> Any:
    """Return what the file holds; weights stay on the disk where its format allows that."""
    try:
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except (RuntimeError, ValueError):
            # The format from before torch 1.6 cannot be mapped.
            return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        what = re.search(r"GLOBAL\s+(\w+(?:\.\w+)+)", str(error))
        raise CheckpointError(
            f"{path}: holds more than tensors and plain values{f', {what[1]} for one' if what else ''}, and loading "
            "that could run code; refused, and nothing of it was run. Save state dicts: torch.save({'optimizer': "
            "optimizer.state_dict(), 'scheduler': scheduler.state_dict()}, path)"
        ) from None
    except Exception as error:
        told = re.split(r"(?<=[.:;])\s", " ".join(str(error).split()) or type(error).__name__)[0].rstrip(".:; ")
        raise CheckpointError(f"{path}: broken, or cut short: {told}") from None


def _parts(value: Any, key: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield every mapping that may be a state, with the key it stands under."""
    if isinstance(value, Mapping):
        yield key, value
        if depth < _DEEPEST and not _is_optimizer(value) and not _is_scheduler(value):
            for name, part in value.items():
                yield from _parts(part, f"{key}.{name}" if key else str(name), depth + 1)
    elif isinstance(value, list | tuple) and depth < _DEEPEST:
        for index, part in enumerate(value):
            yield from _parts(part, f"{key}[{index}]", depth + 1)


def _is_optimizer(part: Any) -> bool:
    groups = part.get("param_groups") if isinstance(part, Mapping) else None
    return isinstance(groups, list) and bool(groups) and all(isinstance(group, Mapping) for group in groups)


def _is_scheduler(part: Any) -> bool:
    return isinstance(part, Mapping) and bool(_SCHEDULES & {key for key in part if isinstance(key, str)})


def _plain(value: Any) -> Any:
    """Return a state without tensors: a number for each that holds one."""
    if isinstance(value, torch.Tensor):
        return value.item() if value.numel() == 1 else value.tolist() if value.numel() <= 1000 else None
    if isinstance(value, Counter):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_plain(each) for each in value]) if type(value) in {list, tuple} else [*map(_plain, value)]
    return value
