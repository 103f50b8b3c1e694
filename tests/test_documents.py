# ruff: noqa: E501 - a row of a table is best read on one line
"""Documents: what is written is what is meant, and a document that is written out again is the same."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import example, given, note
from hypothesis import strategies as st
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from lrviz.documents.load import load, loads
from lrviz.documents.override import combinations, parse
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import DocumentError, Refusal, UsageError
from lrviz.language.length import Clock, Interval, ticks
from lrviz.language.marked_yaml import AmbiguousWord, scalar
from lrviz.runs.api import lint
from lrviz.runs.sources.resolving import resolve_all
from lrviz.runs.sources.several import read_all
from tests.examples import examples
from tests.strategies import Plain, documents, text_of

RUN = "epochs: 10\noptimizer: {name: SGD, lr: 0.1}\n"
STEP = "scheduler: {name: StepLR, step_size: 3}\n"


def fields(document: ScheduleDocument) -> dict[str, Any]:
    # A metric may hold NaN, which equals nothing; written out it does.
    return {key: getattr(document, key) for key in ScheduleDocument.model_fields} | {"metric": repr(document.metric)}


# Writing and reading again ----------------------------------------------------------------------------


@examples(200)
@given(documents())
def test_a_document_written_out_is_read_as_the_same(plain: Plain) -> None:
    document = loads(text_of(plain))
    written = document.to_yaml()
    note(written)
    again = loads(written)
    assert fields(again) == fields(document)
    stepped = [
        [(one.path, one.scheduler, one.turn, one.repeat, list(one.when)) for one in each.members()]
        for each in (again, document)
    ]
    assert stepped[0] == stepped[1]
    assert again.to_yaml() == written


def test_lengths_are_written_out_in_ticks() -> None:
    document = loads(
        "epochs: 10\nsteps_per_epoch: 7\noptimizer: {name: Adam, betas: [0.8, 0.9], groups: [{name: a, lr: 1}, {name: b}]}\n"
        "scheduler: [{name: StepLR, step_size: 0.3dur, interval: step}, {name: LambdaLR, lr_lambda: [t, 1]}]\n"
        "swa: {start: 0.5dur, swa_lr: [0.1, 0.2]}\n"
    )
    assert yaml.safe_load(document.to_yaml()) == {
        "epochs": 10,
        "steps_per_epoch": 7,
        "optimizer": {
            "name": "Adam",
            "betas": [0.8, 0.9],
            "groups": [{"name": "a", "lr": 1.0}, {"name": "b"}],
        },
        "scheduler": [
            {"name": "StepLR", "step_size": 21, "interval": "step"},
            {"name": "LambdaLR", "lr_lambda": ["t", "1"]},
        ],
        "swa": {"start": 5, "swa_lr": [0.1, 0.2]},
    }
    assert fields(loads(document.to_yaml())) == fields(document)


# Places -----------------------------------------------------------------------------------------------

OFFENDING = "qqq"


def parts(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of plain data with each of its keys or indices."""
    for key, value in list(data.items()) if isinstance(data, dict) else list(enumerate(data)):
        yield data, key
        if isinstance(value, dict | list):
            yield from parts(value)


@examples(100)
@given(documents(), st.randoms(use_true_random=False), st.booleans())
def test_a_corruption_is_found_on_its_line(plain: Plain, random: Any, of_key: bool) -> None:
    plain = copy.deepcopy(plain)
    choices = [(part, key) for part, key in parts(plain) if isinstance(key, str) or not of_key]
    container, key = random.choice(choices)
    if of_key:
        renamed = {OFFENDING if each == key else each: value for each, value in container.items()}
        container.clear()
        container.update(renamed)
    else:
        container[key] = {OFFENDING: 1}
    text = text_of(plain)
    note(text)
    with pytest.raises(DocumentError) as caught:
        loads(text, source="run.yaml")
    note(str(caught.value))
    lines = text.splitlines()
    named = []
    for fault in caught.value.faults:
        source, line, column = fault.place.rsplit(":", 2)
        assert source == "run.yaml"
        assert 1 <= int(column) <= len(lines[int(line) - 1])
        named.append(lines[int(line) - 1])
    assert any(OFFENDING in line for line in named)


