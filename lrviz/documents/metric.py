"""What ReduceLROnPlateau watches: a formula of the tick, a list of values, or a column of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem, Refusal
from lrviz.foundation.inputs import Unreadable, text_of
from lrviz.foundation.numerals import plural
from lrviz.language.fields import Listed, Model, misfit
from lrviz.language.formula import TickFormula
from lrviz.language.length import Clock
from lrviz.schedulers.situation import Reading

_Measured = Annotated[float, Field(allow_inf_nan=True)]
_LARGEST = 64 * 10**6
"""The most bytes of a CSV file: some millions of values."""


class Metric(Model):
    """The metric at the ticks of ReduceLROnPlateau: its nth step is given the nth value, from t = 0.

    Several schedulers that watch it each start with its first value; `ticks` in its formula is that of each.

    A value may be NaN, as in a run that has diverged: to torch it is not better than any other. Of what was
    measured, in values and csv, one may be infinite, too.
    """

    expression: TickFormula | None = Field(None, description="formula in t, the tick")
    values: Annotated[tuple[_Measured, ...], Listed] | None = Field(None, description="a value for each tick")
    csv: str | None = Field(None, description="a CSV file, its path relative to the document's folder")
    column: str | None = Field(None, description="the column of the CSV file (default: the only one)")

    _read: tuple[float, ...] = PrivateAttr(())

    @property
    def label(self) -> str:
        """Its name in pictures."""
        return self.column or "metric"

    def at(self, ticks: int, clock: Clock | None = None) -> FloatArray:
        """Return the metric at the first ticks, [ticks]; clock: whose ticks they are (default: the document's).

        Raises Refusal where there are too few values, or a formula has no value.
        """
        if self.expression is None:
            known = self.values or self._read
            if len(known) < ticks:
                field = "csv" if self.csv else "values"
                told = f"{plural(len(known), 'value')} given; what watches the metric takes {ticks:,}, one at each step"
                raise Refusal(Problem(("metric", field), told))
            return np.array(known[:ticks], dtype=np.float64)
        t = np.arange(ticks, dtype=np.float64)
        formula = self.expression if clock is None else self.expression.given(clock.constants)
        found = formula.evaluate(**dict.fromkeys(formula.variables, t))
        if np.isinf(found).any():
            first = int(np.flatnonzero(np.isinf(found))[0])
            told = f"{self.expression.text} is {found[first]:g} at t = {first}; a finite value or NaN is needed"
            raise Refusal(Problem(("metric", "expression"), told))
        return found

    def problems(self) -> Iterator[Problem]:
        """Yield the problems of keys that contradict each other."""
        given = [key for key in ("expression", "values", "csv") if key in self.model_fields_set]
        if len(given) != 1:
            said = " and ".join(given) if given else "nothing"
            yield Problem((), f"{said} given; one of expression, values and csv is needed")
        if self.column is not None and self.csv is None:
            yield Problem(("column",), "given without csv; it names a column of that file")

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        found = list(self.problems())
        if not found and self.csv is not None:
            reading: Reading | None = info.context
            try:
                self._read = read_column((reading.folder if reading else Path()) / self.csv, self.column)
            except Refusal as refusal:
                found = list(refusal.problems)
        if found:
            raise misfit(found)
        return self


def read_column(path: Path, column: str | None) -> tuple[float, ...]:
    """Read a column of numbers; without a name, the only one.

    A document from somebody else may name any file that the user can read: contents are never printed.
    Raises Refusal with what is wrong, and whether csv or column says it.
    """
    try:
        rows = csv.reader(io.StringIO(text_of(path, _LARGEST), newline=""))
        head = [cell.strip() for cell in next(rows, [])]
        if not head:
            raise _unmeasured(f"{path} is empty; a header line and one value per tick are needed")
        if column is None and len(head) > 1:
            raise _unmeasured(f"{path} has {len(head)} columns; name one with column")
        if column is not None and column not in head:
            raise _unmeasured(f"{column!r} given; {path} has no such column among its {len(head)}", "column")
        return tuple(_numbers(rows, head.index(column) if column is not None else 0, path))
    except (OSError, Unreadable) as error:
        raise _unmeasured(f"{path}: {error.strerror if isinstance(error, OSError) else error}") from None
    except (ValueError, csv.Error):
        raise _unmeasured(f"{path}: not a CSV file") from None


def _numbers(rows: Iterator[list[str]], index: int, path: Path) -> Iterator[float]:
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        try:
            yield float(row[index])
        except (ValueError, IndexError):
            raise _unmeasured(f"{path}:{number}: column {index + 1} is not a number") from None


def _unmeasured(text: str, field: str = "csv") -> Refusal:
    return Refusal(Problem((field,), text))
