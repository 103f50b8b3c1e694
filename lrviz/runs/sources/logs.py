"""Logs: curves without a document, that a training framework or a script has written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from typing_extensions import override

from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.runs.sources.source import Source

if TYPE_CHECKING:
    from lrviz.results import Logged
    from lrviz.runs.simulation import Simulation

_PATTERNS = ("*.csv", "*.tsv", "*.jsonl", "*trainer_state.json", "*tfevents*")


NO_RUN = "a folder without TensorBoard event files"


class Log(Source):
    """A trainer_state.json, a TensorBoard event file or the folder of a run, a CSV or JSONL file."""

    holds_curves = True

    @classmethod
    @override
    def claims(cls, spec: str, folder: Path) -> bool:
        # A document is one, whatever it says, and what reads logs takes time to import.
        if spec == "" or spec.endswith((".yaml", ".yml")) or not os.path.lexists(folder / spec):
            return False
        from lrviz.logs.read import is_log

        try:
            return is_log(folder / spec)
        except (OSError, ValueError):
            return False

    @property
    def _path(self) -> Path:
        return self.folder / self.spec

    @override
    def read(self, *, named: bool = False) -> NoReturn:
        told = "a log, which holds no document; lrviz schedule draws it, and lrviz convert proposes a document"
        if self._path.is_dir() and not self.claims(self.spec, self.folder):
            told = f"{NO_RUN}; a document is a YAML file"
        raise DocumentError(Fault(self.spec, "", told))

    def logged(self) -> Logged:
        """Return what it says.

        Raises DocumentError where it cannot be read or says nothing of an lr, UsageError for columns that are none.
        """
        from lrviz.logs.layout import asked
        from lrviz.logs.read import read

        return read(self._path, self.spec, asked(self.given.columns))

    @override
    def simulated(self, settings: Sequence[str], params: Sequence[str]) -> Sequence[Simulation]:
        """Return one, whose groups are those of the log.

        Raises as `logged` does, and UsageError for what only a document has.
        """
        if settings:
            raise UsageError(f"--set: given with {self.spec}, a log, which holds no document")
        if params:
            raise UsageError(f"--param {', '.join(params)}: given with {self.spec}, a log, which already has the lr")
        from lrviz.runs.logged import simulation

        return [simulation(self.logged(), self.stem)]

    @property
    @override
    def stem(self) -> str:
        path = Path(self.spec)
        # An event file's name is a time and a host; a run's folder has no suffix.
        stem = path.resolve().parent.name if "tfevents" in path.name else path.resolve().name
        return (stem if self._path.is_dir() or "tfevents" in path.name else path.stem) or "log"

    @property
    @override
    def file(self) -> Path | None:
        return None if self._path.is_dir() else self._path

    @classmethod
    @override
    def near(cls, spec: str, folder: Path) -> Mapping[str, str]:
        here = (folder / spec).parent
        try:
            names = [each.name for one in _PATTERNS for each in here.glob(one)] if here.is_dir() else []
        except (OSError, ValueError):
            return {}
        before = spec.removesuffix(Path(spec).name)
        return {f"{before}{name}": f"{before}{name}" for name in names}
