"""Copies of live schedulers, stepped as a training loop would. torch is used only where the caller has imported it."""

from __future__ import annotations

import inspect
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.engines.real.copying import copied
from lrviz.engines.real.described import Undescribed, described
from lrviz.engines.tasks.live import Loop, Traced
from lrviz.foundation.errors import LrvizError, UsageError
from lrviz.foundation.wording import did_you_mean
from lrviz.results import Recording, Unit

_COUNTS = {"epoch", "epochs", "t", "step", "num_updates", "num_epochs", "current_step", "global_step", "iteration"}
"""Parameters of `step` that take how far the run is; any other takes the metric."""
_METRICS = {"metric", "metrics", "loss", "val_loss", "score"}
"""Parameters of `step` that take the metric where there is one, although they have a default."""
_FAR = 20_000
"""How many counts are tried for a scheduler that keeps none."""
_PLACES = {
    "lr": ("lr", None),
    "momentum": ("momentum", None),
    "beta1": ("betas", 0),
    "weight_decay": ("weight_decay", None),
}


def schedulers_in(given: Any) -> list[Any]:
    """Return the schedulers in what a caller has built: one, or a list or tuple, with or without optimizers.

    Raises UsageError where there is anything else, or no scheduler.
    """
    objects = list(given) if isinstance(given, list | tuple) else [given]
    other = [one for one in objects if isinstance(one, type) or not callable(getattr(one, "step", None))]
    if other:
        kind = other[0] if isinstance(other[0], type) else type(other[0])
        is_class = ", a class" if isinstance(other[0], type) else ""
        raise UsageError(f"{kind.__name__}{is_class} given; a scheduler that was built, or a list of them, is needed")
    # A wrapper of an optimizer need not be a torch.optim.Optimizer; no scheduler sets gradients to zero.
    found = [one for one in objects if not hasattr(one, "zero_grad")]
    if not found:
        raise UsageError("no scheduler given; an object with step() that sets the lr of an optimizer is needed")
    return found


def trace(schedulers: Sequence[Any], loop: Loop) -> tuple[Traced, ...]:
    """Step copies of schedulers through a loop, and return the curves of each optimizer that they hold.

    Raises UsageError where they cannot be copied, hold no optimizer, or cannot be stepped in this loop.
    """
    copies = copied(schedulers)
    optimizers = copies.optimizers
    if not optimizers:
        names = ", ".join(dict.fromkeys(type(one).__name__ for one in schedulers))
        raise UsageError(f"{names} holds no optimizer: nothing in it has param_groups, where learning rates are read")
    places = [_Place.of(one, loop) for one in schedulers]
    told = [*copies.left_out, *_begun(schedulers), *(one.told for one in places if one.told)]
    of_each = [[s for s in copies.objects if _of(s, one)] or copies.objects for one in optimizers]
    documents = [_document(stepped, one, loop) for one, stepped in zip(optimizers, of_each, strict=True)]
    stepped = [_Stepped.of(one, loop, place) for one, place in zip(copies.objects, places, strict=True)]
    unit: Unit = "step" if any(one.update for one in stepped) and loop.steps_per_epoch > 1 else loop.unit
    rows = loop.ticks * loop.steps_per_epoch if unit != loop.unit else loop.ticks
    tables = [_Table(one, rows) for one in optimizers]
    known = dict.fromkeys(name for table in tables for name in table.values if name != "lr")
    for name in loop.params:
        if name not in known:
            raise UsageError(f"params {name}: the optimizer has {', '.join(known)}{did_you_mean(name, known)}")
    outside = copies.outside()
    with copies.in_place(), _random_kept(told), warnings.catch_warnings():
        # Schedulers warn of a loop without an optimizer's step, which does not concern the reader.
        warnings.simplefilter("ignore")
        for row in range(rows):
            for table in tables:
                table.record(row)
            for one in stepped:
                one.after(row, loop, unit)
        changed = [key for key, before in copies.outside().items() if before != outside[key]]
    told += [
        f"{by} changes {name}, which other code may change too: here only a copy of it was" for by, name in changed
    ]
    ran = _versions([*schedulers, *optimizers])
    return tuple(
        Traced(
            unit,
            type(optimizer).__name__,
            " + ".join(_words(one, inside=len(of_it) > 1) for one in of_it),
            table.groups,
            Recording(table.values["lr"], {name: one for name, one in table.values.items() if name != "lr"}, ran),
            tuple(dict.fromkeys(told)),
            *document,
        )
        for optimizer, of_it, table, document in zip(optimizers, of_each, tables, documents, strict=True)
    )


