"""Rules about the configs of other libraries: what each finds, in the config's own words and at its own lines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import lrviz
from lrviz.documents.load import written
from lrviz.linting.fixing import fixed, proven
from lrviz.linting.lint import Linted, linted
from lrviz.linting.reports import REPORTS, explanation
from lrviz.linting.rule import DialectRule, Severity
from lrviz.linting.rules import RULES
from lrviz.readers import READERS, Reader
from lrviz.runs.sources.foreign import in_its_dialect
from lrviz.runs.sources.linting import linted_source
from lrviz.schedulers import SCHEDULERS
from tests import dialects
from tests.cli import Ended

RULES_OF_CONFIGS = [rule for rule in RULES if issubclass(rule, DialectRule)]
CURVES = sorted((Path(__file__).parent / "curves").glob("*.json"))
each_rule = pytest.mark.parametrize("rule", RULES_OF_CONFIGS, ids=lambda rule: rule.id)


def found(rule: type[DialectRule], text: str, **facts: Any) -> Linted:
    return proven(linted_source(in_its_dialect(written(text=text, source=rule.file), None, facts or rule.given)))


@each_rule
def test_it_says_what_and_why_and_knows_its_dialects(rule: type[DialectRule]) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    told = explanation(rule)
    assert all(part in told for part in (rule.id, rule.what(), rule.why()))
    assert rule.what().endswith(".")
    assert rule.why().endswith(".")
    assert set(rule.dialects) <= set(READERS.names)


@each_rule
def test_it_fires_with_the_files_own_numbers_and_not_beside(rule: type[DialectRule]) -> None:
    checked = found(rule, rule.fires)
    (one,) = (one for one in checked.findings if one.id == rule.id)
    assert re.fullmatch(rf"{re.escape(rule.file)}:\d+:\d+", one.place)
    assert re.search(r"\d", one.message) or rule.id == "LR111"
    # A key of the file stands at that line.
    assert one.line is not None
    assert re.split(r"[.\[]", one.field)[-1] in rule.fires.splitlines()[one.line - 1]
    near = in_its_dialect(written(text=rule.near, source=rule.file), None, rule.given)
    assert (rule.id != "LR106" and linted_source(near).findings == ()) or rule.id == "LR106"


@each_rule
def test_its_fix_settles_it_in_the_text(rule: type[DialectRule]) -> None:
    checked = found(rule, rule.fires)
    if not any(one.fix for one in checked.findings if one.id == rule.id):
        return
    after = fixed(checked)
    if rule.file.endswith(".py") or rule.id == "LR107":
        assert set(after.unfixed.values()) <= {"lrviz does not edit Python", "lrviz does not add keys to JSON"}
        assert after.unfixed
    else:
        assert rule.id in [one.id for one in after.fixed]
        assert rule.id not in [one.id for one in after.findings]
        assert after.written.text != rule.fires


@each_rule
def test_a_comment_on_its_line_ignores_it(rule: type[DialectRule]) -> None:
    if rule.file.endswith(".json"):
        return  # JSON has no comments
    (one,) = (one for one in found(rule, rule.fires).findings if one.id == rule.id)
    lines = rule.fires.splitlines()
    assert one.line is not None
    lines[one.line - 1] += f"  # lrviz: ignore[{rule.id}] because"
    checked = found(rule, "\n".join(lines))
    assert [each.id for each in checked.ignored] == [rule.id]
    assert checked.faults == ()


@pytest.mark.parametrize("path", CURVES, ids=lambda path: path.stem)
def test_of_a_real_config_only_its_own_words_are_used(path: Path) -> None:
    curve: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    source = in_its_dialect(written(text=curve["text"], source=curve["filename"]), None, curve["given"])
    checked = linted_source(source)
    fields = {key for cls in SCHEDULERS for key in cls.model_fields} - {"name", "lr", "epochs", "batch"}
    for one in checked.findings:
        assert one.severity is not Severity.error or path.stem.endswith("-trap")
        words = set(re.findall(r"\w+", one.message)) & fields
        assert all(word in curve["text"] for word in words), one


@pytest.mark.parametrize("reader", dialects.read(), ids=lambda one: one.name)
def test_of_a_right_config_of_each_dialect_it_says_notes_at_most(reader: type[Reader], tmp_path: Path) -> None:
    path = tmp_path / dialects.FILES.get(reader.name, "config.yaml")
    path.write_text(reader.example, encoding="utf-8")
    facts = {name: int(value) for name, value in dialects.GIVEN.items()}
    read = lrviz.document(path, dialect=reader.name, facts=facts)
    assert [one.message for one in lrviz.lint(read) if one.severity is not Severity.note] == []


def test_a_config_without_its_facts_is_asked_what_needs_no_curve(ended: Ended, tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text(
        "per_device_train_batch_size: 8\nlr_scheduler_type: constant\nwarmup_steps: 10\n", encoding="utf-8"
    )
    done = ended("lint", "train.yaml")
    assert done.returncode == 1
    assert "train.yaml:3:15: error LR102: warmup_steps: warmup_steps is 10" in done.stdout
    assert "only the rules that need no curve were run; to run the others, give --given dataset_size=" in done.stderr
    assert ended("lint", "train.yaml", "--ignore", "LR102").returncode == 0
    assert [one.id for one in lrviz.lint(tmp_path / "train.yaml")] == ["LR102"]
    assert ended("lint", "--fix", "train.yaml").returncode == 0
    assert "lr_scheduler_type: constant_with_warmup\n" in (tmp_path / "train.yaml").read_text(encoding="utf-8")


def test_values_that_others_fill_in_are_no_mistake_of_a_config(ended: Ended, tmp_path: Path) -> None:
    """What TrainingArguments say of a DeepSpeed file that has auto: only what the curve needs is asked for."""
    automatic = dict.fromkeys(("warmup_min_lr", "warmup_max_lr", "warmup_num_steps", "total_num_steps"), "auto")
    config = {
        "optimizer": {"type": "AdamW", "params": dict.fromkeys(("lr", "betas", "eps", "weight_decay"), "auto")},
        "scheduler": {"type": "WarmupDecayLR", "params": automatic},
    }
    (tmp_path / "ds_config.json").write_text(json.dumps(config), encoding="utf-8")
    code, _, err = ended("lint", "ds_config.json")
    assert (code, "leaves optimizer.params.lr, scheduler.params.warmup_num_steps to other files" in err) == (0, True)
    code, _, err = ended("schedule", "ds_config.json", "--no-plot")
    assert (code, [line.split(" ")[1] for line in err.splitlines()]) == (
        2,
        ["optimizer.params.lr:", "scheduler.params.warmup_num_steps:", "read"],
    )
    settings = ["--set", "optimizer.params.lr=0.01", "--set", "scheduler.params.warmup_num_steps=10"]
    done = ended("convert", "ds_config.json", "--given", "steps=100", *settings)
    assert done.returncode == 0, done.stderr
    for line in ("steps: 100", "lr: 0.01", "warmup_max_lr: 0.01", "warmup_min_lr: 0.0", "total_num_steps: 100"):
        assert line in done.stdout


def test_a_zero_that_takes_the_warm_up_away_is_dropped(ended: Ended, tmp_path: Path) -> None:
    """The arguments that transformers 4 writes have warmup_ratio 0.0 next to the warmup_steps in force."""
    arguments = {"per_device_train_batch_size": 8, "max_steps": 100, "warmup_steps": 5, "warmup_ratio": 0.0}
    (tmp_path / "args.json").write_text(json.dumps(arguments, indent=1), encoding="utf-8")
    found = [one for one in lrviz.lint(tmp_path / "args.json") if one.id == "LR103"]
    assert [(one.line, one.fix_lines) for one in found] == [(5, ("drop warmup_ratio",))]
    assert "in the place of warmup_steps 5, and so do not warm up" in found[0].message
    assert ended("lint", "args.json", "--given", "transformers=4.57.6").returncode == 0


def test_what_is_asked_for_is_what_people_know(ended: Ended, tmp_path: Path) -> None:
    """The samples of a data set, and not also the batches that follow from them; whose config it is, and why."""
    (tmp_path / "args.yaml").write_text("epochs: 3\nlr0: 0.01\nlrf: 0.01\noptimizer: auto\n", encoding="utf-8")
    err = ended("schedule", "args.yaml").stderr
    assert "read as Ultralytics, it needs dataset_size (samples in the training set)" in err
    assert "batches_per_epoch" not in err
    packed = "base_model: x\ndatasets: [{path: y}]\nlearning_rate: 1.0e-4\nnum_epochs: 1\nsample_packing: true\n"
    (tmp_path / "lora.yaml").write_text(packed, encoding="utf-8")
    assert "with sample_packing only the run knows" in ended("schedule", "lora.yaml").stderr


def test_a_note_never_fails_and_is_no_warning_of_a_curve() -> None:
    rule = next(rule for rule in RULES_OF_CONFIGS if rule.severity is Severity.note)
    document = lrviz.document(text=rule.fires, source=rule.file)
    assert [one.id for one in linted(document).findings] == [rule.id]
    assert lrviz.simulate(document, engine="reference").warnings == ()
    assert REPORTS["github"]([linted(document)]).startswith("::notice ")


def test_sarif_and_json_hold_them() -> None:
    checked = [found(rule, rule.fires) for rule in RULES_OF_CONFIGS]
    sarif = json.loads(REPORTS["sarif"](checked))
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(sarif, schema)
    assert {rule.id for rule in RULES_OF_CONFIGS} <= {one["ruleId"] for one in sarif["runs"][0]["results"]}
    assert json.loads(REPORTS["json"](checked))["documents"][0]["findings"][0]["severity"] == "note"
