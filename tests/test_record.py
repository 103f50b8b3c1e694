"""`lrviz record`: scripts in processes of their own; the rest is in test_recording.py."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from lrviz.recorder.read import read
from lrviz.results import Recorded
from tests.cli import COMMAND, Ended, environment, strict
from tests.processes import LIGHT_TORCH

HEAD = f"""{LIGHT_TORCH}
import os, warnings
warnings.simplefilter("ignore")
model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
def train(n):
    for _ in range(n):
        print(repr(optimizer.param_groups[0]["lr"]), flush=True)
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        scheduler.step()
"""


class Ran(NamedTuple):
    """A recorded script. lr: what it printed itself; recorded: None where there is no recording."""

    code: int
    lr: list[float]
    err: str
    recorded: Recorded | None


def ran(
    folder: Path,
    script: str,
    *options: str,
    python: tuple[str, ...] = (sys.executable,),
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Record a script, whose tail follows HEAD."""
    path = folder / "train.py"
    path.write_text(HEAD + textwrap.dedent(script), encoding="utf-8")
    words = [*COMMAND, "record", *options, "--", *python, str(path)]
    done = subprocess.run(
        words, cwd=folder, env=environment(**(env or {})), capture_output=True, text=True, timeout=300, check=False
    )
    saved = folder / "record.lrrec"
    lr = [float(line) for line in done.stdout.splitlines() if line[:1].isdigit()]
    return Ran(done.returncode, lr, done.stderr, read(saved) if saved.exists() else None)


def lr_of(recorded: Recorded | None) -> list[float]:
    """Return the lr of the only group."""
    assert recorded is not None
    ((group,),) = [one.groups for one in recorded.optimizers]
    lr: list[float] = group.lr.tolist()
    return lr


ENDS = {
    "raise SystemExit(5)": 5,
    "os._exit(4)": 4,
    "os.execv('/bin/sh', ['sh', '-c', 'exit 6'])": 6,
    "os.kill(os.getpid(), 9)": -9,
    "os.kill(os.getpid(), 15)": -15,
    "os.abort()": -6,
}


@pytest.mark.process
def test_a_process_is_recorded_whatever_its_end(tmp_path: Path) -> None:
    # Children of fork, each of which ends in another way, so that torch is imported once.
    script = f"""
    def child(end):
        train(7)
        exec(end)
    train(7)
    for end, code in {ENDS}.items():
        pid = os.fork()
        if pid == 0:
            try:
                child(end)
            except SystemExit as error:
                os._exit(error.code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code, end
    raise SystemExit(7)
    """
    done = ran(tmp_path, script)
    assert done.code == 7, done.err
    assert done.recorded is not None
    found = [lr for one in done.recorded.optimizers for lr in one.groups[0].lr.tolist()]
    assert found == done.lr
    assert len(found) == 7 * (1 + len(ENDS))
    assert (tmp_path / "record.lrrec").stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["record.lrrec", "record.png", "train.py"]


@pytest.mark.process
def test_a_command_that_is_killed_is_recorded(tmp_path: Path) -> None:
    done = ran(tmp_path, "train(7)\nos.kill(os.getpid(), 9)")
    assert (done.code, lr_of(done.recorded)) == (137, done.lr), done.err


NOTHING: dict[str, tuple[str, tuple[str, ...], int, str]] = {
    "it fails before its first update": ("1 / 0", (sys.executable,), 1, "ZeroDivisionError"),
    "Python is isolated": ("train(2)", (sys.executable, "-I"), 3, "run without -I, -E and -S"),
    "there is no Python": ("", ("ls",), 3, "nothing was recorded"),
    "there is no such command": ("", ("no-such-python",), 127, "no-such-python: not found"),
}


@pytest.mark.process
@pytest.mark.parametrize(("script", "python", "code", "told"), NOTHING.values(), ids=NOTHING)
def test_nothing_is_recorded_where(script: str, python: tuple[str, ...], code: int, told: str, tmp_path: Path) -> None:
    done = ran(tmp_path, script, python=python)
    assert (done.code, done.recorded) == (code, None)
    assert told in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["train.py"]


