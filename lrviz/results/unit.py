"""What a row of a curve is."""

from __future__ import annotations

from typing import Literal

Unit = Literal["epoch", "step"]
"""An epoch where every scheduler steps once per epoch, else one optimizer step."""
