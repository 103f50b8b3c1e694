"""The promise: the real torch schedulers and our own maths give the same curves, for any document."""

from __future__ import annotations

from hypothesis import assume, given, note
from hypothesis import strategies as st

from lrviz.documents.load import loads
from lrviz.engines.compare import schedule as crosscheck
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.schedule import Plan
from lrviz.foundation.errors import Refusal
from tests.strategies import Plain, documents, text_of
from tests.versions import MODELLED_TORCH, differs_before_modelled


@given(documents(), st.booleans())
def test_torch_and_the_reference_agree(plain: Plain, scheduler_first: bool) -> None:
    """In either order of the loop, with milestones out of order and metrics that are NaN."""
    assume(MODELLED_TORCH or not differs_before_modelled(plain["scheduler"]))
    text = text_of(plain)
    note(text)
    document = loads(text)
    laid = plan(document, scheduler_first=scheduler_first)
    try:
        known = reference.run(document, scheduler_first=scheduler_first).recording
    except Refusal as refusal:
        note(f"reference: {refusal}")
        _torch_refuses_too(laid)
        return
    theirs = pytorch.run(laid)
    verdict = crosscheck.compare(known, theirs, tuple(group.name for group in document.optimizer.groups))
    note(verdict.sentence)
    assert verdict.verdict == "agree"


def _torch_refuses_too(laid: Plan) -> None:
    try:
        pytorch.run(laid)
    except Refusal:
        return
    raise AssertionError("the reference refuses what torch does not")
