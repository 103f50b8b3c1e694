"""How a run continues under each recipe, as a table."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from lrviz.foundation.numerals import plural, told_apart
from lrviz.foundation.printable import printable
from lrviz.render.text.fitted_table import Column, FittedTable
from lrviz.render.text.presentable import presentable
from lrviz.render.text.schedule_table import STYLES
from lrviz.render.text.verdicts import failure, sentence
from lrviz.results import Curves, Error, Interrupted, Resumed, Verdict

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
    notes = [note for one in interrupted.resumed for note in _notes(one, curves)]
    right = next((one for one in interrupted.resumed if one.verdict == "continues"), None)
    if right is not None:
        notes.append(Text(f"to resume correctly, {right.words}: {'; '.join(right.script)}", style="dim"))
    return Group(
        head,
        FittedTable(_columns(interrupted)),
        *notes,
        Text(sentence([curves.name], [verdict]), style=STYLES[verdict.verdict]),
    )


def _columns(interrupted: Interrupted) -> list[Column]:
    rows, unit = interrupted.resumed, interrupted.curves.unit
    wrong = [one.errors.get("lr") for one in rows]
    return [
        Column("resumed with", [one.words for one in rows], kind="text"),
        Column("verdict", [Text(one.verdict, style=_LOOKS[one.verdict]) for one in rows], 1, "word"),
        Column(f"first wrong {unit}", [_first(one) for one in rows], 2),
        Column("largest error in lr", [_instead(error) if error else "" for error in wrong], 3),
        Column(f"at {unit}", [f"{error.at:,}" if error else "" for error in wrong], 4),
        *(
            Column.numbers(
                f"largest error in {name}",
                [one.errors[name].largest if name in one.errors else None for one in rows],
                priority,
            )
            for priority, name in enumerate(interrupted.curves.params, 5)
        ),
    ]


def _first(one: Resumed) -> str:
    """Return the first row that is wrong, in the lr or another hyperparameter, or before which torch raised."""
    firsts = [error.first for error in one.errors.values()] + ([one.failed[0]] if one.failed else [])
    return f"{min(firsts):,}" if firsts else ""


def _instead(error: Error) -> str:
    value, wanted = told_apart(error.value, error.wanted)
    return f"{value} instead of {wanted}"


def _notes(one: Resumed, curves: Curves) -> list[Text]:
    """Return what torch raised and the way round it, and what the checkpoint kept."""
    told = []
    if one.failed is not None:
        told.append(Text(f"{one.words}: {failure(one, curves)}: {one.failed[1]}", style="red"))
        if one.remedy:
            told.append(Text(f"  {one.remedy}"))
    # Two explanations that fit together share one sentence, which is printed once.
    told += [Text(f"{one.words}: {message}") for message in dict.fromkeys(cause.message for cause in one.causes)]
    if one.rounding:
        told.append(Text(f"{one.words}: equal up to {one.rounding} rounding, the precision of the checkpoint"))
    told += [
        Text(
            f"{printable(value.place)}: {value.field}: {value.asked} requested, but the checkpoint silently kept "
            f"{printable(str(value.kept)[:_LONGEST])}: the run continues with that",
            style="yellow",
        )
        for value in one.replaced
    ]
    return told
