"""The causes: each has a loop with the mistake and a similar one without it, and a correct loop has none."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from torch.optim import SGD, lr_scheduler

import lrviz
from lrviz.linting.caused import RunFinding, caused
from lrviz.linting.causes import CAUSES
from lrviz.linting.causes.cause import Cause
from lrviz.linting.causes.following import lives, together
from lrviz.linting.reports import explanation
from lrviz.linting.rule import Severity
from lrviz.recorder.read import read
from lrviz.render.figures import style
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.results import Recorded, Site
from lrviz.runs.recorded import simulations
from tests.cli import COMMAND, Ended, environment, strict
from tests.examples import examples
from tests.faulty import Loop, Noted, loops, parts
from tests.processes import LIGHT_TORCH

NAMES = (
    "ticks-per-update", "scheduler-first", "cadence", "horizon", "other-optimizer", "added-group", "not-restored",
    "overwritten", "skipped-updates", "ranks-differ", "depends-on-loss",
)  # fmt: skip


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Loops in the wrong order are what this is for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def wrong(recorded: Recorded) -> list[str]:
    """Return the names of what is wrong with a run; a note is of no mistake."""
    return [one.rule.name for one in caused(recorded) if one.severity is not Severity.note]


def played(text: str, rank: int | None = None) -> Recorded:
    """Return the recording of a loop that is given as text."""
    weight, other = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    weight.grad, other.grad = torch.ones(2), torch.ones(2)
    names: dict[str, Any] = {**vars(lr_scheduler), "SGD": SGD, "torch": torch, "rank": rank}
    with lrviz.recording() as run:
        names |= {"weight": weight, "other": other, "optimizer": SGD([weight], lr=0.1)}
        exec(compile(text, "/somewhere/site-packages/train.py", "exec"), names)
    processes = [replace(each, rank=rank, began=0.0, last=1.0) for each in run.recorded.processes]
    return replace(run.recorded, processes=tuple(processes))


def on_ranks(text: str) -> Recorded:
    """Return the recording of a loop on two ranks."""
    return together([played(text, rank) for rank in (0, 1)])


each_cause = pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)


def test_ids_and_names_are_those_that_other_programs_rely_on() -> None:
    assert [(cause.id, cause.name) for cause in CAUSES] == [
        (f"RUN{number:03}", name) for number, name in enumerate(NAMES, start=1)
    ]


@each_cause
def test_a_cause_says_what_and_why(cause: type[Cause]) -> None:
    for told in (cause.what(), cause.why()):
        assert told.endswith(".")
        assert "  " not in told
    assert len(cause.why()) > 60
    assert cause.fires.rstrip().splitlines()[-1].strip() in explanation(cause)


@each_cause
def test_it_fires_and_a_near_loop_has_nothing(cause: type[Cause]) -> None:
    several = on_ranks if "rank" in cause.fires else played
    found = caused(several(cause.fires))
    assert [one.id for one in found] == [cause.id]
    (one,) = found
    assert re.fullmatch(r"train\.py:\d", one.place)
    assert one.fix_lines
    assert "  " not in one.message
    assert caused(several(cause.near)) == ()


SENTENCES: dict[str, tuple[str, str]] = {
    "twice from one line": (
        "scheduler = StepLR(optimizer, 30)\nfor _ in range(9):\n  optimizer.step()\n"
        "  for _ in range(2): scheduler.step()",
        "StepLR is stepped 2 times per update, from train.py:4",
    ),
    "once per process, on two lines": (
        "scheduler = StepLR(optimizer, 30)\nfor _ in range(9):\n  optimizer.step()\n  scheduler.step()\n"
        "  scheduler.step()",
        "StepLR is stepped 2 times per update, from train.py:4 and train.py:5",
    ),
    "once per process, with lengths of one": (
        "a = LambdaLR(optimizer, lambda t: max(0, 1 - t / 40))\nfor _ in range(40):\n  optimizer.step()\n"
        "  for _ in range(2): a.step()",
        "LambdaLR is stepped 2 times per update, from train.py:4",
    ),
    "per update and per epoch": (
        "scheduler = StepLR(optimizer, 30)\nfor _ in range(5):\n  for _ in range(4):\n    optimizer.step()\n"
        "    scheduler.step()\n  scheduler.step()",
        "StepLR is stepped 25 times in 20 updates: 5 times from train.py:6, beside the calls from train.py:5",
    ),
    "OneCycleLR per epoch": (
        "scheduler = OneCycleLR(optimizer, 0.1, epochs=3, steps_per_epoch=8)\nfor _ in range(3):\n"
        "  for _ in range(8): optimizer.step()\n  scheduler.step()",
        "OneCycleLR is stepped every 8 updates, 3 times in 24 updates, from train.py:4, but its length, 24 "
        "(epochs * steps_per_epoch), is in updates",
    ),
    "T_max of epochs at every update": (
        "scheduler = CosineAnnealingLR(optimizer, 5)\nfor _ in range(60):\n  optimizer.step()\n  scheduler.step()",
        "CosineAnnealingLR is stepped at every update, 60 times, from train.py:4, but its length, 5 (T_max), "
        "looks like epochs",
    ),
    "milestones of updates, per epoch": (
        "scheduler = MultiStepLR(optimizer, [40, 80])\nfor _ in range(10):\n  for _ in range(10): optimizer.step()\n"
        "  scheduler.step()",
        "MultiStepLR is stepped every 10 updates, 10 times in 100 updates, from train.py:4, but its length, 80 "
        "(milestones), is in updates",
    ),
    "a run that is too short": (
        "scheduler = CosineAnnealingLR(optimizer, 90)\nfor _ in range(60):\n  optimizer.step()\n  scheduler.step()",
        "the run ends after 60 ticks of CosineAnnealingLR, whose schedule takes 90 (T_max): the lr ends at 0.02653",
    ),
    "the scheduler of the wrong one of two": (
        "second = SGD([other], lr=0.2)\na, b = StepLR(optimizer, 3), StepLR(optimizer, 3)\nfor _ in range(9):\n"
        "  optimizer.step(); second.step()\n  a.step(); b.step()",
        "StepLR is stepped 9 times but holds another SGD, which has two like it; the optimizer that makes the 9 "
        "updates of SGD #2 stays at lr 0.2",
    ),
    "a state that is loaded by one of two that are alike": (
        "state = optimizer.state_dict()\nstate['state'] = {0: {'step': 3}}\nsecond = SGD([other], lr=0.2)\n"
        "second.load_state_dict(state)\na, b = StepLR(optimizer, 3), StepLR(second, 3)\nfor _ in range(9):\n"
        "  optimizer.step(); second.step()\n  a.step(); b.step()",
        "a state is loaded for SGD #1 before the first update, and none for its StepLR, so that",
    ),
    "two that assign": (
        "a = LambdaLR(optimizer, lambda t: 0.9**t)\nb = LambdaLR(optimizer, lambda t: min(1, (t + 1) / 5))\n"
        "for _ in range(9):\n  optimizer.step()\n  a.step()\n  b.step()",
        "LambdaLR and LambdaLR replace each other's lr",
    ),
    "set by hand before every update": (
        "a = ExponentialLR(optimizer, 0.9)\nfor t in range(9):\n  optimizer.param_groups[0]['lr'] = 0.1 / (1 + t)\n"
        "  optimizer.step()\n  a.step()",
        "what ExponentialLR sets is replaced by hand 8 times, before any update is made with it",
    ),
    "only the scheduler is loaded": (
        "a = StepLR(optimizer, 3)\na.load_state_dict({**a.state_dict(), 'last_epoch': 7})\nfor t in range(9):\n"
        "  optimizer.step()\n  a.step()",
        "a state is loaded for StepLR before the first update, and none for its SGD, so that the run goes on at lr 0.1",
    ),
}


@pytest.mark.parametrize(("text", "told"), SENTENCES.values(), ids=SENTENCES)
def test_the_sentence_has_the_numbers_of_the_run(text: str, told: str) -> None:
    assert any(told in one.message for one in caused(played(text))), [one.message for one in caused(played(text))]


RIGHT = {
    "a tick of another line before the loop": (
        "a = StepLR(optimizer, 3)\na.step()\nfor _ in range(9):\n  optimizer.step()\n  a.step()"
    ),
    "brought forward": (
        "a = StepLR(optimizer, 3)\nfor _ in range(5): a.step()\nfor _ in range(9):\n  optimizer.step()\n  a.step()"
    ),
    "an epoch to go to, at the start of the epoch": (
        "a = StepLR(optimizer, 3)\nfor epoch in range(9):\n  a.step(epoch)\n  optimizer.step()"
    ),
    "batches accumulated, and counted": (
        "a = CosineAnnealingLR(optimizer, 40)\nfor batch in range(40):\n  if batch % 4 == 3: optimizer.step()\n"
        "  a.step()"
    ),
    "one tick for each of two processes, and lengths that count both": (
        "a = LambdaLR(optimizer, lambda t: max(0, 1 - t / 80))\nfor _ in range(40):\n  optimizer.step()\n"
        "  for _ in range(2): a.step()"
    ),
    "SWA": (
        "from torch.optim.swa_utils import SWALR\na, b = CosineAnnealingLR(optimizer, 30), SWALR(optimizer, 0.05)\n"
        "for epoch in range(20):\n  optimizer.step()\n  b.step() if epoch > 15 else a.step()"
    ),
    "a warm-up by hand, then a schedule per epoch": (
        "a = LambdaLR(optimizer, lambda epoch: 1 - epoch / 10)\nfor step in range(50):\n"
        "  if step < 12: optimizer.param_groups[0]['lr'] = 0.1 * (step + 1) / 12\n  optimizer.step()\n"
        "  if step % 5 == 4: a.step()"
    ),
    "LBFGS": (
        "one = torch.optim.LBFGS([weight])\na = CosineAnnealingLR(one, 9)\nfor _ in range(9):\n"
        "  one.step(lambda: (weight**2).sum())\n  a.step()"
    ),
    "a generator that is updated now and then": (
        "second = SGD([other], lr=0.2)\na, b = ExponentialLR(optimizer, 0.9), ExponentialLR(second, 0.9)\n"
        "for epoch in range(9):\n  for batch in range(10):\n    optimizer.step()\n    if batch % 5 == 4: second.step()"
        "\n  a.step(); b.step()"
    ),
    "a finished phase and the next": (
        "a = CosineAnnealingLR(optimizer, 20)\nfor _ in range(20):\n  optimizer.step()\n  a.step()\n"
        "a = CosineAnnealingLR(optimizer, 40)\nfor _ in range(40):\n  optimizer.step()\n  a.step()"
    ),
    "an optimizer built anew, with its scheduler": (
        "a = StepLR(optimizer, 3)\nfor _ in range(9):\n  optimizer.step()\n  a.step()\n"
        "optimizer = SGD([weight], lr=0.1)\na = StepLR(optimizer, 3)\nfor _ in range(9):\n  optimizer.step()"
        "\n  a.step()"
    ),
    "nothing to train": "a = StepLR(optimizer, 3)\nfor _ in range(9): weight.sum()",
    "wrapped by a library, which loads the state of a new optimizer into it": (
        "a = StepLR(optimizer, 3)\noptimizer.load_state_dict(optimizer.state_dict())\nfor _ in range(9):\n"
        "  optimizer.step()\n  a.step()"
    ),
    "a range test, and its optimizer brought back": (
        "optimizer = torch.optim.Adam([weight])\nstart = optimizer.state_dict()\nfor step in range(9):\n"
        "  optimizer.param_groups[0]['lr'] *= 2\n  optimizer.step()\noptimizer.load_state_dict(start)\n"
        "a = StepLR(optimizer, 3)\nfor _ in range(9):\n  optimizer.step()\n  a.step()"
    ),
    "the lr set back by hand after a range test, then a schedule that sets its own": (
        "a = ExponentialLR(optimizer, 1.5)\nfor _ in range(9):\n  optimizer.step()\n  a.step()\n"
        "optimizer.param_groups[0]['lr'] = optimizer.param_groups[0]['initial_lr'] = 0.1\n"
        "a = OneCycleLR(optimizer, 0.1, total_steps=40)\nfor _ in range(39):\n  optimizer.step()\n  a.step()"
    ),
    "a group that is added at the lr of the others, but for rounding": (
        "a = StepLR(optimizer, 5)\nfor epoch in range(20):\n"
        "  if epoch == 7: optimizer.add_param_group({'params': [other], 'lr': 0.01})\n  optimizer.step()\n  a.step()"
    ),
    "a group that is added, and a new scheduler for all": (
        "a = StepLR(optimizer, 5)\nfor epoch in range(20):\n  if epoch == 7:\n"
        "    optimizer.add_param_group({'params': [other], 'lr': 0.05})\n    a = StepLR(optimizer, 5)\n"
        "  optimizer.step()\n  a.step()"
    ),
    "saved, and gone on with in the same process": (
        "a = CosineAnnealingLR(optimizer, 40)\nfor _ in range(20):\n  optimizer.step()\n  a.step()\n"
        "states = {**optimizer.state_dict(), 'state': {0: {'step': 3}}}, a.state_dict()\n"
        "optimizer = SGD([weight], lr=0.1)\na = CosineAnnealingLR(optimizer, 40)\n"
        "optimizer.load_state_dict(states[0]); a.load_state_dict(states[1])\nfor _ in range(20):\n"
        "  optimizer.step()\n  a.step()"
    ),
    "resumed by last_epoch": (
        "state = optimizer.state_dict()\nstate['param_groups'][0]['initial_lr'] = 0.1\noptimizer.load_state_dict(state)"
        "\na = CosineAnnealingLR(optimizer, 30, last_epoch=20)\nfor _ in range(10):\n  optimizer.step()\n  a.step()"
    ),
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_a_right_loop_that_looks_odd_has_none(text: str) -> None:
    assert caused(played(text)) == ()


def recorded(loop: Loop) -> tuple[Recorded, Noted]:
    """Return the recording of all processes of a loop, and what it has noted."""
    noted, found = Noted(), []
    for part in parts(loop):
        with lrviz.recording() as run:
            part(noted)
        found.append(run.recorded)
    return together(found), noted


def check_noted(found: Recorded, noted: Noted) -> None:
    """Compare a recording with the notes of the loop, to the last bit."""
    seen = [[group.lr.tolist() for group in one.groups] for one in found.optimizers if one.updates]
    assert str(sorted(seen)) == str(sorted(map(columns, noted.lr.values())))


def columns(rows: list[list[float]]) -> list[list[float]]:
    """Return the lr of each group, NaN before it was added."""
    return [[row[at] if at < len(row) else float("nan") for row in rows] for at in range(len(rows[-1]))]


@pytest.mark.usefixtures("young")
@examples(210)
@given(loop=loops(faulty=False))
def test_a_right_loop_has_none(loop: Loop) -> None:
    found, noted = recorded(loop)
    check_noted(found, noted)
    assert wrong(found) == []
    assert len(lives(found)) == 1 + loop.beside


@pytest.mark.usefixtures("young")
@examples(210)
@given(loop=loops(faulty=True))
def test_the_planted_cause_is_among_those_named(loop: Loop) -> None:
    found, noted = recorded(loop)
    check_noted(found, noted)
    assert loop.fault in {one.rule.name for one in caused(found)}


# Restarts, ranks and marks ------------------------------------------------------------------------------


def saved(folder: Path, loop: Loop) -> list[Path]:
    """Save the recordings of the processes of a loop."""
    paths = []
    for number, part in enumerate(parts(loop)):
        paths.append(folder / f"{number}.lrrec")
        with lrviz.recording(paths[-1]):
            part(Noted())
    return paths


@pytest.mark.parametrize("one_file", [True, False])
def test_a_restart_is_told_as_one_run_with_its_break_marked(one_file: bool, tmp_path: Path, ended: Ended) -> None:
    first, second = saved(tmp_path, Loop("cosine", resumed="states", fault="not-restored", other_way=True))
    if one_file:
        first.write_bytes(first.read_bytes() + second.read_bytes())
    done = ended("schedule", first, *([] if one_file else [second]), "--json", "-", "-o", "out.png")
    assert done.returncode == 0, done.stderr
    (told,) = strict(done.stdout)["schedules"]
    assert len(told["groups"][0]["lr"]) == 50
    (warning,) = told["warnings"]
    assert "RUN007 a state is loaded for SGD before the first update, and none for its CosineAnnealingLR" in warning
    recorded = together([read(first)] if one_file else [read(first), read(second)])
    (one,) = simulations(recorded)
    assert [(mark.tick, mark.label, mark.kind) for mark in one.curves.marks] == [
        (25, "restart, scheduler not restored", "cause")
    ]


def test_a_right_restart_has_its_break_marked_and_nothing_else(tmp_path: Path, ended: Ended) -> None:
    paths = saved(tmp_path, Loop("cosine", resumed="states"))
    assert "RUN" not in ended("lint", *paths).stdout
    assert "RUN004" in ended("lint", paths[0]).stdout
    recordings = [read(path) for path in paths]
    (one,) = simulations(together(recordings))
    assert [(mark.tick, mark.label) for mark in one.curves.marks] == [(25, "restart")]
    assert one.warnings == ()


def test_marks_say_whose_they_are_where_several_optimizers_are_drawn(tmp_path: Path) -> None:
    loop = Loop("cosine", resumed="states", beside=True, per_step=True)
    found = simulations(together([read(path) for path in saved(tmp_path, loop)]))
    labels = [(mark.tick, mark.label) for one in found for mark in one.curves.marks]
    assert labels == [(25, "SGD: restart"), (15, "SGD #2: restart")]
    drawn = SchedulePicture([one.curves for one in found]).shown().axes[0]
    assert {"SGD: restart", "SGD #2: restart"} <= {text.get_text() for text in drawn.texts}


def test_two_runs_that_load_nothing_are_two(tmp_path: Path) -> None:
    first, second = saved(tmp_path, Loop("cosine")), saved(tmp_path, Loop("cosine", epochs=12))
    found = simulations(together([read(first[0]), read(second[0])]))
    assert [one.curves.name for one in found] == ["SGD", "SGD, process 2"]


def test_a_process_that_a_launcher_begins_again_has_to_load_something() -> None:
    broken, again = (
        played("a = StepLR(optimizer, 3)\nfor _ in range(9):\n  optimizer.step(); a.step()", 0) for _ in "ab"
    )
    times = [
        replace(broken.processes[0], began=0.0, last=1.0, ended=False),
        replace(again.processes[0], began=2.0, last=3.0),
    ]
    found = replace(together([broken, again]), processes=tuple(times))
    assert [one.message for one in caused(found)] == [
        "the run of SGD begins again after 9 updates and loads no state: the lr goes back from 0.001 to 0.1"
    ]
    (one,) = simulations(found)
    assert [(mark.tick, mark.label) for mark in one.curves.marks] == [(9, "restart, not restored")]


def test_ticks_of_each_process_are_no_mistake_of_accelerate_before_the_run_has_ended() -> None:
    found = played(next(cause for cause in CAUSES if cause.name == "ticks-per-update").fires)

    def stepped_by(at: str, *, ended: bool) -> Recorded:
        (one,) = found.optimizers
        steppers = [replace(each, stepped_at=(Site(at, len(each.ticks)),)) for each in one.schedulers]
        process = replace(found.processes[0], ended=ended)
        return replace(found, processes=(process,), optimizers=(replace(one, schedulers=tuple(steppers)),))

    accelerated = "/venv/lib/python3.11/site-packages/accelerate/scheduler.py:81"
    assert wrong(stepped_by(accelerated, ended=False)) == []
    assert wrong(stepped_by(accelerated, ended=True)) == ["ticks-per-update"]
    assert wrong(stepped_by("train.py:7", ended=False)) == ["ticks-per-update"]


def test_ranks_that_differ_are_drawn_over_one_another() -> None:
    found = on_ranks(next(cause for cause in CAUSES if cause.name == "ranks-differ").fires)
    assert [one.curves.name for one in simulations(found)] == ["SGD, rank 0", "SGD, rank 1"]
    curves = [one.curves for one in simulations(found)]
    lr, *_ = SchedulePicture(curves).shown().axes
    assert "ranks differ" in [text.get_text() for text in lr.texts]
    (told,) = caused(found)
    assert told.message == "from update 5 on the lr is 0.01 on rank 0 and 0.1 on rank 1"
    assert len(simulations(on_ranks("for _ in range(9): optimizer.step()"))) == 1


def test_a_picture_says_what_is_wrong() -> None:
    text = next(cause for cause in CAUSES if cause.name == "ticks-per-update").fires
    (one,) = simulations(played(text + "ReduceLROnPlateau(optimizer).step(1.0)\n"))
    (foot,) = [each for each in one.plot().texts if each.get_gid() == "verdict"]
    told = " ".join(foot.get_text().split())
    assert told.startswith("2 findings. ")
    assert told.index("RUN001 StepLR is stepped 2 times") < told.index("RUN011")
    assert (foot.get_color(), foot.get_fontweight()) == (style.ALARM, "bold")
    (right,) = simulations(played("a = StepLR(optimizer, 3)\nfor _ in range(9): optimizer.step(); a.step()"))
    assert "recorded" in next(each for each in right.plot().texts if each.get_gid() == "verdict").get_text()


def test_marks_are_drawn_where_causes_have_a_place() -> None:
    text = next(cause for cause in CAUSES if cause.name == "added-group").fires
    (one,) = simulations(played(text))
    figure = one.plot()
    lines = [each for ax in figure.axes for each in ax.collections if each.get_gid() == "marks"]
    assert [segment[0][0] for segment in lines[0].get_segments()] == [12.0]  # type: ignore[attr-defined]
    assert "+ group 1" in [text.get_text() for ax in figure.axes for text in ax.texts]


# The commands -------------------------------------------------------------------------------------------


def test_lint_judges_a_recording(tmp_path: Path, ended: Ended) -> None:
    (path,) = saved(tmp_path, Loop("polynomial", fault="ticks-per-update"))
    done = ended("lint", path, "--ignore", "cadence")
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"faulty\.py:\d+: warning RUN001: PolynomialLR is stepped 2 times every 5 updates, from", done.stdout
    )
    assert "why: The schedule runs that many times as fast" in done.stdout
    assert "fix: call PolynomialLR.step() once every 5 updates" in done.stdout
    # A rule that needs no more than the curve.
    assert f"{path}: warning LR007: the lr is 0 from step 25 on: 25 of 50 updates do nothing" in done.stdout
    assert "1 recording: 0 errors, 2 warnings." in done.stdout
    assert ended("lint", path, "--strict", "--select", "RUN001").returncode == 1
    assert ended("lint", path, "--strict", "--select", "RUN002,LR001").stdout == "1 recording: nothing found\n"
    for kind in ("json", "sarif", "github"):
        assert "RUN001" in ended("lint", path, "--format", kind).stdout
    assert "is not a file of yours" in ended("lint", "--fix", path).stderr
    assert ended("schedule", path, "--no-plot").stderr.count("warning: ") == 1


def test_a_note_fails_nothing(tmp_path: Path, ended: Ended) -> None:
    (path,) = saved(tmp_path, Loop("plateau"))
    done = ended("lint", path, "--strict")
    assert done.returncode == 0
    assert "note RUN011" in done.stdout
    assert "0 errors, 0 warnings, 1 note." in done.stdout
    assert "::notice file=" in ended("lint", path, "--format", "github").stdout


def test_the_api_tells_the_causes() -> None:
    with lrviz.recording() as run:
        for part in parts(Loop("steps", fault="scheduler-first")):
            part(Noted())
    (one,) = run.causes
    assert isinstance(one, RunFinding)
    assert run.to_json()["causes"] == [{"id": "RUN002", "name": "scheduler-first", "message": one.message}]
    assert run.simulations[0].findings == (one,)


@pytest.mark.parametrize(("code", "told"), [(0, 3), (5, 5)])
def test_a_full_disk_leaves_what_was_recorded(
    code: int, told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: Ended
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (path,) = saved(tmp_path, Loop("steps", fault="scheduler-first"))
    monkeypatch.setattr("lrviz.runs.launching._run", lambda *_: code)
    monkeypatch.setattr("lrviz.runs.launching.unsaved", lambda _: path)
    monkeypatch.setattr("lrviz.runs.launching.complete", full)
    done = ended("record", "--save", "kept.lrrec", "--no-plot", "--", "train")
    assert done.returncode == told
    # What is wrong is told once, with what to change.
    assert done.stderr.count("RUN002") == (code != 0)
    assert ended("schedule", "kept.lrrec", "--no-plot").returncode == 0
    assert ("the end of the recording cannot be written: No space left" in done.stderr) == (code == 0)


@pytest.mark.parametrize(("code", "told"), [(0, 3), (5, 5)])
def test_the_exit_code_of_the_command_goes_before_that_of_a_picture(
    code: int, told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: Ended
) -> None:
    def runs(*_: object) -> int:
        (tmp_path / "pictures").rmdir()
        return code

    (path,) = saved(tmp_path, Loop("cosine"))
    (tmp_path / "pictures").mkdir()
    monkeypatch.setattr("lrviz.runs.launching._run", runs)
    monkeypatch.setattr("lrviz.runs.launching.unsaved", lambda _: path)
    done = ended("record", "-o", tmp_path / "pictures" / "run.svg", "--", "train")
    assert done.returncode == told
    assert "run.svg: cannot be written: No such file or directory" in done.stderr


def test_record_explains_and_knows_its_rules(ended: Ended) -> None:
    assert ended("record", "--explain", "run003").stdout.startswith("RUN003 cadence (warning)\n")
    assert "no command given" in ended("record").stderr
    done = ended("record", "--select", "RUN99", "--", "true")
    assert done.returncode == 2
    assert "--select RUN99: no such rule; known are LR001 to LR119 and RUN001 to RUN011" in done.stderr


SCRIPTS = [
    Loop("cosine"),
    Loop("steps", beside=True, per_step=True),
    Loop("plateau"),
    Loop("lambda", fault="ticks-per-update", per_step=True),
    Loop("milestones", fault="scheduler-first"),
    Loop("one cycle", fault="cadence"),
    Loop("cosine", fault="horizon", other_way=True),
    Loop("exponential", fault="other-optimizer"),
    Loop("steps", fault="added-group"),
    Loop("cosine", resumed="states", fault="not-restored"),
    Loop("cycles", fault="overwritten"),
    Loop("linear", fault="skipped-updates", per_step=True),
]


@pytest.mark.process
def test_a_dozen_scripts_are_judged_as_they_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = f"""{LIGHT_TORCH}
import os, warnings, json
warnings.simplefilter("ignore")
from tests.faulty import Loop, Noted, parts
noted = None
for loop in {SCRIPTS!r}:
    if os.fork() == 0:
        noted = Noted()
        for part in parts(loop):
            part(noted)
        break
    os.wait()
