"""`lrviz sweep` on the command line: its files, its data, its store, and every wrong input."""

from __future__ import annotations

import csv
import io
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from lrviz.documents.sweep import KEYS
from lrviz.foundation.numerals import short
from tests.cli import Ended, lrviz, strict

ROOT = Path(__file__).parents[1]
COSINE = ROOT / "configs" / "races" / "schedules" / "cosine.yaml"
BOOTH = ("--fn", "booth", "--steps", "20", "--starts", "3")


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "lrviz" / "sweeps"


def test_json_is_what_the_design_says(tmp_path: Path, ended: Ended) -> None:
    words = ("sweep", "sgd", "adam", *BOOTH, "--over", "lr=0.1..1e9:3", "--over", "weight_decay=0..1:2", "--json", "-")
    done = ended(*words)
    assert done.returncode == 0
    assert not list(tmp_path.glob("*.png"))
    record = strict(done.stdout)
    assert list(record) == ["lrviz", "function", "start", "starts", "steps", "tiles", "entries"]
    assert record["function"] == {"name": "booth"}
    assert (record["start"], record["starts"], record["steps"]) == ([-7.0, 6.0], 3, 20)
    assert record["tiles"] == {"computed": 2, "reused": 0}
    for one, label in zip(record["entries"], ("sgd", "adam"), strict=True):
        assert list(one) == ["label", "axes", "median", "low", "high", "diverged", "basin"]
        assert one["label"] == label
        assert [axis["key"] for axis in one["axes"]] == ["lr", "weight_decay"]
        assert [np.shape(one[name]) for name in ("median", "low", "high", "diverged")] == [(3, 2)] * 4
        assert one["basin"] is None
    sgd = record["entries"][0]
    assert sgd["median"][2] == [None, None]
    assert sgd["diverged"][2] == [1.0, 1.0]
    assert ended(*words).stdout == done.stdout.replace('"computed": 2, "reused": 0', '"computed": 0, "reused": 2')


def test_a_map_of_starts_as_json_csv_and_arrays(tmp_path: Path, ended: Ended) -> None:
    words = ("sweep", "adam:lr=0.5", "--fn", "himmelblau", "--steps", "80", "--over", "start:4,3", "--no-plot")
    done = ended(*words, "--csv", "-", "--npz", "grid.npz", "--json", "grid.json")
    assert done.returncode == 0
    record = strict((tmp_path / "grid.json").read_text())
    (entry,) = record["entries"]
    assert [axis["key"] for axis in entry["axes"]] == ["x", "y"]
    assert entry["axes"][0]["values"] == [-3.75, -1.25, 1.25, 3.75]
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["entry", "x", "y", "median", "low", "high", "diverged", "basin"]
    assert len(rows) == 1 + 12
    assert [float(row[3]) for row in rows[1:]] == [value for column in entry["median"] for value in column]
    with np.load(tmp_path / "grid.npz", allow_pickle=False) as known:
        assert known["labels"].tolist() == ["adam:lr=0.5"]
        assert known["basin"].tolist() == [entry["basin"]]
        assert known["x"].tolist() == entry["axes"][0]["values"]
        assert known["arrived"].shape == (1, 4, 3)


def test_a_document_and_options_that_win_over_it(tmp_path: Path, ended: Ended) -> None:
    document = tmp_path / "mine.yaml"
    document.write_text("fn: booth\nsteps: 50\nstarts: 2\nover: [lr=0.1..1:3]\nentries: [sgd, {name: adam}]\n")
    done = ended("sweep", document, "--steps", "7", "--json", "-")
    record = strict(done.stdout)
    assert (record["steps"], record["starts"], len(record["entries"])) == (7, 2, 2)
    assert ended("sweep", document).returncode == 0
    assert (tmp_path / "mine.png").exists()
    raced = ended("race", document)
    assert raced.returncode == 2
    assert "unknown key 'over'" in raced.stderr


