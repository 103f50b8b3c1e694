"""Optimizers that take one gradient a step: their update, for any number of paths at once."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from lrviz.language.arrays import FloatArray, np
from lrviz.optimizers.base import Optimizer

State = dict[str, Any]
"""What an optimizer remembers, under torch's names for it: arrays shaped like the parameter or like its paths."""


class FirstOrder(Optimizer):
    """An optimizer whose step is a function of one gradient, its state and lr."""

    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        """Return the state before the first step at points x, [2, ...]; lr, as in `update`, is that of the first step."""
        return {}

    @abstractmethod
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        """Make one step from points x against their gradients g; x, g and the state are changed in place.

        x, g: [2, ...], any number of paths at once; lr: shaped like what follows the 2, or a scalar.
        Every operation treats each path alone, so that many at once give what each gives alone, bit
        for bit. `state["step"]`, where there is one, counts the steps before this one: a number, or
        an array with one for each path.
        """

    def prepare(self, x: FloatArray, g: FloatArray, weight_decay: float = 0) -> None:
        """Turn the gradient g, in place, into what is descended: negated by maximize, with weight decay added."""
        if getattr(self, "maximize", False):
            np.negative(g, out=g)
        if weight_decay != 0:
            g += weight_decay * x


def power(base: float, step: Any) -> Any:
    """Return base to the power of a step, or of each of several, as Python and so torch computes it."""
    return base**step if isinstance(step, int) else np.array([base ** int(one) for one in step])
