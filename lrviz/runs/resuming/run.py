"""A run under way: sent to torch, and compared when it comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TYPE_CHECKING

from lrviz.documents.schedule import ScheduleDocument
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
from lrviz.engines.work import Worker
from lrviz.foundation.errors import CheckpointError, Problem, Refusal, UsageError
from lrviz.foundation.printable import printable
from lrviz.foundation.progress import Progress
from lrviz.language.length import moment
from lrviz.language.marked_yaml import dotted
from lrviz.results import Curves, Interrupted, Replaced, Resumed
from lrviz.runs.resuming.checkpoint import known_roles, saved_states, standing
from lrviz.runs.resuming.differences import errors
from lrviz.runs.resuming.explaining import causes
from lrviz.runs.resuming.files import checkpoint_files
from lrviz.runs.resuming.resumption import Resumption
from lrviz.runs.simulation import Run

if TYPE_CHECKING:
    from concurrent.futures import Future

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


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """A resumption under way.

    continued: how the run goes on, where its place was known at the start; contents: of each checkpoint file.
    """

    document: ScheduleDocument
    at: int | None
    worker: Worker
    progress: Progress | None
    into: ScheduleDocument | None
    keys: Mapping[str, str]
    contents: Mapping[str, Future[Contents]]
    whole: Run
    other: Run | None
    continued: Future[tuple[Continued, ...]] | None

    @classmethod
    def start(
        cls,
        document: ScheduleDocument,
        at: int | str | None,
        worker: Worker,
        progress: Progress | None = None,
        *,
        into: ScheduleDocument | None = None,
        files: tuple[str, ...] = (),
        keys: Mapping[str, str] = MappingProxyType({}),
    ) -> ResumeRun:
        """Submit the work to torch, as far as it is known yet: how far a checkpoint is, is not."""
        if keys and not files:
            raise UsageError("--key chooses a state of a checkpoint; give --checkpoint too")
        known_roles(keys, document)
        for one in (document, into):
            if one is not None:
                _check_resumable(one)
        if at is None and not files:
            raise UsageError(
                "--at is missing: after how many updates is the run interrupted? A number, or 30ep, or 0.5dur"
            )
        updates = None if at is None else _updates(at, into or document, document)
        contents = {path: worker.submit(Reading(path)) for path in checkpoint_files(files)}
        whole = Run.start(document, "both", (), worker, progress)
        other = None if into is None else Run.start(into, "both", (), worker, progress)
        continued = None
        if updates is not None and not files:
            task = _interruption(document, into, updates, RECIPES if into is None else (RIGHT,), None)
            continued = worker.submit(task, progress)
        return cls(document, updates, worker, progress, into, keys, contents, whole, other, continued)

    def finish(self) -> Resumption:
        """Wait for torch and compare with the run that was not interrupted."""
        at, said, continued = self.at, tuple[str, ...](), self.continued
        if continued is None:
            at, recipe, saved, said = self._from_checkpoint({path: self._read(path) for path in self.contents})
            continued = self.worker.submit(_interruption(self.document, self.into, at, (recipe,), saved), self.progress)
        assert at is not None
        simulation = self.whole.finish()
        known = simulation if self.other is None else self.other.finish()
        try:
            found = continued.result()
        except Refusal as refusal:
            raise (self.into or self.document).refused(refusal) from None
        told = (*said, *simulation.warnings, *(known.warnings if self.other is not None else ()))
        interrupted = Interrupted(
            known.curves,
            at,
            tuple(self._resumed(one, known.curves, at) for one in found),
            None if self.other is None else simulation.curves,
            ", ".join(self.contents),
        )
        return Resumption(interrupted, known.verdict, tuple(dict.fromkeys(told)))

    def _read(self, path: str) -> Contents:
        patience = _PATIENCE + FilePath(path).stat().st_size / _BYTES_A_SECOND
        try:
            return self.contents[path].result(patience)
        except TimeoutError:
            # The reader is ended with the rest of the worker, on the way out.
            raise CheckpointError(f"{printable(path)}: not read after {patience:,.0f} s; given up") from None

    def _from_checkpoint(self, contents: dict[str, Contents]) -> tuple[int, Recipe, Saved, tuple[str, ...]]:
        """Return how far the run is, what it continues from and how, and what the user should know about that."""
        source = printable(", ".join(contents))
        saved, said = saved_states(contents, self.document, self.keys)
        found = standing(saved, self.document, source)
        if found is None and self.at is None:
            raise CheckpointError(f"{source}: no scheduler's state tells how far the run is; give --at")
        if found is not None and self.at is not None and self.at not in found:
            place = f"{found[0]}; drop --at" if len(found) == 1 else f"{found[0]} to {found[-1]}; give one of these"
            raise UsageError(f"--at {self.at}: the checkpoint is at update {place}")
        at = self.at if found is None or self.at is not None else found[0]
        if self.at is None and found is not None and found[0] < found[-1]:
            said += (
                f"{source}: from update {found[0]:,} to {found[-1]:,} no scheduler is stepped, so the states are the "
                f"same; update {found[0]:,} is assumed; --at chooses another",
            )
        assert at is not None
        whole = (self.into or self.document).updates
        if at >= whole:
            longer = "" if self.into else "; --with goes on as a longer document"
            raise CheckpointError(
                f"{source}: is at update {at:,}, and the run of the document has {whole:,}: nothing remains{longer}"
            )
        recipe = RIGHT if saved.groups and saved.schedulers else OPTIMIZER_ONLY if saved.groups else SCHEDULER_ONLY
        return at, recipe, saved, said

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
            causes=causes(curves, at, one.recording.lr) if "lr" in wrong and one.failed is None else (),
        )


def _check_resumable(document: ScheduleDocument) -> None:
    """Raise DocumentError for parts whose state no checkpoint of an optimizer and its schedulers holds."""
    faults = [
        Problem((*member.path, "param"), f"cannot be resumed: the optimizer that holds {param} is saved nowhere")
        for member in document.members()
        if (param := member.scheduler.param) is not None
    ]
    faults += [
        Problem(
            member.path,
            f"{member.scheduler.name} cannot be resumed here: its trainer sets the lr, and no scheduler has a state",
        )
        for member in document.members()
        if not member.scheduler.runs_alone
    ]
    faults += [
        Problem(("optimizer", "groups", index, "added"), "cannot be resumed: no checkpoint tells when it was added")
        for index, group in enumerate(document.optimizer.groups)
        if group.added is not None
    ]
    if faults:
        raise document.refused(Refusal(*faults))


def _interruption(
    document: ScheduleDocument,
    into: ScheduleDocument | None,
    at: int,
    recipes: tuple[Recipe, ...],
    saved: Saved | None,
) -> Interruption:
    return Interruption(plan(document), at, recipes, saved, None if into is None else plan(into))


def _replaced(kept: Kept, document: ScheduleDocument) -> Replaced:
    path = (*kept.path, kept.key)
    # In a config of another library, by its own key.
    return Replaced(document.place(path), dotted(document.marked.origins.get(path, path)), kept.asked, kept.kept)


def _updates(at: int | str, document: ScheduleDocument, before: ScheduleDocument) -> int:
    """Return a number of updates, given as one or as a length.

    Raises UsageError where it is outside the run.
    """
    try:
        found = moment(str(at), before.clock(before.unit))
    except ValueError as error:
        raise UsageError(f"--at {at}: {error}") from None
    # A finished run can continue as a longer one.
    most = document.updates - 1 if document is before else min(document.updates - 1, before.updates)
    if not 0 < found <= most:
        rows = min(document.updates, before.updates)
        raise UsageError(
            f"--at {at}: outside the run of {rows:,} updates"
            f"{f', one per {before.unit}' if before.unit == 'epoch' else ''}; give 1 to {most:,}"
        )
    return found
