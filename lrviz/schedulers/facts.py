"""What a scheduler says about its curve and its constructor, for drawing, summaries and lint."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from lrviz.language.fields import PerGroup

Kind = Literal["warm-up", "rise", "decay", "hold", "restart"]
"""What a part of a curve does; rise: one that is not a warm-up, restart: a cycle that another one follows."""
GroupKey = Literal["lr", "initial_lr", "momentum"]
"""What a constructor may overwrite in a parameter group; momentum is beta1 in the Adam family."""


def straight(done: float) -> float:
    """Return the share of its height that a straight line has left after a share of its ticks."""
    return 1 - done


def half_cosine(done: float) -> float:
    """Return the share of its height that half a cosine has left after a share of its ticks."""
    return (1 + math.cos(math.pi * done)) / 2


def kind_of(factor: float) -> Kind:
    """Return what a curve does that is multiplied by a factor again and again."""
    return "hold" if abs(factor) == 1 else "decay" if abs(factor) < 1 else "rise"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a scheduler's own ticks with a name: `start` included, `stop` excluded (None: no end).

    key: the parameter that sets its length, "" where no parameter does. floor: the lr at its low end (its high end,
    where eta_min is above the lr), or the parameter that says it; None where there is none. relative: the floor is a
    factor of the lr that the scheduler starts from, not an lr. left: the share of its height that is left when a share
    of its ticks is done. rests: it is only what remains once the scheduler has done its work, not worth a word beside
    others that have not.
    """

    start: int
    stop: int | None
    label: str
    kind: Kind
    key: str = ""
    floor: str | PerGroup | None = None
    relative: bool = False
    left: Callable[[float], float] = straight
    rests: bool = False

    @property
    def lifts(self) -> bool:
        """Whether it begins low and gives back the lr: a warm-up, or an lr that is held low for a while."""
        return self.kind == "warm-up" or (self.kind == "hold" and self.key != "")


@dataclass(frozen=True, slots=True)
class Cycle:
    """Where in its cycles a scheduler is after some ticks.

    number: of the cycle, from 1; length: its ticks; done: how many of them are over; height: the lr of the last one
    as a share of the way from the cycle's floor to its top; alike: all cycles have this length, whatever the
    parameters are.
    """

    number: int
    length: int
    done: int
    height: float
    alike: bool


@dataclass(frozen=True, slots=True)
class Imposed:
    """The lr that a constructor puts in place of the optimizer's: where the curve starts, and its peak.

    keys: the parameters that hold an lr, the peak first. divisor: the parameter by which the peak is divided to give
    the start, "" where there is none.
    """

    start: PerGroup
    peak: PerGroup
    keys: tuple[str, ...]
    divisor: str = ""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A tick that the run has to reach, or what a parameter announces never happens.

    below: the path of the parameter below the scheduler; value: what it says; usual: a usual value of it, as a share
    of the run; least: the least it may be.
    """

    below: tuple[str | int, ...]
    value: int
    tick: int
    usual: Fraction
    least: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """An event to show at one of the scheduler's own ticks."""

    tick: int
    label: str
    kind: Literal["drop", "restart"]
