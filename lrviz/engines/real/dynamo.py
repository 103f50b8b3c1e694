"""torch's compiler, torch._dynamo, replaced by a stub: importing it costs as much as torch itself.

Optimizers import it when they are constructed and at every step, only to keep away a compiler that is not
running.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from lrviz.engines.real.schedule import torch
from lrviz.foundation.errors import CheckpointError, MissingLibrary

_NAME = "torch._dynamo"

F = TypeVar("F")
R = TypeVar("R")


def without_compiler(work: Callable[[], R]) -> R:
    """Do some work with the stub in place, or again without it if that fails, and return the result.

    For the side process only: in the user's own process torch stays as it is. Whatever fails may do so
    because of the stub; anything else will fail again.
    """
    if _NAME not in sys.modules:
        _put_in_place()
    stubbed = isinstance(sys.modules[_NAME], _Stub)
    try:
        return work()
    except (CheckpointError, MissingLibrary):
        raise  # the compiler would not help
    except Exception:
        if not stubbed:
            raise
    _remove()
    return work()


class _Stub(ModuleType):
    """The part of the compiler that optimizers use while nothing is compiled."""

    @staticmethod
    def disable(fn: F, *_: Any, **__: Any) -> F:
        """Return a function as it is: there is no compiler to keep away from it."""
        return fn

    @staticmethod
    def graph_break() -> None:
        """Do nothing: there is no graph."""


def _put_in_place() -> None:
    # An import statement looks in sys.modules, other code uses the attribute of torch.
    sys.modules[_NAME] = torch._dynamo = _Stub(_NAME)


def _remove() -> None:
    del sys.modules[_NAME], torch._dynamo