@pytest.mark.parametrize("command", ["sweep", "race"])
def test_standard_input_is_what_a_file_is(command: str, tmp_path: Path, ended: Ended) -> None:
    """A whole document, or the schedule of one entry beside others; faults have their lines."""
    over = "over: [lr=0.1..1:3]\n" if command == "sweep" else ""
    own = ("--over", "lr=0.1..1:3") if over else ()
    document = f"fn: booth\nsteps: 5\n{over}entries: [sgd, {{name: adam}}]\n"
    (tmp_path / "mine.yaml").write_text(document)
    words = ("--no-plot", "--json", "-", "--quiet", *(() if over else ("--engine", "reference", "--no-tune")))
    piped, filed = (ended(command, name, *words, stdin=document) for name in ("-", "mine.yaml"))
    records = [{**strict(done.stdout), "tiles": None} for done in (piped, filed)]
    assert records[0] == records[1]
    schedule = "epochs: 9\noptimizer: {name: SGD, lr: 0.1}\nscheduler: {name: StepLR, step_size: 3}\n"
    mixed = ended(command, "-", "adam", "--fn", "booth", *own, *words, stdin=schedule)
    assert [one["label"] for one in strict(mixed.stdout)["entries"]] == ["-", "adam"]
    wrong = ended(command, "-", *words, stdin=document.replace("booth", "boot"))
    assert wrong.stderr.startswith("<stdin>:1:5: fn: ")
    assert ended(command, "-", "adam", *words, stdin=document).stderr.startswith("- ")
    assert ended(command, "-", *words[4:], stdin=document).returncode == 0
    assert (tmp_path / "stdin.png").exists()


def test_the_schema_knows_sweep_documents(ended: Ended) -> None:
    described = strict(ended("schema", "sweep").stdout)
    jsonschema.Draft202012Validator.check_schema(described)
    validator = jsonschema.Draft202012Validator(described)
    good = {"entries": ["sgd"], "fn": "booth", "over": ["lr=0.1..1"], "starts": 4, "lr": "1/8"}
    assert validator.is_valid(good)
    assert sorted(described["properties"]) == sorted(KEYS)
    wrong: list[dict[str, Any]] = [{"view": "3d"}, {"over": []}, {"starts": 0}, {"ovr": ["lr=0.1..1"]}]
    assert not any(validator.is_valid({**good, **one}) for one in wrong)


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ("lr=1e-4..1e-3:3", "best lr is the highest swept"),
        ("lr=1..3:3", "best lr is the lowest swept"),
        ("lr=0.1..9:9", ""),
    ],
)
def test_a_best_value_at_an_end_is_said_and_a_model_has_no_starts(over: str, told: str, ended: Ended) -> None:
    """If the best value is at an end of its axis, a better one may be beyond it."""
    said = ended(
        "sweep", "sgd", "--problem", "nqm:dim=20:batch=16", "--steps", "40", "--over", over, "--no-plot"
    ).stdout
    assert ("best lr is the" in said, told in said, " start" in said) == (bool(told), True, False)


def test_which_schedule_wins_at_which_batch_is_said(ended: Ended) -> None:
    """The least of each column of the map, from the JSON, is what the second table says."""
    names = ("sgd:momentum=0.9", "CosineAnnealingLR:T_max=60")
    over = ("--over", "batch=1..1e6:5", "--over", "lr=0.01..3.5:15", "--json", "grid.json", "--no-plot")
    done = ended("sweep", *names, "--problem", "nqm:dim=200", "--steps", "60", *over)
    entries = strict(Path("grid.json").read_text())["entries"]
    batches, rates = (axis["values"] for axis in entries[0]["axes"])
    losses = np.array([one["median"] for one in entries], dtype=float)
    losses[np.isnan(losses)] = np.inf
    winners = set()
    for row, batch in enumerate(batches):
        least = losses[:, row].min(axis=1)
        winners.add(int(least.argmin()))
        cells = [
            f"{short(loss, 3)} at lr {short(rates[at], 3)}"
            for loss, at in zip(least.tolist(), losses[:, row].argmin(axis=1), strict=True)
        ]
        (said,) = (
            line for line in done.stdout.splitlines() if line.split()[:1] == [short(batch)] and " at lr " in line
        )
        assert re.split(r" {2,}", said.strip()) == [short(batch), names[int(least.argmin())], *cells]
    assert winners == {0, 1}
    alone = ended("sweep", "sgd", "--problem", "nqm:dim=20", "--steps", "9", *over).stdout
    assert ("lowest" in done.stdout, "lowest" in alone, " at lr " in alone) == (True, False, True)


