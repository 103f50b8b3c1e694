"""`py:module:Class` as an entry of a race: a class of a user's own, stepped in the place of a formula."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.engines.real.coded import look
from lrviz.engines.tasks.coded import Look, Manner, Named
from lrviz.engines.work import InProcess
from lrviz.functions.valleys import Rosenbrock
from tests.cli import COMMAND, Ended, environment
from tests.here import torch_is_here
from tests.processes import LIGHT_TORCH

NAME = "raced_by_lrviz"
RACED = """
import torch

print("imported")


class Own(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.99), weight_decay=0.0, *, kind=torch.float32):
        assert isinstance(betas, (tuple, list))
        super().__init__(params, {"lr": lr})

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["seen"] = torch.zeros_like(p)
                self.move(p, group["lr"])

    def move(self, p, lr):
        p.data.sub_(lr * p.grad)


class NeedsLr(Own):
    def __init__(self, params, lr):
        super().__init__(params, lr)


class Closed(Own):
    def step(self, closure):
        loss = closure()
        assert float(loss) >= 0
        super().step()
        return loss


class AsksForClosure(Closed):
    def step(self, closure=None):
        if closure is None:
            raise RuntimeError("this optimizer needs a closure")
        return super().step(closure)


class Graph(Own):
    def move(self, p, lr):
        if p.grad.grad_fn is None:
            raise RuntimeError("call backward with create_graph=True")
        p.data.sub_(lr * p.grad.detach())


class Replaces(Own):
    def move(self, p, lr):
        p.data = p.data - lr * p.grad


class Single(Own):
    def move(self, p, lr):
        if p.dtype != torch.float32:
            raise TypeError("float32 only")
        super().move(p, lr)


class Matrix(Own):
    def move(self, p, lr):
        if p.dim() != 2:
            raise ValueError("matrices only")
        super().move(p, lr)


class OneGroup(Own):
    def __init__(self, params, lr=0.001):
        super().__init__(params, lr)
        if len(self.param_groups) > 1:
            raise ValueError("one group only")


class Coupled(Own):
    def move(self, p, lr):
        p.data.sub_(lr * p.grad / p.grad.norm())


class Late(Own):
    def move(self, p, lr):
        steps = self.state[p]["steps"] = self.state[p].get("steps", 0) + 1
        p.data.sub_(lr * (p.grad if steps < 6 else p.grad / p.grad.norm()))


class Averaging(Own):
    def __init__(self, params, lr=0.001):
        super().__init__(params, lr)
        self.training, self.steps = True, 0

    def train(self):
        self._swap(True)

    def eval(self):
        self._swap(False)

    def _swap(self, training):
        if training != self.training:
            self.training = training
            for p in self.param_groups[0]["params"]:
                held = p.data.clone()
                p.data.copy_(self.state[p].get("other", held))
                self.state[p]["other"] = held

    def step(self):
        assert self.training
        self.steps += 1
        for p in self.param_groups[0]["params"]:
            p.data.sub_(self.param_groups[0]["lr"] * p.grad)
            mean = self.state[p].setdefault("other", torch.zeros_like(p))
            mean.lerp_(p.data, 1 / self.steps)


class Fails(Own):
    def move(self, p, lr):
        raise ValueError("no idea\\x1b[31m")


class FailsLate(Late):
    def move(self, p, lr):
        super().move(p, lr)
        if self.state[p]["steps"] > 8:
            raise ValueError("tired")


class Wraps:
    def __init__(self, optimizer, k=5):
        pass


class WrapsLater(Own):
    def __init__(self, params, base_optimizer, rho=0.05):
        pass


class OfAModel:
    def __init__(self, model, lr=0.1):
        pass


class NoOptimizer:
    def __init__(self, params, lr=0.1):
        pass


class Wants(Own):
    def __init__(self, params, horizon, lr=0.1):
        super().__init__(params, lr)


class Stops(Own):
    def __init__(self, params, lr=0.1):
        raise SystemExit(7)


