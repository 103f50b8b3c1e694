"""Race documents: what they hold, how they are written, and what their schema says of them."""

from __future__ import annotations

import copy
from pathlib import Path

import jsonschema
import pytest

from lrviz.documents.averaging import Averaging
from lrviz.documents.race import load_race, race_document, races
from lrviz.documents.schema import race_schema
from lrviz.foundation.errors import DocumentError, UsageError
from lrviz.language.marked_yaml import read
from lrviz.optimizers.torch.lbfgs import LBFGS

RACES = sorted((Path(__file__).parents[1] / "configs" / "races").glob("*.yaml"))
COSINE = RACES[0].parent / "schedules" / "cosine.yaml"


def test_a_document_and_a_command_line_mean_the_same(tmp_path: Path) -> None:
    path = tmp_path / "race.yaml"
    path.write_text("fn: goldstein_price\nsteps: 9\nentries: [adam, 'sgd:lr=1']\n")
    ours = race_document(["adam", "sgd:lr=1"], {"fn": "GOLDSTEIN-price", "steps": 9})
    assert load_race(path) == ours
    assert load_race(path, {"steps": 10}).steps == 10


@pytest.mark.parametrize(
    ("entries", "title"),
    [
        (["adam"], "Adam on Goldstein-Price"),
        (["sgd", "adam", "adamw"], "SGD, Adam and AdamW on Goldstein-Price"),
        (["sgd", "sgd:momentum=0.9", "adam"], "SGD and Adam on Goldstein-Price"),
        (["sgd", "adam", "adamw", "lbfgs"], "4 optimizers on Goldstein-Price"),
        (["sgd:lr=0.01", "sgd:lr=0.01:momentum=0.5"], "SGD on Goldstein-Price: momentum 0, 0.5"),
        (["adam", "adam:betas=0.5,0.9"], "Adam on Goldstein-Price: betas (0.9, 0.999), (0.5, 0.9)"),
        (["sgd:lr=1e-4", "sgd:lr=1e-5"], "SGD on Goldstein-Price: lr 1e-4, 1e-5"),
        ([f"sgd:lr={one}" for one in range(1, 7)], "SGD on Goldstein-Price: 6 values of lr"),
        (["sgd", "sgd:momentum=0.5:nesterov=true"], "SGD on Goldstein-Price: 2 settings"),
        (["sgd", "adam", "adamw", str(COSINE)], "4 entries on Goldstein-Price"),
    ],
)
def test_a_title_says_in_what_entries_differ(entries: list[str], title: str) -> None:
    assert race_document(entries, {"fn": "goldstein_price", "steps": 9}).title == title


def test_an_entry_has_every_hyperparameter() -> None:
    words = ["sparse-adam", "Adam:betas=0.8,0.9:amsgrad=true", "lbfgs", "adam:lr=1e-2", "adam:lr=1e-2"]
    document = race_document(words, {"fn": "booth"})
    assert [entry.label for entry in document.entries] == [*words[:4], "adam:lr=1e-2 #2"]
    assert document.entries[0].optimizer.name == "SparseAdam"
    assert document.entries[1].optimizer.hyperparameters()["betas"] == (0.8, 0.9)
    assert document.entries[1].optimizer.hyperparameters()["amsgrad"] is True
    assert isinstance(document.entries[2].optimizer, LBFGS)
    assert document.entries[2].optimizer.line_search_fn == "strong_wolfe"
    assert [entry.lr_given for entry in document.entries] == [False, False, False, True, True]


def test_lr_comes_from_the_nearest() -> None:
    document = race_document(["adam", "sgd:lr=3"], {"fn": "booth", "lr": 0.25})
    assert [entry.optimizer.hyperparameters()["lr"] for entry in document.entries] == [0.25, 3]
    document = race_document(["adam", "sgd:lr=3"], {"fn": "booth", "schedule": str(COSINE)})
    assert [entry.optimizer.hyperparameters()["lr"] for entry in document.entries] == [0.1, 3]
    assert [entry.schedule is not None for entry in document.entries] == [True, True]
    assert all(entry.lr_given for entry in document.entries)


def test_defaults() -> None:
    document = race_document(["adam"], {"fn": "x*x + y*y"})
    assert (document.steps, document.start, document.noise, document.seed, document.tune) == (500, (-3, 3), 0, 0, True)
    assert race_document([str(COSINE)], {"fn": "booth"}).steps == 300
    assert race_document(["adam"], {"fn": "booth", "average": "swa"}).average == Averaging("swa", 250)
    mapping = {"name": "ema", "decay": 0.5}
    assert race_document(["adam"], {"fn": "booth", "average": mapping}).average == Averaging("ema", 0, 0.5)


@pytest.mark.parametrize("text", ["x-y", "x", "y", "x*y", "x - 2", "e**x + y", "2*x"])
def test_what_does_not_look_like_a_name_is_a_formula(text: str) -> None:
    assert race_document(["adam"], {"fn": text}).fn.name == text


def test_implementations_are_chosen() -> None:
    document = race_document(["adam", "lbfgs"], {"fn": "booth", "impl": "for-loop"})
    chosen = document.entries[0].optimizer.hyperparameters()
    assert (chosen["foreach"], chosen["fused"]) == (False, False)
    chosen = race_document(["adam"], {"fn": "booth", "impl": "fused"}).entries[0].optimizer.hyperparameters()
    assert (chosen["foreach"], chosen["fused"]) == (False, True)
    with pytest.raises(DocumentError, match="given together with impl"):
        race_document(["adam:foreach=true"], {"fn": "booth", "impl": "fused"})


def test_race_documents_are_races_of_their_own() -> None:
    assert len(races([str(path) for path in RACES], {})) == len(RACES)
    assert len(races(["adam", str(COSINE)], {"fn": "booth"})) == 1
    with pytest.raises(UsageError, match="is a whole race"):
        races([str(RACES[0]), "adam"], {})


def test_a_metric_that_is_not_used_is_said(tmp_path: Path) -> None:
    path = tmp_path / "plateau.yaml"
    path.write_text(
        "steps: 9\ninterval: step\noptimizer: {name: SGD, lr: 1}\nscheduler: {name: ReduceLROnPlateau}\n"
        "metric: {expression: t}\n"
    )
    (told,) = race_document([str(path)], {"fn": "booth"}).warnings()
    assert "its metric is not used" in told


@pytest.mark.parametrize("path", RACES, ids=lambda path: path.stem)
def test_the_schema_accepts_every_race(path: Path) -> None:
    schema = race_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    data = read(path.read_text(encoding="utf-8"), str(path)).data
    jsonschema.Draft202012Validator(schema).validate(data)
    for key, wrong in (("steps", 0), ("fnn", "booth"), ("entries", []), ("impl", "slow"), ("noise", -1)):
        broken = copy.deepcopy(data) | {key: wrong}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(broken)
