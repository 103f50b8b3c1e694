from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import lrviz
from lrviz.foundation.errors import DocumentError, UsageError
from lrviz.logs.frames import masked_crc
from lrviz.logs.layout import asked
from lrviz.logs.read import is_log, read
from lrviz.results import Curves, Logged
from lrviz.runs.logged import placed, simulation
from tests import logs
from tests.cli import Ended, strict
from tests.logs import Values

DOCUMENT = {
    "steps": 60,
    "interval": "step",
    "optimizer": {"name": "SGD", "lr": 0.12345678901},
    "scheduler": {
        "name": "SequentialLR",
        "milestones": [10],
        "schedulers": [{"name": "LambdaLR", "lr_lambda": "t / 10"},
            {"name": "LinearLR", "start_factor": 1, "end_factor": 0, "total_iters": 50}],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Curves:
    return lrviz.simulate(DOCUMENT, engine="reference").curves


def every(plan: Curves, n: int, *, first: int = 0, ahead: int = 0) -> Values:
    """Every n-th value of a plan; first: the step of the first update; ahead: how many updates early one is."""
    lr = [*plan.lr[:, 0].tolist(), 0.0]
    return [(k + first, lr[k + ahead]) for k in range(n - 1, len(lr) - 1, n)]


def ultralytics(path: Path, values: Values) -> Path:
    head = ["                  epoch", "         train/box_loss", "                 lr/pg0", "                 lr/pg1"]
    return logs.table(path, [head, *([f"{k:>23}", "1", f"{lr:.6g}", f"{lr / 10:.6g}"] for k, lr in values)])


def rows(plan: Curves, n: int, head: Sequence[str], *cells: str, first: int = 0) -> list[Sequence[object]]:
    """A header, and a row for every n-th value; cells: how the step and the lr are written in each."""
    return [head, *([cell.format(step=step, lr=lr) for cell in cells] for step, lr in every(plan, n, first=first))]


Writer = Callable[[Path, Curves], Path]
WRITERS: dict[str, tuple[str, int, Writer]] = {
    # How a log is called, the updates between two of its values, and what writes it below a folder.
    "trainer_state.json, 4.51 and later": (
        "trainer_state.json",
        4,
        lambda at, plan: logs.trainer_state(at / "a.json", every(plan, 4, first=1), last=60),
    ),
    "trainer_state.json, before 4.51": (
        "trainer_state.json",
        4,
        lambda at, plan: logs.trainer_state(at / "a.json", every(plan, 4, first=1, ahead=1), last=60),
    ),
    "TensorBoard": (
        "TensorBoard",
        1,
        lambda at, plan: logs.event_file(at / "e", {"lr": every(plan, 1), "loss": [(3, 1.0)]}),
    ),
    "TensorBoard's tensors": (
        "TensorBoard",
        7,
        lambda at, plan: logs.event_file(at / "e", {"train/lr": every(plan, 7)}, tensor=True),
    ),
    "Transformers in TensorBoard": (
        "TensorBoard",
        3,
        lambda at, plan: (
            logs.event_file(
                at / "events.out.tfevents.1",
                {"train/learning_rate": every(plan, 3, first=1), "train/epoch": [(1, 0.1)]},
            ).parent
        ),
    ),
    "Lightning": (
        "Lightning CSVLogger",
        5,
        lambda at, plan: logs.table(
            at / "metrics.csv",
            [
                ["epoch", "lr-SGD", "step", "train_loss"],
                *(row for k, lr in every(plan, 5) for row in ((None, lr, k, None), (0, None, k, 1.5))),
            ],
        ),
    ),
    "W&B": (
        "W&B export",
        5,
        lambda at, plan: logs.table(
            at / "wandb.csv",
            rows(plan, 5, ["Step", "r - train/lr", "r - train/lr__MIN", "r - loss"], "{step}", "{lr}", "{lr}", "1"),
        ),
    ),
    "W&B over train/global_step": (
        "W&B export",
        2,
        lambda at, plan: logs.table(
            at / "wandb.csv",
            rows(plan, 2, ["train/global_step", "r - train/learning_rate"], "{step}", "{lr}", first=1),
        ),
    ),
    "CSV": (
        "CSV",
        1,
        lambda at, plan: logs.table(at / "x.txt", rows(plan, 1, ["step", "loss", "lr"], "{step}", "1", "{lr}")),
    ),
    "CSV with semicolons": (
        "CSV",
        3,
        lambda at, plan: logs.table(at / "x.csv", rows(plan, 3, ["step", "lr"], "{step}", "{lr}"), delimiter=";"),
    ),
    "CSV of six digits": (
        "CSV",
        1,
        lambda at, plan: logs.table(at / "x.csv", rows(plan, 1, ["iter", "learning_rate"], "{step}", "{lr:.6g}")),
    ),
    "CSV of six decimals": (
        "CSV",
        1,
        lambda at, plan: logs.table(at / "x.csv", rows(plan, 1, ["step", "lr"], "{step}", "{lr:.6f}")),
    ),
    "JSONL": ("JSONL", 3, lambda at, plan: logs.json_lines(at / "x.jsonl", every(plan, 3))),
    "JSONL by its contents": ("JSONL", 3, lambda at, plan: logs.json_lines(at / "log", every(plan, 3))),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_log_of_every_kind_is_the_plan_that_it_logs(kind: str, plan: Curves, tmp_path: Path) -> None:
    name, n, write = WRITERS[kind]
    path = write(tmp_path, plan)
    assert is_log(path)
    logged = read(path)
    assert logged.kind == name
    assert len(logged.conventions) == 1, "the log tells it"
    (one,) = placed(logged)
    assert len(one.at) == 60 // n
    told = np.append(plan.lr[:, 0], 0.0)[one.at]
    allowed = logged.tolerance * (np.abs(told) + 1e-4) + logged.resolution
    assert (np.abs(one.lr - told) <= allowed).all()
    assert logged.tolerance <= 6e-6
    assert logged.resolution == (5e-7 if "decimals" in kind else 0)


def test_groups_epochs_and_spaces_of_ultralytics(tmp_path: Path) -> None:
    logged = read(ultralytics(tmp_path / "results.csv", [(1, 0.01), (2, 0.00671234), (3, 0.00123456)]))
    assert (logged.kind, logged.unit) == ("Ultralytics results.csv", "epoch")
    assert [one.name for one in logged.groups] == ["lr/pg0", "lr/pg1"]
    assert [one.at.tolist() for one in logged.groups] == [[0, 1, 2]] * 2
    assert logged.tolerance == 6e-6
    # Before 8.0 epochs counted from 0.
    assert read(ultralytics(tmp_path / "results.csv", [(0, 0.01), (1, 0.005)])).groups[0].at.tolist() == [0, 1]


def test_a_log_of_transformers_that_says_nothing_keeps_both_conventions(tmp_path: Path) -> None:
    constant = [(step, 1e-5) for step in range(10, 60, 10)]
    both = read(logs.trainer_state(tmp_path / "new.json", constant, last=60))
    assert [one.shift for one in both.conventions] == [0, 1]
    state = json.loads((tmp_path / "new.json").read_text())
    del state["best_global_step"]
    (tmp_path / "old.json").write_text(json.dumps(state))
    assert [one.shift for one in read(tmp_path / "old.json").conventions] == [1], "no version since 4.50 lacks that key"


def test_restarts_replace_what_they_make_again(tmp_path: Path) -> None:
    rows = [(k, 0.1) for k in range(0, 50, 10)] + [(k, 0.2) for k in range(20, 80, 10)]
    logged = read(logs.table(tmp_path / "x.csv", [["step", "lr"], *rows]))
    assert logged.groups[0].at.tolist() == list(range(0, 80, 10))
    assert logged.groups[0].lr.tolist() == [0.1] * 2 + [0.2] * 6
    assert logged.restarts == (20,)
    curves = simulation(logged, "x").curves
    assert [(mark.tick, mark.kind) for mark in curves.marks] == [(20, "restart")]

    run = tmp_path / "run"
    run.mkdir()
    # The name does not tell which is the later one.
    logs.event_file(run / "events.out.tfevents.2", {"lr": rows[:5]}, began=1.0)
    logs.event_file(run / "events.out.tfevents.1", {"lr": rows[5:]}, began=100.0)
    logged = read(run)
    assert logged.groups[0].at.tolist() == list(range(0, 80, 10))
    assert logged.restarts == (20,)


def test_an_event_file_is_read_up_to_where_it_is_cut_or_damaged(tmp_path: Path) -> None:
    path = logs.event_file(tmp_path / "events.out.tfevents.1", {"lr": [(k, 0.1) for k in range(100)]})
    whole = path.read_bytes()
    size = len(logs.scalar("lr", 99, 0.1))
    path.write_bytes(whole[:-7])
    cut = read(path)
    assert (len(cut.groups[0].at), cut.notes) == (
        99,
        (f"{path}: cut in the middle of a record; what comes before it is used",),
    )
    for at, said in ((-3 * size + 30, "damaged"), (-3 * size + 2, "damaged")):
        path.write_bytes(whole[: at - 1] + bytes([whole[at - 1] ^ 0x40]) + whole[at:])
        damaged = read(path)
        assert len(damaged.groups[0].at) == 97
        assert said in damaged.notes[0]


def test_the_checksum_is_crc32c() -> None:
    rows = np.random.default_rng(0).integers(0, 256, (5, 33), np.uint8)
    told = [int.from_bytes(logs.record(row.tobytes())[-4:], "little") for row in rows]
    assert masked_crc(rows).tolist() == told
    assert logs.crc32c(b"123456789") == 0xE3069283, "the check value of the catalogues"


def test_columns_are_found_by_name_or_given(tmp_path: Path) -> None:
    path = logs.table(tmp_path / "x.csv", [["tick", "rate, of body", "rate, of head"], (0, 0.1, 0.2), (5, 0.05, 0.1)])
    with pytest.raises(DocumentError, match="no column is named step; there are tick, rate, of body"):
        read(path)
    given = asked(["step=tick,lr=rate, of head,lr=rate, of body"])
    assert [one.name for one in read(path, asked=given).groups] == ["rate, of head", "rate, of body"]
    with pytest.raises(DocumentError, match=r"step=tik: no such column \(did you mean tick\?\)") as error:
        read(path, asked=asked(["step=tik", "lr=nothing like it"]))
    assert len(error.value.faults) == 2


@pytest.mark.parametrize("given", ["lr", "lr=", "x=1", "nothing,lr=a", "step=a,epoch=b", "step=a,step=b"])
def test_columns_that_say_nothing_are_refused(given: str) -> None:
    with pytest.raises(UsageError, match="--columns"):
        asked([given])


BAD: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("x.csv", "", "an empty file"),
    "blank": ("x.jsonl", "\n \n", "an empty file"),
    "header only": ("x.csv", "step,lr\n", "no row has a value of lr"),
    "no lr": ("x.csv", "step,loss\n1,2\n", "a log without lr: no column has such a name; there are step, loss"),
    "no step": ("x.csv", "time,lr\n1,2\n", "no column is named step"),
    "words": ("x.csv", "step,lr\n1,0.1\n2,fast\n", r"x.csv:3: lr: 'fast' given; a number is needed"),
    "half steps": ("x.csv", "step,lr\n1,0.1\n2.5,0.1\n", r"x.csv:3: step: 2.5 given; a whole number"),
    "backwards": ("x.csv", "step,lr\n3,1\n2,1\n1,1\n", r"x.csv:3: step: 2 after 3: steps go back 2 times"),
    "short row": ("x.csv", "step,loss,lr\n1,2,3\n2,3\n3,4,5\n", r"x.csv:3: 2 of 3 columns given"),
    "latin-1": ("x.csv", "step,lr,é\n1,2,3\n".encode("latin-1"), "not text in UTF-8"),
    "half JSON": ("trainer_state.json", '{"log_history": [', r"trainer_state.json:1:18: not complete JSON"),
    "no history": ("trainer_state.json", '{"log_history": 3}', "log_history: a list"),
    "a history without lr": ("trainer_state.json", '{"log_history": [{"step": 1, "loss": 2}]}', "a log without lr"),
    "a bad line": ("x.jsonl", '{"step": 1, "lr": 1}\n{"step" 2}\n{"step": 3, "lr": 1}\n', r"x.jsonl:2: not JSON"),
    "text in JSON": ("x.jsonl", '{"step": 1, "lr": "x"}\n', r"x.jsonl:1: lr: 'x' given"),
    "events without lr": ("e", logs.version() + logs.scalar("loss", 1, 2.0), "its scalars are loss"),
    "no events": ("e", logs.version(), "it holds no scalars"),
    "only NaN": ("e", logs.version() + logs.scalar("lr", 1, float("nan")), "lr: holds no value"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_log_is_said_at_its_place(name: str, tmp_path: Path) -> None:
    file, content, said = BAD[name]
    path = tmp_path / file
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert is_log(path)
    with pytest.raises(DocumentError, match=said):
        read(path)


GOOD: dict[str, tuple[str, Sequence[float]]] = {
    "BOM": ("\ufeffstep,lr\n0,0.1\n", [0.1]),
    "blanks": ("step,lr\n0,\n1,NaN\n2,null\n3,0.1\n,0.2\n", [0.1]),
    "comma before the decimals": ("step;lr\n0;0,1\n1;0,05\n", [0.1, 0.05]),
    "quotes": ('"step","a ""b"", c","lr"\n0,"x\ty",0.1\n', [0.1]),
    "tabs": ("step\tlr\n0\t0.1\n", [0.1]),
    "cut in the last row": ("step,loss,lr\n0,1,0.1\n1,1\n", [0.1]),
    "steps of pandas": ("step,lr\n0.0,0.1\n1.0,0.2\n", [0.1, 0.2]),
    "a comment": ("# of run 7, by hand\nstep,lr\n0,0.1\n", [0.1]),
    "spaces": ("step  lr\n0     0.1\n10    0.2\n", [0.1, 0.2]),
    "infinite": ("step,lr\n0,inf\n1,0.2\n", [np.inf, 0.2]),
    "the last of one step": ("step,lr\n0,0.1\n0,0.3\n1,0.2\n", [0.3, 0.2]),
}


@pytest.mark.parametrize("name", GOOD)
def test_tables_as_programs_write_them(name: str, tmp_path: Path) -> None:
    text, lr = GOOD[name]
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    logged = read(path)
    assert logged.groups[0].lr.tolist() == lr
    assert bool(logged.notes) == (name == "cut in the last row")


@pytest.mark.parametrize(
    "text",
    [
        "epochs: 9\noptimizer: {name: SGD, lr: 0.1}\n",
        '{"epochs": 9, "optimizer": {"name": "SGD", "lr": 0.1}}',
        "{epochs: 9, lr: 1}\n{epochs: 9}\n",
        "# step,lr\nepochs: 9\n",
        "- step, lr\n- 1, 2\n",
        "just a text, with a comma\nand another, one\n",
        "\x89lr\x01EE",
    ],
)
def test_no_other_file_is_taken_for_a_log(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    assert not is_log(path)


def test_a_folder_is_one_run(tmp_path: Path) -> None:
    assert not is_log(tmp_path)
    with pytest.raises(DocumentError, match="without event files"):
        read(tmp_path)
    for run in ("a", "b"):
        (tmp_path / run).mkdir()
        logs.event_file(tmp_path / run / "events.out.tfevents.1", {"lr": [(0, 0.1)]})
    assert read(tmp_path / "a").groups[0].lr.tolist() == [float(np.float32(0.1))]
    with pytest.raises(DocumentError, match=r"several runs, of which one is needed: a, b"):
        read(tmp_path)


def sparse(tmp_path: Path) -> Path:
    return logs.table(
        tmp_path / "x.csv",
        [["step", "lr/a", "lr/\x1b[31mb"], (9, 0.1, 1), (19, 0.2, None), (29, 0.3, 3), (9, 0.4, 4), (39, 0, 5)],
    )


def test_schedule_draws_a_log_and_gives_its_values(ended: Ended, tmp_path: Path) -> None:
    sparse(tmp_path)
    done = ended("schedule", "x.csv", "--json", "-", "-o", "x.png")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.png").exists()
    (one,) = strict(done.stdout)["schedules"]
    assert [(group["at"], group["lr"]) for group in one["groups"]] == [([9, 39], [0.4, 0.0]), ([9, 39], [4.0, 5.0])]
    assert (one["steps"], one["unit"], one["crosscheck"]["verdict"]) == (2, "step", "skipped")
    assert one["crosscheck"]["reason"] == "a log, nothing to compare with"
    assert "\x1b" not in done.stderr
    rows = ended("schedule", "x.csv", "--csv", "-").stdout.splitlines()
    assert rows[:3] == ["schedule,group,t,lr,momentum,beta1,weight_decay", "x,lr/a,9,0.4,,,", "x,lr/a,39,0.0,,,"]


def test_python_takes_the_path_of_a_log(tmp_path: Path) -> None:
    found = lrviz.simulate(sparse(tmp_path))
    assert [one.at.tolist() for one in found.curves.logged] == [[9, 39], [9, 39]]
    assert found.curves.lr.shape == (40, 2)
    assert found.verdict.reason == "a log, nothing to compare with"
    with pytest.raises(UsageError, match="a log"):
        lrviz.simulate(sparse(tmp_path), params=["momentum"])
    assert lrviz.plot(str(tmp_path / "x.csv")).axes


def test_the_picture_has_a_dot_at_each_value_and_a_mark_at_each_restart(tmp_path: Path) -> None:
    rows = [(k, k / 100) for k in range(4, 50, 5)] + [(k, k / 100) for k in range(29, 90, 5)]
    logged: Logged = read(logs.table(tmp_path / "x.csv", [["step", "lr"], *rows]))
    shown = simulation(logged, "x")
    figure = shown.plot()
    (dots,) = [one for one in figure.axes[0].lines if one.get_gid() == "logged"]
    assert np.asarray(dots.get_xdata()).tolist() == list(range(4, 90, 5))
    assert any("restart of the run" in text.get_text() for text in figure.axes[0].texts)
    assert not any("added" in text.get_text() for text in figure.axes[0].texts)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["lint", "x.csv"], 2, "a log, which holds no document"),
        (["resume", "x.csv", "--at", "3"], 2, "a log, which holds no document"),
        (["check", "x.csv"], 3, "a log, nothing to compare with"),
        (["schedule", "x.csv", "--set", "lr=1"], 2, "--set"),
        (["schedule", "x.csv", "--param", "momentum"], 2, "--param"),
        (["schedule", "StepLR:step_size=1", "--epochs", "3", "--columns", "lr=a"], 2, "without a log"),
        (["schedule", "y.csv"], 2, "did you mean x.csv"),
        (["schedule", "."], 2, "a folder without event files"),
        (["schedule", "x.csv", "--columns", "lr=lr/x"], 2, "did you mean lr/a"),
        (["convert", "run.yaml"], 2, "nor a log"),
        (["convert", "nothing.csv"], 2, "no such file"),
    ],
)
def test_what_needs_a_document_says_so(words: list[str], code: int, said: str, ended: Ended, tmp_path: Path) -> None:
    sparse(tmp_path)
    (tmp_path / "run.yaml").write_text("epochs: 9\n")
    done = ended(*words)
    assert done.returncode == code, done
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
