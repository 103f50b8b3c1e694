"""The numbers of a race as a table."""

from __future__ import annotations

import math

from rich.console import Group, RenderableType
from rich.text import Text

from lrviz.foundation.numerals import plural
from lrviz.render.text.fitted_table import Column, FittedTable
from lrviz.render.text.presentable import presentable
from lrviz.render.text.protocol import ranks, sentences
from lrviz.render.text.schedule_table import STYLES
from lrviz.render.text.verdicts import race_sentence
from lrviz.results import Contest, Contestant


def race_table(contest: Contest) -> RenderableType:
    """Return the table of a race, best first, between what was raced on and how, with the verdict."""
    contest = presentable(contest)
    function = contest.function
    named = function.named_in(contest.name)
    ground = function.character if named else f"{function.title} ({function.character})"
    begin = f"from {contest.start[0]:g}, {contest.start[1]:g}"
    told = f"{ground}, {begin}, {plural(contest.steps, contest.unit)}"
    title = Text.assemble((f"{contest.name}: ", "bold"), told)
    notes = sentences(contest)
    warned = dict.fromkeys(warning for one in contest.contestants for warning in one.warnings)
    warnings = [Text(f"note: {warning}") for warning in warned]
    verdicts = {one.verdict.verdict for one in contest.contestants}
    worst = next(name for name in reversed(STYLES) if name in verdicts)
    verdict = Text(race_sentence(contest.contestants), style=STYLES[worst])
    return Group(title, FittedTable(_columns(contest)), *(Text(one, style="dim") for one in notes), *warnings, verdict)


def _columns(contest: Contest) -> list[Column]:
    """Return the columns; the loss that decides the rank is before the final one."""
    entries = sorted(contest.contestants, key=lambda one: one.rank or math.inf)
    judged = contest.tolerance is not None
    rank = Column("rank", ["" if one.rank is None else str(one.rank) for one in entries])
    sources = [_source(one) for one in entries]
    # What all have in common is below the table.
    telling = len(set(sources)) > 1 or sources[0] not in ("tuned", "given", "default")
    minimum, unit = contest.function.minimum or 0.0, contest.unit.removeprefix("gradient ")
    return [
        *([rank] if ranks(contest) else []),
        Column("optimizer", [one.name for one in entries], kind="text"),
        Column.numbers("lr", [one.lr for one in entries], 1),
        *([Column("lr source", sources, 2, "text")] if telling else []),
        Column.numbers("median loss", [_median(one) for one in entries], 3),
        Column.numbers("final loss", [_finite(one.final_loss - minimum) for one in entries], 4),
        Column.numbers("loss of average", [_averaged(one, minimum) for one in entries], 4),
        Column("path", [_lost(one) for one in entries], 5, "word"),
        Column(f"{unit}s to tolerance", [_count(_arrival(contest, one)) if judged else "" for one in entries], 6),
        Column.numbers("distance", [_finite(one.distance) for one in entries], 7),
        Column("other starts' steps", [_quartiles(one) for one in entries], 8),
        Column("starts in same basin", [_share(one.robustness.share) for one in entries], 9),
        Column("starts diverged", [_share(one.robustness.diverged) for one in entries], 10),
        Column("state per parameter", [one.state_per_parameter for one in entries], 11, "text"),
    ]


def _source(one: Contestant) -> str:
    """Return where the lr came from."""
    return "scheduled" if one.chain else f"{one.lr_source} (edge of the grid)" if one.at_edge else one.lr_source


def _lost(one: Contestant) -> str:
    """Return what became of a path that has no end in the domain."""
    if not math.isfinite(one.final_loss):
        return f"diverged at step {one.trajectory.last + 1:,}"
    return "diverged" if one.diverged else "outside the domain" if one.outside else ""


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _median(one: Contestant) -> float | None:
    """Return the loss that ranks: the median over the other starts, none where most of them are lost."""
    score = one.robustness.score
    return None if score is None or not math.isfinite(score) else float(10**score)


def _averaged(one: Contestant, minimum: float) -> float | None:
    """Return the loss at the end of the averaged path, where there is one."""
    return None if one.average is None else _finite(float(one.average.loss[-1]) - minimum)


def _arrival(contest: Contest, one: Contestant) -> int | None:
    """Return after how many steps, or evaluations where entries are charged by these, the tolerance is reached."""
    steps = one.steps_to_tolerance
    return steps if steps is None or contest.unit == "step" else int(one.trajectory.spent[steps])


def _count(steps: float | None) -> str:
    return "never" if steps is None or not math.isfinite(steps) else f"{steps:,.6g}"


def _quartiles(one: Contestant) -> str:
    """Return the median of the steps, and where it says more the quartiles around it."""
    if one.robustness.steps is None:
        return ""
    low, middle, high = map(_count, one.robustness.steps)
    return middle if low == high else f"{middle} ({low}–{high})"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
