"""What a caller may choose, in the words of documents, of the command line and of Python alike."""

from __future__ import annotations

from typing import Literal

Engine = Literal["both", "torch", "reference"]
"""Which engine computes; both are cross-checked."""
Order = Literal["optimizer-first", "scheduler-first"]
"""Which of the two the loop steps first: torch wants the optimizer's step before the scheduler's."""
ShownOrder = Literal[Order, "both"]
"""The order whose curves are shown; both draws the two over one another."""
Implementation = Literal["for-loop", "foreach", "fused"]
"""How torch computes an update: tensor by tensor, all tensors in a few calls, or in one kernel."""
View = Literal["2d", "3d", "steps"]
"""A surface from above; in perspective; from above with the gradient at the dots, and the step of each coordinate."""
ReportFormat = Literal["text", "json", "sarif", "github"]
"""How findings are written: text is for people, the others are for programs."""
