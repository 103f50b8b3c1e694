"""`OneCycleLR:max_lr=0.1`: schedulers in one word, and the run around them from the options of the command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from typing_extensions import override

from lrviz.documents.load import Written
from lrviz.documents.settings import settings_of, split
from lrviz.foundation.errors import Path, Refusal
from lrviz.foundation.printable import printable
from lrviz.language.marked_yaml import AmbiguousWord, Marked, scalar
from lrviz.runs.sources.source import Source
from lrviz.schedulers import SCHEDULERS, Scheduler

_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_LONGEST_TITLE = 120
_LONGEST_STEM = 80


class Inline(Source):
    """Schedulers by name, with their arguments; those that + joins are stepped in turn, as a list in a document.

    A + in a value joins nothing, unless the name of a scheduler follows it.
    """

    takes_run = True

    @classmethod
    @override
    def claims(cls, spec: str, folder: FilePath) -> bool:
        return _class_of(spec) is not None

    @override
    def read(self, *, named: bool = False) -> Written:
        data: dict[str, Any] = {"name": _shortened(printable(self.spec)), "optimizer": {"name": "SGD"}}
        marked = Marked(self.spec, data)
        # Each fault repeats it.
        marked.overridden["scheduler",] = _shortened(self.spec)
        parts = _joined(self.spec)
        members = [
            _part(marked, ("scheduler", index) if len(parts) > 1 else ("scheduler",), partial(_scheduler, part))
            for index, part in enumerate(parts)
        ]
        data["scheduler"] = members if len(parts) > 1 else members[0]
        if self.given.optimizer is not None:
            marked.overridden["optimizer",] = f"--optimizer {self.given.optimizer}"
            data["optimizer"] = _part(marked, ("optimizer",), partial(_optimizer, self.given.optimizer))
        for key, text in (("epochs", self.given.epochs), ("steps", self.given.steps)):
            if text is not None:
                data[key] = _number(text)
                marked.overridden[key,] = f"--{key} {text}"
        if self.given.steps is not None:
            data["interval"] = "step"
        elif self.given.epochs is None:
            marked.overridden["epochs",] = "--epochs or --steps"
        return Written(marked, FilePath())

    @property
    @override
    def stem(self) -> str:
        return "-".join(SCHEDULERS.spelled(_head(part)) for part in _joined(self.spec)).lower()[:_LONGEST_STEM]

    @property
    @override
    def note(self) -> str:
        """Return what was filled in and matters: the lr, where the schedulers start from the optimizer's."""
        if self.given.optimizer is not None or any(_imposes(part) for part in _joined(self.spec)):
            return ""
        from lrviz.optimizers.torch.sgd import SGD

        lr = SGD.model_fields["lr"].default
        return f"{_shortened(self.spec)}: under SGD with torch's default lr {lr:g}; --optimizer sgd:lr=0.1 changes that"

    @classmethod
    @override
    def near(cls, spec: str, folder: FilePath) -> Mapping[str, str]:
        rest = spec.removeprefix(_head(spec))
        return {f"{name}{rest}": f"{name}{rest}" for name in SCHEDULERS.names}


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"


def _head(text: str) -> str:
    """Return the text in the place of a scheduler's name."""
    return re.split(r"[:+]", text, maxsplit=1)[0].strip()


def _class_of(text: str) -> type[Scheduler] | None:
    """Return the scheduler whose name a text begins with."""
    head = _head(text)
    # A number or a formula after a + is no name, and no package needs to be asked for it.
    return SCHEDULERS.find(SCHEDULERS.spelled(head)) if _NAME.fullmatch(head) else None


def _imposes(text: str) -> bool:
    cls = _class_of(text)
    return cls is not None and bool(cls.target)


def _joined(spec: str) -> list[str]:
    """Return the schedulers of a text, one part for each."""
    parts: list[str] = []
    for part in split(spec, "+"):
        if parts and _class_of(part) is None:
            parts[-1] += f"+{part}"
        else:
            parts.append(part)
    return parts


def _scheduler(text: str) -> dict[str, Any]:
    """Return the mapping that a scheduler would be in a document; a length that is the run's may be left out.

    Raises Refusal.
    """
    name, settings = settings_of(text)
    cls = _class_of(name)
    if cls is not None and cls.whole_run and not settings.keys() & set(cls.whole_run):
        settings[cls.whole_run[0]] = "1dur"
    return {"name": name, **settings}


def _optimizer(text: str) -> dict[str, Any]:
    name, settings = settings_of(text)
    return {"name": name, **settings}


def _part(marked: Marked, path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what `make` returns; what is wrong with it becomes faults at a path."""
    try:
        return make()
    except Refusal as refusal:
        marked.faults += [marked.fault((*path, *one.path), one.text) for one in refusal.problems]
        return {}


def _number(text: str) -> Any:
    try:
        return scalar(text.strip())
    except AmbiguousWord:
        return text
