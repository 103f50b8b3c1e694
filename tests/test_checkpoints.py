"""Real checkpoints: which states they hold, what is safe to read in them, and what a crafted one must not do."""

from __future__ import annotations

import argparse
import collections
import io
import json
import os
import pathlib
import random
import struct
import time
import types
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler as torch_schedulers

from lrviz.documents.load import loads
from lrviz.engines.real.checkpoint import read
from lrviz.engines.tasks.resume import Reading
from lrviz.engines.work import SideProcess
from lrviz.foundation.errors import CheckpointError, UsageError
from lrviz.foundation.rounding import rounded_to
from lrviz.render.records.resume import resume_json_text
from lrviz.render.text.resume_table import resume_table
from lrviz.results import Resumed
from lrviz.runs import headstart
from lrviz.runs.api import resume
from lrviz.runs.resuming import run as resuming_run
from lrviz.runs.resuming.matching import classes
from lrviz.runs.resuming.resumption import Resumption
from lrviz.schedulers import SCHEDULERS
from tests.cli import Ended
from tests.examples import examples
from tests.here import torch_is_here
from tests.test_resume import COSINE, HEAD, LONGER, METRIC, SCHEDULES, Code, sgd, trained


@pytest.fixture(autouse=True, scope="module")
def no_process() -> Iterator[None]:
    with torch_is_here():
        yield


State = dict[str, Any]


def states(steps: int = 25) -> tuple[State, State]:
    """The states of an AdamW and its cosine, as a run of COSINE leaves them."""
    optimizer, scheduler = trained(steps)
    return optimizer.state_dict(), scheduler.state_dict()


def resumed(text: str, value: Any, folder: Path, at: int | None = None, **options: Any) -> Resumption:
    torch.save(value, folder / "last.pt")
    return resume(loads(text, source="run.yaml"), at, checkpoint=folder / "last.pt", **options)


def only(found: Resumption) -> Resumed:
    (one,) = found.interrupted.resumed
    return one


def shown(found: Resumption) -> str:
    from rich.console import Console

    stream = io.StringIO()
    Console(file=stream, width=200).print(resume_table(found.interrupted, found.verdict))
    return stream.getvalue()


# Values that are not finite ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("key", ["lr", "initial_lr", "weight_decay", "eps", "betas", "base_lrs", "T_max", "eta_min"])
@pytest.mark.slow
def test_a_value_that_is_not_finite_never_continues(key: str, value: float, tmp_path: Path) -> None:
    optimizer, scheduler = states()
    part = optimizer["param_groups"][0] if key in optimizer["param_groups"][0] else scheduler
    part[key] = type(part[key])([value] * len(part[key])) if isinstance(part[key], list | tuple) else value
    text = COSINE
    if key == "base_lrs":
        # A cosine goes by the lr itself, and LambdaLR by what its constructor kept.
        text = COSINE.replace("{name: CosineAnnealingLR, T_max: 60}", "{name: LambdaLR, lr_lambda: 1 / (1 + t)}")
        scheduler = {"base_lrs": [value], "last_epoch": 25, "_step_count": 26, "lr_lambdas": [None]}
    found = resumed(text, {"o": optimizer, "s": scheduler}, tmp_path)
    one = only(found)
    assert one.verdict in {"differs", "raises"}
    json.loads(resume_json_text(found.to_json()), parse_constant=pytest.fail)
    assert found._repr_png_().startswith(b"\x89PNG")
    if key == "lr":
        assert (one.errors["lr"].first, one.errors["lr"].largest) == (25, float("inf"))
        assert str(value) in shown(found)


# States are matched by class and keys --------------------------------------------------------------------

WARMUP = "{name: LinearLR, start_factor: 0.1, total_iters: 20, interval: step}"
PLATEAU = "{name: ReduceLROnPlateau, patience: 2, interval: epoch}"
BOTH = (
    "epochs: 20\nsteps_per_epoch: 5\noptimizer: {name: SGD, lr: 0.1, momentum: 0.9}\n"
    f"scheduler: [{WARMUP}, {PLATEAU}]\n{METRIC}"
)


