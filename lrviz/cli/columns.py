"""The tables of `lrviz list`: models described from their own fields and docstrings."""

from __future__ import annotations

import inspect
import types
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lrviz.language.expression import Expression
from lrviz.language.fields import Model


def overview(models: Sequence[type[Model]]) -> RenderableType:
    """Return a table of names, each with the sentence that says what it does."""
    table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for model in models:
        table.add_row(model.__name__, Text(_doc(model).split("\n\n")[0].replace("\n", " ")))
    return table


def described(model: type[Model]) -> RenderableType:
    """Return the whole description: sentence, formula, source, and a table of parameters."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("parameter", no_wrap=True, style="bold")
    table.add_column("default", overflow="fold")
    table.add_column("type", overflow="fold")
    table.add_column("what it is", overflow="fold")
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


def _doc(model: type[Model]) -> str:
    return inspect.cleandoc(model.__doc__ or "")


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