def test_schedules_are_swept_over_their_own_keys(ended: Ended) -> None:
    words = ("--fn", "booth", "--steps", "40", "--json", "-")
    whole = strict(ended("sweep", COSINE, *words, "--over", "scheduler.T_max=5..40:4").stdout)
    (axis,) = whole["entries"][0]["axes"]
    # Ticks are whole numbers.
    assert axis == {"key": "scheduler.T_max", "values": [5.0, 17.0, 28.0, 40.0]}
    two = strict(
        ended("sweep", COSINE, *words, "--over", "lr=0.001..0.1:2", "--over", "scheduler.T_max=5..40:4").stdout
    )
    assert np.shape(two["entries"][0]["median"]) == (2, 4)
    assert two["entries"][0]["median"][1] == whole["entries"][0]["median"]
    inline = ended("sweep", "adam", "--schedule", "StepLR:step_size=10", *words, "--over", "scheduler.gamma=0.1..0.9:3")
    assert inline.returncode == 0
    # The entry is called adam: what it runs under is said, and the lr that no axis changes.
    assert "StepLR, lr up to 0.001" in inline.stderr
    assert "lr up to" not in ended("sweep", COSINE, *words, "--over", "lr=0.001..0.1:2").stderr


def test_pictures_go_where_they_are_told_to(tmp_path: Path, ended: Ended) -> None:
    done = ended("sweep", "sgd", *BOOTH, "--over", "lr=0.01..1:5")
    assert done.stdout.rstrip().endswith("sweep-booth.png")
    assert "1 tile computed, 0 reused" in done.stdout
    for name in ("one.svg", "one.pdf"):
        assert ended("sweep", "sgd", *BOOTH, "--over", "lr=0.01..1:5", "-o", name, "--quiet").stdout == ""
        assert (tmp_path / name).stat().st_size > 5000


def test_the_store_is_cleared_of_tiles_alone(store: Path, tmp_path: Path, ended: Ended) -> None:
    ended("sweep", "sgd", *BOOTH, "--over", "lr=0.01..1:5", "--no-plot")
    (tile,) = store.glob("*/*.npz")
    (store / "mine.txt").write_text("kept")
    (tile.parent / "mine.npz").write_text("kept")
    digits = f"{tile.parent.name}{'0' * 62}.npz"
    (tile.parent / digits).mkdir()
    other = tmp_path / "other"
    other.mkdir()
    for folder in (store / "zz", other):
        folder.mkdir(exist_ok=True)
        (folder / digits).write_text("kept")
    (store / ("00" if tile.parent.name != "00" else "01")).symlink_to(other)
    done = ended("sweep", "--clear-store")
    assert (done.returncode, done.stderr) == (0, f"1 tile removed from {store}\n")
    assert sorted(path.name for path in store.rglob("*.*")) == sorted([digits, digits, "mine.npz", "mine.txt"])
    assert (other / digits).exists()
    done = ended("sweep", "--clear-store", "--store", "new")
    assert (done.returncode, done.stderr) == (2, "--store new: no such folder\n")
    assert not (tmp_path / "new").exists()


@pytest.mark.process
def test_a_sweep_imports_no_torch(tmp_path: Path) -> None:
    done = lrviz("sweep", "sgd", *BOOTH, "--over", "lr=0.01..1:5", cwd=tmp_path, env={
        "XDG_CACHE_HOME": str(tmp_path), "PYTHONPROFILEIMPORTTIME": "1",
    })  # fmt: skip
    assert done.returncode == 0
    assert " torch\n" not in done.stderr


