"""Configs of other libraries: which dialect one is, and the document that it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from typing_extensions import override

from lrviz.documents.load import Written
from lrviz.documents.override import Override, apply
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.language.marked_yaml import Marked

if TYPE_CHECKING:
    from lrviz.readers import Reader
    from lrviz.readers.facts import Facts

NATIVE = "lrviz"
"""What --from calls lrviz's own documents."""
_OF_DEEPSPEED = {"zero_optimization", "train_micro_batch_size_per_gpu", "train_batch_size"}
_MISSPELT = 0.88
"""How near a key is to one that is meant: optimizer in British spelling is, lr_scheduler is not."""


@dataclass(frozen=True, slots=True)
class Foreign(Written):
    """A config of another library. --set changes its own keys, by their own names."""

    reader: type[Reader]
    facts: Facts

    @override
    def document(self, overrides: Sequence[Override] = (), *, watched: bool = False) -> ScheduleDocument:
        """Return the document that it says. See `lrviz.documents.load.document`.

        Raises DocumentError with every fault of it, MissingFacts where it cannot know all that its curve needs.
        """
        return ScheduleDocument.of(self._translated(overrides), self.folder, watched=watched)

    @property
    @override
    def native(self) -> Written:
        return Written(self._translated(), self.folder)

    def _translated(self, overrides: Sequence[Override] = ()) -> Marked:
        from lrviz.readers.translation import translated

        config = replace(self.marked, overridden=dict(self.marked.overridden), faults=[])
        apply(overrides, config)
        return translated(self.reader, config, self.facts, self.folder)


def in_its_dialect(
    read: Written, dialect: str | None = None, given: Mapping[str, object] | Sequence[str] = ()
) -> Written:
    """Return what was read as a config of the library that it is one of, else as it is, a native document.

    dialect: what it is said to be; given: the facts beside it, by name, or as --given takes them.
    Raises DocumentError where it is of two dialects, or neither of one nor a native document, or where a file that it
    is based on cannot be read; UsageError for a dialect or a fact that is not known.
    """
    if dialect == NATIVE or (dialect is None and not given and _is_native(read.marked)):
        return read
    from lrviz.documents.bases import KEYS, Bases
    from lrviz.foundation.wording import did_you_mean
    from lrviz.readers import READERS
    from lrviz.readers.facts import Facts, parsed
    from lrviz.readers.translation import recognised

    values = given if isinstance(given, Mapping) else parsed(given)
    facts = Facts.of(values, dict.fromkeys(one.library for one in READERS if one.library))
    if isinstance(read.marked.data, Mapping) and any(key in read.marked.data for key in KEYS):
        read = replace(read, marked=Bases(read.folder, read.marked.source).followed(read.marked))
    if dialect is None:
        reader = recognised(read.marked)
    else:
        reader = READERS.find(dialect)
        if reader is None:
            known = [NATIVE, *READERS.names]
            raise UsageError(f"--from {dialect}: known are {', '.join(known)}{did_you_mean(dialect, known)}")
        if _is_native(read.marked):
            told = f"a schedule document of lrviz, and no config of {reader.title}; drop --from {dialect}"
            raise DocumentError(Fault(read.marked.source, "", told))
    if reader is None and _is_other(read.marked):
        raise DocumentError(Fault(read.marked.source, "", _none_of_these(read.marked.data)))
    return read if reader is None else Foreign(read.marked, read.folder, reader, facts)


def _is_other(marked: Marked) -> bool:
    """Return whether it is surely no native document: a mapping with none of the keys that one has to have."""
    data = marked.data
    if not isinstance(data, Mapping) or not data or "entries" in data:
        return False
    length = {"epochs", "steps"} & data.keys()
    meant = (get_close_matches(str(key).lower(), ("optimizer", "scheduler"), n=1, cutoff=_MISSPELT) for key in data)
    return marked.source.endswith(".toml") or not (length or any(meant))


def _none_of_these(data: Mapping[str, object]) -> str:
    told = "neither a schedule document (see lrviz init) nor a config that lrviz reads (see lrviz list dialects)"
    if _OF_DEEPSPEED & data.keys():
        told = "a config of DeepSpeed without a scheduler: the lr is that of the script, or of TrainingArguments"
    if isinstance(data.get("defaults"), list):
        told += "; of a Hydra config the whole is .hydra/config.yaml in the folder of a run"
    return told


def _is_native(marked: Marked) -> bool:
    """Return whether it is surely a native document, so that no reader needs to be imported."""
    data = marked.data
    if not isinstance(data, Mapping) or "optimizer" not in data or marked.source.endswith(".toml"):
        return False
    named = isinstance(data["optimizer"], Mapping) and "name" in data["optimizer"]
    return named and data.keys() <= ScheduleDocument.model_fields.keys()
