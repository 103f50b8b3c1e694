"""`lrviz race` on the command line: its files, its data, and every wrong input."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from lrviz.documents.race import load_race
from lrviz.render.records.race import race_json_text
from lrviz.runs.api import race as run_race
from tests.cli import Ended, lrviz, strict
from tests.here import torch_is_here

ROOT = Path(__file__).parents[1]
RACES = sorted((ROOT / "configs" / "races").glob("*.yaml"))
COSINE = ROOT / "configs" / "races" / "schedules" / "cosine.yaml"


@pytest.mark.process
def test_a_race_writes_its_picture_and_prints_its_table(tmp_path: Path) -> None:
    done = lrviz("race", "sgd", "adam", "adamw", "--fn", "rosenbrock", cwd=tmp_path)
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["race-rosenbrock.png"]
    assert (tmp_path / "race-rosenbrock.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert done.stdout.rstrip().endswith("race-rosenbrock.png")
    assert "all 3 agree with torch" in done.stdout
    assert "adamw (weight_decay 0.01)" in done.stdout
    assert done.stderr == ""


def test_json_is_what_the_design_says(tmp_path: Path, ended: Ended) -> None:
    done = ended(
        "race", "adam:lr=0.05", "sgd:lr=1e200", "adam:lr=0.05", "--fn", "rosenbrock", "--steps", "40", "--json", "-"
    )  # fmt: skip
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []
    record = strict(done.stdout)
    head = ["lrviz", "torch", "function", "start", "steps", "tolerance", "protocol", "entries"]
    assert list(record)[: len(head)] == head
    assert record["function"] == {"name": "rosenbrock", "minima": [[1.0, 1.0]], "minimum": 0.0}
    assert (record["start"], record["steps"]) == ([-1.5, 2.0], 40)
    assert record["tolerance"] == pytest.approx(1e-6 * 12.5)
    assert [one["label"] for one in record["entries"]] == ["adam:lr=0.05", "sgd:lr=1e200", "adam:lr=0.05 #2"]
    members = [
        "label", "rank", "optimizer", "params", "lr_source", "lr", "path", "loss", "evaluations", "final_loss",
        "distance", "steps_to_tolerance", "diverged", "average", "robustness", "sensitivity", "crosscheck",
        "warnings",
    ]  # fmt: skip
    for one in record["entries"]:
        assert list(one) == members
        assert (len(one["path"]), len(one["loss"]), len(one["lr"])) == (41, 41, 40)
        assert list(one["robustness"])[:3] == ["share", "diverged", "steps"]
        assert list(one["crosscheck"]) == ["verdict", "max_abs", "max_rel", "first_step", "by", "free_max_abs"]
        assert one["crosscheck"]["verdict"] == "agree"
    adam, sgd, _ = record["entries"]
    assert adam["params"]["lr"] == adam["lr"][0] == 0.05
    assert adam["params"]["betas"] == [0.9, 0.999]
    assert adam["lr_source"] == "given"
    assert adam["path"][0] == [-1.5, 2.0]
    assert adam["evaluations"] == 40
    assert sgd["diverged"] is True
    gone = sgd["loss"].index(None)
    assert sgd["path"][gone:] == [[None, None]] * (41 - gone)
    assert sgd["loss"][gone:] == [None] * (41 - gone)
    assert sgd["final_loss"] is None
    assert sgd["distance"] is None


def test_values_are_torchs(tmp_path: Path, ended: Ended) -> None:
    import torch

    done = ended("race", "adam:lr=0.05", "--fn", "rosenbrock", "--steps", "30", "--json", "-")
    (entry,) = strict(done.stdout)["entries"]
    point = torch.tensor([-1.5, 2.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([point], lr=0.05)
    for row in range(31):
        assert point.tolist() == entry["path"][row]
        optimizer.zero_grad()
        across = point[1] - point[0] * point[0]
        loss = (1 - point[0]) * (1 - point[0]) + 100 * across * across
        assert float(loss.detach()) == entry["loss"][row]
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def test_csv_is_what_the_design_says(tmp_path: Path, ended: Ended) -> None:
    done = ended("race", "adam", "sgd:lr=1e200", "--fn", "booth", "--steps", "5", "--csv", "-")
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["entry", "t", "x", "y", "loss", "lr"]
    assert len(rows) == 1 + 2 * 6
    assert rows[1][:4] == ["adam", "0", "-7.0", "6.0"]
    assert rows[6][5] == ""
    assert rows[9][2:5] == ["", "", ""]


def test_engines_skip_what_they_do_not_run(tmp_path: Path, ended: Ended) -> None:
    for engine, torch in (("reference", False), ("torch", True)):
        done = ended("race", "adam", "--fn", "booth", "--steps", "9", "--engine", engine, "--json", "-")
        record = strict(done.stdout)
        assert (record["torch"] is not None) == torch
        known = record["entries"][0]["crosscheck"]
        asked = f"torch {record['torch']}" if torch else "the reference engine"
        assert (known["verdict"], known["reason"]) == ("skipped", f"only {asked} was requested")


def test_an_unbounded_surface_has_no_distance(tmp_path: Path, ended: Ended) -> None:
    done = ended("race", "adam", "--fn", "monkey-saddle", "--steps", "9", "--json", "-")
    record = strict(done.stdout)
    assert record["function"] == {"name": "monkey_saddle", "minima": [], "minimum": None}
    assert record["tolerance"] is None
    (entry,) = record["entries"]
    assert (entry["rank"], entry["distance"], entry["steps_to_tolerance"]) == (None, None, None)
    assert (entry["robustness"]["share"], entry["robustness"]["steps"]) == (None, None)


def test_options_win_over_a_document(tmp_path: Path, ended: Ended) -> None:
    document = tmp_path / "mine.yaml"
    document.write_text("fn: booth\nsteps: 50\nlr: 0.01\nentries: [sgd, {name: adam, betas: [0.8, 0.9]}]\n")
    done = ended("race", document, "--steps", "7", "--fn", "matyas", "--json", "-")
    record = strict(done.stdout)
    assert (record["steps"], record["function"]["name"]) == (7, "matyas")
    assert [one["label"] for one in record["entries"]] == ["sgd", "adam:betas=0.8,0.9"]
    assert [one["lr"][0] for one in record["entries"]] == [0.01, 0.01]
    picture = ended("race", document)
    assert picture.returncode == 0
    assert (tmp_path / "mine.png").exists()


def test_a_chain_runs_under_every_entry(tmp_path: Path, ended: Ended) -> None:
    done = ended("race", "sgd", "adam:lr=0.5", "--schedule", COSINE, "--fn", "booth", "--json", "-")
    record = strict(done.stdout)
    assert record["steps"] == 300
    for one, lr in zip(record["entries"], (0.1, 0.5), strict=True):
        assert one["lr_source"] == "given"
        assert one["lr"][150] == pytest.approx(lr / 2)


TRAINING_ARGUMENTS = """\
per_device_train_batch_size: 8
num_train_epochs: 3
learning_rate: 0.05
lr_scheduler_type: cosine
"""
ULTRALYTICS = "epochs: 20\nbatch: 16\noptimizer: SGD\nlr0: 0.001\nlrf: 0.01\n"
GROUPS = """\
steps: 40
optimizer: {name: SGD, lr: 0.01, groups: [{name: a}, {name: b}]}
scheduler: {name: OneCycleLR, max_lr: [0.02, 0.02], total_steps: 40, cycle_momentum: false}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TRAINING_ARGUMENTS, ""),
        (
            f"{TRAINING_ARGUMENTS}weight_decay: 0.1\n",
            "differ in weight decay alone; decay races, with weight_decay 0.1",
        ),
        (GROUPS, ""),
    ],
)
def test_a_config_whose_groups_race_alike_races(tmp_path: Path, ended: Ended, text: str, told: str) -> None:
    """Every framework makes groups of several parameters that one point has not; the curve is the config's."""
    (tmp_path / "args.yaml").write_text(text)
    given = ["--given", "dataset_size=64"]
    race = [*given, "--fn", "booth", "--engine", "reference", "--no-plot"]
    code, out, err = ended("race", "args.yaml", "--json", "race.json", *race)
    words = " ".join(out.split())
    assert (code, told in words) == (0, True)
    assert ("weight decay alone" in words) is bool(told)
    assert ("args.yaml: read as TrainingArguments of transformers" in err) is (text is not GROUPS)
    raced = strict((tmp_path / "race.json").read_text())["entries"][0]
    ended("schedule", "args.yaml", *given, "--engine", "reference", "--no-plot", "--json", "schedule.json")
    curve = strict((tmp_path / "schedule.json").read_text())["schedules"][0]["groups"][0]["lr"]
    assert raced["lr"] == curve
    assert raced["params"].get("weight_decay", 0.0) == (0.1 if told else 0.0)
    assert ended("race", "sgd", "--schedule", "args.yaml", *race).returncode == 0


