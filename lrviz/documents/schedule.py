"""The schedule document: an optimizer, its scheduler chain, and the length of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    Discriminator,
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    Tag,
    ValidationInfo,
    model_validator,
)
from typing_extensions import override

from lrviz.documents import marked_mapping
from lrviz.documents.calls import a_document
from lrviz.documents.geometry import MOST_TICKS, Geometry
from lrviz.documents.host import Host, plain_host, read_host
from lrviz.documents.metric import Metric
from lrviz.documents.override import Override
from lrviz.documents.swa import Swa
from lrviz.documents.validation import validated
from lrviz.foundation.errors import DocumentError, Fault, Path, Problem, Refusal, UsageError
from lrviz.language.fields import Listed, Title, misfit, one_or_list
from lrviz.language.length import Interval
from lrviz.language.marked_yaml import Marked, dotted
from lrviz.schedulers import AnyScheduler, Scheduler


@dataclass(frozen=True, slots=True)
class Member:
    """A scheduler that the training loop itself steps, after each of the updates in `when`.

    Where the loop steps the schedulers first, it is stepped before those updates. turn: of several members
    that are due at one update those of the lower turn are stepped first; of one turn, in the order of the document.
    """

    scheduler: Scheduler
    path: Path
    when: range
    turn: int = 0


class ScheduleDocument(Geometry):
    """A validated document; lengths are ticks, names are torch's, everything fits together."""

    name: Title | None = Field(None, description="title of the picture")
    optimizer: Annotated[Host, PlainValidator(read_host), PlainSerializer(plain_host)] = Field(
        description="the optimizer whose lr is scheduled"
    )
    scheduler: Annotated[
        Annotated[AnyScheduler, Tag("one")]
        | Annotated[tuple[AnyScheduler, ...], Field(min_length=1), Listed, Tag("each")],
        Discriminator(one_or_list),
    ] = Field(description="one scheduler, or a list whose members are stepped in turn")
    metric: Metric | None = Field(None, description="what ReduceLROnPlateau watches")
    swa: Swa | None = Field(None, description="stochastic weight averaging: SWALR takes over after start")

    _marked: Marked = PrivateAttr(default_factory=lambda: Marked("<document>"))

    def __init__(self, **keys: Any) -> None:
        """Make a document of its keys as `lrviz.document` does: lengths are resolved, names are spelt as torch does.

        Raises DocumentError with every fault of it.
        """
        self.__setstate__(self.of(marked_mapping.read(keys), FilePath()).__getstate__())

    # For pydantic, which otherwise would call it where a document is validated, too.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def of(cls, marked: Marked, folder: FilePath, overrides: Sequence[Override] = (), *, watched: bool = False) -> Self:
        """Return the document that was read, validated under overrides. See `lrviz.documents.load.document`."""
        document, written = validated(cls, marked, folder, overrides, watched=watched)
        document._marked = written
        return document

    @model_validator(mode="before")
    @classmethod
    def _through_the_door(cls, data: Any, info: ValidationInfo) -> Any:
        if info.context is None:
            raise misfit([Problem((), "validated without its run; lrviz.document(...) makes documents of mappings")])
        return data

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values, which are not validated; not of another length, which others follow."""
        if lengths := [key for key in update or () if key in Geometry.model_fields]:
            told = "given for a copy, whose lengths follow from it; lrviz.document(...) makes another document"
            raise UsageError(f"{', '.join(lengths)} {told}")
        return super().model_copy(update=update, deep=deep)

    @property
    def source(self) -> str:
        """The file the document was read from."""
        return self._marked.source

    @property
    def marked(self) -> Marked:
        """What was read: the text, and where each part of it stands."""
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
        return DocumentError(*(Fault(self.place(one.path), dotted(one.path), one.text) for one in refusal.problems))

    @property
    def _listed(self) -> list[tuple[Path, Scheduler, Interval]]:
        if isinstance(self.scheduler, tuple):
            pairs: list[tuple[Path, Scheduler]] = [(("scheduler", i), one) for i, one in enumerate(self.scheduler)]
        else:
            pairs = [(("scheduler",), self.scheduler)]
        return [(path, one, one.interval or self.interval) for path, one in pairs]

    @property
    def unit(self) -> Interval:
        """What a row of the curves is: an epoch where every interval is epoch, else an optimizer step."""
        intervals = {interval for _, _, interval in self._listed} | ({self.interval} if self.swa else set())
        return "epoch" if intervals == {"epoch"} else "step"

    @property
    def updates(self) -> int:
        """Rows of the curves."""
        return self.ticks(self.unit)

    def members(self, *, scheduler_first: bool = False) -> tuple[Member, ...]:
        """Return the schedulers that the loop steps, in the order in which they are constructed.

        As in a nested loop, what is stepped once an epoch is stepped at the epoch's end, after what is stepped
        at each update; scheduler_first: at the epoch's start, before it.
        With swa, SWALR is the last: it is constructed after the others and steps where t > start,
        in which ticks the others rest.
        """
        unit, updates = self.unit, self.updates
        strides: dict[Interval, int] = {"step": 1, "epoch": self.epoch_steps if unit == "step" else 1}
        rows = {
            interval: range(0 if scheduler_first else stride - 1, updates, stride)
            for interval, stride in strides.items()
        }
        turns: dict[Interval, int] = {"step": int(scheduler_first), "epoch": int(not scheduler_first)}
        own = rows[self.interval]
        rest = len(own) if self.swa is None else min(self.swa.start + 1, len(own))
        # Counted in whole ticks: averaging also rests the others in an epoch that the run cuts short.
        taken_over = updates if self.swa is None else (self.swa.start + 1) * own.step
        members = [
            Member(one, path, range(when.start, min(when.stop, taken_over), when.step), turns[interval])
            for path, one, interval in self._listed
            for when in [rows[interval]]
        ]
        if self.swa is not None:
            members.append(Member(self.swa, ("swa",), own[rest:], turns[self.interval]))
        return tuple(members)

    @property
    def chain(self) -> str:
        """The chain in words."""
        words = [one.words for _, one, _ in self._listed]
        chained = " + ".join(f"({text})" if " " in text and len(words) > 1 else text for text in words)
        return f"{chained}, then SWALR" if self.swa else chained

    @override
    def problems(self) -> Iterator[Problem]:
        length = list(super().problems())
        yield from length
        if length:
            return
        if self.updates > MOST_TICKS:
            yield Problem((self.length_key,), f"{self.updates:,} optimizer steps; at most {MOST_TICKS:,} are simulated")
            return
        for member in self.members():
            if self.metric is not None and member.scheduler.watches_metric and self.metric.expression is None:
                try:
                    self.metric.at(len(member.when))
                except Refusal as refusal:
                    yield from refusal.problems

    def to_yaml(self) -> str:
        """Return the document as YAML, its lengths in ticks."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_unset=True), sort_keys=False, allow_unicode=True)


is_document = a_document(ScheduleDocument, Marked)
"""Allows what `lrviz.document` takes."""