def _document(schedulers: Sequence[Any], optimizer: Any, loop: Loop) -> tuple[dict[str, Any] | None, str]:
    try:
        return described(schedulers, optimizer, loop), ""
    except Undescribed as reason:
        return None, str(reason)


@dataclass(frozen=True, slots=True)
class _Stepped:
    """A scheduler in a loop: what is called after every tick, and what after every update.

    arguments: for each argument of `tick` its name ("" if it is positional only) and whether it takes the metric.
    place: how far it was. monitor: the metric's name, where it takes a mapping of several, as mmengine's do.
    """

    name: str
    tick: Callable[..., object]
    update: Callable[..., object] | None
    arguments: tuple[tuple[str, bool], ...]
    place: _Place
    monitor: str

    @classmethod
    def of(cls, scheduler: Any, loop: Loop, place: _Place) -> _Stepped:
        name = type(scheduler).__name__
        arguments = []
        for one in inspect.signature(scheduler.step).parameters.values():
            if one.kind in {one.VAR_POSITIONAL, one.VAR_KEYWORD}:
                continue
            needed = one.default is one.empty
            watches = one.name in _METRICS if not needed else one.name not in _COUNTS
            if needed and watches and loop.metric is None:
                raise UsageError(f"{name}.step() needs {one.name}: a metric is needed, a value for each step")
            if needed or (watches and loop.metric is not None):
                arguments.append(("" if one.kind is one.POSITIONAL_ONLY else one.name, watches))
        monitor = getattr(scheduler, "monitor", "")
        update = getattr(scheduler, "step_update", None)
        return cls(name, scheduler.step, update, tuple(arguments), place, monitor if isinstance(monitor, str) else "")

    def after(self, row: int, loop: Loop, unit: Unit) -> None:
        """Make the calls that follow the update, or the epoch, of a row."""
        try:
            if self.update is not None:
                self.update(self.place.updates + row + 1)
            # A scheduler with step_update is also stepped at each epoch; the others count what the loop counts.
            by_epoch = self.update is not None if loop.unit == "step" else unit == "step"
            tick, rest = divmod(row + 1, loop.steps_per_epoch if by_epoch else 1)
            if not rest:
                self.call(tick, None if loop.metric is None else float(loop.metric[tick - 1]))
        except LrvizError:
            raise
        except Exception as error:
            read = ". The copies of a model's tensors have no values" if "meta tensor" in str(error) else ""
            raise UsageError(f"{self.name}.step() after update {row + 1}: {error}{read}") from error

    def call(self, tick: int, metric: float | None) -> None:
        """Call `step` with the arguments that it takes; tick: how many ticks there were."""
        seen = {self.monitor: metric} if self.monitor else metric
        values = [(name, seen if watches else self.place.ticks + tick) for name, watches in self.arguments]
        self.tick(*(one for name, one in values if not name), **{name: one for name, one in values if name})


class _Table:
    """What the parameter groups of an optimizer hold at each row: [rows, groups] for each hyperparameter."""

    def __init__(self, optimizer: Any, rows: int) -> None:
        self._groups: list[dict[str, Any]] = list(optimizer.param_groups)
        self.groups = tuple(str(one.get("name", index)) for index, one in enumerate(self._groups))
        without = [name for one, name in zip(self._groups, self.groups, strict=True) if "lr" not in one]
        if without:
            raise UsageError(f"{type(optimizer).__name__}: group {without[0]} has no lr")
        held = [name for name, (key, _) in _PLACES.items() if all(key in one for one in self._groups)]
        self.values = {name: np.full((rows, len(self._groups)), np.nan) for name in held}
        self._columns = [(self.values[name], *_PLACES[name]) for name in held]

    def record(self, row: int) -> None:
        """Record the current values."""
        for column, key, part in self._columns:
            column[row] = [float(one[key] if part is None else one[key][part]) for one in self._groups]


@contextmanager
def _random_kept(told: list[str]) -> Iterator[None]:
    """Restore the random states of Python, NumPy and torch, and warn if they were used."""
    torch: Any = sys.modules.get("torch")
    states: list[tuple[Callable[[], Any], Callable[[Any], None]]] = [
        (random.getstate, random.setstate),
        (np.random.get_state, np.random.set_state),
    ]
    if torch is not None:
        states.append((torch.get_rng_state, torch.set_rng_state))
        if torch.cuda.is_initialized():
            states.append((torch.cuda.get_rng_state_all, torch.cuda.set_rng_state_all))
    before = [read() for read, _ in states]
    try:
        yield
    finally:
        if any(_plain(read()) != _plain(old) for (read, _), old in zip(states, before, strict=True)):
            told.append("a step draws random numbers: the run, which draws others before it, has another curve")
        for (_, write), old in zip(states, before, strict=True):
            write(old)


