"""`lrviz diff`: planted faults are found again, logs are read under their conventions, and what the command says."""

from __future__ import annotations

import inspect
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given

import lrviz
from lrviz.foundation.errors import UsageError
from lrviz.pytest_plugin import Recorded, lrviz_record  # noqa: F401 - a fixture
from lrviz.render.records.difference import difference_json_text
from lrviz.results import Convention, Logged, LoggedGroup
from lrviz.runs.differing.comparing import Terms, compared
from lrviz.runs.differing.explanations import EXPLANATIONS
from lrviz.runs.differing.sides import Side
from tests.cli import Ended, strict
from tests.cli import lrviz as lrviz_command
from tests.examples import examples
from tests.here import torch_is_here
from tests.planted import changed, plan, planted, side_of
from tests.processes import LIGHT_TORCH
from tests.strategies import documents

CASES = 500

PLAN: dict[str, Any] = {
    "epochs": 90,
    "optimizer": {"name": "SGD", "lr": 0.1, "momentum": 0.9},
    "scheduler": {
        "name": "SequentialLR",
        "milestones": [5],
        "schedulers": [
            {"name": "LinearLR", "start_factor": 0.01, "total_iters": 5},
            {"name": "CosineAnnealingLR", "T_max": 85},
        ],
    },
}


@pytest.mark.slow
def test_planted_faults_are_named() -> None:
    """The true cause, or one of two, among all that fit equally well; where it is missing nothing else is claimed."""
    found: Counter[str] = Counter()
    false = []
    for seed in range(CASES):
        names, one, side = planted(seed)
        difference = compared(one.side, side)
        told = [cause.name for cause in difference.causes]
        wanted = {"horizon" if name == "cut" else name for name in names}
        if difference.verdict == "same" and "cut" not in names:
            # A fault that changes nothing, as a shift of what is constant, is none.
            found["same"] += 1
        elif wanted & set(told):
            found["named"] += 1
        else:
            found["missed"] += 1
            # Where a cut and a shift leave nothing but the warm-up different, that is true, too.
            false += [(seed, names, told)] if told and told != ["warm-up"] else []
    assert found["missed"] <= 0.05 * CASES, found
    assert found["same"] <= 0.1 * CASES, found
    assert not false


def test_what_is_unrelated_is_not_explained() -> None:
    other = {**PLAN, "scheduler": {"name": "LambdaLR", "lr_lambda": "0.5 + 0.5 * sin(t * t)"}}
    difference = compared(side_of(PLAN), side_of(other))
    assert difference.verdict == "different"
    assert difference.causes == ()


