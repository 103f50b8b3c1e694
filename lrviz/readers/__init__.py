"""The configs of other libraries that are read: one line for each dialect, and nothing else."""

from __future__ import annotations

from lrviz.readers import later
from lrviz.readers.reader import READERS, Reader

READERS.add(later.CLASSES)

__all__ = ["READERS", "Reader"]