# Lengths ----------------------------------------------------------------------------------------------


def _clock(interval: Interval, steps_per_epoch: int, ticks: int) -> Clock:
    per_epoch = Fraction(steps_per_epoch if interval == "step" else 1)
    return Clock(interval, steps_per_epoch, ticks, ticks, per_epoch, interval == "epoch", ticks, ticks)


@given(
    st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False),
    st.sampled_from(["ep", "ba", "dur"]),
    st.builds(_clock, st.sampled_from(["epoch", "step"]), st.integers(1, 5000), st.integers(1, 10**6)),
)
def test_a_length_is_rounded_half_up(number: Decimal, unit: str, clock: Clock) -> None:
    exact = {
        ("ep", "epoch"): number,
        ("ep", "step"): number * clock.steps_per_epoch,
        ("ba", "step"): number,
        ("dur", "epoch"): number * clock.ticks,
        ("dur", "step"): number * clock.ticks,
    }.get((unit, clock.interval))
    if exact is not None:
        wanted = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    else:
        # Batches seldom make whole epochs: the nearest whole number of epochs, in thousandths of a batch.
        per_epoch = clock.steps_per_epoch * 1000
        wanted = (2 * int(number * 1000) + per_epoch) // (2 * per_epoch)
    assert ticks(f"{number}{unit}", clock) == (max(1, wanted) if number else 0)


@pytest.mark.parametrize(
    ("written", "by_epoch", "by_step"),
    [
        ("5ep", 5, 35),
        ("2.5ep", 3, 18),
        ("0.5ep", 1, 4),
        (".5 ep", 1, 4),
        ("0ep", 0, 0),
        ("0.0001ep", 1, 1),
        ("70ba", 10, 70),
        ("73ba", 10, 73),
        ("74ba", 11, 74),
        ("1ba", 1, 1),
        ("1e2ba", 14, 100),
        ("0.1dur", 10, 70),
        ("0.05dur", 5, 35),
        ("1dur", 100, 700),
        ("0.001dur", 1, 1),
        (12, 12, 12),
    ],
)
def test_lengths_on_the_clock_of_whoever_is_stepped(written: str | int, by_epoch: int, by_step: int) -> None:
    run = "epochs: 100\nsteps_per_epoch: 7\noptimizer: {name: SGD}\n"
    for interval, other, own, others in [
        ("epoch", "step", by_epoch, by_step),
        ("step", "epoch", by_step, by_epoch),
    ]:
        text = run + f"interval: {interval}\nscheduler:\n- {{name: LinearLR, total_iters: {written}}}\n"
        text += f"- {{name: LinearLR, total_iters: {written}, interval: {other}}}\n"
        text += f"- name: ChainedScheduler\n  interval: {other}\n  schedulers: [{{name: MultiStepLR, milestones: [{written}]}}]\n"
        text += f"swa: {{start: {written}, swa_lr: 0.1, anneal_epochs: {written}}}\n"
        document: Any = loads(text)
        first, second, chain = document.scheduler
        assert (first.total_iters, second.total_iters, chain.schedulers[0].milestones) == (
            own,
            others,
            (others,),
        )
        assert (document.swa.start, document.swa.anneal_epochs) == (own, own)


# Geometry ---------------------------------------------------------------------------------------------


