"""The calls that race optimizers over a surface, once or over a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz.documents.calls import A_PATH, NOTHING, a, a_document, checked, either, one_of
from lrviz.foundation.errors import UsageError
from lrviz.foundation.printable import printable
from lrviz.language.choices import Engine
from lrviz.runs.arguments import an_executor, race_entries, sweep_entries
from lrviz.runs.headstart import worker_if

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from lrviz.documents.race import RaceDocument
    from lrviz.runs.racing.race import Race
    from lrviz.runs.sweeping.sweep import Sweep


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
