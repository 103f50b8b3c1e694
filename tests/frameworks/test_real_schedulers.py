"""The schedules of other libraries: the classes as installed and our own maths give the same curves.

Run by `make test-frameworks`, in an environment that has transformers, timm, mmengine and DeepSpeed.
"""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, note, settings
from hypothesis import strategies as st

import lrviz
from lrviz.documents.load import load, loads
from lrviz.engines.compare import schedule as crosscheck
from lrviz.engines.real import schedule as real
from lrviz.engines.real.libraries import imported, library_class
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.resume import Interruption
from lrviz.foundation.errors import Refusal
from lrviz.runs.scripting.script import torch_script
from lrviz.schedulers import SCHEDULERS, Scheduler
from lrviz.schedulers.stepping import Stepping
from tests.cli import ROOT
from tests.here import torch_is_here

# mmengine compiles a module with TorchScript when it is imported.
pytestmark = [pytest.mark.framework, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

Plain = dict[str, Any]
Strategy = st.SearchStrategy[Any]

LAST = 300
"""Most ticks of a random run."""
LIBRARIES = ("transformers", "timm", "mmengine", "deepspeed")
NOT_HERE = {"mmengine.QuadraticWarmupLR"}
"""What mmdet adds to mmengine; mmdet cannot be installed beside this torch."""
NAMES = [name for name in SCHEDULERS.apart if name.partition(".")[0] in LIBRARIES and name not in NOT_HERE]
OURS = {"name", "version", "lr_scale", *Stepping.model_fields}
"""Fields that are lrviz's own: lr_scale stands in timm's groups."""
THEIRS = {
    *("optimizer", "param_name", "last_epoch", "last_step", "last_batch_iteration", "initialize"),
    # The document says when a scheduler is stepped, and none prints what it does.
    *("by_epoch", "t_in_epochs", "verbose"),
}
"""Arguments that documents do not give."""
WITHOUT_CLASS = {
    # Classes of torch, or of torch's under another name, which the readers of configs name.
    "transformers": {"get_reduce_on_plateau_schedule"},
    "mmengine": {"ReduceOnPlateauLR"},
    # It is stepped with a metric, and timm will drop it.
    "timm": {"PlateauLRScheduler"},
    "deepspeed": set[str](),
}

lengths = st.integers(1, LAST)
lengths_or_zero = st.integers(0, LAST)
rates = st.sampled_from([0.0, 1e-3, 0.1, 0.5, 1.0])
lrs = st.sampled_from([1e-5, 3e-4, 0.01, 0.1])
powers = st.sampled_from([0.5, 1.0, 2.0, 3.5])
cycles = st.sampled_from([0.25, 0.5, 1.0, 1.5, 3.0])


def some(needed: Mapping[str, Strategy] | None = None, /, **may: Strategy) -> Strategy:
    return st.fixed_dictionaries(dict(needed or {}), optional=may)


def either(first: tuple[str, Strategy], second: tuple[str, Strategy], needed: Strategy) -> Strategy:
    """One of two parameters beside what is needed."""
    return st.builds(lambda one, rest: {**rest, **one}, some(dict([first])) | some(dict([second])), needed)


WARM_UP = {"num_warmup_steps": lengths_or_zero}
RUN = {**WARM_UP, "num_training_steps": lengths}
SHAPES = st.sampled_from(["linear", "cosine", "1-sqrt"])
TIMM = {
    "warmup_t": st.integers(0, 40),
    "warmup_lr_init": st.sampled_from([0.0, 1e-5, 0.02]),
    "noise_range_t": st.none() | st.tuples(lengths_or_zero) | st.tuples(st.integers(0, 50), st.integers(51, LAST)),
    "noise_pct": st.sampled_from([0.3, 0.67]),
    "noise_std": st.sampled_from([0.1, 1.0]),
    "noise_seed": st.integers(0, 2**31),
}
PREFIX = {"warmup_prefix": st.booleans()}
CYCLES = {
    **TIMM,
    **PREFIX,
    "lr_min": st.sampled_from([0.0, 1e-6, 1e-3]),
    "cycle_mul": st.sampled_from([1.0, 1.5, 2.0, 3.0]),
    "cycle_decay": st.sampled_from([0.1, 0.5, 1.0]),
    "cycle_limit": st.integers(0, 9),
}
RANGE = {"begin": st.integers(0, 50), "end": st.integers(51, LAST)}
FLOORED = (("eta_min", lrs), ("eta_min_ratio", rates))
WARMUP = {
    "warmup_num_steps": lengths,
    "warmup_type": st.sampled_from(["log", "linear"]),
}
PARAMETERS: dict[str, Strategy] = {
    "transformers.linear": some(RUN),
    "transformers.cosine": some(RUN, num_cycles=cycles),
    "transformers.cosine_with_restarts": some(RUN, num_cycles=st.integers(1, 9)),
    "transformers.polynomial": some(
        {"num_warmup_steps": st.integers(0, 60), "num_training_steps": st.integers(61, LAST)},
        power=powers,
        lr_end=st.sampled_from([0.0, 1e-7, 1e-6]),
    ),
    "transformers.constant": some(),
    "transformers.constant_with_warmup": some(WARM_UP),
    "transformers.inverse_sqrt": some(WARM_UP, timescale=lengths),
    "transformers.cosine_with_min_lr": either(("min_lr", lrs), ("min_lr_rate", rates), some(RUN, num_cycles=cycles)),
    "transformers.cosine_warmup_with_min_lr": either(
        ("min_lr", lrs), ("min_lr_rate", rates), some(RUN, num_cycles=cycles, warmup_lr_rate=rates)
    ),
    "transformers.warmup_stable_decay": either(
        ("num_training_steps", st.integers(200, LAST)),
        ("num_stable_steps", lengths_or_zero),
        some(
            {"num_warmup_steps": st.integers(0, 100), "num_decay_steps": st.integers(0, 100)},
            warmup_type=SHAPES,
            decay_type=SHAPES,
            min_lr_ratio=rates,
            num_cycles=cycles,
        ),
    ),
    "transformers.greedy": some(
        factor=st.sampled_from([0.5, 0.9, 0.95]),
        patience=st.integers(0, 6),
        cooldown=st.integers(0, 4),
        warmup=st.integers(0, 4),
        mode=st.sampled_from(["min", "max"]),
        threshold=st.sampled_from([0.0, 1e-6, 0.01]),
        threshold_mode=st.sampled_from(["rel", "abs"]),
        min_lr=st.sampled_from([0.0, 1e-3, 0.05]),
        max_lr=st.sampled_from([0.1, 0.2, 1.0]),
        eps=st.sampled_from([1e-8, 1.7e-3]),
        smooth=st.booleans(),
        window_size=st.integers(1, 8),
        reset_start=st.sampled_from([0, 2, 500]),
    ),
    "timm.CosineLRScheduler": some({"t_initial": lengths}, **CYCLES, k_decay=powers),
    "timm.TanhLRScheduler": some({"t_initial": lengths}, **CYCLES, lb=st.just(-6.0), ub=st.just(4.0)),
    "timm.PolyLRScheduler": some({"t_initial": lengths}, **CYCLES, k_decay=powers, power=powers),
    "timm.StepLRScheduler": some(
        {"decay_t": st.sampled_from([1.0, 2.4, 30.0, 97.5])}, **TIMM, **PREFIX, decay_rate=st.sampled_from([0.5, 0.97])
    ),
    "timm.MultiStepLRScheduler": some(
        {"decay_t": st.lists(lengths, min_size=1, max_size=4).map(sorted)}, **TIMM, **PREFIX, decay_rate=rates
    ),
    "timm.WSDLRScheduler": some(
        {"t_initial": st.integers(100, LAST), "decay_t": st.integers(1, 100)},
        **TIMM,
        lr_min=st.sampled_from([0.0, 1e-6, 0.02]),
        stable_timescale=st.sampled_from([1.0, 37.5]),
        stable_power=powers,
        decay_fn=st.sampled_from(["linear", "1-sqrt", "cosine", "power", "exp"]),
        decay_power=powers,
        decay_ratio=st.sampled_from([0.01, 0.5]),
    )
    | some(
        {
            "t_initial": st.integers(100, LAST),
            "decay_t": st.integers(1, 100),
            "warmup_t": st.integers(1, 40),
            "stable_fn": st.sampled_from(["rsqrt", "power"]),
        },
        stable_power=powers,
    ),
    "mmengine.LinearLR": some(RANGE, start_factor=st.sampled_from([1e-3, 0.5, 1.0]), end_factor=rates),
    "mmengine.ConstantLR": some(factor=st.sampled_from([0.1, 0.5, 1.0]), **RANGE),
    "mmengine.StepLR": some({"step_size": lengths}, gamma=st.sampled_from([0.1, 0.9, 1.05]), **RANGE),
    "mmengine.MultiStepLR": some(
        {"milestones": st.lists(lengths, max_size=4)}, gamma=st.sampled_from([0.1, 0.9, 1.05]), **RANGE
    ),
    "mmengine.ExponentialLR": some({"gamma": st.sampled_from([0.9, 0.99, 1.01])}, **RANGE),
    "mmengine.PolyLR": some(RANGE, eta_min=lrs, power=powers),
    "mmengine.CosineAnnealingLR": some(T_max=lengths, **RANGE) | either(*FLOORED, some(T_max=lengths, **RANGE)),
    "mmengine.CosineRestartLR": either(
        *FLOORED,
        st.lists(lengths, min_size=1, max_size=4).flatmap(
            lambda periods: some(
                {
                    "periods": st.just(periods),
                    "restart_weights": st.lists(rates, min_size=len(periods), max_size=len(periods)),
                },
                **RANGE,
            )
        ),
    ),
    "mmengine.OneCycleLR": some(
        {"eta_max": lrs, "total_steps": st.integers(LAST, 2 * LAST)},
        pct_start=st.sampled_from([0.25, 0.3, 0.45]),
        anneal_strategy=st.sampled_from(["cos", "linear"]),
        div_factor=st.sampled_from([1.0, 25.0]),
        final_div_factor=st.sampled_from([1.0, 1e4]),
        three_phase=st.booleans(),
        **RANGE,
    ),
    "deepspeed.WarmupLR": some(WARMUP, warmup_min_lr=lrs, warmup_max_lr=lrs),
    "deepspeed.WarmupDecayLR": some({"total_num_steps": lengths}, **WARMUP, warmup_min_lr=lrs, warmup_max_lr=lrs),
    "deepspeed.WarmupCosineLR": some(
        {"total_num_steps": lengths}, **WARMUP, warmup_min_ratio=rates, cos_min_ratio=rates
    ),
    "deepspeed.OneCycle": some(
        {"cycle_min_lr": lrs, "cycle_max_lr": lrs},
        decay_lr_rate=rates,
        cycle_first_step_size=lengths,
        cycle_second_step_size=lengths_or_zero,
        cycle_first_stair_count=st.integers(0, 9),
        cycle_second_stair_count=st.integers(0, 9),
        decay_step_size=lengths_or_zero,
        cycle_momentum=st.booleans(),
        cycle_min_mom=st.sampled_from([0.7, 0.8]),
        cycle_max_mom=st.sampled_from([0.9, 0.95]),
        decay_mom_rate=st.sampled_from([0.0, 1e-3]),
    ),
    "deepspeed.LRRangeTest": some(
        lr_range_test_min_lr=lrs,
        lr_range_test_step_size=lengths,
        lr_range_test_step_rate=rates,
        lr_range_test_staircase=st.booleans(),
    ),
}


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """DeepSpeed logs to stdout that a scheduler which is just made has no lr yet."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def model(name: str) -> type[Scheduler]:
    found = SCHEDULERS.find(name)
    assert found is not None
    return found


def class_of(name: str) -> Any:
    cls = model(name)
    one = cls.model_validate(
        {"name": name, **{k: tuple(v) if isinstance(v, list) else v for k, v in cls.example.items()}}
    )
    return library_class(one.module, one.class_name, one.install, by_itself=one.by_itself)


def test_every_scheduler_of_these_libraries_has_a_model() -> None:
    theirs: dict[str, set[str]] = {
        "transformers": {
            function.__name__
            for function in import_module("transformers.optimization").TYPE_TO_SCHEDULER_FUNCTION.values()
        },
        "timm": {name for name in vars(imported("timm.scheduler", by_itself=True)) if name.endswith("LRScheduler")},
        "mmengine": {
            name
            for name, value in vars(import_module("mmengine.optim.scheduler.lr_scheduler")).items()
            if inspect.isclass(value) and name.endswith("LR")
        },
        "deepspeed": set(import_module("deepspeed.runtime.lr_schedules").VALID_LR_SCHEDULES),
    }
    # What it makes is a class of its own.
    theirs["transformers"] ^= {"get_greedy_schedule", "GreedyLR"}
    for library, names in theirs.items():
        ours = {class_of(name).__name__ for name in NAMES if name.startswith(f"{library}.")}
        assert ours == names - WITHOUT_CLASS[library], library


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_defaults_are_the_librarys(name: str) -> None:
    theirs = {
        key: parameter.default for key, parameter in _signature(class_of(name)).parameters.items() if key not in THEIRS
    }
    fields = {key: field for key, field in model(name).model_fields.items() if key not in OURS}
    assert sorted(fields) == sorted(theirs)
    for key, default in theirs.items():
        if default is inspect.Parameter.empty:
            assert fields[key].is_required(), key
        elif fields[key].default is not None:
            assert fields[key].default == (tuple(default) if isinstance(default, list) else default), key
        else:
            # mmengine's own end is a number beyond any run.
            assert default is None or default == 10**9, key


def _signature(found: Any) -> inspect.Signature:
    """Return a signature; mmengine's classes hand on what they are given."""
    own = [inspect.signature(one) for one in getattr(found, "__mro__", (found,)) if one is not object]
    return next(one for one in own if "args" not in one.parameters)


def test_every_scheduler_is_tried() -> None:
    assert sorted(PARAMETERS) == sorted(NAMES)


@st.composite
def documents(draw: st.DrawFn, name: str) -> Plain:
    """A document of one scheduler, or of several of mmengine's, which people chain."""
    groups = draw(st.lists(lrs, min_size=1, max_size=3))
    each = draw(st.integers(1, 3))
    watches = model(name).watches_metric
    members = [{"name": name, **draw(PARAMETERS[name])}]
    if name.startswith("mmengine.") and draw(st.booleans()):
        other = draw(st.sampled_from([one for one in NAMES if one.startswith("mmengine.")]))
        members.append({"name": other, **draw(PARAMETERS[other])})
    if name.startswith("timm.") and draw(st.booleans()):
        members[0]["lr_scale"] = draw(st.lists(rates, min_size=len(groups), max_size=len(groups)))
    return {
        "epochs": draw(st.integers(1, LAST // each)),
        "steps_per_epoch": each,
        "interval": draw(st.sampled_from(["epoch", "step"])),
        "optimizer": {"name": "AdamW", "lr": 0.05, "groups": [{"lr": lr} for lr in groups]},
        "scheduler": members,
        **(
            {"metric": {"expression": draw(st.sampled_from(["0.97 ** t", "sin(t)", "abs(sin(t / 9))", "1 + t"]))}}
            if watches
            else {}
        ),
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_library_and_the_reference_agree(name: str) -> None:
    @settings(deadline=None)
    @given(documents(name))
    def agree(plain: Plain) -> None:
        note(yaml.safe_dump(plain))
        document = loads(yaml.safe_dump(plain))
        laid = plan(document)
        try:
            known = reference.run(document).recording
        except Refusal as refusal:
            note(f"reference: {refusal}")
            with pytest.raises(Refusal):
                real.run(laid)
            return
        verdict = crosscheck.compare(known, real.run(laid), tuple(group.name for group in document.optimizer.groups))
        note(verdict.sentence)
        assert verdict.verdict == "agree"
        assert name.partition(".")[0] in verdict.ran

    agree()


@pytest.mark.parametrize(
    "more", [{}, {"interval": "epoch"}, {"frequency": 2, "start": 5}, {"repeat": 3, "frequency": 4}]
)
@pytest.mark.parametrize("name", NAMES)
def test_the_printed_script_is_the_librarys_own(
    name: str, more: Plain, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = name.partition(".")[0]
    scheduler = {"name": name, **model(name).example, **more}
    if library == "timm":
        scheduler |= {"lr_scale": [1.0, 0.5], "noise_range_t": [9]}
        spec = find_spec("timm")
        assert spec is not None
        monkeypatch.setitem(sys.modules, "timm", module_from_spec(spec))
    plain = {
        "steps": 60,
        "steps_per_epoch": 3,
        "interval": "step",
        "optimizer": {"name": "AdamW", "lr": 0.1, "groups": [{}, {"lr": 0.02}]},
        "scheduler": scheduler,
        **({"metric": {"expression": "abs(sin(t / 9))"}} if model(name).watches_metric else {}),
    }
    document = loads(yaml.safe_dump(plain))
    expected = real.run(plan(document)).lr
    exec(compile(torch_script(document), "<script>", "exec"), {"__name__": "__main__"})
    rows = [line.split()[1:] for line in capsys.readouterr().out.splitlines() if line[0].isdigit()]
    np.testing.assert_array_equal(np.array(rows, dtype=np.float64), expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_goes_on_from_the_librarys_own_state(name: str) -> None:
    scheduler = {"name": name, **model(name).example}
    plain = {"steps": 60, "interval": "step", "optimizer": {"name": "AdamW", "lr": 0.1}, "scheduler": scheduler}
    if model(name).watches_metric:
        plain["metric"] = {"expression": "abs(sin(t / 9))"}
    laid = plan(loads(yaml.safe_dump(plain)))
    found = {one.recipe.name: one.recording.lr for one in Interruption(laid, 25).perform()}
    np.testing.assert_allclose(found["scheduler-built-first"], real.run(laid).lr[25:], rtol=1e-14)
    assert ("last_epoch=K" in found) == (name.startswith("transformers.") and not model(name).watches_metric)


def test_what_a_checkpoint_keeps_is_said_in_the_keys_of_a_config(tmp_path: Path) -> None:
    """And not in attributes that follow from others, as timm's warmup_steps, which are no steps."""
    head = "epochs: 12\nopt: sgd\nsched: cosine\nlr: 0.1\nwarmup_lr: 0.001\n"
    for name, warm_up in (("before", 2), ("after", 4)):
        (tmp_path / f"{name}.yaml").write_text(f"{head}warmup_epochs: {warm_up}\n")
    before, after = (tmp_path / f"{name}.yaml" for name in ("before", "after"))
    documents = [lrviz.document(one, dialect="timm", facts={"batches_per_epoch": 3}) for one in (before, after)]
    with torch_is_here():
        found = lrviz.resume(documents[0], at=12, into=documents[1])
    (resumed,) = found.interrupted.resumed
    assert [(one.field, one.asked, one.kept) for one in resumed.replaced] == [("warmup_epochs", 4, 2)]


@pytest.mark.parametrize(
    "path",
    # axolotl asks for another torch, and Ultralytics has no class.
    [path for path in sorted((ROOT / "configs/libraries").glob("*.yaml")) if path.stem.startswith(LIBRARIES)],
    ids=lambda path: path.stem,
)
def test_our_own_documents_agree(path: Path) -> None:
    document = load(path)
    verdict = crosscheck.compare(reference.run(document).recording, real.run(plan(document)), ("0",))
    assert verdict.verdict == "agree"
    assert path.stem.partition("-")[0] in verdict.ran


def test_a_package_that_is_not_run_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who imports timm later gets the whole of it."""

    def here() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] == "timm"]

    for name in here():
        monkeypatch.delitem(sys.modules, name)
    imported.cache_clear()
    assert class_of("timm.CosineLRScheduler").__name__ == "CosineLRScheduler"
    assert here() == []
