"""The torch engine: the real schedulers of torch, built from a plan and stepped. Only this module imports torch."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from typing_extensions import override

from lrviz.engines.real.libraries import in_versions, library_class, versions
from lrviz.engines.tasks.schedule import Node, Place, Plan, Stepped, Table
from lrviz.foundation.beats import Beats, count
from lrviz.foundation.errors import MissingLibrary, Problem, Refusal, UnfinishedError
from lrviz.foundation.progress import Progress
from lrviz.results import FloatArray, Recording, named

__all__ = [
    "Host",
    "Loop",
    "all_constructed",
    "blank",
    "constructed",
    "follow",
    "in_double_precision",
    "modules",
    "recording",
    "run",
    "torch",
]

_ROWS_BETWEEN_REPORTS = 8192


class Host(torch.optim.Optimizer):
    """An optimizer that holds param_groups and updates nothing.

    Schedulers read and write param_groups and never call the optimizer's own maths, so the real
    class would only cost an import of torch._dynamo (1 to 2 s); `--code` prints the real one.
    """

    def __init__(self, defaults: dict[str, Any], groups: tuple[dict[str, Any], ...]) -> None:
        super().__init__([{"params": [], **group} for group in groups], dict(defaults))

    @override
    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group without torch's checks of its tensors, which would import torch._dynamo."""
        self.param_groups.append({**self.defaults, **param_group})

    @override
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # torch returns the loss of a closure
        """Make no update; schedulers only check that it was called."""

    # Marks a step that torch has wrapped for its profiler: the wrapper would cost more than the rest of a row.
    step.hooked = True  # type: ignore[attr-defined]  # a function has any attribute


def run(plan: Plan, progress: Progress | None = None) -> Recording:
    """Construct the optimizer and its schedulers, step them, and record what each update would use.

    Raises Refusal where torch raises, with the path of the scheduler at fault.
    """
    with in_double_precision():
        return _recorded(plan, progress)


@contextmanager
def in_double_precision() -> Iterator[None]:
    """Make float64 the default: ASGD and NAdam keep some of their state in the default dtype."""
    with in_default_dtype(torch.float64), warnings.catch_warnings():
        # torch warns of deprecated calls that it makes itself, which do not concern the user.
        warnings.simplefilter("ignore")
        yield


@contextmanager
def in_default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """Make a dtype the default."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _recorded(plan: Plan, progress: Progress | None) -> Recording:
    standing = (group for group, row in zip(plan.groups, plan.added, strict=True) if row is None)
    optimizer = Host(plan.defaults, tuple(standing))
    schedulers = all_constructed(plan.stepped, optimizer)
    values = blank(plan, range(plan.rows))
    follow(plan, (optimizer, schedulers), range(plan.rows), values, progress)
    return recording(plan, values)


def blank(plan: Plan, rows: range) -> dict[str, FloatArray]:
    """Return a table for each recorded hyperparameter, [rows, groups], not filled yet."""
    return {name: np.full((len(rows), len(plan.groups)), np.nan) for name in plan.recorded}


def recording(plan: Plan, values: Mapping[str, FloatArray]) -> Recording:
    """Return filled tables as the recording of a plan, with the versions of its schedulers' libraries."""
    params = {name: table for name, table in values.items() if name != "lr"}
    return Recording(values["lr"], params, versions(modules(stepped.node for stepped in plan.stepped)))


