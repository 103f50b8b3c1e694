"""Numbers of a document that are written as arithmetic: what they come to, wherever a number may stand."""

from __future__ import annotations

import math
import pickle
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import lrviz
from lrviz.documents.override import combinations
from lrviz.documents.race import load_race, race_document
from lrviz.documents.schema import document_schema, race_schema
from lrviz.foundation.errors import DocumentError
from lrviz.language.expression import Expression, arithmetic
from lrviz.linting import fixing
from lrviz.linting.lint import linted
from lrviz.runs.scripting.script import torch_script
from lrviz.schedulers.torch.lambda_lr import LambdaLR

RUN: dict[str, Any] = {"epochs": 12, "optimizer": {"name": "SGD"}}

WRITTEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the linear scaling rule": (
        RUN | {"optimizer": {"name": "SGD", "lr": "0.1 * 1024 / 256", "momentum": "1 - 0.1"}},
        RUN | {"optimizer": {"name": "SGD", "lr": 0.4, "momentum": 0.9}},
    ),
    "the geometry": (
        RUN | {"dataset_size": "2**10", "batch_size": "256 // 8", "devices": "2*2", "grad_accumulation": "1e0 * 2"},
        RUN | {"dataset_size": 1024, "batch_size": 32, "devices": 4, "grad_accumulation": 2},
    ),
    "lists and groups": (
        {
            "epochs": "6 * 2",
            "optimizer": {"name": "AdamW", "betas": ["1 - 0.1", "1 - 1 / 20"], "groups": [{"lr": "1e-3 / 4"}, {}]},
            "scheduler": {"name": "CyclicLR", "base_lr": ["1e-4 * 2", 0.1], "max_lr": "max(0.1, 0.2)"}
            | {"step_size_up": "12 / 4"},
        },
        {
            "epochs": 12,
            "optimizer": {"name": "AdamW", "betas": [0.9, 0.95], "groups": [{"lr": 0.00025}, {}]},
            "scheduler": {"name": "CyclicLR", "base_lr": [2e-4, 0.1], "max_lr": 0.2, "step_size_up": 3},
        },
    ),
    "milestones, a member's loop, the metric and swa": (
        RUN
        | {
            "scheduler": [
                {"name": "MultiStepLR", "milestones": ["90 // 30", "2ep", "(1 + 3) * 2"]},
                {"name": "ReduceLROnPlateau", "patience": "1 + 1"}
                | {"frequency": "6 / 3", "repeat": "1 * 2", "start": "4 - 3"},
            ],
            "metric": {"values": ["1 / 2"] * 12},
            "swa": {"swa_lr": "0.1 / 4", "start": "2 * 4"},
        },
        RUN
        | {
            "scheduler": [
                {"name": "MultiStepLR", "milestones": [3, 2, 8]},
                {"name": "ReduceLROnPlateau", "patience": 2, "frequency": 2, "repeat": 2, "start": 1},
            ],
            "metric": {"values": [0.5] * 12},
            "swa": {"swa_lr": 0.025, "start": 8},
        },
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_arithmetic_is_the_number_that_it_comes_to(name: str) -> None:
    written, plain = WRITTEN[name]
    ours, other = lrviz.document(written), lrviz.document(plain)
    assert ours.model_dump() == other.model_dump()
    assert ours.to_yaml() == other.to_yaml()
    assert torch_script(ours).splitlines()[1:] == torch_script(other).splitlines()[1:]
    jsonschema.Draft202012Validator(document_schema()).validate(written)


def test_arithmetic_in_groups_that_are_added_and_in_layer_wise_decay() -> None:
    added = {"name": "SGD", "groups": [{}, {"lr": "1 / 8", "added": "10 / 2"}]}
    (_, later) = lrviz.document(RUN | {"optimizer": added}).optimizer.groups
    assert (later.optimizer.hyperparameters()["lr"], later.added) == (0.125, 5)
    decayed = {"name": "AdamW", "lr": 1, "layer_decay": {"layers": "24 // 8", "decay": "1 - 1 / 4"}}
    groups = lrviz.document(RUN | {"optimizer": decayed}).optimizer.groups
    assert [one.optimizer.hyperparameters()["lr"] for one in groups] == [0.75**3, 0.75**2, 0.75, 1]


def test_arithmetic_in_settings_and_in_races() -> None:
    text = yaml.safe_dump(RUN | {"scheduler": {"name": "StepLR", "step_size": 3}})
    each = combinations(["scheduler.step_size=3*2,12/4", "optimizer.lr=0.1*4"])
    found = [lrviz.document(text=text, overrides=one) for one in each]
    assert [one.scheduler.step_size for one in found] == [6, 3]  # type: ignore[union-attr]
    assert found[0].optimizer.optimizer.hyperparameters()["lr"] == 0.4
    race = {
        "entries": ["sgd:lr=1/8", {"name": "adam", "lr": "3 / 8", "betas": ["0.5 + 0.25", 0.9]}],
        "fn": "quadratic:kappa=10*5",
        "start": ["-1 - 0.5", "4 / 2"],
        "steps": "10 * 6",
        "noise": "1 / 4",
        "average": "ema:decay=1-1/4:start=2*5",
    }
    jsonschema.Draft202012Validator(race_schema()).validate(race)
    read = load_race(race)
    assert (read.steps, read.start, read.noise) == (60, (-1.5, 2.0), 0.25)
    assert [one.optimizer.hyperparameters()["lr"] for one in read.entries] == [0.125, 0.375]
    assert read.entries[1].optimizer.hyperparameters()["betas"] == (0.75, 0.9)
    assert (read.fn.kappa, read.average) == (50, load_race(race | {"average": "ema:decay=0.75:start=10"}).average)  # type: ignore[attr-defined]
    with pytest.raises(DocumentError) as told:
        race_document(["sgd:lr=1/0"], {"fn": "quadratic:kappa=lr", "average": "swa:start=5/2"})
    assert [part in str(told.value) for part in ("divides by zero", "kappa: 'lr' given", "it is 2.5")] == [True] * 3


@pytest.mark.parametrize("field", ["name", "metric", "scheduler"])
def test_where_text_is_meant_nothing_is_computed(field: str) -> None:
    texts: dict[str, dict[str, Any]] = {
        "name": {"name": "2 * 3"},
        "metric": {"metric": {"expression": "2 * 3"}},
        "scheduler": {"scheduler": {"name": "LambdaLR", "lr_lambda": "2 * 3"}},
    }
    assert "2 * 3" in lrviz.document(RUN | texts[field]).to_yaml()


@pytest.mark.parametrize("value", ["four", "0.1 * lr", "", "5 ep * 2", "import os", "[1]"])
@pytest.mark.slow
def test_the_schema_knows_arithmetic_from_other_text(value: str) -> None:
    schema = jsonschema.Draft202012Validator(document_schema())
    assert schema.is_valid(RUN | {"optimizer": {"name": "SGD", "lr": "0.1 * 4"}})
    if value != "0.1 * lr":
        assert not schema.is_valid(RUN | {"optimizer": {"name": "SGD", "lr": value.replace("5 ep * 2", "ep")}})


operands = st.floats(1e-3, 1e3).map(repr) | st.integers(1, 999).map(str)


@given(operands, st.lists(st.tuples(st.sampled_from(["+", "-", "*", "/", "//", "%"]), operands), max_size=5))
def test_arithmetic_is_that_of_pythons_floats(first: str, rest: list[tuple[str, str]]) -> None:
    text = " ".join([first, *(f"{symbol} {number}" for symbol, number in rest)])
    wanted = eval(" ".join([f"{float(first)}", *(f"{symbol} {float(number)}" for symbol, number in rest)]))
    assert arithmetic(text) == wanted
    assert math.isfinite(arithmetic(f"sqrt({abs(wanted)!r}) + min(1, {text})"))


def test_a_formula_of_no_run_knows_no_length_of_one() -> None:
    assert arithmetic("2 * pi") == 2 * math.pi
    with pytest.raises(ValidationError, match="known only in a document"):
        LambdaLR.model_validate({"name": "LambdaLR", "lr_lambda": "1 - t / ticks + 0 * epochs"})
    formula = Expression.parse("1 - t / ticks", {"t"}, {"ticks": 8, "epochs": 2})
    assert pickle.loads(pickle.dumps(formula)) == formula
    assert formula.given({"ticks": 4, "epochs": 2}).evaluate(t=[2.0]).tolist() == [0.5]
    assert formula.evaluate(t=[2.0]).tolist() == [0.75]
    assert formula.python.source == "1.0 - t / 8.0"


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "a place and what it comes to": (
            "epochs: 20\noptimizer: {name: AdamW, lr: 3 * 0.1}\nscheduler: {name: CosineAnnealingLR, T_max: 20}\n",
            ("2:30", "the peak lr is 0.3", "AdamW, lr: 0.001}"),
        ),
        "a length in the other unit": (
            "epochs: 90\nsteps_per_epoch: 100\noptimizer: {name: SGD, lr: 0.1, momentum: 0.9}\n"
            "scheduler: {name: MultiStepLR, milestones: [30 * 100, 60 * 100]}\n",
            ("4:45", "is 3,000 and counts epochs", "milestones: [3000ba, 6000ba]"),
        ),
        "milestones that stay as they are written": (
            "epochs: 90\noptimizer: {name: SGD, lr: 0.1, momentum: 0.9}\n"
            "scheduler: {name: MultiStepLR, milestones: [2 * 30, 30]}\n",
            ("3:53", "30 comes after 60", 'milestones: [30, "2 * 30"]'),
        ),
    }.values(),
    ids=["lr", "unit", "milestones"],
)
def test_lint_reads_arithmetic_as_the_number(text: str, wanted: tuple[str, str, str]) -> None:
    place, told, fixed = wanted
    checked = linted(lrviz.document(text=text))
    (found,) = checked.findings
    assert f":{place}:" in str(found)
    assert told in str(found)
    assert fixed in fixing.fixed(checked).document.marked.text
