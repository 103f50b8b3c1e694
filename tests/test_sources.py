"""What a SPEC may be: documents, recipes and schedulers by name, for every command; and the first help."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import lrviz
from lrviz.cli.app import START
from lrviz.documents import hints
from lrviz.documents.schedule import ScheduleDocument
from lrviz.documents.settings import settings_of
from lrviz.documents.written_race import WrittenRace
from lrviz.foundation.errors import DocumentError
from lrviz.language.length import lengths
from lrviz.optimizers import OPTIMIZERS
from lrviz.runs.sources import recipes
from lrviz.runs.sources.files import File, StandardInput
from lrviz.runs.sources.inline import Inline
from lrviz.runs.sources.logs import Log
from lrviz.runs.sources.recipes import Recipe
from lrviz.runs.sources.resolving import Nothing, resolve
from lrviz.runs.sources.source import Given, Source
from lrviz.schedulers import SCHEDULERS
from tests.cli import Ended

CONFIGS = Path(__file__).parents[1] / "configs"
REFERENCE = ("--engine", "reference", "--no-plot")

SGD = {"name": "SGD"}


def cosine(t_max: int) -> dict[str, Any]:
    return {"name": "CosineAnnealingLR", "T_max": t_max}


@pytest.mark.parametrize(
    ("spec", "given", "written"),
    [
        ("StepLR:step_size=30", Given("90"), {"epochs": 90, "scheduler": {"name": "StepLR", "step_size": 30}}),
        ("CosineAnnealingLR", Given("90"), {"epochs": 90, "scheduler": cosine(90)}),
        ("cosine_annealing-lr:T_max=8", Given("90"), {"epochs": 90, "scheduler": cosine(8)}),
        ("CosineAnnealingLR", Given(steps="700"), {"steps": 700, "interval": "step", "scheduler": cosine(700)}),
        (
            "OneCycleLR:max_lr=0.1",
            Given("90", optimizer="adamw:lr=3e-3:betas=0.9,0.95"),
            {
                "epochs": 90,
                "optimizer": {"name": "AdamW", "lr": 3e-3, "betas": [0.9, 0.95]},
                "scheduler": {"name": "OneCycleLR", "max_lr": 0.1, "total_steps": 90},
            },
        ),
        (
            "OneCycleLR:max_lr=0.1:epochs=9:steps_per_epoch=2",
            Given("18"),
            {"epochs": 18, "scheduler": {"name": "OneCycleLR", "max_lr": 0.1, "epochs": 9, "steps_per_epoch": 2}},
        ),
        (
            "LinearLR:total_iters=5ep + CosineAnnealingLR:T_max=0.5dur",
            Given("90"),
            {"epochs": 90, "scheduler": [{"name": "LinearLR", "total_iters": 5}, cosine(45)]},
        ),
        (
            "MultiStepLR:milestones=30,60",
            Given("90"),
            {"epochs": 90, "scheduler": {"name": "MultiStepLR", "milestones": [30, 60]}},
        ),
        (
            "MultiStepLR:milestones=[30]:gamma=0.5",
            Given("90"),
            {"epochs": 90, "scheduler": {"name": "MultiStepLR", "milestones": [30], "gamma": 0.5}},
        ),
        (
            "LambdaLR:lr_lambda=min(1, (t + 1) / 10)",
            Given("90"),
            {"epochs": 90, "scheduler": {"name": "LambdaLR", "lr_lambda": "min(1, (t + 1) / 10)"}},
        ),
        (
            "LambdaLR:lr_lambda='1 / (1+t)'+ConstantLR:total_iters=3",
            Given("90"),
            {
                "epochs": 90,
                "scheduler": [
                    {"name": "LambdaLR", "lr_lambda": "1 / (1+t)"},
                    {"name": "ConstantLR", "total_iters": 3},
                ],
            },
        ),
        (
            "LambdaLR:lr_lambda=0.5+0.5*cos(t)",
            Given("90"),
            {"epochs": 90, "scheduler": {"name": "LambdaLR", "lr_lambda": "0.5+0.5*cos(t)"}},
        ),
    ],
)
def test_schedulers_in_one_word_are_the_document_that_they_mean(
    spec: str, given: Given, written: dict[str, Any]
) -> None:
    source = resolve(spec, given=given)
    document = source.read().document()
    assert isinstance(source, Inline)
    assert document.model_dump() == lrviz.document({"name": spec, "optimizer": SGD, **written}).model_dump()
    assert re.fullmatch(r"[a-z-]+", source.stem)


def test_what_may_be_left_out_is_a_length() -> None:
    for cls in SCHEDULERS:
        assert set(cls.whole_run) <= cls.model_fields.keys()
        assert set(cls.whole_run[:1]) <= set(lengths(cls))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.9,0.99", [0.9, 0.99]),
        ("(0.9,0.99)", [0.9, 0.99]),
        ("[0.9, 0.99]", [0.9, 0.99]),
        ("[7]", [7]),
        ("(1+t)*(2,3)", "(1+t)*(2,3)"),
        ("max(t, 2)", "max(t, 2)"),
        ("(max(t, 2) + 1)", "(max(t, 2) + 1)"),
        ("'0.1,0.2'", "0.1,0.2"),
        ('"a:b=c"', "a:b=c"),
        ("1e-4", 1e-4),
        ("5ep", "5ep"),
        ("true", True),
    ],
)
def test_one_syntax_of_values_for_all_that_is_written_in_one_word(text: str, value: object) -> None:
    assert settings_of(f"name:key={text}:other=1") == ("name", {"key": value, "other": 1})


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("-", StandardInput),
        ("here.yaml", File),
        ("StepLR", File),
        ("nowhere.yaml", File),
        ("no/such", File),
        ("recipe:llama-7b", Recipe),
        ("recipe:none", Recipe),
        ("ExponentialLR:gamma=0.9", Inline),
        ("ExponentialLR+LinearLR", Inline),
        ("LinearLR", Inline),
        ("runs", Log),
        ("ExponentialLRs", Nothing),
        ("adam:lr=0.1", Nothing),
        ("", Nothing),
        ("x" * 5000, Nothing),
        ("a\0b", Nothing),
    ],
    ids=lambda given: given[:30] if isinstance(given, str) else given.__name__,
)
def test_what_a_text_is(tmp_path: Path, spec: str, kind: type[Source]) -> None:
    """A file that exists comes before whatever else its name could mean, a folder after all of it."""
    for name in ("here.yaml", "StepLR"):
        (tmp_path / name).touch()
    for name in ("LinearLR", "runs"):
        (tmp_path / name).mkdir()
    assert type(resolve(spec, tmp_path)) is kind


RUN = ("--epochs", "90")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["OneCycl:max_lr=0.1", *RUN], "no such file, recipe or scheduler (did you mean OneCycleLR:max_lr=0.1?)"),
        (["llama-7b"], "llama-7b: no such file, recipe or scheduler (did you mean recipe:llama-7b?)"),
        (["hear"], "hear: no such file, recipe or scheduler (did you mean here.yaml?)"),
        (["zzz"], "zzz: no such file, recipe or scheduler; see lrviz list recipes and lrviz list schedulers"),
        (["recipe:llama7b"], "recipe:llama7b: no such recipe (did you mean recipe:llama-7b?)"),
        (["recipe:../configs/sgdr"], "no such recipe"),
        (
            ["StepLR:step_size=x", *RUN],
            "StepLR:step_size=x: scheduler.step_size: 'x' given; a length is a number of ticks",
        ),
        (["StepLR:step_size", *RUN], "StepLR:step_size: scheduler: 'step_size' given; settings are written name:key="),
        (["StepLR:step_size=3:step_size=4", *RUN], "scheduler.step_size: given twice"),
        (["LinearLR+StepLR:stepsize=3", *RUN], "scheduler[1].stepsize: unknown key 'stepsize'; allowed here:"),
        (["CosineAnnealingLR:T_0=3", *RUN], "T_0 is a parameter of CosineAnnealingWarmRestarts"),
        (["CosineAnnealingLR"], "--epochs or --steps: epochs: missing; give the length of the run, epochs or steps"),
        (["CosineAnnealingLR", *RUN, "--steps", "9"], "--steps 9: steps: 9 given together with epochs 90"),
        (["CosineAnnealingLR", "--epochs", "many"], "--epochs many: epochs: 'many' given; a whole number is needed"),
        (["CosineAnnealingLR", *RUN, "--optimizer", "sdg"], "--optimizer sdg: optimizer.name: 'sdg' given; known are"),
        (["recipe:sgdr", *RUN], "--epochs: given without a scheduler such as OneCycleLR:max_lr=0.1; --set changes"),
        (["race.yaml"], "race.yaml:1:1: entries: a race, not a schedule; lrviz race draws it"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
@pytest.mark.parametrize("command", ["schedule", "lint"])
def test_bad_specs(ended: Ended, tmp_path: Path, command: str, arguments: list[str], said: str) -> None:
    (tmp_path / "here.yaml").touch()
    (tmp_path / "race.yaml").write_text("entries: [sgd]\nfn: beale\n", encoding="utf-8")
    code, out, err = ended(command, *arguments, *(REFERENCE if command == "schedule" else ()))
    assert code == 2
    assert said in (out + err).replace("error invalid-document: ", "")
    assert len([line for line in (out + err).splitlines() if "allowed here" in line or "no such" in line]) <= 1
    assert {path.name for path in tmp_path.iterdir()} == {"here.yaml", "race.yaml"}


def test_all_that_is_wrong_is_said_at_once(ended: Ended) -> None:
    _, _, err = ended("schedule", "none", "StepLR:step_size=0", "recipe:none", *RUN, *REFERENCE)
    assert [line.split(":")[0] for line in err.splitlines()] == ["none", "StepLR", "recipe"]


def test_thousands_of_mistakes_do_not_repeat_all_that_was_typed(ended: Ended) -> None:
    spec = "+".join(["ExponentialLR"] * 2000)
    code, out, err = ended("schedule", spec, *RUN, *REFERENCE)
    assert (code, out) == (2, "")
    first, *_, last = err.splitlines()
    assert first.startswith("ExponentialLR+ExponentialLR+")
    assert last.endswith("…: scheduler[1999].gamma: missing; it is needed here")
    assert len(last) < 200


def test_what_is_filled_in_is_said(ended: Ended) -> None:
    note = "CosineAnnealingLR: under SGD with torch's default lr 0.001; --optimizer sgd:lr=0.1 changes that\n"
    words = ("schedule", "CosineAnnealingLR", *RUN, *REFERENCE)
    assert ended(*words).stderr == note
    for told in (["--quiet"], ["--optimizer", "sgd:lr=0.1"], ["--set", "optimizer.lr=0.1"]):
        assert ended(*words, *told).stderr == ""


def test_the_picture_has_a_plain_name_and_data_the_words_as_typed(ended: Ended, tmp_path: Path) -> None:
    spec = "LambdaLR:lr_lambda=1/(1+t)+CosineAnnealingLR:T_max=3:eta_min=1e-5"
    done = ended("schedule", spec, *RUN, "--optimizer", "sgd:lr=0.1", "--engine", "reference", "--json", "data.json")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"lambdalr-cosineannealinglr.png", "data.json"}
    (one,) = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))["schedules"]
    assert (one["name"], one["source"], one["unit"], one["steps"]) == (spec, spec, "epoch", 90)


@pytest.mark.parametrize("spec", ["recipe:moco-v1", "StepLR:step_size=30"])
@pytest.mark.parametrize(
    "words",
    [
        "schedule {} {run} --set optimizer.lr=0.1,0.2 --engine reference --no-plot",
        "schedule {} {run} --code",
        "lint {} {run} --format json",
        "check {} {run}",
        "resume {} {run} --at 30 --no-plot",
        "resume recipe:moco-v1 {run} --with {} --at 30 --no-plot",
        "race sgd {} --fn booth --steps 90 --engine reference --no-plot",
        "race sgd adam --schedule {} --fn booth --steps 90 --engine reference --no-plot",
    ],
)
def test_every_command_takes_them(ended: Ended, words: str, spec: str) -> None:
    run = "" if spec.startswith("recipe") or words.startswith("race") else "--epochs 90 --optimizer sgd:lr=0.01"
    code, out, err = ended(*words.format(spec, run=run).split())
    assert (code, "Traceback" in err, bool(out)) == (0, False, True), err


def test_a_race_in_a_file_or_in_python_takes_them(tmp_path: Path) -> None:
    written = {"entries": ["sgd", "recipe:moco-v1", "StepLR:step_size=30"], "fn": "booth", "steps": 90}
    document = lrviz.load_race(written)
    assert [one.schedule.chain if one.schedule else "" for one in document.entries] == ["", "MultiStepLR", "StepLR"]
    with pytest.raises(DocumentError, match="recipe:none: no such recipe"):
        lrviz.race(["recipe:none"], fn="booth", engine="reference")


def test_under_a_schedule_by_name_each_optimizer_keeps_its_own_lr(ended: Ended) -> None:
    words = "race sgd adam:lr=0.5 adadelta --schedule CosineAnnealingLR --fn booth --steps 9 --json -"
    entries = json.loads(ended(*words.split(), *REFERENCE).stdout)["entries"]
    assert [one["lr"][0] for one in entries] == [0.001, 0.5, 1.0]
    assert all(len(one["lr"]) == 9 for one in entries)


def test_recipes_are_listed_and_printed_as_they_are_written(ended: Ended) -> None:
    names = set(recipes.recipes())
    documents = {path.stem for path in CONFIGS.glob("*.yaml")}
    assert names | recipes._DEMONSTRATIONS == documents
    listed = ended("list", "recipes").stdout
    assert set(re.findall(r"recipe:(\S+)", listed)) == names
    assert "LLaMA 7B, cosine to 10%" in listed
    assert ended("list", "recipe", "sgdr").stdout == (CONFIGS / "sgdr.yaml").read_text(encoding="utf-8")
    assert "did you mean recipe:sgdr?" in ended("list", "recipes", "sgd").stderr


@pytest.mark.parametrize("option", ["--fix", "--diff"])
@pytest.mark.parametrize("spec", ["recipe:sgdr", "StepLR:step_size=100"])
def test_lint_changes_the_user_s_own_documents_only(ended: Ended, option: str, spec: str) -> None:
    before = (CONFIGS / "sgdr.yaml").read_bytes()
    run = () if spec.startswith("recipe") else RUN
    code, out, err = ended("lint", spec, option, *run)
    assert (code, out, err) == (2, "", f"{option}: {spec} is not a file of yours\n")
    assert (CONFIGS / "sgdr.yaml").read_bytes() == before


RESNET = CONFIGS / "resnet50-warmup-cosine.yaml"


@pytest.mark.parametrize(
    ("setting", "meant"),
    [
        ("scheduler.T_max=10", "scheduler.schedulers[1].T_max"),
        ("scheduler.start_factor=1", "scheduler.schedulers[0].start_factor"),
        ("T_max=10", "scheduler.schedulers[1].T_max"),
        ("lr=1", "optimizer.lr"),
        ("learning_rate=1", "optimizer.lr"),
        ("optimizer.learning_rate=1", "lr"),
        ("optimizer.weight-decay=1", "weight_decay"),
        ("num_epochs=1", "epochs"),
        ("max_steps=1", "steps"),
        ("num_gpus=1", "devices"),
        ("scheduler.schedulers[1].min_lr=1", "eta_min"),
        ("scheduler.schedulers[1].max_steps=1", "T_max"),
    ],
)
def test_a_key_of_elsewhere_gets_a_hint(ended: Ended, setting: str, meant: str) -> None:
    code, _, err = ended("schedule", RESNET, "--set", setting, *REFERENCE)
    assert code == 2
    assert err.startswith(f"--set {setting}: ")
    assert f"(did you mean {meant}?)" in err


def test_a_list_of_schedulers_gets_a_hint_too(ended: Ended) -> None:
    words = ("schedule", "LinearLR+CosineAnnealingLR", *RUN, "--set", "scheduler.T_max=1", *REFERENCE)
    assert "(did you mean scheduler[1].T_max?)" in ended(*words).stderr
    warm_up = ended("schedule", "StepLR:step_size=1:warmup_steps=3", *RUN, *REFERENCE).stderr
    assert "(a warm-up is a LinearLR of its own, total_iters long:" in warm_up


def test_every_hint_names_a_key_that_there_is() -> None:
    models: list[type[BaseModel]] = [ScheduleDocument, WrittenRace, *OPTIMIZERS, *SCHEDULERS]
    keys = {"layer_decay", *(key for model in models for key in model.model_fields)}
    assert {one for names in hints._ELSEWHERE.values() for one in names} <= keys


@pytest.mark.parametrize("command", START.split("\n")[3::2][:3])
def test_what_a_bare_lrviz_shows_runs_where_one_stands(ended: Ended, command: str) -> None:
    code, out, err = ended()
    assert (code, err) == (0, "")
    assert command in out
    assert "resume" in out
    name, *words = shlex.split(command)
    assert name == "lrviz"
    done = ended(*words, *REFERENCE)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("lrviz list sch", ["schedulers"]),
        ("lrviz list recipe ll", ["llama-7b"]),
        ("lrviz list schedulers Cyc", ["CyclicLR"]),
        ("lrviz list rules LR00", [f"LR00{digit}" for digit in range(1, 10)]),
        ("lrviz list nothing x", []),
    ],
)
def test_a_shell_completes_what_list_takes(
    ended: Ended, monkeypatch: pytest.MonkeyPatch, words: str, completed: list[str]
) -> None:
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    monkeypatch.setenv("_LRVIZ_COMPLETE", "complete_bash")
    assert ended().stdout.split() == completed


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("list scheduler cosine", ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]),
        ("list Optimizers ada", ["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "SparseAdam", "Adagrad", "Adadelta"]),
        ("list function Schaffer", ["schaffer_2"]),
    ],
)
def test_list_finds_parts_of_names(ended: Ended, words: str, names: list[str]) -> None:
    out = ended(*words.split()).stdout
    found = re.findall(r"^(\S+)  ", out, re.MULTILINE)
    assert [name for name in names if name not in found] == []
    assert len(found) < 30


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "list schedulr",
            "'schedulr' given; allowed are schedulers, optimizers, functions, recipes, rules, dialects (did you mean",
        ),
        ("list schedulers zzz", "zzz: no such name among the schedulers; known are"),
        ("schedule recipe:sgdr --engine numpy", "'numpy' is not one of"),
        ("gallery --jobs x", "--jobs"),
    ],
)
def test_messages_of_the_command_line_are_lrviz_s(ended: Ended, words: str, said: str) -> None:
    code, _, err = ended(*words.split())
    assert code == 2
    assert said in " ".join(err.replace("│", " ").split())
    assert "Value error" not in err


@pytest.mark.parametrize(
    ("command", "picture"),
    [("schedule", "./<document>.png"), ("race", "./race-<function>.png"), ("resume", "./<document>-resume.png")],
)
def test_help_is_true_for_its_command(ended: Ended, command: str, picture: str) -> None:
    out = " ".join(ended(command, "--help").stdout.replace("│", " ").split())
    assert "bool" not in out
    assert f"[default: ({picture}" in out
