"""A run under way: sent to torch, and compared when it comes back."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import MappingProxyType

from lrviz.documents import load
from lrviz.documents.calls import A_PATH, NOTHING, a, checked, either, many
from lrviz.documents.load import Given
from lrviz.documents.schedule import A_DOCUMENT, ScheduleDocument
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.resume import (
    OPTIMIZER_ONLY,
    RECIPES,
    RIGHT,
    SCHEDULER_ONLY,
    Contents,
    Continued,
    Interruption,
    Kept,
    Reading,
    Recipe,
    Saved,
)
from lrviz.engines.tasks.schedule import Progress
from lrviz.engines.work import Worker
from lrviz.foundation.errors import CheckpointError, Refusal, UnfinishedError, UsageError
from lrviz.foundation.printable import printable
from lrviz.language.length import ticks
from lrviz.language.marked_yaml import dotted
from lrviz.results import Curves, Interrupted, Replaced, Resumed
from lrviz.runs.resuming.checkpoint import known_roles, saved_states, standing
from lrviz.runs.resuming.differences import errors
from lrviz.runs.resuming.files import checkpoint_files
from lrviz.runs.resuming.resumption import Resumption
from lrviz.runs.simulation import Run

_WAYS_ROUND = {
    r"KeyError: '_scale_fn_custom'": (
        "CyclicLR takes that key out of the state it is given; put it back before loading: "
        'state.setdefault("_scale_fn_custom", None)'
    ),
    r"Tried to step \d+ times": "OneCycleLR counts from the state; load that instead of giving last_epoch",
    r"different number of parameter groups": (
        "build the optimizer with the groups it was saved with, and change them after loading"
    ),
}
"""What torch says where it fails, and what to do about it."""
_PATIENCE, _BYTES_A_SECOND = 120.0, 10e6
"""Seconds in which torch is imported and a checkpoint read, and its bytes in each further one: a crafted file may
keep a reader busy for ever."""


@checked(
    document=A_DOCUMENT,
    at=either(a("a number of updates, or a length as '30ep',", int, str), NOTHING),
    into=either(A_DOCUMENT, NOTHING),
    checkpoint=either(A_PATH, many("", str, FilePath)),
)
def resume(
    document: ScheduleDocument | Given,
    at: int | str | None = None,
    *,
    into: ScheduleDocument | Given | None = None,
    checkpoint: str | FilePath | Sequence[str | FilePath] = (),
    key: Mapping[str, str] | None = None,
) -> Resumption:
    """Interrupt a run when `at` updates have been made, and go on under each way of resuming it.

    document: one, or what `lrviz.document` takes: a mapping or a path.
    at: a number of updates, or a length: "30ep", "0.5dur". into: the document it goes on as, where that is
    another. checkpoint: a file of torch.save to go on from; optimizer and scheduler may stand in two, or in a
    folder of accelerate or Transformers. key: which states of it to read where it holds several:
    {"optimizer": "optimizer_G", "scheduler": "nested.keys.sched"}; "scheduler[1]" is the second of a list.
    Raises UsageError where `at` is outside the run, DocumentError where torch refuses the schedule,
    CheckpointError where a file cannot be used, UnfinishedError where torch cannot run.
    """
    if key is not None and not (isinstance(key, Mapping) and all(isinstance(one, str) for one in key.values())):
        raise UsageError('key: a mapping of parts to keys of the checkpoint is needed: {"optimizer": "optimizer_G"}')
    files = (checkpoint,) if isinstance(checkpoint, str | FilePath) else tuple(checkpoint)
    document, into = load.document(document), None if into is None else load.document(into)
    with Worker() as worker:
        return ResumeRun.start(
            document, at, worker, into=into, files=tuple(map(str, files)), keys=dict(key or {})
        ).finish()


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """A resumption under way; runs are finished in the order in which they were started."""

    document: ScheduleDocument
    at: int | None
    worker: Worker
    into: ScheduleDocument | None
    files: tuple[str, ...]
    keys: Mapping[str, str]
    whole: Run
    other: Run | None

    @classmethod
    def start(
        cls,
        document: ScheduleDocument,
        at: int | str | None,
        worker: Worker,
        *,
        into: ScheduleDocument | None = None,
        files: tuple[str, ...] = (),
        keys: Mapping[str, str] = MappingProxyType({}),
    ) -> ResumeRun:
        """Send the work to torch, as far as it is known yet: where a checkpoint stands is not."""
        if keys and not files:
            raise UsageError("--key chooses a state of a checkpoint; give --checkpoint too")
        known_roles(keys, document)
        if at is None and not files:
            raise UsageError(
                "--at is missing: after how many updates is the run interrupted? A number, or 30ep, or 0.5dur"
            )
        updates = None if at is None else _updates(at, into or document, document)
        files = checkpoint_files(files)
        for path in files:
            worker.send(Reading(path))
        whole = Run.start(document, "both", (), worker)
        other = None if into is None else Run.start(into, "both", (), worker)
        run = cls(document, updates, worker, into, files, keys, whole, other)
        if updates is not None and not files:
            run._send(updates, RECIPES if into is None else (RIGHT,), None)
        return run

    def _send(self, at: int, recipes: tuple[Recipe, ...], saved: Saved | None) -> None:
        into = None if self.into is None else plan(self.into)
        self.worker.send(Interruption(plan(self.document), at, recipes, saved, into))

    def finish(self, progress: Progress | None = None) -> Resumption:
        """Wait for torch and compare with the run that was not interrupted."""
        at, said = self.at, tuple[str, ...]()
        if self.files:
            at, said = self._from_checkpoint({path: self._contents(path) for path in self.files})
        assert at is not None
        simulation = self.whole.finish(progress)
        known = simulation if self.other is None else self.other.finish(progress)
        try:
            found: tuple[Continued, ...] = self.worker.receive(tuple, progress)
        except Refusal as refusal:
            raise (self.into or self.document).refused(refusal) from None
        told = (*said, *simulation.warnings, *(known.warnings if self.other is not None else ()))
        interrupted = Interrupted(
            known.curves,
            at,
            tuple(self._resumed(one, known.curves, at) for one in found),
            None if self.other is None else simulation.curves,
            ", ".join(self.files),
        )
        return Resumption(interrupted, known.verdict, tuple(dict.fromkeys(told)))

    def _contents(self, path: str) -> Contents:
        patience = _PATIENCE + FilePath(path).stat().st_size / _BYTES_A_SECOND
        begun = time.monotonic()
        try:
            with self.worker.within(patience):
                return self.worker.receive(Contents)
        except UnfinishedError:
            if time.monotonic() - begun < patience:
                raise
            raise CheckpointError(f"{printable(path)}: not read after {patience:,.0f} s; given up") from None

    def _from_checkpoint(self, contents: dict[str, Contents]) -> tuple[int, tuple[str, ...]]:
        """Return where the run stands, and what the user should know of how that was found."""
        source = printable(", ".join(self.files))
        saved, said = saved_states(contents, self.document, self.keys)
        found = standing(saved, self.document, source)
        if found is None and self.at is None:
            raise CheckpointError(f"{source}: no state of a scheduler that says where the run stands; say it with --at")
        if found is not None and self.at is not None and found != self.at:
            raise UsageError(f"--at {self.at}: the checkpoint stands at update {found}; drop --at")
        at = found if found is not None else self.at
        assert at is not None
        whole = (self.into or self.document).updates
        if at >= whole:
            longer = "" if self.into else "; --with goes on as a longer document"
            raise CheckpointError(
                f"{source}: stands at update {at:,}, and the run of the document has {whole:,}: nothing remains{longer}"
            )
        recipe = RIGHT if saved.groups and saved.schedulers else OPTIMIZER_ONLY if saved.groups else SCHEDULER_ONLY
        self._send(at, (recipe,), saved)
        return at, said

    def _resumed(self, one: Continued, curves: Curves, at: int) -> Resumed:
        params = {name: one.recording.params[name] for name in curves.params if name in one.recording.params}
        remedy = ""
        if one.failed is not None:
            remedy = next((words for told, words in _WAYS_ROUND.items() if re.search(told, one.failed[1])), "")
        reached = one.failed[0] if one.failed is not None else curves.steps
        wrong, rounding = errors(curves, at, one.recording.lr, params, reached)
        return Resumed(
            name=one.recipe.name,
            words=one.recipe.words,
            script=tuple(act.value for act in one.recipe.acts),
            lr=one.recording.lr,
            params=params,
            errors=wrong,
            failed=one.failed,
            remedy=remedy,
            replaced=tuple(_replaced(kept, self.into or self.document) for kept in one.kept),
            rounding=rounding,
        )


def _replaced(kept: Kept, document: ScheduleDocument) -> Replaced:
    path = (*kept.path, kept.key)
    return Replaced(document.place(path), dotted(path), kept.asked, kept.kept)


def _updates(at: int | str, document: ScheduleDocument, before: ScheduleDocument) -> int:
    """Return a number of updates, given as one or as a length.

    Raises UsageError where it is outside the run.
    """
    text = str(at).strip()
    try:
        found = (
            int(text.replace("_", ""))
            if re.fullmatch(r"[-+]?\d[\d_]*", text)
            else ticks(text, before.clock(before.unit))
        )
    except ValueError as error:
        raise UsageError(f"--at {at}: {error}") from None
    # A run that is over can go on as a longer one.
    most = document.updates - 1 if document is before else min(document.updates - 1, before.updates)
    if not 0 < found <= most:
        rows = min(document.updates, before.updates)
        raise UsageError(
            f"--at {at}: outside the run of {rows:,} updates"
            f"{f', one an {before.unit}' if before.unit == 'epoch' else ''}; at least 1 and at most {most:,} are "
            "made before an interruption"
        )
    return found