@given(st.fixed_dictionaries(
    {"dataset_size": st.integers(1, 300), "batch_size": st.integers(1, 40)},
    optional={"devices": st.integers(1, 4), "grad_accumulation": st.integers(1, 5), "drop_last": st.booleans()},
), st.integers(1, 50), st.booleans())  # fmt: skip
def test_geometry_counts_what_a_loader_yields(loader: dict[str, int], length: int, by_steps: bool) -> None:
    """torch's own sampler pads, so that all devices have equally many samples."""
    samples, devices, accumulation = (
        list(range(loader["dataset_size"])),
        loader.get("devices", 1),
        loader.get("grad_accumulation", 1),
    )
    sampler: Any = DistributedSampler(samples, num_replicas=devices, rank=devices - 1)  # type: ignore[arg-type]
    together = list(DataLoader(samples, loader["batch_size"], sampler=sampler, drop_last=bool(loader.get("drop_last"))))  # type: ignore[arg-type]
    updates = [together[i : i + accumulation] for i in range(0, len(together), accumulation)]
    run = {"steps" if by_steps else "epochs": length, "optimizer": {"name": "SGD"}}
    text = yaml.safe_dump({**run, **loader}) + STEP
    if not updates:
        with pytest.raises(DocumentError, match="leaves no batch"):
            loads(text)
        return
    document = loads(text)
    assert document.epoch_steps == len(updates)
    assert document.ticks("step") == (length if by_steps else length * len(updates))
    assert document.ticks("epoch") == (len(range(0, length, len(updates))) if by_steps else length)
    assert document.updates == document.ticks("epoch")


# The training loop ------------------------------------------------------------------------------------

INTERVALS = st.sampled_from([None, "epoch", "step"])


RUNS = st.fixed_dictionaries({"steps_per_epoch": st.integers(1, 4), "interval": st.sampled_from(["epoch", "step"])})
CUT_SHORT = {"steps_per_epoch": 3, "interval": "epoch"}


@given(
    RUNS,
    st.tuples(st.sampled_from(["steps", "epochs"]), st.integers(1, 14)),
    st.lists(INTERVALS, min_size=1, max_size=3),
    st.none() | st.integers(0, 5),
    st.booleans(),
)
@example(CUT_SHORT, ("steps", 8), ["step"], 1, False)
@example(CUT_SHORT, ("steps", 8), ["epoch", "step"], None, False)
@example(CUT_SHORT, ("steps", 8), ["step", "epoch"], None, True)
def test_members_step_when_and_in_the_order_in_which_a_training_loop_would_step_them(
    run: dict[str, Any], extent: tuple[str, int], own: list[str | None], start: int | None, scheduler_first: bool
) -> None:
    """As in a nested loop, which steps per batch inside and per epoch outside."""
    (unit, length), per_epoch, interval = extent, run["steps_per_epoch"], run["interval"]
    schedulers = [{"name": "LinearLR", **({} if one is None else {"interval": one})} for one in own]
    plain: Plain = {unit: length, **run, "optimizer": {"name": "SGD"}, "scheduler": schedulers}
    if start is not None:
        plain["swa"] = {"start": start, "swa_lr": 0.1}
    document = loads(text_of(plain))
    intervals = [one or interval for one in own]
    by_epoch = {*intervals, *([interval] if start is not None else [])} == {"epoch"}
    assert document.unit == ("epoch" if by_epoch else "step")

    updates = length if unit == "steps" else length * per_epoch
    calls: list[tuple[int, int]] = []
    row = 0

    def step(which: str, epoch: int, update: int) -> None:
        averaging = start is not None and (epoch if interval == "epoch" else update) > start
        calls.extend((row, index) for index, one in enumerate(intervals) if one == which and not averaging)
        if averaging and interval == which:
            calls.append((row, len(own)))

    for epoch, begin in enumerate(range(0, updates, per_epoch)):
        batches = range(begin, min(begin + per_epoch, updates))
        if scheduler_first:
            step("epoch", epoch, begin)
        for update in range(1) if by_epoch else batches:
            if scheduler_first:
                step("step", epoch, update)
            last = by_epoch or update == batches[-1]
            if not scheduler_first:
                step("step", epoch, update)
                if last and (by_epoch or len(batches) == per_epoch):
                    step("epoch", epoch, update)
            row += 1
    assert document.updates == row
    members = document.members(scheduler_first=scheduler_first)
    assert [member.path for member in members][: len(own)] == [("scheduler", index) for index in range(len(own))]
    due = sorted((when, one.turn, index) for index, one in enumerate(members) for when in one.when)
    assert [(when, index) for when, _, index in due] == calls


