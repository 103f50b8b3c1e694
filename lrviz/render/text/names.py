"""Short names of schedules and entries in one picture or table: what is printed elsewhere is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lrviz.results import Contest, Curves


def told_apart(curves: Sequence[Curves]) -> tuple[str, list[Curves]]:
    """Return what the names of several schedules begin with, up to a colon, and the schedules without it.

    "recipe: T_max=25" and "recipe: T_max=50" are called T_max=25 and T_max=50 under the title recipe.
    """
    heads = {one.name.rpartition(": ")[0] for one in curves}
    if len(curves) == 1 or len(heads) > 1 or heads == {""}:
        return "", list(curves)
    return heads.pop(), [replace(one, name=one.name.rpartition(": ")[2]) for one in curves]


def named_by_optimizer(one: Curves) -> bool:
    """Tell whether the name of a schedule is its optimizer's, as a recording's are: SGD, "SGD #2", "SGD, rank 1"."""
    return one.name == one.optimizer or one.name.startswith((f"{one.optimizer} #", f"{one.optimizer}, "))


def without_lr(contest: Contest) -> Contest:
    """Return a contest whose entries are named without the lr, which their labels state; not where it tells them apart.

    sgd:lr=0.01:momentum=0.9 is called sgd:momentum=0.9 beside sgd:lr=0.01, which is sgd.
    """
    ones = contest.contestants
    short = [
        re.sub(r":lr=[^: ]+", "", one.name) if one.lr_source == "given" and not one.chain else one.name for one in ones
    ]
    if len(set(short)) < len({one.name for one in ones}):
        return contest
    return replace(contest, contestants=tuple(replace(one, name=name) for one, name in zip(ones, short, strict=True)))
