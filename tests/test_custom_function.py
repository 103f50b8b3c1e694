"""A surface of the user's own: its derivatives against torch's autograd, over random formulas and at kinks."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz.functions.custom import Custom
from lrviz.functions.valleys import Rosenbrock
from lrviz.language.expression import Expression

BOX = ((-5.0, 5.0), (-5.0, 5.0))


def surface(text: str) -> Custom:
    return Custom(Expression.parse(text, {"x", "y"}), BOX, (-3.0, 3.0))


def ours(function: Custom, x: float, y: float) -> tuple[float, float, float]:
    at = np.array([[x], [y]])
    with np.errstate(all="ignore"):
        value = np.broadcast_to(function.value(at[0], at[1]), 1)
        return float(value[0]), *(float(one[0]) for one in function.gradient(at[0], at[1]))  # type: ignore[return-value]


def theirs(function: Custom, x: float, y: float) -> tuple[float, float, float]:
    point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    value = function.value(point[0], point[1], torch)
    value.backward()
    assert point.grad is not None
    return float(value.detach()), *point.grad.tolist()  # type: ignore[return-value]


symbols = st.sampled_from(["+", "-", "*", "/", "**", "%", "//"])
leaves = st.sampled_from(["x", "y", "2", "0.5", "pi", "3"])
ONE = ["abs", "sqrt", "exp", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan"]
ONE += ["sinh", "cosh", "tanh", "floor", "ceil", "-", "+"]


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(st.sampled_from(ONE), inner).map(lambda two: f"{two[0]}({two[1]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "%", "//"]), inner).map(
            lambda three: f"({' '.join(three)})"
        ),
        st.tuples(st.sampled_from(["min", "max", "atan2"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} if {three[1]} > {three[2]} else {three[1]})"),
    )


formulas = st.recursive(leaves, deeper, max_leaves=8).filter(
    lambda text: "x" in text.replace("exp", "").replace("max", "")
)


@settings(max_examples=500)
@given(formulas, st.floats(-3, 3), st.floats(-3, 3))
def test_derivatives_are_torchs(text: str, x: float, y: float) -> None:
    function = surface(text)
    mine, other = ours(function, x, y), theirs(function, x, y)
    if np.isfinite([*mine, *other]).all() and max(map(abs, other)) < 1e12:
        assert mine == pytest.approx(other, rel=1e-7, abs=1e-7 * max(1.0, *map(abs, other)))


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("abs(x) + abs(y)", 0.0, -2.0),
        ("max(x, y)", 1.0, 1.0),
        ("min(x, y, 3)", 1.0, 1.0),
        ("x**0 + y", 0.0, 1.0),
        ("0**y + x", 1.0, 2.0),
        ("(x - 1)**2 * y", -2.0, 1.5),
        ("(-2)**x + y", 3.0, 1.0),
        ("x**3", -1.5, 0.0),
        ("x % 3 + y", -4.5, 1.0),
        ("7 % x + y", 2.5, 1.0),
        ("floor(x) + y", 1.5, 0.0),
        ("x if x > 0 else log(y)", 2.0, -1.0),
        ("(x > 1) + (y > 1 and x > 0)", 2.0, 2.0),
        ("round(x)", 0.5, 0.0),
        ("3 < x < 5", 4.0, 0.0),
    ],
)
def test_at_kinks_and_edges_too(text: str, x: float, y: float) -> None:
    function = surface(text)
    other = theirs(function, x, y)
    found = ours(function, x, y)
    assert found[0] == pytest.approx(other[0])
    # torch differentiates the exponent of a negative number into NaN, as we do.
    expected = [0.0 if math.isnan(one) and "if" in text else one for one in other[1:]]
    assert found[1:] == pytest.approx(expected, nan_ok=True)


def test_a_branch_that_is_not_taken_does_not_count() -> None:
    assert ours(surface("x if x > 0 else sqrt(x)"), 1.0, 1.0)[1:] == (1.0, 0.0)


def test_it_is_the_function_it_says() -> None:
    hand, text = Rosenbrock(), surface("(1 - x)**2 + 100 * (y - x**2)**2")
    points = np.random.default_rng(0).uniform(-2, 2, (2, 200))
    assert text.value(*points) == pytest.approx(hand.value(*points))
    assert np.array(text.gradient(*points)) == pytest.approx(np.array(hand.gradient(*points)))


@settings(max_examples=100)
@given(formulas)
def test_many_points_at_once_are_what_each_is_alone(text: str) -> None:
    function = surface(text)
    points = np.random.default_rng(0).uniform(-3, 3, (2, 37))
    with np.errstate(all="ignore"):
        together = np.array(function.gradient(*points))
        for index in range(37):
            alone = np.array(function.gradient(*points[:, index : index + 1]))
            assert np.array_equal(together[:, index], alone[:, 0], equal_nan=True)


def test_it_is_pickled_by_its_text() -> None:
    function = surface("x * y")
    again = pickle.loads(pickle.dumps(function))
    assert again == function
    assert ours(again, 2.0, 3.0) == (6.0, 3.0, 2.0)
