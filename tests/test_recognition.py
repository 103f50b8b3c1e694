"""Which library a config belongs to: exactly one, or a single message says that it is not supported."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import pytest

import lrviz
from lrviz.documents.load import written
from lrviz.documents.parsing import parsed
from lrviz.foundation.errors import DocumentError
from lrviz.language import marked_python
from lrviz.language.marked_yaml import Marked, read
from lrviz.readers import READERS, Reader
from lrviz.readers.later import Later
from lrviz.readers.translation import recognised
from tests import dialects
from tests.cli import Ended

NEITHER = "neither a schedule document (see lrviz init) nor a config that lrviz reads (see lrviz list dialects)"
CURVES = sorted((Path(__file__).parent / "curves").glob("*.json"))
OTHER_NAMES = {
    "ultralytics": "ultralytics",
    "hf": "hf-trainer",
    "llamafactory": "llama-factory",
    "lightning": "lightning-cli",
}


def claimed(marked: Marked) -> list[str]:
    return [reader.name for reader in READERS if reader.claims(marked.data)]


def test_an_odd_escape_in_a_config_in_python_warns_nobody() -> None:
    assert marked_python.read(r"a = 'x\d'", "x.py").data == {"a": r"x\d"}


@pytest.mark.parametrize("reader", dialects.read(), ids=lambda one: one.name)
def test_the_example_of_a_dialect_is_of_it_alone(reader: type[Reader]) -> None:
    marked = parsed(reader.example, "x", dialects.FILES.get(reader.name, "config.yaml"))
    assert claimed(marked) == [reader.name]


def test_the_list_says_which_dialects_are_read_and_keeps_what_is_indented(ended: Ended) -> None:
    listed = {line.split()[0]: line for line in ended("list", "dialects").stdout.splitlines() if line[:1].isalpha()}
    for reader in READERS:
        assert ("not read yet" in listed[reader.name]) is issubclass(reader, Later)
    told = ended("list", "dialects", "timm").stdout.splitlines()
    assert told[5].startswith("    lr = lr where")
    assert told[6].startswith("    ")
    assert "Such a config:" in told


@pytest.mark.parametrize("path", CURVES, ids=lambda path: path.stem)
def test_a_measured_config_is_of_one_dialect(path: Path, tmp_path: Path) -> None:
    curve = json.loads(path.read_text(encoding="utf-8"))
    config = tmp_path / curve["filename"]
    config.write_text(curve["text"], encoding="utf-8")
    library = path.stem.partition("-")[0]
    names = {one.name for one in READERS}
    assert claimed(written(config).marked) == [
        library if library in names else OTHER_NAMES[library.rstrip("0123456789")]
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("model: {optimizer: {_target_: torch.optim.Adam}}", "hydra"),
        ("optimizer: {_target_: src.optim.lars.LARS}", "hydra"),
        ("a: [{b: {_target_: transformers.get_linear_schedule_with_warmup}}]", "hydra"),
        ("scheduler: {_target_: src.Own}", "hydra"),
        ("optimizer: {g: {_target_: torch.optim.Adam}, d: {_target_: torch.optim.Adam}}", "hydra"),
        ("scheduler: {_target_: diffusers.DDPMScheduler}", None),
        ("callbacks: {_target_: lightning.pytorch.callbacks.LearningRateMonitor}", None),
        ("model: {_target_: torch.optim.swa_utils.AveragedModel}", None),
        ("optimizer: {class_path: AdamW}", "lightning-cli"),
        ("lr_scheduler: {class_path: ReduceLROnPlateau}", "lightning-cli"),
        ("model: {class_path: src.Model}", None),
        ("optimizer: {_component_: torch.optim.AdamW}", "torchtune"),
        ("model: {optim: {name: adam, lr: 0.1, sched: {name: CosineAnnealing}}}", "nemo"),
        ("log_history: []\nmax_steps: 3\nnum_train_epochs: 1\nglobal_step: 3", None),
    ],
)
def test_a_config_is_told_by_its_keys(text: str, name: str | None) -> None:
    found = recognised(read(text, "x.yaml"))
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.yaml", "a: 1\nb: {c: 2}\n", NEITHER),
        ("a.yaml", "epoch: 0.1\nlr_scheduler: linear\n", NEITHER),
        ("a.json", '{"bf16": {"enabled": "auto"}}', NEITHER),
        ("a.json", '{"zero_optimization": {"stage": 3}}', "a config of DeepSpeed without a scheduler"),
        ("a.py", "a = 1", NEITHER),
        ("a.toml", "[optimizer]\nname = 'SGD'\n", NEITHER),
        ("a.yaml", "defaults: [_self_]\n", f"{NEITHER}; of a Hydra config the whole is .hydra/config.yaml"),
        ("a.toml", "[optimizer]\n[training]\nsteps = 3\n", "a config of torchtitan, which lrviz does not read yet"),
        ("a.toml", "[optimizer\n", "not TOML: "),
        ("a.toml", f"a = {'[' * 5000}", "not TOML: "),
        ("a.yaml", "optimzer: {name: SGD}\n", "(did you mean optimizer?)"),
        ("a.yaml", "epochs: 3\nlearning_rate: 1\n", "unknown key 'learning_rate'"),
        ("a.yaml", "entries: []\n", "a race, not a schedule"),
        ("a.yaml", "{}\n", "optimizer: missing"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_gets_one_message(name: str, text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        lrviz.document(path)
    assert told in str(caught.value)
    assert len(caught.value.faults) == 1 or "neither" not in told


@pytest.mark.parametrize("name", ["training_args.bin", "weights.yaml"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_pickle_is_refused_by_its_content(name: str, zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(pickle.dumps({"lr": 0.1}))
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps({"lr": 0.1}))
    with pytest.raises(DocumentError, match=r"a pickle, and reading one would run code; pass the run's config"):
        lrviz.document(path)
