"""Wrong input in configs of other libraries: an error at its line, in no time, and nothing is run."""

from __future__ import annotations

import contextlib
import copy
import math
import re
import time
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrviz
from lrviz.documents.load import written
from lrviz.documents.parsing import parsed
from lrviz.foundation.errors import DocumentError, Path, UsageError
from lrviz.readers import READERS, Reader
from lrviz.readers.facts import Facts
from lrviz.runs.sources.foreign import Foreign
from lrviz.runs.sources.linting import linted_source
from tests.cli import Ended
from tests.examples import examples

READ = [reader for reader in READERS if reader.example]
FACTS = {"dataset_size": 500, "batches_per_epoch": 20, "devices": 2, "steps": 60, "classes": 3, "batch_size": 4}
MORE: dict[str, dict[str, Any]] = {
    "hf-trainer": {
        "lr_scheduler_kwargs": {"min_lr": 1e-6},
        "max_steps": 9,
        "eval_strategy": "steps",
        "eval_steps": 2,
        "warmup_ratio": 0.1,
        "dataloader_drop_last": True,
        "weight_decay": 0.1,
        "adam_beta1": 0.9,
        "deepspeed": "x.json",
    },
    "axolotl": {
        "cosine_min_lr_ratio": 0.1,
        "cosine_constant_lr_ratio": 0.5,
        "lr_quadratic_warmup": True,
        "max_steps": 9,
        "sample_packing": True,
        "lr_groups": [{"name": "a", "lr": 0.1}],
        "embedding_lr": 0.1,
        "loraplus_lr_ratio": 2,
        "warmup_steps": 3,
    },
    "llama-factory": {"loraplus_lr_ratio": 2.0, "max_steps": 9, "lr_scheduler_kwargs": {"num_decay_steps": 2}},
    "ultralytics": {
        "nbs": 64,
        "momentum": 0.9,
        "warmup_momentum": 0.8,
        "warmup_bias_lr": 0.1,
        "cos_lr": True,
        "time": 1,
    },
    "timm": {
        "lr": 0.1,
        "lr_noise": [0.4, 0.9],
        "lr_noise_pct": 0.5,
        "seed": 1,
        "grad_accum_steps": 2,
        "lr_cycle_mul": 2.0,
        "lr_cycle_limit": 2,
        "lr_cycle_decay": 0.5,
        "lr_k_decay": 1.0,
        "decay_epochs": 2.4,
        "decay_milestones": [3, 5],
        "sched_on_updates": True,
        "warmup_prefix": True,
        "cooldown_epochs": 1,
        "decay_rate": 0.5,
        "min_lr": 1e-6,
        "lr_base_scale": "sqrt",
        "lr_base_size": 256,
        "layer_decay": 0.7,
        "eval_metric": "loss",
        "patience_epochs": 2,
    },
    "mmengine": {
        "auto_scale_lr": {"enable": True, "base_batch_size": 16},
        "train_dataloader": {"batch_size": 2},
    },
    "mmcv1": {"total_epochs": 12, "total_iters": 12},
    "detectron2": {},
    "nanogpt": {"decay_lr": True, "beta1": 0.9, "weight_decay": 0.1},
    "deepspeed": {},
}
"""Keys beside those of the examples at which readers look."""  # fmt: skip
KINDS: dict[str, tuple[Path, tuple[str, ...]]] = {
    "hf-trainer": (
        ("lr_scheduler_type",),
        ("linear", "cosine_with_min_lr", "warmup_stable_decay", "reduce_lr_on_plateau"),
    ),
    "axolotl": (("lr_scheduler",), ("cosine", "rex", "one_cycle", "linear")),
    "ultralytics": (("optimizer",), ("auto", "SGD", "AdamW")),
    "timm": (
        ("sched",),
        ("cosine", "tanh", "poly", "step", "multistep", "constant", "wsd", "rsqrt", "plateau", "none"),
    ),
    "deepspeed": (("scheduler", "type"), ("WarmupLR", "WarmupDecayLR", "WarmupCosineLR", "OneCycle", "LRRangeTest")),
    "detectron2": (("SOLVER", "LR_SCHEDULER_NAME"), ("WarmupMultiStepLR", "WarmupCosineLR")),
    "mmcv1": (("lr_config", "policy"), ("fixed", "step", "exp", "poly", "inv", "CosineAnnealing", "CosineRestart")),
}
"""Where a dialect names its scheduler, and some of those."""

