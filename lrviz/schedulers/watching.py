"""What a scheduler that watches a metric is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from typing_extensions import override

from lrviz.foundation.errors import Problem
from lrviz.schedulers.base import Scheduler
from lrviz.schedulers.situation import Situation


class Watching(Scheduler):
    """A scheduler that is given a metric at each step, and at some of them lowers the lr that it finds."""

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

    @abstractmethod
    def reductions(self, metric: Sequence[float]) -> Iterator[int]:
        """Yield the ticks at which it lowers the lr; they depend on the metric alone."""

    @abstractmethod
    def reduced(self, lr: float, group: int) -> float:
        """Return the lr of a group after a reduction."""
