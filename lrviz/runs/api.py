"""The calls of the Python API. Each is as fast as its command: torch's process starts before anything is imported.

That is why nothing heavy stands at the top of this file, and why the checks of arguments import nothing either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz.documents.calls import A_PATH, NOTHING, a, a_document, checked, either, many, one_of
from lrviz.foundation.errors import UsageError
from lrviz.foundation.printable import printable
from lrviz.language.choices import Engine, Order
from lrviz.runs.headstart import worker, worker_if

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from lrviz.documents.load import Given
    from lrviz.documents.race import RaceDocument
    from lrviz.documents.schedule import ScheduleDocument
    from lrviz.linting.finding import Finding
    from lrviz.linting.rule import Rule
    from lrviz.runs.racing.race import Race
    from lrviz.runs.resuming.resumption import Resumption
    from lrviz.runs.simulation import Simulation


def _a_document(value: object) -> str:
    if isinstance(value, str | PathLike | Mapping):
        return ""
    from lrviz.documents.schedule import is_document

    return is_document(value)


def _entries(value: object) -> str:
    told = many("a list of entries, as ['adam', {'name': 'sgd', 'lr': 0.1}],", str, Mapping)(value)
    if not told:
        return ""
    from lrviz.documents.race import RaceDocument

    return "" if isinstance(value, RaceDocument) else told


def _an_executor(value: object) -> str:
    return "" if value is None or hasattr(value, "submit") else "a concurrent.futures.Executor is needed"


@checked(
    document=_a_document,
    engine=one_of(Engine),
    params=many("a list of hyperparameters, as ['momentum'],", str),
    order=one_of(Order),
    executor=_an_executor,
)
def simulate(
    document: ScheduleDocument | Given,
    *,
    engine: Engine = "both",
    params: Sequence[str] = (),
    order: Order = "optimizer-first",
    executor: Executor | None = None,
) -> Simulation:
    """Simulate a document with the real torch schedulers and with lrviz's own maths, and compare.

    document: one, or what `lrviz.document` takes: a mapping or a path; engine: both (cross-checked), torch, or
    reference; params: hyperparameters to record beside lr
    although no scheduler varies them; order: scheduler-first steps the schedulers before the optimizer, and
    shows what the updates then really use; executor: where torch runs, in place of a process for this call; of
    many calls with the same ProcessPoolExecutor only the first of each of its processes imports torch.
    Raises UsageError for an option that is not allowed, DocumentError where it is not valid or torch refuses the
    schedule, UnfinishedError where torch cannot run.
    """
    with worker_if(engine != "reference", executor) as asked:
        from lrviz.documents import load
        from lrviz.documents.host import known_params
        from lrviz.runs.simulation import Run

        read = load.document(document)
        known = known_params(params, [read.optimizer], "params")
        return Run.start(read, engine, known, asked, order=order).finish()


@checked(entries=_entries, engine=one_of(Engine), executor=_an_executor)
def race(
    entries: Sequence[str | Mapping[str, Any]] | RaceDocument,
    *,
    engine: Engine = "both",
    executor: Executor | None = None,
    **options: Any,
) -> Race:
    """Race optimizers over a surface, with real torch and with lrviz's own maths, and compare.

    entries: as on the command line ("adam:lr=0.05", a schedule document's path, "recipe:sgdr"), mappings
    ({"name": "adam", "lr": 0.05}), or a race document that was read; options: those of `lrviz race`
    by name (fn, start, steps, lr, tune, noise, seed, average, schedule, clip, impl, domain, show_state).
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
                told = f"given beside a race document, which has its own; write load_race(path, {options!r})"
                raise UsageError(f"race: {', '.join(options)}: {printable(told)}")
            document = entries
        else:
            document = race_document(entries, options, spelling="{}", schedules=Sources())
        return RaceRun.start(document, engine, asked).finish()


@checked(path=a_document(), options=either(a("a mapping of options", Mapping), NOTHING))
def load_race(path: str | PathLike[str] | Mapping[str, Any], options: Mapping[str, Any] | None = None) -> RaceDocument:
    """Return the race document in a file or a mapping; options win over what stands there.

    Raises DocumentError with every fault of it, UsageError where what is given is neither.
    """
    from lrviz.documents import race as documents
    from lrviz.runs.sources.racing import Sources

    return documents.load_race(path, options, schedules=Sources())


@checked(
    document=_a_document,
    at=either(a("a number of updates, or a length as '30ep',", int, str), NOTHING),
    into=either(_a_document, NOTHING),
    checkpoint=either(A_PATH, many("", str, Path)),
    executor=_an_executor,
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
    """Interrupt a run when `at` updates have been made, and go on under each way of resuming it.

    document: one, or what `lrviz.document` takes: a mapping or a path.
    at: a number of updates, or a length: "30ep", "0.5dur". into: the document it goes on as, where that is
    another. checkpoint: a file of torch.save to go on from; optimizer and scheduler may stand in two, or in a
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
        from lrviz.documents import load
        from lrviz.runs.resuming.run import ResumeRun

        read, other = load.document(document), None if into is None else load.document(into)
        paths, keys = tuple(map(str, files)), dict(key or {})
        return ResumeRun.start(read, at, asked, into=other, files=paths, keys=keys).finish()


def _rules(value: object) -> str:
    if value is None:
        return ""
    from lrviz.linting.rule import Rule

    fits = isinstance(value, list | tuple) and all(isinstance(one, type) and issubclass(one, Rule) for one in value)
    return "" if fits else "a list of rules, as lrviz.linting.rules.RULES is, is needed"


@checked(document=_a_document, rules=_rules)
def lint(document: ScheduleDocument | Given, *, rules: Sequence[type[Rule]] | None = None) -> tuple[Finding, ...]:
    """Return the mistakes in a document that torch accepts, in the order of its lines.

    document: one, or what `lrviz.document` takes: a mapping or a path; rules: all of them where none are named.
    Each fix was tried: it settles its finding and brings no other one.
    Raises DocumentError where it is not valid, or torch refuses the schedule.
    """
    from lrviz.documents import load
    from lrviz.linting.fixing import proven
    from lrviz.linting.lint import linted
    from lrviz.linting.rules import RULES

    asked = RULES if rules is None else rules
    return proven(linted(load.document(document), rules=asked), rules=asked).findings
