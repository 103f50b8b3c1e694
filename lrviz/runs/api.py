"""The calls of the Python API. Each is as fast as its command: torch's process starts before anything is imported.

That is why nothing heavy stands at the top of this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from os import PathLike, fsdecode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz.documents.calls import A_PATH, NOTHING, a, a_document, checked, either, many, one_of
from lrviz.foundation.errors import UsageError
from lrviz.foundation.printable import printable
from lrviz.language.choices import Engine, Order
from lrviz.runs.arguments import (
    LOOP,
    an_executor,
    comparable,
    document_or_path,
    is_live,
    known_x,
    live,
    live_or_document,
    race_entries,
    refuse_loop,
    several_rules,
    sweep_entries,
)
from lrviz.runs.headstart import worker, worker_if

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from lrviz.documents.load import Given
    from lrviz.documents.race import RaceDocument
    from lrviz.documents.schedule import ScheduleDocument
    from lrviz.linting.finding import Finding
    from lrviz.linting.rule import Rule
    from lrviz.render.axes import X
    from lrviz.render.figures.notebook import ShownFigure
    from lrviz.runs.differing.differences import Differences
    from lrviz.runs.racing.race import Race
    from lrviz.runs.resuming.resumption import Resumption
    from lrviz.runs.simulation import Simulation
    from lrviz.runs.sources.source import Source
    from lrviz.runs.sweeping.sweep import Sweep


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
    engine: both (cross-checked), torch, or reference; params: hyperparameters to record beside lr although no scheduler
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


@checked(entries=race_entries, engine=one_of(Engine), executor=an_executor)
def race(
    entries: Sequence[str | Mapping[str, Any]] | RaceDocument,
    *,
    engine: Engine = "both",
    executor: Executor | None = None,
    **options: Any,
) -> Race:
    """Race optimizers over a surface, with real torch and with lrviz's own maths, and compare.

    entries: as on the command line ("adam:lr=0.05", a schedule document's path, "recipe:sgdr", "py:mine:Lion", a
    class that another process can import), mappings ({"name": "adam", "lr": 0.05}), or a race document that was read;
    options: those of `lrviz race` by name (fn, start, steps, lr, tune, noise, seed, average, schedule, clip, impl,
    domain, show_state, vary).
    executor: where torch runs each entry, in place of a process for this call.
    A race document has its own, and takes none here: `load_race(path, options)` changes them.
    Raises UsageError for an engine that there is not, DocumentError with everything else that is wrong,
    UnfinishedError where torch cannot run.
    """
    with worker_if(engine != "reference", executor) as asked:
        from lrviz.documents.race import RaceDocument, race_document
        from lrviz.runs.racing.run import RaceRun
        from lrviz.runs.sources.racing import Sources

        if isinstance(entries, RaceDocument):
            if options:
                told = f"given with a race document, which has its own; write load_race(path, {options!r})"
                raise UsageError(f"race: {', '.join(options)}: {printable(told)}")
            document = entries
        else:
            document = race_document(entries, options, spelling="{}", schedules=Sources())
        return RaceRun.start(document, engine, asked).finish()


@checked(entries=sweep_entries, jobs=a("a whole number", int), executor=an_executor, store=either(A_PATH, NOTHING))
def sweep(
    entries: str | PathLike[str] | Mapping[str, Any] | Sequence[str | Mapping[str, Any]],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    store: str | PathLike[str] | None = None,
    **options: Any,
) -> Sweep:
    """Run every point of a grid, lr or any hyperparameter of the entries, by lrviz's own maths.

    entries: as of `lrviz.race`, or the document of a sweep, as a mapping or a path; options: those of `lrviz sweep` by
    name (over, starts, and those of a race: fn, start, steps, lr, noise, seed, average, schedule, clip, domain).
    jobs: processes that compute, 1 is this one; executor: what computes in their place; its workers need this lrviz
    and this NumPy on a processor with the same extensions. store: the folder that keeps what was computed, None is
    that of the user's cache.
    Raises DocumentError with everything that is wrong, OutputError where the store cannot be written,
    UnfinishedError where a worker cannot go on.

    >>> import tempfile, lrviz
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = lrviz.sweep(["sgd"], fn="booth", over=["lr=0.01..1:5"], store=folder)
    >>> found.arrays["lr"].tolist(), found.arrays["median"].shape
    ([0.01, 0.0316228, 0.1, 0.316228, 1.0], (1, 5))
    """
    from lrviz.documents.sweep import load_sweep, sweep_document
    from lrviz.runs.sources.racing import Sources
    from lrviz.runs.sweeping.executors import MOST_JOBS, executor_of
    from lrviz.runs.sweeping.store import Store
    from lrviz.runs.sweeping.swept import swept

    if not 1 <= jobs <= MOST_JOBS or (executor is not None and jobs != 1):
        told = "an executor is given too, and has its own"
        told = told if 1 <= jobs <= MOST_JOBS else f"1 to {MOST_JOBS} are allowed"
        raise UsageError(f"sweep: jobs: {jobs} given; {told}")
    if isinstance(entries, str | PathLike | Mapping):
        document = load_sweep(entries, options, schedules=Sources())
    else:
        document = sweep_document(entries, options, spelling="{}", schedules=Sources())
    kept = Store.opened(None if store is None else Path(store), "store")
    return swept(document, kept, lambda: executor_of(jobs) if executor is None else nullcontext(executor))


@checked(path=a_document(), options=either(a("a mapping of options", Mapping), NOTHING))
def load_race(path: str | PathLike[str] | Mapping[str, Any], options: Mapping[str, Any] | None = None) -> RaceDocument:
    """Return the race document in a file or a mapping; options override its values.

    Raises DocumentError with every fault of it, UsageError where what is given is neither.
    """
    from lrviz.documents import race as documents
    from lrviz.runs.sources.racing import Sources

    return documents.load_race(path, options, schedules=Sources())


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
    is another. checkpoint: a file of torch.save to go on from; optimizer and scheduler may stand in two, or in a
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


@checked(
    a=comparable,
    b=comparable,
    tolerance=either(a("a number of at least 0", int, float), NOTHING),
    window=either(a("a part of the run, as ':5ep',", str), NOTHING),
    param=either(a("a hyperparameter, as 'momentum',", str), NOTHING),
    engine=one_of(Engine),
    executor=an_executor,
    **LOOP,
)
def diff(
    a: Any,
    b: Any,
    *,
    tolerance: float | None = None,
    window: str | None = None,
    param: str | None = None,
    survival: bool = False,
    steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int = 1,
    metric: Sequence[float] | str | None = None,
    engine: Engine = "reference",
    executor: Executor | None = None,
) -> Differences:
    """Compare two schedules, planned, recorded or logged: are they the same, and if not, why?

    a, b: a document, as a mapping or read; a source as on the command line ("plan.yaml", "recipe:llama-7b",
    "main:run.yaml", "record.lrrec", "trainer_state.json"); a simulation or recording from Python; or live schedulers,
    which `lrviz.trace` then steps, with `steps` or `epochs` and the other options that only it takes.
    tolerance: the largest relative difference that counts as none, None for 1e-9, or what the digits of a log allow;
    window: a part of the run, as ":5ep"; param: a hyperparameter in place of the lr; survival: with the half-lives of
    both sides' updates; engine, executor: as of `lrviz.simulate`.
    Raises UsageError where the two have no update in common, DocumentError where one cannot be read.

    >>> import lrviz
    >>> plan = {"epochs": 3, "optimizer": {"name": "SGD", "lr": 0.1}}
    >>> lrviz.diff(plan, {**plan, "optimizer": {"name": "SGD", "lr": 0.2}}).causes[0].message
    'B is 2 times A'
    """
    with worker_if(engine != "reference", executor) as asked:
        from lrviz.runs.differing.comparing import Terms, tolerance_of
        from lrviz.runs.differing.given import compared_value
        from lrviz.runs.differing.run import DiffRun

        terms = Terms(tolerance_of(None if tolerance is None else str(tolerance)), window, param or "lr", survival)
        loop = {"steps": steps, "epochs": epochs, "steps_per_epoch": steps_per_epoch, "metric": metric}
        if not (is_live(a) or is_live(b)):
            refuse_loop(**loop)
        (first, one), (second, other) = (
            (type(each).__name__, [trace(each, **loop, params=terms.params)])  # type: ignore[arg-type]
            if is_live(each)
            else compared_value(each, terms.params)
            for each in (a, b)
        )
        return DiffRun.start((first, second), (one, other), terms, engine, asked).finish()


@checked(
    source=comparable,
    plan=comparable,
    tolerance=either(a("a number of at least 0", int, float), NOTHING),
    window=either(a("a part of the run, as ':5ep',", str), NOTHING),
    folder=either(A_PATH, NOTHING),
    **LOOP,
)
def assert_schedule(
    source: Any,
    plan: Any,
    *,
    tolerance: float | None = None,
    window: str | None = None,
    folder: str | PathLike[str] | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int = 1,
    metric: Sequence[float] | str | None = None,
) -> None:
    """Raise AssertionError where a run does not follow its plan, with the first wrong update, the cause and a picture.

    source, plan, tolerance, window, and steps, epochs, steps_per_epoch, metric of live schedulers: as `lrviz.diff`
    takes them; a run that ended early follows its plan until then.
    folder: where the picture goes, a new temporary folder where none is given.
    Raises what `lrviz.diff` raises.

    >>> import lrviz
    >>> plan = {"epochs": 3, "optimizer": {"name": "SGD", "lr": 0.1}}
    >>> lrviz.assert_schedule(plan, plan)
    """
    __tracebackhide__ = True
    found = diff(
        plan, source, tolerance=tolerance, window=window, steps=steps, epochs=epochs, steps_per_epoch=steps_per_epoch,
        metric=metric,
    )  # fmt: skip
    if not found.same:
        from lrviz.runs.asserting import failure

        raise AssertionError(failure(found, None if folder is None else Path(folder)))


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
