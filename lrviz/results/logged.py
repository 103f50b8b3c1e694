"""What a log says of a run's learning rates, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from lrviz.foundation.arrays import FloatArray, IntArray
from lrviz.results.unit import Unit


@dataclass(frozen=True, slots=True)
class Convention:
    """A way in which a kind of log writes its values: at update k it has the lr of update k + `shift`.

    name: what tells it from the others: "the next update's lr, as transformers wrote before 4.51".
    """

    name: str
    shift: int


@dataclass(frozen=True, slots=True, eq=False)
class LoggedGroup:
    """The values of one parameter group, or of one tag. at: [values], the update of each, counted from 0, ascending.

    lr: [values]; a value that the log gives twice for one update, after a restart, is the later one.
    """

    name: str
    at: IntArray
    lr: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Logged:
    """A log. kind: "trainer_state.json", "TensorBoard", "CSV", ...; groups: in the log's order.

    conventions: those that this kind of log has had, the usual one first; where the log itself tells which it is, that
    one alone. tolerance: half a unit of the last digit that is written, relative, 1e-9 where more digits are.
    restarts: updates from which on the log was written again by a later run.
    resolution: half a unit of the last decimal, absolute, where a fixed number of decimals is written ("0.000123"); two
    values are the same within tolerance * |lr| + resolution. unit: "epoch" where the log counts epochs, and no updates:
    `at` and `restarts` are epochs then. notes: for the reader: what was left out, and why.
    """

    source: str
    kind: str
    groups: tuple[LoggedGroup, ...]
    conventions: tuple[Convention, ...] = (Convention("the update's own lr", 0),)
    tolerance: float = 1e-9
    restarts: tuple[int, ...] = ()
    resolution: float = 0.0
    unit: Unit = "step"
    notes: tuple[str, ...] = ()
