"""The models of the optimizers against torch's own classes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.optimizers import torch as torch_optimizers
from tests.races import optimizer_of
from tests.versions import only_modelled

# Torch 2.6 has no Muon, and other annotations.
pytestmark = only_modelled

TORCH = {
    name: cls
    for name, cls in vars(torch.optim).items()
    if inspect.isclass(cls) and issubclass(cls, torch.optim.Optimizer) and cls is not torch.optim.Optimizer
}
every_optimizer = pytest.mark.parametrize("cls", OPTIMIZERS, ids=lambda cls: cls.__name__)

# What torch's constructor lets pass and its step fails on, or what means nothing at all.
STRICTER = {
    ("LBFGS", "max_iter"),
    ("LBFGS", "max_eval"),
    ("LBFGS", "tolerance_grad"),
    ("LBFGS", "tolerance_change"),
    ("LBFGS", "history_size"),
    ("LBFGS", "line_search_fn"),
    ("Muon", "eps"),
    ("Muon", "ns_steps"),
    ("Rprop", "step_sizes"),
}


def arguments(cls: type[Optimizer]) -> list[inspect.Parameter]:
    return list(inspect.signature(TORCH[cls.__name__]).parameters.values())[1:]


def build(cls: type[Optimizer], hyperparameters: dict[str, Any], groups: int = 1) -> torch.optim.Optimizer:
    torch_class: Callable[..., torch.optim.Optimizer] = TORCH[cls.__name__]
    # Muon takes matrices only, and the others do not mind.
    matrices = [{"params": [torch.zeros(2, 2, requires_grad=True)]} for _ in range(groups)]
    return torch_class(matrices, **hyperparameters)


def test_every_optimizer_of_torch_has_a_model() -> None:
    assert {cls.__name__ for cls in torch_optimizers.CLASSES} == set(TORCH)


@every_optimizer
def test_fields_are_the_arguments_of_torch(cls: type[Optimizer]) -> None:
    fields = {name: field.default for name, field in cls.model_fields.items() if name != "name"}
    assert list(fields.items()) == [(argument.name, argument.default) for argument in arguments(cls)]


@every_optimizer
def test_torch_takes_the_hyperparameters(cls: type[Optimizer]) -> None:
    model = cls.model_validate({"name": cls.__name__})
    optimizer = build(cls, model.hyperparameters())
    assert optimizer.defaults == build(cls, {}).defaults
    cycled = "beta1" if "betas" in optimizer.defaults else "momentum" if "momentum" in optimizer.defaults else None
    assert model.cycled() == cycled


@every_optimizer
def test_single_group_is_torchs_limit(cls: type[Optimizer]) -> None:
    try:
        build(cls, {}, groups=2)
    except ValueError:
        assert cls.single_group
    else:
        assert not cls.single_group


@every_optimizer
def test_every_optimizer_is_documented(cls: type[Optimizer]) -> None:
    doc = inspect.getdoc(cls) or ""
    assert doc.partition("\n")[0].endswith(".")
    assert "\nFormula, " in doc
    assert f"\nSource: https://docs.pytorch.org/docs/stable/generated/torch.optim.{cls.__name__}.html;" in doc
    assert all(field.description for name, field in cls.model_fields.items() if name != "name")
    assert cls.state_per_parameter


NUMBERS = st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.5, 0.999, 1.0, 1.5, 50.0]) | st.floats(-2, 2)
TRUTHS = st.booleans()
CHOICES = ["strong_wolfe", "original", "match_rms_adamw", "another"]
RAW: dict[str, st.SearchStrategy[Any]] = {
    "bool": TRUTHS,
    "bool | None": st.none() | TRUTHS,
    "int": st.integers(-1, 120),
    "int | None": st.none() | st.integers(-1, 120),
    "str | None": st.none() | st.sampled_from(CHOICES),
    "float": NUMBERS,
    "float | Tensor": NUMBERS,
    "tuple[float, float]": st.tuples(NUMBERS, NUMBERS),
    "tuple[float | Tensor, float | Tensor]": st.tuples(NUMBERS, NUMBERS),
    "tuple[float | None, float]": st.tuples(st.none() | NUMBERS, NUMBERS),
    "tuple[float, float, float]": st.tuples(NUMBERS, NUMBERS, NUMBERS),
}
"""Values of the right type for each annotation in torch's signatures."""


def raw_hyperparameters(cls: type[Optimizer]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={a.name: RAW[inspect.formatannotation(a.annotation).replace("torch.", "")] for a in arguments(cls)},
    )


@given(st.sampled_from(OPTIMIZERS).flatmap(lambda cls: st.tuples(st.just(cls), raw_hyperparameters(cls))))
def test_the_model_refuses_what_torch_refuses(case: tuple[type[Optimizer], dict[str, Any]]) -> None:
    cls, raw = case
    written = {key: list(value) if isinstance(value, tuple) else value for key, value in raw.items()}
    try:
        hyperparameters = cls.model_validate({"name": cls.__name__, **written}).hyperparameters()
    except ValidationError as refusal:
        if any((cls.__name__, error["loc"][0]) in STRICTER for error in refusal.errors() if error["loc"]):
            return
        with pytest.raises((ValueError, TypeError, RuntimeError)):
            build(cls, raw)
    else:
        assert {key: hyperparameters[key] for key in raw} == raw
        build(cls, hyperparameters)


@pytest.mark.parametrize(
    ("document", "place", "words"),
    [
        ({"name": "SGD", "lr": -0.1}, ("lr",), "greater than or equal to 0"),
        ({"name": "SGD", "lr": "0.1x"}, ("lr",), "a number is needed, or arithmetic"),
        ({"name": "SGD", "lr": float("nan")}, ("lr",), "finite number"),
        ({"name": "SGD", "betas": [0.9, 0.99]}, ("betas",), "Extra inputs are not permitted"),
        (
            {"name": "SGD", "nesterov": True},
            (),
            "nesterov needs a momentum above 0 and a dampening of 0",
        ),
        ({"name": "Adam", "betas": [0.9, 1.0]}, ("betas", 1), "less than 1"),
        ({"name": "Adam", "fused": True, "foreach": True}, (), "fused and foreach are both true"),
        ({"name": "Rprop", "etas": [0.5, 1.0]}, ("etas", 1), "greater than 1"),
        ({"name": "LBFGS", "line_search_fn": "wolfe"}, ("line_search_fn",), "'strong_wolfe'"),
    ],
)
def test_a_refusal_names_the_field_and_what_is_allowed(
    document: dict[str, object], place: tuple[str | int, ...], words: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        optimizer_of(document)
    (error,) = refusal.value.errors()
    assert error["loc"] == place
    assert words in error["msg"]
