"""The test functions: gradients against torch and against differences, minima proved, batches bit for bit."""

from __future__ import annotations

import inspect
import math
import pickle
import re
from dataclasses import MISSING, fields
from typing import get_type_hints

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from typing_extensions import Doc

from lrviz.foundation.plane import Point
from lrviz.functions import FUNCTIONS, Function
from lrviz.functions.bowls import Quadratic
from lrviz.functions.flats import LinearNet, Michalewicz
from lrviz.functions.saddles import HyperbolicSaddle, MonkeySaddle, Saddle
from lrviz.functions.wells import TwoWells
from tests.cli import Ended
from tests.examples import examples

SURFACES: list[Function] = [
    *(cls() for cls in FUNCTIONS),
    Quadratic(kappa=400.0, rotation=30.0),
    *(Michalewicz(m=m) for m in (1, 3, 1000)),
]
every_surface = pytest.mark.parametrize("function", SURFACES, ids=lambda one: one.words)

KNOWN: dict[str, tuple[float | None, tuple[float, float] | None]] = {
    "quadratic": (0, (1, 25)),
    "booth": (0, (2, 18)),
    "matyas": (0, (0.04, 1)),
    "zakharov": (0, (2, 4.5)),
    "mccormick": (-1.9132229550, (1.73, 4)),
    "rosenbrock": (0, (0.399, 1002)),
    "beale": (0, (0.301, 49)),
    "bukin_6": (0, None),
    "dixon_price": (0, (1.77, 36.2)),
    "powell": (0, (2.41e-8, 1.66e10)),
    "himmelblau": (0, (25.7, 133.8)),
    "styblinski_tang": (-78.3323314075, (34.6, 34.6)),
    "three_hump_camel": (0, (1.59, 4.41)),
    "six_hump_camel": (-1.0316284535, (7.68, 16.5)),
    "goldstein_price": (3, (403, 965)),
    "branin": (0.3978873577, (0.861, 22.3)),
    "two_wells": (-0.0025225733, (69.4, 69.4)),
    "rastrigin": (0, (397, 397)),
    "ackley": (0, None),
    "griewank": (0, (0.5, 1)),
    "levy_13": (0, (2, 179.7)),
    "drop_wave": (-1, None),
    "schaffer_2": (0, (0.002, 0.002)),
    "schwefel": (0, (0.252, 0.252)),
    "cross_in_tray": (-2.0626118708, (0.217, 0.251)),
    "holder_table": (-19.2085025679, (19.6, 20.3)),
    "easom": (-1, (3, 3)),
    "michalewicz": (-1.8013034101, (32.5, 81)),
    "plateau": (0, (1, 1)),
    "linear_net": (0, None),
    "saddle": (-1, (2, 4)),
    "hyperbolic_saddle": (None, None),
    "monkey_saddle": (None, None),
}
"""The least value, and the least and greatest curvature at the minima where there is one."""


def torch_gradient(function: Function, x: float, y: float) -> tuple[float, float, float]:
    point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    value = function.value(point[0], point[1], torch)
    value.backward()
    assert point.grad is not None
    return float(value.detach()), *point.grad.tolist()


def at(function: Function, x: float, y: float) -> tuple[float, float, float]:
    points = np.array([[x], [y]])
    by_x, by_y = function.gradient(points[0], points[1])
    return float(function.value(points[0], points[1])[0]), float(by_x[0]), float(by_y[0])