@examples(60)
@given(documents(), documents())
def test_any_two_documents_are_compared(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever they hold, as groups that are added or an lr that is not finite; a document is the same as itself."""
    try:
        a, b = side_of(one, "a"), side_of(other, "b")
        assert compared(a, a).verdict == "same"
        difference = compared(a, b)
    except lrviz.LrvizError:
        return
    assert (difference.verdict == "same") == all(group.first_step is None for group in difference.groups)
    assert all(cause.max_rel <= difference.tolerance or cause.name == "rounding" for cause in difference.causes)
    strict(difference_json_text(difference))


def test_ids_are_in_order_and_each_its_own() -> None:
    assert [one.id for one in EXPLANATIONS] == [f"DIFF00{n}" for n in range(1, 10)]
    order = "convention shifted scaled stretched horizon restarted one-group warm-up rounding"
    assert [one.name for one in EXPLANATIONS] == order.split()


OWN, NEXT = Convention("the update's own lr", 0), Convention("the next update's lr, as before", 1)


def log_of(side: Side, every: int, digits: int, convention: Convention, tolerance: float) -> Side:
    """Return what a log of a curve says that writes every so many updates, with so many digits."""
    groups = []
    for track in side.tracks:
        at = np.arange(0, len(track.lr) - convention.shift, every)
        written = [float(f"{value:.{digits}g}") for value in track.lr[at + convention.shift]]
        groups.append(LoggedGroup(track.name, at, np.array(written)))
    return Side.of_log("log", Logged("log", "made up", tuple(groups), (OWN, NEXT), tolerance))


@pytest.mark.parametrize("convention", [OWN, NEXT])
@pytest.mark.parametrize(("every", "digits", "tolerance"), [(1, 17, 1e-9), (10, 6, 6e-6), (7, 6, 6e-6)])
def test_equal_curves_are_the_same_under_every_convention(
    convention: Convention, every: int, digits: int, tolerance: float
) -> None:
    for seed in range(12):
        one = plan(random.Random(seed))
        side = side_of({key: value for key, value in one.plain.items() if key != "steps_per_epoch"})
        log = log_of(side, every, digits, convention, tolerance)
        for a, b in ((side, log), (log, side)):
            difference = compared(a, b)
            assert difference.verdict == "same", (seed, difference.groups, difference.causes)
            # Where a curve seldom changes, few values tell which update they belong to.
            if every == 1 or convention is OWN:
                assert ("convention" in [cause.name for cause in difference.causes]) == (convention is NEXT)


def test_a_shift_of_a_sparse_rounded_log() -> None:
    plain = {**PLAN, "steps": 900, "interval": "step"}
    del plain["epochs"]
    plain["scheduler"] = {"name": "CosineAnnealingLR", "T_max": 900}
    side = side_of(plain)
    late = log_of(changed(side, lambda lr: np.concatenate([lr[:1].repeat(7), lr[:-7]])), 20, 6, OWN, 6e-6)
    cause = compared(side, late).causes[0]
    assert (cause.name, cause.message) == ("shifted", "B is A 7 updates late")


def test_group_names() -> None:
    """By name in any order, else by value; a single group is compared with all."""
    groups = [{"name": "head", "lr": 0.1}, {"name": "body", "lr": 0.01}]

    def of(listed: list[dict[str, Any]]) -> Side:
        return side_of({**PLAN, "optimizer": {"name": "SGD", "lr": 0.1, "groups": listed}})

    turned = compared(of(groups), of(groups[::-1]))
    assert (turned.verdict, turned.notes) == ("same", ())
    renamed = compared(of(groups), of([{"name": "x", "lr": 0.01}, {"name": "y", "lr": 0.1}]))
    assert renamed.verdict == "same"
    assert "x with body" in renamed.notes[0]
    assert "y with head" in renamed.notes[0]
    one = compared(side_of(PLAN), of([{"name": "decay"}, {"name": "no decay"}]))
    assert (one.verdict, len(one.groups)) == ("same", 2)
    assert "the one group of A" in one.notes[0]
    other = compared(of(groups), of([groups[0], {"name": "body", "lr": 0.02}]))
    (cause,) = [each for each in other.causes if each.name == "one-group"]
    assert "only group body differs; the other is the same" in cause.message


def test_units() -> None:
    epochs = {**PLAN, "steps_per_epoch": 10}
    every = {
        "steps": 900,
        "steps_per_epoch": 10,
        "optimizer": PLAN["optimizer"],
        "scheduler": {**PLAN["scheduler"], "interval": "epoch"},
    }
    assert compared(side_of(epochs), side_of(every)).verdict == "same"
    longer = compared(side_of(epochs), side_of({**PLAN, "steps_per_epoch": 20}))
    assert "an epoch has 10 updates in A and 20 in B" in longer.notes
    stepped = {
        "steps": 900,
        "interval": "step",
        "optimizer": PLAN["optimizer"],
        "scheduler": {"name": "ExponentialLR", "gamma": 1.0},
    }
    with pytest.raises(UsageError, match=r"does not say how many updates an epoch has; .* has 900 updates"):
        compared(side_of(PLAN), side_of(stepped, "run.yaml"))
    late = Side.of_log("log", Logged("log", "", (LoggedGroup("lr", np.arange(1000, 1010), np.ones(10)),)))
    with pytest.raises(UsageError, match=r"no update in common: run\.yaml has 0 to 899, log has 1,000 to 1,009"):
        compared(side_of(stepped, "run.yaml"), late)


def test_tolerance_and_window() -> None:
    a = side_of(PLAN)
    b = side_of({**PLAN, "optimizer": {"name": "SGD", "lr": 0.1 * (1 + 1e-6)}})
    assert compared(a, b).verdict == "different"
    assert compared(a, b, Terms(tolerance=2e-6)).verdict == "same"
    other = json.loads(json.dumps(PLAN))
    other["scheduler"]["schedulers"][1]["T_max"] = 60
    assert compared(a, side_of(other), Terms(window=":5")).verdict == "same"
    part = compared(a, side_of(other), Terms(window="20:30"))
    assert (part.groups[0].first_step, part.groups[0].at[-1]) == (20, 29)


def write(folder: Path, name: str, **changes: Any) -> Path:
    """Write the plan with changes as a document; JSON is YAML."""
    path = folder / name
    path.write_text(json.dumps({**PLAN, **changes}), encoding="utf-8")
    return path


def test_the_command(tmp_path: Path, ended: Ended) -> None:
    write(tmp_path, "plan.yaml")
    write(tmp_path, "run.yaml", optimizer={"name": "SGD", "lr": 0.8})
    done = ended("diff", "plan.yaml", "run.yaml", "--json", "diff.json", "--csv", "diff.csv", "--show")
    assert done.returncode == 1
    assert (tmp_path / "plan-diff.png").stat().st_size > 10_000
    record = strict((tmp_path / "diff.json").read_text())
    assert list(record) == ["lrviz", "a", "b", "verdict", "unit", "groups", "causes"]
    assert (record["a"], record["b"], record["verdict"], record["unit"]) == (
        "plan.yaml",
        "run.yaml",
        "different",
        "epoch",
    )
    (group,) = record["groups"]
    assert group["first_step"] == 0
    assert group["largest"] == {"step": 5, "a": pytest.approx(0.1), "b": pytest.approx(0.8)}
    (cause,) = record["causes"]
    assert cause == {"id": "DIFF003", "name": "scaled", "message": "B is 8 times A", "max_rel": cause["max_rel"]}
    assert cause["max_rel"] < 1e-9
    header, first, *rows = (tmp_path / "diff.csv").read_text().splitlines()
    assert (header, first, len(rows)) == ("group,t,a,b", "0,0,0.001,0.008", 89)
    assert "DIFF003 scaled: B is 8 times A" in done.stdout
    assert "B is 8 times A" in done.stderr
    same = ended("diff", "plan.yaml", "plan.yaml", "--json", "-")
    assert same.returncode == 0
    assert strict(same.stdout)["groups"] == [{"name": "0", "first_step": None, "largest": None, "max_rel": 0.0}]


@pytest.mark.process
def test_a_revision_of_git(tmp_path: Path, ended: Ended) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    write(tmp_path, "run.yaml")
    git("init")
    config = {"output_dir": "out", "max_steps": 9, "learning_rate": 0.1, "lr_scheduler_type": "linear"}
    (tmp_path / "hf.json").write_text(json.dumps(config), encoding="utf-8")
    git("add", "run.yaml", "hf.json")
    git("commit", "-m", "the plan")
    write(tmp_path, "run.yaml", optimizer={"name": "SGD", "lr": 0.2})
    done = ended("diff", "main:run.yaml", "run.yaml", "--no-plot")
    assert (done.returncode, "B is 2 times A" in done.stdout) == (1, True)
    done = ended("diff", "main:hf.json", "hf.json", "--no-plot", "--given", "transformers=4.44")
    assert (done.returncode, "main:hf.json: read as TrainingArguments" in done.stderr) == (0, True)
    for source, told in {
        "mian:run.yaml": "no revision mian in git (did you mean main?)",
        "main:rum.yaml": "no file rum.yaml in main (did you mean run.yaml?)",
        "--output=x:run.yaml": "No such option",
    }.items():
        done = ended("diff", source, "run.yaml", "--no-plot")
        assert done.returncode == 2
        assert told in done.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan.yaml", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["plan.yaml", "plan.yaml", "--tolerance", "much"], "--tolerance much: a number of at least 0 is needed"),
        (["plan.yaml", "plan.yaml", "--tolerance", "-1"], "--tolerance -1: a number of at least 0 is needed"),
        (["plan.yaml", "plan.yaml", "--window", "95:"], '--window "95:": begins at 95 epochs; the run has 90'),
        (["plan.yaml", "plan.yaml", "--param", "momentun"], "(did you mean momentum?)"),
        (["OneCycelLR:max_lr=0.1", "plan.yaml"], "did you mean OneCycleLR:max_lr=0.1?"),
        pytest.param(["main:run.yaml", "plan.yaml"], "this is not a git checkout", marks=pytest.mark.process),
    ],
)
def test_bad_input(tmp_path: Path, ended: Ended, words: list[str], told: str) -> None:
    write(tmp_path, "plan.yaml")
    done = ended("diff", *words, "--no-plot")
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("lr", ["inf inf", "1e308 1e-308 1e308", "5e-324 0", "0.1 0.1 -inf"])
def test_a_log_of_an_lr_that_no_run_has(lr: str, tmp_path: Path, ended: Ended) -> None:
    """Infinite, none, or so far from the others that a factor overflows: compared and drawn all the same."""
    write(tmp_path, "plan.yaml")
    (tmp_path / "odd.csv").write_text("step,lr\n" + "".join(f"{n},{value}\n" for n, value in enumerate(lr.split())))
    (tmp_path / "log.csv").write_text("step,lr\n0,0.1\n1,nan\n2,0.2\n")
    for words in (["plan.yaml", "odd.csv", "--no-plot"], ["odd.csv", "log.csv"]):
        done = ended("diff", *words)
        assert (done.returncode, "Warning" in done.stderr) == (1, False), done


def test_from_python(tmp_path: Path) -> None:
    path = write(tmp_path, "plan.yaml")
    shorter = json.loads(json.dumps(PLAN))
    shorter["scheduler"]["schedulers"][1]["T_max"] = 60
    found = lrviz.diff(str(path), shorter)
    assert not found.same
    assert found.causes[0].message == "B is A with scheduler.schedulers[1].T_max 60 in place of 85"
    assert found.to_json()["causes"][0]["id"] == "DIFF005"
    assert found._repr_png_().startswith(b"\x89PNG")
    assert lrviz.diff(PLAN, lrviz.simulate(PLAN, engine="reference")).same
    assert lrviz.diff(PLAN, path, param="momentum").same
    with pytest.raises(UsageError, match="a source as on the command line"):
        lrviz.diff(PLAN, 3)


def trained(skipped: int = -1) -> None:
    """Make the updates of the plan as a script does, perhaps without one step of the scheduler."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    rise = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=5)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 85)
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, fall], [5])
    for update in range(50):
        optimizer.step()
        if update != skipped:
            scheduler.step()


