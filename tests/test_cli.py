"""The command line's contracts, kept by the real program in a process of its own."""

from __future__ import annotations

import csv
import io
import os
import re
import resource
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from rich.console import Console

import lrviz
from lrviz.cli.columns import described
from lrviz.documents.schema import document_schema
from lrviz.foundation.errors import LrvizError
from lrviz.language.fields import Model
from lrviz.language.marked_yaml import read
from lrviz.optimizers import OPTIMIZERS
from lrviz.runs.commands.targets import picture_target
from lrviz.runs.sources.resolving import resolve_all
from lrviz.runs.sources.several import read_all
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.torch.step_lr import StepLR
from tests.cli import COMMAND, ROOT, Ended, environment, in_terminal, interrupted, strict
from tests.cli import lrviz as run

CONFIGS = sorted(path for path in (ROOT / "configs").rglob("*.yaml") if "races" not in path.parts)
REFERENCE = ("--engine", "reference")

STEPS = """
name: Drops
epochs: 4
optimizer: {name: SGD, lr: 0.5, momentum: 0.9, groups: [{name: body, lr: 0.25}, {name: head}]}
scheduler: {name: StepLR, step_size: 2, gamma: 0.5}
"""
CYCLE = """
steps: 10
steps_per_epoch: 5
interval: step
optimizer: {name: Adam, lr: 0.001}
scheduler: {name: OneCycleLR, max_lr: 0.01, total_steps: 10, cycle_momentum: true}
"""
OVERFLOW = """
epochs: 4
optimizer: {name: SGD, lr: 1}
scheduler: {name: ExponentialLR, gamma: 1e200} # lrviz: ignore[LR013] it is to overflow
"""
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a folder with three documents."""
    for name, text in {"drops.yaml": STEPS, "cycle.yaml": CYCLE, "overflow.yaml": OVERFLOW}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def files(folder: Path) -> set[str]:
    """Return what a command has written beside the three documents."""
    return {path.name for path in folder.iterdir()} - {"drops.yaml", "cycle.yaml", "overflow.yaml"}


# Data ---------------------------------------------------------------------------------------------------


def test_json_and_csv_of_both_engines(here: Path, ended: Ended) -> None:
    arguments = ["drops.yaml", "cycle.yaml", "overflow.yaml", "--param", "weight_decay"]
    done = ended("schedule", *arguments, "--json", "curves.json", "--csv", "curves.csv", "-o", "out.svg")
    assert (done.returncode, done.stderr) == (0, "")
    assert files(here) == {"curves.json", "curves.csv", "out.svg"}
    text = (here / "curves.json").read_text(encoding="utf-8")
    record = strict(text)
    assert list(record) == ["lrviz", "torch", "schedules"]
    assert record["lrviz"] == lrviz.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", record["torch"])
    members = ["name", "source", "unit", "steps", "groups", "crosscheck", "warnings"]
    drops, cycle, overflow = record["schedules"]
    by = f"torch {record['torch']}"
    agree = {"verdict": "agree", "max_abs": 0.0, "max_rel": 0.0, "first_step": None, "by": by}
    assert [list(one) for one in record["schedules"]] == [members] * 3
    assert drops == {
        "name": "Drops",
        "source": "drops.yaml",
        "unit": "epoch",
        "steps": 4,
        "groups": [
            {"name": "body", "lr": [0.25, 0.25, 0.125, 0.125], "weight_decay": [0.0] * 4},
            {"name": "head", "lr": [0.5, 0.5, 0.25, 0.25], "weight_decay": [0.0] * 4},
        ],
        "crosscheck": agree,
        "warnings": [],
    }
    assert (cycle["name"], cycle["unit"], cycle["steps"]) == ("cycle", "step", 10)
    (group,) = cycle["groups"]
    assert list(group) == ["name", "lr", "beta1", "weight_decay"]
    assert {len(values) for key, values in group.items() if key != "name"} == {10}
    assert (group["beta1"][0], max(group["lr"])) == (0.95, 0.01)
    assert cycle["crosscheck"]["verdict"] == "agree"
    assert overflow["groups"][0]["lr"] == [1.0, 1e200, None, None]
    assert overflow["crosscheck"]["verdict"] == "agree"

    header, *rows = csv.reader(io.StringIO((here / "curves.csv").read_text(encoding="utf-8")))
    assert header == ["schedule", "group", "t", "lr", "momentum", "beta1", "weight_decay"]
    expected = [
        [
            one["name"],
            group["name"],
            str(t),
            *("" if key not in group else group[key][t] for key in header[3:]),
        ]
        for one in record["schedules"]
        for group in one["groups"]
        for t in range(one["steps"])
    ]
    numbers = [[*row[:3], *(float(cell) if cell else "" for cell in row[3:])] for row in rows]
    infinite = [[float("inf") if cell is None else cell for cell in row] for row in expected]
    assert numbers == infinite


SKIPPED = {"verdict": "skipped", "max_abs": None, "max_rel": None, "first_step": None}


def test_torch_alone_is_not_a_crosscheck(here: Path, ended: Ended) -> None:
    done = ended("schedule", "drops.yaml", "--engine", "torch", "--json", "-")
    record = strict(done.stdout)
    assert done.returncode == 0
    assert record["torch"] is not None
    reason = f"only torch {record['torch']} was requested"
    assert record["schedules"][0]["crosscheck"] == SKIPPED | {"reason": reason}
    assert record["schedules"][0]["groups"][1]["lr"] == [0.5, 0.5, 0.25, 0.25]
    assert f"not cross-checked: {reason}" in done.stderr


def test_data_on_stdout_is_alone_there(here: Path, ended: Ended) -> None:
    as_json = ended("schedule", "drops.yaml", *REFERENCE, "--json", "-")
    as_csv = ended("schedule", "drops.yaml", *REFERENCE, "--csv", "-", "--quiet")
    assert files(here) == set()
    assert as_json.returncode == as_csv.returncode == 0
    record = strict(as_json.stdout)
    reason = "only the reference engine was requested"
    assert (record["torch"], record["schedules"][0]["crosscheck"]) == (None, SKIPPED | {"reason": reason})
    assert "StepLR" in as_json.stderr
    assert as_csv.stderr == ""
    both = ["--json", "-", "--csv", "a.csv", "-o", "a.png", "--show"]
    drawn = ended("schedule", "drops.yaml", *REFERENCE, *both)
    assert drawn.returncode == 0
    assert drawn.stdout == as_json.stdout
    assert (here / "a.csv").read_text(encoding="utf-8") == as_csv.stdout
    assert drawn.stderr.endswith("a.png\n")
    assert BRAILLE.search(drawn.stderr)
    assert files(here) == {"a.png", "a.csv"}


def test_both_kinds_of_data_do_not_fit_on_stdout(here: Path, ended: Ended) -> None:
    done = ended("schedule", "drops.yaml", "--json", "-", "--csv", "-")
    assert (done.returncode, done.stdout, files(here)) == (2, "", set())
    assert "--json - and --csv -" in done.stderr


def test_the_values_of_a_parameter_that_a_schedule_lacks_are_left_out(here: Path, ended: Ended) -> None:
    done = ended("schedule", "drops.yaml", "cycle.yaml", *REFERENCE, "--param", "momentum", "--json", "-")
    drops, cycle = strict(done.stdout)["schedules"]
    assert drops["groups"][0]["momentum"] == [0.9] * 4
    assert "momentum" not in cycle["groups"][0]
    none = ended("schedule", "drops.yaml", *REFERENCE, "--param", "momentun")
    assert (none.returncode, files(here)) == (2, set())
    assert "did you mean momentum?" in none.stderr


# Pictures -----------------------------------------------------------------------------------------------


def test_pictures_are_named_after_their_documents(here: Path, ended: Ended) -> None:
    (here / "folder").mkdir()
    for arguments, path in {
        ("drops.yaml",): "drops.png",
        ("cycle.yaml", "drops.yaml", "overflow.yaml", "-o", "folder"): "folder/cycle-and-2.png",
    }.items():
        done = ended("schedule", *arguments, *REFERENCE)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1] == path
        assert (here / path).read_bytes().startswith(PNG)
    assert files(here) == {"drops.png", "folder"}


@pytest.mark.parametrize(("name", "kind"), [("a.png", "png"), ("b.c.SVG", "svg"), ("a.Pdf", "pdf")])
def test_the_suffix_chooses_the_format(here: Path, name: str, kind: str) -> None:
    assert picture_target(here / name, "stem") == (here / name, kind)


@pytest.mark.process
def test_a_second_run_gives_the_same_bytes(here: Path) -> None:
    run("schedule", "cycle.yaml", *REFERENCE, "--log", "-o", "a.png", cwd=here)
    first = (here / "a.png").read_bytes()
    (here / "a.png").write_bytes(b"an old picture")
    env = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "MPLCONFIGDIR": str(here)}
    (here / "matplotlibrc").write_text("lines.linewidth: 9\n", encoding="utf-8")
    run("schedule", "cycle.yaml", *REFERENCE, "--log", "-o", "a.png", cwd=here, env=env)
    assert (here / "a.png").read_bytes() == first


def test_paths_may_hold_spaces_and_any_letters(here: Path, ended: Ended) -> None:
    folder = here / "läuft [bold] – 学習率"
    folder.mkdir()
    (folder / "ein Lauf.yaml").write_text(STEPS, encoding="utf-8")
    document = f"{folder.name}/ein Lauf.yaml"
    done = ended("schedule", document, *REFERENCE, "-o", folder.name, "--json", f"{folder.name}/ü.json")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{folder.name}/ein Lauf.png")
    record = strict((folder / "ü.json").read_text(encoding="utf-8"))
    assert record["schedules"][0]["source"] == document


@pytest.mark.process
def test_a_file_that_the_disk_does_not_take_leaves_the_old_one(here: Path) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    for option, name in (("-o", "a.png"), ("--json", "a.json")):
        (here / name).write_bytes(b"old")
        drawing = () if option == "-o" else ("--no-plot",)
        long = ["--set", "epochs=100", "--set", "scheduler.step_size=40", *drawing, option, name]
        env = {"PYTHONDONTWRITEBYTECODE": "1"}
        done = run("schedule", "drops.yaml", *REFERENCE, *long, cwd=here, before=full, env=env)
        assert done.returncode == 3
        assert done.stderr == f"{name}: cannot be written: File too large\n"
        assert (here / name).read_bytes() == b"old"
    assert files(here) == {"a.png", "a.json"}


@pytest.mark.process
def test_devices_and_links_stay_what_they_are(here: Path, ended: Ended) -> None:
    (here / "real.csv").write_text("old", encoding="utf-8")
    (here / "link.csv").symlink_to("real.csv")
    os.mkfifo(here / "pipe.json")
    reader = subprocess.Popen(["cat", "pipe.json"], cwd=here, stdout=subprocess.PIPE, text=True)
    target = ["--csv", "link.csv", "--json", "pipe.json", "--no-plot"]
    done = ended("schedule", "drops.yaml", *REFERENCE, *target)
    piped, _ = reader.communicate(timeout=60)
    assert done.returncode == 0, done.stderr
    assert strict(piped)["schedules"][0]["name"] == "Drops"
    assert (here / "link.csv").is_symlink()
    assert (here / "real.csv").read_text(encoding="utf-8").startswith("schedule,group")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch.yaml"], "nosuch.yaml: no such file"),
        (["drop.yaml"], "did you mean drops.yaml?"),
        (["."], "a folder"),
        (["drops.yaml", "-o", "nowhere/a.png"], "no such folder"),
        (["drops.yaml", "-o", "a.jpg"], ".png, .svg, .pdf or .html"),
        (["drops.yaml", "-o", "a.htm"], "did you mean .html?"),
        (["drops.yaml", "-o", "nowhere"], "no such folder"),
        (["drops.yaml", "--json", "nowhere/a.json"], "no such folder"),
        (["drops.yaml", "--csv", "."], "a folder"),
        (["drops.yaml", "--json", "a.json", "--set", "scheduler.step_size=-1"], "step_size"),
        (["drops.yaml", "--csv", "./drops.yaml"], "name another file"),
        (["drops.yaml", "--no-plot", "--json", "same", "--csv", "same"], "name another file"),
        (["-", "-"], "standard input holds one document"),
        (["drops.yaml", "--code", "--set", "epochs=1,2"], "prints the script of one"),
        (["drops.yaml", "--engine", "both?"], "--engine"),
        (["drops.yaml", "--bogus"], "--bogus"),
        ([], "SPEC"),
    ],
    ids=" ".join,
)
def test_bad_input_writes_nothing(here: Path, ended: Ended, arguments: list[str], said: str) -> None:
    engine = () if "--engine" in arguments else REFERENCE
    code, out, err = ended("schedule", *arguments, *engine)
    assert (code, out, files(here)) == (2, "", set())
    assert said in err


# How a run ends -----------------------------------------------------------------------------------------


def test_a_disagreement_is_shown_and_is_exit_code_1(here: Path, ended: Ended, monkeypatch: pytest.MonkeyPatch) -> None:
    right = StepLR.update
    monkeypatch.setattr(StepLR, "update", lambda self, *at: right(self.model_copy(update={"gamma": 0.25}), *at))
    output = ["--json", "a.json", "-o", "a.svg"]
    done = ended("schedule", "cycle.yaml", "drops.yaml", *output)
    assert done.returncode == 1
    record = strict((here / "a.json").read_text(encoding="utf-8"))
    cycle, drops = record["schedules"]
    assert cycle["crosscheck"]["verdict"] == "agree"
    crosscheck = drops["crosscheck"]
    assert crosscheck == {
        "verdict": "disagree",
        "max_abs": 0.125,
        "max_rel": pytest.approx(0.5 / 1.002),
        "first_step": 2,
        "group": "body",
        "param": "lr",
        "reference": 0.0625,
        "torch_value": 0.125,
        "by": f"torch {record['torch']}",
    }
    # Numbers that other programs go on with are those of torch.
    assert drops["groups"][0]["lr"] == [0.25, 0.25, 0.125, 0.125]
    for words in ("drops.yaml", f"torch {record['torch']}", "t = 2", "group body", "0.0625", "0.125"):
        assert words in done.stderr
    assert "cycle.yaml" not in done.stderr
    assert (here / "a.svg").read_bytes().startswith(b"<?xml")
    quiet = ended("check", "drops.yaml", "--quiet")
    assert (quiet.returncode, quiet.stdout) == (1, "")
    assert "t = 2" in quiet.stderr


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("raise ImportError('libsomething.so: cannot open')", "libsomething.so: cannot open"),
        ("import os; os.kill(os.getpid(), 9)", "-9"),
        ("import os, sys; print('out of luck', file=sys.stderr); os._exit(7)", "out of luck"),
    ],
)
@pytest.mark.process
def test_a_torch_that_dies_is_exit_code_3_with_its_cause(here: Path, program: str, cause: str) -> None:
    broken = here / "broken"
    broken.mkdir()
    (broken / "torch.py").write_text(program, encoding="utf-8")
    env = {"PYTHONPATH": f"{broken}{os.pathsep}{ROOT}"}
    done = run("schedule", "drops.yaml", cwd=here, env=env)
    assert (done.returncode, done.stdout, files(here)) == (3, "", {"broken"})
    assert cause in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.process
def test_ctrl_c_ends_everything_without_a_trace(here: Path) -> None:
    workers: set[int] = set()

    def torch_is_loaded(pid: int) -> bool:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        workers.update(map(int, children.read_text(encoding="utf-8").split()))
        return any("libtorch" in Path(f"/proc/{child}/maps").read_text(encoding="utf-8") for child in workers)

    arguments = ["drops.yaml", "--set", "epochs=3000000", "--json", "a.json"]
    code, out, err = interrupted("schedule", *arguments, cwd=here, once=torch_is_loaded)
    assert (code, out, err, files(here)) == (130, "", "", set())
    (worker,) = workers
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        "schedule drops.yaml --engine reference --quiet --set epochs=100000 --csv -",
        "schedule drops.yaml --engine reference --no-plot",
    ],
)
@pytest.mark.process
def test_a_closed_pipe_ends_in_silence(here: Path, arguments: str) -> None:
    process = subprocess.Popen(
        [*COMMAND, *arguments.split()],
        cwd=here,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize("options", [["--json", "-", "--quiet"], ["--no-plot"]], ids=["data", "table"])
@pytest.mark.process
def test_a_full_stdout_is_exit_code_3(here: Path, options: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [*COMMAND, "schedule", "drops.yaml", *REFERENCE, *options]
        done = subprocess.run(
            command, cwd=here, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (3, "stdout: No space left on device\n")


# For people ---------------------------------------------------------------------------------------------

ESCAPE = "\x1b"
BRAILLE = re.compile("[\u2801-\u28ff]")


@pytest.mark.process
def test_a_pipe_gets_neither_colour_nor_plot(here: Path) -> None:
    done = run("schedule", "drops.yaml", "--no-plot", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert ESCAPE not in done.stdout
    assert not BRAILLE.search(done.stdout)
    assert "agree" in done.stdout
    shown = run("schedule", "drops.yaml", *REFERENCE, "--no-plot", "--show", cwd=here)
    assert BRAILLE.search(shown.stdout)
    assert ESCAPE not in shown.stdout


@pytest.mark.process
def test_a_terminal_gets_both(here: Path) -> None:
    code, text = in_terminal("schedule", "drops.yaml", "--no-plot", cwd=here, columns=80)
    assert code == 0
    assert BRAILLE.search(text)
    assert f"{ESCAPE}[32m" in text
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", text).splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in text


@pytest.mark.process
def test_no_color_is_heard(here: Path) -> None:
    env = {"NO_COLOR": "1"}
    code, text = in_terminal("schedule", "drops.yaml", *REFERENCE, "--no-plot", cwd=here, env=env)
    assert code == 0
    assert BRAILLE.search(text)
    assert ESCAPE not in text


@pytest.mark.process
def test_an_encoding_without_braille_gets_question_marks_and_true_data(here: Path) -> None:
    (here / "drops.yaml").write_text(STEPS.replace("Drops", "Stufen – für alle"), encoding="utf-8")
    env = {"PYTHONIOENCODING": "ascii"}
    done = run("schedule", "drops.yaml", *REFERENCE, "--show", "--no-plot", "--json", "-", cwd=here, env=env)
    assert done.returncode == 0
    assert strict(done.stdout)["schedules"][0]["name"] == "Stufen – für alle"
    table = run("schedule", "drops.yaml", *REFERENCE, "--show", "--no-plot", cwd=here, env=env)
    assert table.returncode == 0
    assert "Stufen ? f?r alle" in table.stdout


def test_quiet_says_nothing_where_all_is_well(here: Path, ended: Ended) -> None:
    done = ended("schedule", "drops.yaml", *REFERENCE, "--quiet", "--show")
    assert (done.returncode, done.stdout, done.stderr, files(here)) == (0, "", "", {"drops.png"})


# Documents and overrides --------------------------------------------------------------------------------


def schedules(ended: Ended, *arguments: str, stdin: str = "") -> list[dict[str, Any]]:
    done = ended("schedule", *arguments, *REFERENCE, "--json", "-", "--quiet", stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = strict(done.stdout)["schedules"]
    return found


def test_a_document_may_come_from_standard_input(here: Path, ended: Ended) -> None:
    piped, filed = schedules(ended, "-", "drops.yaml", stdin=STEPS)
    assert piped == {**filed, "source": "<stdin>", "name": "Drops (<stdin>)"}
    done = ended("schedule", "-", *REFERENCE, stdin=STEPS.replace("Drops", "A pipe: drops"))
    assert done.returncode == 2
    assert done.stderr.startswith("<stdin>:2:")
    ended("schedule", "-", *REFERENCE, stdin=STEPS)
    assert files(here) == {"stdin.png"}


def test_documents_of_one_name_are_told_apart(here: Path, ended: Ended) -> None:
    (here / "copy.yaml").write_text(STEPS, encoding="utf-8")
    entries = schedules(ended, "drops.yaml", "copy.yaml", "copy.yaml")
    assert [entry["name"] for entry in entries] == ["Drops (drops)", "Drops (copy)", "Drops (copy) #2"]


def test_code_prints_nothing_else(here: Path, ended: Ended) -> None:
    for others in (["--json", "-"], ["--csv", "a.csv"], ["-o", "a.png"]):
        done = ended("schedule", "drops.yaml", "--code", *others)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--code prints a script and nothing else" in done.stderr


def test_set_replaces_values_of_every_kind(here: Path, ended: Ended) -> None:
    settings = {
        "name": "'Other: it'",
        "optimizer.groups[1].lr": "4",
        "scheduler": "{name: MultiStepLR, milestones: [1, 3], gamma: 0.5}",
        "scheduler.milestones": "[2]",
    }
    options = [word for path, value in settings.items() for word in ("--set", f"{path}={value}")]
    (one,) = schedules(ended, "drops.yaml", *options)
    assert one["name"] == "Other: it"
    assert one["groups"][1]["lr"] == [4, 4, 2, 2]


def test_several_values_draw_a_curve_each(here: Path, ended: Ended) -> None:
    three = schedules(ended, "drops.yaml", "--set", "scheduler.step_size=1,2,4")
    assert [one["name"] for one in three] == [f"Drops: step_size={size}" for size in (1, 2, 4)]
    assert [one["groups"][1]["lr"][3] for one in three] == [0.0625, 0.25, 0.5]
    settings = ["--set", "scheduler.gamma=0.5,1", "--set", "scheduler.step_size=1,4", "--set", "epochs=2"]
    four = schedules(ended, "drops.yaml", *settings)
    assert [one["groups"][1]["lr"] for one in four] == [[0.5, 0.25], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]
    options = ["scheduler={name: MultiStepLR, milestones: [9]}", "scheduler.milestones=[1],[2,3]"]
    lists = schedules(ended, "drops.yaml", "--set", options[0], "--set", options[1])
    assert [one["name"] for one in lists] == ["Drops: milestones=[1]", "Drops: milestones=[2,3]"]
    assert four[1]["name"] == "Drops: gamma=0.5, step_size=4"
    assert [one["source"] for one in schedules(ended, "-", *settings[:2], stdin=STEPS)] == ["<stdin>"] * 2


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("scheduler.step_size", "path=value is needed"),
        ("=3", "path=value is needed"),
        ("scheduler.step_size=", "path=value is needed"),
        ("scheduler.step_size=-3", "step_size"),
        ("scheduler.step_sice=3", "did you mean step_size?"),
        ("schedular.step_size=3", "schedular"),
        ("optimizer.groups[2].lr=3", "list of 2"),
        ("scheduler.name=StepLRR", "did you mean StepLR?"),
        ("scheduler.gamma=[1,", "not YAML"),
        ("a..b=3", "no path"),
    ],
)
def test_a_fault_of_an_override_names_the_option(here: Path, setting: str, said: str) -> None:
    with pytest.raises(LrvizError) as raised:
        read_all(resolve_all([str(here / "drops.yaml")]), [setting])
    assert raised.value.exit_code == 2
    assert str(raised.value).startswith(f"--set {setting}: ")
    assert said in str(raised.value)


def test_code_is_plain_python(here: Path, ended: Ended) -> None:
    done = ended("schedule", "drops.yaml", "--code")
    assert (done.returncode, done.stderr, files(here)) == (0, "", set())
    compile(done.stdout, "<script>", "exec")


# The other commands -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_check_without_documents_tests_everything_there_is(here: Path, ended: Ended) -> None:
    done = ended("check")
    assert (done.returncode, done.stderr, files(here)) == (0, "", set())
    first = {line.split()[0] for line in done.stdout.splitlines() if line.split()}
    assert {cls.__name__ for cls in (*SCHEDULERS, *OPTIMIZERS)} <= first


def test_check_reads_documents_and_writes_nothing(here: Path, ended: Ended) -> None:
    done = ended("check", "drops.yaml", "cycle.yaml")
    assert (done.returncode, done.stderr, files(here)) == (0, "", set())
    assert "Drops" in done.stdout
    for name, text in (("bad.yaml", STEPS + "bogus: 1\n"), ("worse.yaml", "epochs: [")):
        (here / name).write_text(text, encoding="utf-8")
    broken = ended("check", "bad.yaml", "drops.yaml", "worse.yaml")
    assert (broken.returncode, broken.stdout) == (2, "")
    assert "bad.yaml:6:1: bogus" in broken.stderr
    assert "worse.yaml:2:1: not YAML" in broken.stderr


@pytest.mark.parametrize("model", [*SCHEDULERS, *OPTIMIZERS], ids=lambda model: model.__name__)
def test_list_describes_every_class_in_80_columns(model: type[Model]) -> None:
    console = Console(width=80, file=io.StringIO(), highlight=False)
    console.print(described(model))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "…" not in text
    assert re.search(r"^Formula", text, re.MULTILINE)
    assert re.search(r"^Source:\s+http", text, re.MULTILINE)
    table = text[text.index("what it is") :]
    rows = {line.split()[0]: line for line in table.splitlines()[2:] if line[:1].strip()}
    for key, field in model.model_fields.items():
        if key != "name":
            assert key in rows
            assert ("required" in rows[key]) == field.is_required()


def test_list_prints_names_and_one_of_them(ended: Ended) -> None:
    for kind, models in (("schedulers", SCHEDULERS), ("optimizers", OPTIMIZERS)):
        code, out, err = ended("list", kind)
        assert (code, err) == (0, "")
        assert re.findall(r"^ ?(\w+)  ", out, re.MULTILINE) == [one.__name__ for one in models]
    code, out, err = ended("list", "schedulers", "steplr")
    assert (code, err) == (0, "")
    assert out.startswith("StepLR\n")
    code, out, err = ended("list", "optimizers", "AdamWW")
    assert (code, out) == (2, "")
    assert "did you mean AdamW?" in err


def test_init_writes_a_document_that_works_and_overwrites_nothing(here: Path, ended: Ended) -> None:
    done = ended("init")
    assert (done.returncode, done.stdout, done.stderr) == (0, "schedule.yaml\n", "")
    starter = (here / "schedule.yaml").read_text(encoding="utf-8")
    document = lrviz.loads(starter)
    assert lrviz.simulate(document, engine="reference").curves.steps == 90
    (here / "schedule.yaml").write_text("mine", encoding="utf-8")
    kept = ended("init")
    assert kept.returncode == 2
    assert "--force" in kept.stderr
    assert (here / "schedule.yaml").read_text(encoding="utf-8") == "mine"
    forced = ended("init", "schedule.yaml", "--force")
    assert forced.returncode == 0
    assert (here / "schedule.yaml").read_text(encoding="utf-8") == starter
    assert ended("init", "-").stdout == starter
    assert ended("init", "nowhere/a.yaml").returncode == 2


def test_schema_prints_the_schema(ended: Ended) -> None:
    done = ended("schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert strict(done.stdout) == document_schema()


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    found = document_schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
@pytest.mark.slow
def test_the_schema_accepts_every_config(schema: jsonschema.Draft202012Validator, path: Path) -> None:
    schema.validate(read(path.read_text(encoding="utf-8"), str(path)).data)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epoch", 4),
        ("epochs", "four"),
        ("epochs", 0),
        ("interval", "hour"),
        ("optimizer", {"name": "SGDD", "lr": 0.1}),
        ("optimizer", {"name": "SGD", "lr": 0.1, "betas": [0.9, 0.999]}),
        ("optimizer", {"name": "SGD", "lr": 0.1, "groups": [{"name": "a", "lrr": 0.1}]}),
        ("scheduler", {"name": "StepLRR", "step_size": 2}),
        ("scheduler", {"name": "StepLR"}),
        ("scheduler", {"name": "StepLR", "step_size": 2, "gama": 0.1}),
        ("scheduler", {"name": "StepLR", "step_size": [2]}),
        ("scheduler", {"step_size": 2}),
        ("scheduler", []),
        ("swa", {"start": 2}),
    ],
    ids=str,
)
def test_the_schema_refuses(schema: jsonschema.Draft202012Validator, key: str, value: Any) -> None:
    plain = yaml.safe_load(STEPS)
    schema.validate(plain)
    assert not schema.is_valid({**plain, key: value})


@pytest.mark.parametrize("command", ["", "schedule", "check", "list", "init", "schema"])
def test_every_option_of_every_command_is_explained(ended: Ended, command: str) -> None:
    code, out, err = ended(*command.split(), "--help" if command else "-h")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    starts = [at for at, line in enumerate(lines) if re.match(r"│ +(\*|--)|│ {3,6}[A-Z]+ ", line)]
    assert starts
    for at, after in pairwise([*starts, len(lines)]):
        words = re.sub(r"│|<[^>]*>|--?[a-z-]+|\[(required|default.*?)\]", " ", " ".join(lines[at:after])).split()
        assert len([word for word in words if word.islower()]) > 0, lines[at]


@pytest.mark.parametrize("arguments", ["bogus", "list", "list things", "schedule", "check --bogus", "init a b"])
def test_bad_usage_is_exit_code_2(here: Path, ended: Ended, arguments: str) -> None:
    code, out, err = ended(*arguments.split())
    assert (code, out, files(here)) == (2, "", set())
    assert "Usage" in err


def test_the_version_is_the_package_s(here: Path, ended: Ended) -> None:
    done = ended("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"lrviz {lrviz.__version__}\n", "")
