"""What a schedule gives: curves, the marks on them, and the verdict of the cross-check.

A *tick* is one row of a curve; `unit` says what that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

from lrviz.foundation.arrays import FloatArray, IntArray
from lrviz.results.logged import LoggedGroup
from lrviz.results.unit import Unit

if TYPE_CHECKING:
    from lrviz.schedulers.facts import Kind

HALF_LIFE = "half_life"
"""Among `Curves.params`: updates until an update has lost half its weight, NaN where the run ends before that."""

EFFECTIVE_LR = "effective_lr"
"""Among `Curves.params`: lr / (1 - momentum), the lr that a gradient which stays the same ends up with."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What one engine saw in the parameter groups when each update was made.

    lr: [steps, groups]; params: hyperparameter name (`momentum`, `beta1`, `weight_decay`) to
    [steps, groups]; ran: the libraries whose classes ran, by name, with their versions; empty for the reference.
    """

    lr: FloatArray
    params: Mapping[str, FloatArray]
    ran: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Phase:
    """Ticks `start` (included) to `stop` (excluded) of the run, under one name: "warm-up".

    kind: what the lr does there, by the scheduler that is named first.
    """

    start: int
    stop: int
    label: str
    kind: Kind = "hold"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happens to the curve when update `tick` is made.

    kind: milestone (a stage of SequentialLR begins), drop (StepLR, MultiStepLR), restart,
    reduction (ReduceLROnPlateau lowered lr), cause (of a recorded run: something is wrong there, or it goes on).
    """

    tick: int
    label: str
    kind: Literal["milestone", "drop", "restart", "reduction", "cause"]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The metric that ReduceLROnPlateau watches: it receives `values[i]` after update `ticks[i]`.

    Then `best[i]` is the best so far and `bad[i]` counts the values since that were not better, 0 in a cooldown; where
    there are more than `patience` the lr is reduced.
    """

    label: str
    ticks: IntArray
    values: FloatArray
    best: FloatArray
    bad: IntArray
    patience: int


@dataclass(frozen=True, slots=True, eq=False)
class Projected:
    """How recorded curves would continue. lr, and each of params: [updates, groups], NaN where not known."""

    lr: FloatArray
    params: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """One simulated schedule.

    lr: [steps, groups], lr[t] is the value in force when update t is made; params: name to
    [steps, groups], the hyperparameters the schedule varies or the user asked for; groups: a name
    per group; steps_per_epoch: optimizer steps an epoch; optimizer and chain: words for people
    ("SGD", "LinearLR → CosineAnnealingLR").
    """

    name: str
    source: str
    unit: Unit
    steps_per_epoch: int
    optimizer: str
    chain: str
    groups: tuple[str, ...]
    lr: FloatArray
    params: Mapping[str, FloatArray] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    marks: tuple[Mark, ...] = ()
    metric: Trace | None = None
    updates: int | None = None
    """Optimizer steps of the run, where the last epoch is cut short by them."""
    footnote: str = ""
    """A sentence on what the curves show, printed below a table."""
    projected: Projected | None = None
    logged: tuple[LoggedGroup, ...] = ()
    """The values of a log, a member for each of `groups`; `lr` goes on straight lines between them."""

    @property
    def extent(self) -> float:
        """How many ticks long the run is: less than `steps` where its last epoch is cut short."""
        return self.steps if self.updates is None else self.updates / self.steps_per_epoch

    @property
    def steps(self) -> int:
        """The number of ticks."""
        return int(self.lr.shape[0])


FORMULAS_ALONE = "lengths as read from the config: no trainer ran"
"""What an agreement does not say where a config of another library was read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comparing the two engines showed.

    max_rel = max |difference| / (|found| + 1e-3 * peak of the curve). On disagreement
    `first_step`, `group`, `param` ("lr", "momentum", ...), `expected` (the reference's value) and `found` (that of
    the real library) name the first tick that differs. ran: the libraries whose classes ran, by name, with their
    versions; empty where none did. reason: why an engine did not run, where the verdict is skipped. of_config: the
    schedule is what lrviz reads in a config of another library, whose trainer has not run.
    """

    verdict: Literal["agree", "disagree", "skipped"]
    max_abs: float | None = None
    max_rel: float | None = None
    first_step: int | None = None
    group: str | None = None
    param: str | None = None
    expected: float | None = None
    found: float | None = None
    ran: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    of_config: bool = False

    @property
    def by(self) -> str:
        """The libraries that ran, with their versions: "torch 2.13.0"; "" where none did."""
        return named(self.ran)

    @property
    def sentence(self) -> str:
        """The verdict in one line, for a picture's corner or a table's foot."""
        if self.verdict == "disagree":
            values = f"{self.found!r} in {' and '.join(self.ran)}, {self.expected!r} in the reference"
            return f"{self.by} and the reference DISAGREE {self._where} {values}"
        if self.verdict == "agree":
            told = f"{self.by} and the reference agree (max rel. difference {self.max_rel:.2g})"
        else:
            told = f"not cross-checked: {self.reason}"
        return f"{told}; {self._note}" if self._note else told

    @property
    def _where(self) -> str:
        return f"at t = {self.first_step}, group {self.group}: {self.param} is"

    @property
    def _note(self) -> str:
        return FORMULAS_ALONE if self.of_config and self.verdict == "agree" else ""

    @classmethod
    def alone(cls, ran: Mapping[str, str] | None = None) -> Self:
        """Return the verdict where one engine was asked for: the real one, whose libraries ran, or the reference."""
        which = named(ran) if ran else "the reference engine"
        return cls("skipped", ran=ran or {}, reason=f"only {which} was requested")


def named(ran: Mapping[str, str]) -> str:
    """Return libraries with their versions as a reader sees them: "torch 2.13.0, transformers 5.23.0"."""
    return ", ".join(f"{library} {version}" for library, version in ran.items())


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of one group's curve that a reader looks for first. Lengths are in ticks."""

    group: str
    first: float
    peak: float
    peak_at: int
    last: float
    mean: float
    share_below: float
    """Share of the run below 1% of the peak, 0 to 1."""
    warm_up: int
    """Ticks of the first phase where that is a warm-up, else those before the peak where the curve only rises to it."""