# Metric -----------------------------------------------------------------------------------------------

PLATEAU = "epochs: 3\noptimizer: {name: SGD}\nscheduler: {name: ReduceLROnPlateau}\n"


@pytest.mark.parametrize(
    ("content", "metric", "wanted"),
    [
        ("loss\n3\n2\n1\n", "{csv: data/m.csv}", [3, 2, 1]),
        ("\ufeffloss\n3\n2\n1\n", "{csv: data/m.csv, column: loss}", [3, 2, 1]),
        ("step, loss\n0, 3\n1, 2\n2, 1\n3, 0\n", "{csv: data/m.csv, column: loss}", [3, 2, 1]),
        ('"a,b",loss\r\n0,3e-1\r\n\r\n1,2\r\n2, 1 \r\n', "{csv: data/m.csv, column: loss}", [0.3, 2, 1]),
        ("", "{values: [3, 2.5, 1e-1, 9]}", [3, 2.5, 0.1]),
        ("loss\n3\nnan\n-Inf\n", "{csv: data/m.csv}", [3, math.nan, -math.inf]),
        ("", "{values: [3, .nan, .inf]}", [3, math.nan, math.inf]),
        ("", "{expression: 'log(0.5 - t)'}", [math.log(0.5), math.nan, math.nan]),
        ("", "{expression: '3 - t'}", [3, 2, 1]),
        ("", "{expression: '3 - epoch'}", [3, 2, 1]),
        ("", "{expression: 7}", [7, 7, 7]),
    ],
)
def test_a_metric_from_everywhere(content: str, metric: str, wanted: list[float], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "m.csv").write_text(content, encoding="utf-8", newline="")
    path = tmp_path / "run.yaml"
    path.write_text(PLATEAU + f"metric: {metric}\n")
    document = load(path)
    assert document.metric is not None
    np.testing.assert_array_equal(document.metric.at(3), wanted)


