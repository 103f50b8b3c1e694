"""The states that checkpoint files hold, each under the name by which `--key` chooses it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from lrviz.engines.tasks.resume import Contents
from lrviz.foundation.errors import CheckpointError
from lrviz.foundation.printable import printable
from lrviz.foundation.wording import did_you_mean

_MOST_LISTED = 12

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Candidate(Generic[State]):
    """A state; key: its place in the file, "" for the whole file; label: the same, with the file's name if needed."""

    key: str
    label: str
    state: State

    @property
    def last(self) -> str:
        """The last part of its key, without its place in a list."""
        return re.sub(r"(\[\d+\])+$", "", self.key).rpartition(".")[2]

    @property
    def index(self) -> int | None:
        """Its place in the list that it is in."""
        found = re.search(r"\[(\d+)\]$", self.key)
        return int(found[1]) if found else None

    @property
    def stem(self) -> str:
        """Its label without its place in a list: the list itself."""
        return re.sub(r"\[\d+\]$", "", self.label)

    @property
    def depth(self) -> int:
        """How many mappings it is nested in."""
        return self.key.count(".")

    def lies_in(self, wanted: str) -> bool:
        """Tell whether a name that the user gave is this state's, or that of something around it."""
        return any(
            name == wanted or (name.startswith(wanted) and name[len(wanted)] in ".[:")
            for name in (self.label, self.key)
            if wanted
        )


Groups = tuple[dict[str, Any], ...]
OptimizerState = Candidate[Groups]
SchedulerState = Candidate[dict[str, Any]]


def candidates(
    contents: Mapping[str, Contents],
) -> tuple[tuple[OptimizerState, ...], tuple[SchedulerState, ...]]:
    """Return the states of optimizers and of schedulers in the files that were read, by path."""
    names = [PurePath(path).name for path in contents]
    several = len(contents) > 1
    optimizers: list[OptimizerState] = []
    schedulers: list[SchedulerState] = []
    for path, name in zip(contents, names, strict=True):
        file = "" if not several else path if names.count(name) > 1 else name
        for key, groups in contents[path].optimizers.items():
            optimizers.append(Candidate(key, _label(file, key), groups))
        for key, state in contents[path].schedulers.items():
            schedulers.append(Candidate(key, _label(file, key), state))
    return tuple(optimizers), tuple(schedulers)


def _label(file: str, key: str) -> str:
    return f"{file}:{key}" if file and key else file or key


def narrowed(
    found: Sequence[Candidate[State]], what: str, role: str, wanted: str | None, source: str
) -> tuple[Candidate[State], ...]:
    """Return the states that the user asked for, all of them where nothing was asked.

    Raises CheckpointError where there are none of that name.
    """
    if wanted is None:
        return tuple(found)
    kept = tuple(each for each in found if each.lies_in(wanted))
    if not kept:
        labels = [printable(each.label) for each in found]
        there = f"there are {listed(found)}" if found else "there is none in it"
        raise CheckpointError(
            f"{source}: --key {role}={printable(wanted)}: no state of {what} under that key; {there}"
            f"{did_you_mean(printable(wanted), labels)}"
        )
    return kept


def listed(found: Iterable[Candidate[Any]]) -> str:
    """Return the names of states, not more of them than can be read."""
    labels = [printable(each.label) or "no key" for each in found]
    more = len(labels) - _MOST_LISTED
    return ", ".join(labels[:_MOST_LISTED]) + (f" and {more:,} more" if more > 0 else "")
