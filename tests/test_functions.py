"""The test functions: gradients against torch and against differences, minima proved, batches bit for bit."""

from __future__ import annotations

import inspect
import itertools
import pickle
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lrviz.functions import FUNCTIONS, Function
from lrviz.functions.bowls import Quadratic
from lrviz.functions.flats import Michalewicz
from tests.cli import lrviz

SURFACES: list[Function] = [
    *(cls() for cls in FUNCTIONS),
    Quadratic(kappa=400.0, rotation=30.0),
    Michalewicz(m=3),
]
every_surface = pytest.mark.parametrize("function", SURFACES, ids=lambda one: one.words)

EIGENVALUES = {
    "quadratic": (1, 25),
    "rosenbrock": (0.399, 1002),
    "beale": (0.30, 49),
    "booth": (2, 18),
    "matyas": (0.04, 1),
    "dixon_price": (1.77, 36),
    "zakharov": (2, 4.5),
    "styblinski_tang": (34.6, 34.6),
    "three_hump_camel": (1.59, 4.41),
    "six_hump_camel": (7.7, 16.5),
    "goldstein_price": (403, 965),
    "mccormick": (1.7, 4),
    "rastrigin": (397, 397),
    "griewank": (0.5, 1),
    "levy_13": (2, 180),
    "easom": (3, 3),
    "michalewicz": (32, 81),
    "schaffer_2": (0.002, 0.002),
    "schwefel": (0.25, 0.25),
    "saddle": (2, 4),
    "plateau": (1, 1),
}


def torch_gradient(function: Function, x: float, y: float) -> tuple[float, float, float]:
    point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    value = function.value(point[0], point[1], torch)
    value.backward()
    assert point.grad is not None
    return float(value.detach()), *point.grad.tolist()  # type: ignore[return-value]


def at(function: Function, x: float, y: float) -> tuple[float, float, float]:
    points = np.array([[x], [y]])
    by_x, by_y = function.gradient(points[0], points[1])
    return float(function.value(points[0], points[1])[0]), float(by_x[0]), float(by_y[0])


def inside(function: Function) -> st.SearchStrategy[tuple[float, float]]:
    (left, right), (low, high) = function.domain
    return st.tuples(st.floats(left, right), st.floats(low, high))


@every_surface
@settings(max_examples=60)
@given(data=st.data())
def test_the_gradient_is_torchs(function: Function, data: st.DataObject) -> None:
    x, y = data.draw(inside(function))
    value, by_x, by_y = at(function, x, y)
    theirs = torch_gradient(function, x, y)
    size = max(1e-3, abs(theirs[1]), abs(theirs[2]), abs(theirs[0]))
    assert value == pytest.approx(theirs[0], rel=1e-9, abs=1e-9)
    assert (by_x, by_y) == pytest.approx(theirs[1:], rel=1e-7, abs=1e-8 * size)


@every_surface
def test_the_gradient_is_the_slope(function: Function) -> None:
    (left, right), (low, high) = function.view
    generator = np.random.default_rng(0)
    x, y = generator.uniform(left, right, 500), generator.uniform(low, high, 500)
    h = 1e-6 * (right - left)
    by_x, by_y = function.gradient(x, y)
    slope_x = (function.value(x + h, y) - function.value(x - h, y)) / (2 * h)
    slope_y = (function.value(x, y + h) - function.value(x, y - h)) / (2 * h)
    size = np.abs(by_x) + np.abs(by_y) + np.abs(function.value(x, y)) + 1
    # Half a percent: a kink may lie between the two points.
    assert np.mean(np.abs(by_x - slope_x) > 1e-4 * size) < 0.005
    assert np.mean(np.abs(by_y - slope_y) > 1e-4 * size) < 0.005


@every_surface
def test_minima_are_minima(function: Function) -> None:
    (left, right), (low, high) = function.domain
    for x, y in function.minima:
        assert left <= x <= right
        assert low <= y <= high
        value, by_x, by_y = at(function, x, y)
        assert value == pytest.approx(function.minimum, abs=1e-10)
        theirs = torch_gradient(function, x, y)
        assert np.isfinite([by_x, by_y, *theirs]).all()
        if "smooth" not in function.no_basins and function.name not in {"ackley", "powell"}:
            assert np.hypot(by_x, by_y) < 1e-5
    if function.minimum is not None:
        grid = np.meshgrid(np.linspace(left, right, 801), np.linspace(low, high, 801))
        assert function.value(*grid).min() >= function.minimum - 1e-9


@every_surface
def test_nothing_near_a_minimum_is_lower(function: Function) -> None:
    generator = np.random.default_rng(0)
    for x, y in function.minima:
        for radius in (1e-1, 1e-3, 1e-5, 1e-7):
            around = generator.uniform(-radius, radius, (2, 200))
            near = function.value(x + around[0], y + around[1])
            assert near.min() >= (function.minimum or 0.0) - 1e-9