@pytest.mark.parametrize(
    ("content", "metric", "field", "said"),
    [
        ("a,b\n1,2\n", "{csv: m.csv}", "metric.csv", "has 2 columns; name one with column"),
        ("a,b\n1,2\n", "{csv: m.csv, column: c}", "metric.column", "'c' given; {path} has no such column among its 2"),
        ("a\n1\nx\n", "{csv: m.csv}", "metric.csv", "{path}:3: column 1 is not a number"),
        ("a,b\n1,2\n\n1\n", "{csv: m.csv, column: b}", "metric.csv", "{path}:4: column 2 is not a number"),
        (
            "a\n1\n2\n",
            "{csv: m.csv}",
            "metric.csv",
            "2 values given; what watches the metric takes 3, one at each step",
        ),
        (
            "a\n",
            "{csv: m.csv}",
            "metric.csv",
            "0 values given; what watches the metric takes 3, one at each step",
        ),
        ("", "{csv: m.csv}", "metric.csv", "{path} is empty"),
        ("a\n1\n2\n3\n", "{csv: .}", "metric.csv", "Is a directory"),
        ("a\n1\n2\n3\n", '{csv: "m\\0.csv"}', "metric.csv", "not a CSV file"),
    ],
)
def test_a_csv_file_that_gives_no_metric(content: str, metric: str, field: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(content)
    path = tmp_path / "run.yaml"
    path.write_text(PLATEAU + f"metric: {metric}\n")
    with pytest.raises(DocumentError) as caught:
        load(path)
    (fault,) = caught.value.faults
    assert fault.field == field
    assert fault.place.startswith(f"{path}:4:")
    assert said.format(path=tmp_path / "m.csv") in fault.text


def test_a_metric_is_asked_only_where_it_is_watched() -> None:
    assert loads(RUN + STEP + "metric: {values: [1]}\n").metric is not None
    plateau = loads(PLATEAU + "metric: {expression: 1 / (2 - t)}\n")
    assert plateau.metric is not None
    assert plateau.metric.at(2).tolist() == [0.5, 1.0]
    with pytest.raises(Refusal, match="inf at t = 2"):
        plateau.metric.at(3)


# Overrides --------------------------------------------------------------------------------------------

KEYS = st.text("abcT_0", min_size=1, max_size=5).filter(lambda key: not key.isdigit())
PATHS = st.tuples(KEYS, st.lists(KEYS | st.integers(0, 12), max_size=3)).map(lambda p: (p[0], *p[1]))
VALUES = st.sampled_from(
    [("50", 50), ("1e-4", 1e-4), ("true", True), ("5ep", "5ep"), ("[1, 2]", [1, 2]), ("{a: 1, b: [2, 3]}", {"a": 1, "b": [2, 3]}), ('"a,b"', "a,b"),
     ("max(t, 1)", "max(t, 1)"), ("null", None), ("'yes'", "yes"), ("a=b", "a=b")]
)  # fmt: skip


@given(PATHS, st.lists(VALUES, min_size=1, max_size=4))
def test_a_setting_is_a_path_and_values(path: tuple[str | int, ...], values: list[tuple[str, Any]]) -> None:
    target = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    setting = f"{target}={','.join(text for text, _ in values)}"
    note(setting)
    overrides = parse(setting)
    assert [one.path for one in overrides] == [path] * len(values)
    assert [one.value for one in overrides] == [value for _, value in values]
    assert [one.words for one in overrides] == [f"{target}={text}" for text, _ in values]


def test_what_does_nothing_is_warned_of() -> None:
    text = "epochs: 9\noptimizer: {name: SGD}\nscheduler: {name: StepLR, step_size: 3}\n"
    assert lint(loads(text)) == ()
    idle = text + "metric: {expression: t}\nswa: {start: 20, swa_lr: 0.1}\n"
    assert tuple(map(str, lint(loads(idle, source="a.yaml")))) == (
        "a.yaml:4:9: LR034 metric: no scheduler watches it, as ReduceLROnPlateau does",
        "a.yaml:5:14: LR010 swa.start: start 20 is never reached: the scheduler has only 9 epochs",
    )


def test_a_setting_is_given_once() -> None:
    with pytest.raises(UsageError, match=r"scheduler\.gamma: given twice"):
        combinations(["scheduler.gamma=1", "scheduler.gamma=2,3"])
    assert [one.value for (one,) in combinations(["scheduler.gamma=1,1,2"])] == [1, 2]


def test_settings_are_combined(tmp_path: Path) -> None:
    assert [len(combinations(settings)) for settings in ([], ["a=1"], ["a=1,2", "b=3"], ["a=1,2", "b=1,2,3"])] == [
        1,
        1,
        2,
        6,
    ]
    path = tmp_path / "run.yaml"
    path.write_text(RUN + STEP)
    read: list[Any] = read_all(
        resolve_all([str(path), str(path)]), ["scheduler.step_size=2,4", "optimizer.lr=0.5,0.25,0.125"]
    )
    wanted = [(size, lr) for size in (2, 4) for lr in (0.5, 0.25, 0.125)] * 2
    assert [(one.scheduler.step_size, one.optimizer.groups[0].optimizer.lr) for one in read] == wanted
    assert read[1].title == "run: step_size=2, lr=0.25"


def test_settings_reach_everything_and_only_what_they_name() -> None:
    text = "epochs: 10\noptimizer: {name: SGD, groups: [&g {lr: 1}, *g]}\n"
    text += "scheduler: {name: SequentialLR, milestones: [5], schedulers: [&l {name: LinearLR}, *l]}\n"
    settings = [
        "scheduler.schedulers[1].total_iters=20%",
        "scheduler.schedulers.1={name: steplr, step_size: 0.2dur}",
        "optimizer.groups[0].lr=3",
        "name=7",
    ]
    (overrides,) = combinations(settings[1:])
    document: Any = loads(text, overrides=overrides)
    assert [member.name for member in document.scheduler.schedulers] == ["LinearLR", "StepLR"]
    assert document.scheduler.schedulers[1].step_size == 2
    assert [group.optimizer.lr for group in document.optimizer.groups] == [3, 1]
    assert document.title == "7"
    (overrides,) = combinations(settings[:1])
    with pytest.raises(DocumentError) as caught:
        loads(text, overrides=overrides)
    (fault,) = caught.value.faults
    assert (fault.place, fault.field) == (f"--set {settings[0]}", "scheduler.schedulers[1].total_iters")


@pytest.mark.parametrize(
    ("setting", "field", "said"),
    [
        ("scheduler.stepsize=3", "scheduler.stepsize", "did you mean step_size?"),
        ("sheduler.step_size=3", "sheduler.step_size", "the document has no part 'sheduler'"),
        ("scheduler[0].step_size=3", "scheduler[0].step_size", "scheduler has no part 0"),
        (
            "optimizer.groups[2].lr=3",
            "optimizer.groups[2].lr",
            "optimizer.groups has no part 2; it is a list of 2, numbered from 0",
        ),
        ("epochs=0", "epochs", "0 given; at least 1"),
        ("scheduler.name=SteppLR", "scheduler.name", "did you mean StepLR?"),
    ],
)
def test_a_fault_of_a_setting_is_at_the_setting(setting: str, field: str, said: str) -> None:
    (overrides,) = combinations([setting])
    with pytest.raises(DocumentError) as caught:
        loads("epochs: 10\noptimizer: {name: SGD, groups: [{lr: 1}, {lr: 2}]}\n" + STEP, overrides=overrides)
    (fault,) = caught.value.faults
    assert (fault.place, fault.field) == (f"--set {setting}", field)
    assert said in fault.text


@pytest.mark.parametrize("setting", ["epochs", "=3", "epochs=", "a..b=1", "a[x]=1", "a=[1", "a=yes", "a=1,", "a=,1"])
def test_a_setting_that_is_none(setting: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(setting)
    assert str(caught.value).startswith(f"--set {setting}: ")


# Numbers and words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4), ("1E5", 1e5), ("1e6", 1e6), ("1_000_000", 1_000_000), ("0x10", 16), ("0xf_f", 255), (".5", 0.5), ("5.", 5.0), ("-3", -3),
        ("+3", 3), ("-.5e-3", -0.0005), ("007", 7), ("0o17", "0o17"), ("0x", "0x"), ("0x_", "0x_"), ("12:30", "12:30"), ("2024-01-01", "2024-01-01"), ("1.2.3", "1.2.3"),
        ("_1", "_1"), ("e5", "e5"), (".", "."), ("-", "-"), ("~", None), ("", None), ("null", None), ("true", True), ("False", False), ("t", "t"), ("5ep", "5ep"),
    ],
)  # fmt: skip
def test_what_a_plain_word_means(text: str, value: Any) -> None:
    found = scalar(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "y", "n"])
