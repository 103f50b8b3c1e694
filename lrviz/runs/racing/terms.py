"""What all entries of a race share: the surface, the length, the noise, and how paths are judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lrviz.documents.averaging import Averaging
from lrviz.documents.entries import Entry
from lrviz.documents.race import RaceDocument
from lrviz.foundation.plane import Point
from lrviz.functions import Function
from lrviz.functions.custom import Custom
from lrviz.optimizers.coded import Coded
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.results import FloatArray, Protocol
from lrviz.runs.racing.judging import Judge, noise_of
from lrviz.runs.racing.minima import lowest


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of a race. judge: None where no minimum is known; noise: [steps, 2], added to every gradient."""

    function: Function
    start: Point
    steps: int
    tunes: bool
    judge: Judge | None
    noise: FloatArray | None
    averaging: Averaging | None
    protocol: Protocol
    shows_state: bool
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, document: RaceDocument) -> Terms:
        """Return the terms of a document; the minimum of a function of the user's own is looked for."""
        function, warnings = _with_minimum(document.fn)
        judge = Judge.of(function, document.start)
        noise = noise_of(document.noise, document.seed, document.steps)
        protocol = Protocol(
            tuned=False,
            noise=document.noise,
            seed=document.seed,
            clip=document.clip,
            impl=document.impl,
            average=document.average.words if document.average else None,
        )
        terms = cls(
            function, document.start, document.steps, document.tune, judge, noise, document.average, protocol,
            document.show_state, (*document.warnings(), *warnings),
        )  # fmt: skip
        return replace(terms, protocol=replace(protocol, tuned=any(map(terms.tuned, document.entries))))

    def tuned(self, entry: Entry) -> bool:
        """Return whether the lr of an entry is chosen by the race."""
        fixed = isinstance(entry.optimizer, LBFGS) or (isinstance(entry.optimizer, Coded) and entry.optimizer.untuned)
        open_to_it = not entry.lr_given and not fixed
        return self.tunes and self.judge is not None and open_to_it


def _with_minimum(function: Function) -> tuple[Function, tuple[str, ...]]:
    """Return a function of the user's own with the minima that can be proved, and what should be said of it."""
    if not isinstance(function, Custom) or function.minimum is not None:
        return function, ()
    found = lowest(function)
    if found is None:
        told = (
            "no isolated, smooth minimum can be proved inside the domain, so nothing is tuned or ranked "
            "(--domain sets where to look)"
        )
        return function, (f"{function.name}: {told}",)
    minima, minimum = found
    return replace(function, minima=minima, minimum=minimum), ()
