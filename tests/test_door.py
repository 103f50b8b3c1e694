"""`lrviz.document`: a mapping, a path or a text gives the same document, and anything else is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given
from pydantic import ValidationError

import lrviz
from lrviz.documents.override import parse
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import DocumentError, UsageError
from lrviz.language.marked_yaml import read
from lrviz.schedulers import SCHEDULERS, Scheduler
from tests.examples import examples
from tests.strategies import Plain, documents, text_of

HALF: Plain = {
    "epochs": 90,
    "optimizer": {"name": "sgd", "lr": 0.1},
    "scheduler": {"name": "cosineannealinglr", "T_max": "0.5dur"},
}


# What gets in ------------------------------------------------------------------------------------------


@examples(100)
@given(documents())
def test_every_way_in_gives_the_same(plain: Plain) -> None:
    text = text_of(plain)
    ways = [lrviz.document(plain), lrviz.document(read(text, "run.yaml")), lrviz.ScheduleDocument(**plain)]
    assert [one.to_yaml() for one in ways] == [lrviz.document(text=text).to_yaml()] * 3


def test_files_and_overrides_come_through_it(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(HALF), encoding="utf-8")
    (longer,) = parse("epochs=120")
    for way in (path, str(path), HALF, read(path.read_text(encoding="utf-8"), "run.yaml")):
        document: Any = lrviz.document(way, overrides=[longer])
        assert document.scheduler.T_max == 60
        assert lrviz.document(document) is document
    assert lrviz.document(path).source == str(path)
    assert (lrviz.document(HALF).source, lrviz.document(HALF, source="a run").source) == ("<mapping>", "a run")


def test_python_has_other_lists_numbers_and_paths(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("loss\n3\n2\n1\n", encoding="utf-8")
    mapping = {
        "epochs": np.int64(3),
        "optimizer": {"name": "Adam", "lr": np.float32(0.5), "betas": (0.8, np.float64(0.9))},
        "scheduler": [{"name": "ReduceLROnPlateau", "patience": torch.tensor(1)}],
        "metric": {"csv": tmp_path / "m.csv"},
    }
    document: Any = lrviz.document(mapping)
    adam = document.optimizer.optimizer
    assert (document.epochs, adam.lr, adam.betas, document.scheduler[0].patience) == (3, 0.5, (0.8, 0.9), 1)
    assert document.metric.at(3).tolist() == [3, 2, 1]
    mapping["metric"] = {"values": np.arange(3.0)}
    assert lrviz.document(mapping).metric.at(3).tolist() == [0, 1, 2]  # type: ignore[union-attr]


@pytest.mark.process
def test_the_entry_points_take_what_it_takes(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(HALF), encoding="utf-8")
    for way in (HALF, path, str(path), lrviz.document(HALF)):
        assert lrviz.simulate(way, engine="reference").curves.lr[45, 0] == 0
        assert [one.id for one in lrviz.lint(way)] == ["LR001"]
    found = lrviz.resume(HALF, 30, into={**HALF, "epochs": 120})
    assert found.interrupted.curves.steps == 120
    race = lrviz.load_race({"entries": ["adam:lr=0.1"], "fn": "beale"})
    assert [entry.label for entry in race.entries] == ["adam:lr=0.1"]


# What does not -----------------------------------------------------------------------------------------

INTO: dict[str, Callable[[Any], object]] = {
    "document": lrviz.document,
    "simulate": lrviz.simulate,
    "lint": lrviz.lint,
    "resume": lambda given: lrviz.resume(given, 3),
    "resume into": lambda given: lrviz.resume(HALF, 3, into=given),
    "load_race": lrviz.load_race,
}


@pytest.mark.process
@pytest.mark.parametrize("into", [into for name, into in INTO.items() if name != "resume into"])
def test_nothing_else_gets_in(into: Callable[[Any], object]) -> None:
    """Anything that is not a document gives an error message, not an AttributeError."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    live = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    # Those two step it, if they are told how.
    alone = r"steps, epochs: missing; .* how the loop steps it"
    with pytest.raises(
        UsageError, match=alone if into in {lrviz.simulate, lrviz.lint} else r"StepLR given; .* lrviz\.trace"
    ):
        into(live)
    for wrong in (3, [HALF], None, b"run.yaml", lrviz.simulate):
        with pytest.raises(UsageError, match="document is needed"):
            into(wrong)
    with pytest.raises(UsageError, match=r"lrviz\.document\(text="):
        into(yaml.safe_dump(HALF))


