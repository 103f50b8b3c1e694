"""A mapping with places -> a validated schedule document: names in torch's spelling, all faults of it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lrviz.documents.faults import Keys, faults_of, position, problems_of
from lrviz.documents.geometry import Geometry
from lrviz.documents.hints import scheduler_keys
from lrviz.documents.host import named_optimizer, optimizer_keys
from lrviz.documents.metric import Metric
from lrviz.documents.override import Override, apply
from lrviz.documents.swa import Swa
from lrviz.foundation.errors import DocumentError, Fault, Path, Problem
from lrviz.language.length import Cadence, Clock
from lrviz.language.marked_yaml import Marked
from lrviz.language.registry import Registry, name_of
from lrviz.optimizers import OPTIMIZERS
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.situation import Reading, Situation
from lrviz.schedulers.stepping import Stepping

Document = TypeVar("Document", bound=Geometry)


def validated(
    model: type[Document], given: Marked, folder: FilePath, overrides: Sequence[Override] = (), *, watched: bool = False
) -> tuple[Document, Marked]:
    """Return the validated document, and the mapping with the overrides in it.

    folder: where its relative paths start; watched: the caller supplies what ReduceLROnPlateau watches.
    Raises DocumentError with every fault of it.
    """
    marked = replace(given, overridden=dict(given.overridden))
    if marked.data is None and not marked.faults:
        raise DocumentError(
            Fault(marked.source, "", "empty; a document names an optimizer and its scheduler, see lrviz init")
        )
    if not isinstance(marked.data, dict):
        raise DocumentError(*marked.faults, marked.fault((), "a mapping of keys to values is needed, see lrviz init"))
    if "entries" in marked.data and not marked.data.keys() & {"optimizer", "scheduler"}:
        told = "a race, not a schedule; lrviz race draws it"
        raise DocumentError(*marked.faults, marked.fault(("entries",), told, key=True))
    apply(overrides, marked)
    marked.data = data = _with_canonical_names(marked.data)
    found: list[Problem] = []

    def keys_at(path: Path) -> Keys:
        return _keys_at(path, data, model)

    geometry: Geometry | None = None
    try:
        geometry = Geometry.model_validate({key: data[key] for key in Geometry.model_fields if key in data})
    except ValidationError as error:
        found += problems_of(error, data, keys_at)
    situation = _situation(data, geometry, watched=watched)
    reading = Reading(situation, geometry.clock if geometry else _no_clock, folder)
    try:
        document = model.model_validate(data, context=reading)
    except ValidationError as error:
        found += problems_of(error, data, keys_at)
    if found or marked.faults:
        raise DocumentError(*_in_order(marked.faults, faults_of(found, marked, keys_at)))
    return document, marked


def _in_order(read: Sequence[Fault], validated: Sequence[Fault]) -> list[Fault]:
    """Join two lists of faults; parts already found faulty when reading are not reported again."""
    faulty = tuple(fault.field for fault in read if fault.field)
    inside = tuple(f"{field}{mark}" for field in faulty for mark in ".[")
    rest = [fault for fault in validated if fault.field not in faulty and not fault.field.startswith(inside)]
    return sorted([*read, *rest], key=position)


def _no_clock(_: Cadence) -> Clock | None:
    return None


def _situation(data: Mapping[str, Any], geometry: Geometry | None, *, watched: bool) -> Situation:
    host = data.get("optimizer")
    optimizer = named_optimizer(host)
    return Situation(
        clock=geometry.clock(geometry.interval) if geometry else None,
        occasions=geometry.clock(geometry.interval) if geometry else None,
        groups=_standing(host) if optimizer else None,
        grows=_grows(host),
        optimizer=name_of(optimizer) if optimizer else None,
        cycled=optimizer.cycled() or "" if optimizer else None,
        has_metric=watched or "metric" in data,
        averaged="swa" in data,
    )


def _grows(host: Any) -> bool:
    """Tell whether groups are added during the run."""
    groups = host.get("groups") if isinstance(host, Mapping) else None
    return isinstance(groups, list) and any(isinstance(one, Mapping) and "added" in one for one in groups)


def _standing(host: Any) -> int | None:
    """Return how many groups the optimizer is made with; None if the document is wrong there."""
    groups = host.get("groups")
    if isinstance(groups, list):
        return sum(not (isinstance(one, Mapping) and "added" in one) for one in groups) or None
    decay = host.get("layer_decay")
    if isinstance(decay, Mapping):
        layers = decay.get("layers")
        return layers + 1 if isinstance(layers, int) and layers > 0 else None
    return 1 if groups is None and decay is None else None


def _keys_at(path: Path, data: Any, model: type[BaseModel]) -> Keys:
    """Return the keys that the mapping at a path may have."""
    if not path:
        optimizer = named_optimizer(data.get("optimizer"))
        inner = {key: f"optimizer.{key}" for key in optimizer_keys(data.get("optimizer"))}
        inner |= scheduler_keys(data.get("scheduler"), ("scheduler",))
        return Keys(list(model.model_fields), [optimizer] if optimizer else [], inner)
    if path[0] == "optimizer":
        return Keys(["name", *optimizer_keys(data["optimizer"]), "groups", "layer_decay"], OPTIMIZERS)
    parts: dict[str | int, type[BaseModel]] = {"metric": Metric, "swa": Swa}
    if path[0] in parts:
        return Keys(
            [
                key
                for key in parts[path[0]].model_fields
                if key == "start" or key not in {"name", *Stepping.model_fields}
            ]
        )
    for part in path:
        data = data[part]
    name = data.get("name")
    known = SCHEDULERS.find(name) if isinstance(name, str) else None
    inner = scheduler_keys(data.get("schedulers"), (*path, "schedulers"))
    own = [key for key in known.model_fields if key not in Stepping.model_fields] if known else []
    stepped = [] if "schedulers" in path or not known else list(Stepping.model_fields)
    return Keys([*own, *stepped], SCHEDULERS, inner)


def _with_canonical_names(data: Any) -> Any:
    """Return a copy in which optimizers and schedulers have torch's spelling, whatever case they were written in."""
    copied = dict(data)
    if isinstance(copied.get("optimizer"), dict):
        copied["optimizer"] = _named(copied["optimizer"], OPTIMIZERS)
    if "scheduler" in copied:
        copied["scheduler"] = _canonical_scheduler(copied["scheduler"])
    return copied


def _named(data: dict[str, Any], known: Registry[Any]) -> dict[str, Any]:
    name = data.get("name")
    return {**data, "name": known.spelled(name)} if isinstance(name, str) else dict(data)


def _canonical_scheduler(data: Any) -> Any:
    if isinstance(data, list):
        return [_canonical_scheduler(one) for one in data]
    if not isinstance(data, dict):
        return data
    copied = _named(data, SCHEDULERS)
    if isinstance(copied.get("schedulers"), list):
        copied["schedulers"] = _canonical_scheduler(copied["schedulers"])
    return copied