def modules(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield the modules of the schedulers' classes, members included."""
    for node in nodes:
        yield node.module
        members = (each for value in node.arguments.values() if isinstance(value, list) for each in value)
        yield from modules(each for each in members if isinstance(each, Node))


def follow(
    plan: Plan,
    objects: tuple[torch.optim.Optimizer, Sequence[Any]],
    rows: range,
    values: Mapping[str, FloatArray],
    progress: Progress | None = None,
) -> None:
    """Run the training loop over some rows of a plan, and fill in what each update would use.

    objects: the optimizer, and its schedulers as the plan lists them.
    Raises Refusal where torch raises, with the path of the scheduler at fault; what was recorded until then stays.
    """
    optimizer, schedulers = objects
    groups = optimizer.param_groups
    columns = [(values[name], key, part) for name, (key, part) in plan.recorded.items()]
    loop = Loop(plan.stepped, plan.updates, optimizer, schedulers, scheduler_first=plan.scheduler_first)
    for line, row in enumerate(rows):
        loop.before(row)
        for late in plan.groups[len(groups) :]:
            if plan.added[len(groups)] != row:
                break
            optimizer.add_param_group(dict(late))
        for index, group in enumerate(groups):
            for column, key, part in columns:
                column[line, index] = group[key] if part is None else group[key][part]
        optimizer.step()
        loop.after(row)
        if progress is not None and line % _ROWS_BETWEEN_REPORTS == _ROWS_BETWEEN_REPORTS - 1:
            progress(line, len(rows))


class Loop:
    """Steps schedulers, given in the order of their construction, where a training loop steps them."""

    def __init__(
        self,
        stepped: Sequence[Stepped],
        updates: Beats,
        optimizer: torch.optim.Optimizer,
        schedulers: Sequence[Any],
        *,
        scheduler_first: bool = False,
    ) -> None:
        self.updates, self.groups, self.scheduler_first = updates, optimizer.param_groups, scheduler_first
        self.loss: float | None = None
        """What is handed to those that watch the loss of a race."""
        in_turn = sorted(zip(schedulers, stepped, strict=True), key=lambda one: one[1].turn)
        self.work = [
            # Looked up at every beat, where an array would be too slow.
            (scheduler, one, one.when if isinstance(one.when, range) else frozenset(one.when.tolist()))
            for scheduler, one in in_turn
        ]

    def before(self, row: int) -> None:
        """Take the steps between the update of the previous row and that of this one."""
        if not self.work:
            return
        update = int(self.updates[row])
        for beat in range(int(self.updates[row - 1]) + 1 if row else 0, update):
            self._steps(beat)
        if self.scheduler_first:
            self._steps(update)

    def after(self, row: int) -> None:
        """Take the steps that follow the update of a row."""
        if self.work and not self.scheduler_first:
            self._steps(int(self.updates[row]))

    def _steps(self, beat: int) -> None:
        for scheduler, stepped, when in self.work:
            if beat in when:
                for time in range(stepped.repeat):
                    self._step(scheduler, stepped, beat, time)
                if stepped.param is not None:
                    copied(stepped.param, scheduler.optimizer.param_groups, self.groups)

    def _step(self, scheduler: Any, stepped: Stepped, beat: int, time: int) -> None:
        try:
            if stepped.metric is not None:
                scheduler.step(float(stepped.metric[count(stepped.when, beat) * stepped.repeat + time]))
            elif stepped.watches:
                scheduler.step(self.loss)
            elif stepped.epoch is not None:
                epoch, i = divmod(count(self.updates, beat), stepped.epoch)
                scheduler.step(epoch + i / stepped.epoch)
            elif stepped.ticks:
                with in_default_dtype(torch.float32):
                    # timm draws its noise in the default dtype, which is float32 in training.
                    scheduler.step(count(stepped.when, beat) * stepped.repeat + time + 1)
            else:
                scheduler.step()
        except Refusal:
            raise
        except Exception as error:
            raise Refusal(Problem(stepped.node.path, _said(stepped.node, error))) from error


def all_constructed(stepped: Sequence[Stepped], optimizer: torch.optim.Optimizer) -> list[Any]:
    """Construct the schedulers of a loop in their order; those of another hyperparameter with their own optimizer.

    Raises Refusal where torch raises.
    """
    others: dict[Place, Host] = {}
    built = []
    for one in stepped:
        host = optimizer
        if one.param is not None:
            key, part = one.param
            values = [group[key] if part is None else group[key][part] for group in optimizer.param_groups]
            host = others.setdefault(one.param, Host({}, tuple({"lr": value} for value in values)))
        for index, group in enumerate(host.param_groups):
            group.update(
                {key: each[index] if isinstance(each, tuple) else each for key, each in one.group_keys.items()}
            )
        built.append(constructed(one.node, host))
    for place, other in others.items():
        copied(place, other.param_groups, optimizer.param_groups)
    return built


def copied(place: Place, source: Sequence[dict[str, Any]], groups: Sequence[dict[str, Any]]) -> None:
    """Copy the lr of each of the source's groups to the hyperparameter of the group."""
    key, part = place
    for own, group in zip(source, groups, strict=True):
        value = own["lr"]
        group[key] = value if part is None else (*group[key][:part], value, *group[key][part + 1 :])


def constructed(node: Node, optimizer: torch.optim.Optimizer) -> Any:
    """Construct a scheduler, its members first.

    Raises Refusal where torch raises.
    """
    arguments = {key: _argument(value, optimizer, node) for key, value in node.arguments.items()}
    try:
        if not node.runs_alone:
            library = node.module.partition(".")[0]
            raise MissingLibrary(f"{library} has no scheduler to run by itself: its trainer sets the learning rate")
        cls = library_class(node.module, node.name, node.install, by_itself=node.by_itself)
        in_versions(node.module, node.versions)
        # By keyword, because ChainedScheduler takes the optimizer last.
        return cls(optimizer=optimizer, **arguments)
    except (Refusal, UnfinishedError):
        raise
    except Exception as error:
        raise Refusal(Problem(node.path, _said(node, error))) from error


def _argument(value: Any, optimizer: torch.optim.Optimizer, node: Node) -> Any:
    if isinstance(value, Node):
        return constructed(value, optimizer)
    if isinstance(value, list):
        return [_argument(each, optimizer, node) for each in value]
    return _looked_up(value, node) if isinstance(value, Table) else value


def _looked_up(table: Table, node: Node) -> Callable[[float], float]:
    def value(at: float) -> float:
        found = float(table.values[int(at)])
        if not math.isfinite(found):
            raise Refusal(Problem(node.path, f"{table.formula} is {found} at {int(at)}; a finite value is needed"))
        return found

    return value


def _said(node: Node, error: Exception) -> str:
    by = named(versions([node.module]))
    return f"{by} refuses {node.name}: {type(error).__name__}{': ' if str(error) else ''}{error}"
