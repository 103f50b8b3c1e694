"""The numbers of schedules, and of their cross-checks, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from lrviz.foundation.numerals import plural, scientific, short
from lrviz.render.many_groups import left_out
from lrviz.render.text.fitted_table import Column, FittedTable
from lrviz.render.text.names import named_by_optimizer, told_apart
from lrviz.render.text.presentable import presentable
from lrviz.render.text.verdicts import sentence
from lrviz.results import HALF_LIFE, Curves, Summary, Verdict

Scheduled = tuple[Curves, Verdict, Sequence[Summary]]
"""A schedule, whether the engines agree on it, and the summary of each of its groups, or of the first and the last."""
STYLES = {"agree": "green", "skipped": "yellow", "disagree": "bold red"}


def schedule_table(schedules: Sequence[Scheduled]) -> RenderableType:
    """Return the table of one schedule, or of several side by side."""
    schedules = presentable(schedules)
    return summary_table(*schedules[0]) if len(schedules) == 1 else comparison_table(schedules)


def summary_table(curves: Curves, verdict: Verdict, summaries: Sequence[Summary]) -> RenderableType:
    """Return the table of one schedule, a row a group, between its chain in words and its verdict."""
    names = Column("group", [summary.group for summary in summaries], kind="text")
    columns = [names, *_columns([(curves, summary) for summary in summaries]), *_ranges(curves, summaries)]
    return Group(_headline(curves), FittedTable(_with_gaps(columns, [(curves, summaries)])), _verdict(verdict))


def comparison_table(schedules: Sequence[Scheduled]) -> RenderableType:
    """Return one table of several schedules, a row a schedule and group; their chains and verdicts around it.

    Where their units differ every row names its own.
    """
    shared, shown = told_apart([curves for curves, _, _ in schedules])
    rows = [
        (curves, summary) for curves, (_, _, summaries) in zip(shown, schedules, strict=True) for summary in summaries
    ]
    names = [curves.name if len(curves.groups) == 1 else f"{curves.name} / {summary.group}" for curves, summary in rows]
    columns = [Column("schedule", names, kind="text"), *_columns(rows)]
    each = [(curves, summaries) for curves, (_, _, summaries) in zip(shown, schedules, strict=True)]
    table = FittedTable(_with_gaps(columns, each))
    same = len({_words(curves) for curves in shown}) == 1
    heads = [_headline(replace(shown[0], name=shared))] if same else [_headline(curves) for curves in shown]
    verdicts = [verdict for _, verdict, _ in schedules]
    foot = Text(sentence([curves.name for curves in shown], verdicts), style=_worst(verdicts))
    return Group(*heads, table, foot)


def check_table(checks: Sequence[tuple[Curves, Verdict]]) -> RenderableType:
    """Return one row a document: what was compared, and how far apart the engines are; and why some were not."""
    checks = presentable(checks)
    differences = [_difference(verdict) for _, verdict in checks]
    verdicts = [Text(verdict.verdict, style=STYLES[verdict.verdict]) for _, verdict in checks]
    table = FittedTable(
        [
            Column("document", [curves.name for curves, _ in checks], kind="text"),
            Column("optimizer", [curves.optimizer for curves, _ in checks], 4, "text"),
            Column("chain", [curves.chain for curves, _ in checks], 5, "text"),
            Column("length", [plural(curves.steps, curves.unit) for curves, _ in checks], 3),
            Column("largest relative difference", differences, 2),
            Column("verdict", verdicts, 1, "word"),
        ]
    )
    skipped = [verdict for _, verdict in checks if verdict.verdict == "skipped"]
    # If nothing was compared, that is reported at the end.
    if not 0 < len(skipped) < len(checks):
        return table
    return Group(table, Text(sentence(["" for _ in skipped], skipped), style=STYLES["skipped"]))


def implementation_table(checks: Sequence[tuple[str, str, Verdict]]) -> RenderableType:
    """Return a row for each optimizer, and under each of torch's implementations its largest relative difference."""
    optimizers = list(dict.fromkeys(optimizer for optimizer, _, _ in checks))
    found = {(optimizer, name): _replayed(verdict) for optimizer, name, verdict in checks}
    columns = [
        Column(name, [found.get((optimizer, name), "") for optimizer in optimizers], priority)
        for priority, name in enumerate(dict.fromkeys(name for _, name, _ in checks), 1)
    ]
    title = Text("torch's steps replayed: largest relative difference")
    return Group(title, FittedTable([Column("optimizer", optimizers, kind="word"), *columns]))


