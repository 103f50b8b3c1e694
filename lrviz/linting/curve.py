"""A curve without a document, under the rules that need none."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from typing_extensions import override

from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.results import Curves, FloatArray


class CurveSubject(Subject):
    """A curve with a row for each update, whose schedulers are not known."""

    def __init__(self, curves: Curves) -> None:
        self._curves = curves

    @cached_property
    @override
    def lr(self) -> FloatArray:
        known = ~np.isnan(self._curves.lr)
        first = self._curves.lr[known.argmax(axis=0), np.arange(self._curves.lr.shape[1])]
        return np.where(known, self._curves.lr, first)

    @cached_property
    @override
    def noun(self) -> str:
        return "step"

    @cached_property
    @override
    def acting(self) -> tuple[Acting, ...]:
        return ()

    @override
    def group(self, index: int) -> str:
        names = self._curves.groups
        return f" of group {names[index]}" if len(names) > 1 else ""