@pytest.mark.parametrize(
    "function", [one for one in SURFACES[: len(FUNCTIONS)] if one.name in EIGENVALUES], ids=lambda f: f.name
)
def test_curvature_at_the_minimum(function: Function) -> None:
    point = torch.tensor(function.minima[0], dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(lambda p: function.value(p[0], p[1], torch), point)
    found = torch.linalg.eigvalsh(hessian).tolist()
    # The table gives two or three digits.
    assert found == pytest.approx(EIGENVALUES[function.name], rel=0.13)


def test_the_sharp_well_is_the_deeper_one() -> None:
    two_wells = next(one for one in SURFACES if one.name == "two_wells")
    flat = min(at(two_wells, 1.2 + x, 0.0)[0] for x in np.linspace(-0.1, 0.1, 201))
    assert flat == pytest.approx(0.1, abs=0.01)
    assert two_wells.minimum is not None
    assert two_wells.minimum < flat
    curvature = torch.autograd.functional.hessian(
        lambda p: two_wells.value(p[0], p[1], torch), torch.tensor(two_wells.minima[0], dtype=torch.float64)
    )
    assert torch.linalg.eigvalsh(curvature)[0] > 60


@every_surface
def test_many_points_at_once_are_what_each_is_alone(function: Function) -> None:
    (left, right), (low, high) = function.domain
    generator = np.random.default_rng(1)
    points = np.array([generator.uniform(3 * left, 3 * right, 67), generator.uniform(3 * low, 3 * high, 67)])
    points[:, 0], points[:, 1] = 1e200, np.nan
    with np.errstate(all="ignore"):
        together = np.array([function.value(*points), *function.gradient(*points)])
        for index in range(points.shape[1]):
            one = points[:, index : index + 1]
            alone = np.array([function.value(*one), *function.gradient(*one)])
            assert together[:, index].tobytes() == alone[:, 0].tobytes()


@every_surface
def test_facts(function: Function) -> None:
    for (least, greatest), (low, high), place in zip(function.domain, function.view, function.start, strict=True):
        assert least <= low < high <= greatest
        assert low <= place <= high
    for x, y in function.minima:
        (left, right), (low, high) = function.view
        assert left <= x <= right
        assert low <= y <= high
    assert pickle.loads(pickle.dumps(function)) == function
    value, *gradient = at(function, *function.start)
    assert np.isfinite([value, *gradient]).all()


@pytest.mark.parametrize("cls", FUNCTIONS, ids=lambda cls: cls.__name__)
def test_every_function_is_documented(cls: type[Function]) -> None:
    doc = inspect.getdoc(cls) or ""
    assert doc.partition("\n")[0].endswith(".")
    assert "\nFormula:\n    " in doc
    assert "\nSource: " in doc
    assert cls.character
    assert re.fullmatch("[a-z0-9_]+", cls.name)
    for field in fields(cls):  # type: ignore[arg-type]
        assert field.default is not inspect.Parameter.empty


def test_names_are_unique() -> None:
    names = [cls.name for cls in FUNCTIONS]
    assert len(set(names)) == len(names) == 33
    for one, other in itertools.combinations(names, 2):
        assert one.replace("_", "-") != other


def test_parameters_are_in_the_words_and_validated() -> None:
    assert Quadratic().words == "quadratic"
    assert Quadratic(kappa=100.0).words == "quadratic, kappa = 100"
    for wrong in ({"kappa": 0}, {"kappa": -1}, {"kappa": "a"}):
        with pytest.raises(ValidationError):
            TypeAdapter(Quadratic).validate_python(wrong)


def test_a_rotated_bowl_is_the_same_bowl() -> None:
    plain, turned = Quadratic(), Quadratic(rotation=90.0)
    assert at(turned, 0.3, 0.7)[0] == pytest.approx(at(plain, 0.7, -0.3)[0])


def test_the_list_knows_them(tmp_path: Path) -> None:
    done = lrviz("list", "functions", cwd=tmp_path)
    assert done.returncode == 0
    assert all(re.search(rf"^\s*{cls.name}\b", done.stdout, re.MULTILINE) for cls in FUNCTIONS)
    shown = lrviz("list", "functions", "Drop-Wave", cwd=tmp_path).stdout
    for part in ("drop_wave", "Formula:", "Source:", "domain", "start", "minima", "rings"):
        assert part in shown
    assert "condition number" in lrviz("list", "functions", "quadratic", cwd=tmp_path).stdout
    wrong = lrviz("list", "functions", "rosenbrok", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "did you mean rosenbrock?" in wrong.stderr
