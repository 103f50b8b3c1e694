"""The optimizer of a document and its parameter groups: what the schedulers act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from pydantic import ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from lrviz.documents.faults import Keys, problems_of
from lrviz.documents.groups import Group, LayerDecay, layer_decay, listed
from lrviz.foundation.errors import Problem, UsageError
from lrviz.foundation.wording import did_you_mean
from lrviz.language.fields import misfit, problems_in
from lrviz.language.named import class_named
from lrviz.language.registry import NotLoadable
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.schedulers.situation import Reading


@dataclass(frozen=True, slots=True)
class Host:
    """An optimizer, as its constructor is called, and its parameter groups (at least one)."""

    optimizer: Optimizer
    groups: tuple[Group, ...]
    grouped: bool
    """Whether the document lists the groups, or how they are made."""
    layer_decay: LayerDecay | None = None
    """What makes the groups, where they are not listed."""

    @property
    def late(self) -> tuple[Group, ...]:
        """The groups that are added later: the last ones."""
        return tuple(takewhile(lambda group: group.added is not None, reversed(self.groups)))[::-1]

    @property
    def standing(self) -> tuple[Group, ...]:
        """The groups that the optimizer is made with: all but those that are added later."""
        return self.groups[: len(self.groups) - len(self.late)]


def named_optimizer(data: Any) -> type[Optimizer] | None:
    """Return the class of the optimizer that `data` names, None if there is none."""
    name = data.get("name") if isinstance(data, Mapping) else None
    try:
        return OPTIMIZERS.find(name) if isinstance(name, str) else None
    except NotLoadable:
        return None


def optimizer_keys(data: Any) -> list[str]:
    """Return the hyperparameters of the optimizer that `data` names."""
    optimizer = named_optimizer(data)
    return [key for key in optimizer.model_fields if key != "name"] if optimizer else []


def _validated(data: Mapping[str, Any]) -> Optimizer:
    return class_named(OPTIMIZERS, data).model_validate(data)


def read_host(data: Any, info: ValidationInfo) -> Host:
    """Validate the mapping under `optimizer:` of a document. See `host_of`."""
    return host_of(data, info.context)


def host_of(data: Any, reading: Reading | None = None) -> Host:
    """Validate the mapping that describes an optimizer; reading: the document that it is in.

    Raises PydanticCustomError with everything that is wrong in it, groups included.
    """
    if not isinstance(data, Mapping):
        raise PydanticCustomError("model_type", "a mapping is needed")
    own = {key: value for key, value in data.items() if key not in {"groups", "layer_decay"}}
    found: list[Problem] = []
    optimizer: Optimizer | None = None
    try:
        optimizer = _validated(own)
    except PydanticCustomError as error:
        found += problems_in(error)
    except ValidationError as error:
        keys = Keys(["name", *optimizer_keys(data), "groups", "layer_decay"], OPTIMIZERS)
        found += problems_of(error, own, lambda _: keys)
    groups: tuple[Group, ...] = ()
    decay = layer_decay(data["layer_decay"], optimizer, found) if "layer_decay" in data else None
    if "groups" in data:
        if "layer_decay" in data:
            found.append(
                Problem(("layer_decay",), "given together with groups; it makes the groups itself, drop one of them")
            )
        groups = tuple(
            listed(
                data["groups"],
                optimizer_keys(own),
                (optimizer, lambda overridden: _validated({**own, **overridden})),
                reading,
                found,
            )
        )
    elif optimizer is not None:
        groups = tuple(decay.groups(optimizer)) if decay else (Group("0", optimizer),)
    if found or optimizer is None:
        raise misfit(found)
    return Host(optimizer, groups, "groups" in data or decay is not None, decay)


def recordable(host: Host) -> tuple[str, ...]:
    """Return the hyperparameters besides lr that are numbers; betas are beta1 and beta2."""
    numbers = [
        key
        for key, value in host.optimizer.hyperparameters().items()
        if key != "lr" and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return (*(("beta1", "beta2") if "betas" in host.optimizer.hyperparameters() else ()), *numbers)


def known_params(
    params: Sequence[str], hosts: Sequence[Host], option: str, derived: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the hyperparameters that an option asks for, each once; derived: what else may be asked for.

    Raises UsageError for one that none of the optimizers has.
    """
    known = dict.fromkeys([*(name for host in hosts for name in recordable(host)), *derived])
    for name in params:
        if name not in known:
            raise UsageError(f"{option} {name}: the optimizer has {', '.join(known)}{did_you_mean(name, known)}")
    return tuple(dict.fromkeys(params))


def plain_host(host: Host) -> dict[str, Any]:
    """Return the mapping that `read_host` would read again."""
    plain = host.optimizer.model_dump(mode="json", exclude_unset=True)
    plain["name"] = host.optimizer.name
    if host.layer_decay is not None:
        plain["layer_decay"] = host.layer_decay.model_dump(mode="json")
    elif host.grouped:
        own = [(group, group.optimizer.model_dump(mode="json", exclude_unset=True)) for group in host.groups]
        plain["groups"] = [
            {
                "name": group.name,
                **({} if group.added is None else {"added": f"{group.added}ba"}),
                **{key: value for key, value in values.items() if key not in plain or value != plain[key]},
            }
            for group, values in own
        ]
    return plain
