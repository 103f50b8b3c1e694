"""The numbers of schedules as tables that fit 80 columns and lose nothing in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lrviz.foundation.numerals import short
from lrviz.render.text.names import told_apart
from lrviz.render.text.presentable import presentable
from lrviz.render.text.verdicts import sentence
from lrviz.results import Curves, Summary, Verdict

Scheduled = tuple[Curves, Verdict, Sequence[Summary]]
"""A schedule, whether the engines agree on it, and the summary of each of its groups."""
STYLES = {"agree": "green", "skipped": "yellow", "disagree": "bold red"}


def schedule_table(schedules: Sequence[Scheduled]) -> RenderableType:
    """Return the table of one schedule, or of several side by side."""
    schedules = presentable(schedules)
    return summary_table(*schedules[0]) if len(schedules) == 1 else comparison_table(schedules)


def summary_table(curves: Curves, verdict: Verdict, summaries: Sequence[Summary]) -> RenderableType:
    """Return the table of one schedule, a row a group, between its chain in words and its verdict."""
    table = _table("group", f"{curves.unit}s", f"at {curves.unit}", f"warm-up\n{curves.unit}s")
    for summary in summaries:
        table.add_row(Text(summary.group), str(curves.steps), *_cells(summary))
    return Group(_headline(curves), table, _verdict(verdict))


def comparison_table(schedules: Sequence[Scheduled]) -> RenderableType:
    """Return one table of several schedules, a row a schedule and group; their chains and verdicts around it.

    Where their units differ every row names its own.
    """
    shared, shown = told_apart([curves for curves, _, _ in schedules])
    units = {curves.unit for curves in shown}
    unit = units.pop() if len(units) == 1 else None
    table = _table(
        "schedule", f"{unit}s" if unit else "ticks", f"at {unit}" if unit else "at tick",
        f"warm-up\n{unit or 'tick'}s",
    )  # fmt: skip
    for curves, (_, _, summaries) in zip(shown, schedules, strict=True):
        for summary in summaries:
            name = Text(curves.name if len(curves.groups) == 1 else f"{curves.name} / {summary.group}")
            ticks = str(curves.steps) if unit else f"{curves.steps}\n{curves.unit}s"
            table.add_row(name, ticks, *_cells(summary))
    same = len({(curves.optimizer, curves.chain) for curves in shown}) == 1
    heads = [_headline(replace(shown[0], name=shared))] if same else [_headline(curves) for curves in shown]
    verdicts = [verdict for _, verdict, _ in schedules]
    foot = Text(sentence([curves.name for curves in shown], verdicts), style=_worst(verdicts))
    return Group(*heads, table, foot)


def check_table(checks: Sequence[tuple[Curves, Verdict]]) -> RenderableType:
    """Return one row a document: what was compared, and how far apart the engines are; and why some were not."""
    checks = presentable(checks)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for head in ("document", "optimizer", "chain"):
        table.add_column(head, overflow="fold")
    for head in ("ticks", "max rel.\ndifference", "verdict"):
        table.add_column(head, justify="right", no_wrap=True)
    for curves, verdict in checks:
        difference = "" if verdict.max_rel is None else f"{verdict.max_rel:.2g}"
        row = (curves.name, curves.optimizer, curves.chain)
        told = Text(verdict.verdict, style=STYLES[verdict.verdict])
        table.add_row(*map(Text, row), str(curves.steps), difference, told)
    skipped = [verdict for _, verdict in checks if verdict.verdict == "skipped"]
    # Where nothing was compared, that is said on leaving.
    if not 0 < len(skipped) < len(checks):
        return table
    return Group(table, Text(sentence(["" for _ in skipped], skipped), style=STYLES["skipped"]))


def implementation_table(checks: Sequence[tuple[str, str, Verdict]]) -> RenderableType:
    """Return a row for each optimizer, and under each of torch's implementations its largest relative difference."""
    names = list(dict.fromkeys(name for _, name, _ in checks))
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left", title_style="")
    table.title = "torch's steps replayed, max rel. difference"
    table.add_column("optimizer")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    found = {(optimizer, name): verdict for optimizer, name, verdict in checks}
    for optimizer in dict.fromkeys(optimizer for optimizer, _, _ in checks):
        verdicts = [found.get((optimizer, name)) for name in names]
        table.add_row(Text(optimizer), *map(_apart, verdicts))
    return table


def _apart(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("-")
    told = verdict.verdict if verdict.max_rel is None else f"{verdict.max_rel:.1e}"
    return Text(told, style=STYLES[verdict.verdict])


def _table(first: str, ticks: str, at: str, warm_up: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    table.add_column(first, overflow="fold", min_width=8)
    for head in (ticks, "first", "peak", at, "last", "mean", "below\n1% of\npeak", warm_up):
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _cells(summary: Summary) -> tuple[str, ...]:
    return (
        short(summary.first),
        short(summary.peak),
        str(summary.peak_at),
        short(summary.last),
        short(summary.mean),
        f"{summary.share_below:.1%}",
        str(summary.warm_up),
    )


def _headline(curves: Curves) -> Text:
    """Name a schedule, its optimizer and its chain; as text, so that brackets in it are not markup."""
    return Text.assemble((f"{curves.name}: " if curves.name else "", "bold"), f"{curves.optimizer}, {curves.chain}")


def _worst(verdicts: Sequence[Verdict]) -> str:
    """Return the style of the verdict that matters most."""
    known = {verdict.verdict for verdict in verdicts}
    return next(style for name, style in reversed(STYLES.items()) if name in known)


def _verdict(verdict: Verdict) -> Text:
    return Text(verdict.sentence, style=STYLES[verdict.verdict])
