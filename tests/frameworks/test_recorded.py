"""`lrviz record` over real frameworks: each script notes itself what its updates are made with.

Run by `make test-frameworks`, in an environment that has them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lrviz.linting.caused import caused
from lrviz.recorder.read import read
from lrviz.results import RecordedOptimizer, RecordedScheduler
from tests.cli import COMMAND, ROOT, environment

pytestmark = [pytest.mark.framework, pytest.mark.process]

SCRIPTS = Path(__file__).parent / "scripts"
BIN = Path(sys.executable).parent
Steps = tuple[str, str, int]
"""A scheduler's class, the end of the file whose lines step it, how often they do."""


class Told(NamedTuple):
    """What a recording has to contain about one optimizer.

    loaded: the ends of the files whose lines load a state into it or its schedulers.
    """

    name: str
    updates: int
    steps: tuple[Steps, ...] = ()
    params: frozenset[str] = frozenset()
    loaded: tuple[str, ...] = ()


class Case(NamedTuple):
    """A command, and what it has to contain about each rank's optimizers, in the order in which they appear.

    causes: what is to be found wrong with it, of several ranks once: an id, and a part of what is said.
    """

    command: tuple[str, ...]
    told: tuple[Told, ...]
    ranks: tuple[int | None, ...] = (None,)
    causes: tuple[tuple[str, str], ...] = ()


def script(name: str, *told: Told, causes: tuple[tuple[str, str], ...] = ()) -> Case:
    return Case((sys.executable, f"{SCRIPTS / name}.py"), told, causes=causes)


ACCELERATED = "accelerate/scheduler.py"
MODULE = "lightning/pytorch/core/module.py"
LOOP = f"{SCRIPTS / 'accelerate_loop'}.py"
ALONE = (Told("AdamW", 12, (("CosineAnnealingLR", ACCELERATED, 12),)),)

CASES = {
    "Trainer of transformers": script(
        "hf_trainer",
        Told("AdamW", 6, (("LambdaLR", "transformers/trainer.py", 6),)),
        Told(
            "AdamW",
            6,
            (("LambdaLR", "transformers/trainer.py", 6),),
            loaded=("accelerate/optimizer.py", "transformers/trainer.py"),
        ),
    ),
    "Trainer of Lightning": script(
        "lightning_trainer",
        # The default interval is the epoch: of a cycle of 30 ticks it makes 2.
        Told("SGD", 30, (("OneCycleLR", MODULE, 2),)),
        Told("AdamW", 10, (("CosineAnnealingLR", MODULE, 10),)),
        # Its T_max, 10, comes back with the state: the lr climbs again.
        Told(
            "AdamW",
            10,
            (("CosineAnnealingLR", MODULE, 10),),
            loaded=("strategies/strategy.py", "connectors/checkpoint_connector.py"),
        ),
        Told("Adam", 8, (("StepLR", "lightning_trainer.py", 8),)),
        Told("SGD", 8, (("StepLR", "lightning_trainer.py", 8),)),
        causes=(
            (
                "RUN003",
                "OneCycleLR of SGD #1 is stepped every 15 updates, 2 times in 30 updates, from lightning/pytorch/core/",
            ),
        ),
    ),
    "Fabric": script("lightning_fabric", *[Told("AdamW", 10, (("LinearLR", "lightning_fabric.py", 10),))] * 2),
    "accelerate": Case((sys.executable, LOOP), ALONE),
    "accelerate launch": Case(
        (sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "1", LOOP), ALONE
    ),
    "accelerate under torchrun": Case(
        (str(BIN / "torchrun"), "--nproc-per-node", "2", LOOP),
        # It steps its scheduler once for each process, and the lengths of this one count that.
        (Told("AdamW", 6, (("CosineAnnealingLR", ACCELERATED, 12),)),),
        (0, 1),
    ),
    "accelerate under torchrun, with the length of one process": Case(
        (str(BIN / "torchrun"), "--nproc-per-node", "2", LOOP, "6"),
        (Told("AdamW", 6, (("CosineAnnealingLR", ACCELERATED, 12),)),),
        (0, 1),
        causes=(("RUN001", "CosineAnnealingLR is stepped 2 times per update, from accelerate/scheduler.py:"),),
    ),
    "timm's schedulers": script(
        "timm_schedulers",
        Told("SGD", 20, (("CosineLRScheduler", "timm_schedulers.py", 4),)),
        Told("SGD", 20, (("CosineLRScheduler", "timm_schedulers.py", 20),)),
        Told("SGD", 20, (("StepLRScheduler", "timm_schedulers.py", 4),)),
        Told("SGD", 20, (("PlateauLRScheduler", "timm_schedulers.py", 4),)),
        Told("SGD", 20, (("OfOnesOwn", "timm_schedulers.py", 20),)),
    ),
    "schedule-free": script(
        "schedule_free",
        Told("SGD", 12, (("ConstantLR", "schedule_free.py", 12),)),
        Told("AdamWScheduleFree", 12),
    ),
    "Prodigy": script("prodigy", Told("Prodigy", 20, (("CosineAnnealingLR", "prodigy.py", 20),), frozenset({"d"}))),
    "GradScaler": script(
        "grad_scaler",
        Told("AdamW", 8, (("CosineAnnealingLR", "grad_scaler.py", 12),)),
        causes=(("RUN009", "GradScaler skipped 4 of 12 updates, and CosineAnnealingLR was stepped for 4 of them"),),
    ),
    "python -m": Case(
        (sys.executable, "-m", "lbfgs"),
        (Told("LBFGS", 5, (("ExponentialLR", "lbfgs.py", 5),)),),
    ),
    "wrappers": script(
        "wrappers",
        *[Told(name, 8, (("StepLR", "wrappers.py", 8),)) for name in ("SAM", "Lookahead", "SGD")],
    ),
}


