"""The schedule document: a loop that was read, with its name and the place of each of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any, Literal, Self

import yaml
from pydantic import Field, PrivateAttr, ValidationInfo, model_validator
from typing_extensions import override

from lrviz.documents import marked_mapping
from lrviz.documents.calls import a_document
from lrviz.documents.geometry import MOST_TICKS, Geometry
from lrviz.documents.loop import Loop
from lrviz.documents.override import Override
from lrviz.documents.validation import validated
from lrviz.foundation.errors import DocumentError, Path, Problem, Refusal, UsageError
from lrviz.language.fields import Title, misfit
from lrviz.language.marked_yaml import Marked


class ScheduleDocument(Loop):
    """A validated document; lengths are ticks, names are torch's, and nothing contradicts anything else."""

    name: Title | None = Field(None, description="title of the picture")
    _marked: Marked = PrivateAttr(default_factory=lambda: Marked("<document>"))

    def __init__(self, **keys: Any) -> None:
        """Make a document from its keys as `lrviz.document` does: with lengths resolved, and names in torch's spelling.

        Raises DocumentError with every fault of it.
        """
        self.__setstate__(self.of(marked_mapping.read(keys), FilePath()).__getstate__())

    # For pydantic, which would otherwise also call it when a document is validated.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # a function has any attribute

    @classmethod
    def of(cls, marked: Marked, folder: FilePath, overrides: Sequence[Override] = (), *, watched: bool = False) -> Self:
        """Return the document that was read, validated under overrides. See `lrviz.documents.load.document`."""
        document, written = validated(cls, marked, folder, overrides, watched=watched)
        document._marked = written
        # A config of another library has a row for each update; their number is known only now.
        if document.updates > MOST_TICKS:
            told = f"{document.updates:,} optimizer steps; at most {MOST_TICKS:,} are simulated"
            raise DocumentError(written.fault((document.length_key,), told))
        return document

    @model_validator(mode="before")
    @classmethod
    def _through_the_door(cls, data: Any, info: ValidationInfo) -> Any:
        if info.context is None:
            raise misfit(
                [Problem((), "validated outside its run; use lrviz.document(...) to make a document of a mapping")]
            )
        return data

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values, which are not validated; except the length, on which others depend."""
        if lengths := [key for key in update or () if key in Geometry.model_fields]:
            told = "cannot change in a copy, because lengths depend on it; make a new document with lrviz.document(...)"
            raise UsageError(f"{', '.join(lengths)} {told}")
        return super().model_copy(update=update, deep=deep)

    @property
    def source(self) -> str:
        """The file the document was read from."""
        return self._marked.source

    @property
    def marked(self) -> Marked:
        """What was read: the text, and the place of each of its parts."""
        return self._marked

    @property
    def title(self) -> str:
        """The document's name, or its file's."""
        return self.name or FilePath(self.source).stem

    def place(self, path: Path) -> str:
        """Return `file:line:column` of a part of the document."""
        return self._marked.place(path)

    def refused(self, refusal: Refusal) -> DocumentError:
        """Return an engine's refusal as an error at the line of the scheduler."""
        return DocumentError(*(self._marked.fault(one.path, one.text) for one in refusal.problems))

    @property
    @override
    def unit(self) -> Literal["epoch", "step"]:
        """What a row of the curves is: of a config of another library an optimizer step in any case."""
        return super().unit if self._marked.origin is None else "step"

    def to_yaml(self) -> str:
        """Return the document as YAML, its lengths in ticks."""
        plain = self.model_dump(mode="json", exclude_unset=True)
        named = {key: plain[key] for key in ("name",) if key in plain}
        return yaml.safe_dump(named | plain, sort_keys=False, allow_unicode=True)


is_document = a_document(ScheduleDocument, Marked)
"""Allows what `lrviz.document` takes."""
