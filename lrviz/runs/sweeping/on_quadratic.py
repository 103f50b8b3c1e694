"""The problem of sweeps on the noisy quadratic model: a grid of points for each entry, in tiles of about equal work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from typing_extensions import override

from lrviz.documents.noisy_quadratic import NAME
from lrviz.documents.subject import Subject
from lrviz.documents.sweep import SweepDocument
from lrviz.foundation.numerals import short
from lrviz.foundation.printable import printable
from lrviz.functions.noisy_quadratic import NoisyQuadratic
from lrviz.results import Objective, Swept, SweptEntry, Tiles
from lrviz.runs.sweeping.borders import border_at
from lrviz.runs.sweeping.problem import Problem, best, given_lr
from lrviz.runs.sweeping.quadratic import QuadraticTile
from lrviz.runs.sweeping.scheduled import schedule_words
from lrviz.runs.sweeping.tile import Arrays

_WORK = 100_000_000
"""Coordinates times steps in a tile: about a second."""
_MOST = 1000
"""Points in a tile."""
_KEPT = 4_000_000
"""Losses, or values of scheduled learning rates, that a tile keeps at once: 32 MB or so."""


@dataclass(frozen=True, slots=True, eq=False)
class OnQuadratic(Problem):
    """Entries on the noisy quadratic model."""

    model: NoisyQuadratic

    @classmethod
    def of(cls, document: SweepDocument, model: NoisyQuadratic) -> OnQuadratic:
        """Return the problem of a document that names a model."""
        return cls(document, document.subjects, model)

    @override
    def size(self, subject: Subject) -> int:
        steps = self.document.race.steps
        return max(1, min(_MOST, _WORK // (steps * self.model.dim), _KEPT // steps))

    @override
    def tile(self, subject: Subject, first: int, last: int) -> QuadraticTile:
        document = self.document
        return QuadraticTile(subject, document.keys, document.values, first, last, self.model, document.race.steps)

    @override
    def put_together(self, arrays: Arrays, tiles: Tiles) -> Swept:
        document, model = self.document, self.model
        entries = []
        for index, subject in enumerate(self.subjects):
            shape = [len(one) for one in document.values]
            own: dict[str, Any] = {name: array[index].reshape(shape) for name, array in arrays.items()}
            told = "" if subject.entry.schedule is None else schedule_words(subject, document)
            if "lr" not in document.keys and subject.entry.schedule is None:
                told = given_lr(subject)
            # The largest curvature of every spectrum is 1.
            limit = border_at(subject, document.keys, document.values, 1.0)
            entries.append(
                SweptEntry(
                    subject.entry.label, printable(subject.entry.name), told, **own,
                    best=best(own["median"], own["diverged"]), border=limit,
                )
            )  # fmt: skip
        return Swept(
            name=printable(document.title),
            function=_objective(model, document.keys),
            record={"problem": {"name": NAME, **asdict(model)}},
            start=None,
            first=model.first,
            tolerance=None,
            starts=1,
            steps=document.race.steps,
            axes=self.axes,
            entries=tuple(entries),
            tiles=tiles,
        )


def _objective(model: NoisyQuadratic, keys: tuple[str, ...]) -> Objective:
    """Return the model as the objective of a result, without a surface to draw."""
    parts = [f"{model.dim:,} dimensions"]
    parts += [] if "batch" in keys else [f"batch size {short(model.batch)}"]
    parts += [] if "power" in keys or model.power == 1 else [f"curvatures i^-{short(model.power)}"]
    unit = ((0.0, 1.0), (0.0, 1.0))
    return Objective(NAME, "the noisy quadratic model", ", ".join(parts), unit, unit, (), None)
