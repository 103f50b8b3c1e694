"""Which torch the tests run with: the reference models one, and older ones differ in known places.

`python -m tests.versions 3000` counts how many random documents agree with the torch that is installed.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from lrviz.documents.load import loads
from lrviz.engines.compare.schedule import MODELLED, compare
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.real.libraries import versions
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.foundation.errors import Refusal
from tests.strategies import Plain, documents, text_of

TORCH = versions(())["torch"]
MODELLED_TORCH = TORCH.startswith(f"{MODELLED}.")

only_modelled = pytest.mark.skipif(
    not MODELLED_TORCH, reason=f"holds for torch {MODELLED}, which the reference models; here is {TORCH}"
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


def _tally(examples: int) -> None:
    """Print how many random documents agree with the torch that is installed, and how many that differ had to."""
    found: Counter[str] = Counter()

    @settings(max_examples=examples, phases=[Phase.generate], deadline=None, derandomize=True)
    @given(documents())
    def count(plain: Plain) -> None:
        document = loads(text_of(plain))
        try:
            ours, theirs = reference.run(document).recording, pytorch.run(plan(document))
        except Refusal:
            found["refused"] += 1
            return
        verdict = compare(ours, theirs, tuple(group.name for group in document.optimizer.groups)).verdict
        known = differs_before_modelled(plain["scheduler"])
        found["agree" if verdict == "agree" else "differ, for a known reason" if known else "differ, unexplained"] += 1

    count()
    print(f"torch {TORCH}:", ", ".join(f"{number} {words}" for words, number in found.most_common()))


if __name__ == "__main__":
    _tally(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
