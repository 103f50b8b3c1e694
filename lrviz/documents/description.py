"""The description of a scheduler, an optimizer or a test function, from its own fields and docstring."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from typing_extensions import Doc

from lrviz.foundation.documentation import documentation
from lrviz.functions import FUNCTIONS, Function
from lrviz.language.expression import Expression
from lrviz.language.fields import Model
from lrviz.language.registry import Registry, name_of
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.schedulers import SCHEDULERS, Scheduler
from lrviz.schedulers.stepping import Stepping

Describable = type[Model] | type[Function]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: default and kind in the words of a document, and what it is."""

    name: str
    default: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Description:
    """Everything about one class: its docstring with formula and source, facts by their names, and parameters."""

    name: str
    text: str
    facts: tuple[tuple[str, str], ...]
    parameters: tuple[Parameter, ...]


KINDS: Mapping[str, Registry[Any]] = {"schedulers": SCHEDULERS, "optimizers": OPTIMIZERS, "functions": FUNCTIONS}
"""The registry of each kind."""


def known() -> Mapping[str, Mapping[str, Describable]]:
    """Return lrviz's own classes of each kind, under the names that documents and commands use."""
    return {kind: dict(zip(registry.names, registry, strict=True)) for kind, registry in KINDS.items()}


def sentence(cls: type) -> str:
    """Return the first sentence of a class's docstring."""
    return documentation(cls).split("\n\n")[0].replace("\n", " ")


def describe(cls: Describable) -> Description:
    """Return the description of a class."""
    return _surveyed(cls()) if issubclass(cls, Function) else _modelled(cls)


def _modelled(model: type[Model]) -> Description:
    parameters = [
        Parameter(
            key,
            "required" if field.is_required() else _plain(field.default),
            _kind(_annotation(field)),
            field.description or "",
        )
        # Its own arguments first, then the keys that every scheduler has.
        for key, field in sorted(model.model_fields.items(), key=lambda one: one[0] in Stepping.model_fields)
        if key != "name"
    ]
    state = getattr(model, "state_per_parameter", None)
    facts = [("state per parameter", str(state))] if state else []
    if issubclass(model, Optimizer) and not model.races:
        facts.append(("use", "schedules only; it cannot race"))
        facts.append(("installed by", f"pip install {model.install or model.module.partition('.')[0]}"))
    if issubclass(model, Scheduler) and (library := model.module.partition(".")[0]) != "torch":
        installed = f"{library}, where it is installed (pip install {model.install or library})"
        facts.append(("compared with", installed if model.runs_alone else "nothing: its trainer sets the lr"))
    return Description(name_of(model), documentation(model), tuple(facts), tuple(parameters))


def _surveyed(function: Function) -> Description:
    """Describe a test function: its domain, its minima, its parameters."""
    minima = ",  ".join(f"({x:.6g}, {y:.6g})" for x, y in function.minima)
    facts = [("character", function.character), ("domain", _box(function.domain))]
    if function.view != function.domain:
        facts.append(("view", _box(function.view)))
    facts.append(("start", f"{function.start[0]:g}, {function.start[1]:g}"))
    facts.append(("minima", minima or f"none listed: {function.no_basins}"))
    facts.append(("least value", "none" if function.minimum is None else f"{function.minimum:.10g}"))
    hints = get_type_hints(type(function), include_extras=True)
    parameters = [
        Parameter(
            field.name,
            _plain(field.default),
            _kind(hints[field.name]),
            next((one.documentation for one in get_args(hints[field.name]) if isinstance(one, Doc)), ""),
        )
        for field in fields(function)
    ]
    return Description(function.name, documentation(type(function)), tuple(facts), tuple(parameters))


def _box(box: tuple[tuple[float, float], tuple[float, float]]) -> str:
    (left, right), (low, high) = box
    return f"x {left:g} … {right:g},  y {low:g} … {high:g}"


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, tuple):
        return f"[{', '.join(map(_plain, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _annotation(field: Any) -> Any:
    """Return a field's type with the metadata that pydantic has removed: a length is a number with a validator."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _kind(annotation: Any) -> str:
    """Return a type in the words of a document."""
    if get_origin(annotation) is Annotated:
        inner, *extra = get_args(annotation)
        written = any("pattern" in str(getattr(one, "json_schema", "")) for one in extra)
        return "length" if written else _kind(inner)
    if get_origin(annotation) is Literal:
        return " | ".join(map(str, get_args(annotation)))
    if get_origin(annotation) in {Union, types.UnionType}:
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return " | ".join(dict.fromkeys(map(_kind, parts)))
    if get_origin(annotation) is tuple:
        inner = dict.fromkeys(_kind(part) for part in get_args(annotation) if part is not Ellipsis)
        return f"list of {' | '.join(inner)}"
    if annotation is Expression:
        return "formula"
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return "scheduler"
    words = {int: "whole number", float: "number", bool: "true | false", str: "text"}
    return words.get(annotation, str(annotation))