def hessian(function: Function, x: float, y: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = torch.autograd.functional.hessian(  # type: ignore[no-untyped-call]
        lambda point: function.value(point[0], point[1], torch), torch.tensor([x, y], dtype=torch.float64)
    )
    return np.array(rows.tolist())


def inside(function: Function) -> st.SearchStrategy[tuple[float, float]]:
    (left, right), (low, high) = function.domain
    return st.tuples(st.floats(left, right), st.floats(low, high))


@every_surface
@examples(60)
@given(data=st.data())
def test_the_gradient_is_torchs(function: Function, data: st.DataObject) -> None:
    x, y = data.draw(inside(function))
    value, by_x, by_y = at(function, x, y)
    theirs = torch_gradient(function, x, y)
    size = max(1e-3, abs(theirs[1]), abs(theirs[2]), abs(theirs[0]))
    assert value == pytest.approx(theirs[0], rel=1e-9, abs=1e-9)
    assert (by_x, by_y) == pytest.approx(theirs[1:], rel=1e-7, abs=1e-8 * size)


@every_surface
def test_the_gradient_is_torchs_where_a_root_or_a_kink_is(function: Function) -> None:
    # The origin, both axes and, of bukin_6, the ridge.
    for x, y in [*function.minima, (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.01)]:
        ours, theirs = at(function, x, y), torch_gradient(function, x, y)
        assert np.isfinite(ours).all()
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


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
    # A kink may lie between the two points.
    allowed = 0.005 if function.no_basins == "it is not smooth" else 0.0
    assert np.mean(np.abs(by_x - slope_x) > 1e-4 * size) <= allowed
    assert np.mean(np.abs(by_y - slope_y) > 1e-4 * size) <= allowed


@every_surface
def test_minima_are_minima(function: Function) -> None:
    (left, right), (low, high) = function.domain
    generator = np.random.default_rng(0)
    for x, y in function.minima:
        assert left <= x <= right
        assert low <= y <= high
        value, *gradient = at(function, x, y)
        assert function.minimum is not None
        assert function.minimum <= value <= function.minimum + 1e-12
        if function.name != "bukin_6":
            # Newton's step from there leads nowhere.
            step = np.linalg.solve(hessian(function, x, y), gradient)
            assert np.abs(step).max() < 1e-12
        for radius in (1e-1, 1e-3, 1e-5, 1e-7):
            around = generator.uniform(-radius, radius, (2, 200))
            assert function.value(x + around[0], y + around[1]).min() >= function.minimum - 1e-12
    if function.minimum is not None:
        grid = np.meshgrid(np.linspace(left, right, 801), np.linspace(low, high, 801))
        assert function.value(*grid).min() >= function.minimum - 1e-12


def test_the_table_is_theirs() -> None:
    assert {cls.name for cls in FUNCTIONS} == KNOWN.keys()
    for cls in FUNCTIONS:
        function, (minimum, curvatures) = cls(), KNOWN[cls.name]
        assert function.minimum == pytest.approx(minimum, abs=1e-10)
        if curvatures is not None:
            found = [np.linalg.eigvalsh(hessian(function, x, y)) for x, y in function.minima]
            assert (np.min(found), np.max(found)) == pytest.approx(curvatures, rel=0.005)


@pytest.mark.parametrize(
    ("function", "point", "curvatures"),
    [
        (LinearNet(), (2.0, 0.5), (0.0, 8.5)),
        (LinearNet(), (1.0, 1.0), (0.0, 4.0)),
        (Saddle(), (0.0, 0.0), (-2.0, 2.0)),
        (HyperbolicSaddle(), (0.0, 0.0), (-2.0, 2.0)),
        (MonkeySaddle(), (0.0, 0.0), (0.0, 0.0)),
    ],
    ids=lambda one: one.name if isinstance(one, Function) else str(one),
)
def test_stationary_points_that_no_minimum_lists(
    function: Function, point: Point, curvatures: tuple[float, float]
) -> None:
    assert at(function, *point)[1:] == (0.0, 0.0)
    assert np.linalg.eigvalsh(hessian(function, *point)) == pytest.approx(curvatures, abs=1e-12)


def test_the_sharp_well_is_the_deeper_one() -> None:
    two_wells = TwoWells()
    (sharp,) = two_wells.minima
    assert sharp == pytest.approx((-1.2, 0.0), abs=1e-3)
    flat = min((at(two_wells, x, 0.0)[0], x) for x in np.linspace(1.1, 1.3, 2001))
    assert two_wells.minimum is not None
    assert two_wells.minimum < flat[0] == pytest.approx(0.1, abs=1e-3)
    sharpest, flattest = (np.linalg.eigvalsh(hessian(two_wells, *where)) for where in (sharp, (flat[1], 0.0)))
    assert sharpest.min() > 30 * flattest.max()


@every_surface
def test_many_points_at_once_are_what_each_is_alone(function: Function) -> None:
    (left, right), (low, high) = function.domain
    generator = np.random.default_rng(1)
    points = np.array([generator.uniform(3 * left, 3 * right, 67), generator.uniform(3 * low, 3 * high, 67)])
    points[:, 0], points[:, 1], points[:, 2] = 1e200, np.nan, np.inf
    # A vector instruction may treat a large value's neighbours otherwise.
    points[0, 3::8] *= 1e12
    with np.errstate(all="ignore"):
        together = np.array([function.value(*points), *function.gradient(*points)])
        g = np.empty_like(points)
        function.set_gradient(g, points)
        assert g.tobytes() == together[1:].tobytes()
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
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        assert field.default is not MISSING
        assert any(isinstance(one, Doc) for one in hints[field.name].__metadata__)


def test_parameters_are_in_the_words_and_validated() -> None:
    assert Quadratic().words == "quadratic"
    assert Quadratic(kappa=100.0).words == "quadratic, kappa = 100"
    for kappa in (0, -1, "a", math.inf):
        with pytest.raises(ValidationError):
            TypeAdapter(Quadratic).validate_python({"kappa": kappa})
    with pytest.raises(ValidationError):
        TypeAdapter(Quadratic).validate_python({"rotation": math.nan})
    for m in (0, 2.5, 10**400):
        with pytest.raises(ValidationError):
            TypeAdapter(Michalewicz).validate_python({"m": m})


@pytest.mark.parametrize("angle", [90.0, 30.0, -400.0])
def test_a_rotated_bowl_is_the_same_bowl(angle: float) -> None:
    plain, turned = Quadratic(), Quadratic(rotation=angle)
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    u, v = 0.3, 0.7
    x, y = cos * u - sin * v, sin * u + cos * v
    assert at(turned, x, y)[0] == pytest.approx(at(plain, u, v)[0])
    assert np.linalg.eigvalsh(hessian(turned, x, y)) == pytest.approx([1.0, 25.0])


def test_the_list_knows_them(ended: Ended) -> None:
    done = ended("list", "functions")
    assert done.returncode == 0
    assert all(re.search(rf"^\s*{cls.name}\b", done.stdout, re.MULTILINE) for cls in FUNCTIONS)
    shown = ended("list", "functions", "Drop-Wave").stdout
    for part in ("drop_wave", "Formula:", "Source:", "domain", "start", "minima", "rings"):
        assert part in shown
    assert "condition number" in ended("list", "functions", "quadratic").stdout
    wrong = ended("list", "functions", "rosenbrok")
    assert wrong.returncode == 2
    assert "did you mean rosenbrock?" in wrong.stderr
