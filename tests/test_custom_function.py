"""A surface of the user's own: its derivatives against torch's autograd, over random formulas and at kinks."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lrviz.functions.custom import Custom
from lrviz.functions.valleys import Rosenbrock
from lrviz.language.expression import Expression
from lrviz.language.grammar import FUNCTIONS

SOMEWHERE = np.random.default_rng(0).uniform(-3, 3, (2, 37))


def surface(text: str) -> Custom:
    return Custom(Expression.parse(text, {"x", "y"}), ((-5.0, 5.0), (-5.0, 5.0)), (-3.0, 3.0))


def ours(function: Custom, x: float, y: float) -> tuple[float, list[float]]:
    """The value and the gradient at a point."""
    at = np.array(x), np.array(y)
    return float(function.value(*at)), [float(one) for one in function.gradient(*at)]


def torchs(function: Custom, x: float, y: float) -> tuple[float, list[float]]:
    point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    value = function.value(point[0], point[1], torch)
    assert value.dtype == torch.float64
    value.backward()
    assert point.grad is not None
    return value.item(), point.grad.tolist()


def deeper(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = sorted(name for name, (least, _) in FUNCTIONS.items() if least == 1)
    two = sorted(FUNCTIONS.keys() - one)
    return st.one_of(
        st.builds("{}({})".format, st.sampled_from([*one, "-", "+"]), parts),
        st.builds("({1} {0} {2})".format, st.sampled_from(["+", "-", "*", "/", "**", "%", "//"]), parts, parts),
        st.builds("({} ** {})".format, parts, st.sampled_from(["2", "3", "-1", "0.5", "0"])),
        st.builds("{}({}, {})".format, st.sampled_from(two), parts, parts),
        st.builds("({0} if {1} > {2} else {3})".format, parts, parts, parts, parts),
        st.builds("({0} if {1} and not {0} < 1 else {2})".format, parts, parts, parts),
    )


FORMULAS = st.recursive(st.sampled_from(["x", "y", "x", "y", "2", "0.5", "pi"]), deeper, max_leaves=8)
COORDINATES = st.floats(-3, 3) | st.integers(-3, 3).map(float)


@given(FORMULAS, COORDINATES, COORDINATES)
def test_derivatives_are_torchs(text: str, x: float, y: float) -> None:
    function = surface(text)
    value, gradient = ours(function, x, y)
    expected, theirs = torchs(function, x, y)
    # Where rounding decides which side of a step is taken, or nearly cancels all there is, nothing can be compared.
    near, _ = ours(function, x * (1 + 1e-12), y * (1 + 1e-12))
    assume(math.isfinite(value) and near == pytest.approx(value, rel=1e-6, abs=1e-6))
    assert expected == pytest.approx(value, rel=1e-9, abs=1e-9)
    for mine, other in zip(gradient, theirs, strict=True):
        if math.isfinite(other) and abs(other) < 1e6:
            assert mine == pytest.approx(other, rel=1e-6, abs=1e-6)


HUNDREDTHS = st.integers(-300, 300).map(lambda number: number / 100)


# Farther from 0 and from one another, where formulas have kinks, than the steps are long.
@given(FORMULAS, HUNDREDTHS.map(lambda x: x + 1 / 300), HUNDREDTHS.map(lambda y: y + 1 / 700))
def test_derivatives_are_slopes(text: str, x: float, y: float) -> None:
    function = surface(text)

    def slopes(h: float) -> NDArray[np.float64]:
        """By x and by y, a column for each side."""
        at = np.array([[x + h, x - h], [x, x]]), np.array([[y, y], [y + h, y - h]])
        return np.array((function.value(*at) - function.value(np.array(x), np.array(y))) / [h, -h])

    _, gradient = ours(function, x, y)
    with np.errstate(all="ignore"):
        coarse, fine = slopes(1e-3), slopes(1e-4)
        # Smooth here, as far as anybody can see: one side is like the other, and a smaller step changes nothing.
        assume(np.ptp(fine, axis=1).max() < 1e-2 and np.abs(coarse.mean(axis=1) - fine.mean(axis=1)).max() < 1e-5)
    # What passes through infinity has no derivative on the way, which the test above compares with torch.
    assume(np.isfinite(gradient).all())
    assert gradient == pytest.approx(fine.mean(axis=1), abs=1e-4)


@pytest.mark.parametrize(
    ("text", "at", "gradient"),
    [
        ("abs(x) + abs(y)", (0.0, -2.0), (0, -1)),
        ("max(x, y)", (1.0, 1.0), (0.5, 0.5)),
        ("min(x, 2*y)", (2.0, 1.0), (0.5, 1)),
        ("min(x, y, 3)", (1.0, 2.0), (1, 0)),
        ("max(x, 2)", (2.0, 0.0), (0.5, 0)),
        ("x**0 + y", (0.0, 1.0), (0, 1)),
        ("x**1 + x**2", (0.0, 1.0), (1, 0)),
        ("0**y + x", (1.0, 2.0), (1, 0)),
        ("x**y", (0.0, 2.0), (0, 0)),
        ("(x - 1)**2 * y", (-2.0, 1.5), (-9, 9)),
        ("x**3 + y**-2", (-1.5, -2.0), (6.75, 0.25)),
        ("x**(1 + 2)", (-2.0, 0.0), (12, 0)),
        ("atan2(x, y)", (0.0, 0.0), (0, 0)),
        ("2**x", (0.0, 0.0), (math.log(2), 0)),
        ("x % 3 + y", (-4.5, 1.0), (1, 1)),
        ("7 % x", (2.5, 1.0), (-2, 0)),
        ("x // 2 + y", (1.5, 0.0), (0, 1)),
        ("floor(x) + round(x) + ceil(x)", (0.5, 0.0), (0, 0)),
        ("x < 1 < y", (0.0, 2.0), (0, 0)),
        ("5", (1.0, 2.0), (0, 0)),
        ("x", (1.0, 2.0), (1, 0)),
        ("x if x > 0 else log(y)", (2.0, -1.0), (1, 0)),
        ("sqrt(x) if x > 0 else x", (0.0, 1.0), (1, 0)),
        ("y if x == 0 else (1 / x if y < 2 else sqrt(x - 9))", (0.0, 1.0), (0, 1)),
        ("(log(x) if x > 0 else y**0.5) if y > 0 else x*y", (0.0, -2.0), (-2, 0)),
    ],
)
def test_kinks_and_edges_have_the_derivatives_of_torch(
    text: str, at: tuple[float, float], gradient: tuple[float, float]
) -> None:
    function = surface(text)
    mine, theirs = ours(function, *at), torchs(function, *at)
    assert mine[0] == pytest.approx(theirs[0])
    assert mine[1] == pytest.approx(gradient)
    assert theirs[1] == pytest.approx(gradient)


def test_what_stands_still_has_no_derivative_where_torch_has_nan() -> None:
    assert ours(surface("sqrt(x**2 + y**2)"), 0.0, 0.0) == (0.0, [0.0, 0.0])


def test_an_integral_power_is_the_product_to_the_bit() -> None:
    x, y = SOMEWHERE
    assert np.array_equal(surface("x**2").value(x, y), x * x)
    assert torch.equal(surface("x**2").value(torch.tensor(x), torch.tensor(y), torch), torch.tensor(x * x))


def test_the_text_of_rosenbrock_is_rosenbrock() -> None:
    by_hand, by_text = Rosenbrock(), surface("(1-x)**2 + 100*(y-x**2)**2")
    np.testing.assert_allclose(by_text.value(*SOMEWHERE), by_hand.value(*SOMEWHERE), rtol=1e-14)
    np.testing.assert_allclose(by_text.gradient(*SOMEWHERE), by_hand.gradient(*SOMEWHERE), rtol=1e-12)


@given(FORMULAS)
def test_many_points_at_once_are_what_each_is_alone(text: str) -> None:
    function = surface(text)
    together = np.array([function.value(*SOMEWHERE), *function.gradient(*SOMEWHERE)])
    for index in range(0, 37, 4):
        at = SOMEWHERE[:, index : index + 1]
        alone = np.array([function.value(*at), *function.gradient(*at)])
        np.testing.assert_array_equal(together[:, index : index + 1], alone)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3)])
@pytest.mark.parametrize("text", ["5", "x", "y**2", "x*y", "floor(x)", "1 if x > 1 else 2", "max(x, 1, y)"])
def test_results_have_the_shape_of_the_points_and_are_arrays_of_their_own(text: str, shape: tuple[int, ...]) -> None:
    x, y = np.full(shape, 1.5), np.full(shape, 2.0)
    function = surface(text)
    results = [function.value(x, y), *function.gradient(x, y)]
    assert [(one.shape, one.dtype) for one in results] == [(shape, np.dtype(np.float64))] * 3
    for number, one in enumerate(results):
        assert not any(np.shares_memory(one, other) for other in (x, y, *results[:number]))
    points = torch.tensor(np.array([x, y]), requires_grad=True)
    value = function.value(points[0], points[1], torch)
    assert value.shape == shape
    value.sum().backward()
    assert points.grad is not None
    np.testing.assert_array_equal(points.grad.numpy(), np.array(results[1:]))


@pytest.mark.parametrize("text", ["5", "floor(x)", "exp(x) + y"])
def test_far_away_both_libraries_find_the_same(text: str) -> None:
    function = surface(text)
    for x, y in torch.tensor([[math.inf, 1], [-1e308, -1e308]], dtype=torch.float64):
        assert function.value(x, y, torch).item() == function.value(x.numpy(), y.numpy())


@pytest.mark.process
def test_it_is_pickled_by_its_text_and_needs_neither_torch_nor_pydantic() -> None:
    function = surface("x * y")
    ours(function, 1.0, 1.0)
    assert pickle.loads(pickle.dumps(function)) == function
    code = (
        "import sys, pickle; pickle.loads(sys.stdin.buffer.read()); print({'torch', 'pydantic'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(function), capture_output=True, check=True)
    assert done.stdout.strip() == b"set()"
