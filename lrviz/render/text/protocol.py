"""How a race was made, in words: the same under its picture and its table."""

from __future__ import annotations

from lrviz.foundation.numerals import plural, short
from lrviz.results import Contest, Contestant


def sentences(contest: Contest) -> list[str]:
    """Say where each lr came from and what it cost, how the ranks came about, and what was done to the gradients."""
    told = _rates(contest)
    protocol = contest.protocol
    if ranks(contest):
        ties = "ties go to fewer evaluations to the tolerance"
        told.append(f"Losses are f − f_min. Ranked by the {_median_loss(contest)}; {ties}.")
    elif contest.tolerance is not None:
        told.append(f"Losses are f − f_min: the final one, and the {_median_loss(contest)}.")
    lost = [one for one in contest.contestants if one.rank is None and contest.tolerance is not None]
    if lost:
        told.append(f"No rank: {_listed(lost)} diverged or ended outside the domain.")
    gradients = []
    if protocol.noise:
        gradients.append(
            f"noise of {short(protocol.noise)} on every gradient (seed {protocol.seed}), the same for every entry"
        )
    if protocol.clip is not None:
        gradients.append(f"gradients CLIPPED to norm {short(protocol.clip)}")
    if protocol.impl is not None:
        gradients.append(f"torch's {protocol.impl} implementation")
    if gradients:
        told.append(f"{'; '.join(gradients)}.".capitalize() if protocol.noise else f"{'; '.join(gradients)}.")
    moved = [one.name for one in contest.contestants if "(weight_decay" in one.name]
    if moved:
        told.append(f"A default weight decay moves the minimum: {', '.join(moved)}.")
    return told


def ranks(contest: Contest) -> bool:
    """Return whether there is a ranking: a lone entry has none."""
    return len(contest.contestants) > 1 and any(one.rank is not None for one in contest.contestants)


def _median_loss(contest: Contest) -> str:
    """Say what the statistic that ranks is the median of."""
    protocol = contest.protocol
    return (
        f"median loss of {protocol.held_out_starts} other starts within {protocol.spread:.0%} of the view around the "
        f"start, no lower than the tolerance {short(contest.tolerance or 0.0)}"
    )


def _rates(contest: Contest) -> list[str]:
    lowest, highest, per_decade = contest.protocol.grid
    starts = contest.protocol.tuning_starts
    told = []
    tuned = [one for one in contest.contestants if one.lr_source == "tuned"]
    if tuned:
        who = "lr" if len(tuned) == len(contest.contestants) else f"lr of {_listed(tuned)}"
        cost = plural(tuned[0].tuning_evaluations, "evaluation")
        told.append(
            f"{who} tuned on one grid, {lowest:g} to {highest:g}, {per_decade} per decade, for the median of {starts} "
            f"starts ({cost} each)."
        )
    for source, words in (("given", "given"), ("default", "torch's default")):
        some = [one for one in contest.contestants if one.lr_source == source]
        if some:
            everyone = len(some) == len(contest.contestants)
            searched = " (LBFGS with strong Wolfe line search)" if any(map(_searches, some)) else ""
            told.append(f"lr{'' if everyone else f' of {_listed(some)}'}: {words}{searched}.")
    return told


def _searches(one: Contestant) -> bool:
    return one.params.get("line_search_fn") == "strong_wolfe"


def _listed(contestants: list[Contestant]) -> str:
    return ", ".join(one.label for one in contestants)
