"""The parameter groups of an optimizer: written one by one, some of them added later, or made by layer-wise decay."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from lrviz.documents.faults import Keys, problems_of, unknown
from lrviz.foundation.errors import Path, Problem
from lrviz.foundation.wording import shown
from lrviz.language.fields import Count, Model, Title, computed_whole
from lrviz.language.length import Cadence, is_arithmetic, ticks
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.schedulers.situation import Reading

MOST_GROUPS = 10_000


@dataclass(frozen=True, slots=True)
class Group:
    """A parameter group: its name, and the hyperparameters in force in it.

    added: the optimizer step before which `add_param_group` adds it; None where the optimizer is made with it.
    """

    name: str
    optimizer: Optimizer
    added: int | None = None


class LayerDecay(Model):
    """A group for each layer; the lr falls from the last layer to the first.

    Formula, for i = 0 (the embedding) to n = layers (the head):
        lr of group i = lr * decay ** (n - i)

    Source: Clark et al., ELECTRA, https://arxiv.org/abs/2003.10555
    """

    layers: Annotated[Count, Field(lt=MOST_GROUPS)] = Field(description="layers; there is one group more")
    decay: float = Field(gt=0, description="lr of a layer, as a share of the lr of the layer above it")

    def groups(self, optimizer: Optimizer) -> Iterator[Group]:
        """Yield the groups, the first layer first."""
        for layer in range(self.layers + 1):
            yield Group(f"layer {layer}", optimizer.model_copy(update={"lr": self.lr(optimizer, layer)}))

    def lr(self, optimizer: Optimizer, layer: int) -> float:
        """Return the lr of a layer, infinite where it is beyond float64."""
        try:
            lr: float = optimizer.hyperparameters()["lr"] * self.decay ** (self.layers - layer)
        except OverflowError:
            return math.inf
        return lr


def layer_decay(data: Any, optimizer: Optimizer | None, found: list[Problem]) -> LayerDecay | None:
    """Return the value of `layer_decay`; what is wrong with it is added to `found`."""
    if not isinstance(data, Mapping):
        told = "a mapping is needed, for example {layers: 12, decay: 0.75}"
        found.append(Problem(("layer_decay",), f"{shown(data)} given; {told}"))
        return None
    try:
        decay = LayerDecay.model_validate(data)
    except ValidationError as error:
        keys = Keys(list(LayerDecay.model_fields))
        found += [one._replace(path=("layer_decay", *one.path)) for one in problems_of(error, data, lambda _: keys)]
        return None
    if optimizer is not None and optimizer.single_group:
        found.append(Problem(("layer_decay",), f"given; {optimizer.name} takes one group only"))
    elif optimizer is not None and not math.isfinite(decay.lr(optimizer, 0)):
        told = f"{decay.decay:g} given, which takes the lr of layer 0 beyond float64; a share below 1 is usual"
        found.append(Problem(("layer_decay", "decay"), told))
        return None
    return decay


def listed(
    data: Any,
    known: list[str],
    made: tuple[Optimizer | None, Callable[[Mapping[str, Any]], Optimizer]],
    reading: Reading | None,
    found: list[Problem],
) -> Iterator[Group]:
    """Yield the groups of a list; what is wrong with them is added to `found`.

    known: the hyperparameters of the optimizer; made: it, and what makes one with those of a group.
    """
    optimizer, validated = made
    if not isinstance(data, list) or not data:
        found.append(Problem(("groups",), "a list of groups is needed, each with the hyperparameters it overrides"))
        return
    if optimizer is not None and optimizer.single_group and len(data) > 1:
        found.append(Problem(("groups",), f"{len(data)} groups given; {optimizer.name} takes one group only"))
    names: set[str] = set()
    latest: int | None = None
    for index, own in enumerate(data):
        at: Path = ("groups", index)
        if not isinstance(own, Mapping):
            found.append(Problem(at, "a mapping is needed, for example {name: head, lr: 0.1}"))
            continue
        name = _name(own, index, at, found)
        if name in names:
            found.append(Problem((*at, "name"), f"{name!r} given twice; each group needs its own name"))
        names.add(name)
        added = _added(own, at, reading, found)
        if index == 0 and "added" in own:
            told = "given for the first group; write one that the optimizer is made with before it"
            found.append(Problem((*at, "added"), told))
        elif latest is not None and "added" not in own:
            found.append(Problem(at, "comes after a group that is added later; write it before that one"))
        elif latest is not None and added is not None and added < latest:
            told = f"{shown(own['added'])} given, earlier than the group above it; write groups in order of time"
            found.append(Problem((*at, "added"), told))
        latest = added if added is not None else latest
        overridden = {key: value for key, value in own.items() if key not in {"name", "added"}}
        wrong = [key for key in overridden if key not in known]
        if known:
            keys = Keys(["name", "added", *known], OPTIMIZERS)
            found += [Problem((*at, key), unknown(key, keys), of_key=True) for key in wrong]
        if optimizer is not None and not wrong:
            try:
                yield Group(name, validated(overridden), added)
            except ValidationError as error:
                found += [
                    below._replace(path=(*at, *below.path))
                    for below in problems_of(error, overridden, lambda _: Keys())
                ]


def _added(own: Mapping[str, Any], at: Path, reading: Reading | None, found: list[Problem]) -> int | None:
    """Return the optimizer step before which a group is added: the first one at or after its time.

    None where that is not stated or not valid, or the length of the run is not.
    """
    clock = reading.clock_of(Cadence("step")) if reading is not None else None
    if "added" not in own or clock is None:
        return None
    written = own["added"]
    try:
        given = computed_whole(written) if isinstance(written, str) and is_arithmetic(written) else written
        if isinstance(given, str):
            step = ticks(given, clock)
        elif isinstance(given, int | float) and not isinstance(given, bool) and given >= 0 and given % 1 == 0:
            step = int(given) * (clock.steps_per_epoch if reading is not None and reading.interval == "epoch" else 1)
        else:
            raise ValueError('a number of ticks, or a length as "5ep", is needed')
    except ValueError as error:
        found.append(Problem((*at, "added"), f"{shown(written)} given; {error}"))
        return None
    if step >= clock.ticks:
        told = f"{shown(written)} given, which the run of {clock.ticks:,} steps does not reach"
        found.append(Problem((*at, "added"), told))
    return step


@cache
def _title() -> TypeAdapter[str]:
    return TypeAdapter(Title)


def _name(own: Mapping[str, Any], index: int, at: Path, found: list[Problem]) -> str:
    if "name" not in own:
        return str(index)
    try:
        return _title().validate_python(own["name"], strict=True)
    except ValidationError as error:
        found += [one._replace(path=(*at, "name")) for one in problems_of(error, own["name"], lambda _: Keys())]
        return str(index)