_LONG = 1000
junk: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, True, False, 0, 1, -1, 3, 10**6, 10**30, -(10**30), 0.0, 0.5, -2.5, 1e-300, 1e300, math.inf, -math.inf,
        math.nan, "", "auto", "1e-4", "1e6", "nan", "${x.y}", "0.1 * 3", "word", "x" * 500, [], [1], [None, "a", -1],
        [[1]], [1e400], {}, {"a": 1}, {"type": []}, [{"lr": "x"}, 3, {}], "(1, 2", "(3, 10)", "\u202e\x1b[31m",
    ]
)  # fmt: skip


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every part of a value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in parts:
        yield (*path, key)
        yield from paths(each, (*path, key))


def put(data: Any, path: Path, value: Any, *, drop: bool = False) -> None:
    """Set a value at a path, or drop it; do nothing if the path is missing."""
    for key in path[:-1]:
        fits = isinstance(data, dict) or (isinstance(data, list) and isinstance(key, int) and key < len(data))
        if not fits or key not in (data if isinstance(data, dict) else range(len(data))):
            return
        data = data[key]
    key = path[-1]
    if isinstance(data, dict):
        if drop:
            data.pop(key, None)
        else:
            data[key] = value
    elif isinstance(data, list) and isinstance(key, int) and key < len(data):
        data[key] = value


def example(reader: type[Reader]) -> dict[str, Any]:
    suffix = "config.py" if reader.name in {"mmengine", "mmcv1", "nanogpt"} else "config.yaml"
    data: dict[str, Any] = parsed(reader.example, suffix, suffix).data
    return data


@pytest.mark.parametrize("reader", READ, ids=lambda reader: reader.name)
def test_no_value_of_a_config_is_too_odd(reader: type[Reader]) -> None:
    whole = example(reader) | MORE.get(reader.name, {})
    places = list(paths(whole))
    kind, names = KINDS.get(reader.name, ((), ()))
    changes = st.lists(st.tuples(st.sampled_from(places), junk, st.booleans()), min_size=1, max_size=4)
    kept = st.sets(st.sampled_from(sorted(MORE.get(reader.name, {})))) if MORE.get(reader.name) else st.just(set())
    facts = st.fixed_dictionaries({}, optional={key: st.just(value) for key, value in FACTS.items()})
    versions = st.sampled_from([{}, {"transformers": "4.40.0"}, {"transformers": "5.23.0"}, {"ultralytics": "8.3.0"}])

    @examples(60)
    @given(changes, kept, facts, versions, st.sampled_from(names) if names else st.none())
    def holds(
        changes: list[tuple[Path, Any, bool]], kept: set[str], facts: dict[str, Any], versions: Any, name: str | None
    ) -> None:
        data = copy.deepcopy(whole)
        for key in MORE.get(reader.name, {}):
            if key not in kept:
                del data[key]
        if name is not None:
            put(data, kind, name)
        for path, value, drop in changes:
            put(data, path, copy.deepcopy(value), drop=drop)
        config = Foreign(written(data).marked, FilePath(), reader, Facts(facts, versions))
        document = None
        begun = time.perf_counter()
        with contextlib.suppress(DocumentError, UsageError):
            document = config.document()
        assert time.perf_counter() - begun < 5
        # A long run may take long; what is not read is linted by what needs no curve.
        if document is None or document.updates < _LONG:
            with contextlib.suppress(DocumentError):
                linted_source(config)

    holds()


