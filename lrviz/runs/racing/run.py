"""Races run: the reference's part is done while torch's is being computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lrviz.documents.calls import a, checked, either, many, one_of
from lrviz.documents.entries import Entry
from lrviz.documents.race import RaceDocument, race_document
from lrviz.engines.compare.race import replay
from lrviz.engines.race_planning import descent
from lrviz.engines.reference.averaging import averaged
from lrviz.engines.tasks.race import Tape
from lrviz.engines.tasks.schedule import Engine, Progress
from lrviz.engines.work import Worker
from lrviz.foundation.errors import DocumentError, Fault, Refusal, UsageError
from lrviz.foundation.printable import printable
from lrviz.results import Contest, Replayed
from lrviz.runs.racing.attempts import Entrant, attempt, trajectory
from lrviz.runs.racing.race import Race
from lrviz.runs.racing.standing import Runner, contestant, ranked
from lrviz.runs.racing.surface import objective, surface
from lrviz.runs.racing.terms import Terms
from lrviz.runs.racing.tuning import tune


@dataclass(frozen=True, slots=True, eq=False)
class RaceRun:
    """A race under way: `contest` is the reference's."""

    terms: Terms
    engine: Engine
    worker: Worker | None
    contest: Contest
    runners: tuple[Runner, ...]

    @classmethod
    def start(
        cls, document: RaceDocument, engine: Engine, worker: Worker | None, progress: Progress | None = None
    ) -> RaceRun:
        """Tune every entry, send it to torch, and run it in the reference meanwhile.

        Raises DocumentError where an engine refuses an entry.
        """
        terms = Terms.of(document)
        asked = worker if engine != "reference" else None
        work = 2 * len(document.entries)
        prepared = []
        for done, entry in enumerate(document.entries):
            optimizer, tuned = entry.optimizer, None
            if terms.judge is not None and terms.tuned(entry):
                tuned = tune(optimizer, terms.judge, terms.start, terms.steps, terms.protocol)
                optimizer = optimizer.model_copy(update={"lr": tuned.lr})
            if asked is not None:
                asked.send(descent(document, optimizer, entry.schedule, function=terms.function, noise=terms.noise))
            prepared.append((entry, Entrant(optimizer, entry.schedule), tuned))
            if progress is not None:
                progress(done, work)
        runners = []
        for done, (entry, entrant, tuned) in enumerate(prepared, start=len(prepared)):
            try:
                runners.append(Runner(entry, entrant, tuned, attempt(entrant, terms)))
            except Refusal as refusal:
                raise _located(entry, refusal) from None
            if progress is not None:
                progress(done, work)
        skipped = Replayed.alone()
        paths = [one.attempts.main for one in runners]
        averages = [averaged(path.path, terms.averaging) if terms.averaging else None for path in paths]
        found = [contestant(terms, *each, skipped) for each in zip(runners, paths, averages, strict=True)]
        contest = Contest(
            name=document.title,
            function=objective(terms.function),
            surface=surface(terms.function, terms.start, found),
            start=terms.start,
            steps=terms.steps,
            tolerance=terms.judge.tolerance if terms.judge else None,
            protocol=terms.protocol,
            contestants=ranked(found, runners),
        )
        return cls(terms, engine, asked, contest, tuple(runners))

    def finish(self, progress: Progress | None = None) -> Race:
        """Wait for torch and compare; the paths of the race are torch's where torch ran."""
        if self.worker is None:
            return Race(self.contest, self.terms.warnings)
        found = []
        for runner in self.runners:
            try:
                tape = self.worker.receive(Tape, progress)
            except Refusal as refusal:
                raise _located(runner.entry, refusal) from None
            path = trajectory(tape.path, tape.loss, tape.spent, tape.lr)
            verdict = Replayed.alone(tape.torch)
            if self.engine == "both":
                verdict = replay(tape, runner.entrant.optimizer, runner.attempts.main.path, self.terms.averaging)
            found.append(contestant(self.terms, runner, path, tape.average, verdict, raised=tape.raised))
        ground = surface(self.terms.function, self.terms.start, found, self.contest.surface)
        contest = replace(self.contest, contestants=ranked(found, self.runners), surface=ground)
        return Race(contest, self.terms.warnings)


@checked(
    entries=either(
        many("a list of entries, as ['adam', {'name': 'sgd', 'lr': 0.1}],", str, Mapping), a("", RaceDocument)
    ),
    engine=one_of(Engine),
)
def race(entries: Sequence[str | Mapping[str, Any]] | RaceDocument, *, engine: Engine = "both", **options: Any) -> Race:
    """Race optimizers over a surface, with real torch and with lrviz's own maths, and compare.

    entries: as on the command line ("adam:lr=0.05", a schedule document's path), mappings
    ({"name": "adam", "lr": 0.05}), or a race document that was read; options: those of `lrviz race`
    by name (fn, start, steps, lr, tune, noise, seed, average, schedule, clip, impl, domain).
    A race document has its own, and takes none here: `load_race(path, options)` changes them.
    Raises UsageError for an engine that there is not, DocumentError with everything else that is wrong,
    UnfinishedError where torch cannot run.
    """
    if isinstance(entries, RaceDocument) and options:
        told = f"given beside a race document, which has its own; write load_race(path, {options!r})"
        raise UsageError(f"race: {', '.join(options)}: {printable(told)}")
    document = entries if isinstance(entries, RaceDocument) else race_document(entries, options, spelling="{}")
    if engine == "reference":
        return RaceRun.start(document, engine, None).finish()
    with Worker() as worker:
        return RaceRun.start(document, engine, worker).finish()


def _located(entry: Entry, refusal: Refusal) -> DocumentError:
    """Return a refusal at the line of the entry's document, or under its label."""
    document = entry.schedule
    if document is None:
        return DocumentError(Fault(f"entry {entry.label!r}", ".".join(map(str, refusal.path)), refusal.reason))
    return document.refused(refusal)
