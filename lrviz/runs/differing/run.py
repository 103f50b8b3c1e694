"""A running comparison: both sources are submitted, then compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from lrviz.documents.host import known_params
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.work import Worker
from lrviz.foundation.errors import DocumentError, Fault, Refusal, UsageError
from lrviz.foundation.progress import Progress
from lrviz.language.choices import Engine
from lrviz.results import Curves, Logged, Verdict
from lrviz.runs.differing.comparing import Terms, compared
from lrviz.runs.differing.differences import Differences
from lrviz.runs.differing.sides import Side
from lrviz.runs.differing.simulated import simulated
from lrviz.runs.sources.several import read_one
from lrviz.runs.sources.source import Source
from lrviz.runs.surviving import survived

if TYPE_CHECKING:
    from lrviz.runs.simulation import Run, Simulation

Compared: TypeAlias = "ScheduleDocument | Logged | Sequence[Simulation]"
"""What may be compared: a document, a log, or curves that are known already."""


def compared_sources(sources: Sequence[Source], params: Sequence[str]) -> tuple[Compared, Compared]:
    """Return what two sources hold; params: hyperparameters to read besides the lr.

    Raises DocumentError with the faults of both, and any other error of reading them.
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
    """A running comparison of two sources, under the names given. engine: the one that simulates documents."""

    sources: tuple[str, str]
    runs: tuple[Run | Compared, Run | Compared]
    terms: Terms
    engine: Engine

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
        """Submit documents to torch, if that is asked for.

        Raises UsageError where a document has no such hyperparameter.
        """
        params = [] if terms.quantity == "lr" else [terms.quantity]
        known_params(params, [one.optimizer for one in given if isinstance(one, ScheduleDocument)], "--param")
        if engine == "reference" and not terms.survival:
            return cls(sources, given, terms, engine)
        # It also lints, which takes long to import.
        from lrviz.runs.simulation import Run

        first, second = (
            Run.start(one, engine, terms.params, worker, progress) if isinstance(one, ScheduleDocument) else one
            for one in given
        )
        return cls(sources, (first, second), terms, engine)

    def finish(self) -> Differences:
        """Wait for torch, and compare.

        Raises UsageError where the two have nothing in common, or neither has the half-lives that were asked for.
        """
        told = _Told()
        a, b = (self._side(source, run, told) for source, run in zip(self.sources, self.runs, strict=True))
        if self.terms.survival and not (a.survival or b.survival):
            raise UsageError(*told.unsurvived)
        warnings = tuple(dict.fromkeys((*told.warnings, *told.unsurvived)))
        return Differences(compared(a, b, self.terms), tuple(told.verdicts), warnings)

    def _side(self, source: str, run: Run | Compared, told: _Told) -> Side:
        """Return a source as a side; verdicts and warnings about it are added to `told`."""
        quantity = self.terms.quantity
        if isinstance(run, Logged):
            if quantity != "lr":
                raise UsageError(f"--param {quantity}: {source} is a log, which already has the lr")
            if self.terms.survival:
                told.unsurvived.append(f"--survival: {source} is a log, which already has the lr")
            told.warnings += run.notes
            return Side.of_log(source, run)
        if isinstance(run, ScheduleDocument):
            told.verdicts.append(Verdict.alone())
            try:
                return simulated(run, source, quantity)
            except Refusal as refusal:
                raise run.refused(refusal) from None
        if isinstance(run, Sequence):
            document, found = None, list(run)
        else:
            document, found = run.document, [run.finish()]
            told.verdicts += [one.verdict for one in found]
        if self.engine != "reference" or document is None:
            told.warnings += [line for one in found for line in one.warnings]
        curves = [self._surviving(one.curves, document, told) for one in found]
        return Side.of_curves(source, curves, document, quantity)

    def _surviving(self, curves: Curves, document: ScheduleDocument | None, told: _Told) -> Curves:
        """Return curves with a sentence on the half-life of updates, where that is asked for and known."""
        if not self.terms.survival or curves.footnote:
            return curves
        own = None if document is None else document.optimizer.optimizer
        try:
            return survived(curves, [self.terms.quantity], own)
        except UsageError as error:
            told.unsurvived += error.lines
            return curves


@dataclass(slots=True)
class _Told:
    """What is reported about two sources: verdicts, warnings, and why updates have no half-life."""

    verdicts: list[Verdict] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unsurvived: list[str] = field(default_factory=list)
