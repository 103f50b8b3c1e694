"""A comparison under way: both sources submitted, then compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from lrviz.documents.host import known_params
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.work import Worker
from lrviz.foundation.errors import DocumentError, Fault, Refusal, UsageError
from lrviz.foundation.progress import Progress
from lrviz.language.choices import Engine
from lrviz.results import Logged
from lrviz.runs.differing.comparing import Terms, compared
from lrviz.runs.differing.differences import Differences
from lrviz.runs.differing.sides import Side
from lrviz.runs.differing.simulated import simulated
from lrviz.runs.sources.several import read_one
from lrviz.runs.sources.source import Source

if TYPE_CHECKING:
    from lrviz.runs.simulation import Run, Simulation

Compared: TypeAlias = "ScheduleDocument | Logged | Sequence[Simulation]"
"""What may be compared: a document, a log, or curves that are known already."""


def compared_sources(sources: Sequence[Source], params: Sequence[str]) -> tuple[Compared, Compared]:
    """Return what two sources hold; params: hyperparameters to read beside the lr.

    Raises DocumentError with the faults of both, and what else reading them raises.
    """
    found: list[Compared] = []
    faults: list[Fault] = []
    for source in sources:
        try:
            found.append(compared_source(source, params))
        except DocumentError as error:
            faults += error.faults
    if faults:
        raise DocumentError(*dict.fromkeys(faults))
    first, second = found
    return first, second


def compared_source(source: Source, params: Sequence[str]) -> Compared:
    """Return what a source holds; params: as of `compared_sources`."""
    logged = source.logged()
    if logged is not None:
        return logged
    return source.simulated((), params) if source.holds_curves else read_one(source)


@dataclass(frozen=True, slots=True)
class DiffRun:
    """A comparison of two sources under way, by what they were called."""

    sources: tuple[str, str]
    runs: tuple[Run | Compared, Run | Compared]
    terms: Terms

    @classmethod
    def start(  # noqa: PLR0917 - as Run.start takes them
        cls,
        sources: tuple[str, str],
        given: tuple[Compared, Compared],
        terms: Terms,
        engine: Engine = "reference",
        worker: Worker | None = None,
        progress: Progress | None = None,
    ) -> DiffRun:
        """Submit what is a document to torch, if that is asked.

        Raises UsageError where a document has no such hyperparameter.
        """
        params = [] if terms.quantity == "lr" else [terms.quantity]
        known_params(params, [one.optimizer for one in given if isinstance(one, ScheduleDocument)], "--param")
        if engine == "reference":
            return cls(sources, given, terms)
        # It lints, too, which takes long to import.
        from lrviz.runs.simulation import Run

        first, second = (
            Run.start(one, engine, params, worker, progress) if isinstance(one, ScheduleDocument) else one
            for one in given
        )
        return cls(sources, (first, second), terms)

    def finish(self) -> Differences:
        """Wait for torch, and compare.

        Raises UsageError where the two have nothing in common.
        """
        simulations: list[Simulation] = []
        a, b = (self._side(source, run, simulations) for source, run in zip(self.sources, self.runs, strict=True))
        verdicts = tuple(one.verdict for one in simulations)
        warnings = tuple(dict.fromkeys(line for one in simulations for line in one.warnings))
        return Differences(compared(a, b, self.terms), verdicts, warnings)

    def _side(self, source: str, run: Run | Compared, simulations: list[Simulation]) -> Side:
        """Return a source as a side; its simulations, where there are any, are added to those that are known."""
        quantity = self.terms.quantity
        if isinstance(run, Logged):
            if quantity != "lr":
                raise UsageError(f"--param {quantity}: {source} is a log, of which the lr is read")
            return Side.of_log(source, run)
        if isinstance(run, ScheduleDocument):
            try:
                return simulated(run, source, quantity)
            except Refusal as refusal:
                raise run.refused(refusal) from None
        document, found = (None, list(run)) if isinstance(run, Sequence) else (run.document, [run.finish()])
        simulations += found
        return Side.of_curves(source, [one.curves for one in found], document, quantity)