def _difference(verdict: Verdict) -> str:
    return "" if verdict.max_rel is None else scientific(verdict.max_rel, 2)


def _replayed(verdict: Verdict) -> Text:
    """Return a difference; the verdict beside it unless the engines agree, so that it is not shown by colour alone."""
    words = [_difference(verdict)] if verdict.verdict == "agree" else [_difference(verdict), verdict.verdict]
    return Text(" ".join(filter(None, words)), style=STYLES[verdict.verdict])


def _columns(rows: Sequence[tuple[Curves, Summary]]) -> list[Column]:
    """Return the numbers of each schedule and group; where their units differ each names its own."""
    units = {curves.unit for curves, _ in rows}
    summaries = [summary for _, summary in rows]
    if len(units) == 1:
        (unit,) = units
        length = Column(f"{unit}s", [f"{_rows(*row):,}" for row in rows], 1)
        peak_at = Column(f"peak at {unit}", [f"{summary.peak_at:,}" for summary in summaries], 5)
        warm_up = Column(f"warm-up {unit}s", [f"{summary.warm_up:,}" for summary in summaries], 6)
    else:
        length = Column("length", [plural(_rows(*row), row[0].unit) for row in rows], 1)
        peak_at = Column("peak at", [f"{curves.unit} {summary.peak_at:,}" for curves, summary in rows], 5)
        warm_up = Column("warm-up", [plural(summary.warm_up, curves.unit) for curves, summary in rows], 6)
    return [
        length,
        Column.numbers("first", [one.first for one in summaries], 3),
        Column.numbers("peak", [one.peak for one in summaries], 2),
        peak_at,
        Column.numbers("last", [one.last for one in summaries], 4),
        Column.numbers("mean", [one.mean for one in summaries], 7),
        Column("below 1% of peak", [f"{summary.share_below:.1%}" for summary in summaries], 8),
        warm_up,
    ]


def _rows(curves: Curves, summary: Summary) -> int:
    """Return in how many rows there is a group: in those after it is added."""
    lr = curves.lr[:, curves.groups.index(summary.group)]
    return curves.steps - int(np.isnan(lr).argmin())


def _ranges(curves: Curves, summaries: Sequence[Summary]) -> Iterator[Column]:
    """Yield between what values each other hyperparameter moves that does not stay where it is."""
    groups = [curves.groups.index(summary.group) for summary in summaries]
    for name, table in curves.params.items():
        # Where a group is not there yet its values are no numbers, which fmin and fmax leave out.
        if name == HALF_LIFE:
            continue  # a sentence below the table says it
        ranges = [(short(np.fmin.reduce(own)), short(np.fmax.reduce(own))) for own in table[:, groups].T]
        if any(low != high for low, high in ranges):
            told = [low if low == high else f"{low} to {high}" for low, high in ranges]
            yield Column(f"{name.replace('_', ' ')} range", told, 9)


def _with_gaps(columns: Sequence[Column], each: Sequence[tuple[Curves, Sequence[Summary]]]) -> list[Column]:
    """Return columns with a row that counts the groups which are left out, for each schedule that has such."""
    gaps: list[tuple[int, str]] = []
    before = 0
    for curves, summaries in each:
        after, words = left_out(len(curves.groups), len(summaries))
        gaps += [(before + after, words)] if words else []
        before += len(summaries)
    told = []
    for column in columns:
        cells = list(column.cells)
        for at, words in reversed(gaps):
            cells.insert(at, " " if column.priority else words)
        told.append(replace(column, cells=cells))
    return told


def _headline(curves: Curves) -> Text:
    """Name a schedule, its optimizer and its chain; as text, so that brackets in it are not markup."""
    return Text.assemble((f"{curves.name}: " if curves.name else "", "bold"), _words(curves))


def _words(curves: Curves) -> str:
    after = curves.projected
    told = "" if after is None else f"; projected to {curves.steps + len(after.lr):,} updates"
    optimizer = "" if named_by_optimizer(curves) else f"{curves.optimizer}, "
    return f"{optimizer}{curves.chain}{told}"


def _worst(verdicts: Sequence[Verdict]) -> str:
    """Return the style of the verdict that matters most."""
    known = {verdict.verdict for verdict in verdicts}
    return next(style for name, style in reversed(STYLES.items()) if name in known)


def _verdict(verdict: Verdict) -> Text:
    return Text(verdict.sentence, style=STYLES[verdict.verdict])
