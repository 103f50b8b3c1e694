"""Parts of a document that its run never reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from typing_extensions import override

from lrviz.documents.loop import Member
from lrviz.foundation.numerals import plural
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.schedulers.facts import Awaited


class BeyondTheRun(Rule):
    """A milestone, step_size, T_0, patience or start of swa that the run does not reach.

    It never takes effect: no drop, no stage, no restart, no averaging. torch says nothing.
    """

    id = "LR010"
    name = "beyond-the-run"
    severity = Severity.error
    fires = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: MultiStepLR, milestones: [30, 60]}
"""
    near = """\
epochs: 90
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: MultiStepLR, milestones: [30, 60]}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        calls = {one.path: one.ticks for one in at.members if one.scheduler.start is not None and one.path != ("swa",)}
        for one in (*at.acting, *at.others):
            # A composite acts through its members; the start of swa is reported where the scheduler ends.
            whole = bool(one.scheduler.members) or one.path == ("swa",)
            ticks = min(one.clock.ticks, calls.get(one.root, one.clock.ticks)) if whole else one.ticks
            if not whole and not ticks:
                continue
            # What even the least value would not bring into the run is too short a run.
            late = [each for each in one.scheduler.awaited() if each.tick >= ticks]
            late = [each for each in late if whole or ticks > each.tick - each.value]
            for each in late:
                path = one.field(*each.below)
                if at.miscounted(path):
                    continue
                key = each.below[0]
                yield Found(
                    path,
                    f"{'milestone' if key == 'milestones' else key} {each.value:,} is never reached: the scheduler "
                    f"has only {plural(ticks, one.noun)}",
                    (self._fix(one, each, ticks, at),),
                )

    @staticmethod
    def _fix(one: Acting, late: Awaited, ticks: int, at: Subject) -> Edit:
        """Return a usual value; of a list, which is edited as a whole, those that are reached."""
        path = one.field(*late.below)
        if len(late.below) == 1:
            return Edit(path, at.ticks(one, max(late.least, int(ticks * late.usual))))
        every = [each.value for each in one.scheduler.awaited()]
        if one.scheduler.members:
            kept = _spaced(every, ticks)
        else:
            kept = [each for each in every if each < ticks] or [int(ticks * late.usual)]
        return Edit(path[:-1], [at.ticks(one, each) for each in kept])


def _spaced(milestones: Sequence[int], ticks: int) -> list[int]:
    """Return the milestones with those beyond the run brought into it, evenly."""
    kept = [each for each in milestones if each < ticks]
    late, start = len(milestones) - len(kept), max(kept, default=0)
    return [*kept, *(start + (ticks - start) * (1 + index) // (late + 1) for index in range(late))]


class NeverStepped(Rule):
    """A scheduler that the run never steps.

    Only its constructor has an effect. A run shorter than an epoch never steps a scheduler that is stepped once per
    epoch.
    """

    id = "LR033"
    name = "never-stepped"
    severity = Severity.warning
    fires = """\
steps: 100
steps_per_epoch: 400
interval: step
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 20}
  - {name: StepLR, step_size: 1, interval: epoch}
"""
    near = """\
steps: 1000
steps_per_epoch: 400
interval: step
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 20}
  - {name: StepLR, step_size: 1, interval: epoch}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for member in at.members:
            own = member.scheduler
            # LR010 and LR031 say it of SWALR.
            if member.ticks or member.path == ("swa",):
                continue
            interval = "step" if own.fractional else own.interval or at.document.interval
            ends = at.document.ticks(interval)
            rare = own.frequency > ends > 0
            late = own.start is not None and not rare and own.start + own.frequency >= ends > 0
            key = "frequency" if rare else "start" if late else ""
            why = ", which swa takes over at once" if at.document.swa is not None and ends > 0 and not key else ""
            told = f"{own.name} is never stepped in this run of {plural(at.rows, at.noun)}{why}"
            if key:
                told = f"{key} is {getattr(own, key):,}: {own.name} is never stepped in {plural(ends, interval)}"
            yield Found((*member.path, key) if key else member.path, told, self._fix(member, key, ends, at))

    @staticmethod
    def _fix(member: Member, key: str, ends: int, at: Subject) -> tuple[Edit, ...]:
        document = at.document
        if key == "frequency":
            return (Edit((*member.path, key), 1),)
        if key == "start":
            usual = ends // 4 - member.scheduler.frequency
            return (Edit((*member.path, key), usual),) if usual >= 0 else ()
        if document.swa is not None and document.length_key != "steps":
            return (Edit(("swa", "start"), document.ticks(document.interval) * 3 // 4),)
        if document.length_key == "steps":
            return (Edit(("steps",), 2 * max(document.epoch_steps, document.ticks("step"))),)
        return ()
