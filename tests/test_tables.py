"""Tables at every width: no number or word is broken or lost, and every head is made of whole words."""

from __future__ import annotations

import functools
import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

import lrviz
from lrviz.cli.columns import described, overview, rule_table
from lrviz.cli.console import Streams
from lrviz.documents.description import KINDS
from lrviz.foundation.numerals import alike
from lrviz.linting.known import KNOWN
from lrviz.optimizers import OPTIMIZERS
from lrviz.render.text.fitted_table import Column, FittedTable
from lrviz.render.text.race_table import race_table
from lrviz.render.text.resume_table import resume_table
from lrviz.render.text.schedule_table import check_table, implementation_table, schedule_table
from lrviz.results import Curves, Error, Interrupted, Resumed, Verdict
from lrviz.runs.racing import Race
from lrviz.runs.summary import summarise

WIDTHS = (40, 60, 80, 100, 120, 200)
NAMING = {"optimizer", "schedule", "group", "document", "resumed", "with", "id", "name", "parameter"}
"""Heads of what a record begins with; there it stands alone."""
AGREE = Verdict("agree", max_abs=0.0, max_rel=6.1e-16, ran={"torch": "2.13.0"})


def printed(table: RenderableType, width: int) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(table)
    return stream.getvalue().splitlines()


def test_a_table_says_how_long_a_group_is_there_and_what_else_moves() -> None:
    lr = np.array([[0.1, np.nan], [0.1, 0.01], [0.1, 0.02]])
    beta1 = np.array([[0.9, np.nan], [0.7, 0.5], [0.8, 0.5]])
    curves = Curves("a", "a.yaml", "epoch", 1, "Adam", "StepLR", ("head", "body"), lr, {"beta1": beta1})
    rows = [line.split() for line in printed(schedule_table([(curves, AGREE, summarise(curves))]), 120)]
    assert [row[:2] for row in rows if row[0] in {"head", "body"}] == [["head", "3"], ["body", "2"]]
    assert [row[-3:] for row in rows if row[0] in {"head", "body"}] == [["0.7", "to", "0.9"], ["0.0%", "1", "0.5"]]


@functools.cache
def race(*entries: str, fn: str, **options: Any) -> Race:
    return lrviz.race(list(entries), fn=fn, steps=60, engine="reference", tune=False, **options)


def curves_of(name: str, groups: tuple[str, ...], lr: list[float], unit: str = "epoch") -> Curves:
    table = np.repeat(np.array(lr)[:, None], len(groups), axis=1) * (1 + np.arange(len(groups)))
    return Curves(name, f"{name}.yaml", unit, 10, "AdamW", "LinearLR → CosineAnnealingLR", groups, table)  # type: ignore[arg-type]


def interruption() -> RenderableType:
    curves = curves_of("A long run", ("0",), list(np.linspace(0.1, 1e-5, 90)), "step")
    wrong = {"lr": Error(45, 3.0, 61, "0", 5.8680001e-4, 5.868e-4), "momentum": Error(46, 0.0888, 61, "0", 0.9, 0.8)}
    ways = [
        Resumed("both", "scheduler built first", ("load()",), curves.lr[45:], {}),
        Resumed("optimizer", "optimizer state only", ("load()",), curves.lr[45:], {}, wrong),
        Resumed("last", "last_epoch=K-1", ("load()",), curves.lr[45:], {}, {}, (47, "ValueError: no")),
    ]
    return resume_table(Interrupted(curves, 45, tuple(ways)), AGREE)


