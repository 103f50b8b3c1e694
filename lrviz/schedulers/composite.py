"""The base of schedulers that are made of other schedulers."""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator
from typing_extensions import override

from lrviz.language.fields import Listed
from lrviz.schedulers.base import AnyScheduler, Scheduler
from lrviz.schedulers.situation import Reading


class Composite(Scheduler):
    """A scheduler that steps others, which act on the same optimizer."""

    schedulers: Annotated[tuple[AnyScheduler, ...], Field(min_length=1), Listed] = Field(
        description="the members, in order"
    )

    nests: ClassVar[Literal["anywhere", "first", "nowhere"]] = "first"

    @property
    @override
    def members(self) -> tuple[Scheduler, ...]:
        return self.schedulers

    def stage(self, tick: int) -> int:
        """Return which member acts at one of its own ticks, where they act in turn."""
        return bisect_right(self.begins, tick)

    @property
    @override
    def resets_lr(self) -> bool:
        return any(member.resets_lr for member in self.schedulers)

    @property
    @override
    def idle(self) -> bool:
        return all(member.idle for member in self.schedulers)

    @field_validator("schedulers", mode="wrap")
    @classmethod
    def _members_know_their_parents(cls, data: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        reading: Reading | None = info.context
        if reading is None:
            return handler(data)
        with reading.at(parents=(*reading.situation.parents, cls.__name__)):
            return handler(data)
