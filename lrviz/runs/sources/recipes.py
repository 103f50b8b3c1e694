"""`recipe:NAME`: the documents that lrviz comes with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from typing_extensions import override

from lrviz.documents.load import Written, written
from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.wording import nearest
from lrviz.runs.sources.source import Source

PREFIX = "recipe:"

_DEMONSTRATIONS = {
    "cosine-t-max-equals-run",
    "cosine-t-max-quarter",
    "plateau-metric-file",
    "torch-docs-chained",
    "torch-docs-sequential",
    "two-schedulers-one-loop",
    "warmup-per-step-plateau-per-epoch",
}
"""Documents that show how something behaves, and that nobody trains by."""


@cache
def recipes() -> Mapping[str, Path]:
    """Return the file of each recipe, by its name."""
    package = Path(__file__).parents[2]
    # In the wheel they lie in the package, in a checkout beside it.
    folder = next(one for one in (package / "configs", package.parent / "configs") if one.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.yaml")) if path.stem not in _DEMONSTRATIONS}


class Recipe(Source):
    """A document of lrviz's own."""

    @classmethod
    @override
    def claims(cls, spec: str, folder: Path) -> bool:
        return spec.startswith(PREFIX)

    @override
    def read(self, *, named: bool = False) -> Written:
        path = recipes().get(self.stem)
        if path is None:
            meant = nearest(self.stem, recipes())
            told = f" (did you mean {PREFIX}{meant}?)" if meant else ""
            raise DocumentError(Fault(self.spec, "", f"no such recipe{told}; see lrviz list recipes"))
        return written(text=path.read_text(encoding="utf-8"), source=self.spec, folder=path.parent)

    @property
    @override
    def stem(self) -> str:
        return self.spec.removeprefix(PREFIX)

    @property
    @override
    def around(self) -> Path:
        path = recipes().get(self.stem)
        return Path() if path is None else path.parent

    @classmethod
    @override
    def near(cls, spec: str, folder: Path) -> Mapping[str, str]:
        return {text: f"{PREFIX}{name}" for name in recipes() for text in (name, f"{PREFIX}{name}")}