FEW = curves_of("T_max=25", ("0",), [0.1, 0.05, 1e-5])
GROUPED = curves_of("微调 of a backbone", ("backbone", "头"), [0.0, 6.123e-4, 1.234e-4], "step")
CASES: dict[str, Callable[[], RenderableType]] = {
    "five": lambda: race_table(
        race("sgd:lr=1e-3", "sgd:lr=1e-3:momentum=0.9", "adam", "adamw", "lbfgs", fn="rosenbrock").contest
    ),
    "lost": lambda: race_table(race("adam:lr=0.1", "adam:lr=178", "sgd:lr=1e10", fn="schwefel").contest),
    "lone": lambda: race_table(race("adam:lr=0.05", fn="booth").contest),
    "averages": lambda: race_table(
        race("adam:lr=0.1", "sgd:lr=0.1", fn="quadratic", noise=2.0, average="ema:decay=0.97").contest
    ),
    "no minimum": lambda: race_table(race("adam", "sgd", fn="monkey_saddle").contest),
    "schedule": lambda: schedule_table([(FEW, AGREE, summarise(FEW))]),
    "schedules": lambda: schedule_table([(one, AGREE, summarise(one)) for one in (FEW, GROUPED)]),
    "check": lambda: check_table([(FEW, AGREE), (GROUPED, Verdict.alone())]),
    "implementations": lambda: implementation_table([("SGD", "for-loop", AGREE), ("LBFGS", "foreach", AGREE)]),
    "resume": interruption,
    "optimizers": lambda: overview(KINDS["optimizers"]),
    "rules": lambda: rule_table(KNOWN),
    "LBFGS": lambda: described(next(one for one in OPTIMIZERS if one.__name__ == "LBFGS")),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.slow
def test_nothing_is_broken_or_lost_at_any_width(case: str) -> None:
    table = CASES[case]()
    wide = Counter(word for line in printed(table, 200) for word in line.split() if word.strip("–─"))
    for width in WIDTHS:
        lines = printed(table, width)
        assert max(map(cell_len, lines)) <= width
        words = Counter(word for line in lines for word in line.split())
        # A link that is longer than a line goes on in the next.
        assert {word for word in wide - words if cell_len(word) <= width} <= (NAMING if width < 80 else set())


@pytest.mark.parametrize(("width", "tables", "records"), [(200, 1, 0), (120, 2, 0), (80, 3, 0), (60, 0, 5), (40, 0, 5)])
def test_a_race_is_one_table_two_or_a_record_each(width: int, tables: int, records: int) -> None:
    lines = printed(CASES["five"](), width)
    assert sum(line.startswith("rank  optimizer") for line in lines) == tables
    assert sum(line.startswith("rank ") and line[5].isdigit() for line in lines) == records
    if records:
        (loss,) = (line for line in lines[lines.index("rank 1  lbfgs") :][:4] if line.startswith("  median loss "))
        assert len(loss.split()) == 3


@pytest.mark.parametrize(("entry", "unit"), [("lbfgs", "evaluation"), ("sgd:lr=0.1", "step")])
def test_a_race_is_told_in_what_all_are_charged_by(entry: str, unit: str) -> None:
    contest = race(entry, "adam:lr=0.3", fn="booth").contest
    text = "\n".join(printed(race_table(contest), 200))
    assert f"60 {'gradient ' * (unit != 'step')}{unit}s" in text.splitlines()[0]
    one = contest.contestants[0]
    assert one.steps_to_tolerance is not None
    cost = one.trajectory.spent[one.steps_to_tolerance] if unit != "step" else one.steps_to_tolerance
    (row,) = (line.split() for line in text.splitlines() if entry in line.split()[:2])
    assert str(cost) in row
    assert (cost > one.steps_to_tolerance) == (unit != "step")


@pytest.mark.parametrize(("columns", "width"), [(None, 120), ("60", 60), ("0", 120), ("wide", 120), ("9" * 30, 120)])
def test_a_pipe_is_as_wide_as_columns_says(columns: str | None, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    assert Streams().width == width


def test_the_table_prints_what_ranks_and_says_in_words_who_is_lost() -> None:
    contest = race("adam:lr=0.1", "adam:lr=178", "sgd:lr=1e10", fn="schwefel").contest
    text = "\n".join(printed(race_table(contest), 200))
    medians = [one.robustness.score for one in contest.contestants if one.rank is not None]
    assert all(f"{10**score:.4g}" in text for score in medians if score is not None)
    rows = [line.split() for line in text.splitlines()]
    assert [row[:2] for row in rows if row[:1] == ["–"]] == [["–", "adam:lr=178"], ["–", "sgd:lr=1e10"]]
    assert "No rank: adam:lr=178, sgd:lr=1e10 diverged or ended outside the domain." in text
    # A lone entry is not ranked.
    assert "rank" not in "\n".join(printed(CASES["lone"](), 200)).lower()


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" 学习率:="), min_size=1, max_size=90)


@given(names=st.lists(NAMES, min_size=1, max_size=3), width=st.sampled_from(WIDTHS), number=st.floats(1e-12, 1e12))
def test_names_of_any_length_and_script(names: list[str], width: int, number: float) -> None:
    names = [f"a{name}" for name in names]
    columns = [
        Column("entry", names, kind="text"),
        *(Column.numbers(f"loss {'abcd'[index]}", [number] * len(names), index + 1) for index in range(4)),
    ]
    lines = printed(FittedTable(columns), width)
    assert max(map(cell_len, lines)) <= width
    words = Counter(word for line in lines for word in line.split())
    assert words[alike([number])[0]] >= 4 * len(names)
    for name in names:
        assert all(words[word] for word in name.split() if cell_len(word) <= width)
