"""The registry is complete, each class is torch's own, and each says what it does."""

from __future__ import annotations

import inspect
import math
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from torch.optim import lr_scheduler

from lrviz.documents.load import loads
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare.schedule import compare
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.real.libraries import library_class
from lrviz.engines.real.schedule import Host
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.foundation.errors import DocumentError, Refusal
from lrviz.language.registry import Registry, name_of
from lrviz.optimizers import OPTIMIZERS
from lrviz.runs.api import simulate
from lrviz.schedulers import SCHEDULERS, Leaf, Scheduler
from lrviz.schedulers import torch as torch_schedulers
from lrviz.schedulers.maps import At, ParamGroups
from lrviz.schedulers.stepping import Stepping
from tests.versions import only_modelled

RENAMED = {"name", *Stepping.model_fields}
"""Fields that are lrviz's own."""


def real(scheduler: type[Scheduler]) -> Any:
    return library_class(scheduler.module, scheduler.__name__)


@pytest.mark.parametrize("registry", [SCHEDULERS, OPTIMIZERS], ids=lambda registry: registry.kind)
def test_each_library_has_a_folder_that_lists_its_classes(registry: Registry[Any]) -> None:
    package = import_module(f"lrviz.{registry.kind}s")
    names = [one.name for one in iter_modules(package.__path__) if one.ispkg]
    # Those of other libraries are imported when they are named: test_guests.py and test_foreign_schedulers.py.
    folders = [one for name in names if hasattr(one := import_module(f"{package.__name__}.{name}"), "CLASSES")]
    assert [cls for folder in folders for cls in folder.CLASSES] == list(registry)
    for folder in folders:
        library = folder.__name__.rpartition(".")[2]
        prefix = "" if library == "torch" else f"{library}."
        assert [name_of(cls) for cls in folder.CLASSES] == [prefix + cls.__name__ for cls in folder.CLASSES]
        assert {cls.module.partition(".")[0] for cls in folder.CLASSES} == {library}
        for cls in folder.CLASSES:
            assert cls.__module__.startswith(f"{folder.__name__}.")


def document(scheduler: object, epochs: int = 60, **more: object) -> ScheduleDocument:
    plain = {"epochs": epochs, "optimizer": {"name": "SGD", "lr": 0.1, "momentum": 0.9}, "scheduler": scheduler}
    return loads(yaml.safe_dump({**plain, **more}))


@only_modelled
def test_every_scheduler_of_torch_has_a_model() -> None:
    theirs = {
        name
        for name, value in vars(lr_scheduler).items()
        if inspect.isclass(value) and issubclass(value, lr_scheduler.LRScheduler) and not name.startswith("_")
    } - {"LRScheduler"} | {"SWALR"}
    assert {scheduler.__name__ for scheduler in torch_schedulers.CLASSES} == theirs


@only_modelled
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_parameters_and_defaults_are_torchs(scheduler: type[Scheduler]) -> None:
    theirs = {
        name: parameter.default
        for name, parameter in inspect.signature(real(scheduler)).parameters.items()
        if name not in {"optimizer", "last_epoch"}
    }
    fields = {name: field for name, field in scheduler.model_fields.items() if name not in RENAMED}
    assert sorted(fields) == sorted(theirs)
    for name, default in theirs.items():
        if default is inspect.Parameter.empty:
            assert fields[name].is_required(), name
        else:
            assert fields[name].default == default, name


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler_explains_itself(scheduler: type[Scheduler]) -> None:
    text = inspect.getdoc(scheduler) or ""
    sentence = text.split("\n\n")[0]
    assert sentence.endswith(".")
    assert "lr" in text.split("Formula")[1]
    assert "Source: https://docs.pytorch.org/" in text
    for name, field in scheduler.model_fields.items():
        assert name == "name" or field.description, name


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_example_moves_the_lr_and_agrees(scheduler: type[Scheduler]) -> None:
    shown = document({"name": scheduler.__name__, **scheduler.example}, metric={"expression": "max(0.2, 0.9 ** t)"})
    ours = reference.run(shown).recording
    assert compare(ours, pytorch.run(plan(shown)), ("0",)).max_rel == pytest.approx(0, abs=1e-14)
    assert np.ptp(ours.lr) > 0


@pytest.mark.parametrize("scheduler", [one for one in SCHEDULERS if hasattr(real(one), "_get_closed_form_lr")])
def test_entering_a_stage_is_torchs_closed_form_at_zero(scheduler: type[Scheduler]) -> None:
    """As `SequentialLR.step` calls it: `_update_lr(0)`."""
    leaf = scheduler.model_validate({"name": scheduler.__name__, **_tuples(scheduler.example)})
    assert isinstance(leaf, Leaf)
    theirs = real(scheduler)(Host({"lr": 0.1}, ({"lr": 0.1}, {"lr": 0.5})), **_tuples(scheduler.example))
    theirs.last_epoch = 0
    groups = ParamGroups(np.array([3.0, 4.0]))
    entry = leaf.entry(groups, np.array([0.1, 0.5]))
    entered = entry.scale * (groups.lr - entry.centre) + entry.centre + entry.shift
    assert entered.tolist() == pytest.approx(theirs._get_closed_form_lr(), rel=1e-15)


