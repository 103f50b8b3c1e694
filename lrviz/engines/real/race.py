"""The torch side of a race: the real optimizer on the real function, and the tape of what it did."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from lrviz.documents.averaging import Averaging
from lrviz.engines.real.libraries import library_class, versions
from lrviz.engines.real.schedule import (
    Loop,
    all_constructed,
    in_double_precision,
    modules,
    torch,
)
from lrviz.engines.tasks.race import Descent, Tape
from lrviz.foundation.errors import Problem, Refusal, UnfinishedError
from lrviz.foundation.progress import Progress
from lrviz.results import FloatArray, named

_STEPS_BETWEEN_REPORTS = 256


def descend(descent: Descent, progress: Progress | None = None) -> Tape:
    """Run torch's own optimizer, under torch's own schedulers, in float64 on the CPU.

    A step begins only while fewer evaluations than the budget are spent, and only from a finite point
    with a finite loss. Where a step's arithmetic breaks down (LBFGS's line search raises IndexError
    for a loss that is NaN, ZeroDivisionError for an lr of 0) the path ends before it.
    Raises Refusal where torch raises otherwise: with the path of the scheduler at fault, or ("optimizer",).
    """
    with in_double_precision(), on_one_thread():
        return _Run(descent).taped(progress)


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Use one core: for two numbers, the threads of a sparse sum would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Lost(Exception):
    """A step began where the loss is not finite."""


class _Run:
    """torch's objects, and what was recorded so far."""

    def __init__(self, descent: Descent) -> None:
        self.descent = descent
        self.parameter = torch.nn.Parameter(torch.tensor(descent.start, dtype=torch.float64).reshape(descent.shape))
        # The same memory, so that reading it is one call that autograd does not see.
        self.point = self.parameter.detach().view(-1)
        try:
            cls = library_class(descent.module, descent.optimizer, descent.install)
            self.optimizer = cls([self.parameter], **descent.hyperparameters)
        except UnfinishedError:
            raise
        except Exception as error:
            raise self.refused(error) from error
        self.noise = None if descent.noise is None else torch.from_numpy(descent.noise).reshape(-1, *descent.shape)
        self.path: list[list[float]] = [self.point.tolist()]
        self.spent = [0]
        self.calls: list[tuple[float, ...]] = []
        self.raised = ""

    def taped(self, progress: Progress | None) -> Tape:
        """Make the steps."""
        descent, optimizer, group = self.descent, self.optimizer, self.optimizer.param_groups[0]
        loop = Loop(descent.stepped, descent.updates, optimizer, all_constructed(descent.stepped, optimizer))
        watched = any(stepped.watches for stepped in descent.stepped)
        if watched:
            loop.loss = self.loss()
        average = None if descent.averaging is None else _Average(self.parameter, descent.averaging)
        recorded = {"lr": ("lr", None), **descent.recorded}
        values: dict[str, list[float]] = {name: [] for name in recorded}
        columns = [(values[name], key, part) for name, (key, part) in recorded.items()]
        states: list[Mapping[str, Any]] = []
        held, plain = optimizer.state[self.parameter], _Plain()
        for step in range(descent.steps):
            loop.before(step)
            for column, key, part in columns:
                column.append(group[key] if part is None else group[key][part])
            if self.spent[-1] >= descent.budget or not all(map(math.isfinite, self.path[-1])):
                break
            try:
                optimizer.step(self.closure)
            except _Lost:
                break
            except (ArithmeticError, LookupError) as error:
                self.raised = _said(error)
                break
            except Exception as error:
                raise self.refused(error) from error
            self.path.append(self.point.tolist())
            self.spent.append(len(self.calls))
            states.append(plain.of(held))
            if average is not None:
                average.follow(step)
            if watched:
                loop.loss = self.loss()
            loop.after(step)
            if progress is not None and step % _STEPS_BETWEEN_REPORTS == 0:
                progress(step, descent.steps)
        return self.tape(values, states, average.rows if average is not None else None)

    def closure(self) -> Any:
        """Return the loss and leave the gradient in the parameter, for a step of the optimizer.

        Raises _Lost where a step begins with a loss that is not finite.
        """
        self.optimizer.zero_grad()
        x, y = self.parameter.flatten().unbind()
        loss = self.descent.function.value(x, y, torch)
        told = loss.item()
        if not math.isfinite(told) and len(self.calls) == self.spent[-1]:
            raise _Lost
        loss.backward()
        gradient = self.parameter.grad
        assert gradient is not None
        step = len(self.spent) - 1
        if self.noise is not None:
            gradient += self.noise[step]
        if self.descent.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.parameter, self.descent.clip)
        self.calls.append((step, *self.point.tolist(), told, *gradient.flatten().tolist()))
        if self.descent.sparse:
            self.parameter.grad = gradient.to_sparse(1)
        return loss

    def loss(self) -> float:
        """Return the loss at the current point."""
        with torch.no_grad():
            x, y = self.point.unbind()
            return float(self.descent.function.value(x, y, torch))

    def tape(
        self,
        values: Mapping[str, Sequence[float]],
        states: Sequence[Mapping[str, Any]],
        average: Sequence[Sequence[float]] | None,
    ) -> Tape:
        """Return what was recorded; rows after the last step repeat it, or are NaN where the path cannot continue."""
        steps, made = self.descent.steps, len(states)
        calls = np.array(self.calls, dtype=np.float64).reshape(-1, 6)
        path = np.array(self.path)
        # A step that raised may have left the point anywhere.
        self.point.copy_(torch.from_numpy(path[-1]))
        loss = np.append(calls[self.spent[:-1], 3], self.loss())
        still = bool(np.isfinite(path[-1]).all() and np.isfinite(loss[-1]) and not self.raised)

        def full(rows: FloatArray) -> FloatArray:
            rest = np.broadcast_to(rows[-1] if still else np.nan, (steps - made, *rows.shape[1:]))
            return np.concatenate([rows, rest])

        # A step that was begun, but not made, has left its values after the others.
        forced = {name: given[: max(made, 1)] for name, given in values.items()}
        held = {name: np.pad(given, (0, steps - len(given)), mode="edge") for name, given in forced.items()}
        return Tape(
            versions([self.descent.module, *modules(stepped.node for stepped in self.descent.stepped)]),
            full(path),
            full(loss),
            np.pad(self.spent, (0, steps - made), mode="edge"),
            made,
            held.pop("lr"),
            held,
            calls,
            states,
            None if average is None else full(np.array(average)),
            self.raised,
        )

    def refused(self, error: Exception) -> Refusal:
        """Return what torch's optimizer raised as a Refusal."""
        by = named(versions([self.descent.module]))
        return Refusal(Problem(("optimizer",), f"{by} refuses {self.descent.optimizer}: {_said(error)}"))


