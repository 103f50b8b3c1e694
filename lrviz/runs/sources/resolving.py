"""The one place that decides what kind of source a text is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from typing_extensions import override

from lrviz.documents.entries import is_path
from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.foundation.wording import nearest
from lrviz.runs.sources.code import Code
from lrviz.runs.sources.files import File, StandardInput
from lrviz.runs.sources.inline import Inline
from lrviz.runs.sources.logs import Log
from lrviz.runs.sources.recipes import Recipe
from lrviz.runs.sources.recordings import Recorded
from lrviz.runs.sources.revisions import Revision
from lrviz.runs.sources.source import Given, Source

KINDS: Sequence[type[Source]] = (StandardInput, Recorded, Log, File, Recipe, Code, Inline)
"""Every kind of source, in the order in which a text is tried as one."""

DOCUMENTS = (".yaml", ".yml")
"""How the names of files end that have no columns, whatever is asked for."""


IN_TIME: Sequence[type[Source]] = (*KINDS, Revision)
"""A source that is compared may also be in another revision of a git checkout."""


class Nothing(Source):
    """A text that is none of these; reading it reports that, with everything else that is wrong."""

    @classmethod
    @override
    def claims(cls, spec: str, folder: Path) -> bool:
        return True

    @override
    def read(self, *, named: bool = False) -> NoReturn:
        known: Mapping[str, str] = {
            text: name for kind in KINDS for text, name in kind.near(self.spec, self.folder).items()
        }
        meant = nearest(self.spec, known)
        told = f" (did you mean {known[meant]}?)" if meant else "; see lrviz list recipes and lrviz list schedulers"
        raise DocumentError(Fault(self.spec, "", f"no such file, recipe or scheduler{told}"))

    @property
    @override
    def stem(self) -> str:
        return "schedule"


def resolve(
    spec: str, folder: Path = Path(), given: Given | None = None, kinds: Sequence[type[Source]] = KINDS
) -> Source:
    """Return the source that a text names; what is wrong with it is reported when it is read.

    folder: where a path starts; given: the run around a source that does not hold a whole one; kinds: what it may be.
    """
    there = spec != "" and os.path.lexists(folder / spec)
    # A folder is the folder of a run, or nothing: only then is it said what it lacks.
    other = Log if there and (folder / spec).is_dir() else File if there or is_path(spec, folder) else Nothing
    kind = next((kind for kind in kinds if kind.claims(spec, folder)), other)
    if kind is File and given and given.columns and not spec.endswith(DOCUMENTS):
        kind = Log
    return kind(spec, folder, given or Given())


def resolve_all(
    specs: Sequence[str], given: Given | None = None, kinds: Sequence[type[Source]] = KINDS
) -> list[Source]:
    """Return the sources that a command line names.

    Raises UsageError where standard input is to be read twice, or where nothing takes what is given for a run.
    """
    if list(specs).count("-") > 1:
        raise UsageError("- given twice; standard input holds one document")
    found = [resolve(spec, given=given, kinds=kinds) for spec in specs]
    if given and given.columns and not any(isinstance(one, Log | Nothing) for one in found):
        raise UsageError("--columns: given without a log; only logs have columns")
    if given and given.options and not any(one.takes_run or isinstance(one, Nothing) for one in found):
        told = "given without a scheduler such as OneCycleLR:max_lr=0.1; --set changes the values of a document"
        raise UsageError(f"{', '.join(given.options)}: {told}")
    return found