def test_a_config_whose_groups_differ_cannot_race(tmp_path: Path, ended: Ended) -> None:
    (tmp_path / "args.yaml").write_text(ULTRALYTICS)
    code, out, err = ended("race", "args.yaml", "--given", "dataset_size=64", "--fn", "booth")
    assert (code, out) == (2, "")
    assert "its 3 parameter groups differ in warmup_bias_lr of ultralytics.BaseTrainer; a race has one point" in err
    assert ended("race", "args.yaml", "--from", "timm", "--fn", "booth").returncode == 2


def test_several_race_documents_are_several_races(tmp_path: Path, ended: Ended) -> None:
    some = [ROOT / "configs" / "races" / name for name in ("ravine.yaml", "too-large.yaml")]
    done = ended("race", *some, "-o", tmp_path, "--json", "races.json")
    assert done.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"ravine.png", "too-large.png", "races.json"}
    record = strict((tmp_path / "races.json").read_text())
    assert list(record) == ["lrviz", "torch", "races"]
    assert [one["steps"] for one in record["races"]] == [150, 12]


@pytest.mark.parametrize("path", RACES, ids=lambda path: path.stem)
@pytest.mark.slow
def test_every_race_of_configs_agrees(path: Path) -> None:
    with torch_is_here():
        race = run_race(load_race(path))
    record = strict(race_json_text([race]))
    assert {one["crosscheck"]["verdict"] for one in record["entries"]} == {"agree"}
    assert record["name"] != path.stem
    assert path.read_text().startswith("# ")


