"""The affine map of a step, and the parameter groups it works on.

At each of its steps a torch scheduler replaces a group's lr by an affine map of it. A scheduler says
that map for many ticks at once; `lrviz.engines.reference.schedule` composes the maps of a whole chain.

Shapes: a row is [groups]; ticks are a column [n, 1], so that what is made of both is [n, groups].
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.fields import PerGroup


@dataclass(slots=True)
class ParamGroups:
    """The optimizer's param_groups as schedulers read and write them, a row for each key.

    momentum: what `cycled` names (momentum, or beta1 of betas), None where there is nothing to cycle.
    slots: the keys that constructors leave in the groups (max_lr, min_lr, swa_lr, max_momentum, ...).
    default_lr: the optimizer's own lr, which groups without one have; NaN where another hyperparameter is scheduled.
    """

    lr: FloatArray
    momentum: FloatArray | None = None
    initial_lr: FloatArray | None = None
    slots: dict[str, FloatArray] = field(default_factory=dict)
    default_lr: float = math.nan

    def row(self, value: PerGroup) -> FloatArray:
        """Return one value, or one for each group, as a row."""
        return np.broadcast_to(np.asarray(value, dtype=np.float64), self.lr.shape).copy()

    def remember_initial_lr(self) -> FloatArray:
        """Set initial_lr where no scheduler did so before, and return it: torch's base_lrs."""
        if self.initial_lr is None:
            self.initial_lr = self.lr.copy()
        return self.initial_lr.copy()


@dataclass(frozen=True)
class At:
    """The steps for which a map is asked: `steps` of them, one after another.

    first: last_epoch after the increment, at the first of them; first_call: how often step() was
    called by then since torch's _initial_step, which is one of the calls; initial: this is
    torch's _initial_step; times: [steps], where each step is given the epoch to go to.
    """

    first: int
    first_call: int
    steps: int = 1
    initial: bool = False
    times: FloatArray | None = None

    @cached_property
    def t(self) -> FloatArray:
        """last_epoch at each step, or the epoch that it is given, [steps, 1]."""
        if self.times is not None:
            return self.times[:, None]
        return np.arange(self.first, self.first + self.steps, dtype=np.float64)[:, None]

    @property
    def stop(self) -> int:
        """The first tick that is not reached."""
        return self.first + self.steps if self.times is None else math.floor(self.times[-1]) + 1

    def step_at(self, tick: int) -> int:
        """Return which of the steps comes to a tick; below 0 where an earlier one did."""
        if self.times is None:
            return tick - self.first
        # The constructor's step came to tick 0 before any of them.
        return int(np.searchsorted(self.times, tick)) if tick > 0 else -1

    @property
    def calls(self) -> FloatArray:
        """The number of calls at each step, [steps, 1]."""
        return self.t - self.first + self.first_call


@dataclass(frozen=True, slots=True)
class Affine:
    """lr <- scale * (lr - centre) + centre + shift, each broadcastable to [n, groups].

    The centre keeps torch's own order of operations: rounding near lr = centre is amplified where
    the scale is above 1, and only the same order gives the same digits.
    """

    scale: FloatArray | float = 1.0
    centre: FloatArray | float = 0.0
    shift: FloatArray | float = 0.0


KEEP = Affine()
"""The step that leaves lr alone."""
