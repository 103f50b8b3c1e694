"""What a caller may choose of engines and loops."""

from __future__ import annotations

from typing import Literal

Engine = Literal["both", "torch", "reference"]
Order = Literal["optimizer-first", "scheduler-first"]
"""Which of the two the loop steps first: torch wants the optimizer's step before the scheduler's."""