def test_there_are_races_enough() -> None:
    assert len(RACES) >= 10


@pytest.mark.parametrize("suffix", ["gif", "webp"])
@pytest.mark.slow
def test_a_film_is_written_beside_the_picture(tmp_path: Path, suffix: str, ended: Ended) -> None:
    film = f"run.{suffix}"
    done = ended("race", "sgd", "--fn", "booth", "--steps", "20", "--animate", film, "--engine", "reference")
    assert done.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {film, "race-booth.png"}


WRONG: dict[str, tuple[list[str], str]] = {
    "no such optimizer": (["adm", "--fn", "booth"], "did you mean Adam?"),
    "no such function": (["adam", "--fn", "rosenbrok"], "did you mean rosenbrock?"),
    "no function": (["adam"], "fn"),
    "another's hyperparameter": (["sgd:betas=0.9,0.99", "--fn", "booth"], "betas is a parameter of Adam"),
    "a misspelt hyperparameter": (["adam:epss=1", "--fn", "booth"], "did you mean eps?"),
    "out of range": (["adam:betas=0.9,1.5", "--fn", "booth"], "a number below 1"),
    "no value": (["adam:lr=", "--fn", "booth"], "name:key=value"),
    "a key twice": (["adam:lr=1:lr=2", "--fn", "booth"], "given twice"),
    "yes": (["adam:amsgrad=yes", "--fn", "booth"], "write true"),
    "start of one number": (["adam", "--fn", "booth", "--start", "1"], "two finite numbers"),
    "start of words": (["adam", "--fn", "booth", "--start", "a,b"], "two finite numbers"),
    "start not finite": (["adam", "--fn", "booth", "--start", "nan,0"], "two finite numbers"),
    "start far away": (["adam", "--fn", "booth", "--start", "1e9,0"], "outside the domain"),
    "no steps": (["adam", "--fn", "booth", "--steps", "0"], "at least 1"),
    "negative steps": (["adam", "--fn", "booth", "--steps=-5"], "at least 1"),
    "too many steps": (["adam", "--fn", "booth", "--steps", "1e9"], "at most 1,000,000"),
    "steps of words": (["adam", "--fn", "booth", "--steps", "many"], "whole number"),
    "code": (["adam", "--fn", "__import__('os').system('x')"], "neither a function's name nor a formula"),
    "neither x nor y": (["adam", "--fn", "2 + 2"], "neither x nor y"),
    "not finite at the start": (["adam", "--fn", "1/x + y", "--start", "0,0"], "a finite value is needed"),
    "no gradient at the start": (["adam", "--fn", "sqrt(x) + y", "--start", "0,0"], "the gradient of f is inf"),
    "a domain of its own": (["adam", "--fn", "booth", "--domain", "0,1"], "has its own"),
    "a domain of three": (["adam", "--fn", "x*y", "--domain", "0,1,2"], "--domain: [0.0, 1.0, 2.0] given; two bounds"),
    "a domain upside down": (["adam", "--fn", "x*y", "--domain", "1,0"], "a lower and a higher bound"),
    "a function's parameter": (["adam", "--fn", "quadratic:kapa=3"], "did you mean kappa?"),
    "a function's value": (["adam", "--fn", "quadratic:kappa=-3"], "greater than 0"),
    "negative noise": (["adam", "--fn", "booth", "--noise=-1"], "at least 0"),
    "clip 0": (["adam", "--fn", "booth", "--clip", "0"], "above 0"),
    "another average": (["adam", "--fn", "booth", "--average", "mean"], "swa or ema"),
    "average of LBFGS": (["lbfgs", "--fn", "booth", "--average", "swa"], "LBFGS cannot be averaged"),
    "average that starts late": (["adam", "--fn", "booth", "--average", "swa:start=500"], "0 to 499"),
    "decay of 1": (["adam", "--fn", "booth", "--average", "ema:decay=1"], "below 1"),
    "lr and tune": (["adam", "--fn", "booth", "--lr", "0.1", "--tune"], "drop one of"),
    "no fused": (["rprop", "--fn", "booth", "--impl", "fused"], "Rprop has no fused implementation"),
    "capturable": (["adam:capturable=true", "--fn", "booth"], "CPU"),
    "two groups": ([str(ROOT / "configs" / "fine-tuning-two-groups.yaml"), "--fn", "booth"], "2 parameter groups"),
    "a short schedule": ([str(COSINE), "--fn", "booth", "--steps", "301"], "300 steps"),
    "two schedules": ([str(COSINE), "--schedule", str(COSINE), "--fn", "booth"], "its own schedule"),
    "no such document": (["nowhere.yaml", "--fn", "booth"], "no such file"),
    "a race and an entry": ([str(RACES[0]), "adam"], "is a whole race"),
    "another film": (["adam", "--fn", "booth", "--animate", "x.avi"], ".gif, .webp, .mp4"),
    "a film nowhere": (["adam", "--fn", "booth", "--animate", "no/x.gif"], "no such folder"),
    "a picture nowhere": (["adam", "--fn", "booth", "-o", "no/x.png"], "no such folder"),
    "two data on stdout": (["adam", "--fn", "booth", "--json", "-", "--csv", "-"], "one of them"),
    "another view": (["adam", "--fn", "booth", "--view", "4d"], "4d"),
}


