"""The class that a mapping names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from lrviz.foundation.errors import Problem
from lrviz.foundation.wording import shown
from lrviz.language.fields import misfit
from lrviz.language.registry import NotLoadable, Registry

C = TypeVar("C")

_OTHER_NAMES = ("type", "_target_", "class_path", "class", "optim", "optimizer", "sched", "scheduler")
"""What other tools call the key that names the class."""


def class_named(registry: Registry[C], data: Any) -> type[C]:
    """Return the class that the `name` of a mapping says.

    Raises PydanticCustomError if there is none.
    """
    if not isinstance(data, Mapping):
        raise misfit([Problem((), f"{shown(data)} given; a mapping with a name is needed, as {registry.example}")])
    if "name" not in data:
        other = next((key for key in _OTHER_NAMES if key in data), None)
        told = f"{other} is called name here" if other else "write which one it is"
        raise misfit([Problem((), f"name missing; {told}")])
    name = data["name"]
    try:
        found = registry.find(name) if isinstance(name, str) else None
    except NotLoadable as error:
        raise misfit([Problem(("name",), str(error))]) from error
    if found is None:
        raise misfit([Problem(("name",), f"{shown(name)} given; {registry.unknown(str(name))}")])
    return found
