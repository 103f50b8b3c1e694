"""The words over a picture of schedules: which they are and what differs, which optimizers and chains, how long."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.foundation.numerals import plural
from lrviz.language.window import Window
from lrviz.render.figures import style
from lrviz.render.figures.lines import Line, hidden
from lrviz.render.projection import seen
from lrviz.render.text.names import named_by_optimizer
from lrviz.results import Curves


def title(shared: str, curves: Sequence[Curves], room: float, dpi: float) -> str:
    """Name the schedules by what differs between them; `shared` is what all their names begin with.

    The names themselves where they fit into two rows, else how many there are and which chains.
    """
    from lrviz.render.figures.text_size import wrap

    told = settings([one.name for one in curves]) or " vs ".join(one.name for one in curves)
    whole = f"{shared}: {told}" if shared else told
    if len(curves) == 1 or not wrap(whole, room, style.TITLE, dpi, most=2, weight="bold")[-1].endswith("…"):
        return whole
    chains = list(dict.fromkeys(one.chain for one in curves))
    what = ", ".join(chains) if len(chains) <= 3 else f"{len(chains)} chains of schedulers"
    return f"{shared or f'{len(curves)} schedules'}: {what if len(chains) > 1 or shared else f'variants of {what}'}"


def settings(names: Sequence[str]) -> str:
    """Return the settings that names differ by, each key once: T_max 25, 50, 100; "" where a name is not a setting.

    >>> settings(["T_max=25, eta_min=0", "T_max=50, eta_min=0"])
    'T_max 25, 50'
    """
    parts = [name.split(", ") for name in names]
    if len(names) < 2 or not all("=" in part for own in parts for part in own):
        return ""
    read = [dict(part.split("=", 1) for part in own) for own in parts]
    keys = dict.fromkeys(key for one in read for key in one)
    told = {key: list(dict.fromkeys(one.get(key, "as given") for one in read)) for key in keys}
    return "; ".join(f"{key} {', '.join(values)}" for key, values in told.items() if len(values) > 1)


def subtitle(curves: Sequence[Curves]) -> list[str]:
    """Say what runs; of several schedules in common, or of each of a few."""
    told = [words(one) for one in curves]
    if len(set(told)) == 1:
        return told[:1]
    if len(curves) <= 4:
        return [f"{one.name}: {text}" for one, text in zip(curves, told, strict=True)]
    return [", ".join(dict.fromkeys(one.optimizer for one in curves))]


def words(one: Curves) -> str:
    """Say what runs: optimizer, chain and length, without what the title already says."""
    optimizer = [] if named_by_optimizer(one) else [one.optimizer]
    return " · ".join([*optimizer, one.chain, _length(one)])


def part(curves: Sequence[Curves], windows: Sequence[Window]) -> list[str]:
    """Say which part of the run is drawn, `windows` of its ticks; nothing where all of it is."""
    drawn = [(one, *window) for one, window in zip(curves, windows, strict=True)]
    parts = [f"{one.unit}s {start:,} to {stop:,} of {one.steps:,}" for one, start, stop in drawn]
    whole = all((start, stop) == (0, one.steps) for one, start, stop in drawn)
    return [] if whole else [f"a part of the run: {parts[0]}" if len(set(parts)) == 1 else "a part of each run"]


def groups(curves: Sequence[Curves], lines: Sequence[Line]) -> list[str]:
    """Say that of many groups only some are drawn; nothing where all are."""
    missing = hidden(curves, lines)
    if not any(missing):
        return []
    if len(curves) > 1:
        return ["of many groups some are drawn; the band is the range of all of them"]
    (one,) = curves
    return [f"{len(lines)} of {len(one.groups):,} groups are drawn; the band is the range of all of them"]


def _length(one: Curves) -> str:
    """Say how long a schedule runs, in epochs and in steps where both are known."""
    if one.updates is not None and one.extent != one.steps:
        return f"{plural(one.updates, 'step')}, {one.steps_per_epoch:,} per epoch ({one.extent:,.3g} epochs)"
    if one.unit == "epoch":
        each = f" of {plural(one.steps_per_epoch, 'step')}" if one.steps_per_epoch > 1 else ""
        return plural(one.steps, "epoch") + each
    epochs = one.steps / one.steps_per_epoch
    counted = "1 epoch" if epochs == 1 else f"{epochs:,.6g} epochs"
    each = f", {one.steps_per_epoch:,} per epoch ({counted})" if one.steps_per_epoch > 1 else ""
    if one.projected is not None:
        return f"{plural(seen(one), 'step')} recorded, projected (dashed) to {one.steps:,}{each}"
    return plural(one.steps, "step") + each
