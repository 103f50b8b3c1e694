"""The calls that compare two schedules."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz.documents.calls import A_PATH, NOTHING, a, checked, either, one_of
from lrviz.language.choices import Engine
from lrviz.runs.api.schedules import trace
from lrviz.runs.arguments import LOOP, an_executor, comparable, is_live, refuse_loop
from lrviz.runs.headstart import worker_if

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from lrviz.runs.differing.differences import Differences


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
        loop: dict[str, Any] = {
            "steps": steps, "epochs": epochs, "steps_per_epoch": steps_per_epoch, "metric": metric,
        }  # fmt: skip
        if not (is_live(a) or is_live(b)):
            refuse_loop(**loop)
        (first, one), (second, other) = (
            (type(each).__name__, [trace(each, **loop, params=terms.params)])
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
