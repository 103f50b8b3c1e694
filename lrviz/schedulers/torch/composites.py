"""The two schedulers that are made of other schedulers: SequentialLR and ChainedScheduler."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.errors import Problem
from lrviz.language.length import RisingMilestones
from lrviz.schedulers.composite import Composite
from lrviz.schedulers.facts import Awaited
from lrviz.schedulers.situation import Situation


class SequentialLR(Composite):
    """Runs one scheduler after another; a stage begins when its milestone is reached.

    Formula:
        lr[t] = lr of member k at its own tick t - milestones[k-1], k = bisect_right(milestones, t)

    Entering a stage uses the member's closed form at 0 where torch has one, else its step at 0.
    The constructor resets lr to initial_lr and undoes the first steps of the members.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
    """

    name: Literal["SequentialLR"] = "SequentialLR"
    milestones: RisingMilestones = Field(description="ticks at which the second, third, ... member takes over, rising")

    in_turn: ClassVar[bool] = True
    saved_keys: ClassVar[tuple[str, ...]] = ("_milestones", "_schedulers")
    example: ClassVar[dict[str, Any]] = {
        "milestones": [10],
        "schedulers": [
            {"name": "LinearLR", "start_factor": 0.1, "total_iters": 10},
            {"name": "CosineAnnealingLR", "T_max": 50},
        ],
    }

    @property
    @override
    def words(self) -> str:
        return " → ".join(member.words for member in self.schedulers)

    @property
    @override
    def begins(self) -> tuple[int, ...]:
        return self.milestones

    @property
    @override
    def resets_lr(self) -> bool:
        return True

    @override
    def awaited(self) -> Iterator[Awaited]:
        for index, milestone in enumerate(self.milestones):
            yield Awaited(("milestones", index), milestone, milestone, Fraction(1, 2))

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        members, wanted = len(self.schedulers), len(self.schedulers) - 1
        if len(self.milestones) != wanted:
            yield Problem(
                ("milestones",),
                f"{len(self.milestones)} given for {members} schedulers; {wanted} needed, one at each change",
            )
        for index, member in enumerate(self.schedulers[1:], start=1):
            if member.nests == "first":
                yield Problem(
                    ("schedulers", index),
                    f"{member.name} as a later stage, which torch cannot enter (it raises NotImplementedError); "
                    "put its members into this list, or make it the first stage",
                )


class ChainedScheduler(Composite):
    """Steps all its members at every tick; each changes the lr that the one before it set.

    Formula:
        lr[t] = member n ( ... member 2 ( member 1 (lr[t-1]) ) )

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html
    """

    name: Literal["ChainedScheduler"] = "ChainedScheduler"

    optimizer_first: ClassVar[bool] = False
    saved_keys: ClassVar[tuple[str, ...]] = ("_schedulers",)
    example: ClassVar[dict[str, Any]] = {
        "schedulers": [
            {"name": "ConstantLR", "factor": 0.1, "total_iters": 10},
            {"name": "ExponentialLR", "gamma": 0.95},
        ]
    }

    @property
    @override
    def words(self) -> str:
        return " × ".join(f"({m.words})" if m.in_turn else m.words for m in self.schedulers)
