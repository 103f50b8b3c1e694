"""The promise: the real torch schedulers and our own maths give the same curves, for any document."""

from __future__ import annotations

import yaml
from hypothesis import assume, given, note

from lrviz.documents.load import loads
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare import schedule as crosscheck
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.foundation.errors import Refusal
from tests.strategies import Plain, documents
from tests.versions import MODELLED_TORCH, differs_before_modelled


@given(documents())
def test_torch_and_the_reference_agree(plain: Plain) -> None:
    assume(MODELLED_TORCH or not differs_before_modelled(plain["scheduler"]))
    text = yaml.safe_dump(plain, sort_keys=False)
    note(text)
    document = loads(text)
    try:
        ours = reference.run(document).recording
    except Refusal as refusal:
        note(f"reference: {refusal.path} {refusal.reason}")
        _torch_refuses_too(document)
        return
    theirs = pytorch.run(plan(document))
    verdict = crosscheck.compare(ours, theirs, tuple(group.name for group in document.optimizer.groups))
    note(verdict.sentence)
    assert verdict.verdict == "agree"


def _torch_refuses_too(document: ScheduleDocument) -> None:
    try:
        pytorch.run(plan(document))
    except Refusal:
        return
    raise AssertionError("the reference refuses what torch does not")