def test_into_is_checked_like_the_document() -> None:
    with pytest.raises(UsageError, match="into: 3 given; a document is needed"):
        INTO["resume into"](3)


def test_all_that_is_wrong_in_a_mapping_is_said_at_its_field() -> None:
    wrong = {
        "epoch": 90,
        "optimizer": {"name": "SGD", "lr": object()},
        "scheduler": {"name": "LambdaLR", "lr_lambda": lambda t: 0.9**t},
        "metric": {"expression": "t", 3: {"\x1b[31m": set()}},
    }
    with pytest.raises(DocumentError) as caught:
        lrviz.document(wrong)
    told = {fault.field: fault for fault in caught.value.faults}
    assert {fault.place for fault in told.values()} == {"<mapping>"}
    assert "did you mean epochs?" in told["epoch"].text
    assert told["optimizer.lr"].text.startswith("object given; plain data is needed")
    assert told["scheduler.lr_lambda"].text == 'function given; write the formula as text, for example "0.95 ** t"'
    assert "the key 3 given" in told["metric"].text


def test_a_mapping_that_contains_itself_is_refused() -> None:
    wrong: Plain = dict(HALF)
    wrong["optimizer"] = wrong
    with pytest.raises(DocumentError, match="does it contain itself"):
        lrviz.document(wrong)


# No constructor gives a wrong curve ---------------------------------------------------------------------


def test_the_documents_constructor_knows_the_run() -> None:
    document: Any = lrviz.ScheduleDocument(**HALF)
    assert document.scheduler.T_max == 45
    assert document == lrviz.document(HALF)
    with pytest.raises(DocumentError) as caught:
        lrviz.ScheduleDocument(**{**HALF, "epochs": "x", "interval": "hour"})
    assert [fault.field for fault in caught.value.faults] == ["epochs", "interval"]


def test_validation_without_the_run_is_refused() -> None:
    for validate in (lrviz.ScheduleDocument.model_validate, lrviz.ScheduleDocument.model_validate_strings):
        with pytest.raises(ValidationError, match=r"lrviz\.document"):
            validate(HALF)
    with pytest.raises(UsageError, match=r"epochs cannot change in a copy.* lrviz\.document"):
        lrviz.document(HALF).model_copy(update={"epochs": 180})


@pytest.mark.parametrize("scheduler", SCHEDULERS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("length", ["5ep", "500ba", "0.5dur"])
def test_a_scheduler_alone_takes_ticks_only(scheduler: type[Scheduler], length: str) -> None:
    from lrviz.language.length import lengths

    own = {key: value for key, value in scheduler.example.items() if key != "schedulers"}
    for key in lengths(scheduler):
        given = [length] if key == "milestones" else length
        with pytest.raises(ValidationError, match=r"a number of ticks is needed; .* lrviz\.document"):
            scheduler(name=scheduler.__name__, **{**own, key: given})


# Long lists ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["list", "chain", "sequence", "groups"])
@pytest.mark.slow
def test_many_members_take_time_in_line_with_them(kind: str) -> None:
    def seconds(many: int) -> float:
        member = {"name": "ExponentialLR", "gamma": 0.999}
        mapping: Plain = {"epochs": 20, "optimizer": {"name": "SGD"}, "scheduler": member}
        if kind == "list":
            mapping["scheduler"] = [member] * many
        elif kind == "chain":
            mapping["scheduler"] = {"name": "ChainedScheduler", "schedulers": [member] * many}
        elif kind == "sequence":
            stages = {"name": "SequentialLR", "schedulers": [member] * many, "milestones": list(range(1, many))}
            mapping |= {"scheduler": stages, "epochs": many}
        else:
            mapping["optimizer"] = {"name": "SGD", "groups": [{"lr": 0.1}] * many}
        begun = time.process_time()
        reference.run(lrviz.document(mapping))
        return time.process_time() - begun

    seconds(50)
    few, many = (min(seconds(each) for _ in range(3)) for each in (250, 2000))
    # Eight times as many: 8 where time is in line with them, 64 where it grows with their square.
    assert many < 24 * max(few, 0.02)
