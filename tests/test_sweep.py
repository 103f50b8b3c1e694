"""Sweeps: every point equals the race's, wherever and in whatever pieces it is computed, however often interrupted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.documents.sweep import SweepDocument, sweep_document
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend
from lrviz.foundation.errors import UnfinishedError
from lrviz.functions.bowls import Quadratic
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers import OPTIMIZERS
from lrviz.optimizers.first_order import FirstOrder
from lrviz.optimizers.torch.sgd import SGD
from lrviz.runs.sources.racing import Sources
from lrviz.runs.sweeping import executors, on_surface
from lrviz.runs.sweeping.borders import stable_lr
from lrviz.runs.sweeping.on_surface import OnSurface
from lrviz.runs.sweeping.packing import Damaged, packed, unpacked
from lrviz.runs.sweeping.run import carried_out
from lrviz.runs.sweeping.store import Store
from lrviz.runs.sweeping.surroundings import here
from lrviz.runs.sweeping.tile import perform
from tests.cli import COMMAND, environment

COSINE = "configs/races/schedules/cosine.yaml"
SMALL = ["lr=0.001..10:7", "momentum=0..0.9:3"]


def document(entries: list[Any], over: list[str], **options: Any) -> SweepDocument:
    return sweep_document(
        entries, {"fn": "booth", "steps": 30, "starts": 5, "over": over, **options}, schedules=Sources()
    )


def arrays(found: Any) -> bytes:
    return b"".join(array.tobytes() for array in found.arrays.values())


class Backwards(Executor):
    """Computes what it was given last first, when somebody asks for it."""

    _max_workers = 4

    def __init__(self) -> None:
        self._waiting: list[tuple[Future[Any], Any, tuple[Any, ...]]] = []

    def submit(self, fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._waiting.append((future, fn, args))
        if len(self._waiting) == 3:
            self.shutdown()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        while self._waiting:
            future, fn, args = self._waiting.pop()
            future.set_result(fn(*args))


# Each point is the race's ------------------------------------------------------------------------------------------


POINTS: list[tuple[str, str, int, str, dict[str, Any]]] = [
    ("sgd", "lr=1e-5..1e-3:3", 1, "sgd:lr=1e-4", {}),
    ("adam", "beta1=0.5..0.9:lin:3", 2, "adam:lr=0.1:betas=0.9,0.999", {"lr": 0.1}),
    ("adamw:lr=0.1", "eps=1e-8..1:3", 1, "adamw:lr=0.1:eps=1e-4", {}),
    ("adam:lr=0.1", "beta2=0.9..0.99:lin:2", 1, "adam:lr=0.1:betas=0.9,0.99", {"noise": 0.5, "seed": 3}),
    ("rprop:lr=0.1", "etas[0]=0.3..0.5:2", 0, "rprop:lr=0.1:etas=0.3,1.2", {"clip": 1.0}),
    ("sgd:momentum=0.5", "lr=1e-5..1e-3:3", 1, "sgd:momentum=0.5:lr=1e-4", {"average": "ema:decay=0.9"}),
    ("sgd", "lr=1e-5..1e-3:3", 1, "sgd:lr=1e-4", {"average": "swa:start=7"}),
    ("OneCycleLR:max_lr=1e-3", "scheduler.max_lr=1e-4..1e-3:2", 0, "OneCycleLR:max_lr=1e-4", {}),
    ("ReduceLROnPlateau", "scheduler.patience=1..9:3", 1, "ReduceLROnPlateau:patience=5", {}),
    ("lbfgs", "max_iter=1..3:3", 1, "lbfgs:max_iter=2", {}),
]
"""An entry, an axis, the number of a value on it, what is raced in its place, and the terms of both."""


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point[1])
@pytest.mark.slow
def test_every_point_is_the_races_own(point: tuple[str, str, int, str, dict[str, Any]], tmp_path: Path) -> None:
    """The race's path and its held-out starts, bit for bit; the median of them is the sweep's."""
    entry, over, at, raced, options = point
    terms: dict[str, Any] = {"fn": "rosenbrock", "steps": 40, **options}
    swept = lrviz.sweep([entry], over=over, starts=1, store=tmp_path, **terms)
    race = lrviz.race([raced], engine="reference", **terms)
    one = race.entries[0]
    final = one.final_loss if one.average is None else one.average.loss[-1]
    assert swept.entries[0].median[at] == final
    if one.average is None:
        several = lrviz.sweep([entry], over=over, starts=9, store=tmp_path, **terms).entries[0]
        x, y = one.robustness.ends[:, :8]
        ends = np.append(final, 100 * (y - x * x) ** 2 + (1 - x) ** 2)
        assert several.median[at] == pytest.approx(np.quantile(ends, 0.5, method="inverted_cdf"), rel=1e-12)
        assert several.low[at] <= several.median[at] <= several.high[at]


@pytest.mark.parametrize("schedule", [None, "StepLR:step_size=9"])
def test_two_parts_of_one_pair_are_swept_together(schedule: str | None, tmp_path: Path) -> None:
    terms: dict[str, Any] = {"fn": "rosenbrock", "steps": 40, "lr": 0.1, "schedule": schedule}
    over = ["beta2=0.5..0.9:lin:2", "beta1=0..0.8:3"]
    median = lrviz.sweep(["adam"], over=over, starts=1, store=tmp_path, **terms).entries[0].median
    raced = [[f"adam:betas={beta1},{beta2}" for beta1 in (0, 0.4, 0.8)] for beta2 in (0.5, 0.9)]
    races = [[lrviz.race([one], engine="reference", **terms).entries[0].final_loss for one in row] for row in raced]
    assert median.tolist() == races


@pytest.mark.parametrize("cls", [cls for cls in OPTIMIZERS if issubclass(cls, FirstOrder) and cls.each])
def test_hyperparameters_of_each_path_are_as_if_it_were_alone(cls: type[FirstOrder]) -> None:
    values = {"beta1": [0.0, 0.5, 0.5, 0.95], "beta2": [0.9, 0.9, 0.999, 0.5], "eps": [1e-8, 1e-2, 0.0, 1.0]}
    assert set(values) >= cls.each
    starts, lr = np.array([[-1.5, 0.3, 2.0, -0.1], [2.0, -1.0, 0.5, 0.2]]), np.array([[0.1, 0.2, 0.1, 0.5]])
    each = {key: np.array(values[key]) for key in sorted(cls.each)}
    together = descend(Rosenbrock(), cls.model_validate({}), starts, Control(lr, each=each), 60).end
    for path in range(4):
        betas = tuple(values[key][path] for key in ("beta1", "beta2"))
        optimizer = cls.model_validate({"name": cls.__name__, "betas": betas, "eps": values["eps"][path]})
        alone = descend(Rosenbrock(), optimizer, starts[:, path : path + 1], Control(lr[:, path : path + 1]), 60).end
        assert together[:, path].tobytes() == alone.tobytes()


def test_a_map_of_starts_is_the_races_from_each(tmp_path: Path) -> None:
    terms: dict[str, Any] = {"fn": "himmelblau", "steps": 60}
    found = lrviz.sweep(["adam:lr=0.3"], over="start:5,3", store=tmp_path, **terms)
    (one,) = found.entries
    assert [len(axis.values) for axis in found.swept.axes] == [5, 3]
    assert found.swept.axes[0].values.tolist() == [-4, -2, 0, 2, 4]
    assert one.basin is not None
    assert one.arrived is not None
    minima = found.swept.function.minima
    for column, row in ((0, 0), (2, 1), (4, 2)):
        x, y = (axis.values[at] for axis, at in zip(found.swept.axes, (column, row), strict=True))
        race = lrviz.race(["adam:lr=0.3"], engine="reference", start=(float(x), float(y)), **terms).entries[0]
        assert one.median[column, row] == race.final_loss
        near = int(np.argmin([np.hypot(*(race.trajectory.path[-1] - minimum)) for minimum in minima]))
        assert one.basin[column, row] == near


def test_an_lr_that_nobody_says_is_tuned_as_in_a_race(tmp_path: Path) -> None:
    found = lrviz.sweep(["adam"], fn="booth", over="start:2,2", steps=50, store=tmp_path)
    race = lrviz.race(["adam"], fn="booth", steps=50, engine="reference")
    assert found.entries[0].told == f"lr {race.entries[0].lr:g}, tuned"


def test_where_no_minimum_is_known_values_are_f(tmp_path: Path) -> None:
    found = lrviz.sweep(["sgd"], fn="monkey_saddle", over=["lr=1e-3..1e9:3"], steps=20, starts=3, store=tmp_path)
    race = lrviz.race(["sgd:lr=0.001"], fn="monkey_saddle", steps=20, engine="reference", tune=False)
    assert found.entries[0].low[0] <= race.entries[0].final_loss <= found.entries[0].high[0]
    assert np.isinf(found.entries[0].median[-1])
    assert found.entries[0].diverged[-1] == 1
    assert found.to_json()["entries"][0]["median"][-1] is None


# Whoever computes it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entries", [["sgd", "sgd:weight_decay=0.1"], [COSINE]], ids=["optimizers", "a schedule"])
def test_the_bytes_are_the_same_however_the_grid_is_cut(
    entries: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    over = ["lr=0.001..10:7", "momentum=0..0.9:3"]
    terms: dict[str, Any] = {"fn": "booth", "steps": 30, "starts": 5, "over": over}
    whole = lrviz.sweep(entries, store=tmp_path / "whole", **terms)
    assert whole.swept.tiles.computed == len(entries)
    monkeypatch.setattr(on_surface, "_FEWEST", 20)
    monkeypatch.setattr(on_surface, "_WORK", 20)
    cut = lrviz.sweep(entries, store=tmp_path / "cut", **terms)
    with ThreadPoolExecutor(2) as threads:
        lent = lrviz.sweep(entries, store=tmp_path / "threads", executor=threads, **terms)
    late = lrviz.sweep(entries, store=tmp_path / "late", executor=Backwards(), **terms)
    assert cut.swept.tiles.computed == 6 * len(entries)
    assert arrays(whole) == arrays(cut) == arrays(lent) == arrays(late)
    assert {**whole.to_json(), "tiles": 0} == {**cut.to_json(), "tiles": 0}


@pytest.mark.process
def test_processes_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_surface, "_FEWEST", 20)
    monkeypatch.setattr(on_surface, "_WORK", 20)
    terms: dict[str, Any] = {"fn": "booth", "steps": 30, "starts": 5, "over": SMALL}
    here_alone = lrviz.sweep(["sgd", COSINE], store=tmp_path / "here", **terms)
    apart = lrviz.sweep(["sgd", COSINE], store=tmp_path / "apart", jobs=2, **terms)
    assert arrays(here_alone) == arrays(apart)
    names = [sorted(path.name for path in (tmp_path / folder).glob("*/*")) for folder in ("here", "apart")]
    assert names[0] == names[1]


class Garbled(ThreadPoolExecutor):
    """Gives back something else."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(lambda: fn(*args, **kwargs)[:-9])