def test_words_of_two_minds_are_asked_about(word: str) -> None:
    with pytest.raises(AmbiguousWord, match=f'^{word} given; write (true|false), or "{word}" in quotes'):
        scalar(word)


def test_numbers_serve_where_they_are_meant() -> None:
    document: Any = loads(
        "name: 2024\nsteps: 1e6\nsteps_per_epoch: 1_000\ninterval: step\noptimizer: {name: SGD, lr: 1, groups: [{name: 1}, {name: 'on'}]}\n"
        "scheduler: {name: CosineAnnealingLR, T_max: 0x10, eta_min: 1e-4}\n"
    )
    assert (document.title, document.steps, document.steps_per_epoch) == ("2024", 1_000_000, 1000)
    assert [type(value) for value in (document.steps, document.scheduler.T_max, document.scheduler.eta_min)] == [
        int,
        int,
        float,
    ]
    assert (document.scheduler.T_max, document.scheduler.eta_min) == (16, 1e-4)
    assert document.optimizer.optimizer.lr == 1.0
    assert [group.name for group in document.optimizer.groups] == ["1", "on"]


def test_documents_without_a_title_bear_the_name_of_their_file() -> None:
    assert loads(RUN + STEP, source="some/where/resnet.v2.yaml").title == "resnet.v2"
