"""The numbers of a race as a table that fits 80 columns and loses nothing in a pipe."""

from __future__ import annotations

import math
from collections.abc import Callable

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lrviz.foundation.numerals import plural, short
from lrviz.render.text.presentable import presentable
from lrviz.render.text.protocol import sentences
from lrviz.render.text.schedule_table import STYLES
from lrviz.render.text.verdicts import race_sentence
from lrviz.results import Contest, Contestant


def race_table(contest: Contest) -> RenderableType:
    """Return the table of a race, best first, between what was raced on and how, with the verdict."""
    contest = presentable(contest)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    ranked = any(one.rank is not None for one in contest.contestants)
    judged, placed = contest.tolerance is not None, bool(contest.function.minima)
    # What each column is called, how it is set, whether this race has it, and its cell.
    columns: list[tuple[str, bool, bool, Callable[[Contestant], str]]] = [
        ("rank", True, ranked, lambda one: "–" if one.rank is None else str(one.rank)),
        ("optimizer", False, True, lambda one: one.name),
        ("lr", False, True, _lr),
        ("median\nloss", True, ranked, _median),
        ("final\nloss", True, True, _loss),
        ("dist-\nance", True, placed, lambda one: "" if one.distance is None else short(one.distance)),
        ("steps to\ntolerance", True, judged, lambda one: _count(one.steps_to_tolerance)),
        ("of other\nstarts", True, judged, _quartiles),
        ("same\nbasin", True, judged, lambda one: _share(one.robustness.share)),
        ("di-\nverged", True, True, lambda one: _share(one.robustness.diverged)),
        ("state a\nvalue", True, True, lambda one: one.state_per_parameter),
    ]
    kept = [column for column in columns if column[2]]
    for head, right, *_ in kept:
        table.add_column(head, justify="right" if right else "left", overflow="fold", min_width=4)
    for one in sorted(contest.contestants, key=lambda one: one.rank or math.inf):
        table.add_row(*(Text(cell(one)) for *_, cell in kept))
    function = contest.function
    ground = (
        function.character
        if function.words.casefold() in contest.name.casefold()
        else f"{function.words} ({function.character})"
    )
    begin = f"from {contest.start[0]:g}, {contest.start[1]:g}"
    told = f"{ground}, {begin}, {plural(contest.steps, 'step')}"
    title = Text.assemble((f"{contest.name}: ", "bold"), told)
    notes = [Text(told, style="dim") for told in sentences(contest)]
    warnings = [Text(f"note: {told}") for one in contest.contestants for told in one.warnings]
    verdicts = [one.verdict for one in contest.contestants]
    worst = next(name for name in reversed(STYLES) if name in {one.verdict for one in verdicts})
    verdict = Text(race_sentence([one.label for one in contest.contestants], verdicts), style=STYLES[worst])
    return Group(title, table, *notes, *warnings, verdict)


def _lr(one: Contestant) -> str:
    """Return the lr of the first step, and where it came from."""
    source = "scheduled" if one.chain else f"{one.lr_source} (edge)" if one.at_edge else one.lr_source
    return f"{short(one.lr)}\n{source}"


def _loss(one: Contestant) -> str:
    if not math.isfinite(one.final_loss):
        return f"gone at\nstep {one.trajectory.last + 1}"
    left = "diverged" if one.diverged else "outside" if one.outside else ""
    return "\n".join(filter(None, (short(one.final_loss), left)))


def _median(one: Contestant) -> str:
    """Return the loss that ranks: the median over the other starts, none where most of them are lost."""
    score = one.robustness.score
    return "–" if score is None or not math.isfinite(score) else short(10**score)


def _count(steps: float | None) -> str:
    return "never" if steps is None or not math.isfinite(steps) else f"{steps:g}"


def _quartiles(one: Contestant) -> str:
    if one.robustness.steps is None:
        return ""
    low, middle, high = map(_count, one.robustness.steps)
    return middle if low == high else f"{middle}\n{low}–{high}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
