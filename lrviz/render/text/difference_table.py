"""How two sources differ, as a table and in words."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from lrviz.foundation.numerals import counted, scientific, short
from lrviz.foundation.numerals import told_apart as written_apart
from lrviz.render.text.fitted_table import Column, FittedTable
from lrviz.render.text.presentable import presentable
from lrviz.results import Difference, GroupDifference

_MOST = 20
"""Groups that are listed; of more, those that are farthest apart."""


def difference_table(difference: Difference) -> RenderableType:
    """Return the verdict, a row for each group, what explains the difference, and how the two were compared."""
    shown = presentable(difference)
    rows = sorted(shown.groups, key=lambda one: -one.max_rel)[:_MOST] if len(shown.groups) > _MOST else shown.groups
    left = len(shown.groups) - len(rows)
    head = Text.assemble(("A: ", "bold"), shown.a, ("\nB: ", "bold"), shown.b)
    verdict = Text(verdict_words(shown), style="green" if shown.verdict == "same" else "bold red")
    table = [] if shown.verdict == "same" else [FittedTable(_columns(rows, shown.unit))]
    more = [Text(f"and {left:,} groups with smaller differences", style="dim")] if left else []
    causes = [Text.assemble((_named(shown, words), "bold"), words) for words in cause_words(shown)]
    notes = [Text(note, style="dim") for note in shown.notes]
    return Group(head, verdict, *table, *more, *causes, *notes)


def cause_words(difference: Difference) -> list[str]:
    """Return what explains the difference, a sentence each; where nothing does, that."""
    told = list(dict.fromkeys(cause.message for cause in difference.causes))
    return told or ["not explained"] * (difference.verdict == "different")


def _named(difference: Difference, words: str) -> str:
    """Return the ids and names of the explanations of one sentence: two may need each other."""
    named = [f"{cause.id} {cause.name}" for cause in difference.causes if cause.message == words]
    return f"{' + '.join(named)}: " if named else ""


def verdict_words(difference: Difference) -> str:
    """Say in a few words whether the two are the same, and if not, where they begin to differ."""
    first = difference.first
    if first is None:
        worst = max(one.max_rel for one in difference.groups)
        if worst == 0:
            return "the same, to the last digit"
        allowed = scientific(difference.tolerance)
        return f"the same: at most {scientific(worst, 2)} apart; the tolerance is {allowed}"
    noun = counted(difference.unit)
    alike = all(one.first_step == first.first_step for one in difference.groups)
    where = "" if alike else f" in group {first.name}"
    return f"different from {noun} {first.first_step:,} on{where}"


def group_words(group: GroupDifference) -> str:
    """Name a group; one that has only a number is called a group, too."""
    return f"group {group.name}" if group.name.isdecimal() else group.name


def told_apart(difference: Difference) -> list[str]:
    """Say in a line that the two are not the same, and why; nothing where they are."""
    if difference.verdict == "same":
        return []
    causes = "; ".join(cause_words(difference))
    return [f"{difference.a} (A) and {difference.b} (B) are {verdict_words(difference)}: {causes}"]


def _columns(rows: tuple[GroupDifference, ...] | list[GroupDifference], unit: str) -> list[Column]:
    noun = counted(unit)
    places = [one.largest for one in rows]
    values = [("", "") if place is None else written_apart(place.a, place.b) for place in places]
    return [
        Column("group", [one.name for one in rows], kind="text"),
        Column(
            f"first {noun} that differs", ["" if one.first_step is None else f"{one.first_step:,}" for one in rows], 1
        ),
        Column("largest difference at", ["" if place is None else f"{place.step:,}" for place in places], 2),
        Column("A there", [a for a, _ in values], 3),
        Column("B there", [b for _, b in values], 4),
        Column("largest relative difference", [short(one.max_rel, 3) for one in rows], 5),
    ]
