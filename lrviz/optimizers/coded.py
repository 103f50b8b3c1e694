"""An optimizer class that a user names as `py:module:Class`; lrviz only knows what the class itself says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field
from typing_extensions import override

from lrviz.optimizers.base import Optimizer


class Coded(Optimizer):
    """A class outside the registry, with the hyperparameters that the user typed.

    Nothing else is known before it is imported, and only the process that runs it imports it.
    """

    code: str
    """`module:Class`."""
    typed: dict[str, Any]
    defaults: dict[str, Any] = Field(default_factory=dict)
    """Every argument of its signature that was not typed; empty until the class is inspected."""
    kept: str = ""
    """What `state_per_parameter` is of other classes."""
    untuned: str = ""
    """Why its lr is not tuned although none was given; "" where it can be."""
    notes: tuple[str, ...] = ()
    """Notes on how it runs, a sentence each."""

    state_per_parameter: ClassVar[str] = ""

    @classmethod
    def named(cls, code: str, typed: Mapping[str, Any]) -> Coded:
        """Return what is known of the class `module:Class` before it is inspected."""
        return cls(name=code.replace(":", "."), code=code, typed=dict(typed))

    @override
    def hyperparameters(self) -> dict[str, Any]:
        return {**self.defaults, **self.typed}

    @override
    def with_lr(self, lr: float) -> Coded:
        return self.model_copy(update={"typed": {**self.typed, "lr": lr}})

    @override
    def unasked_weight_decay(self) -> float:
        found = self.defaults.get("weight_decay")
        return found if isinstance(found, float) else 0.0
