"""Entries whose class a user names: looked at before the race, and stepped in place of the reference's formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from lrviz.documents.entries import Entry
from lrviz.documents.race import RaceDocument
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import Flight, joined, surveyed
from lrviz.engines.tasks.coded import Known, Look, Named, Walk
from lrviz.engines.work import SideProcess, Worker
from lrviz.foundation.errors import UsageError
from lrviz.foundation.plane import Box, Point
from lrviz.foundation.progress import Progress
from lrviz.functions import Function
from lrviz.language.choices import Engine
from lrviz.optimizers import Optimizer
from lrviz.optimizers.coded import Coded
from lrviz.results import FloatArray, Protocol, Replayed
from lrviz.runs.racing.judging import TUNING, drawn
from lrviz.runs.racing.tuning import grid

_MOST = 2_000_000
"""Steps of a class that may be made to choose its lr, and from other starts: a minute or two each."""
_GRAPH = 8
"""How many times as long a step takes whose gradient autograd computes for each path by itself."""
_POINTS = 4_000_000
"""Points of paths that are kept at once: 64 MB."""


@dataclass(frozen=True, slots=True)
class Stepper:
    """Steps a class in its process, as the reference steps an optimizer by its formula."""

    worker: Worker
    named: Named
    known: Known
    steps: int
    progress: Progress | None

    @property
    def verdict(self) -> Replayed:
        """The message in place of a cross-check."""
        told = f"the reference does not know {self.named.spec}, whose own class was stepped"
        return Replayed("skipped", ran=self.known.ran, reason=told)

    @property
    def budget(self) -> int:
        """The steps of the class that may be made at one go."""
        manner = self.known.manner
        return _MOST // _GRAPH if (manner.graph or manner.closure) and not manner.together else _MOST

    @property
    def most(self) -> int:
        """From how many starts a race is run, beside its own."""
        at_once = max(1, _POINTS // self.steps) if self.known.manner.together else 1
        return max(1, at_once * (self.budget // self.steps))

    def seen(self, optimizer: Coded) -> Coded:
        """Return the optimizer with what is known of it now."""
        known, manner, protocol = self.known, self.known.manner, Protocol(tuned=False)
        rates = len(grid(protocol))
        work = self.steps * rates * (1 if manner.together else protocol.tuning_starts)
        untuned = ""
        if not known.takes_lr:
            untuned = "not tuned, because it takes no lr"
        elif work > self.budget:
            alone = "" if manner.together else ", one path at a time"
            untuned = f"not tuned, because that would take {work:,} of its steps{alone}; its default lr is used"
        notes = []
        if manner.shape != (2,):
            notes.append("it takes matrices only: its point is a 1 by 2 matrix")
        if manner.single:
            notes.append("it takes float32 only: its path has 7 digits")
        if self.most < protocol.held_out_starts:
            notes.append(f"judged by {self.most:,} other starts, not {protocol.held_out_starts:,}: more take too long")
        defaults = {**known.defaults, **({} if "lr" in optimizer.typed else {"lr": known.lr})}
        return optimizer.model_copy(
            update={"defaults": defaults, "kept": known.kept, "untuned": untuned, "notes": tuple(notes)}
        )

    def descend(
        self,
        function: Function,
        optimizer: Optimizer,
        starts: FloatArray,
        control: Control,
        steps: int,
        *,
        goal: Point | None = None,
        view: Box | None = None,
        recorded: int = 0,
        progress: Progress | None = None,  # noqa: ARG002 - that of a stepper goes on over several flights
    ) -> Flight:
        """Step it from every start, [2, paths], as the reference's `descend` does.

        The first path, where any is recorded, is made by itself. progress: unused, a stepper has its own.
        """
        assert isinstance(optimizer, Coded)
        paths = starts.shape[1]
        size = max(1, _POINTS // (steps + 1))
        edges = [*([0] if recorded else []), *range(1 if recorded else 0, paths, size), paths]
        named = replace(self.named, typed=optimizer.typed)
        given = self.known.takes_lr and not np.isnan(control.lr).any()
        if self.known.needs_lr and not given:
            raise UsageError(f"{self.named.spec}: lr missing; write {self.named.spec}:lr=...")
        rates = np.broadcast_to(control.lr[0], paths) if given else None
        flights = []
        for first, last in pairwise(edges):
            some, main = slice(first, last), bool(recorded) and first == 0
            walk = Walk(
                named, self.known.manner, function, starts[:, some], None if rates is None else rates[some], steps,
                control.noise, control.clip, main,
            )  # fmt: skip

            def told(done: int, total: int, first: int = first, last: int = last) -> None:
                if self.progress is not None:
                    self.progress(int((first + (last - first) * done / total) / paths * 1000), 1000)

            found = self.worker.submit(walk, told).result()
            kept = min(max(recorded - first, 0), last - first)
            with np.errstate(all="ignore"):
                flight = surveyed(function, found.path, found.spent, goal=goal, view=view, recorded=last - first)
            flights.append(replace(flight, path=flight.path[..., :kept], spent=flight.spent[:, :kept]))
        return joined(flights)


@contextmanager
def entered(
    document: RaceDocument, engine: Engine, progress: Progress | None
) -> Iterator[tuple[RaceDocument, Sequence[Stepper | None]]]:
    """Look at the classes that entries name by `py:`, and hold the process that steps them until the race is over.

    Yields the document with all that is known of them, and for each entry what steps it, None where the reference does.
    Raises UsageError where a class cannot race, UnfinishedError where it fails.
    """
    coded = [isinstance(entry.optimizer, Coded) for entry in document.entries]
    if not any(coded):
        yield document, [None] * len(coded)
        return
    if engine == "reference":
        spec = next(entry.label for entry, one in zip(document.entries, coded, strict=True) if one)
        raise UsageError(f"--engine reference: given with {spec}, which only its own class can step")
    beside = drawn(document.start, document.fn.view, Protocol(tuned=False).spread, 2, (document.seed, TUNING))
    starts = np.column_stack([document.start, beside])
    with SideProcess(foreign=True) as process:
        steppers: list[Stepper | None] = []
        entries: list[Entry] = []
        for entry in document.entries:
            if not isinstance(entry.optimizer, Coded):
                steppers.append(None)
                entries.append(entry)
                continue
            module, name = entry.optimizer.code.split(":")
            named = Named(module, name, str(Path.cwd()), entry.optimizer.typed)
            known = process.submit(Look(named, document.fn, starts)).result()
            stepper = Stepper(process, named, known, document.steps, progress)
            steppers.append(stepper)
            entries.append(replace(entry, optimizer=stepper.seen(entry.optimizer)))
        yield replace(document, entries=tuple(entries)), steppers
