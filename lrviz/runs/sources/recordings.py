"""Recordings: curves without a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from typing_extensions import override

from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.foundation.wording import did_you_mean
from lrviz.runs.sources.source import Source

if TYPE_CHECKING:
    from lrviz import results
    from lrviz.linting.lint import Linted
    from lrviz.linting.rule import Mistake
    from lrviz.runs.simulation import Simulation

SUFFIX = ".lrrec"
RECORDED = ("momentum", "beta1", "weight_decay", "d")
"""The hyperparameters beside lr that a recording may hold."""


@dataclass(frozen=True, slots=True)
class Recorded(Source):
    """A file that `lrviz record` has written, by its first bytes or by its suffix.

    known: what it holds, where it was read already, and what the recordings after it hold that go on with its run.
    """

    known: results.Recorded | None = None

    holds_curves = True

    @classmethod
    @override
    def claims(cls, spec: str, folder: Path) -> bool:
        from lrviz.recorder.frames import is_recording

        try:
            path = folder / spec
            return path.is_file() and (path.suffix == SUFFIX or is_recording(path))
        except (OSError, ValueError):
            return False

    @property
    def _path(self) -> Path:
        return self.folder / self.spec

    @property
    def recorded(self) -> results.Recorded:
        """What it holds.

        Raises DocumentError where the file is damaged, or of another version.
        """
        if self.known is not None:
            return self.known
        from lrviz.recorder.read import read

        return read(self._path, self.spec)

    @override
    def read(self, *, named: bool = False) -> NoReturn:
        told = "a recording, which holds no document; lrviz schedule draws it"
        raise DocumentError(Fault(self.spec, "", told))

    @override
    def simulated(self, settings: Sequence[str], params: Sequence[str]) -> Sequence[Simulation]:
        """Return one for each optimizer that was recorded.

        Raises DocumentError where the file is damaged, of another version, or holds no update; UsageError for
        hyperparameters that are not recorded.
        """
        if settings:
            raise UsageError(f"--set: given with {self.spec}, a recording, which holds no document")
        for name in params:
            if name not in RECORDED:
                told = f"recorded are {', '.join(RECORDED)}{did_you_mean(name, RECORDED)}"
                raise UsageError(f"--param {name}: {told}")
        from lrviz.runs.recorded import simulations

        found = simulations(self.recorded, params, self.stem)
        if not found:
            raise DocumentError(Fault(self.spec, "", "a recording without an update"))
        return found

    @override
    def judged(self, rules: Sequence[type[Mistake]]) -> Sequence[Linted]:
        from lrviz.linting.caused import recorded_linted
        from lrviz.runs.recorded import simulations

        recorded = self.recorded
        curves = [one.curves for one in simulations(recorded, findings=())]
        return [recorded_linted(recorded, curves, rules)]

    @property
    @override
    def stem(self) -> str:
        return Path(self.spec).stem

    @property
    @override
    def file(self) -> Path:
        return self._path

    @classmethod
    @override
    def near(cls, spec: str, folder: Path) -> Mapping[str, str]:
        here = (folder / spec).parent
        try:
            names = [each.name for each in here.glob(f"*{SUFFIX}")] if here.is_dir() else []
        except (OSError, ValueError):
            return {}
        before = spec.removesuffix(Path(spec).name)
        return {f"{before}{name}": f"{before}{name}" for name in names}


def joined(sources: Sequence[Source]) -> list[Source]:
    """Return sources of which the recordings that go on with the run of the one before them are one with it.

    Raises DocumentError where one of several recordings is damaged, or of another version.
    """
    if sum(isinstance(source, Recorded) for source in sources) < 2:
        return list(sources)
    from lrviz.linting.causes.following import go_on, together

    found: list[Source] = []
    for source in sources:
        before = found[-1] if found else None
        if not isinstance(source, Recorded):
            found.append(source)
            continue
        known = source.recorded
        if isinstance(before, Recorded) and go_on(before.recorded, known):
            found[-1] = replace(before, known=together([before.recorded, known]))
        else:
            found.append(replace(source, known=known))
    return found
