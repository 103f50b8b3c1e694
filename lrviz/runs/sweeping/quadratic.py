"""Sweeps on the noisy quadratic model: tiles of expected losses of SGD, for values of swept keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from lrviz.documents.noisy_quadratic import SWEPT, with_values
from lrviz.engines.reference.noisy_quadratic import RATES, Descents, expected_losses
from lrviz.engines.reference.scheduled_race import rates, settled, watches
from lrviz.functions.noisy_quadratic import NoisyQuadratic
from lrviz.optimizers import Optimizer
from lrviz.results import FloatArray
from lrviz.runs.sweeping.grid import GridTile
from lrviz.runs.sweeping.tile import Arrays

if TYPE_CHECKING:
    from lrviz.documents.schedule import ScheduleDocument

FAR = 100.0
"""An expected loss of this many times that at the start has diverged: ten times as far away in every direction.

At any step, as on a surface: an lr that falls from far beyond 2/L would bring even 1e100 back in exact arithmetic.
"""


@dataclass(frozen=True, slots=True, eq=False)
class QuadraticTile(GridTile):
    """One entry on the model."""

    model: NoisyQuadratic
    steps: int

    @property
    @override
    def on(self) -> NoisyQuadratic:
        return self.model

    @property
    @override
    def terms(self) -> Mapping[str, Any]:
        return {"kind": "nqm", "model": asdict(self.model), "steps": self.steps}

    @override
    def compute(self) -> Arrays:
        points = self.points()
        # All points with the same spectrum are stepped at once.
        together: dict[float, list[int]] = {}
        models = [self._model(values) for values in points.T.tolist()]
        for index, model in enumerate(models):
            together.setdefault(model.power, []).append(index)
        last, highest = np.empty((2, len(models)))
        for members in together.values():
            batch = np.array([[models[index].batch for index in members]])
            last[members], highest[members] = self._losses(models[members[0]], points[:, members], batch)
        diverged = ~(highest <= FAR * np.array([model.first for model in models]))
        median = np.where(diverged, np.inf, last)
        return {"median": median, "low": median, "high": median, "diverged": diverged.astype(np.float64)}

    def _model(self, values: list[float]) -> NoisyQuadratic:
        own = {key: value for key, value in zip(self.keys, values, strict=True) if key in SWEPT}
        return with_values(self.model, own)

    def _losses(self, model: NoisyQuadratic, points: FloatArray, batch: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the expected loss after the last step, and the highest of all, [n] each.

        points: [axes, n]; batch: the batch sizes, [1, n].
        """
        found = []
        for index, values in enumerate(points.T.tolist()):
            own = {key: value for key, value in zip(self.keys, values, strict=True) if key not in SWEPT}
            optimizer, schedule = self.subject.at(own)
            found.append(self._descent(model, optimizer, schedule, batch[:, index : index + 1]))
        losses = expected_losses(model, Descents.joined(found), self.steps, len(found))
        return losses[-1], losses.max(axis=0)

    def _descent(
        self, model: NoisyQuadratic, optimizer: Optimizer, schedule: ScheduleDocument | None, batch: FloatArray
    ) -> Descents:
        """Return the settings of SGD at one point."""
        known = optimizer.hyperparameters()
        given = {name: np.array([[known[name]]], dtype=np.float64) for name in RATES}
        if schedule is None:
            return Descents(**given, batch=batch, nesterov=known["nesterov"])
        watching = watches(schedule)
        lr, varied = rates(schedule, self.steps, np.zeros(self.steps + 1) if watching else None)
        given.update({name: values[:, None] for name, values in varied.items()}, lr=lr[:, None])
        descent = Descents(**given, batch=batch, nesterov=known["nesterov"])

        def losses(lr: FloatArray) -> FloatArray:
            return expected_losses(model, replace(descent, lr=lr), self.steps, 1)

        return replace(descent, lr=settled(schedule, self.steps, 1, losses)) if watching else descent
