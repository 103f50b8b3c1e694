"""`py:module:name`: a function of the user's own that returns schedulers. The one source that runs code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from typing_extensions import override

from lrviz.documents.override import Override, combinations, labels
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.tasks.live import Called, Loop, Traced
from lrviz.engines.work import SideProcess
from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.language.marked_yaml import AmbiguousWord, dotted, scalar
from lrviz.linting.fixing import proven
from lrviz.linting.lint import Linted, linted
from lrviz.linting.rule import Mistake, Rule
from lrviz.runs.simulation import Simulation
from lrviz.runs.sources.source import Source
from lrviz.runs.tracing import documents_of, loop_of, simulations

PREFIX = "py:"
_NAME = re.compile(r"(?P<module>[^\W\d][\w.]*):(?P<function>[^\W\d][\w.]*)")
_SETTINGS: Mapping[tuple[str | int, ...], str] = {
    ("steps_per_epoch",): "steps_per_epoch",
    ("metric", "expression"): "metric",
    ("metric", "values"): "metric",
}
"""What --set sets of a loop, and what the loop calls it."""


class Code(Source):
    """A callable without arguments in a module that Python finds, in the current folder first.

    It returns a scheduler, or a list or tuple of those that one loop steps, with their optimizers or without.
    """

    takes_run = True
    holds_curves = True

    @classmethod
    @override
    def claims(cls, spec: str, folder: Path) -> bool:
        return spec.startswith(PREFIX)

    @override
    def read(self, *, named: bool = False) -> NoReturn:
        told = "runs code and holds no document, which is needed here; lrviz schedule draws its curve"
        raise DocumentError(Fault(self.spec, "", told))

    @override
    def simulated(self, settings: Sequence[str], params: Sequence[str]) -> Sequence[Simulation]:
        return [
            one for source, loop, found in self._traced(settings, params) for one in simulations(found, source, loop)
        ]

    def documents(self) -> list[ScheduleDocument]:
        """Return the documents that would build its schedulers, which lint looks at.

        Raises UsageError where there are none.
        """
        ((source, _, found),) = self._traced((), ())
        return documents_of(found, source, "lrviz schedule")

    @override
    def judged(self, rules: Sequence[type[Mistake]]) -> Sequence[Linted]:
        of_documents = [rule for rule in rules if issubclass(rule, Rule)]
        return [proven(linted(one, rules=of_documents), rules=of_documents) for one in self.documents()]

    def _traced(self, settings: Sequence[str], params: Sequence[str]) -> Sequence[tuple[str, Loop, Sequence[Traced]]]:
        """Return for each combination of settings what it is called, its loop, and what the function gave."""
        match = _NAME.fullmatch(self.spec.removeprefix(PREFIX))
        if match is None:
            raise UsageError(f"{self.spec}: py:module:name is needed, as py:train:schedulers")
        combined = combinations(settings)
        loops = [self._loop(overrides, params) for overrides in combined]
        found: list[tuple[str, Loop, Sequence[Traced]]] = []
        with SideProcess(foreign=True) as process:
            for loop, label in zip(loops, labels(combined), strict=True):
                asked = Called(match["module"], match["function"], str(Path.cwd()), loop)
                source = f"{self.spec}: {label}" if label else self.spec
                found.append((source, loop, process.submit(asked).result()))
        return found

    def _loop(self, overrides: Sequence[Override], params: Sequence[str]) -> Loop:
        """Return the loop that the command line asks for.

        Raises UsageError where it does not say how long that is, or asks for what only a document has.
        """
        if self.given.optimizer is not None:
            raise UsageError(f"--optimizer: given with {self.spec}, whose schedulers have their own")
        if self.given.steps is None and self.given.epochs is None:
            raise UsageError(
                f"{self.spec}: --epochs N or --steps N is needed; code does not say how often schedulers are stepped"
            )
        asked: dict[str, Any] = {
            "steps": _number(self.given.steps, "--steps"),
            "epochs": _number(self.given.epochs, "--epochs"),
        }
        for one in overrides:
            if one.path not in _SETTINGS:
                allowed = ", ".join(map(dotted, _SETTINGS))
                raise UsageError(f"--set {dotted(one.path)}: {self.spec} has no such key; allowed are {allowed}")
            # A formula may be a number, which is no metric in Python.
            asked[_SETTINGS[one.path]] = str(one.value) if one.path[-1] == "expression" else one.value
        return loop_of(**asked, params=params)

    @property
    @override
    def stem(self) -> str:
        return re.sub(r"\W+", "-", self.spec.removeprefix(PREFIX)).strip("-")[:80] or "py"


def _number(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        value = scalar(text.strip())
    except AmbiguousWord:
        value = text
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise UsageError(f"{option} {text}: a whole number is needed")
    return int(value)
