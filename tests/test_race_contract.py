"""What a race must not report: false disagreements, arrivals outside the domain, ranks of entries that diverged."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import lrviz
from lrviz.documents.race import race_document
from lrviz.engines.race_planning import descent
from lrviz.functions import FUNCTIONS
from lrviz.functions.ripples import Schwefel
from lrviz.optimizers import OPTIMIZERS
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.render.figures.entry_labels import labels
from lrviz.render.text.race_table import race_table
from lrviz.results import Protocol
from lrviz.runs.racing import Race
from tests.cli import Ended
from tests.here import torch_is_here

NAN = "exp(1000) - exp(1000)"
"""No number, and as a constant without an influence on the gradient."""
RAISES = f"-x + y**2 if x < 0.5 else -0.1*x + y**2 + ({NAN})"
"""LBFGS's first trial step ends where the loss is NaN, and the slope says that the search is over."""


@pytest.fixture(autouse=True)
def no_process() -> Iterator[None]:
    with torch_is_here():
        yield


@pytest.fixture
def few_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge by as few held-out starts as are drawn: only torch's paths matter here."""
    monkeypatch.setattr("lrviz.runs.racing.terms.Protocol", partial(Protocol, held_out_starts=24))


def table(race: Race) -> str:
    stream = io.StringIO()
    Console(file=stream, width=160).print(race_table(race.contest))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("fn", "options"),
    [
        ("hyperbolic_saddle", {}),
        ("monkey_saddle", {}),
        ("saddle", {}),
        ("sqrt(x**2+y**2)", {"domain": (-2, 2)}),
        ("abs(x)+abs(y)", {}),
        ("max(abs(x), 2*abs(y))", {}),
        ("x - 2*y", {}),
        ("exp(x) + exp(-x) + abs(y)", {}),
        (RAISES, {"start": (0.0, 0.0)}),
    ],
)
@pytest.mark.usefixtures("few_starts")
@pytest.mark.slow
def test_lbfgs_is_never_falsely_accused(fn: str, options: dict[str, Any]) -> None:
    """Line searches that rounding decides are left out, not reported as a disagreement."""
    race = lrviz.race(["lbfgs", "lbfgs:max_iter=3:lr=0.1"], fn=fn, steps=60, **options)
    assert {one.verdict.verdict for one in race.entries} == {"agree"}


def test_where_torch_raises_the_path_ends_and_that_is_said(ended: Ended) -> None:
    """The IndexError of torch's line search is reported as what it is."""
    (entry,) = lrviz.race(["lbfgs"], fn=RAISES, start=(0.0, 0.0), steps=20).entries
    assert entry.warnings[-1] == "lbfgs: its path ends where torch's LBFGS raises IndexError: list index out of range"
    assert entry.trajectory.last == 0
    assert (entry.diverged, entry.rank, entry.steps_to_tolerance) == (True, None, None)
    # The reference's search ends there too.
    (alone,) = lrviz.race(["lbfgs"], fn=RAISES, start=(0.0, 0.0), steps=20, engine="reference").entries
    assert alone.trajectory.last == 0
    code, out, err = ended("race", "lbfgs", "adam", "--fn", RAISES, "--start", "0,0", "--steps", "20")
    assert (code, err.count("Traceback")) == (0, 0)
    assert "raises IndexError" in " ".join(out.split())


@pytest.mark.parametrize("cls", FUNCTIONS, ids=lambda cls: cls.name)
@pytest.mark.usefixtures("few_starts")
@pytest.mark.slow
def test_engines_agree_on_every_surface_from_anywhere(cls: Any) -> None:
    """Every optimizer on every surface, from a start that no picture shows."""
    function = cls()
    start = tuple(low + share * (high - low) for (low, high), share in zip(function.domain, (0.83, 0.29), strict=True))
    entries = [*(one.__name__ for one in OPTIMIZERS), "lbfgs:history_size=1:lr=0.1", "sgd:lr=1e10", "rprop:lr=10"]
    race = lrviz.race(entries, fn=function.name, start=start, steps=25, tune=False)
    assert {one.label: one.verdict.sentence for one in race.entries if one.verdict.verdict != "agree"} == {}


