"""Averaging of a path, as torch's AveragedModel does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Averaging:
    """A running average of the path: of all points alike (swa), or with a decay (ema).

    start: the steps made before the first point is averaged; decay: the share that ema keeps.
    """

    kind: Literal["swa", "ema"]
    start: int = 0
    decay: float = 0.999

    @property
    def words(self) -> str:
        """The average as messages and pictures name it."""
        after = f" from step {self.start}" if self.start else ""
        return f"SWA{after}" if self.kind == "swa" else f"EMA, decay {self.decay:g}{after}"
