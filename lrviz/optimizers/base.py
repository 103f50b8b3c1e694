"""The base of every optimizer: torch's hyperparameters, their validation, its formula and its description."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import ConfigDict, model_validator

from lrviz.foundation.arrays import FloatArray
from lrviz.foundation.errors import Problem
from lrviz.language.choices import Implementation
from lrviz.language.fields import Model, misfit
from lrviz.language.registry import Registry
from lrviz.optimizers.hyperparameters import DECOUPLED


class Optimizer(Model):
    """The parameters that every entry under `optimizer:` shares, and the facts about each class.

    The fields of a subclass are the arguments of its library's constructor, in the library's order.
    """

    # Only the optimizer that a document names is ever used: the others are not built.
    model_config = ConfigDict(defer_build=True)

    name: str

    module: ClassVar[str] = "torch.optim"
    """The library's module of the class; the class name is the part of `name` after the last dot."""
    install: ClassVar[str] = ""
    """What to install with pip if the library is missing: a distribution, or one with an extra, `name[extra]`; "" for
    the name of its package."""
    races: ClassVar[bool] = True
    """Whether lrviz knows its update; one that it does not know can carry a schedule, but not race."""
    single_group: ClassVar[bool] = False
    """Whether torch refuses more than one parameter group."""
    state_per_parameter: ClassVar[str]
    """How many numbers it keeps for each element of a parameter, in words, without counters."""
    usual_lr: ClassVar[tuple[float, float]]
    """The smallest and largest usual peak lr; the range is wide, so an lr outside it is worth a warning."""
    example: ClassVar[dict[str, Any]] = {}
    """Hyperparameters that its constructor requires; `lrviz check` runs a schedule with them."""
    shape: ClassVar[tuple[int, ...]] = (2,)
    """The shape of the parameter that holds a point of the plane."""
    sparse: ClassVar[bool] = False
    """Whether it takes sparse gradients only."""
    agreement: ClassVar[float] = 1e-10
    """The largest difference from torch in a step that counts as rounding, as a share of the path's extent."""
    in_the_plane: ClassVar[str] = ""
    """What a path in two dimensions cannot show."""

    @property
    def class_name(self) -> str:
        """The library's name of the class."""
        return self.name.rpartition(".")[2]

    def shrinkage(self, lr: FloatArray, weight_decay: FloatArray, momentum: FloatArray | float) -> FloatArray | None:  # noqa: ARG002 - for SGD
        """Return the share of every parameter that weight decay takes at a step, in the shape of lr.

        None where weight decay joins the gradient, and what it takes depends on that.
        """
        field = type(self).model_fields.get("weight_decay")
        decoupled = field is not None and field.description == DECOUPLED
        return lr * weight_decay if decoupled or getattr(self, "decoupled_weight_decay", False) else None

    @classmethod
    def cycled(cls) -> Literal["beta1", "momentum"] | None:
        """Return what CyclicLR and OneCycleLR cycle: torch looks for betas first, then for momentum."""
        fields = cls.model_fields
        return "beta1" if "betas" in fields else "momentum" if "momentum" in fields else None

    @classmethod
    def implementations(cls) -> tuple[Implementation, ...]:
        """Return which implementations torch has of it: a loop always, the others where there is a flag for them."""
        flags: tuple[Implementation, ...] = ("foreach", "fused")
        return "for-loop", *(flag for flag in flags if flag in cls.model_fields)

    def hyperparameters(self) -> dict[str, Any]:
        """Return the arguments of torch's constructor except the parameters, by torch's names."""
        return {key: getattr(self, key) for key in type(self).model_fields if key != "name"}

    def with_lr(self, lr: float) -> Self:
        """Return the same optimizer with another lr."""
        return self.model_copy(update={"lr": lr})

    def unasked_weight_decay(self) -> float:
        """Return the default weight decay, which moves the end point, if none was given; else 0."""
        field = type(self).model_fields.get("weight_decay")
        return 0.0 if field is None or "weight_decay" in self.model_fields_set else float(field.default or 0.0)

    @model_validator(mode="after")
    def _fused_stands_alone(self) -> Self:
        chosen = self.hyperparameters()
        if chosen.get("fused"):
            for other in ("foreach", "differentiable"):
                if chosen.get(other):
                    raise misfit([Problem(("fused",), f"fused and {other} are both true; torch allows one of them")])
        return self


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", "lrviz.optimizers", Optimizer, "{name: SGD, lr: 0.1}")
"""Every optimizer by its name."""
