"""The torch side of a checkpoint: read without running any code from it, and searched for the states it holds."""

from __future__ import annotations

import re
import zipfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from lrviz.engines.real.inert import ALLOWED, Array
from lrviz.engines.real.schedule import torch
from lrviz.engines.tasks.resume import Contents, Reading
from lrviz.foundation.errors import CheckpointError
from lrviz.foundation.printable import printable
from lrviz.foundation.progress import Progress

_DEEPEST = 10
"""Levels of mappings and lists in which a state is looked for."""
_DEEPEST_STATE, _MOST_VALUES = 50, 200_000
"""Levels of a state, and values of all states of a file: a crafted file may hold one list a thousand times."""
_MOST_OF_TENSOR = 1000
_BEYOND_FILE = 2**30
"""Bytes of memory that reading may take in addition to twice the size of the file."""
_LONGEST_KEY = 100
_SCHEDULES = {"last_epoch", "_step_count", "num_bad_epochs", "_schedulers"}
_OF_PARAMETERS = {"params", "param_names"}


def read(reading: Reading, _: Progress | None = None) -> Contents:
    """Read a checkpoint with weights_only, which builds plain values, tensors, what `ALLOWED` lists, and nothing else.

    Raises CheckpointError where torch refuses that, or the file is not a checkpoint.
    """
    loaded = _loaded(reading.path)
    optimizers: dict[str, tuple[dict[str, Any], ...]] = {}
    schedulers: dict[str, dict[str, Any]] = {}
    plain = _Plain(reading.path)
    for path, part in _states(loaded):
        key = _dotted(path)
        if _is_optimizer(part):
            optimizers[key] = tuple(
                plain({k: v for k, v in group.items() if k not in _OF_PARAMETERS}) for group in part["param_groups"]
            )
        else:
            schedulers[key] = plain(part)
    return Contents(optimizers, schedulers, tuple(map(_shown, loaded)) if isinstance(loaded, Mapping) else ())


def _loaded(path: str) -> Any:
    """Return what the file holds; weights stay on the disk where its format allows that."""
    shown = printable(path)
    try:
        # The format from before torch 1.6 is not an archive, and cannot be mapped.
        mapped = _is_archive(path)
        with _bounded(path), torch.serialization.safe_globals(ALLOWED), Path(path).open("rb") as stream:
            # torch cannot open a name that is not UTF-8, and maps files only by name.
            named = not any("\udc80" <= character <= "\udcff" for character in path)
            return torch.load(path if named else stream, map_location="cpu", weights_only=True, mmap=mapped and named)
    except UnpicklingError as error:
        what = re.search(r"GLOBAL\s+(\S+\.\S+)", str(error))
        raise CheckpointError(
            f"{shown}: holds more than tensors and plain values"
            f"{f', such as {printable(what[1][:80])},' if what else ','} and loading "
            "that could run code; refused, and none of it was run. Save state dicts: torch.save({'optimizer': "
            "optimizer.state_dict(), 'scheduler': scheduler.state_dict()}, path)"
        ) from None
    except MemoryError:
        raise CheckpointError(f"{shown}: asks for far more memory than its size; refused") from None
    except Exception as error:
        told = re.split(r"(?<=[.:;])\s", " ".join(str(error).split()) or type(error).__name__)[0].rstrip(".:; ")
        raise CheckpointError(f"{shown}: broken, or cut short: {printable(told[:200])}") from None


def _is_archive(path: str) -> bool:
    """Tell whether a file is the archive that torch.save writes, which never compresses.

    Raises ValueError for a compressed one: a few kilobytes of it may expand to fill the memory.
    """
    with Path(path).open("rb") as stream:
        if stream.read(2) != b"PK":
            return False
    with zipfile.ZipFile(path) as archive:
        if any(record.compress_type != zipfile.ZIP_STORED for record in archive.infolist()):
            raise ValueError("a compressed archive, and torch.save does not compress")
    return True


@contextmanager
def _bounded(path: str) -> Iterator[None]:
    """Let this process take no more memory than a checkpoint of that size can need, where the system knows how."""
    try:
        import resource

        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = taken + 2 * Path(path).stat().st_size + _BEYOND_FILE
    soft = most if before[0] == resource.RLIM_INFINITY else min(most, before[0])
    resource.setrlimit(resource.RLIMIT_AS, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _states(loaded: Any) -> Iterator[tuple[tuple[str, ...], Mapping[Any, Any]]]:
    """Yield every state, the outer ones first, with the keys that lead to it.

    A state in several places is yielded for the first of them: a file may hold one list a thousand times.
    """
    waiting: deque[tuple[tuple[str, ...], Any]] = deque([((), loaded)])
    seen = {id(loaded)}
    while waiting:
        path, value = waiting.popleft()
        if _is_optimizer(value) or _is_scheduler(value):
            yield path, value
        elif isinstance(value, Mapping | list | tuple) and len(path) < _DEEPEST:
            keyed = value.items() if isinstance(value, Mapping) else enumerate(value)
            for key, part in keyed:
                if isinstance(part, Mapping | list | tuple) and id(part) not in seen:
                    seen.add(id(part))
                    waiting.append(((*path, _shown(key) if isinstance(value, Mapping) else f"[{key}]"), part))


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(".[", "[")


def _shown(key: object) -> str:
    return str(key)[:_LONGEST_KEY] if isinstance(key, str | int | float) else type(key).__name__


def _is_optimizer(part: Any) -> bool:
    groups = part.get("param_groups") if isinstance(part, Mapping) else None
    return isinstance(groups, list) and bool(groups) and all(isinstance(group, Mapping) for group in groups)


def _is_scheduler(part: Any) -> bool:
    """Tell a scheduler's state from a checkpoint that has its own last_epoch next to its states."""
    if not isinstance(part, Mapping) or not _SCHEDULES & {key for key in part if isinstance(key, str)}:
        return False
    return not any(isinstance(each, Mapping) and not isinstance(each, Counter) for each in part.values())


class _Plain:
    """Copies states without tensors: a number for a tensor that holds one, None for anything but plain values."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._left = _MOST_VALUES

    def __call__(self, value: Any, depth: int = 0) -> Any:
        """Raises CheckpointError where there are more values, or more levels, than any state has."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST_STATE:
            raise CheckpointError(
                f"{printable(self._path)}: a state of more than {_MOST_VALUES:,} values, or of more than "
                f"{_DEEPEST_STATE} levels; no state of torch"
            )
        if isinstance(value, torch.Tensor):
            if value.device.type != "cpu" or value.layout != torch.strided or value.numel() > _MOST_OF_TENSOR:
                return None
            return value.item() if value.numel() == 1 else value.tolist()
        if isinstance(value, Array):
            return value.numbers[0] if value.numbers and value.single else value.numbers
        if isinstance(value, Mapping):
            items = {key: self(each, depth + 1) for key, each in value.items() if isinstance(key, str | int | float)}
            return Counter(items) if isinstance(value, Counter) else items
        if isinstance(value, list | tuple):
            items_ = [self(each, depth + 1) for each in value]
            return tuple(items_) if isinstance(value, tuple) else items_
        if isinstance(value, int) and value.bit_length() > 64:
            return None
        return value if isinstance(value, bool | int | float | str | None) else None
