"""TensorBoard's event files, and the folder of a run: one tag is one group, each further file a restart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lrviz.foundation.arrays import np
from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.printable import printable
from lrviz.foundation.wording import did_you_mean
from lrviz.logs import transformers
from lrviz.logs.digits import FLOAT32
from lrviz.logs.events import Events, events
from lrviz.logs.frames import records
from lrviz.logs.layout import OWN, Asked
from lrviz.logs.names import is_lr
from lrviz.logs.restarts import Disorder, laid
from lrviz.results import Convention, Logged, LoggedGroup, Unit

KIND = "TensorBoard"
NAMED = "tfevents"
"""What the name of every event file holds."""
_OF_TRANSFORMERS = {"train/learning_rate", "train/epoch"}
"""Tags that together only its callback writes."""
_DEPTH, _SHOWN = 3, 12


def files(folder: Path) -> list[Path]:
    """Return the event files of a folder; those of the one folder below that has some, where it has none itself.

    Raises OSError; DocumentError where several folders below have some.
    """
    own = sorted(one for one in folder.iterdir() if NAMED in one.name and one.is_file())
    if own:
        return own
    runs: dict[Path, list[Path]] = {}
    for depth in range(1, _DEPTH + 1):
        for one in sorted(folder.glob("/".join(["*"] * depth) + f"/*{NAMED}*")):
            if one.is_file():
                runs.setdefault(one.parent, []).append(one)
        if runs:
            break
    if len(runs) > 1:
        few = ", ".join(printable(str(one.relative_to(folder))) for one in list(runs)[:_SHOWN])
        more = f" and {len(runs) - _SHOWN} more" if len(runs) > _SHOWN else ""
        raise DocumentError(Fault(str(folder), "", f"holds several runs, of which one is needed: {few}{more}"))
    return next(iter(runs.values()), [])


def read(source: str, paths: Sequence[Path], asked: Asked) -> Logged:
    """Return what event files hold of one run, the later ones its restarts.

    Raises DocumentError where no tag is of an lr, or steps go back too often; OSError.
    """
    wanted = (lambda tag: tag in asked.lr) if asked.lr else is_lr
    found = [(path, events(records(np.fromfile(path, np.uint8)), wanted)) for path in paths]
    found.sort(key=lambda one: one[1].began)
    notes = [
        f"{source if len(paths) == 1 else path.name}: {one.ended}; what comes before it is used"
        for path, one in found
        if one.ended
    ]
    every = [one for _, one in found]
    tags = list(dict.fromkeys(tag for one in every for tag in one.scalars))
    known = set().union(*(one.tags for one in every)) if every else set[str]()
    missing = [tag for tag in asked.lr if tag not in tags]
    if missing or not tags:
        raise DocumentError(*_missing(source, missing, known, notes))
    of_transformers = known >= _OF_TRANSFORMERS
    groups, restarts = [], set[int]()
    conventions: tuple[Convention, ...] = transformers.CONVENTIONS if of_transformers else OWN
    for tag in [one for one in asked.lr if one in tags] or tags:
        group, again = _group(source, tag, every, first=int(of_transformers))
        groups.append(group)
        restarts |= again
        if of_transformers:
            conventions = transformers.conventions(group.at + 1, group.lr)
    return Logged(
        source, KIND, tuple(groups), conventions, FLOAT32, tuple(sorted(restarts)),
        unit=_unit(tags), notes=tuple(notes),
    )  # fmt: skip


def _group(source: str, tag: str, every: Sequence[Events], first: int) -> tuple[LoggedGroup, set[int]]:
    own = [one.scalars[tag] for one in every if tag in one.scalars]
    begins = np.cumsum([0, *(len(one.steps) for one in own)])[1:-1]
    steps, lr = np.concatenate([one.steps for one in own]) - first, np.concatenate([one.values for one in own])
    kept = ~np.isnan(lr) & (steps >= 0)
    # Where a file begins among those that are kept.
    begins = np.concatenate([[0], np.cumsum(kept)])[begins]
    try:
        at, values, again = laid(steps[kept], lr[kept], begins.tolist())
    except Disorder as error:
        told = f"steps go back {error.times} times; they must ascend, except where a run restarts"
        raise DocumentError(Fault(source, tag, told)) from None
    if not len(at):
        raise DocumentError(Fault(source, tag, "holds no value"))
    return LoggedGroup(tag, at, values), set(again.tolist())


def _unit(tags: Sequence[str]) -> Unit:
    """Keras counts epochs, and says so."""
    return "epoch" if all(tag.startswith("epoch_") for tag in tags) else "step"


def _missing(source: str, missing: Sequence[str], known: set[str], notes: Sequence[str]) -> list[Fault]:
    names = sorted(known)
    few = ", ".join(map(printable, names[:_SHOWN])) + (
        f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    )
    there = f"its scalars are {few}; --columns lr=TAG names one" if names else "it holds no scalars"
    if missing:
        return [
            Fault(source, "", f"--columns lr={tag}: no such tag{did_you_mean(tag, names)}; {there}") for tag in missing
        ]
    told = "".join(f" ({note.partition(': ')[2]})" for note in notes[:1])
    return [Fault(source, "", f"a log without lr: no tag has such a name; {there}{told}")]
