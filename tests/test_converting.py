"""`lrviz convert` of configs of other libraries: the native document, with the same curve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.engines.reference import schedule as reference
from lrviz.runs.converting import converted
from lrviz.runs.sources.files import File
from lrviz.runs.sources.source import Given
from tests.cli import Ended

CURVES = sorted((Path(__file__).parent / "curves").glob("*.json"))


def given(facts: dict[str, Any]) -> list[str]:
    return [f"{key}={','.join(map(str, one)) if isinstance(one, list) else one}" for key, one in facts.items()]


@pytest.mark.parametrize("path", CURVES, ids=lambda path: path.stem)
def test_the_native_document_has_the_curve_of_the_config(path: Path, tmp_path: Path) -> None:
    curve: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    config = tmp_path / curve["filename"]
    config.write_text(curve["text"], encoding="utf-8")
    text = converted(File(str(config), Path(), Given(facts=given(curve["given"]))), [])
    native = lrviz.document(text=text, dialect="lrviz")
    assert native.unit == "step"
    read = lrviz.document(config, facts=curve["given"])
    assert np.array_equal(reference.run(native).recording.lr, reference.run(read).recording.lr)
    # Each value of the config is where its comment says it is.
    lines = curve["text"].splitlines()
    comments = [line.rpartition("  # ")[2] for line in text.splitlines() if ", line " in line.rpartition("  # ")[2]]
    assert comments
    for key, _, number in (comment.partition(", line ") for comment in comments):
        assert key.rpartition(".")[2].partition("[")[0] in lines[int(number) - 1] or path.stem.startswith("mm")


TRAIN = """\
per_device_train_batch_size: 8
num_train_epochs: 2
learning_rate: 2e-5
lr_scheduler_type: cosine
warmup_steps: 10
"""


def test_the_command_says_where_each_value_comes_from(ended: Ended, tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text(TRAIN, encoding="utf-8")
    lacking = ended("convert", "train.yaml")
    assert (lacking.returncode, lacking.stdout) == (2, "")
    assert "it needs dataset_size" in lacking.stderr
    facts = ["--given", "dataset_size=1000"]
    done = ended("convert", "train.yaml", *facts, "--set", "warmup_steps=20")
    assert done.returncode == 0
    for line in (
        "# Given: dataset_size=1000.",
        "  lr: 2.0e-05  # learning_rate, line 3",
        "  num_warmup_steps: 20  # --set warmup_steps=20",
        "steps: 250  # num_train_epochs, line 2",
        "steps_per_epoch: 125  # computed",
        "  weight_decay: 0.0  # default",
        "# Assumed: one device.",
    ):
        assert line in done.stdout.splitlines()
    assert "# Assumed: train.yaml:3:16: learning_rate: 2e-5 is text in YAML 1.1" in done.stdout
    kept = ended("convert", "train.yaml", *facts, "-o", "run.yaml")
    assert (kept.returncode, kept.stdout) == (0, "")
    assert ended("schedule", "run.yaml", "--engine", "reference", "--no-plot").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["native.yaml"], "neither a config of another library nor a log"),
        (["train.yaml", "--given", "dataset_size=1000", "-o", "train.yaml"], "this is the input; name another file"),
        (["train.yaml", "--given", "dataset_size=1000", "-o", "."], "a folder"),
        (["recipe:llama-7b"], "neither a config of another library nor a log"),
        (["train.yaml", "--set", "warmup_steps=1,2"], "makes 2 schedules"),
    ],
)
def test_what_cannot_be_converted(ended: Ended, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "train.yaml").write_text(TRAIN, encoding="utf-8")
    (tmp_path / "native.yaml").write_text("epochs: 3\noptimizer: {name: SGD, lr: 0.1}\n", encoding="utf-8")
    done = ended("convert", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