if noted is not None:
    print(json.dumps(list(noted.lr.values())), flush=True)
    import atexit
    # The end of torch itself takes its time.
    atexit._run_exitfuncs()
    os._exit(0)
"""
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    words = [*COMMAND, "record", "--json", "r.json", "--no-plot", "--", sys.executable, "train.py"]
    done = subprocess.run(
        words, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    found = read(tmp_path / "record.lrrec")
    causes = caused(found)
    assert {one["id"] for one in strict((tmp_path / "r.json").read_text())["causes"]} == {one.id for one in causes}
    told = [f"{one.place}: {one.severity} {one.id}: {one.message}" for one in causes]
    assert [line for line in done.stderr.splitlines() if " RUN0" in line] == told
    for number, (loop, line) in enumerate(zip(SCRIPTS, done.stdout.splitlines(), strict=True)):
        own = [one for one in found.optimizers if one.process == number]
        lr = [[group.lr.tolist() for group in one.groups] for one in own if one.updates]
        assert str(sorted(lr)) == str(sorted(map(columns, json.loads(line)))), loop
        alone = replace(found, processes=found.processes[number : number + 1])
        names = wrong(replace(alone, optimizers=tuple(replace(one, process=0) for one in own)))
        assert (loop.fault in names) == bool(loop.fault), (loop, names)
        assert loop.fault or not names, (loop, names)