WRONG = {
    "a version that there never was": (["--given", "transformers=9.9"], "known are 4.5 to 4.57 and 5.0 to 5.23"),
    "a minor one": (["--given", "transformers=4.999"], "known are 4.5 to 4.57"),
    "no version": (["--given", "transformers=new"], "a version is needed"),
    "a fact misspelt": (["--given", "datset_size=3"], "did you mean dataset_size?"),
    "no count": (["--given", "devices=0"], "a whole number of at least 1"),
    "no value": (["--given", "devices"], "KEY=VALUE is needed"),
    "a fact twice": (["--given", "devices=1", "--given", "devices=2"], "given twice"),
    "a dialect misspelt": (["--from", "hf-traner"], "did you mean hf-trainer?"),
    "a key of the wrong type": (["--set", "max_steps=[1]"], "max_steps: [1] given; a number is needed"),
    "not finite": (["--set", "learning_rate=.nan"], "learning_rate: nan given; a finite number is needed"),
    "a scheduler misspelt": (["--set", "lr_scheduler_type=cosin"], "did you mean cosine?"),
    "a scheduler that came later": (
        ["--set", "lr_scheduler_type=cosine_with_min_lr", "--given", "transformers=4.20"], "those of transformers 4.20",
    ),
    "kwargs of another scheduler": (["--set", "lr_scheduler_kwargs={powr: 2}"], "lr_scheduler_kwargs.powr"),
    "kwargs that the Trainer gives": (
        ["--set", "lr_scheduler_kwargs={num_warmup_steps: 2}"], "num_warmup_steps given, which the trainer sets itself",
    ),
    "kwargs of native documents": (
        ["--set", "lr_scheduler_kwargs={interval: epoch}"], "unknown key 'interval'; allowed here: num_cycles",
    ),
    "an end above the lr": (
        ["--set", "lr_scheduler_type=polynomial", "--set", "learning_rate=1e-8"], "an lr_end of 1e-07 given",
    ),
    "no batch left": (
        ["--set", "dataloader_drop_last=true", "--given", "dataset_size=7"], "a data set of 7 on 1 has no batch left",
    ),
    "a count beyond counting": (["--given", "dataset_size=1e30"], "at most 1e+15 is needed"),
    "kwargs that are no JSON": (["--set", "lr_scheduler_kwargs='{powr: 2}'"], "'{powr: 2}' given, which is not JSON"),
    "kwargs before there were any": (
        ["--set", "lr_scheduler_kwargs={num_cycles: 1}", "--given", "transformers=4.30"], "which came with 4.36",
    ),
    "an optimizer misspelt": (["--set", "optim=adamw_torhc"], "did you mean adamw_torch?"),
    "an optimizer that came later": (
        ["--set", "optim=lomo", "--given", "transformers=4.20"], "those of transformers 4.20 are adamw_hf, adamw_torch",
    ),
    "an optimizer that went": (["--set", "optim=adamw_hf", "--given", "transformers=4.57"], "'adamw_hf' given; those"),
    "an optimizer before there were any": (["--set", "optim=sgd", "--given", "transformers=4.10"], "came with 4.16"),
    "steps and epochs": (
        ["--set", "num_train_epochs=2"], "num_train_epochs: 2 given as well as max_steps 100, which overrides it",
    ),
    "a share as steps before 5.0": (
        ["--set", "warmup_steps=0.1", "--given", "transformers=4.57"], "warmup_steps: 0.1 given; a whole number",
    ),
    "a ratio above 1": (
        ["--set", "warmup_ratio=3", "--given", "transformers=4.57"], "warmup_ratio: 3 given; a share of the run",
    ),
    "no warm-up to divide by": (
        ["--set", "lr_scheduler_type=inverse_sqrt", "--given", "transformers=4.30"], "transformers 4.30 divides",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_message(name: str, ended: Ended, tmp_path: FilePath) -> None:
    (tmp_path / "train.yaml").write_text(
        "per_device_train_batch_size: 8\nlr_scheduler_type: cosine\nmax_steps: 100\n", encoding="utf-8"
    )
    arguments, words = WRONG[name]
    done = ended("schedule", "train.yaml", "--engine", "reference", "--no-plot", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


FILES = {
    "of two dialects": (
        "per_device_train_batch_size: 8\nlr_scheduler_type: cosine\nlr0: 0.1\nlrf: 0.1\nepochs: 3\n", [],
        "could be TrainingArguments of transformers (hf-trainer) or Ultralytics (ultralytics)",
    ),
    "a key twice": (
        "per_device_train_batch_size: 8\nmax_steps: 9\nmax_steps: 7\n", [], "3:1: max_steps: given twice",
    ),
    "brackets without an end": (
        "per_device_train_batch_size: 8\nmax_steps: 9\nlr_scheduler_kwargs: '{\"a\": " + "[" * 5000 + "'\n", [],
        "which is not JSON",
    ),
    "a scheduler of DeepSpeed misspelt": (
        "scheduler: {type: WarmupLr, params: {}}\n", ["--given", "steps=9"], "'WarmupLr' given; those of",
    ),
    "a list for groups that are not": (
        "scheduler: {type: WarmupLR, params: {warmup_max_lr: [1, 2]}}\n", ["--given", "steps=9"], "a list of 2 given",
    ),
    "a key of native documents in DeepSpeed's": (
        "scheduler: {type: WarmupLR, params: {interval: step}}\n", ["--given", "steps=9"], "unknown key 'interval'",
    ),
    "epochs beyond counting": (
        "lr0: 1\nlrf: 1\nepochs: 100000000\n", ["--given", "batches_per_epoch=9", "--set", "optimizer=SGD"],
        "at most 100,000,000 batches are simulated",
    ),
    "a document of lrviz": ("epochs: 3\noptimizer: {name: SGD}\n", ["--from", "timm"], "a schedule document of lrviz"),
    "not read yet": ("scheduler: {t_warmup: 3ba}\n", [], "which lrviz does not read yet"),
    "too long": ("lr0: 1\nlrf: 1\nepochs: 1\nx: " + "y" * 10**6, [], "too long for a config"),
    "nested too deeply": ("lr0: " + "[" * 99 + "]" * 99, [], "nested deeper than"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_as_a_config(name: str, ended: Ended, tmp_path: FilePath) -> None:
    text, arguments, words = FILES[name]
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    done = ended("schedule", "config.yaml", "--no-plot", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_configs_go_wherever_documents_go(ended: Ended, tmp_path: FilePath) -> None:
    (tmp_path / "train.yaml").write_text(
        "per_device_train_batch_size: 8\nlr_scheduler_type: cosine\nmax_steps: 100\n", encoding="utf-8"
    )
    (tmp_path / "gpt.py").write_text("max_iters = 50\nlr_decay_iters = 50\nwarmup_iters = 5\n", encoding="utf-8")
    raced = ended("race", "gpt.py", "--fn", "booth", "--steps", "50", "--no-plot", "--engine", "reference")
    assert raced.returncode == 0, raced.stderr
    alike = ended("race", "train.yaml", "--fn", "booth", "--no-plot", "--engine", "reference")
    assert alike.returncode == 0, alike.stderr
    for words in (["resume", "gpt.py", "--at", "10"], ["schedule", "gpt.py", "--code"]):
        of_no_class = ended(*words)
        assert of_no_class.returncode == 2
        assert "nanogpt.get_lr" in of_no_class.stderr
        assert "its trainer sets the lr" in of_no_class.stderr
    (tmp_path / "lora.yaml").write_text(
        "base_model: x\ndatasets: [{path: y}]\nlearning_rate: 0.001\nlr_scheduler: one_cycle\nmax_steps: 20\n"
        "warmup_steps: 5\n", encoding="utf-8"
    )  # fmt: skip
    resumed = ended("resume", "lora.yaml", "--at", "10", "--no-plot")
    assert resumed.returncode == 0, resumed.stderr
    found = lrviz.simulate(tmp_path / "train.yaml", engine="reference")
    assert found.curves.steps == 100
    assert lrviz.document(tmp_path / "train.yaml", dialect="hf-trainer", facts={"devices": 2}).updates == 100


TRAINER = "per_device_train_batch_size: 8\nmax_steps: 9\n"
COMPUTED = "n = 3\noptim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))\ntrain_cfg = dict(max_epochs=n)\n"
WARMUP_LR = '{"scheduler": {"type": "WarmupLR", "params": {}}}'
SETTINGS = {
    "misspelt": ("a.yaml", TRAINER, "learning_rte=1e-4", "(did you mean learning_rate?)"),
    "known": ("a.yaml", TRAINER, "learning_rate=1e-4", ""),
    "perhaps interpolated": ("a.yaml", f"{TRAINER}x: ${{y}}\n", "y=1", ""),
    # What is computed of a variable in Python stands already when --set is read.
    "a variable": ("a.py", COMPUTED, "n=5", "--set n=5: nothing of the schedule depends on it"),
    "inside what is read": ("a.json", WARMUP_LR, "scheduler.params.warmup_num_steps=5", ""),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_without_effect_is_said(name: str, ended: Ended, tmp_path: FilePath) -> None:
    file, text, setting, said = SETTINGS[name]
    (tmp_path / file).write_text(text, encoding="utf-8")
    facts = ["--given", "steps=9", "--given", "batches_per_epoch=4"]
    done = ended("schedule", file, "--set", setting, *facts, "--no-plot", "--engine", "reference")
    assert done.returncode == 0, done.stderr
    assert said in done.stderr
    assert ("nothing of the schedule" in done.stderr) is bool(said)


HOSTILE = {
    "x = 9**9**9**9": None,
    "x = 'a' * 10**9": None,
    "x = [1] * 10**9": None,
    "x = [1]\n" + "x = x + x\n" * 60: None,
    "x = 10**999\n" + "x = x * x\n" * 40: None,
    "x = dict(a=1)\n" + "x = dict(a=x, b=x)\n" * 40: "more than 200,000 values",
    "x = __import__('os').system('touch run')": None,
    "x = f'{open(1)}'": None,
    "x = [open(i) for i in range(3)]": None,
    "x = lambda: open('run', 'w')": None,
    "x = {}\nx['a'] = x": "nested deeper than 40 levels",
    "x = " + "-" * 5000 + "1": "c.py:1:1: not Python",
    "x = " + "[" * 5000 + "]" * 5000: "not Python: too many nested",
    "x = [" + "1," * 600_000 + "]": "too long for a config",
    "open('run', 'w')": "c.py:1:1: a statement other than an assignment",
    "if True:\n    x = 1": "c.py:1:1: a statement other than an assignment",
    "import os\ndef f(): pass": "c.py:2:1: a statement other than an assignment",
    '"""A config."""\nfrom os import *\nx = 1\nx.update(b=2)': None,
}
"""Configs in Python, and what is said where one is refused."""


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:24])
def test_python_is_never_run(text: str, tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    begun = time.perf_counter()
    words = HOSTILE[text]
    if words is None:
        assert "x" in parsed(text, "c.py", "c.py").data
    else:
        with pytest.raises(DocumentError, match=re.escape(words)):
            parsed(text, "c.py", "c.py")
    assert time.perf_counter() - begun < 5
    assert not list(tmp_path.iterdir())


def test_what_only_python_knows_matters_where_it_is_needed(ended: Ended, tmp_path: FilePath) -> None:
    text = "import time\nout_dir = str(time.time())\nmax_iters = int(3e3)\nlearning_rate = 1e-3\nmin_lr = 1e-4\n"
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    done = ended("schedule", "train.py", "--engine", "reference", "--no-plot")
    assert done.returncode == 2
    assert "train.py:3:13: max_iters: int(3000.0) given, which only Python can compute; --set max_iters=" in done.stderr
    assert (
        ended("schedule", "train.py", "--engine", "reference", "--no-plot", "--set", "max_iters=3000").returncode == 0
    )
