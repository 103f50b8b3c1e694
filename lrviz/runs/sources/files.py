"""Standard input, and files: recognised by what exists."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from typing_extensions import override

from lrviz.documents.load import Written, written
from lrviz.runs.sources.foreign import in_its_dialect
from lrviz.runs.sources.source import Source


class StandardInput(Source):
    """`-`, which can be read once."""

    @classmethod
    @override
    def claims(cls, spec: str, folder: Path) -> bool:
        return spec == "-"

    @override
    def read(self, *, named: bool = False) -> Written:
        return in_its_dialect(written("-"), self.given.dialect, self.given.facts)

    @property
    @override
    def stem(self) -> str:
        return "stdin"


class File(Source):
    """A path that exists. A folder is not a document, and does not hide a scheduler with its name."""

    @classmethod
    @override
    def claims(cls, spec: str, folder: Path) -> bool:
        # Not pathlib: it raises for a text that is too long to be a path.
        return spec != "" and os.path.lexists(folder / spec) and not os.path.isdir(folder / spec)  # noqa: PTH112

    @property
    def path(self) -> Path:
        """The path from here."""
        return self.folder / self.spec

    @override
    def read(self, *, named: bool = False) -> Written:
        read = written(self.path if self.folder != Path() else self.spec, named=named)
        return in_its_dialect(read, self.given.dialect, self.given.facts)

    @property
    @override
    def stem(self) -> str:
        return self.path.stem

    @property
    @override
    def file(self) -> Path:
        return self.path

    @property
    @override
    def around(self) -> Path:
        return self.path.parent

    @classmethod
    @override
    def near(cls, spec: str, folder: Path) -> Mapping[str, str]:
        here = (folder / spec).parent
        try:
            names = [each.name for each in here.glob("*.y*ml")] if here.is_dir() else []
        except (OSError, ValueError):
            return {}
        before = spec.removesuffix(Path(spec).name)
        return {f"{before}{text}": f"{before}{name}" for name in names for text in (name, Path(name).stem)}
