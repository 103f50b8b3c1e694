"""The base of schedulers that watch a metric."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from lrviz.foundation.errors import Problem
from lrviz.schedulers.base import Scheduler
from lrviz.schedulers.situation import Situation

Change = Callable[[float, int], float]
"""lr and the index of its group -> lr after a change."""


class Watching(Scheduler):
    """A scheduler that gets a metric at each step, and changes the current lr at some of them."""

    watches_metric: ClassVar[bool] = True
    nests: ClassVar[Literal["anywhere", "first", "nowhere"]] = "nowhere"

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if where.parents:
            yield Problem(
                (),
                f"{self.name} inside {where.parents[-1]}, which does not hand on a metric; torch refuses it, "
                "write it as a member of a list under scheduler",
            )
        if where.has_metric is False:
            yield Problem(
                (),
                f'{self.name} without a metric to watch; add one at the top, as metric: {{expression: "0.9 ** t"}}',
            )

    if TYPE_CHECKING:
        # A field of each class, at its library's place among the others.
        patience: int

    @abstractmethod
    def watched(self, metric: Sequence[float]) -> Iterator[tuple[float, int]]:
        """Yield the best value, and how many in a row were not better, as each is handed over.

        More than patience: the lr is lowered.
        """

    def reductions(self, metric: Sequence[float]) -> Iterator[int]:
        """Yield the ticks at which it lowers the lr; they depend on the metric alone."""
        bad = (bad for _, bad in self.watched(metric))
        yield from (tick for tick, count in enumerate(bad) if count > self.patience)

    def changes(self, metric: Sequence[float], lr: Sequence[float]) -> Iterator[tuple[Change, list[int]]]:  # noqa: ARG002 - for subclasses
        """Yield what it does to the lr, reductions first, and the ticks at which it does.

        lr: of each group, as the optimizer is made.
        """
        yield self.reduced, list(self.reductions(metric))

    @abstractmethod
    def reduced(self, lr: float, group: int) -> float:
        """Return the lr of a group after a reduction."""
