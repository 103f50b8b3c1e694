"""The result of each entry: its path, everything that is reported about it, and its rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrviz.documents.entries import Entry
from lrviz.engines.reference.boxes import held, widened
from lrviz.engines.reference.memory import evaluated_along, fresh, states_along
from lrviz.engines.reference.race import FAR, reached
from lrviz.engines.tasks.race import Tape
from lrviz.functions import Function
from lrviz.optimizers import Optimizer
from lrviz.optimizers.coded import Coded
from lrviz.optimizers.first_order import FirstOrder
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.results import Averaged, Contestant, FloatArray, LrSource, Remembered, Replayed, Trajectory
from lrviz.runs.racing.attempts import Attempts, Entrant, judged
from lrviz.runs.racing.remembering import remembered
from lrviz.runs.racing.surface import slopes
from lrviz.runs.racing.terms import Terms
from lrviz.runs.racing.tuning import Tuned

_ALIKE = 9
"""Decimals of a score; scores that are equal in these count as equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Runner:
    """An entry under way: what it runs with, where its lr came from, and what the reference found."""

    entry: Entry
    entrant: Entrant
    tuned: Tuned | None
    attempts: Attempts

    @property
    def name(self) -> str:
        """What pictures call it: with a default weight decay, which moves the target although nobody asked for it."""
        unasked = self.entry.optimizer.unasked_weight_decay()
        return f"{self.entry.name} (weight_decay {unasked:g})" if unasked else self.entry.name

    @property
    def lr_source(self) -> LrSource:
        """Where the lr came from."""
        return "tuned" if self.tuned else "given" if self.entry.lr_given else "default"

    def remembered(
        self, terms: Terms, path: FloatArray, states: Sequence[Mapping[str, Any]]
    ) -> tuple[Remembered, ...] | None:
        """Return what the optimizer remembers along a path, [steps + 1, 2], None where nobody asks for it.

        states: after each step that torch made on it; none where the path is the reference's own.
        """
        optimizer, control = self.entrant.optimizer, self.attempts.control
        if not terms.shows_state or isinstance(optimizer, Coded):
            return None
        if states:
            states = [fresh(optimizer, path[0], control), *states]
        else:
            states = states_along(terms.function, optimizer, self.attempts.main, control)
        return remembered(optimizer, states, path, control)

    def evaluated(self, terms: Terms, tape: Tape | None) -> FloatArray | None:
        """Return where the loss was evaluated, [evaluations, 2], None where that is once in each step."""
        optimizer = self.entrant.optimizer
        if not isinstance(optimizer, LBFGS):
            return None
        if tape is not None:
            return tape.calls[:, 1:3]
        return evaluated_along(terms.function, optimizer, self.attempts.main, self.attempts.control)

    def warnings(self, terms: Terms, raised: str) -> tuple[str, ...]:
        """Return what should be said of the entry; raised: what torch said when it ended the path, "" else."""
        label, optimizer = self.entry.label, self.entrant.optimizer
        told = [f"{label}: {self.entry.told}"] if self.entry.told else []
        # The same for all entries of its class: reported once.
        told += [f"{optimizer.name}: {optimizer.in_the_plane}"] if optimizer.in_the_plane else []
        if isinstance(optimizer, Coded):
            told += [f"{label}: {note}" for note in optimizer.notes]
            if optimizer.untuned and terms.tunes and terms.judge is not None and not self.entry.lr_given:
                told.append(f"{label}: {optimizer.untuned}")
            if terms.shows_state:
                told.append(f"{label}: its state is not shown, because lrviz does not know what it means")
        if self.tuned and self.tuned.at_edge:
            told.append(f"{label}: the tuned lr {self.tuned.lr:g} lies at the edge of the grid")
        if terms.tunes and terms.judge is None and not self.entry.lr_given:
            whose = "its" if isinstance(optimizer, Coded) else "torch's"
            told.append(f"{label}: {whose} default lr, because without a known minimum there is nothing to tune for")
        if raised:
            told.append(f"{label}: its path ends where torch's {optimizer.name} raises {raised}")
        return tuple(told)


def contestant(
    terms: Terms,
    runner: Runner,
    path: Trajectory,
    average: FloatArray | None,
    verdict: Replayed,
    *,
    tape: Tape | None = None,
) -> Contestant:
    """Return an entry's results; average: [steps + 1, 2]; tape: torch's, None where the path is the reference's."""
    optimizer, function, judge = runner.entrant.optimizer, terms.function, terms.judge
    end = path.path[-1]
    points = path.path.T
    diverged = not bool(held(points, widened(function.domain, FAR)).all())
    outside = not bool(held(end, function.domain))
    arrived = np.array([], dtype=np.int64)
    if judge is not None and not (diverged or outside):
        arrived = np.flatnonzero(reached(function, points, path.loss, judge.goal))
    averages = None
    if average is not None and terms.averaging is not None:
        with np.errstate(all="ignore"):
            averages = Averaged(terms.averaging.words, average, function.value(average[:, 0], average[:, 1]))
    return Contestant(
        label=runner.entry.label,
        name=runner.name,
        optimizer=optimizer.name,
        params=optimizer.hyperparameters(),
        lr_source=runner.lr_source,
        chain=runner.entry.schedule.chain if runner.entry.schedule else "",
        state_per_parameter=_state(optimizer),
        trajectory=path,
        slopes=slopes(function, path.path),
        average=averages,
        robustness=judged(runner.attempts, end, function, judge),
        verdict=verdict,
        rank=None,
        tuning_evaluations=runner.tuned.evaluations if runner.tuned else 0,
        sensitivity=runner.tuned.sensitivity if runner.tuned else None,
        at_edge=runner.tuned is not None and runner.tuned.at_edge,
        distance=_distance(function, end),
        steps_to_tolerance=int(arrived[0]) if len(arrived) else None,
        diverged=diverged,
        outside=outside and not diverged,
        warnings=runner.warnings(terms, tape.raised if tape else ""),
        evaluated=runner.evaluated(terms, tape),
        state=runner.remembered(terms, path.path, tape.state if tape else ()),
    )


def ranked(contestants: Sequence[Contestant], runners: Sequence[Runner]) -> tuple[Contestant, ...]:
    """Return the contestants with their ranks: by held-out score, then by the median of evaluations to tolerance.

    Equals share a rank. What diverged or ended outside the domain has none; where no minimum is known
    nobody has one.
    """
    keys = {
        index: (round(one.robustness.score, _ALIKE), float(np.median(runner.attempts.held_out.paid)))
        for index, (one, runner) in enumerate(zip(contestants, runners, strict=True))
        if one.robustness.score is not None and not (one.diverged or one.outside)
    }
    ranks = {index: 1 + sum(other < key for other in keys.values()) for index, key in keys.items()}
    return tuple(replace(one, rank=ranks.get(index)) for index, one in enumerate(contestants))


def _state(optimizer: Optimizer) -> str:
    """Return how many values the optimizer keeps for each of the parameter's, as it is set."""
    if isinstance(optimizer, Coded):
        return optimizer.kept
    if not isinstance(optimizer, FirstOrder):
        return optimizer.state_per_parameter
    x, lr = np.zeros((2, 1)), np.zeros(1)
    state = optimizer.fresh(x, lr)
    with np.errstate(all="ignore"):
        optimizer.update(x, np.ones((2, 1)), state, lr)
    return str(sum(np.shape(kept) == x.shape for kept in state.values()))


def _distance(function: Function, end: FloatArray) -> float | None:
    if not function.minima or not np.isfinite(end).all():
        return None
    return min(float(np.hypot(*(end - np.array(minimum)))) for minimum in function.minima)