SHOWN = re.findall(
    r"^(?:\|.*\| `)?(lrviz sweep [^`\n]*)", (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8"), re.MULTILINE
)


def test_docs_have_examples() -> None:
    assert len(SHOWN) >= 11


@pytest.mark.parametrize("line", SHOWN)
def test_what_docs_show_runs(line: str, tmp_path: Path, ended: Ended) -> None:
    """Each command of the page with few steps, and in one process where it says a cluster."""
    _, *words = shlex.split(re.sub(r"--dask \S+", "", line), comments=True)
    less = ["--steps", "3", "--no-plot", "--quiet"]
    if "--clear-store" in words:
        (tmp_path / words[-1]).mkdir()
        less = []
    done = ended(*words, *less)
    assert (done.returncode, done.stderr.replace(f"0 tiles removed from {words[-1]}\n", "")) == (0, "")


def test_a_file_in_the_way_of_a_tile_is_said(store: Path, ended: Ended) -> None:
    words = ("sweep", "sgd", *BOOTH, "--over", "lr=0.01..1:5", "--no-plot")
    ended(*words)
    (tile,) = store.glob("*/*.npz")
    tile.unlink()
    tile.parent.rmdir()
    tile.parent.touch()
    done = ended(*words)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"{tile.parent}: cannot be made: File exists\n"


AXIS = "write KEY=LOW..HIGH[:log|lin][:COUNT], as lr=1e-4..1, or start[:NX,NY]"
WRONG: dict[str, tuple[str, str]] = {
    "no entry": (
        "",
        "nothing to sweep; name an optimizer, as lrviz sweep adam --fn rosenbrock --over lr=1e-4..1",
    ),
    "no axis": (
        "adam",
        f"--over: missing; {AXIS}",
    ),
    "no range": (
        "adam --over lr",
        f"--over: 'lr' given; {AXIS}",
    ),
    "half a range": (
        "adam --over lr=1..",
        f"--over: 'lr=1..' given; {AXIS}",
    ),
    "twice": (
        "adam --over lr=1..2 --over lr=3..4",
        "--over: lr given twice; give an axis once, with all of its values",
    ),
    "twice by two names": (
        "adam --over beta1=0..0.9 --over betas[0]=0..0.5",
        "--over: beta1 given twice; give an axis once, with all of its values",
    ),
    "twice, once as a path": (
        "sgd --over lr=0.1..1 --over optimizer.lr=0.1..1",
        "--over: lr given twice; give an axis once, with all of its values",
    ),
    "a path too much": (
        "StepLR:step_size=4 --over optimizer.optimizer.lr=1..2",
        "--over: optimizer.optimizer.lr: optimizer has no part 'optimizer'",
    ),
    "what the schedule sets": (
        "OneCycleLR:max_lr=0.1 --over lr=0.1..1",
        "sweep: over: lr: no value of it has an effect on OneCycleLR:max_lr=0.1, whose schedule sets it itself; "
        "sweep a key of the schedule, as scheduler.KEY",
    ),
    "what the schedule cycles": (
        "adam --schedule CyclicLR:base_lr=0.1:max_lr=1 --over beta1=0..0.9",
        "sweep: over: beta1: no value of it has an effect on adam, whose schedule sets it itself; "
        "sweep a key of the schedule, as scheduler.KEY",
    ),
    "a path that is none": (
        "StepLR:step_size=4 --over scheduler.milestones[-1]=1..2",
        "--over: scheduler.milestones[-1]: no path in a schedule document; write for example "
        "scheduler.schedulers[1].T_max",
    ),
    "a digit of no number": (
        "StepLR:step_size=4 --over scheduler.²=1..2",
        "--over: scheduler.²: unknown key '²'; allowed here: name, step_size, gamma, interval, "
        "frequency, repeat, start, fractional, param",
    ),
    "a text that ends like a place in a file": (
        "StepLR:²:² --over lr=0.1..1",
        "StepLR:²:²: scheduler: '²' given; settings are written name:key=value:key=value",
    ),
    "a part of many digits": (
        f"rprop --over etas[{'9' * 5000}]=1..2",
        f"--over: etas[{'9' * 5000}]: rprop has no such key; it has lr, etas[0], etas[1], step_sizes[0], step_sizes[1]",
    ),
    "a schedule that ends before the paths": (
        "file.yaml --over steps=10..70",
        "--over: steps: the schedule has 10 steps then, a path 60; --steps makes paths shorter",
    ),
    "three dots": (
        "sgd --over lr=1e-3...1",
        f"--over: 'lr=1e-3...1' given; {AXIS}",
    ),
    "wider than numbers": (
        "sgd --over weight_decay=-1e308..1e308",
        "--over: weight_decay: -1e308..1e308 is wider than the largest number; a narrower range is needed",
    ),
    "two scales": (
        "sgd --over lr=0.1..1:log:lin",
        "--over: lr: 'lin' given; log or lin once, and how many values once",
    ),
    "two counts": (
        "sgd --over lr=0.1..1:5:7",
        "--over: lr: '7' given; log or lin once, and how many values once",
    ),
    "arrays on stdout": (
        "sgd --over lr=0.1..1 --npz -",
        "--npz - given; arrays are binary and need a file, as --npz sweep.npz",
    ),
    "a store below a file": (
        "sgd --over lr=0.1..1 --store file/sweeps",
        "--store file/sweeps: file is a file; a folder is needed",
    ),
    "three": (
        "adam --over lr=1..2 --over eps=1..2 --over beta1=0..0.9",
        "--over: 3 axes given (lr, eps, beta1); a sweep has one or two",
    ),
    "unknown": (
        "sgd --over momentun=0..1",
        "--over: momentun: sgd has no such key; it has lr, momentum, dampening, weight_decay (did you mean momentum?)",
    ),
    "of another library": (
        "sgd --over learning_rate=0.1..1",
        "--over: learning_rate: sgd has no such key; it has lr, momentum, dampening, weight_decay (did you mean lr?)",
    ),
    "of another entry": (
        "sgd adam --over momentum=0..1",
        "--over: momentum: adam has no such key; it has lr, beta1, beta2, eps, weight_decay",
    ),
    "an axis of the other problem": (
        "sgd --over batch=1..64",
        "--over: batch: sgd has no such key; it has lr, momentum, dampening, weight_decay; batch is an axis of the"
        " noisy quadratic model (problem: nqm)",
    ),
    "starts as a range": (
        "sgd --over start=-1..1",
        "--over: 'start=-1..1' given; write start:NX,NY, as start:300,200",
    ),
    "a range as the lr": (
        "sgd --over momentum=0..0.9 --lr 1e-4..1",
        "--lr: '1e-4..1' given; a range is an axis: over lr=1e-4..1",
    ),
    "no schedule": (
        "sgd --over scheduler.T_max=5..9",
        "--over: scheduler.T_max: sgd has no schedule; name a document, or give a schedule for all entries",
    ),
    "unknown of a schedule": (
        "StepLR:step_size=4 --over scheduler.gama=0.1..0.9",
        "--over: scheduler.gama: unknown key 'gama'; allowed here: name, step_size, gamma, interval, "
        "frequency, repeat, start, fractional, param (did you mean gamma?)",
    ),
    "a short key of a schedule": (
        "StepLR:step_size=4 --over gamma=0.1..0.9",
        "--over: gamma: StepLR:step_size=4 has no such key; it has lr, momentum, dampening, weight_decay (did"
        " you mean scheduler.gamma?)",
    ),
    "empty": (
        "sgd --over lr=5..5",
        "--over: lr: 5..5 is a single value; a range is needed",
    ),
    "reversed": (
        "sgd --over lr=1..0.1",
        "--over: lr: 1..0.1 is reversed; the lower end comes first (did you mean 0.1..1?)",
    ),
    "log from 0": (
        "sgd --over lr=0..1:log",
        "--over: lr: 0 given; a log axis begins above 0 (use :lin for a linear one)",
    ),
    "negative": (
        "sgd --over lr=-1..1",
        "--over: lr: -1.0 given; at least 0 is needed",
    ),
    "negative, and near 0": (
        "sgd --over momentum=-0.4..0.9",
        "--over: momentum: -0.4 given; at least 0 is needed",
    ),
    "whole, but in no order": (
        "stages.yaml --over scheduler.milestones[0]=10..55:lin:5",
        "--over: scheduler.milestones[0]: scheduler.milestones[1]: 50 given after 55; milestones must rise, although "
        "torch accepts any order",
    ),
    "out of range": (
        "adam --over beta2=0.5..1",
        "--over: beta2: betas: 1.0 given; a number below 1 is needed",
    ),
    "no number": (
        "sgd --over lr=nan..1",
        "--over: lr: 'nan' given; a finite number is needed",
    ),
    "a whole number beyond all floats": (
        f"sgd --over lr=1..1{'0' * 350}",
        f"--over: lr: '1{'0' * 55}... given; a finite number is needed",
    ),
    "no scale": (
        "sgd --over lr=0.1..1:lg",
        "--over: lr: 'lg' given; log or lin, or how many values (did you mean log?)",
    ),
    "none": (
        "sgd --over lr=0.1..1:0",
        "--over: lr: 0 values given; an axis has 2 to 10,000",
    ),
    "too many": (
        "sgd --over lr=0.1..1:10_000_000",
        "--over: lr: 10,000,000 values given; an axis has 2 to 10,000",
    ),
    "too many together": (
        "sgd --over lr=0.1..1:5000 --over momentum=0..0.9:5000",
        "--over: 25,000,000 points given; a sweep has at most 4,000,000",
    ),
    "no start": (
        "sgd --over start:0,5",
        "--over: start: 0 values given; an axis has 2 to 10,000",
    ),
    "too many starts": (
        "sgd adam --over start:1500",
        "--over: 4,500,000 points given for 2 entries; a sweep has at most 4,000,000",
    ),
    "a start and more": (
        "sgd --over start --over lr=1..2",
        "--over: start given with lr; start is both axes of its map",
    ),
    "starts of a start": (
        "sgd --over start --starts 4",
        "--starts: given with a map over start; the points of that map are the starts",
    ),
    "starts beyond all": (
        "sgd --over lr=0.1..1 --starts 1e6",
        "--starts: 1000000 given; at most 100000 is allowed",
    ),
    "one value": (
        "sgd --over lr=0.1..1:1",
        "--over: lr: 1 value given; an axis has 2 to 10,000",
    ),
    "no starts": (
        "sgd --over lr=0.1..1 --starts 0",
        "--starts: 0 given; at least 1 is needed",
    ),
    "code": (
        "py:mine:Lion --over lr=0.1..1",
        "entry 'py:mine:Lion': py:mine:Lion: a class given as py: cannot be swept; lrviz does not have its formula",
    ),
    "clearing and sweeping": (
        "sgd --clear-store",
        "--clear-store with a sweep; run it alone, or with --store DIR",
    ),
    "two kinds on stdout": (
        "sgd --over lr=0.1..1 --json - --csv -",
        "--json - and --csv - given; stdout carries one of them, give the other a file",
    ),
    "arrays into nowhere": (
        "sgd --over lr=0.1..1 --npz no/where.npz",
        "--npz no/where.npz: no such folder no",
    ),
    "a store that is a link to nothing": (
        "sgd --over lr=0.1..1 --store link",
        "--store link: a link that leads nowhere; a folder is needed",
    ),
    "a store that is a file": (
        "sgd --over lr=0.1..1 --store file",
        "--store file: a file; a folder is needed",
    ),
}
"""Words of the command, and all that is said."""
STAGES = """\
steps: 600
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [20, 50]
  schedulers: [{name: LinearLR}, {name: ConstantLR}, {name: LinearLR}]
"""


@pytest.mark.parametrize("what", WRONG)
def test_wrong_input_is_one_clear_message(what: str, tmp_path: Path, ended: Ended) -> None:
    words, told = WRONG[what]
    (tmp_path / "file").touch()
    (tmp_path / "file.yaml").write_text("steps: 60\noptimizer: {name: SGD, lr: 0.1}\nscheduler: {name: LinearLR}\n")
    (tmp_path / "stages.yaml").write_text(STAGES)
    (tmp_path / "link").symlink_to("link")
    done = ended("sweep", *words.split(), *(() if "clearing" in what else ("--fn", "booth")))
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", [told])
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == [
        "file", "file.yaml", "link", "stages.yaml",
    ]  # fmt: skip


def test_a_mistyped_file_is_said_beside_what_it_would_have_held(tmp_path: Path, ended: Ended) -> None:
    (tmp_path / "open.yaml").write_text("entries: [sgd\nfn: booth\n")
    for command in ("race", "sweep"):
        assert "\nnone.yaml: no such file (did you mean open.yaml?)\n" in ended(command, "none.yaml").stderr
        assert "\nopen.yaml:2:3: not YAML: " in ended(command, "open.yaml").stderr


def test_a_parameter_of_a_surface_or_a_model_is_named(ended: Ended) -> None:
    done = ended("sweep", "sgd", "--over", "lr=1..2", "--fn", "quadratic:kappa=2:kappa=3")
    assert done.stderr == "--fn: kappa: given twice\n"
    done = ended("sweep", "sgd", "--over", "lr=1..2", "--problem", "nqm:dim=2:dim=3:power=no")
    assert done.stderr.splitlines()[0] == "--problem: dim: given twice"
    assert "--problem: power: " in done.stderr


def test_all_that_is_wrong_in_a_document_is_said_at_its_line(tmp_path: Path, ended: Ended) -> None:
    (tmp_path / "bad.yaml").write_text("entries: [adm]\nfn: boot\nover:\n- lr=2..1\n- lr\nview: 3d\nstarts: 0\n")
    done = ended("sweep", "bad.yaml")
    assert done.returncode == 2
    places = [line.split(": ")[:2] for line in done.stderr.splitlines()]
    assert places == [
        ["bad.yaml:1:11", "entries[0].name"], ["bad.yaml:2:5", "fn"], ["bad.yaml:4:3", "over[0]"],
        ["bad.yaml:5:3", "over[1]"], ["bad.yaml:6:1", "view"], ["bad.yaml:7:9", "starts"],
    ]  # fmt: skip