@pytest.mark.process
def test_updates_interrupts_once_and_is_no_failure(tmp_path: Path) -> None:
    script = """
    try:
        train(50)
    except KeyboardInterrupt:
        train(2)
        raise
    """
    done = ran(tmp_path, script, "--updates", "5", "--until", "20", "--json", "r.json")
    assert done.code == 0, done.err
    assert lr_of(done.recorded) == [*done.lr[:5], *done.lr[6:]]
    assert done.recorded is not None
    assert not done.recorded.processes[0].ended
    assert len(done.lr) == 8
    told = strict((tmp_path / "r.json").read_text())
    assert (told["exit_code"], told["optimizers"][0]["schedulers"][0]["steps"]) == (0, 7)
    assert told["optimizers"][0]["groups"][0]["projected"] == [0.1 * 0.5 ** (t // 2) for t in range(7, 20)]
    assert "projected to 20 updates" in done.err


@pytest.mark.process
def test_children_of_fork_and_the_sitecustomize_that_is_hidden(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import os; os.environ['HIDDEN'] = 'has run'")
    script = """
    assert os.environ["HIDDEN"] == "has run"
    assert not any("recorder" in each for each in sys.path)
    train(3)
    if os.fork() == 0:
        train(2)
        os._exit(0)
    os.wait()
    train(1)
    """
    done = ran(tmp_path, script, env={"PYTHONPATH": str(hidden)})
    assert done.code == 0, done.err
    assert done.recorded is not None
    assert [one.updates for one in done.recorded.optimizers] == [4, 2]
    assert [one.ended for one in done.recorded.processes] == [True, False]
    assert done.recorded.optimizers[1].groups[0].lr.tolist() == done.lr[3:5]


@pytest.mark.process
def test_children_of_spawn_are_recorded_and_a_full_disk_is_said(tmp_path: Path) -> None:
    script = """
    def child():
        train(3)
    if __name__ == "__main__":
        import multiprocessing, resource
        train(2)
        process = multiprocessing.get_context("spawn").Process(target=child)
        process.start()
        process.join()
        if os.fork() == 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            train(4)
            os._exit(0)
        assert os.wait()[1] == 0
        train(1)
    """
    done = ran(tmp_path, script)
    assert done.code == 0, done.err
    assert done.recorded is not None
    assert [one.groups[0].lr.tolist() for one in done.recorded.optimizers] == [[0.1, 0.1, 0.05], [0.1, 0.1, 0.05]]
    assert len(done.lr) == 2 + 3 + 4 + 1
    assert done.err.count("lrviz: the recording ends here: OSError: no space for") == 1


@pytest.mark.process
@pytest.mark.slow
def test_a_compiled_step_is_recorded(tmp_path: Path) -> None:
    script = """
    del sys.modules["torch._dynamo"], torch._dynamo
    optimizer.step = torch.compile(optimizer.step, backend="eager")
    train(5)
    """
    done = ran(tmp_path, script)
    assert (done.code, lr_of(done.recorded)) == (0, done.lr), done.err
    assert len(done.lr) == 5


@pytest.mark.process
def test_a_recording_is_kept_where_lrviz_itself_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(HEAD + "train(4)\nsys.stdin.read()\ntrain(3)\nopen('done', 'w').close()", encoding="utf-8")
    process = subprocess.Popen(
        [*COMMAND, "record", "--", sys.executable, str(path)],
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    for _ in range(4):
        process.stdout.readline()
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.read()
    process.stdout.close()
    for _ in range(200):
        if (tmp_path / "done").exists():
            break
        time.sleep(0.05)
    time.sleep(0.5)
    (left,) = tmp_path.glob("record-*.lrrec")
    assert read(left).optimizers[0].updates == 7


def test_stdout_is_the_commands(ended: Ended) -> None:
    for option in ("--json", "--csv"):
        done = ended("record", option, "-", "--", "true")
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{option} -: stdout belongs to the command" in done.stderr
    assert ended("record").returncode == 2


UNFIT = {
    ("--updates", "0"): "greater than or equal to 1",
    ("--save", "no/such/run.lrrec"): "--save no/such/run.lrrec: no such folder no/such",
    ("--out", "no/such/run.png"): "--out no/such/run.png: no such folder no/such",
    ("--save", "."): "--save .: a folder; a file is needed",
}


@pytest.mark.parametrize(("words", "told"), UNFIT.items(), ids=str)
def test_what_cannot_be_done_is_said_before_the_command_runs(words: tuple[str, ...], told: str, ended: Ended) -> None:
    # It is no process that runs: this test would fail.
    done = ended("record", *words, "--", "true")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