def _tuples(arguments: dict[str, object]) -> dict[str, object]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in arguments.items()}


def test_a_leaf_answers_for_many_ticks_as_for_one() -> None:
    cosine = next(one for one in SCHEDULERS if one.__name__ == "CosineAnnealingLR").model_validate(
        {"T_max": 7, "eta_min": 0.01}
    )
    assert isinstance(cosine, Leaf)
    groups, base = ParamGroups(np.array([0.1])), np.array([0.1])
    many = cosine.update(At(3, 3, 60), groups, base)
    for step in range(60):
        one = cosine.update(At(3 + step, 3 + step), groups, base)
        for part, whole in ((one.scale, many.scale), (one.centre, many.centre), (one.shift, many.shift)):
            assert np.ravel(part)[0] == np.broadcast_to(whole, (60, 1))[step, 0]


# Behaviour of torch that surprises people, each as it was seen in torch itself.


def lr(scheduler: object, epochs: int = 12, **more: object) -> list[float]:
    shown = document(scheduler, epochs, **more)
    ours, theirs = reference.run(shown).recording, pytorch.run(plan(shown))
    assert compare(ours, theirs, ("0",)).verdict == "agree"
    values: list[float] = theirs.lr[:, 0].tolist()
    return values


WARM_UP = {"name": "LinearLR", "start_factor": 0.1, "total_iters": 4}
HALVING = {"name": "ExponentialLR", "gamma": 0.5}
NO_TIME = {"name": "PolynomialLR", "total_iters": 0, "power": 0.0}
COSINE = {"name": "CosineAnnealingLR", "T_max": 8}


def test_a_milestone_inside_a_chain_erases_the_other_members_decay() -> None:
    sequence = {"name": "SequentialLR", "milestones": [6], "schedulers": [WARM_UP, {"name": "StepLR", "step_size": 50}]}
    values = lr([HALVING, sequence])
    assert values[5] < 0.01
    assert values[6] == 0.1


def test_a_list_depends_on_which_member_is_built_last() -> None:
    sequence = {"name": "SequentialLR", "milestones": [4], "schedulers": [WARM_UP, COSINE]}
    constant = {"name": "ConstantLR", "factor": 0.5, "total_iters": 2}
    assert lr([sequence, constant])[0] == pytest.approx(0.005)
    assert lr([constant, sequence])[0] == pytest.approx(0.01)


def test_a_sequence_wrapped_alone_in_another_is_shifted() -> None:
    inner = {"name": "SequentialLR", "milestones": [4], "schedulers": [WARM_UP, COSINE]}
    assert lr({"name": "SequentialLR", "milestones": [], "schedulers": [inner]}) != lr(inner)


@only_modelled
def test_a_chain_as_first_stage_starts_at_a_lr_of_its_own() -> None:
    chain = {"name": "ChainedScheduler", "schedulers": [HALVING]}
    assert lr({"name": "SequentialLR", "milestones": [6], "schedulers": [chain, COSINE]})[0] == 0.05


def test_linear_lr_without_iterations_sticks_at_its_start_factor() -> None:
    assert lr({"name": "LinearLR", "start_factor": 0.5, "total_iters": 0}) == [0.05] * 12


def test_past_t_max_the_cosine_climbs_again() -> None:
    values = lr({"name": "CosineAnnealingLR", "T_max": 4}, 9)
    assert values[4] == 0
    assert values[8] == pytest.approx(0.1)


@only_modelled
def test_entering_multiplicative_lr_multiplies_the_standing_lr() -> None:
    members = [{"name": "ConstantLR", "factor": 1.0}, {"name": "MultiplicativeLR", "lr_lambda": "0.5"}]
    assert lr({"name": "SequentialLR", "milestones": [2], "schedulers": members})[:4] == [0.1, 0.1, 0.05, 0.025]


def test_swalr_without_annealing_sets_its_lr_at_construction() -> None:
    assert lr(HALVING, swa={"start": 4, "swa_lr": 0.3, "anneal_epochs": 0})[0] == 0.3


def test_with_swa_start_4_the_first_changed_value_is_the_seventh() -> None:
    steady = {"name": "ConstantLR", "factor": 1.0}
    values = lr(steady, swa={"start": 4, "swa_lr": 0.3, "anneal_epochs": 2})
    assert values[:6] == [0.1] * 6
    assert values[6] > 0.1


def test_one_cycle_overwrites_lr_and_momentum_at_construction() -> None:
    shown = document({"name": "OneCycleLR", "max_lr": 1.0, "total_steps": 12}, 12)
    recording = pytorch.run(plan(shown))
    assert recording.lr[0, 0] == pytest.approx(1.0 / 25)
    assert recording.params["momentum"][0, 0] == 0.95
    assert compare(reference.run(shown).recording, recording, ("0",)).verdict == "agree"


