"""Which torch the tests run with: the reference models one, and older ones differ in known places."""

from __future__ import annotations

from typing import Any

import pytest

from lrviz.engines import pytorch
from lrviz.engines.crosscheck import MODELLED

MODELLED_TORCH = pytorch.VERSION.startswith(f"{MODELLED}.")

only_modelled = pytest.mark.skipif(
    not MODELLED_TORCH, reason=f"holds for torch {MODELLED}, which the reference models; here is {pytorch.VERSION}"
)


def differs_before_modelled(scheduler: Any) -> bool:
    """Tell whether a scheduler does what torch 2.6 did otherwise.

    It entered MultiplicativeLR and SWALR as later stages of a SequentialLR otherwise, began with
    the first stage even under a milestone of 0, and started a composite as first stage otherwise.
    """
    if isinstance(scheduler, list):
        return any(map(differs_before_modelled, scheduler))
    members = scheduler.get("schedulers", [])
    if scheduler["name"] == "SequentialLR" and (
        0 in scheduler["milestones"]
        or "schedulers" in members[0]
        or any(member["name"] in {"MultiplicativeLR", "SWALR"} for member in members[1:])
    ):
        return True
    return differs_before_modelled(members) if members else False