def test_the_docs_tell_the_versions_that_are_tested() -> None:
    told = re.findall(
        r"^\| ([\w-]+) \| (\d+\.[\d.]+) \|", (ROOT / "docs" / "recording.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(told) == 8
    assert [version(name).partition("+")[0] for name, _ in told] == [each for _, each in told]


CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}")
"""The time of day in a line that a library logs, as DeepSpeed does when transformers imports it."""


class Ran(NamedTuple):
    """A command that has ended. out, err: without times of day; out is its lines, sorted, because processes share it.

    notes: of each rank.
    """

    code: int
    out: list[str]
    err: str
    notes: tuple[dict[str, Any], ...]


ABORTED = "terminate called without an active exception"
"""What the C++ library says where Python, which is ending, stops a thread of torch in the middle of a call."""


def ran(command: tuple[str, ...], folder: Path) -> Ran:
    """Return what a command does in a new folder. One that torch's own threads abort at its end is run again."""
    done = _ran(command, folder)
    return done if not done.code or ABORTED not in done.err else _ran(command, folder.with_name(f"{folder.name}-2"))


def _ran(command: tuple[str, ...], folder: Path) -> Ran:
    folder.mkdir()
    told = {"PYTHONPATH": str(SCRIPTS), "PYTHONWARNINGS": "", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment(**told), capture_output=True, text=True, timeout=300, check=False
    )
    notes = tuple(json.loads(each.read_text(encoding="utf-8")) for each in sorted(folder.glob("notes-*.json")))
    out, err = (CLOCK.sub("", text) for text in (done.stdout, done.stderr))
    return Ran(done.returncode, sorted(out.splitlines()), err, notes)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_program_does_what_it_does_unrecorded_and_the_recording_is_what_it_noted(case: Case, tmp_path: Path) -> None:
    bare = ran(case.command, tmp_path / "bare")
    done = ran((*COMMAND, "record", "--", *case.command), tmp_path / "recorded")
    assert (bare.code, done.code) == (0, 0), bare.err + done.err
    assert "the recording ends here" not in done.err
    assert (done.out, done.notes) == (bare.out, bare.notes)
    # Warnings name the lines that they name without the probe; what lrviz says comes after.
    assert done.err.startswith(bare.err)
    assert all(each["customized"] for each in done.notes)

    run = read(tmp_path / "recorded" / "record.lrrec")
    ranks = {process.rank: index for index, process in enumerate(run.processes)}
    assert set(ranks) == set(case.ranks)
    assert len(done.notes) == len(run.processes) == len(ranks)
    for rank, notes in zip(case.ranks, done.notes, strict=True):
        found = [one for one in run.optimizers if one.process == ranks[rank]]
        assert [(one.name, one.updates) for one in found] == [(told.name, told.updates) for told in case.told]
        for one, told in zip(found, case.told, strict=True):
            check(one, told)
        noted = dict(notes["updates"])
        for one in found:
            # A script notes in the order of its updates, a recording in that in which it meets optimizers.
            label = next((key for key, rows in noted.items() if rows == rows_of(one, rows)), None)
            assert label is not None, (one.name, noted)
            del noted[label]
        skipped = [one.skipped.tolist() for one in found if len(one.skipped)]
        assert skipped == ([notes["skipped"]] if "skipped" in notes else [])
    found_wrong = [(each.id, each.message) for each in caused(run)]
    assert [each for each, _ in found_wrong] == [each for each, _ in case.causes], found_wrong
    assert all(part in message for (_, message), (_, part) in zip(found_wrong, case.causes, strict=True)), found_wrong


@pytest.mark.parametrize("name", ["Trainer of transformers", "Trainer of Lightning", "accelerate under torchrun"])
def test_a_framework_that_is_interrupted_after_three_updates_is_no_failure(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    done = ran((*COMMAND, "record", "--updates", "3", "--", *case.command), tmp_path / "recorded")
    assert done.code == 0, done.err
    run = read(tmp_path / "recorded" / "record.lrrec")
    found = run.optimizers
    # torchrun ends the other process when the first is interrupted.
    assert max(one.updates for one in found) == 3
    assert {one.name for one in found} == {case.told[0].name}
    # What is right is right from its first updates on; what is not yet known of the rest is no cause.
    assert caused(run) == ()


def steps_of(scheduler: RecordedScheduler, ends: list[str]) -> Counter[str]:
    """Return how often the lines of each file step a scheduler, the file named by its end."""
    found: Counter[str] = Counter()
    for site in scheduler.stepped_at:
        path = site.at.rpartition(":")[0]
        found[next((end for end in ends if path.endswith(end)), path)] += site.count
    return found


def rows_of(one: RecordedOptimizer, like: list[list[Mapping[str, float]]]) -> list[list[dict[str, float]]]:
    """Return the values in the notes, for each update and group."""
    tables = [
        {"lr": group.lr.tolist(), **{key: of.tolist() for key, of in group.params.items()}} for group in one.groups
    ]
    keys = list(like[0][0])
    return [[{key: table[key][t] for key in keys} for table in tables] for t in range(one.updates)]


def check(one: RecordedOptimizer, told: Told) -> None:
    """Compare the recording of one optimizer with the expected one."""
    ends = [end for _, end, _ in told.steps]
    found = [
        (each.name, path, count) for each in one.schedulers for path, count in steps_of(each, ends).items() if count
    ]
    assert sorted(found) == sorted(told.steps)
    assert all(len(each.ticks) == sum(site.count for site in each.stepped_at) for each in one.schedulers)
    assert told.params <= set(one.groups[0].params)
    loaded = [str(event.at).rpartition(":")[0] for event in one.events if event.kind == "loaded"]
    assert len(loaded) == len(told.loaded), loaded
    assert all(path.endswith(end) for path, end in zip(loaded, told.loaded, strict=True)), loaded