def test_a_long_cosine_wave_agrees_to_the_digits_that_rounding_amplifies() -> None:
    """Beside its floor one ulp of the cosine becomes the amplitude of the whole climb."""
    shown = document({"name": "CosineAnnealingLR", "T_max": 12_000, "eta_min": 1e-3}, 40_000)
    verdict = compare(reference.run(shown).recording, pytorch.run(plan(shown)), ("0",))
    assert verdict.max_rel == pytest.approx(0, abs=1e-11)


@pytest.mark.parametrize(
    ("scheduler", "path"),
    [
        (
            {
                "name": "SequentialLR",
                "milestones": [5],
                "schedulers": [HALVING, {"name": "LinearLR", "total_iters": 0}],
            },
            1,
        ),
        (
            {
                "name": "SequentialLR",
                "milestones": [5],
                "schedulers": [HALVING, {"name": "PolynomialLR", "total_iters": 0}],
            },
            1,
        ),
        ({"name": "ConstantLR", "factor": 0.0}, None),
        ({"name": "SequentialLR", "milestones": [5], "schedulers": [HALVING, NO_TIME]}, 1),
        ({"name": "LambdaLR", "lr_lambda": "1 / (5 - t)"}, None),
        ({"name": "ExponentialLR", "gamma": 0.5}, "never"),
        ({"name": "PolynomialLR", "total_iters": 8, "power": -1.0}, None),
    ],
)
def test_both_engines_refuse_the_same(scheduler: dict[str, object], path: int | str | None) -> None:
    shown = document(scheduler, 12)
    if path == "never":
        assert math.isfinite(lr(scheduler)[-1])
        return
    with pytest.raises(Refusal) as ours:
        reference.run(shown)
    with pytest.raises(Refusal) as theirs:
        pytorch.run(plan(shown))
    at = ("scheduler",) if path is None else ("scheduler", "schedulers", path)
    assert ours.value.problems[0].path[: len(at)] == at
    assert theirs.value.problems[0].path == ("scheduler",)


def test_a_lr_that_swalr_leaves_alone_is_left_to_the_last_digit() -> None:
    """One ulp decides whether ReduceLROnPlateau finds a change above eps."""
    plateau = {"name": "ReduceLROnPlateau", "mode": "max", "eps": 0.001, "patience": 0, "factor": 0.9}
    at_rest = {"name": "SWALR", "swa_lr": 0.1, "anneal_epochs": 12}
    assert lr([at_rest, plateau], 3, metric={"expression": "0.9 ** t"})[0] == 0.1


def test_a_floor_above_the_lr_is_called_a_rise() -> None:
    curves = simulate(document({**COSINE, "eta_min": 0.5}, 8), engine="reference").curves
    assert [phase.label for phase in curves.phases] == ["cosine rise"]


def test_only_reductions_that_reduce_are_marked() -> None:
    plateau = {"name": "ReduceLROnPlateau", "patience": 4, "min_lr": 1e-3}
    curves = simulate(document(plateau, 60, metric={"expression": "1"}), engine="reference").curves
    assert [mark.tick for mark in curves.marks] == [6, 11]
    assert (np.flatnonzero(np.diff(curves.lr[:, 0])) + 1).tolist() == [6, 11]


def test_a_run_that_ends_inside_an_epoch_is_drawn_to_its_last_step() -> None:
    plain = {"steps": 1000, "steps_per_epoch": 300, "optimizer": {"name": "SGD"}, "scheduler": HALVING}
    curves = simulate(loads(yaml.safe_dump(plain)), engine="reference").curves
    assert curves.steps == 4
    assert curves.extent == pytest.approx(10 / 3)


def test_triangular2_ends_where_powers_of_two_end() -> None:
    cyclic = {"name": "CyclicLR", "base_lr": 0.01, "max_lr": 1.0, "step_size_up": 1, "mode": "triangular2"}
    assert math.isfinite(lr(cyclic, 2000)[-1])
    for engine in (reference.run, lambda one: pytorch.run(plan(one))):
        with pytest.raises(Refusal):
            engine(document(cyclic, 2100))


def test_an_epoch_that_the_run_cuts_short_is_no_tick_among_steps() -> None:
    members = [
        {**WARM_UP, "interval": "step"},
        {"name": "OneCycleLR", "max_lr": 1.0, "total_steps": 19, "cycle_momentum": False},
    ]
    plain = {"steps": 137, "steps_per_epoch": 7, "optimizer": {"name": "SGD"}, "scheduler": members}
    shown = loads(yaml.safe_dump(plain))
    assert [len(member.when) for member in shown.members()] == [137, 19]
    assert compare(reference.run(shown).recording, pytorch.run(plan(shown)), ("0",)).verdict == "agree"


def test_the_default_dtype_is_left_as_it_was() -> None:
    before = torch.get_default_dtype()
    pytorch.run(plan(document(HALVING)))
    assert torch.get_default_dtype() == before


def test_an_unknown_scheduler_is_no_document() -> None:
    with pytest.raises(DocumentError, match="did you mean StepLR"):
        document({"name": "StpLR", "step_size": 3})