NUMBER = 3
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write the module, and run it in this process: one that imports torch for each race would take long."""
    (tmp_path / f"{NAME}.py").write_text(RACED, encoding="utf-8")
    (tmp_path / "broken_by_lrviz.py").write_text("import nowhere_at_all", encoding="utf-8")
    monkeypatch.setattr("lrviz.runs.racing.coded.SideProcess", lambda foreign: InProcess())
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop(NAME, None)


def raced(ended: Ended, *words: str, steps: int = 12) -> Any:
    done = ended("race", *words, "--fn", "rosenbrock", "--steps", str(steps), "--json", "-", "--quiet", "--no-plot")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.removeprefix("imported\n"))


MANNERS = {
    "Own": Manner(together=True),
    "NeedsLr": Manner(together=True),
    "Closed": Manner(together=True),
    "AsksForClosure": Manner(closure=True, together=True),
    "Graph": Manner(graph=True, together=True),
    "Replaces": Manner(together=True),
    "Single": Manner(single=True, together=True),
    "Matrix": Manner(shape=(1, 2)),
    "OneGroup": Manner(),
}
"""Classes that do what SGD does, each in a way of its own."""


@pytest.mark.parametrize(("name", "manner"), MANNERS.items(), ids=MANNERS)
@pytest.mark.slow
def test_a_class_that_does_what_sgd_does_goes_where_sgd_goes(
    name: str, manner: Manner, code: Path, ended: Ended
) -> None:
    spec = f"py:{NAME}:{name}"
    found = raced(ended, spec, "sgd", "--noise", "0.01", "--clip", "50", steps=6)
    own, sgd = found["entries"]
    near: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5} if manner.single else {"rtol": 1e-9}
    np.testing.assert_allclose(own["path"], sgd["path"], **near)
    np.testing.assert_allclose(own["loss"], sgd["loss"], **near)
    np.testing.assert_allclose(own["sensitivity"]["median"][:30], sgd["sensitivity"]["median"][:30], **near)
    assert own["lr"] == sgd["lr"]
    assert own["robustness"]["share"] == pytest.approx(sgd["robustness"]["share"], abs=0.01 * manner.single)
    assert own["robustness"]["score"] == pytest.approx(sgd["robustness"]["score"], rel=1e-4)
    assert (own["label"], own["optimizer"], own["lr_source"]) == (spec, f"{NAME}.{name}", "tuned")
    assert own["params"]["lr"] == own["lr"][0]
    assert own["crosscheck"]["verdict"] == "skipped"
    assert f"the reference does not know {spec}" in own["crosscheck"]["reason"]
    assert sgd["crosscheck"]["verdict"] == "agree"
    said = " ".join(own["warnings"])
    assert ("float32 only" in said, "matrices only" in said) == (manner.single, manner.shape != (2,))
    starts = np.array([[-1.5, -1.4, -1.6], [2.0, 1.9, 2.1]])
    assert look(Look(Named(NAME, name, str(code), {}), Rosenbrock(), starts)).manner == manner


@pytest.mark.parametrize("name", ["Coupled", "Late", "Averaging"])
def test_points_that_touch_each_other_in_one_tensor_are_stepped_apart(name: str, code: Path) -> None:
    starts = np.array([[-1.5, -1.4, -1.6], [2.0, 1.9, 2.1]])
    assert not look(Look(Named(NAME, name, str(code), {}), Rosenbrock(), starts)).manner.together


def test_every_start_is_one_of_its_own(code: Path, ended: Ended) -> None:
    raced(ended, f"py:{NAME}:Coupled:lr=0.05")  # where the module is found
    with torch_is_here():
        (one,) = lrviz.race([f"py:{NAME}:Coupled:lr=0.05"], fn="rosenbrock", steps=12).entries
    steps = np.diff(one.robustness.bundle, axis=0)
    np.testing.assert_allclose(np.hypot(steps[:, 0], steps[:, 1]), 0.05)
    assert (steps.shape, one.robustness.ends.shape) == ((12, 2, 24), (2, 256))


def test_the_weights_that_count_are_those_of_eval(code: Path, ended: Ended) -> None:
    own, sgd = raced(ended, f"py:{NAME}:Averaging:lr=0.0005", "sgd:lr=0.0005")["entries"]
    path = np.array(sgd["path"])
    expected = np.cumsum(path[1:], axis=0) / np.arange(1, 13)[:, None]
    np.testing.assert_allclose(own["path"], [path[0], *expected], rtol=1e-12)
    assert own["lr_source"] == "given"


def test_its_parameters_are_those_of_its_signature(code: Path, ended: Ended) -> None:
    (own,) = raced(ended, f"py:{NAME}:Own:lr=1/1000:betas=0.5,0.6", "--show-state")["entries"]
    assert own["params"] == {"lr": 0.001, "betas": [0.5, 0.6], "weight_decay": 0.0, "kind": "dtype"}
    assert "its state is not shown" in own["warnings"][0]
    assert "state" not in own


def test_a_race_that_would_take_too_long_is_made_with_less(
    code: Path, ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrviz.runs.racing.coded._MOST", 120)
    own, apart = raced(ended, f"py:{NAME}:Own", f"py:{NAME}:Coupled")["entries"]
    for one, work, lr in ((own, 61 * 12, 0.001), (apart, 61 * 12 * 32, 0.001)):
        assert (one["lr_source"], one["lr"][0], one["sensitivity"]) == ("default", lr, None)
        assert any(f"not tuned, because that would take {work:,} of its steps" in each for each in one["warnings"])
    assert "judged by 10 other starts, not 256: more take too long" in " ".join(apart["warnings"])
    assert "judged by" not in " ".join(own["warnings"])
    told = ended("race", f"py:{NAME}:NeedsLr", "--fn", "rosenbrock", "--steps", "12")
    assert (told.returncode, told.stderr) == (2, f"py:{NAME}:NeedsLr: lr missing; write py:{NAME}:NeedsLr:lr=...\n")


WRONG: dict[str, tuple[str, int, str]] = {
    "no class": ("py:MODULE", 2, "py:module:Class is needed"),
    "no module": ("py:nowhere_at_all:A", 2, "no module nowhere_at_all in"),
    "a broken module": ("py:broken_by_lrviz:A", 3, "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    "no such class": ("py:MODULE:Owm", 2, "has no Owm (did you mean Own?)"),
    "no class at all": ("py:MODULE:NUMBER", 2, "an object of int; an optimizer class is needed"),
    "no optimizer": ("py:MODULE:NoOptimizer", 2, "makes an object of NoOptimizer; an optimizer with step() is needed"),
    "a wrapper": ("py:MODULE:Wraps", 2, "wraps another optimizer (optimizer), which a race cannot give it"),
    "a wrapper of a class": ("py:MODULE:WrapsLater", 2, "wraps another optimizer (base_optimizer)"),
    "one of models": ("py:MODULE:OfAModel", 2, "takes model; a class that takes the parameters is needed"),
    "an unknown argument": ("py:MODULE:Own:bettas=1", 2, "bettas: it has no such argument (did you mean betas?)"),
    "a missing argument": ("py:MODULE:Wants", 2, "horizon: missing; write py:MODULE:Wants:horizon=..."),
    "an lr of words": ("py:MODULE:Own:lr=high", 2, "lr: 'high' given; a number of at least 0 is needed"),
    "a negative lr": ("py:MODULE:Own:lr=-1", 2, "a number of at least 0 is needed"),
    "one that fails": ("py:MODULE:Fails", 3, "py:MODULE:Fails: ValueError: no idea\\x1b[31m"),
    "one that fails in mid-run": ("py:MODULE:FailsLate", 3, "py:MODULE:FailsLate: ValueError: tired"),
    "one that ends the program": ("py:MODULE:Stops", 3, "py:MODULE:Stops: ended the program with exit code 7"),
}


@pytest.mark.parametrize(("entry", "code_of_exit", "told"), WRONG.values(), ids=WRONG)
def test_a_class_that_cannot_race_is_refused(
    entry: str, code_of_exit: int, told: str, code: Path, ended: Ended
) -> None:
    before = sorted(code.iterdir())
    done = ended("race", entry.replace("MODULE", NAME), "--fn", "rosenbrock", "--steps", "12")
    assert done.returncode == code_of_exit, done.stderr
    assert told.replace("MODULE", NAME) in done.stderr
    assert done.stderr.count("Traceback") == (code_of_exit == 3 and "ended the program" not in told)
    assert sorted(path for path in code.iterdir() if path.name != "__pycache__") == before


UNRUN: dict[str, tuple[list[str], str]] = {
    "a document": (["race.yaml"], "race.yaml:1:16: entries[1]: py:a:B runs code, which a document may not do"),
    "the reference": (["py:a:B", "--fn", "booth", "--engine", "reference"], "--engine reference: given with py:a:B"),
    "a schedule": (["py:a:B", "--fn", "booth", "--schedule", "recipe:sgdr"], "a class of py: cannot run under one yet"),
    "an implementation": (["py:a:B", "--fn", "booth", "--impl", "fused"], "impl fused chooses among torch's"),
    "no settings": (["py:a:B:steps", "--fn", "booth"], "settings are written name:key=value:key=value"),
}


@pytest.mark.parametrize(("words", "told"), UNRUN.values(), ids=UNRUN)
def test_code_is_run_by_a_right_command_line_alone(
    words: list[str], told: str, ended: Ended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrviz.runs.racing.coded.SideProcess", None)
    (tmp_path / "race.yaml").write_text("entries: [sgd, 'py:a:B']\nfn: booth\n", encoding="utf-8")
    done = ended("race", *words)
    assert done.returncode == 2
    assert told in done.stderr


def test_a_mapping_runs_no_code() -> None:
    with pytest.raises(lrviz.DocumentError, match="runs code, which a document may not do"):
        lrviz.load_race({"entries": ["py:a:B"], "fn": "booth"})


@pytest.mark.process
def test_what_it_prints_goes_to_stderr_and_its_failure_is_its_own(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.py").write_text(LIGHT_TORCH + RACED, encoding="utf-8")

    def run(name: str) -> subprocess.CompletedProcess[str]:
        words = ["race", f"py:{NAME}:{name}", "--fn", "rosenbrock", "--steps", "12", "--json", "-", "--quiet"]
        return subprocess.run(
            [*COMMAND, *words], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
        )

    done = run("Own")
    assert (done.returncode, done.stderr) == (0, "imported\n")
    assert json.loads(done.stdout)["entries"][0]["label"] == f"py:{NAME}:Own"
    failed = run("Fails")
    assert (failed.returncode, failed.stdout) == (3, "")
    assert "in move" in failed.stderr
    assert "lrviz/" not in failed.stderr
    assert failed.stderr.endswith(f"py:{NAME}:Fails: ValueError: no idea\\x1b[31m\n")
