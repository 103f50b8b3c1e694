"""The numbers of a race as a table that fits 80 columns and loses nothing in a pipe."""

from __future__ import annotations

import math

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lrviz.render.numerals import short
from lrviz.render.protocol import sentences
from lrviz.render.table import STYLES
from lrviz.render.verdicts import race_sentence
from lrviz.results import Contest, Contestant


def race_table(contest: Contest) -> RenderableType:
    """Return the table of a race, best first, between what was raced on and how, with the verdict."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    ranked = any(one.rank is not None for one in contest.contestants)
    judged = contest.tolerance is not None
    if ranked:
        table.add_column("rank", justify="right", no_wrap=True)
    table.add_column("optimizer", overflow="fold", min_width=8)
    table.add_column("lr", overflow="fold", min_width=7)
    table.add_column("final loss", justify="right", no_wrap=True)
    if contest.function.minima:
        table.add_column("distance", justify="right", no_wrap=True)
    if judged:
        table.add_column("steps to\ntolerance", justify="right", no_wrap=True)
        table.add_column("of other starts\nmedian (quartiles)", justify="right", overflow="fold")
        table.add_column("same\nbasin", justify="right", no_wrap=True)
    table.add_column("di-\nverged", justify="right", no_wrap=True)
    table.add_column("state per\nparameter", overflow="fold", min_width=9)
    order = sorted(contest.contestants, key=lambda one: one.rank or math.inf)
    for one in order:
        cells = [str(one.rank or "")] if ranked else []
        cells += [one.name, _lr(one), _loss(one)]
        if contest.function.minima:
            cells.append("" if one.distance is None else short(one.distance))
        if judged:
            cells += [_count(one.steps_to_tolerance), _quartiles(one), _share(one.robustness.share)]
        cells += [_share(one.robustness.diverged), one.state_per_parameter]
        table.add_row(*map(Text, cells))
    function = contest.function
    head = Text.assemble(
        (f"{contest.name}: ", "bold"),
        f"{function.words} ({function.character}), from {contest.start[0]:g}, {contest.start[1]:g}, {contest.steps} steps",
    )
    notes = [Text(told, style="dim") for told in sentences(contest)]
    warnings = [Text(f"note: {told}") for one in contest.contestants for told in one.warnings]
    verdicts = [one.verdict for one in contest.contestants]
    worst = next(name for name in reversed(STYLES) if name in {one.verdict for one in verdicts})
    verdict = Text(race_sentence([one.label for one in contest.contestants], verdicts), style=STYLES[worst])
    return Group(head, table, *notes, *warnings, verdict)


def _lr(one: Contestant) -> str:
    """Return the lr of the first step, and where it came from."""
    edge = ", grid's edge" if one.at_edge else ""
    scheduled = ", scheduled" if one.chain else ""
    return f"{short(one.lr)} {one.lr_source}{edge}{scheduled}"


def _loss(one: Contestant) -> str:
    if not math.isfinite(one.final_loss):
        return f"diverged at {one.trajectory.last + 1}"
    return f"{short(one.final_loss)}{' diverged' if one.diverged else ''}"


def _count(steps: float | None) -> str:
    return "never" if steps is None or not math.isfinite(steps) else f"{steps:g}"


def _quartiles(one: Contestant) -> str:
    if one.robustness.steps is None:
        return ""
    low, middle, high = map(_count, one.robustness.steps)
    return middle if low == high else f"{middle} ({low}–{high})"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
