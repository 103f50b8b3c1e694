"""The common part of mmengine's schedulers: each acts on the current lr during a part of the run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation

FOREVER = 10**9


class Ranged(Leaf):
    """A scheduler that acts while begin <= tick < end; its own ticks, s, begin at 0 there."""

    begin: LengthOrZero = Field(0, description="the first tick at which it acts")
    end: Length | None = Field(None, description="the first tick at which it no longer acts (default: it always acts)")

    module: ClassVar[str] = "mmengine.optim.scheduler"
    install: ClassVar[str] = "mmengine-lite"
    nests: ClassVar[Literal["anywhere", "first", "nowhere"]] = "nowhere"
    group_error: ClassVar[str] = "ValueError"

    @property
    def stop(self) -> int:
        """The first tick at which it does not act."""
        return FOREVER if self.end is None else self.end

    @property
    def end_key(self) -> str:
        """The parameter that says where it ends, "" where it does not."""
        return "" if self.end is None else "end"

    @property
    def length(self) -> int:
        """The ticks at which it acts."""
        return self.stop - self.begin

    @override
    def arguments(self) -> dict[str, Any]:
        # Its own default is a number, and some of its arguments may be left out, but not be None.
        return {key: value for key, value in super().arguments().items() if value is not None}

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.end is not None and self.end <= self.begin:
            yield Problem(("end",), f"{self.end} given; it has to be above begin, {self.begin}")

    @abstractmethod
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        """Return the map of each of its own ticks s, [n, 1]; outside its part whatever is finite."""

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        inside = (at.t >= self.begin) & (at.t < self.stop)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.acting(np.where(inside, at.t - self.begin, 0.0), groups, base_lr)
        return Affine(
            np.where(inside, found.scale, 1.0), np.where(inside, found.centre, 0.0), np.where(inside, found.shift, 0.0)
        )
