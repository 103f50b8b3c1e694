"""What schedules are called beside one another: what all names begin with is said once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lrviz.results import Curves


def told_apart(curves: Sequence[Curves]) -> tuple[str, list[Curves]]:
    """Return what the names of several schedules begin with, up to a colon, and the schedules without it.

    "recipe: T_max=25" and "recipe: T_max=50" are called T_max=25 and T_max=50 under the title recipe.
    """
    heads = {one.name.rpartition(": ")[0] for one in curves}
    if len(curves) == 1 or len(heads) > 1 or heads == {""}:
        return "", list(curves)
    return heads.pop(), [replace(one, name=one.name.rpartition(": ")[2]) for one in curves]
