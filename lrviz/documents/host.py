"""The optimizer of a document and its parameter groups: what the schedulers act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from lrviz.documents.faults import Keys, problems_of, unknown
from lrviz.foundation.errors import Path, Problem, UsageError
from lrviz.foundation.wording import did_you_mean
from lrviz.language.fields import Title, misfit, problems_in
from lrviz.language.named import class_named
from lrviz.language.registry import NotLoadable
from lrviz.optimizers import OPTIMIZERS, Optimizer


@dataclass(frozen=True, slots=True)
class Group:
    """A parameter group: its name, and the hyperparameters in force in it."""

    name: str
    optimizer: Optimizer


@dataclass(frozen=True, slots=True)
class Host:
    """An optimizer, as its constructor is called, and its parameter groups (at least one)."""

    optimizer: Optimizer
    groups: tuple[Group, ...]
    grouped: bool
    """Whether the document lists the groups."""


@cache
def _title() -> TypeAdapter[str]:
    return TypeAdapter(Title)


def named_optimizer(data: Any) -> type[Optimizer] | None:
    """Return the class of the optimizer that `data` names, None where there is no such."""
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


def read_host(data: Any) -> Host:
    """Validate the mapping under `optimizer:`.

    Raises PydanticCustomError with everything that is wrong in it, groups included.
    """
    if not isinstance(data, Mapping):
        raise PydanticCustomError("model_type", "a mapping is needed")
    own = {key: value for key, value in data.items() if key != "groups"}
    found: list[Problem] = []
    optimizer: Optimizer | None = None
    try:
        optimizer = _validated(own)
    except PydanticCustomError as error:
        found += problems_in(error)
    except ValidationError as error:
        found += problems_of(error, own, lambda _: Keys(["name", *optimizer_keys(data), "groups"], OPTIMIZERS))
    groups: tuple[Group, ...] = ()
    if "groups" in data:
        groups = tuple(_groups(data["groups"], own, optimizer, found))
    elif optimizer is not None:
        groups = (Group("0", optimizer),)
    if found or optimizer is None:
        raise misfit(found)
    return Host(optimizer, groups, "groups" in data)


def _groups(data: Any, shared: Mapping[str, Any], optimizer: Optimizer | None, found: list[Problem]) -> Iterator[Group]:
    """Yield the groups; what is wrong with them is added to `found`."""
    if not isinstance(data, list) or not data:
        found.append(Problem(("groups",), "a list of groups is needed, each with the hyperparameters it overrides"))
        return
    if optimizer is not None and optimizer.single_group and len(data) > 1:
        found.append(Problem(("groups",), f"{len(data)} groups given; {optimizer.name} takes one group only"))
    names: set[str] = set()
    for index, own in enumerate(data):
        at: Path = ("groups", index)
        if not isinstance(own, Mapping):
            found.append(Problem(at, "a mapping is needed, for example {name: head, lr: 0.1}"))
            continue
        name = _name(own, index, at, found)
        if name in names:
            found.append(Problem((*at, "name"), f"{name!r} given twice; each group needs its own name"))
        names.add(name)
        overridden = {key: value for key, value in own.items() if key != "name"}
        wrong = [key for key in overridden if key not in optimizer_keys(shared)]
        if optimizer_keys(shared):
            found += [
                Problem((*at, key), unknown(key, Keys(["name", *optimizer_keys(shared)], OPTIMIZERS)), True)
                for key in wrong
            ]
        if optimizer is not None and not wrong:
            try:
                yield Group(name, _validated({**shared, **overridden}))
            except ValidationError as error:
                found += [
                    below._replace(path=(*at, *below.path))
                    for below in problems_of(error, overridden, lambda _: Keys())
                ]


def _name(own: Mapping[str, Any], index: int, at: Path, found: list[Problem]) -> str:
    if "name" not in own:
        return str(index)
    try:
        return _title().validate_python(own["name"], strict=True)
    except ValidationError:
        found.append(Problem((*at, "name"), "a name in text is needed"))
        return str(index)


def recordable(host: Host) -> tuple[str, ...]:
    """Return the hyperparameters that are numbers, beside lr; betas are beta1 and beta2."""
    numbers = [
        key
        for key, value in host.optimizer.hyperparameters().items()
        if key != "lr" and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return (*(("beta1", "beta2") if "betas" in host.optimizer.hyperparameters() else ()), *numbers)


def known_params(params: Sequence[str], hosts: Sequence[Host], option: str) -> tuple[str, ...]:
    """Return the hyperparameters that an option asks for, each once.

    Raises UsageError for one that none of the optimizers has.
    """
    known = dict.fromkeys(name for host in hosts for name in recordable(host))
    for name in params:
        if name not in known:
            raise UsageError(f"{option} {name}: the optimizer has {', '.join(known)}{did_you_mean(name, known)}")
    return tuple(dict.fromkeys(params))


def plain_host(host: Host) -> dict[str, Any]:
    """Return the mapping that `read_host` would read again."""
    plain = host.optimizer.model_dump(mode="json", exclude_unset=True)
    plain["name"] = host.optimizer.name
    if host.grouped:
        own = [(group.name, group.optimizer.model_dump(mode="json", exclude_unset=True)) for group in host.groups]
        plain["groups"] = [
            {"name": name, **{key: value for key, value in values.items() if key not in plain or value != plain[key]}}
            for name, values in own
        ]
    return plain