def test_a_result_that_is_damaged_on_its_way_is_not_kept(tmp_path: Path) -> None:
    with Garbled(1) as executor, pytest.raises(UnfinishedError, match="a worker's result is damaged: "):
        lrviz.sweep(["sgd"], fn="booth", steps=30, over=SMALL, store=tmp_path, executor=executor)
    assert not list(tmp_path.glob("*/*.npz"))


@pytest.mark.process
def test_ctrl_c_does_not_reach_processes_that_are_still_importing() -> None:
    """A terminal sends it to all: the one that forks the others would print a traceback of what it imports."""
    with executors.executor_of(2) as pool:
        assert signal.SIGINT in pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()


def test_few_tiles_are_given_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid of any size is cut as it is computed: what is under way is bounded."""
    monkeypatch.setattr(on_surface, "_FEWEST", 5)
    monkeypatch.setattr(on_surface, "_WORK", 5)
    most = 0

    class Counting(Executor):
        _max_workers = 2

        def submit(self, fn: Any, /, *args: Any, **rest: Any) -> Future[Any]:
            nonlocal most
            later: Future[Any] = Future()
            waiting.append((later, fn(*args, **rest)))
            most = max(most, len(waiting))
            if next(given) == 21 or len(waiting) == 4:
                while waiting:
                    told, data = waiting.pop()
                    told.set_result(data)
            return later

    waiting: list[tuple[Future[Any], Any]] = []
    given = count(1)
    problem = OnSurface.of(document(["sgd"], SMALL))
    assert sum(1 for _ in problem.tiles()) == 21
    found = carried_out(problem, Store.opened(tmp_path, "store"), lambda: nullcontext(Counting()))
    assert most == 4
    assert found.tiles.computed == 21


def test_a_worker_of_another_kind_is_refused() -> None:
    (placed,) = OnSurface.of(document(["sgd"], ["lr=0.1..1:3"])).tiles()
    ours = here()
    key = placed.tile.key(ours)
    assert unpacked(perform(placed.tile, key, ours), key).keys() == {"median", "low", "high", "diverged"}
    for change, told in (
        ({"lrviz": "0.0.1"}, "lrviz is"), ({"numpy": "1.0"}, "NumPy is"), ({"simd": "AVX9"}, "the processor ext"),
    ):  # fmt: skip
        other = replace(ours, **change)
        assert placed.tile.key(other) != key
        with pytest.raises(UnfinishedError, match=f"worker refused: {told}"):
            perform(placed.tile, key, other)


def test_what_a_tile_rests_on_is_in_its_name() -> None:
    plain = {"entries": ["sgd"], "over": ["lr=0.1..1:3"]}
    changed: list[dict[str, Any]] = [
        {}, {"steps": 31}, {"starts": 6}, {"seed": 1, "noise": 0.1}, {"noise": 0.1}, {"clip": 2}, {"average": "ema"},
        {"start": (1.0, 2.0)}, {"fn": "matyas"}, {"fn": "x**2 + y**2"}, {"fn": "x**2 + y**2", "domain": (-1, 1)},
        {"entries": ["sgd:momentum=0.1"]}, {"entries": ["adam"]}, {"over": ["lr=0.1..1:4"]},
        {"over": ["momentum=0.1..0.9:3"]}, {"schedule": COSINE}, {"schedule": "ConstantLR"},
    ]  # fmt: skip
    keys = []
    for one in changed:
        written: Any = {**plain, **one}
        (placed,) = OnSurface.of(document(written.pop("entries"), written.pop("over"), **written)).tiles()
        json.dumps(placed.tile.description())
        keys.append(placed.tile.key(here()))
    assert len(set(keys)) == len(keys)


@dataclass(frozen=True)
class Bowl(Quadratic):
    """A function of another package."""


def test_code_of_other_packages_is_in_the_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = document(["sgd:lr=0.1"], ["momentum=0.1..0.9:3"])
    (placed,) = OnSurface.of(replace(known, race=replace(known.race, fn=Bowl()))).tiles()
    before = placed.tile.key(here())
    edited = tmp_path / "edited.py"
    edited.write_text("# another formula")
    monkeypatch.setattr(sys.modules[Bowl.__module__], "__file__", str(edited))
    assert placed.tile.key(here()) != before


# The store ---------------------------------------------------------------------------------------------------------


def test_what_was_computed_is_not_computed_again(tmp_path: Path) -> None:
    terms: dict[str, Any] = {"fn": "booth", "steps": 30, "over": SMALL, "store": tmp_path}
    first = lrviz.sweep(["sgd"], **terms)
    again = lrviz.sweep(["sgd:momentum=0", "sgd"], **terms)
    assert (first.swept.tiles.computed, first.swept.tiles.reused) == (1, 0)
    # The first says another way what the second says: the same work.
    assert (again.swept.tiles.computed, again.swept.tiles.reused) == (0, 2)
    assert again.entries[1].median.tobytes() == first.entries[0].median.tobytes()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "another file": lambda data: b"PK\x03\x04 nothing of ours",
    "a bit": lambda data: data[:140] + bytes([data[140] ^ 1]) + data[141:],
    # Bit 0 of the flags of each file in the archive's directory.
    "a password": lambda data: re.sub(
        rb"(PK\x01\x02....)\x00", lambda found: found[1] + b"\x01", data, flags=re.DOTALL
    ),
    "another tile": lambda data: packed({"median": np.zeros(2)}, "of another name"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_tiles_are_computed_anew_and_said(damage: str, tmp_path: Path) -> None:
    terms: dict[str, Any] = {"fn": "booth", "steps": 30, "over": "lr=0.1..10:4", "store": tmp_path}
    first = lrviz.sweep(["sgd"], **terms)
    (path,) = tmp_path.glob("*/*.npz")
    whole = path.read_bytes()
    path.write_bytes(DAMAGE[damage](whole))
    found = lrviz.sweep(["sgd"], **terms)
    assert (found.swept.tiles.computed, found.swept.tiles.damaged) == (1, 1)
    assert arrays(found) == arrays(first)
    assert found.warnings == (f"1 tile in {tmp_path} damaged and computed again",)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("leads_to", ["a file", "a pipe", "nowhere"])
def test_a_link_in_the_store_is_replaced(leads_to: str, tmp_path: Path) -> None:
    terms: dict[str, Any] = {"fn": "booth", "steps": 30, "over": "lr=0.1..10:4", "store": tmp_path / "store"}
    first = lrviz.sweep(["sgd"], **terms)
    (path,) = tmp_path.glob("store/*/*.npz")
    path.unlink()
    other = tmp_path / "other"
    if leads_to == "a file":
        other.write_text("of somebody else")
    elif leads_to == "a pipe":
        os.mkfifo(other)
    path.symlink_to(other)
    found = lrviz.sweep(["sgd"], **terms)
    assert arrays(found) == arrays(first)
    assert path.is_file()
    assert not path.is_symlink()
    assert other.read_text() == "of somebody else" if leads_to == "a file" else not other.is_file()


def test_a_pickle_in_the_store_is_not_loaded(tmp_path: Path) -> None:
    import io

    stream = io.BytesIO()
    np.savez(stream, median=np.array([{"runs": "code"}], dtype=object))
    with pytest.raises(Damaged):
        unpacked(stream.getvalue(), "key")


@pytest.mark.process
def test_a_sweep_that_is_killed_goes_on(tmp_path: Path) -> None:
    """kill -9 in the middle: what was computed is in the store, and the next run ends with the same bytes."""
    command = [
        *COMMAND, "sweep", "sgd", "--fn", "rosenbrock", "--over", "lr=1e-5..1e-3:99", "--over", "momentum=0..0.9:4",
        "--steps", "4000", "--starts", "64", "--store", str(tmp_path / "store"), "--no-plot", "--json",
    ]  # fmt: skip
    for number in (signal.SIGKILL, signal.SIGINT):
        process = subprocess.Popen(
            [*command, "-"], env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        before = len(list((tmp_path / "store").glob("*/*.npz")))
        until = time.monotonic() + 60
        while len(list((tmp_path / "store").glob("*/*.npz"))) < before + 1 and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(process.pid, number)
        _, told = process.communicate(timeout=60)
        assert process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130), told
        assert "Traceback" not in told
    kept = len(list((tmp_path / "store").glob("*/*.npz")))
    assert kept >= 2
    subprocess.run([*command, str(tmp_path / "after.json")], env=environment(), check=True, capture_output=True)
    record = json.loads((tmp_path / "after.json").read_text())
    assert record["tiles"]["reused"] == kept
    assert record["tiles"]["computed"] > 0


class Breaking(executors.Here):
    """Computes three tiles, and breaks down."""

    left = 3

    def submit(self, fn: Any, /, *args: Any, **rest: Any) -> Future[Any]:
        self.left -= 1
        if self.left >= 0:
            return super().submit(fn, *args, **rest)
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("a process in the pool was terminated abruptly"))
        return future


def test_where_a_worker_dies_what_was_computed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_surface, "_FEWEST", 5)
    monkeypatch.setattr(on_surface, "_WORK", 5)
    terms: dict[str, Any] = {"fn": "booth", "steps": 30, "starts": 5, "over": SMALL, "store": tmp_path}
    with pytest.raises(UnfinishedError, match=r"a worker ended before it finished .* to continue"):
        lrviz.sweep(["sgd"], executor=Breaking(), **terms)
    kept = len(list(tmp_path.glob("*/*.npz")))
    assert kept >= 3
    assert lrviz.sweep(["sgd"], **terms).swept.tiles.reused == kept


def test_where_a_worker_dies_once_another_does_its_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_surface, "_FEWEST", 5)
    monkeypatch.setattr(on_surface, "_WORK", 5)
    problem = OnSurface.of(document(["sgd"], SMALL))
    crews: Iterator[Executor] = iter([Breaking(), Breaking(), executors.Here()])
    found = carried_out(problem, Store.opened(tmp_path, "store"), lambda: nullcontext(next(crews)))
    assert (found.tiles.computed, found.tiles.reused) == (21, 0)
    whole = lrviz.sweep(["sgd"], fn="booth", steps=30, starts=5, over=SMALL, store=tmp_path / "whole")
    assert found.entries[0].median.tobytes() == whole.entries[0].median.tobytes()


# Theory ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
@pytest.mark.slow
def test_the_border_is_where_a_quadratic_diverges(nesterov: bool, weight_decay: float, tmp_path: Path) -> None:
    """Just below the border paths shrink, just above they grow, at every momentum."""
    own = f"sgd:nesterov={str(nesterov).lower()}:weight_decay={weight_decay}:momentum=0.5"
    found = lrviz.sweep([own], fn="quadratic:kappa=10", over=["lr=0.001..1:3", "momentum=0.1..0.9:5"], store=tmp_path)
    border = found.entries[0].border
    assert border is not None
    assert border.points.shape == (5, 2)
    function = Quadratic(kappa=10)
    for lr, momentum in border.points.tolist():
        lengths = []
        for share in (0.99, 1.01):
            b = np.zeros(2)
            x = np.array([1e-3, 1e-3])
            for _ in range(4000):
                g = np.array(function.gradient(x[:1], x[1:])).ravel() + weight_decay * x
                b = momentum * b + g
                x = x - share * lr * (g + momentum * b if nesterov else b)
            lengths.append(float(np.hypot(*x)))
        assert lengths[0] < 1e-3 < lengths[1]


def test_other_optimizers_have_no_border_and_kinks_neither(tmp_path: Path) -> None:
    for entry, fn in (("adam", "booth"), ("sgd:weight_decay=0.1", "rosenbrock"), ("sgd", "ackley")):
        assert lrviz.sweep([entry], fn=fn, over="lr=0.1..1:3", steps=3, store=tmp_path).entries[0].border is None
    assert stable_lr(SGD(momentum=0.5, dampening=0.1), 2.0) is None
    assert stable_lr(SGD(), 2.0) == 1.0


@pytest.fixture(autouse=True)
def _no_cache_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
