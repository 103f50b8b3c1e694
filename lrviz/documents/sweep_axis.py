"""`--over KEY=LOW..HIGH[:log|lin][:COUNT]` and `--over start[:NX,NY]`: the axes of a sweep, as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticCustomError

from lrviz.documents.settings import split
from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem, Refusal
from lrviz.foundation.numerals import plural
from lrviz.foundation.wording import did_you_mean, shown
from lrviz.language.fields import computed
from lrviz.language.marked_yaml import AmbiguousWord, scalar

START = "start"
"""The key of a map over where paths begin."""
MOST_VALUES = 10_000
"""Values of one axis."""
_ALONE, _OF_TWO, _STARTS = 61, 41, 200
"""Default number of values: of a single axis, of each of two, and of x and y in a map of starts."""
_APART = 100.0
"""By default axes of lrs and batch sizes are log axes, and so is one from above 0 to at least this many times that."""
_GEOMETRIC = re.compile(r"batch|(.*[._])?(lr|eta_min|lr_end|lrs)")
FORM = "write KEY=LOW..HIGH[:log|lin][:COUNT], as lr=1e-4..1, or start[:NX,NY]"
_PATH = re.compile(r"^optimizer\.(?=[\w\[\]]+$)")
"""What the path of a hyperparameter in a schedule document begins with, as of `--set`."""
_ALIAS = re.compile(r"betas\[([01])\]")


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis as it is written; count: None where it is not given.

    key: what is swept: lr, a hyperparameter (beta1 and beta2 for the parts of betas, `etas[0]` for others), or a path
    in the entry's schedule document, as `scheduler.T_max`.
    """

    key: str
    low: float
    high: float
    log: bool
    count: int | None

    def values(self, axes: int) -> FloatArray:
        """Return the values of one of so many axes, both ends included, with six digits where these are enough."""
        count = self.count or (_ALONE if axes == 1 else _OF_TWO)
        exact = (np.geomspace if self.log else np.linspace)(self.low, self.high, count)
        few: FloatArray = np.array([float(f"{value:.6g}") for value in exact])
        kept = few if len(np.unique(few)) == count else exact
        # Exactly as they were written.
        kept[0], kept[-1] = self.low, self.high
        return kept


@dataclass(frozen=True, slots=True)
class StartGrid:
    """A map of starts: the numbers of starts along x and y, at the centres of cells that fill the view."""

    columns: int = _STARTS
    rows: int = _STARTS


def read_axes(texts: Sequence[str]) -> tuple[Axis, ...] | StartGrid:
    """Return the axes that texts describe.

    Raises Refusal with everything that is wrong, the number of its text first in the path of each problem.
    """
    found: list[Axis | StartGrid] = []
    problems: list[Problem] = []
    for index, text in enumerate(texts):
        try:
            found.append(_axis(text.strip()))
        except Refusal as refusal:
            problems += [Problem((index, *one.path), one.text) for one in refusal.problems]
    if problems:
        raise Refusal(*problems)
    if not found:
        raise Refusal(Problem((), f"missing; {FORM}"))
    axes = [one for one in found if isinstance(one, Axis)]
    grids = [one for one in found if isinstance(one, StartGrid)]
    if grids and len(found) > 1:
        told = "given twice" if len(grids) > 1 else f"given with {axes[0].key}; start is both axes of its map"
        raise Refusal(Problem((), f"start {told}"))
    keys = [one.key for one in axes]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Refusal(Problem((), f"{twice} given twice; give an axis once, with all of its values"))
    if len(axes) > 2:
        raise Refusal(Problem((), f"{len(axes)} axes given ({', '.join(keys)}); a sweep has one or two"))
    return grids[0] if grids else tuple(axes)


def _axis(text: str) -> Axis | StartGrid:
    head, *rest = (part.strip() for part in split(text, ":"))
    if head == START:
        return _start(text, rest)
    key, equals, ends = (part.strip() for part in head.partition("="))
    key = _ALIAS.sub(lambda match: f"beta{int(match[1]) + 1}", _PATH.sub("", key))
    low_text, dots, high_text = (part.strip() for part in ends.partition(".."))
    if key == START:
        raise Refusal(Problem((), f"{shown(text)} given; write start:NX,NY, as start:300,200"))
    if not (key and equals and dots and low_text and high_text) or "..." in ends:
        raise Refusal(Problem((), f"{shown(text)} given; {FORM}"))
    problems: list[Problem] = []
    ends_read = [_number(key, part, problems) for part in (low_text, high_text)]
    scale: str | None = None
    count: int | None = None
    for part in rest:
        if part in {"log", "lin"} and scale is None:
            scale = part
        elif (whole := _whole(part)) is not None and count is None:
            count = whole
            problems += _counted(key, count)
        else:
            more = part in {"log", "lin"} or _whole(part) is not None
            told = "log or lin once, and how many values once" if more else "log or lin, or how many values"
            hint = "" if more else did_you_mean(part, ["log", "lin"])
            problems.append(Problem((), f"{key}: {shown(part)} given; {told}{hint}"))
    if problems:
        raise Refusal(*problems)
    low, high = ends_read
    if low == high:
        raise Refusal(Problem((), f"{key}: {low_text}..{high_text} is a single value; a range is needed"))
    if low > high:
        told = f"{low_text}..{high_text} is reversed; the lower end comes first (did you mean {high_text}..{low_text}?)"
        raise Refusal(Problem((), f"{key}: {told}"))
    if not np.isfinite(high - low):
        told = f"{low_text}..{high_text} is wider than the largest number; a narrower range is needed"
        raise Refusal(Problem((), f"{key}: {told}"))
    if scale == "log" and low <= 0:
        raise Refusal(Problem((), f"{key}: {low_text} given; a log axis begins above 0 (use :lin for a linear one)"))
    geometric = _GEOMETRIC.fullmatch(key) is not None
    log = scale == "log" or (scale is None and low > 0 and (geometric or high >= _APART * low))
    return Axis(key, low, high, log, count)


def _start(text: str, rest: Sequence[str]) -> StartGrid:
    if not rest:
        return StartGrid()
    counts = [_whole(part.strip()) for part in rest[0].split(",")]
    if len(rest) > 1 or len(counts) not in {1, 2} or None in counts:
        raise Refusal(Problem((), f"{shown(text)} given; write start:NX,NY, as start:300,200"))
    known = [one for one in counts if one is not None]
    if problems := [problem for count in known for problem in _counted(START, count)]:
        raise Refusal(*problems)
    return StartGrid(known[0], known[-1])


def _counted(key: str, count: int) -> list[Problem]:
    if 2 <= count <= MOST_VALUES:
        return []
    return [Problem((), f"{key}: {plural(count, 'value')} given; an axis has 2 to {MOST_VALUES:,}")]


def _whole(text: str) -> int | None:
    """Return a text as a whole number, None where it is not one."""
    try:
        value = scalar(text)
    except AmbiguousWord:
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(key: str, text: str, problems: list[Problem]) -> float:
    """Return a text as a number; it may be arithmetic. If it is neither, add a problem and return 0."""
    told = "a finite number is needed"
    try:
        value: Any = computed(scalar(text))
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(float(value)):
            return float(value)
    except (AmbiguousWord, OverflowError):
        pass
    except PydanticCustomError as error:
        told = error.message()
    problems.append(Problem((), f"{key}: {shown(text)} given; {told}"))
    return 0.0
