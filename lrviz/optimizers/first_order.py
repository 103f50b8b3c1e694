"""Optimizers that take one gradient a step: their update, for any number of paths at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from lrviz.foundation.aligned import scratch
from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.base import Optimizer

State = dict[str, Any]
"""The state of an optimizer, under torch's names: arrays shaped like the parameter or like its paths."""


class Average(NamedTuple):
    """A running average in a state: average ← keeps average + what comes in.

    corrected: whether a step removes the bias from its start at 0, average / (1 - keepsᵗ).
    """

    keeps: float
    corrected: bool = False


class FirstOrder(Optimizer):
    """An optimizer whose step is a function of one gradient, its state and lr."""

    each: ClassVar[frozenset[str]] = frozenset()
    """Hyperparameters that `update` also takes with a number for each path, so that many are stepped at once; betas are
    beta1 and beta2."""

    @abstractmethod
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        """Return the state before the first step at points x, [2, ...]; lr is that of the first step."""

    @abstractmethod
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        """Make one step from points x against their gradients g; x, g and the state are changed in place.

        x, g: [2, ...], any number of paths at once; lr: shaped like what follows the 2, or a scalar.
        Every operation treats each path alone, so that many at once give what each gives alone, bit
        for bit. `state["step"]`, where there is one, counts the steps before this one: a number, or
        an array with one for each path.
        """

    def running_averages(self) -> Mapping[str, Average]:
        """Return which parts of the state are running averages, under torch's names; sums are none."""
        return {}

    def prepare(self, x: FloatArray, g: FloatArray, weight_decay: float = 0) -> None:
        """Turn the gradient g, in place, into what is descended: negated by maximize, with weight decay added."""
        if getattr(self, "maximize", False):
            # Not np.negative: in place on strided arrays NumPy 2.4 gets it wrong.
            g *= -1
        if weight_decay != 0:
            g += weight_decay * x


def next_step(state: State) -> Any:
    """Count a step, and return its number: 1 is the first; a number, or an array with one for each path."""
    state["step"] = state["step"] + 1
    return state["step"]


def power(base: Any, exponent: Any, per: float = 1) -> Any:
    """Return base to the power of exponent * per, where base or exponent may hold a number for each path.

    As Python's floats, and so torch, compute it: NumPy's arrays may round otherwise, even for the root.
    """
    if isinstance(base, (int, float)) and isinstance(exponent, (int, float)):
        return float(base) ** (exponent * per)
    bases, exponents = (part.ravel() for part in np.broadcast_arrays(base, exponent))
    # Neighbours are often alike: paths from many starts, under one value each.
    other = (bases[1:] != bases[:-1]) | (exponents[1:] != exponents[:-1])
    firsts = np.concatenate([[0], np.flatnonzero(other) + 1])
    powers = [float(bases[at]) ** (float(exponents[at]) * per) for at in firsts]
    return np.repeat(powers, np.diff(np.append(firsts, len(bases))))


def lerp(average: FloatArray, target: FloatArray, weight: Any) -> None:
    """Move an average, in place, by a share of its distance to a target; the weight is a number or one for each path.

    Written from the nearer end, as torch's lerp is, so that rounding is torch's too.
    """
    change = np.subtract(target, average, out=scratch(average))
    near = abs(weight) < 0.5
    if not isinstance(weight, float):
        average[...] = np.where(near, average + change * weight, target - change * (1 - weight))
    elif near:
        change *= weight
        average += change
    else:
        change *= 1 - weight
        np.subtract(target, change, out=average)
