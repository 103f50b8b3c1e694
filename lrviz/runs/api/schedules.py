"""The calls about one schedule: traced, simulated, drawn, resumed, linted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fsdecode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz.documents.calls import A_PATH, NOTHING, a, checked, either, many, one_of
from lrviz.foundation.errors import UsageError
from lrviz.language.choices import Engine, Order
from lrviz.runs.arguments import (
    LOOP,
    an_executor,
    document_or_path,
    is_live,
    known_x,
    live,
    live_or_document,
    refuse_loop,
    several_rules,
)
from lrviz.runs.headstart import worker, worker_if

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from lrviz.documents.load import Given
    from lrviz.documents.schedule import ScheduleDocument
    from lrviz.linting.finding import Finding
    from lrviz.linting.rule import Rule
    from lrviz.render.axes import X
    from lrviz.render.figures.notebook import ShownFigure
    from lrviz.runs.resuming.resumption import Resumption
    from lrviz.runs.simulation import Simulation
    from lrviz.runs.sources.source import Source


def _log(value: object) -> Source | None:
    """Return the log that a path leads to; None where it leads to a document, or to nothing."""
    if not isinstance(value, str | PathLike):
        return None
    path = fsdecode(value)
    # No log is YAML, and torch's process should start before anything is imported.
    if path.endswith((".yaml", ".yml")):
        return None
    from lrviz.runs.sources.logs import Log

    return Log(path) if Log.claims(path, Path()) else None


@checked(schedulers=live, params=many("a list of hyperparameters, as ['momentum'],", str), **LOOP)
def trace(
    schedulers: Any,
    *,
    steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int = 1,
    metric: Sequence[float] | str | None = None,
    params: Sequence[str] = (),
) -> Simulation:
    """Step copies of schedulers that were built, and return the learning rate that each update would be made with.

    The objects, their optimizers and all random states stay as they are. Weights are not copied.

    schedulers: an object of any class with `step()`: torch's, transformers', timm's, one's own; or a list of those
    that one loop steps, in its order. steps: updates, each followed by a step; or epochs, each followed by one; a
    class with `step_update()`, as timm's, is called at every update, and at epochs of `steps_per_epoch` updates.
    metric: for schedulers that watch one: a value for each step or epoch, or a formula in t;
    params: hyperparameters to record besides lr even if they do not vary.
    `step` is called with what it needs: nothing, the metric, or, as timm's, the epochs that are over.
    The curve begins where the objects are; `.warnings` say so where they have been stepped before, and what a copy
    cannot know: code that changes values that other code may change too, or that draws random numbers.
    Raises UsageError where something cannot be copied (a file, a lock, a generator), where the schedulers set several
    optimizers or none, or where a step fails.

    >>> import torch, lrviz
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr=0.1)
    >>> scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> lrviz.trace(scheduler, epochs=3).curves.lr.tolist()
    [[0.1], [0.05], [0.025]]
    >>> scheduler.last_epoch
    0
    """
    from lrviz.runs.tracing import loop_of, traced_alone

    loop = loop_of(steps=steps, epochs=epochs, steps_per_epoch=steps_per_epoch, metric=metric, params=params)
    return traced_alone(schedulers, loop)


@checked(
    document=live_or_document,
    engine=one_of(Engine),
    params=many("a list of hyperparameters, as ['momentum'],", str),
    order=one_of(Order),
    executor=an_executor,
    **LOOP,
)
def simulate(
    document: ScheduleDocument | Given | Any,
    *,
    steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int = 1,
    metric: Sequence[float] | str | None = None,
    engine: Engine = "both",
    params: Sequence[str] = (),
    order: Order = "optimizer-first",
    survival: bool = False,
    executor: Executor | None = None,
) -> Simulation:
    """Simulate a document with the real torch schedulers and with lrviz's own maths, and compare.

    document: one, or what `lrviz.document` takes: a mapping or a path; or a live scheduler, or a list of them, which
    `lrviz.trace` then steps, with `steps` or `epochs` and the other options that only it takes; or the path of a log,
    which is drawn and not compared: `.curves.logged` has its values.
    engine: both (cross-checked), torch, or reference; params: hyperparameters to record besides lr even if no scheduler
    varies them, and `effective_lr`, lr / (1 - momentum); order: scheduler-first steps the schedulers before the
    optimizer, and shows what the updates then really use; survival: with the half-life of each update (`half_life`
    among the params) under weight decay; executor: where torch runs, in place of a process for this call; of
    many calls with the same ProcessPoolExecutor only the first of each of its processes imports torch.
    Raises UsageError for an option that is not allowed, DocumentError where it is not valid or torch refuses the
    schedule, UnfinishedError where torch cannot run.
    """
    if is_live(document):
        if engine == "reference" or order != "optimizer-first":
            odd = "engine: 'reference'" if engine == "reference" else f"order: {order!r}"
            raise UsageError(f"simulate: {odd} given with a live scheduler, which is itself stepped, after each update")
        return trace(
            document, steps=steps, epochs=epochs, steps_per_epoch=steps_per_epoch, metric=metric, params=params
        )
    refuse_loop(steps=steps, epochs=epochs, steps_per_epoch=steps_per_epoch, metric=metric)
    if (log := _log(document)) is not None:
        if params:
            raise UsageError(f"simulate: params: given with {log.spec}, a log, from which only the lr is read")
        return log.simulated((), ())[0]
    with worker_if(engine != "reference", executor) as asked:
        from lrviz.documents.host import known_params
        from lrviz.results import EFFECTIVE_LR
        from lrviz.runs.simulation import Run
        from lrviz.runs.sources import door

        read = door.document(document)
        known = known_params(params, [read.optimizer], "params", (EFFECTIVE_LR,))
        return Run.start(read, engine, known, asked, order=order, survival=survival).finish()


@checked(
    document=live_or_document,
    log=either(a("True, False or None", bool), NOTHING),
    x=known_x,
    window=either(a("a part of the run, as ':5ep',", str), NOTHING),
    **LOOP,
)
def plot(
    document: ScheduleDocument | Given | Any,
    *,
    steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int = 1,
    metric: Sequence[float] | str | None = None,
    log: bool | None = None,
    x: X = "time",
    window: str | None = None,
) -> ShownFigure:
    """Return the picture of a document, or of live schedulers; of several optimizers over one another.

    document, steps, epochs, steps_per_epoch, metric: as in `lrviz.simulate`; log, x, window: as in its `.plot`.
    Raises what those raise.
    """
    if not is_live(document):
        refuse_loop(steps=steps, epochs=epochs, steps_per_epoch=steps_per_epoch, metric=metric)
        return simulate(document).plot(log=log, x=x, window=window)
    from lrviz.runs.simulation import picture
    from lrviz.runs.tracing import loop_of, traced

    loop = loop_of(steps=steps, epochs=epochs, steps_per_epoch=steps_per_epoch, metric=metric)
    return picture(traced(document, loop), log=log, x=x, window=window)


@checked(
    document=document_or_path,
    at=either(a("a number of updates, or a length as '30ep',", int, str), NOTHING),
    into=either(document_or_path, NOTHING),
    checkpoint=either(A_PATH, many("", str, Path)),
    executor=an_executor,
)
def resume(
    document: ScheduleDocument | Given,
    at: int | str | None = None,
    *,
    into: ScheduleDocument | Given | None = None,
    checkpoint: str | Path | Sequence[str | Path] = (),
    key: Mapping[str, str] | None = None,
    executor: Executor | None = None,
) -> Resumption:
    """Interrupt a run after `at` updates, and continue in each way of resuming it.

    document: one, or what `lrviz.document` takes: a mapping or a path.
    at: a number of updates, or a length: "30ep", "0.5dur". into: the document to continue with, where that
    is another. checkpoint: a file of torch.save to go on from; optimizer and scheduler may be in two, or in a
    folder of accelerate or Transformers. key: which states of it to read where it holds several:
    {"optimizer": "optimizer_G", "scheduler": "nested.keys.sched"}; "scheduler[1]" is the second of a list.
    executor: where torch runs, in place of a process for this call; a crafted checkpoint may keep it busy for ever.
    Raises UsageError where `at` is outside the run, DocumentError where torch refuses the schedule,
    CheckpointError where a file cannot be used, UnfinishedError where torch cannot run.
    """
    if key is not None and not (isinstance(key, Mapping) and all(isinstance(one, str) for one in key.values())):
        raise UsageError('key: a mapping of parts to keys of the checkpoint is needed: {"optimizer": "optimizer_G"}')
    files = (checkpoint,) if isinstance(checkpoint, str | Path) else tuple(checkpoint)
    with worker(executor) as asked:
        from lrviz.runs.resuming.run import ResumeRun
        from lrviz.runs.sources import door

        read, other = door.document(document), None if into is None else door.document(into)
        paths, keys = tuple(map(str, files)), dict(key or {})
        return ResumeRun.start(read, at, asked, into=other, files=paths, keys=keys).finish()


@checked(document=live_or_document, rules=several_rules, **LOOP)
def lint(
    document: ScheduleDocument | Given | Any,
    *,
    rules: Sequence[type[Rule]] | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int = 1,
    metric: Sequence[float] | str | None = None,
) -> tuple[Finding, ...]:
    """Return the mistakes in a document that torch accepts, in the order of its lines.

    document: one, or what `lrviz.document` takes: a mapping or a path; or live schedulers, with the options that
    `lrviz.trace` takes, where their attributes say what a document would; rules: all of them where none are named.
    Of a config of another library that lacks facts only the rules are asked that need no curve; `lrviz.document` takes
    facts. Each fix was tried: it settles its finding and brings no other one.
    Raises DocumentError where it is not valid, or torch refuses the schedule; UsageError where live schedulers do not
    say enough, as LambdaLR, whose functions no document can state.
    """
    from lrviz.documents.schedule import ScheduleDocument
    from lrviz.linting.fixing import proven
    from lrviz.linting.lint import linted
    from lrviz.linting.rules import RULES

    asked = RULES if rules is None else rules
    if is_live(document):
        from lrviz.runs.tracing import linted_live, loop_of

        loop = loop_of(steps=steps, epochs=epochs, steps_per_epoch=steps_per_epoch, metric=metric)
        return linted_live(document, loop, asked)
    refuse_loop(steps=steps, epochs=epochs, steps_per_epoch=steps_per_epoch, metric=metric)
    if isinstance(document, ScheduleDocument):
        return proven(linted(document, rules=asked), rules=asked).findings
    from lrviz.documents.load import written
    from lrviz.runs.sources.foreign import in_its_dialect
    from lrviz.runs.sources.linting import linted_source

    return proven(linted_source(in_its_dialect(written(document)), asked), rules=asked).findings