def _plain(state: Any) -> Any:
    """Return a random state in a form that can be compared."""
    if isinstance(state, list | tuple):
        return [_plain(one) for one in state]
    return state.tolist() if hasattr(state, "tolist") else state


def _begun(schedulers: Sequence[Any]) -> Iterator[str]:
    """Say where the curve begins of schedulers that have been stepped already."""
    for one in schedulers:
        made = max((_last(each) for each in (one, *_members(one))), default=0)
        if made > 0:
            times = "once" if made == 1 else f"{made} times"
            begins = f"the curve begins there, with what is t = {made} of the run as its t = 0"
            yield f"{type(one).__name__} has been stepped {times} before: {begins}"


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a scheduler is that takes a count and keeps none: in `step`, in `step_update`; and a warning."""

    ticks: int = 0
    updates: int = 0
    told: str = ""

    @classmethod
    def of(cls, scheduler: Any, loop: Loop) -> _Place:
        """Return where its lrs are those in the groups: at 0 if they were never set, or are found nowhere."""
        copies = copied([scheduler])
        stepped = _Stepped.of(copies.objects[0], loop, _Place())
        if not any(not watches for _, watches in stepped.arguments):
            return cls()
        groups = [group for each in copies.optimizers for group in each.param_groups]
        # With layer decay timm keeps each group's share in lr_scale; its initial_lr does not include it.
        now = [one.get("lr") for one in groups]
        first = [one["initial_lr"] * one.get("lr_scale", 1) if "initial_lr" in one else None for one in groups]

        def found(tell: Callable[[int], object]) -> list[int]:
            for group, lr in zip(groups, now, strict=True):
                group["lr"] = lr
            places: list[int] = []
            for at in range(_FAR):
                tell(at)
                if now == [one.get("lr") for one in groups]:
                    places.append(at)
                    if at == 0 or len(places) > 1:
                        break
            return places

        with copies.in_place(), _random_kept([]), warnings.catch_warnings(), suppress(Exception):
            warnings.simplefilter("ignore")
            update = stepped.update
            ticks = found(lambda at: stepped.call(at, None))
            updates = found(update) if update is not None else [0]
            if ticks[:1] == updates[:1] == [0] or (not (ticks and updates) and now == first):
                return cls()
            told = f"{stepped.name} does not say how far it is: "
            if not (ticks and updates):
                return cls(told=told + "here its epochs and updates are counted from 0")
            at, several = max(ticks[0], updates[0]), len(ticks) > 1 or len(updates) > 1
            again = ", and of later ones" if several else ""
            return cls(ticks[0], updates[0], f"{told}its lr is that of t = {at}{again}; the curve begins there")
        return cls()


def _last(scheduler: Any) -> int:
    # mmengine's schedulers count steps, whatever the interval.
    last = getattr(scheduler, "last_epoch", getattr(scheduler, "last_step", 0))
    return int(last) if isinstance(last, int | float) else 0


def _members(scheduler: Any) -> Sequence[Any]:
    members = getattr(scheduler, "_schedulers", ())
    return members if isinstance(members, list | tuple) else ()


def _words(scheduler: Any, *, inside: bool = False) -> str:
    """Return a scheduler in words, with its members, as for a document."""
    members = _members(scheduler)
    if not members:
        return type(scheduler).__name__
    text = (" → " if hasattr(scheduler, "_milestones") else " + ").join(_words(one, inside=True) for one in members)
    return f"({text})" if inside else text


def _of(scheduler: Any, optimizer: Any) -> bool:
    """Return whether a scheduler, or a member of it, holds an optimizer."""
    owners = [getattr(one, "optimizer", None) for one in (scheduler, *_members(scheduler))]
    return any(getattr(one, "param_groups", None) is optimizer.param_groups for one in owners)


def _versions(objects: Sequence[Any]) -> dict[str, str]:
    """Return the libraries that the classes of objects come from, with the versions that they state."""
    packages = [each.__module__.partition(".")[0] for one in objects for each in type(one).__mro__]
    known = {name: getattr(sys.modules.get(name), "__version__", None) for name in packages}
    return {name: str(version).partition("+")[0] for name, version in known.items() if version is not None}
