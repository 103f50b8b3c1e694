"""`vary` of a race: one entry, and each of its hyperparameters at several values while the others stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lrviz.documents.entries import Entry, Shared, read_entry, written_settings
from lrviz.documents.override import Override, parse
from lrviz.foundation.errors import Path, Problem, Refusal, UsageError
from lrviz.foundation.wording import did_you_mean
from lrviz.language.marked_yaml import dotted
from lrviz.optimizers import Optimizer
from lrviz.optimizers.coded import Coded
from lrviz.optimizers.hyperparameters import PARTS, place


@dataclass(frozen=True, slots=True)
class Varied:
    """A hyperparameter at several values.

    of: the label of the entry that is varied; key: as it was written (lr, beta1 or etas[0]); words: what it is;
    values: as they were written; entries: the index of the entry that has each; base: the index of the one that is
    varied, None where none has its value.
    """

    of: str
    key: str
    words: str
    values: tuple[str, ...]
    entries: tuple[int, ...]
    base: int | None


def vary(
    given: Any, own: Entry, settings: Sequence[str], shared: Shared
) -> tuple[tuple[Entry, ...], tuple[Varied, ...]]:
    """Return the variations of one entry by settings such as `lr=0.1,0.5,2`, each once, and which belong together.

    given: the entry as it is written, own: as it is read.
    Raises Refusal with what is wrong with the settings, at their index.
    """
    if isinstance(own.optimizer, Coded) or (own.schedule is not None and shared.schedule is None):
        raise Refusal(Problem((), f"given for {own.label}; what varies are the hyperparameters of torch's optimizers"))
    entries: list[Entry] = []
    found: list[Varied] = []
    problems: list[Problem] = []
    for at, setting in enumerate(settings):
        try:
            key, some = _varied(given, own, setting, shared)
        except Refusal as refused:
            problems += [Problem((at,), ": ".join(filter(None, (dotted(p), told)))) for p, told, _ in refused.problems]
            continue
        if any(one.key == key for one in found):
            problems.append(Problem((at,), f"{key} is varied twice; several values are written {key}=a,b,c"))
        places = []
        for one in some.values():
            # Two spellings of one entry are the same entry.
            same = own if one.optimizer == own.optimizer and one.lr_given == own.lr_given else one
            entries += [] if same in entries else [same]
            places.append(entries.index(same))
        base = entries.index(own) if own in entries else -1
        words, values = _words(own.optimizer, key), tuple(some)
        found.append(Varied(own.label, key, words, values, tuple(places), base if base in places else None))
    if problems:
        raise Refusal(*problems)
    return tuple(entries), tuple(found)


def _varied(given: Any, own: Entry, setting: str, shared: Shared) -> tuple[str, dict[str, Entry]]:
    """Return the key of a setting, and the entry with each of its values.

    Raises Refusal if it is not a setting.
    """
    try:
        overrides = parse(setting)
    except UsageError as error:
        told = f"{setting!r} given; write a hyperparameter and its values, as lr=0.1,0.5,2"
        raise Refusal(Problem((), str(error).removeprefix("--set ") if setting.partition("=")[2] else told)) from None
    key, _ = _placed(overrides[0].path)
    keys = list(own.optimizer.hyperparameters())
    if key not in keys:
        told = f"{own.optimizer.name} has no {key}; it has {', '.join(keys)}{did_you_mean(key, keys)}"
        raise Refusal(Problem((), told))
    some = {one.words.partition("=")[2]: _changed(given, own.optimizer, one) for one in overrides}
    return dotted(overrides[0].path), {words: read_entry(one, shared) for words, one in some.items()}


def _words(optimizer: Optimizer, key: str) -> str:
    """Say what a hyperparameter is."""
    name, _ = _placed((key.partition("[")[0],))
    return PARTS.get(key) or type(optimizer).model_fields[name].description or ""


def _placed(path: Path) -> tuple[str, Path]:
    """Return the key of a hyperparameter and the path inside it: beta1 is betas[0]."""
    key, index = place(str(path[0]))
    return key, path[1:] if index is None else (index, *path[1:])


def _changed(given: Any, optimizer: Optimizer, override: Override) -> dict[str, Any]:
    """Return an entry as a mapping, with one value of its optimizer's changed."""
    _, name, settings = written_settings(given)
    key, below = _placed(override.path)
    value = override.value
    if below:
        parts = optimizer.hyperparameters().get(key)
        (index,) = below if len(below) == 1 else (None,)
        if not isinstance(parts, tuple | list) or not isinstance(index, int) or index >= len(parts):
            told = f"{key} holds {len(parts)} values" if isinstance(parts, tuple | list) else f"{key} is one value"
            raise Refusal(Problem((), f"{dotted(override.path)} given; {told}"))
        value = [override.value if at == index else part for at, part in enumerate(parts)]
    return {"name": name, **settings, key: value}
