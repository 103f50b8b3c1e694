"""The hyperparameters that several optimizers share: their range and what they mean."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lrviz.language.fields import Listed

NonNegative = Annotated[float, Field(ge=0)]
Beta = Annotated[float, Field(ge=0, lt=1)]
"""The share of a running average that each step keeps."""

LearningRate = Annotated[NonNegative, Field(description="learning rate; the schedule changes it")]
WeightDecay = Annotated[
    NonNegative, Field(description="weight decay: this times the parameter is added to the gradient")
]
DECOUPLED = "weight decay: each step takes lr times this share off the parameter"
DecoupledWeightDecay = Annotated[NonNegative, Field(description=DECOUPLED)]
Betas = Annotated[
    tuple[Beta, Beta],
    Listed,
    Field(description="share that the running averages of the gradient and of its square keep at each step"),
]
Epsilon = Annotated[NonNegative, Field(description="added to the denominator so that it is never zero")]

Maximize = Annotated[bool, Field(description="climb instead of descend")]
Foreach = Annotated[bool | None, Field(description="update all tensors in a few calls (default: torch chooses)")]
Fused = Annotated[bool | None, Field(description="update in one kernel (default: torch chooses)")]
Capturable = Annotated[bool, Field(description="allow capture in a CUDA graph")]
Differentiable = Annotated[bool, Field(description="let autograd pass through the step")]
Decoupled = Annotated[bool, Field(description="apply weight decay to the parameter directly, as AdamW does")]


PARTS = {
    "beta1": "share that the running average of the gradient keeps at each step",
    "beta2": "share that the running average of the gradient's square keeps at each step",
}
"""What each of the betas is."""


def place(name: str) -> tuple[str, int | None]:
    """Return the key of a hyperparameter, and its position where the key holds several: beta1 is betas[0]."""
    return ("betas", int(name[-1]) - 1) if name in {"beta1", "beta2"} else (name, None)