@pytest.mark.parametrize(("arguments", "told"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_refused(ended: Ended, arguments: list[str], told: str, tmp_path: Path) -> None:
    code, out, err = ended("race", *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("ffmpeg") is not None, reason="ffmpeg is installed")
def test_a_film_that_needs_ffmpeg_says_how_to_get_it(tmp_path: Path, ended: Ended) -> None:
    done = ended("race", "adam", "--fn", "booth", "--animate", "x.mp4")
    assert done.returncode == 2
    assert "ffmpeg.org" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_everything_wrong_is_said_at_once(tmp_path: Path, ended: Ended) -> None:
    arguments = ["adm", "sgd:betas=0.9,0.9", "--fn", "booth", "--average", "mean"]
    done = ended("race", *arguments)
    assert done.stderr.count("\n") == 3
    for part in ("entry 'adm'", "entry 'sgd:betas=0.9,0.9'", "--average"):
        assert part in done.stderr


def test_a_document_names_line_and_column(tmp_path: Path, ended: Ended) -> None:
    path = tmp_path / "race.yaml"
    path.write_text("fn: rosenbrock\nentries:\n  - adam\n  - {name: sgd, momentun: 0.9}\n  - adm\nstep: 5\n")
    done = ended("race", path)
    assert done.returncode == 2
    assert f"{path}:6:1: step: unknown key 'step'" in done.stderr
    path.write_text("fn: rosenbrock\nentries:\n  - adam\n  - {name: sgd, momentun: 0.9}\n  - adm\n")
    said = ended("race", path).stderr
    assert f"{path}:4:17: entries[1].momentun: unknown key 'momentun'" in said
    assert f"{path}:5:5: entries[2]" in said
    assert "did you mean momentum?" in said


def test_diverging_says_nothing_on_stderr(tmp_path: Path, ended: Ended) -> None:
    done = ended("race", "sgd:lr=1e300", "rprop", "--fn", "goldstein_price")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "diverged at step" in done.stdout
