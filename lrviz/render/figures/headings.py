"""What stands over a picture: which schedules, which optimizers and chains, how long."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.foundation.numerals import plural
from lrviz.render.figures import style
from lrviz.render.figures.text_size import wrap
from lrviz.results import Curves


def title(curves: Sequence[Curves], room: float, dpi: float) -> str:
    """Name one schedule or a few; say how many there are where their names do not stand in one row."""
    names = " vs ".join(one.name for one in curves)
    if len(curves) == 1 or len(wrap(names, room, style.TITLE, dpi, most=2, weight="bold")) == 1:
        return names
    return f"{len(curves)} schedules compared"


def subtitle(curves: Sequence[Curves]) -> list[str]:
    """Say what runs: optimizer, chain and length; of several schedules in common, or of each of a few."""
    told = [f"{one.optimizer} · {one.chain} · {_length(one)}" for one in curves]
    if len(set(told)) == 1:
        return told[:1]
    if len(curves) <= 4:
        return [f"{one.name}: {text}" for one, text in zip(curves, told, strict=True)]
    return [", ".join(dict.fromkeys(one.optimizer for one in curves))]


def _length(one: Curves) -> str:
    """Say how long a schedule runs, in epochs and in steps where both are known."""
    if one.updates is not None and one.extent != one.steps:
        return f"{plural(one.updates, 'step')}, {one.steps_per_epoch:,} an epoch ({one.extent:,.3g} epochs)"
    if one.unit == "epoch":
        each = f" of {plural(one.steps_per_epoch, 'step')}" if one.steps_per_epoch > 1 else ""
        return plural(one.steps, "epoch") + each
    epochs = one.steps / one.steps_per_epoch
    each = f", {one.steps_per_epoch:,} an epoch ({epochs:,.6g} epochs)" if one.steps_per_epoch > 1 else ""
    return plural(one.steps, "step") + each
