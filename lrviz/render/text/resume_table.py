"""How a run goes on under each recipe, as a table that fits 80 columns."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lrviz.foundation.numerals import plural, short, told_apart
from lrviz.foundation.printable import printable
from lrviz.render.text.presentable import presentable
from lrviz.render.text.schedule_table import STYLES
from lrviz.render.text.verdicts import failure, sentence
from lrviz.results import Curves, Interrupted, Resumed, Verdict

_LONGEST = 80
"""Characters of a value of the checkpoint: it may be anything."""
_LOOKS = {"continues": "green", "differs": "bold red", "raises": "bold red"}


def resume_table(interrupted: Interrupted, verdict: Verdict) -> RenderableType:
    """Return a row for each recipe: the first wrong update, and the largest error in lr and momentum."""
    interrupted = presentable(interrupted)
    curves = interrupted.curves
    left = curves.steps - interrupted.at
    begun = f"from {printable(interrupted.origin)}, which has made" if interrupted.origin else "interrupted after"
    made = plural(interrupted.at, curves.unit)
    head = Text.assemble(
        (f"{curves.name}: ", "bold"),
        f"{curves.optimizer}, {curves.chain}; {begun} {made}, {left:,} of {curves.steps:,} left",
    )
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("resumed with", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for text in ("first wrong\nupdate", "largest error\nin lr", f"at\n{curves.unit}"):
        table.add_column(text, justify="right", overflow="fold")
    for name in curves.params:
        table.add_column(f"in\n{name}", justify="right", overflow="fold")
    for one in interrupted.resumed:
        table.add_row(*_cells(one, tuple(curves.params)))
    notes = [note for one in interrupted.resumed for note in _notes(one, curves)]
    right = next((one for one in interrupted.resumed if one.verdict == "continues"), None)
    if right is not None:
        notes.append(Text(f"{right.words}: {'; '.join(right.script)}", style="dim"))
    return Group(head, table, *notes, Text(sentence([curves.name], [verdict]), style=STYLES[verdict.verdict]))


def _cells(one: Resumed, params: tuple[str, ...]) -> list[Text]:
    wrong = one.errors.get("lr")
    value, wanted = told_apart(wrong.value, wrong.wanted) if wrong else ("", "")
    firsts = [error.first for error in one.errors.values()] + ([one.failed[0]] if one.failed else [])
    return [
        Text(one.words),
        Text(one.verdict, style=_LOOKS[one.verdict]),
        Text(f"{min(firsts):,}" if firsts else ""),
        Text(f"{value} for {wanted}" if wrong else ""),
        Text(f"{wrong.at:,}" if wrong else ""),
        *(Text(short(one.errors[name].largest) if name in one.errors else "") for name in params),
    ]


def _notes(one: Resumed, curves: Curves) -> list[Text]:
    """Return what torch raised and the way round it, and what the checkpoint kept."""
    told = []
    if one.failed is not None:
        told.append(Text(f"{one.words}: {failure(one, curves)}: {one.failed[1]}", style="red"))
        if one.remedy:
            told.append(Text(f"  {one.remedy}"))
    if one.rounding:
        told.append(
            Text(f"{one.words}: equal up to {one.rounding} rounding: the checkpoint's values have no more digits")
        )
    told += [
        Text(
            f"{printable(value.place)}: {value.field}: {value.asked} asked for, and the checkpoint silently kept "
            f"{printable(str(value.kept)[:_LONGEST])}: the run goes on with that",
            style="yellow",
        )
        for value in one.replaced
    ]
    return told