class _Average:
    """torch's AveragedModel of a parameter. rows: the average after 0, 1, 2, ... steps, NaN before it starts."""

    def __init__(self, parameter: torch.nn.Parameter, averaging: Averaging) -> None:
        swa_utils: Any = torch.optim.swa_utils
        formula = swa_utils.get_ema_avg_fn(averaging.decay) if averaging.kind == "ema" else None
        self.module = torch.nn.ParameterList([parameter])
        self.model = swa_utils.AveragedModel(self.module, avg_fn=formula)
        self.point = next(self.model.parameters()).detach().view(-1)
        self.start = averaging.start
        self.rows: list[list[float]] = [[math.nan, math.nan]]

    def follow(self, step: int) -> None:
        """Take in the point after a step."""
        if step + 1 > self.start:
            self.model.update_parameters(self.module)
            self.rows.append(self.point.tolist())
        else:
            self.rows.append([math.nan, math.nan])


class _Plain:
    """An optimizer's state as floats and lists, without the temporary values that LBFGS leaves there.

    LBFGS adds a few tensors a step to lists of a hundred, and changes none of them: those that were
    read before are not read again.
    """

    def __init__(self) -> None:
        self.known: dict[int, tuple[torch.Tensor, Any]] = {}

    def of(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state as it is now."""
        listed: dict[int, tuple[torch.Tensor, Any]] = {}
        plain = {name: self._value(value, listed) for name, value in state.items() if name != "al"}
        self.known = listed
        return plain

    def _value(self, value: Any, listed: dict[int, tuple[torch.Tensor, Any]]) -> Any:
        if isinstance(value, torch.Tensor):
            return _numbers(value)
        if not isinstance(value, list):
            return value
        plain = []
        for one in value:
            # The tensor is kept as well: while it lives no other one has its id.
            known = self.known.get(id(one)) or (one, _numbers(one) if isinstance(one, torch.Tensor) else one)
            listed[id(one)] = known
            plain.append(known[1])
        return plain


def _said(error: Exception) -> str:
    return f"{type(error).__name__}{': ' if str(error) else ''}{error}"


def _numbers(tensor: torch.Tensor) -> Any:
    """Return a number, or the list of a tensor's elements."""
    return tensor.flatten().tolist() if tensor.dim() > 1 else tensor.tolist()