def two(updates: int = 30) -> tuple[State, State, State]:
    """The states of an optimizer, a warm-up that is stepped at each of five updates, and a plateau at the fifth."""
    optimizer = sgd()
    warmup = torch_schedulers.LinearLR(optimizer, 0.1, 1.0, 20)
    plateau = torch_schedulers.ReduceLROnPlateau(optimizer, patience=2)
    for t in range(updates):
        optimizer.step()
        warmup.step()
        if t % 5 == 4:
            plateau.step(1.0 if t // 5 < 3 else 0.5)
    return optimizer.state_dict(), warmup.state_dict(), plateau.state_dict()


@pytest.mark.parametrize("order", ["warmup first", "plateau first", "a list the other way round", "a list"])
def test_states_are_matched_by_their_keys_in_any_order(order: str, tmp_path: Path) -> None:
    optimizer, warmup, plateau = two()
    layouts: dict[str, State] = {
        "warmup first": {"a": warmup, "b": plateau},
        "plateau first": {"plateau": plateau, "warmup": warmup},
        "a list the other way round": {"lr_schedulers": [plateau, warmup]},
        "a list": {"lr_schedulers": [warmup, plateau]},
    }
    found = resumed(BOTH, {"optimizer": optimizer, **layouts[order]}, tmp_path)
    assert (found.interrupted.at, only(found).verdict) == (30, "continues")
    assert "--key" not in " ".join(found.warnings)


@examples(60)
@given(data=st.data())
def test_shuffled_states_find_their_schedulers(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Schedulers of any classes and values, saved in any order: each gets its own state, or the user is asked."""
    kinds = data.draw(st.lists(st.sampled_from(["StepLR", "ExponentialLR", "ConstantLR"]), min_size=2, max_size=4))
    values = [data.draw(st.sampled_from([4, 5, 6])) for _ in kinds]
    optimizer = sgd()
    build: dict[str, Callable[[int], Any]] = {
        "StepLR": lambda v: torch_schedulers.StepLR(optimizer, v),
        "ExponentialLR": lambda v: torch_schedulers.ExponentialLR(optimizer, v / 10),
        "ConstantLR": lambda v: torch_schedulers.ConstantLR(optimizer, 0.5, v),
    }
    write = {
        "StepLR": "{{name: StepLR, step_size: {0}}}",
        "ExponentialLR": "{{name: ExponentialLR, gamma: 0.{0}}}",
        "ConstantLR": "{{name: ConstantLR, factor: 0.5, total_iters: {0}}}",
    }
    schedulers = [build[kind](value) for kind, value in zip(kinds, values, strict=True)]
    for _ in range(9):
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    members = ", ".join(write[kind].format(value) for kind, value in zip(kinds, values, strict=True))
    order = data.draw(st.permutations(range(len(kinds))))
    saved = {"optimizer": optimizer.state_dict()}
    saved |= {f"k{index}": schedulers[index].state_dict() for index in order}
    text = HEAD.replace("scheduler: ", f"scheduler: [{members}]\n")
    folder = tmp_path_factory.mktemp("shuffled")
    if len(set(zip(kinds, values, strict=True))) == len(kinds):
        found = resumed(text, saved, folder)
        assert (found.interrupted.at, only(found).verdict, only(found).replaced) == (9, "continues", ())
    else:
        with pytest.raises(
            CheckpointError, match=r"nothing tells which of k\d.* choose with --key scheduler\[\d\]=k\d"
        ):
            resumed(text, saved, folder)


def _of(name: str, steps: int = 9) -> State:
    optimizer = sgd()
    scheduler = SCHEDULES[name][1](optimizer)
    for _ in range(steps):
        optimizer.step()
        scheduler.step(*([1.0] if name == "ReduceLROnPlateau" else []))
    state: State = scheduler.state_dict()
    return state


def test_the_keys_of_every_scheduler_tell_its_class() -> None:
    """Also after torch has changed what it saves: LambdaLR and MultiplicativeLR alone save the same."""
    told = {name: {cls.__name__ for cls in classes(_of(name))} for name in SCHEDULES}
    same = {"LambdaLR", "MultiplicativeLR"}
    assert told == {cls.__name__: same if cls.__name__ in same else {cls.__name__} for cls in SCHEDULERS}


@pytest.mark.parametrize(
    ("saved", "document", "told"),
    [
        (
            "StepLR",
            "CosineAnnealingLR",
            "no state of CosineAnnealingLR, which the document has under scheduler and whose state has T_max, eta_min; "
            r"s is of StepLR \(step_size 4, gamma 0.1\)",
        ),
        ("CosineAnnealingLR", "StepLR", r"s is of CosineAnnealingLR \(T_max 20, eta_min 0.0\)"),
        ("SequentialLR", "ChainedScheduler", r"s is of SequentialLR \(milestones \[5\]\)"),
        ("MultiStepLR", "StepLR", r"s is of MultiStepLR \(milestones \[5, 12\], gamma 0.1\)"),
        ("LambdaLR", "StepLR", "s is of LambdaLR or MultiplicativeLR$"),
    ],
)
def test_a_state_of_another_scheduler_is_explained(saved: str, document: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=told):
        resumed(HEAD + SCHEDULES[document][0], {"o": sgd().state_dict(), "s": _of(saved)}, tmp_path)


def test_the_members_of_a_composite_are_compared_too(tmp_path: Path) -> None:
    text = HEAD + SCHEDULES["SequentialLR"][0].replace("ExponentialLR, gamma: 0.9", "StepLR, step_size: 3")
    with pytest.raises(CheckpointError, match=r"s is of SequentialLR whose member 1 is ExponentialLR.*, not StepLR"):
        resumed(text, {"o": sgd().state_dict(), "s": _of("SequentialLR")}, tmp_path)


def test_the_scheduler_that_fits_is_found_beside_others_and_the_choice_is_said(tmp_path: Path) -> None:
    optimizer, scheduler = states()
    found = resumed(COSINE, {"o": optimizer, "mine": scheduler, "other": _of("StepLR")}, tmp_path)
    assert (found.interrupted.at, only(found).verdict) == (25, "continues")
    (said,) = found.warnings
    assert "scheduler read from mine, and not from other; --key scheduler=... reads another" in said


# A finished run ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("checkpoint", [False, True])
def test_a_finished_run_is_extended(checkpoint: bool, tmp_path: Path) -> None:
    into = loads(LONGER.replace("weight_decay: 0.1", "weight_decay: 0.01"), source="new.yaml")
    if checkpoint:
        optimizer, scheduler = states(60)
        found = resumed(COSINE, {"optimizer": optimizer, "scheduler": scheduler}, tmp_path, into=into)
    else:
        found = resume(loads(COSINE), 60, into=into)
    one = only(found)
    assert (found.interrupted.at, len(one.lr)) == (60, 60)
    assert [(each.field, each.asked, each.kept) for each in one.replaced] == [("scheduler.T_max", 120, 60)]
    # T_max is the old one again: the cosine rises from its end.
    assert one.lr[0, 0] == pytest.approx(0, abs=1e-12)
    assert one.lr[-1, 0] > one.lr[0, 0]
    assert found._repr_png_().startswith(b"\x89PNG")


def test_the_command_extends_a_finished_run_and_says_how_where_it_cannot(ended: Ended, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(COSINE, encoding="utf-8")
    (tmp_path / "longer.yaml").write_text(LONGER, encoding="utf-8")
    optimizer, scheduler = states(60)
    torch.save({"optimizer": optimizer, "scheduler": scheduler}, tmp_path / "last.pt")
    for where in (["--at", "60"], ["--at", "60ep"], ["--checkpoint", "last.pt"]):
        code, out, err = ended("resume", "run.yaml", *where, "--with", "longer.yaml", "--no-plot")
        assert (code, err) == (0, "")
        assert "60 of 120 left" in out
        code, _, err = ended("resume", "run.yaml", *where, "--no-plot")
        assert code == 2
        assert "nothing remains; --with goes on as a longer document" in err or "give 1 to 59" in err
    code, _, err = ended("resume", "run.yaml", "--at", "61", "--with", "longer.yaml", "--no-plot")
    assert (code, "give 1 to 60" in err) == (2, True)


# Rounding ------------------------------------------------------------------------------------------------


def _rounded(dtype: torch.dtype, value: Any) -> Any:
    if isinstance(value, float):
        return torch.tensor(value, dtype=dtype).item()
    if isinstance(value, list | tuple):
        return type(value)(_rounded(dtype, each) for each in value)
    return value


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["CosineAnnealingLR", "StepLR", "LambdaLR", "PolynomialLR", "ReduceLROnPlateau"])
def test_values_that_were_rounded_to_fewer_digits_continue(name: str, dtype: str, tmp_path: Path) -> None:
    optimizer = sgd()
    scheduler = SCHEDULES[name][1](optimizer)
    for t in range(9):
        optimizer.step()
        scheduler.step(*([1.0 if t < 3 else 0.5] if name == "ReduceLROnPlateau" else []))
    group = optimizer.state_dict()["param_groups"][0]
    for key in ("lr", "initial_lr", "momentum"):
        if key in group:
            group[key] = torch.tensor(group[key], dtype=getattr(torch, dtype))
    state = scheduler.state_dict()
    for key in ("base_lrs", "_last_lr"):
        if key in state:
            state[key] = _rounded(getattr(torch, dtype), state[key])
    found = resumed(HEAD + SCHEDULES[name][0], {"o": {"param_groups": [group]}, "s": state}, tmp_path)
    assert (only(found).verdict, only(found).rounding) == ("continues", dtype)
    assert f"equal up to {dtype} rounding" in shown(found)
    assert found.to_json()["recipes"][0]["rounding"] == dtype


def test_a_run_that_was_computed_in_float32_continues(tmp_path: Path) -> None:
    """The lr of a capturable Adam is a tensor, and every step of its schedule rounds it again."""
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(3))], lr=torch.tensor(1e-3), weight_decay=0.01)
    scheduler = torch_schedulers.CosineAnnealingLR(optimizer, 6000)
    for _ in range(2500):
        optimizer.step()
        scheduler.step()
    saved = {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    found = resumed(COSINE.replace("60", "6000"), saved, tmp_path)
    assert (only(found).verdict, only(found).rounding) == ("continues", "float32")


@pytest.mark.parametrize("factor", [1 + 1e-8, 1 + 1e-6, 1 - 1e-4, 1.003])
def test_a_real_difference_is_one_and_its_numbers_differ_on_screen(factor: float, tmp_path: Path) -> None:
    optimizer, scheduler = states()
    optimizer["param_groups"][0]["lr"] *= factor
    found = resumed(COSINE, {"o": optimizer, "s": scheduler}, tmp_path)
    assert (only(found).verdict, only(found).rounding) == ("differs", "")
    error = only(found).errors["lr"]
    (cell,) = [line for line in shown(found).splitlines() if line.startswith("scheduler built first  differs")]
    value, wanted = cell.replace("instead of ", "").split()[5:7]
    assert value != wanted
    assert float(value) - float(wanted) == pytest.approx(error.value - error.wanted, rel=1)
    assert "rounding" not in shown(found)


@given(st.floats(1e-7, 10), st.sampled_from(["float32", "float16", "bfloat16"]))
def test_a_value_is_told_from_its_rounding(value: float, dtype: str) -> None:
    rounded = torch.tensor(value, dtype=torch.float64).to(getattr(torch, dtype)).item()
    if rounded == 0 or float(f"{rounded:.6g}") == rounded:
        return
    told = rounded_to(rounded, value)
    # A value of a dtype with more digits may happen to have no more than one with fewer.
    order = ["float32", "float16", "bfloat16"]
    assert order.index(told) >= order.index(dtype)


@pytest.mark.parametrize(
    ("value", "wanted"), [(0.5, 0.501), (0.5, 0.50001), (0.1000001, 0.1), (2.0, 2.001), (0.1, 0.2)]
)
def test_what_people_write_was_not_rounded(value: float, wanted: float) -> None:
    assert rounded_to(value, wanted) == ""


# The optimizer's class -----------------------------------------------------------------------------------


def _groups(optimizer: str, **options: Any) -> State:
    made = getattr(torch.optim, optimizer)([torch.nn.Parameter(torch.ones(2, 2))], **options)
    state: State = made.state_dict()
    return state


def test_the_state_of_adamw_in_a_document_of_adam_says_what_differs(tmp_path: Path) -> None:
    text = COSINE.replace("name: AdamW", "name: Adam")
    optimizer, scheduler = states()
    found = resumed(text, {"o": optimizer, "s": scheduler}, tmp_path)
    one = only(found)
    assert one.verdict == "differs"
    assert [(each.field, each.asked, each.kept) for each in one.replaced] == [
        ("optimizer.decoupled_weight_decay", False, True)
    ]
    assert any("it is that of AdamW" in said for said in found.warnings)
    told = [text.get_text() for text in found.plot().axes[0].texts]
    assert "the checkpoint keeps its own decoupled_weight_decay" in told
    decoupled = text.replace("name: Adam", "name: Adam, decoupled_weight_decay: true")
    assert only(resumed(decoupled, {"o": optimizer, "s": scheduler}, tmp_path)).verdict == "continues"


@pytest.mark.parametrize(
    ("saved", "document", "told"),
    [
        ("Adam", "AdamW", "not a state of AdamW.*it is a state of Adam, decoupled_weight_decay False"),
        ("Adam", "RAdam", "not a state of RAdam.*it is a state of Adam"),
        ("Adam", "Adamax", "not a state of Adamax.*it is a state of Adam"),
        ("RAdam", "Adamax", "not a state of Adamax.*it is a state of RAdam"),
        ("SGD", "Adam", "it is a state of SGD"),
        ("NAdam", "RAdam", "it is a state of NAdam"),
    ],
)
def test_a_state_whose_keys_include_the_documents_is_not_its(
    saved: str, document: str, told: str, tmp_path: Path
) -> None:
    text = COSINE.replace("name: AdamW", f"name: {document}")
    with pytest.raises(CheckpointError, match=told):
        resumed(text, _groups(saved, lr=1e-3, weight_decay=0.01), tmp_path, at=25)


def test_maximize_is_kept_and_said(tmp_path: Path) -> None:
    found = resumed(COSINE, _groups("AdamW", lr=1e-3, weight_decay=0.01, maximize=True), tmp_path, at=25)
    assert ("optimizer.maximize", False, True) in [(each.field, each.asked, each.kept) for each in only(found).replaced]


# Layouts that are safe -----------------------------------------------------------------------------------


def _defaultdict(factory: Any, **values: Any) -> Any:
    return collections.defaultdict(factory, values)


SAFE: Mapping[str, Callable[[], Any]] = {
    "argparse.Namespace": lambda: argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("a/b"), best=np.float64(3)),
    "types.SimpleNamespace": lambda: types.SimpleNamespace(a=1),
    "a path": lambda: [Path("a/b"), pathlib.PurePosixPath("c"), pathlib.PureWindowsPath("d\\e")],
    "NumPy scalars": lambda: [np.float64(0.5), np.float32(0.5), np.int64(3), np.bool_(True), np.uint8(7), np.str_("x")],
    "NumPy arrays": lambda: [np.arange(6.0).reshape(2, 3), np.zeros((0, 2)), np.array(1.5), np.array(["a", None])],
    "NumPy's legacy generator": lambda: np.random.RandomState(3).get_state(),
    "a NumPy generator": lambda: np.random.default_rng(3).bit_generator.state,
    "Python's generator": lambda: random.Random(3).getstate(),
    "torch's generator": torch.get_rng_state,
    "defaultdicts": lambda: [_defaultdict(list, loss=[1.0]), _defaultdict(int, n=1), _defaultdict(None)],
    "an OrderedDict": lambda: collections.OrderedDict(a=1),
    "a last_epoch of its own": lambda: {"last_epoch": 24, "inner": {"x": 1}},
}  # fmt: skip


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kind", SAFE)
def test_what_is_safe_beside_the_states_is_read(kind: str, zipped: bool, tmp_path: Path) -> None:
    optimizer, scheduler = states()
    file = tmp_path / "last.pt"
    saved = {"model": {}, "beside": SAFE[kind](), "optimizer": optimizer, "scheduler": scheduler, "last_epoch": 24}
    torch.save(saved, file, _use_new_zipfile_serialization=zipped)
    found = resume(loads(COSINE), checkpoint=file)
    assert (found.interrupted.at, only(found).verdict, found.warnings) == (25, "continues", ())


@examples(100)
@given(
    dtype=st.sampled_from(["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]),
    order=st.sampled_from("<>"),
    values=st.lists(st.integers(0, 100), max_size=20),
    alone=st.booleans(),
)
def test_numbers_of_numpy_in_a_state_are_read_as_they_are(
    dtype: str, order: str, values: list[int], alone: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    array = np.array(values, dtype=order + dtype)
    value = array[0] if alone and values else array
    file = tmp_path_factory.mktemp("numbers") / "last.pt"
    torch.save({"param_groups": [{"lr": 0.1, "x": value}]}, file)
    (groups,) = read(Reading(str(file))).optimizers.values()
    assert groups[0]["x"] == value.tolist()


def test_a_whole_run_kept_in_numpy_continues(tmp_path: Path) -> None:
    optimizer, scheduler = states()
    group = optimizer["param_groups"][0]
    group["lr"], group["weight_decay"] = np.float64(group["lr"]), np.float64(group["weight_decay"])
    scheduler["base_lrs"], scheduler["T_max"] = np.array(scheduler["base_lrs"]), np.int64(60)
    assert only(resumed(COSINE, {"o": optimizer, "s": scheduler}, tmp_path)).verdict == "continues"


@pytest.mark.parametrize("depth", [1, 4, 7])
def test_states_are_found_many_levels_deep(depth: int, tmp_path: Path) -> None:
    optimizer, scheduler = states()
    saved: Any = {"optimizer": optimizer, "scheduler": scheduler}
    for level in range(depth):
        saved = {f"level{level}": saved, "x": 1} if level % 3 else [saved]
    assert only(resumed(COSINE, saved, tmp_path)).verdict == "continues"


FOLDERS: Mapping[str, tuple[str, str]] = {
    "accelerate": ("optimizer.bin", "scheduler.bin"),
    "Transformers": ("optimizer.pt", "scheduler.pt"),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_accelerate_or_transformers_is_read(kind: str, tmp_path: Path) -> None:
    for name, state in zip(FOLDERS[kind], states(), strict=True):
        torch.save(state, tmp_path / name)
    # None of these is opened: they hold whole objects.
    for name in ("random_states_0.pkl", "training_args.bin", "rng_state.pth", "custom_checkpoint_0.pkl", "scaler.pt"):
        (tmp_path / name).write_bytes(b"\x80\x02nothing")
    found = resume(loads(COSINE), checkpoint=tmp_path)
    assert (found.interrupted.at, only(found).verdict) == (25, "continues")


def test_the_second_optimizer_of_a_folder_is_named(tmp_path: Path) -> None:
    optimizer, scheduler = states()
    torch.save(optimizer, tmp_path / "optimizer.bin")
    torch.save(_groups("AdamW", lr=5e-4, weight_decay=0.01), tmp_path / "optimizer_1.bin")
    torch.save(scheduler, tmp_path / "scheduler.bin")
    with pytest.raises(CheckpointError, match=r"2 states under optimizer.bin, optimizer_1.bin; .* --key optimizer=opt"):
        resume(loads(COSINE), checkpoint=tmp_path)
    first = resume(loads(COSINE), checkpoint=tmp_path, key={"optimizer": "optimizer.bin"})
    assert only(first).verdict == "continues"
    second = resume(loads(COSINE), checkpoint=tmp_path, key={"optimizer": "optimizer_1.bin"})
    assert only(second).errors["lr"].value == pytest.approx(5e-4)


# --key ---------------------------------------------------------------------------------------------------


def _gan() -> State:
    optimizer, scheduler = states()
    other, slower = states(12)
    return {
        "optimizer_G": optimizer,
        "optimizer_D": other,
        "nets": {"g": {"sched": scheduler}, "d": {"sched": slower}},
        "epoch": 24,
    }


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        ({"optimizer": "optimizer_G", "scheduler": "nets.g.sched"}, 25),
        ({"optimizer": "optimizer_D", "scheduler": "nets.d"}, 12),
    ],
)
def test_key_names_what_is_read(keys: dict[str, str], at: int, tmp_path: Path) -> None:
    found = resumed(COSINE, _gan(), tmp_path, key=keys)
    assert (found.interrupted.at, only(found).verdict, found.warnings) == (at, "continues", ())


@pytest.mark.parametrize("key", ["optimizer=optimizer_G", {"optimizer": None}, {"optimizer": 3}])
def test_key_is_checked_in_python_too(key: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="key: a mapping of parts"):
        resumed(COSINE, _gan(), tmp_path, key=key)


def test_a_file_of_a_folder_is_not_written_over(ended: Ended, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(COSINE, encoding="utf-8")
    for name, state in zip(FOLDERS["accelerate"], states(), strict=True):
        torch.save(state, tmp_path / name)
    code, _, err = ended("resume", "run.yaml", "--no-plot", "--checkpoint", ".", "--json", "optimizer.bin")
    assert (code, "already read" in err) == (2, True)


def test_key_names_a_member_of_a_list(tmp_path: Path) -> None:
    text = HEAD.replace("scheduler: ", "scheduler: [{name: StepLR, step_size: 4}, {name: StepLR, step_size: 4}]\n")
    saved = {"optimizer": sgd().state_dict(), "a": _of("StepLR", 8), "b": _of("StepLR", 9)}
    with pytest.raises(CheckpointError, match=r"nothing tells which of a, b is that of StepLR"):
        resumed(text, saved, tmp_path)
    found = resumed(text, saved, tmp_path, key={"scheduler[1]": "a"})
    assert found.interrupted.at == 9


@pytest.mark.parametrize(
    ("keys", "error", "told"),
    [
        ({}, CheckpointError, "2 states under optimizer_G, optimizer_D; .*choose with --key optimizer=optimizer_G"),
        (
            {"optimizer": "optimiser_G"},
            CheckpointError,
            r"--key optimizer=optimiser_G: .*there are optimizer_G, optimizer_D \(did you mean optimizer_G\?\)",
        ),
        ({"optimizer": "optimizer_G"}, CheckpointError, "2 states under nets.g.sched, nets.d.sched.*--key sched"),
        ({"optimizer": "nets"}, CheckpointError, "no state of an optimizer under that key"),
        ({"optimizer": "epoch\x1b[31m"}, CheckpointError, r"optimizer=epoch\\x1b\[31m"),
        ({"optimiser": "optimizer_G"}, UsageError, r"has optimizer, scheduler \(did you mean optimizer\?\)"),
        ({"scheduler[1]": "nets"}, UsageError, "the document has optimizer, scheduler"),
    ],
)  # fmt: skip
def test_a_key_that_is_wrong_or_missing_is_told_with_the_candidates(
    keys: dict[str, str], error: type[Exception], told: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=told) as caught:
        resumed(COSINE, _gan(), tmp_path, key=keys)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--checkpoint", "last.pt", "--key", "optimizer=optimizer_G", "--key", "scheduler=nets.g.sched"], 0, ""),
        (["--checkpoint", "last.pt", "--key", "optimizer_G"], 2, "--key optimizer_G: a part of the document and a key"),
        (["--checkpoint", "last.pt", "--key", "optimizer="], 2, "a part of the document and a key"),
        (["--checkpoint", "last.pt", "--key", "optimizer=a", "--key", "optimizer=b"], 2, "optimizer is already a"),
        (["--at", "3", "--key", "optimizer=a"], 2, "give --checkpoint too"),
        (["--checkpoint", "last.pt", "--key", "optimizer=\x1b[31m\n"], 2, "--key optimizer=\\x1b[31m\\n"),
        (["--checkpoint", "empty"], 2, "a folder without optimizer.bin"),
        (["--checkpoint", "pipe"], 2, "pipe: not a regular file"),
        (["--checkpoint", "x" * 5000], 2, "cannot be read: File name too long"),
    ],
)
def test_the_command_takes_keys(ended: Ended, arguments: list[str], code: int, told: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(COSINE, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    torch.save(_gan(), tmp_path / "last.pt")
    ended_with, _, err = ended("resume", "run.yaml", "--no-plot", *arguments)
    assert ended_with == code, err
    assert told in err
    assert len(err.strip().splitlines()) == (code != 0)


# Crafted files -------------------------------------------------------------------------------------------


def _pickled(*parts: bytes) -> bytes:
    """An archive as torch.save writes it, around opcodes of our own."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + b"".join(parts) + b".")
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/byteorder", "little")
    return stream.getvalue()


def _text(text: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text


def _saved(value: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    return stream.getvalue()


def _compressed() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + _text(b"A" * 10**8) + b".")
    return stream.getvalue()


def _shared(depth: int) -> list[Any]:
    """A list that occurs 2,000 times in another, and that in another: small to save, endless to walk through."""
    inner: list[Any] = [{"x": 1}]
    for _ in range(depth):
        inner = [inner] * 2000
    return inner


def _within_itself() -> list[Any]:
    itself: list[Any] = []
    itself.append(itself)
    return itself


def _claiming(numel: int, offset: int) -> bytes:
    """A state whose lr is a tensor in a storage that claims another size, or at a place outside of it."""
    optimizer, scheduler = states()
    optimizer["param_groups"][0]["lr"] = torch.ones(10)[9]
    stream = io.BytesIO()
    whole = zipfile.ZipFile(io.BytesIO(_saved({"o": optimizer, "s": scheduler})))
    with whole, zipfile.ZipFile(stream, "w") as archive:
        for record in whole.infolist():
            data = whole.read(record)
            if record.filename.endswith("data.pkl"):
                assert data.count(b"K\nt") == data.count(b"K\t)") == 1
                data = data.replace(b"K\nt", b"\x8a\x08" + struct.pack("<q", numel) + b"t")
                data = data.replace(b"K\t)", b"\x8a\x08" + struct.pack("<q", offset) + b")")
            archive.writestr(record.filename, data)
    return stream.getvalue()


NAMESPACE = b"cargparse\nNamespace\n)\x81}"
CRAFTED: Mapping[str, tuple[Callable[[Path], bytes], str]] = {
    "__reduce__": (lambda folder: _saved({"x": Code(folder / "ran")}), r"such as posix\.mkdir, .*none of it was run"),
    "__reduce__, old format": (
        lambda folder: _saved({"x": Code(folder / "ran")}, _use_new_zipfile_serialization=False),
        r"such as posix\.mkdir,",
    ),
    "__reduce__ in a Namespace": (
        lambda folder: _saved({"args": argparse.Namespace(x=Code(folder / "ran"))}),
        r"such as posix\.mkdir,",
    ),
    "a class called Namespace": (lambda _: _pickled(b"cevil\nNamespace\n)\x81}b"), r"such as evil\.Namespace,"),
    "a Namespace that becomes another class": (
        lambda _: _pickled(NAMESPACE, _text(b"__class__"), b"cbuiltins\neval\nsb"),
        r"eval|could run code",
    ),
    "a Namespace that gets a method": (
        lambda folder: _pickled(
            NAMESPACE, _text(b"__setstate__"), b"cos\nmkdir\nsb", _text(bytes(folder / "ran")), b"b"
        ),
        r"such as os\.mkdir,",
    ),
    "a factory that is called": (lambda _: _pickled(b"c__builtin__\nlist\n)R"), "an object of list"),
    "a whole object": (lambda _: _saved({"optimizer": trained()[0]}), "could run code; refused"),
    "escapes in a name": (lambda _: _pickled(b"cev\x1b[31mil\nNa\x1b]0;x\x07me\n)\x81}b"), r"ev\\x1b\[31mil\.Na\\x1b"),
    "escapes in keys": (lambda _: _saved({"\x1b[31m\n::error::": 1}), r"its keys are \\x1b\[31m\\n::error::"),
    "escapes in a value": (
        lambda _: _saved({"o": states()[0], "s": {**states()[1], "last_epoch": "\x1b[31m" * 500}}),
        r"last_epoch is '\\x1b\[31m",
    ),
    "a long key": (lambda _: _saved({"k" * 10**6: 1}), r"its keys are k{100}$"),
    "a compressed archive": (lambda _: _compressed(), "does not compress"),
    "a cut archive": (lambda _: _saved({"o": states()[0]})[:-30], "broken, or cut short"),
    "gigabytes of bytes": (
        lambda _: _pickled(b"c__builtin__\nbytearray\n\x8a\x08", struct.pack("<q", 10**11), b"\x85R"),
        "more memory than its size",
    ),
    "gigabytes of a tensor": (
        lambda _: _pickled(b"ctorch\nTensor\n\x8a\x08", struct.pack("<q", 10**12), b"\x85R"),
        "broken, or cut short",
    ),
    "a storage that is too small": (lambda _: _claiming(10**12, 10**10), "broken, or cut short"),
    "a place before the storage": (lambda _: _claiming(10, -5), "broken, or cut short"),
    "a list many times over": (lambda _: _saved(_shared(9)), "no state of an optimizer"),
    "a state many times over": (
        lambda _: _saved({"param_groups": [{"lr": 0.1, "x": _shared(9)}]}),
        "more than 200,000 values",
    ),
    "a list in itself": (
        lambda _: _saved({"param_groups": [{"lr": 0.1, "x": _within_itself()}]}),
        "more than 50 levels",
    ),
    "a hundred thousand levels": (lambda _: _pickled(b"]" * 10**5, b"a" * (10**5 - 1)), "no state of an optimizer"),
    "an lr beyond floats": (
        lambda _: _saved({"param_groups": [{**states()[0]["param_groups"][0], "lr": 10**300}]}),
        "without a number for lr",
    ),
    "a last_epoch beyond reason": (
        lambda _: _saved({"o": states()[0], "s": {**states()[1], "last_epoch": 10**15}}),
        "1,000,000,000,000,000 times",
    ),
    "a name with NUL": (lambda _: _named_nul(), "no state of an optimizer"),
}  # fmt: skip


def _named_nul() -> bytes:
    stream = io.BytesIO(_pickled(b"N"))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("archive/a\0b", "x")
    return stream.getvalue()


@pytest.mark.parametrize("kind", CRAFTED)
@pytest.mark.slow
def test_a_crafted_checkpoint_is_refused_and_runs_nothing(kind: str, tmp_path: Path) -> None:
    make, told = CRAFTED[kind]
    file = tmp_path / "last.pt"
    file.write_bytes(make(tmp_path))
    begun = time.monotonic()
    with pytest.raises(CheckpointError, match=told) as caught:
        resume(loads(COSINE), checkpoint=file)
    assert time.monotonic() - begun < 30
    assert str(caught.value).startswith(str(file))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000 + len(str(file))
    assert not (tmp_path / "ran").exists()


def test_a_text_of_the_checkpoint_is_shown_without_its_escapes(tmp_path: Path) -> None:
    optimizer, scheduler = states()
    optimizer["param_groups"][0]["weight_decay"] = "\x1b[31m\n::error::" * 100
    found = shown(resumed(COSINE, {"o": optimizer, "s": scheduler}, tmp_path))
    assert "\\x1b[31m\\n::error::" in found
    assert "\x1b" not in found


@pytest.mark.process
def test_a_checkpoint_that_is_never_read_to_its_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key made of pairs of pairs of pairs: its hash takes longer than anybody lives, within one call of C."""
    file = tmp_path / "last.pt"
    file.write_bytes(_pickled(b"()q\x00", b"h\x00h\x00\x86q\x00" * 60, b"t}h\x00K\x01s\x86"))
    monkeypatch.setattr(resuming_run, "_PATIENCE", 4.0)
    monkeypatch.setattr(headstart, "started", SideProcess)
    with pytest.raises(CheckpointError, match="not read after 4 s; given up"):
        resume(loads(COSINE), checkpoint=file)


def test_reading_leaves_the_process_as_it_was(tmp_path: Path) -> None:
    import resource

    torch.save(_gan(), tmp_path / "last.pt")
    before = resource.getrlimit(resource.RLIMIT_AS), set(torch.serialization.get_safe_globals())
    read(Reading(str(tmp_path / "last.pt")))
    assert (resource.getrlimit(resource.RLIMIT_AS), set(torch.serialization.get_safe_globals())) == before
