"""What every task is: plain data that says which function performs it."""

from __future__ import annotations

from importlib import import_module
from typing import ClassVar, Generic, TypeVar, cast

from lrviz.foundation.progress import Progress

Answer = TypeVar("Answer")


class Task(Generic[Answer]):
    """A dataclass of what a real engine is asked to do; the result is an `Answer`."""

    __slots__ = ()

    performed_by: ClassVar[str]
    """`module:function` of engines/real. It takes the task and a Progress or None, and is imported only where it is
    called: laying out a task must not cost the import of torch."""

    def perform(self, progress: Progress | None = None) -> Answer:
        """Do it, in this process."""
        module, _, function = self.performed_by.partition(":")
        return cast(Answer, getattr(import_module(module), function)(self, progress))
