"""The moments of a run: every step of a scheduler has its own, and each update sees the value between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.beats import Beats, array, count, joined
from lrviz.results import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Line:
    """A line of moments, `width` per beat, with `length` values: one before the first moment, and one after each.

    seen_at: the position of the value that each update is made with. Most loops have one moment and one update per
    beat; where a scheduler is stepped several times at once, each of its steps has its own moment.
    """

    length: int
    width: int
    seen_at: Beats
    offsets: dict[tuple[str | int, ...], int] = field(default_factory=dict)
    """The first of a member's moments in a beat, by its path."""

    @classmethod
    def of(cls, document: ScheduleDocument, members: Sequence[Member], *, scheduler_first: bool) -> Self:
        """Return the line of a document's run."""
        width, offsets = 1, {}
        if any(member.repeat > 1 for member in members):
            width = 0
            for member in sorted(members, key=lambda one: one.turn):
                offsets[member.path] = width
                width += member.repeat
        updates = document.update_beats
        shift = int(scheduler_first)
        seen = (
            range((updates.start + shift) * width, (updates.stop + shift) * width, updates.step * width)
            if (isinstance(updates, range))
            else (updates + shift) * width
        )
        return cls(document.beats * width + 1, width, seen, offsets)

    @property
    def rows(self) -> int:
        """How many updates there are."""
        return len(self.seen_at)

    def moments(self, member: Member) -> Beats:
        """Return the moments at which a member is stepped."""
        offset, when = self.offsets.get(member.path, 0), member.when
        if isinstance(when, range) and member.repeat == 1:
            return range(when.start * self.width + offset, when.stop * self.width + offset, when.step * self.width)
        if isinstance(when, range) and when.step == 1 and member.repeat == self.width:
            return range(when.start * self.width, when.stop * self.width)
        first = array(when) * self.width + offset
        return joined([first + each for each in range(member.repeat)])

    def seen(self, values: FloatArray) -> FloatArray:
        """Return the values that the updates are made with, [rows, groups], from the values at each position."""
        seen = self.seen_at
        return values[slice(seen.start, seen.stop, seen.step)] if isinstance(seen, range) else values[seen]

    def positions(self) -> IntArray:
        """Return the position of the value that each update is made with, [rows]."""
        return array(self.seen_at)

    def position(self, row: int) -> int:
        """Return the position for one update, which is also the number of moments before it."""
        return int(self.seen_at[row])

    def row(self, moment: int) -> int:
        """Return the first update that is made after a moment, `rows` where there is none."""
        return count(self.seen_at, moment + 1)
