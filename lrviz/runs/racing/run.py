"""Races run: the reference's part is done while torch's is being computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lrviz.documents.entries import Entry
from lrviz.documents.race import RaceDocument
from lrviz.engines.compare.race import replay
from lrviz.engines.race_planning import descent
from lrviz.engines.reference.averaging import averaged
from lrviz.engines.reference.race import descend
from lrviz.engines.tasks.race import Tape
from lrviz.engines.work import Worker
from lrviz.foundation.errors import DocumentError, Fault, MissingLibrary, Refusal
from lrviz.foundation.progress import Progress
from lrviz.language.choices import Engine
from lrviz.language.marked_yaml import dotted
from lrviz.results import Contest, Replayed, Variation
from lrviz.runs.racing.attempts import Entrant, attempt, trajectory
from lrviz.runs.racing.coded import Stepper, entered
from lrviz.runs.racing.race import Race
from lrviz.runs.racing.standing import Runner, contestant, ranked
from lrviz.runs.racing.surface import objective, surface
from lrviz.runs.racing.terms import Terms
from lrviz.runs.racing.tuning import tune

if TYPE_CHECKING:
    from concurrent.futures import Future


@dataclass(frozen=True, slots=True, eq=False)
class RaceRun:
    """A race under way: `contest` is the reference's."""

    terms: Terms
    engine: Engine
    contest: Contest
    runners: tuple[Runner, ...]
    tapes: tuple[Future[Tape] | None, ...]
    """Of each runner, in the same order, None of one that was stepped already; empty where torch is not asked."""

    @classmethod
    def start(
        cls,
        document: RaceDocument,
        engine: Engine,
        worker: Worker | None,
        progress: Progress | None = None,
        tuning: Progress | None = None,
    ) -> RaceRun:
        """Tune every entry, submit it to torch, and run it in the reference meanwhile.

        Raises DocumentError where an engine refuses an entry, UsageError or UnfinishedError where a class of the
        user's own cannot race.
        """
        with entered(document, engine, tuning) as (known, steppers):
            return cls._started(known, steppers, engine, worker, progress=progress, tuning=tuning)

    @classmethod
    def _started(
        cls,
        document: RaceDocument,
        steppers: Sequence[Stepper | None],
        engine: Engine,
        worker: Worker | None,
        *,
        progress: Progress | None,
        tuning: Progress | None,
    ) -> RaceRun:
        terms = Terms.of(document)
        asked = worker if engine != "reference" else None
        work = 2 * len(document.entries)
        prepared = []
        tapes: list[Future[Tape] | None] = []
        for done, (entry, stepper) in enumerate(zip(document.entries, steppers, strict=True)):
            optimizer, tuned = entry.optimizer, None
            step = descend if stepper is None else stepper.descend
            if terms.judge is not None and terms.tuned(entry):
                tuned = tune(optimizer, terms.judge, terms.start, terms.steps, terms.protocol, descend=step)
                optimizer = optimizer.with_lr(tuned.lr)
            if stepper is not None:
                tapes.append(None)
            elif asked is not None:
                task = descent(document, optimizer, entry.schedule, function=terms.function, noise=terms.noise)
                tapes.append(asked.submit(task, progress))
            prepared.append((entry, Entrant(optimizer, entry.schedule), tuned, stepper))
            if tuning is not None:
                tuning(done, work)
        runners = []
        for done, (entry, entrant, tuned, stepper) in enumerate(prepared, start=len(prepared)):
            try:
                step, most = (descend, None) if stepper is None else (stepper.descend, stepper.most)
                runners.append(Runner(entry, entrant, tuned, attempt(entrant, terms, step, most)))
            except Refusal as refusal:
                raise _located(entry, refusal) from None
            if tuning is not None:
                tuning(done, work)
        verdicts = [Replayed.alone() if stepper is None else stepper.verdict for stepper in steppers]
        paths = [one.attempts.main for one in runners]
        averages = [averaged(path.path, terms.averaging) if terms.averaging else None for path in paths]
        found = [contestant(terms, *each) for each in zip(runners, paths, averages, verdicts, strict=True)]
        contest = Contest(
            name=document.title,
            function=objective(terms.function),
            surface=surface(terms.function, terms.start, found, near=bool(document.varied)),
            start=terms.start,
            steps=terms.steps,
            tolerance=terms.judge.tolerance if terms.judge else None,
            protocol=terms.protocol,
            contestants=ranked(found, runners),
            varied=tuple(
                Variation(one.of, one.key, one.words, one.values, one.entries, one.base) for one in document.varied
            ),
        )
        return cls(terms, engine, contest, tuple(runners), tuple(tapes))

    def finish(self) -> Race:
        """Wait for torch and compare; the paths of the race are torch's where torch ran.

        Raises MissingLibrary where only torch was requested, and it or an entry's library is not installed.
        """
        if self.engine == "reference":
            return Race(self.contest, self.terms.warnings)
        found = []
        for runner, future, own in zip(self.runners, self.tapes, self.contest.contestants, strict=True):
            if future is None:
                found.append(own)
                continue
            try:
                tape = future.result()
            except MissingLibrary as missing:
                if self.engine == "torch":
                    raise
                found.append(replace(own, verdict=Replayed("skipped", reason=str(missing))))
                continue
            except Refusal as refusal:
                raise _located(runner.entry, refusal) from None
            path = trajectory(tape.path, tape.loss, tape.spent, tape.lr)
            verdict = Replayed.alone(tape.ran)
            if self.engine == "both":
                verdict = replay(tape, runner.entrant.optimizer, runner.attempts.main.path, self.terms.averaging)
            found.append(contestant(self.terms, runner, path, tape.average, verdict, tape=tape))
        near = bool(self.contest.varied)
        ground = surface(self.terms.function, self.terms.start, found, self.contest.surface, near=near)
        contest = replace(self.contest, contestants=ranked(found, self.runners), surface=ground)
        return Race(contest, self.terms.warnings)


def _located(entry: Entry, refusal: Refusal) -> DocumentError:
    """Return a refusal at the line of the entry's document, or under its label."""
    document = entry.schedule
    if document is None:
        place = f"entry {entry.label!r}"
        return DocumentError(*(Fault(place, dotted(one.path), one.text) for one in refusal.problems))
    return document.refused(refusal)
