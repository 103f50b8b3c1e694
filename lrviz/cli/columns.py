"""The tables of `lrviz list`: models and functions described from their own fields and docstrings."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from typing_extensions import Doc

from lrviz.functions import Function
from lrviz.language.expression import Expression
from lrviz.language.fields import Model

if TYPE_CHECKING:
    from lrviz.linting.rule import Rule


def overview(known: Mapping[str, type]) -> RenderableType:
    """Return a table of names, each with the sentence that says what it is."""
    table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, cls in known.items():
        table.add_row(name, Text(_doc(cls).split("\n\n")[0].replace("\n", " ")))
    return table


def rule_table(rules: Sequence[type[Rule]]) -> RenderableType:
    """Return a row for each rule: its id, name and severity, and what it looks for."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("id", "severity", "name"):
        table.add_column(head, no_wrap=True, style="bold" if head == "id" else "")
    table.add_column("what it finds", overflow="fold")
    for rule in rules:
        table.add_row(rule.id, str(rule.severity), rule.name, Text(rule.what()))
    return table


def described(model: type[Model]) -> RenderableType:
    """Return the whole description: sentence, formula, source, and a table of parameters."""
    table = _parameters()
    for key, field in model.model_fields.items():
        if key == "name":
            continue
        default = "required" if field.is_required() else _plain(field.default)
        table.add_row(key, default, Text(_type(_annotation(field))), Text(field.description or ""))
    facts = getattr(model, "state_per_parameter", None)
    return Group(
        Text(model.__name__, style="bold"),
        Text(""),
        Text(_doc(model)),
        Text(f"\nState per parameter: {facts}" if facts else ""),
        table,
    )


def surveyed(function: Function) -> RenderableType:
    """Return the whole description of a test function: sentence, formula, source, where it lies, its parameters."""
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(no_wrap=True, style="bold")
    facts.add_column(overflow="fold")
    (left, right), (low, high) = function.domain
    facts.add_row("character", Text(function.character))
    facts.add_row("domain", f"x {left:g} … {right:g},  y {low:g} … {high:g}")
    if function.view != function.domain:
        (left, right), (low, high) = function.view
        facts.add_row("view", f"x {left:g} … {right:g},  y {low:g} … {high:g}")
    facts.add_row("start", f"{function.start[0]:g}, {function.start[1]:g}")
    minima = ",  ".join(f"({x:.6g}, {y:.6g})" for x, y in function.minima)
    facts.add_row("minima", minima or Text(f"none listed: {function.no_basins}"))
    facts.add_row("least value", "none" if function.minimum is None else f"{function.minimum:.10g}")
    table = _parameters()
    hints = get_type_hints(type(function), include_extras=True)
    for field in fields(function):  # type: ignore[arg-type]
        what = next((one.documentation for one in get_args(hints[field.name]) if isinstance(one, Doc)), "")
        table.add_row(field.name, _plain(field.default), Text(_type(hints[field.name])), Text(what))
    head = (Text(function.name, style="bold"), Text(""), Text(_doc(type(function))), Text(""), facts)
    return Group(*head, *([table] if table.row_count else []))


def _parameters() -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("parameter", no_wrap=True, style="bold")
    table.add_column("default", overflow="fold")
    table.add_column("type", overflow="fold")
    table.add_column("what it is", overflow="fold")
    return table


def _doc(cls: type) -> str:
    return inspect.cleandoc(cls.__doc__ or "")


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, tuple):
        return f"[{', '.join(map(_plain, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _annotation(field: Any) -> Any:
    """Return a field's type with what pydantic has taken off it: a length is a number with a validator."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _type(annotation: Any) -> str:
    """Return a type in the words of a document."""
    if get_origin(annotation) is Annotated:
        inner, *extra = get_args(annotation)
        written = any("pattern" in str(getattr(one, "json_schema", "")) for one in extra)
        return "length" if written else _type(inner)
    if get_origin(annotation) is Literal:
        return " | ".join(map(str, get_args(annotation)))
    if get_origin(annotation) in {Union, types.UnionType}:
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return " | ".join(dict.fromkeys(map(_type, parts)))
    if get_origin(annotation) is tuple:
        inner = dict.fromkeys(_type(part) for part in get_args(annotation) if part is not Ellipsis)
        return f"list of {' | '.join(inner)}"
    if annotation is Expression:
        return "formula"
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return "scheduler"
    words = {int: "whole number", float: "number", bool: "true | false", str: "text"}
    return words.get(annotation, str(annotation))