def test_assert_schedule_says_all_on_one_screen(tmp_path: Path) -> None:
    with lrviz.recording() as run:
        trained()
    lrviz.assert_schedule(run, PLAN)
    with lrviz.recording() as run:
        trained(skipped=39)
    with pytest.raises(AssertionError) as failed:
        lrviz.assert_schedule(run, PLAN, folder=tmp_path)
    told = str(failed.value)
    assert "first wrong update: 40; expected 0.06368, got 0.06545" in told
    assert "farthest off at update 48; expected 0.04908, got 0.05092" in told
    assert "cause: B is A one update late from update 40 on" in told
    assert f"picture: {tmp_path / 'schedule.png'}" in told
    assert (tmp_path / "schedule.png").stat().st_size > 10_000
    assert len(told.splitlines()) <= 24


def test_the_fixture(lrviz_record: Recorded, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    with lrviz_record(PLAN, window=":30") as run:
        trained(skipped=39)
    assert run.recorded.optimizers[0].updates == 50
    with pytest.raises(AssertionError, match="one update late"), lrviz_record(PLAN):
        trained(skipped=39)
    assert (tmp_path / "schedule.png").exists()


def test_resume_says_why_a_run_goes_on_wrongly() -> None:
    with torch_is_here():
        resumed = lrviz.resume(PLAN, 30).interrupted.resumed
    told = {one.name: [cause.message for cause in one.causes] for one in resumed}
    over = "the resumed run is the uninterrupted run up to epoch 30, where it starts over"
    assert any(over in causes for causes in told.values())
    assert all(bool(told[one.name]) <= ("lr" in one.errors) for one in resumed)


@pytest.mark.process
def test_record_with_a_plan(tmp_path: Path) -> None:
    """The command's own code first, then whether the plan was followed."""

    def recorded(plan: str, code: int, *words: str) -> tuple[int, str, Any]:
        script = f"{LIGHT_TORCH}\n{inspect.getsource(trained)}\ntrained()\nraise SystemExit({code})"
        (tmp_path / "train.py").write_text(script, encoding="utf-8")
        given = ["--plan", plan, "--json", "record.json", *words, "--", sys.executable, "train.py"]
        done = lrviz_command("record", *given, cwd=tmp_path)
        return done.returncode, done.stderr, strict((tmp_path / "record.json").read_text())["diff"]

    write(tmp_path, "plan.yaml", optimizer={"name": "SGD", "lr": 0.2})
    for own in (0, 7):
        code, err, diff = recorded("plan.yaml", own)
        assert code == (own or 1)
        assert diff["causes"][0]["message"] == "B is 1/2 of A"
        assert "DIFF003 scaled" in err
        assert (tmp_path / "record.png").exists()
    # What is planned in epochs of unknown length cannot be compared: a run of 50 updates is over all the same.
    write(tmp_path, "short.yaml", epochs=9)
    code, err, diff = recorded("short.yaml", 0, "--survival")
    assert (code, diff) == (1, None)
    assert "not compared with its plan: short.yaml has a value for each of 9 epochs" in err


def test_a_plan_that_cannot_be_read_is_said_before_anything_runs(ended: Ended) -> None:
    done = ended("record", "--plan", "nowhere.yaml", "--", "false")
    assert (done.returncode, "nowhere.yaml: no such file" in done.stderr) == (2, True)
    done = ended("record", "--from", "timm", "--", "false")
    assert (done.returncode, "--from: given without --plan" in done.stderr) == (2, True)