@pytest.mark.parametrize("fn", ["schwefel", "holder_table", "beale", "mccormick"])
def test_nobody_wins_by_leaving(fn: str) -> None:
    """A path outside the domain, or below f_min, has not arrived."""
    entries = ["adam", "sgd", "adagrad", "rprop", "adam:lr=178", "adam:lr=3", "sgd:lr=0.5"]
    race = lrviz.race(entries, fn=fn, steps=150, engine="reference")
    (left, right), (low, high) = race.contest.function.domain
    tolerance, minimum = race.contest.tolerance, race.contest.function.minimum
    assert tolerance is not None
    assert minimum is not None
    for one in race.entries:
        x, y = one.trajectory.path.T
        inside = (x >= left) & (x <= right) & (y >= low) & (y <= high)
        assert one.outside is (not one.diverged and not bool(inside[-1]))
        assert (one.rank is None) is (one.diverged or one.outside)
        arrived = inside & (np.abs(one.trajectory.loss - minimum) <= tolerance)
        first = int(arrived.argmax()) if arrived.any() and one.rank is not None else None
        assert one.steps_to_tolerance == first
        if one.lr_source == "tuned":
            # Its own lr keeps it in the picture.
            assert one.lr < 5
            assert inside.all()
    ranks = [one.rank for one in race.entries if one.rank is not None]
    assert min(ranks) == 1


def test_what_ends_outside_has_no_rank_in_table_picture_and_json(ended: Ended) -> None:
    """null, a dash and a word."""
    race = lrviz.race(["adam:lr=0.1", "adam:lr=178"], fn="schwefel", steps=10, engine="reference")
    stayed, left = race.entries
    (_, right), _ = Schwefel().domain
    assert not left.diverged
    assert np.abs(left.trajectory.path[-1]).max() > right
    assert (stayed.rank, left.rank, left.steps_to_tolerance) == (1, None, None)
    record = race.to_json()["entries"][1]
    assert (record["rank"], record["steps_to_tolerance"], record["diverged"]) == (None, None, False)
    assert [line.split()[:2] for line in table(race).splitlines() if line.lstrip()[:1] == "–"] == [["–", "adam:lr=178"]]
    assert "outside" in table(race)
    assert "No rank: adam:lr=178 diverged or ended outside the domain." in table(race)
    words = [row for row, _ in labels(race.contest, 100)[1]]
    assert any(row.startswith("OUTSIDE the domain") for row in words)
    assert not words[0][0].isdigit()


def test_a_path_that_few_others_follow_is_told_to_be_luck() -> None:
    """The best path from one start is ranked second, and the picture says why."""
    race = lrviz.race(["adam:lr=0.3", "rmsprop:lr=0.2"], fn="ackley", start=[3.3, -2.4], steps=200, engine="reference")
    lucky, robust = (" ".join(row for row, _ in rows) for rows in labels(race.contest, 100))
    assert "this path ends at 0.112: luck, 2% of the others end there" in lucky
    assert "luck" not in robust
    assert [one.rank for one in race.entries] == [2, 1]


def test_the_statistic_that_ranks_stands_in_the_table() -> None:
    """The loss of a single path next to the rank would contradict it."""
    race = lrviz.race(["sgd", "adam", "rprop"], fn="ackley", steps=60, engine="reference")
    printed = table(race)
    for one in race.entries:
        assert one.robustness.score is not None
        assert f"{10**one.robustness.score:.4g}" in printed
    ranked = sorted(race.entries, key=lambda one: one.rank or 0)
    assert [one.robustness.score for one in ranked] == sorted(one.robustness.score or 0 for one in ranked)


def test_a_default_weight_decay_stands_in_the_label_with_a_footnote() -> None:
    race = lrviz.race(["adamw:lr=0.1", "adamw:lr=0.1:weight_decay=0.1"], fn="booth", steps=5, engine="reference")
    assert [one.name for one in race.entries] == ["adamw:lr=0.1 (weight_decay 0.01)", "adamw:lr=0.1:weight_decay=0.1"]
    assert "A default weight decay moves the minimum: adamw:lr=0.1 (weight_decay 0.01)." in table(race)


def test_a_history_without_end_costs_nothing() -> None:
    """torch allocates all of history_size at once."""
    begun = time.monotonic()
    huge, long = lrviz.race(
        ["lbfgs:history_size=1000000000", "lbfgs:history_size=1000"], fn="rosenbrock", steps=60
    ).entries
    assert time.monotonic() - begun < 30
    assert (huge.trajectory.path == long.trajectory.path).all()
    assert huge.params["history_size"] == 10**9
    document = race_document(["lbfgs:history_size=1000000000:max_iter=7"], {"fn": "rosenbrock", "steps": 60})
    optimizer = document.entries[0].optimizer
    assert isinstance(optimizer, LBFGS)
    asked = descent(document, optimizer, None, function=document.fn, noise=None)
    assert asked.hyperparameters["history_size"] == 67
